import os
import sys
from pathlib import Path

import pytest

from jupyter_restart import companion

sys.path.insert(0, str(Path(__file__).resolve().parent))


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(companion, "_FIRST_PAUSE_S", 0.02)
    monkeypatch.setattr(companion, "_LONGEST_PAUSE_S", 0.05)
    monkeypatch.delenv("JUPYTER_RESTART_APP_NAME", raising=False)
    yield
    # It is set in the process for kernels to come.
    os.environ.pop("JUPYTER_RESTART_APP_NAME", None)
