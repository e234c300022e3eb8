"""The shapes of openapi.json that Python reads or writes; what they mean is written there."""

from __future__ import annotations

from typing import Any, TypedDict


class Service(TypedDict):
    """The restart service itself."""

    running: bool
    pid: int | None
    uptime_s: int | None
    version: str | None
    weaker_promises: str | None


class Restart(TypedDict):
    """A restart under way."""

    id: str
    reason: str
    step: str
    since: str
    deadline: str | None


class Note(TypedDict):
    """What an app says of itself that people should know, and what to do about it."""

    code: str
    message: str
    advice: str


class App(TypedDict):
    """One supervised app."""

    name: str
    title: str
    preset: str
    life: str
    state: str
    wanted: str
    pid: int | None
    serving_pid: int | None
    standby_pid: int | None
    port: int | None
    enabled: bool
    since: str | None
    uptime_s: int | None
    next_restart: str | None
    remaining_s: int | None
    starts_in_s: int | None
    last_restart: str | None
    last_reason: str | None
    restarts: int
    memory_bytes: int | None
    gpu_memory_bytes: int | None
    restart: Restart | None
    message: str | None
    notes: list[Note]
    standby: str
    kernel_memory_limit: int | None


class Gpu(TypedDict):
    """One GPU; memory in bytes."""

    name: str
    memory_used: int
    memory_total: int
    busy_percent: int | None


class Resources(TypedDict):
    """The machine at one moment, in bytes."""

    time: str
    memory_used: int | None
    memory_total: int | None
    disk_used: int | None
    disk_total: int | None
    gpus: list[Gpu]
    gpu_trouble: str | None


class ResourceHistory(TypedDict):
    """Samples, oldest first."""

    samples: list[Resources]


class Event(TypedDict):
    """One line of the event log."""

    seq: int
    time: str
    app: str | None
    type: str
    restart_id: str | None
    reason: str | None
    message: str
    data: dict[str, Any]


class Snapshot(TypedDict):
    """Everything at one moment; follow on from `seq`."""

    seq: int
    service: Service
    apps: list[App]
    resources: Resources
    events: list[Event]


class Events(TypedDict):
    """Events after a seq, and where to go on."""

    seq: int
    oldest: int
    events: list[Event]
    snapshot: Snapshot | None


class Accepted(TypedDict):
    """A command was taken; its outcome is an event after `seq`."""

    seq: int
    restart_id: str | None


class Begun(TypedDict):
    """The restart of one app of a group."""

    app: str
    restart_id: str


class AcceptedGroup(TypedDict):
    """The restart of a group was taken; its outcome are events after `seq`."""

    seq: int
    restarts: list[Begun]


class KeptPrompt(TypedDict):
    """A prompt that is kept outside of the queue until its user says what becomes of it."""

    prompt_id: str
    why: str


class PromptsKept(TypedDict):
    """Prompts that are kept outside of an app's queue."""

    prompts: list[KeptPrompt]


class HandledPrompts(TypedDict):
    """What came of an order about kept prompts."""

    done: list[str]
    due: list[KeptPrompt]
    left: list[KeptPrompt]


class Log(TypedDict):
    """Lines of a log, oldest first; ask next after `offset`."""

    lines: list[str]
    offset: int


class PlanStep(TypedDict):
    """One step of a restart."""

    step: str
    what: str
    deadline_s: float | None


class AppPlan(TypedDict):
    """What comes for one app."""

    name: str
    fires: list[str]
    steps: list[PlanStep]
    blocked_by: list[str]


class Plan(TypedDict):
    """What comes; asking changes nothing."""

    apps: list[AppPlan]


class ConfigInForce(TypedDict):
    """The config that counts now, and what is wrong with its file since."""

    path: str | None
    toml: str
    problems: list[str]


class Kept(TypedDict, total=False):
    """What a restart in place carried over; all but `fallback` are required."""

    kernels: int
    terminals: int
    lost_kernels: list[str]
    away_s: float
    fallback: str | None


class Adoption(TypedDict, total=False):
    """A running process to take under supervision; only `pid` is required."""

    pid: int
    serving_pid: int | None
    standby_pid: int | None
    preset: str
    port: int | None
    life: str
    restart_id: str | None
    url: str | None
    kept: Kept | None
    took_over: bool
    respawn: bool
    command: list[str] | None
    notes: list[Note]
