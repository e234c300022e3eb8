"""The verb `comfyui`: puts our node into a ComfyUI, so that its queue outlives restarts; hands on what is kept."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from jupyter_restart import comfyui, kept_verbs
from jupyter_restart.errors import ControlError, UsageError
from jupyter_restart.render import Style


def run(options: Namespace, timeout_s: float, style: Style) -> int:
    """Install or remove the node, or say what becomes of kept prompts."""
    del style
    if options.action not in ("install-node", "remove-node"):
        return kept_verbs.run(options, timeout_s)
    if len(options.words) > 1 or options.all or options.app or options.json:
        raise UsageError(f"{options.action} takes one folder, and no more.")
    return _node(options.action, options.words[0] if options.words else None)


def _node(action: str, named_folder: str | None) -> int:
    """ComfyUI takes note at its next start."""
    folder = Path(named_folder).expanduser() if named_folder else comfyui.find_comfyui(os.environ)
    if folder is None:
        named = os.environ.get("COMFYUI_DIR")
        seen = f"$COMFYUI_DIR ({named})" if named else ", ".join(map(str, comfyui.USUAL_FOLDERS))
        raise ControlError(
            "no_comfyui",
            f"No ComfyUI was found at {seen}. Name its folder: jupyter restart comfyui {action} DIR",
        )
    try:
        if action == "remove-node":
            word = "removed" if comfyui.remove_node(folder) else "was not there"
            print(f"{folder}: the node {word}. A ComfyUI that runs goes on as it is until its next start.")
        else:
            place = comfyui.install_node(folder)
            version = comfyui.installed_version(folder)
            print(f"{place}: the node {version} is installed. A ComfyUI that runs takes it up at its next start.")
    except comfyui.ComfyUiError as error:
        raise ControlError("comfyui", str(error)) from error
    return 0
