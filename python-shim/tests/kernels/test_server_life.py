"""What else of the server a restart in place keeps, refuses, or leaves as it always was."""

import http.client
import os
import signal
import socket
import ssl
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import requests
from ports import free_port
from real_server import children_of, gone
from waiting import TIMEOUT_S, wait_until

from jupyter_restart.relaunch import plain_command

LAB = [str(Path(sys.executable).parent / "jupyter-lab")]


PAUSED_LOOP = """
import time
from pathlib import Path
for i in range(40):
    print(i, flush=True)
    while i == 3 and not Path({flag!r}).exists():
        time.sleep(0.01)
    time.sleep(0.05)
"""


def command_line(pid):
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]


def test_jupyter_lab_keeps_its_command_line_readable_and_recoverable(start):
    server = start(program=[sys.executable, "-X", "utf8", *LAB])
    given = command_line(server.pid)
    for warm in (True, True, False):
        server.restart(warm=warm)
        now = command_line(server.pid)
        assert f"{LAB[0]} --no-browser" in " ".join(now)
        assert plain_command(now) == given
    assert server.get("lab/api/workspaces")["workspaces"]["ids"] == []


def test_a_random_token_and_the_cookie_secret_are_kept(start):
    server = start(token=None)
    browser = requests.Session()
    assert browser.get(f"{server.base}/?token={server.token}", timeout=TIMEOUT_S).ok
    for _ in range(2):
        server.restart()
        assert server.info()["token"] == server.token
        assert browser.get(f"{server.base}/api/kernels", timeout=TIMEOUT_S).status_code == 200
    kernel_id = server.start_kernel()
    environment = Path(f"/proc/{server.record(kernel_id)['pid']}/environ").read_text()
    assert server.token not in environment
    assert "_JUPYTER_RESTART_HANDOVER" not in environment
    browser.close()


def test_a_kept_connection_is_not_dropped_and_no_new_one_refused(start):
    server = start()
    kept = http.client.HTTPConnection("127.0.0.1", server.port, timeout=TIMEOUT_S)
    answers = []
    ports = set()

    def ask(connection):
        connection.request("GET", "/api")
        with connection.getresponse() as answer:
            answer.read()
            answers.append(answer.status)

    ask(kept)
    restart_id = server.order_restart()

    def polled():
        ask(kept)
        ports.add(kept.sock.getsockname())
        new = http.client.HTTPConnection("127.0.0.1", server.port, timeout=TIMEOUT_S)
        ask(new)
        new.close()
        return server.call("GET", "probe").json()["restart_id"] == restart_id

    wait_until(polled, what="the restart")
    assert set(answers) == {200}
    assert len(ports) == 1
    kept.close()


def test_https_is_kept(start, tmp_path):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    files = [f"--ServerApp.certfile={tmp_path}/cert.pem", f"--ServerApp.keyfile={tmp_path}/key.pem"]
    server = start(arguments=files, trusted=tmp_path / "cert.pem")
    kernel_id = server.start_kernel()
    assert server.restart()["kernels"] == 1
    assert ssl.get_server_certificate(("127.0.0.1", server.port)) == (tmp_path / "cert.pem").read_text()
    assert [kernel["id"] for kernel in server.get("api/kernels")] == [kernel_id]


def test_both_address_families_are_kept(start):
    server = start(address="localhost")
    listening = sorted(listening_addresses(server))
    server.restart()
    assert sorted(listening_addresses(server)) == listening
    for address in listening:
        host = f"[{address}]" if ":" in address else address
        assert requests.get(f"http://{host}:{server.port}/api", timeout=TIMEOUT_S).ok


@pytest.mark.parametrize("warm", [True, False], ids=["standby", "exec"])
def test_all_addresses_and_the_base_url_are_kept(start, warm):
    server = start(address="0.0.0.0", path="/user/ada")
    client = server.connect(server.start_kernel())
    client.run("x = 42")
    before = (server.info()["base_url"], server.info()["url"])
    assert server.restart(warm=warm)["kernels"] == 1
    assert (server.info()["base_url"], server.info()["url"]) == before
    assert before[0] == "/user/ada/"
    # Only a server that listens on all addresses answers on this one.
    assert requests.get(f"http://127.0.0.2:{server.port}/user/ada/api", timeout=TIMEOUT_S).ok
    assert client.run("print(x)") == "42\n"


def test_a_server_on_a_unix_socket_is_kept(start, tmp_path):
    server = start(sock=tmp_path / "server.sock")
    inode = (tmp_path / "server.sock").stat().st_ino
    kernel_id = server.start_kernel()
    assert server.restart()["kernels"] == 1
    assert (tmp_path / "server.sock").stat().st_ino == inode
    assert [kernel["id"] for kernel in server.get("api/kernels")] == [kernel_id]


def test_a_second_restart_while_one_is_under_way_is_refused(start):
    server = start()
    first = server.order_restart()
    server.order_restart()
    refusal = "REFUSED A restart of this server is under way already"
    wait_until(lambda: refusal in server.log.read_text(), what="the refusal")
    wait_until(lambda: server.get("probe")["restart_id"] == first, what="the first restart")


@pytest.mark.parametrize("warm", [True, False], ids=["standby", "exec"])
def test_a_server_whose_successor_could_not_start_serves_on(start, tmp_path, warm):
    broken = tmp_path / "broken"
    broken.mkdir()
    server = start(python_path=[broken])
    kernel_id = server.start_kernel()
    client = server.connect(kernel_id)
    client.run("x = 42")
    (broken / "tornado.py").write_text("raise ImportError('half an upgrade')")
    server.order_restart(warm=warm)
    refused = wait_until(lambda: server.get("probe")["refused"], what="the refusal")
    assert "A new server could not be started, so this one goes on" in refused[0]
    assert "ImportError: half an upgrade" in refused[0]
    assert client.run("print(x)") == "42\n"
    (broken / "tornado.py").unlink()


@pytest.mark.parametrize("way", ["SIGTERM", "SIGINT", "SIGHUP", "api"])
def test_a_plain_stop_ends_the_kernels_and_leaves_nothing(start, way):
    server = start()
    kernel_id = server.start_kernel()
    assert server.call("POST", "api/terminals").ok
    server.restart()
    kernel = server.record(kernel_id)["pid"]
    relay = relay_of(server)
    (shell,) = shells_of(server)
    if way == "api":
        assert server.call("POST", "api/shutdown").ok
    else:
        os.kill(server.pid, getattr(signal, way))
    assert server.process.wait(TIMEOUT_S) == 0
    assert gone(kernel)
    wait_until(lambda: gone(shell), what="the shell's end")
    wait_until(lambda: gone(relay), what="the relay's end")
    assert list(server.home.glob("servers/*")) == []
    assert list((server.folder / "runtime").glob("kernel-*.json")) == []


@pytest.mark.parametrize("way", ["SIGTERM", "api"])
def test_kernels_outlive_a_plain_stop_where_the_user_wants_that(start, way):
    keeping = {"PROBE_KEEPS_KERNELS": "1"}
    server = start(environment=keeping)
    session = server.start_session()
    kernel_id = session["kernel"]["id"]
    client = server.connect(kernel_id)
    client.run("x = 42")
    loop = client.execute("import time\nfor i in range(60):\n    print(i, flush=True)\n    time.sleep(0.05)")
    client.until(lambda m: m["content"].get("text", "").startswith("3"))
    if way == "api":
        assert server.call("POST", "api/shutdown").ok
    else:
        os.kill(server.pid, signal.SIGTERM)
    assert server.process.wait(TIMEOUT_S) == 0
    successor = start(port=server.port, environment=keeping)
    assert successor.get("probe")["kept"]["kernels"] == 1
    assert [each["id"] for each in successor.get("api/sessions")] == [session["id"]]
    client.reply_to(loop)
    client.idle_after(loop)
    assert client.printed(loop) == "".join(f"{number}\n" for number in range(60))
    assert client.run("print(x)") == "42\n"
    assert Path(successor.record(kernel_id)["connection_file"]).exists()


SLOW_END = """
import atexit, time
from pathlib import Path

def end():
    Path({flag!r}).touch()
    time.sleep(1)

atexit.register(end)
"""


@pytest.mark.parametrize("way", ["SIGTERM", "api"])
def test_a_reply_that_comes_while_a_server_ends_that_leaves_its_kernels_is_kept(start, tmp_path, way):
    keeping = {"PROBE_KEEPS_KERNELS": "1"}
    flag = tmp_path / "ending"
    config = tmp_path / "config" / "jupyter_server_config.py"
    config.parent.mkdir()
    config.write_text(SLOW_END.format(flag=str(flag)))
    server = start(environment=keeping)
    client = server.connect(server.start_kernel())
    client.run("import os, time")
    cell = client.execute(f"while not os.path.exists({str(flag)!r}):\n    time.sleep(0.01)\nprint('done')")
    client.until(lambda m: m["header"]["msg_type"] == "execute_input" and m["parent_header"]["msg_id"] == cell)
    if way == "api":
        assert server.call("POST", "api/shutdown").ok
    else:
        os.kill(server.pid, signal.SIGTERM)
    assert server.process.wait(TIMEOUT_S) == 0
    start(port=server.port, environment=keeping)
    client.reply_to(cell)
    client.idle_after(cell)
    assert (client.printed(cell), len(client.replies(cell))) == ("done\n", 1)


@pytest.mark.parametrize("warm", [True, False], ids=["standby", "exec"])
def test_a_stop_that_comes_during_the_restart_is_obeyed(start, warm):
    server = start()
    kernel = server.record(server.start_kernel())["pid"]
    server.order_restart(warm=warm)
    wait_until(lambda: "are let go" in server.log.read_text(), what="the handover")
    os.kill(server.pid, signal.SIGTERM)
    assert server.process.wait(TIMEOUT_S) == 0
    wait_until(lambda: gone(kernel), what="the kernel's end")


def test_kernels_outlive_a_crash_and_the_next_server_takes_them_over(start):
    server = start()
    session = server.start_session()
    kernel_id = session["kernel"]["id"]
    client = server.connect(kernel_id)
    client.run("x = 42")
    flag = server.folder / "crashed"
    loop = client.execute(PAUSED_LOOP.format(flag=str(flag)))
    client.until(lambda m: m["content"].get("text", "").startswith("3"))
    # Its answer tells that the server is done with the line: one that is being sent at the crash may come twice.
    server.get("api/kernels")
    os.kill(server.pid, signal.SIGKILL)
    server.process.wait()
    flag.touch()
    successor = start(port=server.port)
    kept = successor.get("probe")["kept"]
    assert (kept["kernels"], kept["lost_kernels"]) == (1, [])
    assert kept["away_s"] > 0
    assert [each["id"] for each in successor.get("api/sessions")] == [session["id"]]
    client.reply_to(loop)
    client.idle_after(loop)
    assert client.printed(loop) == "".join(f"{number}\n" for number in range(40))
    assert len(client.replies(loop)) == 1
    assert client.run("print(x)") == "42\n"


def test_kernels_that_died_with_a_crashed_server_are_told_by_the_next_one(start):
    server = start()
    kernel_id = server.start_kernel()
    os.kill(server.pid, signal.SIGKILL)
    server.process.wait()
    os.kill(server.record(kernel_id)["pid"], signal.SIGKILL)
    successor = start(port=server.port)
    kept = successor.get("probe")["kept"]
    assert (kept["kernels"], kept["terminals"], kept["lost_kernels"]) == (0, 0, [kernel_id])
    assert 0 < kept["away_s"] < TIMEOUT_S
    assert successor.get("api/kernels") == []
    assert f"Kernel {kernel_id} ended while no server was up." in successor.log.read_text()


def test_a_server_elsewhere_does_not_take_over_the_kernels_of_a_crashed_one(start):
    server = start()
    kernel = server.record(server.start_kernel())["pid"]
    os.kill(server.pid, signal.SIGKILL)
    server.process.wait()
    other = start(port=free_port())
    assert other.get("api/kernels") == []
    assert not gone(kernel)


def test_a_user_s_own_kernel_manager_is_left_in_place_and_told(start):
    chosen = "jupyter_server.services.kernels.kernelmanager.AsyncMappingKernelManager"
    server = start(arguments=[f"--ServerApp.kernel_manager_class={chosen}"])
    server.start_kernel()
    assert "Restart in place is off: ServerApp.kernel_manager_class is set" in server.log.read_text()
    assert list(server.home.glob("servers/*")) == []
    server.order_restart()
    refused = wait_until(lambda: server.get("probe")["refused"], what="the refusal")
    assert refused == [
        "Cannot restart the server in place: ServerApp.kernel_manager_class is set in your configuration."
    ]


def test_kernels_are_told_the_home_and_not_to_end_with_the_server(start):
    server = start()
    client = server.connect(server.start_kernel())
    assert client.run("import os; print(os.environ['JUPYTER_RESTART_HOME'])") == f"{server.home}\n"
    assert "JPY_PARENT_PID" not in Path(f"/proc/{server.record(client.kernel_id)['pid']}/environ").read_text()


def test_state_is_for_its_user_alone(start):
    server = start()
    server.start_kernel()
    modes = {path.name: path.stat().st_mode & 0o077 for path in server.home.glob("servers/**/*")}
    assert {name for name, mode in modes.items() if mode} == set()


def listening_addresses(server):
    """The loopback addresses on which somebody listens at the server's port."""
    found = []
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family) as client:
            if client.connect_ex((address, server.port)) == 0:
                found.append(address)
    return found


def shells_of(server):
    """What leads a session in a terminal: what a shell runs at its start does not."""
    found = []
    for pid in children_of(server.pid):
        # One may have ended since it was listed.
        with suppress(OSError):
            is_in_terminal = str(Path(f"/proc/{pid}/fd/0").readlink()).startswith("/dev/pts/")
            found += [pid] if is_in_terminal and os.getsid(pid) == pid else []
    return found


def relay_of(server):
    for child in Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split():
        with suppress(OSError):
            if "jupyter_restart.kernels.relay" in " ".join(command_line(child)):
                return int(child)
    raise AssertionError("no relay runs")


def test_the_magic_is_there_by_itself_and_loading_it_again_says_nothing(start):
    server = start()
    client = server.connect(server.start_kernel())
    there = "print('restart' in get_ipython().magics_manager.magics['line'])"
    assert client.run(there) == "True\n"
    cell = client.execute("%load_ext jupyter_restart")
    client.idle_after(cell)
    assert (client.printed(cell), client.printed(cell, "stderr")) == ("", "")
    assert client.reply_to(cell)["content"]["status"] == "ok"


def test_a_relay_that_was_killed_is_replaced_before_the_next_restart(start):
    server = start()
    client = server.connect(server.start_kernel())
    os.kill(relay_of(server), signal.SIGKILL)
    loop = client.execute("import time\nfor i in range(60):\n    print(i, flush=True)\n    time.sleep(0.05)")
    client.until(lambda m: m["content"].get("text", "").startswith("3"))
    server.restart()
    client.reply_to(loop)
    client.idle_after(loop)
    assert client.printed(loop) == "".join(f"{number}\n" for number in range(60))
    assert len(client.replies(loop)) == 1
