"""The relay's line to one kernel, whose sockets are in this process."""

import pytest
import zmq
from waiting import wait_until

from jupyter_restart.kernels import line as kernel_line
from jupyter_restart.kernels.line import REPLY_CHANNELS, KernelLine, arrival_deadline, await_handshakes
from jupyter_restart.kernels.ring import Held, Mark
from jupyter_restart.procfs import ProcessIdentity

SESSION = "browser"
MARKS = {SESSION: Mark(0, 0)}


@pytest.fixture
def kernel(tmp_path):
    """The line and the kernel's sockets, which let a second peer claim an identity."""
    with zmq.Context() as context:
        sockets = {"iopub": context.socket(zmq.XPUB), **{name: context.socket(zmq.ROUTER) for name in REPLY_CHANNELS}}
        for name in REPLY_CHANNELS:
            sockets[name].setsockopt(zmq.ROUTER_HANDOVER, 1)
        ports = {f"{name}_port": socket.bind_to_random_port("tcp://127.0.0.1") for name, socket in sockets.items()}
        line = KernelLine(context, "k", {"ip": "127.0.0.1", "key": "", **ports}, ProcessIdentity.own(), 1000, tmp_path)
        yield line, sockets
        line.close()
        for socket in sockets.values():
            socket.close(linger=0)


def test_a_reply_after_a_second_parting_is_held_when_the_ears_of_the_first_have_gone(kernel, monkeypatch):
    line, sockets = kernel
    monkeypatch.setattr(kernel_line, "_LINGER_S", 0.2)
    line.part(MARKS, arrival_deadline())
    await_handshakes(line.open_ears())
    line.take(SESSION, b"")
    line.part(MARKS, arrival_deadline())
    await_handshakes(line.open_ears())

    def have_gone():
        line.pump()
        return all(ear.until is None for ear in line._ears)

    wait_until(have_gone, what="the end of the first ears")
    sockets["shell"].send_multipart([SESSION.encode(), b"reply"])
    assert any(ear.socket.poll(5000) for ear in line._ears if ear.channel == "shell")
    assert line.take(SESSION, b"")[0].messages == (Held("shell", (b"reply",)),)


def test_ears_are_opened_once_and_only_for_those_that_wait(kernel):
    line, _ = kernel
    line.part({**MARKS, "back": Mark(0, 0)}, arrival_deadline())
    line.release("back", close=False)
    assert line.waiting() == [SESSION]
    opened = [line.open_ears(sessions) for sessions in ([], None, None)]
    await_handshakes(opened[1])
    assert [len(each) for each in opened] == [0, len(REPLY_CHANNELS), 0]
