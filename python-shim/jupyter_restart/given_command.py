"""What an app is called whose command is given to `run`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from jupyter_restart.comfyui import is_comfyui

JUPYTERLAB, COMFYUI = "jupyterlab", "comfyui"
_JUPYTER_PROGRAMS = frozenset({"jupyter-lab", "jupyter-server", "jupyter-notebook", "jupyterhub-singleuser"})
_JUPYTER_MODULES = frozenset({"jupyterlab", "jupyter_server", "notebook"})
_JUPYTER_VERBS = frozenset({"lab", "server", "notebook"})
_OPTIONS_WITH_VALUE = frozenset({"-W", "-X"})
_PYTHON = re.compile(r"(python|pypy)[\d.]*")


def app_name(command: Sequence[str], directory: Path) -> str:
    """Name an app by its program; a Jupyter server and a ComfyUI by what they are, which makes the preset theirs."""
    program, rest = Path(command[0]).name, list(command[1:])
    if _PYTHON.fullmatch(program):
        program, rest = _python_program(program, rest)
    if program in _JUPYTER_MODULES:
        return JUPYTERLAB
    script = directory / program
    if script.name == "main.py" and is_comfyui(script.parent):
        return COMFYUI
    program = script.name.removesuffix(".py")
    if program in _JUPYTER_PROGRAMS or (program == "jupyter" and rest[:1] and rest[0] in _JUPYTER_VERBS):
        return JUPYTERLAB
    # What the config file takes for a name: it may speak of this app, too.
    return re.sub(r"[^A-Za-z0-9._-]+", "-", program).strip("-._") or "app"


def _python_program(python: str, words: list[str]) -> tuple[str, list[str]]:
    """Give the module or script that a Python is told to run, and its arguments; Python itself for none."""
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option == "-m" and words:
            break
        if option == "-c":
            return python, []
        if option in _OPTIONS_WITH_VALUE:
            del words[:1]
    return (words[0], words[1:]) if words else (python, [])
