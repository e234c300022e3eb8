"""Where a service keeps its state, and where it can be reached."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NamedTuple

HOME_VARIABLE = "JUPYTER_RESTART_HOME"
CONFIG_VARIABLE = "JUPYTER_RESTART_CONFIG"


def home_folder(option: str | os.PathLike[str] | None = None) -> Path:
    """Give the absolute folder of a service's state: the option, else the environment's, else one in Jupyter's data."""
    named = option or os.environ.get(HOME_VARIABLE)
    return _absolute(named) if named else _jupyter_data_folder() / "jupyter-restart"


def config_file(option: str | os.PathLike[str] | None = None) -> Path | None:
    """Give the absolute path of the config file that was asked for; None leaves the choice to the service.

    The service has another working directory, so a relative path from the environment means nothing to it.
    """
    named = option or os.environ.get(CONFIG_VARIABLE)
    return _absolute(named) if named else None


def home_option(home: Path) -> str:
    """Give what a command must add to mean this home: nothing for the usual one."""
    if home == home_folder():
        return ""
    # Imported when used: it is for messages of errors only.
    from shlex import quote

    return f" --home {quote(str(home))}"


class Endpoint(NamedTuple):
    """A service's address on 127.0.0.1, its bearer token, its process and version; written by the service."""

    port: int
    token: str
    pid: int
    version: str

    @staticmethod
    def path(home: Path) -> Path:
        """Give the path of the file; an orderly end of the service removes it."""
        return home / "endpoint.json"

    @classmethod
    def read(cls, home: Path) -> Endpoint | None:
        """Read the endpoint last written; None where there is none, or none that can be understood."""
        try:
            said = json.loads(cls.path(home).read_bytes())
            return cls(int(said["port"]), str(said["token"]), int(said["pid"]), str(said["version"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _absolute(path: str | os.PathLike[str]) -> Path:
    # Not resolve(): people shall find the path they gave in messages, symbolic links included.
    return Path(os.path.abspath(Path(path).expanduser()))  # noqa: PTH100


def _jupyter_data_folder() -> Path:
    """As `jupyter_core.paths.jupyter_data_dir` has it on Linux, without 30 ms of imports."""
    named = os.environ.get("JUPYTER_DATA_DIR")
    if named:
        return _absolute(named)
    shared = os.environ.get("XDG_DATA_HOME")
    return (Path(shared) if shared else Path.home() / ".local" / "share") / "jupyter"
