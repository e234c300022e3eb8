"""Which kernels JupyterLabs have, and how they are, seen from outside: from their folders in the home, and /proc.

No server need answer for it. Kernels with a provisioner of their own are not among them: they are not ours to restart.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jupyter_restart.kernels.measuring import measure
from jupyter_restart.kernels.relay_client import RelayClient, RelayError
from jupyter_restart.kernels.state import ServerState
from jupyter_restart.schema import App

_SQLITE_TIMEOUT_S = 1.0


@dataclass(frozen=True)
class ListedKernel:
    """One kernel. `path` is that of its notebook or console, `state` what it last said of itself; None: unknown."""

    app: str
    kernel_id: str
    name: str
    path: str | None
    state: str | None
    pid: int
    memory_bytes: int
    limit_bytes: int | None


def list_kernels(home: Path, apps: Iterable[App]) -> list[ListedKernel]:
    """List the kernels that live of all these apps, the largest first."""
    by_pid = {pid: app for app in apps for pid in (app["pid"], app["serving_pid"]) if pid is not None}
    folders = (home / "servers").iterdir() if (home / "servers").is_dir() else iter(())
    found = []
    for folder in folders:
        state = ServerState(folder)
        owner = state.owner()
        if owner is not None and owner.is_alive and owner.pid in by_pid:
            found += _of_server(state, by_pid[owner.pid])
    return sorted(found, key=lambda kernel: -kernel.memory_bytes)


def _of_server(state: ServerState, app: App) -> list[ListedKernel]:
    records = {record.kernel_id: record for record in state.records() if record.process.is_alive()}
    uses = measure({kernel_id: record.process for kernel_id, record in records.items()}, 0)
    states, paths = _states(state), _paths(state.sessions)
    return [
        ListedKernel(
            app=app["name"],
            kernel_id=kernel_id,
            name=record.kernel_name,
            path=paths.get(kernel_id),
            state=record.settled(states[kernel_id]) if kernel_id in states else None,
            pid=record.pid,
            memory_bytes=uses[kernel_id].memory_bytes,
            # A service of an older version does not say.
            limit_bytes=app.get("kernel_memory_limit"),
        )
        for kernel_id, record in records.items()
        if kernel_id in uses
    ]


def _states(state: ServerState) -> dict[str, str | None]:
    """Ask the relay, which hears what kernels say of themselves."""
    relay = RelayClient(state)
    try:
        return {} if relay.pid() is None else relay.states()
    except RelayError:
        return {}
    finally:
        relay.close()


def _paths(sessions: Path) -> dict[str, str]:
    """Read the server's own record of which document has which kernel."""
    try:
        with contextlib.closing(
            sqlite3.connect(f"{sessions.absolute().as_uri()}?mode=ro", uri=True, timeout=_SQLITE_TIMEOUT_S)
        ) as database:
            return dict(database.execute("SELECT kernel_id, path FROM session"))
    except sqlite3.Error:
        return {}
