import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from real_server import Server


@pytest.fixture
def start(tmp_path):
    """Starts servers in one folder, and ends them and all they started."""
    servers = []

    def started(**keywords):
        server = Server(tmp_path, **keywords)
        servers.append(server)
        return server.started()

    yield started
    for server in servers:
        server.stop()
