"""`kernels`: lists kernels of JupyterLabs, and restarts those that are idle, from outside of them."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from jupyter_restart import follow
from jupyter_restart.client import ControlClient
from jupyter_restart.errors import FAILED, ControlError, UsageError
from jupyter_restart.follow import Deadline
from jupyter_restart.kernels.listing import ListedKernel, list_kernels
from jupyter_restart.schema import Event
from jupyter_restart.units import size
from jupyter_restart.verbs import Call

_USUAL_TIMEOUT_S = 30.0
_SHORT_ID = 8
HEADS = ("Kernel", "Notebook", "State", "Memory", "Limit")


def kernels(call: Call) -> int:
    """List them, or order the restart of some and tell what came of it."""
    if is_listing(call.options):
        found = listed(call.client, call.options.app)
        if call.options.json:
            print(json.dumps({"kernels": [asdict(kernel) for kernel in found]}, indent=2))
        else:
            print("\n".join(table(found)))
        return 0
    if call.options.json:
        raise UsageError("--json lists kernels; it goes with no ids, --over or --all.")
    done = restarted(call.client, call.options)
    print(done["message"])
    return FAILED if done["data"]["left"] else 0


def is_listing(options: Namespace) -> bool:
    """Whether nothing is asked for but to see them."""
    return not options.ids and options.over is None and not options.all


def listed(client: ControlClient, app: str | None) -> list[ListedKernel]:
    """List the kernels of one JupyterLab, or of all."""
    apps = client.snapshot()["apps"] if app is None else [client.app(app)]
    return list_kernels(client.home, apps)


def table(found: list[ListedKernel]) -> Iterator[str]:
    """Write them for people, in columns; with the app where there are several."""
    if not found:
        yield "No kernels that could be restarted run."
        return
    lines = [HEADS, *rows(found)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    for line in lines:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()


def rows(found: list[ListedKernel]) -> Iterator[tuple[str, ...]]:
    """Write each one's cells."""
    has_many_apps = len({kernel.app for kernel in found}) > 1
    for kernel in found:
        document = kernel.path or f"({kernel.name})"
        yield (
            kernel.kernel_id[:_SHORT_ID],
            f"{kernel.app}: {document}" if has_many_apps else document,
            kernel.state or "-",
            size(kernel.memory_bytes),
            size(kernel.limit_bytes),
        )


def restarted(client: ControlClient, options: Namespace) -> Event:
    """Order it, and wait for what comes of it."""
    over = "0B" if options.all else options.over
    app = options.app or _only_lab(client)
    accepted = client.restart_kernels(app, _whole(client, app, options.ids), over)
    timeout_s = _USUAL_TIMEOUT_S if options.timeout is None else options.timeout
    done = _answer(follow.new_events(client, accepted["seq"], app, Deadline(timeout_s)))
    if done is None:
        raise ControlError(
            "timeout",
            f"{app} has not answered within {timeout_s:g} s. See later what came of it: "
            f"jupyter restart events --app {app}",
        )
    return done


def _whole(client: ControlClient, app: str, beginnings: list[str]) -> list[str]:
    """Give the ids that begin so; what fits none, or several, is left to be told as unknown."""
    known = [kernel.kernel_id for kernel in listed(client, app)] if beginnings else []
    found = ([name for name in known if name.startswith(beginning)] for beginning in beginnings)
    return [fits[0] if len(fits) == 1 else beginning for beginning, fits in zip(beginnings, found, strict=True)]


def _only_lab(client: ControlClient) -> str:
    names = [app["name"] for app in client.snapshot()["apps"] if app["life"] == "in_place"]
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
