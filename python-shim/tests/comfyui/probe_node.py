"""A custom node that only takes time and writes down when it began and ended; for the stand-in and a real ComfyUI.

A prompt of HELD seconds goes on until there is a file `$RESTART_PROBE_GO`.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import comfy.utils
import folder_paths
from server import PromptServer

HELD = -1.0
STEPS = 50


class RestartProbe:
    RETURN_TYPES = ()
    FUNCTION = "run"
    OUTPUT_NODE = True
    CATEGORY = "test"

    @classmethod
    def INPUT_TYPES(cls):  # noqa: N802 - ComfyUI's name
        return {
            "required": {
                "name": ("STRING", {}),
                "seconds": ("FLOAT", {"min": HELD}),
                "file": ("STRING", {"default": ""}),
            }
        }

    @classmethod
    def IS_CHANGED(cls, **_inputs):  # noqa: N802 - ComfyUI's name
        return float("nan")  # never out of the cache

    @classmethod
    def VALIDATE_INPUTS(cls, file):  # noqa: N802 - ComfyUI's name
        return not file or folder_paths.exists_annotated_filepath(file) or f"no such file {file}"

    def run(self, name, seconds, file):
        note(f"start {name}")
        progress = comfy.utils.ProgressBar(STEPS)
        step = 0
        while not (step >= STEPS if seconds != HELD else os.path.exists(os.environ["RESTART_PROBE_GO"])):  # noqa: PTH110
            time.sleep(max(seconds / STEPS, 0.001))
            step += 1
            progress.update_absolute(min(step, STEPS))  # where an interrupt is seen
        if file:
            note(f"read {Path(folder_paths.get_annotated_filepath(file)).read_text()}")
        note(f"end {name}")
        return {"ui": {"text": [name]}}


def note(line: str) -> None:
    log = os.open(os.environ["RESTART_PROBE_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(log, f"{line}\n".encode())
    os.close(log)


@PromptServer.instance.routes.post("/probe/reboot")
async def reboot(_request):
    """Do as ComfyUI-Manager does: end with word for the starter where there is one, else an exec in place."""
    session = os.environ.get("__COMFY_CLI_SESSION__")
    if session is None:
        os.execv(sys.executable, [sys.executable, *sys.argv])
    Path(f"{session}.reboot").touch()  # noqa: ASYNC240 - it is the last it does
    os.abort()  # what exit(0) comes to while a thread of PyTorch is at work


NODE_CLASS_MAPPINGS = {"RestartProbe": RestartProbe}
