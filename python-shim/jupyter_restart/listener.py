"""Finds the process that serves a TCP port, from Linux's /proc."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from jupyter_restart.errors import ControlError

_LISTENING = "0A"


def process_on(port: int, proc: Path = Path("/proc")) -> int:
    """Find the pid that listens on the port, of several that share it the one that started the others.

    Raises ControlError where there is none, or it belongs to somebody else.
    """
    sockets = set(_listening_sockets(port, proc))
    if not sockets:
        raise ControlError("no_listener", f"No process listens on port {port}. Is the app up, and on this machine?")
    holders = sorted(pid for pid in _pids(proc) if sockets & set(_sockets_of(pid, proc)))
    if not holders:
        raise ControlError(
            "no_listener",
            f"Port {port} is listened on, but not by a process that you may look into. Give its pid, or ask its user.",
        )
    heads = [pid for pid in holders if _parent(pid, proc) not in holders]
    return (heads or holders)[0]


def _listening_sockets(port: int, proc: Path) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(FileNotFoundError):
            for line in (proc / "net" / table).read_text(encoding="ascii").splitlines()[1:]:
                _, local, _, state, _, _, _, _, _, inode, *_ = line.split()
                if state == _LISTENING and int(local.rpartition(":")[2], 16) == port:
                    yield f"socket:[{inode}]"


def _pids(proc: Path) -> Iterator[int]:
    return (int(entry.name) for entry in proc.iterdir() if entry.name.isdigit())


def _sockets_of(pid: int, proc: Path) -> Iterator[str]:
    # Processes end, and descriptors are closed, while we look.
    with contextlib.suppress(OSError):
        for descriptor in (proc / str(pid) / "fd").iterdir():
            with contextlib.suppress(OSError):
                yield os.readlink(descriptor)  # noqa: PTH115


def _parent(pid: int, proc: Path) -> int | None:
    try:
        stat = (proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[1])
