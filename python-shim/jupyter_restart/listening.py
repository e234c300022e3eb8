"""The server's sockets: stops accepting without closing, parts from its clients, hands sockets to the next image."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from tornado.ioloop import IOLoop
from tornado.iostream import IOStream
from tornado.netutil import bind_sockets

from jupyter_restart.kernels.connection import KeptKernelConnection

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

_POLL_S = 0.002
_PORT_POLL_S = 0.05
_RECEIVING_TIMEOUT_S = 5.0
_SHORT_RECEIVING_TIMEOUT_S = 0.05
_ANSWERING_TIMEOUT_S = 0.3
_GOODBYE_TIMEOUT_S = 1.0
_SERVICE_RESTART = 1012


def stop_accepting(server: ServerApp) -> None:
    """Leave new connections in the backlog, where they wait for the next image."""
    handlers = server.http_server._handlers
    for descriptor, remove in list(handlers.items()):
        remove()
        # Tornado calls it once more when the server is stopped.
        handlers[descriptor] = _do_nothing


def _do_nothing() -> None:
    """Stand for what has been done."""


def accept_again(server: ServerApp) -> None:
    """Go on accepting: the restart did not come about."""
    server.http_server.add_sockets(list(server.http_server._sockets.values()))


async def settle(server: ServerApp, *, goes_on: bool) -> set[Any]:
    """Let requests that are coming in be taken in, and ones being answered be answered, for a moment.

    A request whose answer takes long (a long poll) is not waited for: its client asks again. A process that
    `goes_on` beside the next server answers what it has, and need not wait. Returns the connections of such
    requests, for `settle_again`.
    """
    http = server.http_server
    timeout_s = _SHORT_RECEIVING_TIMEOUT_S if goes_on else _RECEIVING_TIMEOUT_S
    await _until(lambda: not any(map(_is_receiving, _streams(http))), timeout_s)
    if not goes_on:
        await _until(lambda: not _busy_streams(http), _ANSWERING_TIMEOUT_S)
    return _busy_streams(http)


async def settle_again(server: ServerApp, long_answers: set[Any]) -> None:
    """Wait for a moment at which all requests on open connections are answered, but for the long ones.

    Open connections are served to the end. To be called last: what comes after this moment waits in its socket.
    """
    http = server.http_server
    await _until(lambda: _busy_streams(http) <= long_answers, _ANSWERING_TIMEOUT_S)


async def close_websockets(others: Iterable[Any]) -> None:
    """Say goodbye to all browser sessions, and wait until they have taken in what was sent before it.

    Sessions are the ones on kernels, and the `others`.
    """
    handlers = [connection.websocket_handler for connection in list(KeptKernelConnection._open_sockets)]
    handlers += others
    streams: set[Any] = {handler.ws_connection.stream for handler in handlers if handler.ws_connection is not None}
    for handler in handlers:
        handler.close(_SERVICE_RESTART, "Service restart")
    await _until(lambda: all(stream.closed() for stream in streams), _GOODBYE_TIMEOUT_S)


def drop_other_websockets(server: ServerApp) -> None:
    """Close the websockets of other extensions, whose clients connect anew: what they ask is for the next server."""
    own = {_place(listening) for listening in server.http_server._sockets.values()}
    plain = _streams(server.http_server)
    # Nobody lists them; but whatever is open is in the loop.
    for _, handler in list(IOLoop.current().handlers.values()):  # type: ignore[attr-defined]
        stream = getattr(handler, "__self__", None)
        if isinstance(stream, IOStream) and stream not in plain and _place(stream.socket) in own:
            stream.close()


def _place(of: socket.socket) -> Any:
    """Port or path: at which of its addresses a client has come does not matter."""
    name = of.getsockname()
    return name[1] if isinstance(name, tuple) else name


def detach_idle(server: ServerApp) -> list[tuple[int, Any]]:
    """Take plain connections that wait for a request from the server: their descriptors, and their clients' addresses.

    Handed on, they need not be made anew; and a request on its way on one of them is not lost.
    """
    if server.certfile:
        # The state of an encrypted connection is in this process's memory.
        return []
    connections = []
    open_connections: list[Any] = list(server.http_server._connections)
    for connection in open_connections:
        stream = connection.stream
        if not stream.closed() and _is_idle(stream):
            address = connection.context.address
            connections.append((os.dup(stream.socket.fileno()), list(address) if address else ""))
            # Only our descriptor: the client sees nothing while there is another one.
            stream.close()
    return connections


def are_all_idle(server: ServerApp) -> bool:
    """Whether no open connection has a request that is to be answered."""
    return not _busy_streams(server.http_server)


def transfers(server: ServerApp) -> int:
    """Count the requests and answers that are on their way: large ones, or those of clients with a slow line."""
    return sum(stream.writing() or _is_receiving(stream) for stream in _streams(server.http_server))


def listening_sockets(server: ServerApp) -> list[int]:
    """Descriptors of all listening sockets."""
    return list(server.http_server._sockets)


def take_over(server: ServerApp, listening: Iterable[int], idle: Iterable[tuple[int, Any]]) -> None:
    """Serve on inherited sockets."""
    server.http_server.add_sockets([_inherited(descriptor) for descriptor in listening])
    take_connections(server, idle)


def take_connections(server: ServerApp, idle: Iterable[tuple[int, Any]]) -> None:
    """Serve clients whose connections another server has accepted."""
    for descriptor, address in idle:
        client = _inherited(descriptor)
        server.http_server._handle_connection(client, tuple(address) if address else address)


def _inherited(descriptor: int) -> socket.socket:
    os.set_inheritable(descriptor, False)
    taken = socket.socket(fileno=descriptor)
    taken.setblocking(False)
    return taken


async def _until(is_done: Callable[[], bool], timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    # Streams of tornado tell nobody that they have become idle.
    while not is_done() and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(_POLL_S)


def _streams(http: Any) -> list[Any]:
    # A connection that has become a websocket is none of the HTTP server's any more.
    return [connection.stream for connection in list(http._connections)]


def _busy_streams(http: Any) -> set[Any]:
    return {stream for stream in _streams(http) if not stream.closed() and not _is_idle(stream)}


def _is_idle(stream: Any) -> bool:
    """Whether a stream waits for the first line of a request and has nothing to send."""
    return stream._read_regex is not None and stream._read_buffer_size == 0 and not stream.writing()


def _is_receiving(stream: Any) -> bool:
    """Whether a stream is in the middle of a request: within its head, or within a body of known length."""
    if stream.closed():
        return False
    in_head = stream._read_regex is not None and stream._read_buffer_size > 0
    return in_head or stream._read_bytes is not None


def await_port(server: ServerApp, timeout_s: float) -> None:
    """Wait until the wanted port is free, or the time is over. Blocks: for a server that does not serve yet."""
    deadline = time.monotonic() + timeout_s
    while server.port and _is_taken(server.port, server.ip) and time.monotonic() < deadline:
        time.sleep(_PORT_POLL_S)


def _is_taken(port: int, address: str) -> bool:
    try:
        sockets = bind_sockets(port, address)
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    for each in sockets:
        each.close()
    return False
