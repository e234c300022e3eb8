"""Runs the stand-in as a server; `main` has its options.

It does in ComfyUI's order what a custom node can notice: empty temp, import nodes, read the routes, start the worker,
run the startup hooks, listen.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import shutil
import signal
import sys
import threading
import types
import uuid
from pathlib import Path

from aiohttp import WSMsgType, web
from fake_comfyui import ERROR, INTERRUPTED, SUCCESS, FakeServer


class InterruptedPromptError(Exception):
    pass


class StandIn(FakeServer):
    instance: StandIn

    def __init__(self, form: str, temp: Path, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(form)
        StandIn.instance = self
        self.temp = temp
        self.loop = loop
        self.app = web.Application()
        self.routes = web.RouteTableDef()
        self.sockets: dict[str, web.WebSocketResponse] = {}
        self.messages: asyncio.Queue = asyncio.Queue()
        self.interrupted = threading.Event()
        self.client_id: str | None = None
        self.prompt_id: str | None = None
        self.node_classes: dict[str, type] = {}
        self._add_queue_routes()
        self._add_other_routes()
        self._add_temp_routes()

    def _add_queue_routes(self) -> None:
        routes, queue = self.routes, self.prompt_queue

        @routes.post("/prompt")
        async def post_prompt(request):
            status, body = self.queue_prompt(self.trigger_on_prompt(await request.json()))
            return web.json_response(body, status=status)

        @routes.get("/prompt")
        async def get_prompt(_request):
            remaining = len(queue.queue) + len(queue.currently_running)
            return web.json_response({"exec_info": {"queue_remaining": remaining}})

        @routes.get("/queue")
        async def get_queue(_request):
            running, pending = queue.get_current_queue()
            return web.json_response({"queue_running": running, "queue_pending": pending})

        @routes.post("/queue")
        async def post_queue(request):
            body = await request.json()
            if body.get("clear"):
                queue.wipe_queue()
            for unwanted in body.get("delete", []):
                queue.delete_queue_item(lambda item, unwanted=unwanted: item[1] == unwanted)
            return web.Response()

    def _add_other_routes(self) -> None:
        routes, queue = self.routes, self.prompt_queue

        @routes.get("/history")
        async def get_history(_request):
            return web.json_response(queue.history)

        @routes.get("/history/{prompt_id}")
        async def get_history_of(request):
            prompt_id = request.match_info["prompt_id"]
            found = queue.history.get(prompt_id)
            return web.json_response({} if found is None else {prompt_id: found})

        @routes.get("/object_info")
        async def get_object_info(_request):
            return web.json_response({name: {"input": {}} for name in self.node_classes})

        @routes.post("/interrupt")
        async def post_interrupt(_request):
            self.interrupted.set()
            return web.Response()

        @routes.get("/system_stats")
        async def get_stats(_request):
            return web.json_response({"system": {"comfyui_version": "stand-in"}})

        @routes.get("/ws")
        async def get_ws(request):
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            sid = request.query.get("clientId") or uuid.uuid4().hex
            self.sockets[sid] = socket
            remaining = len(queue.queue) + len(queue.currently_running)
            await socket.send_json(
                {"type": "status", "data": {"status": {"exec_info": {"queue_remaining": remaining}}}}
            )
            async for message in socket:
                if message.type == WSMsgType.ERROR:
                    break
            self.sockets.pop(sid, None)
            return socket

    def _add_temp_routes(self) -> None:
        routes = self.routes

        @routes.get("/view")
        async def view(request):
            file = self.temp / request.query["subfolder"] / request.query["filename"]
            return web.FileResponse(file) if file.is_file() else web.Response(status=404)

        @routes.post("/upload/image")
        async def upload_image(request):
            form = await request.post()
            file = self.temp / form["subfolder"] / form["image"].filename
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(form["image"].file.read())
            return web.json_response({"name": file.name})

    def send_sync(self, event, data, sid=None):
        self.loop.call_soon_threadsafe(self.messages.put_nowait, (event, data, sid))

    async def publish(self):
        while True:
            event, data, sid = await self.messages.get()
            for key, socket in list(self.sockets.items()):
                if sid in (None, key) and not socket.closed:
                    await socket.send_str(json.dumps({"type": event, "data": data}))

    def validate(self, prompt):
        self.classes = set(self.node_classes)
        outputs, error = super().validate(prompt)
        for node in prompt.values() if error is None else ():
            valid = self.node_classes[node["class_type"]].VALIDATE_INPUTS(node["inputs"].get("file", ""))
            if valid is not True:
                return [], {"type": "prompt_outputs_failed_validation", "message": "Failed", "details": valid}
        return outputs, error

    def progress(self, value: int, total: int) -> None:
        if self.interrupted.is_set():
            raise InterruptedPromptError
        data = {"value": value, "max": total, "prompt_id": self.prompt_id, "node": "1"}
        self.send_sync("progress", data, self.client_id)

    def work(self):
        while True:
            item, item_id = self.prompt_queue.get(timeout=1000.0)
            self.prompt_id, self.client_id = item[1], item[3].get("client_id")
            self.interrupted.clear()
            self.send_sync("execution_start", {"prompt_id": self.prompt_id}, self.client_id)
            try:
                for node in item[2].values():
                    self.node_classes[node["class_type"]]().run(**{"file": "", **node["inputs"]})
                status = SUCCESS
            except InterruptedPromptError:
                status = INTERRUPTED
            except Exception:  # noqa: BLE001 - as ComfyUI: the worker lives on
                status = ERROR
            if status is SUCCESS:
                self.send_sync("execution_success", {"prompt_id": self.prompt_id}, self.client_id)
            self.prompt_queue.task_done(item_id, {}, status=status)


class ProgressBar:
    def __init__(self, total: int) -> None:
        self.total = total

    def update_absolute(self, value: int) -> None:
        StandIn.instance.progress(value, self.total)


def offer_modules(options: argparse.Namespace, server: StandIn) -> None:
    """Give custom nodes the modules of ComfyUI that they import."""
    temp = options.temp_directory

    def in_temp(name: str) -> Path:
        return temp / name.removesuffix(" [temp]")

    modules = {
        "server": {"PromptServer": StandIn, "__version__": "stand-in"},
        "nodes": {"interrupt_processing": server.interrupted.set, "NODE_CLASS_MAPPINGS": server.node_classes},
        "folder_paths": {
            "get_user_directory": lambda: str(options.user_directory),
            "get_temp_directory": lambda: str(temp),
            "exists_annotated_filepath": lambda name: in_temp(name).exists(),
            "get_annotated_filepath": lambda name: str(in_temp(name)),
        },
        "comfy": {},
        "comfy.cli_args": {"args": options},
        "comfy.utils": {"ProgressBar": ProgressBar},
    }
    for name, content in modules.items():
        module = types.ModuleType(name)
        vars(module).update(content)
        sys.modules[name] = module
        if "." in name:
            setattr(sys.modules["comfy"], name.partition(".")[2], module)


def import_nodes(folder: Path, server: StandIn) -> None:
    for path in sorted(folder.iterdir()):
        file = path / "__init__.py" if path.is_dir() else path
        if path.name.endswith(".disabled") or file.suffix != ".py" or not file.exists():
            continue
        name = str(path).replace(".", "_x_")
        spec = importlib.util.spec_from_file_location(name, file)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        server.node_classes |= module.NODE_CLASS_MAPPINGS


async def listen(server: StandIn, port: int) -> None:
    runner = web.AppRunner(server.app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await server.publish()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    for folder in ("user", "temp"):
        parser.add_argument(f"--{folder}-directory", type=Path)
    parser.add_argument("--nodes", type=Path)
    parser.add_argument("--form")
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as from a terminal
    options.temp_directory /= "temp"
    shutil.rmtree(options.temp_directory, ignore_errors=True)
    loop = asyncio.new_event_loop()
    server = StandIn(options.form, options.temp_directory, loop)
    offer_modules(options, server)
    import_nodes(options.nodes, server)
    for route in list(server.routes):
        server.app.router.add_route(route.method, "/api" + route.path, route.handler)
    server.app.add_routes(server.routes)
    threading.Thread(target=server.work, daemon=True).start()
    options.temp_directory.mkdir(parents=True, exist_ok=True)
    try:
        loop.run_until_complete(listen(server, options.port))
    except KeyboardInterrupt:
        shutil.rmtree(options.temp_directory, ignore_errors=True)


main()
