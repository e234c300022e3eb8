"""ComfyUI under the real service, where ComfyUI restarts itself as ComfyUI-Manager has it do."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import time
from pathlib import Path

import pytest
from comfyui_process import HELD
from jar import JAR, needs_jar
from supervised import Supervised

pytestmark = needs_jar


@pytest.fixture
def supervise(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_RESTART_JAR", str(JAR))
    with contextlib.ExitStack() as started:

        def start(service: str = "", *, node: bool = True, script: bool = False, **environment: str) -> Supervised:
            comfyui = Supervised(tmp_path / "comfyui", "queue", service, node=node, script=script, **environment)
            started.callback(comfyui.end)
            comfyui.verb("service", "start")
            comfyui.until(lambda: app(comfyui)["state"] == "running", "the service to know that it runs", 120)
            return comfyui

        yield start


def app(comfyui: Supervised) -> dict:
    return comfyui.status()["apps"][0]


def reboot(comfyui: Supervised) -> None:
    """It does not live to answer."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        comfyui.request("POST", "/probe/reboot")


def check_taken_up(comfyui: Supervised, ids: list[str]) -> None:
    """Its queue is back, and the restart was neither a crash nor an end."""
    comfyui.until(lambda: app(comfyui)["last_reason"] == "self", "the service to know of the restart", 120)
    assert app(comfyui)["state"] == "running"
    completed = comfyui.completed()
    data = {key: completed["data"][key] for key in ("prompts", "refused_prompts", "parked_prompts")}
    assert (completed["reason"], data) == ("self", {"prompts": 3, "refused_prompts": [], "parked_prompts": 0})
    if comfyui.has_node:
        assert comfyui.state()["restored"]["restored"] == ids
    comfyui.go()
    comfyui.until_idle()
    assert comfyui.log("end") == ["a", "b", "c"]
    types = [event["type"] for event in comfyui.events()]
    assert "app.crashed" not in types
    assert "app.stopped" not in types


def queued(comfyui: Supervised) -> list[str]:
    ids = [comfyui.send("a", seconds=HELD), comfyui.send("b"), comfyui.send("c")]
    comfyui.until_started("a")
    if not comfyui.has_node:
        comfyui.until(lambda: comfyui.kept_prompts() == ids, "the service to have seen the queue")
    return ids


@pytest.mark.parametrize("node", [True, False])
def test_an_exec_in_place_is_a_restart_of_its_own_and_its_queue_is_back(supervise, node):
    comfyui = supervise(node=node)
    before, ids = app(comfyui)["pid"], queued(comfyui)
    reboot(comfyui)
    check_taken_up(comfyui, ids)
    assert app(comfyui)["pid"] == before


def test_an_end_with_a_word_for_its_starter_is_followed_by_a_start(supervise, tmp_path):
    session = tmp_path / "session"
    comfyui = supervise(__COMFY_CLI_SESSION__=str(session))
    before, ids = app(comfyui)["pid"], queued(comfyui)
    reboot(comfyui)
    check_taken_up(comfyui, ids)
    assert app(comfyui)["pid"] != before
    assert not Path(f"{session}.reboot").exists()


def machine_age() -> float:
    """Seconds since the first process was started."""
    ticks = int(Path("/proc/1/stat").read_text().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")


def test_the_queue_is_held_before_the_machine_ends_and_taken_up_after(supervise):
    seconds = int(machine_age()) + 290  # the last five minutes have begun
    comfyui = supervise(service=f'machine_ends_after = "{seconds}s"')
    comfyui.until(lambda: comfyui.state()["gate"]["closed"], "the queue to be held", 60)
    assert [event["app"] for event in comfyui.events() if event["type"] == "machine.ending"] == [None]
    assert "queue_held" in [note["code"] for note in app(comfyui)["notes"]]
    ids = [comfyui.send(name) for name in "abc"]
    assert comfyui.state()["queue"] == {"running": 0, "pending": 3, "held": 3, "unwritten": 0}
    for pid in (comfyui.status()["service"]["pid"], app(comfyui)["pid"]):  # the service first, which would start it
        os.kill(pid, signal.SIGKILL)
    comfyui.configure()
    comfyui.verb("service", "start")
    comfyui.until(lambda: app(comfyui)["state"] == "running", "the service to start it", 120)
    assert comfyui.state()["restored"]["restored"] == ids
    comfyui.until_idle()
    assert comfyui.log("end") == ["a", "b", "c"]


def test_without_the_node_a_restart_keeps_the_queue_of_one_that_a_script_has_started(supervise):
    comfyui = supervise(node=False, script=True)
    ids = queued(comfyui)
    comfyui.verb("force-restart", "comfyui", "--now", "--wait")
    completed = comfyui.completed()["data"]
    assert (completed["prompts"], completed["refused_prompts"]) == (3, [])
    comfyui.go()
    comfyui.until_idle()
    assert comfyui.log("end") == ["a", "b", "c"]
    assert set(comfyui.get("/history")) == set(ids)
    comfyui.until(lambda: [note["code"] for note in app(comfyui)["notes"]] == ["node_missing"], "status to say so")


def test_without_the_node_the_queue_outlives_a_lost_machine(supervise):
    comfyui = supervise(node=False)
    ids = queued(comfyui)
    (comfyui.temp / "masks").mkdir(parents=True)
    (comfyui.temp / "masks" / "größe 1.txt").write_text("of the temp folder, which each start empties")
    ids.append(comfyui.send("d", file="masks/größe 1.txt [temp]"))
    temp = comfyui.home / "queues" / "comfyui" / "temp"
    comfyui.until(lambda: comfyui.kept_prompts() == ids and temp.is_dir() and len(list(temp.iterdir())) == 1, "a look")
    for pid in (comfyui.status()["service"]["pid"], app(comfyui)["pid"]):  # the service first, which would start it
        os.kill(pid, signal.SIGKILL)
    comfyui.verb("service", "start")
    comfyui.until(lambda: app(comfyui)["state"] == "running", "the service to start it", 120)
    comfyui.until(lambda: comfyui.queue() == ["a", "b", "c", "d"], "the queue to be put back")
    comfyui.go()
    comfyui.until_idle()
    assert comfyui.log("end") == ["a", "b", "c", "d"]
    assert comfyui.log("read") == ["of the temp folder, which each start empties"]
    comfyui.until(lambda: comfyui.kept_prompts() == [], "the service to see that all have ended")
    comfyui.until(lambda: not temp.exists(), "the file to be dropped")
    assert comfyui.completed()["data"]["prompts"] == 4


def check_kept(comfyui: Supervised, ids: list[str]) -> None:
    """What became of refused prompts is said while ComfyUI is away, too, and ordered for its next start."""
    kept = "3 prompts are kept outside of its queue."
    comfyui.until(lambda: kept in [note["message"] for note in app(comfyui)["notes"]], "status to say so")
    comfyui.verb("stop", "comfyui")
    comfyui.until(lambda: app(comfyui)["state"] == "stopped", "ComfyUI to stop")
    comfyui.until(lambda: [note["message"] for note in app(comfyui)["notes"]] == [kept], "status to say so")
    assert [line.split()[0] for line in comfyui.verb("comfyui", "kept").splitlines()] == ids
    assert comfyui.verb("comfyui", "send", ids[1]).startswith(f"{ids[1]}  it is put back when ComfyUI runs")
    assert comfyui.verb("comfyui", "discard", ids[0], ids[2]).splitlines() == [
        f"{prompt_id}  discarded" for prompt_id in (ids[0], ids[2])
    ]
    due = "1 prompt is put back into its queue when it starts."
    comfyui.until(lambda: [note["message"] for note in app(comfyui)["notes"]] == [due], "status to say so")
    (comfyui.nodes / "probe_node.py.disabled").rename(comfyui.nodes / "probe_node.py")
    comfyui.verb("start", "comfyui")
    comfyui.until(lambda: comfyui.log("end") == ["b"], "what was sent again to run", 60)
    assert comfyui.verb("comfyui", "kept") == "No prompts are kept.\n"


@pytest.mark.parametrize("node", [True, False])
def test_nodes_that_are_gone_after_a_restart_are_named(supervise, node):
    comfyui = supervise(node=node)
    known = comfyui.home / "queues" / "comfyui" / "nodes.json"
    comfyui.until(known.exists, "the service to know its nodes")
    ids = queued(comfyui)
    (comfyui.nodes / "probe_node.py").rename(comfyui.nodes / "probe_node.py.disabled")
    comfyui.verb("force-restart", "comfyui", "--now", "--wait")
    comfyui.until(lambda: "nodes_gone" in [note["code"] for note in app(comfyui)["notes"]], "status to say so")
    assert [event["data"] for event in comfyui.events() if event["type"] == "app.nodes_gone"] == [
        {"nodes": ["RestartProbe"]}
    ]
    refused = comfyui.completed()["data"]["refused_prompts"]
    assert [prompt["prompt_id"] for prompt in refused] == ids
    check_kept(comfyui, ids)


def test_the_restart_that_brings_the_node_hands_the_queue_to_it(supervise):
    comfyui = supervise(node=False)
    ids = queued(comfyui)
    comfyui.install_node()
    comfyui.verb("force-restart", "comfyui", "--now", "--wait")
    assert comfyui.completed()["data"]["prompts"] == 3
    prompts = comfyui.get("/jupyter_restart/v1/journal")["prompts"]
    assert [prompt["prompt_id"] for prompt in prompts] == ids
    comfyui.until(lambda: comfyui.kept_prompts() == [], "the service to leave the queue to the node")
    comfyui.go()
    comfyui.until_idle()
    assert comfyui.log("end") == ["a", "b", "c"]
