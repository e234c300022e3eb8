"""What a kernel said lately, bounded in bytes, and which part of it a browser session has not seen.

Pure: no sockets, no clocks. Output (IOPub) is numbered without gaps; when the bound is reached the oldest
output goes, and whoever had not seen it is told how much. Replies belong to one session and are never dropped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

IOPUB = "iopub"
_OVERFLOWED_REMEMBERED = 100_000


@dataclass(frozen=True)
class Mark:
    """How far a session has been served: the key of the last output forwarded to it.

    `key` is 0 when none was yet; then what came from `since_ns` on (CLOCK_MONOTONIC) is unseen.
    """

    key: int
    since_ns: int


@dataclass(frozen=True)
class Held:
    """One message of a kernel as it came, on `channel`."""

    channel: str
    frames: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Bytes of the message."""
        return sum(map(len, self.frames))


@dataclass(frozen=True)
class Position:
    """A place between two outputs: the number of the next one, and all bytes that came before it."""

    number: int
    offset: int


@dataclass(frozen=True)
class Replay:
    """What a session has yet to see, in order, and how much of it is lost."""

    messages: tuple[Held, ...]
    dropped: int = 0
    dropped_bytes: int = 0


@dataclass(frozen=True)
class _Place:
    """Where an output is, also after it has gone."""

    at: Position
    end: Position
    arrived_ns: int


@dataclass(frozen=True)
class _Output:
    place: _Place
    key: int
    held: Held


class Ring:
    """Outputs and replies of one kernel; `limit_bytes` bounds the outputs."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._outputs: deque[_Output] = deque()
        self._by_key: dict[int, _Output] = {}
        # Where those were that went by the bound, so that who stopped there is told the exact loss.
        self._overflowed: dict[int, _Place] = {}
        self._replies: dict[str, list[tuple[int, Held]]] = {}
        self._end = Position(0, 0)
        self._trimmed_to = Position(0, 0)

    @property
    def held_bytes(self) -> int:
        """Bytes of output held now."""
        return self._end.offset - self._start().offset

    def add_output(self, held: Held, key: int, arrived_ns: int) -> None:
        """Append an output; the oldest ones go when the bound is passed, the newest always stays."""
        end = Position(self._end.number + 1, self._end.offset + held.size)
        output = _Output(_Place(self._end, end, arrived_ns), key, held)
        self._outputs.append(output)
        self._by_key[key] = output
        self._end = end
        while len(self._outputs) > 1 and self.held_bytes > self._limit_bytes:
            oldest = self._drop_oldest()
            self._overflowed[oldest.key] = oldest.place
            if len(self._overflowed) > _OVERFLOWED_REMEMBERED:
                del self._overflowed[next(iter(self._overflowed))]

    def add_reply(self, session: str, held: Held) -> None:
        """Append a message that is for `session` alone."""
        self._replies.setdefault(session, []).append((self._end.number, held))

    def knows(self, mark: Mark) -> bool:
        """Whether the output `mark` names has arrived here."""
        return not mark.key or mark.key in self._by_key or mark.key in self._overflowed

    def has_topic(self, topic: bytes) -> bool:
        """Whether an output of this topic (its first frame) is held; looked for from the newest."""
        return any(output.held.frames[0] == topic for output in reversed(self._outputs))

    def position_after(self, mark: Mark) -> Position:
        """Where `mark`'s session goes on reading; all that is unconfirmed when its mark is no longer held."""
        if mark.key:
            output = self._by_key.get(mark.key)
            place = self._overflowed.get(mark.key) if output is None else output.place
            return self._trimmed_to if place is None else place.end
        places = chain(self._overflowed.values(), (output.place for output in self._outputs))
        return next((place.at for place in places if place.arrived_ns >= mark.since_ns), self._end)

    def take(self, session: str, position: Position) -> Replay:
        """Return what `session` has not seen from `position` on. Its replies are handed out once, outputs stay."""
        replies = deque(self.take_replies(session))
        messages: list[Held] = []
        for output in self._outputs:
            if output.place.at.number < position.number:
                continue
            while replies and replies[0][0] <= output.place.at.number:
                messages.append(replies.popleft()[1])
            messages.append(output.held)
        messages.extend(held for _, held in replies)
        start = self._start()
        return Replay(
            tuple(messages),
            max(0, start.number - position.number),
            max(0, start.offset - position.offset),
        )

    def take_replies(self, session: str) -> list[tuple[int, Held]]:
        """Hand out the replies for `session`, each with the number of the output that came next."""
        return self._replies.pop(session, [])

    def trim(self, wanted: Iterable[Position]) -> None:
        """Forget outputs that all readers, each at its `wanted` position, have seen.

        The last seen one stays: it is the one that a mark names.
        """
        first = min((position.number for position in wanted), default=self._end.number)
        while self._outputs and self._outputs[0].place.at.number < first - 1:
            self._trimmed_to = self._drop_oldest().place.end
            self._overflowed.clear()

    def _start(self) -> Position:
        return self._outputs[0].place.at if self._outputs else self._end

    def _drop_oldest(self) -> _Output:
        oldest = self._outputs.popleft()
        if self._by_key.get(oldest.key) is oldest:
            del self._by_key[oldest.key]
        return oldest
