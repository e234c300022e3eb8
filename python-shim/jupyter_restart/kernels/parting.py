"""How a server parts from its kernels: from one moment on, all they say reaches the relay, and nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zmq

from jupyter_restart.kernels import replay
from jupyter_restart.kernels.connection import KeptKernelConnection
from jupyter_restart.kernels.line import REPLY_CHANNELS
from jupyter_restart.kernels.ring import Held
from jupyter_restart.procfs import ProcessIdentity, reap

if TYPE_CHECKING:
    from jupyter_restart.kernels.keeper import Keeper
    from jupyter_restart.kernels.manager import KeptMappingKernelManager
    from jupyter_restart.kernels.state import KernelRecord

# A reply that was under way to us when the relay took our place arrives within this time.
_UNDER_WAY_S = 0.01
_LAST_LOOKS = 2
_END_TIMEOUT_S = 2.0
_END_POLL_S = 0.02


async def hand_to_relay(manager: KeptMappingKernelManager, keeper: Keeper) -> None:
    """Let the relay take the sessions' places at the kernels, and give it the replies that came to us too late.

    To be called when the websockets are closed. Raises RelayError.
    """
    if not keeper.records:
        return
    sessions = list(_sessions(manager))
    for _, _, streams in sessions:
        for stream in streams.values():
            if not stream.closed():
                stream.stop_on_recv()
    _stash(keeper, sessions)
    for kernel_id, _, streams in sessions:
        if not keeper.hands_over(kernel_id):
            for channel in REPLY_CHANNELS:
                streams[channel].close()
    hand_over = all(keeper.hands_over(kernel_id) for kernel_id, _, _ in sessions)
    await asyncio.sleep(_UNDER_WAY_S if hand_over else replay.NOTICED_S)
    keeper.relay.bye()
    for _ in range(_LAST_LOOKS):
        await asyncio.sleep(_UNDER_WAY_S)
        _stash(keeper, sessions)
    _close(sessions)


def _close(sessions: list[tuple[str, str, dict[str, Any]]]) -> None:
    """Close all streams: they would claim their identities again if this process goes on for a while."""
    for _, _, streams in sessions:
        for stream in streams.values():
            if not stream.closed():
                stream.close()


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


def _sessions(manager: KeptMappingKernelManager) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Kernel, session and streams of each connected session, and of those that may come back.

    What is buffered for the latter is stashed on the way; its output the relay has anyway.
    """
    for connection in list(KeptKernelConnection._open_sockets):
        if connection.multi_kernel_manager is manager and manager.is_kept(connection.kernel_id):
            yield connection.kernel_id, connection.session_id, dict(connection.channels)
    for kernel_id, buffered in list(manager._kernel_buffers.items()):
        if manager.is_kept(kernel_id) and buffered["session_key"]:
            session = buffered["session_key"].partition(":")[2]
            keeper = manager.keeper
            for channel, frames in buffered["buffer"]:
                if keeper is not None and channel in REPLY_CHANNELS:
                    keeper.relay.stash(kernel_id, session, Held(channel, tuple(map(bytes, frames))))
            yield kernel_id, session, dict(buffered["channels"])


def _stash(keeper: Keeper, sessions: list[tuple[str, str, dict[str, Any]]]) -> None:
    for kernel_id, session, streams in sessions:
        for channel in REPLY_CHANNELS:
            stream = streams.get(channel)
            if stream is None or stream.closed():
                continue
            for frames in _arrived(stream.socket):
                keeper.relay.stash(kernel_id, session, Held(channel, tuple(frames)))


def _arrived(socket: zmq.Socket[bytes]) -> Iterator[list[bytes]]:
    while True:
        try:
            yield socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return
