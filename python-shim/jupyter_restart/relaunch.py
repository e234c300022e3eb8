"""Runs a Jupyter program as the interpreter would have, with two slow things put off that others do at import.

`rfc3987_syntax`, which jsonschema imports to check internationalised addresses, compiles its grammar: half of the start
of a Jupyter server. It is compiled here when somebody first checks such an address.

`jupyterlab.labapp` looks for JupyterLab's version, and on the way runs Node to ask Yarn for its registry, which has
nothing to do with it. Nobody is asked for that as long as the module is being imported.

The interpreter runs this file by its path, not as a module: `-m` would put the working directory in front of the
import path, and a notebook folder may hold a `signal.py`. Nothing but the standard library is imported here.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import runpy
import signal
import socket
import sys
import threading
import types
from collections.abc import Sequence
from pathlib import Path

_SLOW_MODULE = "rfc3987_syntax"
_LAB_MODULE, _LAB_COMMANDS, _YARN_CONFIG = "jupyterlab.labapp", "jupyterlab.commands", "_yarn_config"
_OPTIONS_WITH_VALUE = "WX"
_LONG_OPTIONS_WITH_VALUE = ("--check-hash-based-pycs",)
_SIGNALS_HELD_FOR_S = 30.0
_STANDBY_VARIABLE = "_JUPYTER_RESTART_STANDBY"
_REASON_CHARACTERS = 1000
HELD_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1})
"""Blocked from before the exec until the new server has its handlers: a stop in between must not be lost,
nor end the process before it has taken charge of its kernels, which would leave them behind."""


def split_command_line(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part what follows the interpreter into its options and the program with its arguments.

    A program is a script's path, or `-m` or `-c` and a value; it is empty for an interactive interpreter.
    """
    options: list[str] = []
    rest = list(arguments)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        option = rest.pop(0)
        if option.startswith("--"):
            options.append(option)
            if option in _LONG_OPTIONS_WITH_VALUE and rest:
                options.append(rest.pop(0))
            continue
        for place, letter in enumerate(option[1:], start=1):
            value = option[place + 1 :]
            if letter in "mc":
                flags = option[:place]
                program = [f"-{letter}", value] if value else [f"-{letter}", *rest[:1]]
                return [*options, *([flags] if len(flags) > 1 else [])], [*program, *rest[not value :]]
            if letter in _OPTIONS_WITH_VALUE:
                options.append(option)
                if not value and rest:
                    options.append(rest.pop(0))
                break
        else:
            options.append(option)
    return options, rest


def plain_command(command: Sequence[str]) -> list[str]:
    """Return the command line as it was first given, of one that may already run through this file."""
    options, program = split_command_line(command[1:])
    # Another installation of the package may have begun it, the one before an upgrade say.
    if program and Path(program[0]).parts[-2:] == Path(__file__).parts[-2:]:
        program = program[1:]
    return [command[0], *options, *program]


def relaunch_command(command: Sequence[str], executable: str) -> list[str]:
    """Return the command line that runs `command` through this file; without it where that cannot be done."""
    options, program = split_command_line(plain_command(command)[1:])
    if not program or program[0] in {"-", "-c"}:
        return [executable, *options, *program]
    return [executable, *options, __file__, *program]


def runs_through_launcher(command: Sequence[str]) -> bool:
    """Whether a command line of `relaunch_command` could be made to run through this file."""
    return __file__ in command


def interpreter_options(command: Sequence[str]) -> list[str]:
    """Return the options that the interpreter itself was given."""
    return split_command_line(command[1:])[0]


def defer_slow_import() -> bool:
    """Put a stand-in in place of the slow module; False where it is not installed or imported already."""
    if _SLOW_MODULE in sys.modules or importlib.util.find_spec(_SLOW_MODULE) is None:
        return False
    sys.modules[_SLOW_MODULE] = _Deferred(_SLOW_MODULE)
    return True


class _Deferred(types.ModuleType):
    """Imports the real module on first use, which is after all other imports."""

    def _real(self) -> types.ModuleType:
        if sys.modules.get(_SLOW_MODULE) is self:
            del sys.modules[_SLOW_MODULE]
        return importlib.import_module(_SLOW_MODULE)

    def is_valid_syntax(self, term: str, value: str) -> bool:
        """Check a value: the one function that jsonschema imports by name."""
        return bool(self._real().is_valid_syntax(term, value))

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._real(), name)


def spare_yarn() -> None:
    """Have JupyterLab's module run no Node while it is imported; for everybody else, and later, all is as ever."""
    sys.meta_path.insert(0, _LabFinder())


class _LabFinder(importlib.abc.MetaPathFinder):
    """Finds the one module as the others would, and has it loaded without Yarn."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != _LAB_MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _LabLoader(spec.loader)
        return spec


class _LabLoader(importlib.abc.Loader):
    def __init__(self, usual: importlib.abc.Loader) -> None:
        self._usual = usual

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType | None:
        return self._usual.create_module(spec)

    def exec_module(self, module: types.ModuleType) -> None:
        # It reads its own files by its loader, too.
        module.__loader__ = self._usual
        if module.__spec__ is not None:
            module.__spec__.loader = self._usual
        commands = importlib.import_module(_LAB_COMMANDS)
        ask = getattr(commands, _YARN_CONFIG, None)
        if ask is None:
            self._usual.exec_module(module)
            return
        setattr(commands, _YARN_CONFIG, lambda _: {"yarn config": {}, "npm config": {}})
        try:
            self._usual.exec_module(module)
        finally:
            setattr(commands, _YARN_CONFIG, ask)


def _release_signals_in_time() -> None:
    """See that a stop ends the program even if it never gets to install its handlers."""
    timer = threading.Timer(_SIGNALS_HELD_FOR_S, signal.pthread_sigmask, (signal.SIG_UNBLOCK, HELD_SIGNALS))
    timer.daemon = True
    timer.start()


def run(program: list[str]) -> None:
    """Run `program` as the main program of this interpreter."""
    if program[0] == "-m":
        sys.argv = [program[1], *program[2:]]
        if not _is_path_safe():
            sys.path[0] = str(Path.cwd())
        runpy.run_module(program[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = list(program)
        if not _is_path_safe():
            sys.path[0] = str(Path(program[0]).resolve().parent)
        runpy.run_path(program[0], run_name="__main__")


def _is_path_safe() -> bool:
    """Whether the interpreter was told (-I, -P) not to put the program's folder into its import path."""
    return bool(getattr(sys.flags, "safe_path", False) or sys.flags.isolated)


def run_standby(program: list[str]) -> None:
    """Run a server that is to stand by; if it ends by an error, say so to the server that waits for it."""
    try:
        # An extension that cannot be imported would only be left out, and this be a server as any other.
        _import_aside("jupyter_restart.extension")
        run(program)
    except Exception as error:
        _tell(f"{type(error).__name__}: {error}")
        raise


def _import_aside(name: str) -> None:
    """Import a module without this file's folder in the import path, where the interpreter has put it."""
    folder = None if _is_path_safe() else sys.path.pop(0)
    try:
        importlib.import_module(name)
    finally:
        if folder is not None:
            sys.path.insert(0, folder)


def _tell(why: str) -> None:
    # The extension takes the variable, and the channel with it, when it is linked.
    channel = os.environ.get(_STANDBY_VARIABLE)
    if channel is not None:
        with socket.socket(fileno=int(channel)) as end:
            end.send(json.dumps({"word": "failed", "why": why[:_REASON_CHARACTERS]}).encode())


def _main() -> None:
    defer_slow_import()
    spare_yarn()
    if _STANDBY_VARIABLE in os.environ:
        run_standby(sys.argv[1:])
        return
    if signal.pthread_sigmask(signal.SIG_BLOCK, []) & HELD_SIGNALS:
        _release_signals_in_time()
    run(sys.argv[1:])


if __name__ == "__main__":
    _main()
