"""The little of the Jupyter message format that holding and replaying needs: frames, keys, one signed notice."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Sequence
from datetime import datetime, timezone

_OFFSET_BYTES = 8
DELIMITER = b"<IDS|MSG>"
PROTOCOL_VERSION = "5.3"

Frames = Sequence[bytes]


def asked_channel(message: bytes | str) -> str:
    """Return the channel of a page's request in the form of the websocket protocol v1; in the older one "shell".

    The older one would have to be parsed as a whole, buffers and all, and most of its requests are for that channel.
    """
    if isinstance(message, str) or len(message) < 3 * _OFFSET_BYTES:
        return "shell"
    start, end = (
        int.from_bytes(message[place * _OFFSET_BYTES : (place + 1) * _OFFSET_BYTES], "little") for place in (1, 2)
    )
    return bytes(message[start:end]).decode("ascii", errors="replace") if start < end <= start + 16 else "shell"


def message_key(frames: Frames) -> int:
    """Return a 64-bit name of a message, equal for every copy of it and never 0.

    It is made of the signature, which is unique as the header holds a fresh id, or of the header where
    messages are not signed.
    """
    start = _after_delimiter(frames)
    unique = b"".join(frames) if start is None else bytes(frames[start]) or bytes(frames[start + 1])
    return int.from_bytes(hashlib.blake2b(unique, digest_size=8).digest(), "little") or 1


def execution_state(frames: Frames) -> tuple[str, str] | None:
    """Return (type of the request that caused it, new state) when `frames` are a status message, else None."""
    start = _after_delimiter(frames)
    # The header is JSON made by the kernel: a look at the bytes spares parsing each line of output.
    if start is None or b'"status"' not in frames[start + 1]:
        return None
    try:
        header, parent, content = (json.loads(frames[start + i]) for i in (1, 2, 4))
    except (ValueError, IndexError):
        return None
    if header.get("msg_type") != "status":
        return None
    return str(parent.get("msg_type", "")), str(content.get("execution_state", ""))


def stderr_notice(text: str, like: Frames, key: bytes) -> list[bytes]:
    """Make an IOPub stderr message that shows `text` in the cell which made the message `like`, signed with `key`."""
    start = _after_delimiter(like)
    parent = b"{}" if start is None else bytes(like[start + 2])
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": "stream",
        "username": "jupyter-restart",
        "session": uuid.uuid4().hex,
        "date": datetime.now(timezone.utc).isoformat(),
        "version": PROTOCOL_VERSION,
    }
    content = {"name": "stderr", "text": text}
    parts = [json.dumps(header).encode(), parent, b"{}", json.dumps(content).encode()]
    signature = hmac.new(key, b"".join(parts), hashlib.sha256).hexdigest().encode() if key else b""
    return [b"stream.stderr", DELIMITER, signature, *parts]


def _after_delimiter(frames: Frames) -> int | None:
    for index, frame in enumerate(frames):
        if frame == DELIMITER:
            return index + 1 if len(frames) >= index + 6 else None
    return None
