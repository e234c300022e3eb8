"""The verb `run`: the service in the foreground with its apps, a container's pid 1 too."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from jupyter_restart import daemon, java_command
from jupyter_restart.endpoint import HOME_VARIABLE, config_file, home_folder, home_option
from jupyter_restart.errors import ControlError, RefusedError
from jupyter_restart.foreground import Foreground, Order
from jupyter_restart.given_command import app_name
from jupyter_restart.procfs import MARK
from jupyter_restart.render import Style
from jupyter_restart.service_process import lock_holder

# They say whose process we are, not whose the apps are to be.
_DROPPED = frozenset({MARK, "JUPYTER_RESTART_APP_NAME", "NOTIFY_SOCKET"})
_DROPPED_PREFIXES = ("_JUPYTER_RESTART_", "LISTEN_", "WATCHDOG_")


def run(options: Namespace, timeout_s: float, style: Style) -> int:
    """Run until it is told to end, or the given command has ended for good."""
    del timeout_s
    home = home_folder(options.home)
    command: list[str] = options.command[1:] if options.command[:1] == ["--"] else options.command
    name = app_name(command, Path.cwd()) if command else ""
    arguments = java_command.run_command(home, config_file(options.config), name, command)
    daemon.make_private(home)
    _refuse_second(home)
    try:
        return Foreground(Order(home, arguments, environment(os.environ, home), name), style).run()
    except ControlError:
        # Another one may have been faster.
        _refuse_second(home)
        raise


def environment(given: Mapping[str, str], home: Path) -> dict[str, str]:
    """Choose the environment of the service and its apps: all of ours, secrets included, they are meant for them."""
    kept = {
        name: value for name, value in given.items() if name not in _DROPPED and not name.startswith(_DROPPED_PREFIXES)
    }
    return {**kept, HOME_VARIABLE: str(home)}


def _refuse_second(home: Path) -> None:
    holder = lock_holder(home)
    if holder is not None:
        option = home_option(home)
        raise RefusedError(
            f"A restart service (pid {holder or 'unknown'}) runs with the home {home} already. "
            f"Use it: jupyter restart status{option}. Or end it first, its apps run on: "
            f"jupyter restart service stop{option}. Or give this one a home of its own by --home."
        )
