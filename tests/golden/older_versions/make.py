"""Make what users of a version have on their disks, for later versions to be tried on.

    python tests/golden/older_versions/make.py

It runs the `renai` that is installed and writes `<its version>.tar.gz` and `<its version>.json`
beside itself; `test_older_versions.py` looks at all of them. 0.1.0 made `0.1.0.*`. An archive is
never made again by another version than its own: each release adds one. Needs the packages that
tests need, and mutool.

The archive:

    documents/, scans/, pictures/, corrected/    what was read, bytes and times
    home/            cache and corrections of one user
    config.toml      settings: all there are
    layers.sqlite, layers/    texts and metadata in stores of their own (`--cache-url`)
    vectors.sqlite, vectors/  vectors of `EmbeddingCache` in stores of their own
    export.tar.gz    what `renai cache export` wrote
    journals/<case>/ a user's state folder and library after runs, some of them killed

Paths in journals begin with `@HERE@`, which stands for the folder of the case; so do URLs of stores
in the JSON, for the archive's.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.extend(str(Path(__file__).parents[up]) for up in (0, 2))
sys.path.append(str(Path(__file__).parents[3] / "examples"))
os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"

import numpy as np
import sample_library as sample
from haystack import Document, Pipeline
from haystack.components.embedders import MockDocumentEmbedder, MockTextEmbedder
from letter_embedder import SparseLetterEmbedder
from PIL import Image, ImageDraw, ImageFont

import renai
from books import make_scan, pdf
from ebooks import mobi
from endpoint import Endpoint, priced
from haystack_integrations.components.embedders.renai import (
    CachedDocumentEmbedder,
    CachedTextEmbedder,
)
from program import Program

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent

PORT = 18765
URL = f"http://127.0.0.1:{PORT}/v1"
"""It stands in recipes, so it is the same wherever this runs."""

HERE_THEN = "@HERE@"
PRICE = 0.25
TIMES = 1_600_000_000
"""When documents were changed: long ago, and in whole seconds, which an archive keeps exactly."""

CUSTOM = ["--provider", "custom"]
TEXT = ["--fallback-mode", "none"]
VISION = ["--fallback-mode", "vision", "--rename-images"]
RUNS = {
    "offline": ["documents", *TEXT],
    "offline by OCR": ["scans", "--fallback-mode", "ocr"],
    "offline with images": ["pictures", "--fallback-mode", "ocr", "--rename-images"],
    "asked about text": ["documents", *CUSTOM, *TEXT],
    "asked about pages by OCR": ["scans", *CUSTOM, "--fallback-mode", "ocr"],
    "asked about pictures": ["pictures", *CUSTOM, *VISION],
}
CORRECTED = ["corrected", *CUSTOM, *TEXT]

CONFIG = """\
provider = "offline"
template = "{author} - {title} ({year})"
image_template = "{date} {title}"
rename_images = false
organize = false
update_metadata = false
min_confidence = 0.0
concurrency = 4
fallback_mode = "none"
vision_max_pages = 3
ocr_engine = "rapidocr"
ocr_languages = ["eng"]
ocr_debug = false
mutool = true
text_limit = 10000
eval_log = true
workers = 2
document_seconds = 60.0
document_memory = 2147483648

[base_urls]
openrouter = "http://127.0.0.1:18765/v1"

[prices.custom.first-model]
input = 0.5
output = 1.5
"""

TEXTS = ["salt", "smoke and sugar", "", "Ünïcode 読書", "a harbour\nanswers"]
VECTORS = [
    {"dtype": "float32"},
    {"dtype": "float16"},
    {"dtype": "int8"},
    {"dtype": "float32", "namespace": "a team"},
    {"dtype": "float32", "ttl": 3_000_000_000},
]
RECIPE = {"model": "a-model", "revision": "r1", "role": "query", "dimensions": 6, "prefix": "q: "}

RENAMING = ["--yes", "--template", "{title}"]

KILLED = """
import os, signal, sys
from renai.library import rename

when, after, sys.argv[1:] = int(sys.argv[1]), sys.argv[2] == "after", sys.argv[3:]
real, count = rename._rename_exclusively(), 0

def rename_or_die(source, target):
    global count
    count += 1
    if count == when and not after:
        os.kill(os.getpid(), signal.SIGKILL)
    real(source, target)
    if count == when:
        os.kill(os.getpid(), signal.SIGKILL)

rename._rename_exclusively = lambda: rename_or_die

from renai.__main__ import main
main()
"""
"""A run that is killed at one of its renames; it reaches into 0.1, as nothing public can."""

KILLS = [
    *(("run", when, "after") for when in (1, 2, 5, 8)),
    *(("run", when, "before") for when in (1, 4)),
    *(("undo", when, "after") for when in (1, 4)),
]


# Documents


def make_documents(folder: Path) -> None:
    """Make files of all kinds that are read."""
    salt = pdf("Salt and Smoke")
    documents = {
        "tides.pdf": sample.pdf(sample.TIDES),
        "copy of tides.pdf": sample.pdf(sample.TIDES),
        "headless.pdf": b"%" + salt[salt.index(b"\n") + 1 :],  # mutool mends it
        "book.epub": sample.epub(sample.SALT),
        "clocks.docx": sample.docx(sample.CLOCKS),
        "page.html": sample.contents()["old disk/page.html"],
        "bridges.txt": sample.contents()["notes.txt"],
        "letters.md": b"# Letters\n\nby Ada Quill\n\nCopyright 1987 Ada Quill\n",
        "novel.mobi": mobi("A Novel by Palm", exth=[(503, "A Novel by Palm"), (100, "Bo Reed")]),
    }
    for name, data in documents.items():
        put(folder / "documents" / name, data)
    put(folder / "corrected" / "essay.txt", b"Essays\nby Ada Quill\n\nCopyright 1991\n")
    lines = ["Harbour Tales", "by Ada Quill", "Copyright 1999 Lantern Quay Press"]
    make_scan(folder / "scans" / "scan0001.pdf", lines)
    put(folder / "scans" / "text.pdf", pdf("A Page with Text"))
    make_scan(folder / "pictures" / "scan0002.pdf", ["Another Scan", *lines[1:]])
    put(folder / "pictures" / "text.pdf", pdf("Beside Pictures"))
    put(folder / "pictures" / "plain.png", picture("A Sign at Sea", "PNG"))
    put(folder / "pictures" / "photo.jpg", picture("A Photograph", "JPEG", dated=True))


def picture(words: str, kind: str, *, dated: bool = False) -> bytes:
    """Draw words; a dated picture says when it was taken."""
    image = Image.new("RGB", (400, 120), "white")
    font = ImageFont.load_default(40)
    ImageDraw.Draw(image).text((20, 30), words, fill="black", font=font)
    exif = Image.Exif()
    if dated:
        exif.get_ifd(0x8769)[0x9003] = "2019:07:14 10:20:30"
    stream = io.BytesIO()
    image.save(stream, kind, exif=exif)
    return stream.getvalue()


def put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def date_back(folder: Path) -> None:
    """Give every file a time of its own, long ago."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    for number, path in enumerate(paths):
        os.utime(path, (TIMES + number, TIMES + number))


def digests(folder: Path) -> dict[str, str]:
    """Name -> digest of everything in a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# Texts, metadata and corrections


def run_all(program: Program, folder: Path) -> dict[str, Any]:
    """Fill a cache; what was planned in each run."""
    planned = {}
    for name, (read, *options) in RUNS.items():
        finished = program(folder / read, *options, "--yes", "--dry-run", "--json")
        assert finished.code == 0, finished.err
        planned[name] = {"arguments": [read, *options], "files": files_of(finished.json, folder)}
    return planned


def files_of(said: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What was planned for each file: by name, as far as a later version must agree."""
    return {
        Path(file["path"]).relative_to(folder).as_posix(): {
            "file_hash": file["file_hash"],
            "action": file["action"],
            "new_name": file["new_path"] and Path(file["new_path"]).name,
            "metadata": file["metadata"],
        }
        for file in said["files"]
    }


def correct(program: Program, folder: Path) -> dict[str, Any]:
    """Correct a title as a person does, in a copy."""
    copy = shutil.copytree(folder / "corrected", program.home / "to-correct")
    terminal = program.on_terminal(copy, *TEXT, "--review", columns=120)
    for question, answer in (
        (r"\[q\]uit: ", "e"),
        ("Which field", "title"),
        ("Enter keeps it", "Essays on Öl"),
        (r"\[q\]uit: ", "a"),
    ):
        terminal.expect(question)
        terminal.sendline(answer)
    terminal.wait()
    shutil.rmtree(copy)
    shutil.rmtree(program.home / "state" / "renAI" / "journal")
    finished = program(folder / "corrected", *CORRECTED[1:], "--dry-run", "--json")
    assert finished.calls == 0, finished.err
    listed: list[dict[str, Any]] = program("corrections", "--json").json["corrections"]
    files = files_of(finished.json, folder)
    return {"arguments": CORRECTED, "files": files, "listed": listed}


def fill_stores(program: Program, folder: Path) -> None:
    """Keep the same texts and metadata in stores of other kinds."""
    for url in (f"sqlite:///{folder / 'layers.sqlite'}", f"file://{folder / 'layers'}"):
        finished = program(
            folder / "documents", *TEXT, "--dry-run", "--json", "--cache-url", url,
            "--cache-dir", program.home / "aside",
        )  # fmt: skip
        assert finished.code == 0, finished.err


# Vectors


def compute(texts: list[str]) -> np.ndarray:
    """Vectors that follow from the texts."""
    digests = [hashlib.sha256(text.encode()).digest()[: RECIPE["dimensions"]] for text in texts]
    return np.array([list(digest) for digest in digests], np.float32) / 97 - 1


def fill_vectors(folder: Path) -> list[dict[str, Any]]:
    """Fill stores; what was returned."""
    recipe = renai.Recipe(**RECIPE)
    filled = []
    for url in (f"sqlite:///{folder / 'vectors.sqlite'}", f"file://{folder / 'vectors'}"):
        for options in VECTORS:
            with renai.EmbeddingCache(url, recipe, ledger=False, **options) as cache:
                embedded = cache.embed(TEXTS, compute)
                keys = [cache.key(text) for text in TEXTS]
            filled.append(
                {
                    "store": url.replace(str(folder), HERE_THEN),
                    "recipe": RECIPE,
                    "options": options,
                    "texts": TEXTS,
                    "keys": keys,
                    "vectors": embedded.vectors.tolist(),
                }
            )
    return filled


def embed_documents(folder: Path) -> dict[str, Any]:
    """Embed by Haystack's components, into the user's cache, with lineage."""
    read = digests(folder / "documents")
    documents = [
        Document(content=f"A text of {name}.", meta={"file_hash": file_hash, "name": name})
        for name, file_hash in read.items()
    ]
    pipeline = Pipeline()
    dense = CachedDocumentEmbedder(
        MockDocumentEmbedder(dimension=8, meta_fields_to_embed=["name"]), dtype="float16"
    )
    pipeline.add_component("documents", dense)
    pipeline.add_component("text", CachedTextEmbedder(MockTextEmbedder(dimension=8)))
    pipeline.add_component("letters", CachedDocumentEmbedder(SparseLetterEmbedder()))
    asked = "Where is the salt?"
    answered = pipeline.run(
        {"documents": {"documents": documents}, "text": {"text": asked}}
        | {"letters": {"documents": documents}}
    )
    for name in ("documents", "text", "letters"):
        pipeline.get_component(name).close()
    return {
        "pipeline": pipeline.dumps(),
        "documents": [[document.content, document.meta] for document in documents],
        "embeddings": [document.embedding for document in answered["documents"]["documents"]],
        "sparse": [
            document.sparse_embedding.to_dict() for document in answered["letters"]["documents"]
        ],
        "text": asked,
        "text_embedding": answered["text"]["embedding"],
    }


# Journals


def library(folder: Path) -> None:
    """Books with a sidecar, two that swap names, a chain, and two of one title."""
    books = {
        "draft": "Harbour Tales",
        "Left": "Right",
        "Right": "Left",
        "one": "Two of These",
        "Two of These": "Three of These",
        "same 1": "Same",
        "same 2": "Same",
    }
    for number, (name, title) in enumerate(books.items()):
        words = f"{title}\nby Ada Quill\n\nCopyright 1999\n" + "Water. " * number
        put(folder / f"{name}.txt", words.encode())
    put(folder / "draft.opf", b"about harbours")
    date_back(folder)


def rename(program: Program, folder: Path, *options: str) -> None:
    finished = program(folder, *RENAMING, *options)
    assert finished.code == 0, finished.err


def finished_runs(case: Path) -> dict[str, Any]:
    """Runs that stand, one of them into new folders; one undone, and one undone in part."""
    program, before, after = Program(case, URL), {}, {}
    for name in ("organized", "standing", "undone", "partly undone"):
        folder = case / "library" / name
        library(folder)
        before[name] = digests(folder)
        with Endpoint(port=PORT):
            rename(program, folder, *([*CUSTOM, "--organize"] if name == "organized" else []))
        after[name] = digests(folder)
        if name == "undone":
            assert program("undo").code == 0
            assert digests(folder) == before[name]
    in_the_way = case / "library" / "partly undone" / "draft.txt"
    put(in_the_way, b"another file")
    assert program("undo").code == 1
    return {"before": before, "after": after, "in the way": "draft.txt"}


def killed_run(case: Path, what: str, when: int, how: str) -> dict[str, Any]:
    """A run, or the undoing of one, that was killed at a rename."""
    folder, program = case / "library", Program(case)
    library(folder)
    before = digests(folder)
    rename(program, folder)
    after = digests(folder)
    arguments = ["undo"]
    if what == "run":  # so there was none before
        for made in (folder, case / "state"):
            shutil.rmtree(made)
        library(folder)
        arguments = [str(folder), *RENAMING]
    words = [sys.executable, "-c", KILLED, str(when), how, *arguments]
    assert subprocess.run(words, env=program.environment, capture_output=True).returncode == -9
    assert set(digests(folder).values()) == set(before.values())
    return {"before": before, "after": after}


def make_journals(folder: Path) -> dict[str, Any]:
    """All cases; what their libraries held before and after the runs."""
    cases: dict[str, Callable[[Path], dict[str, Any]]] = {"finished": finished_runs}
    for kill in KILLS:
        cases[" ".join(map(str, ("killed", *kill)))] = lambda case, kill=kill: killed_run(
            case, *kill
        )
    made = {}
    for name, make in cases.items():
        case = folder / name
        case.mkdir(parents=True)
        made[name] = make(case)
        shutil.rmtree(case / "cache")
        for journal in (case / "state" / "renAI" / "journal").iterdir():
            journal.write_bytes(
                journal.read_bytes().replace(str(case).encode(), HERE_THEN.encode())
            )
    return made


# All together


def make(folder: Path) -> dict[str, Any]:
    """Make everything in a folder; what a later version is compared with."""
    make_documents(folder)
    for name in ("documents", "scans", "pictures", "corrected"):
        date_back(folder / name)
    home = folder / "home"
    home.mkdir()
    program = Program(home, URL)
    os.environ |= program.environment  # what is embedded in this process is counted there
    with Endpoint(always=priced(PRICE), port=PORT):
        made: dict[str, Any] = {"endpoint": URL, "runs": run_all(program, folder)}
        made["corrected"] = correct(program, folder)
    fill_stores(program, folder)
    made["vectors"] = fill_vectors(folder)
    made["haystack"] = embed_documents(folder)
    made["stats"] = said_by(program, "cache", "stats", "--json")
    finished = program("cache", "export", folder / "export.tar.gz", "--json")
    assert finished.code == 0, finished.err
    made["export"] = finished.json["entries"]
    (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
    made["journals"] = make_journals(folder / "journals")
    for what in (home / "aside", home / "cache" / "fingerprints.sqlite"):
        shutil.rmtree(what) if what.is_dir() else what.unlink()
    return made


def said_by(program: Program, *arguments: object) -> Any:
    finished = program(*arguments)
    assert finished.code == 0, finished.err
    return finished.json


def nameless(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Keep to itself who made the archive."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def main() -> None:
    name = HERE / renai.__version__
    if Path(f"{name}.json").exists():
        raise SystemExit(f"{name.name} has its archive already: it is what users have, and stays")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve() / "made"
        folder.mkdir()
        made = make(folder)
        with tarfile.open(f"{name}.tar.gz", "w:gz", format=tarfile.PAX_FORMAT) as archive:
            for path in sorted(folder.iterdir()):
                archive.add(path, path.name, filter=nameless)
        words = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
        assert temporary not in words
        Path(f"{name}.json").write_text(words, encoding="utf-8")


if __name__ == "__main__":
    main()
