"""Names of jupyter_server, jupyter_client, tornado and terminado that are not public and that we lean on.

They are listed here so that a test, and a server that starts, can say which one is gone. Checked with
jupyter_server 2.13 and 2.21, jupyter_client 8.6 and 8.10, tornado 6.6, jupyter_server_terminals 0.5.4, terminado 0.18.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator

CLASS_NAMES: dict[str, tuple[str, ...]] = {
    "jupyter_client.manager.KernelManager": (
        "_async_pre_start_kernel",
        "_async_post_start_kernel",
        "_connect_control_socket",
    ),
    "jupyter_client.multikernelmanager.MultiKernelManager": ("_kernels", "_pending_kernels"),
    "jupyter_client.connect.ConnectionFileMixin": ("_connection_file_written",),
    "jupyter_server.services.kernels.kernelmanager.MappingKernelManager": (
        "_culler_callback",
        "_handle_kernel_died",
        "_kernel_buffers",
        "_kernel_connections",
        "_kernel_ports",
    ),
    "jupyter_server.services.kernels.connection.channels.ZMQChannelsWebsocketConnection": (
        "_kernel_info_future",
        "_open_sockets",
        "handle_outgoing_message",
        "nudge",
    ),
    "jupyter_server.serverapp.ServerApp": (
        "_bind_http_server_tcp",
        "_bind_http_server_unix",
        "_find_http_port",
        "launch_browser",
    ),
    "terminado.management.TermManagerBase": ("on_eof", "start_reading"),
}
"""Class path to the attributes that must be there."""

INSTANCE_NAMES: dict[str, tuple[str, ...]] = {
    "jupyter_client.manager.KernelManager": ("_attempted_start", "_launch_args", "_ready"),
    "terminado.management.PtyWithClients": ("ptyproc", "read_buffer"),
    "tornado.httpserver.HTTPServer": ("_connections", "_handlers", "_sockets"),
    "tornado.iostream.IOStream": ("_read_buffer_size", "_read_bytes", "_read_regex"),
    "tornado.platform.asyncio.AsyncIOMainLoop": ("handlers",),
}
"""Class path to the attributes that its constructor sets."""


def missing() -> list[str]:
    """Name what is gone from the classes; what is not installed at all is not leaned on."""
    return [f"{path}.{name}" for path, names in CLASS_NAMES.items() for name in _gone(path, names)]


def _gone(path: str, names: tuple[str, ...]) -> Iterator[str]:
    module, _, class_name = path.rpartition(".")
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError:
        return
    kind = getattr(found, class_name, None)
    yield from (name for name in names if not hasattr(kind, name))
