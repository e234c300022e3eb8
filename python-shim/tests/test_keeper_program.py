"""The keeper's program, by its protocol alone: built for this processor, and for the other where that can be run."""

import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "java-kernel" / "src" / "main" / "c"
STANDING, EVEN_AFTER_SUCCESS = 1, 2
REVOCATION = struct.pack("5I", 0, 0, 0, STANDING, 0)
FIRST_LINES = "boot b-1\nmarker home:app-1\n"

TARGETS = [
    pytest.param(("gcc",), id="native"),
    pytest.param(("aarch64-linux-gnu-gcc", "qemu-aarch64-static"), id="aarch64"),
]


@pytest.fixture(scope="session", params=TARGETS)
def command(request, tmp_path_factory):
    """The command line of a keeper that was built as the pom builds it."""
    compiler, *emulator = request.param
    if not shutil.which(compiler) or not all(map(shutil.which, emulator)):
        pytest.skip(f"there is no {' or no '.join(request.param)}")
    pom = (ROOT / "java-kernel" / "pom.xml").read_text()
    flags = " ".join(re.findall(r'<arg line="(-std=c11.*|-f.*|-W.*)"/>', pom)).split()
    program = tmp_path_factory.mktemp("keeper") / "keeper"
    subprocess.run([compiler, *flags, "-o", program, SOURCES / "keeper.c"], check=True)
    return [*emulator, str(program)]


class Keeper:
    def __init__(self, command, folder):
        self.status_file = folder / "status"
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(20)
        with theirs:
            number = theirs.fileno()
            theirs.set_inheritable(True)
            # The keeper closes what else it inherits.
            self.process = subprocess.Popen(
                command,
                close_fds=False,
                preexec_fn=lambda: os.dup2(number, 3),  # noqa: PLW1509 - pass_fds can't renumber
            )
        self.heard = b""

    def order(self, *arguments, program=None, flags=0, least_age_ms=0):
        program = program or shutil.which(arguments[0])
        strings = [str(self.status_file), FIRST_LINES, program, "/", "/dev/null", *arguments, "PATH=/usr/bin:/bin"]
        content = b"".join(string.encode() + b"\0" for string in strings)
        self.socket.sendall(struct.pack("5I", len(content), len(arguments), 1, flags, least_age_ms) + content)

    def hear(self, count):
        """Give the next lines."""
        while self.heard.count(b"\n") < count:
            self.heard += self.socket.recv(512)
        lines = self.heard.decode().splitlines()
        self.heard = b"".join(f"{line}\n".encode() for line in lines[count:])
        return lines[:count]

    def start(self, *arguments, **terms):
        """Order an app, and give its pid."""
        self.order(*arguments, **terms)
        [started] = self.hear(1)
        assert started.startswith("started "), started
        return int(started.split()[1])

    def record(self):
        return self.status_file.read_text().split()

    def end(self):
        self.socket.close()
        return self.process.wait(20)


@pytest.fixture
def keeper(command, tmp_path):
    keeper = Keeper(command, tmp_path)
    yield keeper
    assert keeper.end() == 0


def test_it_tells_of_a_life_from_the_start_to_the_end(keeper):
    pid = keeper.start("sh", "-c", "exit 3")
    own = keeper.process.pid
    assert keeper.hear(2) == [f"ended {pid} {3 << 8}", f"empty {own}"]
    # It tells before it writes.
    assert keeper.end() == 0
    record = keeper.record()
    assert record[:4] == ["boot", "b-1", "marker", "home:app-1"]
    assert [record[4], record[5], record[7], record[8]] == ["keeper", str(own), "started", str(pid)]
    assert record[10:] == ["ended", str(pid), str(3 << 8), "empty", str(own)]


def test_it_takes_one_order_after_the_other_and_ends_when_there_are_no_more(keeper):
    for _ in range(3):
        pid = keeper.start("true")
        assert keeper.hear(2)[0] == f"ended {pid} 0"
    assert keeper.end() == 0


def test_what_cannot_be_started_is_told_with_its_errno(keeper, request):
    if "aarch64" in request.node.callspec.id:
        pytest.skip("the emulator gives a child of clone(CLONE_VM) a memory of its own")
    keeper.order("nothing", program="/no/such/program")
    assert keeper.hear(1) == ["failed 2"]
    assert keeper.start("true") > 0


def test_a_standing_order_is_carried_out_at_the_end(keeper):
    first = keeper.start("sleep", "1000")
    keeper.order("sleep", "1001", flags=STANDING)
    os.kill(first, signal.SIGKILL)
    ended, again = keeper.hear(2)
    second = int(again.split()[1])
    assert (ended, again.split()[0]) == (f"ended {first} 9", "again")
    record = keeper.record()
    assert [record[7], record[8], *record[10:13], record[13], record[14]] == [
        "before", str(first), "ended-before", str(first), "9", "started", str(second)]  # fmt: skip
    os.kill(second, signal.SIGKILL)
    assert keeper.hear(2)[0] == f"ended {second} 9"


@pytest.mark.parametrize("void", ["revoked", "too young", "done", "without a service"])
def test_a_standing_order_that_is_void_starts_nothing(keeper, tmp_path, void):
    started = tmp_path / "started"
    pid = keeper.start("sh", "-c", "kill -STOP $$; exit 0")
    keeper.order(
        "touch", str(started),
        flags=STANDING if void == "done" else STANDING | EVEN_AFTER_SUCCESS,
        least_age_ms=3_600_000 if void == "too young" else 0,
    )  # fmt: skip
    if void == "revoked":
        keeper.socket.sendall(REVOCATION)
    if void == "without a service":
        keeper.socket.shutdown(socket.SHUT_WR)
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        time.sleep(0.001)
    os.kill(pid, signal.SIGCONT)
    assert keeper.hear(2) == [f"ended {pid} 0", f"empty {keeper.process.pid}"]
    assert keeper.end() == 0
    assert not started.exists()
