"""The relay's line to one kernel: it listens to its output always, and to its replies while no server does."""

from __future__ import annotations

import time
from collections.abc import Collection, Container, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import zmq

from jupyter_restart.kernels import wire
from jupyter_restart.kernels.ring import IOPUB, Held, Mark, Position, Replay, Ring
from jupyter_restart.kernels.spill import Spill
from jupyter_restart.procfs import ProcessIdentity

REPLY_CHANNELS = ("shell", "stdin", "control")

# One turn reads at most this many messages of a socket, so that a flood from one kernel starves no other.
_BURST = 500
_ARRIVAL_TIMEOUT_S = 0.3
_HANDSHAKE_TIMEOUT_S = 0.3
# The kernel may answer to the relay a little longer, until it has taken notice of the new server's socket.
_LINGER_S = 2.0
# A browser tab that has not come back this long after the server did will not: it was closed or reloaded.
_RETURN_TIMEOUT_S = 600.0

# Requests that say nothing about what the user's code does.
_UNTRACKED = frozenset(
    f"{name}_request" for name in ("kernel_info", "comm_info", "usage", "shutdown", "interrupt", "debug")
)


Opening = tuple["zmq.Socket[bytes]", "zmq.Socket[bytes]"]
"""A socket that is being connected, and the one that tells when the other side has shaken hands."""


@dataclass
class _Ear:
    """A socket with the identity of a browser session: the kernel's replies to that session come here."""

    socket: zmq.Socket[bytes]
    channel: str
    session: str
    until: float | None = None


@dataclass
class KernelLine:
    """Sockets, ring and last known state of one kernel; what the ring spills goes to `folder`."""

    context: zmq.Context[zmq.Socket[bytes]]
    kernel_id: str
    connection: dict[str, Any]
    process: ProcessIdentity
    limit_bytes: int
    folder: Path
    state: str | None = None
    _boundaries: dict[str, Position] = field(default_factory=dict)
    _claimed: set[str] = field(default_factory=set)
    _ears: list[_Ear] = field(default_factory=list)
    _expected_until: float = 0.0

    def __post_init__(self) -> None:
        self._ring = Ring(self.limit_bytes, Spill(self.folder, self.limit_bytes))
        self._output = self._connect(IOPUB, zmq.SUB)
        self._output.setsockopt(zmq.SUBSCRIBE, b"")

    def sockets(self) -> Iterator[zmq.Socket[bytes]]:
        """All sockets to wait on."""
        yield self._output
        for ear in self._ears:
            yield ear.socket

    def is_among(self, ready: Container[Any]) -> bool:
        """Whether there may be something to take in, by the sockets that are ready."""
        return self._output in ready or bool(self._ears)

    def pump(self) -> None:
        """Take in what has arrived."""
        for frames in _arrived(self._output):
            self._hold_output(frames)
        now = time.monotonic()
        for ear in list(self._ears):
            for frames in _arrived(ear.socket):
                self._ring.add_reply(ear.session, Held(ear.channel, frames))
            if ear.until is not None and ear.until <= now:
                self._ears.remove(ear)
                ear.socket.close(linger=0)

    def part(self, marks: dict[str, Mark], deadline: float) -> None:
        """Remember how far each session was served, now that the server lets go; waits for what is on its way."""
        self.pump()
        # The server may have forwarded what has not arrived here yet.
        while not all(map(self._ring.knows, marks.values())) and self._await_output(deadline):
            pass
        for session, mark in marks.items():
            self._boundaries[session] = self._ring.position_after(mark)
        self._claimed.clear()

    def waiting(self) -> list[str]:
        """Name the sessions that were parted from, and for which no server has asked since."""
        return [session for session in self._boundaries if session not in self._claimed]

    def open_ears(self, sessions: Collection[str] | None = None) -> list[Opening]:
        """Take the replies for those that wait, among `sessions` (kernel id, colon, session id) if they are given."""
        return [
            opening
            for session in self.waiting()
            if sessions is None or f"{self.kernel_id}:{session}" in sessions
            # One that lingers has lost the identity to the server that has let go now.
            if all(ear.until is not None for ear in self._ears_of(session))
            for opening in self._open_ears(session)
        ]

    def server_is_back(self) -> None:
        """Expect sessions to come and take what they missed."""
        self._expected_until = time.monotonic() + _RETURN_TIMEOUT_S

    def release(self, session: str, *, close: bool) -> bool:
        """Leave `session` to a server that asks for it; with `close` its ears make way. Whether anything is held."""
        self._claimed.add(session)
        if close:
            self.pump()
            for ear in self._ears_of(session):
                ear.until = 0.0
            self.pump()
        return session in self._boundaries

    def take(self, session: str, tag: bytes) -> tuple[Replay, bool]:
        """Return what `session` has not seen, and whether output up to the one with topic `tag` is complete in it."""
        seen = self._await_topic(tag)
        position = self._boundaries.pop(session, None)
        self._claimed.discard(session)
        for ear in self._ears_of(session):
            ear.until = time.monotonic() + _LINGER_S
        if position is None:
            return Replay(()), seen
        return self._with_notice(self._ring.take(session, position)), seen

    def take_late(self, session: str) -> list[Held]:
        """Return replies that still came here while the new server took over."""
        self.pump()
        return [held for _, held in self._ring.take_replies(session)]

    def add_stashed(self, session: str, held: Held) -> None:
        """Hold a reply that reached the old server too late to be sent on."""
        self._ring.add_reply(session, held)

    def trim(self, marks: dict[str, Mark]) -> None:
        """Forget what every session has seen; sessions not back yet count with what they missed, for a while."""
        if self._boundaries and time.monotonic() > self._expected_until:
            for session in self._boundaries:
                for ear in self._ears_of(session):
                    ear.until = 0.0
                self._ring.take_replies(session)
            self._boundaries.clear()
        positions = [self._ring.position_after(mark) for mark in marks.values()]
        self._ring.trim([*positions, *self._boundaries.values()])

    def close(self) -> None:
        """Close all sockets."""
        for socket in self.sockets():
            socket.close(linger=0)
        self._ears.clear()
        self._ring.close()

    def _hold_output(self, frames: tuple[bytes, ...]) -> None:
        self._ring.add_output(Held(IOPUB, frames), wire.message_key(frames), time.monotonic_ns())
        status = wire.execution_state(frames)
        if status is not None and status[0] not in _UNTRACKED:
            self.state = status[1]

    def _await_output(self, deadline: float) -> bool:
        if not self._output.poll(max(0, int((deadline - time.monotonic()) * 1000))):
            return False
        self.pump()
        return True

    def _await_topic(self, tag: bytes) -> bool:
        """Take in output until one with topic `tag` came: all that the kernel said before it is then held."""
        self.pump()
        deadline = arrival_deadline()
        while tag:
            if self._ring.has_topic(tag):
                return True
            if not self._await_output(deadline):
                break
        return False

    def _ears_of(self, session: str) -> list[_Ear]:
        return [ear for ear in self._ears if ear.session == session]

    def _open_ears(self, session: str) -> Iterator[Opening]:
        """Connect with the session's identity."""
        for channel in REPLY_CHANNELS:
            socket = self._socket(zmq.DEALER)
            socket.setsockopt(zmq.IDENTITY, session.encode())
            monitor = socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)
            socket.connect(self._url(channel))
            self._ears.append(_Ear(socket, channel, session))
            yield socket, monitor

    def _with_notice(self, replay: Replay) -> Replay:
        if not replay.dropped:
            return replay
        text = (
            f"[jupyter-restart] {replay.dropped} messages ({replay.dropped_bytes / 1e6:.1f} MB) of output made "
            f"while the server was away are lost: at most {self.limit_bytes / 1e6:.0f} MB are held per kernel.\n"
        )
        like = next((held.frames for held in replay.messages if held.channel == IOPUB), ())
        notice = wire.stderr_notice(text, like, str(self.connection.get("key", "")).encode())
        messages = (Held(IOPUB, tuple(notice)), *replay.messages)
        return Replay(messages, replay.dropped, replay.dropped_bytes)

    def _connect(self, channel: str, kind: int) -> zmq.Socket[bytes]:
        socket = self._socket(kind)
        socket.connect(self._url(channel))
        return socket

    def _socket(self, kind: int) -> zmq.Socket[bytes]:
        socket = self.context.socket(kind)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVHWM, 0)
        if "curve_publickey" in self.connection:
            public = str(self.connection["curve_publickey"]).encode()
            socket.curve_secretkey = str(self.connection["curve_secretkey"]).encode()
            socket.curve_publickey = public
            socket.curve_serverkey = public
        return socket

    def _url(self, channel: str) -> str:
        transport, ip = self.connection.get("transport", "tcp"), self.connection["ip"]
        port = self.connection[f"{channel}_port"]
        return f"ipc://{ip}-{port}" if transport == "ipc" else f"{transport}://{ip}:{port}"


def arrival_deadline() -> float:
    """Until when what has reached the server may still be on its way here, by the clock of `time.monotonic`."""
    return time.monotonic() + _ARRIVAL_TIMEOUT_S


def await_handshakes(opened: list[Opening]) -> None:
    """Return when the kernels' sides have shaken hands, or at the latest after the time that this may take."""
    deadline = time.monotonic() + _HANDSHAKE_TIMEOUT_S
    for socket, monitor in opened:
        monitor.poll(max(0, int((deadline - time.monotonic()) * 1000)))
        socket.disable_monitor()
        monitor.close(linger=0)


def _arrived(socket: zmq.Socket[bytes]) -> Iterator[tuple[bytes, ...]]:
    for _ in range(_BURST):
        try:
            yield tuple(socket.recv_multipart(zmq.NOBLOCK))
        except zmq.Again:
            return
