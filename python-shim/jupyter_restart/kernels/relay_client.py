"""The server's side of the relay: starts it, and asks it."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import zmq

from jupyter_restart.kernels.ring import Held
from jupyter_restart.kernels.state import KernelRecord, ServerState, open_log
from jupyter_restart.procfs import ProcessIdentity, reap
from jupyter_restart.terminals import holding

DEFAULT_LIMIT_BYTES = 64 * 1024 * 1024
ANSWER_TIMEOUT_MS = 2000
_START_TIMEOUT_S = 10.0
# Not all of it at once: one that has ended never answers.
_START_LOOK_MS = 500
_HUNG_AFTER_S = 30.0
_PEER = struct.Struct("3i")


class RelayError(Exception):
    """The relay cannot be started, does not answer, or could not do what was asked."""


@dataclass(frozen=True)
class Taken:
    """What the relay held for a session; `complete` when it reaches up to the tag that was asked for."""

    messages: list[Held]
    complete: bool


@dataclass(frozen=True)
class Greeting:
    """What the relay answers to a server that announces itself.

    `away_since_ns` is since when none was there (CLOCK_MONOTONIC), None if unknown; `kernels` are those that the relay
    listens to, `states` their execution states, None from a relay of before.
    """

    away_since_ns: int | None
    kernels: frozenset[str]
    states: dict[str, str | None] | None


class RelayClient:
    """Blocking: an answer takes about a millisecond, and 2 s at the worst. Not for use from several threads."""

    def __init__(self, state: ServerState, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self._state = state
        self._limit_bytes = limit_bytes
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket: zmq.Socket[bytes] | None = None
        self._pid: int | None = None
        self._listening: int | None = None
        self._silent_since: float | None = None

    def pid(self) -> int | None:
        """Process that listens for us; None where none does. One that is slow to answer, or halted, listens, too."""
        if self._pid is not None and reap(self._pid) is not None:
            self._pid = None
        with socket.socket(socket.AF_UNIX) as end:
            end.setblocking(False)
            try:
                end.connect(os.fspath(self._state.address(self._state.relay_socket)))
            except BlockingIOError:
                # So many have asked a halted one that there is no place left to wait in.
                return self._listening
            except OSError:
                return None
            pid, _, _ = _PEER.unpack(end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
        self._listening = int(pid)
        return self._listening

    def start(self, records: list[KernelRecord], timeout_ms: int = ANSWER_TIMEOUT_MS) -> None:
        """Start a relay if none runs, and make known this server and its kernels.

        None is started beside one that is slow to answer: it would take its place, and know nothing of what that holds.
        """
        if self.pid() is None:
            try:
                self.begin()
            except OSError as error:
                raise RelayError(f"The relay process could not be started ({error}).") from error
            self._await_start()
        if self.hello(records, timeout_ms).states is None:
            # A relay of a version that takes no kernels with the greeting: it outlives upgrades.
            for record in records:
                self.add_kernel(record)

    def begin(self) -> None:
        """Start a relay if none runs, and don't wait for it: it can be given terminals at once. Raises OSError."""
        if self.pid() is None and not holding.is_open(self._state):
            self._spawn()

    def end_hung(self) -> bool:
        """End a relay that has not answered for half a minute, whatever it was asked. What it holds is lost."""
        pid = self.pid()
        if pid is None or self._silent_since is None or time.monotonic() - self._silent_since < _HUNG_AFTER_S:
            return False
        os.kill(pid, signal.SIGKILL)
        self._silent_since = None
        return True

    def hello(self, records: Iterable[KernelRecord] = (), timeout_ms: int = ANSWER_TIMEOUT_MS) -> Greeting:
        """Announce this server, and its kernels; again, those whose process or ports have changed."""
        own = ProcessIdentity.own()
        kernels = [_described(record) for record in records]
        reply, _ = self._ask(
            "hello", {"pid": own.pid, "start_ticks": own.start_ticks, "kernels": kernels}, timeout_ms=timeout_ms
        )
        return Greeting(reply["away_since_ns"], frozenset(reply["kernels"]), reply.get("states"))

    def bye(self, sessions: Iterable[str] | None = None) -> bool:
        """Let go: returns when the replies for `sessions` (kernel id, colon, session id), or for all, reach the relay.

        Whether those for the other sessions still reach us, until `listen`: a relay of before takes them all at once.
        """
        reply, _ = self._ask("bye", {"sessions": None if sessions is None else list(sessions)})
        return sessions is not None and bool(reply.get("parts_later"))

    def listen(self) -> None:
        """Let go for good: returns when the replies for all sessions that have not come back reach the relay."""
        self._ask("listen", {})

    def waiting(self) -> set[str]:
        """Return the sessions that have not come back."""
        reply, _ = self._ask("waiting", {})
        return set(reply["sessions"])

    def add_kernel(self, record: KernelRecord) -> None:
        """Listen to a kernel; again, if its process or its ports have changed."""
        self._ask("kernel", _described(record))

    def forget(self, kernel_id: str) -> None:
        """Let go of a kernel that has ended."""
        self._ask("forget", {"kernel_id": kernel_id})

    def stash(self, kernel_id: str, session: str, held: Held) -> None:
        """Give a reply that could not be sent on."""
        asked = {"kernel_id": kernel_id, "session": session, "channel": held.channel}
        self._ask("stash", asked, list(held.frames))

    def release(self, kernel_id: str, session: str, *, close: bool) -> bool:
        """Ask for a session that has come back: whether anything is held for it.

        With `close` the relay's sockets make way first.
        """
        reply, _ = self._ask("release", {"kernel_id": kernel_id, "session": session, "close": close})
        return bool(reply["held"])

    def take(self, kernel_id: str, session: str, tag: str) -> Taken:
        """Return what the session has not seen, up to the output with topic `tag`."""
        reply, frames = self._ask("take", {"kernel_id": kernel_id, "session": session, "tag": tag})
        return Taken(_unpacked(reply, frames), bool(reply["complete"]))

    def take_late(self, kernel_id: str, session: str) -> list[Held]:
        """Return replies that came to the relay while this server took over."""
        return _unpacked(*self._ask("late", {"kernel_id": kernel_id, "session": session}))

    def states(self) -> dict[str, str | None]:
        """Return the execution state of each kernel, by its last word on it."""
        reply, _ = self._ask("states", {})
        return dict(reply["states"])

    def close(self) -> None:
        """Close the connection; the relay runs on."""
        self._drop_socket()
        self._context.term()

    def _answers(self, timeout_ms: int) -> bool:
        try:
            self._ask("states", {}, timeout_ms=timeout_ms)
        except RelayError:
            return False
        return True

    def _spawn(self) -> None:
        own = ProcessIdentity.own()
        with open_log(self._state.log) as log, holding.open_door(self._state) as door:
            given = (self._state.folder, self._limit_bytes, door.fileno(), own.pid, own.start_ticks)
            process = subprocess.Popen(
                [sys.executable, "-m", "jupyter_restart.kernels.relay", *map(str, given)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[door.fileno()],
                start_new_session=True,
            )
        self._pid = process.pid
        # It outlives us: it is reaped by pid, so Popen must not complain that it was left running.
        process.returncode = 0

    def _await_start(self) -> None:
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._answers(timeout_ms=_START_LOOK_MS):
            # None where the server before has started it.
            status = None if self._pid is None else reap(self._pid)
            if status is not None or time.monotonic() > deadline:
                raise RelayError(
                    f"The relay process could not be started (exit status {status}); "
                    f"see {self._state.log}. Kernels run on, but what they print during a restart is lost."
                )

    def _ask(
        self,
        operation: str,
        asked: dict[str, Any],
        frames: list[bytes] | None = None,
        timeout_ms: int = ANSWER_TIMEOUT_MS,
    ) -> tuple[dict[str, Any], list[bytes]]:
        if self._socket is None:
            self._socket = self._context.socket(zmq.REQ)
            self._socket.setsockopt(zmq.LINGER, 0)
            self._socket.setsockopt(zmq.RECONNECT_IVL, 10)
            self._socket.connect(self._state.relay_url())
        self._socket.setsockopt(zmq.RCVTIMEO, timeout_ms)
        try:
            self._socket.send_multipart([json.dumps({"op": operation, **asked}).encode(), *(frames or [])])
            header, *blobs = self._socket.recv_multipart()
        except zmq.ZMQError as error:
            self._drop_socket()
            self._silent_since = self._silent_since or time.monotonic()
            raise RelayError(
                f"The relay did not answer {operation!r} within {timeout_ms / 1000:g} s ({error})."
            ) from error
        self._silent_since = None
        reply = json.loads(header)
        if "error" in reply:
            raise RelayError(f"The relay could not do {operation!r}: {reply['error']}")
        return reply, blobs

    def _drop_socket(self) -> None:
        if self._socket is not None:
            self._socket.close(linger=0)
            self._socket = None


def _described(record: KernelRecord) -> dict[str, Any]:
    return {
        "kernel_id": record.kernel_id,
        "connection": record.connection,
        "pid": record.pid,
        "start_ticks": record.start_ticks,
    }


def _unpacked(header: dict[str, Any], frames: list[bytes]) -> list[Held]:
    messages, at = [], 0
    for channel, count in header["messages"]:
        messages.append(Held(channel, tuple(frames[at : at + count])))
        at += count
    return messages
