"""Runs the command line as users do: another process, real exit codes."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

PACKAGE_FOLDER = Path(__file__).resolve().parents[1]


def environment(**changes):
    """The environment of a test, with the package to be found."""
    return {**os.environ, "PYTHONPATH": str(PACKAGE_FOLDER), "TZ": "UTC", **changes}


class Done:
    """A command that has ended."""

    def __init__(self, process):
        self.code, self.out, self.err = process.returncode, process.stdout, process.stderr

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def all(self):
        return self.code, self.out, self.err


def run(home, *arguments, cwd=None, **variables):
    """Run a command to its end."""
    return Done(
        subprocess.run(
            [sys.executable, "-m", "jupyter_restart", "--home", str(home), *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=180,
            cwd=cwd,
            env=environment(**variables),
            check=False,
        )
    )


class Running:
    """A command that goes on; its lines are kept as they come."""

    def __init__(self, home, *arguments):
        self.lines = []
        self._changed = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", "jupyter_restart", "--home", str(home), *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()

    def wait_for_lines(self, count, timeout_s=20):
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.lines) >= count, timeout_s):
                raise AssertionError(f"{count} lines did not come within {timeout_s} s: {self.lines}")

    @property
    def pid(self):
        return self._process.pid

    def interrupt(self):
        """Press Ctrl-C, and give exit code and stderr."""
        return self.signalled(signal.SIGINT)

    def signalled(self, number):
        """Send a signal, and give exit code and stderr."""
        self._process.send_signal(number)
        return self.end()

    def wait_for_line(self, line, timeout_s=30):
        with self._changed:
            if not self._changed.wait_for(lambda: line in self.lines, timeout_s):
                raise AssertionError(f"{line!r} did not come within {timeout_s} s: {self.lines}")

    def end(self, timeout_s=30):
        code = self._process.wait(timeout_s)
        self._reader.join()
        with self._process.stdout, self._process.stderr as errors:
            return code, errors.read()
