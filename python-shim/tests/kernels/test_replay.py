"""What a session that comes back is given, without a server."""

import asyncio
import contextlib
from types import SimpleNamespace

import zmq

from jupyter_restart.kernels import replay
from jupyter_restart.kernels.relay_client import Taken


class Stream(SimpleNamespace):
    def close(self):
        self.socket.close(linger=0)


class Kernel:
    """Answers each new subscription by a welcome, as a kernel does, with `before` published ahead of it."""

    def __init__(self, context, before):
        self.output = context.socket(zmq.XPUB)
        self.output.bind("inproc://output")
        self.context, self.before = context, before
        self.connect_shell = self.connect_control = self.connect_stdin = lambda **_: Stream(
            socket=context.socket(zmq.SUB)
        )

    def connect_iopub(self, **_):
        socket = self.context.socket(zmq.SUB)
        socket.setsockopt(zmq.SUBSCRIBE, b"")
        socket.connect("inproc://output")
        return Stream(socket=socket)

    async def welcome(self):
        while True:
            with contextlib.suppress(zmq.Again):
                topic = self.output.recv(zmq.NOBLOCK)[1:]
                if topic:
                    for message in self.before:
                        self.output.send_multipart(message)
                    self.output.send_multipart([topic])
                    return
            await asyncio.sleep(0.001)


def test_the_welcome_of_another_session_is_no_output_to_replay():
    """As one, it was counted and never forwarded: the next line of output then came twice."""
    line = [b"stream", b"85"]
    relay = SimpleNamespace(release=lambda *_, **__: True, take=lambda *_: Taken([], complete=True))

    async def prepared(context):
        kernel = Kernel(context, before=[[b"jupyter-restart-of-another"], line])
        keeper = SimpleNamespace(relay=relay, hands_over=lambda _: True, returning=asyncio.Semaphore(1))
        welcome = asyncio.ensure_future(kernel.welcome())
        got = await replay.prepare(kernel, keeper, "k:session")
        await welcome
        got.close()
        kernel.output.close(linger=0)
        return got.messages

    with zmq.Context() as context:
        assert asyncio.run(prepared(context)) == [("iopub", line)]
