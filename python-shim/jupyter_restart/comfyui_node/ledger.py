"""What the journal's records add up to: pure, so that a test can replay any history."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from .records import (
    Accepted,
    Finished,
    GateChanged,
    Kept,
    Opened,
    Place,
    PromptRecord,
    PutBack,
    Record,
    Renumbered,
    Returned,
    Started,
    StoppedByUser,
)

REMEMBERED = 200  # finished prompts, so that who asks can tell "ran" from "never heard of"


class How(str, Enum):
    """How the ComfyUI process before this one ended."""

    FIRST = "first"  # there was none
    RESTART = "restart"  # the gate was closed for a restart
    USER = "user"  # Ctrl-C, or the gate was closed for the user's stop
    CRASH = "crash"  # anything else: killed, out of memory, the machine gone, replaced by exec


@dataclass(frozen=True)
class Ending:
    """How the last process ended, and for which restart."""

    how: How
    restart_id: str = ""


@dataclass(frozen=True)
class JournaledPrompt:
    """An accepted prompt that has not finished."""

    entry: int
    item: list[Any]
    at: float
    crashes: int  # unplanned ends of ComfyUI while this prompt ran
    place: Place
    why: str

    @property
    def number(self) -> float:
        """ComfyUI's place in the queue: lower runs first."""
        return float(self.item[0])

    @property
    def prompt_id(self) -> str:
        """ComfyUI's id of it, which the tab that sent it waits for."""
        return str(self.item[1])

    @property
    def client_id(self) -> str | None:
        """The tab that sent it."""
        extra = self.item[3]
        return extra.get("client_id") if isinstance(extra, dict) else None

    @property
    def order(self) -> tuple[float, str, int]:
        """Sorts as ComfyUI's own heap does."""
        return (self.number, self.prompt_id, self.entry)


class Ledger:
    """The sum of all records so far."""

    def __init__(self) -> None:
        self.prompts: dict[int, JournaledPrompt] = {}
        self.finished: deque[Finished] = deque(maxlen=REMEMBERED)
        self.next_entry = 1
        self.ending = Ending(How.FIRST)  # of the process before
        self._opened: Opened | None = None
        self.gate = GateChanged(closed=False)  # as written down; a start's short closing is not
        self._stopped = False

    def apply(self, record: Record) -> None:
        """Add one record. One about a prompt that is not known (any more) changes nothing."""
        match record:
            case Opened():
                self._open(record)
            case GateChanged():
                self.gate = record
            case StoppedByUser():
                self._stopped = True
            case _:
                self._apply_to_prompt(record)

    def _apply_to_prompt(self, record: PromptRecord) -> None:
        match record:
            case Accepted():
                self.prompts[record.entry] = JournaledPrompt(**vars(record))
                self.next_entry = max(self.next_entry, record.entry + 1)
            case Started(entry):
                self._change(entry, place=Place.RUNNING)
            case Returned(entry):
                self._change(entry, place=Place.WAITING)
            case Finished():
                self.prompts.pop(record.entry, None)
                self.finished.append(record)
                self.next_entry = max(self.next_entry, record.entry + 1)
            case Kept(entry, place, why):
                self._change(entry, place=place, why=why)
            case Renumbered(entries, first):
                for index, entry in enumerate(entries):
                    self._number(entry, first + index)
            case PutBack(entry, number):
                self._number(entry, number)

    def in_order(self, *places: Place) -> list[JournaledPrompt]:
        """Give the prompts that are in one of these places, in the order in which they would run; from any thread."""
        return sorted((p for p in list(self.prompts.values()) if p.place in places), key=lambda p: p.order)

    def snapshot(self) -> list[Record]:
        """Give the fewest records that add up to the same."""
        records: list[Record] = [] if self._opened is None else [self._opened]
        if self.gate.closed:
            records.append(self.gate)
        if self._stopped:
            records.append(StoppedByUser())
        records += self.finished
        records += [Accepted(**vars(prompt)) for prompt in self.prompts.values()]
        return records

    def _open(self, record: Opened) -> None:
        self.ending = self._ending()
        crashed = self.ending.how is How.CRASH
        for prompt in self.in_order(Place.RUNNING):
            self._change(prompt.entry, place=Place.WAITING, crashes=prompt.crashes + crashed)
        self._opened, self.gate, self._stopped = record, GateChanged(closed=False), False

    def _ending(self) -> Ending:
        if self._opened is None:
            return Ending(How.FIRST)
        if self.gate.closed and self.gate.purpose == "restart":
            return Ending(How.RESTART, self.gate.restart_id)
        return Ending(How.USER if self._stopped or self.gate.closed else How.CRASH)

    def _change(self, entry: int, **changes: Any) -> None:
        if entry in self.prompts:
            self.prompts[entry] = replace(self.prompts[entry], **changes)

    def _number(self, entry: int, number: float) -> None:
        if entry in self.prompts:
            self._change(entry, item=[number, *self.prompts[entry].item[1:]], place=Place.WAITING, why="")
