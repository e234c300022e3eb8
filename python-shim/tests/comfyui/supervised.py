"""A ComfyUI under the service, for tests and benchmarks: a real one where `COMFYUI_DIR` names it."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

from comfyui_process import REAL, ComfyUiProcess

SHIM = Path(__file__).resolve().parent.parent.parent


class Supervised(ComfyUiProcess):
    """A ComfyUI that the service starts; stopped and started by nobody else.

    With `script` the service starts it by a script. `environment` is added to its own, `probe` is what the service
    asks it each second: `http` or `queue`; `service` are lines of the config's section.
    """

    def __init__(
        self,
        folder: Path,
        probe: str = "http",
        service: str = "",
        *,
        node: bool = True,
        script: bool = False,
        **environment: str,
    ) -> None:
        super().__init__(folder, "real" if REAL else "new", node=node)
        self.has_node = node
        self._script = folder / "start it.sh" if script else None
        self.home = folder / "home"
        self.config = folder / "restart.toml"
        self._environment = environment | {"RESTART_PROBE_LOG": str(self._runs), "RESTART_PROBE_GO": str(self._go)}
        self._probe = f'{probe} = "http://127.0.0.1:{self.port}{"/system_stats" if probe == "http" else ""}"'
        self.configure(service)

    def configure(self, service: str = "") -> None:
        environment = ", ".join(f"{key} = {json.dumps(value)}" for key, value in self._environment.items())
        self.config.write_text(
            f"[service]\n{service}\n[app.comfyui]\n"
            f"command = {json.dumps(self._start_command())}\n"
            f"directory = {json.dumps(REAL or str(self.folder))}\n"
            f"environment = {{ {environment} }}\n"
            f'probe = {{ {self._probe}, every = "1s" }}\n'
            'restart = { backoff = "100ms", max = "1s", limit = 1000 }\n'
        )

    def _start_command(self) -> list[str]:
        """Give ComfyUI's own, or that of a script that says nothing of it."""
        if self._script is None:
            return self.command()
        self._script.write_text(f"{shlex.join(self.command())}\necho It has ended\n")
        return ["sh", str(self._script)]

    def verb(self, *words: str) -> str:
        command = [sys.executable, "-m", "jupyter_restart", "--home", str(self.home), "--config", str(self.config)]
        path = os.pathsep.join([str(SHIM), os.environ.get("PYTHONPATH", "")])
        done = subprocess.run(
            [*command, *words], capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path}
        )
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def status(self) -> dict:
        return json.loads(self.verb("status", "--json"))

    def is_up(self) -> bool:
        with contextlib.suppress(OSError):
            return self.get("/system_stats") is not None
        return False

    def until_idle(self) -> None:
        self.until(lambda: self.get("/prompt")["exec_info"]["queue_remaining"] == 0, "the queue to be empty", 600)

    def events(self) -> list[dict]:
        return [json.loads(line) for line in self.verb("events", "--json", "--since", "0").splitlines()]

    def completed(self) -> dict:
        """What the last restart that was completed tells of itself."""
        return [event for event in self.events() if event["type"] == "restart.completed"][-1]

    def kept_prompts(self) -> list[str]:
        """Give the ids that the service knows to be in the queue, or to be put back into it."""
        with contextlib.suppress(FileNotFoundError):
            ledger = json.loads((self.home / "queues" / "comfyui" / "ledger.json").read_text())
            return [prompt["id"] for prompt in ledger["prompts"]]
        return []

    def kept(self) -> list[dict]:
        """What the service keeps outside of the queue."""
        files = (self.home / "queues" / "comfyui" / "kept").glob("*.json")
        return [json.loads(file.read_text()) for file in files]

    def end(self) -> None:
        with contextlib.suppress(AssertionError):
            self.verb("stop", "comfyui")
            self.until(lambda: self.status()["apps"][0]["state"] == "stopped", "ComfyUI to stop", 60)
        # Also where ComfyUI did not stop in time, or was never known.
        with contextlib.suppress(AssertionError):
            self.verb("service", "stop")
