from __future__ import annotations

import pytest
from comfyui_process import REAL, ComfyUiProcess


@pytest.fixture(params=["real"] if REAL else ["old", "new"])
def comfyui(request, tmp_path):
    """A ComfyUI that runs, with the node in it."""
    process = ComfyUiProcess(tmp_path / "comfyui", request.param)
    process.start()
    yield process
    process.kill()
