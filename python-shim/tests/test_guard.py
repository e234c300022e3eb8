"""The shell that brings the service back: it goes by the last word it hears, and by who is the service now."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "java-kernel" / "src" / "main" / "resources" / "guard.sh"
PID = 4242

pytestmark = pytest.mark.skipif(not SCRIPT.is_file(), reason="not a checkout")


@pytest.fixture
def guard(tmp_path):
    """Runs it to its end, without its pauses: which service is known as the one that runs, what is said at its end."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (("sleep", 'echo "sleep $1"'), ("date", "cat clock; echo 2000 > clock")):
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)

    def run(endpoint, *, said=b"", lived_s=60):
        (tmp_path / "clock").write_text(f"{2000 - lived_s}\n")
        if endpoint is not None:
            (tmp_path / "endpoint.json").write_text(endpoint)
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                text = f"exec 3<&0\n{SCRIPT.read_text()}"
                shell = subprocess.Popen(
                    ["sh", "-c", text, "guard", "endpoint.json", str(PID), "echo", "the service again"],
                    cwd=tmp_path,
                    env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
                    stdin=theirs,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                )
            ours.sendall(said)
        return shell.communicate(timeout=20)[0].splitlines(), shell.returncode

    return run


def test_a_service_that_ends_without_a_word_is_started_again(guard):
    endpoint = f'{{"port":1,"token":"x","pid":{PID},"version":"0.1.0"}}\n'
    assert guard(endpoint) == (["sleep 1", "the service again"], 0)
    assert guard(endpoint, lived_s=9) == (["sleep 5", "the service again"], 0)


def test_one_that_says_goodbye_is_not(guard):
    assert guard(f'{{"pid":{PID}}}', said=b"\n") == ([], 0)


@pytest.mark.parametrize("endpoint", [None, f'{{"pid":{PID}1,"port":1}}', f'{{"port":{PID}}}'])
def test_nor_is_one_whose_home_is_gone_or_has_another_service_by_then(guard, endpoint):
    said, status = guard(endpoint)
    assert (said[0], "the service again" in said, status) == ("sleep 1", False, 0)
