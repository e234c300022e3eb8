"""The verb `recover`: puts right what `doctor` finds, as far as it is ours; says what it did and what it left."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path

from jupyter_restart import daemon, ending, gpu_reset
from jupyter_restart.checkup import deeds
from jupyter_restart.checkup.checks import examine
from jupyter_restart.checkup.deeds import Deed, EndLeftovers, EndService, MakePrivate, PutAside, Remove, StartService
from jupyter_restart.checkup.gather import gather
from jupyter_restart.checkup.processes import Process
from jupyter_restart.doctor import lines
from jupyter_restart.endpoint import config_file, home_folder
from jupyter_restart.errors import FAILED, ControlError
from jupyter_restart.render import Style
from jupyter_restart.service_process import ServiceProcess, lock_holder

_TERM_GRACE_S = 5.0
_KILL_GRACE_S = 5.0


class Recovery:
    """One run of the verb."""

    def __init__(self, home: Path, config: Path | None, timeout_s: float, *, asks: bool) -> None:
        self._home = home
        self._timeout_s = timeout_s
        self._asks = asks
        running = ServiceProcess.of(home)
        self._config = config or (running.config if running else None)
        self.failures = 0
        self.count = 0

    def carry_out(self, decided: Iterable[Deed]) -> None:
        """Do one thing after the other, each with a line; one that fails does not keep the others from being done."""
        for deed in decided:
            try:
                done = self._do(deed)
            except (ControlError, OSError) as error:
                self.failures += 1
                print(f"Failed: {deed} ({error}).", file=sys.stderr)
            else:
                self.count += 1
                print(done, flush=True)

    def _do(self, deed: Deed) -> str:
        match deed:
            case MakePrivate(path, mode):
                path.chmod(mode)
                return f"{path}: others can't look into it any more."
            case PutAside(path):
                return f"{path} can't be read: it is kept as {_put_aside(path)}."
            case Remove(path):
                path.unlink(missing_ok=True)
                return f"{path} told of a process that is gone: removed."
            case EndService(identity):
                return self._end_service(identity.pid)
            case StartService():
                started = daemon.ensure(self._home, self._config, self._timeout_s)
                return f"Restart service: {'started' if started.is_new else 'runs'} (pid {started.service['pid']})."
            case EndLeftovers(processes):
                return self._end_leftovers(processes)

    def _end_service(self, pid: int) -> str:
        process = ServiceProcess.of(self._home)
        # By the kernel's word on who holds the lock now: the pid may be another's since we looked.
        if process is None or process.identity.pid != pid:
            return f"The service that hung (pid {pid}) has ended by itself."
        ending.end([process.identity], _TERM_GRACE_S, _KILL_GRACE_S)
        if lock_holder(self._home) is not None:
            raise ControlError("still_there", f"process {pid} does not end, not even by KILL: the machine holds it.")
        return f"The service that hung (pid {pid}) was ended; apps run on."

    def _end_leftovers(self, processes: tuple[Process, ...]) -> str:
        names = "\n".join(f"  {process}" for process in processes)
        if self._asks and not _agrees(f"No service owns these processes:\n{names}\nEnd them? [y/N] "):
            return "They are left as they are."
        left = ending.end([process.identity for process in processes], _TERM_GRACE_S, _KILL_GRACE_S)
        if left:
            pids = ", ".join(str(identity.pid) for identity in left)
            raise ControlError("still_there", f"these processes do not end, not even by KILL: {pids}.")
        return f"Ended what no service owns:\n{names}"


def recover(options: Namespace, timeout_s: float, style: Style) -> int:
    """Put right what can be, and tell what is left."""
    home, config = home_folder(options.home), config_file(options.config)
    recovery = Recovery(home, config, timeout_s, asks=sys.stdin.isatty() and not options.yes)
    recovery.carry_out(deeds.first(gather(home, config, timeout_s)))
    recovery.carry_out(deeds.then(gather(home, config, timeout_s)))
    if not recovery.count and not recovery.failures:
        print("There is nothing to put right.")
    left = [finding for finding in examine(gather(home, config, timeout_s)) if finding.is_problem]
    if left:
        print("Left as it is:")
        print("\n".join(f"  {line}" for line in lines(left, style)))
    if options.gpu_reset:
        print(gpu_reset.reset())
    return FAILED if recovery.failures else 0


def _agrees(question: str) -> bool:
    return input(question).strip().lower() in {"y", "yes"}


def _put_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.broken-{number}")).exists():
        number += 1
    return path.rename(aside)
