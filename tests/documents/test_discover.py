"""Finding files, in friendly and in hostile trees."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from renai.documents.discover import Found, discover
from renai.errors import UsageError
from waiting import unless_it_hangs


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def names(folder: Path, *paths: Path, exclude: tuple[Path, ...] = ()) -> list[str]:
    found = discover(paths or (folder,), exclude=exclude)
    return [str(x.path.relative_to(folder)) for x in found]


def test_files_of_a_folder_come_in_order_before_its_folders(tmp_path: Path) -> None:
    make(tmp_path, "b/z.pdf", "b/a.EPUB", "a/x.txt", "z.pdf", "c.jpg", "what.exe", "none", "pdf")
    assert names(tmp_path) == ["c.jpg", "z.pdf", "a/x.txt", "b/a.EPUB", "b/z.pdf"]


def test_what_is_found_carries_kind_and_stat(tmp_path: Path) -> None:
    make(tmp_path, "a.pdf", "b.png")
    document, image = discover([tmp_path])
    assert (document.kind, image.kind) == ("document", "image")
    status = (tmp_path / "a.pdf").stat()
    assert document == Found(str(tmp_path / "a.pdf"), "document", status, root=tmp_path)
    assert document.stat.st_mtime_ns == status.st_mtime_ns


def test_a_file_knows_what_it_was_found_under(tmp_path: Path) -> None:
    make(tmp_path, "sub/a.pdf", "sub/deep/b.pdf")
    named = [tmp_path / "sub/a.pdf", tmp_path]
    assert [x.root for x in discover(named)] == [tmp_path / "sub", tmp_path]


def test_relative_paths_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "in/a.pdf")
    monkeypatch.chdir(tmp_path)
    assert [x.path for x in discover([Path("in/../in")])] == [tmp_path / "in/a.pdf"]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege")
def test_the_parent_of_a_link_is_that_of_what_it_leads_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "lib/a.pdf", "elsewhere/inner/b.pdf", "elsewhere/c.pdf")
    (tmp_path / "lib/link").symlink_to(tmp_path / "elsewhere/inner")
    wanted = [tmp_path / "elsewhere/c.pdf", tmp_path / "elsewhere/inner/b.pdf"]
    assert [x.path for x in discover([tmp_path / "lib/link/.."])] == wanted
    monkeypatch.chdir(tmp_path / "lib")
    assert [x.path for x in discover([Path("link/../inner/../c.pdf")])] == wanted[:1]
    assert [x.root for x in discover([Path("link")])] == [tmp_path / "lib/link"]


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    make(tmp_path, ".a.pdf", ".git/b.pdf", ".pdf", "c.pdf")
    assert names(tmp_path) == ["c.pdf"]


def test_what_is_passed_over_is_counted_by_kind(tmp_path: Path) -> None:
    make(
        tmp_path,
        "a.pdf",
        "b.CHM",
        "c.chm",
        "d.lit",
        "README",
        ".hidden",
        ".git/x",
        "v1.2-final copy",
    )
    make(tmp_path, "@eaDir/a.pdf/thumb.jpg", "sub/#recycle/old.pdf")
    (tmp_path / "sub/link.pdf").symlink_to("../a.pdf")
    found = discover([tmp_path])
    assert [x.path.name for x in found] == ["a.pdf"]
    assert found.not_read == {
        ".chm": 2,
        ".lit": 1,
        "no suffix": 2,
        "hidden": 2,
        "system folders": 2,
        "links": 1,
    }


@pytest.mark.parametrize(
    "folder",
    [
        *("@eaDir", ".@__thumb", "@__thumb", "#recycle", "@Recycle", "@sharebin", "~snapshot"),
        *("RECYCLER", "__MACOSX", ".AppleDouble"),
    ],
)
def test_folders_of_storage_systems_are_never_entered(tmp_path: Path, folder: str) -> None:
    make(tmp_path, f"x/{folder}/deep/thumb.jpg", "x/a.jpg", "x/._a.jpg")
    assert names(tmp_path) == ["x/a.jpg"]


def test_links_are_passed_over_in_a_folder_and_told_when_named(tmp_path: Path) -> None:
    make(tmp_path, "tree/a.pdf", "outside/b.pdf")
    tree = tmp_path / "tree"
    (tree / "in.pdf").symlink_to("a.pdf")
    (tree / "out.pdf").symlink_to(tmp_path / "outside/b.pdf")
    (tree / "loop").symlink_to(tree)
    (tree / "away").symlink_to(tmp_path / "outside")
    (tree / "dangling.pdf").symlink_to("nothing")
    assert names(tmp_path, tree) == ["tree/a.pdf"]
    assert names(tmp_path, tree / "out.pdf", tree / "away") == ["tree/out.pdf", "tree/away/b.pdf"]
    assert [x.kind for x in discover([tree / "out.pdf"])] == ["link"]


def test_excluded_folders_and_tagged_caches_are_not_entered(tmp_path: Path) -> None:
    make(tmp_path, "keep/a.pdf", "cache/b.txt", "tagged/c.txt", "tagged/deep/d.txt", "untrue/e.txt")
    signature = b"Signature: 8a477f597d28d172789f06886806bc55\n# made by some program\n"
    (tmp_path / "tagged/CACHEDIR.TAG").write_bytes(signature)
    (tmp_path / "untrue/CACHEDIR.TAG").write_bytes(b"not one")
    exclude = (tmp_path / "cache", tmp_path / "no such folder")
    assert names(tmp_path, exclude=exclude) == ["keep/a.pdf", "untrue/e.txt"]


@pytest.mark.skipif(os.name == "nt", reason="no FIFOs")
def test_a_tag_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    make(tmp_path, "a.pdf")
    os.mkfifo(tmp_path / "CACHEDIR.TAG")
    assert unless_it_hangs(lambda: names(tmp_path)) == ["a.pdf"]


def test_a_file_comes_once_however_often_it_was_named(tmp_path: Path) -> None:
    make(tmp_path, "a.pdf", "sub/b.pdf")
    again = (tmp_path / "sub", tmp_path, tmp_path / "sub/../a.pdf", tmp_path / "a.pdf")
    assert sorted(names(tmp_path, *again)) == ["a.pdf", "sub/b.pdf"]


def test_a_path_that_does_not_exist_is_named_before_anything_else_happens(tmp_path: Path) -> None:
    make(tmp_path, "a.pdf")
    with pytest.raises(UsageError, match=r"no such file or folder: '.*missing\.pdf'"):
        discover([tmp_path, tmp_path / "missing.pdf"])
    with pytest.raises(UsageError):
        discover([Path("nul\0byte")])


def test_what_was_named_but_is_of_no_use_is_told(tmp_path: Path) -> None:
    make(tmp_path, "a.xyz")
    os.mkfifo(tmp_path / "fifo.pdf")
    named = [tmp_path / "a.xyz", tmp_path / "fifo.pdf"]
    assert [x.kind for x in discover(named)] == ["other", "other"]
    assert names(tmp_path) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_warned_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make(tmp_path, "closed/a.pdf", "open/b.pdf")
    (tmp_path / "closed").chmod(0)
    try:
        assert names(tmp_path) == ["open/b.pdf"]
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert [r.getMessage().count("closed") for r in caplog.records] == [1]


def test_a_folder_that_vanishes_under_the_walk_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make(tmp_path, "a.pdf", "evil\x1b[31m\nname\u202e/b.pdf")
    walk = discover([tmp_path])
    next(walk)
    (tmp_path / "evil\x1b[31m\nname\u202e/b.pdf").unlink()
    (tmp_path / "evil\x1b[31m\nname\u202e").rmdir()
    with caplog.at_level(logging.WARNING, "renai"):
        assert list(walk) == []
    (record,) = caplog.records
    assert r"evil\x1b[31m\nname\u202e" in record.getMessage()


def test_hostile_names_break_nothing(tmp_path: Path) -> None:
    hostile = [
        b"new\nline.pdf",
        b"\x1b[2Jclear.pdf",
        b"latin-\xe9.pdf",
        "rtl\u202efdp.pdf".encode(),
    ]
    for name in hostile:
        (tmp_path / os.fsdecode(name)).write_bytes(b"x")
    assert {os.fsencode(x.path.name) for x in discover([tmp_path])} == set(hostile)
