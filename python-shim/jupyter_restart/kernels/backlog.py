"""The older part of a kernel's output: on disk, in chunks, of which little more than the keys is in memory."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jupyter_restart.kernels.spill import Extent, Frames, Spill


@dataclass(frozen=True, slots=True)
class Entry:
    """One output: its key, when it arrived (CLOCK_MONOTONIC), and its frames."""

    key: int
    arrived_ns: int
    frames: Frames

    @property
    def size(self) -> int:
        """Bytes of the message."""
        return sum(map(len, self.frames))


@dataclass(frozen=True, slots=True)
class Chunk:
    """Outputs that were spilled together; `number` and `offset` are where the first of them begins."""

    number: int
    offset: int
    keys: array[int]
    sizes: array[int]
    arrived_ns: array[int]
    extent: Extent

    @property
    def end(self) -> tuple[int, int]:
        """Where the next output begins."""
        return self.number + len(self.keys), self.offset + sum(self.sizes)

    def after(self, key: int) -> tuple[int, int] | None:
        """Where the output after that with `key` begins; None where that is not among these."""
        if key not in self.keys:
            return None
        count = self.keys.index(key) + 1
        return self.number + count, self.offset + sum(self.sizes[:count])

    def since(self, since_ns: int) -> tuple[int, int] | None:
        """Where the first output begins that arrived at `since_ns` or later."""
        at = next((at for at, arrived_ns in enumerate(self.arrived_ns) if arrived_ns >= since_ns), None)
        return None if at is None else (self.number + at, self.offset + sum(self.sizes[:at]))


class Backlog:
    """Chunks in the order of their outputs; the oldest goes first."""

    def __init__(self, spill: Spill) -> None:
        self._spill = spill
        self._chunks: deque[Chunk] = deque()

    def __iter__(self) -> Iterator[Chunk]:
        """Go through the chunks."""
        return iter(self._chunks)

    def __bool__(self) -> bool:
        """Whether there is any output."""
        return bool(self._chunks)

    @property
    def oldest(self) -> Chunk:
        """The first chunk."""
        return self._chunks[0]

    def add(self, number: int, offset: int, entries: Sequence[Entry]) -> None:
        """Spill outputs, of which the first begins at `number` and `offset`. Raises OSError where that cannot be."""
        extent = self._spill.put(tuple(entry.frames for entry in entries))
        self._chunks.append(
            Chunk(
                number,
                offset,
                array("Q", [entry.key for entry in entries]),
                array("Q", [entry.size for entry in entries]),
                array("Q", [entry.arrived_ns for entry in entries]),
                extent,
            )
        )

    def outputs(self, number: int) -> Iterator[tuple[int, Frames]]:
        """Read all outputs from `number` on, each with its own. Raises OSError."""
        for chunk in self._chunks:
            if chunk.end[0] > number:
                for at, frames in enumerate(self._spill.get(chunk.extent), start=chunk.number):
                    if at >= number:
                        yield at, frames

    def drop_oldest(self) -> Chunk:
        """Forget the first chunk."""
        self._spill.drop_oldest()
        return self._chunks.popleft()

    def close(self) -> None:
        """Forget everything."""
        self._chunks.clear()
        self._spill.clear()
