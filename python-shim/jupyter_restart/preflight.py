"""Imports modules in a process of its own, to know whether a new server could start before the old one ends.

Run by its path, for the reason given in `relaunch`.
"""

from __future__ import annotations

import importlib
import sys


def main(names: list[str]) -> None:
    """Import each module; an error is told on stderr and by the exit status."""
    if not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
        del sys.path[0]
    relaunch = importlib.import_module("jupyter_restart.relaunch")
    relaunch.defer_slow_import()
    for name in names:
        importlib.import_module(name)


if __name__ == "__main__":
    main(sys.argv[1:])
