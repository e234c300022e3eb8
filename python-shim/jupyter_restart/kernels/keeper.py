"""What one server needs to keep its kernels: the folder, the relay, the marks. One object per server."""

from __future__ import annotations

import asyncio
import weakref
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from jupyter_restart.kernels.marks import MarkFile, MarkSlot
from jupyter_restart.kernels.relay_client import ANSWER_TIMEOUT_MS, Greeting, RelayClient, RelayError
from jupyter_restart.kernels.relay_watch import RelayWatch

if TYPE_CHECKING:
    from logging import Logger
    from pathlib import Path

    from jupyter_restart.kernels.state import KernelRecord, ServerState

# Tabs come back all at once; other requests are to find their turn in between.
_RETURN_AT_ONCE = 2
# While the server serves, and answers nobody else meanwhile.
_LOOK_MS = 500


@dataclass
class KernelStatus:
    """What the server knew of a kernel when it let go. `last_activity` is ISO 8601."""

    execution_state: str
    last_activity: str


@dataclass
class Keeper:
    """Kernels on file and in the relay; each change goes to both. `carried` came from the server before.

    `prepared` are the kernels that a server which stands by is connected to, `greeting` is what the relay said first.
    `asked_at`: when a page last asked a kernel for something, by a clock that is never set.
    """

    home: Path
    state: ServerState
    log: Logger
    carried: dict[str, KernelStatus] = field(default_factory=dict)
    adopted: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    greeting: Greeting | None = None
    prepared: dict[str, KernelRecord] = field(default_factory=dict)
    standing_by: bool = False
    restarting: bool = False
    keeps_at_stop: bool = False
    letting_go: bool = False
    asked_at: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.relay = RelayClient(self.state)
        self.relay_watch = RelayWatch(
            start=lambda: self.start_relay(_LOOK_MS), waits=lambda: self.letting_go or self.restarting
        )
        self.returning = asyncio.Semaphore(_RETURN_AT_ONCE)
        self.marks = MarkFile(self.state.marks)
        self._is_without_relay = False
        self._records: dict[str, KernelRecord] = {}

    @property
    def records(self) -> list[KernelRecord]:
        """All kernels kept now."""
        return list(self._records.values())

    def record(self, kernel_id: str) -> KernelRecord | None:
        """One of them."""
        return self._records.get(kernel_id)

    def kernel_started(self, record: KernelRecord) -> None:
        """Keep a kernel; again, with its new particulars, after it was restarted."""
        known = self._records.get(record.kernel_id)
        if known is not None and not record.kernel_info:
            record = replace(record, kernel_info=known.kernel_info)
        self._records[record.kernel_id] = record
        self.state.save(record)
        self.start_relay()

    def kernel_adopted(self, record: KernelRecord) -> None:
        """Keep a kernel that is on file and known to the relay."""
        self._records[record.kernel_id] = record
        self.adopted.append(record.kernel_id)

    def start_relay(self, timeout_ms: int = ANSWER_TIMEOUT_MS) -> bool:
        """See that a relay runs and knows all kernels; whether it does. If not, that is tried again and again.

        It is told once, and once when it is over.
        """
        try:
            self.relay.start(self.records, timeout_ms)
        except RelayError as error:
            if not self._is_without_relay:
                self._is_without_relay = True
                self.log.warning("%s It is tried again until it works.", error)
            if self.relay.end_hung():
                self.log.warning("The relay hung, and was ended; another one takes its place.")
            self.relay_watch.try_again()
            return False
        if self._is_without_relay:
            self._is_without_relay = False
            self.log.warning("The relay answers.")
        self.relay_watch.begin(self.relay.pid())
        return True

    def look_at_relay(self) -> bool:
        """As `start_relay`, for what can wait: briefly, and not while it is tried again anyway."""
        return not self.relay_watch.is_due and self.start_relay(_LOOK_MS)

    def kernel_info(self, kernel_id: str, info: dict[str, Any]) -> None:
        """Remember what the kernel said of itself: a busy one could not be asked again."""
        known = self._records.get(kernel_id)
        told: dict[str, Any] = {name: info[name] for name in ("protocol_version", "supported_features") if name in info}
        if known is not None and told and known.kernel_info != told:
            self._records[kernel_id] = replace(known, kernel_info=told)
            self.state.save(self._records[kernel_id])

    def kernel_ended(self, kernel_id: str) -> None:
        """Forget a kernel."""
        if self._records.pop(kernel_id, None) is None:
            return
        self.asked_at.pop(kernel_id, None)
        self.state.forget(kernel_id)
        try:
            self.relay.forget(kernel_id)
        except RelayError as error:
            self.log.debug("%s", error)

    def session_open(self, session_key: str) -> MarkSlot | None:
        """Give the mark of a browser session that is connected."""
        return self.marks.open(session_key)

    def session_gone(self, session_key: str) -> None:
        """Nobody is expected to come back for this session."""
        slot = self.marks.open(session_key)
        if slot is not None:
            slot.free()

    def hands_over(self, kernel_id: str) -> bool:
        """Whether two sockets may claim one identity with this kernel without losing requests it has not read.

        ipykernel 7 (the first with subshells) reads requests in a thread of its own, so none wait in the
        socket that is replaced; older ones read them one by one between two cells.
        """
        known = self._records.get(kernel_id)
        features = known.kernel_info.get("supported_features", []) if known is not None else []
        return "kernel subshells" in features


_keepers: weakref.WeakKeyDictionary[Any, Keeper] = weakref.WeakKeyDictionary()


def set_keeper(server: Any, keeper: Keeper) -> None:
    """Make `keeper` the one of this ServerApp."""
    _keepers[server] = keeper


def keeper_of(server: Any) -> Keeper | None:
    """Return the keeper of this ServerApp; None where the server runs without us."""
    return _keepers.get(server) if server is not None else None
