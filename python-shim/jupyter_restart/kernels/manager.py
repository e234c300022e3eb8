"""Kernel managers of a server whose kernels live on when it is restarted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager, ServerKernelManager
from traitlets import default

from jupyter_restart.kernels import adoption, parting
from jupyter_restart.kernels.keeper import Keeper, keeper_of
from jupyter_restart.kernels.provisioner import DetachedProvisioner
from jupyter_restart.kernels.state import KernelRecord

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from jupyter_restart.kernels.replay import PreparedReplay

HOME_VARIABLE = "JUPYTER_RESTART_HOME"


class KeptKernelManager(ServerKernelManager):
    """One kernel; detached unless its kernelspec, or the user, asks for a provisioner of another kind."""

    async def _async_pre_start_kernel(self, **kwargs: Any) -> tuple[list[str], dict[str, Any]]:
        keeper = _keeper_of(self)
        if keeper is not None:
            environment = dict(kwargs.get("env") or os.environ)
            kwargs["env"] = {**environment, HOME_VARIABLE: str(keeper.home)}
            self.kernel_id = self.kernel_id or kwargs.get("kernel_id")
            if self.provisioner is None and self._may_detach():
                self.provisioner = DetachedProvisioner(
                    parent=self, kernel_id=self.kernel_id, kernel_spec=self.kernel_spec
                )
            if isinstance(self.provisioner, DetachedProvisioner):
                self.provisioner.log_file = keeper.state.kernel_log(str(self.kernel_id))
        return await super()._async_pre_start_kernel(**kwargs)

    async def _async_post_start_kernel(self, **kwargs: Any) -> None:
        await super()._async_post_start_kernel(**kwargs)
        keeper, record = _keeper_of(self), record_of(self)
        if keeper is not None and record is not None:
            keeper.kernel_started(record)

    def _may_detach(self) -> bool:
        specification = self.kernel_spec
        if specification is None or "kernel_provisioner" in (specification.metadata or {}):
            return False
        factory = KernelProvisionerFactory.instance(parent=self.parent)
        return bool(factory.default_provisioner_name == "local-provisioner")


class KeptMappingKernelManager(AsyncMappingKernelManager):
    """All kernels of a server: takes over those that a server before it left, and replays what they said."""

    @default("kernel_manager_class")
    def _default_kernel_manager_class(self) -> str:
        return f"{KeptKernelManager.__module__}.{KeptKernelManager.__name__}"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        self.prepared: dict[str, PreparedReplay] = {}
        self.keeper: Keeper | None = keeper_of(self.parent)
        if self.keeper is not None and not self.keeper.standing_by:
            self.adopt()

    def prepare(self) -> None:
        """Connect to the kernels that this server is to take over."""
        if self.keeper is not None:
            adoption.prepare_all(self, self.keeper)

    def adopt(self) -> None:
        """Take over kernels; before anything is served: a first look at a session without its kernel deletes it."""
        if self.keeper is not None:
            adoption.adopt_all(self, self.keeper)

    def leave_lives_to_others(self) -> None:
        """Neither start again nor cull kernels: another server has charge of them, which sees what they do."""
        if self._culler_callback is not None:
            self._culler_callback.stop()
        for kernel in self._kernels.values():
            kernel.stop_restarter()

    def is_kept(self, kernel_id: str) -> bool:
        """Whether the kernel lives on when the server is restarted."""
        kernel = self._kernels.get(kernel_id)
        return kernel is not None and isinstance(kernel.provisioner, DetachedProvisioner)

    def remove_kernel(self, kernel_id: str) -> Any:
        """Forget a kernel that has ended."""
        if self.keeper is not None and self.is_kept(kernel_id):
            self.keeper.kernel_ended(kernel_id)
        return super().remove_kernel(kernel_id)

    async def shutdown_all(self, now: bool = False) -> None:  # type: ignore[override]
        """End all kernels; where they are to outlive the server, only those that cannot."""
        if self.keeper is None or not self.keeper.keeps_at_stop:
            await super().shutdown_all(now=now)
            return
        for kernel_id in self.list_kernel_ids():
            if self.is_kept(kernel_id):
                self._kernels[kernel_id].stop_restarter()
                # Without its name the file is not removed when the manager is.
                self._kernels[kernel_id].connection_file = ""
            else:
                await self.shutdown_kernel(kernel_id, now=now)  # type: ignore[no-untyped-call]
        await parting.leave_kernels(cast("ServerApp", self.parent), self, self.keeper)

    def get_buffer(self, kernel_id: str, session_key: str) -> dict[str, Any] | None:
        """Return what a reconnecting session has not seen; after a restart this is what the relay held for it."""
        prepared = self.prepared.pop(session_key, None)
        if prepared is not None:
            return prepared.as_buffer()
        buffer: dict[str, Any] | None = super().get_buffer(kernel_id, session_key)  # type: ignore[no-untyped-call]
        return buffer

    def stop_buffering(self, kernel_id: str) -> None:
        """Nobody is expected to come back for the messages buffered for this kernel."""
        if self.keeper is not None and kernel_id in self._kernel_buffers:
            self.keeper.session_gone(self._kernel_buffers[kernel_id]["session_key"])
        super().stop_buffering(kernel_id)  # type: ignore[no-untyped-call]


def record_of(kernel: Any) -> KernelRecord | None:
    """Tell what to put on file about a running kernel; None when it is not ours to keep."""
    provisioner = kernel.provisioner
    identity = provisioner.identity if isinstance(provisioner, DetachedProvisioner) else None
    if identity is None:
        return None
    connection = dict(kernel.get_connection_info())
    connection["key"] = bytes(connection["key"]).decode()
    arguments = kernel._launch_args or {}
    launch = {"env": dict(arguments.get("env") or {}), "cwd": _text(arguments.get("cwd"))}
    return KernelRecord(
        kernel_id=str(kernel.kernel_id),
        kernel_name=str(kernel.kernel_name),
        pid=identity.pid,
        start_ticks=identity.start_ticks,
        connection_file=str(kernel.connection_file),
        connection=connection,
        launch=launch,
    )


def _text(path: str | Path | None) -> str | None:
    return None if path is None else str(path)


def _keeper_of(kernel: KeptKernelManager) -> Keeper | None:
    manager = kernel.parent
    return manager.keeper if isinstance(manager, KeptMappingKernelManager) else None
