"""Who a process is, read from Linux's /proc: a pid alone may come to name another process."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

# The exit status of a process that was started by another one cannot be known.
UNKNOWN_EXIT = 1
MARK = "JUPYTER_RESTART_MARK"
"""The variable that says, in every process of an app that the service has started, which start of which app it is."""

_GONE_STATES = frozenset({"Z", "X", "x"})


@dataclass(frozen=True)
class ProcessIdentity:
    """A pid together with the clock tick (since boot) at which its process started; both survive an exec."""

    pid: int
    start_ticks: int

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity | None:
        """Identity of the process that has `pid` now; None when there is none or it is a zombie."""
        ticks = _start_ticks(pid)
        return None if ticks is None else cls(pid, ticks)

    @classmethod
    def own(cls) -> ProcessIdentity:
        """Identity of the calling process."""
        identity = cls.of(os.getpid())
        if identity is None:
            raise RuntimeError(f"/proc/{os.getpid()}/stat could not be read: is /proc mounted?")
        return identity

    def age_ns(self) -> int:
        """For how long it has run, to a hundredth of a second."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) - self.start_ticks * 10**9 // os.sysconf("SC_CLK_TCK")

    def is_alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        return _start_ticks(self.pid) == self.start_ticks


def boot_id() -> str:
    """Return the running kernel's boot id: pids and ticks of another boot mean nothing here."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def host_name() -> str:
    """Return the machine's name, to tell state left by another machine on shared storage from our own."""
    return socket.gethostname()


def reap(pid: int) -> int | None:
    """Collect the exit status of an ended child; UNKNOWN_EXIT for what is no child of ours.

    None while the child runs. That may be a moment longer than /proc shows it: there a process is a zombie when
    its first thread has ended.
    """
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return UNKNOWN_EXIT
    return os.waitstatus_to_exitcode(status) if ended else None


def read_stat(folder: Path) -> tuple[str, list[str]]:
    """Read the stat file of a process's folder: its name, and the fields behind that, from the state on.

    They are fields 2 and 3 of proc(5), so what it calls field N is at N - 3. Raises OSError.
    """
    # The name, in brackets, may hold blanks and brackets itself: count from its end.
    head, _, tail = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")
    return head.partition("(")[2], tail.split()


def _start_ticks(pid: int) -> int | None:
    try:
        _, fields = read_stat(Path(f"/proc/{pid}"))
    except OSError:
        return None
    return None if fields[0] in _GONE_STATES else int(fields[19])
