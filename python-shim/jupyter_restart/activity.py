"""What a Jupyter server is busy with, for a restart that waits for an idle moment."""

from __future__ import annotations

from typing import Any

_NAMED = 3


async def busy_with(server: Any) -> str | None:
    """Name the kernels that compute just now, by their notebooks; None where there is none."""
    busy = [kernel for kernel in server.kernel_manager.list_kernels() if kernel["execution_state"] == "busy"]
    if not busy:
        return None
    sessions = await server.session_manager.list_sessions()
    notebooks = {session["kernel"]["id"]: session["path"] for session in sessions}
    names = [notebooks.get(kernel["id"], kernel["name"]) for kernel in busy]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{len(busy)} busy kernel{'' if len(busy) == 1 else 's'}: {', '.join(names[:_NAMED])}{more}"
