"""A server restarts in place when it is its turn, and tells what came of it."""

import asyncio
from types import SimpleNamespace

from companion_life import COMMAND, KEPT, PID, STARTING, Life, hello, script_of, sent, until
from contract import example

from jupyter_restart import activity, companion
from jupyter_restart.companion import ThisServer
from jupyter_restart.upstream import within


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


async def test_busy_kernels_go_by_the_names_of_their_notebooks_and_files_on_their_way_count():
    kernels = [{"id": str(n), "name": "python3", "execution_state": "busy"} for n in range(5)]

    async def list_sessions():
        return [{"kernel": {"id": "0"}, "path": "a.ipynb"}]

    server = SimpleNamespace(
        kernel_manager=SimpleNamespace(list_kernels=lambda: kernels),
        session_manager=SimpleNamespace(list_sessions=list_sessions),
        http_server=SimpleNamespace(_connections=[]),
    )
    assert await activity.busy_with(server) == "5 busy kernels: a.ipynb, python3, python3 and 2 more"
    del kernels[1:]
    assert await activity.busy_with(server) == "1 busy kernel: a.ipynb"
    stream = SimpleNamespace(writing=lambda: True)
    server.http_server._connections.append(SimpleNamespace(stream=stream))
    assert await activity.busy_with(server) == "1 file transfer, 1 busy kernel: a.ipynb"
    kernels[0]["execution_state"] = "idle"
    assert await activity.busy_with(server) == "1 file transfer"
    server.http_server._connections.clear()
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
