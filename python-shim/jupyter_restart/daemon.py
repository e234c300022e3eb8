"""Finds the service of a home, or starts it so that it outlives whoever did."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jupyter_restart import aot_cache, java_command
from jupyter_restart.client import ControlClient
from jupyter_restart.endpoint import HOME_VARIABLE, Endpoint
from jupyter_restart.errors import ControlError, ForeignAnswerError, ServiceNotRunningError, UsageError
from jupyter_restart.procfs import ProcessIdentity
from jupyter_restart.schema import Service
from jupyter_restart.service_process import lock_holder

_POLL_S = 0.02
_LOOKS = 10
_PROBE_TIMEOUT_S = 2.0
_CONFIG_ERROR = 2
_SECOND_SERVICE = 5
_TAIL_LINES = 20
_LOG_MAX_BYTES = 1_000_000
_LEAST_FREE = 1 << 16

# Of our own variables only those that say how to run the service: others mark one app, and whoever carries the
# mark of an app is taken for a part of it.
_KEPT_OF_OURS = frozenset({"JUPYTER_RESTART_JAVA", java_command.JAR_VARIABLE, aot_cache.FOLDER_VARIABLE})
# They belong to the one server, kernel or unit that happens to start the service, and some are secrets.
_DROPPED = frozenset({"JUPYTER_TOKEN", "JUPYTER_TOKEN_FILE", "NOTIFY_SOCKET", "INVOCATION_ID", "JOURNAL_STREAM"})
_DROPPED_PREFIXES = ("JPY_", "JUPYTERHUB_", "JUPYTER_RESTART_", "_JUPYTER_RESTART_", "LISTEN_", "WATCHDOG_")


@dataclass(frozen=True)
class Started:
    """A service that answers, and whether it was started just now."""

    service: Service
    is_new: bool


def find(home: Path, timeout_s: float = _PROBE_TIMEOUT_S) -> Service | None:
    """Find the service of this home; None if there is none. Raises ControlError when there is one that is mute."""
    with contextlib.closing(ControlClient(home, timeout_s)) as client:
        try:
            return client.service()
        except (ServiceNotRunningError, ForeignAnswerError):
            return None


def ensure(home: Path, config: Path | None, timeout_s: float) -> Started:
    """Find or start the service, and wait until it answers.

    Raises ControlError when it cannot be started or does not answer in time; UsageError for a bad config file.
    """
    deadline = time.monotonic() + timeout_s
    running = find(home, min(timeout_s, _PROBE_TIMEOUT_S))
    if running:
        return Started(running, is_new=False)
    make_private(home)
    with _only_one_starts(home, deadline):
        running = find(home)
        if running:
            return Started(running, is_new=False)
        started = _start(home, config, deadline)
    if started["pid"] is not None:
        aot_cache.ensure(java_command.program(), started["pid"])
    return Started(started, is_new=True)


def replace(home: Path, timeout_s: float) -> Service | None:
    """Have the running service replace itself by the program as it is installed now, in the same process.

    None where it does not know how to, or has ended over it. Raises ServiceNotRunningError where there is none, and
    ControlError where nothing answers in time.
    """
    deadline = time.monotonic() + timeout_s
    make_private(home)
    program = java_command.program()
    with _only_one_starts(home, deadline), contextlib.closing(ControlClient(home, timeout_s)) as client:
        before = Endpoint.read(home)
        is_there = before is not None and lock_holder(home) == before.pid
        try:
            client.service_restart(java_command.program_command(program))
        except ServiceNotRunningError:
            # One that goes as it answers may leave the answer behind.
            if not is_there:
                raise
        except ControlError as error:
            if error.code == "no_such_route":
                return None
            raise
        pid = before.pid if before else 0
        replaced = _wait_for_another(home, before, deadline)
    if replaced and replaced["pid"] == pid:
        aot_cache.ensure(program, pid)
    return replaced


def _wait_for_another(home: Path, before: Endpoint | None, deadline: float) -> Service | None:
    identity = ProcessIdentity.of(before.pid) if before else None
    while identity is not None and _goes_on(identity, home):
        if Endpoint.read(home) not in {None, before}:
            return find(home)
        if time.monotonic() > deadline:
            raise ControlError(
                "timeout",
                f"The restart service (pid {identity.pid}) was told to replace itself and does not answer yet. "
                f"Its output is in {home / 'service.log'}.",
            )
        time.sleep(_POLL_S)
    return None


def _goes_on(identity: ProcessIdentity, home: Path) -> bool:
    """Tell by more than one look: in the middle of exec a process looks like one that has ended.

    The lock says then that it goes on, but for a moment before exec nobody holds it.
    """
    for look in range(_LOOKS):
        if look:
            time.sleep(_POLL_S)
        if identity.is_alive() or lock_holder(home) == identity.pid:
            return True
    return False


def wait_until_gone(pid: int, timeout_s: float) -> None:
    """Wait until a service that was told to stop has ended; raises ControlError when it has not in time."""
    deadline = time.monotonic() + timeout_s
    identity = ProcessIdentity.of(pid)
    while identity is not None and identity.is_alive():
        if time.monotonic() > deadline:
            raise ControlError(
                "timeout", f"The restart service (pid {pid}) was told to stop and runs on after {timeout_s:g} s."
            )
        time.sleep(_POLL_S)


def service_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Choose what of our own environment the service, and the apps that it starts, are given."""
    kept = {
        name: value
        for name, value in environment.items()
        if name in _KEPT_OF_OURS or not (name in _DROPPED or name.startswith(_DROPPED_PREFIXES))
    }
    # One arena a thread would cost more memory than the whole heap.
    return {**kept, "MALLOC_ARENA_MAX": "1"}


@dataclass(frozen=True)
class Launched:
    """A service's process, and the log that its output goes to behind what earlier ones said."""

    process: subprocess.Popen[bytes]
    log: Path
    said_before: int

    def error(self, status: int) -> ControlError:
        """Explain why it ended at its start."""
        return _start_error(status, self.log, self.said_before)


def launch(home: Path, command: list[str], environment: Mapping[str, str], directory: Path) -> Launched:
    """Start a service's process in a session of its own, to go on without whoever starts it."""
    log = home / "service.log"
    with _told(home):
        if log.exists() and log.stat().st_size > _LOG_MAX_BYTES:
            log.replace(log.with_name("service.log.1"))
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as output:
        said_before = output.seek(0, os.SEEK_END)
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=directory,
            env=environment,
            start_new_session=True,
        )
    return Launched(process, log, said_before)


def _start(home: Path, config: Path | None, deadline: float) -> Service:
    command = java_command.service_command(home, config)
    launched = launch(home, command, service_environment(os.environ), Path("/"))
    process = launched.process
    # Whoever starts the service may live for long: without this its end would leave a zombie.
    threading.Thread(target=process.wait, name="reap the restart service", daemon=True).start()
    while time.monotonic() < deadline:
        # In this order: one that ended after it was found wanting may have answered somebody.
        status = process.poll()
        # On a busy machine the first answer may take its time: only the deadline ends the wait for it.
        service = find(home, max(deadline - time.monotonic(), _POLL_S))
        if service:
            return service
        # Somebody else holds the home and may answer soon: a service in the foreground, say.
        if status is not None and status != _SECOND_SERVICE:
            raise launched.error(status)
        time.sleep(_POLL_S)
    raise ControlError(
        "timeout",
        f"The restart service was started (pid {process.pid}) and does not answer yet. "
        f"{_tail(launched.log, launched.said_before)}",
    )


def _start_error(status: int, log: Path, said_before: int) -> ControlError:
    if status == _CONFIG_ERROR:
        return UsageError(
            f"The restart service does not start with its config. {_tail(log, said_before)}", "config_error"
        )
    how = f"by signal {-status}" if status < 0 else f"with exit code {status}"
    return ControlError("start_failed", f"The restart service ended at its start {how}. {_tail(log, said_before)}")


def _tail(log: Path, said_before: int) -> str:
    with log.open("rb") as content:
        content.seek(said_before)
        lines = content.read().decode(errors="replace").strip().splitlines()
    if not lines and shutil.disk_usage(log).free < _LEAST_FREE:
        return f"The disk of {log.parent} is full: free some space there. Apps that run go on without the service."
    if not lines:
        return f"It said nothing; its output goes to {log}."
    return f"It said (all of it is in {log}):\n" + "\n".join(lines[-_TAIL_LINES:])


def make_private(home: Path) -> None:
    """Make the home where it is missing, for its user alone; raises ControlError."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ControlError(
            "no_home",
            f"The folder for the service's state, {home}, could not be made: {error.strerror}. "
            f"Choose another by --home or ${HOME_VARIABLE}.",
        ) from error


@contextlib.contextmanager
def _told(home: Path) -> Iterator[None]:
    """Explain why the home can't be written to."""
    try:
        yield
    except OSError as error:
        raise ControlError(
            "no_home",
            f"The folder for the service's state, {home}, can't be written to: {error.strerror}. "
            f"Make it yours to write to, free some space, or choose another by --home or ${HOME_VARIABLE}.",
        ) from error


@contextlib.contextmanager
def _only_one_starts(home: Path, deadline: float) -> Iterator[None]:
    """Hold the right to start the service of this home."""
    with _told(home):
        descriptor = os.open(home / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise ControlError(
                        "timeout", f"Somebody else is starting the restart service of {home} and is not done yet."
                    ) from None
                time.sleep(_POLL_S)
            except OSError as error:
                raise ControlError(
                    "no_home",
                    f"The home {home} is on a file system that can't lock files ({error.strerror}), so that two "
                    "services could look after the same apps. Name a folder on a local disk by --home.",
                ) from error
        yield
