"""Passes requests under `restart/v1/` on to the service, for users whom the Jupyter server has let in."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from http.client import responses
from typing import Any, cast
from urllib.parse import quote

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web
from tornado.iostream import StreamClosedError

from jupyter_restart.errors import ControlError, ServiceNotRunningError
from jupyter_restart.starter import ServiceStarter
from jupyter_restart.upstream import Answer, Upstream

# The longest long poll of the contract waits 60 s.
_TIMEOUT_S = 75.0
_PASSED_UP = ("Accept", "Content-Type", "If-None-Match")
# The rest are the Jupyter server's own: cookies, policies, what is done about a missing login.
_PASSED_DOWN = ("Cache-Control", "ETag", "Retry-After", "Allow")

_Method = Callable[..., Awaitable[None]]
# The action is named: found out by `authorized` from the first request, it would be kept for all others.
_may_read = cast("Callable[[_Method], _Method]", authorized("read"))
_may_write = cast("Callable[[_Method], _Method]", authorized("write"))


class Gateway:
    """The way to the service, shared by all requests: starts it when it is away, and tells it which tabs are gone."""

    def __init__(self, upstream: Upstream, starter: ServiceStarter | None, log: logging.Logger) -> None:
        self._upstream = upstream
        self._starter = starter
        self._log = log
        self._polls: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def pass_on(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """Pass on one request; raises ControlError."""
        try:
            return await self._upstream.exchange(method, target, headers, body, _TIMEOUT_S)
        except ServiceNotRunningError as error:
            if self._starter is None:
                raise
            self._starter.try_again()
            if self._starter.failure is None:
                raise
            raise ServiceNotRunningError(
                f"The restart service could not be started. {self._starter.failure}"
            ) from error

    def poll_began(self, client: str) -> None:
        """Count an open events poll of a tab."""
        self._polls[client] += 1

    def poll_ended(self, client: str, *, is_aborted: bool) -> None:
        """Count it off; a tab that has hung up and asks nothing else is told to be gone."""
        self._polls[client] -= 1
        if self._polls[client] <= 0:
            del self._polls[client]
            if is_aborted and not self._is_closed:
                self._keep(self._tell_gone(client))

    async def close(self) -> None:
        """End what still runs in the background."""
        self._is_closed = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _tell_gone(self, client: str) -> None:
        try:
            await self._upstream.client_gone(client)
        except ControlError as error:
            # Harmless: a restart then waits for this tab up to its limit.
            self._log.debug("The restart service was not told that tab %s is gone: %s", client, error.detail)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class ServiceHandler(APIHandler):
    """One request on its way to the service. Bytes pass unchanged; what identifies the browser's user does not."""

    auth_resource = "restart"

    def initialize(self, gateway: Gateway) -> None:
        """Take what all requests share."""
        self._gateway = gateway
        self._exchange: asyncio.Future[Answer] | None = None
        # A panel that polls all the time is no sign of a user: servers and hubs stop idle servers by this.
        self._track_activity = self.request.method != "GET"

    @web.authenticated
    @_may_read
    async def get(self, path: str) -> None:
        """Pass on a question."""
        await self._pass_on(path)

    @web.authenticated
    @_may_write
    async def post(self, path: str) -> None:
        """Pass on a command."""
        await self._pass_on(path)

    @web.authenticated
    @_may_write
    async def put(self, path: str) -> None:
        """Pass on a new config."""
        await self._pass_on(path)

    @web.authenticated
    @_may_write
    async def delete(self, path: str) -> None:
        """Pass on the end of a tab."""
        await self._pass_on(path)

    def on_connection_close(self) -> None:
        """Abort the request to the service: nobody waits for its answer."""
        super().on_connection_close()
        if self._exchange is not None:
            self._exchange.cancel()

    async def _pass_on(self, path: str) -> None:
        if not {".", ".."}.isdisjoint(path.split("/")):
            await self._problem(404, "no_such_route", f"There is no restart/{path}.")
            return
        target = f"/{quote(path, safe='/')}" + (f"?{self.request.query}" if self.request.query else "")
        client = self.get_query_argument("client", "") if path == "v1/events" else ""
        headers = {name: self.request.headers[name] for name in _PASSED_UP if name in self.request.headers}
        exchange = self._gateway.pass_on(self.request.method or "GET", target, headers, self.request.body)
        self._exchange = asyncio.ensure_future(exchange)
        if client:
            self._gateway.poll_began(client)
        try:
            answer = await self._exchange
        except asyncio.CancelledError:
            # Nobody reads what would be answered.
            return
        except ServiceNotRunningError as error:
            await self._problem(503, error.code, error.detail)
            return
        except asyncio.TimeoutError:
            await self._problem(504, "internal", f"The restart service did not answer within {_TIMEOUT_S:g} s.")
            return
        finally:
            if client:
                self._gateway.poll_ended(client, is_aborted=self._exchange.cancelled())
        self.set_status(answer.status, answer.reason)
        for name in _PASSED_DOWN:
            if name in answer.headers:
                self.set_header(name, answer.headers[name])
        await self._finish(answer.body, answer.headers.get("Content-Type", "application/json"))

    async def _problem(self, status: int, code: str, detail: str) -> None:
        self.set_status(status)
        problem = {"type": "about:blank", "title": responses[status], "status": status, "detail": detail, "code": code}
        await self._finish(json.dumps(problem), "application/problem+json")

    async def _finish(self, body: bytes | str, content_type: str) -> None:
        # A tab that is closed while it is answered is nobody's mistake.
        with contextlib.suppress(StreamClosedError):
            await self.finish(body, set_content_type=content_type)
