"""A real Jupyter server in a process of its own, and clients for it."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
import termios
import threading
import time
import uuid
from contextlib import suppress
from functools import partial
from pathlib import Path

import requests
import urllib3
import websocket

from jupyter_restart import relaunch
from jupyter_restart.kernels.state import ServerState

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent.parent
TIMEOUT_S = 40


def wait_until(condition, timeout_s=None, what="the condition"):
    """Poll `condition` until it gives something true, and return that."""
    deadline = time.monotonic() + (timeout_s or TIMEOUT_S)
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come true within {timeout_s or TIMEOUT_S} s")


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


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
        wait_until(self._answers, what=f"the server's start, {self.log.read_text()[-3000:]}")
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

        return wait_until(back, what=f"restart {restart_id}, {self.log.read_text()[-2000:]}")["kept"]

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


class Client:
    """A browser session on a kernel: reads all the time, and reconnects under the same id, as JupyterLab does.

    While `may_return` is not set it does not reconnect.
    """

    def __init__(self, server, kernel_id, session, protocol):
        self.server = server
        self.kernel_id = kernel_id
        self.session = session
        self.protocol = protocol
        self.messages = []
        self.closing = False
        self.may_return = threading.Event()
        self.may_return.set()
        self.changed = threading.Condition()
        self.socket = self._open()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _open(self):
        base = self.server.base.replace("http", "ws", 1)
        url = f"{base}/api/kernels/{self.kernel_id}/channels?session_id={self.session}"

        def opened():
            try:
                return websocket.create_connection(
                    url,
                    header=[f"Authorization: token {self.server.token}"],
                    subprotocols=["v1.kernel.websocket.jupyter.org"] if self.protocol else None,
                    timeout=TIMEOUT_S,
                )
            except (OSError, websocket.WebSocketException):
                return self.closing

        connected = wait_until(opened, what="the websocket")
        return None if connected is True else connected

    def _read(self):
        while not self.closing:
            try:
                data = self.socket.recv()
            except (OSError, websocket.WebSocketException):
                data = ""
            with self.changed:
                if data:
                    self.messages.append(parse_v1(data) if isinstance(data, bytes) else json.loads(data))
                elif not self.closing:
                    self.socket.shutdown()
                    self.may_return.wait(TIMEOUT_S)
                    self.socket = self._open()
                self.changed.notify_all()

    def send(self, kind, content, channel="shell", parent=None):
        header = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": kind,
            "username": "",
            "session": self.session,
            "date": "2026-01-01T00:00:00Z",
            "version": "5.3",
        }
        parts = [header, parent or {}, {}, content]
        with self.changed:
            if self.protocol:
                blobs = [channel.encode(), *(json.dumps(part).encode() for part in parts)]
                at = [8 * (2 + len(blobs))]
                for blob in blobs:
                    at.append(at[-1] + len(blob))
                head = b"".join(number.to_bytes(8, "little") for number in [len(at), *at])
                self.socket.send_binary(head + b"".join(blobs))
            else:
                names = ("header", "parent_header", "metadata", "content")
                self.socket.send(
                    json.dumps({**dict(zip(names, parts, strict=True)), "channel": channel, "buffers": []})
                )
        return header["msg_id"]

    def execute(self, code, **content):
        asked = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": True}
        return self.send("execute_request", {**asked, **content})

    def until(self, condition):
        """The first message for which `condition` holds, among those that came and that will come."""
        seen = 0
        deadline = time.monotonic() + TIMEOUT_S
        with self.changed:
            while True:
                for message in self.messages[seen:]:
                    if condition(message):
                        return message
                seen = len(self.messages)
                assert self.changed.wait(deadline - time.monotonic()), self.messages[-3:]

    def reply_to(self, msg_id):
        return self.until(lambda m: m["channel"] == "shell" and m["parent_header"].get("msg_id") == msg_id)

    def idle_after(self, msg_id):
        return self.until(
            lambda m: (
                m["header"]["msg_type"] == "status"
                and m["parent_header"].get("msg_id") == msg_id
                and m["content"]["execution_state"] == "idle"
            )
        )

    def run(self, code):
        """Run a cell to its end; what it printed."""
        msg_id = self.execute(code)
        reply = self.reply_to(msg_id)
        self.idle_after(msg_id)
        assert reply["content"]["status"] == "ok", reply["content"]
        return self.printed(msg_id)

    def printed(self, msg_id, name="stdout"):
        return "".join(
            m["content"]["text"]
            for m in self.messages
            if m["header"]["msg_type"] == "stream"
            and m["parent_header"].get("msg_id") == msg_id
            and m["content"]["name"] == name
        )

    def replies(self, msg_id):
        return [m for m in self.messages if m["channel"] == "shell" and m["parent_header"].get("msg_id") == msg_id]

    def close(self):
        self.closing = True
        self.may_return.set()
        if isinstance(self.socket, websocket.WebSocket):
            self.socket.abort()
        self.reader.join(TIMEOUT_S)
        # None where the reader was about to connect anew, and gave that up.
        if isinstance(self.socket, websocket.WebSocket):
            self.socket.shutdown()


def parse_v1(data):
    count = int.from_bytes(data[:8], "little")
    at = [int.from_bytes(data[8 * (i + 1) : 8 * (i + 2)], "little") for i in range(count)]
    names = ("header", "parent_header", "metadata", "content")
    parts = [data[at[i] : at[i + 1]] for i in range(count - 1)]
    message = {name: json.loads(part) for name, part in zip(names, parts[1:5], strict=True)}
    return {**message, "channel": parts[0].decode()}
