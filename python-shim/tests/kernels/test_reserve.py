"""What keeps a server standing by, without one: what it says where something goes wrong with itself."""

import asyncio
import logging
from types import SimpleNamespace

import pytest
from waiting import TIMEOUT_S

from jupyter_restart import front, listening, memory, reserve, succession
from jupyter_restart.reserve import Report, Reserve, Ways


def standing():
    """A successor that stands by for ever."""
    ended = SimpleNamespace(pid=4301, gone=asyncio.Event().wait)
    ended.stand = ended.end = ended.kill = lambda *_: None
    return ended


async def at_once():
    """Nothing to wait for."""


@pytest.fixture
def reserve_of(monkeypatch):
    """Makes one for a server, whose successors are what `start` gives."""
    monkeypatch.setattr(front, "pid", lambda: 4300)
    monkeypatch.setattr(succession, "obstacle", lambda: None)
    monkeypatch.setattr(listening, "listening_sockets", lambda _: [])
    monkeypatch.setattr(reserve, "_MEMORY_EVERY_S", 0.001)

    def made(start, changed):
        monkeypatch.setattr(reserve.Successor, "start", start)
        server = SimpleNamespace(log=logging.getLogger("server"), stop=None, _cleanup=None)
        return Reserve(server, Ways(at_once, at_once, "", 1.0, calm_s=0.0), changed)

    return made


def test_memory_that_cannot_be_looked_at_is_told_once_and_ends_nothing(reserve_of, monkeypatch, caplog):
    async def story():
        looks, reports, over = [], [], asyncio.Event()

        def look():
            looks.append(None)
            if len(looks) == 9:
                over.set()
            raise OSError(24, "Too many open files")

        async def start(*_, **__):
            return standing()

        monkeypatch.setattr(memory, "available_bytes", look)
        kept = reserve_of(start, lambda: reports.append(kept.report))
        kept.want(is_wanted=True)
        await asyncio.wait_for(over.wait(), TIMEOUT_S)
        # A copy: the end of the loop ends the one that stands by.
        return list(reports)

    assert asyncio.run(story()) == [Report(pid=4301)]
    assert [record.getMessage() for record in caplog.records if record.name == "server"] == [
        "How much memory is left cannot be told, so a server stands by whatever it is: [Errno 24] Too many open files"
    ]


def test_an_end_that_nobody_has_foreseen_is_told(reserve_of, monkeypatch, caplog):
    monkeypatch.setattr(memory, "available_bytes", lambda: 1 << 40)

    async def story():
        over = asyncio.Event()

        async def start(*_, **__):
            raise RuntimeError("can't start new thread")

        kept = reserve_of(start, over.set)
        kept.want(is_wanted=True)
        await asyncio.wait_for(over.wait(), TIMEOUT_S)
        return kept.report

    assert asyncio.run(story()) == Report(why_not="RuntimeError: can't start new thread")
    assert "No server stands by any more" in caplog.text
