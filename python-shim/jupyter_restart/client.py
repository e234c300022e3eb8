"""Calls of the service, one method for each operation of openapi.json. Blocking, standard library only."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from jupyter_restart.endpoint import Endpoint, home_option
from jupyter_restart.errors import ControlError, ForeignAnswerError, ServiceNotRunningError, of_problem
from jupyter_restart.loopback import Connection, ProtocolError

if TYPE_CHECKING:
    from jupyter_restart.schema import (
        Accepted,
        AcceptedGroup,
        Adoption,
        App,
        ConfigInForce,
        Events,
        HandledPrompts,
        Log,
        Plan,
        PromptsKept,
        ResourceHistory,
        Service,
        Snapshot,
    )

_OK = range(200, 300)
_UNAUTHORIZED = 401
_SERVICE_UNAVAILABLE = 503
_REPLACEMENT_S = 30.0
_MOST_MISSED = 1
_POLL_S = 0.02


class ControlClient:
    """Talks to the service of one home; for one thread at a time.

    Each call raises ControlError, or one of its kinds, when it was not carried out. `timeout_s` bounds each call,
    beyond the time that a long poll asks the service to wait.
    """

    def __init__(self, home: Path, timeout_s: float = 30.0) -> None:
        self._home = home
        self._timeout_s = timeout_s
        self._endpoint: Endpoint | None = None
        self._kept: Connection | None = None

    @property
    def home(self) -> Path:
        """The folder of the service's state."""
        return self._home

    def close(self) -> None:
        """Close the connection; the next call makes another."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def snapshot(self) -> Snapshot:
        """Give everything, at one moment."""
        return cast("Snapshot", self._get("/v1/apps"))

    def app(self, name: str) -> App:
        """Give one app."""
        return cast("App", self._get(_app_path(name)))

    def restart(self, name: str, *, now: bool = False, delay: str | None = None) -> Accepted:
        """Restart at once, or after a delay such as `2h`; `now` interrupts work that could be run again."""
        return self._post(_app_path(name, "restart"), {"now": now} if delay is None else {"in": delay})

    def restart_together(self, names: list[str], *, now: bool = False) -> AcceptedGroup:
        """Restart several apps as one group, all that are up where none is named."""
        return cast("AcceptedGroup", self._call("POST", "/v1/restart", {"apps": names, "now": now}))

    def postpone(self, name: str, duration: str) -> Accepted:
        """Put off the next scheduled restart by a duration such as `30m`."""
        return self._post(_app_path(name, "postpone"), {"duration": duration})

    def enable(self, name: str) -> Accepted:
        """Turn automatic restarts on."""
        return self._post(_app_path(name, "enable"))

    def disable(self, name: str) -> Accepted:
        """Turn automatic restarts off."""
        return self._post(_app_path(name, "disable"))

    def start(self, name: str) -> Accepted:
        """Start an app."""
        return self._post(_app_path(name, "start"))

    def stop(self, name: str) -> Accepted:
        """Stop an app; it stays down."""
        return self._post(_app_path(name, "stop"))

    def start_together(self, names: list[str]) -> Accepted:
        """Start several apps, all that are down where none is named, and what they need before them."""
        return self._post("/v1/start", {"apps": names})

    def stop_together(self, names: list[str]) -> Accepted:
        """Stop several apps, all that are not down where none is named; they stay down."""
        return self._post("/v1/stop", {"apps": names})

    def adopt(self, name: str, adoption: Adoption) -> Accepted:
        """Take a running process under supervision."""
        return self._post(_app_path(name, "adopt"), adoption)

    def leave(self, name: str) -> Accepted:
        """Tell that an app ends because its user ended it."""
        return self._post(_app_path(name, "leave"))

    def drained(
        self, name: str, restart_id: str, client: str, saved: list[str], unsaved: list[dict[str, str]]
    ) -> Accepted:
        """Tell that a browser tab has saved its documents."""
        body = {"restart_id": restart_id, "client": client, "saved": saved, "unsaved": unsaved}
        return self._post(_app_path(name, "drained"), body)

    def failed(self, name: str, restart_id: str, message: str) -> Accepted:
        """Tell that a restart in place could not be carried out."""
        return self._post(_app_path(name, "failed"), {"restart_id": restart_id, "message": message})

    def activity(self, name: str, busy_with: str | None) -> Accepted:
        """Tell what a restart that waits should wait for; None when there is nothing."""
        return self._post(_app_path(name, "activity"), {"busy_with": busy_with})

    def restart_kernels(self, name: str, kernels: list[str], over: str | None = None) -> Accepted:
        """Have a Jupyter server restart idle kernels: those named, and those that have at least `over`."""
        order = {"kernels": kernels} if over is None else {"kernels": kernels, "over": over}
        return self._post(_app_path(name, "kernels/restart"), order)

    def postpone_kernel(self, name: str, kernel_id: str, duration: str) -> Accepted:
        """Leave a kernel that has reached its limit alone for some time."""
        return self._post(_app_path(name, "kernels/postpone"), {"kernel_id": kernel_id, "duration": duration})

    def told_of_kernel(self, name: str, type_: str, message: str, data: dict[str, Any]) -> Accepted:
        """Tell what became of a kernel."""
        return self._post(_app_path(name, "kernels/told"), {"type": type_, "message": message, "data": data})

    def kept_prompts(self, name: str) -> PromptsKept:
        """Give the prompts that are kept outside of an app's queue."""
        return cast("PromptsKept", self._get(_app_path(name, "prompts")))

    def send_again(self, name: str, prompt_ids: list[str]) -> HandledPrompts:
        """Put kept prompts back into the queue, all where none is named."""
        return self._handle_prompts(name, "send", prompt_ids)

    def discard(self, name: str, prompt_ids: list[str]) -> HandledPrompts:
        """Forget kept prompts, all where none is named."""
        return self._handle_prompts(name, "discard", prompt_ids)

    def _handle_prompts(self, name: str, verb: str, prompt_ids: list[str]) -> HandledPrompts:
        path = _app_path(name, f"prompts/{verb}")
        return cast("HandledPrompts", self._call("POST", path, {"prompt_ids": prompt_ids}))

    def client_gone(self, client: str) -> Accepted:
        """Tell that a browser tab is closed."""
        return cast("Accepted", self._call("DELETE", f"/v1/clients/{_quoted(client)}"))

    def events(self, after: int = 0, *, wait_s: float = 0, limit: int = 1000, app: str | None = None) -> Events:
        """Give events after a seq; waits for one, if there is none yet, up to `wait_s`."""
        query = {"after": after, "wait": wait_s, "limit": limit, "app": app}
        return cast("Events", self._get("/v1/events", query, wait_s))

    def plan(self, app: str | None = None, n: int = 5) -> Plan:
        """Give what comes, and what a restart would do now."""
        return cast("Plan", self._get("/v1/plan", {"app": app, "n": n}))

    def log(self, app: str | None = None, *, n: int = 50, after: int | None = None, wait_s: float = 0) -> Log:
        """Give the last `n` lines of the restart log or of an app's own output, or the lines after an offset."""
        path = "/v1/logs" if app is None else f"/v1/logs/{_quoted(app)}"
        place = {"n": n} if after is None else {"after": after}
        return cast("Log", self._get(path, {**place, "wait": wait_s}, wait_s))

    def resources(self, since: str | None = None) -> ResourceHistory:
        """Give the machine over the last hour, or since a time (RFC 3339)."""
        return cast("ResourceHistory", self._get("/v1/resources", {"since": since}))

    def config(self) -> ConfigInForce:
        """Give the config in force."""
        return cast("ConfigInForce", self._get("/v1/config"))

    def configure(self, toml: str) -> Accepted:
        """Write the config file and put it in force; one with problems is refused."""
        return cast("Accepted", self._call("PUT", "/v1/config", {"toml": toml}))

    def service(self) -> Service:
        """Describe the service itself."""
        return cast("Service", self._get("/v1/service"))

    def service_stop(self) -> Accepted:
        """End the service; running apps are not touched."""
        return self._post("/v1/service/stop")

    def service_restart(self, program: list[str] | None = None) -> Accepted:
        """Replace the service in its own process; `program` is Java, its flags and the jar, where it is another."""
        return self._post("/v1/service/restart", None if program is None else {"program": program})

    def openapi(self) -> dict[str, Any]:
        """Give the contract that the service serves."""
        return cast("dict[str, Any]", self._get("/v1/openapi.json"))

    def _get(self, path: str, query: Mapping[str, object] | None = None, wait_s: float = 0) -> Any:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        if given:
            from urllib.parse import urlencode

            path = f"{path}?{urlencode(given)}"
        return self._call("GET", path, wait_s=wait_s)

    def _post(self, path: str, body: object = None) -> Accepted:
        return cast("Accepted", self._call("POST", path, body))

    def _call(self, method: str, target: str, body: object = None, wait_s: float = 0) -> Any:
        """One exchange; tried again where the service has moved, for it was then not taken by anybody."""
        used = self._endpoint or self._read_endpoint()
        while True:
            self._endpoint = used
            try:
                status, content = self._exchange(used, method, target, body, wait_s)
            except ConnectionRefusedError:
                status, content = None, b""
            if status not in {None, _UNAUTHORIZED, _SERVICE_UNAVAILABLE}:
                break
            self.close()
            self._endpoint = None
            moved = self._endpoint_after(used)
            if moved == used:
                if status == _SERVICE_UNAVAILABLE:
                    break
                why = "nobody listens" if status is None else "somebody listens who does not know its token"
                raise self._not_running(f"{why} on its port {used.port} any more (it was process {used.pid})")
            used = moved
        asked = f"{method} {target} on port {used.port}"
        if status not in _OK:
            raise of_problem(asked, status, content)
        try:
            return json.loads(content)
        except ValueError:
            raise ForeignAnswerError(asked, "with something that is no JSON") from None

    def _exchange(self, endpoint: Endpoint, method: str, target: str, body: object, wait_s: float) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {endpoint.token}", "Accept": "application/json"}
        content = None if body is None else json.dumps(body)
        if content is not None:
            headers["Content-Type"] = "application/json"
        timeout_s = self._timeout_s + wait_s
        # A command goes on a connection of its own: if a kept one breaks, nobody can tell whether it was taken.
        kept = self._kept if method == "GET" else None
        if kept is not None:
            try:
                return kept.ask(method, target, headers, content, timeout_s)
            except (ProtocolError, ConnectionError):
                # The service has closed it in the meantime, or is another one by now.
                self.close()
            except TimeoutError:
                self.close()
                raise self._late(endpoint, method, target, timeout_s) from None
        connection = None
        try:
            connection = Connection(endpoint.port, timeout_s)
            answer = connection.ask(method, target, headers, content, timeout_s)
        except (ProtocolError, OSError) as error:
            if connection is not None:
                connection.close()
            if isinstance(error, TimeoutError):
                raise self._late(endpoint, method, target, timeout_s) from None
            if isinstance(error, ConnectionRefusedError):
                raise
            raise self._not_running(
                f"it ended, or is no restart service, while {method} {target} was asked of port {endpoint.port} "
                f"({type(error).__name__}: {error})"
            ) from error
        if method == "GET" and connection.is_open:
            self._kept = connection
        else:
            connection.close()
        return answer

    def _read_endpoint(self) -> Endpoint:
        endpoint = Endpoint.read(self._home)
        if endpoint is None:
            raise self._not_running(f"there is no readable {Endpoint.path(self._home)}")
        return endpoint

    def _endpoint_after(self, used: Endpoint) -> Endpoint:
        """Read where the service is now; one that replaces itself, in the same process, is waited for."""
        from jupyter_restart.service_process import lock_holder

        deadline = time.monotonic() + min(self._timeout_s, _REPLACEMENT_S)
        missed = 0
        while (moved := self._read_endpoint()) == used and time.monotonic() < deadline:
            # For a moment nobody holds it: the successor takes it over from what it has inherited.
            missed = 0 if lock_holder(self._home) == used.pid else missed + 1
            if missed > _MOST_MISSED:
                break
            time.sleep(_POLL_S)
        return moved

    def _not_running(self, why: str) -> ServiceNotRunningError:
        return ServiceNotRunningError(
            f"The restart service is not running: {why}. "
            f"Start it: jupyter restart service start{home_option(self._home)}"
        )

    def _late(self, endpoint: Endpoint, method: str, target: str, timeout_s: float) -> ControlError:
        return ControlError(
            "timeout",
            f"The restart service (process {endpoint.pid}) did not answer {method} {target} within {timeout_s:g} s. "
            "Should that go on, end that process (apps run on) and start the service again.",
        )


def _quoted(name: str) -> str:
    """Write a name as one part of a path."""
    from urllib.parse import quote

    return quote(name, safe="")


def _app_path(name: str, verb: str = "") -> str:
    return f"/v1/apps/{_quoted(name)}" + (f"/{verb}" if verb else "")
