"""The facts of a checkup, as the machine has them."""

import errno
import os
from pathlib import Path

import pytest

from jupyter_restart.checkup.gather import folder, gather, gone_homes
from jupyter_restart.checkup.processes import Process, Processes
from jupyter_restart.errors import ControlError
from jupyter_restart.procfs import ProcessIdentity


def test_a_home_is_not_gone_because_a_process_of_it_has_just_ended(tmp_path):
    other = tmp_path / "other"
    mark = {"JUPYTER_RESTART_MARK": f"{other}:lab-1"}
    ended = Process(ProcessIdentity(2**22 + 1, 1), 1, "sh", "S", (), mark)
    runs = Process(ProcessIdentity.own(), 1, "sh", "S", (), mark)
    found = Processes({ended.pid: ended, runs.pid: runs})
    assert gone_homes(tmp_path, found) == {str(other)}
    other.mkdir()
    assert gone_homes(tmp_path, found) == frozenset()
    assert gone_homes(tmp_path, Processes({ended.pid: ended})) == frozenset()


def test_a_disk_that_refuses_what_its_permissions_allow_can_not_be_written_to(tmp_path, monkeypatch):
    assert folder(tmp_path).is_writable

    def refuse(*_):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "open", refuse)
    assert not folder(tmp_path).is_writable


def test_a_home_that_is_another_users_is_told(monkeypatch):
    def forbidden(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", forbidden)
    with pytest.raises(ControlError, match="What is in /h is another user's to look at"):
        gather(Path("/h"), None, 1)
