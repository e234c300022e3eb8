"""Tells the user's own stop, Ctrl-C, from every other end of ComfyUI."""

from __future__ import annotations

import atexit
import signal
import threading
from collections.abc import Callable
from types import FrameType


def call_at_user_stop(note: Callable[[], None]) -> None:
    """Have `note` called when this process ends in good order after a SIGINT. To be called once."""
    previous = signal.getsignal(signal.SIGINT)
    if not callable(previous):
        return  # ignored, as in a shell script's background job: then no Ctrl-C ends ComfyUI
    if threading.current_thread() is not threading.main_thread():
        return  # another program runs ComfyUI in a thread: its Ctrl-C is not for us to hear
    seen: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        seen.append(number)  # nothing more: the main thread may hold any lock just now
        previous(number, frame)

    def at_exit() -> None:
        if seen:
            note()

    signal.signal(signal.SIGINT, handle)
    atexit.register(at_exit)
