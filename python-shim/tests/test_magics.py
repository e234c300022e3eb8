"""`%restart` in a real IPython shell."""

import subprocess
import sys

import pandas as pd
import pytest
from command import environment
from contract import example
from fake_service import Asked, EventScript
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

from jupyter_restart import kernel_verbs
from jupyter_restart.kernels.listing import ListedKernel


@pytest.fixture
def shell(home, monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_RESTART_HOME", str(home))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("TZ", "UTC")
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance()
    made.history_manager.enabled = False
    made.Completer.use_jedi = False
    made.run_line_magic("load_ext", "jupyter_restart")
    yield made
    made.history_manager.end_session()
    InteractiveShell.clear_instance()


def html_of(result):
    return result._repr_html_()


@pytest.mark.parametrize("line", ["", "status", "status jupyterlab"])
def test_status_is_a_table_and_plain_text(shell, service, line):
    shown = shell.run_line_magic("restart", line)
    assert repr(shown).startswith(
        "Restart service: running (pid 4100, up 1 h 0 min, version 0.1.0)\n\njupyterlab: running"
    )
    html = html_of(shown)
    assert html.startswith('<div class="jupyter-restart">')
    assert '<td style="text-align:left"><b>jupyterlab</b></td>' in html
    assert "var(--jp-success-color1" in html


def test_what_the_service_says_is_escaped(shell, service):
    app = example("App", message="<script>alert(1)</script>", name="<b>")
    service.answer("GET", "/v1/apps", (200, example("Snapshot", apps=[app])))
    html = html_of(shell.run_line_magic("restart", "status"))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    ("line", "sent", "said"),
    [
        (
            "now",
            Asked("POST", "/v1/apps/jupyterlab/restart", {"now": False}),
            "jupyterlab: restart r-1f begun. Follow it: %restart events --app jupyterlab",
        ),
        (
            "in 2h",
            Asked("POST", "/v1/apps/jupyterlab/restart", {"in": "2h"}),
            "jupyterlab: next restart 2026-11-24 06:00:00 (time remaining: 5 h 0 min)",
        ),
        (
            "postpone 30m",
            Asked("POST", "/v1/apps/jupyterlab/postpone", {"duration": "30m"}),
            "jupyterlab: next restart 2026-11-24 06:00:00 (time remaining: 5 h 0 min)",
        ),
        ("enable", Asked("POST", "/v1/apps/jupyterlab/enable"), "jupyterlab: automatic restarts are on"),
        ("disable jupyterlab", Asked("POST", "/v1/apps/jupyterlab/disable"), "jupyterlab: automatic restarts are off"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_commands_do_what_the_command_line_does(shell, service, line, sent, said):
    assert repr(shell.run_line_magic("restart", line)) == said
    assert service.sent("POST") == [sent]


def test_now_means_the_server_of_this_kernel(shell, service, monkeypatch):
    monkeypatch.setenv("JUPYTER_RESTART_APP_NAME", "jupyterlab-8889")
    service.answer("POST", "/v1/apps/jupyterlab-8889/restart", (202, example("Accepted")))
    shell.run_line_magic("restart", "now")
    assert [asked.target for asked in service.sent("POST")] == ["/v1/apps/jupyterlab-8889/restart"]


def test_logs_events_and_plan_are_shown(shell, service):
    EventScript(service, [example("Event")])
    assert repr(shell.run_line_magic("restart", "logs -n 5")) == example("Log")["lines"][0]
    assert repr(shell.run_line_magic("restart", "events")).endswith(f"jupyterlab: {example('Event')['message']}")
    assert repr(shell.run_line_magic("restart", "plan jupyterlab -n 1")).startswith("jupyterlab\n  Next restarts:\n")
    assert Asked("GET", "/v1/logs?n=5&wait=0") in service.asked
    assert Asked("GET", "/v1/plan?app=jupyterlab&n=1") in service.asked


def test_events_become_a_data_frame(shell, service):
    EventScript(service, [example("Event")])
    shell.run_cell("df = %restart events --df")
    frame = shell.user_ns["df"]
    expected = pd.DataFrame([example("Event")])
    expected["time"] = pd.to_datetime(expected["time"], utc=True)
    pd.testing.assert_frame_equal(frame, expected)


def test_no_events_are_an_empty_data_frame(shell, service):
    EventScript(service)
    frame = shell.run_line_magic("restart", "events --df --since 17")
    assert (len(frame), list(frame.columns)) == (0, list(example("Event")))


def test_without_pandas_that_is_said(shell, service, monkeypatch, capsys):
    EventScript(service)
    monkeypatch.setitem(sys.modules, "pandas", None)
    shell.run_cell("%restart events --df")
    assert "%restart: --df needs pandas, which this kernel lacks: %pip install pandas" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nonsense", "%restart: argument verb: invalid choice: 'nonsense'"),
        ("in", "%restart: the following arguments are required: duration. See %restart?"),
        ("now 'x", """%restart: "now 'x" cannot be read: No closing quotation."""),
        ("status nope", '%restart: There is no app "nope". Apps: jupyterlab.'),
        ("now nope", '%restart: There is no app "nope". Apps: jupyterlab.'),
    ],
)
def test_errors_are_one_line_and_stop_the_cell(shell, service, capsys, line, said):
    result = shell.run_cell(f"%restart {line}\nafterwards = 1")
    assert (result.success, "afterwards" in shell.user_ns) == (False, False)
    out = capsys.readouterr().out
    assert out.startswith(said)
    assert out.count("\n") == 1


def test_without_a_service_it_is_said_how_to_start_it(shell, capsys):
    shell.run_cell("%restart")
    assert "%restart: The restart service is not running" in capsys.readouterr().out


def completions(shell, line):
    with provisionalcompleter():
        return [found.text for found in shell.Completer.completions(line, len(line))]


def test_verbs_and_apps_are_completed(shell, service):
    assert "postpone" in completions(shell, "%restart po")
    assert "jupyterlab" in completions(shell, "%restart now jup")
    service.stop()
    assert "jupyterlab" not in completions(shell, "%restart now jup")


def test_loading_it_is_cheap():
    """Every kernel loads it at its start: nothing that talks to the service is imported then."""
    script = "import sys, jupyter_restart.magics; print([m for m in ('http.client', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment(), check=True)
    assert done.stdout == "[]\n"


def test_kernels_are_a_table_and_a_data_frame(shell, service, monkeypatch):
    kernel = ListedKernel("jupyterlab", "0123456789", "python3", "<a>.ipynb", "idle", 7, 52 << 20, None)
    monkeypatch.setattr(kernel_verbs, "list_kernels", lambda *_: [kernel])
    shown = shell.run_line_magic("restart", "kernels")
    assert repr(shown).splitlines()[1] == "01234567  <a>.ipynb  idle   52 MB   -"
    assert '<td style="text-align:left">&lt;a&gt;.ipynb</td>' in html_of(shown)
    frame = shell.run_line_magic("restart", "kernels --df")
    assert (list(frame["kernel_id"]), list(frame["memory_bytes"])) == (["0123456789"], [52 << 20])


def test_kernels_are_restarted_by_the_beginnings_of_their_ids(shell, service, monkeypatch):
    kernel = ListedKernel("jupyterlab", "0123456789", "python3", None, "idle", 7, 52 << 20, None)
    monkeypatch.setattr(kernel_verbs, "list_kernels", lambda *_: [kernel])
    script = EventScript(service)
    seq = script.seq
    service.answer("POST", "/v1/apps/jupyterlab/kernels/restart", (202, {"seq": seq, "restart_id": None}))
    script.add(
        type="kernel.restart_ordered", app="jupyterlab", message="asked", data={"kernels": [], "over_bytes": None}
    )
    end = {"order": seq + 1, "restarted": 1, "left": []}
    script.add(type="kernel.order_done", app="jupyterlab", message="1 kernel restarted", data=end)
    assert repr(shell.run_line_magic("restart", "kernels 0123 zz --app jupyterlab")) == "1 kernel restarted"
    assert service.sent("POST")[-1].body == {"kernels": ["0123456789", "zz"]}
