"""Which command lines may be run again."""

import pytest

from jupyter_restart.extension import is_jupyter_command


@pytest.mark.parametrize(
    ("command", "is_server"),
    [
        ("python /x/bin/jupyter-lab --port 9", True),
        ("python -I /x/bin/jupyter-server", True),
        ("python -m jupyterlab", True),
        ("python -X dev -m jupyter_server --no-browser", True),
        ("python -m jupyter lab", True),
        ("python /x/bin/jupyter notebook", True),
        ("python /x/site-packages/jupyter_restart/relaunch.py -m jupyterlab", True),
        ("python /x/relaunch.py -m jupyterlab", False),
        ("python -m pytest tests", False),
        ("python /x/bin/jupyterhub-singleuser", False),
        ("python /x/bin/jupyter console", False),
        ("python -c 'import x'", False),
        ("python", False),
    ],
)
def test_only_a_jupyter_command_line_may_be_run_again(command, is_server):
    assert is_jupyter_command(command.split()) == is_server


def test_a_relaunched_command_line_is_one_too():
    from jupyter_restart.relaunch import relaunch_command

    command = relaunch_command(["python", "/x/bin/jupyter-lab"], "/usr/bin/python")
    assert is_jupyter_command(command)
