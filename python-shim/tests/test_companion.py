"""The server's side of its life as an app: hello, restarts in place, goodbye, whatever the service does."""

import asyncio
import dataclasses
import logging
import os
from types import SimpleNamespace

import pytest
from contract import example
from fake_service import Asked, EventScript

from jupyter_restart import activity, companion
from jupyter_restart.companion import Companion, ThisServer, ends_by_its_user, is_unknown, name_of, ordered_restart
from jupyter_restart.extension import is_jupyter_command
from jupyter_restart.reserve import Report
from jupyter_restart.starter import ServiceStarter
from jupyter_restart.upstream import Upstream, within

PID = os.getpid()
KEPT = example("Kept")
COMMAND = ["jupyter-lab", "--port=8889"]
SERVER = ThisServer(PID, None, 8889, "http://127.0.0.1:8889/", respawn=COMMAND, restart_id=None, kept=None, notes=[])
STARTING = example("Restart", id="r-2", step="starting")


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(companion, "_FIRST_PAUSE_S", 0.02)
    monkeypatch.setattr(companion, "_LONGEST_PAUSE_S", 0.05)
    monkeypatch.delenv("JUPYTER_RESTART_APP_NAME", raising=False)
    yield
    # It is set in the process for kernels to come.
    os.environ.pop("JUPYTER_RESTART_APP_NAME", None)


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


async def test_hello_after_a_restart_tells_what_was_kept_once(service, home):
    script = script_of(service, restart=example("Restart", id="r-1", step="starting"))
    server = ThisServer(
        PID, 4300, 8889, "http://127.0.0.1:8889/", respawn=COMMAND, restart_id="r-1", kept=KEPT, notes=[]
    )
    async with Life(home, server) as life:
        await until(lambda: sent(service))
        # The restart that this server came from is not carried out a second time.
        script.change_app(restart=None)
        script.snapshot["apps"] = []
        script.add(message="the service has lost its state")
        await until(lambda: len(sent(service)) >= 2)
    assert sent(service)[:2] == [
        ("/v1/apps/jupyterlab/adopt", hello(serving_pid=4300, restart_id="r-1", kept=KEPT)),
        ("/v1/apps/jupyterlab/adopt", hello(serving_pid=4300)),
    ]
    assert life.restarts == []


class Standing:
    """Stands in for the reserve: whether a server is wanted, and which one stands by."""

    def __init__(self):
        self.report = Report()
        self.wanted = []

    def want(self, is_wanted):
        self.wanted.append(is_wanted)


async def test_a_restart_that_ends_by_the_hello_is_not_carried_out_once_more(service, home):
    script = script_of(service, restart={**STARTING, "reason": "crash"})

    def hear(_):
        script.change_app(restart=None)
        return 202, {"seq": 1, "restart_id": None}

    service.answer("POST", "/v1/apps/jupyterlab/adopt", hear)
    async with Life(home) as life:
        await until(lambda: sent(service))
        script.change_app(restart={**STARTING, "id": "r-3"})
        await until(lambda: life.restarts)
    assert life.restarts == ["r-3"]


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


async def test_a_server_that_is_replaced_for_a_front_says_no_goodbye(service, home):
    script_of(service)
    service.answer("GET", "/v1/apps/jupyterlab", (200, example("App", pid=PID, restart=None)))
    async with Life(home) as life:
        await until(lambda: sent(service))

        async def replace():
            # What ends with the old server ends its extensions too.
            await life.companion.leave()
            assert life.companion.is_restarting

        await life.companion.replaced(replace)
    # It did not come to that, so the end was one, and is told then.
    assert sent(service)[-1] == ("/v1/apps/jupyterlab/leave", None)


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


async def test_a_restart_is_carried_out_when_it_is_our_turn_and_only_once(service, home):
    script = script_of(service)
    async with Life(home) as life:
        await until(lambda: sent(service))
        script.change_app(state="draining", restart={**STARTING, "step": "draining"})
        script.change_app(state="starting", restart=STARTING)
        await until(lambda: life.restarts)
        script.add(message="something else", app="jupyterlab")
        script.change_app(restart={**STARTING, "id": "r-3"})
        await until(lambda: len(life.restarts) == 2)
    assert (life.restarts, life.standbys) == (["r-2", "r-3"], ["restart", "restart"])


async def test_whether_a_new_server_stands_by_is_what_the_config_says_at_that_time(service, home):
    script = script_of(service)
    async with Life(home) as life:
        await until(lambda: sent(service))
        script.change_app(state="starting", restart=STARTING, standby="never")
        await until(lambda: life.restarts)
        script.change_app(restart={**STARTING, "id": "r-3"}, standby="restart")
        await until(lambda: len(life.restarts) == 2)
    assert life.standbys == ["never", "restart"]


async def test_busy_kernels_are_told_while_a_restart_waits_and_no_longer(service, home, monkeypatch):
    monkeypatch.setattr(companion, "_ACTIVITY_EVERY_S", 0.02)
    answers = ["1 busy kernel: a.ipynb", None]

    async def busy_with():
        return answers.pop(0) if len(answers) > 1 else answers[0]

    script = script_of(service)
    async with Life(home, busy_with=busy_with):
        await until(lambda: sent(service))
        script.change_app(state="preparing", restart={**STARTING, "step": "preparing"})
        await until(lambda: len(sent(service)) >= 3)
        script.change_app(state="draining", restart={**STARTING, "step": "draining"})
        await asyncio.sleep(0.2)
        told = len(sent(service))
        await asyncio.sleep(0.2)
        assert len(sent(service)) == told
    assert sent(service)[1:3] == [
        ("/v1/apps/jupyterlab/activity", {"busy_with": "1 busy kernel: a.ipynb"}),
        ("/v1/apps/jupyterlab/activity", {"busy_with": None}),
    ]


async def test_busy_kernels_go_by_the_names_of_their_notebooks():
    kernels = [{"id": str(n), "name": "python3", "execution_state": "busy"} for n in range(5)]

    async def list_sessions():
        return [{"kernel": {"id": "0"}, "path": "a.ipynb"}]

    server = SimpleNamespace(
        kernel_manager=SimpleNamespace(list_kernels=lambda: kernels),
        session_manager=SimpleNamespace(list_sessions=list_sessions),
    )
    assert await activity.busy_with(server) == "5 busy kernels: a.ipynb, python3, python3 and 2 more"
    del kernels[1:]
    assert await activity.busy_with(server) == "1 busy kernel: a.ipynb"
    kernels[0]["execution_state"] = "idle"
    assert await activity.busy_with(server) is None


async def test_a_restart_that_cannot_be_is_told_and_life_goes_on(service, home):
    async def fail(_):
        raise RuntimeError("The new server could not be started.")

    script = script_of(service)
    async with Life(home, restart=fail) as life:
        await until(lambda: sent(service))
        script.change_app(restart=STARTING)
        await until(lambda: len(sent(service)) == 2)
        await until(lambda: not life.companion.is_restarting)
    failure = {"restart_id": "r-2", "message": "The new server could not be started."}
    assert sent(service)[1] == ("/v1/apps/jupyterlab/failed", failure)


async def test_the_end_of_a_server_that_restarts_is_no_goodbye(service, home):
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def restart(*_):
        begun.set()
        await go_on.wait()

    script = script_of(service)
    async with Life(home, restart=restart) as life:
        await until(lambda: sent(service))
        script.change_app(restart=STARTING)
        await within(10, begun.wait())
        await life.companion.leave()
        assert life.companion.is_restarting
        go_on.set()
    assert [target for target, _ in sent(service)] == ["/v1/apps/jupyterlab/adopt"]


async def test_a_server_that_is_ended_while_it_restarts_says_goodbye_after_all(service, home):
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def restart(*_):
        begun.set()
        await go_on.wait()
        raise RuntimeError("The server is being stopped.")

    script = script_of(service)
    service.answer("GET", "/v1/apps/jupyterlab", (200, example("App", pid=PID)))
    async with Life(home, restart=restart) as life:
        await until(lambda: sent(service))
        script.change_app(restart=STARTING)
        await within(10, begun.wait())
        await life.companion.leave()
        go_on.set()
        await until(lambda: len(sent(service)) == 3)
    assert [target.rpartition("/")[2] for target, _ in sent(service)] == ["adopt", "failed", "leave"]


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
    script = script_of(service)
    async with Life(home):
        await until(lambda: sent(service))
        service.stop()
        await asyncio.sleep(0)
        service.start()
        polls = len(service.asked)
        await until(lambda: len(service.asked) >= polls + 2)
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


class Starts:
    """Counts the attempts of a starter; the next results are given."""

    def __init__(self, *results):
        self.results = list(results)
        self.count = 0

    async def __call__(self):
        self.count += 1
        return self.results.pop(0) if self.results else None


async def test_a_service_is_started_again_when_it_died_but_not_when_it_was_stopped(home, caplog):
    now = [0.0]
    starts = Starts("No Java.", None, None)
    starter = ServiceStarter(home, logging.getLogger("test"), starts, clock=lambda: now[0])
    await starter.ensure()
    assert (starter.failure, starts.count) == ("No Java.", 1)
    starter.try_again()
    assert starts.count == 1, "not at once"
    now[0] = 60
    starter.try_again()
    await until(lambda: starter.failure is None)
    now[0] = 120
    starter.try_again()
    await asyncio.sleep(0)
    assert starts.count == 2, "stopped in order"
    home.mkdir()
    (home / "endpoint.json").touch()
    starter.try_again()
    starter.try_again()
    await until(lambda: starts.count == 3)
    await starter.close()
    assert [record.getMessage() for record in caplog.records] == ["The restart service could not be started. No Java."]


async def test_the_service_is_started_first(service, home):
    starts = Starts()
    script_of(service)
    async with Life(home, starter=ServiceStarter(home, logging.getLogger("test"), starts)):
        await until(lambda: sent(service))
    assert starts.count == 1


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


@pytest.mark.parametrize(
    ("command", "is_server"),
    [
        ("python /x/bin/jupyter-lab --port 9", True),
        ("python -I /x/bin/jupyter-server", True),
        ("python -m jupyterlab", True),
        ("python -X dev -m jupyter_server --no-browser", True),
        ("python -m jupyter lab", True),
        ("python /x/bin/jupyter notebook", True),
        ("python /x/site-packages/jupyter_restart/relaunch.py -m jupyterlab", True),
        ("python /x/relaunch.py -m jupyterlab", False),
        ("python -m pytest tests", False),
        ("python /x/bin/jupyterhub-singleuser", False),
        ("python /x/bin/jupyter console", False),
        ("python -c 'import x'", False),
        ("python", False),
    ],
)
def test_only_a_jupyter_command_line_may_be_run_again(command, is_server):
    assert is_jupyter_command(command.split()) == is_server


def test_a_relaunched_command_line_is_one_too():
    from jupyter_restart.relaunch import relaunch_command

    command = relaunch_command(["python", "/x/bin/jupyter-lab"], "/usr/bin/python")
    assert is_jupyter_command(command)
