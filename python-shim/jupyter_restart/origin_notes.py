"""What people should know of a process that they put under supervision: who started it, and how it can be ended."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from jupyter_restart.schema import Note
from jupyter_restart.surroundings import Origin, owner_of

_COMFY_CLI = "__COMFY_CLI_SESSION__"


def origin_notes(pid: int, proc: Path = Path("/proc")) -> list[Note]:
    """Look at a live process. What may not be read, or is gone, gives no note."""
    origin = Origin.of(pid, proc)
    environment = _environment(proc / str(pid))
    found = (_of_starter(origin, environment, proc), _of_interrupt(proc / str(pid)))
    return [note for note in found if note is not None]


def _of_starter(origin: Origin, environment: dict[str, str], proc: Path) -> Note | None:
    kernel = next((pid for pid, _ in origin.above if _is_kernel(proc / str(pid))), None)
    if kernel is not None:
        return {
            "code": "in_notebook",
            "message": f"It was started from a notebook, below the kernel with pid {kernel}: it ends with that kernel.",
            "advice": "A restart starts it outside of the kernel; its output is in `jupyter restart logs NAME` then.",
        }
    if origin.above and _is_comfy_cli(proc / str(origin.above[0][0])) and _COMFY_CLI in environment:
        return {
            "code": "other_supervisor",
            "message": "It was started by comfy-cli, which starts it again after a reboot by ComfyUI-Manager.",
            "advice": "Have one of the two start it: comfy stop, then jupyter restart start NAME with a command in the "
            "config file.",
        }
    owner = owner_of(origin, environment, "")
    if owner is None:
        return None
    return {
        "code": "other_supervisor",
        "message": f"It was started by {owner}, which decides what becomes of it when it ends: a restart may meet a "
        "second one that has its port.",
        "advice": 'Have one of the two start it: take it out of the other\'s config, or set restart = { on = "never" } '
        'and every = "never" for this app.',
    }


def _of_interrupt(folder: Path) -> Note | None:
    lines = _read(folder / "status").splitlines()
    mask = next((int(line.split()[1], 16) for line in lines if line.startswith("SigIgn:")), 0)
    if not mask >> (signal.SIGINT - 1) & 1:
        return None
    return {
        "code": "interrupt_ignored",
        "message": "It ignores the interrupt (SIGINT), as all does that a script starts in the background.",
        "advice": "Nothing: where its stop sequence begins with INT, TERM is sent in its place.",
    }


def _is_kernel(folder: Path) -> bool:
    """Tell a kernel by its command line: the name of its program is but python."""
    words = _words(folder)
    return any("ipykernel" in word for word in words) and any(word.endswith(".json") for word in words)


def _is_comfy_cli(folder: Path) -> bool:
    words = _words(folder)
    return any(Path(word).name in ("comfy", "comfy-cli", "comfycli") for word in words[:2]) or "comfy_cli" in words


def _environment(folder: Path) -> dict[str, str]:
    entries = _read(folder / "environ").split("\0")
    return dict(entry.split("=", 1) for entry in entries if "=" in entry)


def _words(folder: Path) -> list[str]:
    return _read(folder / "cmdline").split("\0")


def _read(file: Path) -> str:
    try:
        return os.fsdecode(file.read_bytes())
    except OSError:
        return ""
