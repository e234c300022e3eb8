"""A night on a notebook machine in some minutes: everything runs, everything is killed, and then it is counted.

    JUPYTER_RESTART_JAR=java-kernel/target/jupyter-restart.jar python bench/night.py --minutes 30 [--seed 1]
    COMFYUI_DIR=… COMFYUI_PYTHON=… python bench/night.py --minutes 60 --standby restart

One service has a real JupyterLab, a ComfyUI (the tests' stand-in, or a real one) with our node and a worker of its own
to look after, each restarted by schedule every few minutes. Two kernels print and count, a terminal counts, prompts are
queued. Meanwhile a seeded chance kills or stops the server, its front, ComfyUI, the worker and the service, and orders
restarts. At the end all must run, and each number that was printed must have arrived once.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import websocket
from crash import Lab

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "python-shim" / "tests" / folder) for folder in ("", "kernels", "comfyui")]

import real_server  # noqa: E402
from real_client import Client  # noqa: E402
from supervised import Supervised  # noqa: E402
from waiting import wait_until  # noqa: E402

from jupyter_restart.client import ControlClient  # noqa: E402
from jupyter_restart.errors import ControlError  # noqa: E402

CELL = "for n in range({first}, {first} + 50):\n    print(n)\n    time.sleep(0.1)"
COUNT = 'i=0; while [ ! -e "$HOME/enough" ]; do i=$((i+1)); echo "line $i"; sleep 0.05; done; echo end-of-lines'
# The lock is held until the last process of its tree is gone.
WORK = "exec 9>lock; flock -n 9 || echo second >> seconds; echo life >> lives; sleep {seconds}; exit 1"
# A server that is stopped in the middle of its restart is noticed after a minute; the machine has other work.
ANSWER_S = 200.0


class Machine(Supervised):
    """The service's config and ComfyUI, beside which a JupyterLab and a worker run."""

    standby = "always"

    def configure(self, service: str = "") -> None:
        super().configure(service)
        worker = json.dumps(["sh", "-c", WORK.format(seconds="$(($(date +%N | cut -c1) + 5))")])
        self.config.write_text(
            self.config.read_text().replace("[app.comfyui]", '[app.comfyui]\nevery = "3m"\nwhen_idle = "5s"')
            + f'[app.jupyterlab]\nevery = "4m"\nwhen_idle = "5s"\nstandby = "{self.standby}"\n'
            + 'probe = { http = "http://127.0.0.1:PORT/api", every = "2s", timeout = "3s", failures = 3 }\n'
            + 'restart = { reset = "5s", limit = 1000 }\n'
            + f'[app.worker]\ncommand = {worker}\ndirectory = "{self.folder}"\nevery = "1m"\n'
            + 'restart = { backoff = "100ms", max = "1s", limit = 1000 }\n'
        )


class Printer(threading.Thread):
    """Runs one cell after the other, and keeps what they print."""

    def __init__(self, client: Client) -> None:
        super().__init__(daemon=True)
        self.client, self.cells, self.endless = client, [], 0
        self.enough = threading.Event()

    def run(self) -> None:
        while not self.enough.is_set():
            cell = self._executed(CELL.format(first=len(self.cells) * 50))
            self.cells.append(cell)
            try:
                wait_until(lambda cell=cell: self._is_over(cell), timeout_s=ANSWER_S)
            except AssertionError:
                self.endless += 1

    def _executed(self, code: str) -> str:
        while True:
            try:
                return self.client.execute(code)
            except (OSError, websocket.WebSocketException):
                time.sleep(0.1)

    def _is_over(self, cell: str) -> bool:
        return any(
            m["parent_header"].get("msg_id") == cell and m["content"].get("execution_state") == "idle"
            for m in list(self.client.messages)
        )

    def numbers(self) -> Counter:
        return Counter(int(word) for cell in self.cells for word in self.client.printed(cell).split())


class Terminal(threading.Thread):
    """A tab on a terminal, which comes back when it is cut off; the server then shows again what is still known."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(daemon=True)
        self.name_there = lab.ask("api/terminals", "POST", {})["name"]
        self.url = f"ws://127.0.0.1:{lab.port}/terminals/websocket/{self.name_there}"
        self.text, self.enough = "", threading.Event()
        self.socket = self._opened()
        self.socket.send(json.dumps(["stdin", "echo shell $$; " + COUNT + "; echo shell $$\r"]))

    def _opened(self) -> websocket.WebSocket:
        def opened() -> websocket.WebSocket | None:
            with contextlib.suppress(OSError, websocket.WebSocketException):
                return websocket.create_connection(self.url, header=["Authorization: token t0ken"], timeout=20)
            time.sleep(0.2)
            return None

        return wait_until(opened, "the terminal", ANSWER_S)

    def run(self) -> None:
        while not self.enough.is_set():
            try:
                kind, *content = json.loads(self.socket.recv())
            except (OSError, ValueError, websocket.WebSocketException):
                self.socket = self._opened()
                self.text += f"\n[{time.monotonic():.1f} back]\n"
                continue
            if kind == "stdout":
                self.text += content[0]
            else:
                print(f"the terminal says {kind} {content}", file=sys.stderr)

    def numbers(self) -> set[int]:
        lines = self.text.replace("\r", "").split("\n")
        return {int(line[5:]) for line in lines if line.startswith("line ") and line[5:].isdigit()}

    def shells(self) -> set[str]:
        return {line for line in self.text.replace("\r", "").split("\n") if line[:6] == "shell " and line[6:].isdigit()}


class Prompts(threading.Thread):
    """Queues one each one and a half seconds; who gets no answer knows."""

    def __init__(self, comfyui: Supervised) -> None:
        super().__init__(daemon=True)
        self.comfyui, self.sent, self.unanswered = comfyui, [], 0
        self.enough = threading.Event()

    def run(self) -> None:
        while not self.enough.wait(1.5):
            name = f"p{len(self.sent) + self.unanswered:05}"
            try:
                self.comfyui.send(name, seconds=0.3)
            except (OSError, AssertionError, ValueError):
                self.unanswered += 1
            else:
                self.sent.append(name)


class Trouble:
    """What a night brings, by a seeded chance."""

    def __init__(self, seed: int, machine: Machine, client: ControlClient) -> None:
        self.chance = random.Random(seed)
        self.machine, self.client, self.done = machine, client, Counter()
        self.begun = time.monotonic()

    def come(self) -> None:
        with contextlib.suppress(ControlError):
            apps = {app["name"]: app for app in self.client.snapshot()["apps"]}
            lab = apps["jupyterlab"]
            serving = lab["serving_pid"] or lab["pid"]
            service = self.client.service()["pid"]
            name, deed = self.chance.choice(
                [
                    ("SIGKILL of the server", lambda: os.kill(serving, signal.SIGKILL)),
                    ("SIGKILL of JupyterLab's own pid", lambda: os.kill(lab["pid"], signal.SIGKILL)),
                    ("SIGSTOP of the server", lambda: os.kill(serving, signal.SIGSTOP)),
                    ("SIGKILL of ComfyUI", lambda: os.kill(apps["comfyui"]["pid"], signal.SIGKILL)),
                    ("SIGKILL of the worker", lambda: os.kill(apps["worker"]["pid"], signal.SIGKILL)),
                    ("SIGKILL of the service", lambda: os.kill(service, signal.SIGKILL)),
                    ("SIGKILL of the service and the server", lambda: self._both(service, serving)),
                    ("SIGKILL of the service in a restart", lambda: self._in_restart(service)),
                    ("SIGKILL of the server in its restart", lambda: self._server_in_restart(serving)),
                    ("restart of all", lambda: self.client.restart_together([], now=False)),
                    ("restart of JupyterLab", lambda: self.client.restart("jupyterlab")),
                    ("restart of ComfyUI, --now", lambda: self.client.restart("comfyui", now=True)),
                    ("restart of the service", self.client.service_restart),
                ]
            )
            with contextlib.suppress(ProcessLookupError, TypeError):
                deed()
                self.done[name] += 1
                print(f"{time.monotonic() - self.begun:6.1f} s  {name}", file=sys.stderr, flush=True)

    def _both(self, service: int, serving: int) -> None:
        os.kill(service, signal.SIGKILL)
        os.kill(serving, signal.SIGKILL)

    def _in_restart(self, service: int) -> None:
        self.client.restart_together([], now=False)
        time.sleep(self.chance.uniform(0, 3))
        os.kill(service, signal.SIGKILL)

    def _server_in_restart(self, serving: int) -> None:
        self.client.restart("jupyterlab")
        time.sleep(self.chance.uniform(0, 3))
        os.kill(serving, signal.SIGKILL)


def all_run(client: ControlClient) -> bool:
    with contextlib.suppress(ControlError):
        return all(app["state"] == "running" for app in client.snapshot()["apps"])
    return False


def twice(counts: Counter) -> int:
    return sum(count > 1 for count in counts.values())


def missing(numbers: set[int]) -> list[int]:
    return sorted(set(range(1, max(numbers, default=0) + 1)) - numbers)


def night(folder: Path, minutes: float, seed: int) -> list[str]:
    machine = Machine(folder / "comfyui")
    lab = Lab(folder, home=machine.home, config=machine.config)
    machine.config.write_text(machine.config.read_text().replace("PORT", str(lab.port)))
    lab.answered()
    lab.base, lab.token = f"http://127.0.0.1:{lab.port}", "t0ken"
    with contextlib.closing(ControlClient(machine.home)) as client:
        try:
            wait_until(lambda: all_run(client), "all to run", ANSWER_S)
            kernels = [lab.ask("api/kernels", "POST", {"name": "python3"})["id"] for _ in range(2)]
            printer, counter = (Client(lab, kernel, f"tab-{kernel}", True) for kernel in kernels)
            printer.run("import time")
            counter.run("x = 0")
            printing, terminal, prompts = Printer(printer), Terminal(lab), Prompts(machine)
            for thread in (printing, terminal, prompts):
                thread.start()
            trouble = Trouble(seed, machine, client)
            end = time.monotonic() + 60 * minutes
            while time.monotonic() < end:
                time.sleep(trouble.chance.uniform(1, 20))
                trouble.come()
            time.sleep(10)
            wait_until(lambda: all_run(client), "all to run at the end", ANSWER_S)
            prompts.enough.set()
            printing.enough.set()
            printing.join(ANSWER_S)
            (folder / "enough").touch()
            wait_until(lambda: "\nend-of-lines" in terminal.text.replace("\r", ""), "the terminal's end", ANSWER_S)
            terminal.enough.set()
            machine.until_idle()
            print(json.dumps(trouble.done), file=sys.stderr)
            return counted(lab, kernels, printing, terminal, prompts, machine, client, counter)
        finally:
            end_all(machine, lab, client)


def counted(lab, kernels, printing, terminal, prompts, machine, client, counter) -> list[str]:
    numbers, ends = printing.numbers(), Counter(machine.log("end"))
    expected = set(range(50 * len(printing.cells)))
    gone = missing(terminal.numbers())
    if gone:
        print(f"lines of the terminal from {gone[0]} to {gone[-1]} are missing", file=sys.stderr)
        (machine.folder.parent / "terminal.txt").write_text(terminal.text)
    unrun = sum(name not in ends for name in prompts.sent)
    told = len(machine.state()["restored"]["refused"])
    snapshot = client.snapshot()
    lives = (machine.folder / "lives").read_text().count("life")
    seconds = (machine.folder / "seconds").exists()
    return [
        f"| lines of cells | {len(expected)} | {len(expected - set(numbers))} | {twice(numbers)} |",
        f"| cells whose end was not told | {len(printing.cells)} | {printing.endless} | |",
        f"| lines of the terminal | {len(terminal.numbers())} | {len(gone)} | |",
        f"| prompts ({prompts.unanswered} unanswered) | {len(prompts.sent)} | {unrun}, {told} told | {twice(ends)} |",
        f"| kernels | 2 | {2 - len(set(kernels) & {k['id'] for k in lab.ask('api/kernels')})} | |",
        f"| variables | 1 | {int(counter.run('print(x)') != '0' + chr(10))} | |",
        f"| shells | 1 | {int(len(terminal.shells()) != 1)} | |",
        f"| lives of the worker | {lives} | | {int(seconds)} |",
        *(f"| {app['name']}: restarts | {app['restarts']} | | |" for app in snapshot["apps"]),
    ]


def end_all(machine: Machine, lab: Lab, client: ControlClient) -> None:
    with contextlib.suppress(ControlError, AssertionError, OSError):
        for kernel in lab.ask("api/kernels"):
            lab.ask(f"api/kernels/{kernel['id']}", "DELETE")
        for terminal in lab.ask("api/terminals"):
            lab.ask(f"api/terminals/{terminal['name']}", "DELETE")
    with contextlib.suppress(ControlError, AssertionError):
        machine.verb("stop", "--all")
        wait_until(lambda: all(app["state"] == "stopped" for app in client.snapshot()["apps"]), "all to stop", 60)
        client.service_stop()
    lab.process.poll()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--keep", action="store_true", help="keep the folder of all that was written")
    parser.add_argument("--standby", choices=("always", "restart", "never"), default="always")
    options = parser.parse_args()
    Machine.standby = options.standby
    real_server.TIMEOUT_S = ANSWER_S
    folder = Path(tempfile.mkdtemp(prefix="night-"))
    print(f"seed {options.seed}, {folder}", file=sys.stderr, flush=True)
    rows = night(folder, options.minutes, options.seed)
    print(f"Seed {options.seed}, {options.minutes:g} minutes.\n\n| what | counted | lost | twice |\n|---|---|---|---|")
    print("\n".join(rows))
    if not options.keep:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
