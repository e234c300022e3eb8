"""The relay's part: it holds pseudo-terminals open, so that shells do not end with a server that is killed.

It reads none of them. What programs print while no server is there waits in the pseudo-terminal, and they with it.
A terminal is held until its shell ends.
"""

from __future__ import annotations

import os
import select
import socket
import sys
from collections.abc import Container
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from jupyter_restart.channel import Channel, Message
from jupyter_restart.procfs import ProcessIdentity

_TIMEOUT_S = 1.0


@dataclass(frozen=True)
class _Held:
    """`end` is a pidfd of the shell, `descriptors` are the pseudo-terminal's master side and the scrollback."""

    process: ProcessIdentity
    descriptors: list[int]
    end: int

    def close(self) -> None:
        for descriptor in (*self.descriptors, self.end):
            os.close(descriptor)


class TerminalStore:
    """Serves one request a connection: `hold`, `names`, `take`, `drop`. For the loop of the relay."""

    def __init__(self, door: socket.socket) -> None:
        self._held: dict[str, _Held] = {}
        self._door = door

    @property
    def is_in_use(self) -> bool:
        """Whether a terminal is held, or waits to be."""
        return bool(self._held) or bool(select.select([self._door], [], [], 0)[0])

    def watched(self) -> list[int]:
        """Descriptors that say by being readable that there is something to do."""
        return [self._door.fileno(), *(held.end for held in self._held.values())]

    def pump(self, ready: Container[int]) -> None:
        """Do what there is to do."""
        for name, held in list(self._held.items()):
            if held.end in ready:
                self._held.pop(name).close()
        if self._door.fileno() in ready:
            connection, _ = self._door.accept()
            with closing(connection):
                connection.settimeout(_TIMEOUT_S)
                try:
                    self._answer(Channel(connection))
                except (OSError, ValueError, KeyError, TypeError) as error:
                    print(f"relay: a request for terminals failed: {error!r}", file=sys.stderr, flush=True)

    def end_unused(self) -> None:
        """Let go of terminals in whose shell nothing runs, neither before nor behind; they end by that."""
        for name, held in list(self._held.items()):
            if not _has_children(held.process.pid):
                self._held.pop(name).close()

    def close(self) -> None:
        """Let go of all, and serve no longer."""
        self._drop()
        self._door.close()

    def _answer(self, channel: Channel) -> None:
        message = channel.hear()
        if message is None:
            return
        if message.word == "hold":
            self._hold(message)
            channel.say("held")
        elif message.word == "names":
            channel.say("names", names=[name for name, held in self._held.items() if held.process.is_alive()])
        elif message.word == "take":
            held = list(self._held.items())
            channel.say(
                "taken",
                [descriptor for _, each in held for descriptor in each.descriptors],
                terminals=[[name, each.process.pid, each.process.start_ticks] for name, each in held],
            )
        elif message.word == "drop":
            self._drop()
            channel.say("dropped")

    def _drop(self) -> None:
        while self._held:
            self._held.popitem()[1].close()

    def _hold(self, message: Message) -> None:
        name, process = message.data["name"], ProcessIdentity(message.data["pid"], message.data["start_ticks"])
        try:
            end = os.pidfd_open(process.pid)
        except ProcessLookupError:
            end = -1
        # The pid is its own only if it is still alive now that it is held.
        if end < 0 or not process.is_alive():
            for descriptor in (*message.descriptors, *([] if end < 0 else [end])):
                os.close(descriptor)
            return
        before = self._held.pop(name, None)
        if before is not None:
            before.close()
        self._held[name] = _Held(process, message.descriptors, end)


def _has_children(pid: int) -> bool:
    try:
        return bool(Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").strip())
    except OSError:
        # Not every system tells; what is not known to be over goes on.
        return True
