"""What a server tells the one that follows it: a record in anonymous memory, never on disk.

It goes to the image that an exec puts in its place, or to a server that has stood by.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from jupyter_restart.kernels.keeper import KernelStatus
from jupyter_restart.procfs import ProcessIdentity
from jupyter_restart.proxied import Proxied
from jupyter_restart.terminals.carrying import CarriedTerminal

_VARIABLE = "_JUPYTER_RESTART_HANDOVER"


@dataclass(frozen=True)
class Handover:
    """All that the new server cannot find out by itself.

    `listening` are the descriptors of the listening sockets, `idle` those of open connections without a request
    and the address of each one's client. `token` is None unless the old server had made it up itself.
    `let_go_ns` is CLOCK_MONOTONIC, the same for all processes. `front` is the pid of the front that the server is
    behind, None without one. `fallback` says why a server that had stood by did not take over.
    """

    restart_id: str | None
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
    proxied: list[Proxied] = field(default_factory=list)
    front: int | None = None
    fallback: str | None = None

    @property
    def descriptors(self) -> list[int]:
        """All descriptors that the new server gets; one of an older version passes over those at the end."""
        scrollbacks = [t.recorded for t in self.terminals if t.recorded is not None]
        return [*self.listening, *(fd for fd, _ in self.idle), *(t.descriptor for t in self.terminals), *scrollbacks]

    def with_descriptors(self, descriptors: list[int]) -> Handover:
        """Return the same record for a process in which the descriptors have these numbers."""
        own = iter(descriptors)
        listening = [next(own) for _ in self.listening]
        idle = [(next(own), address) for _, address in self.idle]
        terminals = [replace(terminal, descriptor=next(own)) for terminal in self.terminals]
        terminals = [each if each.recorded is None else replace(each, recorded=next(own)) for each in terminals]
        return replace(self, listening=listening, idle=idle, terminals=terminals)

    @property
    def cookie_secret_bytes(self) -> bytes:
        """The secret that signs cookies."""
        return base64.b64decode(self.cookie_secret)


@dataclass(frozen=True)
class Invitation:
    """What a server that is to stand by needs to start: it has no port of its own, and knows no secret.

    `front` is the pid of the front, or of the process that will be it; `has_front` tells which. `port_retries` is
    what $JUPYTER_PORT_RETRIES is to be: until the invitation is read it is 0, so that a server that is without our
    extension by now ends, as its port is taken, and does not serve at the next one. `against_crashes` tells it to wait
    for as long as the server lives.
    """

    state_folder: str
    port: int
    token: str | None
    cookie_secret: str
    front: int
    has_front: bool
    port_retries: str | None = None
    against_crashes: bool = False

    @classmethod
    def of(cls, data: dict[str, Any]) -> Invitation:
        """Read one that another version of this package may have written."""
        return cls(**_known(cls, data))

    @property
    def cookie_secret_bytes(self) -> bytes:
        """The secret that signs cookies."""
        return base64.b64decode(self.cookie_secret)


def after_crash(invitation: Invitation, listening: list[int], let_go_ns: int) -> Handover:
    """Make the record that the server before did not live to make: kernels are on file, terminals with the relay."""
    own = ProcessIdentity.own()
    return Handover(
        restart_id=None,
        pid=own.pid,
        start_ticks=own.start_ticks,
        state_folder=invitation.state_folder,
        let_go_ns=let_go_ns,
        port=invitation.port,
        token=invitation.token,
        cookie_secret=invitation.cookie_secret,
        listening=listening,
        idle=[],
        kernels={},
        lost_kernels=[],
        terminals=[],
        front=invitation.front,
    )


def _known(kind: Any, data: dict[str, Any]) -> dict[str, Any]:
    """Leave out what a newer version has added: the old server and the new one may be of different versions."""
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in data.items() if name in names}


def write(handover: Handover) -> int:
    """Write the record into anonymous memory; returns its descriptor."""
    descriptor = os.memfd_create("jupyter-restart-handover")
    content = memoryview(json.dumps(asdict(handover)).encode())
    while content:
        content = content[os.write(descriptor, content) :]
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def read(descriptor: int) -> Handover:
    """Read what `write` wrote, and close it. Raises ValueError and its like for anything else."""
    with os.fdopen(descriptor, encoding="utf-8") as file:
        content = json.load(file)
    kernels = content["kernels"].items()
    content["kernels"] = {name: KernelStatus(**_known(KernelStatus, status)) for name, status in kernels}
    content["terminals"] = [CarriedTerminal(**_known(CarriedTerminal, each)) for each in content["terminals"]]
    content["proxied"] = [Proxied.of(each) for each in content.get("proxied", ())]
    content["idle"] = [(fd, address) for fd, address in content["idle"]]
    return Handover(**_known(Handover, content))


def pack(handover: Handover, environment: dict[str, str]) -> int:
    """Write the record, note its descriptor in `environment`, and return it: it must be inherited."""
    descriptor = write(handover)
    environment[_VARIABLE] = str(descriptor)
    return descriptor


def unpack() -> Handover | None:
    """Return the record for this very process, if it came by an exec; at most once, as kernels must not inherit it."""
    number = os.environ.pop(_VARIABLE, None)
    if number is None:
        return None
    own = ProcessIdentity.own()
    try:
        handover = read(int(number))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return handover if (handover.pid, handover.start_ticks) == (own.pid, own.start_ticks) else None
