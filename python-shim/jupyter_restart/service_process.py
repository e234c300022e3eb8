"""The process that serves a home, told by the kernel's own word on who holds its lock."""

from __future__ import annotations

import fcntl
import os
import struct
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_restart.procfs import ProcessIdentity

# struct flock on 64-bit Linux: type, whence, start, length, pid.
_FLOCK = struct.Struct("@hhqqi4x")


@dataclass(frozen=True)
class ServiceProcess:
    """Whoever holds a home's lock. `config` is what its command line names, `environment` what it was started with."""

    identity: ProcessIdentity
    config: Path | None = None
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, home: Path) -> ServiceProcess | None:
        """Find it; None where nobody holds the lock, or somebody whom this machine does not show us."""
        pid = lock_holder(home)
        identity = ProcessIdentity.of(pid) if pid else None
        if identity is None:
            return None
        command = _strings(Path(f"/proc/{pid}/cmdline"))
        named = command[command.index("--config") + 1] if "--config" in command[:-1] else None
        variables = (entry.partition("=") for entry in _strings(Path(f"/proc/{pid}/environ")))
        environment = {name: value for name, _, value in variables}
        return cls(identity, Path(named) if named else None, environment)


def lock_holder(home: Path) -> int | None:
    """Tell the pid that holds the lock of a home; None for nobody, 0 for a process that is not to be seen from here.

    Only the kernel is asked: what the file says may be by a service that is long gone.
    """
    try:
        descriptor = os.open(home / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        asked = _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        kind, _, _, _, pid = _FLOCK.unpack(fcntl.fcntl(descriptor, fcntl.F_GETLK, asked))
    except OSError:
        return None  # Its file system has no locks, and so no service.
    finally:
        os.close(descriptor)
    if kind == fcntl.F_UNLCK:
        return None
    return max(0, int(pid))


def _strings(file: Path) -> list[str]:
    try:
        content = file.read_bytes()
    except OSError:
        return []
    return [os.fsdecode(part) for part in content.split(b"\0") if part]
