"""How long a JupyterLab is away when it is killed and the restart service starts it again.

    JUPYTER_RESTART_JAR=java-kernel/target/jupyter-restart.jar python bench/crash.py --kills 8 --kernels 4 --terminals 4

Starts a real JupyterLab with the extension, which starts the service. Kills it again and again by SIGKILL, asks for its
status every 20 ms, and prints when the service knew of the end, when the next process began, and when it answered: each
crash on stderr as it comes (about ten seconds), all of them as a table. Kernels and terminals must be the same after
each.
"""

import argparse
import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import datetime
from pathlib import Path

PACKAGE = str(Path(__file__).resolve().parent.parent / "python-shim")
sys.path.insert(0, PACKAGE)

from jupyter_restart.client import ControlClient  # noqa: E402
from jupyter_restart.errors import ControlError  # noqa: E402

TOKEN = "t0ken"
PERIOD_S = 0.02
# A crash within `reset` of the one before is held back. A terminal is safe half a second after it was opened.
REST_S = 6.0
TOML = '[app.jupyterlab]\npreset = "jupyterlab"\nrestart = { reset = "5s", limit = 1000 }\n'


class Lab:
    def __init__(self, folder, *, home=None, config=None):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.home = home or folder / "home"
        if config is None:
            config = folder / "restart.toml"
            config.write_text(TOML, encoding="utf-8")
        options = {
            "ServerApp.port": self.port,
            "ServerApp.port_retries": 0,
            "ServerApp.root_dir": folder,
            "ServerApp.open_browser": False,
            "ServerApp.allow_root": True,
            "IdentityProvider.token": TOKEN,
            "ServerApp.jpserver_extensions": "jupyter_restart=True",
            "RestartExtension.home": self.home,
            "RestartExtension.service_config": config,
        }
        lab = Path(sys.executable).parent / "jupyter-lab"
        own = {"PYTHONPATH": PACKAGE, "HOME": str(folder), "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
        with (folder / "lab.log").open("ab") as log:
            self.process = subprocess.Popen(
                [lab, *(f"--{name}={value}" for name, value in options.items())],
                cwd=folder,
                env={**os.environ, **own},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def ask(self, path, method="GET", body=None):
        url = f"http://127.0.0.1:{self.port}/{path}"
        request = urllib.request.Request(url, method=method, headers={"Authorization": f"token {TOKEN}"})
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(request, data, timeout=10) as answer:
            content = answer.read()
            return json.loads(content) if content else None

    def answered(self):
        while True:
            with contextlib.suppress(OSError):
                self.ask("api/status")
                return time.time()
            time.sleep(PERIOD_S)

    def known(self, client):
        """The app, once the service has heard its hello."""
        while True:
            with contextlib.suppress(ControlError):
                app = client.app("jupyterlab")
                if app["state"] == "running":
                    return app
            time.sleep(PERIOD_S)


def moment(client, kind, after):
    event = next(event for event in client.events(after)["events"] if event["type"] == kind)
    return datetime.fromisoformat(event["time"].replace("Z", "+00:00")).timestamp()


def kept(lab):
    """What a crash must not take along."""
    return sorted(kernel["id"] for kernel in lab.ask("api/kernels")), sorted(
        terminal["name"] for terminal in lab.ask("api/terminals")
    )


def measure(lab, client, kills):
    found, before = [], kept(lab)
    pid = lab.known(client)["pid"]
    for number in range(1, kills + 1):
        time.sleep(REST_S)
        seq = client.snapshot()["seq"]
        start = time.time()
        os.kill(pid, signal.SIGKILL)
        lab.process.poll()
        answered = lab.answered()
        lab.process.poll()
        found.append(
            [moment(client, kind, seq) - start for kind in ("app.crashed", "restart.starting")] + [answered - start]
        )
        word, _, answer = found[-1]
        print(f"crash {number}: known after {word:.3f} s, answered after {answer:.3f} s", file=sys.stderr, flush=True)
        while (pid := lab.known(client)["pid"]) is None:
            time.sleep(PERIOD_S)
        assert kept(lab) == before, f"{before} before, {kept(lab)} after"
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--kernels", type=int, default=1)
    parser.add_argument("--terminals", type=int, default=0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder))
        lab.answered()
        with contextlib.closing(ControlClient(lab.home)) as client:
            kernels = [lab.ask("api/kernels", "POST", {"name": "python3"})["id"] for _ in range(args.kernels)]
            for _ in range(args.terminals):
                lab.ask("api/terminals", "POST", {})
            try:
                found = measure(lab, client, args.kills)
            finally:
                for kernel in kernels:
                    with contextlib.suppress(OSError):
                        lab.ask(f"api/kernels/{kernel}", "DELETE")
                client.stop("jupyterlab")
                while client.app("jupyterlab")["state"] != "stopped":
                    time.sleep(PERIOD_S)
                client.service_stop()
                lab.process.wait()
    print("| SIGKILL to | p50 | worst |\n|---|---|---|")
    for name, times in zip(
        ("the service's word of it", "the next start", "the next answer"), zip(*found, strict=True), strict=True
    ):
        print(f"| {name} | {statistics.median(times):.3f} s | {max(times):.3f} s |")


if __name__ == "__main__":
    main()
