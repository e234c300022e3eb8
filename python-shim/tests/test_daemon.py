"""Starting and stopping the service: real processes, a stand-in for Java."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from command import environment, run

from jupyter_restart import daemon
from jupyter_restart.endpoint import Endpoint
from jupyter_restart.errors import ControlError, ServiceNotRunningError, UsageError
from jupyter_restart.procfs import ProcessIdentity

STAND_IN = Path(__file__).resolve().parent / "stand_in_java"


@pytest.fixture(autouse=True)
def java(monkeypatch, tmp_path, home):
    """A Java that is new enough, and is our stand-in; ends the service that a test has left."""
    program = tmp_path / "jdk" / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {STAND_IN} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (tmp_path / "jdk" / "release").write_text('JAVA_VERSION="25"\n', encoding="utf-8")
    (tmp_path / "service.jar").touch()
    monkeypatch.setenv("JUPYTER_RESTART_JAVA", str(program))
    monkeypatch.setenv("JUPYTER_RESTART_JAR", str(tmp_path / "service.jar"))
    yield
    endpoint = Endpoint.read(home)
    identity = endpoint and ProcessIdentity.of(endpoint.pid)
    if identity:
        os.kill(identity.pid, signal.SIGKILL)
        daemon.wait_until_gone(identity.pid, 10)


def behave(home, **behaviour):
    home.mkdir(exist_ok=True)
    (home / "behaviour").write_text(json.dumps(behaviour), encoding="utf-8")


def starts(home):
    return [json.loads(line) for line in (home / "starts").read_text(encoding="utf-8").splitlines()]


def test_a_full_disk_is_told_to_whoever_starts_the_service(home, monkeypatch):
    behave(home, exits=1)
    usage = daemon.shutil.disk_usage(home)
    monkeypatch.setattr(daemon.shutil, "disk_usage", lambda _: usage._replace(free=0))
    with pytest.raises(ControlError) as caught:
        daemon.ensure(home, None, 20)
    assert caught.value.detail == (
        "The restart service ended at its start with exit code 1. "
        f"The disk of {home} is full: free some space there. Apps that run go on without the service."
    )


def test_a_home_that_can_not_be_written_to_is_told(home):
    (home / "start.lock").mkdir(parents=True)
    with pytest.raises(ControlError) as caught:
        daemon.ensure(home, None, 20)
    assert caught.value.detail.startswith(f"The folder for the service's state, {home}, can't be written to: Is a dir")


def test_a_started_service_is_detached_from_everything(home, monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_TOKEN", "secret")
    read, write = os.pipe()
    os.set_inheritable(write, True)
    started = daemon.ensure(home, tmp_path / "restart.toml", 20)
    os.close(read)
    os.close(write)
    assert started.is_new
    [seen] = starts(home)
    assert seen["arguments"][-7:] == [
        str(tmp_path / "service.jar"),
        "service",
        "--home",
        str(home),
        "--config",
        str(tmp_path / "restart.toml"),
        "--guarded",
    ]
    assert seen["arguments"][0] == "-XX:+UseSerialGC"
    assert {key: seen[key] for key in ("cwd", "inherited", "session_leader", "stdin")} == {
        "cwd": "/",
        "inherited": [],
        "session_leader": True,
        "stdin": "/dev/null",
    }
    assert seen["environment"]["MALLOC_ARENA_MAX"] == "1"
    assert "JUPYTER_TOKEN" not in seen["environment"]
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "service.log").stat().st_mode & 0o777 == 0o600


DROPPED = """
    JUPYTER_TOKEN JUPYTERHUB_API_TOKEN JPY_PARENT_PID JPY_API_TOKEN JUPYTER_RESTART_APP_NAME
    _JUPYTER_RESTART_HANDOVER NOTIFY_SOCKET LISTEN_FDS
"""


def test_the_environment_is_passed_on_without_marks_and_secrets():
    kept = {"PATH": "/bin", "COMFYUI_RESTART_INTERVAL": "60", "JUPYTER_RESTART_JAVA": "/j", "JUPYTER_DATA_DIR": "/d"}
    given = {**kept, **dict.fromkeys(DROPPED.split(), "x")}
    assert daemon.service_environment(given) == {**kept, "MALLOC_ARENA_MAX": "1"}


def test_a_service_that_runs_is_found(home):
    first = daemon.ensure(home, None, 20)
    assert daemon.ensure(home, None, 20) == daemon.Started(first.service, is_new=False)
    assert len(starts(home)) == 1


def test_many_who_start_at_once_start_one(home):
    with ThreadPoolExecutor(8) as pool:
        started = list(pool.map(lambda _: daemon.ensure(home, None, 30), range(8)))
    assert len({each.service["pid"] for each in started}) == 1
    assert sum(each.is_new for each in started) == 1
    assert len(starts(home)) == 1


def test_one_that_was_killed_is_started_anew(home):
    first = daemon.ensure(home, None, 20).service["pid"]
    os.kill(first, signal.SIGKILL)
    daemon.wait_until_gone(first, 10)
    second = daemon.ensure(home, None, 20)
    assert (second.is_new, second.service["pid"] != first) == (True, True)


def test_one_that_dies_at_its_start_is_told_with_its_last_words(home):
    ended = "The restart service ended at its start with exit code 1."
    behave(home, exits=1, says="Could not reserve enough space")
    with pytest.raises(ControlError) as caught:
        daemon.ensure(home, None, 20)
    assert (caught.value.code, caught.value.exit_code, caught.value.detail) == (
        "start_failed",
        1,
        f"{ended} It said (all of it is in {home}/service.log):\nCould not reserve enough space",
    )
    behave(home, exits=1)
    with pytest.raises(ControlError, match="It said nothing"):
        daemon.ensure(home, None, 20)


def test_a_config_error_is_the_users(home):
    behave(home, exits=2, says="restart.toml:3:1: unknown key")
    with pytest.raises(UsageError, match=r"restart\.toml:3:1: unknown key"):
        daemon.ensure(home, None, 20)
    assert run(home, "service", "start").code == 2


def test_a_second_service_is_waited_for(home):
    behave(home, exits=5, says="process 1 has this home")
    with pytest.raises(ControlError, match="does not answer yet") as caught:
        daemon.ensure(home, None, 1)
    assert caught.value.code == "timeout"


def test_a_missing_java_or_jar_is_told(home, monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_RESTART_JAR", str(tmp_path / "none.jar"))
    done = run(home, "service", "start")
    said = f"The Java part of jupyter-restart is not at {tmp_path}/none.jar: correct $JUPYTER_RESTART_JAR."
    assert done.all == (1, "", f"jupyter restart: {said}\n")


def test_a_home_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    done = run(tmp_path / "file" / "home", "service", "start")
    assert done.code == 1
    assert "could not be made: Not a directory. Choose another by --home or $JUPYTER_RESTART_HOME." in done.err


def test_the_command_line_starts_restarts_and_stops_it(home):
    started = run(home, "service", "start")
    pid = Endpoint.read(home).pid
    assert started.all == (0, f"Restart service: started (pid {pid})\n", "")
    assert run(home, "service", "start").out == f"Restart service: runs already (pid {pid})\n"
    restarted = run(home, "service", "restart")
    new_pid = Endpoint.read(home).pid
    assert restarted.out == (
        f"Restart service: stopped (it was pid {pid}); apps run on\nRestart service: started (pid {new_pid})\n"
    )
    assert run(home, "service", "stop").all == (
        0,
        f"Restart service: stopped (it was pid {new_pid}); apps run on\n",
        "",
    )
    assert (ProcessIdentity.of(new_pid), run(home, "service", "status").code) == (None, 3)


def test_it_is_no_child_of_whoever_started_it(home):
    run(home, "service", "start")
    pid = Endpoint.read(home).pid
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    assert int(stat[1]) not in (os.getpid(), 0)


def test_it_survives_the_death_of_its_starters_session(home):
    command = [sys.executable, "-m", "jupyter_restart", "--home", str(home), "service", "start"]
    script = '"$@"; echo done; sleep 60'
    shell = subprocess.Popen(
        ["sh", "-c", script, "sh", *command], stdout=subprocess.PIPE, start_new_session=True, env=environment()
    )
    with shell.stdout as out:
        while out.readline() not in (b"done\n", b""):
            pass
    os.killpg(shell.pid, signal.SIGHUP)
    shell.wait(10)
    assert daemon.find(home) is not None


def test_a_large_log_is_put_aside(home):
    home.mkdir()
    (home / "service.log").write_bytes(b"x" * 1_000_001)
    daemon.ensure(home, None, 20)
    assert (home / "service.log.1").stat().st_size == 1_000_001
    assert (home / "service.log").stat().st_size == 0


def test_the_control_kernel_takes_the_place_of_its_starter(home):
    behave(home, says="the kernel", exits=7)
    done = run(home, "kernel", "/x/connection.json")
    assert (done.code, done.err) == (7, "the kernel\n")
    assert starts(home)[0]["arguments"][-4:] == ["kernel", "--home", str(home), "/x/connection.json"]


def test_a_service_that_goes_as_it_answers_is_waited_for_though_for_a_moment_nobody_holds_its_lock(home, monkeypatch):
    service = daemon.ensure(home, None, 20).service
    holder = [service["pid"]]
    monkeypatch.setattr(daemon, "lock_holder", lambda _: holder[0])
    known = Endpoint.path(home)

    def go_without_an_answer(*_program):
        holder[0] = None
        known.write_text(json.dumps({**json.loads(known.read_text()), "version": "another"}))
        raise ServiceNotRunningError("it ended")

    monkeypatch.setattr(daemon.ControlClient, "service_restart", go_without_an_answer)
    assert daemon.replace(home, 20) == service


def test_a_service_whose_lock_nobody_holds_is_not_replaced(home, monkeypatch):
    daemon.ensure(home, None, 20)

    def nobody_listens(*_program):
        raise ServiceNotRunningError("nobody listens")

    monkeypatch.setattr(daemon, "lock_holder", lambda _: None)
    monkeypatch.setattr(daemon.ControlClient, "service_restart", nobody_listens)
    with pytest.raises(ServiceNotRunningError):
        daemon.replace(home, 20)
