"""What a server and the one that stands by to replace it say to each other, over a pair of sockets.

Each message is one packet: a word and data in JSON, and descriptors that travel along.

    server                                      standby
    invitation: who we are, where we serve  →
                                            ←   ready, or failed: why
    fds …, go: the handover's record        →
                                            ←   serving
    more: connections that have become free →
    commit                                  →
                                            ←   committed: the front knows
    (ends)

A new server that is stopped before the commit says "committed" unasked.

One that is to stand by all the time gets copies of the listening sockets instead, and takes over when the channel
ends; see `reserve`:

    stand: fds                              →
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

VARIABLE = "_JUPYTER_RESTART_STANDBY"
PORT_RETRIES_VARIABLE = "JUPYTER_PORT_RETRIES"
PACKET_BYTES = 64 * 1024
# The kernel takes 253 at once.
_DESCRIPTORS_AT_ONCE = 200


@dataclass(frozen=True)
class Message:
    """A word, its data, and descriptors, which the receiver owns."""

    word: str
    data: dict[str, Any] = field(default_factory=dict)
    descriptors: list[int] = field(default_factory=list)


class Channel:
    """One end; blocking, but for what its socket is made to be."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._received: list[int] = []

    @classmethod
    def pair(cls) -> tuple[Channel, socket.socket]:
        """Make our end, and the other one's socket."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        return cls(ours), theirs

    def fileno(self) -> int:
        """Descriptor to wait on."""
        return self._socket.fileno()

    def say(self, word: str, descriptors: Sequence[int] = (), **data: Any) -> None:
        """Send a message; raises OSError when the other one is gone."""
        rest = list(descriptors)
        while len(rest) > _DESCRIPTORS_AT_ONCE:
            now, rest = rest[:_DESCRIPTORS_AT_ONCE], rest[_DESCRIPTORS_AT_ONCE:]
            socket.send_fds(self._socket, [b'{"word": "fds"}'], now)
        socket.send_fds(self._socket, [json.dumps({"word": word, **data}).encode()], rest)

    def hear(self) -> Message | None:
        """Receive a message; None when the other one is gone. Waits."""
        while True:
            try:
                packet, descriptors, _, _ = socket.recv_fds(self._socket, PACKET_BYTES, _DESCRIPTORS_AT_ONCE)
            except ConnectionResetError:
                # The other one ended with something of ours unread. What it said before is still there.
                continue
            for descriptor in descriptors:
                # They arrive inheritable, and kernels must hold none of them.
                os.set_inheritable(descriptor, False)
            self._received += descriptors
            if not packet:
                return None
            data = json.loads(packet)
            word = data.pop("word")
            if word != "fds":
                received, self._received = self._received, []
                return Message(word, data, received)

    def close(self) -> None:
        """Close this end, which the other one notices."""
        self._socket.close()
