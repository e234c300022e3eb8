"""The progress of the prompt that runs, as ComfyUI tells it to its tabs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Step:
    """The latest step of one node."""

    node: str
    value: float
    maximum: float
    at: float  # seconds of the watch's clock


class ProgressWatch:
    """Listens to what the server sends: that works in every version, and with no tab open."""

    def __init__(self, server: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._send = server.send_sync
        self._steps: dict[str, Step] = {}
        server.send_sync = self.send_sync

    def send_sync(self, event: Any, data: Any, *args: Any, **kwargs: Any) -> Any:
        """Note a step; send on what is sent."""
        if event == "progress" and isinstance(data, dict) and "value" in data and "max" in data:
            step = Step(str(data.get("node", "")), float(data["value"]), float(data["max"]), self._clock())
            self._steps = {str(data.get("prompt_id", "")): step}  # one prompt runs at a time
        return self._send(event, data, *args, **kwargs)

    def of(self, prompt_id: str) -> dict[str, Any] | None:
        """Give the latest step of a prompt, and its age in seconds; None before its first."""
        step = self._steps.get(prompt_id)
        if step is None:
            return None
        return {"node": step.node, "value": step.value, "max": step.maximum, "age_s": round(self._clock() - step.at, 3)}
