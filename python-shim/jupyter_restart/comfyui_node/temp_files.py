"""Keeps the temporary files that queued prompts load: ComfyUI empties its temp folder at each start."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

_MARK = " [temp]"  # how a prompt's input says that it means ComfyUI's temp folder

logger = logging.getLogger(__name__)


def temp_names(prompt: Any) -> Iterator[PurePosixPath]:
    """List the files of the temp folder that a prompt's inputs name; a name that leads out of it is left out."""
    nodes = prompt.values() if isinstance(prompt, dict) else ()
    for node in nodes:
        inputs = node.get("inputs") if isinstance(node, dict) else None
        for value in inputs.values() if isinstance(inputs, dict) else ():
            if isinstance(value, str) and value.endswith(_MARK):
                name = PurePosixPath(value.removesuffix(_MARK))
                if name.parts and not name.is_absolute() and ".." not in name.parts:
                    yield name


class TempFiles:
    """A second name (or, on another disk, a copy) of each such file, one folder for each journal entry."""

    def __init__(self, kept: Path, temp: Path) -> None:
        self._kept = kept
        self._temp = temp

    def keep(self, entry: int, prompt: Any) -> None:
        """Keep what the prompt names and is there."""
        for name in temp_names(prompt):
            _link(self._temp / name, self._kept / str(entry) / name)

    def give_back(self, entry: int, prompt: Any) -> None:
        """Put kept files where the prompt looks for them, unless ComfyUI has made new ones."""
        for name in temp_names(prompt):
            _link(self._kept / str(entry) / name, self._temp / name)

    def drop(self, entry: int) -> None:
        """Forget what was kept for an entry that finished."""
        shutil.rmtree(self._kept / str(entry), ignore_errors=True)

    def drop_all_but(self, entries: set[int]) -> None:
        """Forget what a killed process could not."""
        if self._kept.is_dir():
            for folder in self._kept.iterdir():
                if folder.name not in {str(entry) for entry in entries}:
                    shutil.rmtree(folder, ignore_errors=True)


def _link(source: Path, target: Path) -> None:
    if not source.is_file() or target.exists():
        return
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target)
        except OSError:  # another disk, or one without links
            shutil.copyfile(source, target)
    except OSError as e:
        logger.warning("Could not keep %s as %s (%s): a prompt that loads it fails after a restart.", source, target, e)
