"""All processes at one moment, as far as the checks ask of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_restart.procfs import MARK, ProcessIdentity, read_stat

_READ_VARIABLES = frozenset({MARK})
_GPU_DEVICE = re.compile(r"/dev/(nvidia\d+|nvidia-uvm|kfd)")
_SHOWN_LENGTH = 80


@dataclass(frozen=True)
class Process:
    """One process. `environment` has only what the checks look at, of a process that we may look into."""

    identity: ProcessIdentity
    parent: int
    name: str
    state: str
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def pid(self) -> int:
        """Its number; a signal goes to the identity."""
        return self.identity.pid

    @property
    def mark(self) -> str:
        """What says which start of which app it belongs to: `HOME:MARKER`; empty for a process that has none."""
        return self.environment.get(MARK, "")

    def __str__(self) -> str:
        """Name it for people."""
        text = " ".join(self.command) or self.name
        return f"process {self.pid} ({text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 1] + '…'})"


@dataclass(frozen=True)
class Processes:
    """All of them by pid."""

    by_pid: Mapping[int, Process] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Process]:
        """Go through them by pid."""
        return iter(self.by_pid[pid] for pid in sorted(self.by_pid))

    def get(self, pid: int | None) -> Process | None:
        """Give one of them."""
        return None if pid is None else self.by_pid.get(pid)

    def ancestors(self, pid: int) -> Iterator[Process]:
        """Go up from a process, itself left out."""
        seen = {pid}
        process = self.get(pid)
        while process is not None and process.parent not in seen:
            seen.add(process.parent)
            process = self.get(process.parent)
            if process is not None:
                yield process

    def trees(self, roots: Iterable[int]) -> set[int]:
        """Give these pids and those of all descendants."""
        found = set(roots)
        children: dict[int, list[int]] = {}
        for process in self:
            children.setdefault(process.parent, []).append(process.pid)
        left = list(found)
        while left:
            new = [pid for pid in children.get(left.pop(), []) if pid not in found]
            found.update(new)
            left.extend(new)
        return found


def scan(proc: Path = Path("/proc")) -> Processes:
    """Read all processes; what ends meanwhile is left out."""
    found = (_read(entry) for entry in proc.iterdir() if entry.name.isdigit())
    return Processes({process.pid: process for process in found if process is not None})


def gpu_holders(proc: Path = Path("/proc")) -> dict[int, tuple[str, ...]]:
    """Tell which of the processes that we may look into have a GPU open, and which devices."""
    holders = {}
    for entry in proc.iterdir():
        if entry.name.isdigit():
            devices = {target for target in _links(entry / "fd") if _GPU_DEVICE.fullmatch(target)}
            if devices:
                holders[int(entry.name)] = tuple(sorted(devices))
    return holders


def _read(folder: Path) -> Process | None:
    try:
        name, fields = read_stat(folder)
        command = (folder / "cmdline").read_bytes()
    except OSError:
        return None
    return Process(
        ProcessIdentity(int(folder.name), int(fields[19])),
        parent=int(fields[1]),
        name=name,
        state=fields[0],
        command=tuple(part.decode(errors="replace") for part in command.split(b"\0")[:-1]),
        environment=dict(_environment(folder)),
    )


def _environment(folder: Path) -> Iterator[tuple[str, str]]:
    try:
        content = (folder / "environ").read_bytes()
    except OSError:
        return
    for entry in content.split(b"\0"):
        name, _, value = entry.decode(errors="replace").partition("=")
        if name in _READ_VARIABLES:
            yield name, value


def _links(folder: Path) -> Iterator[str]:
    try:
        entries = list(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        try:
            yield os.readlink(entry)  # noqa: PTH115 - a Path would cut what is no path
        except OSError:
            continue
