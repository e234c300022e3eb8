"""HTTP/1.1 as the service speaks it, over a socket: http.client would take longer to import than `status` may take."""

from __future__ import annotations

import socket
from collections.abc import Mapping

_LOOPBACK = "127.0.0.1"
_LONGEST_LINE = 65536
_MOST_HEADERS = 100


class ProtocolError(Exception):
    """What came is no HTTP, or ended in the middle."""


class Connection:
    """A connection to a port of 127.0.0.1, for one request after the other; `timeout_s` bounds each wait.

    Raises OSError, TimeoutError and ProtocolError; it is of no more use then.
    """

    def __init__(self, port: int, timeout_s: float) -> None:
        self._host = f"{_LOOPBACK}:{port}"
        # create_connection would look the address up, and import tables of Unicode for that.
        self._socket = socket.socket()
        try:
            self._socket.settimeout(timeout_s)
            self._socket.connect((_LOOPBACK, port))
        except BaseException:
            self._socket.close()
            raise
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = self._socket.makefile("rb")
        self.is_open = True

    def close(self) -> None:
        """Close it; again is no error."""
        self.is_open = False
        self._reader.close()
        self._socket.close()

    def ask(
        self, method: str, target: str, headers: Mapping[str, str], content: str | None, timeout_s: float
    ) -> tuple[int, bytes]:
        """Send one request; give the status and the body of its answer."""
        self._socket.settimeout(timeout_s)
        body = b"" if content is None else content.encode()
        sized = {"Content-Length": str(len(body))} if body or method != "GET" else {}
        head = {"Host": self._host, **headers, **sized}
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
        self._socket.sendall("\r\n".join(lines).encode("ascii") + body)
        status, version = self._status()
        answered = self._headers()
        content_read = self._body(status, answered)
        if version != "HTTP/1.1" or answered.get("connection", "").lower() == "close":
            self.close()
        return status, content_read

    def _status(self) -> tuple[int, str]:
        version, _, rest = self._line().partition(" ")
        code = rest[:3]
        if not version.startswith("HTTP/1.") or not code.isdigit():
            raise ProtocolError(f"it answered {version[:20]!r}")
        return int(code), version

    def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        for _ in range(_MOST_HEADERS):
            line = self._line()
            if not line:
                return headers
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        raise ProtocolError("it sent no end of headers")

    def _body(self, status: int, headers: dict[str, str]) -> bytes:
        if status in {204, 304}:
            return b""
        length = headers.get("content-length")
        if length is None:
            # The service always says how long its answers are; with others the end is where the connection ends.
            self.is_open = False
            return self._reader.read()
        if not length.isdigit():
            raise ProtocolError(f"it sent a body of length {length[:20]!r}")
        body = self._reader.read(int(length))
        if len(body) < int(length):
            raise ProtocolError("its answer ended in the middle")
        return body

    def _line(self) -> str:
        line = self._reader.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise ProtocolError("it closed the connection" if not line else "its answer ended in the middle")
        return line.decode("latin-1").rstrip("\r\n")
