"""The verb `comfyui`: puts our node into a ComfyUI, so that its queue outlives restarts."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from jupyter_restart import comfyui
from jupyter_restart.errors import ControlError
from jupyter_restart.render import Style


def run(options: Namespace, timeout_s: float, style: Style) -> int:
    """Install or remove the node; ComfyUI takes note at its next start."""
    del timeout_s, style
    folder = Path(options.folder).expanduser() if options.folder else comfyui.find_comfyui(os.environ)
    if folder is None:
        named = os.environ.get("COMFYUI_DIR")
        seen = f"$COMFYUI_DIR ({named})" if named else ", ".join(map(str, comfyui.USUAL_FOLDERS))
        raise ControlError(
            "no_comfyui",
            f"No ComfyUI was found at {seen}. Name its folder: jupyter restart comfyui {options.action} DIR",
        )
    try:
        if options.action == "remove-node":
            word = "removed" if comfyui.remove_node(folder) else "was not there"
            print(f"{folder}: the node {word}. A ComfyUI that runs goes on as it is until its next start.")
        else:
            place = comfyui.install_node(folder)
            version = comfyui.installed_version(folder)
            print(f"{place}: the node {version} is installed. A ComfyUI that runs takes it up at its next start.")
    except comfyui.ComfyUiError as error:
        raise ControlError("comfyui", str(error)) from error
    return 0
