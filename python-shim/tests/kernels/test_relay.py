"""The relay process with a real kernel, by way of its client."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
import zmq
from jupyter_client.manager import KernelManager
from waiting import TIMEOUT_S, wait_until

from jupyter_restart.kernels import relay_client, relay_watch
from jupyter_restart.kernels.keeper import Keeper
from jupyter_restart.kernels.marks import MarkFile
from jupyter_restart.kernels.relay_client import RelayClient, RelayError
from jupyter_restart.kernels.ring import Held
from jupyter_restart.kernels.state import KernelRecord, ServerState
from jupyter_restart.procfs import ProcessIdentity
from jupyter_restart.terminals import holding

LIMIT_BYTES = 50_000


@pytest.fixture
def kernel(tmp_path):
    manager = KernelManager(connection_file=str(tmp_path / "connection.json"))
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=TIMEOUT_S)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.context.destroy()


@pytest.fixture
def relay(tmp_path, kernel):
    manager, _ = kernel
    connection = {**manager.get_connection_info(), "key": manager.session.key.decode()}
    identity = ProcessIdentity.of(manager.provisioner.pid)
    record = KernelRecord("k", "python3", identity.pid, identity.start_ticks, "", connection, {})
    relay = RelayClient(ServerState(tmp_path), LIMIT_BYTES)
    relay.start([record])
    yield relay
    relay.forget("k")
    relay.close()
    # It would live as long as its server, which is whoever runs all these tests.
    os.kill(relay._pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(relay._pid, 0)


def await_hearing(client, relay):
    """Wait until the relay hears the kernel: its subscription takes effect a moment after it is made."""

    def after_a_cell():
        client.execute_interactive("1", timeout=TIMEOUT_S)
        return relay.states() == {"k": "idle"}

    wait_until(after_a_cell, what="the idle state")


def run_until_heard(client, relay, code, flag):
    """Run a cell to its end, and until the relay, which hears the kernel, has heard of that, too."""
    client.execute(f"import os, time\nwhile not os.path.exists({str(flag)!r}):\n    time.sleep(0.01)\n{code}")
    wait_until(lambda: relay.states() == {"k": "busy"}, what="the beginning of the cell")
    flag.touch()
    wait_until(lambda: relay.states() == {"k": "idle"}, what="the end of the cell")


def texts(messages, session):
    """Name and text of each stream message."""
    found = []
    for held in messages:
        _, frames = session.feed_identities(list(held.frames))
        message = session.deserialize(frames)
        if message["msg_type"] == "stream":
            found.append((message["content"]["name"], message["content"]["text"]))
    return found


def parent_of(held, session):
    """The id of the request that a message is about."""
    _, frames = session.feed_identities(list(held.frames))
    return session.clone().deserialize(frames)["parent_header"]["msg_id"]


def test_what_goes_beyond_the_bound_is_told_in_the_cell(kernel, relay, tmp_path):
    manager, client = kernel
    marks = MarkFile(tmp_path / "marks")
    await_hearing(client, relay)
    marks.open("k:browser")
    relay.bye()
    run_until_heard(client, relay, "for i in range(300): print('x' * 1000, i, flush=True)", tmp_path / "go on")
    relay.hello()
    assert relay.release("k", "browser", close=False)
    taken = relay.take("k", "browser", "")
    (name, notice), *kept = texts(taken.messages, manager.session.clone())
    assert name == "stderr"
    assert "of output made while the server was away are lost: at most 0 MB are held per kernel" in notice
    assert 0 < sum(len(text) for _, text in kept) <= LIMIT_BYTES
    assert kept[-1][1].endswith(" 299\n")
    marks.close()


def test_a_flood_of_output_is_held_on_disk(kernel, tmp_path):
    manager, client = kernel
    connection = {**manager.get_connection_info(), "key": manager.session.key.decode()}
    identity = ProcessIdentity.of(manager.provisioner.pid)
    with (
        contextlib.closing(RelayClient(ServerState(tmp_path))) as relay,
        contextlib.closing(MarkFile(tmp_path / "marks")) as marks,
    ):
        relay.start([KernelRecord("k", "python3", identity.pid, identity.start_ticks, "", connection, {})])
        await_hearing(client, relay)
        marks.open("k:browser")
        relay.bye()
        run_until_heard(client, relay, "for i in range(40): print('x' * 1_000_000, flush=True)", tmp_path / "go on")
        assert 38_000_000 < on_disk(relay._pid, tmp_path) < 41_000_000
        printed = texts(relay.take("k", "browser", "").messages, manager.session.clone())
        assert "".join(text for _, text in printed) == ("x" * 1_000_000 + "\n") * 40
        os.kill(relay._pid, signal.SIGKILL)
        os.waitpid(relay._pid, 0)


def on_disk(pid, folder):
    """Bytes of the files without a name that a process has open in a folder."""
    files = [path for path in Path(f"/proc/{pid}/fd").iterdir() if str(path.readlink()).startswith(str(folder))]
    return sum(file.stat().st_size for file in files if str(file.readlink()).endswith(" (deleted)"))


def test_a_reply_is_held_for_the_session_that_asked(kernel, relay, tmp_path):
    manager, client = kernel
    session = manager.session.clone()
    marks = MarkFile(tmp_path / "marks")
    for name in (client.session.session, "other"):
        marks.open(f"k:{name}")
    gone = tmp_path / "the server is gone"
    asked = client.execute(f"import os, time\nwhile not os.path.exists({str(gone)!r}):\n    time.sleep(0.01)")
    # A request that the kernel has not read goes with the socket that is replaced; a server waits for those under way.
    while client.get_iopub_msg(timeout=TIMEOUT_S)["msg_type"] != "execute_input":
        continue
    relay.bye()
    gone.touch()
    while client.get_iopub_msg(timeout=TIMEOUT_S)["content"] != {"execution_state": "idle"}:
        continue
    taken = {name: relay.take("k", name, "").messages for name in (client.session.session, "other")}

    def replies():
        # The reply and the word that the kernel is idle come by different connections, in any order.
        for name, messages in taken.items():
            messages.extend(relay.take_late("k", name))
        held = [(name, held) for name, messages in taken.items() for held in messages if held.channel == "shell"]
        return [(name, parent_of(message, session)) for name, message in held]

    assert wait_until(replies, what="the reply") == [(client.session.session, asked)]
    marks.close()


@pytest.mark.parametrize("is_back", [False, True], ids=["away", "back"])
def test_replies_stay_with_the_server_until_it_lets_go_for_good_and_the_session_is_away(
    kernel, relay, tmp_path, is_back
):
    _, client = kernel
    session = client.session.session
    marks = MarkFile(tmp_path / "marks")
    marks.open(f"k:{session}")
    assert relay.bye([])
    assert relay.waiting() == {f"k:{session}"}
    client.execute_interactive("1", timeout=TIMEOUT_S)
    flag = tmp_path / "go on"
    asked = client.execute(f"import os, time\nwhile not os.path.exists({str(flag)!r}):\n    time.sleep(0.01)")
    while client.get_iopub_msg(timeout=TIMEOUT_S)["msg_type"] != "execute_input":
        continue
    if is_back:
        assert relay.release("k", session, close=False)
        assert relay.waiting() == set()
    relay.listen()
    flag.touch()
    while client.get_iopub_msg(timeout=TIMEOUT_S)["content"] != {"execution_state": "idle"}:
        continue
    replies = [held for held in relay.take("k", session, "").messages if held.channel == "shell"]
    assert len(replies) == (0 if is_back else 1)
    if is_back:
        assert client.get_shell_msg(timeout=TIMEOUT_S)["parent_header"]["msg_id"] == asked
    marks.close()


def test_many_kernels_of_which_the_relay_has_not_heard_what_the_server_has_delay_no_restart(tmp_path):
    """Such as those that were idle when it took the place of one that was killed."""
    own, kernels = ProcessIdentity.own(), [f"kernel-{number}" for number in range(12)]
    marks = MarkFile(tmp_path / "marks")
    for kernel in kernels:
        marks.open(f"{kernel}:browser").forwarded(7)
    with (
        zmq.Context() as context,
        context.socket(zmq.XPUB) as output,
        context.socket(zmq.ROUTER) as replies,
        contextlib.closing(RelayClient(ServerState(tmp_path))) as relay,
    ):
        output_port, port = (each.bind_to_random_port("tcp://127.0.0.1") for each in (output, replies))
        ports = {"iopub_port": output_port, **{f"{name}_port": port for name in ("shell", "control", "stdin")}}
        connection = {"ip": "127.0.0.1", "key": "", **ports}
        relay.start([KernelRecord(name, "", own.pid, own.start_ticks, "", connection, {}) for name in kernels])
        relay.bye()
        assert relay.waiting() == {f"{kernel}:browser" for kernel in kernels}
        os.kill(relay._pid, signal.SIGKILL)
        os.waitpid(relay._pid, 0)
    marks.close()


def test_a_reply_for_a_kernel_that_has_gone_is_no_error(relay):
    relay.stash("no such kernel", "s", Held("shell", (b"late",)))


def test_a_relay_of_before_is_told_of_each_kernel_and_takes_all_replies_at_once(tmp_path):
    """It outlives an upgrade of the server."""
    state, asked = ServerState(tmp_path), []

    def serve():
        with zmq.Context() as context, context.socket(zmq.REP) as door:
            door.bind(state.relay_url())
            while not asked or asked[-1] != "bye":
                request = json.loads(door.recv())
                asked.append(request["op"])
                replies = {"hello": {"away_since_ns": None, "kernels": []}, "states": {"states": {}}}
                door.send_json(replies.get(request["op"], {}))

    server = threading.Thread(target=serve)
    server.start()
    wait_until(state.relay_socket.exists, what="the door")
    relay = RelayClient(state)
    relay.start([KernelRecord(name, "python3", 1, 1, "", {}, {}) for name in "ab"])
    assert not relay.bye([])
    server.join()
    assert asked == ["hello", "kernel", "kernel", "bye"]
    relay.close()


def test_the_state_of_a_kernel_is_known(kernel, relay):
    _, client = kernel
    await_hearing(client, relay)


def test_a_request_that_fails_is_told_and_the_relay_lives_on(relay):
    with pytest.raises(RelayError, match="The relay could not do 'take': KeyError"):
        relay.take("no such kernel", "s", "")
    assert relay.pid() is not None


def test_a_second_start_finds_the_relay_that_runs(relay, tmp_path):
    again = RelayClient(ServerState(tmp_path), LIMIT_BYTES)
    again.start([])
    assert again._pid is None
    again.close()


def test_a_relay_that_is_slow_to_answer_is_waited_for_and_none_is_started_beside_it(relay):
    pid = relay.pid()
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(RelayError, match="did not answer 'hello'"):
        relay.start([], timeout_ms=20)
    assert not relay.end_hung()
    os.kill(pid, signal.SIGCONT)
    relay.start([])
    assert (relay.pid(), list(relay.states())) == (pid, ["k"])


def test_a_relay_that_hangs_is_ended(relay, monkeypatch):
    monkeypatch.setattr(relay_client, "_HUNG_AFTER_S", 0.0)
    assert not relay.end_hung(), "it has answered"
    hung = relay.pid()
    os.kill(hung, signal.SIGSTOP)
    with pytest.raises(RelayError):
        relay.start([], timeout_ms=20)
    assert relay.end_hung()
    wait_until(lambda: relay.pid() is None, what="its end")
    relay.start([])
    assert relay.pid() not in {None, hung}


def test_another_relay_is_started_where_one_has_ended_and_told_of_terminals(monkeypatch):
    monkeypatch.setattr(relay_watch, "_AGAIN_AFTER_S", 0.01)
    happened = []

    first, second = (subprocess.Popen(["sleep", "600"]) for _ in range(2))

    async def scenario():
        done = asyncio.Event()

        def start():
            happened.append("start")
            if happened.count("start") == 1:
                watch.try_again()
            else:
                watch.begin(second.pid)

        def waits():
            happened.append("waits?")
            return len(happened) == 1

        def renewed():
            happened.append("renewed")
            done.set()

        watch = relay_watch.RelayWatch(start, waits)
        watch.renewed = renewed
        watch.begin(first.pid)
        watch.begin(first.pid)
        first.kill()
        await asyncio.wait_for(done.wait(), TIMEOUT_S)

    with first, second:
        try:
            asyncio.run(scenario())
        finally:
            first.kill()
            second.kill()
    assert happened == ["waits?", "waits?", "start", "waits?", "start", "renewed"]


def test_a_relay_that_does_not_answer_is_told_of_once_and_asked_by_one_alone(monkeypatch, tmp_path, caplog):
    monkeypatch.setattr(relay_watch, "_AGAIN_AFTER_S", 0.01)
    keeper = Keeper(tmp_path, ServerState(tmp_path), logging.getLogger("server"))
    asked = []

    async def scenario():
        answered = asyncio.Event()

        def start(records, timeout_ms):
            asked.append(timeout_ms)
            if len(asked) in {4, 6, 7}:
                answered.set()
            else:
                raise RelayError("The relay did not answer.")

        keeper.relay = SimpleNamespace(start=start, end_hung=lambda: False, pid=lambda: None)
        for _ in range(2):
            answered.clear()
            assert not keeper.look_at_relay()
            assert not keeper.look_at_relay(), "another terminal that needs it"
            await asyncio.wait_for(answered.wait(), TIMEOUT_S)
        assert keeper.look_at_relay()

    keeper.relay.close()
    asyncio.run(scenario())
    keeper.marks.close()
    assert asked == [500] * 7
    told = ["The relay did not answer. It is tried again until it works.", "The relay answers."]
    assert [record.getMessage() for record in caplog.records] == told * 2


def test_a_relay_that_cannot_be_started_says_where_to_look(tmp_path):
    relay = RelayClient(ServerState(tmp_path), "no number")
    with pytest.raises(RelayError, match=r"could not be started \(exit status 1\); see .*relay.log"):
        relay.start([])
    assert "ValueError" in (tmp_path / "relay.log").read_text()
    relay.close()


def test_a_relay_for_which_there_is_no_room_on_the_disk_is_told_as_such(tmp_path):
    # A folder in which nothing can be made stands for it: root may write to all others.
    relay = RelayClient(ServerState(tmp_path / "gone"))
    with pytest.raises(RelayError, match=r"could not be started \(\[Errno 2\] No such file or directory: "):
        relay.start([])
    relay.close()


def test_a_server_that_has_outlived_its_upgrade_can_start_a_relay_of_today(tmp_path):
    command = [sys.executable, "-m", "jupyter_restart.kernels.relay", str(tmp_path), str(LIMIT_BYTES)]
    with subprocess.Popen(command) as process, contextlib.closing(RelayClient(ServerState(tmp_path))) as relay:
        wait_until(lambda: relay.pid() == process.pid, what="the relay")
        relay.hello()
        assert holding.names(ServerState(tmp_path)) == []
        process.kill()
