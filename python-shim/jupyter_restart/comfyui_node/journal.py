"""The journal's file: records are appended to it, and are on the disk when a caller that asks for it goes on.

There is room on the disk behind its end, held while the disk has it: for prompts that come when it is full, and, of
that, a part for what will be said of prompts that are in it, so that they do not run again.
"""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

from .ledger import Ledger
from .records import Accepted, Record, decode, encode
from .reserve import reserve

COMPACT_FROM = 4 << 20  # bytes; below it a rewrite gains nothing
ROOM = 4 << 20  # bytes: tens of prompts with large workflows
RESERVE = 128 << 10  # bytes of it: starts and ends of hundreds of prompts


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
        self._begin()

    def append(self, record: Record, *, durable: bool) -> None:
        """Write one record down. OSError (disk full) or TypeError (no JSON): then nothing has changed."""
        with self._lock:
            self._write(encode(record), durable=durable)
            self.ledger.apply(record)

    def accept(self, item: list[object], at: float) -> int:
        """Write an accepted prompt down and give its entry; it is on the disk then. Errors as for `append`."""
        with self._lock:
            record = Accepted(self.ledger.next_entry, item, at)
            line = encode(record)
            self._make_room(len(line))
            self._write(line, durable=True)
            self.ledger.apply(record)
            return record.entry

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
                _reserve_most(file, os.fstat(file).st_size, 0)
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
            if os.fstat(self._file).st_size != self._size:  # the reserve behind the end goes with it
                os.ftruncate(self._file, self._size)
            raise
        self._size += len(line)

    def _make_room(self, length: int) -> None:
        """Have room for a line, and for what will be said of it."""
        free = os.fstat(self._file).st_blocks * 512 - self._size - length
        if free < ROOM // 2:  # seldom: it takes as long as a small write
            try:
                _reserve_most(self._file, self._size, length)
            except OSError:
                if free < RESERVE:
                    raise

    def _begin(self) -> None:
        """Go on with a whole file; on a full disk with the one that there is."""
        try:
            self.compact()
        except OSError:
            if self._size and os.pread(self._file, 1, self._size - 1) != b"\n":
                self._write(b"\n", durable=False)  # behind a line that a kill has torn; it takes of the reserve

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
            with contextlib.suppress(OSError):  # a full disk: they are still in the file itself
                self._set_aside(damaged)

    def _set_aside(self, lines: list[bytes]) -> None:
        file = os.open(self.path.with_suffix(".damaged"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            _write_all(file, b"".join(lines))
        finally:
            os.close(file)


def _reserve_most(file: int, size: int, length: int) -> None:
    """Have as much room behind the end and a line as the disk has. OSError where it is not even the reserve."""
    try:
        reserve(file, size, length + ROOM)
    except OSError:
        reserve(file, size, length + RESERVE)


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
