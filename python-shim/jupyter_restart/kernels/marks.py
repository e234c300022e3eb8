"""Marks in a small shared file: how far each browser session has been served, readable after a crash.

The server writes one 8-byte word per forwarded message into mapped memory, so the mark outlives a SIGKILL at no
cost; the relay reads it. A slot is: key, time (CLOCK_MONOTONIC ns), length of the name, name. The length is
written last and zeroed first, which makes a slot valid or free as a whole. The mark is set as the last thing before
the message is written: a kill in the few microseconds between the two loses it. Set after the write, on a busy machine
the reader has the message some time before the mark is there, and a kill in that time brings it twice.
"""

from __future__ import annotations

import mmap
import os
import time
from pathlib import Path

from jupyter_restart.kernels.ring import Mark

_SLOT_BYTES = 256
_SLOTS = 256
_WORDS = _SLOT_BYTES // 8
_NAME_AT = 24
_NAME_BYTES = _SLOT_BYTES - _NAME_AT


class MarkFile:
    """The mapped file; one process writes, any may read."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(descriptor, _SLOT_BYTES * _SLOTS)
            self._memory = mmap.mmap(descriptor, _SLOT_BYTES * _SLOTS)
        finally:
            os.close(descriptor)
        # Whole-word stores through a cast view are single moves: a reader never sees half a key.
        self._view = memoryview(self._memory)
        self._words = self._view.cast("Q")

    def clear(self) -> None:
        """Free all slots: a new server starts without sessions."""
        for slot in range(_SLOTS):
            self._words[slot * _WORDS + 2] = 0

    def open(self, session_key: str) -> MarkSlot | None:
        """Return the slot of `session_key`, made if need be; None when its name is too long or all slots are taken."""
        name = session_key.encode()
        if not name or len(name) > _NAME_BYTES:
            return None
        free: int | None = None
        for slot in range(_SLOTS):
            length = self._words[slot * _WORDS + 2]
            if length == 0:
                free = slot if free is None else free
            elif self._name(slot) == name:
                return MarkSlot(self._words, slot)
        if free is None:
            return None
        self._words[free * _WORDS] = 0
        self._words[free * _WORDS + 1] = time.monotonic_ns()
        start = free * _SLOT_BYTES + _NAME_AT
        self._view[start : start + len(name)] = name
        self._words[free * _WORDS + 2] = len(name)
        return MarkSlot(self._words, free)

    def read(self) -> dict[str, Mark]:
        """All marks by session key (kernel id, colon, session id)."""
        marks = {}
        for slot in range(_SLOTS):
            if self._words[slot * _WORDS + 2]:
                name = self._name(slot).decode(errors="replace")
                marks[name] = Mark(self._words[slot * _WORDS], self._words[slot * _WORDS + 1])
        return marks

    def close(self) -> None:
        """Unmap; slots handed out must not be used any more."""
        self._words.release()
        self._view.release()
        self._memory.close()

    def _name(self, slot: int) -> bytes:
        start = slot * _SLOT_BYTES + _NAME_AT
        length = min(self._words[slot * _WORDS + 2], _NAME_BYTES)
        return bytes(self._view[start : start + length])


class MarkSlot:
    """The mark of one session."""

    def __init__(self, words: memoryview[int], slot: int) -> None:
        self._words = words
        self._base = slot * _WORDS

    def forwarded(self, key: int) -> None:
        """Output `key` has been handed to the session's websocket."""
        self._words[self._base] = key

    def free(self) -> None:
        """Nobody will come back for this session."""
        self._words[self._base + 2] = 0
