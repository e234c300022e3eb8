"""The old server's side of a warm standby: starts the server that is to follow, and hands everything to it.

Up to `hand_over` nothing has changed for anybody, and the standby can be done away with at no cost. From there until
`commit` this process keeps all that it gave: should the new server fail it can still go on, by an exec.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from jupyter_restart import descriptors, front, handover, listening, relaunch
from jupyter_restart.channel import PORT_RETRIES_VARIABLE, VARIABLE, Channel, Message

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

_SERVING_TIMEOUT_S = 5.0
_COMMIT_TIMEOUT_S = 2.0
# A new server that dies at once does so within this time; and by its end the last answers are out, mostly.
_PROBATION_S = 1.0
# Large files, users with a slow line, exports. Whoever polls for longer asks again.
_LONG_ANSWERS_S = 30.0
_POLL_S = 0.01


class StandbyError(Exception):
    """Why a new server does not stand by, or has not taken over: a clause for a message."""


@dataclass
class Successor:
    """The server that stands by, as seen by the one that it is to follow."""

    _process: subprocess.Popen[bytes]
    _channel: Channel
    _is_committed: bool = False

    @classmethod
    async def start(
        cls, server: ServerApp, state_folder: str, timeout_s: float, *, against_crashes: bool = False
    ) -> Successor:
        """Start a new server as this one was started; returns when it is ready. Raises StandbyError."""
        channel, theirs = Channel.pair()
        with theirs:
            successor = cls(_spawn(theirs.fileno()), channel)
        identity = server.identity_provider
        invitation = handover.Invitation(
            state_folder=state_folder,
            port=server.port,
            token=identity.token if identity.token_generated else None,
            cookie_secret=base64.b64encode(server.cookie_secret).decode(),
            front=front.server_pid(),
            has_front=front.pid() is not None,
            port_retries=os.environ.get(PORT_RETRIES_VARIABLE),
            against_crashes=against_crashes,
        )
        try:
            channel.say("invitation", **asdict(invitation))
            await successor._expect("ready", timeout_s)
        except OSError as error:
            raise StandbyError(successor.ended() or str(error)) from error
        except BaseException:
            successor.end()
            raise
        return successor

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def ended(self) -> str | None:
        """Tell how it ended; None while it runs."""
        status = self._process.poll()
        if status is None:
            return None
        return f"it ended with exit status {status}" if status >= 0 else f"it was ended by signal {-status}"

    def stand(self, listening: Sequence[int]) -> None:
        """Have it take over, on these sockets, when this process ends without a word. Raises StandbyError."""
        try:
            self._channel.say("stand", listening)
        except OSError as error:
            raise StandbyError(self.ended() or str(error)) from error

    async def gone(self) -> str:
        """Wait for its end; returns how it ended."""
        while await self._hear(None) is not None:
            pass
        # Its end of the channel closes a moment before it can be waited for.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        return self.ended() or "it has let go"

    def kill(self) -> None:
        """End it at once; safe in a handler of a signal, as it waits for nothing."""
        self._process.kill()

    def hand_over(self, record: handover.Handover) -> None:
        """Give it everything. Raises StandbyError."""
        memory = handover.write(record)
        try:
            self._channel.say("go", [memory, *record.descriptors])
        except OSError as error:
            raise StandbyError(self.ended() or str(error)) from error
        finally:
            os.close(memory)

    async def serving(self) -> None:
        """Wait until it serves. Raises StandbyError."""
        await self._expect("serving", _SERVING_TIMEOUT_S)

    async def answer_the_rest(self, server: ServerApp, look: Callable[[], None]) -> None:
        """Answer requests that came before the handover, and pass their connections on. Raises StandbyError.

        `look` is called all the time.
        """
        start = time.monotonic()
        while time.monotonic() - start < _PROBATION_S and not self._has_committed():
            self._pass_on(listening.detach_idle(server))
            look()
            why = self.ended()
            if why is not None:
                raise StandbyError(why)
            await asyncio.sleep(_POLL_S)

    async def answer_long(self, server: ServerApp, is_stopping: Callable[[], bool]) -> None:
        """Answer what takes its time, as long as the new server runs; to be called once that is committed to."""
        start = time.monotonic()
        while time.monotonic() - start < _LONG_ANSWERS_S and not (is_stopping() or self._is_gone()):
            self._pass_on(listening.detach_idle(server))
            if listening.are_all_idle(server):
                return
            listening.drop_other_websockets(server)
            await asyncio.sleep(_POLL_S)

    async def commit(self) -> None:
        """Leave it to the new server; it is the one that the front means when this returns. Raises StandbyError."""
        if self._has_committed():
            return
        try:
            self._channel.say("commit")
        except OSError as error:
            raise StandbyError(self.ended() or str(error)) from error
        await self._expect("committed", _COMMIT_TIMEOUT_S)

    def send(self, number: int) -> None:
        """Pass a signal on. An end of it is left to the front to see, so its pid stays its own."""
        os.kill(self.pid, number)

    def end(self) -> None:
        """Do away with it."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._channel.close()

    def _is_gone(self) -> bool:
        """Tell whether it has ended, and leave it to the front to collect."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _has_committed(self) -> bool:
        """Tell whether it has taken charge unasked, as it is being stopped: its end is not to be mended."""
        if not self._is_committed and select.select([self._channel], [], [], 0)[0]:
            message = self._channel.hear()
            self._is_committed = message is not None and message.word == "committed"
        return self._is_committed

    def _pass_on(self, connections: Iterable[tuple[int, Any]]) -> None:
        free = list(connections)
        if not free:
            return
        try:
            with contextlib.suppress(OSError):
                self._channel.say("more", [fd for fd, _ in free], addresses=[address for _, address in free])
        finally:
            for descriptor, _ in free:
                os.close(descriptor)

    async def _expect(self, word: str, timeout_s: float) -> None:
        message = await self._hear(timeout_s)
        if message is not None and message.word == word:
            return
        why = message.data.get("why") if message is not None else None
        if why is None and message is None:
            # Its end of the channel closes a moment before it can be waited for.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
        raise StandbyError(why or self.ended() or "it does not answer")

    async def _hear(self, timeout_s: float | None) -> Message | None:
        readable = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._channel.fileno(), readable.set)
        try:
            await asyncio.wait_for(readable.wait(), timeout_s)
        except asyncio.TimeoutError as error:
            raise StandbyError(f"it was not there within {timeout_s:g} s") from error
        finally:
            loop.remove_reader(self._channel.fileno())
        return self._channel.hear()


def obstacle() -> str | None:
    """Why no new server can stand by for this one, as a clause for a message; None when one can."""
    if not relaunch.runs_through_launcher(relaunch.relaunch_command(sys.orig_argv, sys.executable)):
        return "this program cannot be run twice"
    if threading.current_thread() is not threading.main_thread():
        return "this server does not run in its program's main thread"
    return None if front.pid() is not None else front.obstacle()


def _spawn(channel: int) -> subprocess.Popen[bytes]:
    command = relaunch.relaunch_command(sys.orig_argv, sys.executable)
    environment = {**os.environ, VARIABLE: str(channel), PORT_RETRIES_VARIABLE: "0"}
    passed = [channel, *descriptors.inherited()]
    # A signal to the whole job, ^C say, is for the server; the new one's turn comes when it serves.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, relaunch.HELD_SIGNALS)
    try:
        return subprocess.Popen(command, executable=sys.executable, env=environment, pass_fds=passed)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
