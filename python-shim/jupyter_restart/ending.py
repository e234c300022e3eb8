"""Ends processes for good. Each is told by pid and start time, and signalled by a descriptor that stays its own."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Iterable, Iterator

from jupyter_restart.procfs import ProcessIdentity


def end(identities: Iterable[ProcessIdentity], term_grace_s: float, kill_grace_s: float) -> list[ProcessIdentity]:
    """Send TERM, and after a time KILL, to processes that may be halted; gives those that live on all the same."""
    with contextlib.ExitStack() as stack:
        handles = dict(_open(identities, stack))
        for number, grace_s in ((signal.SIGTERM, term_grace_s), (signal.SIGKILL, kill_grace_s)):
            for handle in handles:
                _send_to_halted(handle, number)
            for handle in _ended(set(handles), grace_s):
                del handles[handle]
        return list(handles.values())


def ask(identities: Iterable[ProcessIdentity]) -> None:
    """Send TERM to processes that may be halted, and wait for nothing."""
    with contextlib.ExitStack() as stack:
        for handle, _ in _open(identities, stack):
            _send_to_halted(handle, signal.SIGTERM)


def _open(identities: Iterable[ProcessIdentity], stack: contextlib.ExitStack) -> Iterator[tuple[int, ProcessIdentity]]:
    for identity in identities:
        try:
            handle = os.pidfd_open(identity.pid)
        except ProcessLookupError:
            continue
        stack.callback(os.close, handle)
        # Looked at after it was opened: from here on the descriptor means this process, whatever becomes of the pid.
        if identity.is_alive():
            yield handle, identity


def _send_to_halted(handle: int, number: signal.Signals) -> None:
    _send(handle, number)
    # It acts on TERM only when it goes on.
    _send(handle, signal.SIGCONT)


def _send(handle: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(handle, number)


def _ended(handles: set[int], grace_s: float) -> Iterator[int]:
    """Give each as soon as it has ended, until all have or the time is over."""
    poller = select.poll()
    for handle in handles:
        poller.register(handle, select.POLLIN)
    deadline = time.monotonic() + grace_s
    left = len(handles)
    while left and (rest_s := deadline - time.monotonic()) > 0:
        for handle, _ in poller.poll(rest_s * 1000):
            poller.unregister(handle)
            left -= 1
            yield handle
