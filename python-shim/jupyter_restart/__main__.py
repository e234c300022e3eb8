"""`python -m jupyter_restart` and the console script: the same commands as `jupyter restart`."""

from __future__ import annotations

import sys


def main() -> int:
    """Run one command; returns its exit code."""
    from jupyter_restart.cli import main as run

    return run()


if __name__ == "__main__":
    if __spec__ is not None and not getattr(sys.flags, "safe_path", False) and not sys.flags.isolated:
        # `-m` puts the working directory first, and a notebook folder may hold a `json.py`.
        del sys.path[0]
    sys.exit(main())
