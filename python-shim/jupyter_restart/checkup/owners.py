"""Which processes belong to whom: what a dead service has left, and what is to be left alone."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_restart.checkup.facts import Facts
from jupyter_restart.checkup.processes import Process

# What the service does to an app in these states changes which processes are its own.
_BUSY_STATES = frozenset({"starting", "stopping", "verifying"})


def leftovers(facts: Facts) -> list[Process]:
    """Give the processes that carry a mark of this home, or of one that is gone, and that no service owns."""
    spared = _spared(facts)
    return [process for process in _ownerless(facts) if process.pid not in spared]


def is_of_home(process: Process, facts: Facts) -> bool:
    """Whether the process was started for an app of this home."""
    return process.mark.startswith(f"{facts.home.path}:")


def _ownerless(facts: Facts) -> Iterator[Process]:
    owned = _owned_marks(facts)
    for process in facts.processes:
        if process.state in "ZXx" or not process.mark:
            continue
        home = process.mark.rpartition(":")[0]
        if home in facts.gone_homes or (is_of_home(process, facts) and owned is not None and process.mark not in owned):
            yield process


def _owned_marks(facts: Facts) -> set[str] | None:
    """Give the marks of apps that the service looks after; None where that can't be told now.

    Where none runs, the next one takes up what its predecessor left: nothing of this home is ownerless before that.
    """
    apps = facts.service.apps
    if facts.service.answer is None or any(app["state"] in _BUSY_STATES for app in apps):
        return None
    heads = (facts.processes.get(app["pid"]) for app in apps)
    return {head.mark for head in heads if head is not None}


def _spared(facts: Facts) -> set[int]:
    """Give the pids that nobody may end: kernels, what users asked to keep, services, and whoever has called us."""
    kept_names = {name for app in facts.app_configs.values() for name in app.get("keep", [])}
    roots = {identity.pid for server in facts.servers for identity in server.kernels}
    roots |= {pid for server in facts.servers for pid in server.relays}
    roots |= {process.pid for process in facts.processes if process.name in kept_names or is_service(process)}
    own = {facts.own_pid, *(process.pid for process in facts.processes.ancestors(facts.own_pid))}
    return facts.processes.trees(roots) | own


def is_service(process: Process) -> bool:
    """Whether the process is a restart service, of any home."""
    return service_home(process) is not None


def service_home(process: Process) -> str | None:
    """Give the home that a process serves, by its command line; None where it is no service."""
    words = process.command
    if any(word.endswith("jupyter-restart.jar") for word in words) and "service" in words and "--home" in words[:-1]:
        return words[words.index("--home") + 1]
    return None
