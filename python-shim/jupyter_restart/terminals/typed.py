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
# A page without our extension never answers; nothing but the restart waits. One with it may take a while, when busy.
_TIMEOUT_S = 2.0


async def pause(clients: Iterable[Any], timeout_s: float = _TIMEOUT_S) -> None:
    """Ask the pages of all terminals (their websocket handlers), and wait until they have said so, or `timeout_s`."""
    answers = [_asked(client) for client in clients]
    if answers:
        await asyncio.wait(answers, timeout=timeout_s)


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
