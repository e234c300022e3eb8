"""Requests to the service from within a Jupyter server: not blocking, any number at once, and each can be aborted."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from tornado.http1connection import HTTP1Connection, HTTP1ConnectionParameters
from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, RequestStartLine, ResponseStartLine
from tornado.iostream import IOStream, StreamClosedError

from jupyter_restart.endpoint import Endpoint
from jupyter_restart.errors import ControlError, ForeignAnswerError, ServiceNotRunningError, of_problem
from jupyter_restart.schema import Accepted, Adoption, App, Events, Snapshot

_LOOPBACK = "127.0.0.1"
_OK = range(200, 300)
_Result = TypeVar("_Result")
_MAX_BODY_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """What the service answered."""

    status: int
    reason: str
    headers: HTTPHeaders
    body: bytes


class Upstream:
    """The service of one home.

    Each request has a connection of its own: on loopback that costs next to nothing, and closing it is how the
    service learns that nobody waits for a long poll any more.
    """

    def __init__(self, home: Path) -> None:
        self.home = home

    async def exchange(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        """Pass on one request. Raises ServiceNotRunningError, or asyncio.TimeoutError; cancelled, aborts."""
        endpoint = self._read_endpoint()
        while True:
            try:
                answer = await within(timeout_s, _exchange(endpoint, method, target, headers, body))
            except StreamClosedError as error:
                moved, why = self._read_endpoint(), f"nobody answers on port {endpoint.port} (process {endpoint.pid})"
                # Only a refused connection is known not to have taken the request.
                if moved == endpoint or not isinstance(error.real_error, ConnectionRefusedError):
                    raise _not_running(why) from error
            else:
                if answer.status != http.client.UNAUTHORIZED:
                    return answer
                moved, why = self._read_endpoint(), f"port {endpoint.port} is answered by somebody else"
                if moved == endpoint:
                    raise _not_running(why)
            endpoint = moved

    async def call(self, method: str, target: str, body: object = None, *, timeout_s: float = 10.0) -> Any:
        """Make a call of our own; raises ControlError when it was not carried out."""
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if content else {}
        try:
            answer = await self.exchange(method, target, headers, content, timeout_s)
        except asyncio.TimeoutError:
            raise ControlError(
                "timeout", f"The restart service did not answer {method} {target} within {timeout_s:g} s."
            ) from None
        if answer.status not in _OK:
            raise of_problem(f"{method} {target}", answer.status, answer.body)
        try:
            return json.loads(answer.body)
        except ValueError:
            raise ForeignAnswerError(f"{method} {target}", "with something that is no JSON") from None

    async def snapshot(self) -> Snapshot:
        """Give everything, at one moment."""
        snapshot: Snapshot = await self.call("GET", "/v1/apps")
        return snapshot

    async def app(self, name: str) -> App:
        """Give one app."""
        app: App = await self.call("GET", _app_path(name))
        return app

    async def follow(self, after: int, app: str, wait_s: float) -> Events:
        """Give an app's events after a seq, waiting for one, and a snapshot made at the same moment."""
        target = f"/v1/events?after={after}&wait={wait_s:g}&snapshot=true&app={quote(app, safe='')}"
        events: Events = await self.call("GET", target, timeout_s=wait_s + 10.0)
        return events

    async def adopt(self, name: str, adoption: Adoption) -> Accepted:
        """Say hello."""
        accepted: Accepted = await self.call("POST", _app_path(name, "/adopt"), adoption)
        return accepted

    async def failed(self, name: str, restart_id: str, message: str) -> None:
        """Tell that a restart in place could not be carried out."""
        await self.call("POST", _app_path(name, "/failed"), {"restart_id": restart_id, "message": message})

    async def activity(self, name: str, busy_with: str | None) -> None:
        """Tell what this server is busy with; None where it is idle."""
        await self.call("POST", _app_path(name, "/activity"), {"busy_with": busy_with})

    async def told_of_kernel(self, name: str, type_: str, message: str, data: dict[str, Any]) -> None:
        """Tell what became of a kernel."""
        await self.call("POST", _app_path(name, "/kernels/told"), {"type": type_, "message": message, "data": data})

    async def leave(self, name: str) -> None:
        """Tell that an app ends because its user ended it."""
        await self.call("POST", _app_path(name, "/leave"))

    async def client_gone(self, client: str) -> None:
        """Tell that a browser tab is closed."""
        await self.call("DELETE", f"/v1/clients/{quote(client, safe='')}")

    def _read_endpoint(self) -> Endpoint:
        endpoint = Endpoint.read(self.home)
        if endpoint is None:
            raise _not_running(f"there is no {Endpoint.path(self.home)}")
        return endpoint


@dataclass
class _Receiver(HTTPMessageDelegate):
    """Collects one answer."""

    start: ResponseStartLine | None = None
    headers: HTTPHeaders = field(default_factory=HTTPHeaders)
    body: bytearray = field(default_factory=bytearray)
    is_complete: bool = False

    def headers_received(self, start_line: Any, headers: HTTPHeaders) -> None:
        self.start, self.headers = start_line, headers

    def data_received(self, chunk: bytes) -> None:
        self.body += chunk

    def finish(self) -> None:
        self.is_complete = True


async def _exchange(endpoint: Endpoint, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
    stream = IOStream(socket.socket())
    # Closing the stream is how a request is aborted: reached by cancellation, too.
    try:
        await stream.connect((_LOOPBACK, endpoint.port))
        parameters = HTTP1ConnectionParameters(no_keep_alive=True, max_body_size=_MAX_BODY_BYTES)
        connection = HTTP1Connection(stream, is_client=True, params=parameters)
        sent = HTTPHeaders(headers)
        sent["Host"] = f"{_LOOPBACK}:{endpoint.port}"
        sent["Authorization"] = f"Bearer {endpoint.token}"
        sent["Connection"] = "close"
        if body or method not in {"GET", "HEAD"}:
            sent["Content-Length"] = str(len(body))
        writing = connection.write_headers(RequestStartLine(method, target, "HTTP/1.1"), sent, body or None)
        connection.finish()
        await writing
        receiver = _Receiver()
        await connection.read_response(receiver)
        if receiver.start is None or not receiver.is_complete:
            raise StreamClosedError(ConnectionResetError("closed before the end of the answer"))
        return Answer(receiver.start.code, receiver.start.reason, receiver.headers, bytes(receiver.body))
    finally:
        stream.close()


async def within(timeout_s: float, work: Coroutine[Any, Any, _Result]) -> _Result:
    """Do some work in limited time; raises asyncio.TimeoutError.

    `asyncio.wait_for` of Python up to 3.11 swallows a cancellation that meets the end of the work, and whoever
    cancelled then waits for ever.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=timeout_s)
        if not task.done():
            raise asyncio.TimeoutError
    finally:
        task.cancel()
    return task.result()


def _app_path(name: str, verb: str = "") -> str:
    return f"/v1/apps/{quote(name, safe='')}{verb}"


def _not_running(why: str) -> ServiceNotRunningError:
    return ServiceNotRunningError(f"The restart service is not running: {why}. Start it: jupyter restart service start")
