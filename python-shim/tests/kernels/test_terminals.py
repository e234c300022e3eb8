"""Terminals go through a restart in place with their shell, directory, variables and scrollback."""

import asyncio
import json
import os
import select
import signal
import subprocess
import threading
from collections import deque
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
import websocket
from waiting import TIMEOUT_S, wait_until

from jupyter_restart.kernels.relay_client import RelayClient
from jupyter_restart.kernels.state import ServerState
from jupyter_restart.procfs import ProcessIdentity
from jupyter_restart.terminals import carrying, holding, manager, typed
from jupyter_restart.terminals.carrying import cut
from jupyter_restart.terminals.scrollback import Scrollback
from jupyter_restart.terminals.store import TerminalStore


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


def test_a_terminal_lives_through_a_crash_with_all_that_it_printed(start):
    server = start()
    name = server.call("POST", "api/terminals").json()["name"]
    before = Terminal(server, name)
    before.type("export ANSWER=42; echo shell-$$-")
    # More than a pseudo-terminal holds: the program waits until it is read again.
    before.type("for i in $(seq 300); do echo line-$i-$(printf %040d 0); sleep 0.005; done")
    wait_until(lambda: "line-3-" in before.text, what="the loop")
    wait_until(lambda: holding.names(server.state()) == [name], what="the relay's hold of it")
    with closing(RelayClient(server.state())) as relay:
        os.kill(relay.pid(), signal.SIGKILL)
    wait_until(lambda: holding.names(server.state()) == [name], what="another relay's hold of it")
    tab = Terminal(server, name)
    wait_until(lambda: "line-3-" in tab.text, what="what was printed, in a tab that comes later")
    tab.close()
    os.kill(server.pid, signal.SIGKILL)
    server.process.wait()
    before.close()

    successor = start(port=server.port)
    assert successor.get("probe")["kept"]["terminals"] == 1
    after = Terminal(successor, name)
    wait_until(lambda: "line-300-" in after.text, what="the end of the loop")
    after.type("echo answer=$ANSWER shell-$$-")
    wait_until(lambda: "answer=42" in after.text, what="the shell's answer")
    assert [after.text.count(f"line-{number}-") for number in range(1, 301)] == [1] * 300
    assert len({word for word in after.text.split() if word.startswith("shell-") and word[6].isdigit()}) == 1
    after.type("exit")
    wait_until(lambda: successor.get("api/terminals") == [], what="the terminal's end")
    wait_until(lambda: holding.names(successor.state()) == [], what="the relay's letting go")
    after.close()


def test_a_terminal_lives_through_a_crash_in_its_first_moments(start):
    server = start()
    names = [server.call("POST", "api/terminals").json()["name"] for _ in range(2)]
    os.kill(server.pid, signal.SIGKILL)
    server.process.wait()
    successor = start(port=server.port)
    assert successor.get("probe")["kept"]["terminals"] == 2
    for name in names:
        tab = Terminal(successor, name)
        tab.type("echo in-$((40+2)); exit")
        wait_until(lambda tab=tab: "in-42" in tab.text, what="the shell's answer")
        tab.close()


def test_scrollback_gives_back_the_last_that_was_written():
    scrollback = Scrollback.new()
    assert scrollback.text() == ""
    scrollback.append("one ")
    scrollback.append("zwölf\n")
    assert scrollback.text() == "one zwölf\n"
    # 262,144 bytes fit, in characters of two bytes each.
    scrollback.append("ä" * 131_072)
    assert scrollback.text() == "ä" * 131_072
    scrollback.append("x")
    assert scrollback.text() == "ä" * 131_071 + "x"
    scrollback.append("y" * 300_000)
    assert scrollback.text() == "y" * 262_144
    scrollback.close()


def test_a_scrollback_is_read_by_another_process_while_its_writer_lives():
    scrollback = Scrollback.new()
    scrollback.append("said")
    other = Scrollback(os.dup(scrollback.descriptor))
    scrollback.append(" more")
    assert other.text() == "said more"
    other.close()
    scrollback.close()


@pytest.fixture
def relay_of_terminals(tmp_path):
    """A relay's store of terminals, in a thread; gives the state that names it."""
    state, enough = ServerState(tmp_path), threading.Event()
    store = TerminalStore(holding.open_door(state))

    def serve():
        while not enough.is_set():
            store.pump(select.select(store.watched(), [], [], 0.02)[0])
        store.close()

    serving = threading.Thread(target=serve)
    serving.start()
    yield state
    enough.set()
    serving.join()


@pytest.fixture
def shell():
    """Stands for a shell, as the terminal's object ends it."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


def test_a_terminal_in_which_nothing_runs_is_let_go_when_it_is_not_used_any_more(tmp_path):
    state = ServerState(tmp_path)
    store = TerminalStore(holding.open_door(state))
    shells = {
        "at its prompt": subprocess.Popen(["sleep", "600"]),
        "with a job": subprocess.Popen(["sh", "-c", "sleep 600 & read -r line"], stdin=subprocess.PIPE),
    }
    wait_until(lambda: _children(shells["with a job"].pid), what="the job")
    for name, shell in shells.items():
        process, scrollback = ProcessIdentity.of(shell.pid), Scrollback.new()
        asked = threading.Thread(target=holding.hold, args=(state, name, process, scrollback.descriptor, scrollback))
        asked.start()
        store.pump(select.select(store.watched(), [], [], TIMEOUT_S)[0])
        asked.join()
        scrollback.close()
    store.end_unused()
    assert list(store._held) == ["with a job"]
    store.close()
    for pid in _children(shells["with a job"].pid):
        os.kill(pid, signal.SIGKILL)
    for shell in shells.values():
        shell.kill()
        shell.communicate()


def _children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_what_a_server_reads_that_is_killed_before_the_relay_hears_of_it_is_kept(relay_of_terminals, shell):
    async def shown_by_next():
        """A server in the place of one that was killed reads what had waited, and is killed in turn."""
        terminals = manager.KeptTerminalManager(shell_command=["sh"])
        server = SimpleNamespace(web_app=SimpleNamespace(settings={"terminal_manager": terminals}))
        assert carrying.adopt(server, holding.held(relay_of_terminals)) == 1
        terminal, read = terminals.terminals["1"], asyncio.Event()
        terminal.clients.append(SimpleNamespace(on_pty_read=lambda _: read.set()))
        await asyncio.wait_for(read.wait(), TIMEOUT_S)
        asyncio.get_running_loop().remove_reader(terminal.ptyproc.fd)
        return "".join(terminal.read_buffer)

    process = ProcessIdentity.of(shell.pid)
    assert process is not None
    master, slave = os.openpty()
    scrollback = Scrollback.new()
    scrollback.append("first\n")
    holding.hold(relay_of_terminals, "1", process, master, scrollback)
    scrollback.close()
    os.write(slave, b"second\n")
    assert asyncio.run(shown_by_next()) == "\x1bcfirst\nsecond\r\n"
    os.write(slave, b"third\n")
    assert asyncio.run(shown_by_next()) == "\x1bcfirst\nsecond\r\nthird\r\n"
    os.close(master)
    os.close(slave)


def test_a_terminal_that_the_relay_was_too_slow_for_is_given_to_it_again(monkeypatch):
    monkeypatch.setattr(manager, "_HOLD_AGAIN_AFTER_S", 0.01)
    keeper = SimpleNamespace(letting_go=True, state=None, look_at_relay=lambda: True, relay_watch=SimpleNamespace())
    monkeypatch.setattr(manager, "keeper_of", lambda _: keeper)
    terminal = SimpleNamespace(
        term_name="1", ptyproc=SimpleNamespace(pid=os.getpid(), fd=-1), read_buffer=deque(["said"], maxlen=9)
    )
    tries = []

    async def scenario():
        held = asyncio.Event()

        def hold(state, name, process, master, scrollback):
            tries.append((name, process.pid, master, scrollback.text()))
            if len(tries) == 1:
                raise TimeoutError("the relay is busy")
            held.set()

        monkeypatch.setattr(holding, "hold", hold)
        terminals = manager.KeptTerminalManager(shell_command=["sh"])
        terminals.ptys_by_fd[-1] = terminal
        terminals._hold(terminal)
        await asyncio.sleep(0.05)
        assert tries == [], "while the server lets go"
        keeper.letting_go = False
        await asyncio.wait_for(held.wait(), 10)
        terminal.read_buffer.append(" more")
        await asyncio.sleep(0.05)

    asyncio.run(scenario())
    assert tries == [("1", os.getpid(), -1, "said")] * 2
    terminal.read_buffer.close()


class Page:
    """A page with a terminal, from the server's side; with `answers` it has our extension."""

    def __init__(self, *, answers):
        self.answers = answers
        self.told = []
        self.typed = []

    def send_json_message(self, message):
        self.told.append(message)
        if self.answers and message == ["pause"]:
            asyncio.get_running_loop().create_task(self._type_and_answer())

    async def on_message(self, message):
        self.typed.append(json.loads(message))

    async def _type_and_answer(self):
        await self.on_message('["stdin", "a"]')
        await self.on_message('["paused"]')


def test_pages_are_asked_to_keep_what_is_typed_and_are_waited_for():
    async def scenario():
        pages = [Page(answers=True), Page(answers=True)]
        await typed.Pages().pause(pages)
        typed.resume(pages)
        return [(page.told, page.typed) for page in pages]

    assert asyncio.run(scenario()) == [([["pause"], ["resume"]], [["stdin", "a"]])] * 2


def test_only_pages_that_can_keep_what_is_typed_are_waited_for():
    async def scenario():
        able, unable, new = Page(answers=True), Page(answers=False), Page(answers=True)
        pages = typed.Pages()
        pages.try_out([able, unable])
        await asyncio.sleep(0)
        # For ever, had the one that can't been waited for.
        await pages.pause([able, unable, new], timeout_s=None)
        await unable.on_message('["stdin", "a"]')
        return [(page.told, page.typed) for page in (able, unable, new)]

    told, a = [["pause"], ["resume"], ["pause"]], ["stdin", "a"]
    assert asyncio.run(scenario()) == [(told, [a, a]), (told, [a]), ([["pause"]], [a])]


def test_a_page_that_came_late_and_does_not_answer_is_not_waited_for_for_ever():
    async def scenario():
        page = Page(answers=False)
        await typed.Pages().pause([page], timeout_s=0.01)
        await page.on_message('["stdin", "a"]')
        return page.told, page.typed

    assert asyncio.run(scenario()) == ([["pause"]], [["stdin", "a"]])
