"""Where the Java service is, if it is built."""

import os
from pathlib import Path

import pytest
from command import PACKAGE_FOLDER

_PLACES = [
    *filter(None, [os.environ.get("JUPYTER_RESTART_JAR")]),
    PACKAGE_FOLDER / "jupyter_restart" / "java" / "jupyter-restart.jar",
    PACKAGE_FOLDER.parent / "java-kernel" / "target" / "jupyter-restart.jar",
]
JAR = next((jar for jar in map(Path, _PLACES) if jar.is_file()), None)
needs_jar = pytest.mark.skipif(JAR is None, reason="the Java service is not built")
