"""Starts the service for a Jupyter server, beside the event loop."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import jupyter_restart
from jupyter_restart.endpoint import Endpoint

_START_TIMEOUT_S = 60
_RETRY_AFTER_S = 5.0


class ServiceStarter:
    """Starts the service if none runs, one attempt at a time.

    A service that was stopped in order stays stopped; one that died, or never came up, is tried again.
    `failure` is why the last attempt failed; None after one that did not.
    """

    def __init__(
        self,
        home: Path,
        log: logging.Logger,
        start: Callable[[], Awaitable[str | None]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.failure: str | None = None
        self._home = home
        self._log = log
        self._start = start
        self._clock = clock
        self._attempt: asyncio.Task[None] | None = None
        self._next_try = clock()

    async def ensure(self) -> None:
        """Start the service unless one runs; wait for the end of the attempt."""
        if self._attempt is None or self._attempt.done():
            self._next_try = self._clock() + _RETRY_AFTER_S
            self._attempt = asyncio.ensure_future(self._run())
        # A caller that is cancelled must not take the attempt along, others may wait for it too.
        await asyncio.shield(self._attempt)

    def note_alive(self) -> None:
        """Take note that a service answers, whoever has started it."""
        self.failure = None

    def try_again(self) -> None:
        """Begin another attempt, unless the service was stopped in order or the last attempt is but a moment ago."""
        has_died = Endpoint.path(self._home).exists()
        is_trying = self._attempt is not None and not self._attempt.done()
        if (has_died or self.failure) and not is_trying and self._clock() >= self._next_try:
            self._next_try = self._clock() + _RETRY_AFTER_S
            self._attempt = asyncio.ensure_future(self._run())

    async def close(self) -> None:
        """End an attempt that is under way; a service that it has started goes on."""
        if self._attempt is not None:
            self._attempt.cancel()
            await asyncio.gather(self._attempt, return_exceptions=True)

    async def _run(self) -> None:
        failure = await self._start()
        if failure and failure != self.failure:
            self._log.error("The restart service could not be started. %s", failure)
        self.failure = failure


def by_command(home: Path, config: Path | None) -> Callable[[], Awaitable[str | None]]:
    """Make what starts the service by `jupyter restart service start`, and gives None or why it failed.

    It is a process of its own because the service shall be no child of the server: a server that replaces itself
    in place would not know it any more, and never collect its exit status.
    """

    async def start() -> str | None:
        options = ["--home", str(home), *(["--config", str(config)] if config else [])]
        command = [*options, "--timeout", str(_START_TIMEOUT_S), "service", "start"]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "jupyter_restart",
            *command,
            # There `-m` finds this very package.
            cwd=Path(jupyter_restart.__file__).parent.parent,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, errors = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        if process.returncode == 0:
            return None
        said = errors.decode(errors="replace").strip().removeprefix("jupyter restart: ")
        return said or f"Its starter ended with {process.returncode} and said nothing."

    return start
