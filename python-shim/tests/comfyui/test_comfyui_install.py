"""Finding a ComfyUI, and putting the node into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_restart import comfyui as installer
from jupyter_restart.comfyui import (
    SOURCE,
    ComfyUiError,
    find_comfyui,
    install_node,
    installed_version,
    is_current,
    remove_node,
)
from jupyter_restart.comfyui_node.version import VERSION


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "ComfyUI"
    (folder / "comfy").mkdir(parents=True)
    (folder / "main.py").touch()
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_named_folder_is_the_only_one_looked_at(checkout, tmp_path, monkeypatch):
    monkeypatch.setattr(installer, "USUAL_FOLDERS", (checkout,))
    assert find_comfyui({}) == checkout
    assert find_comfyui({"COMFYUI_DIR": str(checkout)}) == checkout
    assert find_comfyui({"COMFYUI_DIR": str(tmp_path)}) is None


def test_nothing_is_found_where_there_is_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(installer, "USUAL_FOLDERS", (tmp_path,))
    assert find_comfyui({}) is None


def test_the_node_is_installed_whole_and_alone(checkout):
    target = install_node(checkout)
    assert target == checkout / "custom_nodes" / "jupyter_restart"
    assert (names(target.parent), is_current(target)) == (["jupyter_restart"], True)
    assert installed_version(checkout) == VERSION


def test_a_second_install_changes_nothing(checkout):
    before = install_node(checkout).stat().st_ino
    assert install_node(checkout).stat().st_ino == before


def test_an_older_node_is_replaced(checkout):
    target = install_node(checkout)
    (target / "version.py").write_text('VERSION = "0.0.1"\n')
    (target / "left_over.py").touch()
    assert installed_version(checkout) == "0.0.1"
    install_node(checkout)
    assert (installed_version(checkout), is_current(target)) == (VERSION, True)


def test_a_base_folder_will_do(tmp_path):
    (tmp_path / "custom_nodes").mkdir()
    assert is_current(install_node(tmp_path))


def test_a_folder_that_is_no_comfyui_is_refused(tmp_path):
    with pytest.raises(ComfyUiError, match="is no ComfyUI folder"):
        install_node(tmp_path)
    assert not (tmp_path / "custom_nodes").exists()


def test_what_is_not_ours_is_left_alone(checkout):
    theirs = checkout / "custom_nodes" / "jupyter_restart"
    theirs.mkdir(parents=True)
    (theirs / "__init__.py").touch()
    for change in (install_node, remove_node):
        with pytest.raises(ComfyUiError, match="is not our node"):
            change(checkout)
    assert names(theirs) == ["__init__.py"]


def test_a_linked_checkout_is_left_alone(checkout):
    nodes = checkout / "custom_nodes"
    nodes.mkdir()
    (nodes / "jupyter_restart").symlink_to(SOURCE)
    assert install_node(checkout) == nodes / "jupyter_restart"  # it is current: nothing to do
    with pytest.raises(ComfyUiError, match="is a link"):
        remove_node(checkout)
    assert (SOURCE / "version.py").is_file()


def test_a_copy_that_fails_leaves_the_old_node(checkout, monkeypatch):
    target = install_node(checkout)
    (target / "version.py").write_text('VERSION = "0.0.1"\n')

    def no_room(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(installer.shutil, "copytree", no_room)
    with pytest.raises(ComfyUiError, match="No space left"):
        install_node(checkout)
    assert (names(target.parent), installed_version(checkout)) == (["jupyter_restart"], "0.0.1")


def test_removing_takes_the_node_only(checkout):
    install_node(checkout)
    assert (remove_node(checkout), names(checkout / "custom_nodes")) == (True, [])
    assert (remove_node(checkout), installed_version(checkout)) == (False, None)


def test_the_node_uses_only_pythons_library():
    """ComfyUI's own modules and aiohttp are imported by name, in a running ComfyUI only."""
    import ast
    import sys

    imported = set()
    for file in SOURCE.glob("*.py"):
        for part in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(part, ast.Import):
                imported |= {name.name.partition(".")[0] for name in part.names}
            if isinstance(part, ast.ImportFrom) and part.level == 0:
                imported.add(part.module.partition(".")[0])
    assert imported - sys.stdlib_module_names == set()
