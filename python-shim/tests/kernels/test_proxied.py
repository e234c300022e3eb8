"""A real jupyter-server-proxy, with a program that it starts: such as VS Code, with all that its user has open."""

import contextlib
import os
import signal
from functools import partial
from pathlib import Path

import pytest
from real_server import PACKAGE
from test_always import ALWAYS, standing, taken_over
from test_transfers import CONTENT, download, under_way
from waiting import wait_until

# Where `test.sh` has installed it: in the environment every server would load it.
PROXY = PACKAGE.parent / ".run" / "proxy"

pytestmark = pytest.mark.skipif(not PROXY.is_dir(), reason="jupyter-server-proxy is not there: ./test.sh installs it")

# Tells its pid to whoever asks.
PROGRAM = """
import http.server, os, sys
class Pid(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Pid).serve_forever()
"""
CONFIGURED = """
import sys
c.ServerProxy.servers = {"program": {"command": [sys.executable, %r, "{port}"]}}
"""


@pytest.fixture
def proxying(configured):
    return configured()


@pytest.fixture
def configured(start, tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    config = tmp_path / "config" / "jupyter_server_config.py"
    config.parent.mkdir()
    config.write_text(CONFIGURED % str(tmp_path / "program.py"))
    return partial(start, python_path=[PROXY], extensions={"jupyter_server_proxy": True})


def asked(server):
    answer = server.call("GET", "program/")
    assert answer.ok, answer.text
    return int(answer.text)


def has_ended(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "exec"])
def test_a_program_behind_the_proxy_is_kept_over_restarts_and_ends_with_the_server(proxying, warm):
    program = asked(proxying)
    for _ in range(2):
        proxying.restart(warm=warm)
        assert asked(proxying) == program
    os.kill(proxying.pid, signal.SIGTERM)
    wait_until(lambda: proxying.process.poll() is not None, what="the server's end")
    wait_until(lambda: has_ended(program), what="the program's end")


def test_a_program_is_kept_over_a_crash_and_ends_with_the_next_server(proxying, configured):
    program = asked(proxying)
    wait_until(lambda: [each.process.pid for each in proxying.state().proxied()] == [program], what="the note of it")
    os.kill(proxying.pid, signal.SIGKILL)
    proxying.process.wait()
    successor = configured(port=proxying.port)
    assert asked(successor) == program
    successor.restart(warm=True)
    assert asked(successor) == program
    os.kill(successor.pid, signal.SIGTERM)
    wait_until(lambda: successor.process.poll() is not None, what="the server's end")
    wait_until(lambda: has_ended(program), what="the program's end")
    assert list(successor.home.glob("servers/*")) == []


def test_a_server_that_stood_by_keeps_the_programs_of_one_that_was_killed(configured):
    server = configured(environment=ALWAYS)
    program = asked(server)
    wait_until(lambda: server.state().proxied(), what="the note of it")
    serving, standby = standing(server)
    os.kill(serving, signal.SIGKILL)
    taken_over(server, standby)
    assert asked(server) == program


def test_a_kept_program_that_ends_is_started_anew_by_the_next_request(proxying):
    program = asked(proxying)
    proxying.restart(warm=True)
    os.kill(program, signal.SIGKILL)
    wait_until(lambda: has_ended(program), what="the program's end")
    another = wait_until(lambda: proxying.call("GET", "program/").ok and asked(proxying), what="another one")
    assert another != program


def test_a_kept_program_that_ends_is_not_started_by_the_server_before_which_still_sends_a_file(proxying, tmp_path):
    program = asked(proxying)
    (proxying.root / "down.bin").write_bytes(CONTENT)
    with under_way(download, proxying, "down.bin"):
        proxying.restart(warm=True)
        os.kill(program, signal.SIGKILL)
        wait_until(lambda: has_ended(program), what="the program's end")
        another = wait_until(lambda: proxying.call("GET", "program/").ok and asked(proxying), what="another one")
        assert programs(tmp_path) == [another]


def programs(folder):
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(folder / "program.py").encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


def test_a_program_to_which_no_request_leads_any_more_is_ended(proxying, tmp_path):
    program = asked(proxying)
    (tmp_path / "config" / "jupyter_server_config.py").write_text("")
    proxying.restart(warm=True)
    wait_until(lambda: has_ended(program), what="the program's end")
    assert programs(tmp_path) == []
