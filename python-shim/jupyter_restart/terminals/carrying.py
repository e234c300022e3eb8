"""Carries terminals over to the next server: their pseudo-terminals are handed on, their shells run on."""

from __future__ import annotations

import codecs
import os
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jupyter_restart.procfs import ProcessIdentity
from jupyter_restart.terminals.scrollback import RecordedBuffer, Scrollback

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

_SCROLLBACK_CHARACTERS = 200_000
# Resets the terminal emulator: a tab that still shows the scrollback redraws it instead of showing it twice.
_RESET = "\x1bc"
_BUFFERED_CHUNKS = 1000


@dataclass(frozen=True)
class CarriedTerminal:
    """A terminal as it is handed on; `descriptor` is the master side of its pseudo-terminal.

    `undecoded` are the first bytes (hex) of a character that was cut by a read. `recorded` is the descriptor of the
    `Scrollback`, which the next server goes on writing: what it reads is safe from its first read on. Where there is
    none `scrollback` is what is known.
    """

    name: str
    pid: int
    start_ticks: int
    descriptor: int
    scrollback: str
    undecoded: str
    last_activity: str
    recorded: int | None = None

    @property
    def descriptors(self) -> list[int]:
        """All that are handed on."""
        return [self.descriptor, *([] if self.recorded is None else [self.recorded])]


def let_go(server: ServerApp) -> list[CarriedTerminal]:
    """Stop reading from all terminals and describe them; what they print stays in the pseudo-terminal."""
    manager = _manager(server)
    return [] if manager is None else [_describe(server, *item) for item in list(manager.terminals.items())]


def clients(server: ServerApp) -> list[Any]:
    """List the websockets of all browser tabs with a terminal."""
    manager = _manager(server)
    return [] if manager is None else [client for term in manager.terminals.values() for client in list(term.clients)]


def take_back(server: ServerApp) -> None:
    """Go on reading: the restart did not come about."""
    manager = _manager(server)
    for terminal in [] if manager is None else list(manager.terminals.values()):
        manager.start_reading(terminal)


def release(server: ServerApp) -> None:
    """Take the terminals out of their manager, so that its clean-up finds none to end."""
    manager = _manager(server)
    if manager is not None:
        # Without a reference their objects would close the pseudo-terminals.
        _released.extend(manager.terminals.values())
        manager.terminals.clear()
        manager.ptys_by_fd.clear()


_released: list[Any] = []


def adopt(server: ServerApp, carried: list[CarriedTerminal]) -> int:
    """Serve the carried terminals again; returns how many have their shell."""
    manager = _manager(server)
    adopted = 0
    for terminal in carried:
        for descriptor in terminal.descriptors:
            os.set_inheritable(descriptor, False)
        if manager is None or ProcessIdentity.of(terminal.pid) != _identity(terminal):
            for descriptor in terminal.descriptors:
                os.close(descriptor)
            server.log.warning("The shell of terminal %s (pid %s) has ended.", terminal.name, terminal.pid)
            continue
        manager.terminals[terminal.name] = _restore(terminal)
        manager.start_reading(manager.terminals[terminal.name])
        adopted += 1
    if adopted and manager is not None:
        manager._initialize_culler()
    return adopted


def _describe(server: ServerApp, name: str, terminal: Any) -> CarriedTerminal:
    process = terminal.ptyproc
    server.io_loop.remove_handler(process.fd)
    identity = ProcessIdentity.of(process.pid)
    return CarriedTerminal(
        name=name,
        pid=process.pid,
        start_ticks=0 if identity is None else identity.start_ticks,
        descriptor=process.fd,
        scrollback=shown("".join(terminal.read_buffer)),
        undecoded=process.decoder.getstate()[0].hex(),
        last_activity=terminal.last_activity.isoformat(),
        recorded=_recorded(terminal),
    )


def _recorded(terminal: Any) -> int | None:
    buffer = terminal.read_buffer
    return buffer.scrollback.descriptor if isinstance(buffer, RecordedBuffer) and buffer.scrollback else None


def shown(printed: str) -> str:
    """Return the part of what was printed that a tab is shown again."""
    return cut(printed.removeprefix(_RESET), _SCROLLBACK_CHARACTERS)


def cut(text: str, limit: int) -> str:
    """Return at most the last `limit` characters, from the start of a line: not from within a control code."""
    if len(text) <= limit:
        return text
    _, newline, rest = text[-limit:].partition("\n")
    return rest if newline else text[-limit:]


def _restore(terminal: CarriedTerminal) -> Any:
    from terminado.management import PtyWithClients

    process = _kept_process(terminal)
    process.decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    process.decoder.setstate((bytes.fromhex(terminal.undecoded), 0))
    # Its constructor would start a new shell.
    restored: Any = PtyWithClients.__new__(PtyWithClients)
    restored.clients = []
    restored.read_buffer = _buffer(terminal)
    restored.preopen_buffer = deque()
    restored.ptyproc = process
    restored.term_name = terminal.name
    restored.last_activity = datetime.fromisoformat(terminal.last_activity)
    return restored


def _buffer(terminal: CarriedTerminal) -> RecordedBuffer:
    scrollback = None if terminal.recorded is None else Scrollback.go_on(terminal.recorded)
    printed = terminal.scrollback if scrollback is None else shown(scrollback.text())
    return RecordedBuffer([_RESET + printed], _BUFFERED_CHUNKS, scrollback)


def _kept_process(terminal: CarriedTerminal) -> Any:
    from ptyprocess import PtyProcessUnicode
    from ptyprocess.ptyprocess import PtyProcessError

    class KeptPtyProcess(PtyProcessUnicode):  # type: ignore[misc]
        """A shell that may be no child of ours; it is told by its identity then."""

        def isalive(self) -> bool:
            try:
                return bool(super().isalive())
            except PtyProcessError:
                self.terminated = not _identity(terminal).is_alive()
                return not self.terminated

    return KeptPtyProcess(terminal.pid, terminal.descriptor)


def _identity(terminal: CarriedTerminal) -> ProcessIdentity:
    return ProcessIdentity(terminal.pid, terminal.start_ticks)


def _manager(server: ServerApp) -> Any:
    return server.web_app.settings.get("terminal_manager")
