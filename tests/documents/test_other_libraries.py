"""Libraries of other programs are noticed wherever a run comes upon them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from renai.documents.discover import discover
from renai.documents.other_libraries import refuse_libraries
from renai.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

CALIBRE = "Books/Petra Ostrow/The Glass Harbour (7)/The Glass Harbour.epub"


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def noticed(*paths: Path) -> list[tuple[str, str]]:
    found = discover(paths, notice_libraries=True)
    list(found)
    return [(library.folder.rpartition("/")[2], library.program) for library in found.libraries]


@pytest.mark.parametrize(
    ("there", "folder", "program"),
    [
        ([CALIBRE, "Books/metadata.db"], "Books", "calibre"),
        ([CALIBRE, "Books/Metadata.DB"], "Books", "calibre"),
        (["Books/a.epub", "Books/metadata.calibre"], "Books", "calibre"),
        (["Books/a.epub", "Books/metadata_db_prefs_backup.json"], "Books", "calibre"),
        (["Papers/Mine.enl", "Papers/Mine.Data/PDF/0123/a.pdf"], "Papers", "EndNote"),
        (["Books/zotero.sqlite", "Books/storage/ABCD2345/a.pdf"], "Books", "Zotero"),
        (["storage/ABCD2345/a.pdf", "storage/PICTURES/b.pdf"], "storage", "Zotero"),
        (["Pictures/digikam4.db", "Pictures/a.pdf"], "Pictures", "digiKam"),
        (["Pictures/2024.lrcat", "Pictures/a.pdf"], "Pictures", "Lightroom"),
        (["My.photoslibrary/originals/a.pdf"], "My.photoslibrary", "Apple Photos"),
        (["Notes/.obsidian/app.json", "Notes/a.md"], "Notes", "Obsidian"),
        (["media/media.lock", "media/documents/originals/a.pdf"], "media", "paperless-ngx"),
        (["data/.ocdata", "data/ada/files/a.pdf"], "data", "ownCloud or Nextcloud"),
    ],
)
def test_a_library_is_noticed_from_above_from_within_and_from_a_file_in_it(
    tmp_path: Path, there: list[str], folder: str, program: str
) -> None:
    make(tmp_path, *there)
    document = next(
        path for x in there if (path := tmp_path / x).suffix in (".pdf", ".epub", ".md")
    )
    for place in (tmp_path, tmp_path / folder, document.parent, document):
        assert noticed(place) == [(folder, program)], place
    assert noticed(document, document.parent, tmp_path) == [(folder, program)]


def test_a_library_is_noticed_through_links(tmp_path: Path) -> None:
    make(tmp_path, CALIBRE, "Books/metadata.db")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/link").symlink_to(tmp_path / "Books/Petra Ostrow")
    inner = tmp_path / "elsewhere/link"
    assert noticed(inner) == [("Books", "calibre")]
    assert noticed(inner / "The Glass Harbour (7)/The Glass Harbour.epub") == [("Books", "calibre")]
    assert noticed(tmp_path / "elsewhere") == []  # which is not entered through the link
    (tmp_path / "elsewhere/file.epub").symlink_to(tmp_path / CALIBRE)
    assert noticed(tmp_path / "elsewhere/file.epub") == []  # a link is not renamed


@pytest.mark.parametrize("name", ["@eaDir", ".@__thumb", "#recycle"])
def test_what_a_storage_system_keeps_is_noticed_where_it_is_named(
    tmp_path: Path, name: str
) -> None:
    make(tmp_path, "a.pdf", f"{name}/a.pdf/SYNOPHOTO_THUMB_M.pdf")
    assert noticed(tmp_path) == []
    for place in (name, f"{name}/a.pdf", f"{name}/a.pdf/SYNOPHOTO_THUMB_M.pdf"):
        assert noticed(tmp_path / place) == [(name, "the storage system")]


@pytest.mark.parametrize(
    "there",
    [
        ["storage/PICTURES/a.pdf"],
        ["storage/ABCD2345/a.pdf", "storage/mine/b.pdf"],
        ["cellar/ABCD2345/a.pdf"],
        ["storage/a.pdf"],
        ["metadata.db.bak", "my-metadata.db", "photoslibrary/a.pdf"],
    ],
)
def test_what_only_looks_alike_is_nobodys(tmp_path: Path, there: list[str]) -> None:
    make(tmp_path, *there)
    assert noticed(tmp_path) == []


def test_nothing_is_noticed_where_nobody_asks(tmp_path: Path) -> None:
    make(tmp_path, CALIBRE, "Books/metadata.db")
    found = discover([tmp_path])
    assert [x.path.suffix for x in found] == [".epub"]
    assert found.libraries == []


def test_all_of_them_are_told_at_once(tmp_path: Path) -> None:
    for number in range(7):
        make(tmp_path, f"{number}/metadata.db", f"{number}/deep/a.pdf")
    found = discover([tmp_path], notice_libraries=True)
    assert list(found) == []
    with pytest.raises(UsageError) as caught:
        refuse_libraries(found.libraries)
    said = str(caught.value)
    assert f"'{tmp_path}/0' (of calibre: metadata.db)" in said
    assert "and 2 more belong to another program" in said
    assert "--force" in said
