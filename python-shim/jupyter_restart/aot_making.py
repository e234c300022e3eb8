"""Makes the AOT cache: a service with a home of its own lives a short life, and the JVM writes down what it loaded.

Run in the background as `python -m jupyter_restart.aot_making JAVA JAR FLAG…`, by `aot_cache.ensure`.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from jupyter_restart import aot_cache
from jupyter_restart.aot_cache import Cache, Program
from jupyter_restart.client import ControlClient
from jupyter_restart.endpoint import Endpoint
from jupyter_restart.errors import ControlError
from jupyter_restart.schema import App

_APP = "sleeper"
_CONFIG = """
[service]
log = {log}

[app.sleeper]
command = ["sleep", "600"]
every = "6h"
"""
_START_TIMEOUT_S = 120.0
_STEP_TIMEOUT_S = 60.0
_END_TIMEOUT_S = 300.0
_POLL_S = 0.1
_PR_SET_PDEATHSIG = 1


def make(program: Program) -> bool:
    """Make the cache, unless it is there or being made by another; true where it is there afterwards."""
    cache = Cache.of(program)
    if cache is None or cache.is_whole():
        return cache is not None
    with aot_cache.workshop(cache.file.parent) as folder:
        if folder is None:
            return False
        aot_cache.remove_stale(cache.file.parent)
        if cache.is_whole():
            return True
        made = folder / "made.aot"
        _rehearse(program, folder, made)
        if made.is_file() and aot_cache.fits(program, made):
            cache.put(made)
        return cache.is_whole()


def _rehearse(program: Program, folder: Path, made: Path) -> None:
    """Have a service live through what services do; at its end the JVM writes the cache."""
    config, home = folder / "restart.toml", folder / "home"
    config.write_text(_CONFIG.format(log=f'"{folder / "restart.log"}"'), encoding="utf-8")
    command = [
        *(str(program.java), *program.flags, f"-XX:AOTCacheOutput={made}", "-jar", str(program.jar)),
        *("service", "--home", str(home), "--config", str(config)),
    ]
    with (folder / "output").open("wb") as output:
        service = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=_environment(folder),
            # A service that nobody knows of must not outlive us.
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - there is no other thread
        )
    try:
        _wait(lambda: Endpoint.read(home), _START_TIMEOUT_S)
        with contextlib.closing(ControlClient(home, _STEP_TIMEOUT_S)) as client:
            _live(client)
        service.wait(_END_TIMEOUT_S)
    finally:
        if service.poll() is None:
            service.kill()
            service.wait()


def _live(client: ControlClient) -> None:
    """Ask everything once, and let an app go through what apps go through."""
    _wait(lambda: client.app(_APP)["state"] == "running", _STEP_TIMEOUT_S)
    for ask in (client.snapshot, client.config, client.service, client.resources, client.openapi):
        ask()
    client.plan(_APP, 5)
    client.log(None, n=10)
    client.log(_APP, n=10)
    client.disable(_APP)
    client.enable(_APP)
    pid = client.app(_APP)["pid"]
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
    _wait(lambda: _is_up_again(client.app(_APP), pid), _STEP_TIMEOUT_S)
    client.restart(_APP, now=True)
    _wait(lambda: client.app(_APP)["restarts"] > 1, _STEP_TIMEOUT_S)
    client.stop(_APP)
    _wait(lambda: client.app(_APP)["state"] == "stopped", _STEP_TIMEOUT_S)
    client.service_stop()


def _is_up_again(app: App, pid: int | None) -> bool:
    return app["state"] == "running" and app["pid"] != pid


def _environment(folder: Path) -> dict[str, str]:
    """Keep the rehearsal to its folder: the usual log and pid files may be shared by the machine's services."""
    mine = ("AUTO_RESTART", "COMFYUI_", "JUPYTER_RESTART_", "RESTART_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
    files = {"RESTART_LOG_FILE": "restart.log", "RESTART_PID_FILE": "auto_restart.pid"}
    return {**kept, **{name: str(folder / file) for name, file in files.items()}, "MALLOC_ARENA_MAX": "1"}


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait(condition: Callable[[], object], timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise ControlError("timeout", "The rehearsal for the AOT cache does not come to an end.")
        time.sleep(_POLL_S)


def main() -> int:
    """Make the cache of the program that the command line tells."""
    java, jar, *flags = sys.argv[1:]
    return 0 if make(Program(Path(java), tuple(flags), Path(jar))) else 1


if __name__ == "__main__":
    sys.exit(main())
