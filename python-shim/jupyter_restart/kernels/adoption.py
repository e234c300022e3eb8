"""Takes charge of the kernels that a server before this one left running."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jupyter_client import protocol_version  # type: ignore[attr-defined]
from jupyter_server._tz import utcnow
from jupyter_server.prometheus.metrics import KERNEL_CURRENTLY_RUNNING_TOTAL
from tornado.ioloop import IOLoop

from jupyter_restart.kernels.provisioner import DetachedProvisioner
from jupyter_restart.kernels.relay_client import RelayError

if TYPE_CHECKING:
    from jupyter_restart.kernels.keeper import Keeper
    from jupyter_restart.kernels.manager import KeptMappingKernelManager
    from jupyter_restart.kernels.state import KernelRecord

_SETTLED_AFTER_S = 1.0


def prepare_all(manager: KeptMappingKernelManager, keeper: Keeper) -> None:
    """Do ahead what takes time: connect to the kernels of a server that still has charge of them."""
    for record in keeper.state.records():
        if record.process.is_alive():
            _connect(manager, keeper, record)
            kernel = manager._kernels[record.kernel_id]
            kernel.start_restarter()
            # Made, but at rest: the kernel is not ours yet.
            kernel.stop_restarter()
            keeper.prepared[record.kernel_id] = record


def adopt_all(manager: KeptMappingKernelManager, keeper: Keeper) -> None:
    """Take charge of each kernel on file that still runs; the others are noted as lost and forgotten."""
    records = keeper.state.records()
    for kernel_id in set(keeper.prepared) - {record.kernel_id for record in records}:
        _disconnect(manager, keeper, kernel_id)
    for record in records:
        if not record.process.is_alive():
            keeper.lost.append(record.kernel_id)
            keeper.state.forget(record.kernel_id)
            _disconnect(manager, keeper, record.kernel_id)
            keeper.log.warning("Kernel %s ended while no server was up.", record.kernel_id)
            continue
        try:
            _adopt(manager, keeper, record)
        except Exception:
            # One kernel that cannot be taken over must not keep the server from starting.
            keeper.lost.append(record.kernel_id)
            keeper.log.exception("Kernel %s (pid %s) could not be taken over.", record.kernel_id, record.pid)
    if keeper.adopted:
        _meet_relay(manager, keeper)
        manager.initialize_culler()  # type: ignore[no-untyped-call]
    keeper.marks.clear()


def _adopt(manager: KeptMappingKernelManager, keeper: Keeper, record: KernelRecord) -> None:
    kernel_id = record.kernel_id
    prepared = keeper.prepared.pop(kernel_id, None)
    if prepared is not None and not prepared.is_same_process(record):
        # It was restarted meanwhile.
        _drop(manager, kernel_id)
        prepared = None
    if prepared is None:
        _connect(manager, keeper, record)
    kernel = manager._kernels[kernel_id]
    # A busy kernel answers no kernel_info request: without this a websocket would wait for its cell to end.
    told: Future[dict[str, Any]] = Future()
    told.set_result(record.kernel_info or {"protocol_version": protocol_version})
    kernel._kernel_info_future = told
    kernel.start_restarter()
    if kernel._restarter is not None:
        # It has been running: should it die, the next one has its ports, to which the open connections lead.
        kernel._restarter._initial_startup = False

    def died() -> None:
        manager._handle_kernel_died(kernel_id)  # type: ignore[no-untyped-call]

    manager.add_restart_callback(kernel_id, died, "dead")
    status = keeper.carried.get(kernel_id)
    kernel.execution_state = status.execution_state if status else "idle"
    kernel.last_activity = datetime.fromisoformat(status.last_activity) if status else utcnow()
    KERNEL_CURRENTLY_RUNNING_TOTAL.labels(type=record.kernel_name).inc()
    keeper.kernel_adopted(record)
    keeper.log.info("Kernel %s (pid %s) is kept.", kernel_id, record.pid)


def _connect(manager: KeptMappingKernelManager, keeper: Keeper, record: KernelRecord) -> None:
    """Make all that a server has of a kernel, but for what would act on it."""
    kernel_id = record.kernel_id
    kernel = manager.kernel_manager_factory(
        connection_file=record.connection_file,
        parent=manager,
        log=manager.log,
        kernel_name=record.kernel_name,
        kernel_spec_manager=manager.kernel_spec_manager,
    )
    kernel.kernel_id = kernel_id
    kernel.load_connection_info(dict(record.connection))
    kernel._connection_file_written = True
    kernel._attempted_start = True
    kernel._launch_args = dict(record.launch)
    provisioner = DetachedProvisioner(parent=kernel, kernel_id=kernel_id, kernel_spec=kernel.kernel_spec)
    provisioner.adopt(record.process, kernel.get_connection_info(), record.launch.get("cwd"))
    provisioner.log_file = keeper.state.kernel_log(kernel_id)
    kernel.provisioner = provisioner
    kernel.ready.set_result(None)
    manager._kernels[kernel_id] = kernel
    manager._kernel_connections[kernel_id] = 0
    manager._kernel_ports[kernel_id] = kernel.ports
    kernel._connect_control_socket()
    manager.start_watching_activity(kernel_id)  # type: ignore[no-untyped-call]


def _disconnect(manager: KeptMappingKernelManager, keeper: Keeper, kernel_id: str) -> None:
    if keeper.prepared.pop(kernel_id, None) is not None:
        _drop(manager, kernel_id)


def _drop(manager: KeptMappingKernelManager, kernel_id: str) -> None:
    """Forget a kernel that has ended, or has other ports now."""
    manager.stop_watching_activity(kernel_id)  # type: ignore[no-untyped-call]
    kernel = manager._kernels.pop(kernel_id)
    kernel._close_control_socket()
    # Whoever restarted or ended the kernel has cared for its file.
    kernel._connection_file_written = False
    del manager._kernel_connections[kernel_id], manager._kernel_ports[kernel_id]


def _meet_relay(manager: KeptMappingKernelManager, keeper: Keeper) -> None:
    greeting = keeper.greeting
    if greeting is None or not greeting.kernels.issuperset(keeper.adopted):
        # One that has ended is replaced; that can wait until clients are served.
        IOLoop.current().add_callback(keeper.start_relay)
    if greeting is None or greeting.states is None:
        _ask_states(manager, keeper)
    else:
        _take_states(manager, greeting.states)
    # A status that came between the relay's word and our own subscription is caught by asking once more.
    IOLoop.current().call_later(_SETTLED_AFTER_S, _ask_states, manager, keeper)


def _ask_states(manager: KeptMappingKernelManager, keeper: Keeper) -> None:
    try:
        _take_states(manager, keeper.relay.states())
    except RelayError as error:
        keeper.log.warning("%s", error)


def _take_states(manager: KeptMappingKernelManager, states: dict[str, str | None]) -> None:
    for kernel_id, state in states.items():
        kernel = manager._kernels.get(kernel_id)
        if kernel is not None and state is not None and kernel.execution_state in {"idle", "busy"}:
            kernel.execution_state = state
