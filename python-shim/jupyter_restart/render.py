"""Snapshots, events and plans as lines of text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from jupyter_restart.units import duration, local_time, size

if TYPE_CHECKING:
    from jupyter_restart.schema import App, AppPlan, Event, Plan, Resources, Service, Snapshot

_GOOD = frozenset({"running"})
_BAD = frozenset({"failed"})
_LABEL_WIDTH = 20
_STEP_MEANINGS = {
    "preparing": "getting ready",
    "draining": "saving documents and finishing work",
    "verifying": "checking that all is stopped",
    "restoring": "bringing work back",
}


class Style(NamedTuple):
    """How to stress words: by the colours of a terminal, or not at all."""

    is_coloured: bool = False

    def bold(self, text: str) -> str:
        """Stress a heading."""
        return self._wrap("1", text)

    def faint(self, text: str) -> str:
        """Put less important text back."""
        return self._wrap("2", text)

    def state(self, state: str) -> str:
        """Colour a state by how well the app is."""
        return self._wrap("32" if state in _GOOD else "31" if state in _BAD else "33", state)

    def _wrap(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.is_coloured else text


def status(snapshot: Snapshot, style: Style) -> Iterator[str]:
    """Write the service, each app, the machine and the last events."""
    yield service(snapshot["service"], style)
    weaker = snapshot["service"].get("weaker_promises")
    if weaker:
        yield style.faint(weaker)
    for app in snapshot["apps"]:
        yield ""
        yield from _app(app, style)
    if snapshot["service"]["running"]:
        if not snapshot["apps"]:
            yield "No apps yet: start JupyterLab, or name apps in the config file."
        yield ""
        yield from _machine(snapshot["resources"], style)
    if snapshot["events"]:
        yield ""
        yield style.bold("Last events")
        for event_ in snapshot["events"]:
            yield "  " + event(event_, style)


def service(state: Service, style: Style) -> str:
    """Write one line on the service itself."""
    title = style.bold("Restart service: ")
    if not state["running"]:
        return title + style.state("not running")
    up = duration(state["uptime_s"])
    return f"{title}{style.state('running')} (pid {state['pid']}, up {up}, version {state['version']})"


def event(event_: Event, style: Style) -> str:
    """Write one event on one line."""
    return f"{style.faint(local_time(event_['time']))}  {event_['app'] or 'service'}: {event_['message']}"


def next_restart(app: App) -> str:
    """Write when an app is restarted next, and in how long."""
    if app["next_restart"] is None:
        return "none"
    return f"{local_time(app['next_restart'])} (time remaining: {duration(app['remaining_s'])})"


def step(name: str) -> str:
    """Name a step of a restart, and say what is done in it, as the panel does."""
    meaning = _STEP_MEANINGS.get(name)
    return name if meaning is None else f"{name}: {meaning}"


def plan(answer: Plan, style: Style) -> Iterator[str]:
    """Write what comes for each app, and what a restart would do."""
    for number, app in enumerate(answer["apps"]):
        if number:
            yield ""
        yield from _app_plan(app, style)


def _app(app: App, style: Style) -> Iterator[str]:
    about = [f"pid {app['pid']}"] if app["pid"] is not None else []
    if app["uptime_s"] is not None:
        about.append(f"up {duration(app['uptime_s'])}")
    yield f"{style.bold(app['name'])}: {style.state(app['state'])}" + (f" ({', '.join(about)})" if about else "")
    if app["message"]:
        yield "  " + app["message"]
    for note in app["notes"]:
        yield f"  {note['message']} {style.faint(note['advice'])}"
    if app["restart"]:
        restart = app["restart"]
        until = f", until {local_time(restart['deadline'])} at most" if restart["deadline"] else ""
        yield _labelled("Restart under way", f"{step(restart['step'])} ({restart['reason']}){until}")
    if standby := app.get("standby_pid"):
        yield _labelled("Against crashes", f"a server stands by (pid {standby})")
    if (starts_in := app.get("starts_in_s")) is not None:
        yield _labelled("Next start", f"in {duration(starts_in)}")
    yield _labelled("Automatic restarts", "on" if app["enabled"] else "off")
    yield _labelled("Next restart", next_restart(app))
    last = f"{local_time(app['last_restart'])} ({app['last_reason']}), {app['restarts']} in all"
    yield _labelled("Last restart", last if app["last_restart"] else "none yet")
    gpu = f", GPU {size(app['gpu_memory_bytes'])}" if app["gpu_memory_bytes"] is not None else ""
    yield _labelled("Memory", size(app["memory_bytes"]) + gpu)


def _machine(resources: Resources, style: Style) -> Iterator[str]:
    yield style.bold("Machine")
    yield _labelled("Memory", _share(resources["memory_used"], resources["memory_total"]))
    yield _labelled("Disk", _share(resources["disk_used"], resources["disk_total"]))
    for gpu in resources["gpus"]:
        busy = f", {gpu['busy_percent']}% busy" if gpu["busy_percent"] is not None else ""
        yield _labelled("GPU", f"{_share(gpu['memory_used'], gpu['memory_total'])} {gpu['name']}{busy}")
    if trouble := resources.get("gpu_trouble"):
        yield _labelled("GPU", f"not to be asked: {trouble}")


def _app_plan(app: AppPlan, style: Style) -> Iterator[str]:
    yield style.bold(app["name"])
    yield "  Next restarts:" + ("" if app["fires"] else " none")
    for fire in app["fires"]:
        yield f"    {local_time(fire)}"
    if app["steps"]:
        yield "  A restart now would:"
    for step in app["steps"]:
        limit = f" ({duration(step['deadline_s'])} at most)" if step["deadline_s"] is not None else ""
        yield f"    {step['step']:<10} {step['what']}{limit}"
    for reason in app["blocked_by"]:
        yield f"  Held back by: {reason}"


def _labelled(label: str, value: str) -> str:
    return f"  {label + ':':<{_LABEL_WIDTH}}{value}"


def _share(used: int | None, total: int | None) -> str:
    if used is None or not total:
        return "-"
    return f"{size(used)} of {size(total)} ({100 * used / total:.0f}% used)"
