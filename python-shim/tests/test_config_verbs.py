"""`config check|show|path`: the real Java loader behind the command line."""

import json
from pathlib import Path

import pytest
from command import run
from jar import JAR, needs_jar

from jupyter_restart import daemon
from jupyter_restart.client import ControlClient
from jupyter_restart.config_verbs import Place, places, taken
from jupyter_restart.service_process import ServiceProcess

GOOD = '[app.tool]\ncommand = ["sleep", "60"]\nevery = "2h"\nautostart = false\n'


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_RESTART_JAR", str(JAR))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def good(tmp_path):
    file = tmp_path / "good.toml"
    file.write_text(GOOD, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("environment", "there", "expected"),
    [
        ({"HOME": "/h"}, [], None),
        ({"HOME": "/h"}, ["/h/.jupyter/restart.toml"], "/h/.jupyter/restart.toml"),
        ({"HOME": "/h", "JUPYTER_CONFIG_DIR": "/c"}, ["/h/.jupyter/restart.toml"], "/h/.jupyter/restart.toml"),
        (
            {"HOME": "/h", "JUPYTER_CONFIG_DIR": "/c"},
            ["/c/restart.toml", "/h/.jupyter/restart.toml"],
            "/c/restart.toml",
        ),
        # A file that is named and not there is an error, and no reason to take another.
        ({"HOME": "/h", "JUPYTER_RESTART_CONFIG": "/n.toml"}, ["/h/.jupyter/restart.toml"], "/n.toml"),
    ],
)
def test_the_first_file_that_is_there_is_taken(monkeypatch, environment, there, expected):
    monkeypatch.setattr(Path, "is_file", lambda path: str(path) in there)
    place = taken(list(places(environment)))
    assert (place and str(place.file)) == expected


def test_places_are_named_in_the_order_in_which_they_count():
    environment = {"JUPYTER_RESTART_CONFIG": "/n.toml", "JUPYTER_CONFIG_DIR": "/c", "HOME": "/h"}
    assert list(places(environment)) == [
        Place("$JUPYTER_RESTART_CONFIG", Path("/n.toml")),
        Place("$JUPYTER_CONFIG_DIR", Path("/c/restart.toml")),
        Place("Jupyter's config folder", Path("/h/.jupyter/restart.toml")),
    ]


@needs_jar
def test_a_good_file_is_called_so(home, good):
    assert run(home, "config", "check", good).all == (0, f"{good}: good\n", "")


@needs_jar
def test_no_file_is_good_too(home):
    assert run(home, "config", "check").all == (0, "There is no config file, and none is needed.\n", "")


@needs_jar
def test_all_that_is_wrong_is_told_at_once(home, tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text('[app.a]\nevry = "1h"\nwhen_idle = "soon"\n', encoding="utf-8")
    done = run(home, "config", "check", bad)
    assert (done.code, done.out, done.err.splitlines()) == (
        2,
        "",
        [
            f'{bad}:2:1: unknown key "evry" in [app.a]: did you mean "every"?',
            f'{bad}:3:1: app.a.when_idle: "soon" is no duration: write it like 500ms, 10s, 5m, 2h, 1h30m or 1d',
        ],
    )


@needs_jar
def test_a_bad_variable_is_told(home):
    done = run(home, "config", "check", COMFYUI_RESTART_INTERVAL="often")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith('environment variable COMFYUI_RESTART_INTERVAL: "often" is no interval')


def test_path_names_the_variable_that_names_the_file(home, monkeypatch, good):
    monkeypatch.setenv("JUPYTER_RESTART_CONFIG", str(good))
    assert run(home, "config", "path").out.splitlines()[0] == f"{good}  ($JUPYTER_RESTART_CONFIG): taken"


@needs_jar
def test_the_java_side_takes_the_file_that_path_names(home, monkeypatch, tmp_path):
    config = Path(tmp_path / "jupyter-config" / "restart.toml")
    config.write_text(GOOD, encoding="utf-8")
    assert run(home, "config", "path").out.splitlines() == [
        f"{config}  ($JUPYTER_CONFIG_DIR): taken",
        f"{tmp_path}/.jupyter/restart.toml  (Jupyter's config folder): not there",
    ]
    assert run(home, "config", "check").out == f"{config}: good\n"


@needs_jar
def test_values_of_the_environment_are_marked(home, good, tmp_path):
    shown = run(home, "config", "show", good, COMFYUI_RESTART_LOG=str(tmp_path / "l"))
    assert f'log = "{tmp_path}/l"  # by $COMFYUI_RESTART_LOG' in shown.out.splitlines()
    told = run(home, "config", "show", good, "--json", COMFYUI_RESTART_LOG=str(tmp_path / "l")).json
    assert told["from_environment"] == {"service.log": "COMFYUI_RESTART_LOG"}
    assert told["config"]["app"]["tool"]["every"] == "2h"


@needs_jar
def test_what_is_shown_is_a_config_file_that_means_the_same(home, good, tmp_path):
    written = tmp_path / "written.toml"
    written.write_text(run(home, "config", "show", good).out, encoding="utf-8")
    shown = [json.loads(run(home, "config", "show", file, "--json").out)["config"] for file in (good, written)]
    assert shown[0] == shown[1]


@needs_jar
def test_what_is_in_force_is_what_the_running_service_was_started_with(home, good, monkeypatch):
    pid = daemon.ensure(home, good, 60).service["pid"]
    try:
        assert ServiceProcess.of(home).config == good
        first = run(home, "config", "show").out.splitlines()[0]
        assert first == f"# From {good}, in force in the service with pid {pid}"
        assert run(home, "config", "path").out.splitlines()[-1] == (
            f"The running service (pid {pid}) was started with {good}."
        )
    finally:
        ControlClient(home).service_stop()
        daemon.wait_until_gone(pid, 20)
    assert ServiceProcess.of(home) is None
