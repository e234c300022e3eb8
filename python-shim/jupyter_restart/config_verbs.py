"""The verb `config`: whether a config file is good, what is in force, and where it was looked for."""

from __future__ import annotations

import json
import os
import subprocess
from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_restart import daemon, java_command
from jupyter_restart.endpoint import CONFIG_VARIABLE, config_file, home_folder
from jupyter_restart.errors import USAGE, ControlError, UsageError
from jupyter_restart.render import Style
from jupyter_restart.service_process import ServiceProcess

FILE_NAME = "restart.toml"


@dataclass(frozen=True)
class Place:
    """Somewhere that a config file may be; `named_by` says in words by what."""

    named_by: str
    file: Path


def config(options: Namespace, timeout_s: float, style: Style) -> int:
    """Check a file, show what is in force, or say where it is from."""
    del style
    named = config_file(options.file or options.config)
    home = home_folder(options.home)
    if options.action == "path":
        return _path(home, named)
    running = None if named or options.action == "check" else ServiceProcess.of(home)
    if running is None:
        shown = read(home, named, daemon.service_environment(os.environ), timeout_s)
    else:
        shown = read(home, running.config, running.environment, timeout_s)
    if options.action == "check":
        print(f"{shown['file']}: good" if shown["file"] else "There is no config file, and none is needed.")
    elif options.json:
        print(json.dumps({name: value for name, value in shown.items() if name != "toml"}, indent=2))
    else:
        print("\n".join([f"# {_origin(shown['file'], running)}", *shown["toml"]]))
    return 0


def read(home: Path, file: Path | None, environment: Mapping[str, str], timeout_s: float) -> dict[str, Any]:
    """Give what a service with this file and environment would run with; `file` None stands for the usual places.

    Raises UsageError with all that is wrong, a line each; ControlError where nobody could be asked.
    """
    command = java_command.config_command(home, file)
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env={**environment}, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired:
        raise ControlError("timeout", f"The config was not read within {timeout_s:g} s: give it --timeout.") from None
    except OSError as error:
        raise ControlError("no_java", f"{command[0]} could not be started to read the config: {error}.") from error
    said = "\n".join(line for line in done.stderr.splitlines() if not line.startswith("WARNING:"))
    if done.returncode == USAGE:
        raise ConfigRejectedError(said)
    if done.returncode != 0:
        raise ControlError("internal", f"Reading the config ended with exit code {done.returncode}. It said:\n{said}")
    shown: dict[str, Any] = json.loads(done.stdout)
    return shown


class ConfigRejectedError(UsageError):
    """Everything that is wrong with the config: `FILE:LINE:COLUMN: message`, a line each, and nothing else."""

    is_plain = True

    def __init__(self, problems: str) -> None:
        super().__init__(problems, "config_error")


def places(environment: Mapping[str, str]) -> Iterator[Place]:
    """Name where a service looks for its file, the first that counts first, where none is given on its command line."""
    if environment.get(CONFIG_VARIABLE):
        yield Place(f"${CONFIG_VARIABLE}", Path(environment[CONFIG_VARIABLE]).absolute())
    if environment.get("JUPYTER_CONFIG_DIR"):
        yield Place("$JUPYTER_CONFIG_DIR", Path(environment["JUPYTER_CONFIG_DIR"]).absolute() / FILE_NAME)
    if environment.get("HOME"):
        yield Place("Jupyter's config folder", Path(environment["HOME"]).absolute() / ".jupyter" / FILE_NAME)


def taken(found: list[Place]) -> Place | None:
    """Choose the one that is read: the first, where a variable names a file itself, else the first that is there."""
    return next((place for place in found if place.named_by == f"${CONFIG_VARIABLE}" or place.file.is_file()), None)


def _path(home: Path, named: Path | None) -> int:
    running = ServiceProcess.of(home)
    found = list(places(os.environ))
    if named and named not in [place.file for place in found]:
        found.insert(0, Place("--config", named))
    used = next(place for place in found if place.file == named) if named else taken(found)
    for place in found:
        word = "taken" if place == used else "not looked at" if place.file.is_file() else "not there"
        print(f"{place.file}  ({place.named_by}): {word}")
    if used is None:
        print("There is no config file, and none is needed.")
    if running is not None:
        file = running.config or (taken(list(places(running.environment))) or Place("", Path())).file
        what = f"was started with {file}" if file != Path() else "was started without a file"
        print(f"The running service (pid {running.identity.pid}) {what}.")
    return 0


def _origin(file: str | None, running: ServiceProcess | None) -> str:
    what = f"From {file}" if file else "There is no config file: these are the defaults"
    return f"{what}, in force in the service with pid {running.identity.pid}" if running else what
