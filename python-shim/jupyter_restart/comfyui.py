"""Finds a ComfyUI and puts our custom node into it: the node is copied, for ComfyUI's Python need not be ours."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from .comfyui_node.version import VERSION

NODE_NAME = "jupyter_restart"
SOURCE = Path(__file__).parent / "comfyui_node"
USUAL_FOLDERS = (Path("/storage/ComfyUI"), Path("/notebooks/ComfyUI"), Path("ComfyUI"))


class ComfyUiError(Exception):
    """The node could not be installed or removed; the message says what was in the way."""


def find_comfyui(environ: Mapping[str, str]) -> Path | None:
    """Find ComfyUI's folder: `COMFYUI_DIR`, then where notebook machines have it; None where there is none."""
    named = environ.get("COMFYUI_DIR")
    folders = [Path(named)] if named else USUAL_FOLDERS
    return next((folder.absolute() for folder in folders if is_comfyui(folder)), None)


def is_comfyui(folder: Path) -> bool:
    """Tell whether a ComfyUI checkout is there."""
    try:
        return (folder / "main.py").is_file() and (folder / "comfy").is_dir()
    except OSError:  # a folder that this user must not see
        return False


def install_node(folder: Path) -> Path:
    """Put the node, or this version of it, into a ComfyUI folder (or base folder); give where it is.

    A running ComfyUI takes it up at its next start. ComfyUiError where it can't be done.
    """
    nodes = folder.absolute() / "custom_nodes"
    if not nodes.is_dir() and not is_comfyui(folder):
        raise ComfyUiError(
            f"{folder} is no ComfyUI folder: it has neither main.py and comfy/ nor custom_nodes/. "
            "Name the folder that ComfyUI's main.py is in, or the one given to it by --base-directory."
        )
    target = nodes / NODE_NAME
    if is_current(target):
        return target
    _check_ours(target)
    # ComfyUI imports every folder there but those that end so, and we may be killed half-way.
    new, old = (nodes / f"{NODE_NAME}.{os.getpid()}.{word}.disabled" for word in ("new", "old"))
    try:
        nodes.mkdir(exist_ok=True)
        shutil.copytree(SOURCE, new, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        if target.exists():
            target.rename(old)
        new.rename(target)
    except OSError as e:
        raise ComfyUiError(f"The node could not be copied to {target}: {e}") from e
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return target


def remove_node(folder: Path) -> bool:
    """Take the node out of a ComfyUI folder; False where it was not there. The journal stays."""
    target = folder / "custom_nodes" / NODE_NAME
    if not target.exists():
        return False
    _check_ours(target)
    try:
        shutil.rmtree(target)
    except OSError as e:
        raise ComfyUiError(f"{target} could not be removed: {e}") from e
    return True


def installed_version(folder: Path) -> str | None:
    """Give the version of the node that is in a ComfyUI folder; None where it is not there."""
    try:
        text = (folder / "custom_nodes" / NODE_NAME / "version.py").read_text("utf-8")
    except OSError:
        return None
    quoted = text.rpartition("VERSION = ")[2].split('"')
    return quoted[1] if len(quoted) > 1 else None


def is_current(target: Path) -> bool:
    """Tell whether an installed node is this very one, file by file."""
    wanted, there = dict(_files(SOURCE)), dict(_files(target))
    return wanted == there


def _check_ours(target: Path) -> None:
    """Stop where something else has our name, or a developer linked a checkout there."""
    if target.is_symlink():
        raise ComfyUiError(f"{target} is a link, to {target.readlink()}: it is left as it is. Remove it first.")
    if target.exists() and not (target / "journaled_queue.py").is_file():
        raise ComfyUiError(f"{target} is there and is not our node {VERSION}: it is left as it is. Move it away first.")


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(folder.rglob("*.py")):
        yield file.relative_to(folder).as_posix(), file.read_bytes()
