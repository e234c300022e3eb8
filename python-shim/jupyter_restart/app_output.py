"""Shows what the apps of a service print, and what happens to them, as it comes."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from jupyter_restart import follow, render
from jupyter_restart.client import ControlClient
from jupyter_restart.errors import ControlError
from jupyter_restart.follow import Deadline
from jupyter_restart.render import Style
from jupyter_restart.schema import Event, Log

_PAUSE_S = 0.05
_TIMEOUT_S = 30.0


class AppOutput:
    """Follows one service through its restarts, each app in a thread of its own that ends with the process.

    Output goes to stdout, with the app's name before each line as soon as there are several; events go to stderr.
    `on_event` is called with each event, on one thread, in their order.
    """

    def __init__(self, home: Path, style: Style, on_event: Callable[[Event], None]) -> None:
        self.has_answered = threading.Event()
        self._home = home
        self._style = style
        self._on_event = on_event
        self._known = {log.stem: log.stat().st_size for log in (home / "logs").glob("*.log")}
        self._offsets: dict[str, int] = {}
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin; events of the service that is being started are told from its start on."""
        threading.Thread(target=self._follow_events, name="events", daemon=True).start()

    def finish(self) -> None:
        """Show what was printed since the service could last be asked; call it once the service has ended."""
        for app in list(self._offsets):
            with self._lock, contextlib.suppress(OSError):
                path = self._home / "logs" / f"{app}.log"
                with path.open("rb") as log:
                    log.seek(self._offsets[app])
                    content = log.read()
                self._offsets[app] += len(content)
                self._print(app, content.decode(errors="replace").splitlines())

    def _follow_events(self) -> None:
        with contextlib.closing(ControlClient(self._home, _TIMEOUT_S)) as client:
            after = self._start_of_service(client)
            self.has_answered.set()
            while True:
                # A service that ends in the middle of an answer says odd things; its successor goes on.
                with contextlib.suppress(ControlError):
                    for batch in follow.new_events(client, after, None, Deadline(None)):
                        for event in batch:
                            after = event["seq"]
                            self._take(event)
                time.sleep(_PAUSE_S)

    def _start_of_service(self, client: ControlClient) -> int:
        """Wait for the service; give the seq before its start."""
        while True:
            with contextlib.suppress(ControlError):
                starts = [event for page in follow.all_events(client, 0, None) for event in page]
                seqs = [event["seq"] for event in starts if event["type"] == "service.started"]
                if seqs:
                    return seqs[-1] - 1
            time.sleep(_PAUSE_S)

    def _take(self, event: Event) -> None:
        app = event["app"]
        if app is not None and app not in self._offsets:
            with self._lock:
                self._offsets[app] = self._known.get(app, 0)
            threading.Thread(target=self._follow_app, args=[app], name=f"output of {app}", daemon=True).start()
        print(render.event(event, self._style), file=sys.stderr, flush=True)
        self._on_event(event)

    def _follow_app(self, app: str) -> None:
        with contextlib.closing(ControlClient(self._home, _TIMEOUT_S)) as client:
            while True:
                log: Log = {"lines": [], "offset": self._offsets[app]}
                with contextlib.suppress(ControlError):
                    for batch in follow.new_logs(client, log, app):
                        with self._lock:
                            self._offsets[app] = batch["offset"]
                            self._print(app, batch["lines"])
                time.sleep(_PAUSE_S)

    def _print(self, app: str, lines: list[str]) -> None:
        prefix = f"{app} | " if len(self._offsets) > 1 else ""
        for line in lines:
            print(f"{prefix}{line}")
        print(end="", flush=True)
