"""The node's HTTP interface on ComfyUI's own server, below /jupyter_restart/v1 (and /api/jupyter_restart/v1).

Anyone who reaches ComfyUI may read; who changes something shows the secret of the journal's folder.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from .folder import Folder
from .gate import Purpose
from .node import Node
from .view import journal_view, nodes_view, state_view

PREFIX = "/jupyter_restart/v1"
SECRET_HEADER = "X-Jupyter-Restart-Secret"  # noqa: S105 - the name of the header
LEASE_S = 600.0

Body: TypeAlias = dict[str, Any]


class ProblemError(Exception):
    """An answer that is no success: an HTTP status, a stable code, and words for people."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail


class Routes:
    """Adds the routes to ComfyUI's table."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._web = node.comfyui.web

    def add(self) -> None:
        """Add them. Before ComfyUI reads its table, which it does after all nodes are imported."""
        table = self._node.comfyui.server.routes
        table.get(f"{PREFIX}/state")(self._reading(state_view))
        table.get(f"{PREFIX}/journal")(self._reading(journal_view))
        table.get(f"{PREFIX}/nodes")(self._reading(nodes_view))
        table.post(f"{PREFIX}/gate")(self._changing(change_gate))
        table.post(f"{PREFIX}/interrupt-for-restart")(self._changing(interrupt))
        table.post(f"{PREFIX}/restore")(self._changing(restore))
        table.post(f"{PREFIX}/discard")(self._changing(discard))

    def _reading(self, view: Callable[[Node], Body]) -> Callable[[Any], Awaitable[Any]]:
        async def handle(_request: Any) -> Any:
            return self._web.json_response(view(self._node))

        return handle

    def _changing(self, change: Callable[[Node, Body], Awaitable[Body]]) -> Callable[[Any], Awaitable[Any]]:
        async def handle(request: Any) -> Any:
            try:
                check_secret(self._node.folder, request.headers.get(SECRET_HEADER))
                return self._web.json_response(await change(self._node, await read_body(request)))
            except ProblemError as problem:
                body = {"code": problem.code, "detail": problem.detail}
                return self._web.json_response(body, status=problem.status)

        return handle


def check_secret(folder: Folder, secret: str | None) -> None:
    """Stop who does not know the secret: a web page, another user of the machine."""
    if not folder.knows(secret):
        detail = f"Header {SECRET_HEADER} must hold the content of {folder.secret_file}."
        raise ProblemError(401, "no_secret", detail)


async def read_body(request: Any) -> Body:
    """Read a JSON object; nothing at all is an empty one."""
    if not await request.read():
        return {}
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ProblemError(400, "bad_request", "The body is no JSON object.")
    return body


async def change_gate(node: Node, body: Body) -> Body:
    """Close the gate for a restart or a stop, or open it: `{closed, purpose: restart|stop, restart_id, lease_s}`."""
    closed = body.get("closed")
    if not isinstance(closed, bool):
        raise ProblemError(400, "bad_request", 'Field "closed" must be true or false.')
    if not closed:
        node.open_gate()
        return state_view(node)
    purpose = body.get("purpose", Purpose.RESTART.value)
    if purpose not in (Purpose.RESTART.value, Purpose.STOP.value):
        raise ProblemError(400, "bad_request", f'Field "purpose" is {purpose!r}: it can be "restart" or "stop".')
    lease = body.get("lease_s", LEASE_S)
    if isinstance(lease, bool) or not isinstance(lease, (int, float)) or not 0 < lease <= 86_400:
        raise ProblemError(400, "bad_request", 'Field "lease_s" must be seconds, more than 0 and at most a day.')
    node.close_gate(Purpose(purpose), float(lease), text(body, "restart_id"))
    return state_view(node)


async def interrupt(node: Node, _body: Body) -> Body:
    """Interrupt what runs so that it runs again."""
    closing = node.gate.closing()
    if closing is None or closing.purpose is Purpose.START:
        raise ProblemError(
            409, "gate_open", "The gate is open, so the next prompt would start at once: close it first (POST gate)."
        )
    return {"interrupted": node.interrupt_for_restart()}


async def restore(node: Node, body: Body) -> Body:
    """Put back what waits to be asked for, and named ones; tell what the start put back: `{restart_id, prompt_ids}`."""
    return (await node.restore(text(body, "restart_id"), ids(body))).as_json()


async def discard(node: Node, body: Body) -> Body:
    """Forget kept prompts: `{prompt_ids}`."""
    return {"discarded": node.discard(ids(body))}


def text(body: Body, name: str) -> str:
    """Read an optional text."""
    value = body.get(name) or ""
    if not isinstance(value, str):
        raise ProblemError(400, "bad_request", f'Field "{name}" must be a text.')
    return value


def ids(body: Body) -> list[str]:
    """Read optional prompt ids."""
    value = body.get("prompt_ids", [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ProblemError(400, "bad_request", 'Field "prompt_ids" must be a list of texts.')
    return value
