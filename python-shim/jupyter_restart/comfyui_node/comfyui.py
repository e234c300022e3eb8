"""All that the node knows about ComfyUI's inside, together with `journaled_queue.py`."""

from __future__ import annotations

import importlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Refusal:
    """ComfyUI did not take a prompt, in its own words."""

    why: str


class UnknownComfyUiError(Exception):
    """ComfyUI lacks what the node holds on to: it is too old, or too new."""


_NEEDED = ("routes", "app", "number", "send_sync", "trigger_on_prompt", "prompt_queue")
_NEEDED_OF_QUEUE = ("queue", "mutex", "not_empty", "put", "get", "task_done", "wipe_queue", "delete_queue_item")


class LocalRequest:
    """What ComfyUI's handler of POST /prompt asks of a request, for a prompt that comes from the journal."""

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body
        self.headers: dict[str, str] = {}

    async def json(self) -> dict[str, Any]:
        """Give the body."""
        return self._body


@dataclass(frozen=True)
class ComfyUi:
    """A running ComfyUI, seen from inside."""

    server: Any  # its PromptServer
    version: str
    port: int
    user_folder: Path
    temp_folder: Path
    interrupt: Callable[[], None]  # the prompt that runs, at its next step
    web: Any  # aiohttp.web, which comes with it
    node_classes: Mapping[str, Any] = field(default_factory=dict)  # by name; imports of custom nodes add to it

    @classmethod
    def of(cls, server_module: Any) -> ComfyUi:
        """Look around in the process that imports custom nodes. UnknownComfyUiError before anything is changed."""
        server = server_module.PromptServer.instance
        version = str(getattr(server_module, "__version__", ""))
        queue = getattr(server, "prompt_queue", None)
        missing = [f"PromptServer.{name}" for name in _NEEDED if not hasattr(server, name)]
        missing += [f"PromptQueue.{name}" for name in _NEEDED_OF_QUEUE if not hasattr(queue, name)]
        if missing:
            raise UnknownComfyUiError(f"ComfyUI {version} has no {', '.join(missing)}")
        folders = importlib.import_module("folder_paths")
        nodes = importlib.import_module("nodes")
        arguments = importlib.import_module("comfy.cli_args").args
        return cls(
            server=server,
            version=version,
            port=int(arguments.port),
            user_folder=Path(folders.get_user_directory()),
            temp_folder=Path(folders.get_temp_directory()),
            interrupt=nodes.interrupt_processing,
            web=importlib.import_module("aiohttp.web"),
            node_classes=getattr(nodes, "NODE_CLASS_MAPPINGS", {}),
        )

    async def post_prompt(self, body: dict[str, Any]) -> Refusal | None:
        """Hand a prompt to ComfyUI's own handler, which checks and queues it; None where it was taken.

        Not by HTTP: the server does not listen yet, and a node that asks for a password would refuse us.
        """
        try:
            response = await self._prompt_handler()(LocalRequest(body))
        except Exception as e:  # noqa: BLE001 - the handler runs other people's nodes; one prompt must not stop the rest
            return Refusal(f"{type(e).__name__}: {e}")
        if response.status == 200:
            return None
        return Refusal(_reason(response.text or f"status {response.status}"))

    def _prompt_handler(self) -> Callable[[LocalRequest], Awaitable[Any]]:
        for route in self.server.routes:
            if (getattr(route, "method", ""), getattr(route, "path", "")) == ("POST", "/prompt"):
                handler: Callable[[LocalRequest], Awaitable[Any]] = route.handler
                return handler
        raise LookupError("this ComfyUI has no route POST /prompt")


def _reason(text: str) -> str:
    """Take ComfyUI's reason out of its answer: message and details, of the nodes too."""
    try:
        body = json.loads(text)
        error = body["error"]
        parts = [f"{error['message']}: {error['details']}" if error.get("details") else str(error["message"])]
        for node in (body.get("node_errors") or {}).values():
            parts += [f"{node.get('class_type')}: {e['message']} ({e.get('details')})" for e in node.get("errors", [])]
    except (ValueError, KeyError, TypeError, AttributeError):
        return text
    return "; ".join(part.strip() for part in dict.fromkeys(parts))
