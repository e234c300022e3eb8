"""Kernels that are not IPython: our own, on the JVM, and one written by hand."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from jar import JAR, needs_jar

# Counts up to the number in the cell, a line at a time; blocks while it does, as kernels without subshells do.
COUNTER = """
import sys, time
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel


class Counter(Kernel):
    implementation = "counter"
    implementation_version = banner = "1"
    language_info = {"name": "count", "mimetype": "text/plain", "file_extension": ".txt"}

    def do_execute(self, code, silent, store_history=True, user_expressions=None, allow_stdin=False, **_):
        for number in range(int(code)):
            self.send_response(self.iopub_socket, "stream", {"name": "stdout", "text": f"{number}\\n"})
            time.sleep(0.05)
        return {"status": "ok", "execution_count": self.execution_count, "payload": [], "user_expressions": {}}


IPKernelApp.launch_instance(kernel_class=Counter)
"""


@needs_jar
def test_the_control_kernel_lives_through_a_restart(start):
    server = start(environment={"JUPYTER_RESTART_JAR": str(JAR)})
    kernel_id = server.start_kernel("jupyter-restart")
    client = server.connect(kernel_id)
    first = client.execute("help")
    assert client.reply_to(first)["content"]["status"] == "ok"
    client.idle_after(first)
    pid = server.record(kernel_id)["pid"]
    for _ in range(2):
        assert server.restart()["kernels"] == 1
        again = client.execute("help")
        assert client.reply_to(again)["content"]["status"] == "ok"
        client.idle_after(again)
        assert len(client.replies(again)) == 1
    assert server.record(kernel_id)["pid"] == pid


def test_output_of_any_other_kernel_arrives_once_and_in_order(start, tmp_path):
    (tmp_path / "counter.py").write_text(COUNTER)
    folder = tmp_path / "data" / "kernels" / "counter"
    folder.mkdir(parents=True)
    command = [sys.executable, str(tmp_path / "counter.py"), "-f", "{connection_file}"]
    (folder / "kernel.json").write_text(json.dumps({"argv": command, "display_name": "Counter", "language": "count"}))
    server = start()
    client = server.connect(server.start_kernel("counter"))
    loop, queued = client.execute("80"), client.execute("3")
    client.until(lambda m: m["content"].get("text", "").startswith("5"))
    assert server.restart()["kernels"] == 1
    client.reply_to(queued)
    client.idle_after(queued)
    assert client.printed(loop) == "".join(f"{number}\n" for number in range(80))
    assert client.printed(queued) == "0\n1\n2\n"
    assert [len(client.replies(cell)) for cell in (loop, queued)] == [1, 1]
