"""Restarts kernels that have too much memory, or that somebody wants restarted, when they are idle."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from jupyter_restart.errors import ControlError
from jupyter_restart.kernels import orders
from jupyter_restart.kernels.limit import Due, Helpless, KernelLimit, Look, Step
from jupyter_restart.kernels.measuring import Use, measure
from jupyter_restart.kernels.orders import Order
from jupyter_restart.units import duration, size

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from jupyter_restart.kernels.keeper import Keeper
    from jupyter_restart.kernels.manager import KeptMappingKernelManager
    from jupyter_restart.schema import Event

NOTICE_S = 120.0
"""How long people have to object, and how long a kernel must have been idle."""

_LOOK_EVERY_S = 5.0
# What an idle kernel needs for its heartbeat and its timers is far below; a thread or a process that works is above.
_WORKING = 0.1
_SHORTEST_S = 1.0
_WHILE_RESTARTING_S = 0.5

Tell = Callable[[str, str, dict[str, Any]], Awaitable[None]]
"""Tells the service: type of event, message, data. Raises ControlError."""


@dataclass(frozen=True)
class _Seen:
    look: Look
    why_busy: str | None


class Limiter:
    """The kernels of one server. What happens to them is decided by `KernelLimit`; here it is seen and done."""

    def __init__(self, server: ServerApp, keeper: Keeper, tell: Tell, notice_s: float = NOTICE_S) -> None:
        self._server = server
        self._keeper = keeper
        self._tell = tell
        self._limit = KernelLimit(notice_s)
        self._limit_bytes: int | None = None
        self._watching: asyncio.Task[None] | None = None
        self._orders: dict[asyncio.Task[None], Order] = {}
        self._heeded = orders.Heeded(keeper.state.folder / "heeded.json", server.log)
        self._seq = 0
        self._measured_at = 0.0
        self._uses: dict[str, Use] = {}
        self._log: logging.Logger = server.log
        self._every_s = min(_LOOK_EVERY_S, notice_s / 4)
        for kernel_id, until in self._read_postponed().items():
            self._limit.postpone(kernel_id, time.monotonic() + until - time.time())

    def want(self, limit_bytes: int | None) -> None:
        """Keep kernels below this; None for no limit."""
        self._limit_bytes = limit_bytes
        if limit_bytes is not None and self._watching is None:
            self._watching = asyncio.ensure_future(self._watch())

    @property
    def heeded(self) -> int | None:
        """Up to which event this server, or the one before it, has done all that was asked; None for a first one."""
        return self._heeded.read()

    def heed(self, events: Sequence[Event], seq: int) -> None:
        """Do what somebody has asked of kernels, up to `seq`. What a server before this one has done is among it."""
        for event in events:
            if event["type"] == "kernel.postponed":
                self._postpone(str(event["data"]["kernel_id"]), float(event["data"]["duration_s"]))
        under_way = {order.seq for order in self._orders.values()}
        for order in orders.unfinished(events, datetime.now(timezone.utc)):
            if order.seq in under_way:
                continue
            task = asyncio.ensure_future(self._carry_out(order))
            self._orders[task] = order
            task.add_done_callback(self._finished)
        self._seq = seq
        self._note_heeded()

    def _finished(self, task: asyncio.Task[None]) -> None:
        del self._orders[task]
        # One that ends with the server is for the next one.
        if not task.cancelled():
            self._note_heeded()

    def _note_heeded(self) -> None:
        self._heeded.write(min([self._seq, *(order.seq - 1 for order in self._orders.values())]))

    async def close(self) -> None:
        """Stop."""
        tasks = [*self._orders, *([] if self._watching is None else [self._watching])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self) -> None:
        while self._limit_bytes is not None:
            try:
                await self._round(self._limit_bytes)
            except Exception:  # noqa: BLE001 - see below
                # Of another part of the server, as a rule: its sessions, a provisioner. The next round may go well.
                self._log.exception("The memory of kernels could not be looked at")
            await asyncio.sleep(self._every_s)
        self._watching = None

    async def _round(self, limit_bytes: int) -> None:
        seen = await self._look(limit_bytes)
        for step in self._limit.steps(time.monotonic(), limit_bytes, [each.look for each in seen]):
            await self._take(step, limit_bytes)

    async def _take(self, step: Step, limit_bytes: int) -> None:
        look = step.look
        data = {**_data(look), "limit_bytes": limit_bytes}
        has = f"The kernel of {look.name} has {size(look.memory_bytes)} of memory, its limit is {size(limit_bytes)}."
        if isinstance(step, Due):
            if not self._keeper.restarting and self._why_busy(look.kernel_id) is None:
                await self._restart(look, {**data, "reason": "memory"})
            return
        if isinstance(step, Helpless):
            message = f"{has} It had from its start, so it is not restarted again: raise kernel_memory_limit"
        else:
            message = f"{has} It is restarted, and loses its variables, when idle for {_words(self._limit.notice_s)}"
            data["notice_s"] = self._limit.notice_s
        try:
            await self._tell("kernel.limit_reached", message, data)
        except ControlError as error:
            self._log.warning("%s This could not be told: %s", message, error)
            self._limit.not_told(look.kernel_id)

    async def _carry_out(self, order: Order) -> None:
        seen = await self._look(0)
        chosen = [each for each in seen if order.means(each.look)]
        unknown = sorted(set(order.kernels) - {each.look.kernel_id for each in seen})
        left = [{"kernel_id": each, "name": each, "why": "there is no such kernel"} for each in unknown]
        done = len(order.done)
        for each in chosen:
            await self._while_restarting()
            data = {**_data(each.look), "reason": "manual", "order": order.seq}
            why = each.why_busy or order.too_old or await self._restart(each.look, data)
            if why is None:
                done += 1
            else:
                left.append({"kernel_id": each.look.kernel_id, "name": each.look.name, "why": why})
        about = "".join(f"; {each['name']} is left alone: {each['why']}" for each in left)
        message = f"{done} kernel{'' if done == 1 else 's'} restarted{about}"
        await self._told("kernel.order_done", message, {"order": order.seq, "restarted": done, "left": left})

    async def _while_restarting(self) -> None:
        """Wait; where another server follows, that goes on with what is not done."""
        while True:
            if not self._keeper.restarting:
                return
            await asyncio.sleep(_WHILE_RESTARTING_S)

    async def _restart(self, look: Look, data: dict[str, Any]) -> str | None:
        """Restart a kernel in its place; gives why it could not be."""
        kernel_id = look.kernel_id
        try:
            await self._manager.restart_kernel(kernel_id)  # type: ignore[no-untyped-call]
        except Exception as error:  # noqa: BLE001 - whatever a provisioner or a hook of the user's raises
            why = str(error) or repr(error)
            self._limit.failed(kernel_id, time.monotonic())
            await self._told("kernel.restart_failed", f"The kernel of {look.name} was not restarted: {why}", data)
            return why
        self._limit.restarted(kernel_id)
        message = f"The kernel of {look.name} was restarted at {size(look.memory_bytes)}: its variables are gone"
        self._log.info("%s.", message)
        await self._told("kernel.restarted", message, data)
        return None

    async def _told(self, type_: str, message: str, data: dict[str, Any]) -> None:
        try:
            await self._tell(type_, message, data)
        except ControlError as error:
            self._log.warning("%s. This could not be told: %s", message, error)

    async def _look(self, exact_from: int) -> list[_Seen]:
        sessions = await self._server.session_manager.list_sessions()
        paths = {session["kernel"]["id"]: session["path"] for session in sessions}
        # Clock ticks of what an order looks at right after a round say nothing.
        before, since = self._uses, max(_SHORTEST_S, time.monotonic() - self._measured_at)
        self._uses, self._measured_at = await self._measure(exact_from), time.monotonic()
        seen = []
        for kernel_id, use in self._uses.items():
            kernel = self._manager._kernels.get(kernel_id)
            if kernel is None:
                continue
            why = self._why_busy(kernel_id)
            earlier = before.get(kernel_id)
            if why is None and earlier is not None and use.cpu_s - earlier.cpu_s > _WORKING * since:
                why = "something in it computes"
            name = paths.get(kernel_id, kernel.kernel_name)
            seen.append(_Seen(Look(kernel_id, name, use.memory_bytes, why is not None), why))
        return seen

    async def _measure(self, exact_from: int) -> dict[str, Use]:
        kernels = {record.kernel_id: record.process for record in self._keeper.records}
        return await asyncio.to_thread(measure, kernels, exact_from)

    def _why_busy(self, kernel_id: str) -> str | None:
        state = self._state(kernel_id)
        if state != "idle":
            return f"it is {state}"
        asked = self._keeper.asked_at.get(kernel_id)
        if asked is not None and time.monotonic() - asked < self._every_s:
            return "it is in use"
        return None

    def _state(self, kernel_id: str) -> str | None:
        if kernel_id not in self._manager:
            return "gone"
        said: str = self._manager._kernels[kernel_id].execution_state
        record = self._keeper.record(kernel_id)
        return said if record is None else record.settled(said)

    def _postpone(self, kernel_id: str, seconds: float) -> None:
        self._limit.postpone(kernel_id, time.monotonic() + seconds)
        now = time.time()
        kept = {name: until for name, until in self._read_postponed().items() if until > now}
        temporary = self._postponed.with_suffix(f".{os.getpid()}")
        try:
            temporary.write_text(json.dumps({**kept, kernel_id: now + seconds}), encoding="utf-8")
            temporary.replace(self._postponed)
        except OSError as error:
            self._log.warning("The next server will not know that kernel %s was put off: %s", kernel_id, error)

    def _read_postponed(self) -> dict[str, float]:
        """Give until when kernels are left alone, by the wall clock: it outlives the server that was asked."""
        try:
            read: dict[str, float] = json.loads(self._postponed.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return read

    @property
    def _postponed(self) -> Any:
        return self._keeper.state.folder / "postponed.json"

    @property
    def _manager(self) -> KeptMappingKernelManager:
        manager: KeptMappingKernelManager = self._server.kernel_manager  # type: ignore[assignment]
        return manager


def _data(look: Look) -> dict[str, Any]:
    return {"kernel_id": look.kernel_id, "path": look.name, "memory_bytes": look.memory_bytes}


def _words(seconds: float) -> str:
    return f"{seconds / 60:g} min" if seconds >= 60 and seconds % 60 == 0 else duration(seconds)
