"""Snapshots as lines of text."""

from contract import example

from jupyter_restart import render


def test_status_passes_on_what_an_app_says_of_itself():
    snapshot = example("Snapshot", apps=[example("App", notes=[example("Note")])])
    assert (
        "  It was started by systemd, which decides what becomes of it when it ends. Restarts in place work."
        in list(render.status(snapshot, render.Style()))
    )
