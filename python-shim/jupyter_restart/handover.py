"""What a server tells the image that an exec puts in its place: a record in anonymous memory, never on disk."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import asdict, dataclass
from typing import Any

from jupyter_restart.kernels.keeper import KernelStatus
from jupyter_restart.procfs import ProcessIdentity
from jupyter_restart.terminals import CarriedTerminal

_VARIABLE = "_JUPYTER_RESTART_HANDOVER"


@dataclass(frozen=True)
class Handover:
    """All that the new image cannot find out by itself.

    `listening` are the descriptors of the listening sockets, `idle` those of open connections without a request
    and the address of each one's client. `token` is None unless the old server had made it up itself.
    `let_go_ns` is CLOCK_MONOTONIC, which runs on through an exec.
    """

    restart_id: str
    pid: int
    start_ticks: int
    state_folder: str
    let_go_ns: int
    port: int
    token: str | None
    cookie_secret: str
    listening: list[int]
    idle: list[tuple[int, Any]]
    kernels: dict[str, KernelStatus]
    lost_kernels: list[str]
    terminals: list[CarriedTerminal]

    @property
    def descriptors(self) -> list[int]:
        """All descriptors that the new image inherits."""
        return [*self.listening, *(fd for fd, _ in self.idle), *(t.descriptor for t in self.terminals)]

    @property
    def cookie_secret_bytes(self) -> bytes:
        """The secret that signs cookies."""
        return base64.b64decode(self.cookie_secret)


def pack(handover: Handover, environment: dict[str, str]) -> int:
    """Write the record, note its descriptor in `environment`, and return it: it must be inherited."""
    descriptor = os.memfd_create("jupyter-restart-handover")
    content = memoryview(json.dumps(asdict(handover)).encode())
    while content:
        content = content[os.write(descriptor, content) :]
    os.lseek(descriptor, 0, os.SEEK_SET)
    environment[_VARIABLE] = str(descriptor)
    return descriptor


def unpack() -> Handover | None:
    """Return the record for this very process, if it came by an exec; at most once, as kernels must not inherit it."""
    number = os.environ.pop(_VARIABLE, None)
    if number is None:
        return None
    own = ProcessIdentity.own()
    try:
        with os.fdopen(int(number), encoding="utf-8") as file:
            content = json.load(file)
        if (content["pid"], content["start_ticks"]) != (own.pid, own.start_ticks):
            return None
        content["kernels"] = {name: KernelStatus(**status) for name, status in content["kernels"].items()}
        content["terminals"] = [CarriedTerminal(**terminal) for terminal in content["terminals"]]
        content["idle"] = [(fd, address) for fd, address in content["idle"]]
        return Handover(**content)
    except (OSError, ValueError, KeyError, TypeError):
        return None
