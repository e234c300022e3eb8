"""All checks, in the order in which people should read what they find."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from jupyter_restart.checkup import check_apps, check_files, check_processes, check_service
from jupyter_restart.checkup.facts import Facts
from jupyter_restart.checkup.finding import Finding

CHECKS: tuple[Callable[[Facts], Iterator[Finding]], ...] = (
    check_service.java,
    check_service.service,
    check_service.config,
    check_files.folders,
    check_files.pid_files,
    check_files.state,
    check_apps.starts,
    check_apps.down,
    check_processes.left,
    check_processes.ports,
    check_processes.kernels,
    check_processes.gpus,
    check_processes.gpu_drivers,
    check_processes.notes,
    check_service.guarantees,
    check_service.extension,
    check_service.versions,
)


def examine(facts: Facts) -> list[Finding]:
    """Run all checks."""
    return [finding for check in CHECKS for finding in check(facts)]
