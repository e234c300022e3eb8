"""The journal's folder: one live ComfyUI's alone, with the secret that changes are asked for with."""

from __future__ import annotations

import fcntl
import hmac
import os
import secrets
from pathlib import Path

SECRET_NAME = "secret"  # noqa: S105 - the name of the file
JOURNAL_NAME = "journal.jsonl"


class FolderInUseError(Exception):
    """Another ComfyUI that runs now holds the folder."""


class Folder:
    """An opened folder, held until this process ends."""

    def __init__(self, path: Path) -> None:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)  # it holds API keys
        self.path = path
        # A record lock is not inherited: a node's child that outlives ComfyUI does not hold it, as it would an flock.
        self._lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.lockf(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as e:
            os.close(self._lock)
            raise FolderInUseError(f"{path} is held by another ComfyUI that runs now ({e})") from e
        self._secret = _secret(path / SECRET_NAME)

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.path / JOURNAL_NAME

    @property
    def secret_file(self) -> Path:
        """Where who may change something reads the secret."""
        return self.path / SECRET_NAME

    def knows(self, secret: str | None) -> bool:
        """Tell whether this is the secret."""
        # A header's foreign bytes come as surrogates.
        given = (secret or "").encode("utf-8", "surrogateescape")
        return hmac.compare_digest(given, self._secret.encode())

    def close(self) -> None:
        """Let another process have the folder."""
        os.close(self._lock)


def _secret(file: Path) -> str:
    """Read the secret, or make one: 64 hexadecimal digits."""
    try:
        text = file.read_text("ascii").strip()
    except FileNotFoundError:
        text = ""
    if len(text) == 64:
        file.chmod(0o600)
        return text
    text = secrets.token_hex(32)
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)
    new.replace(file)
    return text
