"""What docs/extending.md says a package can add works from the command line.

The package is made of the page's own code, and lies in a folder of `PYTHONPATH` as an installer
would leave it. Nothing of renai knows it.
"""

from __future__ import annotations

import json
import re
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import distribution
from books import make_books
from endpoint import Endpoint
from program import KEY, Program

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (Path(__file__).parents[2] / "docs/extending.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with the package of the page."""
    (said,) = (tomllib.loads(block) for block in blocks("text"))
    project = said["project"]
    modules = {block.split()[1].removesuffix(".py"): block for block in blocks("python")}
    assert said["tool"]["setuptools"]["py-modules"] == list(modules)
    distribution.install(tmp_path / "site", project["name"], modules, project["entry-points"])
    return tmp_path / "site"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def renai(tmp_path: Path, site: Path, endpoint: Endpoint) -> Program:
    program = Program(tmp_path)
    program.environment |= {
        "PYTHONPATH": str(site),
        "TOY_BASE_URL": endpoint.url,
        "TOY_API_KEY": KEY,
    }
    return program


@pytest.fixture
def books(tmp_path: Path) -> Path:
    make_books(tmp_path / "books", 2)
    return tmp_path / "books"


@pytest.fixture
def catalogue() -> Iterator[str]:
    """The URL of a catalogue as the page's provider asks it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"]
            answer = json.dumps({"title": text.splitlines()[0], "authors": ["Cara Card"]}).encode()
            self.send_response(200 if self.path == "/describe" else 404)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Be silent."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_service_like_openai_is_a_row(renai: Program, books: Path, endpoint: Endpoint) -> None:
    first = renai(books, "--provider", "toy", "--yes", "--json")
    assert (first.code, first.json["summary"]["renamed"], first.calls) == (0, 2, 2)
    assert {call.body["model"] for call in endpoint.calls} == {"toy-large"}
    assert {call.headers["authorization"] for call in endpoint.calls} == {f"Bearer {KEY}"}
    second = renai(books, "--yes", "--json", RENAI_PROVIDER="toy").json["summary"]
    assert (second["hits"], second["misses"], second["calls"]) == (2, 0, 0)


def test_settings_know_it(renai: Program, books: Path, endpoint: Endpoint) -> None:
    renai.configure(
        'provider = "toy"\n'
        f'[base_urls]\ntoy = "{endpoint.url}"\n'
        '[prices.toy]\n"toy-large" = {input = 1, output = 1}\n'
    )
    quote = renai(books, "--quote", TOY_BASE_URL="http://127.0.0.1:9/nowhere")
    assert "toy:toy-large: 2 calls" in quote.out
    assert "at an unknown price" not in quote.out
    done = renai(books, "--yes", "--json", "--max-cost", "1", TOY_BASE_URL="")
    assert (done.code, done.calls) == (0, 2)


def test_a_provider_with_a_protocol_of_its_own(renai: Program, books: Path, catalogue: str) -> None:
    words = (books, "--provider", "catalogue", "--yes", "--json")
    lacking = renai(*words)
    assert (lacking.code, lacking.err.splitlines()[-1]) == (
        3,
        "[ERROR] Provider catalogue cannot be asked yet: set CATALOGUE_URL.",
    )
    shown = renai(books, "--provider", "catalogue", "--preview", CATALOGUE_URL=catalogue)
    assert (shown.code, shown.out.count(f"to catalogue, {catalogue}/describe")) == (0, 2)
    assert r'"text": "Harbour Tales 0\nby Ada Quill' in shown.out
    first = renai(*words, CATALOGUE_URL=catalogue)
    assert (first.code, first.calls) == (0, 2)
    assert (books / "Cara Card - Harbour Tales 0.pdf").exists()
    second = renai(*words, CATALOGUE_URL=catalogue).json["summary"]
    assert (second["hits"], second["misses"], second["calls"]) == (2, 0, 0)
    assert renai("cache", "--yes").code == 0
    down = renai(*words, CATALOGUE_URL="http://127.0.0.1:9")
    assert (down.code, down.json["summary"]["failed"]) == (1, 2)


def test_a_provider_that_cannot_say_what_it_sends_is_not_said_to_send_nothing(
    renai: Program, site: Path, books: Path, catalogue: str
) -> None:
    code = site / "renai_toy_provider.py"
    code.write_text(code.read_text().replace("def first_request", "def hidden"))
    shown = renai(books, "--provider", "catalogue", "--preview", CATALOGUE_URL=catalogue)
    assert (shown.code, shown.out) == (3, "")
    assert "The provider catalogue cannot say what it would send" in shown.err


def test_a_format_with_its_reader(renai: Program, tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "one.NOTE").write_text("Title: Of Tides and Bridges\n\nOf tides and bridges, a text.")
    (folder / "two.note").write_text("Something else")
    first = renai(folder, "--yes", "--json", "--min-confidence", "0")
    assert first.code == 0
    read, damaged = sorted(first.json["files"], key=lambda file: file["path"])
    assert read["metadata"]["title"] == "Of Tides and Bridges"
    assert Path(read["new_path"]).suffix == ".NOTE"
    assert damaged["reason"] == "is damaged or not a note"
    (text,) = renai.entries("text").values()
    assert text.endswith(b"Of tides and bridges, a text.")
    assert renai(folder, "--yes", "--json").json["summary"]["hits"] == 1


def help_of_process(renai: Program) -> str:
    return " ".join(renai("process", "--help").out.replace("│", "").split())


def test_doctor_and_help_name_what_is_added(renai: Program) -> None:
    lines = [" ".join(line.split()) for line in renai("doctor", TOY_API_KEY="").out.splitlines()]
    assert (
        "provider toy set TOY_API_KEY to use it (a service that speaks Chat Completions)" in lines
    )
    assert any(line.startswith("provider catalogue set CATALOGUE_URL to use it") for line in lines)
    assert "format note reads .note" in lines
    assert "deepinfra, openrouter, custom, catalogue, toy." in help_of_process(renai)
    refused = renai("x", "--provider", "toys").err
    assert "input should be 'offline', 'openai'" in refused
    assert "'custom', 'catalogue' or 'toy'" in refused


def test_a_broken_package_costs_what_it_adds_and_nothing_else(
    renai: Program, site: Path, books: Path
) -> None:
    distribution.install(
        site,
        "renai-broken",
        {"renai_broken": "raise RuntimeError('out of order')"},
        {
            "renai.providers": {"broken": "renai_broken:ROW"},
            "renai.formats": {"bad": "no_such:ROW"},
            "renai.stores": {"lost": "renai_broken:ROW"},
        },
    )
    assert renai("--help").code == 0
    assert "broken, catalogue, toy." in help_of_process(renai)
    refused = renai(books, "--provider", "broken", "--yes")
    assert refused.code == 3
    assert refused.err == (
        "[ERROR] 'broken' of renai.providers, which the package renai-broken adds, cannot be "
        "loaded (RuntimeError: out of order); mend that package, or uninstall it\n"
    )
    shown = " ".join(renai("doctor").out.split())
    assert "cannot be loaded (RuntimeError: out of order)" in shown
    assert "cannot be loaded (ModuleNotFoundError: No module named 'no_such')" in shown
    assert "store lost:// 'lost' of renai.stores, which the package renai-broken adds," in shown
    done = renai(books, "--yes", "--json")
    assert (done.code, done.json["summary"]["renamed"]) == (0, 2)
    warnings = [line for line in done.logs if "renai-broken" in line]
    assert len(warnings) == 1
    assert warnings[0].startswith("[WARNING] 'bad' of renai.formats")


def test_what_is_renais_own_stays_so(renai: Program, site: Path, books: Path) -> None:
    rows = """
        from renai.documents.formats import Format, Reader
        from renai.providers.registry import Service

        OPENAI = Service("openai", "another", base_url="http://127.0.0.1:9", key_needed=False)
        PDF = Format("PDF", (".pdf",), "application/pdf", (Reader("mine", 1, "no_such"),))
        TEXT = Format("log", (".log",), "text/plain", (Reader("text", 9, "no_such"),))
    """
    distribution.install(
        site,
        "renai-usurper",
        {"renai_usurper": "\n".join(line.strip() for line in rows.splitlines())},
        {
            "renai.providers": {"openai": "renai_usurper:OPENAI", "other": "renai_usurper:OPENAI"},
            "renai.formats": {"pdf": "renai_usurper:PDF", "text": "renai_usurper:TEXT"},
        },
    )
    refused = renai(books, "--provider", "openai", "--yes").err
    assert "Provider openai cannot be asked yet: set OPENAI_API_KEY." in refused
    assert "adds the provider 'other' under the name 'openai'" in (
        renai(books, "--provider", "other", "--yes").err
    )
    assert renai(books, "--yes", "--json").json["summary"]["renamed"] == 2
    shown = " ".join(renai("doctor").out.split())
    assert "stays renai's own; that of the package renai-usurper is ignored" in shown
    assert "would take .pdf from renai, which reads it itself" in shown
    assert "has a reader called 'text', as one of renai's own is" in shown
