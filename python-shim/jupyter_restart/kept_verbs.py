"""`comfyui kept`, `send` and `discard`: what becomes of prompts that are kept outside of ComfyUI's queue."""

from __future__ import annotations

import contextlib
import json
from argparse import Namespace

from jupyter_restart.client import ControlClient
from jupyter_restart.endpoint import home_folder
from jupyter_restart.errors import FAILED, ControlError, UsageError
from jupyter_restart.schema import KeptPrompt

_USUAL = "comfyui"


def run(options: Namespace, timeout_s: float) -> int:
    """List kept prompts, put some back into the queue, or forget some."""
    if options.action == "kept" and (options.words or options.all):
        raise UsageError("kept lists all of them, and takes no ids.")
    if options.action != "kept" and options.json:
        raise UsageError(f"{options.action} has no --json.")
    if options.action != "kept" and bool(options.words) == options.all:
        raise UsageError(f"Name the prompts, or all: jupyter restart comfyui {options.action} ID…|--all")
    with contextlib.closing(ControlClient(home_folder(options.home), timeout_s)) as client:
        app = options.app or _only_comfyui(client)
        kept = client.kept_prompts(app)["prompts"]
        if options.action == "kept":
            _show(kept, as_json=options.json)
            return 0
        return _handle(client, app, options.action, _chosen(kept, None if options.all else options.words))


def _only_comfyui(client: ControlClient) -> str:
    names = [app["name"] for app in client.snapshot()["apps"] if app["preset"] == "comfyui"]
    if len(names) > 1:
        raise UsageError(f"There are several ComfyUIs ({', '.join(names)}): say which, by --app.")
    return names[0] if names else _USUAL


def _show(kept: list[KeptPrompt], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"prompts": kept}, indent=2))
    elif not kept:
        print("No prompts are kept.")
    for prompt in () if as_json else kept:
        print(f"{prompt['prompt_id']}  {prompt['why']}".rstrip())


def _chosen(kept: list[KeptPrompt], beginnings: list[str] | None) -> list[str]:
    """Give the ids that are meant."""
    known = [prompt["prompt_id"] for prompt in kept]
    if beginnings is None:
        return known
    chosen = []
    for beginning in beginnings:
        found = [beginning] if beginning in known else [name for name in known if name.startswith(beginning)]
        if len(found) != 1:
            how = "None" if not found else f"{len(found)}"
            raise ControlError("no_such_prompt", f"{how} of the kept prompts has an id that begins with {beginning}.")
        chosen += found
    return chosen


def _handle(client: ControlClient, app: str, action: str, prompt_ids: list[str]) -> int:
    if not prompt_ids:
        print("No prompts are kept.")
        return 0
    order = client.send_again if action == "send" else client.discard
    handled = order(app, prompt_ids)
    word = "in the queue again" if action == "send" else "discarded"
    for prompt_id in handled["done"]:
        print(f"{prompt_id}  {word}")
    for prompt in handled.get("due", ()):  # an older service has none
        print(f"{prompt['prompt_id']}  {prompt['why']}")
    for prompt in handled["left"]:
        print(f"{prompt['prompt_id']}  still kept: {prompt['why']}")
    return FAILED if handled["left"] else 0
