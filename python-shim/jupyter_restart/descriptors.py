"""Which open files a new program inherits: those that this one was started with, and what it is to be given."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_STDERR = 2

_inherited_at_start: set[int] = set()


def note_inherited(handed_over: Iterable[int]) -> None:
    """Remember what this process was started with: a restart hands it on as it would have been."""
    _inherited_at_start.clear()
    _inherited_at_start.update(fd for fd in _open_descriptors() if _is_inheritable(fd))
    _inherited_at_start.difference_update(handed_over)


def inherited() -> set[int]:
    """Descriptors that this process was started with, as far as they are open."""
    return {descriptor for descriptor in _inherited_at_start if _is_inheritable(descriptor)}


def inherit_only(wanted: set[int]) -> None:
    """Have a program that is executed get these descriptors and the three standard ones, and no other."""
    for descriptor in _open_descriptors():
        try:
            os.set_inheritable(descriptor, descriptor in wanted)
        except OSError:
            continue


def _open_descriptors() -> list[int]:
    return [int(entry.name) for entry in Path("/proc/self/fd").iterdir() if int(entry.name) > _STDERR]


def _is_inheritable(descriptor: int) -> bool:
    try:
        return os.get_inheritable(descriptor)
    except OSError:
        return False
