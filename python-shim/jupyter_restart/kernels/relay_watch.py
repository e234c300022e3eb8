"""Sees to it that there is a relay for as long as a server serves: without one a crash would lose what it is for."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

_AGAIN_AFTER_S = 2.0


class RelayWatch:
    """Has the relay started again when it ends, and greeted again while it is slow to answer.

    `start` starts it, and calls `begin` or `try_again`; `waits` says that the server is letting go, and nothing is to
    be done now. `renewed` is called when another relay has come in place of one that has ended.
    """

    def __init__(self, start: Callable[[], object], waits: Callable[[], bool]) -> None:
        self.renewed: Callable[[], None] = lambda: None
        self._start = start
        self._waits = waits
        self._end: int | None = None
        self._has_ended = False
        self._is_due = False

    @property
    def is_due(self) -> bool:
        """Whether it is tried again soon: until then whoever needs the relay need not ask it, and wait in vain."""
        return self._is_due

    def begin(self, pid: int | None) -> None:
        """Watch the relay, which answers, and is this process."""
        loop = _running_loop()
        if loop is None or pid is None or self._end is not None:
            return
        try:
            self._end = os.pidfd_open(pid)
        except OSError:
            self.try_again()
            return
        loop.add_reader(self._end, self._ended)
        if self._has_ended:
            self._has_ended = False
            self.renewed()

    def try_again(self) -> None:
        """Start it, or greet it, a while later: there is none that answers now."""
        loop = _running_loop()
        if loop is not None and not self._is_due:
            self._is_due = True
            loop.call_later(_AGAIN_AFTER_S, self._try)

    def _try(self) -> None:
        self._is_due = False
        if self._waits():
            self.try_again()
        else:
            self._start()

    def _ended(self) -> None:
        end, self._end = self._end, None
        if end is not None:
            asyncio.get_running_loop().remove_reader(end)
            os.close(end)
        self._has_ended = True
        self._try()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
