"""The way without a server that stands by: the process replaces its own program, once that is known to start."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

from jupyter_restart import descriptors, handover, preflight, relaunch

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

EXEC_FAILED = 70
_SHOWN_ERROR_LINES = 3


async def failure(server: ServerApp, timeout_s: float) -> str | None:
    """Try what the new program imports, in a process of its own; tells why it would not start."""
    starter = type(server.starter_app).__module__
    modules = {"jupyter_server.serverapp", "jupyter_restart.inplace"}
    if starter not in {"builtins", "__main__"}:
        modules.add(starter)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *relaunch.interpreter_options(sys.orig_argv),
        preflight.__file__,
        *sorted(modules),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, errors = await asyncio.wait_for(process.communicate(), timeout_s)
    except asyncio.TimeoutError:
        process.kill()
        await process.wait()
        return f"A new server could not be started: its imports took more than {timeout_s:g} s."
    if process.returncode:
        said = "; ".join(errors.decode(errors="replace").strip().splitlines()[-_SHOWN_ERROR_LINES:])
        return f"A new server could not be started, so this one goes on. Importing it failed: {said}"
    return None


def become(server: ServerApp, record: handover.Handover, stops: Iterable[int]) -> NoReturn:
    """Hand everything to the new program; `stops` are signals that were meant for it."""
    environment = dict(os.environ)
    memory = handover.pack(record, environment)
    descriptors.inherit_only({memory, *record.descriptors, *descriptors.inherited()})
    command = relaunch.relaunch_command(sys.orig_argv, sys.executable)
    for number in dict.fromkeys(stops):
        # To this very thread, where it is held until the new image has its handlers.
        signal.pthread_kill(threading.get_ident(), number)
    server.log.info("Restarting in place (pid %s): %s", os.getpid(), " ".join(command))
    flush(server.log)
    try:
        os.execve(sys.executable, command, environment)
    except OSError as error:
        server.log.critical(
            "The new server could not be started: %s: %s. This process ends; kernels run on, and a server "
            "started in %s on port %s takes them over.",
            sys.executable,
            error,
            server.root_dir,
            server.port,
        )
        flush(server.log)
        os._exit(EXEC_FAILED)


def flush(log: logging.Logger) -> None:
    """Write out what has been said: nothing of this program runs after it."""
    for handler in log.handlers:
        handler.flush()
    sys.stdout.flush()
    sys.stderr.flush()
