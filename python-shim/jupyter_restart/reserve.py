"""The server that stands by all the time, against crashes: started when it is calm, and again after each end of it.

It is a successor that is never handed anything but copies of the listening sockets. Should this process end without a
word, it takes over by itself, with what is on disk. That needs a front from then on, so the first one that stands by
takes over at once, as in a restart, and this process becomes the front.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_restart import activity, front, listening, memory, succession
from jupyter_restart.departure import RestartInPlaceError
from jupyter_restart.succession import StandbyError, Successor

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

CALM_S = 5.0
"""How long a server has served before another one is started beside it."""

_BUSY_S = 60.0
_LOOK_EVERY_S = 1.0
_FIRST_PAUSE_S = 2.0
_LONGEST_PAUSE_S = 300.0
_STEADY_S = 600.0
_ATTEMPTS = 3
_MEMORY_EVERY_S = 30.0
_ROOM_BYTES = 512 << 20
_LEAST_BYTES = 256 << 20


@dataclass(frozen=True)
class Report:
    """Which process stands by; where none does for good, or for long, `why_not` says so as a clause."""

    pid: int | None = None
    why_not: str | None = None


def pause_s(attempts: int) -> float:
    """Give the time before the next start, after so many that came to nothing."""
    return 0.0 if attempts == 0 else min(_FIRST_PAUSE_S * 2.0 ** (attempts - 1), _LONGEST_PAUSE_S)


@dataclass(frozen=True)
class Ways:
    """What differs from server to server. `make_front` has a new server take over, and does not return."""

    make_front: Callable[[], Awaitable[Any]]
    is_settled: Callable[[], Awaitable[Any]]
    state_folder: str
    ready_timeout_s: float
    fallback: str | None = None
    """Why a server that had stood by did not take over: it is not tried a second time."""
    calm_s: float = CALM_S


class Reserve:
    """The one that stands by for `server`; `changed` is called with each new report."""

    def __init__(self, server: ServerApp, ways: Ways, changed: Callable[[], None]) -> None:
        self.report = Report()
        self._server = server
        self._ways = ways
        self._changed = changed
        self._is_wanted = False
        self._holds = 0
        self._is_ended = False
        self._is_blind = False
        self._is_making_front = False
        self._successor: Successor | None = None
        self._task: asyncio.Task[None] | None = None
        # `stop` is how signals end a server, `_cleanup` how a request does.
        for name in ("stop", "_cleanup"):
            setattr(server, name, self._ending(getattr(server, name)))

    def want(self, is_wanted: bool) -> None:
        """Have a server stand by, or none, from now on."""
        if is_wanted == self._is_wanted:
            return
        self._is_wanted = is_wanted
        if is_wanted:
            self._begin()
        else:
            self._stop()
            self._tell(Report())

    @contextlib.asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """Have none stand by: a restart starts a server of its own, from the files as they are then."""
        self._holds += 1
        try:
            while self._is_making_front and self._task is not None:
                # Goes on only if that has come to nothing.
                await asyncio.wait({self._task})
            self._stop()
            yield
        finally:
            self._holds -= 1
            self._begin()

    def _ending(self, end: Callable[..., Any]) -> Callable[..., Any]:
        """Have none stand by ever again before the server ends as it is meant to. Safe in a handler of a signal."""

        def end_both(*arguments: Any, **options: Any) -> Any:
            self._is_ended = True
            if self._successor is not None:
                self._successor.kill()
            return end(*arguments, **options)

        return end_both

    def _begin(self) -> None:
        is_on = self._is_wanted and not self._holds and not self._is_ended
        if is_on and (self._task is None or self._task.done()):
            self._task = asyncio.ensure_future(self._keep_or_tell())

    def _stop(self) -> None:
        # A server that is about to become the front can't be called back; the one that follows heeds the wish.
        if self._task is not None and not self._is_making_front:
            self._task.cancel()
            self._task = None
            if self._successor is not None:
                self._successor.kill()

    async def _keep_or_tell(self) -> None:
        try:
            await self._keep()
        except Exception as error:
            self._server.log.exception("No server stands by any more, until this one is restarted.")
            self._tell(Report(why_not=f"{type(error).__name__}: {error}"))

    async def _keep(self) -> None:
        await self._ways.is_settled()
        await asyncio.sleep(self._ways.calm_s)
        why_never = self._ways.fallback or succession.obstacle()
        failures = deaths = 0
        while why_never is None and not self._is_ended:
            await asyncio.sleep(pause_s(failures + deaths))
            await self._until_there_is_room()
            try:
                successor = await self._started()
            except (StandbyError, RestartInPlaceError) as error:
                failures += 1
                self._server.log.warning("No server could be started to stand by: %s", error)
                why_never = str(error).rstrip(".") if failures == _ATTEMPTS else None
                continue
            since = time.monotonic()
            why = await self._until_gone(successor)
            failures, deaths = 0, 0 if time.monotonic() - since > _STEADY_S else deaths + 1
            if not self._is_ended:
                self._server.log.warning("The server that stood by is gone: %s.", why)
        self._tell(Report(why_not=why_never))

    async def _until_there_is_room(self) -> None:
        while self._is_left_less_than(_ROOM_BYTES):
            self._tell(Report(why_not="memory is short"))
            await asyncio.sleep(_MEMORY_EVERY_S)

    def _is_left_less_than(self, least_bytes: int) -> bool:
        try:
            left = memory.available_bytes()
        except (OSError, RuntimeError, ValueError) as error:
            if not self._is_blind:
                self._server.log.warning(
                    "How much memory is left cannot be told, so a server stands by whatever it is: %s", error
                )
            self._is_blind = True
            return False
        self._is_blind = False
        return left < least_bytes

    async def _started(self) -> Successor:
        if front.pid() is None:
            await self._become_front()
        ways = self._ways
        successor = await Successor.start(self._server, ways.state_folder, ways.ready_timeout_s, against_crashes=True)
        try:
            self._put_up(successor)
        except StandbyError:
            self._successor = None
            successor.end()
            raise
        return successor

    def _put_up(self, successor: Successor) -> None:
        # In this order: an end of this server from now on is the end of that one.
        self._successor = successor
        if self._is_ended:
            raise StandbyError("this server ends")
        successor.stand(listening.listening_sockets(self._server))

    async def _become_front(self) -> None:
        """Have a new server take over; in a quiet moment, if there is one, though nobody would lose anything."""
        deadline = time.monotonic() + _BUSY_S
        # A kernel that becomes idle tells its tabs, not us.
        while await activity.busy_with(self._server) is not None and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_EVERY_S)
        self._is_making_front = True
        try:
            await self._ways.make_front()
        finally:
            self._is_making_front = False

    async def _until_gone(self, successor: Successor) -> str:
        self._tell(Report(pid=successor.pid))
        try:
            while True:
                try:
                    return await asyncio.wait_for(successor.gone(), _MEMORY_EVERY_S)
                except asyncio.TimeoutError:
                    if self._is_left_less_than(_LEAST_BYTES):
                        return "memory is short"
        finally:
            self._successor = None
            successor.end()
            self._tell(Report())

    def _tell(self, report: Report) -> None:
        # A word from a server that has said goodbye would mean that it stays.
        if report != self.report and not self._is_ended:
            self.report = report
            self._changed()
