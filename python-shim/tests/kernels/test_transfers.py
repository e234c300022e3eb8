"""Files that are on their way when a server is restarted: large ones, or those of users with a slow line."""

import base64
import http.client
import json
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import websocket
from waiting import wait_until

# More than the sockets' buffers hold, at a pace that leaves it on its way well after the restart.
PIECE = 1 << 18
PIECES = 60
PAUSE_S = 0.1
CONTENT = os.urandom(PIECE) * PIECES


def connect(server):
    connection = socket.socket()
    # Before it is connected: the buffers that grow by themselves would take everything at once.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, PIECE)
    connection.settimeout(40)
    connection.connect(("127.0.0.1", server.port))
    return connection


def download(server, name):
    with connect(server) as connection:
        asked = f"GET /files/{name} HTTP/1.1\r\nHost: localhost\r\nAuthorization: token {server.token}\r\n\r\n"
        connection.sendall(asked.encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        read = b""
        while piece := answer.read(PIECE):
            read += piece
            time.sleep(PAUSE_S)
        return read


def upload(server, name):
    content = base64.b64encode(CONTENT).decode()
    body = json.dumps({"type": "file", "format": "base64", "content": content}).encode()
    head = (
        f"PUT /api/contents/{name} HTTP/1.1\r\nHost: localhost\r\nAuthorization: token {server.token}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with connect(server) as connection:
        connection.sendall(head.encode())
        for start in range(0, len(body), PIECE):
            connection.sendall(body[start : start + PIECE])
            time.sleep(PAUSE_S)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status


def upload_under_way(server, threads, name="up.bin"):
    sent = threads.submit(upload, server, name)
    time.sleep(10 * PAUSE_S)
    return sent


def test_files_that_are_being_sent_and_received_arrive_whole(start):
    server = start()
    (server.root / "down.bin").write_bytes(CONTENT)
    with ThreadPoolExecutor() as threads:
        received = threads.submit(download, server, "down.bin")
        sent = upload_under_way(server, threads)
        server.restart(warm=True)
        assert not sent.done()
        assert not received.done()
    assert (sent.result(), received.result() == CONTENT) == (http.client.CREATED, True)
    assert (server.root / "up.bin").read_bytes() == CONTENT


def test_a_stop_does_not_wait_for_a_file_that_nobody_takes(start):
    server = start()
    (server.root / "down.bin").write_bytes(CONTENT)
    with connect(server) as connection:
        asked = f"GET /files/down.bin HTTP/1.1\r\nHost: localhost\r\nAuthorization: token {server.token}\r\n\r\n"
        connection.sendall(asked.encode())
        connection.recv(1)
        server.restart(warm=True)
        before = time.monotonic()
        os.kill(server.pid, signal.SIGTERM)
        wait_until(lambda: server.process.poll() is not None, what="the end")
        # The old server would wait for half a minute.
        assert time.monotonic() - before < 20


def listen(server):
    """To events that other extensions send, over a websocket that is not ours."""
    return websocket.create_connection(
        f"ws://127.0.0.1:{server.port}/api/events/subscribe",
        header={"Authorization": f"token {server.token}"},
        timeout=40,
    )


def restart_until_the_new_server_is_alone(server, events):
    """From then on the old one has left all to it but what takes long, and does not go on in its place."""
    server.restart(warm=True)
    with pytest.raises(websocket.WebSocketConnectionClosedException):
        events.recv()


def test_websockets_of_other_extensions_do_not_stay_with_a_server_that_still_receives_a_file(start):
    server = start()
    with ThreadPoolExecutor() as threads:
        sent = upload_under_way(server, threads)
        restart_until_the_new_server_is_alone(server, listen(server))
        assert not sent.done()
    assert sent.result() == http.client.CREATED


def test_the_end_of_a_new_server_is_its_own_though_the_old_one_still_receives_a_file(start):
    server = start()
    with ThreadPoolExecutor() as threads:
        sent = upload_under_way(server, threads)
        restart_until_the_new_server_is_alone(server, listen(server))
        os.kill(server.serving_pid(), signal.SIGKILL)
        assert server.process.wait(20) == -signal.SIGKILL
    assert isinstance(sent.exception(), OSError)
