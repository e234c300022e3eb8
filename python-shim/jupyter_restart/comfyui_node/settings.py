"""What users can set, by environment variables: a custom node has no config file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from .ledger import How

FOLDER_VARIABLE = "JUPYTER_RESTART_COMFYUI_JOURNAL"
RESTORE_VARIABLE = "JUPYTER_RESTART_COMFYUI_RESTORE"
MAX_CRASHES = 3
SETTLE_S = 1.5  # a tab is back 0.6 s after the server; a prompt that starts earlier starts unseen


class Restore(str, Enum):
    """When a start puts the queue back by itself; `POST restore` always does."""

    INTERRUPTED = "interrupted"  # not after the user's own stop
    ALWAYS = "always"
    ASKED = "asked"  # after a restart that was ordered, not after a crash

    def covers(self, how: How) -> bool:
        """Tell whether the queue is put back after a process that ended so."""
        match self:
            case Restore.ALWAYS:
                return True
            case Restore.INTERRUPTED:
                return how is not How.USER
            case Restore.ASKED:
                return how is How.RESTART


@dataclass(frozen=True)
class Settings:
    """All settings."""

    folder: Path  # 0700; a port of its own has a journal of its own
    restore: Restore = Restore.INTERRUPTED
    max_crashes: int = MAX_CRASHES
    settle_s: float = SETTLE_S

    @classmethod
    def of(cls, environ: Mapping[str, str], user_folder: Path, port: int) -> Settings:
        """Read the environment. ValueError where it names a way to restore that there is not."""
        # ComfyUI keeps folders of its user folder that start with two underscores from browsers.
        base = Path(environ.get(FOLDER_VARIABLE) or user_folder / "__jupyter_restart")
        wanted = environ.get(RESTORE_VARIABLE) or Restore.INTERRUPTED.value
        try:
            restore = Restore(wanted)
        except ValueError:
            ways = ", ".join(way.value for way in Restore)
            raise ValueError(f"{RESTORE_VARIABLE} is {wanted!r}: it can be {ways}.") from None
        return cls(base.absolute() / str(port), restore)
