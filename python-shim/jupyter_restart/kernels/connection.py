"""The websocket of one browser session to one kernel, with a mark of how far it has been served."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

from jupyter_restart.kernels import replay, wire
from jupyter_restart.kernels.relay_client import RelayError
from jupyter_restart.kernels.ring import IOPUB, Held

if TYPE_CHECKING:
    from jupyter_restart.kernels.keeper import Keeper
    from jupyter_restart.kernels.marks import MarkSlot

# By when replies that still went to the relay while the kernel changed over have arrived there.
_LATE_AFTER_S = (0.1, 0.6, 1.5)


class KeptKernelConnection(ZMQChannelsWebsocketConnection):
    """Forwards as ever; replays what the relay held, and hands over what it can no longer send."""

    _slot: MarkSlot | None = None
    _replays_left = 0
    _replayed: set[int] | None = None

    # The output that is being forwarded.
    _outgoing: int | None = None

    _protocol: str | None = None

    @property
    def subprotocol(self) -> str | None:
        """How requests are written, also those that were on their way when the goodbye was said.

        Tornado forgets it with the goodbye. Read by the older protocol such a request would be lost.
        """
        protocol: str | None = super().subprotocol
        return protocol or self._protocol

    @property
    def write_message(self) -> Callable[..., Any]:
        """Write to the websocket; of output the mark is set as the last thing before.

        The write wakes the reader, on a busy machine before it returns. A mark set behind it came too late for a kill
        in that moment, and the line a second time.
        """
        if self._outgoing is not None and self._slot is not None:
            self._slot.forwarded(self._outgoing)
        write: Callable[..., Any] = self.websocket_handler.write_message
        return write

    @property
    def keeper(self) -> Keeper | None:
        """The server's keeper, None for kernels that are not kept."""
        manager = self.multi_kernel_manager
        if not getattr(manager, "is_kept", lambda _: False)(self.kernel_id):
            return None
        keeper: Keeper | None = manager.keeper
        return keeper

    async def prepare(self) -> None:
        """Before the upgrade is answered: ask the relay whether this session has missed anything."""
        await super().prepare()  # type: ignore[no-untyped-call]
        keeper = self.keeper
        if keeper is None:
            return
        told = getattr(self.kernel_manager, "_kernel_info_future", None)
        if told is not None and told.done():
            keeper.kernel_info(self.kernel_id, told.result())
        try:
            prepared = await replay.prepare(self.kernel_manager, keeper, self.session_key)
        except RelayError as error:
            self.log.warning("Output that kernel %s made during the restart is lost. %s", self.kernel_id, error)
            return
        if prepared is None:
            return
        stale = self.multi_kernel_manager.prepared.pop(self.session_key, None)
        if stale is not None:
            stale.close()
        self.multi_kernel_manager.prepared[self.session_key] = prepared
        self._replays_left = len(prepared.messages)
        self._replayed = set()
        self.log.info("%d messages of kernel %s are replayed.", len(prepared.messages), self.kernel_id)

    def connect(self) -> asyncio.Future[None] | None:  # type: ignore[override]
        """Start forwarding."""
        self._protocol = self.subprotocol
        keeper = self.keeper
        if keeper is not None:
            self._slot = keeper.session_open(self.session_key)
        connected = super().connect()
        if self._replayed is not None and keeper is not None:
            for delay in _LATE_AFTER_S:
                asyncio.get_running_loop().call_later(delay, self._forward_late, keeper)
        return connected

    def nudge(self) -> asyncio.Future[None]:
        """Make sure the subscription works; known already when the relay was asked. A nudge would eat output."""
        if self._replayed is None:
            return super().nudge()
        known: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        known.set_result(None)
        return known

    def handle_incoming_message(self, incoming_msg: Any) -> None:
        """Forward a request; a kernel that was just asked is in use, though it has yet to say that it is busy."""
        keeper = self.keeper
        if keeper is not None and wire.asked_channel(incoming_msg) == "shell":
            keeper.asked_at[self.kernel_id] = time.monotonic()
        super().handle_incoming_message(incoming_msg)

    def handle_outgoing_message(self, stream: Any, outgoing_msg: list[Any]) -> None:
        """Forward a message of the kernel; output that was replayed already, and our own welcome, are dropped."""
        if self.keeper is None:
            super().handle_outgoing_message(stream, outgoing_msg)
            return
        frames = [bytes(frame) for frame in outgoing_msg]
        channel = stream if isinstance(stream, str) else getattr(stream, "channel", "")
        if channel != IOPUB:
            self._forward_reply(stream, channel, frames)
        elif not replay.is_welcome(frames):
            self._forward_output(stream, frames)

    def disconnect(self) -> None:  # type: ignore[override]
        """Close the channels; while the server lets go they stay open, to catch what still comes."""
        keeper = self.keeper
        if keeper is not None and keeper.letting_go:
            return
        super().disconnect()  # type: ignore[no-untyped-call]
        manager = self.multi_kernel_manager
        buffered = manager._kernel_buffers.get(self.kernel_id) if self.kernel_id in manager else None
        if self._slot is not None and (buffered is None or buffered["session_key"] != self.session_key):
            self._slot.free()
        self._slot = None

    def _forward_output(self, stream: Any, frames: list[bytes]) -> None:
        if self._is_closed():
            return
        key = wire.message_key(frames)
        if not self._replays_left and self._replayed and key in self._replayed:
            return
        self._outgoing = key
        try:
            if self._replays_left:
                self._forward_replayed(stream, frames)
                if self._replayed is not None:
                    self._replayed.add(key)
            else:
                # Output comes in order: the first that is new ends the overlap of replay and live stream.
                self._replayed = None if self._replayed is None else set()
                super().handle_outgoing_message(stream, list(frames))
        finally:
            self._outgoing = None
        # What the rate limit has dropped is over with, too.
        if self._slot is not None:
            self._slot.forwarded(key)

    def _forward_reply(self, stream: Any, channel: str, frames: list[bytes]) -> None:
        if not self._is_closed():
            if self._replays_left:
                self._forward_replayed(stream, frames)
            else:
                super().handle_outgoing_message(stream, list(frames))
            return
        keeper = self.keeper
        if keeper is not None and keeper.letting_go:
            kernel_id, _, session = self.session_key.partition(":")
            try:
                keeper.relay.stash(kernel_id, session, Held(channel, tuple(frames)))
            except RelayError as error:
                self.log.warning("A reply of kernel %s is lost. %s", kernel_id, error)

    def _forward_replayed(self, stream: Any, frames: list[bytes]) -> None:
        """Forward past the rate limit, which would drop a burst of old output as if it were a flood."""
        self._replays_left -= 1
        limited, self.limit_rate = self.limit_rate, False
        try:
            super().handle_outgoing_message(stream, list(frames))
        finally:
            self.limit_rate = limited

    def _forward_late(self, keeper: Keeper) -> None:
        if self._is_closed() or not self.channels:
            return
        kernel_id, _, session = self.session_key.partition(":")
        try:
            late = keeper.relay.take_late(kernel_id, session)
        except RelayError as error:
            self.log.warning("Replies of kernel %s may be lost. %s", kernel_id, error)
            return
        for held in late:
            super().handle_outgoing_message(self.channels[held.channel], list(held.frames))

    def _is_closed(self) -> bool:
        websocket = getattr(self.websocket_handler, "ws_connection", None)
        return websocket is None or websocket.is_closing()
