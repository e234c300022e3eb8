"""What `recover` does about the findings: decided by pure functions, carried out one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jupyter_restart.checkup import check_files
from jupyter_restart.checkup.facts import Facts
from jupyter_restart.checkup.owners import leftovers
from jupyter_restart.checkup.processes import Process
from jupyter_restart.procfs import ProcessIdentity


@dataclass(frozen=True)
class MakePrivate:
    """Take the rights of others away."""

    path: Path
    mode: int

    def __str__(self) -> str:
        """Say what is to be done."""
        return f"make {self.path} private"


@dataclass(frozen=True)
class PutAside:
    """Rename a file that can't be read; whoever wants to may look into it."""

    path: Path

    def __str__(self) -> str:
        """Say what is to be done."""
        return f"put {self.path} aside"


@dataclass(frozen=True)
class Remove:
    """Delete a file that tells of a process that is gone."""

    path: Path

    def __str__(self) -> str:
        """Say what is to be done."""
        return f"remove {self.path}"


@dataclass(frozen=True)
class EndService:
    """End a service that does not answer; its apps run on."""

    identity: ProcessIdentity

    def __str__(self) -> str:
        """Say what is to be done."""
        return f"end the service that hangs (pid {self.identity.pid})"


@dataclass(frozen=True)
class StartService:
    """Start the service that died, or in place of the one that was ended."""

    def __str__(self) -> str:
        """Say what is to be done."""
        return "start the restart service"


@dataclass(frozen=True)
class EndLeftovers:
    """End processes that no service owns."""

    processes: tuple[Process, ...]

    def __str__(self) -> str:
        """Say what is to be done."""
        return "end " + ", ".join(str(process) for process in self.processes)


Deed = MakePrivate | PutAside | Remove | EndService | StartService | EndLeftovers


def first(facts: Facts) -> Iterator[Deed]:
    """Decide what makes the service run again, with its files in order."""
    if facts.home.is_own and check_files.is_home_open(facts):
        yield MakePrivate(facts.home.path, 0o700)
    if facts.home.is_own and check_files.is_endpoint_open(facts):
        yield MakePrivate(facts.home.path / "endpoint.json", 0o600)
    service = facts.service
    # To end a service is of use only where another can be started in its place.
    can_start = not facts.java_problem and not facts.config_problem
    hanging = facts.processes.get(service.holder) if can_start and service.answer is None else None
    if hanging is not None:
        yield EndService(hanging.identity)
    is_gone = service.answer is None and (service.holder is None or hanging is not None)
    if is_gone and facts.broken_state is not None:
        yield PutAside(facts.broken_state)
    if is_gone and service.has_endpoint:
        yield Remove(facts.home.path / "endpoint.json")
    for file in facts.pid_files:
        if check_files.is_stale(file, facts):
            yield Remove(file.path)
    if is_gone and can_start and (hanging is not None or service.has_endpoint):
        yield StartService()


def then(facts: Facts) -> Iterator[Deed]:
    """Decide what else there is to do, once the service that should run does."""
    found = leftovers(facts)
    if found:
        yield EndLeftovers(tuple(found))
