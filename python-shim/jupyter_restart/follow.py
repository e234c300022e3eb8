"""Follows events and logs by long poll, through restarts of the service and of everything else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from jupyter_restart.client import ControlClient
from jupyter_restart.errors import ControlError, ForeignAnswerError, ServiceNotRunningError

if TYPE_CHECKING:
    from jupyter_restart.schema import Event, Log

_LONG_POLL_S = 25.0
_PAUSE_S = 0.5
_ENDS = frozenset({"restart.completed", "restart.failed", "restart.called_off"})
_Answer = TypeVar("_Answer")


class Deadline:
    """A moment up to which to wait; none without a number of seconds."""

    def __init__(self, timeout_s: float | None) -> None:
        self._end = None if timeout_s is None else time.monotonic() + timeout_s

    def cut(self, seconds: float) -> float:
        """Shorten a wait so that it ends with the deadline."""
        return seconds if self._end is None else max(0.0, min(seconds, self._end - time.monotonic()))

    def is_over(self) -> bool:
        """Whether it has passed."""
        return self.cut(1.0) == 0.0


def all_events(client: ControlClient, after: int, app: str | None) -> Iterator[list[Event]]:
    """Give what is kept after a seq, page by page."""
    while True:
        page = client.events(after, app=app)
        yield page["events"]
        if page["seq"] <= after:
            return
        after = page["seq"]


def new_events(client: ControlClient, after: int, app: str | None, deadline: Deadline) -> Iterator[list[Event]]:
    """Give events after a seq as they come, until the deadline."""
    while not deadline.is_over():
        position = after

        def poll(position: int = position) -> tuple[int, list[Event]]:
            wait_s = deadline.cut(_LONG_POLL_S)
            answer = client.events(position, wait_s=wait_s, app=app)
            return answer["seq"], answer["events"]

        try:
            after, events = _outliving(poll, deadline)
        except ControlError as error:
            if error.code != "unknown_seq":
                raise
            # The service has lost its log: what it has now is all new.
            after = 0
            continue
        yield events


def new_lines(client: ControlClient, log: Log, app: str | None) -> Iterator[list[str]]:
    """Give the lines of a log behind the ones that are known, as they come, for ever."""
    forever = Deadline(None)
    while True:
        offset = log["offset"]

        def poll(offset: int = offset) -> Log:
            return client.log(app, after=offset, wait_s=_LONG_POLL_S)

        log = _outliving(poll, forever)
        yield log["lines"]


def until_over(
    batches: Iterable[list[Event]], apps: Mapping[str, str], tell: Callable[[Event], None]
) -> tuple[dict[str, Event], dict[str, str]]:
    """Read events until each restart (id to app) has come to its end, telling each event of theirs.

    Returns the events in which they ended, and the restarts that had none when the events did.
    """
    pending = dict(apps)
    ends: dict[str, Event] = {}
    for batch in batches:
        for event in batch:
            restart_id = event["restart_id"]
            if restart_id not in pending:
                continue
            tell(event)
            if event["type"] in _ENDS:
                ends[restart_id] = event
                del pending[restart_id]
        if not pending:
            break
    return ends, pending


def _outliving(poll: Callable[[], _Answer], deadline: Deadline) -> _Answer:
    """Poll, and again when the service is away for a while: its restart is no reason to stop following."""
    while True:
        try:
            return poll()
        except (ServiceNotRunningError, ForeignAnswerError):
            if deadline.is_over():
                raise
            time.sleep(deadline.cut(_PAUSE_S))
