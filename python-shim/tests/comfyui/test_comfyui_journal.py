"""The journal's file: torn, damaged, full, compacted."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from comfyui_items import item, reopened, unfinished

from jupyter_restart.comfyui_node import journal as journal_module
from jupyter_restart.comfyui_node.journal import Journal
from jupyter_restart.comfyui_node.records import Finished, Outcome, Started


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def filled(path: Path, count: int, **options: int) -> Journal:
    journal = Journal(path, **options)
    for number in range(count):
        journal.accept(item(number, f"p{number}"), at=1.0)
    return journal


def test_accepted_prompts_are_there_after_reopening(path: Path):
    filled(path, 3).close()
    assert reopened(path) == ["p0", "p1", "p2"]


def test_only_the_owner_reads_it(path: Path):
    filled(path, 1).compact()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_line_torn_at_any_byte_costs_only_itself(path: Path):
    filled(path, 2).close()
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for length in range(first, len(whole)):
        path.write_bytes(whole[:length])
        assert reopened(path) == ["p0"], length


def test_appending_goes_on_behind_a_torn_line(path: Path):
    filled(path, 1).close()
    with path.open("ab") as file:
        file.write(b'{"type":"accepted","entry":2,"it')
    journal = Journal(path)
    journal.accept(item(5, "next"), at=1.0)
    journal.close()
    assert reopened(path) == ["p0", "next"]


def test_a_damaged_line_in_the_middle_is_set_aside(path: Path):
    filled(path, 3).close()
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"\0" * 40 + b"\n" + lines[2])
    journal = Journal(path)
    assert (unfinished(journal), journal.damaged) == (["p0", "p2"], 1)
    assert path.with_suffix(".damaged").read_bytes() == b"\0" * 40 + b"\n"


def test_entries_are_never_used_twice(path: Path):
    journal = filled(path, 1)
    journal.append(Finished(1, "p0", Outcome.SUCCESS, 1.0), durable=True)
    journal.close()
    assert Journal(path).accept(item(0, "again"), at=1.0) == 2


def test_it_stays_small_while_prompts_come_and_go(path: Path):
    journal = Journal(path, compact_from=10_000)
    for number in range(500):
        entry = journal.accept(item(number, f"p{number}", inputs={"text": "x" * 500}), at=1.0)
        journal.append(Finished(entry, f"p{number}", Outcome.SUCCESS, 1.0), durable=False)
        journal.compact_if_grown()
    journal.accept(item(0, "last"), at=1.0)
    assert path.stat().st_size < 120_000
    assert reopened(path) == ["last"]


def test_what_is_appended_during_a_compaction_is_kept(path: Path, monkeypatch: pytest.MonkeyPatch):
    journal = filled(path, 2)
    real_fsync, calls = os.fsync, []

    def fsync_in_the_middle(file: int) -> None:
        if not calls:  # the new file is written, the lock is free
            calls.append(file)
            journal.accept(item(9, "meanwhile"), at=1.0)
        real_fsync(file)

    monkeypatch.setattr(journal_module.os, "fsync", fsync_in_the_middle)
    journal.compact()
    monkeypatch.undo()
    journal.accept(item(10, "after"), at=1.0)
    journal.close()
    assert reopened(path) == ["p0", "p1", "meanwhile", "after"]


def test_a_full_disk_is_told_and_leaves_whole_lines(path: Path, monkeypatch: pytest.MonkeyPatch):
    journal = filled(path, 1)

    def half_a_write(file: int, data: memoryview) -> int:
        monkeypatch.undo()
        os.write(file, data[:7])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(journal_module.os, "write", half_a_write)
    with pytest.raises(OSError, match="No space left"):
        journal.accept(item(1, "no room"), at=1.0)
    assert unfinished(journal) == ["p0"]
    journal.accept(item(2, "room again"), at=1.0)
    journal.close()
    assert reopened(path) == ["p0", "room again"]


ON_A_FULL_DISK = """
import os, sys
from pathlib import Path
from comfyui_items import item
from jupyter_restart.comfyui_node.journal import Journal
from jupyter_restart.comfyui_node.records import Finished, Opened, Outcome, Started

def fill():
    with Path(sys.argv[1], "other").open("ab", 0) as other:
        try:
            while True:
                other.write(bytes(4096))
        except OSError:
            pass

path = Path(sys.argv[1], "journal.jsonl")
journal = Journal(path)
journal.accept(item(0, "p0"), at=1.0)
journal.accept(item(1, "p1"), at=1.0)
fill()
accepted = 2
try:
    while True:
        journal.accept([*item(accepted, f"p{accepted}"), "x" * 100_000], at=1.0)
        accepted += 1
except OSError as error:
    print(accepted, error.strerror)
journal.append(Started(1), durable=True)
journal.append(Finished(1, "p0", Outcome.SUCCESS, 2.0), durable=True)
os.write(os.open(path, os.O_WRONLY | os.O_APPEND), b'{"type":"torn')
journal = Journal(path)
journal.append(Opened(3.0, 7), durable=True)
journal.append(Finished(2, "p1", Outcome.SUCCESS, 4.0), durable=True)
print([prompt.prompt_id for prompt in Journal(path).ledger.prompts.values()] == [f"p{n}" for n in range(2, accepted)])
"""


def test_on_a_full_disk_tens_of_prompts_are_accepted_and_finished_and_the_next_start_goes_on(tmp_path: Path):
    mounted = 'mount -t tmpfs -o size=8m tmpfs "$1" && exec "$2" -c "$3" "$1"'
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", mounted, "sh", tmp_path, sys.executable]
    if subprocess.run([*command[:3], "true"], check=False, capture_output=True).returncode:
        pytest.skip("no file system of one's own can be mounted here")
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [*command, ON_A_FULL_DISK], capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path}
    )
    assert (done.stdout, done.stderr) == ("42 No space left on device\nTrue\n", "")


def test_what_could_not_be_synced_is_as_if_never_written(path: Path, monkeypatch: pytest.MonkeyPatch):
    journal = filled(path, 1)

    def broken(_file: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as broken_disk:
        broken_disk.setattr(journal_module.os, "fsync", broken)
        with pytest.raises(OSError, match="Input/output error"):
            journal.accept(item(1, "lost"), at=1.0)
    journal.accept(item(2, "next"), at=1.0)
    journal.close()
    assert reopened(path) == ["p0", "next"]


def test_what_is_no_json_is_told_and_changes_nothing(path: Path):
    journal = filled(path, 1)
    with pytest.raises(TypeError):
        journal.accept([0, "p", {"1": object()}, {}, []], at=1.0)
    journal.append(Started(1), durable=False)
    journal.close()
    assert reopened(path) == ["p0"]
