"""A server extension for the tests: links `jupyter_restart.inplace` and restarts the server on request."""

import asyncio
import json
import os
import uuid
from pathlib import Path

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from jupyter_restart import inplace


class Restart(APIHandler):
    auth_resource = "probe"

    @web.authenticated
    async def post(self):
        restart_id = uuid.uuid4().hex
        asked = self.get_json_body() or {}
        self.set_status(202)
        await self.finish(json.dumps({"restart_id": restart_id}))
        self.settings["probe_attempt"] = asyncio.ensure_future(attempt(self.serverapp, restart_id, asked))

    @web.authenticated
    async def put(self):
        self.settings["probe_reserve"].want(self.get_json_body()["is_wanted"])

    @web.authenticated
    async def get(self):
        told = {
            "pid": os.getpid(),
            "restart_id": inplace.restart_id(),
            "kept": await inplace.kept(self.serverapp),
            "took_over_crashed": inplace.took_over_crashed(self.serverapp),
            "is_alone": is_alone(self.serverapp),
            **reserve_of(self.serverapp),
            "refused": self.serverapp.web_app.settings.get("probe_refused", []),
        }
        await self.finish(json.dumps(told))


def is_alone(server):
    """Whether the server before this one has ended, and this one ends with its front from now on."""
    standby = inplace._arrivals[server].standby
    return standby is None or standby.settled.is_set()


def reserve_of(server):
    reserve = server.web_app.settings.get("probe_reserve")
    return {} if reserve is None else {"standby_pid": reserve.report.pid, "why_not": reserve.report.why_not}


async def attempt(server, restart_id, asked):
    try:
        await inplace.restart(server, restart_id, **asked)
    except inplace.RestartInPlaceError as error:
        server.log.warning("REFUSED %s", error)
        server.web_app.settings.setdefault("probe_refused", []).append(str(error))


def _link_jupyter_server_extension(server):
    inplace.link(server, Path(os.environ["PROBE_HOME"]), keep_kernels="PROBE_KEEPS_KERNELS" in os.environ)


def _load_jupyter_server_extension(server):
    server.web_app.add_handlers(".*$", [(url_path_join(server.base_url, "probe"), Restart)])
    reserve = inplace.reserve(server, lambda: None, lambda replace: replace(), calm_s=0.3)
    server.web_app.settings["probe_reserve"] = reserve
    if reserve is not None and "PROBE_STANDBY" in os.environ:
        server.io_loop.add_callback(reserve.want, is_wanted=True)


def _jupyter_server_extension_points():
    return [{"module": "restart_probe"}]
