"""The command lines of the Java programs."""

from __future__ import annotations

import os
from pathlib import Path

from jupyter_restart.errors import ControlError
from jupyter_restart.java import JavaNotFoundError, find_java

JAR_VARIABLE = "JUPYTER_RESTART_JAR"

# The service idles nearly always and shares the machine with what it supervises: small beats fast.
_FLAGS = (
    "-XX:+UseSerialGC",
    "-Xms6m",
    "-Xmx64m",
    "-Xss256k",
    "-XX:TieredStopAtLevel=1",
    "-XX:ReservedCodeCacheSize=16m",
    "-XX:-UsePerfData",
    "-XX:CICompilerCount=1",
    "-XX:+UseCompactObjectHeaders",
    "-XX:MinHeapFreeRatio=10",
    "-XX:MaxHeapFreeRatio=25",
    "--enable-native-access=ALL-UNNAMED",
)


def service_command(home: Path, config: Path | None) -> list[str]:
    """Start the service; raises ControlError where Java or the program itself is missing."""
    return _command("service", home, *(["--config", str(config)] if config else []))


def run_command(home: Path, config: Path | None, app: str, command: list[str]) -> list[str]:
    """Start a service whose apps end with it, one of them given here; raises ControlError as the others do."""
    given = [app, "--", *command] if command else []
    return _command("run", home, *(["--config", str(config)] if config else []), *given)


def config_command(home: Path, config: Path | None) -> list[str]:
    """Show what a service would run with; raises ControlError where Java or the program itself is missing."""
    return _command("config", home, *(["--config", str(config)] if config else []))


def kernel_command(home: Path, connection_file: str) -> list[str]:
    """Start the control kernel; raises ControlError where Java or the program itself is missing."""
    return _command("kernel", home, connection_file)


def _command(what: str, home: Path, *arguments: str) -> list[str]:
    try:
        java = find_java()
    except JavaNotFoundError as error:
        raise ControlError("no_java", str(error)) from error
    return [str(java), *_FLAGS, "-jar", str(_jar()), what, "--home", str(home), *arguments]


def _jar() -> Path:
    named = os.environ.get(JAR_VARIABLE)
    jar = Path(named).absolute() if named else Path(__file__).parent / "java" / "jupyter-restart.jar"
    if not jar.is_file():
        cure = f"correct ${JAR_VARIABLE}" if named else f"reinstall jupyter-restart, or name it by ${JAR_VARIABLE}"
        raise ControlError("no_jar", f"The Java part of jupyter-restart is not at {jar}: {cure}.")
    return jar
