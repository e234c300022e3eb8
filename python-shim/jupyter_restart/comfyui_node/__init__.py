"""A custom node for ComfyUI that adds no node: it keeps the queue over restarts, crashes and kills.

It is copied into ComfyUI's `custom_nodes` and uses nothing but Python's library and what ComfyUI itself has.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Any

from .comfyui import ComfyUi, UnknownComfyUiError
from .folder import Folder, FolderInUseError
from .node import Node
from .routes import Routes
from .settings import Settings
from .user_stop import call_at_user_stop

NODE_CLASS_MAPPINGS: dict[str, Any] = {}  # without it ComfyUI reports a failed import

_JOINED = "jupyter_restart_node"  # on ComfyUI's server: a second copy in another folder of nodes would restore twice

logger = logging.getLogger(__name__)


def start(server_module: Any) -> Node | None:
    """Join the ComfyUI whose `server` module this is; None, and a word in its log, where that can't be."""
    if hasattr(server_module.PromptServer.instance, _JOINED):
        logger.warning("jupyter-restart: installed twice; this one is not used: %s", Path(__file__).parent)
        return None
    try:
        comfyui = ComfyUi.of(server_module)
        settings = Settings.of(os.environ, comfyui.user_folder, comfyui.port)
        node = Node(comfyui, settings, Folder(settings.folder))
    except (UnknownComfyUiError, FolderInUseError, OSError, ValueError) as e:
        logger.warning("jupyter-restart: %s. ComfyUI works without it: its queue would be lost by a restart.", e)
        return None
    setattr(comfyui.server, _JOINED, node)
    Routes(node).add()
    comfyui.server.app.on_startup.append(node.at_startup)
    call_at_user_stop(node.note_user_stop)
    return node


# ComfyUI has made its server when it imports custom nodes; in any other program this is only a package.
if (_server := sys.modules.get("server")) is not None and getattr(_server.PromptServer, "instance", None) is not None:
    start(_server)
