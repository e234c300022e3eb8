"""Counts what a restart by the service, and kills of ComfyUI and of the service, do to a ComfyUI's queue.

    COMFYUI_DIR=… COMFYUI_PYTHON=… python bench/comfyui_restart.py [--prompts 20] [--kills 20] [--without-node [--seen]]

A prompt draws, blurs and saves one picture with ComfyUI's own nodes: a picture too few is a lost prompt, one too many
ran twice, one without its end is torn. Without COMFYUI_DIR the tests' stand-in runs prompts that only take time. With
--without-node the service keeps the queue from outside; with --seen, too, it has seen what was sent before each kill.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "python-shim" / folder) for folder in ("", "tests", "tests/comfyui")]

from comfyui_process import REAL  # noqa: E402
from supervised import Supervised  # noqa: E402

SECONDS = 0.3  # a stand-in's prompt
MEANWHILE = 10  # prompts
PNG_END = b"IEND\xaeB`\x82"


@dataclass
class Run:
    comfyui: Supervised
    node: bool
    sent: list[str] = field(default_factory=list)
    refused: int = 0  # tries without an answer: the sender knows
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, count: int) -> None:
        for _ in range(count):
            name = f"p{len(self.sent) + self.refused:03}"
            try:
                self._send(name)
            except (OSError, AssertionError):
                self.refused += 1
            else:
                self.sent.append(name)

    def _send(self, name: str) -> None:
        if not REAL:
            self.comfyui.send(name, seconds=SECONDS)
            return
        image = {"width": 512, "height": 512, "batch_size": 1, "color": int(name[1:]) + 1}
        blur = {"image": ["1", 0], "blur_radius": 15, "sigma": 5.0}
        save = {"images": ["2", 0], "filename_prefix": name}
        nodes = {"1": ("EmptyImage", image), "2": ("ImageBlur", blur), "3": ("SaveImage", save)}
        prompt = {key: {"class_type": kind, "inputs": inputs} for key, (kind, inputs) in nodes.items()}
        status, answer = self.comfyui.request("POST", "/api/prompt", {"prompt": prompt, "client_id": "tab"})
        assert status == 200, answer

    def pictures(self) -> list[Path]:
        return sorted((self.comfyui.folder / "output").glob("p*.png"), key=lambda file: file.stat().st_mtime_ns)

    def ends(self) -> list[str]:
        return [file.name[:4] for file in self.pictures() if is_whole(file)] if REAL else self.comfyui.log("end")

    def torn(self) -> int:
        return sum(not is_whole(file) for file in self.pictures())

    def until_done(self, count: int) -> None:
        self.comfyui.until(lambda: len(self.ends()) >= count, f"{count} prompts to end", 300)

    def until_seen(self) -> None:
        """Wait until the service has written down what is in the queue; not for a ComfyUI that is away."""

        def is_seen() -> bool:
            queue = self.comfyui.get("/queue")
            ids = {item[1] for item in [*queue["queue_running"], *queue["queue_pending"]]}
            return ids <= set(self.comfyui.kept_prompts())

        with contextlib.suppress(OSError):
            self.comfyui.until(is_seen, "the service to see the queue")

    def still(self) -> float:
        """Give the longest time between the ends of two prompts."""
        if not REAL:
            return 0.0
        times = [file.stat().st_mtime for file in self.pictures()]
        return max(later - earlier for earlier, later in itertools.pairwise(times))

    def row(self, name: str, event: dict | None = None) -> str:
        self.comfyui.until(self.comfyui.is_up, "ComfyUI to listen", 400)
        self.comfyui.until_idle()
        ends = Counter(self.ends())
        told = len(self.comfyui.state()["restored"]["refused"] if self.node else self.comfyui.kept())
        lost = max(0, sum(name not in ends for name in self.sent) - told)
        twice = sum(count > 1 for count in ends.values())
        more = "" if event is None else f"{event['data']['duration_s']:.1f} s; still {self.still():.1f} s"
        first = list(dict.fromkeys(self.ends()))
        order = "kept" if first == sorted(first) else "changed"
        return f"| {name} | {len(self.sent)} | {lost} | {twice} | {self.torn()} | {told} | {order} | {more} |"


def is_whole(picture: Path) -> bool:
    """Tell whether it was written to its end: a kill in the middle of one leaves a part of it, for ComfyUI."""
    return picture.read_bytes().endswith(PNG_END)


@contextlib.contextmanager
def comfyui(node: bool):
    folder = Path(tempfile.mkdtemp(prefix="comfyui-restart-"))
    process = Supervised(folder / "comfyui", node=node)
    try:
        process.verb("service", "start")
        process.until(process.is_up, "ComfyUI to listen", 120)
        process.until(lambda: process.status()["apps"][0]["state"] == "running", "the service to know it", 60)
        yield Run(process, node)
    finally:
        process.end()
        shutil.rmtree(folder, ignore_errors=True)


def restarted(node: bool, prompts: int, *words: str) -> str:
    """Restart in the middle of the queue; more prompts come meanwhile."""
    with comfyui(node) as run:
        run.send(prompts)
        run.until_done(3)
        order = threading.Thread(target=run.comfyui.verb, args=("force-restart", "comfyui", "--wait", *words))
        order.start()
        for _ in range(MEANWHILE):
            run.send(1)
            time.sleep(0.2)
        order.join()
        return run.row(" ".join(["force-restart", *words]), run.comfyui.completed())


def killed_at_random(node: bool, seen: bool, kills: int, seed: int) -> str:
    """Kill ComfyUI, the service, or both, at any moment, in restarts too, while prompts go on coming."""
    chance = random.Random(seed)
    victims = Counter()
    with comfyui(node) as run:
        for _ in range(kills):
            run.send(chance.randint(1, 4))
            if chance.random() < 0.4:
                with contextlib.suppress(AssertionError):
                    run.comfyui.verb("force-restart", "comfyui")
            time.sleep(chance.uniform(0, 4))
            status = run.comfyui.status()
            pids = {"ComfyUI": status["apps"][0]["pid"], "the service": status["service"]["pid"]}
            if seen:
                run.until_seen()
            chosen = chance.choice([["ComfyUI"], ["the service"], ["ComfyUI", "the service"]])
            for name in chosen:
                if pids[name]:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pids[name], signal.SIGKILL)
                        victims[name] += 1
            time.sleep(chance.uniform(0, 1))
            if "the service" in chosen:
                run.comfyui.verb("service", "start")
            if chance.random() < 0.6:
                run.comfyui.until(run.comfyui.is_up, "ComfyUI to listen", 400)
        counts = ", ".join(f"{name} {count} times" for name, count in sorted(victims.items()))
        return run.row(f"SIGKILL at random: {counts}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, value in (("prompts", 20), ("kills", 20), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=value)
    for name in ("without-node", "seen"):
        parser.add_argument(f"--{name}", action="store_true")
    options = parser.parse_args()
    node = not options.without_node
    print("| how | prompts | lost | twice | torn files | set aside | order | restart |")
    print("| --- " * 8 + "|", flush=True)
    print(restarted(node, options.prompts), flush=True)
    print(restarted(node, options.prompts, "--now"), flush=True)
    print(killed_at_random(node, options.seen, options.kills, options.seed), flush=True)


main()
