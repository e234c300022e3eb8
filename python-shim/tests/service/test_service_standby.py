"""Real Jupyter servers that another one stands by for, under the real service."""

import os
import signal

import pytest
from command import run
from jar import needs_jar
from supervised_server import LIMIT_S, event_types, wait_until

from jupyter_restart.procfs import ProcessIdentity

# Above what each of its waits may take, which tell what did not come.
pytestmark = [needs_jar, pytest.mark.timeout(6 * LIMIT_S)]


def guarded(client, server, *, other_than=()):
    """The app, once a server stands by."""

    def find():
        app = client.app("jupyterlab")
        return app if app["state"] == "running" and app["standby_pid"] not in {None, *other_than} else None

    app = wait_until(find, f"the standby, {server.log.read_text()[-2000:]}")
    assert app["pid"] == server.process.pid
    return app


def test_a_crash_and_a_hang_are_healed_by_the_server_that_stands_by(home, client, start_server):
    server = start_server(standby="always", probe='every = "300ms", timeout = "2s", failures = 3')
    kernel = wait_until(lambda: server.ask("api/kernels", "POST", {"name": "python3"}), "the server")["id"]
    app = guarded(client, server)
    os.kill(app["serving_pid"], signal.SIGKILL)
    healed = wait_until(lambda: (app := client.app("jupyterlab"))["restarts"] == 1 and app, "the restart")
    assert (healed["pid"], healed["serving_pid"]) == (server.process.pid, app["standby_pid"])
    assert healed["last_reason"] == "crash"
    assert [known["id"] for known in server.ask("api/kernels")] == [kernel]
    told = [event for event in client.events()["events"] if event["app"] == "jupyterlab"]
    crash = ["app.crashed", "restart.initiated", "restart.starting", "restart.restoring", "restart.completed"]
    types = [event["type"] for event in told]
    at = types.index("app.crashed")
    assert types[at : at + 5] == crash
    assert (told[at + 4]["data"]["kernels"], told[at + 4]["reason"]) == (1, "crash")
    # That a front was made is no end of the server, and nobody has said goodbye.
    assert [(event["type"], event["message"]) for event in told[1:at]] == [
        ("app.adopted", "JupyterLab says hello"),
        ("app.standby", "A server stands by for JupyterLab"),
    ]

    # While no service is there: it hears of it from the server that has taken over.
    app = guarded(client, server)
    killed = client.service()["pid"]
    os.kill(killed, signal.SIGKILL)
    os.kill(app["serving_pid"], signal.SIGKILL)
    wait_until(lambda: client.app("jupyterlab")["restarts"] == 2, "the restart that the service was told of")
    assert client.app("jupyterlab")["serving_pid"] == app["standby_pid"]
    assert event_types(client, "jupyterlab").count("app.crashed") == 2

    app = guarded(client, server)
    os.kill(app["serving_pid"], signal.SIGSTOP)
    wait_until(lambda: client.app("jupyterlab")["restarts"] == 3, "the restart after the hang")
    healed = client.app("jupyterlab")
    assert (healed["pid"], healed["serving_pid"]) == (server.process.pid, app["standby_pid"])
    assert healed["last_reason"] == "hang"
    assert event_types(client, "jupyterlab").count("app.crashed") == 2
    assert [known["id"] for known in server.ask("api/kernels")] == [kernel]


def test_whether_a_server_stands_by_is_what_the_config_says(home, client, start_server):
    server = start_server(standby="always")
    app = guarded(client, server)
    assert run(home, "force-restart", "jupyterlab", "--wait", "--timeout", str(LIMIT_S)).code == 0
    app = guarded(client, server, other_than=[app["standby_pid"]])
    server.config.write_text('[app.jupyterlab]\nstandby = "restart"\n')
    wait_until(lambda: client.app("jupyterlab")["standby_pid"] is None, "the end of the standby")
    wait_until(lambda: ProcessIdentity.of(app["standby_pid"]) is None, "the end of its process")
    server.config.write_text('[app.jupyterlab]\nstandby = "always"\n')
    guarded(client, server)
    assert server.end() == 0
    wait_until(lambda: client.app("jupyterlab")["state"] == "stopped", "the end of the app")
    assert "app.crashed" not in event_types(client, "jupyterlab")
