"""A stand-in for ComfyUI's inside: its queue, its handler of POST /prompt and its worker, as the real ones behave.

Two forms: `old`, as in 0.3.10 (items of five fields, no prompt id from outside), and `new`, as in versions of 2026
(six fields, API keys apart, ids must be UUIDs). `bench/comfyui.py` runs the same scenarios against a real ComfyUI.
"""

from __future__ import annotations

import copy
import heapq
import json
import threading
import uuid
from dataclasses import dataclass
from typing import Any, NamedTuple

KEYS = ("auth_token_comfy_org", "api_key_comfy_org")


class Status(NamedTuple):
    status_str: str
    completed: bool
    messages: list


SUCCESS = Status("success", True, [])
ERROR = Status("error", False, [("execution_error", {})])
INTERRUPTED = Status("error", False, [("execution_interrupted", {})])


class FakeQueue:
    def __init__(self, server: FakeServer) -> None:
        self.server = server
        self.mutex = threading.RLock()
        self.not_empty = threading.Condition(self.mutex)
        self.task_counter = 0
        self.queue: list[tuple] = []
        self.currently_running: dict[int, tuple] = {}
        self.history: dict[str, dict] = {}

    def put(self, item):
        with self.mutex:
            heapq.heappush(self.queue, item)
            self.server.queue_updated()
            self.not_empty.notify()

    def get(self, timeout=None):
        with self.not_empty:
            while not self.queue:
                self.not_empty.wait(timeout)
                if timeout is not None and not self.queue:
                    return None
            item, item_id = heapq.heappop(self.queue), self.task_counter
            self.currently_running[item_id] = copy.deepcopy(item)
            self.task_counter += 1
            self.server.queue_updated()
            return item, item_id

    def task_done(self, item_id, history_result, status, process_item=None):
        with self.mutex:
            item = self.currently_running.pop(item_id)
            item = process_item(item) if process_item else item
            self.history[item[1]] = {"prompt": item, "status": status._asdict(), **history_result}
            self.server.queue_updated()

    def get_current_queue(self):
        with self.mutex:
            return list(self.currently_running.values()), list(self.queue)

    def wipe_queue(self):
        with self.mutex:
            self.queue = []
            self.server.queue_updated()

    def delete_queue_item(self, function):
        with self.mutex:
            for index, item in enumerate(self.queue):
                if function(item):
                    if len(self.queue) == 1:
                        self.wipe_queue()
                    else:
                        self.queue.pop(index)
                        heapq.heapify(self.queue)
                    self.server.queue_updated()
                    return True
        return False


@dataclass
class Answer:
    status: int
    body: dict

    @property
    def text(self) -> str:
        return json.dumps(self.body)


@dataclass
class Route:
    method: str
    path: str
    handler: Any


class FakeServer:
    """What of PromptServer the node touches. A node's class is known while it is in `classes`."""

    def __init__(self, form: str) -> None:
        self.form = form
        self.number = 0
        self.sent: list[tuple] = []
        self.on_prompt_handlers: list = []
        self.classes = {"EmptyImage"}
        self.routes: Any = [Route("POST", "/prompt", self.post_prompt)]
        self.prompt_queue = FakeQueue(self)

    def queue_updated(self):
        remaining = len(self.prompt_queue.queue) + len(self.prompt_queue.currently_running)
        self.send_sync("status", {"status": {"exec_info": {"queue_remaining": remaining}}})

    def send_sync(self, event, data, sid=None):
        self.sent.append((event, data, sid))

    def trigger_on_prompt(self, body):
        for handler in self.on_prompt_handlers:
            body = handler(body)
        return body

    def validate(self, prompt):
        """Give the outputs that can be made, and ComfyUI's error where there is none."""
        missing = sorted({node["class_type"] for node in prompt.values()} - self.classes)
        if missing:
            return [], {"type": "missing_node_type", "message": f"Node {missing[0]!r} not found.", "details": "#1"}
        return list(prompt), None

    async def post_prompt(self, request):
        status, body = self.queue_prompt(self.trigger_on_prompt(await request.json()))
        return Answer(status, body)

    def queue_prompt(self, body):
        number = float(body["number"]) if "number" in body else self.number
        if "number" not in body:
            number = -number if body.get("front") else number
            self.number += 1
        prompt_id = str(uuid.uuid4())
        if self.form == "new" and body.get("prompt_id"):
            prompt_id = body["prompt_id"]
            if prompt_id != str(uuid.UUID(prompt_id)):
                return 400, {"error": {"type": "invalid_prompt_id", "message": "not a UUID", "details": ""}}
        outputs, error = self.validate(body["prompt"])
        if error is not None:
            return 400, {"error": error, "node_errors": {}}
        extra = dict(body.get("extra_data", {}))
        if "client_id" in body:
            extra["client_id"] = body["client_id"]
        item = (number, prompt_id, body["prompt"], extra, outputs)
        if self.form == "new":
            item += ({key: extra.pop(key) for key in KEYS if key in extra},)
        self.prompt_queue.put(item)
        return 200, {"prompt_id": prompt_id, "number": number, "node_errors": {}}
