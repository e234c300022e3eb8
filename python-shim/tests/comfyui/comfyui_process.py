"""Starts, stops and asks a ComfyUI: the stand-in, or a real one where `COMFYUI_DIR` names it (`COMFYUI_PYTHON` its
Python). All its files but the code are in a folder of the test's.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ports import free_port

from jupyter_restart.comfyui import SOURCE

HERE = Path(__file__).parent
HELD = -1.0  # seconds: a prompt that runs until `go`
REAL = os.environ.get("COMFYUI_DIR")


class ComfyUiProcess:
    def __init__(self, folder: Path, form: str, *, node: bool = True) -> None:
        self.folder = folder
        self.form = form
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._go, self._runs = folder / "go", folder / "runs.log"
        self.nodes = folder / "custom_nodes"
        for name in ("user", "output", "temp"):
            (folder / name).mkdir(parents=True)
        self.nodes.mkdir()
        if node:
            self.install_node()
        shutil.copy(HERE / "probe_node.py", self.nodes)

    def install_node(self) -> None:
        """Put it where the installer does."""
        shutil.copytree(SOURCE, self.nodes / "jupyter_restart", ignore=shutil.ignore_patterns("__pycache__"))

    @property
    def temp(self) -> Path:
        return self.folder / "temp" / "temp"

    @property
    def journal(self) -> Path:
        return self.folder / "user" / "__jupyter_restart" / str(self.port)

    def command(self) -> list[str]:
        folders = ["--user-directory", str(self.folder / "user"), "--temp-directory", str(self.folder / "temp")]
        if self.form != "real":
            own = ["--port", str(self.port), "--nodes", str(self.nodes), "--form", self.form]
            return [sys.executable, str(HERE / "stand_in.py"), *own, *folders]
        paths = self.folder / "paths.yaml"
        paths.write_text(f"test:\n  base_path: {self.folder}\n  custom_nodes: custom_nodes\n")
        own = ["--cpu", "--listen", "127.0.0.1", "--port", str(self.port), "--extra-model-paths-config", str(paths)]
        python = os.environ.get("COMFYUI_PYTHON") or sys.executable
        return [python, "main.py", *own, *folders, "--output-directory", str(self.folder / "output")]

    def start(self, *, wait: bool = True) -> None:
        with (self.folder / "output.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd=REAL if self.form == "real" else self.folder,
                env={**os.environ, "RESTART_PROBE_LOG": str(self._runs), "RESTART_PROBE_GO": str(self._go)},
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        if wait:
            self.until(self.is_up, "ComfyUI to listen", 120)

    def is_up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "output.log").read_text()[-3000:]
        with contextlib.suppress(OSError):
            return self.get("/system_stats") is not None
        return False

    def stop(self, number: int) -> int:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        return self.process.wait(60)

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def request(self, method: str, path: str, body: Any = None, *, secret: str | None = None) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json"}
        if secret is not None:
            headers["X-Jupyter-Restart-Secret"] = secret
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data, headers=headers, method=method
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                text = response.read()
                return response.status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            with error:
                text = error.read()
            return error.code, json.loads(text) if text else None

    def get(self, path: str) -> Any:
        status, body = self.request("GET", path)
        assert status == 200, (status, body)
        return body

    def change(self, verb: str, **body: Any) -> Any:
        secret = (self.journal / "secret").read_text()
        status, answer = self.request("POST", f"/jupyter_restart/v1/{verb}", body, secret=secret)
        assert status == 200, (status, answer)
        return answer

    def state(self) -> Any:
        return self.get("/jupyter_restart/v1/state")

    def send(self, name: str, *, seconds: float = 0.05, client_id: str = "tab", **more: Any) -> str:
        """Queue a prompt; give its id."""
        inputs = {"name": name, "seconds": seconds, "file": more.pop("file", "")}
        prompt = {"1": {"class_type": more.pop("node", "RestartProbe"), "inputs": inputs}}
        body = {"prompt": prompt, "client_id": client_id, "prompt_id": str(uuid.uuid4()), **more}
        status, answer = self.request("POST", "/api/prompt", body)
        assert status == 200, (status, answer)
        prompt_id: str = answer["prompt_id"]
        return prompt_id

    def queue(self) -> list[str]:
        """Give the names of what runs and of what waits, in order."""
        body = self.get("/queue")
        items = [*body["queue_running"], *sorted(body["queue_pending"], key=lambda item: item[:2])]
        return [item[2]["1"]["inputs"]["name"] for item in items]

    def go(self) -> None:
        """Let held prompts go on to their end."""
        self._go.touch()

    def log(self, word: str) -> list[str]:
        try:
            lines = self._runs.read_text().splitlines()
        except FileNotFoundError:
            return []
        return [line.removeprefix(f"{word} ") for line in lines if line.startswith(f"{word} ")]

    def until(self, is_so: Callable[[], Any], what: str, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
            time.sleep(0.02)

    def until_idle(self) -> None:
        self.until(lambda: self.queue() == [], "the queue to be empty", 120)

    def until_started(self, name: str) -> None:
        self.until(lambda: name in self.log("start"), f"{name} to start")
