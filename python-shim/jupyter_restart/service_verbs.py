"""The verbs that are about Java programs themselves: the service, and the control kernel."""

from __future__ import annotations

import contextlib
import json
import os
from argparse import Namespace
from typing import NoReturn

from jupyter_restart import daemon, java_command, render
from jupyter_restart.client import ControlClient
from jupyter_restart.endpoint import config_file, home_folder
from jupyter_restart.errors import NOT_RUNNING, ControlError, ServiceNotRunningError
from jupyter_restart.render import Style
from jupyter_restart.verbs import NO_SERVICE


def service(options: Namespace, timeout_s: float, style: Style) -> int:
    """Start, stop, restart or show the service; running apps are not touched."""
    if options.action == "status":
        return _status(options, timeout_s, style)
    if options.action == "restart" and _replace(options, timeout_s):
        return 0
    if options.action != "start":
        try:
            pid = _stop(options, timeout_s)
        except ServiceNotRunningError:
            if options.action == "stop":
                raise
        else:
            print(f"Restart service: stopped (it was pid {pid}); apps run on")
    if options.action != "stop":
        started = daemon.ensure(home_folder(options.home), config_file(options.config), timeout_s)
        word = "started" if started.is_new else "runs already"
        print(f"Restart service: {word} (pid {started.service['pid']})")
    return 0


def kernel(options: Namespace, timeout_s: float, style: Style) -> NoReturn:
    """Become the control kernel."""
    del timeout_s, style
    command = java_command.kernel_command(home_folder(options.home), options.connection_file)
    os.execv(command[0], command)


def _status(options: Namespace, timeout_s: float, style: Style) -> int:
    found = daemon.find(home_folder(options.home), timeout_s)
    state = found or NO_SERVICE
    print(json.dumps(state, indent=2) if options.json else render.service(state, style))
    return 0 if found else NOT_RUNNING


def _replace(options: Namespace, timeout_s: float) -> bool:
    """Restart the service in its own process; false where it must be stopped and started."""
    if options.config is not None:
        return False
    try:
        replaced = daemon.replace(home_folder(options.home), timeout_s)
    except ServiceNotRunningError:
        return False
    if replaced is None:
        return False
    print(f"Restart service: restarted in its process (pid {replaced['pid']}); apps run on")
    return True


def _stop(options: Namespace, timeout_s: float) -> int:
    with contextlib.closing(ControlClient(home_folder(options.home), timeout_s)) as client:
        pid = client.service()["pid"]
        if pid is None:
            raise ControlError("internal", "The restart service does not say which process it is: end it by hand.")
        client.service_stop()
    daemon.wait_until_gone(pid, timeout_s)
    return pid
