"""Kernels seen from outside of their server: from its folder, as another process finds it."""

import os
import sqlite3
import time
from contextlib import closing

from contract import example

from jupyter_restart import kernel_verbs
from jupyter_restart.kernels.listing import ListedKernel, list_kernels
from jupyter_restart.kernels.state import KernelRecord, Owner, ServerState
from jupyter_restart.procfs import ProcessIdentity

OWN = ProcessIdentity.own()


def put_on_file(home, *kernel_ids):
    folder = home / "servers" / "ab12"
    folder.mkdir(parents=True)
    state = ServerState(folder)
    state.write_owner(Owner.this_process("tcp:8888", "/w"))
    for kernel_id in kernel_ids:
        state.save(KernelRecord(kernel_id, "python3", OWN.pid, OWN.start_ticks, "", {}, {}))
    return state


def test_kernels_are_told_with_their_notebook_memory_and_limit(tmp_path):
    state = put_on_file(tmp_path, "k-1", "k-2")
    state.save(KernelRecord("gone", "python3", OWN.pid, OWN.start_ticks - 1, "", {}, {}))
    with closing(sqlite3.connect(state.sessions)) as database:
        database.execute("CREATE TABLE session (session_id, path, name, type, kernel_id)")
        database.execute("INSERT INTO session VALUES ('s', 'a b/é.ipynb', '', 'notebook', 'k-1')")
        database.commit()
    app = example("App", pid=os.getpid(), serving_pid=None, kernel_memory_limit=1 << 30)
    first, second = list_kernels(tmp_path, [app])
    assert first.memory_bytes > 1 << 20
    assert {(each.kernel_id, each.path) for each in (first, second)} == {("k-1", "a b/é.ipynb"), ("k-2", None)}
    assert (first.app, first.name, first.state, first.pid, first.limit_bytes) == (
        app["name"],
        "python3",
        None,
        OWN.pid,
        1 << 30,
    )


def test_kernels_of_servers_that_no_app_is_are_not_listed(tmp_path):
    put_on_file(tmp_path, "k-1")
    assert list_kernels(tmp_path, [example("App", pid=1, serving_pid=None)]) == []
    assert list_kernels(tmp_path / "new", [example("App", pid=os.getpid())]) == []


def test_one_that_has_said_nothing_since_it_started_is_idle_after_a_while():
    ticks_now = int(time.clock_gettime(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK"))
    old, new = (KernelRecord("k", "python3", OWN.pid, ticks, "", {}, {}) for ticks in (0, ticks_now))
    assert [old.settled(state) for state in (None, "starting", "busy", "idle")] == ["idle", "idle", "busy", "idle"]
    assert [new.settled(state) for state in (None, "starting", "busy")] == [None, "starting", "busy"]


def test_the_list_is_in_columns_and_names_the_app_where_there_are_several():
    kernel = ListedKernel("jupyterlab", "0123456789", "python3", "a.ipynb", "idle", 7, 52 << 20, None)
    other = ListedKernel("jupyterlab-8889", "abcdef0123", "ir", None, None, 8, 3 << 30, 4 << 30)
    assert list(kernel_verbs.table([])) == ["No kernels that could be restarted run."]
    assert list(kernel_verbs.table([kernel])) == [
        "Kernel    Notebook  State  Memory  Limit",
        "01234567  a.ipynb   idle   52 MB   -",
    ]
    assert list(kernel_verbs.rows([kernel, other])) == [
        ("01234567", "jupyterlab: a.ipynb", "idle", "52 MB", "-"),
        ("abcdef01", "jupyterlab-8889: (ir)", "-", "3 GB", "4 GB"),
    ]
