"""Whether a server can be restarted in place: what must be there, and what the user may have chosen otherwise."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from jupyter_server import __version__ as server_version

from jupyter_restart.kernels import private

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

OLDEST_SERVER = (2, 13)


def obstacle(server: ServerApp) -> str | None:
    """Why kernels cannot be kept, as a clause for a message; None when they can."""
    if sys.platform != "linux":
        return f"it needs Linux, and this is {sys.platform}"
    if _version(server_version) < OLDEST_SERVER:
        return f"it needs jupyter_server {'.'.join(map(str, OLDEST_SERVER))} or newer, and this is {server_version}"
    missing = private.missing()
    if missing:
        return f"it does not know jupyter_server {server_version}, which has no {missing[0]}: upgrade jupyter-restart"
    if server.config.GatewayClient.get("url") or os.environ.get("JUPYTER_GATEWAY_URL"):
        return "kernels are run by a gateway server"
    configured = [
        f"{section}.{name}"
        for section, name in (
            ("ServerApp", "kernel_manager_class"),
            ("ServerApp", "kernel_websocket_connection_class"),
            ("MultiKernelManager", "kernel_manager_class"),
            ("MappingKernelManager", "kernel_manager_class"),
            ("AsyncMappingKernelManager", "kernel_manager_class"),
        )
        if name in server.config[section]
    ]
    if configured:
        return f"{' and '.join(configured)} is set in your configuration"
    for name in ("kernel_manager_class", "kernel_websocket_connection_class"):
        # Looking at a default would make it, before the parts it asks for are there.
        if server.trait_has_value(name):
            return f"another extension has set {name} to {getattr(server, name)}"
    return None


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:2])
