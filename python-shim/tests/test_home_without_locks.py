"""A home on a file system that can't lock files, as one over a network may: it is refused, in words."""

import shutil
import subprocess

import pytest
from command import run
from jar import JAR, needs_jar

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler")

# What such a file system answers to whoever wants a lock, also to whoever asks for one's holder.
WITHOUT_LOCKS = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
static int answer(const char *name, int descriptor, int command, void *argument) {
    if (command == F_SETLK || command == F_SETLKW || command == F_GETLK) return errno = NO_LOCKS, -1;
    int (*real)(int, int, ...) = dlsym(RTLD_NEXT, name);
    return real(descriptor, command, argument);
}
#define ANSWER(name) int name(int descriptor, int command, ...) { \
    va_list rest; va_start(rest, command); void *argument = va_arg(rest, void *); va_end(rest); \
    return answer(#name, descriptor, command, argument); }
ANSWER(fcntl)
ANSWER(fcntl64)
int flock(int descriptor, int operation) { return errno = NO_LOCKS, -1; }
"""


@pytest.fixture(params=["ENOLCK", "ENOSYS"])
def without_locks(request, tmp_path, monkeypatch):
    source, library = tmp_path / "locks.c", tmp_path / "locks.so"
    source.write_text(WITHOUT_LOCKS)
    options = ["-shared", "-fPIC", f"-DNO_LOCKS={request.param}"]
    subprocess.run(["gcc", *options, "-o", str(library), str(source), "-ldl"], check=True)
    monkeypatch.setenv("JUPYTER_RESTART_JAR", str(JAR))
    return {"LD_PRELOAD": str(library)}


@needs_jar
@pytest.mark.parametrize("command", [["service", "start"], ["run"]], ids=" ".join)
def test_nobody_starts_a_service_in_it(home, without_locks, command):
    done = run(home, *command, **without_locks)
    said = f"The home {home} is on a file system that can't lock files"
    assert (done.code, said in done.err, "Traceback" in done.err) == (1, True, False)
