"""A service in the foreground: started, watched, and told to take its apps along when this process is told to end."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_restart import daemon, ending
from jupyter_restart.app_output import AppOutput
from jupyter_restart.checkup import processes
from jupyter_restart.daemon import Launched
from jupyter_restart.errors import FAILED, ControlError
from jupyter_restart.render import Style
from jupyter_restart.schema import Event
from jupyter_restart.signals import POKE, Signals

_ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_FINISHED = {"app.stopped": 0, "app.failed": FAILED}
# One that dies younger than this would die again.
_OLD_ENOUGH_S = 5.0
_KILL_GRACE_S = 5.0


@dataclass(frozen=True)
class Order:
    """What to run: `command` is the service's, `app` the one that was given with it and whose end is the end."""

    home: Path
    command: list[str]
    environment: dict[str, str]
    app: str = ""


@dataclass
class Foreground:
    """One run. As a container's pid 1 it is also the parent of all orphans, and collects them.

    The service is a child in a session of its own: a Ctrl-C of the terminal comes here alone, and a KILL of this
    process leaves service and apps running.
    """

    order: Order
    style: Style
    _launched: Launched | None = None
    _started_at: float = 0.0
    _is_ending: bool = False
    _app_begun: bool = False
    _app_status: int | None = field(default=None)

    def run(self) -> int:
        """Return the exit code when the service has ended; raises ControlError where it could not be started."""
        signals = Signals((*_ENDS, signal.SIGCHLD))
        signals.open()
        with contextlib.closing(signals):
            output = AppOutput(self.order.home, self.style, lambda event: self._note(event, signals))
            self._launch()
            output.start()
            while True:
                status = self._take(signals.wait())
                if status is None:
                    continue
                code = self._ended(status, has_answered=output.has_answered.is_set())
                if code is not None:
                    output.finish()
                    return code

    def _launch(self) -> None:
        order = self.order
        self._launched = daemon.launch(order.home, order.command, order.environment, Path.cwd())
        self._started_at = time.monotonic()

    def _take(self, numbers: list[int]) -> int | None:
        """Deal with signals; the service's exit status where it has ended."""
        status = None
        for number in numbers:
            if number == signal.SIGCHLD:
                ended = self._reap()
                status = ended if status is None else status
            elif number != POKE and self._is_ending:
                self._hurry()
            else:
                self._end()
        return status

    def _end(self) -> None:
        self._is_ending = True
        if self._launched is not None and self._launched.process.returncode is None:
            os.kill(self._launched.process.pid, signal.SIGTERM)

    def _hurry(self) -> None:
        """End all apps at once; the service sees it, and ends as it would have."""
        found = processes.scan()
        own = {os.getpid(), *(process.pid for process in found.ancestors(os.getpid()))}
        mark = f"{self.order.home}:"
        marked = [process for process in found if process.mark.startswith(mark) and process.pid not in own]
        ending.end([process.identity for process in marked], 0, _KILL_GRACE_S)

    def _reap(self) -> int | None:
        """Collect every child that has ended, also those that were never ours; the status of the service's."""
        found = None
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return found
            if pid == 0:
                return found
            if self._launched is not None and pid == self._launched.process.pid:
                found = self._launched.process.returncode = os.waitstatus_to_exitcode(status)

    def _ended(self, status: int, *, has_answered: bool) -> int | None:
        """Decide what follows the end of the service; None where it is started again."""
        if self._is_ending:
            return (self._app_status or 0) if status == 0 else FAILED
        if status == 0:
            print("The restart service was stopped; its apps run on.", file=sys.stderr)
            return 0
        if self._launched is None or not has_answered:
            raise self._error(status)
        if time.monotonic() - self._started_at < _OLD_ENOUGH_S:
            raise self._error(status)
        print(f"The restart service has ended (status {status}) and is started again; apps run on.", file=sys.stderr)
        self._launch()
        return None

    def _error(self, status: int) -> ControlError:
        if self._launched is None:
            raise RuntimeError("nothing was launched")
        return self._launched.error(status)

    def _note(self, event: Event, signals: Signals) -> None:
        """Take note of what happens to the given app: its end for good is ours."""
        if event["app"] != self.order.app or self._is_ending:
            return
        if event["type"] == "app.starting":
            self._app_begun = True
        elif self._app_begun and event["type"] in _FINISHED:
            self._app_status = _FINISHED[event["type"]]
            signals.poke()
