"""A language server that writes a line for each text it is told: `language_server.py FILE`.

Of the protocol (LSP 3.17) it has the framing, and an answer to each request.
"""

import json
import os
import sys
from pathlib import Path


def main(told: Path) -> None:
    """Serve at standard input and output until the former ends."""
    while message := read():
        method, params = message.get("method"), message.get("params") or {}
        if "id" in message:
            write({"id": message["id"], "result": {"capabilities": {"textDocumentSync": 1}}})
        elif method in ("textDocument/didOpen", "textDocument/didChange"):
            document = params["textDocument"]
            text = document.get("text", params.get("contentChanges", [{}])[0].get("text"))
            with told.open("a") as lines:
                lines.write(f"{json.dumps([os.getpid(), document['uri'].rsplit('/', 1)[1], text])}\n")


def read() -> dict:
    """One message; empty at the end."""
    length = 0
    while header := sys.stdin.buffer.readline().strip():
        name, _, value = header.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return json.loads(sys.stdin.buffer.read(length)) if length else {}


def write(message: dict) -> None:
    """Send one message."""
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
