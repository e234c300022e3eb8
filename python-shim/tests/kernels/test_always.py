"""A server that stands by all the time takes over from one that crashes; and it is no burden otherwise."""

import os
import random
import signal
import time
from pathlib import Path

import pytest
import requests
from real_server import children_of, gone
from waiting import TIMEOUT_S, wait_until

from jupyter_restart.terminals import holding

ALWAYS = {"PROBE_STANDBY": "1"}
HANGS = 42
LOOP = "import time\nfor i in range(60):\n    print(i, flush=True)\n    time.sleep(0.05)"
PRINTED = "".join(f"{number}\n" for number in range(60))


def probe(server):
    try:
        return server.call("GET", "probe").json()
    except (requests.RequestException, ValueError):
        assert server.process.poll() is None, server.log.read_text()[-3000:]
        return {}


def standing(server, *, other_than=()):
    """The server that stands by, once there is one, and the one that serves."""

    def found():
        told = probe(server)
        pid = told.get("standby_pid")
        return (told["pid"], pid) if pid and pid not in other_than else None

    return wait_until(found, what=lambda: f"the standby, {server.log.read_text()[-3000:]}")


def taken_over(server, by):
    return wait_until(lambda: (told := probe(server)).get("pid") == by and told, what="the takeover")


def test_a_crash_is_healed_by_the_server_that_stands_by(start):
    server = start(environment=ALWAYS)
    session = server.start_session()
    kernel_id = session["kernel"]["id"]
    client = server.connect(kernel_id)
    client.run("x = 42")
    token, cookies = server.token, server.call("GET", "api/status")
    serving, standby = standing(server)
    assert serving != server.pid
    assert Path(f"/proc/{server.pid}/comm").read_text() == "jupyter-front\n"
    name = server.call("POST", "api/terminals").json()["name"]
    wait_until(lambda: holding.names(server.state()) == [name], what="the relay's hold of the terminal")
    loop = client.execute(LOOP)
    client.until(lambda m: m["content"].get("text", "").startswith("3"))
    # Its answer tells that the server is done with the line: one that is being sent at the crash may come twice.
    server.get("api/kernels")
    os.kill(serving, signal.SIGKILL)
    told = taken_over(server, standby)
    assert told["took_over_crashed"]
    assert (told["kept"]["kernels"], told["kept"]["terminals"], told["kept"]["lost_kernels"]) == (1, 1, [])
    assert [each["name"] for each in server.get("api/terminals")] == [name]
    assert told["kept"]["fallback"] is None
    assert server.process.poll() is None
    assert cookies.ok
    assert server.token == token
    assert [each["id"] for each in server.get("api/sessions")] == [session["id"]]
    client.reply_to(loop)
    client.idle_after(loop)
    assert client.printed(loop) == PRINTED
    assert len(client.replies(loop)) == 1
    assert client.run("print(x)") == "42\n"
    assert server.info()["pid"] == server.pid
    # Three servers were started, at one address.
    assert server.log.read_text().count("Use Control-C to stop this server") == 1


def test_ten_crashes_in_a_row_are_healed(start):
    server = start(environment=ALWAYS)
    kernel_id = server.start_kernel()
    client = server.connect(kernel_id)
    client.run("x = 42")
    descriptors = None
    for _ in range(10):
        serving, standby = standing(server)
        os.kill(serving, signal.SIGKILL)
        taken_over(server, standby)
        assert client.run("print(x)") == "42\n"
        descriptors = descriptors or len(server.descriptors())
    # Connections of clients come and go.
    wait_until(lambda: len(server.descriptors()) <= descriptors + 2, what=f"{descriptors} open descriptors")
    kernel = server.record(kernel_id)["pid"]
    os.kill(server.pid, signal.SIGTERM)
    assert server.process.wait(TIMEOUT_S) == 0
    assert gone(kernel)
    assert list(server.home.glob("servers/*")) == []


def test_a_hang_that_the_front_is_told_of_is_healed(start):
    server = start(environment=ALWAYS)
    client = server.connect(server.start_kernel())
    client.run("x = 42")
    serving, standby = standing(server)
    os.kill(serving, signal.SIGSTOP)
    os.kill(server.pid, HANGS)
    taken_over(server, standby)
    assert client.run("print(x)") == "42\n"


def test_a_standby_that_is_killed_is_replaced_and_nobody_notices(start):
    server = start(environment=ALWAYS)
    client = server.connect(server.start_kernel())
    client.run("x = 42")
    serving, standby = standing(server)
    os.kill(standby, signal.SIGKILL)
    same, other = standing(server, other_than=[standby])
    assert same == serving
    os.kill(serving, signal.SIGKILL)
    taken_over(server, other)
    assert client.run("print(x)") == "42\n"


def test_the_setting_counts_at_once(start):
    server = start()
    client = server.connect(server.start_kernel())
    client.run("x = 42")
    assert server.get("probe")["standby_pid"] is None
    assert server.call("PUT", "probe", json={"is_wanted": True}).ok
    # The server that has taken over, for the sake of a front, asks for the setting itself.
    wait_until(lambda: probe(server).get("pid") not in {None, server.pid}, what="the front")
    assert server.call("PUT", "probe", json={"is_wanted": True}).ok
    serving, standby = standing(server)
    assert server.call("PUT", "probe", json={"is_wanted": False}).ok
    wait_until(lambda: gone(standby), what="the end of the standby")
    assert server.get("probe")["standby_pid"] is None
    assert server.get("probe")["pid"] == serving
    assert client.run("print(x)") == "42\n"


@pytest.mark.parametrize("way", ["SIGTERM", "api", "hangup of the job"])
def test_an_orderly_end_leaves_nothing(start, way):
    server = start(environment=ALWAYS, job=True)
    kernel_id = server.start_kernel()
    _, standby = standing(server)
    kernel = server.record(kernel_id)["pid"]
    started = children_of(server.pid)
    assert {standby, kernel} <= set(started)
    if way == "api":
        assert server.call("POST", "api/shutdown").ok
    elif way == "SIGTERM":
        os.kill(server.pid, signal.SIGTERM)
    else:
        os.killpg(server.pid, signal.SIGHUP)
    assert server.process.wait(TIMEOUT_S) == 0
    wait_until(lambda: all(map(gone, started)), what="the end of all that was started")
    assert list(server.home.glob("servers/*")) == []


def test_a_front_that_is_killed_takes_both_servers_along(start):
    server = start(environment=ALWAYS)
    kernel_id = server.start_kernel()
    server.connect(kernel_id).run("x = 42")
    serving, standby = standing(server)
    os.kill(server.pid, signal.SIGKILL)
    server.process.wait()
    wait_until(lambda: gone(serving) and gone(standby), what="the end of both servers")
    successor = start(port=server.port)
    assert successor.get("probe")["kept"]["kernels"] == 1
    assert successor.connect(kernel_id).run("print(x)") == "42\n"


def test_a_planned_restart_takes_a_server_that_knows_the_files_of_today(start):
    server = start(environment=ALWAYS)
    kernel_id = server.start_kernel()
    _, standby = standing(server)
    config = server.folder / "config" / "jupyter_server_config.py"
    config.parent.mkdir(exist_ok=True)
    config.write_text("c.ServerApp.extra_services = []\nimport os\nos.environ['EDITED'] = 'yes'\n")
    assert server.restart()["kernels"] == 1
    assert gone(standby)
    client = server.connect(server.start_kernel())
    assert client.run("import os; print(os.environ['EDITED'])") == "yes\n"
    serving, standby = standing(server)
    os.kill(serving, signal.SIGKILL)
    taken_over(server, standby)
    assert server.connect(kernel_id).run("print(1)") == "1\n"


def test_what_cannot_stand_by_is_given_up_and_says_why(start, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    server = start(python_path=[broken])
    client = server.connect(server.start_kernel())
    client.run("x = 42")
    (broken / "tornado.py").write_text("raise ImportError('half an upgrade')")
    assert server.call("PUT", "probe", json={"is_wanted": True}).ok
    why = wait_until(lambda: server.get("probe")["why_not"], what="the reason")
    assert "ImportError: half an upgrade" in why
    assert server.serving_pid() == server.pid
    (broken / "tornado.py").unlink()
    assert client.run("print(x)") == "42\n"


SHORT = """
from pathlib import Path
from jupyter_restart import memory, reserve

def available_bytes():
    with Path({looks!r}).open("a") as looks:
        looks.write(".")
    return int(Path({file!r}).read_text()) << 20

memory.available_bytes = available_bytes
reserve._MEMORY_EVERY_S = 0.1
"""


def set_free(file, megabytes):
    """At once: the server reads it all the time."""
    part = file.with_suffix(".part")
    part.write_text(str(megabytes))
    part.replace(file)


def test_none_stands_by_while_memory_is_short(start, tmp_path):
    free, looks = tmp_path / "free", tmp_path / "looks"
    set_free(free, 1000)
    config = tmp_path / "config" / "jupyter_server_config.py"
    config.parent.mkdir()
    config.write_text(SHORT.format(file=str(free), looks=str(looks)))
    server = start(environment=ALWAYS)
    serving, standby = standing(server)
    set_free(free, 300)
    seen = looks.stat().st_size
    # What is done about one look is done when the next is taken.
    wait_until(lambda: looks.stat().st_size > seen + 1, what="another look")
    assert probe(server)["standby_pid"] == standby
    set_free(free, 200)
    wait_until(lambda: server.get("probe")["why_not"] == "memory is short", what="the word")
    assert gone(standby)
    set_free(free, 600)
    assert standing(server, other_than=[standby])[0] == serving


def test_without_a_front_none_stands_by(start, tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text("import platform\nplatform.machine = lambda: 'pdp11'")
    server = start(python_path=[site], environment=ALWAYS)
    why = wait_until(lambda: server.get("probe")["why_not"], what="the reason")
    assert why.startswith("this installation has no front for the processor pdp11")
    assert server.serving_pid() == server.pid


def test_kills_of_any_process_at_any_moment_leave_one_server_or_none(start):
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    server = start(environment=ALWAYS)
    kernel_id = server.start_kernel()
    server.connect(kernel_id).run("x = 42")
    for _ in range(6):
        serving, standby = standing(server)
        victims = chance.sample([serving, standby], chance.choice([1, 2]))
        for victim in victims:
            os.kill(victim, signal.SIGKILL)
            time.sleep(chance.uniform(0, 0.3))
        if len(victims) == 2:
            # None is left: the front has ended, and the next server finds the kernel.
            server.process.wait(TIMEOUT_S)
            server = start(port=server.port, environment=ALWAYS)
        assert server.connect(kernel_id).run("print(x)") == "42\n"
