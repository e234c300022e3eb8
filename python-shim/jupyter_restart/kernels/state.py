"""What a server leaves on disk so that it, or the next one in its place, finds what it has started again.

One folder per server below `home/servers`, 0700, files 0600: a kernel's record holds its message key and
environment. A folder belongs to the process its owner file names. When that has ended, a server with the same
root folder and address may take it over; a lock held for life keeps two from doing so at once.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from jupyter_restart.procfs import ProcessIdentity, boot_id, host_name
from jupyter_restart.proxied import Proxied
from jupyter_restart.terminals import holding

_SUN_PATH_BYTES = 107
_LOCK_TIMEOUT_S = 1.0
_POLL_S = 0.01
_STARTED_AFTER_NS = 30 * 10**9
_PROXIED = "proxied.json"


@dataclass(frozen=True)
class Owner:
    """The server a folder belongs to. `address` is `tcp:PORT` or `unix:PATH`."""

    pid: int
    start_ticks: int
    boot_id: str
    host: str
    address: str
    root_dir: str

    @classmethod
    def this_process(cls, address: str, root_dir: str) -> Owner:
        """Describe the calling process as owner."""
        own = ProcessIdentity.own()
        return cls(own.pid, own.start_ticks, boot_id(), host_name(), address, root_dir)

    @property
    def is_alive(self) -> bool:
        """Whether the owner still runs; an owner on another machine counts as alive, we cannot know."""
        if self.boot_id != boot_id():
            return self.host != host_name()
        return ProcessIdentity(self.pid, self.start_ticks).is_alive()


@dataclass(frozen=True)
class KernelRecord:
    """All that it takes to manage a kernel without having started it. `connection` holds its key as text."""

    kernel_id: str
    kernel_name: str
    pid: int
    start_ticks: int
    connection_file: str
    connection: dict[str, Any]
    launch: dict[str, Any]
    kernel_info: dict[str, Any] = field(default_factory=dict)

    @property
    def process(self) -> ProcessIdentity:
        """The kernel's process."""
        return ProcessIdentity(self.pid, self.start_ticks)

    def settled(self, state: str | None) -> str | None:
        """Take a kernel for idle that has said nothing for half a minute since it started.

        It said that it is idle before anybody listened: a subscription takes effect a moment after it is made.
        """
        return "idle" if state in {None, "starting"} and self.process.age_ns() > _STARTED_AFTER_NS else state

    def is_same_process(self, other: KernelRecord) -> bool:
        """Whether both speak of one process, at the same ports."""
        return (self.process, self.connection) == (other.process, other.connection)


class ServerState:
    """One server's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: int | None = None

    @property
    def sessions(self) -> Path:
        """The session database of jupyter_server."""
        return self.folder / "sessions.db"

    @property
    def marks(self) -> Path:
        """How far each browser session has been served."""
        return self.folder / "marks"

    @property
    def relay_socket(self) -> Path:
        """Where the relay listens."""
        return self.folder / "relay.sock"

    @property
    def terminal_socket(self) -> Path:
        """Where the relay takes terminals, and gives them."""
        return self.folder / "terminals.sock"

    @property
    def log(self) -> Path:
        """What the relay has to say."""
        return self.folder / "relay.log"

    def kernel_log(self, kernel_id: str) -> Path:
        """Where a kernel's own stdout and stderr go, as it must not hold the server's terminal or pipe."""
        return self.folder / f"kernel-{kernel_id}.log"

    def relay_url(self) -> str:
        """Return the relay's ZeroMQ address."""
        return f"ipc://{self.address(self.relay_socket)}"

    def address(self, path: Path) -> Path:
        """Return a socket's path as it may be bound and connected to; by way of /proc where it is too long for that."""
        if len(os.fsencode(path)) <= _SUN_PATH_BYTES:
            return path
        self._keep_open()
        return Path(f"/proc/self/fd/{self._lock}/{path.name}")

    def claim(self, owner: Owner) -> bool:
        """Make `owner` the owner if the folder is free: nobody's, a dead server's, or its own already."""
        previous = self.owner()
        is_own = previous is not None and (previous.pid, previous.start_ticks) == (owner.pid, owner.start_ticks)
        if previous is not None and previous.is_alive and not is_own:
            return False
        self._keep_open()
        try:
            fcntl.flock(self._lock or 0, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        self.write_owner(owner)
        return True

    def inherit(self) -> None:
        """Lock the folder for this process, in place of one that has released it or has become it by an exec.

        The one on file stays the owner until `write_owner`.
        """
        self._keep_open()
        deadline = time.monotonic() + _LOCK_TIMEOUT_S
        while not self._is_locked():
            if time.monotonic() > deadline:
                raise BlockingIOError(f"{self.folder} is held by another process")
            time.sleep(_POLL_S)

    def _is_locked(self) -> bool:
        try:
            fcntl.flock(self._lock or 0, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # What a crashed server has forked holds it until it executes its program.
            return False
        return True

    def release(self) -> None:
        """Let another process claim the folder; the owner on file stays until one does."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def owner(self) -> Owner | None:
        """Return the owner on file; None when there is none that can be read."""
        try:
            return Owner(**json.loads((self.folder / "owner.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write_owner(self, owner: Owner) -> None:
        """Put `owner` on file."""
        _write_json(self.folder / "owner.json", asdict(owner))

    def save(self, record: KernelRecord) -> None:
        """Put a kernel on file, or its new particulars."""
        _write_json(self._record(record.kernel_id), asdict(record))

    def forget(self, kernel_id: str) -> None:
        """Take a kernel that has ended off file."""
        self._record(kernel_id).unlink(missing_ok=True)
        self.kernel_log(kernel_id).unlink(missing_ok=True)

    def records(self) -> list[KernelRecord]:
        """All kernels on file, dead ones too; what cannot be read is left out."""
        records = []
        for path in sorted(self.folder.glob("kernel-*.json")):
            try:
                records.append(KernelRecord(**json.loads(path.read_text(encoding="utf-8"))))
            except (OSError, ValueError, TypeError):
                continue
        return records

    def save_proxied(self, programs: list[Proxied]) -> None:
        """Put on file what runs behind jupyter-server-proxy."""
        _write_json(self.folder / _PROXIED, {"programs": [asdict(program) for program in programs]})

    def proxied(self) -> list[Proxied]:
        """Give what is on file, programs that have ended too; nothing where that cannot be read."""
        try:
            content = json.loads((self.folder / _PROXIED).read_text(encoding="utf-8"))
            return [Proxied.of(each) for each in content["programs"]]
        except (OSError, ValueError, TypeError, KeyError):
            return []

    def forget_proxied(self) -> None:
        """Take off file what ends with its server."""
        (self.folder / _PROXIED).unlink(missing_ok=True)

    def is_in_use(self) -> bool:
        """Whether a kernel or a program on file, or a terminal that the relay holds, still lives."""
        started = [*(kernel.process for kernel in self.records()), *(program.process for program in self.proxied())]
        if any(process.is_alive() for process in started):
            return True
        try:
            return bool(holding.names(self))
        except TimeoutError:
            # What a relay that is too slow to say so holds is not to be deleted.
            return True

    def remove_if_unused(self) -> bool:
        """Delete the folder unless something of the server lives on."""
        if self.is_in_use():
            return False
        shutil.rmtree(self.folder, ignore_errors=True)
        return True

    def _record(self, kernel_id: str) -> Path:
        return self.folder / f"kernel-{kernel_id}.json"

    def _keep_open(self) -> None:
        if self._lock is None:
            self._lock = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def find_or_make(home: Path, owner: Owner) -> ServerState:
    """Return the folder for `owner`: that of a dead server in whose place it starts, else a new one.

    One of which something lives on comes first; kernels that died with their server are to be told as lost. Other
    folders of which nothing lives on are deleted on the way.
    """
    servers = home / "servers"
    # A server may well come before its first service; what mkdir makes on the way has not the mode given to it.
    for folder in (home, servers):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    left: list[ServerState] = []
    for folder in sorted(servers.iterdir()):
        state = ServerState(folder)
        previous = state.owner()
        if previous is None or previous.is_alive or previous.host != owner.host:
            continue
        same_place = (previous.address, previous.root_dir) == (owner.address, owner.root_dir)
        if same_place and state.is_in_use():
            left.insert(0, state)
        elif same_place and state.records():
            left.append(state)
        else:
            state.remove_if_unused()
    found = next((state for state in left if state.claim(owner)), None)
    for state in left:
        if state is not found:
            state.remove_if_unused()
    if found is not None:
        return found
    folder = servers / uuid.uuid4().hex[:12]
    folder.mkdir(mode=0o700)
    state = ServerState(folder)
    state.claim(owner)
    return state


def open_log(path: Path) -> BinaryIO:
    """Open a log to append to, readable by its user alone."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600), "ab")


def _write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace `path` as a whole: a reader, and a crash, find the old content or the new."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file)
    temporary.replace(path)
