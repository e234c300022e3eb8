"""What a reset of GPUs asks for, and what it says of a platform that refuses."""

from __future__ import annotations

import pytest

from jupyter_restart import gpu_reset
from jupyter_restart.checkup.processes import Processes
from jupyter_restart.errors import FAILED, REFUSED, ControlError


def reset(holders=(), user=0):
    return gpu_reset.reset(lambda: holders, Processes, user)


@pytest.fixture
def tool(tmp_path, monkeypatch):
    def make(script):
        path = tmp_path / "nvidia-smi"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return make


def refusal(**how):
    with pytest.raises(ControlError) as caught:
        reset(**how)
    return caught.value.exit_code, caught.value.detail


def test_root_alone_resets(tool):
    tool("exit 0")
    assert refusal(user=1000) == (REFUSED, "A GPU is reset by root alone. Run it again by sudo.")


def test_without_the_tool_nothing_can_be_reset(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refusal()[0] == REFUSED


def test_nothing_is_reset_while_somebody_has_it_open(tool, tmp_path):
    tool(f"touch {tmp_path}/was-run")
    code, detail = refusal(holders=(70,))
    assert (code, "process 70" in detail, (tmp_path / "was-run").exists()) == (REFUSED, True, False)


def test_what_the_platform_refuses_is_told_in_its_words(tool):
    tool("echo 'GPU 00000000:00:05.0 is currently in use by another process.'; exit 19")
    code, detail = refusal()
    assert code == FAILED
    assert "ended with 19 and said: GPU 00000000:00:05.0 is currently in use by another process." in detail


def test_a_reset_is_told(tool):
    tool('[ "$1" = --gpu-reset ] && echo "GPU 00000000:00:05.0 was successfully reset."')
    assert reset() == "nvidia-smi --gpu-reset is done. It said: GPU 00000000:00:05.0 was successfully reset."
