"""What the options of `renai process` change, and what `--json` says."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from PIL import Image

from books import make_books
from endpoint import Endpoint, answer, fields, held_until
from program import Program

if TYPE_CHECKING:
    from pathlib import Path

PAID = ("--provider", "custom", "--yes")
SUMMARY = {
    *("found", "renamed", "kept", "skipped", "failed", "hits", "misses", "calls", "seconds"),
    *("uncertain", "duplicates", "not_read"),
}


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_json_is_one_object(renai: Program, books: Path) -> None:
    (books / "broken.pdf").write_bytes(b"%PDF nothing")
    digests = {path.name: sha256(path.read_bytes()).hexdigest() for path in books.iterdir()}
    finished = renai(books, *PAID, "--json")
    document = json.loads(finished.out)
    assert finished.out.startswith("{")
    assert document.keys() == {"run", "files", "summary"}
    assert document["run"] == "0001"
    assert document["summary"].keys() == SUMMARY
    assert document["summary"] | {"seconds": 0} == {
        "found": 4,
        "renamed": 3,
        "kept": 0,
        "skipped": 1,
        "failed": 0,
        "hits": 0,
        "misses": 4,
        "calls": 3,
        "seconds": 0,
        "uncertain": 0,
        "duplicates": 0,
        "not_read": {},
    }
    for file in document["files"]:
        assert file.keys() == {"path", "file_hash", "metadata", "new_path", "action", "reason"}
        assert file["file_hash"] == digests[file["path"].removeprefix(f"{books}/")]
    broken, first, *_ = document["files"]
    assert (broken["action"], broken["metadata"], broken["new_path"]) == ("skip", None, None)
    assert broken["reason"]
    assert first["path"] == str(books / "scan0.pdf")
    assert first["new_path"] == str(books / "Ada Quill - Harbour Tales 0 (1999).pdf")
    assert (first["action"], first["reason"]) == ("rename", "")
    assert first["metadata"]["title"] == "Harbour Tales 0"
    assert first["metadata"]["authors"] == ["Ada Quill"]


def test_what_the_cache_cannot_keep_is_counted_and_not_said_to_be_kept(
    renai: Program, books: Path
) -> None:
    renai.cache.mkdir(mode=0o700)
    (renai.cache / "metadata").write_text("a file where the folder should be")
    shown = renai(books, *PAID, "--dry-run")
    assert shown.code == 0
    assert "Not kept in the cache: 3 answers, which a next run would ask for again (" in shown.out
    assert "Going on without the cache: cannot write" in shown.err
    assert "Cached metadata for" not in shown.err
    summary = renai(books, *PAID, "--dry-run", "--json").json["summary"]
    assert summary["unstored"] == 3
    assert "cannot write" in summary["unstored_reason"]
    (renai.cache / "metadata").unlink()
    assert renai(books, *PAID, "--dry-run", "--json").json["summary"].keys() == SUMMARY


def test_json_of_a_dry_run_says_what_would_be(renai: Program, books: Path) -> None:
    document = renai(books, *PAID, "--json", "--dry-run").json
    assert document["run"] is None
    assert [file["action"] for file in document["files"]] == ["rename"] * 3
    assert document["summary"]["renamed"] == 0
    assert names(books) == {"scan0.pdf", "scan1.pdf", "scan2.pdf"}


def test_json_of_nothing(renai: Program, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    finished = renai(tmp_path / "empty", "--json")
    assert finished.code == 0
    assert (finished.json["run"], finished.json["files"]) == (None, [])


def test_organize_makes_a_folder_for_each_category(tmp_path: Path) -> None:
    books = tmp_path / "books"
    make_books(books / "old", 2)
    with Endpoint(always=fields(category="Travel & Nature")) as endpoint:
        renai = Program(tmp_path, endpoint.url)
        assert renai(books, *PAID, "--organize").code == 0
        organized = {f"Travel & Nature/Ada Quill - Harbour Tales {n} (1999).pdf" for n in range(2)}
        assert names(books) == organized
        assert "0 to rename, 2 kept" in renai(books, *PAID, "--organize").out
        assert renai("undo", "0001").code == 0
        assert names(books) == {"old/scan0.pdf", "old/scan1.pdf"}
        assert not (books / "Travel & Nature").exists()


def test_a_category_that_is_not_on_the_list_is_other(tmp_path: Path) -> None:
    make_books(tmp_path / "books", 1)
    with Endpoint(always=fields(category="../Secret")) as endpoint:
        Program(tmp_path, endpoint.url)(tmp_path / "books", *PAID, "--organize")
    assert names(tmp_path / "books") == {"Other/Ada Quill - Harbour Tales 0 (1999).pdf"}


def test_below_the_least_confidence_a_file_keeps_its_name(renai: Program, books: Path) -> None:
    document = renai(books, *PAID, "--json", "--min-confidence", "0.95").json
    assert {file["action"] for file in document["files"]} == {"keep"}
    assert {file["reason"] for file in document["files"]} == {"uncertain"}
    assert document["summary"]["uncertain"] == 3
    assert renai(books, *PAID, "--json", "--min-confidence", "0.9").json["summary"]["renamed"] == 3


def test_a_template_makes_the_name_and_costs_nothing(
    renai: Program, endpoint: Endpoint, books: Path
) -> None:
    renai(books, *PAID)
    renai(books, *PAID, "--template", "{year} {title}")
    assert names(books) == {f"1999 Harbour Tales {n}.pdf" for n in range(3)}
    assert len(endpoint.calls) == 3


def test_settings_of_flags_environment_and_file(renai: Program, books: Path) -> None:
    renai.configure('template = "{title} from the file"\norganize = true')
    renai(books, "--yes", RENAI_TEMPLATE="{title} from the environment")
    assert {path.rpartition("/")[2] for path in names(books)} == {
        f"Harbour Tales {n} from the environment.pdf" for n in range(3)
    }
    assert all("/" in name for name in names(books))
    renai(books, "--yes", "--template", "{title}", RENAI_TEMPLATE="{title} from the environment")
    assert {path.rpartition("/")[2] for path in names(books)} == {
        f"Harbour Tales {n}.pdf" for n in range(3)
    }


def test_concurrency_is_the_number_of_calls_in_flight(tmp_path: Path) -> None:
    make_books(tmp_path / "books", 12)
    all_have_arrived = held_until(lambda: len(endpoint.calls) >= 4)
    with Endpoint(answer, always=all_have_arrived) as endpoint:  # the first goes alone
        Program(tmp_path, endpoint.url)(tmp_path / "books", *PAID, "--concurrency", "3")
        assert endpoint.most_at_once == 3


def test_a_shared_store_holds_the_layers_instead_of_the_folder(
    renai: Program, endpoint: Endpoint, books: Path, tmp_path: Path
) -> None:
    store = ("--cache-url", f"sqlite:///{tmp_path}/shared.sqlite")
    renai(books, *PAID, *store, "--dry-run")
    assert renai.entries("metadata") == {}
    assert renai(books, *PAID, *store, RENAI_CACHE_DIR=str(tmp_path / "other")).code == 0
    assert len(endpoint.calls) == 3
    emptied = renai("cache", "--yes", *store)
    assert "Removed 6 entries" in emptied.out
    assert "shared.sqlite" in emptied.out


def test_images_are_renamed_where_that_is_wanted_and_a_second_run_costs_nothing(
    renai: Program, endpoint: Endpoint, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2024:05:01 12:30:00"
    Image.new("RGB", (64, 48), "green").save(folder / "IMG_1.jpg", exif=exif)
    assert "Images among the skipped: 1." in renai(folder, *PAID).out
    assert not endpoint.calls
    finished = renai(folder, *PAID, "--rename-images")
    (named,) = folder.iterdir()
    assert named.name.startswith("2024-05-01 A Picture of"), finished.err
    assert "1 kept" in renai(folder, *PAID, "--rename-images").out
    assert len(endpoint.calls) == 1
    assert renai("undo", "1").code == 0
    assert [path.name for path in folder.iterdir()] == ["IMG_1.jpg"]


def test_vision_mode_says_so(renai: Program, books: Path) -> None:
    finished = renai(books, *PAID, "--fallback-mode", "vision", "--dry-run")
    assert "[INFO] Using VISION mode - falls back to image sampling for PDFs" in finished.err
    assert "[INFO] Cached VISION metadata for" in finished.err
