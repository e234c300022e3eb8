"""A kernel's process, told by pid and start time: it may have been started by a server that is gone."""

from __future__ import annotations

import os
import signal
import time

from jupyter_restart.procfs import ProcessIdentity, reap

_POLL_S = 0.02


class KernelProcess:
    """What jupyter_client's LocalProvisioner asks of a `subprocess.Popen`, for a process we may only have found."""

    stdin = None
    stdout = None
    stderr = None

    def __init__(self, identity: ProcessIdentity) -> None:
        self.identity = identity
        self.pid = identity.pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """None while it runs, then its exit status (or UNKNOWN_EXIT)."""
        if self.returncode is None and not self.identity.is_alive():
            self.returncode = reap(self.pid)
        return self.returncode

    def wait(self) -> int:
        """Wait for its end; the provisioner calls this when it has ended."""
        while (status := self.poll()) is None:
            time.sleep(_POLL_S)
        return status

    def send_signal(self, number: int) -> None:
        """Signal the process, if it is still the one we mean."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)
