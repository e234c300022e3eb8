"""Restarts a Jupyter server in its own place: same process, fresh code, and nothing lost.

The server lets go of its kernels, terminals and sockets, then replaces its own program (exec). Pid, parent,
control group and terminal stay, and connections wait in the backlog of sockets that were never closed. The new
image finds in memory what it needs to go on: see `handover`.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import time
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from jupyter_restart import departure, handover, listening, prerequisites, terminals
from jupyter_restart.kernels.connection import KeptKernelConnection
from jupyter_restart.kernels.keeper import Keeper, keeper_of, set_keeper
from jupyter_restart.kernels.manager import KeptMappingKernelManager
from jupyter_restart.kernels.relay_client import RelayError
from jupyter_restart.kernels.state import Owner, ServerState, find_or_make
from jupyter_restart.relaunch import HELD_SIGNALS

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

RestartInPlaceError = departure.RestartInPlaceError
"""Why a restart was not begun; the server goes on as if it had not been asked."""


@dataclass
class _Arrival:
    """How this image came to be, and what it found."""

    handover: handover.Handover | None
    terminals: int = 0
    serving: asyncio.Event = field(default_factory=asyncio.Event)
    serving_since_ns: int = 0


_arrivals: weakref.WeakKeyDictionary[Any, _Arrival] = weakref.WeakKeyDictionary()
_restart_ids: list[str] = []


def link(serverapp: ServerApp, home: Path, *, keep_kernels: bool = False) -> None:
    """Make the server's kernels outlive it, and take over from the image before, if there was one.

    To be called before the server makes its kernel manager. Where that cannot be, or the user has chosen
    otherwise, one line says what is lost by a restart. `keep_kernels`: also a plain end of the server keeps them.
    """
    arrived = handover.unpack()
    arrival = _Arrival(arrived)
    _arrivals[serverapp] = arrival
    departure.note_inherited_descriptors([] if arrived is None else arrived.descriptors)
    # The sockets are bound by a callback that is yet to be queued: one that queues another comes after it.
    serverapp.io_loop.add_callback(serverapp.io_loop.add_callback, _note_serving, serverapp, arrival)
    if arrived is not None:
        _restart_ids[:] = [arrived.restart_id]
        _take_over_sockets(serverapp, arrival, arrived)
    obstacle = prerequisites.obstacle(serverapp)
    if obstacle is not None:
        serverapp.log.warning("Restart in place is off: %s. Kernels and their variables end with the server.", obstacle)
        return
    owner = _owner(serverapp)
    if arrived is None:
        state = find_or_make(home, owner)
    else:
        state = ServerState(Path(arrived.state_folder))
        state.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state.claim(owner)
    keeper = Keeper(home, state, serverapp.log)
    if arrived is not None:
        keeper.carried = arrived.kernels
        keeper.lost = list(arrived.lost_kernels)
    _greet_relay(keeper)
    set_keeper(serverapp, keeper)
    serverapp.kernel_manager_class = KeptMappingKernelManager
    serverapp.kernel_websocket_connection_class = KeptKernelConnection
    serverapp.config.SessionManager.setdefault("database_filepath", str(state.sessions))
    keeper.keeps_at_stop = keep_kernels
    departure.end_kernels_at_exit(state, keep=keep_kernels)


def restart_id() -> str | None:
    """Return the id of the restart that this image came from; None after a usual start."""
    return _restart_ids[0] if _restart_ids else None


async def kept(serverapp: ServerApp) -> dict[str, Any] | None:
    """Tell what the last restart, or the server's crash, left alive; None after a usual start.

    `away_s` is the time in which no server answered, from the old image's letting go to this one's listening.
    """
    arrival, keeper = _arrivals.get(serverapp), keeper_of(serverapp)
    if arrival is None:
        return None
    await arrival.serving.wait()
    if arrival.handover is not None:
        since_ns: int | None = arrival.handover.let_go_ns
    else:
        since_ns = None if keeper is None else keeper.away_since_ns
    adopted, lost = ([], []) if keeper is None else (keeper.adopted, keeper.lost)
    if since_ns is None and not adopted and not lost:
        return None
    return {
        "kernels": len(adopted),
        "terminals": arrival.terminals,
        "lost_kernels": sorted(lost),
        "away_s": 0.0 if since_ns is None else round((arrival.serving_since_ns - since_ns) / 1e9, 3),
    }


async def restart(serverapp: ServerApp, restart_id: str) -> NoReturn:
    """Restart the server; does not return. Raises RestartInPlaceError, and the server goes on, if that cannot be.

    Should the new program turn out not to be startable after all, the process ends: its kernels run on, and the
    next server with the same root folder and port takes them over.
    """
    keeper = keeper_of(serverapp)
    if keeper is None:
        obstacle = prerequisites.obstacle(serverapp) or "it was not set up when the server started"
        raise RestartInPlaceError(f"Cannot restart the server in place: {obstacle}.")
    await departure.Departure(serverapp, keeper, restart_id).run()


def _greet_relay(keeper: Keeper) -> None:
    if not keeper.state.relay_socket.exists():
        return
    try:
        keeper.away_since_ns = keeper.relay.hello()
    except RelayError as error:
        keeper.log.warning("What kernels printed while no server was up is lost. %s", error)


def _take_over_sockets(server: ServerApp, arrival: _Arrival, arrived: handover.Handover) -> None:
    """Let the server serve on the inherited sockets, under the old port and token, and open no browser again."""

    def bind() -> bool:
        listening.take_over(server, arrived.listening, arrived.idle)
        if arrived.token is not None:
            server.identity_provider.token_generated = True
        arrival.serving_since_ns = time.monotonic_ns()
        arrival.terminals = terminals.adopt(server, arrived.terminals)
        return True

    def keep_port() -> None:
        server.port = arrived.port

    server._find_http_port = keep_port  # type: ignore[method-assign]
    server._bind_http_server_tcp = bind  # type: ignore[method-assign]
    server._bind_http_server_unix = bind  # type: ignore[method-assign]
    server.launch_browser = lambda: None  # type: ignore[method-assign]
    server.cookie_secret = arrived.cookie_secret_bytes
    if arrived.token is not None:
        server.config.IdentityProvider.token = arrived.token


def _note_serving(server: ServerApp, arrival: _Arrival) -> None:
    if not arrival.serving_since_ns:
        arrival.serving_since_ns = time.monotonic_ns()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_SIGNALS)
    _end_with_terminal(server)
    keeper = keeper_of(server)
    if keeper is not None:
        # Only now the port is known: the wanted one may have been taken.
        keeper.state.write_owner(_owner(server))
    arrival.serving.set()


def _end_with_terminal(server: ServerApp) -> None:
    """Stop in order when the terminal is closed: a kernel that is not told would live on without a server."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, lambda *_: server.stop(from_signal=True))


def _owner(server: ServerApp) -> Owner:
    address = f"unix:{server.sock}" if server.sock else f"tcp:{server.port}"
    return Owner.this_process(address, str(Path(server.root_dir).resolve()))
