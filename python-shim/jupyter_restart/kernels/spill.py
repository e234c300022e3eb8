"""Where a kernel's older output waits while no server is there: a file without a name, bounded in bytes."""

from __future__ import annotations

import marshal
import os
import tempfile
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

Frames = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Extent:
    """Where in the file messages are that were put together."""

    offset: int
    length: int

    @property
    def end(self) -> int:
        """The byte after the last."""
        return self.offset + self.length

    def overlaps(self, other: Extent) -> bool:
        """Whether they have a byte in common."""
        return self.offset < other.end and other.offset < self.end


class Spill:
    """Takes messages, and lets go of them in the same order. The file is at most twice `limit_bytes` long.

    It is written round and round. It has no name, so that nothing is left of it whoever is killed, and there is
    none until something is to be put.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder = folder
        # The end of one round is left empty where a message does not fit, and what is held may begin in the middle.
        self._round_bytes = 2 * limit_bytes
        self._longest_bytes = limit_bytes
        self._file: BinaryIO | None = None
        self._held: deque[Extent] = deque()
        self._next = 0

    def put(self, messages: tuple[Frames, ...]) -> Extent:
        """Write messages. Raises OSError where that cannot be."""
        packed = marshal.dumps(messages)
        if len(packed) > self._longest_bytes:
            raise OSError(f"{len(packed)} bytes at once are more than all that may be held")
        start = self._next if self._next + len(packed) <= self._round_bytes else 0
        extent = Extent(start, len(packed))
        if any(extent.overlaps(held) for held in self._held):
            raise OSError(f"{self._round_bytes} bytes are full")
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115
        if os.pwrite(self._file.fileno(), packed, extent.offset) < len(packed):
            raise OSError("The disk is full")
        self._next = extent.end
        self._held.append(extent)
        return extent

    def get(self, extent: Extent) -> tuple[Frames, ...]:
        """Read what was put together. Raises OSError."""
        if self._file is None:
            raise OSError("Nothing was put")
        packed = os.pread(self._file.fileno(), extent.length, extent.offset)
        messages: tuple[Frames, ...] = marshal.loads(packed)  # noqa: S302 - our own, and nobody else can open the file
        return messages

    def drop_oldest(self) -> None:
        """Let go of what was put first; with the last of it the space is given back."""
        self._held.popleft()
        if not self._held:
            self.clear()

    def clear(self) -> None:
        """Let go of everything."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._held.clear()
        self._next = 0
