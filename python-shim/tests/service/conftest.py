import contextlib
import subprocess
import sys
from pathlib import Path

import pytest
from jar import JAR

sys.path.insert(0, str(Path(__file__).resolve().parent))

from supervised_server import Server

from jupyter_restart import daemon
from jupyter_restart.client import ControlClient
from jupyter_restart.endpoint import Endpoint
from jupyter_restart.errors import ControlError
from jupyter_restart.procfs import ProcessIdentity


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


@pytest.fixture
def start_server(home, tmp_path):
    servers = []

    def start(**keywords):
        servers.append(Server(home, tmp_path / "work", **keywords))
        return servers[-1]

    yield start
    for server in servers:
        server.end()
