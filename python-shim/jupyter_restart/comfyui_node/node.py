"""The node: journal, gate and restorer, put together in a running ComfyUI."""

from __future__ import annotations

import asyncio
import logging
import os
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from .comfyui import ComfyUi
from .folder import Folder
from .gate import Gate, Purpose
from .journal import Journal
from .journaled_queue import JournaledQueue
from .ledger import JournaledPrompt
from .progress import ProgressWatch
from .records import Finished, GateChanged, Opened, Outcome, Place, Record, StoppedByUser
from .restorer import Report, Restorer, due_at_start, refusal_of
from .settings import Settings
from .temp_files import TempFiles
from .version import VERSION

logger = logging.getLogger(__name__)


class Node:
    """What the HTTP interface asks and orders. All of it is for ComfyUI's loop."""

    def __init__(
        self, comfyui: ComfyUi, settings: Settings, folder: Folder, clock: Callable[[], float] = time.time
    ) -> None:
        self.comfyui = comfyui
        self.settings = settings
        self.folder = folder
        self.session = uuid.uuid4().hex  # another one after an exec, which leaves pid and start time as they were
        self.gate = Gate(time.monotonic)
        self.journal = Journal(folder.journal)
        self._clock = clock
        self._note(Opened(clock(), os.getpid()))
        self._files = TempFiles(folder.path / "temp", comfyui.temp_folder)
        self._files.drop_all_but(set(self.journal.ledger.prompts))
        self._due, kept = due_at_start(self.journal.ledger, settings)
        for record in kept:
            self._note(record)
        self._when_asked = [record.entry for record in kept if record.place is Place.PARKED]
        if self._due:
            # Before the worker starts; far more than a start takes, and opened by itself should the start fail.
            self.gate.close(Purpose.START, 600)
        self.queue = JournaledQueue(comfyui.server.prompt_queue, self.journal, self.gate, self._files, clock)
        self.progress = ProgressWatch(comfyui.server)
        self._restorer = Restorer(comfyui, self.journal, self._files)
        self.report = Report(
            self.journal.ledger.ending.restart_id,
            refused=[refusal_of(prompt) for prompt in self.journal.ledger.in_order(Place.REFUSED)],
            parked=[prompt.prompt_id for prompt in self.journal.ledger.in_order(Place.PARKED)],
        )
        self._opener: asyncio.TimerHandle | None = None

    async def at_startup(self, _app: Any) -> None:
        """Put back what is due: all nodes are imported, and the server does not listen yet, so none can come before."""
        if self._due:
            await self._restore(self._due)
            self._open_in(self.settings.settle_s)
        logger.info(
            "jupyter-restart %s keeps the queue in %s: %d prompts put back, %d refused, %d kept until asked for",
            VERSION, self.folder.path, len(self.report.restored), len(self.report.refused), len(self.report.parked),
        )  # fmt: skip

    async def restore(self, restart_id: str, prompt_ids: Iterable[str] = ()) -> Report:
        """Put back kept prompts that are named, or else what this start left until asked for; tell of all."""
        named = set(prompt_ids)
        chosen = [
            prompt
            for prompt in self.journal.ledger.in_order(Place.PARKED, Place.REFUSED)
            if prompt.prompt_id in named
            or (not named and prompt.place is Place.PARKED and prompt.entry in self._when_asked)
        ]
        self.report.refused = [r for r in self.report.refused if r["prompt_id"] not in named]
        await self._restore(chosen)
        self.report.restart_id = restart_id or self.report.restart_id
        self.report.parked = [prompt.prompt_id for prompt in self.journal.ledger.in_order(Place.PARKED)]
        return self.report

    def discard(self, prompt_ids: Iterable[str]) -> list[str]:
        """Forget kept prompts that nobody wants to run any more; give the ids of those that were there."""
        named = set(prompt_ids)
        gone = [p for p in self.journal.ledger.in_order(Place.PARKED, Place.REFUSED) if p.prompt_id in named]
        for prompt in gone:
            self._note(Finished(prompt.entry, prompt.prompt_id, Outcome.DELETED, self._clock()))
            self._files.drop(prompt.entry)
        self.report.refused = [r for r in self.report.refused if r["prompt_id"] not in named]
        self.report.parked = [prompt_id for prompt_id in self.report.parked if prompt_id not in named]
        return [prompt.prompt_id for prompt in gone]

    def close_gate(self, purpose: Purpose, seconds: float, restart_id: str) -> None:
        """Let no further prompt start for so long at most; sent again, the time starts anew."""
        self._note(GateChanged(closed=True, purpose=purpose.value, restart_id=restart_id))
        self.queue.close_gate(purpose, seconds, restart_id)
        self._open_in(seconds)

    def open_gate(self) -> None:
        """Let prompts start."""
        self._cancel_opener()
        if self.journal.ledger.gate.closed:
            self._note(GateChanged(closed=False))
        self.queue.open_gate()

    def interrupt_for_restart(self) -> list[str]:
        """Interrupt what runs so that it runs again; give its prompt ids."""
        return self.queue.interrupt_for_restart(self.comfyui.interrupt)

    def note_user_stop(self) -> None:
        """Write down that the user ended ComfyUI."""
        self._note(StoppedByUser())

    async def _restore(self, prompts: list[JournaledPrompt]) -> None:
        try:
            report = await self._restorer.restore(prompts, self.report.restart_id)
        except OSError as e:
            self._unwritten("the prompts that were to be put back are still in the journal", e)
            return
        self.report.restored += report.restored
        self.report.refused += report.refused

    def _open_in(self, seconds: float) -> None:
        self._cancel_opener()
        self._opener = asyncio.get_running_loop().call_later(seconds, self._expire)

    def _cancel_opener(self) -> None:
        if self._opener is not None:
            self._opener.cancel()
            self._opener = None

    def _expire(self) -> None:
        gate = self.journal.ledger.gate
        if gate.closed:
            logger.warning("jupyter-restart: %s %s did not come: the queue goes on.", gate.purpose, gate.restart_id)
        self.open_gate()

    def _note(self, record: Record) -> None:
        try:
            self.journal.append(record, durable=True)
        except OSError as e:
            self._unwritten(f"{record} could not be written down", e)

    def _unwritten(self, what: str, error: OSError) -> None:
        logger.error("jupyter-restart: %s: %s (%s); make room there.", what, error, self.journal.path)
