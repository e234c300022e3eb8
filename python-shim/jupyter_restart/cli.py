"""The command line `jupyter restart VERB`: what can be asked, and how each answer ends the process."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Callable, Sequence

from jupyter_restart import verbs
from jupyter_restart._version import __version__
from jupyter_restart.client import ControlClient
from jupyter_restart.endpoint import home_folder
from jupyter_restart.errors import ControlError
from jupyter_restart.render import Style
from jupyter_restart.verbs import Call

_TIMEOUT_S = 30.0
_INTERRUPTED = 130
_USUAL_WIDTH = 80
_NARROWEST = 40
_EXIT_CODES = (
    "Exit codes: 0 done, 1 it failed, 2 usage or config error, 3 service not running, 4 no such app, 5 refused."
)
_Verb = Callable[[Call], int]
_LocalVerb = Callable[[argparse.Namespace, float, Style], int]
# Verbs that need no service that answers. Each is imported when it is asked for, to keep the others fast.
_LOCAL_VERBS = {
    "comfyui": "comfyui_verbs:run",
    "config": "config_verbs:config",
    "doctor": "doctor:doctor",
    "kernel": "service_verbs:kernel",
    "recover": "recover:recover",
    "run": "run_verb:run",
    "service": "service_verbs:service",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code. Errors go to stderr, one explanation each."""
    options = _parser().parse_args(arguments, argparse.Namespace(home=None, config=None, timeout=None))
    # A log may hold what the terminal's encoding does not.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _run(options)
        sys.stdout.flush()
    except ControlError as error:
        print(error.detail if error.is_plain else f"jupyter restart: {error.detail}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read has enough. The interpreter must not find out again when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _run(options: argparse.Namespace) -> int:
    timeout_s = _TIMEOUT_S if options.timeout is None else options.timeout
    style = Style(is_coloured=sys.stdout.isatty() and not os.environ.get("NO_COLOR"))
    if options.verb in _LOCAL_VERBS:
        import pkgutil

        local: _LocalVerb = pkgutil.resolve_name(f"jupyter_restart.{_LOCAL_VERBS[options.verb]}")
        return local(options, timeout_s, style)
    run: _Verb = options.run
    with contextlib.closing(ControlClient(home_folder(options.home), timeout_s)) as client:
        return run(Call(client, options, style))


def _kernels(call: Call) -> int:
    from jupyter_restart import kernel_verbs

    return kernel_verbs.kernels(call)


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


def _parser() -> argparse.ArgumentParser:
    everywhere = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS, formatter_class=_Formatter)
    everywhere.add_argument("--config", metavar="FILE", help="config file, where the service is started")
    everywhere.add_argument("--home", metavar="DIR", help="folder of the service's state; one home is one service")
    everywhere.add_argument("--timeout", metavar="S", type=_positive, help="seconds that a call may take (default 30)")
    parser = argparse.ArgumentParser(
        prog="jupyter restart",
        description="Restarts of JupyterLab, ComfyUI and other long-running apps, with nothing lost.",
        epilog=_EXIT_CODES,
        parents=[everywhere],
        formatter_class=_Formatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    # With a name of its own it need not format a usage first, which imports what archives are packed with.
    subparsers = parser.add_subparsers(dest="verb", metavar="VERB", required=True, prog=parser.prog)

    def verb(name: str, run: _Verb | None, text: str) -> argparse.ArgumentParser:
        added = subparsers.add_parser(
            name,
            help=text,
            description=f"{text[0].upper()}{text[1:]}.",
            parents=[everywhere],
            formatter_class=_Formatter,
        )
        added.set_defaults(run=run)
        return added

    status = verb("status", verbs.status, "show the service, each app, the machine and the last events")
    _add_app(status, "show only this app", is_optional=True)
    _add_json(status)
    status.add_argument("--watch", action="store_true", help="show it each second")
    for name, run, word in (("enable", verbs.enable, "on"), ("disable", verbs.disable, "off")):
        _add_app(verb(name, run, f"turn automatic restarts {word}"), "only for this app", is_optional=True)
    force = verb("force-restart", verbs.force_restart, "restart at once; documents are saved, kernels live on")
    force.add_argument("apps", metavar="APP", nargs="*", help="the apps; all that are up, without one")
    force.add_argument("--wait", action="store_true", help="return when it is over; up to 10 min, or --timeout")
    force.add_argument("--now", action="store_true", help="interrupt work that could be run again")
    postpone = verb("postpone", verbs.postpone, "put off the next scheduled restart")
    postpone.add_argument("duration", metavar="DURATION", help="added to its planned time: 30m, 2h, 1h30m")
    _add_app(postpone, "only for this app", is_optional=True)
    logs = verb("logs", verbs.logs, "show the restart log, or an app's own output")
    _add_app(logs, "the app whose output to show", is_optional=True)
    logs.add_argument("-n", dest="lines", metavar="N", type=_count, default=50, help="how many lines (default 50)")
    _add_follow(logs)
    events = verb("events", verbs.events, "show the history of events")
    events.add_argument("--app", metavar="A", help="only of this app")
    events.add_argument("--since", metavar="SEQ", type=_count, default=0, help="only after this event")
    _add_json(events, "one JSON object a line")
    _add_follow(events)
    plan = verb("plan", verbs.plan, "show the next restarts, and what one would do now; changes nothing")
    _add_app(plan, "only this app", is_optional=True)
    plan.add_argument("-n", dest="count", metavar="N", type=_plan_count, default=5, help="restarts to show (default 5)")
    _add_json(plan)
    start = verb("start", verbs.start, "start an app, several, or all")
    start.add_argument("apps", metavar="APP", nargs="*", help="the apps; what one needs is started, too, and before it")
    start.add_argument("--all", action="store_true", help="all that are down")
    stop = verb("stop", verbs.stop, "stop an app, several, or all; they stay down")
    stop.add_argument("apps", metavar="APP", nargs="*", help="the apps; what another one needs is stopped after it")
    stop.add_argument("--all", action="store_true", help="all that are not down")
    adopt = verb("adopt", verbs.adopt, "take a running process under supervision")
    adopt.add_argument("name", metavar="NAME", help="what to call it")
    process = adopt.add_mutually_exclusive_group(required=True)
    process.add_argument("--pid", metavar="P", type=_pid, help="the process")
    process.add_argument("--port", metavar="N", type=_port, help="the TCP port that it serves")
    foreground = verb("run", None, "the service in the foreground with its apps, until it is told to end; pid 1 too")
    foreground.add_argument(
        "command", metavar="-- COMMAND", nargs=argparse.REMAINDER, help="an app to run; its end is the end"
    )
    service = verb("service", None, "the service alone; running apps are not touched")
    service.add_argument("action", choices=("start", "stop", "restart", "status"))
    _add_json(service, "as JSON (status)")
    config = verb("config", None, "check a config file, show what is in force, or where it is from")
    config.add_argument("action", choices=("check", "show", "path"))
    config.add_argument("file", metavar="FILE", nargs="?", help="the file, instead of the one that is found")
    _add_json(config, "as JSON (show)")
    _add_json(verb("doctor", None, "find what is wrong, and what to do about it; changes nothing"))
    recover = verb("recover", None, "put right what doctor finds, as far as it is ours")
    recover.add_argument("--yes", action="store_true", help="end leftover processes without asking")
    recover.add_argument(
        "--gpu-reset", action="store_true", help="reset NVIDIA's GPUs after that; as root, when nobody has one open"
    )
    comfyui = verb("comfyui", None, "the node that keeps ComfyUI's queue over restarts, and prompts that are kept")
    comfyui.add_argument("action", choices=("install-node", "remove-node", "kept", "send", "discard"))
    comfyui.add_argument(
        "words",
        metavar="DIR|ID",
        nargs="*",
        help="install-node, remove-node: ComfyUI's folder, instead of the one that is found; "
        "send, discard: which kept prompts, by their ids or the beginnings of them",
    )
    comfyui.add_argument("--all", action="store_true", help="all kept prompts (send, discard)")
    comfyui.add_argument("--app", metavar="A", help="whose prompts, where there are several ComfyUIs")
    _add_json(comfyui, "as JSON (kept)")
    kernels = verb("kernels", _kernels, "list kernels of JupyterLab; restart those named that are idle")
    kernels.add_argument("ids", metavar="ID", nargs="*", help="restart these, by the beginnings of their ids")
    kernels.add_argument("--over", metavar="SIZE", help="restart all that have at least this much memory: 4GB")
    kernels.add_argument("--all", action="store_true", help="restart all of them; their variables are gone then")
    kernels.add_argument("--app", metavar="A", help="whose kernels, where there are several JupyterLabs")
    _add_json(kernels, "as JSON (the list)")
    # For kernel.json only, hence no help: it becomes the kernel's process.
    kernel = subparsers.add_parser("kernel", parents=[everywhere], formatter_class=_Formatter)
    kernel.add_argument("connection_file")
    return parser


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
