"""The command line against a service, by exit code, stdout and stderr."""

import json
import os
import pty
import socket
import subprocess
import sys
import threading

import pytest
from command import Running, environment, run
from contract import check, example
from fake_service import Asked, EventScript

from jupyter_restart.origin_notes import origin_notes

NOTHING = {
    "service": {"running": False, "pid": None, "uptime_s": None, "version": None, "weaker_promises": None},
    "apps": [],
    "resources": {
        "memory_used": None,
        "memory_total": None,
        "disk_used": None,
        "disk_total": None,
        "gpus": [],
        "gpu_trouble": None,
    },
    "events": [],
}


def test_status_json_is_the_snapshot_without_its_seq(home, service):
    done = run(home, "status", "--json")
    assert (done.code, done.err) == (0, "")
    check("Snapshot", {"seq": 0, **done.json})
    assert done.json == {key: value for key, value in example("Snapshot").items() if key != "seq"}


def test_status_without_a_service_still_prints_and_ends_with_3(home):
    done = run(home, "status", "--json")
    assert (done.code, done.json, done.err) == (3, NOTHING, "")
    plain = run(home, "status")
    assert plain.code == 3
    assert plain.out == (
        "Restart service: not running\n"
        f"The restart service is not running: there is no readable {home}/endpoint.json. "
        f"Start it: jupyter restart service start --home {home}\n"
    )


def test_status_for_people_tells_everything(home, service):
    assert run(home, "status").all == (
        0,
        """\
Restart service: running (pid 4100, up 1 h 0 min, version 0.1.0)

jupyterlab: running (pid 4242, up 1 h 0 min)
  Automatic restarts: on
  Next restart:       2026-11-24 06:00:00 (time remaining: 5 h 0 min)
  Last restart:       none yet
  Memory:             182 MB

Machine
  Memory:             8.2 GB of 16 GB (51% used)
  Disk:               45 GB of 100 GB (45% used)
  GPU:                1 GB of 16 GB (6% used) NVIDIA A4000, 35% busy

Last events
  2026-11-24 06:00:02  jupyterlab: JupyterLab restarted in 1.4 s: 3 kernels, 1 terminal, 2 documents kept
""",
        "",
    )


def test_status_of_one_app_shows_only_it(home, service):
    other = example("App", name="comfyui")
    service.answer("GET", "/v1/apps", (200, example("Snapshot", apps=[other, example("App")])))
    done = run(home, "status", "comfyui", "--json")
    assert (done.code, done.json["apps"], done.json["events"]) == (0, [other], [])
    unknown = run(home, "status", "comfy")
    assert unknown.all == (4, "", 'jupyter restart: There is no app "comfy". Apps: comfyui, jupyterlab.\n')


def test_status_is_coloured_on_a_terminal_only(home, service):
    leader, follower = pty.openpty()
    try:
        command = [sys.executable, "-m", "jupyter_restart", "--home", str(home), "status"]
        subprocess.run(command, stdout=follower, check=True, timeout=60, env=environment(NO_COLOR=""))
        assert b"\x1b[32mrunning\x1b[0m" in os.read(leader, 65536)
    finally:
        os.close(follower)
        os.close(leader)


def test_watch_shows_it_again_and_ends_quietly_with_ctrl_c(home, service):
    watching = Running(home, "status", "--watch")
    watching.wait_for_lines(32)
    assert watching.interrupt() == (130, "")
    assert sum(line.startswith("Restart service: running") for line in watching.lines) >= 2


@pytest.mark.parametrize(
    ("arguments", "sent", "printed"),
    [
        (["enable"], [Asked("POST", "/v1/apps/jupyterlab/enable")], "jupyterlab: automatic restarts are on\n"),
        (
            ["disable", "jupyterlab"],
            [Asked("POST", "/v1/apps/jupyterlab/disable")],
            "jupyterlab: automatic restarts are off\n",
        ),
        (
            ["force-restart"],
            [Asked("POST", "/v1/restart", {"apps": [], "now": False})],
            "jupyterlab: restart r-1f begun\n",
        ),
        (
            ["force-restart", "jupyterlab", "--now"],
            [Asked("POST", "/v1/apps/jupyterlab/restart", {"now": True})],
            "jupyterlab: restart r-1f begun\n",
        ),
        (
            ["postpone", "30m"],
            [Asked("POST", "/v1/apps/jupyterlab/postpone", {"duration": "30m"})],
            "jupyterlab: next restart 2026-11-24 06:00:00 (time remaining: 5 h 0 min)\n",
        ),
        (["start", "jupyterlab"], [Asked("POST", "/v1/apps/jupyterlab/start")], "jupyterlab: is being started\n"),
        (
            ["start", "jupyterlab", "comfyui", "jupyterlab"],
            [Asked("POST", "/v1/start", {"apps": ["jupyterlab", "comfyui"]})],
            "jupyterlab: is being started\ncomfyui: is being started\n",
        ),
        (["start", "--all"], [Asked("POST", "/v1/start", {"apps": []})], ""),
        (
            ["stop", "jupyterlab"],
            [Asked("POST", "/v1/apps/jupyterlab/stop")],
            "jupyterlab: is being stopped, and stays so\n",
        ),
        (
            ["stop", "jupyterlab", "comfyui", "jupyterlab"],
            [Asked("POST", "/v1/stop", {"apps": ["jupyterlab", "comfyui"]})],
            "jupyterlab: is being stopped, and stays so\ncomfyui: is being stopped, and stays so\n",
        ),
        (
            ["stop", "--all"],
            [Asked("POST", "/v1/stop", {"apps": []})],
            "jupyterlab: is being stopped, and stays so\n",
        ),
        (
            ["adopt", "x", "--pid", "4194304"],
            [Asked("POST", "/v1/apps/x/adopt", {"pid": 4194304, "port": None, "respawn": True, "notes": []})],
            "x: process 4194304 is under supervision\n",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) and isinstance(value[0], str) else "",
)
def test_commands_send_what_they_mean(home, service, arguments, sent, printed):
    assert run(home, *arguments).all == (0, printed, "")
    assert service.sent("POST") == sent


def test_adopt_by_port_finds_the_process(home, service):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert run(home, "adopt", "mine", "--port", port).code == 0
    assert service.sent("POST") == [
        Asked(
            "POST",
            "/v1/apps/mine/adopt",
            {"pid": os.getpid(), "port": port, "respawn": True, "notes": origin_notes(os.getpid())},
        )
    ]
    done = run(home, "adopt", "mine", "--port", port)
    message = f"jupyter restart: No process listens on port {port}. Is the app up, and on this machine?\n"
    assert done.all == (5, "", message)


def test_force_restart_of_several_apps_is_one_restart_of_these(home, service):
    apps = [example("App", name=name) for name in "abc"]
    service.answer("GET", "/v1/apps", (200, example("Snapshot", apps=apps)))
    assert run(home, "force-restart", "a", "b", "a", "--now").code == 0
    assert service.sent("POST") == [Asked("POST", "/v1/restart", {"apps": ["a", "b"], "now": True})]


@pytest.mark.parametrize(("verb", "arguments"), [("stop", []), ("stop", ["a", "--all"]), ("start", [])])
def test_start_and_stop_want_names_or_all(home, service, verb, arguments):
    message = f"jupyter restart: Name the apps to {verb}, or all of them by --all: jupyter restart {verb} APP\n"
    assert run(home, verb, *arguments).all == (2, "", message)
    assert service.sent("POST") == []


def test_force_restart_of_nothing_says_so(home, service):
    apps = [example("App", name="b", state="stopped"), example("App", name="c", state="failed")]
    service.answer("GET", "/v1/apps", (200, example("Snapshot", apps=apps)))
    message = "jupyter restart: No app is up, so there is nothing to restart. Start one: jupyter restart start\n"
    assert run(home, "force-restart").all == (1, "", message)


def test_force_restart_of_an_unknown_app_restarts_none(home, service):
    assert run(home, "force-restart", "jupyterlab", "nope").code == 4
    assert service.sent("POST") == []


ENDS = [
    ("restart.completed", 0, ""),
    ("restart.failed", 1, "The restart of jupyterlab did not come about: what happened\n"),
    ("restart.called_off", 1, "The restart of jupyterlab did not come about: what happened\n"),
]


@pytest.mark.parametrize(("kind", "code", "errors"), ENDS)
def test_wait_ends_with_the_restart_and_tells_its_steps(home, service, kind, code, errors):
    script = EventScript(service)
    waiting = Running(home, "force-restart", "--wait", "jupyterlab")
    service.wait_for(lambda: any("wait=" in asked.target for asked in service.asked))
    script.add(type="restart.draining", restart_id="r-1f", message="documents are saved")
    script.add(type="restart.completed", restart_id="another", message="of somebody else")
    waiting.wait_for_lines(1)
    script.add(type=kind, restart_id="r-1f", message="what happened")
    assert waiting.end() == (code, errors)
    assert [line.partition(": ")[2] for line in waiting.lines] == ["documents are saved", "what happened"]


def test_wait_outlives_the_service(home, service):
    script = EventScript(service)
    waiting = Running(home, "force-restart", "--wait", "jupyterlab")
    service.wait_for(lambda: any("wait=" in asked.target for asked in service.asked))
    service.stop()
    service.start()
    script.add(type="restart.completed", restart_id="r-1f", message="done")
    assert waiting.end() == (0, "")


def test_wait_gives_up_at_its_own_time_limit(home, service):
    EventScript(service)
    done = run(home, "force-restart", "--wait", "--timeout", "0.3")
    message = "The restart of jupyterlab is not over after 0.3 s; it goes on: jupyter restart status jupyterlab\n"
    assert done.all == (1, "", message)


def test_logs_are_followed_through_a_restart_of_the_service(home, service):
    lines = ["one", "two"]

    def log(asked):
        offset = int(asked.target.partition("after=")[2].partition("&")[0] or 1)
        with service.changed:
            service.changed.wait_for(lambda: len(lines) > offset or not service.is_up, 10)
        return (200, {"lines": lines[offset:], "offset": len(lines)}) if service.is_up else None

    service.answer("GET", "/v1/logs", log)
    following = Running(home, "logs", "-n", "1", "-f")
    following.wait_for_lines(1)
    service.note(lambda: lines.append("three"))
    following.wait_for_lines(2)
    service.stop()
    service.start()
    service.note(lambda: lines.append("four"))
    following.wait_for_lines(3)
    assert following.interrupt() == (130, "")
    assert following.lines == ["two", "three", "four"]


def test_events_are_all_of_them_page_by_page(home, service):
    events = [example("Event", seq=seq, message=str(seq)) for seq in range(1, 1502)]
    EventScript(service, events)
    done = run(home, "events", "--json", "--app", "jupyterlab", "--since", "1")
    assert (done.code, done.err) == (0, "")
    assert [json.loads(line) for line in done.out.splitlines()] == events[1:]


def test_events_are_followed(home, service):
    script = EventScript(service, [example("Event", seq=1, message="first")])
    following = Running(home, "events", "-f")
    following.wait_for_lines(1)
    script.add(message="second")
    following.wait_for_lines(2)
    assert following.interrupt() == (130, "")
    assert [line.rpartition(": ")[2] for line in following.lines] == ["first", "second"]


def test_events_of_an_unknown_app_are_an_error(home, service):
    assert run(home, "events", "--app", "nope").code == 4


def test_a_reader_that_has_enough_ends_it_quietly(home, service):
    EventScript(service, [example("Event", seq=seq) for seq in range(1, 3000)])
    command = f"{sys.executable} -m jupyter_restart --home {home} events | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment(), check=True)
    assert (done.stdout.splitlines()[-1], done.stderr) == ("0", "")


def test_plan_is_shown_for_programs_and_people(home, service):
    plan = {"apps": [example("AppPlan", blocked_by=["a kernel is busy"])]}
    service.answer("GET", "/v1/plan", (200, plan))
    assert run(home, "plan", "jupyterlab", "-n", "1000", "--json").json == plan
    assert service.asked == [Asked("GET", "/v1/plan?app=jupyterlab&n=1000")]
    assert run(home, "plan").out == (
        "jupyterlab\n"
        "  Next restarts:\n"
        "    2026-11-24 06:00:00\n"
        "  A restart now would:\n"
        "    draining   save documents in 2 open tabs (10 s at most)\n"
        "  Held back by: a kernel is busy\n"
    )


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


def test_a_mute_service_is_given_up_in_time(home, service):
    release = threading.Event()
    service.answer("GET", "/v1/apps", lambda _: (release.wait(20), None)[1])
    done = run(home, "status", "--timeout", "0.3")
    release.set()
    assert done.code == 1
    assert "did not answer GET /v1/apps within 0.3 s" in done.err


def test_status_imports_nothing_that_takes_long(service, home):
    code = "import sys; from jupyter_restart.cli import main; main(sys.argv[1:]); sys.exit(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code, "--home", home, "status"],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert done.stdout.startswith("Restart service: running")
    slow = {"asyncio", "bz2", "http.client", "jupyter_core", "lzma", "pkgutil", "ssl", "subprocess", "urllib.request"}
    assert slow & set(done.stderr.split()) == set()
