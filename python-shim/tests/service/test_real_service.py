"""The real Java service under the command line and the control kernel."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from command import environment, run
from contract import answer_schema, check
from jar import JAR, needs_jar
from jupyter_client import KernelManager
from supervised_server import app_that_runs, wait_until

from jupyter_restart import daemon
from jupyter_restart.endpoint import Endpoint

pytestmark = needs_jar


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


def test_a_service_that_is_killed_comes_back_by_itself_and_one_that_is_stopped_does_not(home, client, service, sleeper):
    client.adopt("sleeper", {"pid": sleeper.pid})
    app_that_runs(client, "sleeper", sleeper.pid)
    os.kill(service["pid"], signal.SIGKILL)
    again = wait_until(lambda: (pid := client.service()["pid"]) != service["pid"] and pid, "the service")
    assert app_that_runs(client, "sleeper", sleeper.pid)["restarts"] == 0
    # What is just being executed has no command line yet.
    wait_until(lambda: guards_of(home) == [again], lambda: f"{again} to be all that is guarded, not {guards_of(home)}")
    assert run(home, "service", "stop").code == 0
    wait_until(lambda: guards_of(home) == [], "the end of the guard")


def test_a_service_that_is_killed_as_soon_as_it_is_known_comes_back_too(home, client):
    known = Endpoint.path(home)
    home.mkdir(mode=0o700)
    with subprocess.Popen(daemon.java_command.service_command(home, None), stderr=subprocess.DEVNULL) as service:
        while not known.exists():
            assert service.poll() is None
        service.kill()
    wait_until(lambda: client.service()["pid"] != service.pid, "another service")


def guards_of(home):
    """Whom the shells guard that wait for the end of a service of this home."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_text().split("\0")
            if words[3:5] == ["jupyter-restart-guard", str(Endpoint.path(home))]:
                found.append(int(words[5]))
    return found


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
