"""Finds the processes that serve TCP ports, from Linux's /proc."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator
from pathlib import Path

from jupyter_restart.errors import RefusedError
from jupyter_restart.procfs import read_stat

_LISTENING = "0A"


def process_on(port: int, proc: Path = Path("/proc")) -> int:
    """Find the pid that listens on the port, of several that share it the one that started the others.

    Raises RefusedError where there is none, or it belongs to somebody else.
    """
    holders = listeners({port}, proc).get(port)
    if holders is None:
        raise RefusedError(f"No process listens on port {port}. Is the app up, and on this machine?")
    if holders == (UNSEEN,):
        raise RefusedError(
            f"Port {port} is listened on, but not by a process that you may look into. Give its pid, or ask its user.",
        )
    heads = [pid for pid in holders if _parent(pid, proc) not in holders]
    return (heads or holders)[0]


UNSEEN = 0
"""Stands for a process that this user may not look into."""


def listeners(ports: Collection[int], proc: Path = Path("/proc")) -> dict[int, tuple[int, ...]]:
    """Tell the pids that listen on each of these ports; ports that nobody listens on are left out."""
    sockets = dict(_listening_sockets(ports, proc))
    found: dict[int, set[int]] = {port: set() for port in sockets.values()}
    if sockets:
        for pid in _pids(proc):
            for socket in _sockets_of(pid, proc):
                if socket in sockets:
                    found[sockets[socket]].add(pid)
    return {port: tuple(sorted(pids)) or (UNSEEN,) for port, pids in found.items()}


def _listening_sockets(ports: Collection[int], proc: Path) -> Iterator[tuple[str, int]]:
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(FileNotFoundError):
            for line in (proc / "net" / table).read_text(encoding="ascii").splitlines()[1:]:
                _, local, _, state, _, _, _, _, _, inode, *_ = line.split()
                port = int(local.rpartition(":")[2], 16)
                if state == _LISTENING and port in ports:
                    yield f"socket:[{inode}]", port


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
        _, fields = read_stat(proc / str(pid))
    except OSError:
        return None
    return int(fields[1])
