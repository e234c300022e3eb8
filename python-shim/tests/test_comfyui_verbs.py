"""`comfyui install-node`: where the node goes, and what is said."""

import pytest
from command import run

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
