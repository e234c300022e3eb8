"""The command line against a service, by exit code, stdout and stderr."""

import json
import os
import socket
import subprocess
import sys

import pytest
from command import Running, environment, run
from contract import example
from fake_service import Asked, EventScript

from jupyter_restart.origin_notes import origin_notes


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
