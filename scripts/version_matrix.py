#!/usr/bin/env python3
"""Try jupyter-restart against the versions that it claims, and write docs/compatibility.md.

Each row gets an environment of its own with the wheel of this checkout and the versions named, a real server and a
real Chromium (ui-tests/versions.spec.ts): the server says hello, a notebook's kernel lives through a restart in
place that was ordered in the panel, and no dialog is shown. Usage: scripts/version_matrix.py [ROW…] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "compatibility.md"
SHOWN = ("jupyter_server", "jupyterlab", "notebook", "jupyter_client", "ipykernel", "tornado", "pyzmq")
INSTALL_LIMIT_S = 900
TEST_LIMIT_S = 600
NOT_THERE = "No matching distribution found for "

PAGE_TEXT = """# Compatibility

What `scripts/version_matrix.py` found when it was last run whole, with Python {python}: in each environment a real
server and a real Chromium, a notebook's kernel that lives through a restart ordered in the panel, and no dialog.

| environment | {heads} | |
|---|{rule}---|
{rows}

`collaboration` has the newest jupyter-collaboration: shared documents are saved by the server as they change. `hub` is
`jupyterhub-singleuser` of the newest JupyterHub, below `/user/ada/`, with a stand-in that lets the browser in as the
Hub does (OAuth) and answers the server's requests; it keeps its pid. `prereleases` has whatever `pip --pre` finds.

An older jupyter_server, or a newer one in which a name is gone that restarts in place lean on
(`kernels/private.py`), gets one line in its log, a note in the panel, and none of our classes: kernels end with the
server as ever, and restarts in place are refused.

`./test.sh` tries the newest and the oldest each time, and skips the oldest where the package index has not got it.
"""


@dataclass(frozen=True)
class Row:
    """One environment: `requirements` for pip, `app` the program that serves.

    What comes of one that is not claimed yet is said, and is no failure.
    """

    name: str
    requirements: tuple[str, ...]
    app: str = "jupyterlab"
    is_claimed: bool = True


ROWS = (
    Row("newest", ("jupyterlab", "ipykernel")),
    Row(
        "oldest",
        (
            "jupyterlab==4.0.0",
            "jupyter_server==2.13.0",
            "jupyter_client==8.6.0",
            "ipykernel==6.29.0",
            "tornado==6.4",
            "traitlets==5.10.0",
            # Parted off from a package that these versions still bring along.
            "setuptools<81",
        ),
    ),
    Row("notebook", ("notebook>=7", "ipykernel"), "notebook"),
    Row("notebook-oldest", ("notebook==7.0.0", "jupyter_server==2.13.0", "ipykernel==6.29.0"), "notebook"),
    Row("collaboration", ("jupyterlab", "jupyter-collaboration", "ipykernel")),
    Row("hub", ("jupyterhub", "jupyterlab", "ipykernel"), "jupyterhub.singleuser"),
    Row("prereleases", ("--pre", "jupyterlab", "ipykernel"), is_claimed=False),
)


@dataclass(frozen=True)
class Outcome:
    """What became of a row; `versions` are those that pip chose, by name."""

    row: Row
    is_good: bool
    versions: dict[str, str]


class NotThereError(Exception):
    """What the package index has not got, in pip's words."""


def main() -> int:
    """Run the rows that were asked for, or all; end with 1 where one failed."""
    options = _options()
    rows = [row for row in ROWS if not options.rows or row.name in options.rows]
    with tempfile.TemporaryDirectory(prefix="restart-versions-") as made:
        folder = Path(options.keep or made)
        wheel = _wheel(folder)
        outcomes = [outcome for row in rows if (outcome := _tried(row, folder / row.name, wheel)) is not None]
    for outcome in outcomes:
        print(f"{outcome.row.name}: {'good' if outcome.is_good else 'FAILED'}")
    if len(outcomes) == len(ROWS):
        _, heading, others = PAGE.read_text(encoding="utf-8").partition("\n## ")
        PAGE.write_text(_page(outcomes) + heading + others, encoding="utf-8")
    return 0 if all(outcome.is_good for outcome in outcomes if outcome.row.is_claimed) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("rows", nargs="*", metavar="ROW", choices=[*(row.name for row in ROWS), []])
    parser.add_argument("--keep", metavar="FOLDER", help="where environments are kept, to be used again")
    return parser.parse_args()


def _wheel(folder: Path) -> Path:
    wheels = folder / "wheel"
    shutil.rmtree(wheels, ignore_errors=True)
    _run([sys.executable, "-m", "pip", "wheel", "--no-deps", "-q", "-w", str(wheels), str(ROOT)])
    return next(wheels.glob("*.whl"))


def _tried(row: Row, folder: Path, wheel: Path) -> Outcome | None:
    """Try a row; None, with a word, where the package index has not got its versions."""
    try:
        return _try(row, folder, wheel)
    except NotThereError as error:
        print(f"{row.name}: skipped: {error}")
        return None


def _try(row: Row, folder: Path, wheel: Path) -> Outcome:
    python = folder / "bin" / "python"
    done = folder / "installed"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(folder)])
        _install(python, str(wheel), *row.requirements)
        done.touch()
    else:
        _install(python, "--no-deps", "--force-reinstall", str(wheel))
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        "JUPYTER_RESTART_TEST_PYTHON": str(python),
        "JUPYTER_RESTART_TEST_APP": row.app,
    }
    print(f"== {row.name}", flush=True)
    test = subprocess.run(
        ["npm", "--prefix", str(ROOT / "labextension"), "run", "--silent", "test:versions"],
        env=environment,
        timeout=TEST_LIMIT_S,
        check=False,
    )
    return Outcome(row, test.returncode == 0, _versions(python))


def _versions(python: Path) -> dict[str, str]:
    listed = subprocess.run(
        [str(python), "-m", "pip", "list", "--format=freeze"], check=True, capture_output=True, text=True
    ).stdout
    found = dict(line.lower().replace("-", "_").split("==", 1) for line in listed.splitlines() if "==" in line)
    return {name: found[name] for name in (*SHOWN, "jupyter_collaboration") if name in found}


def _page(outcomes: list[Outcome]) -> str:
    rows = "\n".join(
        f"| {outcome.row.name} | {' | '.join(outcome.versions.get(name, '-') for name in SHOWN)} "
        f"| {'good' if outcome.is_good else 'does not work'} |"
        for outcome in outcomes
    )
    return PAGE_TEXT.format(
        python=platform.python_version(), heads=" | ".join(SHOWN), rule="---|" * len(SHOWN), rows=rows
    )


def _install(python: Path, *what: str) -> None:
    command = [str(python), "-m", "pip", "install", "-q", *what]
    ran = subprocess.run(command, timeout=INSTALL_LIMIT_S, check=False, stderr=subprocess.PIPE, text=True)
    missing = next((line for line in ran.stderr.splitlines() if NOT_THERE in line), None)
    if missing is not None:
        raise NotThereError(missing.removeprefix("ERROR: "))
    print(ran.stderr, end="", file=sys.stderr)
    ran.check_returncode()


def _run(command: list[str]) -> None:
    subprocess.run(command, timeout=INSTALL_LIMIT_S, check=True)


if __name__ == "__main__":
    sys.exit(main())
