"""The real Java service under the command line and under real Jupyter servers."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from command import environment, run
from contract import answer_schema, check, example
from jar import JAR, needs_jar
from jupyter_client import KernelManager

from jupyter_restart import daemon, relaunch
from jupyter_restart.client import ControlClient
from jupyter_restart.endpoint import Endpoint
from jupyter_restart.errors import ControlError
from jupyter_restart.procfs import ProcessIdentity

TOKEN = "the-token-of-the-test"

pytestmark = needs_jar


@pytest.fixture(autouse=True)
def use_the_jar(monkeypatch, home):
    monkeypatch.setenv("JUPYTER_RESTART_JAR", str(JAR))
    yield
    endpoint = Endpoint.read(home)
    if endpoint and ProcessIdentity.of(endpoint.pid):
        with contextlib.closing(ControlClient(home)) as client, contextlib.suppress(ControlError):
            client.service_stop()
        daemon.wait_until_gone(endpoint.pid, 20)


@pytest.fixture
def client(home):
    with contextlib.closing(ControlClient(home)) as made:
        yield made


@pytest.fixture
def service(home):
    return daemon.ensure(home, None, 60).service


@pytest.fixture
def sleeper():
    """A process to be supervised, in a session of its own; its child of the service is the test's to end."""
    process = subprocess.Popen(["sleep", "300"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


class Server:
    """A Jupyter server with the extension, as users start it."""

    def __init__(self, home, folder, probe=None, standby=None):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        folder.mkdir(exist_ok=True)
        options = {
            "ServerApp.jpserver_extensions": "jupyter_restart=True",
            "ServerApp.root_dir": folder,
            "ServerApp.port": self.port,
            "ServerApp.port_retries": 0,
            "ServerApp.open_browser": False,
            "ServerApp.allow_root": True,
            "IdentityProvider.token": TOKEN,
            "RestartExtension.home": home,
        }
        self.config = folder / "restart.toml"
        lines = ["[app.jupyterlab]"]
        if probe:
            lines.append(f'probe = {{ http = "http://127.0.0.1:{self.port}/api", {probe} }}')
        if standby:
            lines.append(f'standby = "{standby}"')
            options["RestartExtension.standby_delay"] = 0.5
        if probe or standby:
            self.config.write_text("\n".join(lines), encoding="utf-8")
            options["RestartExtension.service_config"] = self.config
        command = [sys.executable, "-m", "jupyter_server", *(f"--{name}={value}" for name, value in options.items())]
        self.log = folder / "server.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment()
            )

    def ask(self, path, method="GET", body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/{path}", method=method)
        request.add_header("Authorization", f"token {TOKEN}")
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(request, data, timeout=30) as answer:
            content = answer.read()
            return json.loads(content) if content else None

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(30)


@pytest.fixture
def start_server(home, tmp_path):
    servers = []

    def start(**keywords):
        servers.append(Server(home, tmp_path / "work", **keywords))
        return servers[-1]

    yield start
    for server in servers:
        server.end()


def wait_until(find, what, timeout_s=60):
    """Wait for the first true value, through whatever the service and servers answer meanwhile."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        with contextlib.suppress(ControlError, OSError, urllib.error.URLError):
            found = find()
            if found:
                return found
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {timeout_s} s")


def app_that_runs(client, name, pid):
    def find():
        app = client.app(name)
        return app if (app["state"], app["pid"]) == ("running", pid) else None

    return wait_until(find, f"{name} with pid {pid}")


def event_types(client, app):
    return [event["type"] for event in client.events(0, app=app)["events"]]


def test_every_answer_is_what_the_contract_says(client, service, sleeper):
    client.adopt("sleeper", {"pid": sleeper.pid})
    app_that_runs(client, "sleeper", sleeper.pid)
    answers = {
        "/v1/apps": client.snapshot(),
        "/v1/apps/sleeper": client.app("sleeper"),
        "/v1/events": client.events(),
        "/v1/plan": client.plan(),
        "/v1/logs": client.log(),
        "/v1/resources": client.resources(),
        "/v1/service": client.service(),
    }
    for target, answer in answers.items():
        check(answer_schema("GET", target), answer)
    for accepted in (client.disable("sleeper"), client.enable("sleeper"), client.postpone("sleeper", "30m")):
        check("Accepted", accepted)
    check("Endpoint", json.loads(Endpoint.path(client._home).read_text(encoding="utf-8")))


def test_errors_have_their_exit_codes(home, service, sleeper):
    assert run(home, "start", "nope").code == 4
    assert run(home, "plan", "nope").code == 4
    assert run(home, "logs", "nope").code == 4
    assert run(home, "adopt", "sleeper", "--pid", sleeper.pid).code == 0
    assert run(home, "adopt", "another", "--pid", sleeper.pid).code == 5
    assert run(home, "postpone", "soon", "sleeper").code == 2


def test_an_adopted_app_is_restarted_and_stopped(home, client, service, sleeper):
    run(home, "adopt", "sleeper", "--pid", sleeper.pid)
    app_that_runs(client, "sleeper", sleeper.pid)
    done = run(home, "force-restart", "sleeper", "--wait", "--timeout", "60")
    assert (done.code, done.err) == (0, "")
    app = client.app("sleeper")
    assert (app["state"], app["restarts"], app["last_reason"]) == ("running", 1, "manual")
    assert app["pid"] != sleeper.pid
    assert run(home, "stop", "sleeper").code == 0
    wait_until(lambda: client.app("sleeper")["state"] == "stopped", "the stop")


def test_status_and_events_of_the_real_service_fit_the_contract(home, service):
    status = run(home, "status", "--json").json
    check("Snapshot", {"seq": 0, **status})
    [started] = [json.loads(line) for line in run(home, "events", "--json").out.splitlines()]
    check("Event", started)
    assert started["type"] == "service.started"


def test_a_second_service_of_a_home_gives_way(home, service):
    command = daemon.java_command.service_command(home, None)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 5
    assert str(service["pid"]) in done.stderr


def test_a_home_that_can_hold_no_keeper_means_weaker_promises_that_are_told(home):
    home.mkdir(mode=0o700)
    (home / "bin").write_text("no folder")
    assert run(home, "service", "start").code == 0
    for verb in ("status", "doctor"):
        assert "Apps run without a keeper, because the keeper can't be written" in run(home, verb).out


def test_a_bad_config_is_told_with_its_place(home, tmp_path):
    config = tmp_path / "restart.toml"
    config.write_text("[app.comfyui]\nnonsense = 1\n", encoding="utf-8")
    done = run(home, "service", "start", "--config", config)
    assert done.code == 2
    assert f"{config}:2:1" in done.err


def test_a_server_starts_the_service_and_is_known_to_it(home, client, start_server):
    server = start_server()
    app = app_that_runs(client, "jupyterlab", server.process.pid)
    assert (app["port"], app["life"], app["enabled"], app["title"]) == (server.port, "in_place", True, "JupyterLab")
    assert app["notes"] == []
    snapshot = server.ask("restart/v1/apps")
    check("Snapshot", snapshot)
    assert [known["name"] for known in snapshot["apps"]] == ["jupyterlab"]
    service_pid = client.service()["pid"]
    assert Path(f"/proc/{service_pid}/stat").read_text().rpartition(")")[2].split()[1] != str(server.process.pid)


def test_a_server_is_restarted_in_place_with_its_kernel(home, client, start_server):
    server = start_server()
    app_that_runs(client, "jupyterlab", server.process.pid)
    kernel = server.ask("api/kernels", "POST", {"name": "python3"})["id"]
    done = run(home, "force-restart", "jupyterlab", "--wait", "--timeout", "60")
    assert (done.code, done.err) == (0, "")
    assert [known["id"] for known in server.ask("api/kernels")] == [kernel]
    app = app_that_runs(client, "jupyterlab", server.process.pid)
    assert (app["restarts"], app["last_reason"], app["notes"]) == (1, "manual", [])
    [end] = [event for event in client.events()["events"] if event["type"] == "restart.completed"]
    assert (end["data"]["kernels"], end["data"]["lost_kernels"]) == (1, [])
    # Once more: the way back is as good as the way there.
    assert run(home, "force-restart", "--wait", "--timeout", "60").code == 0
    assert app_that_runs(client, "jupyterlab", server.process.pid)["restarts"] == 2
    assert [known["id"] for known in server.ask("api/kernels")] == [kernel]


def test_a_server_that_is_killed_is_started_again_by_the_launcher_with_its_kernel(client, start_server):
    server = start_server()
    app_that_runs(client, "jupyterlab", server.process.pid)
    kernel = server.ask("api/kernels", "POST", {"name": "python3"})["id"]
    server.process.kill()
    server.process.wait()
    wait_until(lambda: client.app("jupyterlab")["restarts"] == 1, "the start after the crash")
    assert [known["id"] for known in server.ask("api/kernels")] == [kernel]
    app = client.app("jupyterlab")
    assert app["last_reason"] == "crash"
    command = Path(f"/proc/{app['pid']}/cmdline").read_text().split("\0")
    # Of this checkout or of an installed one: what a server imports is not always what its test does.
    assert [Path(command[1]).name, *command[2:4]] == [Path(relaunch.__file__).name, "-m", "jupyter_server"]
    client.stop("jupyterlab")
    wait_until(lambda: client.app("jupyterlab")["state"] == "stopped", "the stop")


def test_a_server_that_hangs_behind_its_front_is_started_again_with_its_kernel(home, client, start_server):
    server = start_server(probe='every = "300ms", timeout = "2s", failures = 3')
    app_that_runs(client, "jupyterlab", server.process.pid)
    kernel = server.ask("api/kernels", "POST", {"name": "python3"})["id"]
    [record] = home.glob(f"servers/*/kernel-{kernel}.json")
    pid = json.loads(record.read_text())["pid"]
    assert run(home, "force-restart", "jupyterlab", "--wait", "--timeout", "60").code == 0
    serving = client.app("jupyterlab")["serving_pid"]
    assert serving not in {None, server.process.pid}
    # Before that, the old server would notice, and go on itself.
    comm = Path(f"/proc/{server.process.pid}/comm")
    wait_until(lambda: comm.read_text().strip() == "jupyter-front", "the end of the old server")
    os.kill(serving, signal.SIGSTOP)
    assert server.process.wait(60) == -signal.SIGKILL
    wait_until(lambda: client.app("jupyterlab")["restarts"] == 2, "the start after the hang")
    assert [known["id"] for known in server.ask("api/kernels")] == [kernel]
    assert json.loads(record.read_text())["pid"] == pid
    assert Path(f"/proc/{pid}").exists()
    assert "app.hung" in event_types(client, "jupyterlab")
    assert client.app("jupyterlab")["last_reason"] == "hang"
    assert run(home, "stop", "jupyterlab").code == 0
    wait_until(lambda: client.app("jupyterlab")["state"] == "stopped", "the stop")


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
    assert run(home, "force-restart", "jupyterlab", "--wait", "--timeout", "60").code == 0
    app = guarded(client, server, other_than=[app["standby_pid"]])
    server.config.write_text('[app.jupyterlab]\nstandby = "restart"\n')
    wait_until(lambda: client.app("jupyterlab")["standby_pid"] is None, "the end of the standby", 20)
    assert ProcessIdentity.of(app["standby_pid"]) is None
    server.config.write_text('[app.jupyterlab]\nstandby = "always"\n')
    guarded(client, server)
    assert server.end() == 0
    wait_until(lambda: client.app("jupyterlab")["state"] == "stopped", "the end of the app")
    assert "app.crashed" not in event_types(client, "jupyterlab")


def test_a_server_that_its_user_ends_has_not_crashed(client, start_server):
    server = start_server()
    app_that_runs(client, "jupyterlab", server.process.pid)
    assert server.end() == 0
    wait_until(lambda: client.app("jupyterlab")["state"] == "stopped", "the end of the app")
    assert "app.crashed" not in event_types(client, "jupyterlab")
    assert client.app("jupyterlab")["wanted"] == "down"


def test_a_second_server_has_a_name_of_its_own(client, start_server):
    first, second = start_server(), None
    app_that_runs(client, "jupyterlab", first.process.pid)
    second = start_server()
    app_that_runs(client, f"jupyterlab-{second.port}", second.process.pid)
    first.end()
    second.end()


def test_a_service_that_is_killed_is_started_again_and_knows_the_server(client, start_server):
    server = start_server()
    app_that_runs(client, "jupyterlab", server.process.pid)
    killed = client.service()["pid"]
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: client.service()["pid"] != killed, "another service")
    assert app_that_runs(client, "jupyterlab", server.process.pid)["restarts"] == 0


def test_a_service_that_is_stopped_stays_so(home, client, start_server):
    server = start_server()
    app_that_runs(client, "jupyterlab", server.process.pid)
    assert run(home, "service", "stop").code == 0
    for _ in range(3):
        with pytest.raises(urllib.error.HTTPError) as caught:
            server.ask("restart/v1/apps")
        with caught.value as answer:
            problem = json.loads(answer.read())
        assert problem == example(
            "Problem",
            title="Service Unavailable",
            status=503,
            code="service_not_running",
            detail=problem["detail"],
        )
    assert run(home, "service", "status").code == 3
    assert run(home, "service", "start").code == 0
    app_that_runs(client, "jupyterlab", server.process.pid)


def test_the_control_kernel_answers(home, client, service, sleeper, tmp_path, monkeypatch):
    client.adopt("sleeper", {"pid": sleeper.pid})
    app_that_runs(client, "sleeper", sleeper.pid)
    spec = tmp_path / "share" / "kernels" / "jupyter-restart"
    shutil.copytree(Path(daemon.__file__).parent / "kernelspec", spec)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    kernel = KernelManager(kernel_name="jupyter-restart")
    kernel.start_kernel(env=environment(JUPYTER_RESTART_HOME=str(home)))
    notebook = kernel.blocking_client()
    notebook.start_channels()
    try:
        notebook.wait_for_ready(60)
        said = []
        reply = notebook.execute_interactive("disable sleeper", timeout=60, output_hook=said.append)
        assert reply["content"]["status"] == "ok", said
        assert client.app("sleeper")["enabled"] is False
    finally:
        notebook.stop_channels()
        kernel.shutdown_kernel(now=True)
        notebook.context.destroy()
        kernel.context.destroy()


@pytest.mark.timeout(300)
def test_a_service_restarts_in_its_process_while_an_app_crashes_all_the_time(home, client, tmp_path, monkeypatch):
    lives = tmp_path / "lives"
    config = tmp_path / "restart.toml"
    config.write_text(
        f"""
        [app.crasher]
        command = ["sh", "-c", "mkdir only-one || echo second >> lives; echo life >> lives; sleep 0.3; rmdir only-one"]
        directory = "{tmp_path}"
        every = "never"
        restart = {{ on = "always", backoff = "100ms", factor = 1, limit = 1000 }}
        """,
        encoding="utf-8",
    )
    service = daemon.ensure(home, config, 60).service
    # An upgrade: the same service with another jar.
    upgraded = tmp_path / "upgraded.jar"
    shutil.copy(JAR, upgraded)
    monkeypatch.setenv("JUPYTER_RESTART_JAR", str(upgraded))
    for _ in range(3):
        done = run(home, "service", "restart", "--timeout", "60")
        assert (done.err, done.code, done.out.strip()) == (
            "",
            0,
            f"Restart service: restarted in its process (pid {service['pid']}); apps run on",
        )
        before = lives.read_text().count("life")
        wait_until(lambda seen=before: lives.read_text().count("life") > seen + 2, "the app to go on crashing")
    assert str(upgraded) in Path(f"/proc/{service['pid']}/cmdline").read_text().split("\0")
    client.stop("crasher")
    wait_until(lambda: client.app("crasher")["state"] == "stopped", "the end of the app")
    assert "second" not in lives.read_text()


def test_who_asks_while_the_service_replaces_itself_waits_for_it(home, service, client):
    before = Endpoint.read(home)
    client.service_restart()
    asked = []
    while Endpoint.read(home) == before and len(asked) < 5000:
        asked.append(client.service()["pid"])
    asked.append(client.snapshot()["service"]["pid"])
    assert set(asked) == {service["pid"]}
    assert Endpoint.read(home) != before
