import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fake_service import FakeService

pytest_plugins = ["pytest_jupyter.jupyter_server"]

# A script's background job ignores the interrupt, what runs under nohup the hangup, and so would all that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

OURS = ("HOME", "CONFIG", "JAVA", "JAR", "APP_NAME")


@pytest.fixture(autouse=True)
def own_surroundings(monkeypatch, tmp_path):
    """No test finds the state, the service or the settings of whoever runs it."""
    for name in OURS:
        monkeypatch.delenv(f"JUPYTER_RESTART_{name}", raising=False)
    # Making one takes a processor for half a minute.
    monkeypatch.setenv("JUPYTER_RESTART_CACHE", "off")
    for name in ("data", "runtime", "config"):
        folder = tmp_path / f"jupyter-{name}"
        folder.mkdir()
        monkeypatch.setenv(f"JUPYTER_{name.upper()}_DIR", str(folder))


@pytest.fixture
def home(tmp_path):
    return tmp_path / "restart-home"


@pytest.fixture
def service(home):
    """A fake service that runs; every request to it must be one of the contract's."""
    fake = FakeService(home).start()
    yield fake
    fake.stop()
    assert fake.complaints == []


@pytest.fixture(autouse=True)
def jp_server_cleanup(request):
    """As pytest-jupyter's, but only for tests that have a server: it would make one for all others."""
    yield
    if "jp_serverapp" not in request.fixturenames:
        return
    from jupyter_server.serverapp import ServerApp

    from jupyter_restart.kernels.keeper import keeper_of

    app = ServerApp.instance()
    request.getfixturevalue("jp_asyncio_loop").run_until_complete(app._cleanup())
    app.kernel_manager.context.destroy()
    keeper = keeper_of(app)
    if keeper:
        # Lives as long as the server, which elsewhere is as long as the process.
        keeper.relay._context.destroy()
    ServerApp.clear_instance()
