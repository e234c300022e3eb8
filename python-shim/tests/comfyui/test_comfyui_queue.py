"""The hooks in ComfyUI's queue, the gate and what is set, without a server."""

from __future__ import annotations

import asyncio
import errno
import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest
from fake_comfyui import SUCCESS, FakeServer

from jupyter_restart.comfyui_node import start
from jupyter_restart.comfyui_node.comfyui import ComfyUi, UnknownComfyUiError
from jupyter_restart.comfyui_node.folder import Folder, FolderInUseError
from jupyter_restart.comfyui_node.gate import Closing, Gate, Purpose
from jupyter_restart.comfyui_node.ledger import How
from jupyter_restart.comfyui_node.node import Node
from jupyter_restart.comfyui_node.records import Place
from jupyter_restart.comfyui_node.settings import Restore, Settings
from jupyter_restart.comfyui_node.temp_files import TempFiles, temp_names
from jupyter_restart.comfyui_node.view import state_view

BODY = {"prompt": {"1": {"class_type": "EmptyImage", "inputs": {}}}, "client_id": "tab"}


class Started:
    """A node in a stand-in for ComfyUI's inside."""

    def __init__(self, folder: Path, form: str = "new", restore: Restore = Restore.INTERRUPTED) -> None:
        self.server = FakeServer(form)
        self.folder = Folder(folder)
        comfyui = ComfyUi(self.server, "0", 1, folder, folder / "comfy-temp", lambda: None, None)
        self.node = Node(comfyui, Settings(folder, restore), self.folder)

    def run_startup(self) -> None:
        asyncio.run(self.node.at_startup(None))
        self.node.open_gate()

    def queue(self, **more) -> str:
        status, answer = self.server.queue_prompt(self.server.trigger_on_prompt({**BODY, **more}))
        assert status == 200
        return answer["prompt_id"]

    def pending(self) -> list[tuple]:
        return sorted(self.server.prompt_queue.queue, key=lambda item: item[:2])

    def kill(self) -> None:
        self.node.journal.close()
        self.folder.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def test_other_nodes_do_not_change_a_prompt_a_second_time(folder):
    def count_up(body):
        inputs = body["prompt"]["1"]["inputs"]
        inputs["seed"] = inputs.get("seed", 0) + 1
        return body

    first = Started(folder)
    first.server.on_prompt_handlers.append(count_up)
    first.queue(prompt={"1": {"class_type": "EmptyImage", "inputs": {}}})
    first.kill()
    second = Started(folder)
    second.server.on_prompt_handlers.append(count_up)
    second.run_startup()
    assert [item[2]["1"]["inputs"] for item in second.pending()] == [{"seed": 1}]
    second.queue(prompt={"1": {"class_type": "EmptyImage", "inputs": {"seed": 7}}})
    assert second.pending()[-1][2]["1"]["inputs"] == {"seed": 8}


@pytest.mark.parametrize(("before", "after"), [("old", "new"), ("new", "old"), ("new", "new"), ("old", "old")])
def test_the_queue_survives_an_update_of_comfyui(folder, before, after):
    first = Started(folder, before)
    prompt_id = first.queue(extra_data={"api_key_comfy_org": "key", "extra_pnginfo": {"workflow": {}}})
    first.kill()
    second = Started(folder, after)
    second.run_startup()
    extra = {"extra_pnginfo": {"workflow": {}}, "client_id": "tab"}
    keys = {"api_key_comfy_org": "key"}
    fields = (extra, ["1"], keys) if after == "new" else ({**extra, **keys}, ["1"])
    assert second.pending() == [(0, prompt_id, BODY["prompt"], *fields)]


def test_an_id_that_new_versions_do_not_take_is_kept(folder):
    first = Started(folder)
    first.node.queue.put((3, "my own id", BODY["prompt"], {}, ["1"], {}))
    first.kill()
    second = Started(folder)
    second.run_startup()
    assert [item[:2] for item in second.pending()] == [(0, "my own id")]


def test_outputs_that_were_not_asked_for_are_not_made(folder):
    first = Started(folder)
    two = {name: {"class_type": "EmptyImage", "inputs": {}} for name in ("1", "2")}
    first.node.queue.put((0, "p", two, {}, ["2"], {}))
    first.node.queue.put((1, "q", two, {}, ["9"], {}))
    first.kill()
    second = Started(folder)
    second.run_startup()
    assert [(item[1], item[4]) for item in second.pending()] == [("p", ["2"])]
    why = "NothingToRunError: none of its outputs ['9'] can be made any more"
    assert second.node.report.refused == [{"prompt_id": "q", "why": why}]


def test_a_comfyui_that_is_made_otherwise_is_left_as_it_is(folder):
    server = FakeServer("new")
    del server.number
    module = SimpleNamespace(PromptServer=SimpleNamespace(instance=server), __version__="9.9")
    with pytest.raises(UnknownComfyUiError, match=r"ComfyUI 9\.9 has no PromptServer.app, PromptServer.number$"):
        ComfyUi.of(module)
    assert start(module) is None
    assert "put" not in vars(server.prompt_queue)


def test_a_prompt_that_is_taken_as_the_gate_closes_counts_as_running(folder, monkeypatch):
    """Who closes the gate and sees nothing run stops ComfyUI at once."""
    started = Started(folder)
    started.queue()
    queue, seen = started.node.queue, []
    closer = Thread(target=queue.close_gate, args=(Purpose.RESTART, 60, "r-1"))
    take = queue._get

    def take_while_it_closes(timeout):
        closer.start()
        closer.join(0.2)  # it must not get through: long enough to see that it did
        seen.append(started.node.gate.closing())
        return take(timeout)

    monkeypatch.setattr(queue, "_get", take_while_it_closes)
    started.server.prompt_queue.get(timeout=0)
    closer.join()
    state = state_view(started.node)
    assert (seen, state["gate"]["closed"], state["queue"]["running"]) == ([None], True, 1)


def test_a_full_disk_is_told_and_comfyui_works_on(folder, monkeypatch):
    started = Started(folder)

    def no_room(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("jupyter_restart.comfyui_node.journal.os.write", no_room)
    started.queue()
    state = state_view(started.node)
    assert state["queue"] == {"running": 0, "pending": 1, "held": 0, "unwritten": 1}
    assert "No space left" in state["journal"]["error"]
    _, item_id = started.server.prompt_queue.get(timeout=0)
    started.server.prompt_queue.task_done(item_id, {}, SUCCESS)
    assert len(started.server.prompt_queue.history) == 1


def test_a_prompt_that_comfyui_can_not_sort_is_not_put_back(folder):
    started = Started(folder)
    item = (1, "same", {"1": {"class_type": "EmptyImage", "inputs": {}}}, {}, ["1"], {})
    started.node.queue.put(item)
    with pytest.raises(TypeError):
        started.node.queue.put((1, "same", {"2": {}}, {}, ["1"], {}))
    # ComfyUI leaves it in its queue though it answers 500: what the journal says is what the queue has.
    assert len(started.node.journal.ledger.prompts) == len(started.server.prompt_queue.queue)


@pytest.mark.parametrize(
    ("restore", "ends"),
    [
        (Restore.ALWAYS, {How.FIRST, How.RESTART, How.USER, How.CRASH}),
        (Restore.INTERRUPTED, {How.FIRST, How.RESTART, How.CRASH}),
        (Restore.ASKED, {How.RESTART}),
    ],
)
def test_when_a_start_puts_the_queue_back(restore, ends):
    assert {how for how in How if restore.covers(how)} == ends


def test_a_queue_that_waits_to_be_asked_for_is_put_back_when_asked(folder):
    first = Started(folder)
    prompt_id = first.queue()
    first.kill()
    second = Started(folder, restore=Restore.ASKED)
    second.run_startup()
    assert (second.pending(), second.node.report.parked) == ([], [prompt_id])
    report = asyncio.run(second.node.restore("r-9"))
    assert (report.restart_id, report.restored, report.parked) == ("r-9", [prompt_id], [])
    assert [p.place for p in second.node.journal.ledger.prompts.values()] == [Place.WAITING]


def test_a_discarded_prompt_is_forgotten(folder):
    first = Started(folder)
    prompt_id = first.queue()
    first.kill()
    second = Started(folder, restore=Restore.ASKED)
    second.run_startup()
    assert second.node.discard([prompt_id, "unknown"]) == [prompt_id]
    assert (second.node.journal.ledger.prompts, second.node.report.parked) == ({}, [])


def test_settings_come_from_the_environment():
    environ = {"JUPYTER_RESTART_COMFYUI_JOURNAL": "/disk/journals", "JUPYTER_RESTART_COMFYUI_RESTORE": "asked"}
    assert Settings.of(environ, Path("/comfy/user"), 8188) == Settings(Path("/disk/journals/8188"), Restore.ASKED)
    assert Settings.of({}, Path("/comfy/user"), 8188).folder == Path("/comfy/user/__jupyter_restart/8188")
    with pytest.raises(ValueError, match="is 'never': it can be interrupted, always, asked"):
        Settings.of({"JUPYTER_RESTART_COMFYUI_RESTORE": "never"}, Path("/"), 1)


def test_the_gate_opens_by_itself_and_tells_when():
    now = [100.0]
    gate = Gate(lambda: now[0])
    assert (gate.closing(), gate.opens_in()) == (None, None)
    gate.close(Purpose.RESTART, 10, "r-1")
    now[0] = 104.0
    assert (gate.closing(), gate.opens_in()) == (Closing(Purpose.RESTART, 110.0, "r-1"), 6.0)
    gate.close(Purpose.RESTART, 10, "r-1")
    now[0] = 114.0
    assert (gate.closing(), gate.opens_in()) == (None, None)


def test_temporary_files_are_those_that_inputs_name():
    prompt = {
        "1": {"inputs": {"image": "a b/mask.png [temp]", "other": "x.png [input]", "link": ["2", 0]}},
        "2": {"inputs": {"image": "../../secret [temp]", "second": "/etc/passwd [temp]", "third": " [temp]"}},
        "3": "no node",
    }
    assert [str(name) for name in temp_names(prompt)] == ["a b/mask.png"]
    assert list(temp_names(None)) == []


def test_a_file_that_comfyui_made_anew_is_not_replaced(tmp_path):
    prompt = {"1": {"inputs": {"image": "m.png [temp]"}}}
    temp, files = tmp_path / "temp", TempFiles(tmp_path / "kept", tmp_path / "temp")
    temp.mkdir()
    (temp / "m.png").write_text("old")
    files.keep(1, prompt)
    (temp / "m.png").unlink()
    (temp / "m.png").write_text("new")
    files.give_back(1, prompt)
    assert (temp / "m.png").read_text() == "new"


def test_a_folder_is_held_by_one_process(tmp_path):
    """A record lock knows processes, so the rival is one."""
    held = Folder(tmp_path)
    program = (
        "import sys, pathlib; from jupyter_restart.comfyui_node.folder import *\n"
        f"try: Folder(pathlib.Path({str(tmp_path)!r}))\nexcept FolderInUseError: sys.exit(7)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 7
    held.close()
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
    assert issubclass(FolderInUseError, Exception)


@pytest.mark.parametrize(("action", "ending"), [("signal.SIG_IGN", "lived"), ("signal.default_int_handler", "noted")])
def test_only_a_stop_by_sigint_is_the_users(action, ending):
    program = f"""
import os, signal
from jupyter_restart.comfyui_node.user_stop import call_at_user_stop
signal.signal(signal.SIGINT, {action})
call_at_user_stop(lambda: print("noted"))
try:
    os.kill(os.getpid(), {signal.SIGINT:d})
    print("lived")
except KeyboardInterrupt:
    pass
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == f"{ending}\n"


def test_a_prompt_counts_as_running_until_its_end_is_on_the_disk(folder, monkeypatch):
    """Who waits for nothing to run stops ComfyUI at once: the prompt ran again after it."""
    started = Started(folder)
    started.queue()
    _, item_id = started.server.prompt_queue.get(timeout=0)
    seen = []

    def fsync(_file: int) -> None:
        seen.append(state_view(started.node)["queue"]["running"])

    monkeypatch.setattr("jupyter_restart.comfyui_node.journal.os.fsync", fsync)
    started.server.prompt_queue.task_done(item_id, {}, SUCCESS)
    assert (seen, state_view(started.node)["queue"]["running"]) == ([1], 0)
