"""The extension of the Jupyter server: links it to the service, and lets users in to it."""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast
from urllib.parse import quote

from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool, Float, Unicode

from jupyter_restart import activity, front, inplace, reserve, starter, surroundings
from jupyter_restart.companion import Companion, ThisServer
from jupyter_restart.endpoint import config_file, home_folder
from jupyter_restart.handlers import Gateway, ServiceHandler
from jupyter_restart.kernels import limiter
from jupyter_restart.kernels.keeper import keeper_of
from jupyter_restart.relaunch import plain_command, relaunch_command, split_command_line
from jupyter_restart.schema import Kept
from jupyter_restart.starter import ServiceStarter
from jupyter_restart.upstream import Upstream

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

_IS_SUPPORTED = sys.platform == "linux"
_PROGRAMS = frozenset({"jupyter-lab", "jupyter-server", "jupyter-notebook"})
_SUBCOMMANDS = frozenset({"lab", "server", "notebook"})
_MODULES = frozenset({"jupyterlab", "jupyter_server", "notebook"})


class RestartExtension(ExtensionApp):
    """Starts the service if none runs, and registers this server with it."""

    name = "jupyter_restart"

    home = Unicode(
        help="Folder of the service's state; by default $JUPYTER_RESTART_HOME, or a folder in Jupyter's data folder."
    ).tag(config=True)
    service_config = Unicode(help="Config file (restart.toml) for a service that this server starts.").tag(config=True)
    standby_timeout = Float(
        inplace.READY_TIMEOUT_S, help="Seconds that a new server has to be ready to follow this one."
    ).tag(config=True)
    standby_delay = Float(
        reserve.CALM_S, help='Seconds that a server has served before one stands by, with `standby = "always"`.'
    ).tag(config=True)
    kernel_notice = Float(
        limiter.NOTICE_S,
        help="Seconds from the notice that a kernel has reached its memory limit to its restart, in all of which it "
        "must be idle.",
    ).tag(config=True)
    start_service = Bool(True, help="Whether to start the service if none runs.").tag(config=True)

    keep_kernels = Bool(
        False,
        help="Whether kernels go on when the server is shut down or told to end, until a server with the same root "
        "folder and address takes them over. By default they end with it, and only a restart keeps them.",
    ).tag(config=True)

    _companion: Companion | None = None
    _gateway: Gateway | None = None
    _starter: ServiceStarter | None = None
    _following: asyncio.Task[None] | None = None

    def _link_jupyter_server_extension(self, serverapp: ServerApp) -> None:
        super()._link_jupyter_server_extension(serverapp)
        if _IS_SUPPORTED:
            inplace.link(serverapp, home_folder(self.home), keep_kernels=self.keep_kernels)
        else:
            self.log.warning("jupyter-restart is off: it needs Linux, and this is %s.", sys.platform)

    def initialize_handlers(self) -> None:
        """Serve `restart/v1/`, and begin to follow the service once the server listens."""
        if not _IS_SUPPORTED:
            return
        server, home = cast("ServerApp", self.serverapp), home_folder(self.home)
        upstream = Upstream(home)
        if self.start_service:
            start = starter.by_command(home, config_file(self.service_config))
            self._starter = ServiceStarter(home, self.log, start)
        self._gateway = Gateway(upstream, self._starter, self.log)
        self.handlers.append((r"restart/(v1/.+)", ServiceHandler, {"gateway": self._gateway}))
        companion = Companion(
            upstream, self._starter, partial(self._restart, server), self.log, partial(activity.busy_with, server)
        )
        companion.reserve = inplace.reserve(
            server,
            companion.standby_changed,
            companion.replaced,
            ready_timeout_s=self.standby_timeout,
            calm_s=self.standby_delay,
        )
        keeper = keeper_of(server)
        if keeper is not None:
            companion.limiter = limiter.Limiter(server, keeper, companion.tell_of_kernel, self.kernel_notice)
        self._companion = companion
        server.io_loop.add_callback(self._begin_to_follow, companion, server)

    async def stop_extension(self) -> None:
        """Say goodbye to the service; it goes on."""
        if self._companion is None:
            return
        if self._companion.is_restarting:
            # A restart in place calls us from within the task that would be cancelled here.
            await self._companion.leave()
            return
        if self._companion.limiter is not None:
            await self._companion.limiter.close()
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        await self._companion.leave()
        if self._gateway is not None:
            await self._gateway.close()
        if self._starter is not None:
            await self._starter.close()

    async def _restart(self, server: ServerApp, restart_id: str, standby: str) -> NoReturn:
        warm = standby != "never"
        await inplace.restart(server, restart_id, warm=warm, ready_timeout_s=self.standby_timeout)

    def _begin_to_follow(self, companion: Companion, server: ServerApp) -> None:
        self._following = asyncio.ensure_future(_follow(companion, server))
        self._following.add_done_callback(self._tell_why_it_ended)

    def _tell_why_it_ended(self, following: asyncio.Task[None]) -> None:
        error = None if following.cancelled() else following.exception()
        if error is not None:
            self.log.error("This server is no longer known to the restart service, by a bug:", exc_info=error)


async def _follow(companion: Companion, server: ServerApp) -> None:
    # Waits until the server listens: only then its port is known.
    kept = await inplace.kept(server)
    await companion.run(
        ThisServer(
            pid=front.server_pid(),
            serving_pid=None if front.pid() is None else os.getpid(),
            port=server.port or None,
            url=address_of(server),
            respawn=respawn_command(),
            restart_id=inplace.restart_id(),
            kept=cast("Kept | None", kept),
            notes=surroundings.notes(server.base_url, inplace.obstacle(server)),
            took_over=inplace.took_over_crashed(server),
        )
    )


def address_of(server: ServerApp) -> str | None:
    """Give the address at which the service can ask whether this server answers; None where nobody can.

    Jupyter's own puts the machine's name in the place of "all addresses", and such a name need not be known to anyone.
    """
    if (server.ssl_options or {}).get("cert_reqs", ssl.CERT_NONE) != ssl.CERT_NONE:
        # Who has no certificate of its own is turned away, with an error in the server's log each time.
        return None
    if server.sock:
        # Jupyter's own leaves all but the slashes of the path as they are.
        return f"http+unix://{quote(server.sock, safe='')}{server.base_url}"
    loopback = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(server.ip)
    if loopback is None:
        return server.connection_url
    return server._get_urlparts(path=server.base_url, ip=loopback).geturl()


def respawn_command() -> list[str] | None:
    """Give the command line that starts this server again: by way of our launcher, which takes half the time."""
    return relaunch_command(sys.orig_argv, sys.executable) if is_jupyter_command(sys.orig_argv) else None


def is_jupyter_command(command: Sequence[str]) -> bool:
    """Tell whether a command line is one that starts a Jupyter server, and not, say, a test that has one in it."""
    _, program = split_command_line(plain_command(command)[1:])
    if not program:
        return False
    if program[0] == "-m":
        return program[1] in _MODULES or (program[1] == "jupyter" and not _SUBCOMMANDS.isdisjoint(program[2:3]))
    name = Path(program[0]).name
    return name in _PROGRAMS or (name == "jupyter" and not _SUBCOMMANDS.isdisjoint(program[1:2]))
