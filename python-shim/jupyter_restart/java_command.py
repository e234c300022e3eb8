"""The command lines of the Java programs."""

from __future__ import annotations

import os
from pathlib import Path

from jupyter_restart.aot_cache import Cache, Program
from jupyter_restart.errors import ControlError
from jupyter_restart.java import JavaNotFoundError, find_java

JAR_VARIABLE = "JUPYTER_RESTART_JAR"

# The service idles nearly always and shares the machine with what it supervises: small beats fast.
_FLAGS = (
    "-XX:+UseSerialGC",
    "-Xms3m",
    "-Xmn1m",
    "-Xmx64m",
    "-Xss256k",
    "-XX:TieredStopAtLevel=1",
    "-XX:CompileThresholdScaling=2",
    "-XX:ReservedCodeCacheSize=16m",
    "-XX:CICompilerCount=1",
    "-XX:-UsePerfData",
    "-XX:MinHeapFreeRatio=10",
    "-XX:MaxHeapFreeRatio=25",
    "-XX:StringTableSize=1024",
    # Of what follows a later Java may have other names: none of it is worth a service that does not start.
    "-XX:+IgnoreUnrecognizedVMOptions",
    "-XX:+UnlockDiagnosticVMOptions",
    # The archives stay where they were made for, so that their pages stay the files'.
    "-XX:ArchiveRelocationMode=0",
    # Profiles are for the optimizing compiler, which is off.
    "-XX:-AOTRecordTraining",
    "-XX:-AOTReplayTraining",
    # Once a minute is enough; the usual four times a second would be half of all that the idle service does.
    "-XX:AsyncDeflationInterval=0",
    "--enable-native-access=ALL-UNNAMED",
)


def service_command(home: Path, config: Path | None) -> list[str]:
    """Start the service, which is brought back when it is killed.

    Raises ControlError where Java or the program itself is missing.
    """
    return _command("service", home, *(["--config", str(config)] if config else []), "--guarded")


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


def program() -> Program:
    """Give the Java program itself; raises ControlError where Java or the jar is missing."""
    try:
        return Program(find_java(), _FLAGS, _jar())
    except JavaNotFoundError as error:
        raise ControlError("no_java", str(error)) from error


def program_command(of: Program) -> list[str]:
    """Start the program as well as can be: with its AOT cache, where there is one."""
    cache = Cache.of(of)
    return [str(of.java), *of.flags, *(cache.flags() if cache else ()), "-jar", str(of.jar)]


def _command(what: str, home: Path, *arguments: str) -> list[str]:
    return [*program_command(program()), what, "--home", str(home), *arguments]


def _jar() -> Path:
    named = os.environ.get(JAR_VARIABLE)
    jar = Path(named).absolute() if named else Path(__file__).parent / "java" / "jupyter-restart.jar"
    if not jar.is_file():
        cure = f"correct ${JAR_VARIABLE}" if named else f"reinstall jupyter-restart, or name it by ${JAR_VARIABLE}"
        raise ControlError("no_jar", f"The Java part of jupyter-restart is not at {jar}: {cure}.")
    return jar
