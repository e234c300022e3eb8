"""The command line's words: verbs, their arguments, and the limits of these."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from jupyter_restart import verbs
from jupyter_restart._version import __version__
from jupyter_restart.verbs import Call

_USUAL_WIDTH = 80
_NARROWEST = 40
_EXIT_CODES = (
    "Exit codes: 0 done, 1 it failed, 2 usage or config error, 3 service not running, 4 no such app, 5 refused."
)
_WITH_VALUE = frozenset({"--config", "--home", "--timeout"})


class _Formatter(argparse.HelpFormatter):
    """The usual one, made for each argument that is added: told its width it need not import shutil for it."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_terminal_width() - 2)


def _terminal_width() -> int:
    with contextlib.suppress(ValueError):
        return max(int(os.environ.get("COLUMNS", "")), _NARROWEST)
    with contextlib.suppress(AttributeError, OSError, ValueError):
        return max(os.get_terminal_size(sys.stdout.fileno()).columns, _NARROWEST)
    return _USUAL_WIDTH


class _Verb(NamedTuple):
    """`text` is its line of help, `add` adds its arguments; `run` carries it out where the service is needed."""

    text: str | None
    add: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Call], int] | None = None


def parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """Make the parser for these arguments: with the verb that is asked for, with all where it is none of them."""
    everywhere = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS, formatter_class=_Formatter)
    everywhere.add_argument("--config", metavar="FILE", help="config file, where the service is started")
    everywhere.add_argument("--home", metavar="DIR", help="folder of the service's state; one home is one service")
    everywhere.add_argument("--timeout", metavar="S", type=_positive, help="seconds that a call may take (default 30)")
    made = argparse.ArgumentParser(
        prog="jupyter restart",
        description="Restarts of JupyterLab, ComfyUI and other long-running apps, with nothing lost.",
        epilog=_EXIT_CODES,
        parents=[everywhere],
        formatter_class=_Formatter,
    )
    made.add_argument("--version", action="version", version=__version__)
    # With a name of its own it need not format a usage first, which imports what archives are packed with.
    subparsers = made.add_subparsers(dest="verb", metavar="VERB", required=True, prog=made.prog)
    asked = _asked(arguments)
    # To make all of them would take a tenth of the time of a call.
    for name in [asked] if asked in _VERBS else _VERBS:
        verb = _VERBS[name]
        told: dict[str, Any] = {}
        if verb.text is not None:
            told = {"help": verb.text, "description": f"{verb.text[0].upper()}{verb.text[1:]}."}
        added = subparsers.add_parser(name, parents=[everywhere], formatter_class=_Formatter, **told)
        added.set_defaults(run=verb.run)
        verb.add(added)
    return made


def _asked(arguments: Sequence[str]) -> str:
    """Find the verb; what argparse would read in another way comes out as none."""
    rest = iter(arguments)
    for argument in rest:
        if argument in _WITH_VALUE:
            next(rest, None)
        elif not argument.startswith("-"):
            return argument
    return ""


def _status(parser: argparse.ArgumentParser) -> None:
    _add_app(parser, "show only this app", is_optional=True)
    _add_json(parser)
    parser.add_argument("--watch", action="store_true", help="show it each second")


def _switch(parser: argparse.ArgumentParser) -> None:
    _add_app(parser, "only for this app", is_optional=True)


def _force_restart(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("apps", metavar="APP", nargs="*", help="the apps; all that are up, without one")
    parser.add_argument("--wait", action="store_true", help="return when it is over; up to 10 min, or --timeout")
    parser.add_argument("--now", action="store_true", help="interrupt work that could be run again")


def _postpone(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("duration", metavar="DURATION", help="added to its planned time: 30m, 2h, 1h30m")
    _add_app(parser, "only for this app", is_optional=True)


def _logs(parser: argparse.ArgumentParser) -> None:
    _add_app(parser, "the app whose output to show", is_optional=True)
    parser.add_argument("-n", dest="lines", metavar="N", type=_count, default=50, help="how many lines (default 50)")
    _add_follow(parser)


def _events(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--app", metavar="A", help="only of this app")
    parser.add_argument("--since", metavar="SEQ", type=_count, default=0, help="only after this event")
    _add_json(parser, "one JSON object a line")
    _add_follow(parser)


def _plan(parser: argparse.ArgumentParser) -> None:
    _add_app(parser, "only this app", is_optional=True)
    parser.add_argument(
        "-n", dest="count", metavar="N", type=_plan_count, default=5, help="restarts to show (default 5)"
    )
    _add_json(parser)


def _start(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "apps", metavar="APP", nargs="*", help="the apps; what one needs is started, too, and before it"
    )
    parser.add_argument("--all", action="store_true", help="all that are down")


def _stop(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("apps", metavar="APP", nargs="*", help="the apps; what another one needs is stopped after it")
    parser.add_argument("--all", action="store_true", help="all that are not down")


def _adopt(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="what to call it")
    process = parser.add_mutually_exclusive_group(required=True)
    process.add_argument("--pid", metavar="P", type=_pid, help="the process")
    process.add_argument("--port", metavar="N", type=_port, help="the TCP port that it serves")


def _run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "command", metavar="-- COMMAND", nargs=argparse.REMAINDER, help="an app to run; its end is the end"
    )


def _service(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("start", "stop", "restart", "status"))
    _add_json(parser, "as JSON (status)")


def _config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("check", "show", "path"))
    parser.add_argument("file", metavar="FILE", nargs="?", help="the file, instead of the one that is found")
    _add_json(parser, "as JSON (show)")


def _recover(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="end leftover processes without asking")
    parser.add_argument(
        "--gpu-reset", action="store_true", help="reset NVIDIA's GPUs after that; as root, when nobody has one open"
    )


def _comfyui(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("install-node", "remove-node", "kept", "send", "discard"))
    parser.add_argument(
        "words",
        metavar="DIR|ID",
        nargs="*",
        help="install-node, remove-node: ComfyUI's folder, instead of the one that is found; "
        "send, discard: which kept prompts, by their ids or the beginnings of them",
    )
    parser.add_argument("--all", action="store_true", help="all kept prompts (send, discard)")
    parser.add_argument("--app", metavar="A", help="whose prompts, where there are several ComfyUIs")
    _add_json(parser, "as JSON (kept)")


def _kernels(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", metavar="ID", nargs="*", help="restart these, by the beginnings of their ids")
    parser.add_argument("--over", metavar="SIZE", help="restart all that have at least this much memory: 4GB")
    parser.add_argument("--all", action="store_true", help="restart all of them; their variables are gone then")
    parser.add_argument("--app", metavar="A", help="whose kernels, where there are several JupyterLabs")
    _add_json(parser, "as JSON (the list)")


def _run_kernels(call: Call) -> int:
    from jupyter_restart import kernel_verbs

    return kernel_verbs.kernels(call)


def _kernel(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("connection_file")


def _add_app(parser: argparse.ArgumentParser, text: str, *, is_optional: bool = False) -> None:
    parser.add_argument("app", metavar="APP", nargs="?" if is_optional else None, help=text)


def _add_json(parser: argparse.ArgumentParser, text: str = "as JSON") -> None:
    parser.add_argument("--json", action="store_true", help=text)


def _add_follow(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what comes; end it with Ctrl-C")


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no positive number of seconds")
    return value


def _count(text: str) -> int:
    return _within(text, 0, 2**53)


def _plan_count(text: str) -> int:
    return _within(text, 1, 1000)


def _pid(text: str) -> int:
    return _within(text, 1, 2**22)


def _port(text: str) -> int:
    return _within(text, 1, 65535)


def _within(text: str, least: int, most: int) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"{text} is not between {least} and {most}")
    return value


_VERBS = {
    "status": _Verb("show the service, each app, the machine and the last events", _status, verbs.status),
    "enable": _Verb("turn automatic restarts on", _switch, verbs.enable),
    "disable": _Verb("turn automatic restarts off", _switch, verbs.disable),
    "force-restart": _Verb(
        "restart at once; documents are saved, kernels live on", _force_restart, verbs.force_restart
    ),
    "postpone": _Verb("put off the next scheduled restart", _postpone, verbs.postpone),
    "logs": _Verb("show the restart log, or an app's own output", _logs, verbs.logs),
    "events": _Verb("show the history of events", _events, verbs.events),
    "plan": _Verb("show the next restarts, and what one would do now; changes nothing", _plan, verbs.plan),
    "start": _Verb("start an app, several, or all", _start, verbs.start),
    "stop": _Verb("stop an app, several, or all; they stay down", _stop, verbs.stop),
    "adopt": _Verb("take a running process under supervision", _adopt, verbs.adopt),
    "run": _Verb("the service in the foreground with its apps, until it is told to end; pid 1 too", _run),
    "service": _Verb("the service alone; running apps are not touched", _service),
    "config": _Verb("check a config file, show what is in force, or where it is from", _config),
    "doctor": _Verb("find what is wrong, and what to do about it; changes nothing", _add_json),
    "recover": _Verb("put right what doctor finds, as far as it is ours", _recover),
    "comfyui": _Verb("the node that keeps ComfyUI's queue over restarts, and prompts that are kept", _comfyui),
    "kernels": _Verb("list kernels of JupyterLab; restart those named that are idle", _kernels, _run_kernels),
    # For kernel.json only, hence no help: it becomes the kernel's process.
    "kernel": _Verb(None, _kernel),
}
