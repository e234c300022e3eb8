"""Write the config with which the service starts the ComfyUI in a folder, and put our node into it.

Ends with 1 where its port is taken.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import sys
from pathlib import Path

from jupyter_restart.comfyui import ComfyUiError, install_node

PORT = 8188


def interpreter(folder: Path) -> str:
    """Choose the Python that ComfyUI's own packages are in: the user's word, its own environment, the system's."""
    own = [folder / name / "bin" / "python" for name in ("venv", ".venv")]
    found = next((str(python) for python in own if python.exists()), None)
    return os.environ.get("COMFYUI_PYTHON") or found or shutil.which("python3") or "python3"


def is_taken(port: int) -> bool:
    """Tell whether somebody listens there already."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main(folder: Path, config: Path) -> int:
    """Write one [app.comfyui] section."""
    arguments = shlex.split(os.environ.get("COMFYUI_ARGS", ""))
    port = int(arguments[arguments.index("--port") + 1]) if "--port" in arguments else PORT
    if "--port" not in arguments:
        arguments += ["--listen", "127.0.0.1", "--port", str(port)]
    if is_taken(port):
        print(f"Port {port} is taken, by a ComfyUI that runs already perhaps: it is left as it is. To have it "
              f"supervised: jupyter restart adopt comfyui --port {port}", file=sys.stderr)  # fmt: skip
        return 1
    command = [interpreter(folder), "main.py", *arguments]
    # A JSON string or list of strings is one of TOML too.
    config.write_text(
        "# Written by run.sh at each start; put a restart.toml beside run.sh to have your own.\n"
        "[app.comfyui]\n"
        'preset = "comfyui"\n'
        f"command = {json.dumps(command)}\n"
        f"directory = {json.dumps(str(folder))}\n",
        encoding="utf-8",
    )
    try:
        install_node(folder)
    except ComfyUiError as error:
        print(f"Without our node in it ComfyUI loses its queue by a restart. {error}", file=sys.stderr)
    print(f"ComfyUI found in {folder}; its output: jupyter restart logs comfyui")
    return 0


sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
