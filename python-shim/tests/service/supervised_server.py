"""A Jupyter server with the extension, under the real service, and what is awaited of both."""

import json
import subprocess
import sys
import urllib.error
import urllib.request

import waiting
from command import environment
from jupyter_client import BlockingKernelClient
from ports import free_port

from jupyter_restart.errors import ControlError

TOKEN = "the-token-of-the-test"
# A service and a server start in 5 s, and in more than a minute at a load of 14.
LIMIT_S = 150


class Server:
    """A Jupyter server with the extension, as users start it."""

    def __init__(self, home, folder, probe=None, standby=None, kernel_limit=None):
        self.port = free_port()
        self.home = home
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
        if kernel_limit:
            lines.append(f'kernel_memory_limit = "{kernel_limit}"')
            options["RestartExtension.kernel_notice"] = 2
        if len(lines) > 1:
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

    def start_kernel(self, path):
        """Start a kernel for a notebook; gives its id, and a client that talks to it past the server."""
        asked = {"path": path, "type": "notebook", "name": "", "kernel": {"name": "python3"}}
        kernel_id = self.ask("api/sessions", "POST", asked)["kernel"]["id"]
        client = BlockingKernelClient(connection_file=self.record(kernel_id)["connection_file"])
        client.load_connection_file()
        # A kernel that is slow to start has no heartbeat yet, and would pass for dead.
        client.start_channels(hb=False)
        client.wait_for_ready(LIMIT_S)
        return kernel_id, client

    def record(self, kernel_id):
        """What is on file about a kernel."""
        [record] = self.home.glob(f"servers/*/kernel-{kernel_id}.json")
        return json.loads(record.read_text())

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(LIMIT_S)


def wait_until(find, what, timeout_s=LIMIT_S):
    """Wait for the first true value, through whatever the service and servers answer meanwhile."""
    return waiting.wait_until(find, what, timeout_s, through=(ControlError, OSError, urllib.error.URLError))


def app_that_runs(client, name, pid):
    def find():
        app = client.app(name)
        return app if (app["state"], app["pid"]) == ("running", pid) else None

    return wait_until(find, f"{name} with pid {pid}")


def event_types(client, app):
    return [event["type"] for event in client.events(0, app=app)["events"]]
