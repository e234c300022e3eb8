"""The life of the Jupyter server as an app of the service: it says hello, restarts when told to, says goodbye."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from jupyter_restart import front
from jupyter_restart.errors import ControlError, RefusedError, ServiceNotRunningError
from jupyter_restart.schema import Adoption, App, Kept, Note, Snapshot
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
    """

    pid: int
    serving_pid: int | None
    port: int | None
    url: str
    respawn: bool
    restart_id: str | None
    kept: Kept | None
    notes: list[Note]

    def hello(self, *, is_first: bool) -> Adoption:
        """Make the adoption; what the last restart kept is told but once."""
        return {
            "pid": self.pid,
            "serving_pid": self.serving_pid,
            "preset": "jupyterlab",
            "port": self.port,
            "life": "in_place",
            "restart_id": self.restart_id if is_first else None,
            "url": self.url,
            "kept": self.kept if is_first else None,
            "respawn": self.respawn,
            "notes": self.notes,
        }


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


def standby_of(app: App | None) -> str:
    """Give when a warm server is to stand by for this one; a service of an older version does not say."""
    return "restart" if app is None else app.get("standby", "restart")


def ends_by_its_user(app: App, pid: int) -> bool:
    """Tell whether an end of this server now is its user's wish: nothing else was about to end or restart it."""
    return app["pid"] == pid and app["restart"] is None and app["state"] != "stopping"


class Companion:
    """Follows the service on behalf of one server, from its listening to its end.

    `restart` replaces the server and does not return; it raises when that cannot be, with a message for people.
    `busy_with` says what the server's users would not like to be interrupted.
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
        self._busy_with = busy_with
        self._reporting: asyncio.Task[None] | None = None
        self._upstream = upstream
        self._starter = starter
        self._restart = restart
        self._log = log
        self._is_restarting = False
        self._is_goodbye_due = False
        self._done_restarts: set[str] = set()
        self._has_said_hello = False
        self._pause_s = _FIRST_PAUSE_S
        self._last_warning: str | None = None

    async def run(self, server: ThisServer) -> None:
        """Follow the service for as long as the server lives; whatever happens to the service, go on."""
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

    async def leave(self) -> None:
        """Tell the service that this server's end is no crash, unless the service itself is about to end it."""
        if self._is_restarting:
            # Either the server is being replaced, or its end calls the restart off, and then goodbye is due.
            self._is_goodbye_due = True
            return
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
        return self._is_restarting

    async def _leave(self, name: str, pid: int) -> None:
        if ends_by_its_user(await self._upstream.app(name), pid):
            await self._upstream.leave(name)

    async def _follow(self, server: ThisServer, snapshot: Snapshot) -> None:
        """Act on what the service says of this server, until it has lost us or we have lost it."""
        if self._starter is not None:
            self._starter.note_alive()
        name = self.name
        if name is None or is_unknown(app_of(snapshot, name), server.pid):
            name = await self._say_hello(server, snapshot)
        after = snapshot["seq"]
        while True:
            self._report(name, is_asked=is_asked_for_activity(app_of(snapshot, name)))
            app = app_of(snapshot, name)
            restart_id = ordered_restart(app)
            if restart_id is not None and restart_id not in self._done_restarts:
                await self._carry_out(name, restart_id, standby_of(app))
            answer = await self._upstream.follow(after, name, _LONG_POLL_S)
            after, snapshot = answer["seq"], answer["snapshot"] or snapshot
            if is_unknown(app_of(snapshot, name), server.pid):
                return
            self._pause_s = _FIRST_PAUSE_S

    async def _say_hello(self, server: ThisServer, snapshot: Snapshot) -> str:
        # The name is kept before it is answered for: an end of this server in between must be told, too.
        name = self.name = self.name or name_of(snapshot, server.pid)
        adoption = server.hello(is_first=not self._has_said_hello)
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
        self._log.info("The restart service knows this server as %s.", name)
        # For kernels that are started from now on: `%restart now` in them means this server.
        os.environ[APP_NAME_VARIABLE] = name
        return name

    def _warn_once(self, detail: str) -> None:
        if detail != self._last_warning:
            self._last_warning = detail
            self._log.warning("The restart service and this server do not understand each other: %s", detail)

    async def _carry_out(self, name: str, restart_id: str, standby: str) -> None:
        self._done_restarts.add(restart_id)
        self._is_restarting = True
        try:
            await self._restart(restart_id, standby)
        except Exception as error:  # noqa: BLE001 - the service waits, and must hear of whatever kept us from it
            self._log.error("Restart %s in place was not carried out: %s", restart_id, error)
            await self._upstream.failed(name, restart_id, str(error) or repr(error))
        finally:
            self._is_restarting = False
        if self._is_goodbye_due:
            await self.leave()
