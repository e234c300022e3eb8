"""A restart in place of a real server: nothing is lost that the user can see."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from waiting import TIMEOUT_S, wait_until

LOOP = "import time\nfor i in range({count}):\n    print(i, flush=True)\n    time.sleep({pause})"


def lines(count):
    return "".join(f"{number}\n" for number in range(count))


@pytest.mark.parametrize("warm", [True, False], ids=["standby", "exec"])
def test_a_restart_keeps_pid_kernel_session_and_variables(start, warm):
    server = start()
    session = server.start_session()
    kernel_id = session["kernel"]["id"]
    client = server.connect(kernel_id)
    client.run("x = 42")
    kept = server.restart(warm=warm)
    assert {**kept, "away_s": 0} == {"kernels": 1, "terminals": 0, "lost_kernels": [], "away_s": 0, "fallback": None}
    assert 0 < kept["away_s"] < 30
    (after,) = server.get("api/sessions")
    assert (after["id"], after["kernel"]["id"]) == (session["id"], kernel_id)
    assert client.run("print(x)") == "42\n"
    assert server.process.poll() is None


@pytest.mark.parametrize("protocol", [True, False], ids=["v1", "legacy"])
@pytest.mark.parametrize("warm", [True, False], ids=["standby", "exec"])
def test_a_cell_that_is_sent_as_the_server_says_goodbye_runs(start, warm, protocol):
    server = start()
    client = server.connect(server.start_kernel(), protocol=protocol)
    client.run("pass")
    client.may_part.clear()
    restart_id = server.order_restart(warm=warm)
    client.told_goodbye.wait(TIMEOUT_S)
    cell = client.execute("print('ran')")
    client.may_part.set()
    server.await_restart(restart_id)
    client.idle_after(cell)
    assert (client.printed(cell), client.reply_to(cell)["content"]["status"]) == ("ran\n", "ok")


@pytest.mark.parametrize("protocol", [True, False], ids=["v1", "legacy"])
def test_output_of_a_running_cell_arrives_once_in_order_and_the_queued_cell_runs(start, protocol):
    server = start()
    client = server.connect(server.start_kernel(), protocol=protocol)
    loop = client.execute(LOOP.format(count=120, pause=0.1 if protocol else 0.03))
    queued = client.execute("print('queued')")
    client.until(lambda m: m["content"].get("text", "").startswith("9"))
    server.restart()
    client.reply_to(loop)
    client.reply_to(queued)
    client.idle_after(queued)
    assert client.printed(loop) == lines(120)
    assert [len(client.replies(cell)) for cell in (loop, queued)] == [1, 1]
    assert client.printed(queued) == "queued\n"


def test_no_line_of_a_fast_loop_is_lost_or_doubled(start):
    server = start(arguments=["--ZMQChannelsWebsocketConnection.iopub_msg_rate_limit=1e6"])
    client = server.connect(server.start_kernel())
    loop = client.execute(LOOP.format(count=2000, pause=0.002))
    client.until(lambda m: m["content"].get("text", "").endswith("\n"))
    server.restart()
    client.reply_to(loop)
    client.idle_after(loop)
    assert client.printed(loop) == lines(2000)
    assert len(client.replies(loop)) == 1


def test_two_sessions_on_a_kernel_each_see_all_output_once(start):
    server = start()
    kernel_id = server.start_kernel()
    first, second = server.connect(kernel_id), server.connect(kernel_id)
    # Its subscription reaches the kernel a moment after its websocket is open.
    second.run("import time")
    loop = first.execute(LOOP.format(count=100, pause=0.03))
    second.until(lambda m: m["content"].get("text", "").startswith("5"))
    server.restart()
    first.reply_to(loop)
    for client in (first, second):
        client.idle_after(loop)
        assert client.printed(loop) == lines(100)
    assert [len(first.replies(loop)), len(second.replies(loop))] == [1, 0]


def test_a_session_that_was_away_gets_its_output_and_reply_after_the_restart(start):
    server = start()
    kernel_id = server.start_kernel()
    away = server.connect(kernel_id, "away")
    cell = away.execute("import time\ntime.sleep(0.5)\nprint('while you were away')")
    away.until(lambda m: m["header"]["msg_type"] == "execute_input")
    away.close()
    wait_until(lambda: server.get(f"api/kernels/{kernel_id}")["execution_state"] == "idle", what="the end of the cell")
    server.restart()
    back = server.connect(kernel_id, "away")
    back.reply_to(cell)
    back.idle_after(cell)
    assert back.printed(cell) == "while you were away\n"


LATE = """
import time
from pathlib import Path
while Path({log!r}).read_text().count('are let go') < {restarts}:
    time.sleep(0.005)
time.sleep({pause})
print('done')
"""
"""Begins to count when the old server has parted from its kernels, which its log tells."""


def leave_and_return(server, client, cell):
    """Have a tab come back when its cell is over, and its reply long there."""
    state = f"api/kernels/{client.kernel_id}"
    wait_until(lambda: server.get(state)["execution_state"] == "idle", what="the end of the cell")
    client.may_return.set()
    client.reply_to(cell)
    client.idle_after(cell)
    assert client.printed(cell) == "done\n"
    assert len(client.replies(cell)) == 1


@pytest.mark.parametrize("pause", [0.2, 2.5], ids=["old server there", "old server gone"])
def test_a_reply_to_a_tab_that_comes_back_late_is_kept(start, pause):
    server = start()
    client = server.connect(server.start_kernel())
    cell = client.execute(LATE.format(log=str(server.log), restarts=1, pause=pause))
    client.may_return.clear()
    server.restart()
    leave_and_return(server, client, cell)


def test_a_reply_is_kept_where_the_old_server_is_killed_before_it_said_goodbye(start):
    server = start()
    client = server.connect(server.start_kernel())
    server.restart()
    client.run("1")
    old = server.serving_pid()
    cell = client.execute(LATE.format(log=str(server.log), restarts=2, pause=1.5))
    client.may_return.clear()
    server.restart()
    os.kill(old, signal.SIGKILL)
    leave_and_return(server, client, cell)


def test_kernels_that_are_not_started_again_by_themselves_are_kept(start):
    server = start(arguments=["--KernelManager.autorestart=False"])
    kernel_id = server.start_kernel()
    client = server.connect(kernel_id)
    client.run("x = 42")
    assert server.restart()["kernels"] == 1
    assert client.run("print(x)") == "42\n"


def test_a_prompt_open_over_a_restart_can_be_answered(start):
    server = start()
    client = server.connect(server.start_kernel())
    cell = client.execute("print('hello', input('name? '))")
    asked = client.until(lambda m: m["header"]["msg_type"] == "input_request")
    server.restart()
    client.send("input_reply", {"value": "Ada"}, channel="stdin", parent=asked["header"])
    client.idle_after(cell)
    assert client.printed(cell) == "hello Ada\n"


def test_a_prompt_that_opens_while_no_server_is_up_can_be_answered(start, tmp_path):
    server = start()
    client = server.connect(server.start_kernel())
    flag = tmp_path / "asked"
    # The prompt opens when the relay has taken the server's place, which its log tells.
    code = f"""
import time
from pathlib import Path
while 'are let go' not in Path({str(server.log)!r}).read_text():
    time.sleep(0.005)
Path({str(flag)!r}).touch()
print('hello', input('name? '))
"""
    cell = client.execute(code)
    restart_id = server.order_restart(warm=False)
    wait_until(flag.exists, what="the prompt")
    asked = client.until(lambda m: m["header"]["msg_type"] == "input_request")
    server.await_restart(restart_id)
    client.send("input_reply", {"value": "Ada"}, channel="stdin", parent=asked["header"])
    client.reply_to(cell)
    client.idle_after(cell)
    assert client.printed(cell) == "hello Ada\n"


def test_a_busy_kernel_is_connected_to_at_once_and_is_told_busy_then_idle(start, tmp_path):
    server = start()
    kernel_id = server.start_kernel()
    client = server.connect(kernel_id)
    flag = tmp_path / "go on"
    cell = client.execute(f"import time, os\nwhile not os.path.exists({str(flag)!r}):\n    time.sleep(0.05)")
    client.until(lambda m: m["header"]["msg_type"] == "execute_input")
    server.restart()
    assert server.get(f"api/kernels/{kernel_id}")["execution_state"] == "busy"
    before = time.monotonic()
    server.connect(kernel_id)
    assert time.monotonic() - before < 10
    assert client.replies(cell) == []
    flag.touch()
    client.idle_after(cell)
    wait_until(lambda: server.get(f"api/kernels/{kernel_id}")["execution_state"] == "idle", what="the idle state")


def test_adopted_kernels_can_be_interrupted_restarted_and_ended(start):
    server = start()
    session = server.start_session()
    kernel_id = session["kernel"]["id"]
    client = server.connect(kernel_id)
    client.run("x = 42")
    server.restart()
    cell = client.execute("import time\ntime.sleep(60)")
    client.until(lambda m: m["header"]["msg_type"] == "execute_input" and m["parent_header"]["msg_id"] == cell)
    assert server.call("POST", f"api/kernels/{kernel_id}/interrupt").status_code == 204
    assert client.reply_to(cell)["content"]["ename"] == "KeyboardInterrupt"

    old_pid = server.record(kernel_id)["pid"]
    assert server.call("POST", f"api/kernels/{kernel_id}/restart").json()["id"] == kernel_id
    # A tab that has asked for a restart connects anew, which waits until the kernel's output is heard.
    client = server.connect(kernel_id)
    assert client.run("print('x' in globals())") == "False\n"
    pid = server.record(kernel_id)["pid"]
    assert pid != old_pid

    server.restart()
    assert client.run("print(1)") == "1\n"
    assert server.call("DELETE", f"api/sessions/{session['id']}").status_code == 204
    assert server.get("api/kernels") == []
    # The front, which has inherited it, collects it a moment later.
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), what="the end of the kernel")
    assert list(server.home.glob("servers/*/kernel-*")) == []


def test_a_kernel_that_is_ended_right_after_a_restart_is_not_started_again_by_the_old_server(start):
    server = start(arguments=["--KernelRestarter.time_to_dead=0.1"])
    kernel_id = server.start_kernel()
    server.restart()
    assert server.call("DELETE", f"api/kernels/{kernel_id}").status_code == 204
    server.await_front()
    assert server.get("api/kernels") == []
    assert "restarting kernel" not in server.log.read_text()
    assert list(server.home.glob("servers/*/kernel-*")) == []


def test_an_adopted_kernel_that_dies_is_started_again_by_itself(start):
    server = start()
    kernel_id = server.start_kernel()
    client = server.connect(kernel_id)
    client.run("x = 1")
    server.restart()
    old_pid = server.record(kernel_id)["pid"]
    os.kill(old_pid, 9)
    wait_until(lambda: server.record(kernel_id)["pid"] != old_pid, what="the kernel's restart")
    # A new one waits until it hears the kernel; the socket of the other one comes back by itself, a little later.
    for each in (server.connect(kernel_id), client):
        assert each.run("print('x' in globals())") == "False\n"


def test_idle_adopted_kernels_are_culled(start):
    culling = [f"--MappingKernelManager.{name}=1" for name in ("cull_idle_timeout", "cull_interval")]
    server = start(arguments=culling)
    server.start_kernel()
    server.restart()
    wait_until(lambda: server.get("api/kernels") == [], what="the culling")


def test_a_kernel_with_its_own_provisioner_is_left_alone_and_named_lost(start, tmp_path):
    spec = tmp_path / "data" / "kernels" / "own"
    spec.mkdir(parents=True)
    provisioner = '{"kernel_provisioner": {"provisioner_name": "local-provisioner"}}'
    (spec / "kernel.json").write_text(
        f'{{"argv": ["{sys.executable}", "-m", "ipykernel_launcher", "-f", "{{connection_file}}"], '
        f'"display_name": "own", "language": "python", "metadata": {provisioner}}}'
    )
    server = start()
    own, kept = server.start_kernel("own"), server.start_kernel()
    told = server.restart()
    assert (told["kernels"], told["lost_kernels"]) == (1, [own])
    assert [kernel["id"] for kernel in server.get("api/kernels")] == [kept]


def test_restarts_in_a_row_leave_no_descriptor_zombie_or_process_behind(start):
    server = start()
    kernel_id = server.start_kernel()
    client = server.connect(kernel_id)
    client.run("x = 42")
    server.call("POST", "api/terminals")
    server.restart()
    client.run("print(x)")
    # A moment after the restart the terminal is given to the relay, with what it printed.
    wait_until(lambda: any("restart-scrollback" in each for each in server.descriptors()), what="the scrollback")
    descriptors = len(server.descriptors())
    children = children_states(server.pid).keys() - {str(server.serving_pid())}
    for _ in range(4):
        kept = server.restart()
        assert (kept["kernels"], kept["terminals"]) == (1, 1)
        assert client.run("print(x)") == "42\n"
    wait_until(lambda: len(server.descriptors()) <= descriptors, what=f"{descriptors} open descriptors")
    assert len(list(Path(f"/proc/{server.pid}/fd").iterdir())) == 3
    expected = dict.fromkeys([*children, str(server.serving_pid())], False)
    wait_until(lambda: children_states(server.pid) == expected, what=f"children {expected}")


def children_states(pid):
    """Pid of each child, and whether it is a zombie."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {child: Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] == "Z" for child in children}
