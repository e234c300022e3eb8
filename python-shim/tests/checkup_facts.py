"""Facts for the checks, as a test writes them down."""

from pathlib import Path

from jupyter_restart.checkup.facts import Facts, Folder, ServiceState
from jupyter_restart.checkup.processes import Process, Processes
from jupyter_restart.procfs import ProcessIdentity

HOME = Path("/h")
ANSWER = {"running": True, "pid": 50, "uptime_s": 9, "version": "1", "weaker_promises": None}
JAVA = Process(
    ProcessIdentity(50, 1), 1, "java", "S", ("java", "-jar", "jupyter-restart.jar", "service", "--home", "/h")
)


def process(pid, parent=1, name="python", mark="", state="S", command=("python",), **environment):
    variables = {**environment, **({"JUPYTER_RESTART_MARK": mark} if mark else {})}
    return Process(ProcessIdentity(pid, pid * 10), parent, name, state, command, variables)


def app(name="comfyui", pid=None, state="running", port=None, life="stop_start", notes=()):
    return {"name": name, "pid": pid, "state": state, "port": port, "life": life, "notes": notes}


def facts(*processes, apps=(), config=None, **others):
    by_pid = {each.pid: each for each in processes}
    return Facts(
        **{
            "home": Folder(HOME),
            "host": "here",
            "version": "1",
            "service": ServiceState(holder=50, has_endpoint=True, answer=ANSWER, apps=tuple(apps)),
            "processes": Processes(by_pid),
            "config": {"config": {"app": config or {}}},
            **others,
        }
    )


def codes(found):
    return [(finding.code, finding.is_problem) for finding in found]
