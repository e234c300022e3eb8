"""The front: a tiny program that keeps a server's pid while the servers behind it change; see `front.c`.

The first server of a process becomes the front by exec, once its successor serves. Whoever started it sees the same
process, in the same place and the same terminal job, which ends as the server ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import platform
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

_PID_FILE = 3
_TAKES_OVER = 40
_STANDS_BY = 41
_SAYS_NO_PID = 64
_CHECK_TIMEOUT_S = 5.0
_PR_SET_PDEATHSIG = 1


_behind: list[int] = []


def be_behind(front: int) -> None:
    """Remember that this process serves behind the front with this pid."""
    _behind[:] = [front]


def pid() -> int | None:
    """Pid of the front that this process serves behind; None where there is none."""
    return _behind[0] if _behind else None


def server_pid() -> int:
    """Pid under which the world knows this server: the front's, or our own."""
    return _behind[0] if _behind else os.getpid()


def program() -> Path:
    """Where the front for this machine's processor is, if it is there."""
    return Path(__file__).parent / "native" / platform.machine() / "front"


@functools.cache
def obstacle() -> str | None:
    """Why no server can become a front here, as a clause for a message; None when it can."""
    path = program()
    if not path.is_file():
        return f"this installation has no front for the processor {platform.machine()} ({path})"
    try:
        # Without a pid it ends at once, and shows by that that it runs here.
        done = subprocess.run([path], stdin=subprocess.DEVNULL, timeout=_CHECK_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"the front {path} does not run: {error}"
    return None if done.returncode == _SAYS_NO_PID else f"the front {path} ended with {done.returncode}"


def become(server: int, arguments: Sequence[str], environment: dict[str, str]) -> NoReturn:
    """Turn this process into the front of `server`. Raises OSError if that cannot be.

    Signals are held from here on; the front gets those that are pending.
    """
    memory = os.memfd_create("server")
    os.write(memory, str(server).encode())
    os.lseek(memory, 0, os.SEEK_SET)
    if memory != _PID_FILE:
        os.dup2(memory, _PID_FILE)
    os.set_inheritable(_PID_FILE, True)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        os.execve(program(), list(arguments), environment)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def stand_by(front: int) -> None:
    """Tell the front that this process takes over if the server ends."""
    _tell(front, _STANDS_BY)


def take_over(front: int) -> None:
    """Tell the front that this process is the server from now on."""
    _tell(front, _TAKES_OVER)


def _tell(front: int, number: int) -> None:
    # That it has ended is heard of by other means: as the end of the old server, or of our parent.
    with contextlib.suppress(ProcessLookupError):
        os.kill(front, number)


def end_with(front: int) -> bool:
    """See that this process ends when its parent, the front, does, even if it hangs; False if it is not its parent."""
    if os.getppid() != front:
        # The end of the parent that there is would be ours.
        return False
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    return os.getppid() == front
