"""The kernel "Restart control" as notebooks run it: by jupyter_client, against a real service with a real app."""

import contextlib
import re
import sys
from pathlib import Path

import pytest
from command import environment, run
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

PACKAGE = Path(__file__).resolve().parents[1] / "jupyter_restart"
BUILT_JAR = PACKAGE.parents[1] / "java-kernel" / "target" / "jupyter-restart.jar"
DEADLINE_S = 60

CONFIG = """\
[app.sleeper]
command = ["/bin/sleep", "300"]
every = "1h"
stop = ["KILL"]
"""


@pytest.fixture
def real_service(home, tmp_path, monkeypatch):
    """A service from the jar that was built or installed, with one app."""
    if not (PACKAGE / "java" / "jupyter-restart.jar").is_file():
        if not BUILT_JAR.is_file():
            pytest.skip("no jar was built: run mvn package")
        monkeypatch.setenv("JUPYTER_RESTART_JAR", str(BUILT_JAR))
    monkeypatch.setenv("RESTART_LOG_FILE", str(tmp_path / "restart.log"))
    monkeypatch.setenv("RESTART_PID_FILE", str(tmp_path / "auto_restart.pid"))
    config = tmp_path / "restart.toml"
    config.write_text(CONFIG)
    started = run(home, "--config", config, "service", "start")
    assert started.code == 0, started.all
    yield home
    run(home, "stop", "sleeper")
    run(home, "service", "stop")


class Notebook:
    """A client of the control kernel; a cell's outcome is its text outputs in order, or its error."""

    def __init__(self, client):
        self._client = client

    def run(self, cell):
        outputs = []

        def keep(message):
            content = message["content"]
            if message["msg_type"] in {"display_data", "execute_result"}:
                assert content["data"]["text/html"]
                outputs.append(content["data"]["text/plain"])

        reply = self._client.execute_interactive(cell, timeout=DEADLINE_S, output_hook=keep)["content"]
        return outputs if reply["status"] == "ok" else reply["evalue"]

    def complete(self, cell):
        return self._client.complete(cell, len(cell), reply=True, timeout=DEADLINE_S)["content"]["matches"]

    def inspect(self, cell):
        return self._client.inspect(cell, 1, reply=True, timeout=DEADLINE_S)["content"]["data"]["text/plain"]


@contextlib.contextmanager
def notebook(home):
    """A kernel as its kernelspec starts it."""
    manager = KernelManager()
    manager._kernel_spec = KernelSpec(
        argv=[sys.executable, "-m", "jupyter_restart", "--home", str(home), "kernel", "{connection_file}"],
        display_name="Restart control",
        language="restart",
        interrupt_mode="message",
    )
    manager.start_kernel(env=environment())
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(DEADLINE_S)
        yield Notebook(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
        manager.context.destroy()


def test_a_cell_drives_the_service(real_service):
    with notebook(real_service) as cells:
        assert cells.run("restart sleeper --wait")[0].startswith("sleeper restarted in ")
        status, events = cells.run("status sleeper  # the app alone\nevents 1")
        assert re.match(r"sleeper +running +\d+ s +on +", status.splitlines()[1])
        assert events.splitlines()[1].split()[3:5] == ["sleeper", "restart.completed"]
        assert cells.run("postpone 30m") == ["Postponed by 30m: sleeper."]
        assert cells.run("disable") == ["Automatic restarts off: sleeper."]
        assert "🎯 Restarting sleeper application..." in cells.run("logs 5")[0]


def test_what_is_wrong_is_one_line_that_helps(real_service):
    with notebook(real_service) as cells:
        assert cells.run("restrat sleeper") == (
            '"restrat" is no command. Did you mean "restart APP [--now] [--wait]"? "help" lists them.'
        )
        assert cells.run("restart nobody") == 'There is no app "nobody". Apps: sleeper.'
        assert cells.run("kernels sleeper --all") == "sleeper is no Jupyter server that is up."
        assert cells.complete("restart s") == ["sleeper"]
        assert cells.inspect("stop sleeper") == "stop APP\nStop an app; it stays stopped."


def test_a_service_that_is_away_is_told_and_found_again(real_service, tmp_path):
    with notebook(real_service) as cells:
        assert run(real_service, "service", "stop").code == 0
        assert cells.run("status") == (
            f"The restart service does not answer ({real_service}/endpoint.json). "
            "Start it: jupyter restart service start"
        )
        assert run(real_service, "--config", tmp_path / "restart.toml", "service", "start").code == 0
        assert cells.run("status")[0].splitlines()[1].startswith("sleeper")
