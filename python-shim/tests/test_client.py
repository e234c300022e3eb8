"""The client against the contract: every operation, errors, and a service that moves or goes away."""

import contextlib
import inspect
import socket
import threading
import typing

import pytest
from contract import CONTRACT, SCHEMAS, answer_schema, example

from jupyter_restart import schema
from jupyter_restart.client import ControlClient
from jupyter_restart.errors import (
    ControlError,
    ForeignAnswerError,
    NoSuchAppError,
    RefusedError,
    ServiceNotRunningError,
    UsageError,
)


@pytest.fixture
def client(home):
    with contextlib.closing(ControlClient(home, 5)) as made:
        yield made


ADOPTION = example("Adoption")
CALLS = {
    "snapshot": ("snapshot", lambda c: c.snapshot(), "GET /v1/apps"),
    "app": ("app", lambda c: c.app("jupyterlab"), "GET /v1/apps/jupyterlab"),
    "restart": ("restart", lambda c: c.restart("jupyterlab", now=True), "POST /v1/apps/jupyterlab/restart"),
    "restart_in": ("restart", lambda c: c.restart("jupyterlab", delay="2h"), "POST /v1/apps/jupyterlab/restart"),
    "restart_together": (
        "restartTogether",
        lambda c: c.restart_together(["jupyterlab"]),
        "POST /v1/restart",
    ),
    "postpone": ("postpone", lambda c: c.postpone("jupyterlab", "30m"), "POST /v1/apps/jupyterlab/postpone"),
    "enable": ("enable", lambda c: c.enable("jupyterlab"), "POST /v1/apps/jupyterlab/enable"),
    "disable": ("disable", lambda c: c.disable("jupyterlab"), "POST /v1/apps/jupyterlab/disable"),
    "start": ("start", lambda c: c.start("jupyterlab"), "POST /v1/apps/jupyterlab/start"),
    "stop": ("stop", lambda c: c.stop("jupyterlab"), "POST /v1/apps/jupyterlab/stop"),
    "start_together": ("startTogether", lambda c: c.start_together(["jupyterlab"]), "POST /v1/start"),
    "stop_together": ("stopTogether", lambda c: c.stop_together(["jupyterlab"]), "POST /v1/stop"),
    "restart_kernels": (
        "restartKernels",
        lambda c: c.restart_kernels("jupyterlab", ["k-1"], "4GB"),
        "POST /v1/apps/jupyterlab/kernels/restart",
    ),
    "postpone_kernel": (
        "postponeKernel",
        lambda c: c.postpone_kernel("jupyterlab", "k-1", "30m"),
        "POST /v1/apps/jupyterlab/kernels/postpone",
    ),
    "told_of_kernel": (
        "toldOfKernel",
        lambda c: c.told_of_kernel("jupyterlab", "kernel.restarted", "Done", {"kernel_id": "k-1"}),
        "POST /v1/apps/jupyterlab/kernels/told",
    ),
    "kept_prompts": (
        "keptPrompts",
        lambda c: c.kept_prompts("jupyterlab"),
        "GET /v1/apps/jupyterlab/prompts",
    ),
    "send_again": (
        "sendAgain",
        lambda c: c.send_again("jupyterlab", ["p-1"]),
        "POST /v1/apps/jupyterlab/prompts/send",
    ),
    "discard": ("discard", lambda c: c.discard("jupyterlab", []), "POST /v1/apps/jupyterlab/prompts/discard"),
    "adopt": ("adopt", lambda c: c.adopt("jupyterlab", ADOPTION), "POST /v1/apps/jupyterlab/adopt"),
    "leave": ("leave", lambda c: c.leave("jupyterlab"), "POST /v1/apps/jupyterlab/leave"),
    "drained": (
        "drained",
        lambda c: c.drained("jupyterlab", "r-1f", "tab-7", ["a.ipynb"], [{"path": "b", "why": "read-only"}]),
        "POST /v1/apps/jupyterlab/drained",
    ),
    "failed": ("failed", lambda c: c.failed("jupyterlab", "r-1f", "No."), "POST /v1/apps/jupyterlab/failed"),
    "activity": ("activity", lambda c: c.activity("jupyterlab", None), "POST /v1/apps/jupyterlab/activity"),
    "client_gone": ("clientGone", lambda c: c.client_gone("tab 7"), "DELETE /v1/clients/tab%207"),
    "events": (
        "events",
        lambda c: c.events(16, app="jupyterlab"),
        "GET /v1/events?after=16&wait=0&limit=1000&app=jupyterlab",
    ),
    "plan": ("plan", lambda c: c.plan("jupyterlab", 3), "GET /v1/plan?app=jupyterlab&n=3"),
    "log": ("restartLog", lambda c: c.log(n=5), "GET /v1/logs?n=5&wait=0"),
    "app_log": ("appLog", lambda c: c.log("jupyterlab", after=80), "GET /v1/logs/jupyterlab?after=80&wait=0"),
    "resources": (
        "resources",
        lambda c: c.resources("2026-11-24T01:00:00Z"),
        "GET /v1/resources?since=2026-11-24T01%3A00%3A00Z",
    ),
    "config": ("config", lambda c: c.config(), "GET /v1/config"),
    "configure": ("configure", lambda c: c.configure("[app.a]\n"), "PUT /v1/config"),
    "service": ("service", lambda c: c.service(), "GET /v1/service"),
    "service_stop": ("serviceStop", lambda c: c.service_stop(), "POST /v1/service/stop"),
    "service_restart": ("serviceRestart", lambda c: c.service_restart(["/java"]), "POST /v1/service/restart"),
    "openapi": ("openapi", lambda c: c.openapi(), "GET /v1/openapi.json"),
}


@pytest.mark.parametrize("name", CALLS)
def test_each_call_is_one_request_of_the_contract(name, client, service):
    _, call, request = CALLS[name]
    answer = call(client)
    assert [f"{asked.method} {asked.target}" for asked in service.asked] == [request]
    method, _, target = request.partition(" ")
    schema_name = {"openapi": None}.get(name, answer_schema(method, target))
    assert answer == (example(schema_name) if schema_name else {"openapi": "3.1.0"})


def test_every_operation_of_the_contract_has_a_call():
    operations = {spec["operationId"] for path in CONTRACT["paths"].values() for spec in path.values()}
    # What is for Prometheus is no JSON.
    assert {operation for operation, _, _ in CALLS.values()} == operations - {"metrics"}


def test_typed_shapes_have_the_fields_of_the_contract():
    shapes = dict(inspect.getmembers(schema, typing.is_typeddict))
    assert "Snapshot" in shapes
    for name, shape in shapes.items():
        assert set(shape.__annotations__) == set(SCHEMAS[name]["properties"]), name
        assert shape.__required_keys__ in (set(SCHEMAS[name]["required"]), set()), name


@pytest.mark.parametrize(
    ("status", "code", "kind", "exit_code"),
    [
        (404, "no_such_app", NoSuchAppError, 4),
        (409, "refused", RefusedError, 5),
        (400, "bad_request", UsageError, 2),
        (422, "config_error", UsageError, 2),
        (410, "unknown_seq", ControlError, 1),
        (500, "internal", ControlError, 1),
    ],
)
def test_problems_become_errors_with_their_exit_code(client, service, status, code, kind, exit_code):
    service.refuse("POST", "/v1/apps/jupyterlab/start", status, code, "What happened, and what to do.")
    with pytest.raises(ControlError) as caught:
        client.start("jupyterlab")
    error = caught.value
    assert (type(error), error.code, error.detail, error.exit_code) == (
        kind,
        code,
        "What happened, and what to do.",
        exit_code,
    )


def test_questions_share_a_connection_and_commands_have_their_own(client, service):
    client.service()
    client.snapshot()
    client.start("jupyterlab")
    client.service()
    assert service.connections == 2


def test_a_connection_that_the_service_has_closed_is_made_anew(client, service):
    client.service()
    service.stop()
    service.start()
    assert client.service() == example("Service")


def test_a_service_on_another_port_is_found_by_its_file(client, service, home):
    client.service()
    service.stop()
    service.token = "another"
    service.start()
    assert client.start("jupyterlab") == example("Accepted")


def test_without_an_endpoint_file_the_service_is_not_running(client, home):
    with pytest.raises(ServiceNotRunningError) as caught:
        client.service()
    assert caught.value.detail == (
        f"The restart service is not running: there is no readable {home / 'endpoint.json'}. "
        f"Start it: jupyter restart service start --home {home}"
    )


@pytest.mark.parametrize("call", ["service", "service_stop"])
def test_a_port_that_nobody_listens_on_is_no_service(client, service, call):
    port = service.port
    service.stop()
    with pytest.raises(ServiceNotRunningError, match=f"nobody listens on its port {port} any more"):
        getattr(client, call)()


def test_a_port_that_another_service_has_now_is_no_service(client, service):
    service.write_endpoint(token="of the one before")
    with pytest.raises(ServiceNotRunningError, match="somebody listens who does not know its token"):
        client.service()


def test_a_stranger_on_the_port_is_told_from_the_service(client, service):
    service.answer("GET", "/v1/service", (404, {"message": "Welcome to nginx"}))
    with pytest.raises(ForeignAnswerError, match="was answered with status 404 and no explanation"):
        client.service()


def test_an_endpoint_file_of_rubbish_counts_as_none(client, home):
    home.mkdir()
    (home / "endpoint.json").write_text('{"port": "x"}', encoding="utf-8")
    with pytest.raises(ServiceNotRunningError):
        client.service()


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_service_that_does_not_answer_is_given_up_in_time(home, service, is_kept):
    with contextlib.closing(ControlClient(home, 0.2)) as client:
        if is_kept:
            client.service()
        release = threading.Event()
        service.answer("GET", "/v1/apps", lambda _: (release.wait(10), None)[1])
        with pytest.raises(ControlError) as caught:
            client.snapshot()
        release.set()
    assert caught.value.code == "timeout"
    assert "did not answer GET /v1/apps within 0.2 s" in caught.value.detail


def test_a_command_that_breaks_is_not_sent_twice(client, service):
    service.answer("POST", "/v1/apps/jupyterlab/postpone", lambda _: None)
    with pytest.raises(ServiceNotRunningError):
        client.postpone("jupyterlab", "30m")
    assert len(service.sent("POST")) == 1


def test_something_that_speaks_no_http_is_no_service(client, service, home):
    with socket.create_server(("127.0.0.1", 0)) as stranger:

        def greet():
            connection, _ = stranger.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"220 mail ready\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        service.write_endpoint(port=stranger.getsockname()[1])
        with pytest.raises(ServiceNotRunningError, match="it ended, or is no restart service"):
            client.service()
        thread.join()
