"""Starts kernels so that they outlive the server, and takes charge of ones it has not started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo, LocalPortCache
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from jupyter_restart.kernels.process import KernelProcess
from jupyter_restart.kernels.state import open_log
from jupyter_restart.procfs import ProcessIdentity

# With this variable ipykernel ends itself when the server does.
_PARENT_VARIABLE = "JPY_PARENT_PID"
_AUTOLOAD = "jupyter_restart.kernels.autoload"


class DetachedProvisioner(LocalProvisioner):
    """A local kernel in a session of its own, that holds none of the server's files, pipes or terminals."""

    log_file: Path | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Prepare as ever; our own IPython kernels get `%restart` on top."""
        prepared = await super().pre_launch(**kwargs)
        if loads_our_extension(prepared["cmd"]):
            prepared["cmd"] = [*prepared["cmd"], f"--ext={_AUTOLOAD}"]
        return prepared

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel; raises OSError when its program cannot be run."""
        environment = dict(kwargs.get("env") or os.environ)
        environment.pop(_PARENT_VARIABLE, None)
        directory = kwargs.get("cwd")
        with open_log(self.log_file or Path(os.devnull)) as log:
            started = subprocess.Popen(  # noqa: ASYNC220 - asyncio would kill it at its own end
                cmd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                cwd=directory,
                start_new_session=True,
            )
        identity = ProcessIdentity.of(started.pid)
        if identity is None:
            raise OSError(f"The kernel {cmd[0]} ended at once with status {started.wait()}; see {self.log_file}")
        # From here on it is known by pid and start time, so Popen must not complain that it was left running.
        started.returncode = 0
        self._take_charge(identity)
        self.cwd = directory
        return self.connection_info

    async def send_signal(self, signum: int) -> None:
        """Signal the kernel's whole group, if the kernel is still the process we mean."""
        if await self.poll() is None:
            await super().send_signal(signum)

    def adopt(self, identity: ProcessIdentity, connection: KernelConnectionInfo, directory: str | None) -> None:
        """Take charge of a kernel that runs already."""
        self.connection_info = connection
        self._take_charge(identity)
        self.cwd = directory
        # As if we had chosen the ports: a restart of the kernel keeps them, and no other kernel gets them.
        self.ports_cached = True
        ports = [value for value in connection.values() if isinstance(value, int)]
        LocalPortCache.instance().currently_used_ports.update(ports)

    @property
    def identity(self) -> ProcessIdentity | None:
        """The kernel's process, None when there is none."""
        process: Any = self.process
        return process.identity if isinstance(process, KernelProcess) else None

    def _take_charge(self, identity: ProcessIdentity) -> None:
        process: Any = KernelProcess(identity)
        self.process = process
        self.pid = self.pgid = identity.pid


def loads_our_extension(command: list[str]) -> bool:
    """Whether `command` starts an IPython kernel on the server's own interpreter, where our package is."""
    if not command or "ipykernel_launcher" not in command:
        return False
    return command[0] in {sys.executable, "python", f"python{sys.version_info[0]}"}
