"""Libraries of hostile packages and documents, renamed and taken back by the program itself.

Whatever is in the files: each is renamed or keeps its name with a reason, and none is lost; nothing
of one file, or of what lies around the library, is stored under another; and nobody is asked for
anything.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

import pytest

from archives import SOUND, hostile_archives, marker
from books import pdf
from ebooks import package
from hostile_documents import hostile_documents
from program import Program
from renai.codecs.json import JsonCodec
from renai.codecs.text import TextCodec
from surroundings import SECRET, unharmed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mutations import Hostile

KINDS = {"archives": hostile_archives, "documents": hostile_documents}
SECONDS = 5


class Listener:
    """A server that hostile files want to be asked, and that notes who does."""

    def __enter__(self) -> Self:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_error(404)

            do_POST = do_HEAD = do_PROPFIND = do_GET  # noqa: N815 - as http.server spells them

            def log_message(self, *_: object) -> None:
                """Be silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize(
    ("seed", "count"),
    [(1, 8), *(pytest.param(seed, 40, marks=pytest.mark.long) for seed in range(100, 105))],
)
def test_nothing_hostile_gets_through(tmp_path: Path, kind: str, seed: int, count: int) -> None:
    home, library = tmp_path / "home", tmp_path / "shelf" / "library"
    home.mkdir()
    temporary = home / "temporary"
    temporary.mkdir()
    renai = Program(home)
    renai.environment |= {"TMPDIR": str(temporary), "RENAI_DOCUMENT_SECONDS": str(SECONDS)}
    options = ("--rename-images", "--fallback-mode", "none")
    with Listener() as listener, unharmed(tmp_path, home, library):
        secret = tmp_path / "secret.txt"
        write(library, KINDS[kind](seed, count, secret, listener.url))
        (library / "999_sound.pdf").write_bytes(pdf("Harbour Tales"))
        before = digests(library)
        run = renai(library, "--yes", "--json", *options)
        assert run.code == 0, run.err
        assert_quiet(run.err)
        shown = run.json["files"]
        assert {file["path"] for file in shown} == {str(path) for path in before}
        assert all(file["new_path"] or file["reason"] for file in shown)
        assert_quiet("".join(file["reason"] or "" for file in shown))
        after = digests(library)
        assert Counter(after.values()) == Counter(before.values())
        assert_names_are_harmless(after)
        assert library / "Ada Quill - Harbour Tales (1999).pdf" in after
        assert_stored_is_of_its_own_file(renai, before)
        assert renai("cache", "verify").code == 0
        again = renai(library, "--dry-run", "--json", *options)
        assert {file["path"]: file["action"] for file in again.json["files"]} == {
            str(path): "keep" if file["new_path"] else file["action"]
            for file in shown
            for path in [file["new_path"] or file["path"]]
        }
        undone = renai("undo", run.json["run"], "--yes")
        assert undone.code == 0, undone.err
        assert digests(library) == before
        assert list(temporary.iterdir()) == []
        assert listener.asked == []


def write(library: Path, files: Iterable[Hostile]) -> None:
    library.mkdir(parents=True)
    for file in files:
        (library / file.name).write_bytes(file.data)


def digests(library: Path) -> dict[Path, str]:
    found = (path for path in library.rglob("*") if path.is_file())
    return {path: sha256(path.read_bytes()).hexdigest() for path in found}


def assert_quiet(shown: str) -> None:
    assert SECRET not in shown
    assert all(char.isprintable() or char == "\n" for char in shown)


def assert_names_are_harmless(files: Iterable[Path]) -> None:
    for path in files:
        assert path.name.isprintable(), path.name
        assert len(path.name.encode()) <= 255


def assert_stored_is_of_its_own_file(renai: Program, files: dict[Path, str]) -> None:
    """No entry holds what lies outside of its file, nor the word of another package."""
    numbers = {digest: int(path.name[:3]) for path, digest in files.items()}
    stored: dict[str, Any] = {}
    for name, data in renai.entries("text").items():
        entry = TextCodec().decode(f"text/{name}", data)
        stored[name] = [entry.value, entry.notes]
    for name, data in renai.entries("metadata").items():
        stored[name] = JsonCodec().decode(f"metadata/{name}", data).value
    assert stored
    for name, said in stored.items():
        (number,) = (number for digest, number in numbers.items() if digest in name)
        words = json.dumps(said)
        assert SECRET not in words, name
        assert "root:x:0:0" not in words, name
        others = (marker(other) for other in numbers.values() if other != number)
        assert not any(word in words for word in others), name
    assert renai.entries("quarantine") == {}


@pytest.mark.parametrize("form", list(SOUND))
def test_the_sound_ones_are_read(tmp_path: Path, form: str) -> None:
    """Else the hostile ones would show little."""
    library = tmp_path / "library"
    library.mkdir()
    (library / f"000.{form}").write_bytes(package(SOUND[form](marker(0))))
    renai = Program(tmp_path)
    run = renai(library, "--dry-run", "--json", "--fallback-mode", "none")
    (file,) = run.json["files"]
    assert file["metadata"], file["reason"]
    assert marker(0) in json.dumps(file["metadata"])
