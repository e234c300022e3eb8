"""The node in a running ComfyUI: kills, restarts, stops. `COMFYUI_DIR` names a real one to run the same against."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal

import pytest
from comfyui_process import HELD, ComfyUiProcess

aiohttp = pytest.importorskip("aiohttp", reason="it is ComfyUI's HTTP library, and the stand-in's")


def queue_three(comfyui: ComfyUiProcess) -> list[str]:
    """Have `a` run, until `go`, and `b` and `c` wait."""
    sent = [comfyui.send("a", seconds=HELD), comfyui.send("b"), comfyui.send("c")]
    comfyui.until_started("a")
    return sent


def restart(comfyui: ComfyUiProcess, number: int = signal.SIGKILL, *, go: bool = True) -> None:
    """Have prompts go on after it; where not, those that are held are in the queue for as long as it is looked at."""
    comfyui.stop(number)
    if go:
        comfyui.go()
    comfyui.start()


def close_gate(comfyui: ComfyUiProcess) -> None:
    comfyui.change("gate", closed=True, restart_id="r-1")


def places(comfyui: ComfyUiProcess) -> list[tuple[str, str]]:
    return [(p["prompt_id"], p["place"]) for p in comfyui.get("/jupyter_restart/v1/journal")["prompts"]]


def test_a_killed_comfyui_runs_its_queue_in_order_and_under_the_old_ids(comfyui):
    sent = queue_three(comfyui)
    restart(comfyui, go=False)
    body = comfyui.get("/queue")
    comfyui.go()
    items = sorted([*body["queue_running"], *body["queue_pending"]], key=lambda item: item[0])
    assert [(item[1], item[3]["client_id"]) for item in items] == [(prompt_id, "tab") for prompt_id in sent]
    comfyui.until_idle()
    assert (comfyui.log("start"), comfyui.log("end")) == (["a", "a", "b", "c"], ["a", "b", "c"])
    assert set(comfyui.get("/history")) == set(sent)
    assert comfyui.state()["last_end"] == {"how": "crash", "restart_id": ""}


def test_a_node_that_is_installed_twice_restores_once(comfyui):
    shutil.copytree(comfyui.nodes / "jupyter_restart", comfyui.nodes / "jupyter_restart_again")
    queue_three(comfyui)
    restart(comfyui)
    comfyui.until_idle()
    assert comfyui.log("end") == ["a", "b", "c"]
    assert "installed twice" in (comfyui.folder / "output.log").read_text()


def test_what_finished_before_the_kill_does_not_run_again(comfyui):
    comfyui.send("done")
    comfyui.until_idle()
    restart(comfyui)
    assert (comfyui.queue(), comfyui.log("end")) == ([], ["done"])


def test_new_prompts_after_a_kill_come_behind_old_ones(comfyui):
    queue_three(comfyui)
    restart(comfyui)
    comfyui.send("late")
    comfyui.until_idle()
    assert comfyui.log("end") == ["a", "b", "c", "late"]


def test_the_kinds_of_nodes_are_named(comfyui):
    answer = comfyui.get("/jupyter_restart/v1/nodes")
    assert answer["session"] == comfyui.state()["session"]
    assert answer["nodes"] == sorted(comfyui.get("/object_info"))


def test_a_closed_gate_takes_prompts_and_starts_none(comfyui):
    close_gate(comfyui)
    comfyui.send("first")
    comfyui.send("second")
    state = comfyui.state()
    assert state["queue"] == {"running": 0, "pending": 2, "held": 2, "unwritten": 0}
    assert (state["gate"]["closed"], state["gate"]["restart_id"]) == (True, "r-1")
    assert (comfyui.queue(), comfyui.log("start")) == (["first", "second"], [])
    comfyui.change("gate", closed=False)
    comfyui.until_idle()
    assert comfyui.log("end") == ["first", "second"]


def test_a_closed_gate_still_refuses_what_comfyui_refuses(comfyui):
    close_gate(comfyui)
    body = {"prompt": {"1": {"class_type": "NoSuchNode", "inputs": {}}}}
    status, answer = comfyui.request("POST", "/prompt", body)
    assert (status, comfyui.queue(), places(comfyui)) == (400, [], [])
    assert "NoSuchNode" in json.dumps(answer)


def test_a_gate_that_nobody_opens_opens_by_itself(comfyui):
    comfyui.change("gate", closed=True, restart_id="r-1", lease_s=0.2)
    comfyui.send("a")
    comfyui.until_idle()
    assert comfyui.log("end") == ["a"]
    restart(comfyui)
    assert comfyui.state()["last_end"]["how"] == "crash"


def test_a_restart_interrupts_the_running_prompt_and_runs_it_again(comfyui):
    sent = queue_three(comfyui)
    close_gate(comfyui)

    def is_interrupted() -> bool:
        comfyui.change("interrupt-for-restart")
        return comfyui.state()["queue"]["running"] == 0

    comfyui.until(is_interrupted, "the running prompt to stop")
    assert comfyui.queue() == ["a", "b", "c"]
    assert places(comfyui) == [(prompt_id, "waiting") for prompt_id in sent]
    comfyui.send("meanwhile")
    restart(comfyui, signal.SIGTERM)
    report = comfyui.change("restore", restart_id="r-1")
    assert report["restart_id"] == "r-1"
    assert report["restored"][:3] == sent
    comfyui.until_idle()
    assert comfyui.log("end") == ["a", "b", "c", "meanwhile"]
    assert comfyui.state()["last_end"] == {"how": "restart", "restart_id": "r-1"}


def test_a_restart_that_is_called_off_goes_on_with_the_interrupted_prompt(comfyui):
    comfyui.send("a", seconds=HELD)
    comfyui.until_started("a")
    close_gate(comfyui)
    comfyui.until(lambda: not comfyui.change("interrupt-for-restart")["interrupted"], "nothing to run")
    comfyui.go()
    comfyui.change("gate", closed=False)
    comfyui.until_idle()
    assert (comfyui.log("start"), comfyui.log("end")) == (["a", "a"], ["a"])


def test_a_prompt_that_the_user_interrupts_or_deletes_stays_gone(comfyui):
    sent = queue_three(comfyui)
    comfyui.request("POST", "/queue", {"delete": [sent[1]]})
    comfyui.request("POST", "/interrupt", {})
    comfyui.until_idle()
    restart(comfyui)
    assert (comfyui.queue(), comfyui.log("end")) == ([], ["c"])
    outcomes = [done["outcome"] for done in comfyui.get("/jupyter_restart/v1/journal")["finished"]]
    assert sorted(outcomes) == ["deleted", "interrupted", "success"]


def test_clearing_the_queue_clears_the_journal(comfyui):
    close_gate(comfyui)
    comfyui.send("a")
    comfyui.send("b")
    comfyui.request("POST", "/queue", {"clear": True})
    assert (comfyui.queue(), places(comfyui)) == ([], [])


def test_after_ctrl_c_the_queue_waits_to_be_asked_for(comfyui):
    sent = queue_three(comfyui)
    restart(comfyui, signal.SIGINT)
    assert comfyui.queue() == []
    assert places(comfyui) == [(prompt_id, "parked") for prompt_id in sent]
    comfyui.change("discard", prompt_ids=[sent[1]])
    report = comfyui.change("restore")
    assert (report["restored"], report["parked"]) == ([sent[0], sent[2]], [])
    comfyui.until_idle()
    assert comfyui.log("end") == ["a", "c"]


def test_a_stop_by_the_user_through_the_service_parks_too(comfyui):
    comfyui.change("gate", closed=True, purpose="stop")
    prompt_id = comfyui.send("a")
    restart(comfyui, signal.SIGTERM)
    assert (comfyui.queue(), places(comfyui)) == ([], [(prompt_id, "parked")])
    restart(comfyui)
    assert comfyui.change("restore")["restored"] == []  # parked by an earlier start: only by name
    assert comfyui.change("restore", prompt_ids=[prompt_id])["restored"] == [prompt_id]
    comfyui.until_idle()
    assert comfyui.log("end") == ["a"]


def test_a_prompt_whose_node_is_gone_is_kept_and_reported(comfyui):
    close_gate(comfyui)
    prompt_id = comfyui.send("a")
    node, away = comfyui.nodes / "probe_node.py", comfyui.folder / "away"
    node.rename(away)
    restart(comfyui, signal.SIGTERM)
    refused = comfyui.state()["restored"]["refused"]
    assert [entry["prompt_id"] for entry in refused] == [prompt_id]
    assert "RestartProbe" in refused[0]["why"]
    away.rename(node)
    restart(comfyui)
    assert comfyui.change("restore", prompt_ids=[prompt_id])["restored"] == [prompt_id]
    comfyui.until_idle()
    assert comfyui.log("end") == ["a"]


def test_a_temporary_file_that_a_queued_prompt_loads_survives(comfyui):
    (comfyui.temp / "sub").mkdir(parents=True)
    (comfyui.temp / "sub" / "mask.txt").write_text("a mask")
    close_gate(comfyui)
    comfyui.send("a", file="sub/mask.txt [temp]")
    restart(comfyui, signal.SIGTERM)
    comfyui.until_idle()
    assert comfyui.log("read") == ["a mask"]
    comfyui.until(lambda: not list((comfyui.journal / "temp").iterdir()), "the kept file to be dropped")


def test_a_prompt_that_ends_comfyui_again_and_again_is_set_aside(comfyui):
    killer = comfyui.send("killer", seconds=HELD)
    comfyui.send("good")
    for times in (1, 2, 3):
        comfyui.until(lambda times=times: len(comfyui.log("start")) == times, "the killer to run")
        comfyui.kill()
        comfyui.start()
    comfyui.until_idle()
    why = "ComfyUI ended 3 times while it ran"
    assert comfyui.state()["restored"]["refused"] == [{"prompt_id": killer, "why": why}]
    assert comfyui.log("end") == ["good"]


def test_a_tab_that_comes_back_sees_the_whole_queue_and_every_start(comfyui):
    sent = queue_three(comfyui)
    restart(comfyui, go=False)

    async def watch() -> tuple[int, list[str]]:
        started: list[str] = []
        remaining = None
        url = f"http://127.0.0.1:{comfyui.port}/ws?clientId=tab"
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
            while len(started) < 3:
                message = await socket.receive_json(timeout=20)
                if message["type"] == "status" and remaining is None:
                    remaining = message["data"]["status"]["exec_info"]["queue_remaining"]
                    comfyui.go()
                if message["type"] == "execution_start":
                    started.append(message["data"]["prompt_id"])
        return remaining, started

    assert asyncio.run(watch()) == (3, sent)


def test_progress_of_the_running_prompt_is_shown(comfyui):
    prompt_id = comfyui.send("a", seconds=HELD)
    comfyui.until(lambda: any(r["progress"] for r in comfyui.state()["running"]), "a step")
    running = comfyui.state()["running"][0]
    assert (running["prompt_id"], running["client_id"], running["progress"]["max"]) == (prompt_id, "tab", 50)
    assert 1 <= running["progress"]["value"] <= 50


def test_a_second_comfyui_on_the_same_folders_leaves_the_journal_alone(comfyui):
    close_gate(comfyui)
    comfyui.send("a")
    before = (comfyui.journal / "journal.jsonl").read_bytes()
    first = comfyui.process
    comfyui.start(wait=False)  # the port is taken: it ends by itself, as ComfyUI does
    assert comfyui.process.wait(60) == 1
    comfyui.process = first
    assert (comfyui.journal / "journal.jsonl").read_bytes() == before
    assert "is held by another ComfyUI" in (comfyui.folder / "output.log").read_text()


def test_a_wrong_order_is_answered_by_what_is_wrong(comfyui):
    wrong = [
        ("interrupt-for-restart", {}, 409, "gate_open"),
        ("gate", {}, 400, "bad_request"),
        ("gate", {"closed": "yes"}, 400, "bad_request"),
        ("gate", {"closed": True, "purpose": "fun"}, 400, "bad_request"),
        ("gate", {"closed": True, "lease_s": 0}, 400, "bad_request"),
        ("gate", {"closed": True, "restart_id": 7}, 400, "bad_request"),
        ("restore", {"prompt_ids": "all"}, 400, "bad_request"),
        ("discard", [], 400, "bad_request"),
    ]
    secret = (comfyui.journal / "secret").read_text()
    answers = [comfyui.request("POST", f"/jupyter_restart/v1/{order[0]}", order[1], secret=secret) for order in wrong]
    assert [(status, answer["code"]) for status, answer in answers] == [order[2:] for order in wrong]


def test_nobody_changes_anything_without_the_secret(comfyui):
    tried = [
        comfyui.request("POST", f"/api/jupyter_restart/v1/{verb}", {"closed": True}, secret=secret)
        for verb in ("gate", "interrupt-for-restart", "restore", "discard")
        for secret in (None, "", "0" * 64, "é")
    ]
    assert [(status, answer["code"]) for status, answer in tried] == [(401, "no_secret")] * 16
    assert comfyui.state()["gate"]["closed"] is False


def test_keys_are_restored_but_never_shown(comfyui):
    close_gate(comfyui)
    comfyui.send("a", extra_data={"api_key_comfy_org": "s3cret-key"})
    restart(comfyui, signal.SIGTERM)
    for path in ("state", "journal"):
        assert "s3cret-key" not in json.dumps(comfyui.get(f"/jupyter_restart/v1/{path}"))
    files = [file for file in comfyui.journal.rglob("*") if file.is_file()]
    assert b"s3cret-key" in (comfyui.journal / "journal.jsonl").read_bytes()
    assert {file.stat().st_mode & 0o077 for file in files} == {0}
    assert comfyui.journal.stat().st_mode & 0o777 == 0o700
