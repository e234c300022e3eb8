"""The extension in a real Jupyter server: who is let in, and what passes through to the service."""

import asyncio
import json
import os
import ssl
import threading

import pytest
from contract import CONTRACT, check, example
from fake_service import Asked, EventScript
from jupyter_server.auth import Authorizer
from tornado.httpclient import HTTPClientError
from tornado.tcpclient import TCPClient

from jupyter_restart.extension import address_of
from jupyter_restart.handlers import ServiceHandler


class OnlyReading(Authorizer):
    """Lets users read, and nothing else."""

    def is_authorized(self, handler, user, action, resource):
        del handler, user
        return resource != "restart" or action == "read"


class Nothing(Authorizer):
    """Lets users do nothing with restarts."""

    def is_authorized(self, handler, user, action, resource):
        del handler, user, action
        return resource != "restart"


@pytest.fixture
def jp_server_config(home, request):
    config = {
        "ServerApp": {"jpserver_extensions": {"jupyter_restart": True}},
        "RestartExtension": {"home": str(home), "start_service": False},
    }
    authorizer = getattr(request, "param", None)
    if authorizer:
        config["ServerApp"]["authorizer_class"] = authorizer
    return config


async def status_of(fetching):
    """The status and the body of an answer, good or bad."""
    try:
        answer = await fetching
    except HTTPClientError as error:
        answer = error.response
    return answer.code, json.loads(answer.body)


async def until(condition, timeout_s=30):
    """Wait in the server's own loop until a condition holds."""
    for _ in range(int(timeout_s / 0.01)):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"not within {timeout_s} s")


def asked_by(service, path):
    return [asked for asked in service.asked if asked.target.partition("?")[0] == path]


async def test_questions_pass_unchanged(service, jp_fetch):
    answer = await jp_fetch("restart", "v1", "plan", params={"app": "jupyterlab", "n": "3"})
    assert (answer.code, json.loads(answer.body)) == (200, example("Plan"))
    assert answer.headers["Content-Type"] == "application/json"
    assert "leak" not in answer.headers.get("Set-Cookie", "")
    assert asked_by(service, "/v1/plan") == [Asked("GET", "/v1/plan?app=jupyterlab&n=3")]


async def test_commands_pass_with_the_services_token_and_nothing_of_the_browsers(service, jp_fetch):
    headers = {"Cookie": "session=secret", "X-Forwarded-For": "1.2.3.4"}
    body = json.dumps({"duration": "30m"})
    path = ("restart", "v1", "apps", "jupyterlab", "postpone")
    answer = await jp_fetch(*path, method="POST", body=body, headers=headers)
    assert (answer.code, json.loads(answer.body)) == (202, example("Accepted"))
    [asked] = asked_by(service, "/v1/apps/jupyterlab/postpone")
    assert asked == Asked("POST", "/v1/apps/jupyterlab/postpone", {"duration": "30m"})
    assert asked.headers["Authorization"] == f"Bearer {service.token}"
    assert asked.headers["Host"] == f"127.0.0.1:{service.port}"
    assert not {"Cookie", "Origin", "X-Forwarded-For"} & set(asked.headers)


async def test_problems_pass_unchanged(service, jp_fetch):
    service.refuse("POST", "/v1/apps/jupyterlab/start", 409, "refused", "It runs already.")
    path = ("restart", "v1", "apps", "jupyterlab", "start")
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch(*path, method="POST", body="")
    answer = caught.value.response
    assert (answer.code, answer.headers["Content-Type"]) == (409, "application/problem+json")
    assert json.loads(answer.body) == example("Problem", status=409, code="refused", detail="It runs already.")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_without_a_token_nobody_is_let_in(service, jp_serverapp, http_server_client, jp_base_url, method):
    body = "" if method in ("POST", "PUT") else None
    fetching = http_server_client.fetch(f"{jp_base_url}restart/v1/service/stop", method=method, body=body)
    status, _ = await status_of(fetching)
    assert status == 403
    assert asked_by(service, "/v1/service/stop") == []


async def test_a_browser_needs_the_xsrf_token_to_command(service, jp_serverapp, http_server_client, jp_base_url):
    # A token in the query logs a browser in, and does not excuse it from the check, as a header would.
    token = jp_serverapp.identity_provider.token
    answer = await http_server_client.fetch(f"{jp_base_url}lab-free?token={token}", raise_error=False)
    cookies = "; ".join(value.partition(";")[0] for value in answer.headers.get_list("Set-Cookie"))
    url = f"{jp_base_url}restart/v1/apps/jupyterlab/restart"
    status, body = await status_of(http_server_client.fetch(url, method="POST", body="{}", headers={"Cookie": cookies}))
    assert (status, "_xsrf" in body["message"]) == (403, True)
    assert asked_by(service, "/v1/apps/jupyterlab/restart") == []


@pytest.mark.parametrize("jp_server_config", [OnlyReading], indirect=True)
async def test_who_may_only_read_may_not_command(service, jp_fetch):
    for _ in range(2):
        assert (await jp_fetch("restart", "v1", "apps")).code == 200
        for method, body in (("POST", ""), ("PUT", ""), ("DELETE", None)):
            status, _ = await status_of(jp_fetch("restart", "v1", "clients", "x", method=method, body=body))
            assert status == 403
    assert asked_by(service, "/v1/clients/x") == []


@pytest.mark.parametrize("jp_server_config", [Nothing], indirect=True)
async def test_who_may_nothing_may_not_even_read(service, jp_fetch):
    status, _ = await status_of(jp_fetch("restart", "v1", "plan"))
    assert (status, asked_by(service, "/v1/plan")) == (403, [])


def test_every_method_of_every_handler_is_guarded():
    methods = [name for name in ("get", "head", "post", "put", "patch", "delete") if name in vars(ServiceHandler)]
    assert methods == ["get", "post", "put", "delete"]
    for name in methods:
        method, files = vars(ServiceHandler)[name], []
        while method is not None:
            files.append(method.__code__.co_filename.rpartition("/")[2])
            method = getattr(method, "__wrapped__", None)
        # Outermost `web.authenticated`, then `authorized`, then our own function.
        assert files == ["web.py", "decorator.py", "handlers.py"], name


def test_all_methods_of_the_contract_are_served():
    used = {method for path in CONTRACT["paths"].values() for method in path}
    assert used <= {name for name in vars(ServiceHandler) if name in {"get", "post", "put", "delete"}}


async def test_paths_that_lead_elsewhere_are_no_routes(
    service, jp_fetch, http_server_client, jp_base_url, jp_auth_header
):
    url = f"{jp_base_url}restart/v1/%2e%2e/metrics"
    status, body = await status_of(http_server_client.fetch(url, headers=jp_auth_header))
    assert (status, body["code"]) == (404, "no_such_route")
    check("Problem", body)
    with pytest.raises(HTTPClientError, match="404"):
        await jp_fetch("restart", "metrics")
    assert asked_by(service, "/metrics") == []


async def test_names_are_quoted_on_their_way(service, http_server_client, jp_base_url, jp_auth_header):
    url = f"{jp_base_url}restart/v1/clients/tab%207%3Fx"
    await http_server_client.fetch(url, method="DELETE", headers=jp_auth_header)
    assert asked_by(service, "/v1/clients/tab%207%3Fx") == [Asked("DELETE", "/v1/clients/tab%207%3Fx")]


async def test_a_service_that_is_away_is_told_as_a_problem(home, jp_fetch):
    status, body = await status_of(jp_fetch("restart", "v1", "apps"))
    check("Problem", body)
    assert (status, body["code"]) == (503, "service_not_running")
    assert body["detail"] == (
        f"The restart service is not running: there is no {home}/endpoint.json. Start it: jupyter restart service start"
    )


async def test_a_service_that_has_died_or_changed_its_token_is_away_too(service, jp_fetch):
    service.write_endpoint(token="of the one before")
    assert (await status_of(jp_fetch("restart", "v1", "apps")))[0] == 503
    service.write_endpoint()
    assert (await status_of(jp_fetch("restart", "v1", "apps")))[0] == 200
    service.stop()
    assert (await status_of(jp_fetch("restart", "v1", "apps")))[0] == 503


async def test_an_answer_that_breaks_off_is_no_answer(service, jp_fetch):
    service.answer("GET", "/v1/plan", lambda _: None)
    assert (await status_of(jp_fetch("restart", "v1", "plan")))[0] == 503


async def test_many_long_polls_wait_at_once(service, jp_fetch, http_server_client):
    script = EventScript(service)
    http_server_client.max_clients = 200
    polls = [
        asyncio.ensure_future(
            jp_fetch("restart", "v1", "events", params={"after": "17", "wait": "20", "client": f"t{n}"})
        )
        for n in range(30)
    ]
    await until(lambda: sum("client=" in asked.target for asked in service.asked) == 30, 40)
    # None of them is in the way of other requests.
    assert (await jp_fetch("restart", "v1", "plan")).code == 200
    script.add(message="for all")
    answers = await asyncio.gather(*polls)
    assert {json.loads(answer.body)["events"][0]["message"] for answer in answers} == {"for all"}
    await until(lambda: service.sent("DELETE") == [], 0.1)


async def test_a_tab_that_hangs_up_is_told_to_be_gone(service, jp_fetch, jp_serverapp, jp_http_port, jp_base_url):
    EventScript(service)
    token = jp_serverapp.identity_provider.token
    streams = []
    for client in ("tab-7", "tab-7", "tab-8"):
        stream = await TCPClient().connect("127.0.0.1", jp_http_port)
        target = f"{jp_base_url}restart/v1/events?after=17&wait=30&client={client}"
        request = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: token {token}\r\n\r\n"
        await stream.write(request.encode())
        streams.append(stream)
    await until(lambda: sum("client=" in asked.target for asked in service.asked) == 3)
    streams[0].close()
    streams[2].close()
    await until(lambda: service.sent("DELETE"))
    assert service.sent("DELETE") == [Asked("DELETE", "/v1/clients/tab-8")]
    streams[1].close()
    await until(lambda: len(service.sent("DELETE")) == 2)
    assert service.sent("DELETE")[1] == Asked("DELETE", "/v1/clients/tab-7")


async def test_a_tab_that_is_closed_while_it_is_answered_is_no_error(
    service, jp_fetch, jp_serverapp, jp_http_port, jp_base_url, monkeypatch
):
    outcomes = []
    pass_on = ServiceHandler._pass_on

    async def watched(handler, path):
        try:
            await pass_on(handler, path)
        except BaseException as error:
            outcomes.append(error)
            raise
        outcomes.append(None)

    monkeypatch.setattr(ServiceHandler, "_pass_on", watched)
    # The tab's end and the answer come at the same moment: it is too late to abort the request.
    is_closed, answers = asyncio.Event(), threading.Event()
    monkeypatch.setattr(ServiceHandler, "on_connection_close", lambda _: is_closed.set())
    service.answer("GET", "/v1/plan", lambda _: answers.wait(20) and (200, example("Plan")))
    stream = await TCPClient().connect("127.0.0.1", jp_http_port)
    target, token = f"{jp_base_url}restart/v1/plan", jp_serverapp.identity_provider.token
    await stream.write(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: token {token}\r\n\r\n".encode())
    await until(lambda: asked_by(service, "/v1/plan"))
    stream.close()
    await is_closed.wait()
    answers.set()
    await until(lambda: outcomes)
    assert outcomes == [None]


async def test_polling_is_no_sign_of_a_user(service, jp_fetch, jp_serverapp):
    jp_serverapp.web_app.settings.pop("api_last_activity", None)
    await jp_fetch("restart", "v1", "apps")
    assert "api_last_activity" not in jp_serverapp.web_app.settings
    await jp_fetch("restart", "v1", "apps", "jupyterlab", "enable", method="POST", body="")
    assert "api_last_activity" in jp_serverapp.web_app.settings


async def test_the_server_says_hello_and_leaves(service, jp_serverapp, jp_http_port):
    script = EventScript(service)
    script.snapshot["apps"] = []
    service.answer("GET", "/v1/apps/jupyterlab", (200, example("App", pid=os.getpid())))
    await until(lambda: asked_by(service, "/v1/apps/jupyterlab/adopt"))
    [hello] = asked_by(service, "/v1/apps/jupyterlab/adopt")
    assert hello.body == {
        "pid": os.getpid(),
        "serving_pid": None,
        "standby_pid": None,
        "preset": "jupyterlab",
        "port": jp_http_port,
        "life": "in_place",
        "restart_id": None,
        "url": jp_serverapp.connection_url,
        "kept": None,
        "took_over": False,
        "respawn": False,
        "command": None,
        "notes": [],
    }
    await jp_serverapp.cleanup_extensions()
    assert service.sent("POST")[-1] == Asked("POST", "/v1/apps/jupyterlab/leave")


@pytest.mark.parametrize(
    ("listens_at", "asked_at"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "[::1]"),
        ("", "localhost"),
        ("lab.test", "lab.test"),
    ],
)
def test_a_server_at_all_addresses_is_asked_at_one_that_is_known(jp_serverapp, listens_at, asked_at):
    # A server whose machine had a name that nobody knew passed for one that hangs, and was ended each minute.
    jp_serverapp.ip = listens_at
    assert address_of(jp_serverapp) == f"http://{asked_at}:{jp_serverapp.port}/a%40b/"


def test_a_server_that_wants_certificates_of_those_who_ask_is_not_asked(jp_serverapp):
    jp_serverapp.ssl_options = {"cert_reqs": ssl.CERT_REQUIRED}
    assert address_of(jp_serverapp) is None


def test_a_server_at_a_socket_is_asked_there(jp_serverapp):
    jp_serverapp.sock = "/run/my labs/%a.sock"
    assert address_of(jp_serverapp) == "http+unix://%2Frun%2Fmy%20labs%2F%25a.sock/a%40b/"
