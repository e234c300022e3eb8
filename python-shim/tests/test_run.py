"""`run`: the real service in the foreground, with real apps, signals and a pid namespace of its own."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import waiting
from command import Running, environment, run
from jar import JAR, needs_jar
from ports import free_port

from jupyter_restart import ending
from jupyter_restart.checkup import processes
from jupyter_restart.client import ControlClient
from jupyter_restart.errors import ControlError
from jupyter_restart.given_command import app_name
from jupyter_restart.procfs import ProcessIdentity
from jupyter_restart.service_process import ServiceProcess, lock_holder

TICKER = 'exec 2>/dev/null; trap "echo bye; exit 0" TERM; echo hello; while :; do sleep 0.1; done'
DEAF = 'trap "" TERM; echo hello; while :; do sleep 0.1; done'


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, home):
    monkeypatch.setenv("JUPYTER_RESTART_JAR", str(JAR))
    yield
    service = ServiceProcess.of(home)
    left = [service.identity] if service else []
    ending.end(left, 0, 10)
    ending.end([process.identity for process in marked(home)], 0, 10)


@pytest.fixture
def client(home):
    with contextlib.closing(ControlClient(home)) as made:
        yield made


def marked(home):
    return [process for process in processes.scan() if process.mark.startswith(f"{home}:")]


wait_until = partial(waiting.wait_until, through=(ControlError,))


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("sleep 5", "sleep"),
        ("/usr/bin/my tool", "my"),
        ("jupyter lab --port 1", "jupyterlab"),
        ("/venv/bin/jupyter-lab", "jupyterlab"),
        ("jupyterhub-singleuser", "jupyterlab"),
        ("python3.11 -X dev -m jupyterlab", "jupyterlab"),
        ("python -m jupyter notebook", "jupyterlab"),
        ("jupyter kernelspec list", "jupyter"),
        ("python -m http.server", "http.server"),
        ("python -u train.py", "train"),
        ("python main.py", "main"),
        ("python ComfyUI/main.py", "comfyui"),
        ("python", "python"),
        ("python -c pass", "python"),
        ("./start.sh", "start.sh"),
        ("./@@@", "app"),
    ],
)
def test_an_app_is_named_by_its_program(tmp_path, command, name):
    (tmp_path / "ComfyUI" / "comfy").mkdir(parents=True)
    (tmp_path / "ComfyUI" / "main.py").touch()
    assert app_name(command.split(), tmp_path) == name


@needs_jar
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_command_is_an_app_that_a_signal_stops_in_order(home, client, number):
    running = Running(home, "run", "--", "sh", "-c", TICKER)
    running.wait_for_line("hello")
    [app] = client.snapshot()["apps"]
    assert (app["name"], app["preset"], app["wanted"]) == ("sh", "generic", "up")
    code, _ = running.signalled(number)
    assert (code, running.lines) == (0, ["hello", "bye"])
    assert (marked(home), lock_holder(home)) == ([], None)


@needs_jar
def test_run_ends_when_its_command_has_done_its_work(home):
    running = Running(home, "run", "--", "sh", "-c", "echo $HELLO; exit 0")
    code, errors = running.end()
    assert (code, running.lines) == (0, [""]), errors
    # And once more: that it was finished yesterday is no reason not to start it today.
    again = Running(home, "run", "--", "sh", "-c", "echo again")
    assert (again.end()[0], again.lines) == (0, ["again"])


CONFIG = """
[app.one]
command = ["sh", "-c", '{ticker}']
[app.two]
command = ["sh", "-c", '{ticker}']
depends_on = ["one"]
"""


@needs_jar
def test_apps_of_a_config_are_told_apart_and_started_again_by_the_next_run(home, tmp_path):
    config = tmp_path / "restart.toml"
    config.write_text(CONFIG.format(ticker=TICKER), encoding="utf-8")
    for _ in range(2):
        running = Running(home, "run", "--config", config)
        wait_until(lambda: len(marked(home)) >= 2, "both apps")
        wait_until(lambda: sum("hello" in line for line in running.lines) == 2, "what they say")  # noqa: B023
        code, errors = running.signalled(signal.SIGTERM)
        assert code == 0, errors
        assert running.lines[-2:] == ["two | bye", "one | bye"]
        assert marked(home) == []


@needs_jar
def test_a_second_signal_hurries(home, client, tmp_path):
    config = tmp_path / "restart.toml"
    config.write_text('[app.sh]\ngrace = "10m"\n', encoding="utf-8")
    running = Running(home, "run", "--config", config, "--", "sh", "-c", DEAF)
    running.wait_for_line("hello")
    os.kill(running.pid, signal.SIGTERM)
    wait_until(lambda: client.app("sh")["state"] == "stopping", "the stop")
    assert running.signalled(signal.SIGTERM)[0] == 0
    assert marked(home) == []


@needs_jar
def test_a_second_service_of_the_home_is_refused(home):
    running = Running(home, "run", "--", "sh", "-c", TICKER)
    running.wait_for_line("hello")
    done = run(home, "run", "--", "sleep", "1")
    pid = lock_holder(home)
    assert (done.code, done.out) == (5, "")
    assert (
        f"A restart service (pid {pid}) runs with the home {home} already. Use it: jupyter restart status" in done.err
    )
    assert running.signalled(signal.SIGTERM)[0] == 0


@needs_jar
def test_a_service_that_is_killed_is_started_again_and_the_app_goes_on(home, client):
    running = Running(home, "run", "--", "sh", "-c", TICKER)
    running.wait_for_line("hello")
    app = wait_until(lambda: client.app("sh")["pid"], "the app")
    # One that dies young is not started again.
    wait_until(lambda: client.service()["uptime_s"] >= 6, "a service of some age")
    killed = lock_holder(home)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: client.service()["pid"] != killed and client.app("sh")["pid"] == app, "another service")
    code, _ = running.signalled(signal.SIGTERM)
    assert (code, running.lines) == (0, ["hello", "bye"])


@needs_jar
def test_a_stop_of_the_service_alone_leaves_the_apps(home):
    running = Running(home, "run", "--", "sh", "-c", TICKER)
    running.wait_for_line("hello")
    assert run(home, "service", "stop").code == 0
    code, errors = running.end()
    assert (code, "The restart service was stopped; its apps run on.\n" in errors) == (0, True)
    assert len(marked(home)) >= 1


@needs_jar
def test_a_bad_config_ends_it_with_its_place(home, tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text("nonsense = 1\n", encoding="utf-8")
    done = run(home, "run", "--config", bad)
    assert (done.code, f"{bad}:1:1" in done.err) == (2, True)


IN_NAMESPACE = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]


def has_namespaces():
    return shutil.which("unshare") and subprocess.run([*IN_NAMESPACE, "true"], check=False, timeout=20).returncode == 0


@needs_jar
@pytest.mark.skipif(not has_namespaces(), reason="no pid namespace may be made here")
def test_as_pid_1_it_collects_orphans_and_ends_on_term(home):
    script = "trap 'exit 0' TERM; echo hello; while :; do sleep 0.1; done"
    command = [sys.executable, "-u", "-m", "jupyter_restart", "--home", str(home), "run", "--", "sh", "-c", script]
    outer = subprocess.Popen([*IN_NAMESPACE, *command], stdout=subprocess.PIPE, env=environment())
    try:
        assert outer.stdout.readline() == b"hello\n"
        [init] = [process for process in processes.scan() if process.parent == outer.pid]
        # Its child is nobody's but pid 1's when it has ended itself.
        parent = ["nsenter", "--pid", "--target", str(init.pid), "sh", "-c", "sleep 2 & exec true"]
        subprocess.run(parent, check=True, timeout=20)
        orphans = {
            process.pid for process in processes.scan() if process.parent == init.pid and process.name == "sleep"
        }
        assert len(orphans) == 1
        wait_until(lambda: not orphans & {process.pid for process in processes.scan()}, "the end of the orphan", 10)
        os.kill(init.pid, signal.SIGTERM)
        assert outer.wait(30) == 0
    finally:
        outer.kill()
        outer.stdout.close()
        outer.wait()


@needs_jar
def test_a_jupyter_server_runs_under_it_and_registers_itself(home, client, tmp_path):
    port = free_port()
    options = {
        "ServerApp.jpserver_extensions": "jupyter_restart=True",
        "ServerApp.root_dir": tmp_path,
        "ServerApp.port": port,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": True,
        "IdentityProvider.token": "t",
    }
    server = [sys.executable, "-m", "jupyter_server", *(f"--{name}={value}" for name, value in options.items())]
    running = Running(home, "run", "--", *server)

    def registered():
        app = client.app("jupyterlab")
        return app if (app["state"], app["port"]) == ("running", port) else None

    app = wait_until(registered, "the server's hello", 60)
    assert (app["life"], app["preset"], app["enabled"]) == ("in_place", "jupyterlab", True)
    assert [known["name"] for known in client.snapshot()["apps"]] == ["jupyterlab"]
    assert run(home, "force-restart", "jupyterlab", "--wait", "--timeout", "60").code == 0
    assert wait_until(registered, "the new server", 60)["pid"] == app["pid"]
    identity = ProcessIdentity.of(app["pid"])
    code, errors = running.signalled(signal.SIGTERM)
    assert (code, identity.is_alive()) == (0, False), errors
    assert Path(f"/proc/{app['pid']}").exists() is False
