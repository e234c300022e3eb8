"""Checks of the home and of the files that the service leaves."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_restart.checkup.facts import Facts, Folder, PidFile
from jupyter_restart.checkup.finding import Finding
from jupyter_restart.units import size

_RECOVER = "Run: jupyter restart recover"
_OTHERS = 0o077
LEAST_FREE = 100 << 20


def folders(facts: Facts) -> Iterator[Finding]:
    """Find folders that the service can't write to, or that others may look into."""
    yield from _writable(facts.home, "home", "Make it yours to write to, or choose another by --home.")
    if facts.log_folder is not None and facts.log_folder.path != facts.home.path:
        cure = "Make it yours to write to, or name another log in [service] of the config file."
        yield from _writable(facts.log_folder, "log", cure)
    if is_home_open(facts):
        yield Finding(
            "home_mode", f"Others may look into the home {facts.home.path}, which holds secrets of apps.", _RECOVER
        )
    if is_endpoint_open(facts):
        yield Finding("endpoint_mode", "Others may read the service's token in endpoint.json.", _RECOVER)


def is_home_open(facts: Facts) -> bool:
    """Whether others than its user may look into the home."""
    return facts.home.mode is not None and bool(facts.home.mode & _OTHERS)


def is_endpoint_open(facts: Facts) -> bool:
    """Whether others than its user may read the token."""
    return facts.endpoint_mode is not None and bool(facts.endpoint_mode & _OTHERS)


def pid_files(facts: Facts) -> Iterator[Finding]:
    """Find pid files whose service is gone, and name those that are left alone."""
    for file in facts.pid_files:
        if is_foreign(file, facts):
            yield Finding(
                "pid_file_foreign",
                f"{file.path} belongs to the machine {file.host}. It is left alone.",
                f"Remove it by hand if {file.host} is no more.",
                is_problem=False,
            )
        elif is_stale(file, facts):
            who = f"names process {file.pid}, which is gone" if file.pid else "names no process"
            yield Finding("pid_file_stale", f"{file.path} {who}.", _RECOVER)
        elif file.host is None:
            yield Finding(
                "pid_file_unknown",
                f"{file.path} names the live process {file.pid} and does not say whose it is. It is left alone.",
                "Should that be a script of old, end it: two would restart the same apps.",
            )


def is_foreign(file: PidFile, facts: Facts) -> bool:
    """Whether another machine wrote the file: what it says can't be judged here."""
    return file.host is not None and file.host != facts.host


def is_stale(file: PidFile, facts: Facts) -> bool:
    """Whether the file tells of a process of this machine that is gone."""
    return not is_foreign(file, facts) and not file.is_alive


def state(facts: Facts) -> Iterator[Finding]:
    """Find a saved state that can't be read."""
    if facts.broken_state is not None:
        yield Finding("state_broken", f"The saved state {facts.broken_state} can't be read.", _RECOVER)


def _writable(folder: Folder, what: str, cure: str) -> Iterator[Finding]:
    if folder.mode is not None and not folder.is_own and what == "home":
        yield Finding("home_owner", f"The home {folder.path} belongs to another user.", "Choose another by --home.")
    elif not folder.is_writable:
        yield Finding(f"{what}_not_writable", f"The folder {folder.path} can't be written to.", cure)
    elif folder.free < LEAST_FREE:
        yield Finding(
            "disk_full", f"The disk of {folder.path} has only {size(folder.free)} left.", "Free some space there."
        )
