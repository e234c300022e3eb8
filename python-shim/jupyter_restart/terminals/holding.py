"""The server's part: gives each terminal to the relay, and gets them back when the server before was killed."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from jupyter_restart.channel import Channel, Message
from jupyter_restart.procfs import ProcessIdentity
from jupyter_restart.terminals.carrying import CarriedTerminal
from jupyter_restart.terminals.scrollback import Scrollback

if TYPE_CHECKING:
    from jupyter_restart.kernels.state import ServerState

# While the server serves; it is asked again.
_HOLD_TIMEOUT_S = 0.5
_DROP_TIMEOUT_S = 2.0
# At a server's start: one that is slow, on a busy machine, is better waited for than passed over with all it holds.
_PATIENCE_S = 15.0


def open_door(state: ServerState) -> socket.socket:
    """Listen in the relay's place: what is given waits there until it answers. Raises OSError."""
    address = state.address(state.terminal_socket)
    address.unlink(missing_ok=True)
    door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    door.bind(os.fspath(address))
    address.chmod(0o600)
    door.listen()
    return door


def is_open(state: ServerState) -> bool:
    """Whether terminals can be given: there is a relay, or one is being started."""
    try:
        with _relay(state, timeout_s=0):
            return True
    except BlockingIOError:
        # So many wait for it that there is no place left.
        return True
    except OSError:
        return False


def hold(
    state: ServerState,
    name: str,
    process: ProcessIdentity,
    master: int,
    scrollback: Scrollback,
    *,
    waits: bool = True,
) -> None:
    """Have the relay hold a terminal, in place of one it has by that name. Raises OSError if that cannot be.

    Without waiting for its answer, it may yet fail; but what was given is safe from then on.
    """
    with _relay(state, _HOLD_TIMEOUT_S) as relay:
        relay.say("hold", [master, scrollback.descriptor], name=name, pid=process.pid, start_ticks=process.start_ticks)
        if waits:
            _answer(relay, "hold")


def names(state: ServerState, timeout_s: float = _PATIENCE_S) -> list[str]:
    """Name the terminals that are held and have their shell; none where there is no relay.

    Raises TimeoutError where one does not answer.
    """
    try:
        return list(_ask(state, "names", timeout_s=timeout_s).data["names"])
    except TimeoutError:
        raise
    except OSError:
        return []


def held(state: ServerState) -> list[CarriedTerminal]:
    """Return the terminals that are held, as if a server handed them on; none where no relay answers."""
    try:
        taken = _ask(state, "take")
    except OSError:
        return []
    descriptors = iter(taken.descriptors)
    return [
        _carried(name, ProcessIdentity(pid, start_ticks), next(descriptors), next(descriptors))
        for name, pid, start_ticks in taken.data["terminals"]
    ]


def drop(state: ServerState) -> None:
    """Have the relay hold no terminal any longer: they end with the server, as always."""
    with contextlib.suppress(OSError):
        _ask(state, "drop", timeout_s=_DROP_TIMEOUT_S)


def _carried(name: str, process: ProcessIdentity, master: int, recorded: int) -> CarriedTerminal:
    return CarriedTerminal(
        name=name,
        pid=process.pid,
        start_ticks=process.start_ticks,
        descriptor=master,
        scrollback="",
        undecoded="",
        last_activity=datetime.now(timezone.utc).isoformat(),
        recorded=recorded,
    )


@contextlib.contextmanager
def _relay(state: ServerState, timeout_s: float) -> Iterator[Channel]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as end:
        end.settimeout(timeout_s)
        end.connect(os.fspath(state.address(state.terminal_socket)))
        yield Channel(end)


def _ask(state: ServerState, word: str, timeout_s: float = _PATIENCE_S) -> Message:
    with _relay(state, timeout_s) as relay:
        relay.say(word)
        return _answer(relay, word)


def _answer(relay: Channel, word: str) -> Message:
    answer = relay.hear()
    if answer is None:
        raise ConnectionResetError(f"the relay did not answer {word!r}")
    return answer
