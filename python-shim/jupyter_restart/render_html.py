"""Snapshots, events and plans as HTML for notebooks. Colours come from the page's theme, so light and dark both do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from jupyter_restart import render
from jupyter_restart.render import Style
from jupyter_restart.schema import App, Event, Plan, Resources, Snapshot
from jupyter_restart.units import duration, local_time, size

EVENT_FIELDS = ("seq", "time", "app", "type", "restart_id", "reason", "message", "data")

_MUTED = "color:var(--jp-ui-font-color2, inherit)"
_STATE_COLOURS = {
    "running": "var(--jp-success-color1, #2e7d32)",
    "failed": "var(--jp-error-color1, #c62828)",
    "stopped": "var(--jp-ui-font-color2, inherit)",
}
_OTHER_STATE_COLOUR = "var(--jp-warn-color1, #b26a00)"


def status(snapshot: Snapshot) -> str:
    """Show the service, a table of apps, the machine and the last events."""
    parts = [f"<p>{escape(render.service(snapshot['service'], Style()))}</p>"]
    if snapshot["apps"]:
        heads = ("App", "State", "Up", "Automatic restarts", "Next restart", "Last restart", "Memory")
        parts.append(_table(heads, [_app(app) for app in snapshot["apps"]]))
    else:
        parts.append("<p>No apps yet: start JupyterLab, or name apps in the config file.</p>")
    parts.append(f'<p style="{_MUTED}">{escape(_machine(snapshot["resources"]))}</p>')
    if snapshot["events"]:
        parts.append(events(snapshot["events"]))
    return _whole(parts)


def events(shown: Sequence[Event]) -> str:
    """Show a table of events."""
    rows = [
        [escape(text) for text in (local_time(event["time"]), event["app"] or "service", event["message"])]
        for event in shown
    ]
    return _whole([_table(("Time", "App", "Event"), rows)])


def plan(answer: Plan) -> str:
    """Show what comes for each app, and what a restart would do."""
    parts = []
    for app in answer["apps"]:
        fires = ", ".join(local_time(fire) for fire in app["fires"]) or "none"
        parts.append(f"<p><b>{escape(app['name'])}</b>: next restarts {escape(fires)}</p>")
        rows = [
            [escape(step["step"]), escape(step["what"]), escape(duration(step["deadline_s"]))] for step in app["steps"]
        ]
        if rows:
            parts.append(_table(("Step", "What it would do", "At most"), rows))
        parts += [f"<p>Held back by: {escape(reason)}</p>" for reason in app["blocked_by"]]
    return _whole(parts)


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Show rows of text."""
    return _whole([_table(heads, ([escape(cell) for cell in row] for row in rows))])


def lines(text: str) -> str:
    """Show text as it is."""
    return _whole([f"<pre>{escape(text)}</pre>"])


def _app(app: App) -> list[str]:
    colour = _STATE_COLOURS.get(app["state"], _OTHER_STATE_COLOUR)
    message = f'<br><span style="{_MUTED}">{escape(app["message"])}</span>' if app["message"] else ""
    upcoming = render.next_restart(app)
    last = f"{local_time(app['last_restart'])} ({app['last_reason']})" if app["last_restart"] else "none yet"
    return [
        f"<b>{escape(app['name'])}</b>",
        f'<span style="color:{colour}">{escape(app["state"])}</span>{message}',
        escape(duration(app["uptime_s"])),
        "on" if app["enabled"] else "off",
        escape(upcoming),
        escape(last),
        escape(size(app["memory_bytes"])),
    ]


def _machine(resources: Resources) -> str:
    shares = [
        ("Memory", resources["memory_used"], resources["memory_total"]),
        ("disk", resources["disk_used"], resources["disk_total"]),
        *((gpu["name"], gpu["memory_used"], gpu["memory_total"]) for gpu in resources["gpus"]),
    ]
    return ", ".join(f"{name} {size(used)} of {size(total)}" for name, used, total in shares)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Make a table; the cells are HTML already."""
    style = 'style="text-align:left"'
    head = "".join(f"<th {style}>{name}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td {style}>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _whole(parts: Iterable[str]) -> str:
    return f'<div class="jupyter-restart">{"".join(parts)}</div>'
