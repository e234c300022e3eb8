"""What a kernel said lately, bounded in bytes, and which part of it a browser session has not seen.

No sockets, no clocks. Output (IOPub) is numbered without gaps; when the bound is reached the oldest output goes, and
whoever had not seen it is told how much. Only the newest is in memory, the rest in a backlog on disk. Replies belong to
one session, are one for each request that was open, and are never dropped.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import TypeVar

from jupyter_restart.kernels.backlog import Backlog, Chunk, Entry
from jupyter_restart.kernels.spill import Spill

IOPUB = "iopub"
IN_MEMORY_BYTES = 1024 * 1024
"""What of a kernel's output stays in memory: all of it, as long as a server takes it away."""

_OVERFLOWED_REMEMBERED = 100_000
_TOPICS_REMEMBERED = 1_000

_T = TypeVar("_T")


@dataclass(frozen=True)
class Mark:
    """How far a session has been served: the key of the last output forwarded to it.

    `key` is 0 when none was yet; then what came from `since_ns` on (CLOCK_MONOTONIC) is unseen.
    """

    key: int
    since_ns: int


@dataclass(frozen=True, slots=True)
class Held:
    """One message of a kernel as it came, on `channel`."""

    channel: str
    frames: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Bytes of the message."""
        return sum(map(len, self.frames))


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an output is, also after it has gone."""

    at: Position
    end: Position
    arrived_ns: int


@dataclass(frozen=True, slots=True)
class _Output:
    place: _Place
    key: int
    held: Held


class Ring:
    """Outputs and replies of one kernel; `limit_bytes` bounds the outputs.

    Those beyond `in_memory_bytes` go to `spill`, the oldest first; without one, or where it fails, all stay in memory.
    """

    def __init__(self, limit_bytes: int, spill: Spill | None = None, in_memory_bytes: int = IN_MEMORY_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._in_memory_limit = in_memory_bytes
        self._backlog = None if spill is None else Backlog(spill)
        self._is_failing = False
        self._outputs: deque[_Output] = deque()
        self._by_key: dict[int, _Output] = {}
        # Where those were that went by the bound, so that who stopped there is told the exact loss.
        self._overflowed: dict[int, _Place] = {}
        self._overflowed_chunks: deque[Chunk] = deque()
        self._last_of_topic: dict[bytes, int] = {}
        self._replies: dict[str, list[tuple[int, Held]]] = {}
        self._end = Position(0, 0)
        self._trimmed_to = Position(0, 0)

    @property
    def held_bytes(self) -> int:
        """Bytes of output held now."""
        return self._end.offset - self._start().offset

    @property
    def in_memory_bytes(self) -> int:
        """Bytes of those that are not in the backlog."""
        return self._end.offset - self._outputs[0].place.at.offset if self._outputs else 0

    def add_output(self, held: Held, key: int, arrived_ns: int) -> None:
        """Append an output; the oldest ones go when the bound is passed, the newest always stays."""
        end = Position(self._end.number + 1, self._end.offset + held.size)
        output = _Output(_Place(self._end, end, arrived_ns), key, held)
        self._outputs.append(output)
        self._by_key[key] = output
        self._last_of_topic[held.frames[0]] = self._end.number
        self._end = end
        while (self._backlog or len(self._outputs) > 1) and self.held_bytes > self._limit_bytes:
            self._overflow()
        if len(self._outputs) > 1 and self.in_memory_bytes > self._in_memory_limit:
            self._spill()

    def close(self) -> None:
        """Forget what is on disk."""
        if self._backlog is not None:
            self._backlog.close()

    def add_reply(self, session: str, held: Held) -> None:
        """Append a message that is for `session` alone."""
        self._replies.setdefault(session, []).append((self._end.number, held))

    def knows(self, mark: Mark) -> bool:
        """Whether the output `mark` names has arrived here."""
        return not mark.key or self._after(mark.key) is not None

    def has_topic(self, topic: bytes) -> bool:
        """Whether an output of this topic (its first frame) is held."""
        return self._last_of_topic.get(topic, -1) >= self._start().number

    def position_after(self, mark: Mark) -> Position:
        """Where `mark`'s session goes on reading; all that is unconfirmed when its mark is no longer held."""
        if mark.key:
            return self._after(mark.key) or self._trimmed_to
        places = (place.at for place in self._places() if place.arrived_ns >= mark.since_ns)
        old = (chunk.since(mark.since_ns) for chunk in self._chunks())
        found = [*(Position(*each) for each in old if each is not None), *_first(places)]
        return min(found, key=lambda position: position.number, default=self._end)

    def take(self, session: str, position: Position) -> Replay:
        """Return what `session` has not seen from `position` on. Its replies are handed out once, outputs stay."""
        replies = deque(self.take_replies(session))
        messages: list[Held] = []
        for number, held in self._from(position.number):
            while replies and replies[0][0] <= number:
                messages.append(replies.popleft()[1])
            messages.append(held)
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
        while self._backlog and self._backlog.oldest.end[0] < first:
            self._trimmed(Position(*self._drop_chunk().end))
        while not self._backlog and self._outputs and self._outputs[0].place.at.number < first - 1:
            self._trimmed(self._drop_output().place.end)

    def _trimmed(self, to: Position) -> None:
        self._trimmed_to = to
        self._is_failing = self._is_failing and bool(self._backlog)
        self._overflowed.clear()
        self._overflowed_chunks.clear()

    def _start(self) -> Position:
        if self._backlog:
            return Position(self._backlog.oldest.number, self._backlog.oldest.offset)
        return self._outputs[0].place.at if self._outputs else self._end

    def _chunks(self) -> Iterator[Chunk]:
        return chain(self._overflowed_chunks, self._backlog or ())

    def _places(self) -> Iterator[_Place]:
        return chain(self._overflowed.values(), (output.place for output in self._outputs))

    def _after(self, key: int) -> Position | None:
        """Where the output after that with `key` begins, also where both have gone by the bound."""
        output = self._by_key.get(key)
        place = self._overflowed.get(key) if output is None else output.place
        if place is not None:
            return place.end
        found = _first(after for after in (chunk.after(key) for chunk in self._chunks()) if after is not None)
        return Position(*found[0]) if found else None

    def _from(self, number: int) -> Iterator[tuple[int, Held]]:
        if self._backlog:
            for at, frames in self._backlog.outputs(number):
                yield at, Held(IOPUB, frames)
        for output in self._outputs:
            if output.place.at.number >= number:
                yield output.place.at.number, output.held

    def _overflow(self) -> None:
        if self._backlog:
            self._overflowed_chunks.append(self._drop_chunk())
            while sum(len(chunk.keys) for chunk in self._overflowed_chunks) > _OVERFLOWED_REMEMBERED:
                self._overflowed_chunks.popleft()
            return
        oldest = self._drop_output()
        self._overflowed[oldest.key] = oldest.place
        if len(self._overflowed) > _OVERFLOWED_REMEMBERED:
            del self._overflowed[next(iter(self._overflowed))]

    def _spill(self) -> None:
        """Put the oldest outputs into the backlog, so many at once that it seldom happens."""
        if self._backlog is None or self._is_failing:
            return
        start, entries = self._outputs[0].place.at, []
        for output in list(self._outputs)[:-1]:
            if self._end.offset - output.place.at.offset <= self._in_memory_limit // 2:
                break
            entries.append(Entry(output.key, output.place.arrived_ns, output.held.frames))
        try:
            self._backlog.add(start.number, start.offset, entries)
        except OSError as error:
            # Until all that is there has gone: in between nothing may be missing.
            self._is_failing = True
            print(f"relay: output is kept in memory: {error}", file=sys.stderr, flush=True)
            return
        for _ in entries:
            self._drop_output()

    def _drop_chunk(self) -> Chunk:
        if self._backlog is None:
            raise IndexError("There is no backlog")
        return self._backlog.drop_oldest()

    def _drop_output(self) -> _Output:
        oldest = self._outputs.popleft()
        if self._by_key.get(oldest.key) is oldest:
            del self._by_key[oldest.key]
        if len(self._last_of_topic) > _TOPICS_REMEMBERED:
            start = self._start().number
            self._last_of_topic = {topic: last for topic, last in self._last_of_topic.items() if last >= start}
        return oldest


def _first(found: Iterable[_T]) -> list[_T]:
    return list(islice(found, 1))
