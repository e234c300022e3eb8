"""What each verb of `%restart` shows: values with HTML for notebooks and plain text for terminals."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from jupyter_restart import follow, render, render_html
from jupyter_restart.client import ControlClient
from jupyter_restart.errors import ControlError, NoSuchAppError
from jupyter_restart.render import Style

Verb = Callable[[ControlClient, Namespace], Any]
_PLAIN = Style()


@dataclass(frozen=True)
class Shown:
    """An answer in two forms; IPython asks for the one that it can show."""

    text: str
    html: str = field(repr=False)

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html


def show_status(client: ControlClient, options: Namespace) -> Shown:
    """Show the service, each app, the machine and the last events."""
    snapshot = client.snapshot()
    if options.app:
        apps = [app for app in snapshot["apps"] if app["name"] == options.app]
        if not apps:
            names = ", ".join(app["name"] for app in snapshot["apps"]) or "none"
            raise NoSuchAppError(f'There is no app "{options.app}". Apps: {names}.')
        snapshot = {**snapshot, "apps": apps}
    return Shown("\n".join(render.status(snapshot, _PLAIN)), render_html.status(snapshot))


def show_now(client: ControlClient, options: Namespace) -> Shown:
    """Restart at once."""
    restart_id = client.restart(options.app)["restart_id"]
    return _said(f"{options.app}: restart {restart_id} begun. Follow it: %restart events --app {options.app}")


def show_in(client: ControlClient, options: Namespace) -> Shown:
    """Restart after a while."""
    client.restart(options.app, delay=options.duration)
    return _next_restarts(client, [options.app])


def show_postpone(client: ControlClient, options: Namespace) -> Shown:
    """Put off the next scheduled restart."""
    known = client.snapshot()["apps"]
    names = [options.app] if options.app else [app["name"] for app in known if app["next_restart"] is not None]
    if not names:
        raise ControlError("no_apps", "No app has a next restart, so there is nothing to postpone.")
    for name in names:
        client.postpone(name, options.duration)
    return _next_restarts(client, names)


def show_enable(client: ControlClient, options: Namespace) -> Shown:
    """Turn automatic restarts on."""
    names = _named_or_all(client, options)
    for name in names:
        client.enable(name)
    return _said("\n".join(f"{name}: automatic restarts are on" for name in names))


def show_disable(client: ControlClient, options: Namespace) -> Shown:
    """Turn automatic restarts off."""
    names = _named_or_all(client, options)
    for name in names:
        client.disable(name)
    return _said("\n".join(f"{name}: automatic restarts are off" for name in names))


def show_logs(client: ControlClient, options: Namespace) -> Shown:
    """Show the end of a log."""
    return _said("\n".join(client.log(options.app, n=options.lines)["lines"]))


def show_events(client: ControlClient, options: Namespace) -> Any:
    """Show the history; with `--df` as a DataFrame."""
    events = [event for page in follow.all_events(client, options.since, options.app) for event in page]
    if options.df:
        frame = _data_frame(events, render_html.EVENT_FIELDS)
        import pandas as pd

        return frame.assign(time=pd.to_datetime(frame["time"], utc=True, format="ISO8601"))
    return Shown("\n".join(render.event(event, _PLAIN) for event in events), render_html.events(events))


def show_plan(client: ControlClient, options: Namespace) -> Shown:
    """Show what comes, and what a restart would do now."""
    plan = client.plan(options.app, options.count)
    return Shown("\n".join(render.plan(plan, _PLAIN)), render_html.plan(plan))


def show_kernels(client: ControlClient, options: Namespace) -> Any:
    """Show kernels, or restart some; with `--df` as a DataFrame."""
    # Imported when used: it needs what talks to kernels.
    from jupyter_restart import kernel_verbs
    from jupyter_restart.kernels.listing import ListedKernel

    if not kernel_verbs.is_listing(options):
        return _said(kernel_verbs.restarted(client, Namespace(**vars(options), timeout=None))["message"])
    found = kernel_verbs.listed(client, options.app)
    if options.df:
        return _data_frame([asdict(kernel) for kernel in found], [each.name for each in fields(ListedKernel)])
    return Shown("\n".join(kernel_verbs.table(found)), render_html.table(kernel_verbs.HEADS, kernel_verbs.rows(found)))


def _data_frame(rows: list[Any], columns: Sequence[str]) -> Any:
    try:
        import pandas as pd
    except ImportError:
        raise ControlError("no_pandas", "--df needs pandas, which this kernel lacks: %pip install pandas") from None
    return pd.DataFrame(rows, columns=list(columns))


def _named_or_all(client: ControlClient, options: Namespace) -> list[str]:
    return [options.app] if options.app else [app["name"] for app in client.snapshot()["apps"]]


def _next_restarts(client: ControlClient, names: list[str]) -> Shown:
    return _said("\n".join(f"{name}: next restart {render.next_restart(client.app(name))}" for name in names))


def _said(text: str) -> Shown:
    return Shown(text, render_html.lines(text))
