"""Whether ComfyUI may take the next prompt out of its queue. Closed, the queue fills and nothing in it starts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Purpose(str, Enum):
    """Why the gate is closed."""

    START = "start"  # prompts are put back, and tabs get the time to connect again
    RESTART = "restart"
    STOP = "stop"  # the user's own: what is queued is parked


@dataclass(frozen=True)
class Closing:
    """A closed gate. It opens by itself at `until`: who closed it may be gone."""

    purpose: Purpose
    until: float  # seconds of the gate's clock
    restart_id: str = ""


class Gate:
    """Open or closed, by a clock that only goes forward. Every method may be called from any thread."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._closing: Closing | None = None

    def close(self, purpose: Purpose, seconds: float, restart_id: str = "") -> None:
        """Close it, or keep it closed, from now on for so long."""
        with self._lock:
            self._closing = Closing(purpose, self._clock() + seconds, restart_id)

    def open(self) -> None:
        """Open it."""
        with self._lock:
            self._closing = None

    def closing(self) -> Closing | None:
        """Give why it is closed; None where it is open."""
        with self._lock:
            if self._closing is not None and self._clock() >= self._closing.until:
                self._closing = None
            return self._closing

    def opens_in(self) -> float | None:
        """Give the seconds until it opens by itself; None where it is open."""
        closing = self.closing()
        return None if closing is None else max(0.0, closing.until - self._clock())
