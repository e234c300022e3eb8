"""What the limiter makes of its judgement: with a server and a service that are not there."""

import asyncio
import json
import logging
import os
import time
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from jupyter_restart.errors import ServiceNotRunningError
from jupyter_restart.kernels import limiter
from jupyter_restart.kernels.measuring import Use
from jupyter_restart.kernels.state import KernelRecord

GB = 2**30


class Manager:
    """The kernels of a server, by their ids."""

    def __init__(self, **states):
        self._kernels = {
            name: SimpleNamespace(execution_state=state, kernel_name="python3") for name, state in states.items()
        }
        self.restarted = []
        self.failure = None

    def __contains__(self, kernel_id):
        return kernel_id in self._kernels

    async def restart_kernel(self, kernel_id):
        if self.failure:
            raise self.failure
        self.restarted.append(kernel_id)


def event(seq, kind, data, ago_s=0.0):
    time = (datetime.now(timezone.utc) - timedelta(seconds=ago_s)).isoformat().replace("+00:00", "Z")
    return {"seq": seq, "time": time, "type": kind, "data": data}


def ordered(seq, kernels, over=None, ago_s=0.0):
    return event(seq, "kernel.restart_ordered", {"kernels": [*kernels], "over_bytes": over}, ago_s)


class World:
    """A server with kernels of 6 GB, and what it tells."""

    def __init__(self, folder, age_s, **states):
        self.manager = Manager(**states)
        self.uses = {name: Use(6 * GB, 0.0) for name in states}
        self.told = []
        self.is_service_up = True

        async def list_sessions():
            return [{"kernel": {"id": name}, "path": f"{name}.ipynb"} for name in states]

        server = SimpleNamespace(
            kernel_manager=self.manager,
            session_manager=SimpleNamespace(list_sessions=list_sessions),
            log=logging.getLogger("test"),
        )
        started = int(time.clock_gettime(time.CLOCK_BOOTTIME) - age_s) * os.sysconf("SC_CLK_TCK")
        self.keeper = SimpleNamespace(
            state=SimpleNamespace(folder=folder),
            records=(records := [KernelRecord(name, "python3", 1, started, "", {}, {}) for name in states]),
            record={record.kernel_id: record for record in records}.get,
            asked_at={},
            restarting=False,
        )
        self.limiter = limiter.Limiter(server, self.keeper, self._tell, notice_s=0.0)

    async def _tell(self, kind, message, data):
        if not self.is_service_up:
            raise ServiceNotRunningError("away")
        self.told.append((kind, message, data))

    def rounds(self, count):
        async def scenario():
            for _ in range(count):
                await self.limiter._round(5 * GB)

        asyncio.run(scenario())

    def order(self, kernels=(), over=None):
        return self.heed(ordered(9, kernels, over))

    def heed(self, *events, seq=20):
        async def scenario():
            self.limiter.heed(events, seq)
            await asyncio.gather(*self.limiter._orders)

        asyncio.run(scenario())
        return self.told[-1]


@pytest.fixture
def make(monkeypatch, tmp_path):
    def made(age_s=0.0, **states):
        world = World(tmp_path, age_s, **states)
        monkeypatch.setattr(limiter, "measure", lambda *_: dict(world.uses))
        return world

    return made


def test_a_kernel_is_told_of_then_restarted_and_told_of_again(make):
    world = make(k="idle")
    world.rounds(2)
    data = {"kernel_id": "k", "path": "k.ipynb", "memory_bytes": 6 * GB, "limit_bytes": 5 * GB}
    has = "The kernel of k.ipynb has 6 GB of memory, its limit is 5 GB."
    assert world.told == [
        (
            "kernel.limit_reached",
            f"{has} It is restarted, and loses its variables, when idle for 0 s",
            {**data, "notice_s": 0.0},
        ),
        (
            "kernel.restarted",
            "The kernel of k.ipynb was restarted at 6 GB: its variables are gone",
            {**data, "reason": "memory"},
        ),
    ]
    # It is as large again: that another restart would not help is told once.
    world.rounds(3)
    assert [kind for kind, _, _ in world.told[2:]] == ["kernel.limit_reached"]
    assert world.told[2][1] == f"{has} It had from its start, so it is not restarted again: raise kernel_memory_limit"
    assert world.manager.restarted == ["k"]


@pytest.mark.parametrize("state", ["busy", "starting", "unknown"])
def test_a_kernel_that_is_not_idle_is_left_alone(make, state):
    world = make(k=state)
    world.rounds(5)
    assert (world.manager.restarted, len(world.told)) == ([], 1)


def test_a_kernel_that_has_said_nothing_since_it_started_is_idle_after_a_while(make):
    world = make(age_s=40.0, k="starting")
    world.rounds(2)
    assert world.manager.restarted == ["k"]


def test_a_kernel_in_which_a_thread_computes_is_left_alone(make):
    world = make(k="idle")
    for seconds in range(5):
        world.uses = {"k": Use(6 * GB, 100.0 * seconds)}
        world.rounds(1)
    assert (world.manager.restarted, len(world.told)) == ([], 1)


def test_nothing_is_restarted_of_which_nobody_could_be_told(make):
    world = make(k="idle")
    world.is_service_up = False
    world.rounds(5)
    assert world.manager.restarted == []


def test_nothing_is_restarted_while_the_server_is(make):
    world = make(k="idle")
    world.keeper.restarting = True
    world.rounds(5)
    assert world.manager.restarted == []


def test_a_kernel_that_can_not_be_restarted_is_told_of(make):
    world = make(k="idle")
    world.manager.failure = RuntimeError("no more processes")
    world.rounds(5)
    assert [told[:2] for told in world.told[1:]] == [
        ("kernel.restart_failed", "The kernel of k.ipynb was not restarted: no more processes")
    ]


def test_what_was_put_off_is_put_off_for_the_next_server_too(make, tmp_path):
    world = make(k="idle")
    world.limiter.heed([event(1, "kernel.postponed", {"kernel_id": "k", "duration_s": 1800})], 1)
    world.rounds(5)
    assert json.loads((tmp_path / "postponed.json").read_text()).keys() == {"k"}
    following = make(k="idle")
    following.rounds(5)
    assert (world.manager.restarted, following.manager.restarted) == ([], [])


def test_a_full_disk_keeps_nothing_from_being_put_off(make, tmp_path):
    world = make(k="idle")
    (tmp_path / "postponed.json").mkdir()
    world.limiter.heed([event(1, "kernel.postponed", {"kernel_id": "k", "duration_s": 1800})], 1)
    world.rounds(5)
    assert world.manager.restarted == []


def test_an_order_says_what_came_of_each_kernel(make):
    world = make(large="idle", small="idle", at_work="busy")
    world.uses["small"] = Use(GB, 0.0)
    kind, message, data = world.order(["gone"], 5 * GB)
    assert (kind, message) == (
        "kernel.order_done",
        "1 kernel restarted; gone is left alone: there is no such kernel; at_work.ipynb is left alone: it is busy",
    )
    assert (data["order"], data["restarted"], [each["kernel_id"] for each in data["left"]]) == (
        9,
        1,
        ["gone", "at_work"],
    )
    assert world.manager.restarted == ["large"]


def test_an_order_that_a_server_did_not_finish_is_finished_by_the_next_one(make):
    world = make(a="idle", b="idle", c="idle")
    assert world.limiter.heeded is None
    restarted = {"kernel_id": "a", "order": 9}
    _, message, data = world.heed(
        ordered(5, ["c"]), event(6, "kernel.order_done", {"order": 5}), ordered(9, "ab"),
        event(10, "kernel.restarted", restarted),
    )  # fmt: skip
    assert (message, data["order"], data["restarted"]) == ("2 kernels restarted", 9, 2)
    assert world.manager.restarted == ["b"]
    assert make(a="idle").limiter.heeded == 20


def test_an_order_under_way_is_not_begun_twice_and_is_left_to_the_server_that_follows(make):
    world = make(a="idle")
    world.keeper.restarting = True

    async def scenario():
        world.limiter.heed([ordered(9, "a")], 12)
        world.limiter.heed([ordered(9, "a")], 14)
        await asyncio.sleep(0)
        assert len(world.limiter._orders) == 1
        await world.limiter.close()

    asyncio.run(scenario())
    follower = make(a="idle")
    assert (world.manager.restarted, follower.limiter.heeded) == ([], 8)
    assert follower.heed(ordered(9, "a"))[1] == "1 kernel restarted"


def test_an_order_of_long_ago_restarts_nothing(make):
    world = make(a="idle")
    message = world.heed(ordered(9, "a", ago_s=660))[1]
    assert message == "0 kernels restarted; a.ipynb is left alone: it was asked for 11 min 0 s ago"
    assert world.manager.restarted == []
