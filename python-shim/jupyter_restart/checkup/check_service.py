"""Checks of the service itself: whether it can start, runs, answers, and fits the other parts."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_restart.checkup.facts import Facts
from jupyter_restart.checkup.finding import Finding
from jupyter_restart.checkup.owners import is_of_home

_RECOVER = "Run: jupyter restart recover"


def java(facts: Facts) -> Iterator[Finding]:
    """Find out whether the service can be started."""
    if facts.java_problem:
        # The last line, or what follows the last colon, says what to do.
        separator = "\n" if "\n" in facts.java_problem else ": "
        what, _, cure = facts.java_problem.rpartition(separator)
        yield Finding("java", what, cure[:1].upper() + cure[1:])


def service(facts: Facts) -> Iterator[Finding]:
    """Find out whether the service runs and answers."""
    state = facts.service
    if state.answer is not None:
        return
    if state.holder == 0:
        yield Finding(
            "service_unseen",
            f"A process that is not to be seen from here holds the home {facts.home.path}: "
            "one of another container or another machine.",
            "Give this one a home of its own by --home.",
        )
    elif state.holder is not None:
        stopped = " It is halted by a signal." if state.holder_state == "T" else ""
        yield Finding(
            "service_hangs",
            f"The restart service (pid {state.holder}) does not answer.{stopped} {state.complaint}".strip(),
            f"{_RECOVER} (it ends that process, apps run on, and starts another)",
        )
    elif state.has_endpoint:
        what = f"The restart service ended without saying goodbye.{_alone(facts)}"
        yield Finding("service_died", what, _RECOVER)
    else:
        what = f"The restart service does not run.{_alone(facts)}"
        yield Finding("service_down", what, "Run: jupyter restart service start (it takes up what runs)")


def config(facts: Facts) -> Iterator[Finding]:
    """Find out what is wrong with the config file."""
    for line in facts.config_problem.splitlines():
        yield Finding("config", line, "Correct the file, then look again: jupyter restart config check")


def versions(facts: Facts) -> Iterator[Finding]:
    """Find parts that are of another version than this command."""
    running = facts.service.answer["version"] if facts.service.answer else None
    if running is not None and running != facts.version:
        yield Finding(
            "version_service",
            f"The running service is {running}, the installed package {facts.version}.",
            "Run: jupyter restart service restart (apps run on)",
        )
    if facts.panel_version is not None and facts.panel_version != facts.version:
        yield Finding(
            "version_panel",
            f"The panel in JupyterLab is {facts.panel_version}, the installed package {facts.version}.",
            "Reinstall jupyter-restart where JupyterLab runs, and reload the page.",
        )


def extension(facts: Facts) -> Iterator[Finding]:
    """Find out whether Jupyter servers load the extension."""
    if not facts.is_extension_enabled:
        yield Finding(
            "extension",
            "Jupyter servers do not load the extension jupyter_restart: they are not known to the service.",
            "Run: jupyter server extension enable jupyter_restart",
        )


def guarantees(facts: Facts) -> Iterator[Finding]:
    """Find out whether apps have keepers: those that are started now, and those that run."""
    weaker = facts.service.answer.get("weaker_promises") if facts.service.answer else None
    if weaker:
        cure = "Choose a home on a disk that may hold programs (not mounted noexec) by --home."
        yield Finding("no_keeper", weaker, cure, is_problem=False)
        return
    for app in facts.service.apps:
        process = facts.processes.get(app["pid"])
        if process is None or not is_of_home(process, facts):
            continue
        parent = facts.processes.get(process.parent)
        if parent is None or not parent.name.startswith("keeper"):
            yield Finding(
                "no_keeper",
                f"{app['name']} runs without a keeper: how it ends while the service is away may stay unknown.",
                f"Keep the home on a disk that is not mounted noexec; why it had none is told in "
                f"{facts.home.path}/service.log.",
                is_problem=False,
            )


def _alone(facts: Facts) -> str:
    pids = [str(process.pid) for process in facts.processes if is_of_home(process, facts)]
    return f" Processes of its apps run on without it: {', '.join(pids)}." if pids else ""
