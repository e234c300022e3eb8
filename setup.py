"""Builds the Java service and the JupyterLab panel where they are missing, and bundles both into one wheel.

The source distribution carries both outputs, so a wheel from it needs neither Maven nor Node.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import Command, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build import build
from setuptools.command.develop import develop
from setuptools.command.editable_wheel import editable_wheel
from setuptools.command.sdist import sdist

ROOT = Path(__file__).parent.resolve()
PACKAGE = ROOT / "python-shim" / "jupyter_restart"
JAR = PACKAGE / "java" / "jupyter-restart.jar"
NATIVE = PACKAGE / "native"
PANEL = PACKAGE / "labextension"
JAVA_SOURCES = ("pom.xml", "java-kernel/pom.xml", "java-kernel/src/main")
PANEL_SOURCES = ("labextension/package.json", "labextension/package-lock.json", "labextension/src",
                 "labextension/style", "labextension/schema")  # fmt: skip


def newest(*sources: str) -> float:
    """Give the time of the latest change below these paths; 0 where none is there."""
    files = [f for s in sources for f in [ROOT / s, *(ROOT / s).rglob("*")] if f.is_file()]
    return max((f.stat().st_mtime for f in files), default=0)


def is_stale(output: Path, sources: tuple[str, ...]) -> bool:
    """Tell whether an output must be made: it is missing or, in a checkout, older than its sources."""
    if not output.is_file():
        return True
    return (ROOT / ".git").exists() and output.stat().st_mtime < newest(*sources)


def run(what: str, command: list[str], directory: Path, **environment: str) -> None:
    """Run one step of the build; end with what to do where its program is missing or fails."""
    program = shutil.which(command[0])
    if program is None:
        sys.exit(f"jupyter-restart: {command[0]} is needed to {what} from a checkout, and is not on the PATH. "
                 f"Install it, or install the released wheel, which needs neither Maven nor Node.")  # fmt: skip
    print(f"jupyter-restart: {what}: {' '.join(command)}", flush=True)
    done = subprocess.run([program, *command[1:]], cwd=directory, env={**os.environ, **environment}, check=False)
    if done.returncode != 0:
        sys.exit(f"jupyter-restart: could not {what}: {' '.join(command)} ended with {done.returncode}.")


def java_home() -> str:
    """Find the JDK that the service is built with, by the very rules that it is later started with."""
    spec = importlib.util.spec_from_file_location("find_java", PACKAGE / "java.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["find_java"] = module
    spec.loader.exec_module(module)
    return str(module.find_jdk())


def ensure_jar() -> None:
    """Make the jar of the Java service."""
    built = ROOT / "java-kernel" / "target" / JAR.name
    if not is_stale(JAR, JAVA_SOURCES):
        return
    if is_stale(built, JAVA_SOURCES):
        run("build the Java service", ["mvn", "-B", "-q", "-DskipTests", "package"], ROOT, JAVA_HOME=java_home())
    JAR.parent.mkdir(exist_ok=True)
    shutil.copyfile(built, JAR)
    # Made beside the jar, one for each processor that there was a compiler for; without any, servers do without.
    for front in (ROOT / "java-kernel" / "target" / "native").glob("*/front"):
        target = NATIVE / front.parent.name / front.name
        target.parent.mkdir(parents=True, exist_ok=True)
        # It may run, as the front of some server: then it can't be written to, but replaced.
        target.unlink(missing_ok=True)
        shutil.copy(front, target)


def ensure_panel() -> None:
    """Make the JupyterLab panel."""
    if not is_stale(PANEL / "package.json", PANEL_SOURCES):
        return
    source = ROOT / "labextension"
    if not (source / "node_modules").is_dir():
        run("install what the panel is built with", ["npm", "ci", "--no-audit", "--no-fund"], source,
            PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD="1")  # fmt: skip
    run("build the panel", ["npm", "run", "build"], source)
    os.utime(PANEL / "package.json")


def data_files() -> list[tuple[str, list[str]]]:
    """List what Jupyter finds below the prefix: the panel, the switch of the extension, the control kernel."""
    found: dict[str, list[str]] = {}

    def add(target: str, source: Path) -> None:
        for file in sorted(f for f in source.rglob("*") if f.is_file()):
            folder = Path(target, file.relative_to(source)).parent
            found.setdefault(folder.as_posix(), []).append(file.relative_to(ROOT).as_posix())

    add("share/jupyter/labextensions/jupyter-restart", PANEL)
    add("etc/jupyter/jupyter_server_config.d", ROOT / "python-shim" / "jupyter-config")
    add("share/jupyter/kernels/jupyter-restart", PACKAGE / "kernelspec")
    return sorted(found.items())


def with_outputs(command: type[Command]) -> type[Command]:
    """Make a command build both outputs first."""

    class WithOutputs(command):  # type: ignore[misc, valid-type]
        def run(self) -> None:
            ensure_jar()
            ensure_panel()
            self.distribution.data_files = data_files()
            super().run()

    WithOutputs.__name__ = command.__name__
    return WithOutputs


COMMANDS = (build, bdist_wheel, sdist, develop, editable_wheel)

setup(cmdclass={command.__name__: with_outputs(command) for command in COMMANDS})
