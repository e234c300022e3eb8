"""Where the state folder is, which must be where Jupyter itself has its data."""

import json
from pathlib import Path

import pytest
from jupyter_core.paths import jupyter_data_dir

from jupyter_restart.endpoint import Endpoint, config_file, home_folder, home_option


@pytest.mark.parametrize(
    "variables",
    [{}, {"XDG_DATA_HOME": "/x/share"}, {"JUPYTER_DATA_DIR": "/x/data"}, {"JUPYTER_PLATFORM_DIRS": "1"}],
    ids=lambda variables: "".join(variables) or "usual",
)
def test_the_usual_home_is_in_jupyters_data_folder(monkeypatch, variables):
    for name in ("XDG_DATA_HOME", "JUPYTER_DATA_DIR", "JUPYTER_PLATFORM_DIRS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert home_folder() == Path(jupyter_data_dir()) / "jupyter-restart"


def test_the_option_comes_before_the_environment(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUPYTER_RESTART_HOME", "from/environment")
    monkeypatch.setenv("JUPYTER_RESTART_CONFIG", "restart.toml")
    assert (home_folder("given"), home_folder()) == (tmp_path / "given", tmp_path / "from/environment")
    assert (config_file("~/x.toml"), config_file()) == (Path.home() / "x.toml", tmp_path / "restart.toml")
    assert (home_option(home_folder("given")), home_option(home_folder())) == (f" --home {tmp_path}/given", "")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"port":1,"token":"t","pid":2}', "\xff"])
def test_an_endpoint_that_cannot_be_understood_is_none(tmp_path, content):
    (tmp_path / "endpoint.json").write_text(content, encoding="latin-1")
    assert Endpoint.read(tmp_path) is None


def test_unknown_fields_of_a_newer_service_are_ignored(tmp_path):
    said = {"port": 1, "token": "t", "pid": 2, "version": "9", "more": True}
    (tmp_path / "endpoint.json").write_text(json.dumps(said), encoding="utf-8")
    assert Endpoint.read(tmp_path) == Endpoint(1, "t", 2, "9")


@pytest.mark.parametrize(
    ("home", "option"), [("/a/home", " --home /a/home"), ("/my disk/h'ome", """ --home '/my disk/h'"'"'ome'""")]
)
def test_a_home_of_any_name_can_be_copied_from_a_message(home, option):
    assert home_option(Path(home)) == option
