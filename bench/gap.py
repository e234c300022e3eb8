"""How long a JupyterLab is away when it is restarted in place, and whether anything is lost.

    python bench/gap.py --restarts 5

Starts a real JupyterLab with one kernel and one terminal, asks it for its status every 20 ms (once on a new
connection each, once on a kept one), runs a cell of 120 lines at 0.1 s over a websocket during each restart, and
prints a table. A gap is the time from the last answer before to the first answer after, so it includes the 20 ms.
"""

import argparse
import http.client
import statistics
import sys
import tempfile
import threading
import time
from itertools import pairwise
from pathlib import Path

sys.path[:0] = [
    str(Path(__file__).resolve().parent.parent / "python-shim" / folder) for folder in ("", "tests/kernels")
]

from real_server import Server, wait_until  # noqa: E402

LINES = 120
LOOP = f"import time\nfor i in range({LINES}):\n    print(i, flush=True)\n    time.sleep(0.1)"
PERIOD_S = 0.02


class Poller(threading.Thread):
    """Asks for the status all the time; notes when it was answered, and what went wrong."""

    def __init__(self, server, *, kept):
        super().__init__(daemon=True)
        self.server, self.kept = server, kept
        self.answered = []
        self.failed = []
        self.connections = 0
        self.ended = threading.Event()

    def run(self):
        connection = None
        while not self.ended.is_set():
            if connection is None or not self.kept:
                connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
                self.connections += 1
            try:
                connection.request("GET", "/api/status", headers={"Authorization": f"token {self.server.token}"})
                with connection.getresponse() as answer:
                    answer.read()
                    if answer.status == http.client.OK:
                        self.answered.append(time.monotonic())
                    else:
                        self.failed.append(answer.status)
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(type(error).__name__)
                connection.close()
                connection = None
            if connection is not None and not self.kept:
                connection.close()
            self.ended.wait(PERIOD_S)
        if connection is not None:
            connection.close()

    def longest_gap(self, start, end):
        times = [moment for moment in self.answered if start - 1 <= moment <= end + 1]
        return max(later - earlier for earlier, later in pairwise(times))


def measure(server, restarts):
    server.call("POST", "api/terminals")
    client = server.connect(server.start_kernel())
    client.run("x = 42")
    pollers = {"new connection each": Poller(server, kept=False), "one kept connection": Poller(server, kept=True)}
    for poller in pollers.values():
        poller.start()
    gaps = {name: [] for name in pollers}
    away, lost, doubled, missing_replies = [], 0, 0, 0
    for _ in range(restarts):
        cell = client.execute(LOOP)
        client.until(lambda m, cell=cell: m["parent_header"].get("msg_id") == cell and "text" in m["content"])
        start = time.monotonic()
        kept = server.restart()
        end = time.monotonic()
        assert (kept["kernels"], kept["terminals"]) == (1, 1), kept
        away.append(kept["away_s"])
        client.idle_after(cell)
        seen = client.printed(cell).split()
        lost += len(set(map(str, range(LINES))) - set(seen))
        doubled += len(seen) - len(set(seen))
        missing_replies += 1 - len(client.replies(cell))
        for name, poller in pollers.items():
            wait_until(lambda poller=poller, end=end: poller.answered[-1] > end, what="an answer")
            gaps[name].append(poller.longest_gap(start, end))
    for poller in pollers.values():
        poller.ended.set()
        poller.join()
    assert client.run("print(x)") == "42\n"
    report(gaps, pollers, away)
    print(
        f"\nOf {restarts * LINES} lines {lost} were lost and {doubled} doubled; {missing_replies} replies are missing."
    )


def report(gaps, pollers, away):
    print("| asked on | gap p50 | worst | answers | refused, reset or not 200 | connections |")
    print("|---|---|---|---|---|---|")
    for name, poller in pollers.items():
        p50, worst = statistics.median(gaps[name]), max(gaps[name])
        told = f"{len(poller.failed)} {sorted(set(map(str, poller.failed)))}" if poller.failed else "0"
        print(f"| {name} | {p50:.2f} s | {worst:.2f} s | {len(poller.answered)} | {told} | {poller.connections} |")
    print(f"\nAway by the server's own account: p50 {statistics.median(away):.2f} s, worst {max(away):.2f} s.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--restarts", type=int, default=5)
    restarts = parser.parse_args().restarts
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), program=[str(Path(sys.executable).parent / "jupyter-lab")])
        try:
            measure(server.started(), restarts)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
