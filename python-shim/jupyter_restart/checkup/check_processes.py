"""Checks of processes: leftovers, ports, GPUs, kernels, and what apps say of themselves."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlsplit

from jupyter_restart.checkup.facts import Facts
from jupyter_restart.checkup.finding import Finding
from jupyter_restart.checkup.owners import leftovers
from jupyter_restart.schema import App
from jupyter_restart.units import size

_MUCH_GPU_MEMORY = 1 << 30
_DEFAULT_PORTS = {"http": 80, "https": 443}


def left(facts: Facts) -> Iterator[Finding]:
    """Find processes of apps that nobody looks after."""
    for process in leftovers(facts):
        yield Finding("leftover", f"No service owns {process}, which was started for an app.", RECOVER)


RECOVER = "Run: jupyter restart recover (it ends it)"


def wanted_ports(app: App | None, config: dict[str, object]) -> set[int]:
    """Tell the TCP ports that an app serves, by what it says, by its probe, and by its command line."""
    ports = {app["port"]} if app and app["port"] else set()
    probe = config.get("probe")
    if isinstance(probe, dict):
        ports.add(_port_of_url(str(probe.get("http", ""))))
        ports.add(_number(str(probe.get("tcp", "")).rpartition(":")[2]))
    command = config.get("command")
    if isinstance(command, list):
        words = [str(word) for word in command]
        ports.update(_number(value) for word, value in pairwise(words) if word == "--port")
        ports.update(_number(word.partition("=")[2]) for word in words if word.startswith("--port="))
    return {port for port in ports if port}


def ports(facts: Facts) -> Iterator[Finding]:
    """Find ports of apps that somebody else holds."""
    apps = {app["name"]: app for app in facts.service.apps}
    ended = {process.pid for process in leftovers(facts)}
    for name in sorted({*apps, *facts.app_configs}):
        app = apps.get(name)
        own = _own_pids(facts, app)
        for port in sorted(wanted_ports(app, facts.app_configs.get(name, {}))):
            for pid in facts.listeners.get(port, ()):
                if pid in own or not _is_told(app):
                    continue
                process = facts.processes.get(pid)
                who = "a process of another user" if process is None else str(process)
                cure = (
                    RECOVER
                    if pid in ended
                    else "End it, or give the app another port"
                    + (f", or take it over: jupyter restart adopt {name} --pid {pid}" if process else "")
                )
                yield Finding("port_busy", f"Port {port} of {name} is held by {who}.", cure)


def gpus(facts: Facts) -> Iterator[Finding]:
    """Name who has a GPU open and is no app's; a leftover is told as one."""
    own = {pid for app in facts.service.apps for pid in _own_pids(facts, app)}
    ended = {process.pid for process in leftovers(facts)}
    for pid, devices in sorted(facts.gpu_holders.items()):
        process = facts.processes.get(pid)
        if process is None or pid in own:
            continue
        yield Finding(
            "gpu_holder",
            f"{', '.join(devices)} is held by {process}, which is no app's.",
            RECOVER if pid in ended else "End it if it is not needed: its GPU memory is not free for apps.",
            is_problem=pid in ended,
        )


def gpu_drivers(facts: Facts) -> Iterator[Finding]:
    """Find drivers that fail, and memory that nobody is seen to have."""
    resources = facts.service.resources
    if resources is None:
        return
    # A service of before does not say.
    if trouble := resources.get("gpu_trouble"):
        yield Finding(
            "gpu_driver",
            f"A GPU can't be asked: {trouble}.",
            "Look with: nvidia-smi. A driver that was updated is loaded by a reboot.",
        )
    for gpu in resources["gpus"]:
        if gpu["memory_used"] >= _MUCH_GPU_MEMORY and not facts.gpu_holders:
            yield Finding(
                "gpu_memory_unowned",
                f"{size(gpu['memory_used'])} of {gpu['name']} are in use, and no process that can be seen from here "
                "has a GPU open.",
                "In a container that may be another one's. As root on the host: nvidia-smi shows who has it; where "
                "nobody has, run: jupyter restart recover --gpu-reset",
                is_problem=False,
            )


def kernels(facts: Facts) -> Iterator[Finding]:
    """Find kernels and terminals whose server is gone."""
    for server in facts.servers:
        if server.is_alive:
            continue
        ended = f"a Jupyter server that ended ({server.address}, {server.root_dir})"
        start = "Start a server in that folder with that address: it takes them up"
        if server.kernels:
            pids = ", ".join(str(kernel.pid) for kernel in server.kernels)
            yield Finding(
                "kernels_alone",
                f"Kernels of {ended} run on: {pids}.",
                f"{start}, with their variables. Should nobody need them: kill {pids.replace(',', '')}",
            )
        if server.terminals:
            pids = " ".join(str(pid) for pid in server.relays)
            yield Finding(
                "terminals_alone",
                f"Terminals of {ended} run on: {', '.join(server.terminals)}.",
                f"{start}, with what they have printed. Those in which nothing runs end after a day without a server. "
                f"Should nobody need them: kill -KILL {pids} (what holds them)",
            )


def notes(facts: Facts) -> Iterator[Finding]:
    """Pass on what apps say of themselves: who else starts them, what of ours stays away."""
    for app in facts.service.apps:
        for note in app["notes"]:
            yield Finding(note["code"], f"{app['name']}: {note['message']}", note["advice"], is_problem=False)


def _is_told(app: App | None) -> bool:
    # While an app is between two processes, whoever holds its port may be the one that goes.
    return app is None or app["state"] not in {"starting", "stopping", "verifying"}


def _own_pids(facts: Facts, app: App | None) -> set[int]:
    process = facts.processes.get(app["pid"]) if app else None
    if process is None:
        return set()
    marked = {other.pid for other in facts.processes if process.mark and other.mark == process.mark}
    return facts.processes.trees({process.pid}) | marked


def _port_of_url(text: str) -> int:
    try:
        parts = urlsplit(text)
        return parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        return 0


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
