"""Checks of apps: whether they can be started, and whether they are up where they should be."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_restart.checkup.facts import Facts
from jupyter_restart.checkup.finding import Finding
from jupyter_restart.schema import App


def starts(facts: Facts) -> Iterator[Finding]:
    """Find apps that can't be started as things are: those that are up, too, for their next start would fail."""
    apps = {app["name"]: app for app in facts.service.apps}
    for name, obstacle in sorted(facts.obstacles.items()):
        app = apps.get(name)
        what = f"The next start of {name} will fail" if app and app["pid"] else f"{name} can't be started"
        yield _finding("cannot_start", what, obstacle, app)


def down(facts: Facts) -> Iterator[Finding]:
    """Find apps that are down against the wish of their user, for other reasons than that."""
    for app in facts.service.apps:
        if app["state"] not in {"failed", "waiting"} or app["name"] in facts.obstacles:
            continue
        yield Finding(
            "app_down",
            f"{app['name']} is {app['state']}: {app['message'] or 'why is not known'}.",
            f"Look at what it said last: jupyter restart logs {app['name']}",
            is_problem=app["wanted"] == "up",
        )


def _finding(code: str, what: str, obstacle: str, app: App | None) -> Finding:
    # What to do follows the last colon.
    why, _, cure = obstacle.rpartition(": ")
    return Finding(
        code,
        f"{what}: {why}.",
        f"{cure[:1].upper()}{cure[1:]}.",
        is_problem=app is None or app["wanted"] == "up",
    )
