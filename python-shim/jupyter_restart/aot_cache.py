"""The AOT cache of the Java program: classes as the JVM has them in memory, which halves the time of a start.

It is made on this very machine, once the first service runs, and used from the next start on. A cache fits one Java,
one jar and one set of flags, which are its key; where the JVM finds that it does not fit after all, it starts without.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER_VARIABLE = "JUPYTER_RESTART_CACHE"
"""Another folder for the cache; `off` for no cache at all."""

_OFF = "off"
_CHECK_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Program:
    """What a cache is of: the `java` program, its flags, and the jar."""

    java: Path
    flags: tuple[str, ...]
    jar: Path

    def key(self) -> str:
        """Change with anything that a cache depends on; raises OSError where a part of it is missing."""
        java, jar = self.java.resolve(), self.jar
        parts = [str(java), *_identity(java), _release(java), str(jar), *_identity(jar), *self.flags]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Cache:
    """The cache of one program, whether it is there or not; beside its file stands what it was made of."""

    program: Program
    file: Path

    @staticmethod
    def of(program: Program) -> Cache | None:
        """Give the place of a program's cache; None where the user wants none or the program is not whole."""
        folder = cache_folder()
        try:
            return None if folder is None else Cache(program, folder / f"service-{program.key()}.aot")
        except OSError:
            return None

    @property
    def _note(self) -> Path:
        return self.file.with_suffix(".json")

    def flags(self) -> list[str]:
        """Give what the JVM needs to use it: nothing where it is not there, or not as it was made."""
        return [f"-XX:AOTCache={self.file}"] if self.is_whole() else []

    def is_whole(self) -> bool:
        """Tell whether the file is the one that was made, neither cut off nor written over since."""
        try:
            return bool(json.loads(self._note.read_bytes())["made"] == _identity(self.file))
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def put(self, made: Path) -> None:
        """Take over a file that was made in the same folder."""
        with made.open("rb") as whole:
            # The service can give back pages of a file only once they are on the disk.
            os.fsync(whole.fileno())
        made.replace(self.file)
        program = self.program
        note = {
            "java": str(program.java),
            "flags": program.flags,
            "jar": str(program.jar),
            "made": _identity(self.file),
        }
        new = self._note.with_suffix(".new")
        new.write_text(json.dumps(note), encoding="utf-8")
        new.replace(self._note)

    def remove(self) -> None:
        """Take it away; a JVM that has mapped it goes on."""
        for path in (self._note, self.file):
            path.unlink(missing_ok=True)


def cache_folder() -> Path | None:
    """Give the folder of the caches; None where the user wants none."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return None if named == _OFF else Path(named).expanduser().absolute()
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "jupyter-restart"


def is_used(cache: Cache, pid: int) -> bool:
    """Tell whether a JVM runs with it: one that found that it does not fit has not mapped it."""
    try:
        return str(cache.file) in Path(f"/proc/{pid}/maps").read_text(errors="replace")
    except OSError:
        return True  # Not to be known, so nothing to be done about.


def remove_stale(folder: Path) -> None:
    """Take away the caches whose jar or Java is gone or another by now."""
    for note in folder.glob("service-*.json"):
        try:
            said = json.loads(note.read_bytes())
            program = Program(Path(said["java"]), tuple(said["flags"]), Path(said["jar"]))
            is_stale = note.stem != f"service-{program.key()}"
        except (OSError, ValueError, KeyError, TypeError):
            is_stale = True
        if is_stale:
            Cache(Program(Path(), (), Path()), note.with_suffix(".aot")).remove()
    for file in folder.glob("service-*.aot"):
        if not file.with_suffix(".json").exists():
            file.unlink(missing_ok=True)


def ensure(program: Program, pid: int) -> None:
    """Begin to make the cache that the service `pid` runs without, in the background, where it is to be had at all."""
    cache = Cache.of(program)
    if cache is None or (cache.is_whole() and is_used(cache, pid)):
        return
    command = [sys.executable, "-m", "jupyter_restart.aot_making", str(program.java), str(program.jar), *program.flags]
    with contextlib.suppress(OSError):
        cache.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        cache.remove()
        # Detached, and forgotten: whoever started the service has no need of it.
        subprocess.Popen(
            ["nice", "-n", "19", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).parent.parent,
            start_new_session=True,
        )


@contextlib.contextmanager
def workshop(folder: Path) -> Iterator[Path | None]:
    """Give an empty folder to make a cache in; None while somebody else makes one."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        for left in folder.glob("making-*"):
            shutil.rmtree(left, ignore_errors=True)
        made_in = Path(tempfile.mkdtemp(prefix="making-", dir=folder))
        try:
            yield made_in
        finally:
            shutil.rmtree(made_in, ignore_errors=True)


def fits(program: Program, file: Path) -> bool:
    """Ask the JVM itself whether it takes this cache."""
    flags = (*program.flags, f"-XX:AOTCache={file}", "-XX:AOTMode=on")
    command = [str(program.java), *flags, "-jar", str(program.jar), "--version"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_CHECK_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _identity(file: Path) -> list[str]:
    about = file.stat()
    return [str(about.st_size), str(about.st_mtime_ns)]


def _release(java: Path) -> str:
    release = java.parent.parent / "release"
    return release.read_text(encoding="utf-8", errors="replace") if release.is_file() else ""
