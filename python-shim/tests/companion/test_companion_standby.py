"""A server that stands by is known to the service, and so is one that took over."""

import asyncio
import dataclasses

from companion_life import KEPT, SERVER, STARTING, Life, hello, script_of, sent, until
from contract import example

from jupyter_restart.reserve import Report


class Standing:
    """Stands in for the reserve: whether a server is wanted, and which one stands by."""

    def __init__(self):
        self.report = Report()
        self.wanted = []

    def want(self, is_wanted):
        self.wanted.append(is_wanted)


async def test_a_server_stands_by_where_the_service_says_so_and_is_told_of(service, home):
    script = script_of(service, standby="always")
    async with Life(home) as life:
        reserve = life.companion.reserve = Standing()
        await until(lambda: reserve.wanted)
        reserve.report = Report(pid=4301)
        life.companion.standby_changed()
        await until(lambda: len(sent(service)) == 2)
        reserve.report = Report(why_not="memory is short")
        life.companion.standby_changed()
        await until(lambda: len(sent(service)) == 3)
        script.change_app(standby="restart")
        await until(lambda: not reserve.wanted[-1])
    assert reserve.wanted[0]
    told = [body for _, body in sent(service)]
    assert told[:2] == [hello(), hello(standby_pid=4301)]
    (note,) = told[2]["notes"]
    assert (note["code"], note["message"]) == (
        "no_standby",
        "No server stands by against crashes: memory is short.",
    )


async def test_who_stands_by_since_the_first_hello_was_begun_is_told_too(service, home):
    script_of(service)
    reserve = Standing()
    loop = asyncio.get_running_loop()

    def hear(_):
        if reserve.report == Report():
            reserve.report = Report(pid=4301)
            loop.call_soon_threadsafe(life.companion.standby_changed)
        return 202, {"seq": 1, "restart_id": None}

    service.answer("POST", "/v1/apps/jupyterlab/adopt", hear)
    async with Life(home) as life:
        life.companion.reserve = reserve
        await until(lambda: len(sent(service)) == 2)
    assert [body for _, body in sent(service)] == [hello(), hello(standby_pid=4301)]


async def test_who_stands_by_is_told_to_a_service_that_comes_back(service, home):
    script = script_of(service, standby="always")
    async with Life(home) as life:
        reserve = life.companion.reserve = Standing()
        await until(lambda: any(asked.target.startswith("/v1/events") for asked in service.sent("GET")))
        service.refuse("POST", "/v1/apps/jupyterlab/adopt", 503, "unavailable", "It is busy.")
        reserve.report = Report(pid=4301)
        life.companion.standby_changed()
        await until(lambda: len(sent(service)) >= 2)
        script.snapshot["apps"] = []
        script.add(message="the service has lost its state")
        await until(lambda: sum(1 for _, body in sent(service) if body == hello(standby_pid=4301)) >= 2)


async def test_a_server_that_took_over_from_one_that_hung_is_what_that_restart_came_to(service, home):
    script_of(service, restart=example("Restart", id="r-2", step="starting", reason="hang"))
    server = dataclasses.replace(SERVER, kept=KEPT, took_over=True)
    async with Life(home, server) as life:
        await until(lambda: sent(service))
        await asyncio.sleep(0.1)
    assert sent(service)[0][1] == hello(restart_id="r-2", kept=KEPT, took_over=True)
    assert life.restarts == []


async def test_a_planned_restart_is_carried_out_also_by_a_server_that_took_over(service, home):
    script_of(service, restart=STARTING)
    server = dataclasses.replace(SERVER, kept=KEPT, took_over=True)
    async with Life(home, server) as life:
        await until(lambda: life.restarts)
    assert sent(service)[0][1] == hello(kept=KEPT, took_over=True)
    assert life.restarts == ["r-2"]


async def test_whether_a_new_server_stands_by_is_what_the_config_says_at_that_time(service, home):
    script = script_of(service)
    async with Life(home) as life:
        await until(lambda: sent(service))
        script.change_app(state="starting", restart=STARTING, standby="never")
        await until(lambda: life.restarts)
        script.change_app(restart={**STARTING, "id": "r-3"}, standby="restart")
        await until(lambda: len(life.restarts) == 2)
    assert life.standbys == ["never", "restart"]
