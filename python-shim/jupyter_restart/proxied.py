"""Programs that jupyter-server-proxy has started (VS Code, RStudio, a desktop …), kept over a restart, or a crash.

To it such a program is a child that it starts at the first request. The next server would start another one, and the
first would stay behind with all that its user has open in it.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_restart import ending
from jupyter_restart.procfs import ProcessIdentity

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp
    from tornado.ioloop import IOLoop


_LOOK_EVERY_MS = 1000


@dataclass(frozen=True)
class Proxied:
    """A program that runs, and where; `path` is the pattern of the requests that are passed on to it."""

    path: str
    process: ProcessIdentity
    port: int
    unix_socket: str | None

    @classmethod
    def of(cls, data: dict[str, Any]) -> Proxied:
        """Read one that another version of this package may have written. Raises KeyError where there is less."""
        process = ProcessIdentity(data["process"]["pid"], data["process"]["start_ticks"])
        return cls(data["path"], process, data["port"], data["unix_socket"])


class Kept:
    """Stands where jupyter-server-proxy has what it started: as long as something does, it starts nothing."""

    def __init__(self, process: ProcessIdentity) -> None:
        self.process = process

    @property
    def pid(self) -> int:
        """The program's, as in what stood here before."""
        return self.process.pid


def running(server: ServerApp) -> list[Proxied]:
    """List those that run."""
    found = []
    for path, state in _states(server):
        pid = getattr(state.get("proc"), "pid", None)
        process = ProcessIdentity.of(pid) if isinstance(pid, int) else None
        if process is not None:
            found.append(Proxied(path, process, state.get("port", 0), state.get("unix_socket")))
    return found


def follow(server: ServerApp, note: Callable[[list[Proxied]], None]) -> None:
    """Have all that runs noted, each time when it has changed, for a server that comes after a crash."""
    if next(_states(server), None) is None:
        return
    from tornado.ioloop import PeriodicCallback  # not for the relay, which reads the file alone

    noted: list[Proxied] = []

    def look() -> None:
        nonlocal noted
        now = running(server)
        if now != noted:
            note(now)
            noted = now

    PeriodicCallback(look, _LOOK_EVERY_MS).start()


def let_go(server: ServerApp) -> None:
    """Start none of them again from here on: it is the next server's to see that one has ended."""
    for _, state in _states(server):
        process = state.get("proc")
        # As if it had been ended on purpose: simpervisor has no other way to be told (1.0).
        if process is not None and hasattr(process, "_killed"):
            process._killed = True


def adopt(server: ServerApp, proxied: Iterable[Proxied]) -> None:
    """Pass requests on to what the server before has left; such a program ends with this server, in order.

    One to which no request leads any more is ended.
    """
    states = dict(_states(server))
    for each in proxied:
        state = states.get(each.path)
        if state is None:
            ending.ask([each.process])
        else:
            _keep(state, each, server.io_loop)


def _keep(state: dict[str, Any], proxied: Proxied, loop: IOLoop) -> None:
    try:
        end = os.pidfd_open(proxied.process.pid)
    except OSError:
        return
    if not proxied.process.is_alive():
        os.close(end)
        return
    server = os.getpid()
    state.update(proc=Kept(proxied.process), port=proxied.port, unix_socket=proxied.unix_socket)

    def end_with_server() -> None:
        if os.getpid() == server:
            ending.ask([proxied.process])

    def forget(*_: Any) -> None:
        loop.remove_handler(end)
        os.close(end)
        atexit.unregister(end_with_server)
        for name in ("proc", "port", "unix_socket"):
            state.pop(name, None)

    loop.add_handler(end, forget, loop.READ)
    atexit.register(end_with_server)


def _states(server: ServerApp) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give what jupyter-server-proxy notes of each program, with the pattern of its requests."""
    for host in server.web_app.default_router.rules:
        for rule in getattr(host.target, "rules", ()):
            state = (rule.target_kwargs or {}).get("state")
            if isinstance(state, dict) and _is_proxy(rule.target):
                yield rule.matcher.regex.pattern, state


def _is_proxy(handler: Any) -> bool:
    kinds = getattr(handler, "__mro__", ())
    return any(kind.__module__.partition(".")[0] == "jupyter_server_proxy" for kind in kinds)
