"""A server's life as an app: hello, its name, goodbye, and a service that comes and goes."""

import asyncio
import os
from types import SimpleNamespace

import pytest
from companion_life import PID, STARTING, Life, hello, script_of, sent, until
from contract import example
from fake_service import Asked

from jupyter_restart.companion import ends_by_its_user, is_unknown, name_of, ordered_restart
from jupyter_restart.upstream import within


async def test_a_second_server_takes_a_name_with_its_port(service, home):
    script_of(service, pid=4242)
    service.refuse("POST", "/v1/apps/jupyterlab/adopt", 409, "refused", "Another live server has the name.")
    async with Life(home) as life:
        await until(lambda: os.environ.get("JUPYTER_RESTART_APP_NAME") == "jupyterlab-8889")
        assert life.companion.name == "jupyterlab-8889"
    assert sent(service)[:2] == [
        ("/v1/apps/jupyterlab/adopt", hello()),
        ("/v1/apps/jupyterlab-8889/adopt", hello()),
    ]


async def test_a_server_that_the_service_started_goes_by_the_name_it_has_there(service, home):
    script_of(service, name="lab")
    async with Life(home) as life:
        await until(lambda: sent(service) == [("/v1/apps/lab/adopt", hello())])
        assert life.companion.name == "lab"


@pytest.mark.parametrize(
    ("app", "leaves"),
    [
        ({}, True),
        ({"state": "stopping"}, False),
        ({"state": "draining", "restart": STARTING}, False),
        ({"pid": 4242}, False),
    ],
    ids=["usual", "stopped by the service", "restarted by the service", "not ours"],
)
async def test_goodbye_is_said_when_the_user_ends_the_server(service, home, app, leaves):
    script_of(service)
    async with Life(home) as life:
        await until(lambda: life.companion.name)
        await until(lambda: sent(service))
    service.answer("GET", "/v1/apps/jupyterlab", (200, example("App", **{"pid": PID, **app})))
    await life.companion.leave()
    assert (Asked("POST", "/v1/apps/jupyterlab/leave") in service.sent("POST")) == leaves


async def test_goodbye_to_a_service_that_is_away_takes_no_time(service, home, caplog):
    script_of(service)
    async with Life(home) as life:
        await until(lambda: sent(service))
    service.stop()
    await within(2, life.companion.leave())
    assert "was not told that this server ends" in caplog.text


async def test_a_service_that_comes_back_knows_us_or_hears_hello_again(service, home):
    def polls():
        return [asked for asked in service.sent("GET") if asked.target.startswith("/v1/events")]

    script = script_of(service)
    async with Life(home):
        await until(polls)
        service.stop()
        await asyncio.sleep(0)
        service.start()
        # Before it polls again, it has looked whether it is known.
        await until(lambda: len(polls()) >= 2)
        assert len(sent(service)) == 1
        script.snapshot["apps"] = []
        service.stop()
        service.start()
        await until(lambda: len(sent(service)) >= 2)


async def test_a_lost_log_is_no_end(service, home):
    script = script_of(service)
    async with Life(home) as life:
        await until(lambda: sent(service))
        service.refuse("GET", "/v1/events", 410, "unknown_seq", "The log has no event 17.")
        script.add(message="wake up")
        await until(lambda: len([asked for asked in service.asked if asked.target == "/v1/apps"]) >= 3)
        service.answer("GET", "/v1/events", script._reply)
        script.change_app(restart=STARTING)
        await until(lambda: life.restarts == ["r-2"])


def test_decisions_are_made_of_the_snapshot_alone():
    app = example("App", pid=7)
    snapshot = example("Snapshot", apps=[example("App", name="a", pid=None), app])
    assert [name_of(snapshot, pid) for pid in (7, 8)] == ["jupyterlab", "jupyterlab"]
    assert name_of(example("Snapshot", apps=[{**app, "name": "lab"}]), 7) == "lab"
    assert [
        is_unknown(each, 7) for each in (None, app, {**app, "pid": 8}, {**app, "pid": None, "restart": STARTING})
    ] == [
        True,
        False,
        True,
        False,
    ]
    restarting = {**app, "restart": STARTING}
    others = [None, app, {**restarting, "life": "stop_start"}, {**app, "restart": {**STARTING, "step": "restoring"}}]
    assert [ordered_restart(each) for each in (restarting, *others)] == ["r-2", None, None, None, None]
    assert [ends_by_its_user(each, 7) for each in (app, restarting)] == [True, False]


async def test_what_was_asked_of_kernels_while_no_server_was_there_is_done_by_the_next_one(service, home):
    script = script_of(service)
    before = script.seq
    for type_ in ("kernel.restart_ordered", "app.ready", "kernel.postponed"):
        script.add(type=type_, app="jupyterlab")
    heeded = []
    async with Life(home) as life:
        life.companion.limiter = SimpleNamespace(
            heeded=before,
            want=lambda _: None,
            heed=lambda events, seq: heeded.append(([event["type"] for event in events], seq)),
        )
        await until(lambda: heeded)
        script.add(type="kernel.postponed", app="jupyterlab")
        await until(lambda: len(heeded) > 1)
    assert heeded == [
        (["kernel.restart_ordered", "app.ready", "kernel.postponed"], before + 3),
        (["kernel.postponed"], before + 4),
    ]
