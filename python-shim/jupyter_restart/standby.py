"""The new server's side of a warm standby: it is all there but serves nothing, until it is given everything at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from jupyter_restart import front, handover, listening
from jupyter_restart.channel import PORT_RETRIES_VARIABLE, VARIABLE, Channel, Message
from jupyter_restart.procfs import ProcessIdentity

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

_NOT_NEEDED = 0
_NOT_ABLE = 1
_FRONT_TIMEOUT_S = 2.0
_POLL_S = 0.01
# From the terminal, in struct siginfo: the old server, in the same job, has got it too.
_FROM_KERNEL = 0x80


@dataclass
class Standby:
    """Follows the old server's word.

    `take_over` puts this server into its place, at once; `be_alone` is called when that one has ended.
    """

    server: ServerApp
    channel: Channel
    invitation: handover.Invitation
    take_over: Callable[[handover.Handover], None] | None = None
    be_alone: Callable[[], None] | None = None
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the old server has ended, and left its place to this one."""
    took_over_crashed: bool = False
    """Whether the server before this one has ended without a word."""
    is_serving: bool = False
    _listening: list[int] = field(default_factory=list)

    def refuse(self, why: str) -> NoReturn:
        """Say why this server cannot follow the old one, and end."""
        self.channel.say("failed", why=why)
        os._exit(_NOT_ABLE)

    def begin(self) -> None:
        """Say that this server is ready; to be called from the running loop."""
        if self.invitation.has_front:
            front.stand_by(self.invitation.front)
        asyncio.get_running_loop().add_reader(self.channel.fileno(), self._hear)
        self.channel.say("ready")
        self.server.log.info("Standing by (pid %s) to follow the server %s.", os.getpid(), self.invitation.front)

    def _hear(self) -> None:
        message = self.channel.hear()
        if message is None:
            self._stop_hearing()
            self._other_is_gone()
        elif message.word == "go":
            self._go(message)
        elif message.word == "stand":
            self._listening = message.descriptors
        elif message.word == "more":
            addresses = message.data["addresses"]
            listening.take_connections(self.server, zip(message.descriptors, addresses, strict=True))
        elif message.word == "commit":
            self._commit()

    def _go(self, message: Message) -> None:
        written, *descriptors = message.descriptors
        record = handover.read(written).with_descriptors(descriptors)
        self._serve(record)
        self._commit_at_stop()
        # If it ended meanwhile we hear of that next.
        with contextlib.suppress(OSError):
            self.channel.say("serving")

    def _serve(self, record: handover.Handover) -> None:
        _forget_terminal_interrupt()
        front.be_behind(self.invitation.front)
        if self.take_over is not None:
            self.take_over(record)
        self.is_serving = True

    def _take_over_crashed(self) -> None:
        """Serve in the place of a server that has told nothing: what it knew is on disk, or lost with it."""
        let_go_ns = time.monotonic_ns()
        # First of all: should the front give us up, another server is started in its place.
        self._bind_to_front()
        front.take_over(self.invitation.front)
        self.took_over_crashed = True
        try:
            self._serve(handover.after_crash(self.invitation, self._listening, let_go_ns))
        except Exception:
            # The front ends with us, and whoever looks after it starts a server anew.
            self.server.log.critical("This server cannot take over, so it ends.", exc_info=True)
            os._exit(_NOT_ABLE)
        self.settled.set()

    def _commit(self) -> None:
        """Be the server that the front means, and tell so."""
        if self.invitation.has_front:
            front.take_over(self.invitation.front)
        with contextlib.suppress(OSError):
            self.channel.say("committed")

    def _commit_at_stop(self) -> None:
        """Take charge of an orderly end: the old server, if it is still there, would take it for a failure."""
        # `stop` is how signals end a server, `_cleanup` how a request does.
        for name in ("stop", "_cleanup"):
            setattr(self.server, name, self._committing(getattr(self.server, name)))

    def _committing(self, end: Callable[..., Any]) -> Callable[..., Any]:
        def commit_and_end(*arguments: Any, **options: Any) -> Any:
            if not self.settled.is_set():
                self._commit()
            return end(*arguments, **options)

        return commit_and_end

    def _other_is_gone(self) -> None:
        if self._listening and not self.is_serving:
            self._take_over_crashed()
            return
        if not self.is_serving:
            os._exit(_NOT_NEEDED)
        if self.be_alone is not None:
            self.be_alone()
        if self.invitation.has_front:
            # Again, as it may have ended without a word.
            front.take_over(self.invitation.front)
        self._bind_to_front()
        self.settled.set()

    def _bind_to_front(self) -> None:
        """End with the front from now on: it becomes our parent a moment after the old server has ended."""
        deadline = time.monotonic() + _FRONT_TIMEOUT_S
        while not front.end_with(self.invitation.front):
            is_gone = ProcessIdentity.of(self.invitation.front) is None
            if is_gone or time.monotonic() > deadline:
                # Nobody knows of us any more; kernels run on, for the server that is started next.
                self.server.log.critical("The front %s has ended, so this server ends.", self.invitation.front)
                os._exit(_NOT_ABLE)
            time.sleep(_POLL_S)

    def _stop_hearing(self) -> None:
        asyncio.get_running_loop().remove_reader(self.channel.fileno())
        self.channel.close()


def invited(server: ServerApp) -> Standby | None:
    """Return what to do for a server that was started to stand by; None for any other. At most once."""
    number = os.environ.pop(VARIABLE, None)
    if number is None:
        return None
    end = socket.socket(fileno=int(number))
    end.set_inheritable(False)
    channel = Channel(end)
    message = channel.hear()
    if message is None or message.word != "invitation":
        os._exit(_NOT_NEEDED)
    invitation = handover.Invitation.of(message.data)
    if invitation.port_retries is None:
        os.environ.pop(PORT_RETRIES_VARIABLE, None)
    else:
        os.environ[PORT_RETRIES_VARIABLE] = invitation.port_retries
    return Standby(server, channel, invitation)


def _forget_terminal_interrupt() -> None:
    """Drop a ^C that came while this server stood by; what comes from another process is meant for us."""
    while (info := signal.sigtimedwait({signal.SIGINT}, 0)) is not None:
        if info.si_code != _FROM_KERNEL:
            signal.raise_signal(signal.SIGINT)
            return
