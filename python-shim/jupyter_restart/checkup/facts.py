"""Everything that the checks look at, gathered at one moment. Values only: a test writes them down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_restart.checkup.processes import Processes
from jupyter_restart.procfs import ProcessIdentity
from jupyter_restart.schema import App, Resources, Service


@dataclass(frozen=True)
class Folder:
    """A folder that the service writes to; `mode` is None where it is not there, `free` in bytes."""

    path: Path
    mode: int | None = 0o700
    is_own: bool = True
    is_writable: bool = True
    free: int = 1 << 40


@dataclass(frozen=True)
class ServiceState:
    """What is known of the service: `holder` has its lock (0: not to be seen from here), `answer` is what it says.

    `complaint` is why there is no answer where somebody should give one.
    """

    holder: int | None = None
    holder_state: str = ""
    has_endpoint: bool = False
    answer: Service | None = None
    apps: tuple[App, ...] = ()
    complaint: str = ""
    resources: Resources | None = None


@dataclass(frozen=True)
class PidFile:
    """A file that names a service: `is_alive` tells of the very process, where the file says which, else of the pid."""

    path: Path
    pid: int | None
    host: str | None
    is_alive: bool


@dataclass(frozen=True)
class KeptServer:
    """A Jupyter server's folder in the home, and its kernels that live; `is_alive` tells of the server.

    `terminals` are those that the relay of a server that is gone holds.
    """

    address: str
    root_dir: str
    is_alive: bool
    kernels: tuple[ProcessIdentity, ...] = ()
    relays: tuple[int, ...] = ()
    terminals: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """Everything.

    `config` is what is in force (see `ShownConfig` of the service), None where it is not known; `listeners` are the
    pids that listen on each port that an app wants, 0 for a process of somebody else; `gone_homes` are homes that a
    process names in its mark and that are no more.
    """

    home: Folder
    host: str
    service: ServiceState = ServiceState()
    java_problem: str = ""
    config: Mapping[str, Any] | None = None
    config_problem: str = ""
    log_folder: Folder | None = None
    endpoint_mode: int | None = None
    broken_state: Path | None = None
    pid_files: tuple[PidFile, ...] = ()
    processes: Processes = field(default_factory=Processes)
    own_pid: int = 0
    gone_homes: frozenset[str] = frozenset()
    servers: tuple[KeptServer, ...] = ()
    listeners: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    gpu_holders: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    is_extension_enabled: bool = True
    version: str = ""
    panel_version: str | None = None

    @property
    def obstacles(self) -> Mapping[str, str]:
        """Why apps of the config can't be started as things are, by their names."""
        # A service's jar of before does not say.
        obstacles: Mapping[str, str] = (self.config or {}).get("obstacles", {})
        return obstacles

    @property
    def app_configs(self) -> Mapping[str, Any]:
        """The apps of the config, by name."""
        apps: Mapping[str, Any] = (self.config or {}).get("config", {}).get("app", {})
        return apps
