"""The old image's part of a restart in place: let go of everything, then become the new image."""

from __future__ import annotations

import asyncio
import atexit
import base64
import logging
import os
import signal
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

from jupyter_restart import handover, listening, preflight, relaunch, terminals
from jupyter_restart.kernels import parting
from jupyter_restart.kernels.keeper import Keeper, KernelStatus
from jupyter_restart.kernels.relay_client import RelayError
from jupyter_restart.procfs import ProcessIdentity

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from jupyter_restart.kernels.manager import KeptMappingKernelManager
    from jupyter_restart.kernels.state import ServerState

_PREFLIGHT_TIMEOUT_S = 60.0
_KERNEL_START_TIMEOUT_S = 15.0
_CLEANUP_TIMEOUT_S = 3.0
_EXEC_FAILED = 70
_SHOWN_ERROR_LINES = 3
_STDERR = 2

_inherited_at_start: set[int] = set()


class RestartInPlaceError(Exception):
    """Why a restart was not begun; the server goes on as if it had not been asked."""


@dataclass
class Departure:
    """One attempt. Up to the point of no return everything can be taken back."""

    server: ServerApp
    keeper: Keeper
    restart_id: str

    async def run(self) -> NoReturn:
        """Do it; raises RestartInPlaceError when it was not begun."""
        if self.keeper.restarting:
            raise RestartInPlaceError("A restart of this server is under way already: wait for its end.")
        self.keeper.restarting = True
        try:
            await self._prepare()
            let_go_ns = time.monotonic_ns()
            long_answers, carried = await self._let_go()
        except BaseException:
            self.keeper.restarting = False
            raise
        lost = await self._end_what_cannot_be_kept()
        await listening.settle_again(self.server, long_answers)
        self._become_new_image(let_go_ns, carried, lost)

    async def _prepare(self) -> None:
        """All that takes time, while the server still serves."""
        pending = list(self.server.kernel_manager._pending_kernels.values())
        if pending:
            _, late = await asyncio.wait(pending, timeout=_KERNEL_START_TIMEOUT_S)
            if late:
                raise RestartInPlaceError(
                    f"{len(late)} kernels are still being started or stopped after {_KERNEL_START_TIMEOUT_S:g} s. "
                    "Restart again when they are done."
                )
        if self.keeper.records:
            try:
                self.keeper.relay.start(self.keeper.records)
            except RelayError as error:
                raise RestartInPlaceError(f"What kernels print during the restart would be lost. {error}") from error
        await self._check_new_image()
        self._refuse_if_stopping()

    async def _check_new_image(self) -> None:
        starter = type(self.server.starter_app).__module__
        modules = {"jupyter_server.serverapp", "jupyter_restart.inplace"}
        if starter not in {"builtins", "__main__"}:
            modules.add(starter)
        options = relaunch.interpreter_options(sys.orig_argv)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *options,
            preflight.__file__,
            *sorted(modules),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, errors = await asyncio.wait_for(process.communicate(), _PREFLIGHT_TIMEOUT_S)
        except asyncio.TimeoutError as error:
            process.kill()
            await process.wait()
            raise RestartInPlaceError(
                f"A new server could not be started: its imports took more than {_PREFLIGHT_TIMEOUT_S:g} s."
            ) from error
        if process.returncode:
            said = "; ".join(errors.decode(errors="replace").strip().splitlines()[-_SHOWN_ERROR_LINES:])
            raise RestartInPlaceError(
                f"A new server could not be started, so this one goes on. Importing it failed: {said}"
            )

    async def _let_go(self) -> tuple[set[Any], list[terminals.CarriedTerminal]]:
        """From here on no connection is accepted; undone as a whole when a step fails."""
        listening.stop_accepting(self.server)
        try:
            long_answers = await listening.settle(self.server)
            self.keeper.letting_go = True
            await listening.close_kernel_websockets()
            await parting.hand_to_relay(self._manager, self.keeper)
            self._refuse_if_stopping()
        except BaseException as error:
            self.keeper.letting_go = False
            if not self._is_stopping():
                listening.accept_again(self.server)
            if self.keeper.records:
                self.keeper.relay.hello()
            if isinstance(error, RelayError):
                raise RestartInPlaceError(f"What kernels print during the restart would be lost. {error}") from error
            raise
        return long_answers, terminals.let_go(self.server)

    async def _end_what_cannot_be_kept(self) -> list[str]:
        """Past the point of no return: errors are told, and the restart goes on. Returns the lost kernels."""
        server = self.server
        terminals.release(server)
        manager = self._manager
        lost = [kernel_id for kernel_id in manager.list_kernel_ids() if not manager.is_kept(kernel_id)]
        ends = [
            manager.shutdown_kernel(kernel_id, now=True)  # type: ignore[no-untyped-call]
            for kernel_id in lost
        ]
        done = await asyncio.gather(
            *(asyncio.wait_for(end, _CLEANUP_TIMEOUT_S) for end in (*ends, server.cleanup_extensions())),
            return_exceptions=True,
        )
        for error in done:
            if isinstance(error, BaseException):
                server.log.warning("Cleaning up before the restart failed, it goes on: %r", error)
        server.session_manager.close()
        return lost

    def _become_new_image(self, let_go_ns: int, carried: list[terminals.CarriedTerminal], lost: list[str]) -> NoReturn:
        server = self.server
        identity = server.identity_provider
        own = ProcessIdentity.own()
        # A stop that comes from here on waits for the new image, which will have charge of the kernels.
        signal.pthread_sigmask(signal.SIG_BLOCK, relaunch.HELD_SIGNALS)
        record = handover.Handover(
            restart_id=self.restart_id,
            pid=own.pid,
            start_ticks=own.start_ticks,
            state_folder=str(self.keeper.state.folder),
            let_go_ns=let_go_ns,
            port=server.port,
            token=identity.token if identity.token_generated else None,
            cookie_secret=base64.b64encode(server.cookie_secret).decode(),
            listening=listening.listening_sockets(server),
            idle=listening.idle_connections(server),
            kernels=_statuses(server.kernel_manager),
            lost_kernels=lost,
            terminals=carried,
        )
        environment = dict(os.environ)
        memory = handover.pack(record, environment)
        _inherit_only({memory, *record.descriptors, *_inherited_at_start})
        command = relaunch.relaunch_command(sys.orig_argv, sys.executable)
        server.log.info("Restarting in place (pid %s): %s", own.pid, " ".join(command))
        _flush(server.log)
        try:
            os.execve(sys.executable, command, environment)
        except OSError as error:
            server.log.critical(
                "The new server could not be started: %s: %s. This process ends; kernels run on, and a server "
                "started in %s on port %s takes them over.",
                sys.executable,
                error,
                server.root_dir,
                server.port,
            )
            _flush(server.log)
            os._exit(_EXEC_FAILED)

    @property
    def _manager(self) -> KeptMappingKernelManager:
        return cast("KeptMappingKernelManager", self.server.kernel_manager)

    def _refuse_if_stopping(self) -> None:
        if self._is_stopping():
            raise RestartInPlaceError("The server is being stopped.")

    def _is_stopping(self) -> bool:
        return bool(getattr(self.server, "_stopping", False))


def note_inherited_descriptors(handed_over: Iterable[int]) -> None:
    """Remember what this process was started with: a restart hands it on as it would have been."""
    _inherited_at_start.clear()
    _inherited_at_start.update(fd for fd in _open_descriptors() if _is_inheritable(fd))
    _inherited_at_start.difference_update(handed_over)


def end_kernels_at_exit(state: ServerState, *, keep: bool) -> None:
    """See to it that kernels end with a server that ends, on whatever way, and that it leaves no folder behind.

    An exec is no end, and after a crash nothing runs any more. With `keep` kernels wait for the next server instead.
    """
    server = os.getpid()

    def end() -> None:
        if os.getpid() == server:
            if not keep:
                parting.end_kernels(state.records())
            state.remove_if_unused()

    atexit.register(end)


def _inherit_only(wanted: set[int]) -> None:
    for descriptor in _open_descriptors():
        try:
            os.set_inheritable(descriptor, descriptor in wanted)
        except OSError:
            continue


def _open_descriptors() -> list[int]:
    return [int(entry.name) for entry in Path("/proc/self/fd").iterdir() if int(entry.name) > _STDERR]


def _is_inheritable(descriptor: int) -> bool:
    try:
        return os.get_inheritable(descriptor)
    except OSError:
        return False


def _statuses(manager: Any) -> dict[str, KernelStatus]:
    return {
        kernel_id: KernelStatus(kernel.execution_state, kernel.last_activity.isoformat())
        for kernel_id, kernel in manager._kernels.items()
    }


def _flush(log: logging.Logger) -> None:
    for handler in log.handlers:
        handler.flush()
    sys.stdout.flush()
    sys.stderr.flush()
