"""The old server's part of a restart in place: let go of everything, and leave it to the new one.

The new one stands by already, in a process of its own (see `succession`), or it is the image that an exec puts in
the place of this one.
"""

from __future__ import annotations

import asyncio
import atexit
import base64
import os
import signal
import sys
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NoReturn, cast

from jupyter_restart import front, handover, listening, new_image, proxied, relaunch, succession
from jupyter_restart.kernels import parting
from jupyter_restart.kernels.keeper import Keeper, KernelStatus
from jupyter_restart.kernels.relay_client import RelayError
from jupyter_restart.procfs import ProcessIdentity
from jupyter_restart.succession import StandbyError, Successor
from jupyter_restart.terminals import carrying, holding, typed

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from jupyter_restart.kernels.manager import KeptMappingKernelManager

_KERNEL_START_TIMEOUT_S = 15.0
_CLEANUP_TIMEOUT_S = 3.0
_RELAY_PATIENCE_S = 15.0
# The server serves meanwhile, but for the time of a look.
_RELAY_LOOK_MS = 500
_RELAY_AGAIN_S = 0.5
# From the terminal, in struct siginfo: the new server, in the same job, has got it too.
_FROM_KERNEL = 0x80


class RestartInPlaceError(Exception):
    """Why a restart was not begun; the server goes on as if it had not been asked."""


@dataclass(frozen=True)
class Order:
    """What is asked: `warm` has the new server ready before the old one lets go, within `ready_timeout_s`."""

    restart_id: str | None
    warm: bool
    ready_timeout_s: float


@dataclass
class Departure:
    """One attempt. Up to the point of no return everything can be taken back."""

    server: ServerApp
    keeper: Keeper
    order: Order
    _successor: Successor | None = None
    _let_go_ns: int = 0
    _carried: list[carrying.CarriedTerminal] = field(default_factory=list)
    _idle: list[tuple[int, Any]] = field(default_factory=list)
    _lost: list[str] = field(default_factory=list)
    _stops: list[int] = field(default_factory=list)
    _parting: parting.Parting | None = None

    async def run(self) -> NoReturn:
        """Do it; raises RestartInPlaceError when it was not begun."""
        if self.keeper.restarting:
            raise RestartInPlaceError("A restart of this server is under way already: wait for its end.")
        self.keeper.restarting = True
        pages = typed.Pages()
        try:
            pages.try_out(carrying.clients(self.server))
            await self._prepare()
            await pages.pause(carrying.clients(self.server))
            long_answers = await self._let_go()
        except BaseException:
            typed.resume(carrying.clients(self.server))
            self.keeper.restarting = False
            if self._successor is not None:
                self._successor.end()
            raise
        if self._successor is not None:
            await self._succeed(self._successor)
        await self._end_what_cannot_be_kept()
        await listening.settle_again(self.server, long_answers)
        self._become_new_image(None)

    async def _prepare(self) -> None:
        """All that takes time, while the server still serves."""
        await self._await_kernels()
        await self._start_relay()
        obstacle = self._obstacle_to_standby()
        if obstacle is None:
            self._successor = await self._started()
            # It took a few seconds, in which kernels may have been started.
            await self._await_kernels()
            await self._start_relay()
        else:
            self.server.log.info("The new server is started in place of this one: %s.", obstacle)
            why = await new_image.failure(self.server, self.order.ready_timeout_s)
            if why is not None:
                raise RestartInPlaceError(why)
        self._refuse_if_stopping()

    async def _await_kernels(self) -> None:
        pending = list(self.server.kernel_manager._pending_kernels.values())
        if pending:
            _, late = await asyncio.wait(pending, timeout=_KERNEL_START_TIMEOUT_S)
            if late:
                raise RestartInPlaceError(
                    f"{len(late)} kernels are still being started or stopped after {_KERNEL_START_TIMEOUT_S:g} s. "
                    "Restart again when they are done."
                )

    async def _start_relay(self) -> None:
        """See that it answers; one that is slow, on a busy machine, is no reason to refuse a restart."""
        deadline = time.monotonic() + _RELAY_PATIENCE_S
        while self.keeper.records:
            try:
                self.keeper.relay.start(self.keeper.records, _RELAY_LOOK_MS)
            except RelayError as error:
                if time.monotonic() > deadline:
                    raise RestartInPlaceError(
                        f"What kernels print during the restart would be lost. {error}"
                    ) from error
                await asyncio.sleep(_RELAY_AGAIN_S)
            else:
                return

    def _obstacle_to_standby(self) -> str | None:
        """Why no new server stands by, as a clause; None when one does."""
        return succession.obstacle() if self.order.warm else "no standby is wanted"

    async def _started(self) -> Successor:
        try:
            return await Successor.start(self.server, str(self.keeper.state.folder), self.order.ready_timeout_s)
        except StandbyError as error:
            raise RestartInPlaceError(f"A new server could not be started, so this one goes on: {error}.") from error

    async def _let_go(self) -> set[Any]:
        """From here on no connection is accepted; undone as a whole when a step fails."""
        self._let_go_ns = time.monotonic_ns()
        listening.stop_accepting(self.server)
        try:
            long_answers = await listening.settle(self.server, goes_on=self._successor is not None)
            self.keeper.letting_go = True
            await listening.close_websockets(carrying.clients(self.server))
            await self._part()
            self._refuse_if_stopping()
            self._refuse_if_successor_ended()
        except BaseException as error:
            self.keeper.letting_go = False
            if self._parting is not None:
                self._parting.close()
            if not self._is_stopping():
                listening.accept_again(self.server)
            if self.keeper.records:
                self.keeper.relay.hello()
            if isinstance(error, RelayError):
                raise RestartInPlaceError(f"What kernels print during the restart would be lost. {error}") from error
            raise
        self._carried = carrying.let_go(self.server)
        # A stop that comes from here on is for the new server, which will have charge of the kernels.
        signal.pthread_sigmask(signal.SIG_BLOCK, relaunch.HELD_SIGNALS)
        self.server.log.info("Kernels, terminals and clients are let go (pid %s).", os.getpid())
        return long_answers

    async def _part(self) -> None:
        self._parting = parting.Parting(self._manager, self.keeper)
        await self._parting.begin()
        await self._parting.await_requests()
        if self._successor is None:
            # Nobody would be here to hear what kernels reply.
            await self._parting.end()

    async def _succeed(self, successor: Successor) -> None:
        """Leave everything to the new server and end; returns, with all still at hand, if it fails."""
        self._note_stops()
        self.keeper.state.release()
        self._idle = listening.detach_idle(self.server)
        self._manager.leave_lives_to_others()
        proxied.let_go(self.server)
        try:
            successor.hand_over(self._record(front.pid()))
            await successor.serving()
            self.server.log.info("The server runs on in process %s.", successor.pid)
            await successor.answer_the_rest(self.server, self._look)
            await self._end_what_cannot_be_kept()
            await self._end_parting()
            await successor.commit()
        except Exception as error:
            # Whatever it is, going on as if nothing had been given away is no choice any more.
            known = isinstance(error, StandbyError)
            self.server.log.critical(
                "The new server failed, so one is started in place of the old: %s.", error, exc_info=not known
            )
            successor.end()
            await self._end_parting()
            self._close_idle()
            self._become_new_image(f"the new server that had stood by failed: {error}")
        await self._answer_long(successor)
        self._leave_to(successor)

    async def _answer_long(self, successor: Successor) -> None:
        """See large files and exports through; nothing else depends on this process any more."""
        self._close_idle()
        try:
            await successor.answer_long(self.server, self._is_told_to_stop)
        except Exception:
            self.server.log.warning("Answers that take long are cut off.", exc_info=True)

    def _look(self) -> None:
        if self._parting is not None:
            self._parting.look()

    def _is_told_to_stop(self) -> bool:
        return bool(self._stops or signal.sigpending() & relaunch.HELD_SIGNALS)

    async def _end_parting(self) -> None:
        """Past the point of no return: errors are told, and the restart goes on."""
        try:
            if self._parting is not None:
                await self._parting.end()
        except RelayError as error:
            self.server.log.warning("Replies of kernels may be lost. %s", error)

    def _close_idle(self) -> None:
        """Close what was given away: a request that the failed server had read would never be answered."""
        for descriptor, _ in self._idle:
            os.close(descriptor)
        self._idle = []

    def _leave_to(self, successor: Successor) -> NoReturn:
        new_image.flush(self.server.log)
        pending = [] if front.pid() is None else _pending_stops()
        # Once each: a second one would interrupt what the first has begun.
        for number in dict.fromkeys([*self._stops, *pending]):
            successor.send(number)
        if front.pid() is not None:
            os._exit(0)
        command = relaunch.relaunch_command(sys.orig_argv, sys.executable)
        try:
            front.become(successor.pid, command, dict(os.environ))
        except OSError as error:
            self.server.log.critical("The front could not be started, so the server ends: %s", error)
            os._exit(new_image.EXEC_FAILED)

    def _note_stops(self) -> None:
        """Keep a stop that another thread takes, or that a late request asks for, to pass it on."""

        def note(*_: Any, **__: Any) -> None:
            self._stops.append(signal.SIGTERM)

        async def note_request() -> None:
            note()

        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, note)
        signal.signal(signal.SIGINT, lambda *_: None)
        self.server.stop = note  # type: ignore[method-assign]
        self.server._cleanup = note_request  # type: ignore[method-assign]
        self.server.io_loop.stop = note  # type: ignore[method-assign]

    async def _end_what_cannot_be_kept(self) -> None:
        """Past the point of no return: errors are told, and the restart goes on."""
        server = self.server
        carrying.release(server)
        manager = self._manager
        self._lost = [kernel_id for kernel_id in manager.list_kernel_ids() if not manager.is_kept(kernel_id)]
        ends = [
            manager.shutdown_kernel(kernel_id, now=True)  # type: ignore[no-untyped-call]
            for kernel_id in self._lost
        ]
        done = await asyncio.gather(
            *(asyncio.wait_for(end, _CLEANUP_TIMEOUT_S) for end in (*ends, server.cleanup_extensions())),
            return_exceptions=True,
        )
        for error in done:
            if isinstance(error, BaseException):
                server.log.warning("Cleaning up before the restart failed, it goes on: %r", error)
        server.session_manager.close()

    def _become_new_image(self, fallback: str | None) -> NoReturn:
        if not self._idle:
            self._idle = listening.detach_idle(self.server)
        new_image.become(self.server, replace(self._record(front.pid()), fallback=fallback), self._stops)

    def _record(self, behind: int | None) -> handover.Handover:
        server = self.server
        identity = server.identity_provider
        own = ProcessIdentity.own()
        manager = self._manager
        return handover.Handover(
            restart_id=self.order.restart_id,
            pid=own.pid,
            start_ticks=own.start_ticks,
            state_folder=str(self.keeper.state.folder),
            let_go_ns=self._let_go_ns,
            port=server.port,
            token=identity.token if identity.token_generated else None,
            cookie_secret=base64.b64encode(server.cookie_secret).decode(),
            listening=listening.listening_sockets(server),
            idle=self._idle,
            kernels=_statuses(manager),
            lost_kernels=self._lost or [each for each in manager.list_kernel_ids() if not manager.is_kept(each)],
            terminals=self._carried,
            proxied=proxied.running(server),
            front=behind,
        )

    @property
    def _manager(self) -> KeptMappingKernelManager:
        return cast("KeptMappingKernelManager", self.server.kernel_manager)

    def _refuse_if_stopping(self) -> None:
        if self._is_stopping():
            raise RestartInPlaceError("The server is being stopped.")

    def _refuse_if_successor_ended(self) -> None:
        why = None if self._successor is None else self._successor.ended()
        if why is not None:
            raise RestartInPlaceError(f"The new server has gone again, so this one goes on: {why}.")

    def _is_stopping(self) -> bool:
        return bool(getattr(self.server, "_stopping", False))


def end_all_at_exit(keeper: Keeper) -> None:
    """See to it that kernels and terminals end with a server that ends, on whatever way, and that no folder is left.

    An exec is no end, a server that only stands by has no kernels, and after a crash nothing runs any more. By the
    user's setting kernels wait for the next server instead.
    """
    server = os.getpid()

    def end() -> None:
        if os.getpid() == server and not keeper.standing_by:
            if not keeper.keeps_at_stop:
                parting.end_kernels(keeper.state.records())
            holding.drop(keeper.state)
            keeper.state.forget_proxied()
            keeper.state.remove_if_unused()

    atexit.register(end)


def _pending_stops() -> list[int]:
    """Take the stops that were held for this process, but for those of the terminal."""
    pending = []
    while (info := signal.sigtimedwait(relaunch.HELD_SIGNALS, 0)) is not None:
        if info.si_code != _FROM_KERNEL:
            pending.append(info.si_signo)
    return pending


def _statuses(manager: Any) -> dict[str, KernelStatus]:
    return {
        kernel_id: KernelStatus(kernel.execution_state, kernel.last_activity.isoformat())
        for kernel_id, kernel in manager._kernels.items()
    }
