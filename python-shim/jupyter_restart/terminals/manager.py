"""The manager of a server's terminals, which outlive the server also when it is killed."""

from __future__ import annotations

import contextlib
from typing import Any

from jupyter_server_terminals.terminalmanager import TerminalManager
from tornado.ioloop import IOLoop

from jupyter_restart.kernels.keeper import Keeper, keeper_of
from jupyter_restart.procfs import ProcessIdentity
from jupyter_restart.terminals import holding
from jupyter_restart.terminals.scrollback import RecordedBuffer, Scrollback

# The relay, which may have to be started, takes part of a second; the shell's first words come first.
_LOOK_AT_NEW_AFTER_S = 0.5
# Of one that was carried over the relay knows what was printed until then; answers that waited come first.
_HOLD_CARRIED_AFTER_S = 0.1
# A relay that is slow to answer, or a restart that may be called off.
_HOLD_AGAIN_AFTER_S = 2.0


class KeptTerminalManager(TerminalManager):
    """Gives each terminal to the relay as well."""

    def start_reading(self, terminal: Any) -> None:
        """Read what the terminal prints, from now on, and record it: also what comes before the relay holds it."""
        # Without memory for it: later, with the next try to have it held.
        with contextlib.suppress(OSError):
            self._record(terminal)
        super().start_reading(terminal)
        if terminal.read_buffer:
            delay = _HOLD_CARRIED_AFTER_S
        else:
            self._give(terminal)
            delay = _LOOK_AT_NEW_AFTER_S
        IOLoop.current().call_later(delay, self._hold, terminal)

    def on_eof(self, terminal: Any) -> None:
        """Forget a terminal that has ended; the relay hears of it by itself."""
        super().on_eof(terminal)
        if isinstance(terminal.read_buffer, RecordedBuffer):
            terminal.read_buffer.close()

    def _give(self, terminal: Any) -> None:
        """Have a new one held from its first moment on, by a relay that may only be on its way."""
        keeper = keeper_of(self.parent)
        process = ProcessIdentity.of(terminal.ptyproc.pid)
        if keeper is None or process is None:
            return
        # What is wrong is told when it is looked after.
        with contextlib.suppress(OSError):
            scrollback = self._record(terminal)
            keeper.relay.begin()
            holding.hold(keeper.state, terminal.term_name, process, terminal.ptyproc.fd, scrollback, waits=False)

    def _hold(self, terminal: Any) -> None:
        """Give it to the relay; again and again until that has come about, or nobody reads it here any more."""
        keeper = keeper_of(self.parent)
        process = ProcessIdentity.of(terminal.ptyproc.pid)
        is_read = self.ptys_by_fd.get(terminal.ptyproc.fd) is terminal
        if keeper is None or process is None or not is_read:
            return
        if keeper.letting_go or not self._is_held(keeper, terminal, process):
            IOLoop.current().call_later(_HOLD_AGAIN_AFTER_S, self._hold, terminal)

    def _hold_all(self) -> None:
        """Give all to a new relay, in place of one that has ended with what it held."""
        for terminal in list(self.ptys_by_fd.values()):
            self._hold(terminal)

    def _is_held(self, keeper: Keeper, terminal: Any, process: ProcessIdentity) -> bool:
        if not keeper.look_at_relay():
            return False
        keeper.relay_watch.renewed = self._hold_all
        try:
            scrollback = self._record(terminal)
            holding.hold(keeper.state, terminal.term_name, process, terminal.ptyproc.fd, scrollback)
        except OSError as error:
            self.log.warning("Terminal %s would end with a server that is killed now: %s", terminal.term_name, error)
            return False
        return True

    def _record(self, terminal: Any) -> Scrollback:
        """Give the record of all that is read from the terminal; begun here, where there is none. Raises OSError."""
        before = terminal.read_buffer
        if isinstance(before, RecordedBuffer) and before.scrollback is not None:
            return before.scrollback
        scrollback = Scrollback.new()
        for text in before:
            scrollback.append(text)
        terminal.read_buffer = RecordedBuffer(before, before.maxlen, scrollback)
        return scrollback
