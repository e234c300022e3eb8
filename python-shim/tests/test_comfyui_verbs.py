"""`comfyui install-node`: where the node goes, and what is said."""

import pytest
from command import run
from contract import example
from fake_service import Asked

from jupyter_restart.comfyui_node.version import VERSION


@pytest.fixture
def comfyui(tmp_path):
    folder = tmp_path / "ComfyUI"
    (folder / "comfy").mkdir(parents=True)
    (folder / "main.py").touch()
    return folder


def test_the_node_is_installed_where_it_is_told_and_removed_again(home, comfyui):
    node = comfyui / "custom_nodes" / "jupyter_restart"
    later = "A ComfyUI that runs takes it up at its next start."
    assert run(home, "comfyui", "install-node", comfyui).all == (
        0,
        f"{node}: the node {VERSION} is installed. {later}\n",
        "",
    )
    assert (node / "__init__.py").is_file()
    assert run(home, "comfyui", "remove-node", comfyui).code == 0
    assert not node.exists()


def test_the_comfyui_of_the_environment_is_found(home, comfyui):
    assert run(home, "comfyui", "install-node", COMFYUI_DIR=str(comfyui)).code == 0
    assert (comfyui / "custom_nodes" / "jupyter_restart").is_dir()


def test_where_there_is_none_it_is_said_what_was_looked_at(home, tmp_path):
    done = run(home, "comfyui", "install-node", COMFYUI_DIR=str(tmp_path / "none"))
    what = f"No ComfyUI was found at $COMFYUI_DIR ({tmp_path}/none)"
    cure = "Name its folder: jupyter restart comfyui install-node DIR"
    assert done.all == (1, "", f"jupyter restart: {what}. {cure}\n")


def test_a_folder_that_is_no_comfyui_is_left_alone(home, tmp_path):
    done = run(home, "comfyui", "install-node", tmp_path)
    assert (done.code, done.out) == (1, "")
    assert f"{tmp_path} is no ComfyUI folder" in done.err


KEPT = "8fe2b1d0-0c3f-4a8e-9d64-0f4c1f0d7a11"


@pytest.fixture
def keeping(service):
    """A service with a ComfyUI of which one prompt is kept."""
    snapshot = example("Snapshot")
    snapshot["apps"][0] |= {"name": "comfyui", "preset": "comfyui"}
    service.answer("GET", "/v1/apps", (200, snapshot))
    service.answer("GET", "/v1/apps/comfyui/prompts", (200, example("PromptsKept")))
    return service


def test_kept_prompts_are_listed_with_why(home, keeping):
    assert run(home, "comfyui", "kept", "--app", "comfyui").all == (0, f"{KEPT}  Node is gone (#3)\n", "")
    assert run(home, "comfyui", "kept", "--json").json == example("PromptsKept")


def test_a_kept_prompt_is_sent_again_by_the_beginning_of_its_id(home, keeping):
    keeping.answer("POST", "/v1/apps/comfyui/prompts/send", (200, {"done": [KEPT], "due": [], "left": []}))
    assert run(home, "comfyui", "send", KEPT[:4]).all == (0, f"{KEPT}  in the queue again\n", "")
    assert keeping.sent("POST") == [Asked("POST", "/v1/apps/comfyui/prompts/send", {"prompt_ids": [KEPT]})]


def test_what_stays_kept_is_told_and_ends_with_1(home, keeping):
    left = [{"prompt_id": KEPT, "why": "Node is gone (#3)"}]
    keeping.answer("POST", "/v1/apps/comfyui/prompts/send", (200, {"done": [], "due": [], "left": left}))
    assert run(home, "comfyui", "send", "--all").all == (1, f"{KEPT}  still kept: Node is gone (#3)\n", "")


def test_what_is_put_back_when_comfyui_runs_is_accepted(home, keeping):
    due = [{"prompt_id": KEPT, "why": "it is put back when ComfyUI runs"}]
    keeping.answer("POST", "/v1/apps/comfyui/prompts/send", (200, {"done": [], "due": due, "left": []}))
    assert run(home, "comfyui", "send", "--all").all == (0, f"{KEPT}  it is put back when ComfyUI runs\n", "")


def test_prompts_are_discarded_by_name_or_all_together(home, keeping):
    keeping.answer("POST", "/v1/apps/comfyui/prompts/discard", (200, {"done": [KEPT], "due": [], "left": []}))
    nothing = run(home, "comfyui", "discard")
    assert (nothing.code, nothing.out) == (2, "")
    unknown = run(home, "comfyui", "discard", "0000")
    assert unknown.all == (1, "", "jupyter restart: None of the kept prompts has an id that begins with 0000.\n")
    assert run(home, "comfyui", "discard", "--all").all == (0, f"{KEPT}  discarded\n", "")
    assert keeping.sent("POST") == [Asked("POST", "/v1/apps/comfyui/prompts/discard", {"prompt_ids": [KEPT]})]
