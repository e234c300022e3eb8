"""When a kernel that has too much memory is restarted: pure, told the time and what was seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

# Within by less than this is no news: the next moment it may be beyond again.
_MARGIN = 0.1
_AFTER_FAILURE_S = 600.0


@dataclass(frozen=True)
class Look:
    """One kernel at one moment. `name` is that of its notebook, for people; `is_busy`: it must be left alone."""

    kernel_id: str
    name: str
    memory_bytes: int
    is_busy: bool


@dataclass(frozen=True)
class Reached:
    """It has reached the limit: people are to be told, and it is restarted when it has been idle for long enough."""

    look: Look


@dataclass(frozen=True)
class Helpless:
    """It has more than the limit ever since it was restarted for that: another restart would not help."""

    look: Look


@dataclass(frozen=True)
class Due:
    """People were told, nobody objected, and it is idle: it is to be restarted now."""

    look: Look


Step = Reached | Helpless | Due


@dataclass
class _Kernel:
    is_told: bool = False
    is_new: bool = False
    not_before: float = 0.0
    idle_since: float | None = None


@dataclass
class KernelLimit:
    """What is known of each kernel. `notice_s`: how long people have, and how long a kernel must have been idle.

    Times are seconds of a clock that is never set.
    """

    notice_s: float
    _kernels: dict[str, _Kernel] = field(default_factory=dict)

    def steps(self, now: float, limit_bytes: int, looks: Iterable[Look]) -> Iterator[Step]:
        """Judge all kernels there are; those that are not among them are forgotten."""
        before, self._kernels = self._kernels, {}
        for look in looks:
            kernel = self._kernels[look.kernel_id] = before.get(look.kernel_id) or _Kernel()
            kernel.idle_since = None if look.is_busy else now if kernel.idle_since is None else kernel.idle_since
            step = self._step(now, limit_bytes, kernel, look)
            if step is not None:
                yield step

    def _step(self, now: float, limit_bytes: int, kernel: _Kernel, look: Look) -> Step | None:
        if look.memory_bytes < limit_bytes:
            kernel.is_new = False
            kernel.is_told = kernel.is_told and look.memory_bytes > (1 - _MARGIN) * limit_bytes
            return None
        if not kernel.is_told:
            kernel.is_told = True
            kernel.not_before = max(kernel.not_before, now + self.notice_s)
            return Helpless(look) if kernel.is_new else Reached(look)
        is_idle = kernel.idle_since is not None and now >= kernel.idle_since + self.notice_s
        return Due(look) if is_idle and now >= kernel.not_before and not kernel.is_new else None

    def postpone(self, kernel_id: str, until: float) -> None:
        """Leave a kernel alone until then."""
        kernel = self._kernels.setdefault(kernel_id, _Kernel())
        kernel.not_before = max(kernel.not_before, until)

    def not_told(self, kernel_id: str) -> None:
        """Nobody could be told, so nobody could object: tell again."""
        if kernel_id in self._kernels:
            self._kernels[kernel_id].is_told = False

    def restarted(self, kernel_id: str) -> None:
        """Judge it anew: it has a new process."""
        self._kernels[kernel_id] = _Kernel(is_new=True)

    def failed(self, kernel_id: str, now: float) -> None:
        """Try again, but not at once: it could not be restarted."""
        self.postpone(kernel_id, now + _AFTER_FAILURE_S)
