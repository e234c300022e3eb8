"""How long a JupyterLab is away when it is restarted in place, and whether anything is lost.

    python bench/gap.py --restarts 20 --kernels 20 --terminals 4
    python bench/gap.py --restarts 50 --kernels 3 --terminals 2 --lines 20
    python bench/gap.py --restarts 20 --kill
    python bench/gap.py --restarts 20 --kill --always
    python bench/gap.py --restarts 5 --kernels 20 --vanilla

Starts a real JupyterLab with kernels, each with an open websocket, and terminals, asks it for its status every 20 ms
(once on a new connection each, once on a kept one), runs a cell that prints a line each 0.1 s over a websocket during
each restart, and prints a table. A gap is the time from the last answer before to the first answer after, so it
includes the 20 ms.
"""

import argparse
import contextlib
import http.client
import multiprocessing
import os
import signal
import statistics
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

sys.path[:0] = [
    str(Path(__file__).resolve().parent.parent / "python-shim" / folder) for folder in ("", "tests", "tests/kernels")
]

import requests  # noqa: E402
from real_server import Server, children_of  # noqa: E402
from waiting import wait_until  # noqa: E402

from jupyter_restart import relaunch  # noqa: E402

LOOP = "import time\nfor i in range({lines}):\n    print(i, flush=True)\n    time.sleep(0.1)"
PERIOD_S = 0.02
CONTEXT = multiprocessing.get_context("spawn")
LAB = [str(Path(sys.executable).parent / "jupyter-lab")]
# As the service starts it again after a crash.
LAUNCHED_LAB = [sys.executable, relaunch.__file__, *LAB]


class Poller:
    """Asks for the status all the time, in a process of its own: the threads of 20 clients here would hold it up."""

    def __init__(self, server, *, kept):
        self._ours, theirs = multiprocessing.Pipe()
        self._process = CONTEXT.Process(target=poll, args=(server.port, server.token, kept, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def end(self):
        """Stop, and take note of when it was answered, and of what went wrong."""
        self._ours.send("end")
        self.answered, self.failed, self.connections = self._ours.recv()
        self._process.join()

    def longest_gap(self, start, end):
        times = [moment for moment in self.answered if start - 1 <= moment <= end + 1]
        return max(later - earlier for earlier, later in pairwise(times))


def poll(port, token, kept, told):
    answered, failed, connections = [], [], 0
    connection = None
    while not told.poll(PERIOD_S):
        if connection is None or not kept:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connections += 1
        try:
            connection.request("GET", "/api/status", headers={"Authorization": f"token {token}"})
            with connection.getresponse() as answer:
                answer.read()
                if answer.status == http.client.OK:
                    answered.append(time.monotonic())
                else:
                    failed.append(answer.status)
        except (OSError, http.client.HTTPException) as error:
            failed.append(type(error).__name__)
            connection.close()
            connection = None
        if connection is not None and not kept:
            connection.close()
    if connection is not None:
        connection.close()
    told.send((answered, failed, connections))


class Lines:
    """What the cells that ran through restarts have printed, against what they should have."""

    def __init__(self, count):
        self.count = count
        self.expected = self.lost = self.doubled = self.missing_replies = 0

    def begun(self, client):
        """Start a cell; returns when it has printed."""
        cell = client.execute(LOOP.format(lines=self.count))
        client.until(lambda m: m["parent_header"].get("msg_id") == cell and "text" in m["content"])
        return cell

    def take(self, client, cell):
        client.idle_after(cell)
        # On a socket of its own, and so in no order with the output.
        with contextlib.suppress(AssertionError):
            client.reply_to(cell)
        seen = client.printed(cell).split()
        self.expected += self.count
        self.lost += len(set(map(str, range(self.count))) - set(seen))
        self.doubled += len(seen) - len(set(seen))
        self.missing_replies += 1 - len(client.replies(cell))

    def __str__(self):
        return (
            f"Of {self.expected} lines {self.lost} were lost and {self.doubled} doubled; "
            f"{self.missing_replies} replies are missing."
        )


def populate(server, args):
    for _ in range(args.terminals):
        server.call("POST", "api/terminals")
    clients = [server.connect(server.start_kernel()) for _ in range(args.kernels)]
    for client in clients:
        client.run("x = 42")
    return clients


def measure(server, args):
    client, *others = populate(server, args)
    pollers = {"new connection each": Poller(server, kept=False), "one kept connection": Poller(server, kept=True)}
    away, spans, lines, costs = [], [], Lines(args.lines), []
    for _ in range(args.restarts):
        cell = lines.begun(client)
        start = time.monotonic()
        kept = server.restart(warm=not args.exec)
        end = time.monotonic()
        assert (kept["kernels"], kept["terminals"], kept["fallback"]) == (args.kernels, args.terminals, None), kept
        away.append(kept["away_s"])
        spans.append((start, end))
        lines.take(client, cell)
        costs.append(costs_of(server))
    for poller in pollers.values():
        poller.end()
    for each in (client, *others):
        assert each.run("print(x)") == "42\n"
    report(spans, pollers, away)
    took = [end - start for start, end in spans]
    print(f"From the order to the new server: p50 {statistics.median(took):.1f} s, worst {max(took):.1f} s.")
    report_costs(costs)
    print(f"\n{lines}")


def measure_crashes(server, args, folder):
    """SIGKILL, and a new server at once, as the restart service starts it."""
    client, *_ = populate(server, args)
    lines, back = Lines(args.lines), []
    for _ in range(args.restarts):
        cell = lines.begun(client)
        os.kill(server.pid, signal.SIGKILL)
        start = time.monotonic()
        server.process.wait()
        server = Server(folder, program=LAUNCHED_LAB, port=server.port).started()
        back.append(time.monotonic() - start)
        client.server = server
        lines.take(client, cell)
    assert client.run("print(x)") == "42\n"
    print(f"From SIGKILL to the next answer: p50 {statistics.median(back):.1f} s, worst {max(back):.1f} s.\n\n{lines}")
    return server


def measure_takeovers(server, args):
    """SIGKILL of the server that serves, while another one stands by; each request is on a new connection."""
    client, *others = populate(server, args)
    poller = Poller(server, kept=False)
    lines, kills, away, memory = Lines(args.lines), [], [], []
    for _ in range(args.restarts):
        told = wait_until(lambda: (told := server.get("probe"))["standby_pid"] and told, what="the standby")
        # It has been there for a while: what it needs by the end of its start counts, and its clients have come back.
        time.sleep(2)
        memory.append(pss_kb(told["standby_pid"]) / 1024)
        cell = lines.begun(client)
        # Its answer tells that the server is done with the line: one that is being sent at the kill may come twice.
        server.get("api/kernels")
        os.kill(told["pid"], signal.SIGKILL)
        kills.append(time.monotonic())
        kept = wait_until(lambda pid=told["standby_pid"]: kept_by(server, pid), what="the takeover")
        assert kept["kernels"] == args.kernels, kept
        away.append(kept["away_s"])
        lines.take(client, cell)
    poller.end()
    gaps = [poller.longest_gap(kill, kill + 1) for kill in kills]
    for each in (client, *others):
        assert each.run("print(x)") == "42\n"
    print(f"Around SIGKILL without an answer: p50 {statistics.median(gaps):.3f} s, worst {max(gaps):.3f} s.")
    print(f"Of it until the new one serves: p50 {statistics.median(away):.3f} s, worst {max(away):.3f} s.")
    print(f"The server that stands by: p50 {statistics.median(memory):.1f} MB, worst {max(memory):.1f} MB (PSS).")
    failed = sorted(set(map(str, poller.failed)))
    print(f"Of {poller.connections} requests {len(poller.failed)} failed: {failed}.\n\n{lines}")


def kept_by(server, pid):
    with contextlib.suppress(requests.RequestException):
        told = server.get("probe")
        return told["kept"] if told["pid"] == pid else None


def measure_vanilla(server, args, folder):
    """TERM, and a new server as soon as the old one has ended, as supervisord does it; without our extension."""
    away, kept, started = [], 0, 0
    for _ in range(args.restarts):
        before = {server.start_kernel() for _ in range(args.kernels)}
        started += len(before)
        start = time.monotonic()
        server.process.terminate()
        server.process.wait()
        server = vanilla(folder, server.port)
        away.append(time.monotonic() - start)
        kept += len(before & {kernel["id"] for kernel in server.get("api/kernels")})
    print(f"From TERM to the next answer: p50 {statistics.median(away):.1f} s, worst {max(away):.1f} s.")
    print(f"Of {started} kernels {started - kept} were lost.")
    return server


def vanilla(folder, port=None):
    return Server(folder, program=LAB, port=port, is_ours=False).started()


def costs_of(server):
    """Descriptors and memory of each process that there is beside the kernels."""
    serving = server.serving_pid()
    relay = next(pid for pid in children_of(server.pid) if "kernels.relay" in command_of(pid))
    processes = {"server": serving, "relay": relay}
    if serving != server.pid:
        # The first server is that for another second.
        wait_until(lambda: Path(f"/proc/{server.pid}/comm").read_text() == "jupyter-front\n", what="the front")
        processes["front"] = server.pid
    return {name: (len(list(Path(f"/proc/{pid}/fd").iterdir())), pss_kb(pid) / 1024) for name, pid in processes.items()}


def report_costs(costs):
    """From the least to the most over the first restarts, and over as many of the last, so that what grows is seen."""
    count = min(10, len(costs) // 2 or 1)
    print(f"\n| descriptors; MB (PSS) | first {count} restarts | last {count} |\n|---|---|---|")
    for name in costs[0]:
        shown = []
        for part in (costs[:count], costs[-count:]):
            descriptors, memory = zip(*(cost[name] for cost in part), strict=True)
            shown.append(f"{min(descriptors)} to {max(descriptors)}; {min(memory):.1f} to {max(memory):.1f}")
        print(f"| {name} | {' | '.join(shown)} |")


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def pss_kb(pid):
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(next(line.split()[1] for line in rollup.splitlines() if line.startswith("Pss:")))


def report(spans, pollers, away):
    print("| asked on | gap p50 | worst | answers | refused, reset or not 200 | connections |")
    print("|---|---|---|---|---|---|")
    for name, poller in pollers.items():
        gaps = [poller.longest_gap(start, end) for start, end in spans]
        p50, worst = statistics.median(gaps), max(gaps)
        told = f"{len(poller.failed)} {sorted(set(map(str, poller.failed)))}" if poller.failed else "0"
        print(f"| {name} | {p50:.3f} s | {worst:.3f} s | {len(poller.answered)} | {told} | {poller.connections} |")
    print(f"\nAway by the server's own account: p50 {statistics.median(away):.3f} s, worst {max(away):.3f} s.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--restarts", type=int, default=5)
    parser.add_argument("--kernels", type=int, default=1)
    parser.add_argument("--terminals", type=int, default=1)
    parser.add_argument("--lines", type=int, default=120, help="that a cell prints during each restart")
    parser.add_argument("--exec", action="store_true", help="without a standby: the server replaces its own program")
    parser.add_argument("--kill", action="store_true", help="crashes by SIGKILL instead of planned restarts")
    parser.add_argument("--always", action="store_true", help="with --kill: a server stands by all the time")
    parser.add_argument("--vanilla", action="store_true", help="a JupyterLab without us, ended and started again")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PROBE_STANDBY": "1"} if args.always else {}
        server = (
            vanilla(Path(folder))
            if args.vanilla
            else Server(Path(folder), program=LAB, environment=environment).started()
        )
        try:
            if args.vanilla:
                server = measure_vanilla(server, args, Path(folder))
            elif args.kill and args.always:
                measure_takeovers(server, args)
            elif args.kill:
                server = measure_crashes(server, args, Path(folder))
            else:
                measure(server, args)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
