"""Restarts of JupyterLab, ComfyUI and other long-running apps: entry points of Jupyter and IPython.

Nothing is imported before it is asked for: the command line and every kernel start pass through here.
"""

from __future__ import annotations

from typing import Any

from jupyter_restart._version import __version__

__all__ = ["__version__", "load_ipython_extension"]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from jupyter_restart.extension import RestartExtension

    return [{"module": "jupyter_restart.extension", "app": RestartExtension}]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "jupyter-restart"}]


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext jupyter_restart`: adds the magic `%restart`."""
    from jupyter_restart.magics import load

    load(shell)
