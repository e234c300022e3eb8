"""Counts what restarts and kills do to the queue of a real ComfyUI: lost, run twice, out of order.

    COMFYUI_DIR=… COMFYUI_PYTHON=… python bench/comfyui.py [--prompts 20] [--kills 20] [--seed 1]

Prompts are of a node that only takes time, so no model is needed. Without COMFYUI_DIR the tests' stand-in is measured.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "python-shim" / folder) for folder in ("", "tests", "tests/comfyui")]

from comfyui_process import HELD, REAL, ComfyUiProcess  # noqa: E402

SECONDS = 0.3  # a prompt's


@dataclass
class Run:
    """One ComfyUI and the prompts that it answered with 200."""

    comfyui: ComfyUiProcess
    sent: list[str] = field(default_factory=list)
    refused: int = 0  # tries without an answer: the sender knows

    def send(self, count: int, seconds: float = SECONDS) -> None:
        for _ in range(count):
            name = f"p{len(self.sent) + self.refused:03}"
            try:
                self.comfyui.send(name, seconds=seconds)
            except OSError:
                self.refused += 1
            else:
                self.sent.append(name)

    def until_done(self, count: int) -> None:
        self.comfyui.until(lambda: len(self.comfyui.log("end")) >= count, f"{count} prompts to end", 300)

    def row(self, name: str, stopped: float, up: float) -> str:
        self.comfyui.until_idle()
        ends = Counter(self.comfyui.log("end"))
        starts = list(dict.fromkeys(self.comfyui.log("start")))
        missing = sum(name not in ends for name in self.sent)
        told = 0 if not self.has_node() else len(self.comfyui.state()["restored"]["refused"])
        twice = sum(count > 1 for count in ends.values())
        order = "kept" if starts == sorted(starts) else "changed"
        return f"| {name} | {len(self.sent)} | {missing - told} | {twice} | {told} | {order} | {up - stopped:.1f} s |"

    def has_node(self) -> bool:
        return (self.comfyui.nodes / "jupyter_restart").is_dir()


@contextlib.contextmanager
def comfyui(*, node: bool = True):
    folder = Path(tempfile.mkdtemp(prefix="comfyui-bench-"))
    process = ComfyUiProcess(folder / "comfyui", "real" if REAL else "new")
    if not node:
        shutil.rmtree(process.nodes / "jupyter_restart")
    try:
        process.start()
        yield Run(process)
    finally:
        process.kill()
        shutil.rmtree(folder)


def stop_and_start(run: Run, number: int) -> tuple[float, float]:
    stopped = time.monotonic()
    run.comfyui.stop(number)
    run.comfyui.start()
    return stopped, time.monotonic()


def without_node(prompts: int) -> str:
    with comfyui(node=False) as run:
        run.send(prompts)
        run.until_done(3)
        return run.row("none: SIGTERM", *stop_and_start(run, signal.SIGTERM))


def killed(prompts: int) -> str:
    with comfyui() as run:
        run.send(prompts)
        run.until_done(3)
        return run.row("journal: SIGKILL", *stop_and_start(run, signal.SIGKILL))


def drained(prompts: int) -> str:
    """The running prompt ends by itself; more come while it does."""
    with comfyui() as run:
        run.send(prompts)
        run.until_done(3)
        run.comfyui.change("gate", closed=True, restart_id="bench")
        run.send(10)
        run.comfyui.until(lambda: run.comfyui.state()["queue"]["running"] == 0, "the running prompt to end")
        return run.row("gate, drain, SIGTERM; 10 more meanwhile", *stop_and_start(run, signal.SIGTERM))


def interrupted(prompts: int) -> str:
    """The running prompt is a long one and is interrupted."""
    with comfyui() as run:
        run.send(3)
        run.until_done(3)
        run.send(1, seconds=5)
        run.send(prompts - 4)
        run.comfyui.until_started(run.sent[3])
        run.comfyui.change("gate", closed=True, restart_id="bench")
        run.send(10)
        run.comfyui.until(lambda: not run.comfyui.change("interrupt-for-restart")["interrupted"], "nothing to run")
        return run.row("gate, interrupt, SIGTERM; 10 more meanwhile", *stop_and_start(run, signal.SIGTERM))


def killed_at_random(kills: int, seed: int) -> str:
    """Kill it at any moment from the start of its process on, while prompts go on coming."""
    chance = random.Random(seed)
    with comfyui() as run:
        for _ in range(kills):
            run.send(chance.randint(1, 6), seconds=chance.uniform(0.02, 0.5))
            moment = time.monotonic() + chance.uniform(0, 3)
            while time.monotonic() < moment:
                time.sleep(min(0.05, max(0.0, moment - time.monotonic())))
            run.comfyui.kill()
            run.comfyui.start(wait=False)
            if chance.random() < 0.25:  # while it starts, too
                time.sleep(chance.uniform(0, 8 if REAL else 0.5))
                run.comfyui.kill()
                run.comfyui.start(wait=False)
            run.comfyui.until(run.comfyui.is_up, "ComfyUI to listen", 120)
        now = time.monotonic()
        return run.row(f"journal: {kills} times SIGKILL at random", now, now).replace("0.0 s", "")


def answer_times(*, node: bool, count: int = 200) -> list[float]:
    """Milliseconds for POST /prompt with 50 KB of workflow, behind one long prompt."""
    with comfyui(node=node) as run:
        run.comfyui.send("long", seconds=HELD)
        run.comfyui.until_started("long")
        times = []
        for number in range(count):
            start = time.perf_counter()
            run.comfyui.send(f"q{number}", extra_data={"extra_pnginfo": {"workflow": "x" * 50_000}})
            times.append((time.perf_counter() - start) * 1000)
        return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, value in (("prompts", 20), ("kills", 20), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    with comfyui() as run:
        print(f"ComfyUI {run.comfyui.state()['comfyui']}", flush=True)
    print("| how it was stopped | prompts | lost | twice | set aside | order | stop to up |")
    print("| --- " * 7 + "|", flush=True)
    for measure in (without_node, killed, drained, interrupted):
        print(measure(options.prompts), flush=True)
    print(killed_at_random(options.kills, options.seed), flush=True)
    for node in (False, True):
        times = sorted(answer_times(node=node))
        slow = times[int(len(times) * 0.99) - 1]
        print(f"POST /prompt {'with' if node else 'without'} node: median {statistics.median(times):.1f} ms, "
              f"99 % {slow:.1f} ms", flush=True)  # fmt: skip


main()
