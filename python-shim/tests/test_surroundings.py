"""Who started a server, told from the processes above it and from what it was given."""

import pytest

from jupyter_restart.surroundings import Origin, notes, owner_of

HUB = {"JUPYTERHUB_SERVICE_PREFIX": "/user/ada/"}


@pytest.mark.parametrize(
    ("above", "environment", "base_url", "owner"),
    [
        ([(30, "bash"), (1, "systemd")], {}, "/", None),
        ([(1, "systemd")], {"INVOCATION_ID": "x"}, "/", "systemd"),
        ([(1, "systemd")], {}, "/", None),
        ([(30, "bash"), (1, "systemd")], {"INVOCATION_ID": "x"}, "/", None),
        ([(30, "supervisord")], {}, "/", "supervisord"),
        ([(30, "s6-supervise"), (1, "s6-svscan")], {}, "/", "s6"),
        ([(30, "jupyter-front"), (20, "supervisord")], {}, "/", "supervisord"),
        ([(1, "tini")], {}, "/", "a container, under its tini"),
        ([(30, "tini")], {}, "/", None),
        ([(1, "jupyter-front")], {}, "/", "a container, as its pid 1"),
        ([(30, "python")], HUB, "/user/ada/", "JupyterHub"),
        ([(30, "bash")], HUB, "/", None),
        ([], {}, "/", None),
    ],
)
def test_the_owner_is_the_one_that_decides_what_becomes_of_the_server(above, environment, base_url, owner):
    assert owner_of(Origin(40, tuple(above)), environment, base_url) == owner


def test_a_server_that_is_pid_1_is_its_container():
    assert owner_of(Origin(1, ()), {}, "/") == "a container, as its pid 1"


def test_the_processes_above_are_read_up_to_the_first(tmp_path):
    for pid, parent, name in [(40, 30, "jupyter-lab"), (30, 1, "a) (b"), (1, 0, "systemd")]:
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "stat").write_text(f"{pid} ({name}) S {parent} 0 0")
        (tmp_path / str(pid) / "comm").write_text(f"{name}\n")
    assert Origin.of(40, tmp_path) == Origin(40, ((30, "a) (b"), (1, "systemd")))


def test_only_a_server_that_refuses_restarts_says_why():
    told = [[note["code"] for note in notes("/", obstacle)] for obstacle in (None, "a gateway runs the kernels")]
    assert [codes.count("in_place_off") for codes in told] == [0, 1]
