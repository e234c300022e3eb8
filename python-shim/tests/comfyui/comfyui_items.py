"""Queue items as ComfyUI makes them, for tests of the pure parts."""

from __future__ import annotations

from pathlib import Path

from jupyter_restart.comfyui_node.journal import Journal
from jupyter_restart.comfyui_node.records import Place

WHERE = (Place.RUNNING, Place.WAITING)


def item(number: float, prompt_id: str, *, client_id: str = "tab", inputs: dict | None = None) -> list:
    prompt = {"1": {"class_type": "EmptyImage", "inputs": inputs or {}}}
    return [number, prompt_id, prompt, {"client_id": client_id}, ["1"]]


def unfinished(journal: Journal) -> list[str]:
    return [prompt.prompt_id for prompt in journal.ledger.in_order(*WHERE)]


def reopened(path: Path) -> list[str]:
    journal = Journal(path)
    try:
        return unfinished(journal)
    finally:
        journal.close()
