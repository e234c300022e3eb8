"""How a server parts from its kernels: from one moment on, all they say reaches the relay, and nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zmq

from jupyter_restart import listening
from jupyter_restart.kernels import replay
from jupyter_restart.kernels.connection import KeptKernelConnection
from jupyter_restart.kernels.line import REPLY_CHANNELS
from jupyter_restart.kernels.relay_client import RelayError
from jupyter_restart.kernels.ring import Held
from jupyter_restart.procfs import ProcessIdentity, reap

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from jupyter_restart.kernels.keeper import Keeper
    from jupyter_restart.kernels.manager import KeptMappingKernelManager
    from jupyter_restart.kernels.state import KernelRecord

# A reply, or a request, that is under way has arrived within this time.
_UNDER_WAY_S = 0.01
_LAST_LOOKS = 2
_LOOK_FOR_RETURN_S = 0.1
_END_TIMEOUT_S = 2.0
_END_POLL_S = 0.02


@dataclass
class _Session:
    """A browser session of the server that parts, and its streams, on which replies may still come."""

    key: str
    streams: dict[str, Any]
    is_back: bool = False

    @property
    def kernel_id(self) -> str:
        return self.key.partition(":")[0]


class Parting:
    """The sessions of a server that lets go, from the closing of its websockets on.

    After `begin` the relay holds what kernels put out. Replies still reach this process, which stashes them with the
    relay at each `look`, until the session is back at another server, or until `end`: to take all sessions' places at
    the kernels takes a while, and most are back before it is due. A process that does not go on calls `end` at once.
    """

    def __init__(self, manager: KeptMappingKernelManager, keeper: Keeper) -> None:
        self._keeper = keeper
        self._sessions = list(_sessions(manager)) if keeper.records else []
        self._closed_at = time.monotonic()
        self._looked_at = 0.0
        self._relay_has_all = False

    async def begin(self) -> None:
        """Have the relay note how far each session is served. Raises RelayError."""
        if not self._keeper.records:
            return
        for session in self._sessions:
            for stream in session.streams.values():
                if not stream.closed():
                    stream.stop_on_recv()
        self._stash()
        exclusive = [each for each in self._sessions if not self._keeper.hands_over(each.kernel_id)]
        for session in exclusive:
            for channel in REPLY_CHANNELS:
                session.streams[channel].close()
        if exclusive:
            await asyncio.sleep(replay.NOTICED_S)
        self._relay_has_all = not self._keeper.relay.bye({session.key for session in exclusive})

    async def await_requests(self) -> None:
        """Wait until kernels have got what was sent last: another peer with a session's identity would undo it."""
        await asyncio.sleep(self._closed_at + _UNDER_WAY_S - time.monotonic())

    def look(self) -> None:
        """Stash what has come, and close the streams of the sessions that are back; to be called again and again.

        Streams that stay open would claim their identities again when a kernel is restarted.
        """
        try:
            self._stash()
            now = time.monotonic()
            # Without a session there may be no relay that could answer.
            if self._sessions and not self._relay_has_all and now >= self._looked_at + _LOOK_FOR_RETURN_S:
                self._looked_at = now
                self._close_returned(self._keeper.relay.waiting())
        except RelayError as error:
            self._keeper.log.warning("Replies of kernels may be lost. %s", error)

    async def end(self) -> None:
        """Leave the replies to the relay, too, and close all streams. Raises RelayError."""
        if not self._sessions:
            return
        if not self._relay_has_all:
            self._keeper.relay.listen()
        for _ in range(_LAST_LOOKS):
            await asyncio.sleep(_UNDER_WAY_S)
            self._stash()
        self.close()

    def close(self) -> None:
        """Close all streams."""
        for session in self._sessions:
            _close(session)
        self._sessions = []

    def _close_returned(self, waiting: set[str]) -> None:
        # What was under way when a session came back is there by the next time.
        for session in [each for each in self._sessions if each.is_back]:
            _close(session)
            self._sessions.remove(session)
        for session in self._sessions:
            session.is_back = session.key not in waiting

    def _stash(self) -> None:
        for session in self._sessions:
            for channel in REPLY_CHANNELS:
                stream = session.streams.get(channel)
                if stream is None or stream.closed():
                    continue
                for frames in _arrived(stream.socket):
                    _stash(self._keeper, session.key, Held(channel, tuple(frames)))


def _close(session: _Session) -> None:
    for stream in session.streams.values():
        if not stream.closed():
            stream.close()


async def leave_kernels(server: ServerApp, manager: KeptMappingKernelManager, keeper: Keeper) -> None:
    """Have the relay take all that kernels say while their server ends, which takes a second: nobody else would.

    A tab that came back to this server meanwhile would take its place at the kernel, and go with it.
    """
    if not keeper.records:
        return
    listening.stop_accepting(server)
    keeper.letting_go = True
    await listening.close_websockets([])
    parting = Parting(manager, keeper)
    try:
        await parting.begin()
        await parting.await_requests()
        await parting.end()
    except RelayError as error:
        keeper.log.warning("Replies of kernels may be lost. %s", error)
    finally:
        parting.close()
        # The server would wait for ever for the end of those whose streams are gone.
        KeptKernelConnection._open_sockets.clear()


def end_kernels(records: list[KernelRecord]) -> None:
    """End kernels that nobody has shut down: SIGTERM, and SIGKILL for those that do not heed it."""
    left = [record.process for record in records if not _has_ended(record.process)]
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in left:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
        deadline = time.monotonic() + _END_TIMEOUT_S
        while left and time.monotonic() < deadline:
            time.sleep(_END_POLL_S)
            left = [process for process in left if not _has_ended(process)]
    for record in records:
        Path(record.connection_file).unlink(missing_ok=True)


def _has_ended(process: ProcessIdentity) -> bool:
    return not process.is_alive() and reap(process.pid) is not None


def _sessions(manager: KeptMappingKernelManager) -> Iterator[_Session]:
    """List the connected sessions, and those that may come back.

    What is buffered for the latter is stashed on the way; its output the relay has anyway.
    """
    for connection in list(KeptKernelConnection._open_sockets):
        if connection.multi_kernel_manager is manager and manager.is_kept(connection.kernel_id):
            yield _Session(connection.session_key, dict(connection.channels))
    for kernel_id, buffered in list(manager._kernel_buffers.items()):
        if manager.is_kept(kernel_id) and buffered["session_key"]:
            for channel, frames in buffered["buffer"]:
                if manager.keeper is not None and channel in REPLY_CHANNELS:
                    _stash(manager.keeper, buffered["session_key"], Held(channel, tuple(map(bytes, frames))))
            yield _Session(buffered["session_key"], dict(buffered["channels"]))


def _stash(keeper: Keeper, session_key: str, held: Held) -> None:
    kernel_id, _, session = session_key.partition(":")
    keeper.relay.stash(kernel_id, session, held)


def _arrived(socket: zmq.Socket[bytes]) -> Iterator[list[bytes]]:
    while True:
        try:
            yield socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return
