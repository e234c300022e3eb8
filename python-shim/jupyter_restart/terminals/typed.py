"""Has pages keep what is typed into their terminals while the server changes.

What a page writes to a websocket after the server's goodbye the browser drops. So before it says goodbye the server
sends `["pause"]`; a page with our extension answers `["paused"]`, and sends what is typed from then on to the next
server. `["resume"]` says that this one stays. Other pages, and JupyterLab itself, pass over these words.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from tornado.websocket import WebSocketClosedError

_PAUSE, _PAUSED, _RESUME = "pause", "paused", "resume"
# One with our extension may take a while, when it is busy; nothing but the restart waits.
_TIMEOUT_S = 2.0


class Pages:
    """The pages of all terminals, by their websocket handlers: which of them can keep what is typed.

    A page without our extension (an old tab, a program) never answers, and is not to be waited for when it counts. So
    all are tried out before, while the next server starts.
    """

    def __init__(self) -> None:
        self._tried: dict[Any, asyncio.Future[None]] = {}

    def try_out(self, clients: Iterable[Any]) -> None:
        """Have pages pause for no time at all; those that can will have said so when it matters."""
        for client in clients:
            self._tried[client] = _asked(client)
            _say(client, _RESUME)

    async def pause(self, clients: Iterable[Any], timeout_s: float | None = _TIMEOUT_S) -> None:
        """Ask pages to keep what is typed, and wait until those that can have said so, or `timeout_s`."""
        answers = [(client, _asked(client)) for client in clients]
        awaited = [answer for client, answer in answers if client not in self._tried or self._tried[client].done()]
        if awaited:
            await asyncio.wait(awaited, timeout=timeout_s)


def resume(clients: Iterable[Any]) -> None:
    """Tell the pages that the restart has not come about."""
    for client in clients:
        _say(client, _RESUME)


def _asked(client: Any) -> asyncio.Future[None]:
    answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    client.on_message = _listening(client.on_message, answered)
    _say(client, _PAUSE)
    return answered


def _listening(on_message: Callable[[Any], Any], answered: asyncio.Future[None]) -> Callable[[Any], Any]:
    """Pass on all but the answer. It comes behind all that was typed before, which has been written by then."""

    async def listen(message: Any) -> None:
        if json.loads(message)[:1] != [_PAUSED]:
            await on_message(message)
        elif not answered.done():
            answered.set_result(None)

    return listen


def _say(client: Any, word: str) -> None:
    with suppress(WebSocketClosedError):
        client.send_json_message([word])
