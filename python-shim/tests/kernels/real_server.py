"""A real Jupyter server in a process of its own."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
import termios
import uuid
from contextlib import suppress
from functools import partial
from pathlib import Path

import requests
import urllib3
from ports import free_port
from real_client import Client
from waiting import TIMEOUT_S, wait_until

from jupyter_restart import relaunch
from jupyter_restart.kernels.state import ServerState
from jupyter_restart.procfs import ProcessIdentity

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent.parent


def children_of(pid):
    """Pids of all descendants."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry.name))
    found = list(parents.get(pid, []))
    for child in found:
        found.extend(parents.get(child, []))
    return found


def gone(pid):
    """Whether a process has ended, though whoever is to collect it may have yet to do so."""
    return ProcessIdentity.of(pid) is None


class Server:
    def __init__(self, folder, *, program=None, arguments=(), token="t0ken", port=None, **kind):
        self.folder = folder
        self.port = port or free_port()
        self.home = folder / "home"
        self.root = folder / "root"
        self.root.mkdir(exist_ok=True)
        self.log = folder / "server.log"
        self.token = token
        sock, address = kind.get("sock"), kind.get("address", "127.0.0.1")
        scheme = "https" if kind.get("trusted") else "http"
        path = kind.get("path", "")
        self.base = f"{scheme}://127.0.0.1:{self.port}{path}"
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = str(kind.get("trusted", True))
        if sock:
            self.base = "http://localhost"
            self.http.mount("http://", UnixAdapter(str(sock)))
        self.clients = []
        # What a test does not need makes only its start slower.
        others = {} if program else dict.fromkeys(("jupyterlab", "jupyter_lsp", "notebook_shim"), False)
        others |= kind.get("extensions", {})
        extensions = {"restart_probe": kind.get("is_ours", True), "jupyter_restart": False, **others}
        command = [
            *(program or [sys.executable, relaunch.__file__, "-m", "jupyter_server"]),
            "--no-browser",
            "--allow-root",
            *([f"--ServerApp.sock={sock}"] if sock else [f"--ServerApp.port={self.port}"]),
            f"--ServerApp.ip={address}",
            *([f"--ServerApp.base_url={path}/"] if path else []),
            *([] if kind.get("retries") else ["--ServerApp.port_retries=0"]),
            f"--ServerApp.root_dir={self.root}",
            f"--ServerApp.jpserver_extensions={extensions}",
            *([f"--IdentityProvider.token={token}"] if token else []),
            *arguments,
        ]
        env = {name: value for name, value in os.environ.items() if not name.startswith(("JPY_", "JUPYTER_"))}
        env.update(
            PYTHONPATH=os.pathsep.join(map(str, [*kind.get("python_path", []), PACKAGE, HERE / "probe"])),
            PROBE_HOME=str(self.home),
            **kind.get("environment", {}),
            HOME=str(folder),
            JUPYTER_CONFIG_DIR=str(folder / "config"),
            JUPYTER_RUNTIME_DIR=str(folder / "runtime"),
            JUPYTER_DATA_DIR=str(folder / "data"),
            IPYTHONDIR=str(folder / "ipython"),
            SHELL="/bin/bash",
        )
        terminal = kind.get("terminal")
        with self.log.open("ab") as log:
            out = log if terminal is None else terminal
            self.process = subprocess.Popen(
                command,
                env=env,
                cwd=self.root,
                stdin=subprocess.DEVNULL if terminal is None else terminal,
                stdout=out,
                stderr=out,
                start_new_session=kind.get("job", False) or terminal is not None,
                preexec_fn=terminal and partial(fcntl.ioctl, terminal, termios.TIOCSCTTY, 0),  # noqa: PLW1509
            )
        self.pid = self.process.pid

    def started(self):
        wait_until(self._answers, what=lambda: f"the server's start, {self.log.read_text()[-3000:]}")
        if not self.token:
            self.token = self.info()["token"]
        return self

    def info(self):
        return json.loads((self.folder / "runtime" / f"jpserver-{self.pid}.json").read_text())

    def _answers(self):
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        try:
            return self.http.get(f"{self.base}/api", timeout=5).ok
        except requests.RequestException:
            return False

    def call(self, method, path, **keywords):
        keywords.setdefault("timeout", TIMEOUT_S)
        headers = {"Authorization": f"token {self.token}"}
        return self.http.request(method, f"{self.base}/{path}", headers=headers, **keywords)

    def get(self, path):
        answer = self.call("GET", path)
        assert answer.ok, (path, answer.status_code, answer.text)
        return answer.json()

    def start_kernel(self, name="python3"):
        answer = self.call("POST", "api/kernels", json={"name": name})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def start_session(self, path="book.ipynb"):
        asked = {"path": path, "type": "notebook", "name": path, "kernel": {"name": "python3"}}
        answer = self.call("POST", "api/sessions", json=asked)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def record(self, kernel_id):
        (path,) = self.home.glob(f"servers/*/kernel-{kernel_id}.json")
        return json.loads(path.read_text())

    def order_restart(self, **asked):
        return self.call("POST", "probe", json=asked).json()["restart_id"]

    def await_restart(self, restart_id):
        def back():
            try:
                told = self.call("GET", "probe").json()
            except (requests.RequestException, ValueError):
                assert self.process.poll() is None, self.log.read_text()[-3000:]
                return None
            assert not told["refused"], told
            return told if told["restart_id"] == restart_id else None

        return wait_until(back, what=lambda: f"restart {restart_id}, {self.log.read_text()[-3000:]}")["kept"]

    def await_front(self):
        """Wait until the server before has become the front, or has ended, and the one that serves ends with it."""
        name = Path(f"/proc/{self.pid}/comm")
        wait_until(lambda: self.get("probe")["is_alone"] and name.read_text() == "jupyter-front\n", what="the front")

    def restart(self, **asked):
        return self.await_restart(self.order_restart(**asked))

    def connect(self, kernel_id, session=None, protocol=True):
        self.clients.append(Client(self, kernel_id, session or uuid.uuid4().hex, protocol))
        return self.clients[-1]

    def state(self):
        """The folder of a server that is alone in its home."""
        (folder,) = (self.home / "servers").iterdir()
        return ServerState(folder)

    def serving_pid(self):
        """The process that serves: that of the first start, or one behind it."""
        return self.get("probe")["pid"]

    def descriptors(self):
        """What the serving process has open; one may be closed while it is looked at."""
        found = []
        for path in Path(f"/proc/{self.serving_pid()}/fd").iterdir():
            with suppress(FileNotFoundError):
                found.append(str(path.readlink()))
        return sorted(found)

    def stop(self):
        """End the server and all that it started, by pid."""
        for client in self.clients:
            client.close()
        started = children_of(self.pid) if self.process.poll() is None else []
        for path in self.home.glob("servers/*/kernel-*.json"):
            started.append(json.loads(path.read_text())["pid"])
        # Not in order, which takes a second: tests of how a server ends wait for it themselves.
        self.process.kill()
        self.process.wait()
        for pid in started:
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                continue
        self.http.close()


class UnixAdapter(requests.adapters.HTTPAdapter):
    """Sends all requests to one unix socket."""

    def __init__(self, path):
        self.path = path
        super().__init__()

    def get_connection_with_tls_context(self, *_, **__):
        path = self.path

        class Connection(urllib3.connection.HTTPConnection):
            def connect(self):
                self.sock = socket.socket(socket.AF_UNIX)
                self.sock.connect(path)

        class Pool(urllib3.HTTPConnectionPool):
            ConnectionCls = Connection

        return Pool("localhost")
