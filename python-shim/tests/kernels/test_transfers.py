"""Files that are on their way when a server is restarted: large ones, or those of users with a slow line."""

import base64
import contextlib
import http.client
import json
import os
import signal
import socket
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
import websocket
from waiting import TIMEOUT_S

PIECE = 1 << 18
# More than the sockets' buffers hold: what stops in the middle stays on its way.
PIECES = 60
CONTENT = os.urandom(PIECE) * PIECES


@dataclass
class Middle:
    """Where a transfer stops until it may go on."""

    reached: threading.Event = field(default_factory=threading.Event)
    may_go_on: threading.Event = field(default_factory=threading.Event)

    def stop(self):
        self.reached.set()
        self.may_go_on.wait(TIMEOUT_S)


def connect(server):
    connection = socket.socket()
    # Before it is connected: the buffers that grow by themselves would take everything at once.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, PIECE)
    connection.settimeout(TIMEOUT_S)
    connection.connect(("127.0.0.1", server.port))
    return connection


def download(server, name, middle):
    with connect(server) as connection:
        asked = f"GET /files/{name} HTTP/1.1\r\nHost: localhost\r\nAuthorization: token {server.token}\r\n\r\n"
        connection.sendall(asked.encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        read = answer.read(PIECE)
        middle.stop()
        return read + answer.read()


def upload(server, name, middle):
    content = base64.b64encode(CONTENT).decode()
    body = json.dumps({"type": "file", "format": "base64", "content": content}).encode()
    head = (
        f"PUT /api/contents/{name} HTTP/1.1\r\nHost: localhost\r\nAuthorization: token {server.token}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with connect(server) as connection:
        connection.sendall(head.encode())
        # More than the buffers hold: when it is sent, the server reads it.
        connection.sendall(body[: len(body) // 2])
        middle.stop()
        connection.sendall(body[len(body) // 2 :])
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status


@contextlib.contextmanager
def under_way(transfer, *given):
    """A transfer that stops in its middle, as long as the block; it ends, or fails, when that is left."""
    middle = Middle()
    with ThreadPoolExecutor() as threads:
        moved: Future = threads.submit(transfer, *given, middle)
        try:
            assert middle.reached.wait(TIMEOUT_S), "the middle of the transfer"
            yield moved
        finally:
            middle.may_go_on.set()


def test_files_that_are_being_sent_and_received_arrive_whole(start):
    server = start()
    (server.root / "down.bin").write_bytes(CONTENT)
    with under_way(download, server, "down.bin") as received, under_way(upload, server, "up.bin") as sent:
        server.restart(warm=True)
    assert (sent.result(), received.result() == CONTENT) == (http.client.CREATED, True)
    assert (server.root / "up.bin").read_bytes() == CONTENT


# Longer than any test waits.
PATIENT = "from jupyter_restart import succession\nsuccession._LONG_ANSWERS_S = 3600.0\n"


def test_a_stop_does_not_wait_for_a_file_that_nobody_takes(start, tmp_path):
    config = tmp_path / "config" / "jupyter_server_config.py"
    config.parent.mkdir()
    config.write_text(PATIENT)
    server = start()
    (server.root / "down.bin").write_bytes(CONTENT)
    with under_way(download, server, "down.bin") as received:
        server.restart(warm=True)
        os.kill(server.pid, signal.SIGTERM)
        server.process.wait(TIMEOUT_S)
    assert isinstance(received.exception(), (OSError, http.client.IncompleteRead))


def listen(server):
    """To events that other extensions send, over a websocket that is not ours."""
    return websocket.create_connection(
        f"ws://127.0.0.1:{server.port}/api/events/subscribe",
        header={"Authorization": f"token {server.token}"},
        timeout=TIMEOUT_S,
    )


def restart_until_the_new_server_is_alone(server, events):
    """From then on the old one has left all to it but what takes long, and does not go on in its place."""
    server.restart(warm=True)
    with pytest.raises(websocket.WebSocketConnectionClosedException):
        events.recv()


def test_websockets_of_other_extensions_do_not_stay_with_a_server_that_still_receives_a_file(start):
    server = start()
    with under_way(upload, server, "up.bin") as sent:
        restart_until_the_new_server_is_alone(server, listen(server))
    assert sent.result() == http.client.CREATED


def test_the_end_of_a_new_server_is_its_own_though_the_old_one_still_receives_a_file(start):
    server = start()
    with under_way(upload, server, "up.bin") as sent:
        restart_until_the_new_server_is_alone(server, listen(server))
        os.kill(server.serving_pid(), signal.SIGKILL)
        assert server.process.wait(TIMEOUT_S) == -signal.SIGKILL
    assert isinstance(sent.exception(), OSError)
