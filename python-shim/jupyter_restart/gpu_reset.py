"""Resets NVIDIA GPUs, when somebody asks for it: memory that a driver keeps comes back by nothing less."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable

from jupyter_restart.checkup.processes import Processes, gpu_holders, scan
from jupyter_restart.errors import ControlError, RefusedError

_TIMEOUT_S = 60.0
_SAID_LENGTH = 500


def reset(
    holders: Callable[[], Iterable[int]] = gpu_holders,
    processes: Callable[[], Processes] = scan,
    user: int | None = None,
) -> str:
    """Reset all GPUs that `nvidia-smi` can reset, and give what it said.

    Raises RefusedError where it must not be tried, and ControlError in the platform's own words where that refuses.
    """
    if (os.geteuid() if user is None else user) != 0:
        raise RefusedError("A GPU is reset by root alone. Run it again by sudo.")
    tool = shutil.which("nvidia-smi")
    if tool is None:
        raise RefusedError("There is no nvidia-smi on the PATH: only NVIDIA's GPUs can be reset, by that.")
    found = processes()
    names = [str(found.get(pid) or f"process {pid}") for pid in sorted(holders())]
    if names:
        raise RefusedError(
            f"A GPU is reset only when nobody has it open. These do: {', '.join(names)}. "
            "Stop them first, apps by: jupyter restart stop APP"
        )
    return _run(tool)


def _run(tool: str) -> str:
    try:
        done = subprocess.run(
            [tool, "--gpu-reset"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ControlError(
            "gpu_reset_failed", f"nvidia-smi --gpu-reset did not end within {_TIMEOUT_S:.0f} s: reboot the machine."
        ) from None
    said = " ".join(done.stdout.decode(errors="replace").split())[:_SAID_LENGTH]
    if done.returncode != 0:
        raise ControlError(
            "gpu_reset_failed",
            f"No GPU was reset. nvidia-smi --gpu-reset ended with {done.returncode} and said: {said or 'nothing'}. "
            "Most containers and many GPUs do not allow it: then only a reboot of the host helps.",
        )
    return f"nvidia-smi --gpu-reset is done. It said: {said or 'nothing'}"
