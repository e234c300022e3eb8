"""A warm standby takes over: nobody notices; and one that fails costs nothing."""

import json
import os
import pty
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest
import requests
from real_server import gone
from waiting import TIMEOUT_S, wait_until

from jupyter_restart import front


def jupyter(server, *arguments):
    command = [sys.executable, "-m", "jupyter_server", *arguments]
    environment = {**os.environ, "JUPYTER_RUNTIME_DIR": str(server.folder / "runtime"), "HOME": str(server.folder)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)


def standby_of(server, old):
    """The server that is being started beside the one that serves."""

    def found():
        for child in Path(f"/proc/{old}/task/{old}/children").read_text().split():
            try:
                if "relaunch.py" in Path(f"/proc/{child}/cmdline").read_text():
                    return int(child)
            except OSError:
                continue
        return None

    return wait_until(found, what="the standby")


# The old server goes on in its place until it commits, so that this is where a new one dies at the latest.
MORTAL = """
import asyncio, os, signal
from jupyter_restart import channel, standby

def die():
    os.kill(os.getpid(), signal.SIGKILL)

go, hear = standby.Standby._go, channel.Channel.hear

def going(self, message):
    go(self, message)
    asyncio.get_running_loop().call_later({serves_s}, die)

def heard(self):
    message = hear(self)
    if message is not None and message.word == "commit":
        die()
    return message

standby.Standby._go, channel.Channel.hear = going, heard
"""


COUNT_UNTIL = """
import itertools, time
from pathlib import Path
for i in itertools.count():
    print(i, flush=True)
    if Path({flag!r}).exists():
        break
    time.sleep(0.05)
"""


def let_successors_die(server, serves_s):
    """Have each new server of `server` die so long after it has taken over, but before it is the only one."""
    config = server.folder / "config" / "jupyter_server_config.py"
    config.parent.mkdir(exist_ok=True)
    config.write_text(MORTAL.format(serves_s=serves_s))
    return config


def test_the_front_keeps_the_pid_while_the_server_behind_it_changes(start):
    server = start()
    kernel_id = server.start_kernel()
    client = server.connect(kernel_id)
    client.run("x = 42")
    serving = [server.serving_pid()]
    for _ in range(2):
        server.restart()
        serving.append(server.serving_pid())
        server.await_front()
        assert serving[-2] == server.pid or gone(serving[-2])
        assert client.run("print(x)") == "42\n"
    assert len(set(serving)) == 3
    assert serving[0] == server.pid
    (listed,) = json.loads(jupyter(server, "list", "--jsonlist").stdout)
    assert (listed["pid"], listed["port"]) == (server.pid, server.port)


def test_jupyter_server_stop_ends_front_and_server(start):
    server = start()
    kernel = server.record(server.start_kernel())["pid"]
    server.restart()
    # `stop` waits until the pid is gone, which it is when its parent has heard of the end.
    threading.Thread(target=server.process.wait, daemon=True).start()
    done = jupyter(server, "stop", str(server.port))
    assert done.returncode == 0, done
    assert server.process.wait(TIMEOUT_S) == 0
    wait_until(lambda: gone(kernel), what="the kernel's end")


def test_a_front_that_is_killed_takes_its_server_along_and_the_next_one_takes_the_kernels_over(start):
    server = start()
    kernel_id = server.start_kernel()
    server.connect(kernel_id).run("x = 42")
    server.restart()
    serving = server.serving_pid()
    server.await_front()
    # One that hangs, too.
    os.kill(serving, signal.SIGSTOP)
    os.kill(server.pid, signal.SIGKILL)
    server.process.wait()
    wait_until(lambda: gone(serving), what="the server's end")
    successor = start(port=server.port)
    assert successor.get("probe")["kept"]["kernels"] == 1
    assert successor.connect(kernel_id).run("print(x)") == "42\n"


@pytest.mark.parametrize("restarts", [1, 2], ids=["no front yet", "front"])
def test_a_kill_while_two_servers_are_there_leaves_neither_and_the_next_one_has_the_port(start, restarts):
    server = start()
    kernel_id = server.start_kernel()
    server.connect(kernel_id).run("x = 42")
    for _ in range(restarts - 1):
        server.restart()
        server.await_front()
    old = server.serving_pid()
    server.restart()
    serving = server.serving_pid()
    assert not gone(old)
    os.kill(server.pid, signal.SIGKILL)
    server.process.wait()
    wait_until(lambda: gone(serving), what="the end of the new server")
    wait_until(lambda: gone(old), what="the end of the old one")
    successor = start(port=server.port, retries=True)
    assert successor.info()["port"] == server.port
    assert successor.get("probe")["kept"]["kernels"] == 1
    assert successor.connect(kernel_id).run("print(x)") == "42\n"


def test_a_server_in_place_of_another_waits_for_its_port(start):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        threading.Timer(2, taken.close).start()
        successor = start(port=port, retries=True, environment={"JUPYTER_RESTART_MARK": "home:lab-1"})
    assert successor.info()["port"] == port


def test_the_front_ends_as_its_server_ends(start):
    server = start()
    server.restart()
    serving = server.serving_pid()
    server.await_front()
    os.kill(serving, signal.SIGKILL)
    assert server.process.wait(TIMEOUT_S) == -signal.SIGKILL


def test_a_standby_that_hangs_is_given_up(start, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    server = start(python_path=[broken])
    client = server.connect(server.start_kernel())
    client.run("x = 42")
    (broken / "tornado.py").write_text("import time\ntime.sleep(600)")
    server.order_restart(ready_timeout_s=2)
    standby = standby_of(server, server.pid)
    (refused,) = wait_until(lambda: server.get("probe")["refused"], what="the refusal")
    assert refused == "A new server could not be started, so this one goes on: it was not there within 2 s."
    assert gone(standby)
    (broken / "tornado.py").unlink()
    assert client.run("print(x)") == "42\n"
    assert server.serving_pid() == server.pid


def test_an_extension_that_cannot_be_imported_any_more_is_no_outage(start, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    server = start(python_path=[broken])
    client = server.connect(server.start_kernel())
    client.run("x = 42")
    package = broken / "jupyter_restart"
    package.mkdir()
    (package / "__init__.py").write_text("raise SyntaxError('half an upgrade')")
    server.order_restart()
    (refused,) = wait_until(lambda: server.get("probe")["refused"], what="the refusal")
    assert "SyntaxError: half an upgrade" in refused
    assert client.run("print(x)") == "42\n"


def test_a_new_server_without_our_extension_does_not_serve_at_the_next_port(start):
    server = start(retries=True)
    config = server.folder / "config" / "jupyter_server_config.py"
    config.parent.mkdir(exist_ok=True)
    config.write_text("from jupyter_restart import inplace\ninplace.link = lambda *_, **__: None\n")
    server.order_restart()
    (refused,) = wait_until(lambda: server.get("probe")["refused"], what="the refusal")
    assert "so this one goes on: it ended with exit status 1" in refused


def test_a_new_server_that_dies_right_after_the_handover_is_replaced_in_the_same_process(start):
    server = start()
    client = server.connect(server.start_kernel())
    client.run("x = 42")
    flag = server.folder / "fallen back"
    # Its reply comes when a server or the relay is there: one that a dying process had just got goes with it.
    loop = client.execute(COUNT_UNTIL.format(flag=str(flag)))
    config = let_successors_die(server, 0)
    restart_id = server.order_restart()
    wait_until(partial(outcome, server, restart_id, 0), what="the fallback")
    config.unlink()
    flag.touch()
    kept = server.get("probe")["kept"]
    assert kept["fallback"] == "the new server that had stood by failed: it was ended by signal 9"
    assert (kept["kernels"], kept["lost_kernels"]) == (1, [])
    assert server.serving_pid() == server.pid
    client.reply_to(loop)
    client.idle_after(loop)
    printed = client.printed(loop)
    assert printed == "".join(f"{number}\n" for number in range(printed.count("\n")))
    assert client.run("print(x)") == "42\n"
    assert server.restart()["fallback"] is None
    assert client.run("print(x)") == "42\n"


def test_a_standby_killed_at_any_moment_costs_nothing(start):
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    server = start()
    kernel_id = server.start_kernel()
    server.connect(kernel_id).run("x = 42")
    began = time.monotonic()
    server.restart()
    usual = time.monotonic() - began
    for is_late in (False, False, True, True):
        let_successors_die(server, chance.uniform(0, 0.5))
        old = server.serving_pid()
        refused = len(server.get("probe")["refused"])
        restart_id = server.order_restart()
        if not is_late:
            standby = standby_of(server, old)
            time.sleep(chance.uniform(0, usual))
            kill(standby)
        wait_until(partial(outcome, server, restart_id, refused), what="the end of the restart")
        assert server.process.poll() is None
        assert server.connect(kernel_id).run("print(x)") == "42\n"


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def outcome(server, restart_id, refused):
    """What became of a restart whose new server dies: why it was refused, or fell back; None until that is known."""
    try:
        told = server.call("GET", "probe").json()
    except (requests.RequestException, ValueError):
        assert server.process.poll() is None, server.log.read_text()[-3000:]
        return None
    if len(told["refused"]) > refused:
        return told["refused"][-1]
    return told["kept"]["fallback"] if told["restart_id"] == restart_id else None


def test_without_a_front_the_server_replaces_its_own_program_and_says_so(start, tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text("import platform\nplatform.machine = lambda: 'pdp11'")
    server = start(python_path=[site])
    client = server.connect(server.start_kernel())
    client.run("x = 42")
    server.restart()
    assert server.serving_pid() == server.pid
    assert client.run("print(x)") == "42\n"
    assert "this installation has no front for the processor pdp11" in server.log.read_text()


def test_signals_to_the_whole_job_stop_the_server_once(start):
    server = start(job=True)
    kernel = server.record(server.start_kernel())["pid"]
    server.restart()
    server.await_front()
    os.killpg(server.pid, signal.SIGTERM)
    assert server.process.wait(TIMEOUT_S) == 0
    wait_until(lambda: gone(kernel), what="the kernel's end")


class Terminal:
    """A terminal with the server as its foreground job, as a person has it."""

    def __init__(self):
        self.master, self.slave = pty.openpty()
        self.text = ""
        self.changed = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            with self.changed:
                self.text += data.decode(errors="replace")
                self.changed.notify_all()

    def press(self, keys):
        os.write(self.master, keys)

    def count(self, text):
        return self.text.count(text)


QUESTION = "Shut down this Jupyter server"


@pytest.mark.parametrize("keys", [b"y\n", b"\x03"], ids=["answer", "twice"])
def test_the_terminal_s_interrupt_asks_once_and_ends_the_server(start, keys):
    terminal = Terminal()
    server = start(terminal=terminal.slave)
    kernel = server.record(server.start_kernel())["pid"]
    for _ in range(2):
        server.restart()
    server.await_front()
    terminal.press(b"\x03")
    wait_until(lambda: terminal.count(QUESTION), what="the question")
    assert server.process.poll() is None
    assert terminal.count(QUESTION) == 1
    terminal.press(keys)
    assert server.process.wait(TIMEOUT_S) == 0
    assert terminal.count(QUESTION) == 1
    wait_until(lambda: gone(kernel), what="the kernel's end")


def test_the_front_is_there_for_this_machine():
    assert front.obstacle() is None
    assert front.program().stat().st_size < 10_000
