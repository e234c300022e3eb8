"""The supervisors that are measured side by side, each behind the same few methods."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from pathlib import Path
from typing import ClassVar

from stamps import Stamps, marked

HERE = Path(__file__).parent
NOW = time.monotonic_ns
NUMBER = itertools.count()


def compiled(folder: Path) -> Path:
    """Build the two C programs."""
    for name in ("stamp", "limit"):
        subprocess.run(["gcc", "-O2", "-static", "-o", folder / name, HERE / f"{name}.c"], check=True)
    return folder


class Peer:
    """One running supervisor with `count` children that all do `mode`."""

    name: ClassVar[str]

    def __init__(self, programs: Path, count: int, mode: tuple[str, ...]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bench-"))
        self.mark = f"{os.getpid()}-{next(NUMBER)}"
        self.programs, self.count, self.mode = programs, count, mode
        self.file = self.folder / "stamps"
        self.stamps = Stamps(self.file)
        self.environment = {**os.environ, "BENCH_RUN": self.mark}
        self.process: subprocess.Popen[bytes] | None = None

    @classmethod
    def is_here(cls) -> bool:
        """Tell whether the peer is installed."""
        return True

    def child(self, index: int) -> list[str]:
        """Give the command line of one child."""
        return [str(self.programs / "stamp"), str(self.file), str(index), *self.mode]

    def start(self) -> None:
        """Start it, and return at once."""
        raise NotImplementedError

    def launch(self, command: list[str]) -> None:
        """Start its main process in a session of its own."""
        with (self.folder / "output").open("ab") as output:
            self.process = subprocess.Popen(command, env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=output, start_new_session=True)  # fmt: skip

    def restart(self, index: int) -> int:
        """Order a restart of one child; give the time at which it was ordered."""
        raise NotImplementedError

    def stop_all(self) -> None:
        """Stop every child."""
        raise NotImplementedError

    def status(self) -> None:
        """Ask for the state of every child over a kept connection."""
        raise NotImplementedError

    def answer(self) -> None:
        """Ask the same, and read the answer's bytes only."""
        raise NotImplementedError

    def status_command(self) -> list[str]:
        """Give the command that shows the state of every child."""
        raise NotImplementedError

    def up(self, seconds: float = 60) -> None:
        """Wait until every child has run its first instruction."""
        if not self.stamps.wait(lambda: len(self.stamps.started) >= self.count, seconds):
            tail = (self.folder / "output").read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{self.name}: {len(self.stamps.started)} of {self.count} children are up\n{tail}")

    def own_processes(self) -> list[int]:
        """List the supervisor's processes, helpers for each child included, children not."""
        program = str(self.programs / "stamp")
        return [pid for pid in marked(self.mark) if _program(pid) != program]

    def close(self) -> None:
        """End everything that carries our mark, the supervisor first."""
        program = str(self.programs / "stamp")
        while pids := marked(self.mark):
            for pid in sorted(pids, key=lambda p: (_program(p) == program, p)):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            time.sleep(0.02)
        if self.process:
            self.process.wait()
        self.stamps.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _program(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/exe").readlink())
    except OSError:
        return ""


class Limit(Peer):
    """A loop in C around vfork and waitpid: the machine's own limit."""

    name = "C loop"

    def start(self) -> None:
        self.launch(
            [str(self.programs / "limit"), str(self.count), str(self.programs / "stamp"), str(self.file), *self.mode]
        )

    def restart(self, index: int) -> int:
        ordered = NOW()
        os.kill(self.stamps.started[index][0], signal.SIGTERM)
        return ordered

    def stop_all(self) -> None:
        assert self.process
        os.kill(self.process.pid, signal.SIGTERM)


class Ours(Peer):
    """The restart service, driven over its HTTP API."""

    name = "jupyter-restart"
    cache: ClassVar[dict[str, str]] = {}
    connection: http.client.HTTPConnection | None = None
    token = ""

    def start(self) -> None:
        apps = "".join(
            f'[app.s{i:04d}]\ncommand = {json.dumps(self.child(i))}\nevery = "never"\n'
            'restart = { on = "always", backoff = "100ms", factor = 1, limit = 1000000 }\n'
            for i in range(self.count)
        )
        config = self.folder / "restart.toml"
        config.write_text(f"[service]\nhome = {json.dumps(str(self.folder / 'home'))}\n{apps}")
        self.environment.update(self.cache)
        self.launch([sys.executable, "-m", "jupyter_restart", "service", "start",
                     "--home", str(self.folder / "home"), "--config", str(config)])  # fmt: skip

    def call(self, method: str, path: str) -> dict[str, object]:
        if self.connection is None:
            endpoint = json.loads((self.folder / "home" / "endpoint.json").read_text())
            self.token = endpoint["token"]
            self.connection = http.client.HTTPConnection("127.0.0.1", endpoint["port"], timeout=60)
            self.connection.connect()
            self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection.request(method, path, headers={"Authorization": f"Bearer {self.token}"})
        answer = self.connection.getresponse()
        body = json.loads(answer.read())
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {body}")
        return body

    def restart(self, index: int) -> int:
        ordered = NOW()
        self.call("POST", f"/v1/apps/s{index:04d}/restart")
        return ordered

    def stop_all(self) -> None:
        self.call("POST", "/v1/stop")

    def status(self) -> None:
        apps = self.call("GET", "/v1/apps")["apps"]
        assert isinstance(apps, list)
        assert len(apps) == self.count

    def answer(self) -> None:
        assert self.connection
        connection = self.connection.sock
        connection.sendall(
            f"GET /v1/apps HTTP/1.1\r\nHost: 127.0.0.1:{self.connection.port}\r\n"
            f"Authorization: Bearer {self.token}\r\n\r\n".encode()
        )
        head, end, body = b"", b"", b""
        while not end:
            head += connection.recv(65536)
            head, end, body = head.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split()[0])
        while len(body) < length:
            body += connection.recv(65536)

    def status_command(self) -> list[str]:
        return [sys.executable, "-m", "jupyter_restart", "--home", str(self.folder / "home"), "status"]


class OursWithoutCache(Ours):
    """The same at its very first start: no AOT cache is there yet."""

    name = "jupyter-restart, first start"
    cache: ClassVar[dict[str, str]] = {"JUPYTER_RESTART_CACHE": "off"}


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self._path))


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._unix_connection = _UnixConnection(path)

    def make_connection(self, host: object) -> _UnixConnection:  # noqa: ARG002 - the base class's name
        return self._unix_connection


class Supervisord(Peer):
    """supervisord with startsecs=0 and no child logs: the fastest it can be set."""

    name = "supervisord"
    server: xmlrpc.client.ServerProxy | None = None

    @classmethod
    def is_here(cls) -> bool:
        return shutil.which("supervisord", path=_search_path()) is not None

    def start(self) -> None:
        programs = "".join(
            f"[program:s{i:04d}]\ncommand={' '.join(self.child(i))}\nstartsecs=0\nautorestart=true\n"
            "stdout_logfile=NONE\nstderr_logfile=NONE\n"
            for i in range(self.count)
        )
        config = self.folder / "supervisord.conf"
        config.write_text(
            f"[unix_http_server]\nfile={self.folder}/socket\n"
            f"[supervisord]\nnodaemon=true\nuser=root\nminfds=8192\nlogfile={self.folder}/log\npidfile={self.folder}/pid\n"
            "[rpcinterface:supervisor]\n"
            "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n" + programs
        )
        program = shutil.which("supervisord", path=_search_path())
        assert program
        self.launch([program, "-c", str(config)])

    def rpc(self) -> xmlrpc.client.ServerProxy:
        if self.server is None:
            self.server = xmlrpc.client.ServerProxy("http://localhost", _UnixTransport(self.folder / "socket"))
        return self.server

    def restart(self, index: int) -> int:
        ordered = NOW()
        self.rpc().supervisor.stopProcess(f"s{index:04d}")
        self.rpc().supervisor.startProcess(f"s{index:04d}", False)
        return ordered

    def stop_all(self) -> None:
        self.rpc().supervisor.stopAllProcesses()

    def status(self) -> None:
        try:
            self.rpc().supervisor.getAllProcessInfo()
        except OSError:
            # Not up yet: its transport would not send a second request.
            self.server = None
            raise

    def status_command(self) -> list[str]:
        program = shutil.which("supervisorctl", path=_search_path())
        assert program
        return [program, "-s", f"unix://{self.folder}/socket", "status"]


class Runit(Peer):
    """runsvdir with one runsv for each child; `sv` is a FIFO underneath, which is written to directly."""

    name = "runit"

    @classmethod
    def is_here(cls) -> bool:
        return shutil.which("runsvdir", path=_search_path()) is not None

    def start(self) -> None:
        services = self.folder / "services"
        for i in range(self.count):
            service = services / f"s{i:04d}"
            service.mkdir(parents=True)
            run = service / "run"
            run.write_text(f"#!/bin/sh\nexec {' '.join(self.child(i))}\n")
            run.chmod(0o755)
        program = shutil.which("runsvdir", path=_search_path())
        assert program
        self.environment["PATH"] = _search_path()
        self.launch([program, str(services)])

    def restart(self, index: int) -> int:
        ordered = NOW()
        (self.folder / "services" / f"s{index:04d}" / "supervise" / "control").write_bytes(b"t")
        return ordered

    def stop_all(self) -> None:
        assert self.process
        os.kill(self.process.pid, signal.SIGHUP)

    def status(self) -> None:
        for i in range(self.count):
            (self.folder / "services" / f"s{i:04d}" / "supervise" / "status").read_bytes()

    def status_command(self) -> list[str]:
        program = shutil.which("sv", path=_search_path())
        assert program
        return [program, "status", *(str(self.folder / "services" / f"s{i:04d}") for i in range(self.count))]


def _search_path() -> str:
    """Where peers are looked for: the folder that BENCH_PEERS names first."""
    return f"{os.environ.get('BENCH_PEERS', '')}:{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin:/sbin"


PEERS: tuple[type[Peer], ...] = (Limit, Ours, Runit, Supervisord)
