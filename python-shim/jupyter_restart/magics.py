"""The magic `%restart`: the verbs of the command line in a notebook, with rich output."""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from jupyter_restart.notebook import Verb

_VERBS = ("status", "now", "in", "postpone", "enable", "disable", "logs", "events", "plan", "kernels")
_USUAL_APP = "jupyterlab"


class MagicError(Exception):
    """What a user did or met; shown as one line, where a traceback would tell of our insides."""

    def _render_traceback_(self) -> list[str]:
        return [f"%restart: {self}"]


def load(shell: Any) -> None:
    """Add `%restart`, and the completion of its verbs, to an IPython shell."""
    shell.register_magic_function(restart, magic_kind="line", magic_name="restart")
    shell.set_hook("complete_command", _complete, str_key="%restart")


def restart(line: str) -> Any:
    """Control restarts of JupyterLab, ComfyUI and other apps.

    %restart [status [APP]]        the service, each app, the machine, the last events
    %restart now [APP]             restart at once, this notebook's JupyterLab without APP
    %restart in 2h [APP]           restart in two hours
    %restart postpone 30m [APP]    put off the next scheduled restart
    %restart enable|disable [APP]  automatic restarts on or off
    %restart logs [APP] [-n N]     the restart log, or an app's own output
    %restart events [--app A] [--since SEQ] [--df]   the history; --df gives a pandas DataFrame
    %restart plan [APP] [-n N]     the next restarts, and what one would do now
    %restart kernels [--df]        JupyterLab's kernels: notebook, state, memory, limit
    %restart kernels ID…|--over SIZE|--all   restart those that are idle; their variables are gone then
    """
    # Imported when used: this module is loaded at the start of every kernel.
    from jupyter_restart import notebook
    from jupyter_restart.client import ControlClient
    from jupyter_restart.endpoint import home_folder
    from jupyter_restart.errors import ControlError

    try:
        options = _parser().parse_args(shlex.split(line) or ["status"])
    except ValueError as error:
        raise MagicError(f"{line!r} cannot be read: {error}.") from None
    run: Verb = getattr(notebook, f"show_{options.verb}")
    try:
        with contextlib.closing(ControlClient(home_folder())) as client:
            return run(client, options)
    except ControlError as error:
        raise MagicError(error.detail) from None


class _Parser(argparse.ArgumentParser):
    """Raises where the usual parser would end the kernel."""

    def error(self, message: str) -> NoReturn:
        raise MagicError(f"{message}. See %restart?")


def _parser() -> _Parser:
    own_app = os.environ.get("JUPYTER_RESTART_APP_NAME", _USUAL_APP)
    parser = _Parser(prog="%restart", add_help=False)
    verbs = parser.add_subparsers(dest="verb", required=True)
    added = {name: verbs.add_parser(name, add_help=False) for name in _VERBS}
    added["in"].add_argument("duration")
    added["postpone"].add_argument("duration")
    for name in ("now", "in"):
        added[name].add_argument("app", nargs="?", default=own_app)
    for name in ("status", "postpone", "enable", "disable", "logs", "plan"):
        added[name].add_argument("app", nargs="?")
    added["logs"].add_argument("-n", dest="lines", type=int, default=50)
    added["plan"].add_argument("-n", dest="count", type=int, default=5)
    added["events"].add_argument("--app")
    added["events"].add_argument("--since", type=int, default=0)
    added["events"].add_argument("--df", action="store_true")
    added["kernels"].add_argument("ids", nargs="*")
    added["kernels"].add_argument("--over")
    added["kernels"].add_argument("--all", action="store_true")
    added["kernels"].add_argument("--app")
    added["kernels"].add_argument("--df", action="store_true")
    return parser


def _complete(_shell: Any, event: Any) -> list[str]:
    before = event.line.split()
    is_first_word = len(before) == 1 or (len(before) == 2 and not event.line[-1:].isspace())
    return list(_VERBS) if is_first_word else list(_app_names())


def _app_names() -> Iterator[str]:
    from jupyter_restart.client import ControlClient
    from jupyter_restart.endpoint import home_folder
    from jupyter_restart.errors import ControlError

    # Nobody wants to be told of errors while pressing Tab.
    with contextlib.suppress(ControlError), contextlib.closing(ControlClient(home_folder(), 1.0)) as client:
        yield from (app["name"] for app in client.snapshot()["apps"])
