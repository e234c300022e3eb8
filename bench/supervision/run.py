"""Measure supervisors side by side, in one run, and print a table with each figure's ratio to a loop in C.

    python bench/supervision/run.py [--rounds N] [--many N] [--only METRIC …] [--json FILE]

Needs gcc and the package itself; supervisord and runit are measured where they are installed
(`pip install supervisor`, `apt-get install runit`). Every round goes through all peers in a new random order, so the
machine's noise hits all alike: compare only within one run.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from peers import PEERS, Limit, Ours, OursWithoutCache, Peer
from stamps import cpu_seconds, is_alive, memory_mb

Samples = dict[str, list[float]]


@contextmanager
def running(kind: type[Peer], programs: Path, count: int, *mode: str) -> Iterator[Peer]:
    """Give a supervisor whose children are all up."""
    peer = kind(programs, count, mode)
    try:
        peer.start()
        peer.up()
        yield peer
    finally:
        peer.close()


def respawn(kind: type[Peer], programs: Path) -> Samples:
    """Crash to the next first instruction; the child lives 1.5 s, so that nobody's throttle is met."""
    with running(kind, programs, 3, "live", "1500") as peer:
        time.sleep(10)
        peer.stamps.read()
        return {"ms": peer.stamps.respawns()}


def restart(kind: type[Peer], programs: Path) -> Samples:
    """Order by API to the new child's first instruction."""
    gaps = []
    with running(kind, programs, 10, "wait") as peer:
        time.sleep(1.5)
        for index in range(10):
            old = peer.stamps.started[index][0]
            ordered = peer.restart(index)
            if peer.stamps.wait(lambda i=index, o=old: peer.stamps.started[i][0] != o, 15):
                gaps.append((peer.stamps.started[index][1] - ordered) / 1e6)
            time.sleep(0.1)
    return {"ms": gaps}


def storm(kind: type[Peer], programs: Path) -> Samples:
    """SIGKILL to 50 children at once, to the last one's next first instruction."""
    took = []
    with running(kind, programs, 50, "wait") as peer:
        for _ in range(3):
            time.sleep(2.2)
            peer.stamps.read()
            old = {index: pid for index, (pid, _) in peer.stamps.started.items()}
            began = time.monotonic_ns()
            for pid in old.values():
                os.kill(pid, signal.SIGKILL)
            if peer.stamps.wait(lambda o=old: all(peer.stamps.started[i][0] != o[i] for i in o), 30, 0.003):
                took.append((max(nanos for _, nanos in peer.stamps.started.values()) - began) / 1e6)
    return {"ms": took}


def many(count: int) -> Callable[[type[Peer], Path], Samples]:
    """Start and stop many: to the last first instruction, to the last TERM."""

    def measure(kind: type[Peer], programs: Path) -> Samples:
        began = time.monotonic_ns()
        with running(kind, programs, count, "wait") as peer:
            started = (max(nanos for _, nanos in peer.stamps.started.values()) - began) / 1e9
            time.sleep(3)
            asked = look(peer)
            pids = [pid for pid, _ in peer.stamps.started.values()]
            began = time.monotonic_ns()
            peer.stop_all()
            peer.stamps.wait(lambda: not any(map(is_alive, pids)), 60, 0.02)
            ended = [nanos for _, nanos in peer.stamps.ended.values()]
            return {"start s": [started], "stop s": [(max(ended) - began) / 1e9], **asked}

    return measure


def look(peer: Peer) -> Samples:
    """State of all over a kept connection, ten seconds long: what is measured for who looks must not hold up others."""
    return timed("status ms", peer.status, 20, pause_s=0.5)


def timed(name: str, ask: Callable[[], None], times: int, pause_s: float = 0) -> Samples:
    """Ask again and again; nothing of a peer that can't be asked so."""
    took = []
    for _ in range(times):
        began = time.monotonic_ns()
        try:
            ask()
        except NotImplementedError:
            return {}
        took.append((time.monotonic_ns() - began) / 1e6)
        time.sleep(pause_s)
    return {name: took}


def status(kind: type[Peer], programs: Path) -> Samples:
    """State of 100 children over a kept connection."""
    with running(kind, programs, 100, "wait") as peer:
        time.sleep(2)
        timed("ms", peer.status, 1)
        # Unread is without what a client makes of it, where a peer's client can be left out.
        return {**timed("ms", peer.status, 200), **timed("unread ms", peer.answer, 200)}


def command(kind: type[Peer], programs: Path) -> Samples:
    """State of 100 children by the peer's own command, the start of its interpreter included."""
    with running(kind, programs, 100, "wait") as peer:
        time.sleep(2)
        try:
            asked = peer.status_command()
        except NotImplementedError:
            return {}
        # Installed programs are compiled; a source tree is at its first use, unless this is set.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        subprocess.run(asked, stdout=subprocess.DEVNULL, check=True, env=environment)
        took, worked = [], []
        for _ in range(20):
            began, before = time.monotonic_ns(), os.times()
            subprocess.run(asked, stdout=subprocess.DEVNULL, check=True, env=environment)
            took.append((time.monotonic_ns() - began) / 1e6)
            after = os.times()
            worked.append(1000 * sum(after[2:4]) - 1000 * sum(before[2:4]))
        return {"ms": took, "CPU ms": worked}


def first_answer(kind: type[Peer], programs: Path) -> Samples:
    """Start to the first answer over the API, with one child."""
    peer = kind(programs, 1, ("wait",))
    try:
        began = time.monotonic_ns()
        peer.start()
        while True:
            try:
                peer.status()
            except NotImplementedError:
                return {}
            except (OSError, ValueError, KeyError):
                time.sleep(0.002)
            else:
                return {"ms": [(time.monotonic_ns() - began) / 1e6]}
    finally:
        peer.close()


def idle(count: int) -> Callable[[type[Peer], Path], Samples]:
    """Memory and processor time of the supervisor's own processes over an idle minute."""

    def measure(kind: type[Peer], programs: Path) -> Samples:
        with running(kind, programs, count, "wait") as peer:
            # Long enough for what is started once, and for memory that is given back at rest.
            time.sleep(45)
            own = peer.own_processes()
            before = cpu_seconds(own)
            time.sleep(60)
            memory = memory_mb(own)
            return {"CPU s/min": [cpu_seconds(own) - before], "RSS MB": [memory["rss"]],
                    "private MB": [memory["private"]], "processes": [float(len(own))]}  # fmt: skip

    return measure


def quantile(samples: list[float], q: float) -> float:
    """Give a quantile of some samples; with few of them p99 is the largest."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def table(results: dict[str, dict[str, Samples]]) -> str:
    """Render all figures as Markdown, each median with its ratio to the C loop's."""
    lines = ["| metric | peer | p50 | p99 | n | p50 ÷ C | p99 ÷ C |", "|---|---|---|---|---|---|---|"]
    for metric, by_peer in results.items():
        for key in sorted({key for samples in by_peer.values() for key in samples}):
            base = by_peer.get(Limit.name, {}).get(key)
            for peer, samples in by_peer.items():
                if not (values := samples.get(key)):
                    continue
                p50, p99 = statistics.median(values), quantile(values, 0.99)
                ratios = (
                    f"{p50 / max(statistics.median(base), 1e-9):.2f} | {p99 / max(quantile(base, 0.99), 1e-9):.2f}"
                    if base and key in {"ms", "start s", "stop s"}
                    else "|"
                )
                lines.append(f"| {metric}, {key} | {peer} | {p50:.4g} | {p99:.4g} | {len(values)} | {ratios} |")
    return "\n".join(lines)


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--many", type=int, default=1000)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    metrics: dict[str, tuple[Callable[[type[Peer], Path], Samples], int]] = {
        "respawn": (respawn, asked.rounds),
        "restart": (restart, asked.rounds),
        "storm": (storm, asked.rounds),
        "status": (status, 1),
        "command": (command, 1),
        "first answer": (first_answer, 2 * asked.rounds),
        "idle 1": (idle(1), 1),
        "idle 100": (idle(100), 1),
        f"many {asked.many}": (many(asked.many), 1),
    }
    results: dict[str, dict[str, Samples]] = {}
    programs = Path(tempfile.mkdtemp(prefix="bench-programs-"))
    try:
        make_cache()
        for kind in (peer for peer in PEERS if not peer.is_here()):
            print(f"{kind.name} is not installed: left out")
        for name, (measure, rounds) in metrics.items():
            if asked.only and not {name, name.split()[0]} & set(asked.only):
                continue
            for number in range(rounds):
                here = [peer for peer in PEERS if peer.is_here()]
                if measure is first_answer:
                    here.append(OursWithoutCache)
                random.shuffle(here)
                for kind in here:
                    try:
                        samples = measure(kind, compiled_once(programs))
                    except (RuntimeError, OSError) as error:
                        print(f"{name}: {kind.name}: {error}")
                        continue
                    for key, values in samples.items():
                        results.setdefault(name, {}).setdefault(kind.name, {}).setdefault(key, []).extend(values)
                print(f"{name}: round {number + 1} of {rounds}", flush=True)
    finally:
        shutil.rmtree(programs, ignore_errors=True)
    print(table(results))
    if asked.json:
        asked.json.write_text(json.dumps(results))


def make_cache() -> None:
    """Have the AOT cache that a service makes at its first start, so that it is not made while others are measured."""
    from jupyter_restart import aot_making, java_command

    if Ours in PEERS and not aot_making.make(java_command.program()):
        print("there is no AOT cache: jupyter-restart is measured without")


def compiled_once(programs: Path) -> Path:
    """Build the C programs at the first call."""
    from peers import compiled

    return programs if (programs / "stamp").exists() else compiled(programs)


if __name__ == "__main__":
    main()
