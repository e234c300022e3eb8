"""An app's pid goes to a stranger while no service looks: in a pid namespace, where the next pid can be chosen."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command import environment
from jar import JAR, needs_jar
from test_run import IN_NAMESPACE, has_namespaces

CONFIG = """
[app.sleeper]
command = ["sleep", "1000"]
every = "never"
"""


def take_pid(pid):
    """Start a stranger with this pid."""
    for _ in range(100):
        Path("/proc/sys/kernel/ns_last_pid").write_text(str(pid - 1))
        stranger = subprocess.Popen(["sleep", "1000"], start_new_session=True)
        if stranger.pid == pid:
            return stranger
        stranger.kill()
        stranger.wait()
    raise AssertionError(f"pid {pid} could not be had")


def inside(home, config):
    """What is done in the namespace, as its first process; the findings go to stdout."""
    import signal
    import time

    from jupyter_restart import daemon
    from jupyter_restart.checkup import processes
    from jupyter_restart.client import ControlClient

    def running_app(client):
        while True:
            app = client.app("sleeper")
            if app["state"] == "running":
                return app
            time.sleep(0.02)

    def kill(pid):
        os.kill(pid, signal.SIGKILL)
        while Path(f"/proc/{pid}").exists():
            with contextlib.suppress(ChildProcessError):
                os.waitpid(-1, os.WNOHANG)
            time.sleep(0.01)

    first = daemon.ensure(home, config, 60).service["pid"]
    with contextlib.closing(ControlClient(home)) as client:
        former = running_app(client)["pid"]
    [keeper] = [process.parent for process in processes.scan() if process.pid == former]
    kill(first)
    kill(keeper)
    kill(former)
    strangers = [take_pid(former), take_pid(keeper)]
    daemon.ensure(home, config, 60)
    with contextlib.closing(ControlClient(home)) as client:
        again = running_app(client)
        client.restart("sleeper")
        while client.app("sleeper")["restarts"] < again["restarts"] + 1:
            time.sleep(0.02)
        running_app(client)
        client.stop("sleeper")
        while client.app("sleeper")["state"] != "stopped":
            time.sleep(0.02)
        types = [event["type"] for event in client.events(0, app="sleeper")["events"]]
        client.service_stop()
    alive = [stranger.poll() is None for stranger in strangers]
    print(json.dumps({"reused": again["pid"] in (former, keeper), "alive": alive, "types": types}))


@needs_jar
@pytest.mark.skipif(not has_namespaces(), reason="no pid namespace may be made here")
def test_a_stranger_with_the_pid_of_an_app_is_neither_adopted_nor_signalled(home, tmp_path):
    config = tmp_path / "restart.toml"
    config.write_text(CONFIG)
    code = f"from pathlib import Path; import test_pid_reuse as t; t.inside(Path({str(home)!r}), Path({str(config)!r}))"
    folder = Path(__file__).parent
    done = subprocess.run(
        [*IN_NAMESPACE, sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env=environment(PYTHONPATH=f"{folder.parent}:{folder}", JUPYTER_RESTART_JAR=str(JAR)),
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["reused"], found["alive"]) == (False, [True, True])
    # It ended while nobody looked: that is told, and it is started again.
    assert "app.lost" in found["types"] or "app.crashed" in found["types"], found["types"]
