"""The journal's file: records are appended to it, and are on the disk when a caller that asks for it goes on."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from .ledger import Ledger
from .records import Accepted, Record, decode, encode

COMPACT_FROM = 4 << 20  # bytes; below it a rewrite gains nothing


class Journal:
    """A ledger and the file it is kept in. Its one lock guards both; every method may be called from any thread."""

    def __init__(self, path: Path, compact_from: int = COMPACT_FROM) -> None:
        self.path = path
        self.ledger = Ledger()
        self.damaged = 0  # lines that could not be read; they are kept in `.damaged`
        self._lock = threading.RLock()
        self._compact_from = compact_from
        self._read()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._size = os.fstat(self._file).st_size
        self._compacted_size = 0
        self.compact()  # a torn last line, left by a kill, ends here

    def append(self, record: Record, *, durable: bool) -> None:
        """Write one record down. OSError (disk full) or TypeError (no JSON): then nothing has changed."""
        with self._lock:
            self._write(encode(record), durable=durable)
            self.ledger.apply(record)

    def accept(self, item: list[object], at: float) -> int:
        """Write an accepted prompt down and give its entry; it is on the disk then. Errors as for `append`."""
        with self._lock:
            entry = self.ledger.next_entry
            self.append(Accepted(entry, item, at), durable=True)
            return entry

    def compact_if_grown(self) -> None:
        """Rewrite the file once it is mostly history. For a thread that may wait: the rest of ComfyUI does not."""
        if self._size >= max(self._compact_from, 4 * self._compacted_size):
            self.compact()

    def compact(self) -> None:
        """Replace the file by its sum. What is appended meanwhile is copied over under the lock: that part is short."""
        with self._lock:
            records, upto = self.ledger.snapshot(), self._size
        new = self.path.with_suffix(".new")
        # A file of an earlier, killed try may be there.
        file = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        try:
            _write_all(file, b"".join(encode(record) for record in records))
            os.fsync(file)
            with self._lock:
                _write_all(file, os.pread(self._file, self._size - upto, upto))
                os.fsync(file)
                new.replace(self.path)
                self._file, file = file, self._file
                self._size = self._compacted_size = os.fstat(self._file).st_size
        finally:
            os.close(file)
        sync_folder(self.path.parent)

    def close(self) -> None:
        """Let the file go; nothing is written down after this."""
        with self._lock:
            os.close(self._file)
            self._file = -1

    def _write(self, line: bytes, *, durable: bool) -> None:
        try:
            _write_all(self._file, line)
            if durable:
                os.fsync(self._file)
        except OSError:
            # Half a line would spoil the next one; a whole one would say what our caller is told did not happen.
            os.ftruncate(self._file, self._size)
            raise
        self._size += len(line)

    def _read(self) -> None:
        try:
            lines = self.path.read_bytes().splitlines(keepends=True)
        except FileNotFoundError:
            return
        damaged = []
        for line in lines:
            record = decode(line) if line.endswith(b"\n") else None
            if record is None:
                damaged.append(line)
            else:
                self.ledger.apply(record)
        if damaged:
            self.damaged = len(damaged)
            file = os.open(self.path.with_suffix(".damaged"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                _write_all(file, b"".join(damaged))
            finally:
                os.close(file)


def sync_folder(folder: Path) -> None:
    """Make a created or renamed name in the folder survive the loss of the machine."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
