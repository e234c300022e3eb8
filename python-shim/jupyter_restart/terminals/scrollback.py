"""The last that a terminal has printed, in anonymous memory, which lives for as long as any process holds it."""

from __future__ import annotations

import mmap
import os
import struct
from collections import deque
from collections.abc import Iterable

_CAPACITY_BYTES = 256 * 1024
# How much was ever written; what it is modulo the capacity tells where the oldest stands.
_WRITTEN = struct.Struct("<Q")


class Scrollback:
    """A ring of UTF-8. One process writes; one that dies in the middle of it spoils the oldest text at most."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._memory = mmap.mmap(descriptor, _WRITTEN.size + _CAPACITY_BYTES)

    @classmethod
    def new(cls) -> Scrollback:
        """Make an empty one; only what is written takes memory. Raises OSError."""
        descriptor = os.memfd_create("jupyter-restart-scrollback")
        try:
            os.ftruncate(descriptor, _WRITTEN.size + _CAPACITY_BYTES)
            return cls(descriptor)
        except OSError:
            os.close(descriptor)
            raise

    @classmethod
    def go_on(cls, descriptor: int) -> Scrollback | None:
        """Go on with one that another process wrote; None, and it is closed, for anything else."""
        try:
            return cls(descriptor)
        except (OSError, ValueError):
            os.close(descriptor)
            return None

    def append(self, text: str) -> None:
        """Write behind what is there, over the oldest where it is full."""
        data = text.encode("utf-8", "replace")[-_CAPACITY_BYTES:]
        (written,) = _WRITTEN.unpack_from(self._memory)
        at = written % _CAPACITY_BYTES
        fits = data[: _CAPACITY_BYTES - at]
        self._put(at, fits)
        self._put(0, data[len(fits) :])
        _WRITTEN.pack_into(self._memory, 0, written + len(data))

    def text(self) -> str:
        """Return all that is there; without the rest of a character that is half overwritten."""
        (written,) = _WRITTEN.unpack_from(self._memory)
        ring = self._memory[_WRITTEN.size :]
        at = written % _CAPACITY_BYTES
        data = ring[:written] if written <= _CAPACITY_BYTES else ring[at:] + ring[:at]
        return data.decode("utf-8", "ignore")

    def close(self) -> None:
        """Let go of it."""
        self._memory.close()
        os.close(self.descriptor)

    def _put(self, at: int, data: bytes) -> None:
        start = _WRITTEN.size + at
        self._memory[start : start + len(data)] = data


class RecordedBuffer(deque[str]):
    """Terminado's buffer; all that comes to it goes to a `Scrollback`, which has what it begins with already.

    A copy of it is not recorded.
    """

    def __init__(
        self, printed: Iterable[str] = (), maxlen: int | None = None, scrollback: Scrollback | None = None
    ) -> None:
        super().__init__(printed, maxlen)
        self.scrollback = scrollback

    def append(self, text: str) -> None:
        """Take what was read just now."""
        super().append(text)
        if self.scrollback is not None:
            self.scrollback.append(text)

    def close(self) -> None:
        """Record no longer."""
        if self.scrollback is not None:
            self.scrollback.close()
            self.scrollback = None
