"""Show what a run would send, to a person or to a program."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from renai.cli.terminal import say, say_json
from renai.metadata.preview import Preview

if TYPE_CHECKING:
    from renai.file_job import ScanResult
    from renai.providers.base import Provider


def show_preview(
    survey: ScanResult, provider: Provider, preview: Preview, *, as_json: bool
) -> None:
    """Print each request that would be sent, and of the other files that nothing would be."""
    if as_json:
        files = [
            {
                "path": job.location,
                "url": sent.url if (sent := preview.requests.get(job.file_hash)) else None,
                "body": sent.body if sent else None,
            }
            for job in survey.jobs
        ]
        say_json({"provider": provider.name, "model": provider.model, "files": files})
        return
    for job in survey.jobs:
        sent = preview.requests.get(job.file_hash)
        if sent is None:
            why = "the answer is known" if job.metadata else "it is not asked about"
            why = why if preview.concerns(provider) else "all stays here"
            say(f"{job.path}: nothing would be sent; {why}.")
            continue
        say(f"{job.path}: to {provider.name}, {sent.url}, would be sent:")
        _show_body(sent.body)


def _show_body(body: dict[str, Any]) -> None:
    """Print the messages of a chat line by line; all else, and other protocols, as JSON."""
    match body:
        case {"messages": [{"role": _, "content": _}, *_] as messages, **rest}:
            for message in messages:
                say(f"--- {message['role']} ---")
                for part in _parts(message["content"]):
                    for line in part.split("\n"):
                        say(line)
            say("--- parameters ---")
            say(json.dumps(rest))
        case _:
            for line in json.dumps(body, indent=2, ensure_ascii=False).split("\n"):
                say(line)


def _parts(content: str | list[dict[str, Any]]) -> list[str]:
    """Return the texts of a message; pictures, which no terminal shows, by their size."""
    if isinstance(content, str):
        return [content]
    return [
        part["text"] if part["type"] == "text" else _picture(part["image_url"]["url"])
        for part in content
    ]


def _picture(url: str) -> str:
    return f"(a picture, {len(url):,} characters of base64; --json shows them)"
