"""The command line `jupyter restart VERB`: how each call is carried out, and ends the process."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Callable, Sequence

from jupyter_restart.client import ControlClient
from jupyter_restart.endpoint import home_folder
from jupyter_restart.errors import ControlError
from jupyter_restart.parser import parser
from jupyter_restart.render import Style
from jupyter_restart.verbs import Call

_TIMEOUT_S = 30.0
_INTERRUPTED = 130
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
    given = sys.argv[1:] if arguments is None else arguments
    options = parser(given).parse_args(given, argparse.Namespace(home=None, config=None, timeout=None))
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
