"""What each verb of the command line does with the service; returns an exit code, raises ControlError."""

from __future__ import annotations

import json
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from jupyter_restart import follow, render
from jupyter_restart.client import ControlClient
from jupyter_restart.errors import FAILED, NOT_RUNNING, ControlError, NoSuchAppError, ServiceNotRunningError, UsageError
from jupyter_restart.follow import Deadline
from jupyter_restart.render import Style

if TYPE_CHECKING:
    from jupyter_restart.schema import AcceptedGroup, App, Begun, Event, Service

WAIT_TIMEOUT_S = 600.0
_REDRAW_S = 1.0
_CLEAR_SCREEN = "\x1b[H\x1b[J"
_DOWN_STATES = frozenset({"stopped", "failed"})

NO_SERVICE: Service = {"running": False, "pid": None, "uptime_s": None, "version": None, "weaker_promises": None}
NOTHING = {
    "service": NO_SERVICE,
    "apps": [],
    "resources": {
        "memory_used": None,
        "memory_total": None,
        "disk_used": None,
        "disk_total": None,
        "gpus": [],
        "gpu_trouble": None,
    },
    "events": [],
}
"""What `status --json` says where no service answers."""


class Call(NamedTuple):
    """One call of the command line."""

    client: ControlClient
    options: Namespace
    style: Style


def status(call: Call) -> int:
    """Show everything once, or each second."""
    if not call.options.watch:
        return _show_status(call)
    while True:
        if call.style.is_coloured:
            print(_CLEAR_SCREEN, end="")
        _show_status(call)
        if not call.options.json:
            print(flush=True)
        time.sleep(_REDRAW_S)


def enable(call: Call) -> int:
    """Turn automatic restarts on."""
    for name in _named_or_all(call):
        call.client.enable(name)
        print(f"{name}: automatic restarts are on")
    return 0


def disable(call: Call) -> int:
    """Turn automatic restarts off."""
    for name in _named_or_all(call):
        call.client.disable(name)
        print(f"{name}: automatic restarts are off")
    return 0


def force_restart(call: Call) -> int:
    """Restart one app, or several as a group, and wait for the end of it where that was asked for."""
    known = {app["name"]: app for app in call.client.snapshot()["apps"]}
    names = list(dict.fromkeys(call.options.apps))
    for name in names:
        _require(name, known)
    if not names and all(app["state"] in _DOWN_STATES for app in known.values()):
        raise ControlError("no_apps", "No app is up, so there is nothing to restart. Start one: jupyter restart start")
    taken = _restart(call, names)
    if call.options.wait:
        return _wait(call, taken)
    for begun in taken["restarts"]:
        print(f"{begun['app']}: restart {begun['restart_id']} begun")
    return 0


def _restart(call: Call, names: list[str]) -> AcceptedGroup:
    if len(names) != 1:
        return call.client.restart_together(names, now=call.options.now)
    accepted = call.client.restart(names[0], now=call.options.now)
    restart_id = accepted["restart_id"]
    begun: list[Begun] = [] if restart_id is None else [{"app": names[0], "restart_id": restart_id}]
    return {"seq": accepted["seq"], "restarts": begun}


def postpone(call: Call) -> int:
    """Put off the next scheduled restart."""
    if call.options.app:
        names = [call.options.app]
    else:
        names = [app["name"] for app in call.client.snapshot()["apps"] if app["next_restart"] is not None]
        if not names:
            raise ControlError("no_apps", "No app has a next restart, so there is nothing to postpone.")
    for name in names:
        call.client.postpone(name, call.options.duration)
        print(f"{name}: next restart {render.next_restart(call.client.app(name))}")
    return 0


def logs(call: Call) -> int:
    """Show the end of a log, and what comes where it is followed."""
    app = call.options.app
    log = call.client.log(app, n=call.options.lines)
    _print_lines(log["lines"])
    if call.options.follow:
        for lines in follow.new_lines(call.client, log, app):
            _print_lines(lines)
    return 0


def events(call: Call) -> int:
    """Show the history of events, and what comes where it is followed."""
    app, after = call.options.app, call.options.since
    if app is not None:
        call.client.app(app)
    for batch in follow.all_events(call.client, after, app):
        _print_events(call, batch)
        after = batch[-1]["seq"] if batch else after
    if call.options.follow:
        for batch in follow.new_events(call.client, after, app, Deadline(None)):
            _print_events(call, batch)
    return 0


def plan(call: Call) -> int:
    """Show what comes, and what a restart would do now."""
    answer = call.client.plan(call.options.app, call.options.count)
    if call.options.json:
        _print_json(answer)
    else:
        _print_lines(render.plan(answer, call.style))
    return 0


def start(call: Call) -> int:
    """Have one app up, several, or all."""
    names = _named_or_told_all(call, "start")
    if len(names) == 1:
        call.client.start(names[0])
    elif names:
        call.client.start_together(names)
    else:
        down = _names(call, lambda state: state in _DOWN_STATES)
        call.client.start_together([])
        # Those that nobody knows how to start are still down.
        names = [name for name in _names(call, lambda state: state not in _DOWN_STATES) if name in down]
    for name in names:
        print(f"{name}: is being started")
    return 0


def stop(call: Call) -> int:
    """Have one app down, several, or all."""
    names = _named_or_told_all(call, "stop")
    if len(names) == 1:
        call.client.stop(names[0])
    else:
        up = _names(call, lambda state: state not in _DOWN_STATES)
        call.client.stop_together(names)
        names = names or up
    for name in names:
        print(f"{name}: is being stopped, and stays so")
    return 0


def _named_or_told_all(call: Call, verb: str) -> list[str]:
    """Give each name once, none for all; raises UsageError where neither was asked for, or both."""
    names = list(dict.fromkeys(call.options.apps))
    if bool(names) == call.options.all:
        raise UsageError(f"Name the apps to {verb}, or all of them by --all: jupyter restart {verb} APP")
    return names


def _names(call: Call, is_meant: Callable[[str], bool]) -> list[str]:
    return [app["name"] for app in call.client.snapshot()["apps"] if is_meant(app["state"])]


def adopt(call: Call) -> int:
    """Take a running process under supervision."""
    from jupyter_restart.listener import process_on
    from jupyter_restart.origin_notes import origin_notes

    name, port = call.options.name, call.options.port
    pid = call.options.pid if port is None else process_on(port)
    notes = origin_notes(pid)
    call.client.adopt(name, {"pid": pid, "port": port, "respawn": True, "notes": notes})
    print(f"{name}: process {pid} is under supervision")
    for note in notes:
        print(f"{note['message']} {note['advice']}")
    return 0


def _show_status(call: Call) -> int:
    name = call.options.app
    try:
        snapshot = call.client.snapshot()
    except ServiceNotRunningError as error:
        if call.options.json:
            _print_json(NOTHING)
        else:
            print(f"{render.service(NO_SERVICE, call.style)}\n{error.detail}")
        return NOT_RUNNING
    if name:
        known = {app["name"]: app for app in snapshot["apps"]}
        _require(name, known)
        events_of_app = [event for event in snapshot["events"] if event["app"] == name]
        snapshot = {**snapshot, "apps": [known[name]], "events": events_of_app}
    if call.options.json:
        _print_json({key: value for key, value in snapshot.items() if key != "seq"})
    else:
        _print_lines(render.status(snapshot, call.style))
    return 0


def _wait(call: Call, taken: AcceptedGroup) -> int:
    def tell(event: Event) -> None:
        print(render.event(event, call.style), flush=True)

    given = call.options.timeout
    timeout_s = WAIT_TIMEOUT_S if given is None else given
    apps = {begun["restart_id"]: begun["app"] for begun in taken["restarts"]}
    if not apps:
        return 0
    batches = follow.new_events(call.client, taken["seq"], None, Deadline(timeout_s))
    ends, pending = follow.until_over(batches, apps, tell)
    for name in pending.values():
        _complain(f"The restart of {name} is not over after {timeout_s:g} s; it goes on: jupyter restart status {name}")
    for event in ends.values():
        if event["type"] != "restart.completed":
            _complain(f"The restart of {event['app']} did not come about: {event['message']}")
    succeeded = all(event["type"] == "restart.completed" for event in ends.values())
    return 0 if succeeded and not pending else FAILED


def _named_or_all(call: Call) -> list[str]:
    if call.options.app:
        return [call.options.app]
    names = [app["name"] for app in call.client.snapshot()["apps"]]
    if not names:
        raise ControlError(
            "no_apps", "The service knows no apps yet: start JupyterLab, or name apps in the config file."
        )
    return names


def _require(name: str, known: dict[str, App]) -> None:
    if name not in known:
        raise NoSuchAppError(f'There is no app "{name}". Apps: {", ".join(known) or "none"}.')


def _complain(message: str) -> None:
    print(message, file=sys.stderr)


def _print_events(call: Call, batch: list[Event]) -> None:
    for event in batch:
        print(json.dumps(event, ensure_ascii=False) if call.options.json else render.event(event, call.style))
    print(end="", flush=True)


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)
    print(end="", flush=True)
