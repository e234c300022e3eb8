"""Loads `%restart` in IPython kernels that our server starts.

IPython tells of a second `%load_ext` by the extension's name: under a name of its own this one stays silent
when the user loads `jupyter_restart` by hand.
"""

from __future__ import annotations

from typing import Any


def load_ipython_extension(shell: Any) -> None:
    """Do as `%load_ext jupyter_restart` does; without a word where that is not there."""
    import jupyter_restart

    load = getattr(jupyter_restart, "load_ipython_extension", None)
    if load is not None:
        load(shell)
