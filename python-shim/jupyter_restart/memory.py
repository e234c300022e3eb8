"""How much memory is left, for this machine and for this process."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

_KB = 1024


def available_bytes(root: Path = Path("/")) -> int:
    """Memory that can still be had, by the machine and by the control groups of this process."""
    return min([_machine(root), *_groups(root)])


def _machine(root: Path) -> int:
    for line in (root / "proc/meminfo").read_text(encoding="ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * _KB
    raise RuntimeError(f"{root}proc/meminfo has no MemAvailable")


def _groups(root: Path) -> Iterator[int]:
    """Give what is left in each group with a limit, from ours up: caches that can be dropped are not in use."""
    for line in (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            top, limit, usage, cache = root / "sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"
        elif "memory" in controllers.split(","):
            top = root / "sys/fs/cgroup/memory"
            limit, usage, cache = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
        else:
            continue
        group = top / path.lstrip("/")
        # In a container the path may be that of the host, which is not there; then the top is our group.
        for folder in (group, *group.parents):
            if folder == top.parent:
                break
            with contextlib.suppress(OSError, ValueError):
                yield _number(folder / limit) - _number(folder / usage) + _cache(folder / "memory.stat", cache)


def _number(path: Path) -> int:
    # "max" is no number: without a limit there is nothing to say.
    return int(path.read_text(encoding="ascii"))


def _cache(path: Path, name: str) -> int:
    for line in path.read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name} "):
            return int(line.split()[1])
    return 0
