"""Real Jupyter servers under the real service: restarts, crashes, hangs, and ends that are none of these."""

import json
import os
import signal
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from command import run
from contract import check, example
from jar import needs_jar
from supervised_server import LIMIT_S, app_that_runs, event_types, wait_until

from jupyter_restart import relaunch

# Above what each of its waits may take, which tell what did not come.
pytestmark = [needs_jar, pytest.mark.timeout(6 * LIMIT_S)]


def test_a_server_starts_the_service_and_is_known_to_it(home, client, start_server):
    server = start_server()
    app = app_that_runs(client, "jupyterlab", server.process.pid)
    assert (app["port"], app["life"], app["enabled"], app["title"]) == (server.port, "in_place", True, "JupyterLab")
    assert app["notes"] == []
    snapshot = server.ask("restart/v1/apps")
    check("Snapshot", snapshot)
    assert [known["name"] for known in snapshot["apps"]] == ["jupyterlab"]
    service_pid = client.service()["pid"]
    assert Path(f"/proc/{service_pid}/stat").read_text().rpartition(")")[2].split()[1] != str(server.process.pid)


def test_a_server_is_restarted_in_place_with_its_kernel(home, client, start_server):
    server = start_server()
    app_that_runs(client, "jupyterlab", server.process.pid)
    kernel = server.ask("api/kernels", "POST", {"name": "python3"})["id"]
    done = run(home, "force-restart", "jupyterlab", "--wait", "--timeout", str(LIMIT_S))
    assert (done.code, done.err) == (0, "")
    assert [known["id"] for known in server.ask("api/kernels")] == [kernel]
    app = app_that_runs(client, "jupyterlab", server.process.pid)
    assert (app["restarts"], app["last_reason"], app["notes"]) == (1, "manual", [])
    [end] = [event for event in client.events()["events"] if event["type"] == "restart.completed"]
    assert (end["data"]["kernels"], end["data"]["lost_kernels"]) == (1, [])
    # Once more: the way back is as good as the way there.
    assert run(home, "force-restart", "--wait", "--timeout", str(LIMIT_S)).code == 0
    assert app_that_runs(client, "jupyterlab", server.process.pid)["restarts"] == 2
    assert [known["id"] for known in server.ask("api/kernels")] == [kernel]


def test_a_kernel_above_its_limit_is_restarted_in_its_place_when_it_is_idle(home, client, start_server):
    server = start_server(kernel_limit="250MB")
    app_that_runs(client, "jupyterlab", server.process.pid)
    kernels = {path: server.start_kernel(path) for path in ("greedy.ipynb", "busy.ipynb", "modest.ipynb")}
    try:
        pids = {path: server.record(kernel_id)["pid"] for path, (kernel_id, _) in kernels.items()}
        fill = "hoard = bytearray(b'1') * (300 << 20)"
        kernels["busy.ipynb"][1].execute(f"{fill}\ninput('mine is open')", allow_stdin=True)
        kernels["greedy.ipynb"][1].execute(fill)
        greedy = kernels["greedy.ipynb"][0]

        def restarted():
            return [event["data"] for event in client.events()["events"] if event["type"] == "kernel.restarted"]

        [data] = wait_until(restarted, "the restart of the kernel")
        reached = [event for event in client.events()["events"] if event["type"] == "kernel.limit_reached"]
        assert {event["data"]["path"] for event in reached} == {"greedy.ipynb", "busy.ipynb"}
        assert (data["kernel_id"], data["path"], data["reason"]) == (greedy, "greedy.ipynb", "memory")
        assert data["memory_bytes"] > 300 << 20 > 250 << 20 == data["limit_bytes"]
        assert server.record(greedy)["pid"] != pids["greedy.ipynb"]
        # From outside, too: one is idle, the other one still waits for its user.
        listed = json.loads(run(home, "kernels", "--json").out)["kernels"]
        assert {each["path"]: each["limit_bytes"] for each in listed} == dict.fromkeys(kernels, 250 << 20)
        assert [listed[0][key] for key in ("path", "state", "pid", "app")] == [
            "busy.ipynb",
            "busy",
            pids["busy.ipynb"],
            "jupyterlab",
        ]
        heads, first, *_ = run(home, "kernels").out.splitlines()
        assert heads.split() == ["Kernel", "Notebook", "State", "Memory", "Limit"]
        assert first.split()[:3] == [kernels["busy.ipynb"][0][:8], "busy.ipynb", "busy"]
        # What it said as it started may have come before its server listened; it has a while to say more.
        kernels["modest.ipynb"][1].execute_interactive("1", timeout=LIMIT_S)
        wait_until(lambda: state_of(server, "modest.ipynb") == "idle", "the idle kernel")
        done = run(home, "kernels", kernels["modest.ipynb"][0][:8], kernels["busy.ipynb"][0])
        assert (done.code, done.err) == (1, "")
        assert "1 kernel restarted; busy.ipynb is left alone: it is busy" in done.out
        now = {path: server.record(kernel_id)["pid"] for path, (kernel_id, _) in kernels.items()}
        assert [path for path in now if now[path] == pids[path]] == ["busy.ipynb"]
        assert len(server.ask("api/sessions")) == 3
    finally:
        for _, talk in kernels.values():
            talk.stop_channels()


def state_of(server, path):
    [state] = [each["kernel"]["execution_state"] for each in server.ask("api/sessions") if each["path"] == path]
    return state


def test_a_server_that_is_killed_is_started_again_by_the_launcher_with_its_kernel(client, start_server):
    server = start_server()
    app_that_runs(client, "jupyterlab", server.process.pid)
    kernel = server.ask("api/kernels", "POST", {"name": "python3"})["id"]
    server.process.kill()
    server.process.wait()
    wait_until(lambda: client.app("jupyterlab")["restarts"] == 1, "the start after the crash")
    assert [known["id"] for known in server.ask("api/kernels")] == [kernel]
    app = client.app("jupyterlab")
    assert app["last_reason"] == "crash"
    command = Path(f"/proc/{app['pid']}/cmdline").read_text().split("\0")
    # Of this checkout or of an installed one: what a server imports is not always what its test does.
    assert [Path(command[1]).name, *command[2:4]] == [Path(relaunch.__file__).name, "-m", "jupyter_server"]
    client.stop("jupyterlab")
    wait_until(lambda: client.app("jupyterlab")["state"] == "stopped", "the stop")


def test_a_server_that_hangs_behind_its_front_is_started_again_with_its_kernel(home, client, start_server):
    server = start_server(probe='every = "300ms", timeout = "2s", failures = 3')
    app_that_runs(client, "jupyterlab", server.process.pid)
    kernel = server.ask("api/kernels", "POST", {"name": "python3"})["id"]
    [record] = home.glob(f"servers/*/kernel-{kernel}.json")
    pid = json.loads(record.read_text())["pid"]
    assert run(home, "force-restart", "jupyterlab", "--wait", "--timeout", str(LIMIT_S)).code == 0
    serving = client.app("jupyterlab")["serving_pid"]
    assert serving not in {None, server.process.pid}
    # Before that, the old server would notice, and go on itself.
    comm = Path(f"/proc/{server.process.pid}/comm")
    wait_until(lambda: comm.read_text().strip() == "jupyter-front", "the end of the old server")
    os.kill(serving, signal.SIGSTOP)
    assert server.process.wait(LIMIT_S) == -signal.SIGKILL
    wait_until(lambda: client.app("jupyterlab")["restarts"] == 2, "the start after the hang")
    assert [known["id"] for known in server.ask("api/kernels")] == [kernel]
    assert json.loads(record.read_text())["pid"] == pid
    assert Path(f"/proc/{pid}").exists()
    assert "app.hung" in event_types(client, "jupyterlab")
    assert client.app("jupyterlab")["last_reason"] == "hang"
    # It answers the probe before it says hello, which tells what it kept.
    ends = [event["data"] for event in client.events()["events"] if event["type"] == "restart.completed"]
    assert [end["kernels"] for end in ends] == [1, 1]
    assert run(home, "stop", "jupyterlab").code == 0
    wait_until(lambda: client.app("jupyterlab")["state"] == "stopped", "the stop")


def test_a_server_that_its_user_ends_has_not_crashed(client, start_server):
    server = start_server()
    app_that_runs(client, "jupyterlab", server.process.pid)
    assert server.end() == 0
    wait_until(lambda: client.app("jupyterlab")["state"] == "stopped", "the end of the app")
    assert "app.crashed" not in event_types(client, "jupyterlab")
    assert client.app("jupyterlab")["wanted"] == "down"


def test_a_second_server_has_a_name_of_its_own(client, start_server):
    first, second = start_server(), None
    app_that_runs(client, "jupyterlab", first.process.pid)
    second = start_server()
    app_that_runs(client, f"jupyterlab-{second.port}", second.process.pid)
    first.end()
    second.end()


def test_a_service_that_is_killed_is_started_again_and_knows_the_server(client, start_server):
    server = start_server()
    app_that_runs(client, "jupyterlab", server.process.pid)
    killed = client.service()["pid"]
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: client.service()["pid"] != killed, "another service")
    assert app_that_runs(client, "jupyterlab", server.process.pid)["restarts"] == 0


def test_a_service_that_is_stopped_stays_so(home, client, start_server):
    server = start_server()
    app_that_runs(client, "jupyterlab", server.process.pid)
    assert run(home, "service", "stop").code == 0
    for _ in range(3):
        with pytest.raises(urllib.error.HTTPError) as caught:
            server.ask("restart/v1/apps")
        with caught.value as answer:
            problem = json.loads(answer.read())
        assert problem == example(
            "Problem",
            title="Service Unavailable",
            status=503,
            code="service_not_running",
            detail=problem["detail"],
        )
    assert run(home, "service", "status").code == 3
    assert run(home, "service", "start").code == 0
    app_that_runs(client, "jupyterlab", server.process.pid)
