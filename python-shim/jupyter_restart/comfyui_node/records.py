"""What the journal says, one JSON object a line. Types and fields are only ever added: any version reads on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias


class Place(str, Enum):
    """Where an accepted prompt that has not finished is."""

    WAITING = "waiting"
    RUNNING = "running"
    PARKED = "parked"  # its ComfyUI was stopped by the user, who may not want it run any more
    REFUSED = "refused"  # it could not be put back; `why` says what was in the way


class Outcome(str, Enum):
    """How a prompt ended for good."""

    SUCCESS = "success"
    ERROR = "error"
    INTERRUPTED = "interrupted"  # by a user
    DELETED = "deleted"  # taken out of the queue by a user


@dataclass(frozen=True)
class Opened:
    """A ComfyUI process took up the journal; what ran in the one before runs no more."""

    at: float  # seconds since the epoch
    pid: int


@dataclass(frozen=True)
class Accepted:
    """A prompt that ComfyUI took: `item` is its queue item, field by field, API keys included."""

    entry: int  # our own number: ComfyUI takes the same prompt id twice
    item: list[Any]
    at: float
    crashes: int = 0
    place: Place = Place.WAITING
    why: str = ""


@dataclass(frozen=True)
class Started:
    """ComfyUI began to run the prompt."""

    entry: int


@dataclass(frozen=True)
class Returned:
    """The prompt was interrupted for a restart, and runs again."""

    entry: int


@dataclass(frozen=True)
class Finished:
    """The prompt ended; it is never run again."""

    entry: int
    prompt_id: str
    outcome: Outcome
    at: float


@dataclass(frozen=True)
class Kept:
    """The prompt is not put back by itself, and why."""

    entry: int
    place: Place
    why: str


@dataclass(frozen=True)
class Renumbered:
    """These prompts are about to be put back in this order; one record, so a kill half-way leaves the order whole."""

    entries: list[int]
    first: float  # ComfyUI's number of the first, the others count up


@dataclass(frozen=True)
class PutBack:
    """The prompt is in ComfyUI's queue again, under this number."""

    entry: int
    number: float


@dataclass(frozen=True)
class GateChanged:
    """The gate closed for a restart or for the user's own stop, or opened again."""

    closed: bool
    purpose: str = ""
    restart_id: str = ""


@dataclass(frozen=True)
class StoppedByUser:
    """The user ended ComfyUI by Ctrl-C."""


PromptRecord: TypeAlias = Accepted | Started | Returned | Finished | Kept | Renumbered | PutBack
Record: TypeAlias = PromptRecord | Opened | GateChanged | StoppedByUser

_TYPES: dict[str, type[Any]] = {
    "opened": Opened,
    "accepted": Accepted,
    "started": Started,
    "returned": Returned,
    "finished": Finished,
    "kept": Kept,
    "renumbered": Renumbered,
    "put_back": PutBack,
    "gate": GateChanged,
    "stopped_by_user": StoppedByUser,
}
_NAMES = {form: name for name, form in _TYPES.items()}
_ENUMS: dict[str, type[Enum]] = {"place": Place, "outcome": Outcome}


def encode(record: Record) -> bytes:
    """Give the record's line. TypeError where a custom node queued something that is no JSON."""
    fields = {"type": _NAMES[type(record)], **vars(record)}
    return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Record | None:
    """Read one line; None where it is damaged, or of a type that only a newer node knows."""
    try:
        fields = json.loads(line)
        form = _TYPES[fields.pop("type")]
        known = {name: fields[name] for name in form.__dataclass_fields__ if name in fields}
        for name in known.keys() & _ENUMS.keys():
            known[name] = _ENUMS[name](known[name])
        record: Record = form(**known)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return record
