"""Orders to restart kernels: those that are to be carried out yet, also by the next server."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from jupyter_restart.units import duration

if TYPE_CHECKING:
    from logging import Logger
    from pathlib import Path

    from jupyter_restart.kernels.limit import Look
    from jupyter_restart.schema import Event

# Longer than any restart: nobody expects kernels to go for what was asked while no server was there.
_TOO_OLD = timedelta(minutes=10)


@dataclass(frozen=True)
class Order:
    """One order, by the seq of its event. `done` are kernels that were restarted for it already."""

    seq: int
    kernels: list[str]
    over_bytes: int | None
    done: set[str] = field(default_factory=set)
    too_old: str | None = None

    def means(self, look: Look) -> bool:
        """Whether this kernel is to be restarted for it."""
        is_large = self.over_bytes is not None and look.memory_bytes >= self.over_bytes
        return look.kernel_id not in self.done and (is_large or look.kernel_id in self.kernels)


def unfinished(events: Sequence[Event], now: datetime) -> Iterator[Order]:
    """Give the orders among the events whose end is not among them."""
    ends = {event["data"].get("order") for event in events if event["type"] == "kernel.order_done"}
    for event in events:
        if event["type"] == "kernel.restart_ordered" and event["seq"] not in ends:
            age = now - datetime.fromisoformat(event["time"].replace("Z", "+00:00"))
            yield Order(
                event["seq"],
                event["data"]["kernels"],
                event["data"].get("over_bytes"),
                {
                    str(each["data"]["kernel_id"])
                    for each in events
                    if each["type"] == "kernel.restarted" and each["data"].get("order") == event["seq"]
                },
                f"it was asked for {duration(age.total_seconds())} ago" if age > _TOO_OLD else None,
            )


class Heeded:
    """Up to which event all was done that was asked: a file in the server's folder, for the next server."""

    def __init__(self, path: Path, log: Logger) -> None:
        self._path = path
        self._log = log
        self._last = self._on_disk()

    def read(self) -> int | None:
        """Give it; None where no server has said so."""
        return self._last

    def write(self, seq: int) -> None:
        """Say so."""
        if seq == self._last:
            return
        self._last = seq
        temporary = self._path.with_suffix(f".{os.getpid()}")
        try:
            temporary.write_text(json.dumps({"seq": seq}), encoding="utf-8")
            temporary.replace(self._path)
        except OSError as error:
            self._log.warning("The next server will not know which orders to its kernels are done: %s", error)

    def _on_disk(self) -> int | None:
        try:
            return int(json.loads(self._path.read_text(encoding="utf-8"))["seq"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
