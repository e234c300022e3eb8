"""`status` against a service, what it says and how long it may take."""

import os
import pty
import subprocess
import sys
import threading

from command import Running, environment, run
from contract import check, example

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
    libraries = {"asyncio", "bz2", "dataclasses", "encodings.idna", "http.client", "inspect", "jupyter_core", "lzma"}
    slow = {*libraries, "jupyter_restart.schema", "pkgutil", "ssl", "subprocess", "urllib.request"}
    assert slow & set(done.stderr.split()) == set()
