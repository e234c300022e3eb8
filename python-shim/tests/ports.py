"""Ports for what tests start."""

import random
import socket
from pathlib import Path

_LOWEST = 10_000
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """A port that nobody has, and that the system gives to nobody who asks for any.

    One of those could be somebody else's before a server, which takes seconds to start, listens.
    """
    beyond = max(_LOWEST + 1000, int(_RANGE.read_text().split()[0]))
    while True:
        port = random.randrange(_LOWEST, beyond)
        with socket.socket() as taken:
            try:
                taken.bind(("", port))
            except OSError:
                continue
            return port
