"""What Jupyter has of ours: the extension switched on, the panel installed."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_config_path, jupyter_path

_EXTENSION = "jupyter_restart"
_PANEL = "jupyter-restart"


def is_extension_enabled() -> bool:
    """Whether a Jupyter server that is started now would load the extension, by its JSON config files."""
    enabled = False
    # Later files win, and folders come with the strongest first.
    for name in reversed(jupyter_config_path()):
        folder = Path(name)
        for file in (
            *sorted((folder / "jupyter_server_config.d").glob("*.json")),
            folder / "jupyter_server_config.json",
        ):
            switch = _json(file).get("ServerApp", {}).get("jpserver_extensions", {}).get(_EXTENSION)
            enabled = enabled if switch is None else bool(switch)
    return enabled


def panel_version() -> str | None:
    """Give the version of the panel that JupyterLab would load; None where none is installed."""
    for folder in jupyter_path("labextensions"):
        version = _json(Path(folder) / _PANEL / "package.json").get("version")
        if version is not None:
            return str(version)
    return None


def _json(file: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        content = json.loads(file.read_bytes())
        if isinstance(content, dict):
            return content
    return {}
