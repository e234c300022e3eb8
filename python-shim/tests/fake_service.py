"""A service that answers with the contract's examples and remembers what it was asked."""

import json
import os
import secrets
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from contract import answer_schema, check, check_request, example, operation


@dataclass(frozen=True)
class Asked:
    """One request, as far as tests look at it."""

    method: str
    target: str
    body: object = None
    headers: dict = field(default_factory=dict, compare=False, repr=False)


class FakeService:
    """Serves one home. `answers` maps (method, path) to a function of the request that gives status and JSON.

    Every request must be one of the contract's: what is wrong is kept in `complaints`, which the fixture asserts
    to be empty.
    """

    def __init__(self, home):
        self.home = home
        self.asked = []
        self.complaints = []
        self.answers = {}
        self.connections = 0
        self.hung_up = []
        self.token = secrets.token_hex()
        self.changed = threading.Condition()
        self.ends = 0
        self._server = None

    def start(self):
        service = self

        class Handler(_Handler):
            fake = service

        self._server = _Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        self.home.mkdir(mode=0o700, exist_ok=True, parents=True)
        self.write_endpoint()
        return self

    @property
    def port(self):
        return self._server.server_address[1]

    def write_endpoint(self, **changes):
        endpoint = {"port": self.port, "token": self.token, "pid": os.getpid(), "version": "0.1.0", **changes}
        check("Endpoint", endpoint)
        temporary = self.home / "endpoint.json.new"
        temporary.write_text(json.dumps(endpoint), encoding="utf-8")
        temporary.replace(self.home / "endpoint.json")

    def stop(self, *, removes_endpoint=False):
        """End; by default as a crash does, which leaves the file behind."""
        if self._server is None:
            return
        if removes_endpoint:
            (self.home / "endpoint.json").unlink()
        server, self._server = self._server, None
        with self.changed:
            self.ends += 1
            self.changed.notify_all()
        server.shutdown()
        server.server_close()

    @property
    def is_up(self):
        return self._server is not None

    def answer(self, method, path, reply):
        """Answer requests for a path by `reply(asked)`, or always with one value."""
        with self.changed:
            self.answers[method, path] = reply if callable(reply) else lambda _: reply
            self.changed.notify_all()

    def refuse(self, method, path, status, code, detail):
        self.answer(method, path, (status, example("Problem", status=status, code=code, detail=detail)))

    def sent(self, method=None):
        """All requests so far, or those of one method."""
        return [asked for asked in self.asked if method in (None, asked.method)]

    def wait_for(self, is_there, timeout_s=10):
        """Wait until a condition on the service holds, and give its value."""
        with self.changed:
            if not self.changed.wait_for(is_there, timeout_s):
                raise AssertionError(f"not within {timeout_s} s; asked so far: {self.asked}")
            return is_there()

    def note(self, change):
        with self.changed:
            change()
            self.changed.notify_all()


class EventScript:
    """Answers GET /v1/events as the service does: at once if there is something new, else when it comes."""

    def __init__(self, service, events=(), snapshot=None):
        self.service = service
        self.events = list(events)
        self.snapshot = snapshot or example("Snapshot")
        self.version = 0
        service.answer("GET", "/v1/events", self._reply)
        service.answer("GET", "/v1/apps", lambda _: (200, {**self.snapshot, "seq": self.seq}))

    @property
    def seq(self):
        return self.events[-1]["seq"] if self.events else self.snapshot["seq"]

    def add(self, **event):
        """Something happens."""
        self.service.note(lambda: self.events.append(example("Event", **{"seq": self.seq + 1, **event})))

    def change_app(self, **changes):
        """The one app of the snapshot changes, which is an event too."""
        self.snapshot["apps"][0].update(changes)
        self.add(type="app.ready", app=self.snapshot["apps"][0]["name"], message="changed")

    def _reply(self, asked):
        query = {name: values[0] for name, values in parse_qs(urlsplit(asked.target).query).items()}
        after, limit = int(query.get("after", 0)), int(query.get("limit", 1000))

        def new():
            return [
                event for event in self.events if event["seq"] > after and query.get("app") in (None, event["app"])
            ][:limit]

        # One that is up again is another one, to which this request was not sent.
        ends = self.service.ends
        with self.service.changed:
            self.service.changed.wait_for(lambda: new() or self.service.ends != ends, float(query.get("wait", 0)))
        if self.service.ends != ends:
            return None
        found = new()
        snapshot = {**self.snapshot, "seq": self.seq} if query.get("snapshot") == "true" else None
        seq = found[-1]["seq"] if found else max(after, self.seq)
        return 200, {"seq": seq, "oldest": 1, "events": found, "snapshot": snapshot}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = False


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: FakeService

    def setup(self):
        super().setup()
        self.fake.note(lambda: setattr(self.fake, "connections", self.fake.connections + 1))

    def handle_one_request(self):
        if not self.fake.is_up:
            self.close_connection = True
            return
        super().handle_one_request()

    def _serve(self):
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = Asked(self.command, self.path, json.loads(content) if content else None, dict(self.headers))
        if self.headers["Authorization"] != f"Bearer {self.fake.token}":
            self._send(401, example("Problem", status=401, code="unauthorized", detail="No."))
            return
        try:
            check_request(self.command, self.path, content)
        except Exception as error:  # noqa: BLE001 - whatever is wrong is told to the test
            self.fake.complaints.append(f"{asked}: {error}")
        self.fake.note(lambda: self.fake.asked.append(asked))
        reply = self.fake.answers.get((self.command, self.path.partition("?")[0]), _by_example)(asked)
        if reply is None:
            self.close_connection = True
            return
        status, value = reply
        if status < 300:
            name = answer_schema(self.command, self.path)
            if name:
                check(name, value)
        try:
            self._send(status, value)
        except OSError:
            self.fake.note(lambda: self.fake.hung_up.append(asked))

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815

    def _send(self, status, value):
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if status < 300 else "application/problem+json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Set-Cookie", "leak=1")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Say nothing."""


def _by_example(asked):
    found = operation(asked.method, asked.target)
    if not found:
        return 404, example("Problem", status=404, code="no_such_route", detail="There is nothing here.")
    spec, names = found
    known = {app["name"] for app in example("Snapshot")["apps"]}
    if "name" in names and names["name"] not in known and spec["operationId"] != "adopt":
        return 404, example("Problem", detail=f'There is no app "{names["name"]}". Apps: {", ".join(known)}.')
    name = answer_schema(asked.method, asked.target)
    return (202 if "202" in spec["responses"] else 200), example(name) if name else {"openapi": "3.1.0"}
