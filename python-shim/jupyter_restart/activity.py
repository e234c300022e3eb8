"""What a Jupyter server is busy with, for a restart that waits for an idle moment."""

from __future__ import annotations

import asyncio
from typing import Any

from jupyter_restart import listening

_NAMED = 3
# Between two pieces of a body nothing is to be seen of it.
_LOOKS = 3
_LOOK_EVERY_S = 0.01


async def busy_with(server: Any) -> str | None:
    """Count files on their way and name the kernels that compute, by their notebooks; None where there is neither."""
    busy = [await _transfers(server), await _busy_kernels(server)]
    return ", ".join(filter(None, busy)) or None


async def _busy_kernels(server: Any) -> str:
    busy = [kernel for kernel in server.kernel_manager.list_kernels() if kernel["execution_state"] == "busy"]
    if not busy:
        return ""
    sessions = await server.session_manager.list_sessions()
    notebooks = {session["kernel"]["id"]: session["path"] for session in sessions}
    names = [notebooks.get(kernel["id"], kernel["name"]) for kernel in busy]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{_counted(len(busy), 'busy kernel')}: {', '.join(names[:_NAMED])}{more}"


async def _transfers(server: Any) -> str:
    count = 0
    for _ in range(_LOOKS):
        count = max(count, listening.transfers(server))
        await asyncio.sleep(_LOOK_EVERY_S)
    return _counted(count, "file transfer") if count else ""


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
