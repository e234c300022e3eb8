"""Gathers the facts: the only part of the checkup that looks at the machine."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shutil
import stat
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_restart import config_verbs, daemon, java_command
from jupyter_restart._version import __version__
from jupyter_restart.checkup import processes
from jupyter_restart.checkup.check_processes import wanted_ports
from jupyter_restart.checkup.facts import Facts, Folder, KeptServer, PidFile, ServiceState
from jupyter_restart.checkup.jupyter import is_extension_enabled, panel_version
from jupyter_restart.checkup.owners import service_home
from jupyter_restart.checkup.processes import Processes
from jupyter_restart.client import ControlClient
from jupyter_restart.config_verbs import ConfigRejectedError
from jupyter_restart.endpoint import Endpoint
from jupyter_restart.errors import ControlError
from jupyter_restart.kernels.state import ServerState
from jupyter_restart.listener import listeners
from jupyter_restart.procfs import ProcessIdentity, boot_id, host_name
from jupyter_restart.schema import App
from jupyter_restart.service_process import ServiceProcess, lock_holder
from jupyter_restart.terminals import holding

SHARED = Path("/storage/ComfyUI")
PID_FILES = ("auto_restart.pid", "scheduler.pid")
_ANSWER_TIMEOUT_S = 5.0
_TERMINALS_TIMEOUT_S = 1.0
_GPU_DEVICES = ("nvidia[0-9]*", "kfd")


def gather(home: Path, config: Path | None, timeout_s: float) -> Facts:
    """Look at everything; `config` is the file that the command line names, None for the one in force."""
    found = processes.scan()
    running = ServiceProcess.of(home)
    service = _service(home, found, min(timeout_s, _ANSWER_TIMEOUT_S))
    java_problem = _java_problem(home)
    shown, config_problem = ({}, "") if java_problem else _config(home, config, running, timeout_s)
    return Facts(
        home=folder(home),
        host=host_name(),
        service=service,
        java_problem=java_problem,
        config=shown,
        config_problem=config_problem,
        log_folder=folder(Path(shown["log"]).parent) if shown else None,
        endpoint_mode=_mode(Endpoint.path(home)),
        broken_state=_broken_state(home),
        pid_files=tuple(_pid_files(home, shown)),
        processes=found,
        own_pid=os.getpid(),
        gone_homes=gone_homes(home, found),
        servers=tuple(_server(entry, found) for entry in sorted((home / "servers").glob("*/"))),
        listeners=listeners(_ports(service.apps, shown)),
        gpu_holders=processes.gpu_holders() if any(_gpus()) else {},
        is_extension_enabled=is_extension_enabled(),
        version=__version__,
        panel_version=panel_version(),
    )


def folder(path: Path) -> Folder:
    """Describe a folder; one that is not there by the folder that it would be made in."""
    there = next(parent for parent in (path, *path.parents) if parent.exists())
    is_folder = there.is_dir()
    return Folder(
        path=path,
        mode=_mode(path),
        is_own=there != path or there.stat().st_uid == os.getuid(),
        is_writable=is_folder and os.access(there, os.W_OK | os.X_OK) and not _is_broken(there),
        free=shutil.disk_usage(there).free,
    )


def _is_broken(folder: Path) -> bool:
    """Ask the disk itself: one that has failed may be read-only whatever its mount says."""
    try:
        os.close(os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o600))
    except OSError as error:
        return error.errno in {errno.EROFS, errno.EIO, errno.ESTALE}
    return False


def pid_file(path: Path) -> PidFile | None:
    """Read a pid file, as the service writes it or as scripts of old did; None where there is none."""
    try:
        first, *rest = path.read_text(encoding="utf-8", errors="replace").splitlines() or [""]
    except OSError:
        return None
    said = dict(line.split("=", 1) for line in rest if "=" in line)
    pid = int(first) if re.fullmatch(r"\s*[1-9]\d{0,9}\s*", first) else None
    if pid is None:
        return PidFile(path, None, said.get("host"), is_alive=False)
    identity = ProcessIdentity.of(pid)
    if {"boot", "start_ticks", "host"} <= said.keys():
        is_same = (
            said["boot"] == boot_id() and identity is not None and said["start_ticks"] == str(identity.start_ticks)
        )
        return PidFile(path, pid, said["host"], is_alive=is_same)
    return PidFile(path, pid, None, is_alive=identity is not None)


def _service(home: Path, found: Processes, timeout_s: float) -> ServiceState:
    holder = lock_holder(home)
    process = found.get(holder)
    known = ServiceState(
        holder=holder,
        holder_state=process.state if process else "",
        has_endpoint=_has_endpoint(home),
    )
    with contextlib.closing(ControlClient(home, timeout_s)) as client:
        try:
            snapshot = client.snapshot()
        except ControlError as error:
            return ServiceState(known.holder, known.holder_state, known.has_endpoint, complaint=error.detail)
    return replace(known, answer=snapshot["service"], apps=tuple(snapshot["apps"]), resources=snapshot["resources"])


def _has_endpoint(home: Path) -> bool:
    try:
        return Endpoint.path(home).exists()
    except PermissionError:
        raise ControlError(
            "no_access",
            f"What is in {home} is another user's to look at. Run it as that user, or name another home by --home.",
        ) from None


def _java_problem(home: Path) -> str:
    try:
        java_command.service_command(home, None)
    except ControlError as error:
        return error.detail
    return ""


def _config(
    home: Path, named: Path | None, running: ServiceProcess | None, timeout_s: float
) -> tuple[dict[str, Any], str]:
    file, environment = named, daemon.service_environment(os.environ)
    if running is not None and named is None:
        file, environment = running.config, running.environment
    try:
        return config_verbs.read(home, file, environment, timeout_s), ""
    except ConfigRejectedError as error:
        return {}, error.detail
    except ControlError as error:
        return {}, f"The config could not be looked at. {error.detail}"


def _pid_files(home: Path, shown: Mapping[str, Any]) -> list[PidFile]:
    named = shown.get("pid_file")
    folders = dict.fromkeys([home, SHARED, *([Path(named).parent] if named else [])])
    paths = dict.fromkeys([*([Path(named)] if named else []), *(f / name for f in folders for name in PID_FILES)])
    return [file for file in map(pid_file, paths) if file is not None]


def _broken_state(home: Path) -> Path | None:
    file = home / "state.jsonl"
    try:
        with file.open("rb") as journal:
            json.loads(journal.readline())
    except OSError:
        return None
    except ValueError:
        return file
    return None


def gone_homes(home: Path, found: Processes) -> frozenset[str]:
    """Name the homes that processes were started for, and that none of these processes finds any more."""
    served = {service_home(process) for process in found}
    seen, missed = set(), set()
    for process in found:
        other = process.mark.rpartition(":")[0]
        if not other.startswith("/") or other == str(home) or other in served:
            continue
        # By the process's own view of the disk, for it may be one of another container.
        if Path(f"/proc/{process.pid}/root{other}").exists():
            seen.add(other)
        elif process.identity.is_alive():
            # One that has just ended sees nothing any more, and says nothing of a home.
            missed.add(other)
    return frozenset(missed - seen)


def _server(place: Path, found: Processes) -> KeptServer:
    state = ServerState(place)
    owner = state.owner()
    relays = (p.pid for p in found if "jupyter_restart.kernels.relay" in p.command and str(place) in p.command)
    is_alive = owner is not None and owner.is_alive
    return KeptServer(
        address=owner.address if owner else "unknown",
        root_dir=owner.root_dir if owner else str(place),
        is_alive=is_alive,
        kernels=tuple(record.process for record in state.records() if record.process.is_alive()),
        relays=tuple(relays),
        terminals=() if is_alive else _terminals(state),
    )


def _terminals(state: ServerState) -> tuple[str, ...]:
    try:
        return tuple(holding.names(state, timeout_s=_TERMINALS_TIMEOUT_S))
    except TimeoutError:
        return ()


def _ports(apps: Iterable[App], shown: Mapping[str, Any]) -> set[int]:
    configs: Mapping[str, Any] = shown.get("config", {}).get("app", {})
    by_name = {app["name"]: app for app in apps}
    return {port for name in {*by_name, *configs} for port in wanted_ports(by_name.get(name), configs.get(name, {}))}


def _gpus() -> Iterable[Path]:
    return (device for pattern in _GPU_DEVICES for device in Path("/dev").glob(pattern))


def _mode(path: Path) -> int | None:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return None
