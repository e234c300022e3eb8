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
from jupyter_restart.schema import Event

_PAUSE_S = 0.05
_LOOK_S = 0.1
_PART = 1 << 20
_TIMEOUT_S = 30.0


class AppOutput:
    """Follows one service through its restarts, on two threads that end with the process.

    What the apps print is read from the files that it is written to: the service has nothing to do with it. It goes to
    stdout, with the app's name before each line as soon as there are several; events go to stderr.
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
        threading.Thread(target=self._follow_output, name="output", daemon=True).start()

    def finish(self) -> None:
        """Show what was printed to the last moment, lines without an end too; call it once the service has ended."""
        for app in self._apps():
            while self._show(app, is_last=True):
                pass

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
        print(render.event(event, self._style), file=sys.stderr, flush=True)
        self._on_event(event)

    def _follow_output(self) -> None:
        while True:
            shown = [self._show(app) for app in self._apps()]
            if not any(shown):
                time.sleep(_LOOK_S)

    def _apps(self) -> list[str]:
        """Give them in the order in which they printed last: who depends on another has his last words first."""
        return sorted(self._offsets, key=self._last_printed)

    def _last_printed(self, app: str) -> int:
        try:
            return self._printed(app).stat().st_mtime_ns
        except OSError:
            return 0

    def _printed(self, app: str) -> Path:
        return self._home / "logs" / f"{app}.log"

    def _show(self, app: str, *, is_last: bool = False) -> bool:
        """Show the next whole lines of an app, and the rest behind them if it is the last time; whether any came."""
        with self._lock, contextlib.suppress(OSError):
            path = self._printed(app)
            size = path.stat().st_size
            # Somebody has emptied it.
            start = self._offsets[app] if self._offsets[app] <= size else 0
            if start == size:
                return False
            with path.open("rb") as log:
                log.seek(start)
                content = log.read(_PART)
            end = content.rfind(b"\n") + 1
            if (is_last and len(content) < _PART) or (end == 0 and len(content) == _PART):
                end = len(content)
            self._offsets[app] = start + end
            self._print(app, content[:end].decode(errors="replace").splitlines())
            return end > 0
        return False

    def _print(self, app: str, lines: list[str]) -> None:
        prefix = f"{app} | " if len(self._offsets) > 1 else ""
        for line in lines:
            print(f"{prefix}{line}")
        print(end="", flush=True)
