"""What the command line takes and refuses, with its exit codes."""

import subprocess
import sys

import pytest
from command import environment, run
from contract import example


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["postpone"],
        ["adopt", "x"],
        ["adopt", "x", "--pid", "1", "--port", "2"],
        ["adopt", "x", "--port", "65536"],
        ["plan", "-n", "1001"],
        ["logs", "-n", "-1"],
        ["status", "--timeout", "0"],
        ["service", "bounce"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2(home, arguments):
    done = run(home, *arguments)
    assert (done.code, done.out) == (2, "")
    assert "usage: jupyter restart" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["plan", "-n", "x"], "argument -n: 'x' is no whole number"),
        (["adopt", "x", "--pid", "abc"], "argument --pid: 'abc' is no whole number"),
        (["status", "--timeout", "soon"], "argument --timeout: soon is no positive number of seconds"),
    ],
    ids=str,
)
def test_what_is_no_number_is_told_in_words(home, arguments, message):
    assert run(home, *arguments).err.splitlines()[-1].endswith(f"error: {message}")


@pytest.mark.parametrize(
    ("status", "code", "exit_code"),
    [(400, "bad_request", 2), (404, "no_such_app", 4), (409, "refused", 5), (500, "internal", 1)],
)
def test_what_the_service_refuses_is_told_with_its_exit_code(home, service, status, code, exit_code):
    service.refuse("POST", "/v1/apps/jupyterlab/start", status, code, "Why, and what to do.")
    assert run(home, "start", "jupyterlab").all == (exit_code, "", "jupyter restart: Why, and what to do.\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["enable"],
        ["force-restart"],
        ["logs"],
        ["events", "--json"],
        ["plan", "--json"],
        ["start", "a"],
        ["service", "stop"],
    ],
    ids=" ".join,
)
def test_without_a_service_all_end_with_3_and_say_how_to_start_it(home, arguments):
    done = run(home, *arguments)
    assert (done.code, done.out) == (3, "")
    assert "Start it: jupyter restart service start" in done.err


def test_service_status_tells_by_exit_code_too(home, service):
    assert run(home, "service", "status").all == (
        0,
        "Restart service: running (pid 4100, up 1 h 0 min, version 0.1.0)\n",
        "",
    )
    assert run(home, "service", "status", "--json").json == example("Service")
    service.stop()
    assert run(home, "service", "status").all == (3, "Restart service: not running\n", "")


def test_global_options_go_before_or_after_the_verb(home, service, tmp_path):
    command = [sys.executable, "-m", "jupyter_restart", "start", "jupyterlab", "--home", str(home), "--timeout", "5"]
    done = subprocess.run(command, capture_output=True, timeout=60, env=environment(), check=False)
    assert done.returncode == 0
    assert run(tmp_path / "other", "start", "jupyterlab", JUPYTER_RESTART_HOME=str(home)).code == 3


def test_modules_in_the_working_directory_are_left_alone(home, service, tmp_path):
    (tmp_path / "json.py").write_text("raise SystemExit(99)", encoding="utf-8")
    assert run(home, "status", cwd=tmp_path).code == 0


def test_an_unknown_verb_is_told_with_all_that_there_are(home):
    done = run(home, "nonsense", "status")
    assert done.code == 2
    assert "invalid choice: 'nonsense'" in done.err
    assert "force-restart" in done.err
