"""How much memory and processor time kernels have, each with all that it has started, read from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jupyter_restart.procfs import ProcessIdentity, read_stat

_KB = 1024


@dataclass(frozen=True)
class Use:
    """What one kernel has. `cpu_s` counts what its living processes have used so far."""

    memory_bytes: int
    cpu_s: float


@dataclass(frozen=True)
class _Process:
    parent: int
    session: int
    start_ticks: int
    cpu_ticks: int
    resident_pages: int


def measure(kernels: Mapping[str, ProcessIdentity], exact_from: int, root: Path = Path("/proc")) -> dict[str, Use]:
    """Measure kernels (id to process); one that is gone is left out.

    Memory is counted as for apps: what is resident, which counts pages that processes share once for each. Where that
    comes to `exact_from` bytes and there are several, as the workers of a data loader, shared pages are shared out.
    """
    processes = dict(_processes(root))
    children: dict[int, list[int]] = {}
    for pid, process in processes.items():
        children.setdefault(process.parent, []).append(pid)
    measured = {}
    for kernel_id, identity in kernels.items():
        main = processes.get(identity.pid)
        if main is None or main.start_ticks != identity.start_ticks:
            continue
        # Kernels have a session of their own: what was left by a parent that has ended is still in it.
        tree = _tree(identity.pid, children) | {
            pid for pid, process in processes.items() if process.session == identity.pid
        }
        members = {pid: processes[pid] for pid in tree}
        memory = sum(process.resident_pages for process in members.values()) * os.sysconf("SC_PAGE_SIZE")
        if memory >= exact_from and len(members) > 1:
            memory = sum(_proportional(root, pid, process) for pid, process in members.items())
        cpu_ticks = sum(process.cpu_ticks for process in members.values())
        measured[kernel_id] = Use(memory, cpu_ticks / os.sysconf("SC_CLK_TCK"))
    return measured


def _tree(pid: int, children: Mapping[int, list[int]]) -> set[int]:
    found, open_ = {pid}, [pid]
    while open_:
        for child in children.get(open_.pop(), ()):
            if child not in found:
                found.add(child)
                open_.append(child)
    return found


def _processes(root: Path) -> Iterator[tuple[int, _Process]]:
    for entry in os.scandir(root):
        if not entry.name.isdigit():
            continue
        try:
            _, fields = read_stat(Path(entry.path))
        except OSError:
            continue
        yield (
            int(entry.name),
            _Process(
                parent=int(fields[1]),
                session=int(fields[3]),
                start_ticks=int(fields[19]),
                cpu_ticks=int(fields[11]) + int(fields[12]),
                resident_pages=int(fields[21]),
            ),
        )


def _proportional(root: Path, pid: int, process: _Process) -> int:
    try:
        text = (root / str(pid) / "smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return process.resident_pages * os.sysconf("SC_PAGE_SIZE")
    return sum(int(line.split()[1]) * _KB for line in text.splitlines() if line.startswith("Pss:"))
