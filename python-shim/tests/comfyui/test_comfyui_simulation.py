"""Random histories by seed: prompts come, run, are deleted, ComfyUI is killed at any byte it writes.

Every prompt that ComfyUI answered for runs exactly once, is deleted by the user, or is reported; the order stays.
A prompt in whose very acceptance, end or deletion the kill fell may count either way, but never runs twice after it.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from pathlib import Path

import pytest
from fake_comfyui import ERROR, INTERRUPTED, SUCCESS, FakeServer

from jupyter_restart.comfyui_node import journal as journal_module
from jupyter_restart.comfyui_node.comfyui import ComfyUi
from jupyter_restart.comfyui_node.folder import Folder
from jupyter_restart.comfyui_node.gate import Purpose
from jupyter_restart.comfyui_node.node import Node
from jupyter_restart.comfyui_node.records import Outcome
from jupyter_restart.comfyui_node.settings import Restore, Settings

SEEDS = 250


class KilledError(BaseException):
    """The process is no more."""


class Disk:
    """The journal's system calls. A kill leaves what was written; a lost machine keeps only what was synced, and more
    of the rest the luckier it is."""

    def __init__(self, chance: random.Random, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
        self.chance = chance
        self.path = path
        self.calls_to_live = 1 << 30
        self.synced = 0
        self.open_files: set[int] = set()
        self.write, self.replace, self.open = os.write, Path.replace, os.open
        monkeypatch.setattr(journal_module.os, "write", self._write)
        monkeypatch.setattr(journal_module.os, "fsync", self._fsync)

        def replace(source: Path, target: Path) -> Path:
            return self._replace(source, target)

        monkeypatch.setattr(Path, "replace", replace)

    def _step(self) -> bool:
        self.calls_to_live -= 1
        return self.calls_to_live <= 0

    def _write(self, file: int, data: bytes) -> int:
        if self._step():
            self.write(file, data[: self.chance.randint(0, len(data))])
            raise KilledError
        return self.write(file, data)

    def _fsync(self, file: int) -> None:
        if self._step():
            raise KilledError
        if os.path.exists(self.path) and os.fstat(file).st_ino == os.stat(self.path).st_ino:  # noqa: PTH110, PTH116
            self.synced = os.fstat(file).st_size

    def _replace(self, source: Path, target: Path) -> Path:
        if self._step():
            raise KilledError
        self.synced = source.stat().st_size
        return self.replace(source, target)

    def lose_machine(self) -> None:
        size = self.path.stat().st_size
        os.truncate(self.path, self.chance.randint(min(self.synced, size), size))


class World:
    """One user, one disk, and one ComfyUI after another."""

    def __init__(self, seed: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.chance = random.Random(seed)
        self.folder = folder
        self.form = self.chance.choice(["old", "new"])
        self.settings = Settings(folder, Restore.ALWAYS, max_crashes=3)
        self.disk = Disk(self.chance, monkeypatch, folder / "journal.jsonl")
        self.sent = 0
        self.accepted: set[str] = set()
        self.unsure: Counter[str] = Counter()  # kills that fell into its very moment
        self.deleted: set[str] = set()
        self.runs: Counter[str] = Counter()
        self.refused: dict[str, str] = {}
        self.running: tuple | None = None
        self.busy_with: str | None = None

    def start(self) -> None:
        self.server = FakeServer(self.form)
        comfyui = ComfyUi(self.server, "0", 1, self.folder, self.folder / "temp", lambda: None, None)
        self.running, self.busy_with = None, None
        self.held = Folder(self.folder)
        self.node = Node(comfyui, self.settings, self.held)
        self.node.journal._compact_from = 3_000
        asyncio.run(self.node.at_startup(None))
        self.node.open_gate()
        self.refused |= {entry["prompt_id"]: entry["why"] for entry in self.node.report.refused}

    def send(self) -> None:
        self.sent += 1
        name = f"n{self.sent}"
        body = {"prompt": {"1": {"class_type": "EmptyImage", "inputs": {"name": name}}}, "client_id": "tab"}
        if self.chance.random() < 0.15:
            body["front"] = True
        if self.chance.random() < 0.1:
            body["number"] = self.chance.choice([-2.5, 0.5, 3])
        self.busy_with = name
        assert self.server.queue_prompt(body)[0] == 200
        self.accepted.add(name)

    def work(self) -> None:
        if self.running is None:
            self.running = self.server.prompt_queue.get(timeout=0)
            return
        (item, item_id), self.running = self.running, None
        self.busy_with = name_of(item)
        self.runs[name_of(item)] += 1
        self.server.prompt_queue.task_done(item_id, {}, self.chance.choice([SUCCESS, SUCCESS, ERROR]), None)

    def interrupt_for_restart(self) -> None:
        self.node.journal.append(journal_gate("r"), durable=True)
        self.node.gate.close(Purpose.RESTART, 1000)
        self.node.interrupt_for_restart()
        if self.running is not None:
            self.server.prompt_queue.task_done(self.running[1], {}, INTERRUPTED, None)
            self.running = None
        assert self.server.prompt_queue.get(timeout=0) is None
        if self.chance.random() < 0.3:
            self.node.open_gate()  # called off

    def delete(self) -> None:
        pending = self.server.prompt_queue.queue
        if pending:
            victim = self.chance.choice(pending)
            self.busy_with = name_of(victim)
            self.server.prompt_queue.delete_queue_item(lambda item: item is victim)
            self.deleted.add(name_of(victim))

    def step(self) -> None:
        self.busy_with = None
        action = self.chance.choices(
            [self.send, self.work, self.delete, self.interrupt_for_restart], weights=[5, 8, 1, 0.3]
        )[0]
        action()

    def die(self) -> list[str]:
        """Give the order that the next start must find."""
        if self.busy_with is not None:
            self.unsure[self.busy_with] += 1
        queue = self.server.prompt_queue
        order = [name_of(item) for item in sorted([*queue.currently_running.values(), *queue.queue], key=place_of)]
        os.close(self.node.journal._file)
        self.held.close()
        if self.chance.random() < 0.5:
            self.disk.lose_machine()
        return [name for name in order if name not in self.unsure]

    def live_and_die(self) -> None:
        self.disk.calls_to_live = self.chance.randint(1, 60)
        try:
            for _ in range(40):
                self.step()
        except KilledError:
            pass
        order = self.die()
        self.disk.calls_to_live = 1 << 30
        if self.chance.random() < 0.3:  # killed while it puts back, too
            self.disk.calls_to_live = self.chance.randint(1, 20)
            try:
                self.start()
            except KilledError:
                self.held.close()
            else:
                self.die()
            self.disk.calls_to_live = 1 << 30
        self.start()
        found = [name_of(item) for item in sorted(self.server.prompt_queue.queue, key=place_of)]
        assert [n for n in found if n not in self.unsure] == [n for n in order if n not in self.refused_names()]

    def refused_names(self) -> set[str]:
        return {name_of(p.item) for p in self.node.journal.ledger.prompts.values() if p.place.value == "refused"}

    def finish(self) -> None:
        self.disk.calls_to_live = 1 << 30
        while self.running is not None or self.server.prompt_queue.queue:
            self.work()


def journal_gate(restart_id: str) -> journal_module.Record:
    from jupyter_restart.comfyui_node.records import GateChanged

    return GateChanged(closed=True, purpose="restart", restart_id=restart_id)


def place_of(item) -> tuple[float, str]:
    return item[:2]


def name_of(item) -> str:
    return item[2]["1"]["inputs"]["name"]


@pytest.mark.parametrize("block", range(5))
def test_every_accepted_prompt_runs_once_or_is_reported(block: int, tmp_path: Path):
    for seed in range(block * SEEDS // 5, (block + 1) * SEEDS // 5):
        with pytest.MonkeyPatch.context() as monkeypatch:
            world = World(seed, tmp_path / str(seed), monkeypatch)
            world.start()
            for _ in range(world.chance.randint(1, 6)):
                world.live_and_die()
            world.finish()
            refused = world.refused_names()
            wrong = {
                name: world.runs[name]
                for name in world.accepted - set(world.unsure) - world.deleted - refused
                if world.runs[name] != 1
            }
            twice = {name for name, runs in world.runs.items() if runs > 1 + world.unsure[name]}
            undead = {name for name in world.deleted - set(world.unsure) if world.runs[name]}
            assert (seed, wrong, twice, undead) == (seed, {}, set(), set())
            assert {d.outcome for d in world.node.journal.ledger.finished} <= set(Outcome)
            assert world.node.queue.pending() == []
