"""Gives a browser session that comes back after a restart what its kernel said meanwhile: all, once, in order.

The new server's subscription must be in force before the relay hands out what it held, and the relay must have
received all that came before. Both are known from one message: a subscription to a topic that nobody else has
makes the kernel publish a welcome on it, which reaches this server and the relay alike. Kernels that send no
welcome get a moment to notice the subscription instead.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import zmq

from jupyter_restart.kernels import wire
from jupyter_restart.kernels.ring import IOPUB

if TYPE_CHECKING:
    from jupyter_restart.kernels.keeper import Keeper

_TAG_PREFIX = "jupyter-restart-"
_CHANNELS = ("iopub", "shell", "control", "stdin")
_WELCOME_TIMEOUT_S = 0.25
_POLL_S = 0.001

NOTICED_S = 0.1
"""By when a kernel has noticed that a peer has gone: most refuse a second peer with the same identity for good."""


@dataclass
class PreparedReplay:
    """Messages to replay, and the live streams that continue after them."""

    session_key: str
    messages: list[tuple[str, list[bytes]]]
    streams: dict[str, Any]

    def as_buffer(self) -> dict[str, Any]:
        """In the form in which jupyter_server keeps messages for a session that has lost its connection."""
        return {"session_key": self.session_key, "buffer": self.messages, "channels": self.streams}

    def close(self) -> None:
        """Close the streams: the session did not connect after all."""
        for stream in self.streams.values():
            stream.close()


async def prepare(kernel: Any, keeper: Keeper, session_key: str) -> PreparedReplay | None:
    """Fetch what the relay holds for the session; None when it holds nothing. Raises RelayError."""
    kernel_id, _, session = session_key.partition(":")
    first_closes = not keeper.hands_over(kernel_id)
    if not keeper.relay.release(kernel_id, session, close=first_closes):
        return None
    if first_closes:
        await asyncio.sleep(NOTICED_S)
    async with keeper.returning:
        return await _prepared(kernel, keeper, session_key)


async def _prepared(kernel: Any, keeper: Keeper, session_key: str) -> PreparedReplay:
    kernel_id, _, session = session_key.partition(":")
    streams: dict[str, Any] = {}
    try:
        for channel in _CHANNELS:
            streams[channel] = getattr(kernel, f"connect_{channel}")(identity=session.encode())
            streams[channel].channel = channel
        tag = f"{_TAG_PREFIX}{uuid.uuid4().hex}"
        heard = await _await_welcome(streams["iopub"].socket, tag.encode())
        taken = keeper.relay.take(kernel_id, session, tag if heard.welcomed else "")
    except BaseException:
        for stream in streams.values():
            stream.close()
        raise
    messages = [
        (held.channel, list(held.frames))
        for held in taken.messages
        if held.channel != IOPUB or not is_welcome(held.frames)
    ]
    held_keys = {wire.message_key(frames) for channel, frames in messages if channel == IOPUB}
    messages += [(IOPUB, frames) for frames in heard.frames if wire.message_key(frames) not in held_keys]
    return PreparedReplay(session_key, messages, streams)


def is_welcome(frames: wire.Frames) -> bool:
    """Whether an output is the answer to a subscription of this module, which is of no interest to browsers."""
    return frames[0].startswith(_TAG_PREFIX.encode())


@dataclass
class _Heard:
    welcomed: bool
    frames: list[list[bytes]]


async def _await_welcome(socket: zmq.Socket[bytes], tag: bytes) -> _Heard:
    """Read until the kernel answers to a subscription for `tag`, or for as long as it might take."""
    socket.setsockopt(zmq.SUBSCRIBE, tag)
    frames: list[list[bytes]] = []
    deadline = time.monotonic() + _WELCOME_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            message = socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            await asyncio.sleep(_POLL_S)
            continue
        if message[0] == tag:
            return _Heard(welcomed=True, frames=frames)
        # Another session of the kernel may be coming back at the same time.
        if not is_welcome(message):
            frames.append(message)
    return _Heard(welcomed=False, frames=frames)
