"""What the HTTP interface shows: no prompt's content, so no keys."""

from __future__ import annotations

from typing import Any

from .journaled_queue import Queued
from .ledger import JournaledPrompt
from .node import Node
from .records import Place
from .version import VERSION


def state_view(node: Node) -> dict[str, Any]:
    """Versions, gate, queue, what runs and how far it is, how the last process ended, what was put back."""
    closing, running, pending = node.gate.closing(), node.queue.running(), node.queue.pending()
    ending = node.journal.ledger.ending
    return {
        "version": VERSION,
        "comfyui": node.comfyui.version,
        "session": node.session,
        "gate": {
            "closed": closing is not None,
            "purpose": None if closing is None else closing.purpose.value,
            "restart_id": None if closing is None else closing.restart_id,
            "opens_in_s": node.gate.opens_in(),
        },
        "queue": {
            "running": len(running),
            "pending": len(pending),
            "held": 0 if closing is None else len(pending),
            "unwritten": sum(queued.entry is None for queued in [*running, *pending]),
        },
        "running": [_running_view(node, queued) for queued in running],
        "journal": {
            "folder": str(node.folder.path),
            "secret_file": str(node.folder.secret_file),
            "damaged": node.journal.damaged,
            "error": node.queue.error or None,
        },
        "last_end": {"how": ending.how.value, "restart_id": ending.restart_id},
        "restored": node.report.as_json(),
    }


def journal_view(node: Node) -> dict[str, Any]:
    """List accepted prompts that have not finished, and the latest that have.

    First those that a restart would put back, in that order; then those that are kept until somebody asks.
    """
    ledger = node.journal.ledger
    places = ((Place.RUNNING, Place.WAITING), (Place.PARKED,), (Place.REFUSED,))
    return {
        "prompts": [_prompt_view(prompt) for group in places for prompt in ledger.in_order(*group)],
        "finished": [
            {"prompt_id": done.prompt_id, "outcome": done.outcome.value, "at": done.at}
            for done in list(ledger.finished)
        ],
    }


def nodes_view(node: Node) -> dict[str, Any]:
    """Name the kinds of nodes that there are: what ComfyUI tells with all their inputs is a thousand times that."""
    return {"session": node.session, "nodes": sorted(map(str, node.comfyui.node_classes))}


def _running_view(node: Node, queued: Queued) -> dict[str, Any]:
    prompt_id, extra = str(queued.item[1]), queued.item[3]
    return {
        "prompt_id": prompt_id,
        "client_id": extra.get("client_id") if isinstance(extra, dict) else None,
        "progress": node.progress.of(prompt_id),
        "interrupting": queued.interrupting,
    }


def _prompt_view(prompt: JournaledPrompt) -> dict[str, Any]:
    return {
        "prompt_id": prompt.prompt_id,
        "client_id": prompt.client_id,
        "place": prompt.place.value,
        "number": prompt.number,
        "accepted_at": prompt.at,
        "crashes": prompt.crashes,
        "why": prompt.why,
    }
