"""The life of the Jupyter server as an app of the service: it says hello, restarts when told to, says goodbye."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from jupyter_restart import front
from jupyter_restart.errors import ControlError, RefusedError, ServiceNotRunningError
from jupyter_restart.kernels.limiter import Limiter
from jupyter_restart.reserve import Report, Reserve
from jupyter_restart.schema import Adoption, App, Event, Kept, Note, Snapshot
from jupyter_restart.starter import ServiceStarter
from jupyter_restart.upstream import Upstream, within

APP_NAME_VARIABLE = "JUPYTER_RESTART_APP_NAME"
USUAL_NAME = "jupyterlab"

_LONG_POLL_S = 25.0
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 3.0
_LEAVE_TIMEOUT_S = 2.0
_ACTIVITY_EVERY_S = 2.0


@dataclass(frozen=True)
class ThisServer:
    """What the service is told of this server. `restart_id` is the restart that it came from, if any.

    `pid` is what the service watches: the front's, where there is one, and then `serving_pid` is our own.
    `took_over`: it stood by, and serves since the one before it ended without a word. `respawn` is the command line by
    which it is started again after a crash; None where the service must not.
    """

    pid: int
    serving_pid: int | None
    port: int | None
    url: str | None
    respawn: list[str] | None
    restart_id: str | None
    kept: Kept | None
    notes: list[Note]
    took_over: bool = False

    def hello(self, *, is_first: bool, standby: Report) -> Adoption:
        """Make the adoption; what the last restart kept is told but once."""
        return {
            "pid": self.pid,
            "serving_pid": self.serving_pid,
            "standby_pid": standby.pid,
            "preset": "jupyterlab",
            "port": self.port,
            "life": "in_place",
            "restart_id": self.restart_id if is_first else None,
            "url": self.url,
            "kept": self.kept if is_first else None,
            "took_over": self.took_over and is_first,
            "respawn": self.respawn is not None,
            "command": self.respawn,
            "notes": [*self.notes, *_notes_of(standby)],
        }


def _notes_of(standby: Report) -> list[Note]:
    if standby.why_not is None:
        return []
    message = f"No server stands by against crashes: {standby.why_not}."
    advice = (
        "A crash is followed by a usual start, which keeps kernels too. Put that right, then restart, "
        'or set standby = "restart".'
    )
    return [{"code": "no_standby", "message": message, "advice": advice}]


def name_of(snapshot: Snapshot, pid: int) -> str:
    """Choose the name to say hello by: that of the app which this process is already, or the usual one."""
    return next((app["name"] for app in snapshot["apps"] if app["pid"] == pid), USUAL_NAME)


def app_of(snapshot: Snapshot, name: str) -> App | None:
    """Find an app by its name."""
    return next((app for app in snapshot["apps"] if app["name"] == name), None)


def is_unknown(app: App | None, pid: int) -> bool:
    """Tell whether the service has lost this server and must hear its hello again."""
    return app is None or (app["restart"] is None and app["pid"] != pid)


def ordered_restart(app: App | None) -> str | None:
    """Give the id of the restart that this server is to carry out now, if there is one."""
    if app is None or app["life"] != "in_place" or app["restart"] is None or app["restart"]["step"] != "starting":
        return None
    return app["restart"]["id"]


def is_asked_for_activity(app: App | None) -> bool:
    """Tell whether a restart of this server waits, perhaps for its kernels."""
    return app is not None and app["restart"] is not None and app["restart"]["step"] == "preparing"


def restart_after_hang(app: App | None) -> str | None:
    """Give the id of the restart for which a server that hung was ended, if its successor is waited for."""
    restart_id = ordered_restart(app)
    return restart_id if app is not None and app["restart"] and app["restart"]["reason"] == "hang" else None


def standby_of(app: App | None) -> str:
    """Give when a warm server is to stand by for this one; a service of an older version does not say."""
    return "restart" if app is None else app.get("standby", "restart")


def kernel_limit_of(app: App | None) -> int | None:
    """Give the bytes that a kernel may have; a service of an older version does not say."""
    return None if app is None else app.get("kernel_memory_limit")


def ends_by_its_user(app: App, pid: int) -> bool:
    """Tell whether an end of this server now is its user's wish: nothing else was about to end or restart it."""
    return app["pid"] == pid and app["restart"] is None and app["state"] != "stopping"


class Companion:
    """Follows the service on behalf of one server, from its listening to its end.

    `restart` replaces the server and does not return; it raises when that cannot be, with a message for people.
    `busy_with` says what the server's users would not like to be interrupted. `reserve` has a server stand by against
    crashes where the service says so; without one nobody does. `limiter` restarts kernels where the service says so.
    """

    def __init__(
        self,
        upstream: Upstream,
        starter: ServiceStarter | None,
        restart: Callable[[str, str], Awaitable[Any]],
        log: logging.Logger,
        busy_with: Callable[[], Awaitable[str | None]] | None = None,
    ) -> None:
        self.name: str | None = None
        self.reserve: Reserve | None = None
        self.limiter: Limiter | None = None
        self._server: ThisServer | None = None
        self._is_hello_due = True
        self._saying_hello: asyncio.Task[None] | None = None
        self._busy_with = busy_with
        self._reporting: asyncio.Task[None] | None = None
        self._upstream = upstream
        self._starter = starter
        self._restart = restart
        self._log = log
        self._replacements = 0
        self._is_goodbye_due = False
        self._done_restarts: set[str] = set()
        self._has_said_hello = False
        self._pause_s = _FIRST_PAUSE_S
        self._last_warning: str | None = None

    async def run(self, server: ThisServer) -> None:
        """Follow the service for as long as the server lives; whatever happens to the service, go on."""
        self._server = server
        if server.restart_id is not None:
            self._done_restarts.add(server.restart_id)
        if self._starter is not None:
            await self._starter.ensure()
        while True:
            try:
                await self._follow(server, await self._upstream.snapshot())
            except ServiceNotRunningError:
                if self._starter is not None:
                    self._starter.try_again()
            except ControlError as error:
                self._warn_once(error.detail)
            finally:
                self._report("", is_asked=False)
            await asyncio.sleep(self._pause_s)
            self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    def _report(self, name: str, *, is_asked: bool) -> None:
        """Begin to tell what we are busy with, or stop it."""
        if self._reporting is not None and (not is_asked or self._reporting.done()):
            self._reporting.cancel()
            self._reporting = None
        if is_asked and self._reporting is None and self._busy_with is not None:
            self._reporting = asyncio.ensure_future(self._report_activity(name, self._busy_with))

    async def _report_activity(self, name: str, busy_with: Callable[[], Awaitable[str | None]]) -> None:
        while True:
            try:
                await self._upstream.activity(name, await busy_with())
            except ControlError as error:
                self._warn_once(error.detail)
            await asyncio.sleep(_ACTIVITY_EVERY_S)

    async def tell_of_kernel(self, type_: str, message: str, data: dict[str, Any]) -> None:
        """Tell the service what became of a kernel; raises ControlError."""
        if self.name is None:
            raise ServiceNotRunningError("The restart service does not know this server yet.")
        await self._upstream.told_of_kernel(self.name, type_, message, data)

    async def leave(self) -> None:
        """Tell the service that this server's end is no crash, unless the service itself is about to end it."""
        if self.is_restarting:
            # Either the server is being replaced, or its end calls the restart off, and then goodbye is due.
            self._is_goodbye_due = True
            return
        if self._saying_hello is not None:
            # After the goodbye it would mean that the server stays.
            self._saying_hello.cancel()
            await asyncio.gather(self._saying_hello, return_exceptions=True)
        if self.name is None:
            return
        try:
            await within(_LEAVE_TIMEOUT_S, self._leave(self.name, front.server_pid()))
        except (ControlError, asyncio.TimeoutError) as error:
            self._log.warning(
                "The restart service was not told that this server ends, and may start it again: %s", error
            )

    @property
    def is_restarting(self) -> bool:
        """Whether this server's end, if it ends now, is the beginning of the next one."""
        return self._replacements > 0

    async def _leave(self, name: str, pid: int) -> None:
        if ends_by_its_user(await self._upstream.app(name), pid):
            await self._upstream.leave(name)

    async def _follow(self, server: ThisServer, snapshot: Snapshot) -> None:
        """Act on what the service says of this server, until it has lost us or we have lost it."""
        if self._starter is not None:
            self._starter.note_alive()
        # Nothing that happens from now on may go by unseen, whatever the snapshot after the hello says.
        after = snapshot["seq"]
        name = self.name
        if name is None or self._is_hello_due or is_unknown(app_of(snapshot, name), server.pid):
            name = await self._say_hello(server, snapshot)
            while self._is_hello_due:
                # Meanwhile another one stands by, or none.
                name = await self._say_hello(server, snapshot)
            # The hello may be all that a restart under way has waited for: it is not to be carried out once more.
            snapshot = await self._upstream.snapshot()
        if self.limiter is not None:
            await self._catch_up(self.limiter, name, after)
        while True:
            self._report(name, is_asked=is_asked_for_activity(app_of(snapshot, name)))
            app = app_of(snapshot, name)
            self._want(app)
            restart_id = ordered_restart(app)
            if restart_id is not None and restart_id not in self._done_restarts:
                await self._carry_out(name, restart_id, standby_of(app))
            answer = await self._upstream.follow(after, name, _LONG_POLL_S)
            after, snapshot = answer["seq"], answer["snapshot"] or snapshot
            if self.limiter is not None:
                self.limiter.heed(answer["events"], after)
            if is_unknown(app_of(snapshot, name), server.pid):
                return
            self._pause_s = _FIRST_PAUSE_S

    def _want(self, app: App | None) -> None:
        if self.reserve is not None:
            self.reserve.want(standby_of(app) == "always")
        if self.limiter is not None:
            self.limiter.want(kernel_limit_of(app))

    async def _catch_up(self, limiter: Limiter, name: str, seq: int) -> None:
        """Do what was asked of kernels up to `seq`, while no server was there to hear it."""
        missed: list[Event] = []
        at = limiter.heeded
        while at is not None and at < seq:
            answer = await self._upstream.follow(at, name, 0)
            missed += [event for event in answer["events"] if event["seq"] <= seq]
            at = answer["seq"] if answer["events"] else seq
        limiter.heed(missed, seq)

    async def _say_hello(self, server: ThisServer, snapshot: Snapshot) -> str:
        # The name is kept before it is answered for: an end of this server in between must be told, too.
        name = self.name = self.name or name_of(snapshot, server.pid)
        is_first = not self._has_said_hello
        standby = self._report_of_standby()
        adoption = server.hello(is_first=is_first, standby=standby)
        hang = restart_after_hang(app_of(snapshot, name))
        if is_first and server.took_over and hang is not None:
            self._done_restarts.add(hang)
            adoption["restart_id"] = hang
        try:
            await self._upstream.adopt(name, adoption)
        except RefusedError:
            # Another server that lives has the name.
            own = f"{USUAL_NAME}-{server.port}"
            if name == own:
                raise
            name = self.name = own
            await self._upstream.adopt(name, adoption)
        self._has_said_hello = True
        self._is_hello_due = standby != self._report_of_standby()
        self._log.info("The restart service knows this server as %s.", name)
        # For kernels that are started from now on: `%restart now` in them means this server.
        os.environ[APP_NAME_VARIABLE] = name
        return name

    def _report_of_standby(self) -> Report:
        return Report() if self.reserve is None else self.reserve.report

    def standby_changed(self) -> None:
        """Tell who stands by now; as soon as the service hears us, if it does not now."""
        self._is_hello_due = True
        if (
            self._server is not None
            and self._has_said_hello
            and (self._saying_hello is None or self._saying_hello.done())
        ):
            self._saying_hello = asyncio.ensure_future(self._say_hello_again(self._server))

    async def _say_hello_again(self, server: ThisServer) -> None:
        # Whatever keeps us from it, `run` meets it too.
        with contextlib.suppress(ControlError):
            while self._is_hello_due:
                await self._say_hello(server, await self._upstream.snapshot())

    def _warn_once(self, detail: str) -> None:
        if detail != self._last_warning:
            self._last_warning = detail
            self._log.warning("The restart service and this server do not understand each other: %s", detail)

    async def _carry_out(self, name: str, restart_id: str, standby: str) -> None:
        self._done_restarts.add(restart_id)

        async def replace() -> None:
            try:
                await self._restart(restart_id, standby)
            except Exception as error:  # noqa: BLE001 - the service waits, and must hear of whatever kept us from it
                self._log.error("Restart %s in place was not carried out: %s", restart_id, error)
                await self._upstream.failed(name, restart_id, str(error) or repr(error))

        await self.replaced(replace)

    async def replaced(self, replace: Callable[[], Awaitable[Any]]) -> None:
        """Have this server replaced; the end that comes of it is no goodbye. Goes on if nothing comes of it."""
        self._replacements += 1
        try:
            await replace()
        finally:
            self._replacements -= 1
            if self._is_goodbye_due:
                await self.leave()
