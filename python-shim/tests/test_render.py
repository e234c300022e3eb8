"""Snapshots as lines of text."""

from contract import example

from jupyter_restart import render


def test_the_status_of_a_service_of_before_is_told_too():
    told = example("Snapshot")
    of_before = {name: value for name, value in told["resources"].items() if name != "gpu_trouble"}
    assert list(render.status({**told, "resources": of_before}, render.Style())) == list(
        render.status(told, render.Style())
    )


def test_status_passes_on_what_an_app_says_of_itself():
    snapshot = example("Snapshot", apps=[example("App", notes=[example("Note")])])
    assert (
        "  It was started by systemd, which decides what becomes of it when it ends. Restarts in place work."
        in list(render.status(snapshot, render.Style()))
    )


def test_status_says_which_server_stands_by():
    snapshot = example("Snapshot", apps=[example("App", standby_pid=4301)])
    assert "  Against crashes:    a server stands by (pid 4301)" in list(render.status(snapshot, render.Style()))


def test_a_step_is_named_and_told_in_words_as_in_the_panel():
    assert [render.step(name) for name in ("draining", "starting", "of-a-newer-service")] == [
        "draining: saving documents and finishing work",
        "starting",
        "of-a-newer-service",
    ]
