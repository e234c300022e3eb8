"""The checks of apps, ports, GPUs, kernels and leftovers: pure functions over facts."""

from dataclasses import replace

import pytest
from checkup_facts import ANSWER, JAVA, app, codes, facts, process

from jupyter_restart.checkup import check_apps, check_processes, check_service, deeds
from jupyter_restart.checkup.deeds import EndLeftovers
from jupyter_restart.checkup.facts import KeptServer, ServiceState
from jupyter_restart.checkup.finding import Finding
from jupyter_restart.checkup.owners import leftovers
from jupyter_restart.checkup.processes import Process, Processes
from jupyter_restart.procfs import ProcessIdentity

RUNNING = app(pid=60)
HEAD = process(60, mark="/h:comfyui-2")
LEFT = process(70, mark="/h:comfyui-1")
LEFTOVERS = {
    "a part of a running app": ([HEAD, process(70, mark="/h:comfyui-2")], [RUNNING], {}, []),
    "of an earlier start": ([HEAD, LEFT], [RUNNING], {}, [70]),
    "of an app that is no more": ([LEFT], [], {}, [70]),
    "of another home": ([process(70, mark="/other:comfyui-1")], [], {}, []),
    "of a home that is gone": ([process(70, mark="/o:x-1")], [], {"gone_homes": frozenset({"/o"})}, [70]),
    "a zombie": ([process(70, mark="/h:comfyui-1", state="Z")], [], {}, []),
    "no mark": ([process(70)], [], {}, []),
    "the mark of a hook": ([process(70, mark="run-1")], [], {}, []),
    "while an app is being stopped": ([LEFT], [app(state="verifying")], {}, []),
    "while the service is away": ([LEFT], [], {"service": ServiceState()}, []),
    "while the service hangs": ([LEFT], [], {"service": ServiceState(holder=50)}, []),
    "one that its user keeps": (
        [HEAD, process(70, name="cloudflared", mark="/h:comfyui-1"), process(71, 70, mark="/h:comfyui-1")],
        [RUNNING],
        {"config": {"comfyui": {"keep": ["cloudflared"]}}},
        [],
    ),
    "a kernel and what it started": (
        [process(70, mark="/h:lab-1"), process(71, 70, mark="/h:lab-1"), process(72, mark="/h:lab-1")],
        [],
        {"servers": (KeptServer("tcp:1", "/w", is_alive=False, kernels=(ProcessIdentity(70, 1),), relays=(72,)),)},
        [],
    ),
    "ourselves and the shell that called us": (
        [process(70, mark="/h:lab-1"), process(71, 70, mark="/h:lab-1"), process(72, 70, mark="/h:lab-1")],
        [],
        {"own_pid": 71},
        [72],
    ),
    "a service started from an app": (
        [Process(ProcessIdentity(70, 1), 1, "java", "S", JAVA.command, {"JUPYTER_RESTART_MARK": "/h:lab-1"})],
        [],
        {},
        [],
    ),
}


@pytest.mark.parametrize(("processes", "apps", "others", "expected"), LEFTOVERS.values(), ids=LEFTOVERS)
def test_leftovers(processes, apps, others, expected):
    seen = facts(*processes, apps=apps, **others)
    found = [each for each in processes if each.pid in expected]
    assert leftovers(seen) == found
    assert list(deeds.then(seen)) == ([EndLeftovers(tuple(found))] if found else [])
    assert codes(check_processes.left(seen)) == [("leftover", True)] * len(found)


@pytest.mark.parametrize(
    ("known", "config", "expected"),
    [
        (app(port=8188), {}, {8188}),
        (None, {"command": ["python", "main.py", "--port", "8189"]}, {8189}),
        (None, {"command": ["x", "--port=8190", "--port"]}, {8190}),
        (None, {"probe": {"http": "http://127.0.0.1:8191/x"}}, {8191}),
        (None, {"probe": {"http": "https://example.org/"}}, {443}),
        (None, {"probe": {"tcp": "127.0.0.1:8192"}}, {8192}),
        (None, {"probe": {"http": "http://127.0.0.1:99999/"}}, set()),
        (app(port=1), {"command": ["x", "--port", "2"], "probe": {"tcp": "h:3"}}, {1, 2, 3}),
        (None, {"command": ["x", "--port", "auto"], "probe": {"progress": True}}, set()),
    ],
)
def test_the_ports_that_an_app_wants(known, config, expected):
    assert check_processes.wanted_ports(known, config) == expected


CONFIGURED = {"comfyui": {"probe": {"tcp": "127.0.0.1:8188"}}}
STRANGER = process(80, command=("nc", "-l", "8188"))
PORTS = {
    "nobody": ([], [], {}, []),
    "the app itself": ([HEAD], [RUNNING], {8188: (60,)}, []),
    "its child": ([HEAD, process(61, 60)], [RUNNING], {8188: (61,)}, []),
    "a stranger": (
        [STRANGER],
        [app(state="failed")],
        {8188: (80,)},
        [
            (
                "Port 8188 of comfyui is held by process 80 (nc -l 8188).",
                "End it, or give the app another port, or take it over: jupyter restart adopt comfyui --pid 80",
            )
        ],
    ),
    "a stranger, while the app is being started": ([STRANGER], [app(state="starting")], {8188: (80,)}, []),
    "somebody else's process": (
        [],
        [app(state="waiting")],
        {8188: (0,)},
        [("Port 8188 of comfyui is held by a process of another user.", "End it, or give the app another port")],
    ),
    "a leftover": (
        [LEFT],
        [app(state="failed")],
        {8188: (70,)},
        [("Port 8188 of comfyui is held by process 70 (python).", "Run: jupyter restart recover (it ends it)")],
    ),
}


@pytest.mark.parametrize(("processes", "apps", "listeners", "expected"), PORTS.values(), ids=PORTS)
def test_a_port_that_is_held_by(processes, apps, listeners, expected):
    seen = facts(*processes, apps=apps, config=CONFIGURED, listeners=listeners)
    assert [(finding.what, finding.cure) for finding in check_processes.ports(seen)] == expected


def test_apps_that_can_not_be_started_are_told_with_what_to_do():
    seen = facts(
        apps=[
            {**app("up", pid=60), "wanted": "up"},
            {**app("off", state="stopped"), "wanted": "down"},
            {**app("gone", state="waiting"), "wanted": "up", "message": "gone is started again in 4 s: can't start"},
            {**app("ill", state="waiting"), "wanted": "up", "message": "ill is started again in 4 s: exit code 2"},
        ],
        config={},
    )
    obstacles = dict.fromkeys(("up", "off", "gone", "new"), "there is no file /x: correct the command")
    seen = replace(seen, config={**seen.config, "obstacles": obstacles})

    def finding(what, *, is_problem=True):
        return Finding("cannot_start", f"{what}: there is no file /x.", "Correct the command.", is_problem)

    assert [*check_apps.starts(seen), *check_apps.down(seen)] == [
        finding("gone can't be started"),
        finding("new can't be started"),
        finding("off can't be started", is_problem=False),
        finding("The next start of up will fail"),
        Finding(
            "app_down",
            "ill is waiting: ill is started again in 4 s: exit code 2.",
            "Look at what it said last: jupyter restart logs ill",
        ),
    ]


def test_gpus_are_told_with_their_holders():
    held = {60: ("/dev/nvidia0",), 70: ("/dev/nvidia0", "/dev/nvidia-uvm"), 90: ("/dev/nvidia0",), 99: ("/dev/kfd",)}
    seen = facts(HEAD, LEFT, process(90), apps=[RUNNING], gpu_holders=held)
    assert codes(check_processes.gpus(seen)) == [("gpu_holder", True), ("gpu_holder", False)]


def gpu_facts(used, trouble=None, holders=None):
    gpu = {"name": "A4000", "memory_used": used, "memory_total": 16 << 30, "busy_percent": None}
    resources = {"gpus": [gpu], "gpu_trouble": trouble}
    return facts(
        service=ServiceState(holder=50, has_endpoint=True, answer=ANSWER, resources=resources),
        gpu_holders=holders or {},
    )


def test_a_service_of_before_says_nothing_of_gpu_drivers():
    seen = gpu_facts(0)
    del seen.service.resources["gpu_trouble"]
    assert list(check_processes.gpu_drivers(seen)) == []


def test_a_gpu_driver_that_fails_is_told():
    seen = gpu_facts(0, "NVIDIA: driver and library differ in version: reboot, or load the new driver")
    assert codes(check_processes.gpu_drivers(seen)) == [("gpu_driver", True)]


def test_gpu_memory_that_nobody_is_seen_to_have_is_told():
    assert codes(check_processes.gpu_drivers(gpu_facts(8 << 30))) == [("gpu_memory_unowned", False)]
    assert codes(check_processes.gpu_drivers(gpu_facts(1 << 20))) == []
    assert codes(check_processes.gpu_drivers(gpu_facts(8 << 30, holders={60: ("/dev/nvidia0",)}))) == []


def test_kernels_without_their_server_are_told_and_left():
    server = KeptServer("tcp:8888", "/w", is_alive=False, kernels=(ProcessIdentity(70, 1), ProcessIdentity(71, 1)))
    others = (
        KeptServer("tcp:1", "/w", is_alive=True, kernels=(ProcessIdentity(72, 1),)),
        KeptServer("tcp:2", "/", False),
    )
    seen = facts(servers=(server, *others))
    [finding] = check_processes.kernels(seen)
    assert finding.what == "Kernels of a Jupyter server that ended (tcp:8888, /w) run on: 70, 71."
    assert finding.cure.endswith("kill 70 71")
    assert list(deeds.then(seen)) == []


def test_terminals_whose_server_is_gone_are_named_with_what_to_do():
    server = KeptServer("tcp:8888", "/w", is_alive=False, relays=(72,), terminals=("1", "2"))
    [finding] = check_processes.kernels(facts(servers=(server,)))
    assert finding.code == "terminals_alone"
    assert finding.what == "Terminals of a Jupyter server that ended (tcp:8888, /w) run on: 1, 2."
    assert finding.cure.endswith("Should nobody need them: kill -KILL 72 (what holds them)")


def test_what_apps_say_of_themselves_is_passed_on_and_no_problem():
    note = {"code": "other_supervisor", "message": "It was started by systemd.", "advice": "Leave it to one."}
    [finding] = check_processes.notes(facts(apps=[app("jupyterlab", 60, notes=[note])]))
    assert finding == Finding("other_supervisor", "jupyterlab: It was started by systemd.", "Leave it to one.", False)


@pytest.mark.parametrize(
    ("parent", "mark", "expected"),
    [
        ("keeper-0123abc", "/h:comfyui-1", []),
        ("java", "/h:comfyui-1", [("no_keeper", False)]),
        # An adopted app was never ours to start.
        ("bash", "", []),
    ],
)
def test_apps_without_a_keeper(parent, mark, expected):
    seen = facts(process(3, 1, parent), process(60, 3, mark=mark), apps=[app(pid=60)])
    assert codes(check_service.guarantees(seen)) == expected


def test_a_service_that_can_run_no_keeper_says_why():
    answer = {**ANSWER, "weaker_promises": "Apps run without a keeper, because the disk is mounted noexec"}
    seen = facts(
        process(60, 3, mark="/h:a-1"),
        apps=[app(pid=60)],
        service=ServiceState(holder=50, has_endpoint=True, answer=answer),
    )
    [found] = check_service.guarantees(seen)
    assert (found.code, found.what, found.is_problem) == ("no_keeper", answer["weaker_promises"], False)


def test_a_loop_of_parents_ends():
    looped = Processes({1: process(1, 2), 2: process(2, 1)})
    assert [each.pid for each in looped.ancestors(1)] == [2]
    assert looped.trees([1]) == {1, 2}
