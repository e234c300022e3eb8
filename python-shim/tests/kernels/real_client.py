"""A browser session on a kernel of a real server, over a websocket."""

from __future__ import annotations

import json
import threading
import time
import uuid
from functools import partial

import websocket
from waiting import TIMEOUT_S, wait_until


class Conversation(websocket.WebSocket):
    """A client's websocket: once it has been told goodbye, the client sends nothing more over it, as in a browser."""

    def __init__(self, client, **options):
        super().__init__(**options)
        self.client = client

    def send_close(self, *arguments, **options):
        self.client.told_goodbye.set()
        self.client.may_part.wait(TIMEOUT_S)
        with self.client.changed:
            self.client.is_open = False
            super().send_close(*arguments, **options)


class Client:
    """A browser session on a kernel: reads all the time, and reconnects under the same id, as JupyterLab does.

    While `may_part` is not set it has yet to hear that the server has said goodbye, and while `may_return` is not set
    it does not reconnect.
    """

    def __init__(self, server, kernel_id, session, protocol):
        self.server = server
        self.kernel_id = kernel_id
        self.session = session
        self.protocol = protocol
        self.messages = []
        self.closing = False
        self.told_goodbye = threading.Event()
        self.may_part = threading.Event()
        self.may_part.set()
        self.may_return = threading.Event()
        self.may_return.set()
        self.changed = threading.Condition()
        self.socket = self._open()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _open(self):
        base = self.server.base.replace("http", "ws", 1)
        url = f"{base}/api/kernels/{self.kernel_id}/channels?session_id={self.session}"

        def opened():
            try:
                return websocket.create_connection(
                    url,
                    class_=partial(Conversation, self),
                    header=[f"Authorization: token {self.server.token}"],
                    subprotocols=["v1.kernel.websocket.jupyter.org"] if self.protocol else None,
                    timeout=TIMEOUT_S,
                )
            except (OSError, websocket.WebSocketException):
                return self.closing

        connected = wait_until(opened, what="the websocket")
        self.is_open = connected is not True
        return connected if self.is_open else None

    def _read(self):
        while not self.closing:
            try:
                data = self.socket.recv()
            except (OSError, websocket.WebSocketException):
                data = ""
            with self.changed:
                if data:
                    self.messages.append(parse_v1(data) if isinstance(data, bytes) else json.loads(data))
                elif not self.closing:
                    self.socket.shutdown()
                    self.may_return.wait(TIMEOUT_S)
                    self.socket = self._open()
                self.changed.notify_all()

    def send(self, kind, content, channel="shell", parent=None):
        header = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": kind,
            "username": "",
            "session": self.session,
            "date": "2026-01-01T00:00:00Z",
            "version": "5.3",
        }
        parts = [header, parent or {}, {}, content]
        with self.changed:
            assert self.changed.wait_for(lambda: self.is_open, TIMEOUT_S)
            if self.protocol:
                blobs = [channel.encode(), *(json.dumps(part).encode() for part in parts)]
                at = [8 * (2 + len(blobs))]
                for blob in blobs:
                    at.append(at[-1] + len(blob))
                head = b"".join(number.to_bytes(8, "little") for number in [len(at), *at])
                self.socket.send_binary(head + b"".join(blobs))
            else:
                names = ("header", "parent_header", "metadata", "content")
                self.socket.send(
                    json.dumps({**dict(zip(names, parts, strict=True)), "channel": channel, "buffers": []})
                )
        return header["msg_id"]

    def execute(self, code, **content):
        asked = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": True}
        return self.send("execute_request", {**asked, **content})

    def until(self, condition):
        """The first message for which `condition` holds, among those that came and that will come."""
        seen = 0
        deadline = time.monotonic() + TIMEOUT_S
        with self.changed:
            while True:
                for message in self.messages[seen:]:
                    if condition(message):
                        return message
                seen = len(self.messages)
                assert self.changed.wait(deadline - time.monotonic()), self.messages[-3:]

    def reply_to(self, msg_id):
        return self.until(lambda m: m["channel"] == "shell" and m["parent_header"].get("msg_id") == msg_id)

    def idle_after(self, msg_id):
        return self.until(
            lambda m: (
                m["header"]["msg_type"] == "status"
                and m["parent_header"].get("msg_id") == msg_id
                and m["content"]["execution_state"] == "idle"
            )
        )

    def run(self, code):
        """Run a cell to its end; what it printed."""
        msg_id = self.execute(code)
        reply = self.reply_to(msg_id)
        self.idle_after(msg_id)
        assert reply["content"]["status"] == "ok", reply["content"]
        return self.printed(msg_id)

    def printed(self, msg_id, name="stdout"):
        return "".join(
            m["content"]["text"]
            for m in self.messages
            if m["header"]["msg_type"] == "stream"
            and m["parent_header"].get("msg_id") == msg_id
            and m["content"]["name"] == name
        )

    def replies(self, msg_id):
        return [m for m in self.messages if m["channel"] == "shell" and m["parent_header"].get("msg_id") == msg_id]

    def close(self):
        self.closing = True
        self.may_part.set()
        self.may_return.set()
        if isinstance(self.socket, websocket.WebSocket):
            self.socket.abort()
        self.reader.join(TIMEOUT_S)
        # None where the reader was about to connect anew, and gave that up.
        if isinstance(self.socket, websocket.WebSocket):
            self.socket.shutdown()


def parse_v1(data):
    count = int.from_bytes(data[:8], "little")
    at = [int.from_bytes(data[8 * (i + 1) : 8 * (i + 2)], "little") for i in range(count)]
    names = ("header", "parent_header", "metadata", "content")
    parts = [data[at[i] : at[i + 1]] for i in range(count - 1)]
    message = {name: json.loads(part) for name, part in zip(names, parts[1:5], strict=True)}
    return {**message, "channel": parts[0].decode()}
