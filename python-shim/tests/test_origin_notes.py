"""Real processes, started as people start ComfyUI."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_restart.origin_notes import origin_notes

APP = f"exec {sys.executable} -c 'import os, time; print(os.getpid(), flush=True); time.sleep(1000)'"


@pytest.fixture
def started():
    """Start something that prints the pid of an app, and give that; both are ended after the test."""
    with contextlib.ExitStack() as left:

        def start(*command: str, **environment: str) -> int:
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, text=True, start_new_session=True, env={**os.environ, **environment}
            )
            left.callback(process.wait)
            left.callback(os.killpg, process.pid, signal.SIGKILL)
            assert process.stdout is not None
            left.callback(process.stdout.close)
            return int(process.stdout.readline())

        yield start


def codes(pid: int) -> list[str]:
    return [note["code"] for note in origin_notes(pid)]


def script(folder: Path, name: str, text: str) -> str:
    file = folder / name
    file.write_text(text)
    file.chmod(0o755)
    return str(file)


def test_what_is_started_by_hand_has_no_notes(started):
    assert codes(started("sh", "-c", APP)) == []


def test_what_a_script_starts_in_the_background_ignores_the_interrupt(started):
    assert codes(started("sh", "-c", f'nohup sh -c "{APP}" & wait')) == ["interrupt_ignored"]


def test_what_a_cell_starts_ends_with_its_kernel(started, tmp_path):
    kernel = f"import subprocess; subprocess.run(['sh', '-c', {APP!r}])"
    launcher = script(tmp_path, "ipykernel_launcher.py", kernel)
    assert codes(started(sys.executable, launcher, "-f", "kernel-1.json")) == ["in_notebook"]


def test_comfy_cli_starts_its_comfyui_again(started, tmp_path):
    launcher = script(tmp_path, "comfy", f"import subprocess; subprocess.run(['sh', '-c', {APP!r}])")
    pid = started(sys.executable, launcher, "launch", __COMFY_CLI_SESSION__=str(tmp_path / "session"))
    assert codes(pid) == ["other_supervisor"]


def test_supervisord_starts_its_programs_again(started, tmp_path):
    (tmp_path / "supervisord").symlink_to("/bin/sh")
    assert codes(started(str(tmp_path / "supervisord"), "-c", f'sh -c "{APP}" & wait; true')) == [
        "other_supervisor",
        "interrupt_ignored",
    ]


def test_a_process_that_is_gone_has_no_notes(tmp_path):
    assert origin_notes(4711, tmp_path) == []
