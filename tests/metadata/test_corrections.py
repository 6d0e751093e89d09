"""What a person said goes before what providers say, by content, until it is taken back."""

import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from books import make_books, pdf
from renai.codecs.json import JsonCodec
from renai.errors import StoreError
from renai.keys.digest import get_file_hash
from renai.library.orchestrator import Orchestrator
from renai.metadata.corrections import Corrections
from renai.metadata.processor import BookProcessor
from renai.providers.schema import Metadata
from renai.settings import Settings
from waiting import unless_it_hangs

SAID = Metadata(title="The Right Title", authors=("Öz Ål",), year=2001, confidence=0.3)
CONTENT = "a" * 64


@pytest.fixture
def corrections(tmp_path: Path) -> Corrections:
    return Corrections(tmp_path / "state" / "corrections")


def test_what_was_said_is_recalled_and_certain(corrections: Corrections) -> None:
    certain = corrections.record(CONTENT, SAID, "scan.pdf")
    assert certain == SAID.with_values(confidence=1.0)
    assert corrections.recall([CONTENT, "b" * 64]) == {CONTENT: certain}
    assert corrections.recall([]) == {}
    (kept,) = corrections.all()
    assert (kept.file_hash, kept.metadata, kept.file_name) == (CONTENT, certain, "scan.pdf")


def test_the_last_word_counts_and_can_be_taken_back(corrections: Corrections) -> None:
    corrections.record(CONTENT, SAID, "scan.pdf")
    corrections.record("b" * 64, SAID, "other.pdf")
    corrections.record(CONTENT, Metadata(title="Another"), "scan.pdf")
    assert [kept.file_hash[0] for kept in corrections.all()] == ["a", "b"]
    assert corrections.recall([CONTENT])[CONTENT].title == "Another"
    assert corrections.forget([CONTENT, "c" * 64]) == [CONTENT]
    assert corrections.recall([CONTENT]) == {}
    assert corrections.forget([CONTENT]) == []


def test_nothing_is_made_before_anything_is_said(corrections: Corrections) -> None:
    assert corrections.recall([CONTENT]) == {}
    assert corrections.all() == []
    assert corrections.forget([CONTENT]) == []
    assert not corrections.folder.exists()


def test_they_are_private_and_whole(corrections: Corrections) -> None:
    corrections.record(CONTENT, SAID, "scan.pdf")
    (path,) = corrections.folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(corrections.folder.stat().st_mode) == 0o700


@pytest.mark.skipif(os.name == "nt", reason="no FIFOs")
@pytest.mark.parametrize("odd", ["fifo", "link", "huge", "folder"])
def test_what_is_no_file_of_ours_is_passed_over(corrections: Corrections, odd: str) -> None:
    corrections.record("b" * 64, SAID, "scan.pdf")
    path = corrections.folder / f"{CONTENT}.json"
    match odd:
        case "fifo":
            os.mkfifo(path)
        case "link":
            path.symlink_to(f"{'b' * 64}.json")
        case "huge":
            path.touch()
            os.truncate(path, 1 << 42)
        case _:
            path.mkdir()
    assert set(unless_it_hangs(lambda: corrections.recall([CONTENT, "b" * 64]))) == {"b" * 64}
    assert [kept.file_hash for kept in corrections.all()] == ["b" * 64]


@pytest.mark.parametrize(
    ("fields", "notes"),
    [
        ({"authors": 5}, {}),
        ({"title": "\x1b[2J"}, {}),
        ({}, {"at": "yesterday"}),
        ({}, {"at": 5}),
        ({}, {"at": "0001-01-01T00:00:00+14:00"}),
    ],
)
def test_nonsense_under_a_right_checksum_is_passed_over(
    corrections: Corrections, fields: dict[str, Any], notes: dict[str, Any]
) -> None:
    for digit in "ab":
        corrections.record(digit * 64, SAID, "scan.pdf")
    path = corrections.folder / f"{CONTENT}.json"
    entry = JsonCodec().decode(path.name, path.read_bytes())
    changed = replace(entry, value=entry.value | fields, notes=entry.notes | notes)
    path.write_bytes(JsonCodec().encode(path.name, changed))
    assert [kept.file_hash for kept in corrections.all()] == ["b" * 64]
    naive = replace(entry, notes=entry.notes | {"at": "2020-01-01T00:00:00"})
    path.write_bytes(JsonCodec().encode(path.name, naive))
    assert [kept.file_hash[0] for kept in corrections.all()] == ["b", "a"]


def test_a_damaged_one_is_not_believed_and_can_be_removed(corrections: Corrections) -> None:
    corrections.record(CONTENT, SAID, "scan.pdf")
    (path,) = corrections.folder.iterdir()
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert corrections.recall([CONTENT]) == {}
    path.write_bytes(whole)
    path.rename(path.with_name(f"{'b' * 64}.json"))  # of another content
    assert corrections.recall(["b" * 64]) == {}
    assert corrections.forget(["b" * 64]) == ["b" * 64]
    assert not list(corrections.folder.iterdir())


def test_what_is_not_ours_is_left_alone(corrections: Corrections) -> None:
    corrections.record(CONTENT, SAID, "scan.pdf")
    (corrections.folder / "notes.json").write_text("mine")
    (corrections.folder / f".renai-{'c' * 64}.json").write_text("half")
    assert len(corrections.all()) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_what_cannot_be_kept_is_said(corrections: Corrections) -> None:
    corrections.folder.mkdir(parents=True)
    corrections.folder.chmod(0o500)
    with pytest.raises(StoreError, match=r"scan\.pdf cannot be kept"):
        corrections.record(CONTENT, SAID, "scan.pdf")


def test_what_stands_in_the_way_is_said(corrections: Corrections) -> None:
    corrections.folder.parent.mkdir(parents=True)
    corrections.folder.write_text("a file")
    with pytest.raises(StoreError, match=r"scan\.pdf cannot be kept"):
        corrections.record(CONTENT, SAID, "scan.pdf")


@pytest.mark.parametrize("update_metadata", [False, True])
async def test_a_library_is_read_with_them(
    tmp_path: Path, corrections: Corrections, *, update_metadata: bool
) -> None:
    first, second = make_books(tmp_path / "books", 2)
    (tmp_path / "books" / "copy.pdf").write_bytes(first.read_bytes())
    unreadable = tmp_path / "books" / "broken.pdf"
    unreadable.write_bytes(b"%PDF nothing")
    settings = Settings(cache_dir=tmp_path / "cache", update_metadata=update_metadata)
    for path in (first, unreadable):
        corrections.record(get_file_hash(path), SAID, path.name)
    async with BookProcessor(settings=settings) as books:
        books.corrections = corrections
        assert (await books.process(first)).title == SAID.title
        orchestrator = Orchestrator(books)
        await orchestrator.find([tmp_path / "books"])
        assert orchestrator.quote().files == 1
        await orchestrator.fill()
        plan = {decision.path.name: decision for decision in orchestrator.plan()}
    assert [plan[name].corrected for name in ("scan0.pdf", "copy.pdf", "broken.pdf")] == [True] * 3
    assert not plan[second.name].corrected
    new_path = plan["broken.pdf"].new_path
    assert new_path is not None
    assert new_path.name == "Öz Ål - The Right Title (2001).pdf"
    metadata = plan["scan0.pdf"].metadata
    assert metadata is not None
    assert metadata.confidence == 1


async def test_who_compares_providers_does_not_heed_them(
    tmp_path: Path, corrections: Corrections
) -> None:
    path = tmp_path / "book.pdf"
    path.write_bytes(pdf("A Printed Title"))
    corrections.record(get_file_hash(path), SAID, path.name)
    async with BookProcessor(settings=Settings(cache_dir=tmp_path / "cache")) as books:
        books.corrections = corrections
        orchestrator = Orchestrator(books, heed_corrections=False)
        await orchestrator.find([path])
        await orchestrator.fill()
        (decision,) = orchestrator.plan()
    assert decision.metadata is not None
    assert decision.metadata.title == "A Printed Title"
