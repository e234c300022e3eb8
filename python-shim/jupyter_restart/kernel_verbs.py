"""The verb `kernels`: restarts kernels of a JupyterLab that are idle, from outside of it."""

from __future__ import annotations

from collections.abc import Iterable

from jupyter_restart import follow
from jupyter_restart.errors import FAILED, ControlError, UsageError
from jupyter_restart.follow import Deadline
from jupyter_restart.schema import Event
from jupyter_restart.verbs import Call

_USUAL_TIMEOUT_S = 30.0


def kernels(call: Call) -> int:
    """Order it, and tell what came of it."""
    options = call.options
    if not options.ids and options.over is None and not options.all:
        raise UsageError("Name the kernels by their ids, or by --over SIZE, or all: jupyter restart kernels ID…")
    over = "0B" if options.all else options.over
    app = options.app or _only_lab(call)
    accepted = call.client.restart_kernels(app, options.ids, over)
    timeout_s = _USUAL_TIMEOUT_S if options.timeout is None else options.timeout
    batches = follow.new_events(call.client, accepted["seq"], app, Deadline(timeout_s))
    done = _answer(batches)
    if done is None:
        raise ControlError(
            "timeout",
            f"{app} has not answered within {timeout_s:g} s. See later what came of it: "
            f"jupyter restart events --app {app}",
        )
    print(done["message"])
    return FAILED if done["data"]["left"] else 0


def _only_lab(call: Call) -> str:
    names = [app["name"] for app in call.client.snapshot()["apps"] if app["life"] == "in_place"]
    if len(names) != 1:
        known = ", ".join(names) or "none"
        raise UsageError(f"Say whose kernels, by --app: JupyterLabs that are known are {known}.")
    return names[0]


def _answer(batches: Iterable[list[Event]]) -> Event | None:
    """Give the event that ends our order, which is the first one after it was taken."""
    order = None
    for event in (event for batch in batches for event in batch):
        if order is None and event["type"] == "kernel.restart_ordered":
            order = event["seq"]
        elif event["type"] == "kernel.order_done" and event["data"].get("order") == order:
            return event
    return None
