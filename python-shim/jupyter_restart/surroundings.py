"""What a server finds itself in: who started it, and what of ours stays away. The service shows it to people."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jupyter_restart.procfs import read_stat
from jupyter_restart.schema import Note

_FRONT = "jupyter-front"
_SUPERVISORS = {
    "circusd": "circus",
    "runsv": "runit",
    "s6-supervise": "s6",
    "supervisord": "supervisord",
    "systemd": "systemd",
}
_INITS = frozenset({"catatonit", "docker-init", "dumb-init", "tini"})


@dataclass(frozen=True)
class Origin:
    """A process and those above it, nearest first, each as pid and name."""

    pid: int
    above: tuple[tuple[int, str], ...]

    @classmethod
    def of(cls, pid: int, proc: Path = Path("/proc")) -> Origin:
        """Look where a process comes from."""
        return cls(pid, tuple(_above(pid, proc)))


def notes(base_url: str, obstacle: str | None) -> list[Note]:
    """Tell what people should know of a server, each with what to do; `obstacle` is what keeps it from restarts."""
    owner = owner_of(Origin.of(os.getpid()), os.environ, base_url)
    return [*([_of_owner(owner)] if owner else []), *([_of_obstacle(obstacle)] if obstacle else [])]


def owner_of(origin: Origin, environment: Mapping[str, str], base_url: str) -> str | None:
    """Name who starts the server and sees to it when it ends; None where that is nobody.

    Variables alone prove nothing: a server that is started in a terminal of another one inherits that one's.
    """
    if base_url and environment.get("JUPYTERHUB_SERVICE_PREFIX", "").rstrip("/") == base_url.rstrip("/") != "":
        return "JupyterHub"
    # The front keeps the pid under which the server was started.
    above = [(pid, name) for pid, name in origin.above if name != _FRONT]
    started_as = next((pid for pid, name in origin.above if name == _FRONT), origin.pid)
    if started_as == 1:
        return "a container, as its pid 1"
    if not above:
        return None
    pid, name = above[0]
    if name == "systemd" and "INVOCATION_ID" not in environment:
        # Whatever is left by its parent comes to systemd, which looks after services only.
        return None
    if name in _INITS and pid == 1:
        return f"a container, under its {name}"
    return _SUPERVISORS.get(name)


def _of_owner(owner: str) -> Note:
    return {
        "code": "other_supervisor",
        "message": f"It was started by {owner}, which decides what becomes of it when it ends.",
        "advice": 'Restarts in place work. Leave crashes to one of the two: restart = { on = "never" } for this app.',
    }


def _of_obstacle(obstacle: str) -> Note:
    return {
        "code": "in_place_off",
        "message": f"Restart in place is off: {obstacle}. Restarts of it are refused: kernels would end.",
        "advice": "Put that right, or leave it as it is and switch its restarts off: jupyter restart disable NAME",
    }


def _above(pid: int, proc: Path) -> Iterator[tuple[int, str]]:
    while pid > 1:
        try:
            _, fields = read_stat(proc / str(pid))
            pid = int(fields[1])
            name = (proc / str(pid) / "comm").read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return
        yield pid, name
