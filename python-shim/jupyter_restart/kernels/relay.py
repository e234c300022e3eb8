"""The relay: a small process beside the Jupyter server that holds what kernels say, and terminals, while none is there.

It is started with the first kernel or terminal, serves one server (and the next one in its place), and ends when
neither the server nor one of those is left. While a server is up it only listens to output, on a subscription of its
own, so it never delays a message. Run as `python -m jupyter_restart.kernels.relay STATE_FOLDER LIMIT_BYTES`.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import zmq

from jupyter_restart.kernels.line import KernelLine, arrival_deadline, await_handshakes
from jupyter_restart.kernels.marks import MarkFile
from jupyter_restart.kernels.ring import Held, Mark
from jupyter_restart.kernels.state import ServerState
from jupyter_restart.procfs import ProcessIdentity
from jupyter_restart.terminals import holding
from jupyter_restart.terminals.store import TerminalStore

_TICK_MS = 500
_TRIM_EVERY_S = 1.0
# A server that has not come back by then hardly will; shells at their prompt are not worth a process for ever.
_UNUSED_AFTER_NS = 24 * 3600 * 10**9

Request = dict[str, Any]
Reply = tuple[dict[str, Any], list[bytes]]


class Relay:
    """All kernels' lines, and the answers to the server's requests; single-threaded."""

    def __init__(self, state: ServerState, limit_bytes: int, door: socket.socket) -> None:
        self._limit_bytes = limit_bytes
        self._folder = state.folder
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._marks = MarkFile(state.marks)
        self._lines: dict[str, KernelLine] = {}
        self._server: ProcessIdentity | None = None
        self._server_end: int | None = None
        self._away_since_ns: int | None = None
        self._trimmed_at = time.monotonic()
        self._door = self._context.socket(zmq.REP)
        self._door.setsockopt(zmq.LINGER, 200)
        state.relay_socket.unlink(missing_ok=True)
        self._terminals = TerminalStore(door)
        self._door.bind(state.relay_url())
        self._answers: dict[str, Callable[[Request, list[bytes]], Reply]] = {
            "hello": self._hello,
            "bye": self._bye,
            "listen": self._listen,
            "waiting": self._waiting,
            "kernel": self._kernel,
            "forget": self._forget,
            "stash": self._stash,
            "release": self._release,
            "take": self._take,
            "late": self._late,
            "states": self._states,
        }

    def serve(self, server: ProcessIdentity) -> None:
        """Serve the server that has started this process, and may have ended before it could greet."""
        self._watch(server)
        if self._server_end is None:
            self._server_ended()

    def run(self) -> None:
        """Serve until neither server nor kernel nor terminal is left."""
        poller, polled = zmq.Poller(), None
        while self._someone_is_left():
            # To register all anew costs more than all else that a turn does.
            if (wanted := self._to_poll()) != polled:
                poller, polled = zmq.Poller(), wanted
                for each in wanted:
                    poller.register(each, zmq.POLLIN)
            ready = dict(poller.poll(_TICK_MS))
            if self._server_end in ready:
                self._server_ended()
            for line in self._lines.values():
                if line.is_among(ready):
                    line.pump()
            if self._door in ready:
                self._answer()
            self._terminals.pump(ready)
            self._trim()

    def _to_poll(self) -> list[Any]:
        sockets = [socket for line in self._lines.values() for socket in line.sockets()]
        ends = [] if self._server_end is None else [self._server_end]
        return [self._door, *ends, *self._terminals.watched(), *sockets]

    def _someone_is_left(self) -> bool:
        # Whoever has ended has its pidfd closed.
        if self._server is None or self._server_end is not None:
            return True
        return self._terminals.is_in_use or any(line.process.is_alive() for line in self._lines.values())

    def _watch(self, server: ProcessIdentity) -> None:
        """Be woken by a pidfd the moment the server ends: what its kernels reply then would be lost."""
        if self._server_end is not None:
            os.close(self._server_end)
        self._server = server
        try:
            self._server_end = os.pidfd_open(server.pid)
        except ProcessLookupError:
            self._server_end = None

    def _server_ended(self) -> None:
        if self._server_end is not None:
            os.close(self._server_end)
            self._server_end = None
        if self._away_since_ns is None:
            self._let_go()

    def _let_go(self, sessions: Collection[str] | None = None) -> None:
        """Note how far all are served, and take the replies for `sessions`; for all, if it is None."""
        self._away_since_ns = time.monotonic_ns()
        marks = self._marks_by_kernel()
        # One for all: a relay that has taken the place of one that was killed has heard nothing of kernels at rest.
        deadline = arrival_deadline()
        for kernel_id, line in self._lines.items():
            line.part(marks.get(kernel_id, {}), deadline)
        self._open_ears(sessions)

    def _open_ears(self, sessions: Collection[str] | None = None) -> None:
        opened = [opening for line in self._lines.values() for opening in line.open_ears(sessions)]
        await_handshakes(opened)

    def _trim(self) -> None:
        now = time.monotonic()
        if self._away_since_ns is not None and time.monotonic_ns() - self._away_since_ns > _UNUSED_AFTER_NS:
            self._terminals.end_unused()
        if self._away_since_ns is None and now - self._trimmed_at >= _TRIM_EVERY_S:
            self._trimmed_at = now
            marks = self._marks_by_kernel()
            for kernel_id, line in self._lines.items():
                line.trim(marks.get(kernel_id, {}))

    def _marks_by_kernel(self) -> dict[str, dict[str, Mark]]:
        marks: dict[str, dict[str, Mark]] = {}
        for key, mark in self._marks.read().items():
            kernel_id, _, session = key.partition(":")
            marks.setdefault(kernel_id, {})[session] = mark
        return marks

    def _answer(self) -> None:
        header, *blobs = self._door.recv_multipart()
        try:
            request = json.loads(header)
            reply, frames = self._answers[request["op"]](request, blobs)
        except Exception as error:  # noqa: BLE001 - the server must get an answer, and the relay must live on
            print(f"relay: {header[:200]!r} failed: {error!r}", file=sys.stderr, flush=True)
            reply, frames = {"error": repr(error)}, []
        self._door.send_multipart([json.dumps(reply).encode(), *frames])

    def _hello(self, request: Request, _: list[bytes]) -> Reply:
        """Take note of a server and its `kernels`; says since when none was there (CLOCK_MONOTONIC ns)."""
        if self._away_since_ns is None and self._server is not None and not self._server.is_alive():
            self._server_ended()
        self._watch(ProcessIdentity(request["pid"], request["start_ticks"]))
        away, self._away_since_ns = self._away_since_ns, None
        for kernel in request.get("kernels", []):
            self._kernel(kernel, [])
        for line in self._lines.values():
            line.server_is_back()
        return {"away_since_ns": away, "kernels": list(self._lines), **self._states({}, [])[0]}, []

    def _bye(self, request: Request, _: list[bytes]) -> Reply:
        """Take the place of the server, which lets go of its kernels; answered when that is done.

        With `sessions` only theirs: what kernels reply to the others the server hears until it says `listen`.
        """
        self._let_go(request.get("sessions"))
        return {"parts_later": True}, []

    def _listen(self, _: Request, __: list[bytes]) -> Reply:
        """Take the replies for all sessions that have not come back; answered when that is done."""
        self._open_ears()
        return {}, []

    def _waiting(self, _: Request, __: list[bytes]) -> Reply:
        """Name the sessions that have not come back."""
        sessions = [f"{line.kernel_id}:{session}" for line in self._lines.values() for session in line.waiting()]
        return {"sessions": sessions}, []

    def _kernel(self, request: Request, _: list[bytes]) -> Reply:
        """Listen to a kernel that was started, or started again."""
        kernel_id = request["kernel_id"]
        old = self._lines.get(kernel_id)
        process = ProcessIdentity(request["pid"], request["start_ticks"])
        if old is not None and (old.process, old.connection) == (process, request["connection"]):
            return {}, []
        if old is not None:
            old.close()
        self._lines[kernel_id] = KernelLine(
            self._context, kernel_id, request["connection"], process, self._limit_bytes, self._folder
        )
        return {}, []

    def _forget(self, request: Request, _: list[bytes]) -> Reply:
        line = self._lines.pop(request["kernel_id"], None)
        if line is not None:
            line.close()
        return {}, []

    def _stash(self, request: Request, blobs: list[bytes]) -> Reply:
        """Hold a reply that the old server could not send on any more; of no use where the kernel has gone since."""
        line = self._lines.get(request["kernel_id"])
        if line is not None:
            line.add_stashed(request["session"], Held(request["channel"], tuple(blobs)))
        return {}, []

    def _release(self, request: Request, _: list[bytes]) -> Reply:
        """Make way for the new server's sockets; says whether anything is held for the session.

        `close` is for kernels whose sockets give an identity to the first that claims it.
        """
        line = self._lines.get(request["kernel_id"])
        if line is None:
            return {"held": False}, []
        return {"held": line.release(request["session"], close=request["close"])}, []

    def _take(self, request: Request, _: list[bytes]) -> Reply:
        line = self._lines[request["kernel_id"]]
        replay, complete = line.take(request["session"], request["tag"].encode())
        header, frames = _packed(list(replay.messages))
        return {**header, "complete": complete, "dropped": replay.dropped}, frames

    def _late(self, request: Request, _: list[bytes]) -> Reply:
        line = self._lines.get(request["kernel_id"])
        return _packed([] if line is None else line.take_late(request["session"]))

    def _states(self, _: Request, __: list[bytes]) -> Reply:
        return {"states": {kernel_id: line.state for kernel_id, line in self._lines.items()}}, []


def _packed(messages: list[Held]) -> Reply:
    header = [[held.channel, len(held.frames)] for held in messages]
    return {"messages": header}, [frame for held in messages for frame in held.frames]


def main(arguments: list[str]) -> None:
    """Entry point of the process."""
    folder, limit_bytes, *given = arguments
    state = ServerState(Path(folder))
    # The terminal's ^C and the server's stop are for the server: the relay goes when nobody needs it.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.umask(0o077)
    if not given:
        # By a server of a version before, which has outlived its own upgrade.
        Relay(state, int(limit_bytes), holding.open_door(state)).run()
        return
    door, pid, start_ticks = map(int, given)
    relay = Relay(state, int(limit_bytes), socket.socket(fileno=door))
    relay.serve(ProcessIdentity(pid, start_ticks))
    relay.run()


if __name__ == "__main__":
    main(sys.argv[1:])
