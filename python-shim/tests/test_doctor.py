"""`doctor` and `recover` with a real service and real processes in trouble."""

import contextlib
import os
import signal
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest
from checkup_facts import facts
from command import environment, run
from jar import JAR, needs_jar
from ports import free_port
from waiting import wait_until

from jupyter_restart import daemon, doctor, ending, recover
from jupyter_restart.client import ControlClient
from jupyter_restart.procfs import ProcessIdentity
from jupyter_restart.render import Style
from jupyter_restart.service_process import ServiceProcess, lock_holder

pytestmark = needs_jar

CONFIG = """
[service]
log = "{folder}/restart.log"
[app.tool]
command = ["sleep", "300"]
autostart = {autostart}
"""


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, home, tmp_path):
    """Nothing is wrong but what a test makes so; the service and its apps end with the test."""
    monkeypatch.setenv("JUPYTER_RESTART_JAR", str(JAR))
    monkeypatch.setenv("RESTART_PID_FILE", str(tmp_path / "shared" / "auto_restart.pid"))
    (tmp_path / "shared").mkdir()
    folder = tmp_path / "jupyter-config" / "jupyter_server_config.d"
    folder.mkdir()
    (folder / "jupyter_restart.json").write_text('{"ServerApp": {"jpserver_extensions": {"jupyter_restart": true}}}')
    yield
    # In order: one that is killed comes back.
    left = [ServiceProcess.of(home).identity] if lock_holder(home) else []
    ending.end(left, 10, 10)
    ending.end(marked(f"{home}:"), 0, 10)


def marked(beginning):
    """All processes whose mark, `HOME:MARKER`, begins so."""
    mark = f"JUPYTER_RESTART_MARK={beginning}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes():
                found.append(ProcessIdentity.of(int(entry.name)))
    return [identity for identity in found if identity]


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def start(home, tmp_path, port):
    def start(*, autostart=False):
        config = tmp_path / "restart.toml"
        text = CONFIG.format(folder=tmp_path, autostart=str(autostart).lower())
        if not autostart:
            # Nobody opens the port: an app that is started would not get ready.
            text += f'probe = {{ tcp = "127.0.0.1:{port}" }}\n'
        config.write_text(text, encoding="utf-8")
        return daemon.ensure(home, config, 60).service["pid"]

    return start


@pytest.fixture
def sleeper():
    """Starts processes that carry a mark; they end with the test."""
    started = []

    def start(mark):
        command = ["sleep", "300"]
        started.append(subprocess.Popen(command, env=environment(JUPYTER_RESTART_MARK=mark), start_new_session=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def findings(home, *arguments):
    """What `doctor` finds, but for what others on this machine have left, such as tests that run beside."""
    found = run(home, "doctor", "--json", *arguments).json["findings"]
    ours = {f"process {identity.pid} " for identity in marked(f"{home.parent}/")}
    return [each for each in found if each["code"] != "leftover" or any(own in each["what"] for own in ours)]


def codes(home, *arguments):
    return [finding["code"] for finding in findings(home, *arguments)]


def running_app(home):
    """Wait until the app runs, and give its pid."""
    with contextlib.closing(ControlClient(home)) as client:
        return wait_until(lambda: (app := client.app("tool"))["state"] == "running" and app["pid"], what="the app")


def test_where_all_is_well_nothing_is_said(home, start):
    start()
    assert codes(home) == []
    recovered = run(home, "recover")
    assert (recovered.code, recovered.err, str(home) in recovered.out) == (0, "", False)


def test_that_nothing_is_wrong_is_said_so(monkeypatch, capsys, home):
    options = Namespace(home=home, config=None, json=False, yes=True, gpu_reset=False)
    for module, verb in ((doctor, doctor.doctor), (recover, recover.recover)):
        monkeypatch.setattr(module, "gather", lambda *_: facts())
        assert verb(options, 1.0, Style()) == 0
    assert capsys.readouterr().out == "Nothing is wrong.\nThere is nothing to put right.\n"


def test_a_service_that_was_killed_is_started_again_and_its_app_goes_on(home, start):
    killed = start(autostart=True)
    app = running_app(home)
    os.kill(killed, signal.SIGKILL)
    daemon.wait_until_gone(killed, 10)
    assert codes(home) == ["service_died", "pid_file_stale", "pid_file_stale"]
    done = run(home, "recover")
    assert (done.code, done.err) == (0, "")
    assert lock_holder(home) not in (None, killed)
    assert running_app(home) == app


def test_a_service_that_hangs_is_replaced_with_its_config(home, start):
    hanging = start(autostart=True)
    app = running_app(home)
    os.kill(hanging, signal.SIGSTOP)
    done = run(home, "doctor", "--timeout", "2")
    assert done.code == 1
    assert f"Problem: The restart service (pid {hanging}) does not answer. It is halted by a signal." in done.out
    recovered = run(home, "recover", "--timeout", "30")
    assert (recovered.code, recovered.err) == (0, "")
    assert f"The service that hung (pid {hanging}) was ended; apps run on." in recovered.out
    assert ProcessIdentity.of(hanging) is None
    assert ServiceProcess.of(home).config is not None
    assert running_app(home) == app
    assert codes(home) == []


def test_what_no_service_owns_is_ended_and_what_is_anothers_is_not(home, start, sleeper, tmp_path):
    (tmp_path / "other").mkdir()
    start(autostart=True)
    app = running_app(home)
    # Not before: a service without a saved state looks after what carries a mark of its home when it starts.
    left, other, gone = (sleeper(f"{folder}:tool-9") for folder in (home, tmp_path / "other", tmp_path / "gone"))
    assert {finding["what"].split()[4] for finding in findings(home) if finding["code"] == "leftover"} == {
        str(left.pid),
        str(gone.pid),
    }
    assert run(home, "recover").code == 0
    assert (left.wait(5), gone.wait(5), other.poll()) == (-signal.SIGTERM, -signal.SIGTERM, None)
    assert running_app(home) == app
    assert codes(home) == []


def test_what_does_not_heed_term_is_killed(home, start, sleeper):
    start()
    halted = sleeper(f"{home}:tool-9")
    ignore = "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(300)"
    deaf = subprocess.Popen(
        [sys.executable, "-c", ignore],
        env=environment(JUPYTER_RESTART_MARK=f"{home}:tool-8"),
        stdout=subprocess.PIPE,
    )
    with deaf.stdout as out:
        out.readline()
    halted.send_signal(signal.SIGSTOP)
    assert run(home, "recover").code == 0
    assert (halted.wait(5), deaf.wait(5)) == (-signal.SIGTERM, -signal.SIGKILL)


def test_a_stranger_on_the_port_of_an_app_is_named_and_left(home, start, port):
    start()
    listen = f"import socket, time; s = socket.create_server(('127.0.0.1', {port})); print(flush=True); time.sleep(300)"
    with subprocess.Popen([sys.executable, "-c", listen], stdout=subprocess.PIPE) as stranger:
        try:
            stranger.stdout.readline()
            [finding] = findings(home)
            assert finding["code"] == "port_busy"
            assert finding["what"].startswith(
                f"Port {port} of tool is held by process {stranger.pid} ({sys.executable}"
            )
            recovered = run(home, "recover")
            assert (recovered.code, stranger.poll()) == (0, None)
            assert f"jupyter restart adopt tool --pid {stranger.pid}" in recovered.out
        finally:
            stranger.kill()


def test_pid_files_of_another_machine_are_left_and_stale_ones_removed(home, tmp_path):
    shared, own = tmp_path / "shared", home
    own.mkdir(mode=0o700)
    (own / "scheduler.pid").write_text("4194304\n", encoding="utf-8")
    foreign = "1\nboot=x\nstart_ticks=1\nhost=elsewhere.example\n"
    (shared / "auto_restart.pid").write_text(foreign, encoding="utf-8")
    assert codes(home) == ["service_down", "pid_file_foreign", "pid_file_stale"]
    done = run(home, "recover")
    assert done.code == 0
    assert done.out.splitlines()[0] == f"{own}/scheduler.pid told of a process that is gone: removed."
    assert (shared / "auto_restart.pid").read_text(encoding="utf-8") == foreign
    assert codes(home) == ["service_down", "pid_file_foreign"]


def test_a_home_that_others_may_look_into_is_made_private(home, start):
    start()
    home.chmod(0o755)
    (home / "endpoint.json").chmod(0o644)
    assert codes(home) == ["home_mode", "endpoint_mode"]
    assert run(home, "recover").code == 0
    assert [path.stat().st_mode & 0o777 for path in (home, home / "endpoint.json")] == [0o700, 0o600]


def test_no_java_and_a_bad_config_are_told(home, tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text("nonsense = 1\n", encoding="utf-8")
    assert codes(home, "--config", bad) == ["service_down", "config"]
    done = run(home, "doctor", JUPYTER_RESTART_JAR=str(tmp_path / "none.jar"))
    assert done.code == 1
    assert f"Problem: The Java part of jupyter-restart is not at {tmp_path}/none.jar\n" in done.out


def test_a_server_that_does_not_load_the_extension_is_told(home, tmp_path, monkeypatch):
    # Else the settings of the environment that the tests run in count more.
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    (tmp_path / "jupyter-config" / "jupyter_server_config.json").write_text(
        '{"ServerApp": {"jpserver_extensions": {"jupyter_restart": false}}}', encoding="utf-8"
    )
    assert codes(home) == ["service_down", "extension"]
