"""ComfyUI's own queue, made to write down what happens to it and to wait at the gate.

Its methods are replaced on the one object that there is, so every way into it is covered: both routes, other nodes that
queue prompts, deletions. Held prompts are in ComfyUI's own queue, so GET /queue, the numbers and each tab show them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from .gate import Gate, Purpose
from .journal import Journal
from .ledger import JournaledPrompt
from .records import Finished, Outcome, PutBack, Record, Returned, Started
from .temp_files import TempFiles

logger = logging.getLogger(__name__)

RESTORING: ContextVar[JournaledPrompt | None] = ContextVar("RESTORING", default=None)
"""The journaled prompt that this task is putting back."""


class NothingToRunError(Exception):
    """None of the outputs that a journaled prompt was to make can be made any more."""


@dataclass(frozen=True)
class Queued:
    """A queue item and its journal entry; None where it could not be written down."""

    item: tuple[Any, ...]
    entry: int | None
    interrupting: bool = False  # for a restart: it runs again


class JournaledQueue:
    """The hooks in a PromptQueue. Its methods are called by ComfyUI's loop and by its worker thread."""

    def __init__(
        self, queue: Any, journal: Journal, gate: Gate, files: TempFiles, clock: Callable[[], float] = time.time
    ) -> None:
        self._queue = queue
        self._journal = journal
        self._gate = gate
        self._files = files
        self._clock = clock
        # By identity of the item: ComfyUI takes one prompt id twice. Both guarded by the queue's own lock.
        self._pending: dict[int, Queued] = {}
        self._running: dict[Any, Queued] = {}
        self.error = ""  # why the last record could not be written
        self._put, self._get = queue.put, queue.get
        self._task_done, self._wipe = queue.task_done, queue.wipe_queue
        self._delete = queue.delete_queue_item
        queue.put, queue.get, queue.task_done = self.put, self.get, self.task_done
        queue.wipe_queue, queue.delete_queue_item = self.wipe_queue, self.delete_queue_item

    def put(self, item: tuple[Any, ...]) -> None:
        """Queue a prompt; it is on the disk before ComfyUI answers who sent it."""
        restoring = RESTORING.get()
        queued = self._accept(item) if restoring is None else self._put_back(item, restoring)
        with self._queue.mutex:
            self._pending[id(queued.item)] = queued
            try:
                self._put(queued.item)
            except TypeError:  # same number and id as another: ComfyUI's heap can't compare them
                self._forget_deleted()
                raise

    def get(self, timeout: float | None = None) -> tuple[Any, Any] | None:
        """Wait for the next prompt and for an open gate; None after the timeout."""
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._queue.not_empty:
            while not self._queue.queue or self._gate.closing() is not None:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return None
                waits = [t for t in (left, self._gate.opens_in()) if t is not None]
                self._queue.not_empty.wait(min(waits, default=None))
            taken: tuple[Any, Any] = self._get(timeout=0)
            item, item_id = taken
            queued = self._pending.pop(id(item), Queued(item, None))
            self._running[item_id] = queued
        if queued.entry is not None:
            # Not synced: it outlives a kill, and after the loss of the machine the prompt merely runs again.
            self._write(Started(queued.entry), durable=False)
        return taken

    def task_done(self, item_id: Any, *args: Any, **kwargs: Any) -> None:
        """Take note of how a prompt ended; one that was interrupted for a restart is queued again, in its old place."""
        queued = self._running.get(item_id, Queued((), None))
        outcome = outcome_of(kwargs.get("status", args[1] if len(args) > 1 else None))
        if queued.interrupting and outcome is Outcome.INTERRUPTED:
            if queued.entry is not None:
                self._write(Returned(queued.entry), durable=True)
            with self._queue.mutex:
                del self._running[item_id]
                self._task_done(item_id, *args, **kwargs)
                self._pending[id(queued.item)] = replace(queued, interrupting=False)
                self._put(queued.item)
            return
        self._finish(queued, outcome)
        # Not before: who waits for nothing to run stops ComfyUI then, and what is not written down runs again.
        with self._queue.mutex:
            self._running.pop(item_id, None)
        self._task_done(item_id, *args, **kwargs)
        self._compact()

    def wipe_queue(self) -> None:
        """Delete all that wait, for good."""
        with self._queue.mutex:
            self._wipe()
            self._forget_deleted()

    def delete_queue_item(self, function: Callable[[tuple[Any, ...]], bool]) -> bool:
        """Delete one that waits, for good."""
        with self._queue.mutex:
            found: bool = self._delete(function)
            self._forget_deleted()
        return found

    def interrupt_for_restart(self, interrupt: Callable[[], None]) -> list[str]:
        """Interrupt what runs so that it runs again; give the prompt ids.

        ComfyUI forgets an interrupt that comes in the moment before a prompt's first step: repeat until nothing runs.
        """
        with self._queue.mutex:
            for item_id, queued in self._running.items():
                self._running[item_id] = replace(queued, interrupting=True)
            if self._running:
                interrupt()
            return [str(queued.item[1]) for queued in self._running.values()]

    def close_gate(self, purpose: Purpose, seconds: float, restart_id: str) -> None:
        """Close the gate; what the worker is just taking counts as running when this returns."""
        with self._queue.mutex:
            self._gate.close(purpose, seconds, restart_id)

    def open_gate(self) -> None:
        """Open the gate, and have the worker look at it."""
        with self._queue.not_empty:
            self._gate.open()
            self._queue.not_empty.notify_all()

    def pending(self) -> list[Queued]:
        """Give what waits in ComfyUI's queue, in the order in which it runs."""
        with self._queue.mutex:
            return sorted(self._pending.values(), key=lambda q: (q.item[0], str(q.item[1])))

    def running(self) -> list[Queued]:
        """Give what runs."""
        with self._queue.mutex:
            return list(self._running.values())

    def _accept(self, item: tuple[Any, ...]) -> Queued:
        try:
            entry = self._journal.accept(list(item), self._clock())
        except (OSError, TypeError, ValueError) as e:
            # A full disk must not keep ComfyUI from working: it goes on as it would without us, and the state says so.
            self._failed(f"prompt {item[1]} is queued, but could not be written down: a restart would lose it", e)
            return Queued(item, None)
        self.error = ""
        self._files.keep(entry, item[2])
        return Queued(item, entry)

    def _put_back(self, item: tuple[Any, ...], prompt: JournaledPrompt) -> Queued:
        """Give the journaled prompt the form that this version of ComfyUI queues."""
        outputs = [output for output in prompt.item[4] if output in item[4]]
        if not outputs:
            raise NothingToRunError(f"none of its outputs {prompt.item[4]} can be made any more")
        # The id is ours to set: old versions take none from outside, new ones only certain forms.
        item = (item[0], prompt.prompt_id, *item[2:4], outputs, *item[5:])
        self._write(PutBack(prompt.entry, float(item[0])), durable=False)
        return Queued(item, prompt.entry)

    def _forget_deleted(self) -> None:
        """Finish what is in the queue no more; the queue's lock is held."""
        there = {id(item) for item in self._queue.queue}
        for key in [key for key in self._pending if key not in there]:
            self._finish(self._pending.pop(key), Outcome.DELETED)

    def _finish(self, queued: Queued, outcome: Outcome) -> None:
        if queued.entry is not None:
            self._write(Finished(queued.entry, str(queued.item[1]), outcome, self._clock()), durable=True)
            self._files.drop(queued.entry)

    def _write(self, record: Record, *, durable: bool) -> None:
        try:
            self._journal.append(record, durable=durable)
        except OSError as e:
            self._failed(f"{record} could not be written down: after a restart the prompt may run again", e)

    def _compact(self) -> None:
        try:
            self._journal.compact_if_grown()
        except OSError as e:
            self._failed("the journal could not be rewritten and goes on growing", e)

    def _failed(self, what: str, error: Exception) -> None:
        self.error = f"{what}: {error} ({self._journal.path}); make room there"
        logger.error("jupyter-restart: %s", self.error)


def outcome_of(status: Any) -> Outcome:
    """Read ComfyUI's own word of how a prompt ended."""
    if status is None or status.completed:
        return Outcome.SUCCESS
    kinds = [message[0] for message in status.messages]
    return Outcome.INTERRUPTED if "execution_interrupted" in kinds else Outcome.ERROR
