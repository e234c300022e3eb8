"""Signals as something to wait for, in the main thread, instead of something that interrupts."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Collection
from types import FrameType

POKE = 0


class Signals:
    """Catches these signals between `open` and `close`; children get back their usual ones by their exec."""

    def __init__(self, numbers: Collection[signal.Signals]) -> None:
        self._numbers = numbers
        self._before: dict[signal.Signals, object] = {}
        self._read, self._write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._wakeup_before = -1

    def open(self) -> None:
        """Begin to catch them."""
        self._wakeup_before = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, _noted) for number in self._numbers}

    def close(self) -> None:
        """Put back what was."""
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        signal.set_wakeup_fd(self._wakeup_before)
        os.close(self._read)
        os.close(self._write)

    def wait(self) -> list[int]:
        """Wait for the next ones; POKE is among them where a thread asked to be looked after."""
        select.select([self._read], [], [])
        return list(os.read(self._read, 512))

    def poke(self) -> None:
        """Wake whoever waits; for any thread."""
        os.write(self._write, bytes([POKE]))


def _noted(number: int, frame: FrameType | None) -> None:
    """Handle nothing: the number has gone to the pipe already."""
