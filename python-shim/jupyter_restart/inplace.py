"""Restarts a Jupyter server in its own place: same pid for everybody, fresh code, and nothing lost.

A new server is started beside the old one and gets ready, while that one serves. Then the old one lets go of its
kernels, terminals and sockets and hands all to the new one, in less than a tenth of a second; connections wait in the
backlog of sockets that are never closed. What keeps the pid is the `front`. Where there is none, or no standby is
wanted, the server replaces its own program (exec) instead, and is away for as long as it takes to start.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
import time
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

from jupyter_restart import departure, descriptors, front, handover, listening, prerequisites, proxied
from jupyter_restart.kernels.connection import KeptKernelConnection
from jupyter_restart.kernels.keeper import Keeper, keeper_of, set_keeper
from jupyter_restart.kernels.manager import KeptMappingKernelManager
from jupyter_restart.kernels.relay_client import ANSWER_TIMEOUT_MS, RelayError
from jupyter_restart.kernels.state import Owner, ServerState, find_or_make
from jupyter_restart.procfs import MARK, ProcessIdentity
from jupyter_restart.relaunch import HELD_SIGNALS
from jupyter_restart.reserve import CALM_S, Reserve, Ways
from jupyter_restart.standby import Standby, invited
from jupyter_restart.terminals import carrying, holding

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

READY_TIMEOUT_S = 60.0
"""A new server has this long to be ready, before it is given up."""

_PORT_TIMEOUT_S = 5.0
# A relay that is slow, on a busy machine, is better waited for than passed over with all that it holds.
_PATIENCE_MS = 15_000

RestartInPlaceError = departure.RestartInPlaceError
"""Why a restart was not begun; the server goes on as if it had not been asked."""


@dataclass
class _Arrival:
    """How this server came to be, and what it found."""

    home: Path
    handover: handover.Handover | None = None
    standby: Standby | None = None
    terminals: int = 0
    reserve: Reserve | None = None
    serving: asyncio.Event = field(default_factory=asyncio.Event)
    serving_since_ns: int = 0


_arrivals: weakref.WeakKeyDictionary[Any, _Arrival] = weakref.WeakKeyDictionary()
_restart_ids: list[str] = []


def link(serverapp: ServerApp, home: Path, *, keep_kernels: bool = False) -> None:
    """Make the server's kernels and terminals outlive it, and take over from the one before, if there was one.

    To be called before the server makes its kernel manager. Where that cannot be, or the user has chosen
    otherwise, one line says what is lost by a restart. `keep_kernels`: also a plain end of the server keeps them.
    """
    standby = invited(serverapp)
    arrived = None if standby is not None else handover.unpack()
    arrival = _Arrival(home, arrived)
    _arrivals[serverapp] = arrival
    descriptors.note_inherited([] if arrived is None else arrived.descriptors)
    if standby is not None:
        try:
            _prepare_to_follow(standby, arrival, keep_kernels)
        except Exception as error:  # noqa: BLE001 - jupyter_server would leave us out, and go on as another server
            standby.refuse(f"{type(error).__name__}: {error}")
        return
    if arrived is not None:
        _note(arrived)
        _take_over_place(serverapp, arrived.port, arrived.token, arrived.cookie_secret_bytes)
        _bind_by(serverapp, lambda: _take_over_clients(serverapp, arrival, arrived))
    # The sockets are bound by a callback that is yet to be queued: one that queues another comes after it.
    serverapp.io_loop.add_callback(serverapp.io_loop.add_callback, _note_serving, serverapp, arrival)
    why_not = prerequisites.obstacle(serverapp)
    if why_not is not None:
        serverapp.log.warning("Restart in place is off: %s. Kernels and their variables end with the server.", why_not)
        return
    if arrived is None:
        state = find_or_make(home, _owner(serverapp))
        keeper = Keeper(home, state, serverapp.log)
        if MARK in os.environ or state.is_in_use():
            _wait_for_port(serverapp)
    else:
        state = ServerState(Path(arrived.state_folder))
        keeper = Keeper(home, state, serverapp.log)
        _inherit(keeper, arrived)
    _greet_relay(keeper, _PATIENCE_MS)
    keeper.keeps_at_stop = keep_kernels
    _keep_kernels(serverapp, keeper)


def _prepare_to_follow(standby: Standby, arrival: _Arrival, keep_kernels: bool) -> None:
    """Be all that a server is, but for its kernels, its sockets and its clients."""
    server, invitation = standby.server, standby.invitation
    why_not = prerequisites.obstacle(server)
    if why_not is not None:
        standby.refuse(why_not)
    front.be_behind(invitation.front)
    _take_over_place(server, invitation.port, invitation.token, invitation.cookie_secret_bytes)
    _bind_by(server, lambda: None)
    keeper = Keeper(arrival.home, ServerState(Path(invitation.state_folder)), server.log, standing_by=True)
    keeper.keeps_at_stop = keep_kernels
    _keep_kernels(server, keeper)

    def take_over(arrived: handover.Handover) -> None:
        arrival.handover = arrived
        _note(arrived)
        _inherit(keeper, arrived)
        # The old server, if it is still there, waits for us and has had the relay's answer just now.
        _greet_relay(keeper, _PATIENCE_MS if standby.took_over_crashed else ANSWER_TIMEOUT_MS)
        keeper.standing_by = False
        _kernels(server).adopt()
        _take_over_clients(server, arrival, arrived)
        server.web_app.settings["started"] = datetime.now(timezone.utc)
        _note_serving(server, arrival)

    def begin() -> None:
        if not invitation.against_crashes:
            # Whoever listens for days to what others print is no help to them.
            _kernels(server).prepare()
        standby.begin()

    arrival.standby = standby
    standby.take_over = take_over
    standby.be_alone = lambda: _leave_replies_to_relay(keeper)
    _stay_while_unused(server, standby)
    # Where it serves, and how it is ended, was said at the first start.
    server.log.addFilter(lambda record: record.funcName != "start_app")
    server.io_loop.add_callback(server.io_loop.add_callback, begin)


def _stay_while_unused(server: ServerApp, standby: Standby) -> None:
    """Have the time without use, after which a server may shut itself down, begin when this one serves."""
    shut_down = server.shutdown_no_activity

    def when_serving() -> None:
        if standby.is_serving:
            shut_down()

    server.shutdown_no_activity = when_serving  # type: ignore[method-assign]


def _kernels(server: ServerApp) -> KeptMappingKernelManager:
    return cast("KeptMappingKernelManager", server.kernel_manager)


def _note(arrived: handover.Handover) -> None:
    _restart_ids[:] = [] if arrived.restart_id is None else [arrived.restart_id]
    if arrived.front is not None:
        front.be_behind(arrived.front)


def _inherit(keeper: Keeper, arrived: handover.Handover) -> None:
    keeper.state.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    keeper.state.inherit()
    keeper.carried = arrived.kernels
    keeper.lost = list(arrived.lost_kernels)


def _keep_kernels(server: ServerApp, keeper: Keeper) -> None:
    set_keeper(server, keeper)
    server.kernel_manager_class = KeptMappingKernelManager
    server.kernel_websocket_connection_class = KeptKernelConnection
    server.config.SessionManager.setdefault("database_filepath", str(keeper.state.sessions))
    _keep_terminals(server)
    departure.end_all_at_exit(keeper)


def _keep_terminals(server: ServerApp) -> None:
    # Named, not imported: terminals may be off, or not installed.
    server.config.TerminalsExtensionApp.setdefault(
        "terminal_manager_class", "jupyter_restart.terminals.manager.KeptTerminalManager"
    )
    # An extension has the configuration of the moment in which it was linked: this one may have been before us.
    for terminals in server.extension_manager.extension_apps.get("jupyter_server_terminals", ()):
        terminals.update_config(server.config)


def obstacle(serverapp: ServerApp) -> str | None:
    """Why a linked server cannot be restarted in place, as a clause for a message; None when it can."""
    if keeper_of(serverapp) is not None:
        # Our own classes are in place by now: to look for them would find them foreign.
        return None
    return prerequisites.obstacle(serverapp) or "it was not set up when the server started"


def restart_id() -> str | None:
    """Return the id of the restart that this image came from; None after a usual start."""
    return _restart_ids[0] if _restart_ids else None


async def kept(serverapp: ServerApp) -> dict[str, Any] | None:
    """Tell what the last restart, or the server's crash, left alive; None after a usual start.

    `away_s`: from the old image's letting go, or this process's start where nobody knows of that, to our listening.
    """
    arrival, keeper = _arrivals.get(serverapp), keeper_of(serverapp)
    if arrival is None:
        return None
    await arrival.serving.wait()
    if arrival.handover is not None:
        since_ns: int | None = arrival.handover.let_go_ns
    else:
        greeting = None if keeper is None else keeper.greeting
        since_ns = None if greeting is None else greeting.away_since_ns
    adopted, lost = ([], []) if keeper is None else (keeper.adopted, keeper.lost)
    if since_ns is None and not adopted and not lost and not arrival.terminals:
        return None
    if since_ns is None:
        since_ns = time.monotonic_ns() - ProcessIdentity.own().age_ns()
    return {
        "kernels": len(adopted),
        "terminals": arrival.terminals,
        "lost_kernels": sorted(lost),
        "away_s": round((arrival.serving_since_ns - since_ns) / 1e9, 3),
        "fallback": None if arrival.handover is None else arrival.handover.fallback,
    }


async def restart(
    serverapp: ServerApp, restart_id: str | None, *, warm: bool = True, ready_timeout_s: float = READY_TIMEOUT_S
) -> NoReturn:
    """Restart the server; does not return. Raises RestartInPlaceError, and the server goes on, if that cannot be.

    With `warm` the new server is ready before this one lets go of anything; it must be within `ready_timeout_s`.
    Should the new program turn out not to be startable after all, the process ends: its kernels run on, and the
    next server with the same root folder and port takes them over.
    """
    keeper = keeper_of(serverapp)
    if keeper is None:
        raise RestartInPlaceError(f"Cannot restart the server in place: {obstacle(serverapp)}.")
    order = departure.Order(restart_id, warm, ready_timeout_s)
    arrival = _arrivals[serverapp]
    async with contextlib.nullcontext() if arrival.reserve is None else arrival.reserve.aside():
        await _settled(arrival)
        await departure.Departure(serverapp, keeper, order).run()


def reserve(
    serverapp: ServerApp,
    changed: Callable[[], None],
    replaced: Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]],
    *,
    ready_timeout_s: float = READY_TIMEOUT_S,
    calm_s: float = CALM_S,
) -> Reserve | None:
    """Give what keeps a server standing by against crashes, on request; None where `obstacle` says why not.

    `changed` is called when another one stands by, or none; `replaced` runs what has this server replaced by one that
    is behind a front.
    """
    keeper, arrival = keeper_of(serverapp), _arrivals.get(serverapp)
    if keeper is None or arrival is None:
        return None
    order = departure.Order(None, warm=True, ready_timeout_s=ready_timeout_s)
    ways = Ways(
        make_front=lambda: replaced(departure.Departure(serverapp, keeper, order).run),
        is_settled=lambda: _settled(arrival),
        state_folder=str(keeper.state.folder),
        ready_timeout_s=ready_timeout_s,
        fallback=None if arrival.handover is None else arrival.handover.fallback,
        calm_s=calm_s,
    )
    arrival.reserve = Reserve(serverapp, ways, changed)
    return arrival.reserve


async def _settled(arrival: _Arrival) -> None:
    """Wait until this server serves, and the one before it has ended."""
    await arrival.serving.wait()
    if arrival.standby is not None:
        await arrival.standby.settled.wait()


def took_over_crashed(serverapp: ServerApp) -> bool:
    """Whether this server stood by, and took over from one that had ended without a word."""
    arrival = _arrivals.get(serverapp)
    return arrival is not None and arrival.standby is not None and arrival.standby.took_over_crashed


def _greet_relay(keeper: Keeper, timeout_ms: int) -> None:
    if keeper.relay.pid() is None:
        return
    try:
        keeper.greeting = keeper.relay.hello(timeout_ms=timeout_ms)
    except RelayError as error:
        keeper.log.warning("What kernels printed while no server was up is lost. %s", error)


def _leave_replies_to_relay(keeper: Keeper) -> None:
    """See that the relay takes what kernels reply to tabs that are not back: a killed server could not say so."""
    try:
        if keeper.records:
            keeper.relay.listen()
    except RelayError as error:
        keeper.log.debug("%s", error)


def _take_over_place(server: ServerApp, port: int, token: str | None, cookie_secret: bytes) -> None:
    """Let the server be the one before under the old port and token, and open no browser again."""

    def keep_port() -> None:
        server.port = port

    server._find_http_port = keep_port  # type: ignore[method-assign]
    server.launch_browser = lambda: None  # type: ignore[method-assign]
    server.cookie_secret = cookie_secret
    if token is not None:
        server.config.IdentityProvider.token = token
    known = front.pid()
    if known is not None:
        _be_known_by(server, known)


def _be_known_by(server: ServerApp, pid: int) -> None:
    """Have `jupyter server list` and `stop` mean the front: our own pid changes with each restart."""
    told = server.server_info
    server.server_info = lambda: {**told(), "pid": pid}  # type: ignore[method-assign]
    server.info_file = str(Path(server.runtime_dir) / f"jpserver-{pid}.json")
    server.browser_open_file = str(Path(server.runtime_dir) / f"jpserver-{pid}-open.html")


def _wait_for_port(server: ServerApp) -> None:
    """Take the place of a server that has crashed, also while its last process is still about to end."""
    find = server._find_http_port

    def find_when_free() -> None:
        listening.await_port(server, _PORT_TIMEOUT_S)
        find()

    server._find_http_port = find_when_free  # type: ignore[method-assign]


def _bind_by(server: ServerApp, take: Callable[[], None]) -> None:
    def bind() -> bool:
        take()
        return True

    server._bind_http_server_tcp = bind  # type: ignore[method-assign]
    server._bind_http_server_unix = bind  # type: ignore[method-assign]


def _take_over_clients(server: ServerApp, arrival: _Arrival, arrived: handover.Handover) -> None:
    listening.take_over(server, arrived.listening, arrived.idle)
    if arrived.token is not None:
        server.identity_provider.token_generated = True
    arrival.serving_since_ns = time.monotonic_ns()
    # One that was killed has handed on none; of others the relay need not be asked while nobody serves.
    if took_over_crashed(server):
        _take_over_what_is_left(server, arrival)
    else:
        arrival.terminals = carrying.adopt(server, arrived.terminals)
        proxied.adopt(server, arrived.proxied)


def _note_serving(server: ServerApp, arrival: _Arrival) -> None:
    if not arrival.serving_since_ns:
        arrival.serving_since_ns = time.monotonic_ns()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_SIGNALS)
    _end_with_terminal(server)
    keeper = keeper_of(server)
    if arrival.handover is None:
        # Before the first request: the tab of a terminal that is not there would be told so.
        _take_over_what_is_left(server, arrival)
    if keeper is not None:
        # Only now the port is known: the wanted one may have been taken.
        keeper.state.write_owner(_owner(server))
        _follow_proxied(server, keeper)
    arrival.serving.set()


def _take_over_what_is_left(server: ServerApp, arrival: _Arrival) -> None:
    """Take what a server that was killed has started, but for its kernels: the relay holds the terminals."""
    keeper = keeper_of(server)
    if keeper is not None:
        arrival.terminals = carrying.adopt(server, holding.held(keeper.state))
        proxied.adopt(server, keeper.state.proxied())


def _follow_proxied(server: ServerApp, keeper: Keeper) -> None:
    def note(programs: list[proxied.Proxied]) -> None:
        # The next server has its own list on file, which one that lets go must not write over.
        if keeper.letting_go:
            return
        try:
            keeper.state.save_proxied(programs)
        except OSError as error:
            server.log.warning("What runs behind jupyter-server-proxy would be left alone by a crash: %s", error)

    proxied.follow(server, note)


def _end_with_terminal(server: ServerApp) -> None:
    """Stop in order when the terminal is closed: a kernel that is not told would live on without a server."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, lambda *_: server.stop(from_signal=True))


def _owner(server: ServerApp) -> Owner:
    address = f"unix:{server.sock}" if server.sock else f"tcp:{server.port}"
    return Owner.this_process(address, str(Path(server.root_dir).resolve()))
