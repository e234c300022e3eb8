"""A companion at work beside a fake service."""

import asyncio
import logging
import os

from contract import example
from fake_service import EventScript

from jupyter_restart.companion import Companion, ThisServer
from jupyter_restart.upstream import Upstream

PID = os.getpid()
KEPT = example("Kept")
COMMAND = ["jupyter-lab", "--port=8889"]
SERVER = ThisServer(PID, None, 8889, "http://127.0.0.1:8889/", respawn=COMMAND, restart_id=None, kept=None, notes=[])
STARTING = example("Restart", id="r-2", step="starting")


class Life:
    """A companion at work; `restart` is what it is to do for a restart in place."""

    def __init__(self, home, server=SERVER, restart=None, starter=None, busy_with=None):
        self.restarts = []
        self.standbys = []

        async def recorded(restart_id, standby):
            self.restarts.append(restart_id)
            self.standbys.append(standby)
            if restart:
                await restart(restart_id)

        self.companion = Companion(Upstream(home), starter, recorded, logging.getLogger("test"), busy_with)
        self._server = server

    async def __aenter__(self):
        self._task = asyncio.ensure_future(self.companion.run(self._server))
        return self

    async def __aexit__(self, *_):
        self._task.cancel()
        results = await asyncio.gather(self._task, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError), results


async def until(condition, timeout_s=30):
    for _ in range(int(timeout_s / 0.01)):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"not within {timeout_s} s")


def script_of(service, **app):
    """A service that knows one app, which is this process unless told otherwise."""
    script = EventScript(service)
    script.snapshot["apps"][0].update({"pid": PID, **app})
    return script


def sent(service):
    return [(asked.target, asked.body) for asked in service.sent("POST")]


def hello(**changes):
    usual = {
        "pid": PID,
        "serving_pid": None,
        "standby_pid": None,
        "preset": "jupyterlab",
        "port": 8889,
        "life": "in_place",
        "restart_id": None,
    }
    return {
        **usual,
        "url": "http://127.0.0.1:8889/",
        "kept": None,
        "took_over": False,
        "respawn": True,
        "command": COMMAND,
        "notes": [],
        **changes,
    }
