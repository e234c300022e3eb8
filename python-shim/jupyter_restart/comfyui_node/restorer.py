"""Puts journaled prompts back into ComfyUI's queue, in the old order and under their old ids."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .comfyui import ComfyUi
from .journal import Journal
from .journaled_queue import RESTORING
from .ledger import How, JournaledPrompt, Ledger
from .records import Kept, Place, Renumbered
from .settings import Settings
from .temp_files import TempFiles

logger = logging.getLogger(__name__)


@dataclass
class Report:
    """What became of the prompts that had not finished."""

    restart_id: str = ""
    restored: list[str] = field(default_factory=list)  # prompt ids, in order
    refused: list[dict[str, str]] = field(default_factory=list)  # prompt_id, why; earlier ones too
    parked: list[str] = field(default_factory=list)  # prompt ids that wait until somebody asks for them

    def as_json(self) -> dict[str, Any]:
        """Give it as the HTTP interface does."""
        return asdict(self)


def due_at_start(ledger: Ledger, settings: Settings) -> tuple[list[JournaledPrompt], list[Kept]]:
    """Decide which prompts a start puts back by itself, in order, and which it keeps, and why."""
    waiting = ledger.in_order(Place.WAITING)
    if not settings.restore.covers(ledger.ending.how):
        why = "ComfyUI was stopped by the user" if ledger.ending.how is How.USER else "the queue is put back when asked"
        return [], [Kept(prompt.entry, Place.PARKED, why) for prompt in waiting]
    fit = [prompt for prompt in waiting if prompt.crashes < settings.max_crashes]
    return fit, [
        Kept(prompt.entry, Place.REFUSED, f"ComfyUI ended {prompt.crashes} times while it ran")
        for prompt in waiting
        if prompt not in fit
    ]


class Restorer:
    """Puts back one list at a time, on ComfyUI's loop."""

    def __init__(self, comfyui: ComfyUi, journal: Journal, files: TempFiles) -> None:
        self._comfyui = comfyui
        self._journal = journal
        self._files = files
        self._turn = asyncio.Lock()
        trigger = comfyui.server.trigger_on_prompt
        # Other nodes changed the prompt when it was sent (seeds, wildcards): not a second time.
        comfyui.server.trigger_on_prompt = lambda body: body if RESTORING.get() is not None else trigger(body)

    async def restore(self, prompts: Iterable[JournaledPrompt], restart_id: str) -> Report:
        """Put these back; what ComfyUI refuses now is kept and told.

        A kill in between loses and repeats nothing: the journal has each of them waiting until it has finished.
        """
        report = Report(restart_id)
        async with self._turn:
            chosen = list(prompts)
            if chosen:
                entries = [prompt.entry for prompt in chosen]
                self._journal.append(Renumbered(entries, float(self._comfyui.server.number)), durable=True)
            for prompt in chosen:
                why = await self._put_back(prompt)
                if why is None:
                    report.restored.append(prompt.prompt_id)
                else:
                    self._journal.append(Kept(prompt.entry, Place.REFUSED, why), durable=True)
                    report.refused.append(refusal_of(replace(prompt, why=why)))
                    logger.warning("jupyter-restart: prompt %s can't be put back: %s", prompt.prompt_id, why)
        return report

    async def _put_back(self, prompt: JournaledPrompt) -> str | None:
        self._files.give_back(prompt.entry, prompt.item[2])
        token = RESTORING.set(prompt)
        try:
            refusal = await self._comfyui.post_prompt(body_of(prompt))
        finally:
            RESTORING.reset(token)
        return None if refusal is None else refusal.why


def refusal_of(prompt: JournaledPrompt) -> dict[str, str]:
    """Say which prompt is kept, and why."""
    return {"prompt_id": prompt.prompt_id, "why": prompt.why}


def body_of(prompt: JournaledPrompt) -> dict[str, Any]:
    """Give the body of POST /prompt that makes ComfyUI queue the prompt again: without its old number and id."""
    extra = prompt.item[3] if isinstance(prompt.item[3], dict) else {}
    # Newer versions keep API keys apart, in a sixth field.
    sensitive = prompt.item[5] if len(prompt.item) > 5 and isinstance(prompt.item[5], dict) else {}
    return {"prompt": prompt.item[2], "extra_data": {**extra, **sensitive}}
