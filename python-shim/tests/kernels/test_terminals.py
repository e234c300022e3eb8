"""Terminals go through a restart in place with their shell, directory, variables and scrollback."""

import json
import threading

import websocket
from real_server import TIMEOUT_S, wait_until

from jupyter_restart.terminals import cut


class Terminal:
    """A terminal tab: all text that it was sent."""

    def __init__(self, server, name):
        url = f"ws://127.0.0.1:{server.port}/terminals/websocket/{name}"
        header = [f"Authorization: token {server.token}"]
        self.socket = websocket.create_connection(url, header=header, timeout=TIMEOUT_S)
        self.text = ""
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        try:
            while data := self.socket.recv():
                kind, *rest = json.loads(data)
                self.text += rest[0] if kind == "stdout" else ""
        except (OSError, websocket.WebSocketException):
            return

    def type(self, text):
        self.socket.send(json.dumps(["stdin", f"{text}\r"]))

    def close(self):
        self.socket.abort()
        self.reader.join(TIMEOUT_S)
        self.socket.shutdown()


def test_a_terminal_keeps_shell_environment_directory_and_scrollback(start, tmp_path):
    server = start()
    name = server.call("POST", "api/terminals").json()["name"]
    before = Terminal(server, name)
    before.type(f"cd {tmp_path}; export ANSWER=42; echo first-$((1+1)) shell-$$-")
    wait_until(lambda: "first-2" in before.text and "shell-$$" in before.text, what="the shell")
    # A loop goes on printing while no server reads.
    before.type("for i in $(seq 80); do echo line-$i-; sleep 0.05; done")
    wait_until(lambda: "line-3-" in before.text, what="the loop")
    kept = server.restart()
    assert (kept["kernels"], kept["terminals"]) == (0, 1)
    before.close()

    after = Terminal(server, name)
    wait_until(lambda: "line-80-" in after.text, what="the end of the loop")
    after.type("echo dir=$PWD answer=$ANSWER shell-$$-")
    wait_until(lambda: f"dir={tmp_path} answer=42" in after.text, what="the shell's answer")
    assert after.text.startswith("\x1bc")
    assert "first-2" in after.text
    assert [after.text.count(f"line-{number}-") for number in range(1, 81)] == [1] * 80
    shells = {word for word in after.text.split() if word.startswith("shell-") and word[6].isdigit()}
    assert len(shells) == 1
    after.close()

    server.restart()
    again = Terminal(server, name)
    wait_until(lambda: "answer=42" in again.text, what="the scrollback")
    assert again.text.count("\x1bc") == 1
    again.type("exit")
    wait_until(lambda: server.get("api/terminals") == [], what="the terminal's end")
    again.close()


def test_scrollback_is_cut_at_the_start_of_a_line():
    assert cut("abc", 10) == "abc"
    assert cut("one\ntwo\nthree", 7) == "three"
    assert cut("\x1b[31mlong", 3) == "ong"
