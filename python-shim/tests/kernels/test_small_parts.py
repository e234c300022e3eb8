"""The parts of restarting in place that need no server."""

import asyncio
import hashlib
import hmac
import importlib
import inspect
import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from jupyter_client.session import Session
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

from jupyter_restart import departure, prerequisites, relaunch
from jupyter_restart.kernels import private, wire
from jupyter_restart.kernels.connection import KeptKernelConnection
from jupyter_restart.kernels.marks import MarkFile
from jupyter_restart.kernels.parting import Parting
from jupyter_restart.kernels.relay_client import RelayError
from jupyter_restart.kernels.state import KernelRecord, Owner, ServerState, find_or_make
from jupyter_restart.procfs import ProcessIdentity, reap


def named(path):
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize(("path", "names"), private.CLASS_NAMES.items(), ids=str)
def test_private_names_of_classes_are_there(path, names):
    assert [name for name in names if not hasattr(named(path), name)] == []


@pytest.mark.parametrize(
    ("version", "gone", "obstacle"),
    [
        ("2.12.5", None, "it needs jupyter_server 2.13 or newer, and this is 2.12.5"),
        (
            "2.99.0",
            "_find_http_port",
            (
                "it does not know jupyter_server 2.99.0, which has no "
                "jupyter_server.serverapp.ServerApp._find_http_port: upgrade jupyter-restart"
            ),
        ),
    ],
)
def test_a_server_of_an_unsupported_version_is_told_so_plainly(monkeypatch, version, gone, obstacle):
    monkeypatch.setattr(prerequisites, "server_version", version)
    if gone:
        monkeypatch.delattr(ServerApp, gone)
    assert prerequisites.obstacle(ServerApp()) == obstacle


@pytest.mark.parametrize(("path", "names"), private.INSTANCE_NAMES.items(), ids=str)
def test_private_names_of_instances_are_there(path, names):
    source = "".join(inspect.getsource(base) for base in named(path).__mro__[:-1])
    assert [name for name in names if f"self.{name}" not in source and f"    {name}" not in source] == []


@pytest.mark.parametrize(
    ("given", "options", "program"),
    [
        (["/bin/jupyter-lab", "--port=1"], [], ["/bin/jupyter-lab", "--port=1"]),
        (["-m", "jupyterlab", "-m"], [], ["-m", "jupyterlab", "-m"]),
        (["-Im", "jupyterlab", "--x"], ["-I"], ["-m", "jupyterlab", "--x"]),
        (["-mjupyterlab", "--x"], [], ["-m", "jupyterlab", "--x"]),
        (["-X", "utf8", "-Wignore", "-u", "s.py"], ["-X", "utf8", "-Wignore", "-u"], ["s.py"]),
        (["--check-hash-based-pycs", "never", "s.py"], ["--check-hash-based-pycs", "never"], ["s.py"]),
        (["-bc", "print()", "1"], ["-b"], ["-c", "print()", "1"]),
        (["-"], [], ["-"]),
        ([], [], []),
    ],
)
def test_a_command_line_is_parted_as_the_interpreter_does(given, options, program):
    assert relaunch.split_command_line(given) == (options, program)


def test_a_command_line_survives_any_number_of_relaunches():
    plain = ["/bin/python", "-I", "/bin/jupyter-lab", "--port=1"]
    once = relaunch.relaunch_command(plain, "/bin/python")
    assert once == ["/bin/python", "-I", relaunch.__file__, "/bin/jupyter-lab", "--port=1"]
    assert relaunch.relaunch_command(once, "/bin/python") == once
    assert relaunch.plain_command(once) == plain


def test_code_given_on_the_command_line_is_not_relaunched():
    assert relaunch.relaunch_command(["python", "-c", "1"], "/bin/python") == ["/bin/python", "-c", "1"]


TELL = "import json, sys; print(json.dumps([__name__, sys.argv, sys.path, list(sys.flags)]))"


@pytest.mark.parametrize(
    ("way", "options"),
    [
        ("script", []),
        ("script", ["-I"]),
        ("script", ["-X", "utf8", "-u"]),
        ("module", []),
        ("module", ["-E", "-s", "-O"]),
    ],
    ids=str,
)
def test_a_relaunched_program_finds_the_interpreter_as_it_was(tmp_path, options, way):
    (tmp_path / "program.py").write_text(TELL)
    (tmp_path / "signal.py").write_text("raise ImportError('the working directory came first')")
    program = ["-m", "program"] if way == "module" else [str(tmp_path / "program.py")]
    if way == "module":
        (tmp_path / "signal.py").unlink()
    plain = [sys.executable, *options, *program, "--x"]
    told = [
        json.loads(subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=60).stdout)
        for command in (plain, relaunch.relaunch_command(plain, sys.executable))
    ]
    assert told[0] == told[1]


def test_the_slow_import_is_put_off_and_still_works():
    code = (
        "import sys\nfrom jupyter_restart import relaunch\nassert relaunch.defer_slow_import()\n"
        "import jsonschema\nassert 'lark' not in sys.modules\n"
        "check = jsonschema.FormatChecker()\n"
        "print(check.conforms('http://example.org/ä', 'iri'), check.conforms('not an iri', 'iri'))\n"
        "import rfc3987_syntax\nprint(rfc3987_syntax.__file__ is not None)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (ran.stdout, ran.stderr) == ("True False\nTrue\n", "")


ASKS_YARN = """
from jupyterlab import commands
asked = commands._yarn_config(None)["yarn config"]
"""


@pytest.mark.parametrize("has_it", [True, False])
def test_yarn_is_not_asked_while_jupyterlab_is_imported_and_is_later(tmp_path, has_it):
    package = tmp_path / "jupyterlab"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "commands.py").write_text(
        "def _yarn_config(_):\n    return {'yarn config': {'registry': 'r'}}" if has_it else ""
    )
    (package / "labapp.py").write_text(ASKS_YARN if has_it else "asked = {}")
    code = (
        "import sys\nfrom jupyter_restart import relaunch\nfound = list(sys.meta_path)\nrelaunch.spare_yarn()\n"
        "from jupyterlab import commands, labapp\n"
        "assert labapp.asked == {}, labapp.asked\n"
        "assert type(labapp.__loader__).__name__ == type(labapp.__spec__.loader).__name__ == 'SourceFileLoader'\n"
        "assert sys.meta_path == found\n"
        f"assert {not has_it} or commands._yarn_config(None) == {{'yarn config': {{'registry': 'r'}}}}\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, timeout=60)


def test_marks_are_read_by_another_process_while_they_are_written(tmp_path):
    marks = MarkFile(tmp_path / "marks")
    slots = [marks.open(f"kernel:session-{number}") for number in range(3)]
    slots[0].forwarded(7)
    slots[1].forwarded(2**64 - 1)
    slots[2].free()
    code = (
        "import sys; from pathlib import Path; from jupyter_restart.kernels.marks import MarkFile\n"
        f"print({{name: mark.key for name, mark in MarkFile(Path({str(tmp_path / 'marks')!r})).read().items()}})"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout == f"{{'kernel:session-0': 7, 'kernel:session-1': {2**64 - 1}}}\n"
    assert marks.open("kernel:session-0") is not None
    assert marks.read()["kernel:session-0"].key == 7
    marks.clear()
    assert marks.read() == {}


def test_a_mark_too_many_is_refused_and_a_freed_one_used_again(tmp_path):
    marks = MarkFile(tmp_path / "marks")
    slots = [marks.open(f"kernel:{number}") for number in range(257)]
    assert [slot is None for slot in slots] == [False] * 256 + [True]
    slots[100].free()
    assert marks.open("kernel:new") is not None
    assert "kernel:100" not in marks.read()
    assert marks.open("k" * 400) is None


def test_the_key_of_a_message_does_not_depend_on_its_copy():
    session = Session(key=b"secret")
    message = session.serialize(session.msg("stream", {"text": "x"}), ident=[b"topic"])
    assert wire.message_key(message) == wire.message_key([b"other topic", *message[1:]])
    assert wire.message_key(message) != wire.message_key(session.serialize(session.msg("stream", {"text": "x"})))
    unsigned = Session(key=b"")
    first, second = (unsigned.serialize(unsigned.msg("stream", {"text": "x"})) for _ in range(2))
    assert wire.message_key(first) != wire.message_key(second)


def test_a_notice_is_accepted_by_jupyter_and_belongs_to_the_cell():
    session = Session(key=b"secret")
    parent = session.msg("execute_request")
    like = session.serialize(session.msg("stream", {"text": "x"}, parent=parent), ident=[b"stream"])
    _, frames = session.feed_identities(wire.stderr_notice("3 lost", like, b"secret"))
    notice = session.deserialize(frames)
    assert notice["content"] == {"name": "stderr", "text": "3 lost"}
    assert notice["parent_header"]["msg_id"] == parent["header"]["msg_id"]
    assert frames[0] == hmac.new(b"secret", b"".join(frames[1:]), hashlib.sha256).hexdigest().encode()


def test_the_state_of_a_kernel_is_read_from_its_status_messages():
    session = Session(key=b"secret")
    busy = session.msg("status", {"execution_state": "busy"}, parent=session.msg("execute_request"))
    assert wire.execution_state(session.serialize(busy)) == ("execute_request", "busy")
    assert wire.execution_state(session.serialize(session.msg("stream", {"text": '"status"'}))) is None
    assert wire.execution_state([b"no message"]) is None


def test_the_home_that_a_server_makes_is_for_its_user_alone(tmp_path):
    home = tmp_path / "data" / "home"
    made = find_or_make(home, owner()).folder
    assert [path.stat().st_mode & 0o777 for path in (home, made.parent, made)] == [0o700, 0o700, 0o700]


def owner(**changes):
    return Owner(**{**vars(Owner.this_process("tcp:8888", "/root")), **changes})


def test_state_is_taken_over_only_from_a_dead_server_in_the_same_place(tmp_path):
    with subprocess.Popen(["sleep", "60"]) as kernel:
        identity = ProcessIdentity.of(kernel.pid)
        record = KernelRecord("k", "python3", identity.pid, identity.start_ticks, "/c.json", {}, {})
        left = find_or_make(tmp_path, owner())
        left.save(record)
        assert find_or_make(tmp_path, owner(pid=os.getppid())).folder != left.folder
        left.write_owner(owner(start_ticks=1))
        assert find_or_make(tmp_path, owner(address="tcp:8889")).folder != left.folder
        assert find_or_make(tmp_path, owner(root_dir="/other")).folder != left.folder
        os.close(left._lock)
        taken = find_or_make(tmp_path, owner())
        assert (taken.folder, taken.owner(), taken.records()) == (left.folder, owner(), [record])
        kernel.kill()
    assert taken.remove_if_unused()


def test_state_of_another_machine_is_left_alone(tmp_path):
    left = find_or_make(tmp_path, owner())
    left.write_owner(owner(host="elsewhere", boot_id="other"))
    find_or_make(tmp_path, owner())
    assert left.folder.exists()


def test_the_folder_of_a_dead_server_without_kernels_is_removed(tmp_path):
    left = find_or_make(tmp_path, owner())
    left.write_owner(owner(start_ticks=1))
    find_or_make(tmp_path, owner(address="tcp:1"))
    assert not left.folder.exists()


def test_the_relay_can_be_reached_in_a_folder_with_a_long_path(tmp_path):
    short, long = ServerState(tmp_path), ServerState(tmp_path / ("x" * 120))
    long.folder.mkdir()
    assert short.relay_url() == f"ipc://{tmp_path}/relay.sock"
    assert len(long.relay_url()) < 60


def test_a_pid_of_another_start_is_another_process():
    own = ProcessIdentity.own()
    assert own.is_alive()
    assert not ProcessIdentity(own.pid, own.start_ticks + 1).is_alive()
    with subprocess.Popen(["true"]) as ended:
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        assert ProcessIdentity.of(ended.pid) is None
        assert reap(ended.pid) == 0


def test_a_line_is_marked_before_the_browser_can_have_it(monkeypatch):
    happened = []
    handler = KernelWebsocketHandler.__new__(KernelWebsocketHandler)
    handler.ws_connection = SimpleNamespace(is_closing=lambda: False)
    handler.write_message = lambda message, binary: happened.append(("written", message, binary))
    connection = KeptKernelConnection.__new__(KeptKernelConnection)
    connection.websocket_handler = handler
    connection._slot = SimpleNamespace(forwarded=lambda key: happened.append(("marked", key)))
    monkeypatch.setattr(
        ZMQChannelsWebsocketConnection,
        "handle_outgoing_message",
        lambda self, *_: self.write_message(b"a line", binary=True),
    )
    frames = [b"<IDS|MSG>", b"signature", b'{"msg_id":"1"}', b"{}", b"{}", b"{}"]

    connection._forward_output("iopub", frames)

    key = wire.message_key(frames)
    assert happened == [("marked", key), ("written", b"a line", True), ("marked", key)]
    # What is written then is no output, and marks nothing.
    assert connection.write_message(b"a reply", binary=True) is None
    assert happened[3:] == [("written", b"a reply", True)]


def test_a_server_without_kernels_asks_no_relay_who_is_back():
    keeper = SimpleNamespace(records={}, relay=None)
    parting = Parting(None, keeper)
    asyncio.run(parting.begin())
    # There is none that it could ask.
    parting.look()


def test_a_restart_waits_for_a_relay_that_is_slow_and_is_refused_where_none_answers(monkeypatch):
    monkeypatch.setattr(departure, "_RELAY_AGAIN_S", 0.0)
    asked = []

    def start(records, _):
        asked.append(records)
        if len(asked) != 3:
            raise RelayError("It did not answer.")

    keeper = SimpleNamespace(records=["k"], relay=SimpleNamespace(start=start))
    leaving = departure.Departure(SimpleNamespace(), keeper, departure.Order(None, warm=True, ready_timeout_s=1.0))
    asyncio.run(leaving._start_relay())
    assert asked == [["k"]] * 3
    monkeypatch.setattr(departure, "_RELAY_PATIENCE_S", 0.0)
    with pytest.raises(departure.RestartInPlaceError, match="would be lost"):
        asyncio.run(leaving._start_relay())
