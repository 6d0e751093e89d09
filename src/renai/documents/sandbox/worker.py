"""The process that parses: `python -m renai.documents.sandbox.worker MEMORY_LIMIT`.

It answers one request after another on its standard streams, until its input ends. A message is a
length of four bytes, big-endian, and then JSON, because a worker that parsed a hostile file may say
anything: nothing it says is executed.

    {"reader": module, "path": str, "file_hash": digest or null, "text_limit": int,
     "seconds": float,
     "most_pages": int, "page": int, "side": int,
     "ocr": [engine, languages, traced, script data]}  (where readers take them)
    {"text": str, "facts": …, "pictures": [base64], "traces": [[page, base64, record]],
     "read_as": media type or ""}  or
    {"error": one line, "damaged": whether another reader might do,
     "lasting": whether the fault lies in the bytes alone}

Before its answer come any number of the following, one for each page that OCR begins to read:

    {"recognising": true}

Whatever it cannot answer (a crash, a hang) ends it, and the pool starts another.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import struct
import sys
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

from renai.documents.ocr.engine import Ocr, page_begins
from renai.documents.readers.opening import held
from renai.documents.sandbox.bounds import bounded
from renai.documents.sandbox.confine import allow_seconds, confine
from renai.errors import DamagedDocumentError, DocumentError

if TYPE_CHECKING:
    from typing import BinaryIO

LENGTH = struct.Struct(">I")

_NUMBERS = ("most_pages", "page", "side")

_OF_THE_MACHINE = (OSError, ImportError, RuntimeError)
"""What a parser may raise though a file is sound: the disk fails, or no thread can be started."""


def main() -> None:
    """Serve until the input ends."""
    requests, replies = _take_streams()
    confine(memory_limit=int(sys.argv[1]))

    def announce_page() -> None:
        replies.write(pack({"recognising": True}))
        replies.flush()

    page_begins.set(announce_page)
    while (request := receive(requests)) is not None:
        allow_seconds(request["seconds"])
        replies.write(pack(_answer(request)))
        replies.flush()
    # xberg's threads may still be letting go of the interpreter, which must not be torn down
    # under them: one orderly exit in four crashed.
    os._exit(0)


def pack(message: dict[str, Any]) -> bytes:
    """Encode one message. File names that are no valid UTF-8 survive as lone surrogates."""
    body = json.dumps(message).encode()
    return LENGTH.pack(len(body)) + body


def unpack(body: bytes) -> dict[str, Any]:
    """Decode the body of a message, that is what `pack` returns without the length.

    Raises:
        ValueError: it is no JSON object.
    """
    try:
        message = json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(message, dict):
        raise ValueError("not a message")  # noqa: TRY004 - one error for all that is no message
    return message


def receive(stream: BinaryIO) -> dict[str, Any] | None:
    """Wait for one message; return None at the end of the stream."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return unpack(stream.read(*LENGTH.unpack(head)))


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    path = Path(request["path"])
    try:
        reader = importlib.import_module(request["reader"])
        file_hash = request.get("file_hash")
        with held(path, file_hash) if file_hash else contextlib.nullcontext():
            extraction = reader.read(path, request["text_limit"], **_options(request))
        extraction = bounded(extraction, request["text_limit"])
    except DocumentError as error:
        is_damaged = isinstance(error, DamagedDocumentError)
        return {"error": error.reason, "damaged": is_damaged, "lasting": error.lasting}
    except MemoryError:
        reason = "needs more memory to be read than is allowed"
        return {"error": reason, "damaged": False, "lasting": False}
    except Exception as error:  # noqa: BLE001 - no parser's mistake may cost another file
        reason = f"cannot be read: the parser failed with {type(error).__name__}"
        return {"error": reason, "damaged": True, "lasting": not isinstance(error, _OF_THE_MACHINE)}
    pictures = [b64encode(picture).decode() for picture in extraction.pictures]
    traces = [[x.page, b64encode(x.picture).decode(), x.record] for x in extraction.traces]
    return {
        "text": extraction.text,
        "facts": extraction.facts(),
        "pictures": pictures,
        "traces": traces,
        "read_as": extraction.read_as,
    }


def _options(request: dict[str, Any]) -> dict[str, Any]:
    options = {name: request[name] for name in _NUMBERS if name in request}
    if "ocr" in request:
        engine, languages, traced, script_data = request["ocr"]
        options["ocr"] = Ocr(engine, tuple(languages), traced, tuple(script_data))
    return options


def _take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keep the pipes for the messages, and discard what libraries print."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    return requests, replies


if __name__ == "__main__":
    main()
