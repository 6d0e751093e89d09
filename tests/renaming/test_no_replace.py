"""The one call that renames: it never replaces, whatever way the filesystem offers."""

import errno
import os
import tempfile
import threading
from pathlib import Path

import pytest

from renai.errors import NameTakenError, RenameError
from renai.renaming import no_replace as rename
from renai.renaming.no_replace import are_one_entry, rename_no_replace
from renai.renaming.order import Identity


@pytest.fixture(params=["the platform's call", "two links"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to rename; the second is that of filesystems which refuse the first."""
    if request.param == "two links":
        refuse_with(monkeypatch, errno.EINVAL)


def refuse_with(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(rename, "_rename_exclusively", lambda: refuse)


def file(path: Path) -> Path:
    path.write_text(path.name)
    return path


@pytest.mark.usefixtures("way")
def test_a_file_gets_its_new_name(tmp_path: Path) -> None:
    a = file(tmp_path / "a")
    inode = a.stat().st_ino
    rename_no_replace(a, tmp_path / "b")
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
    assert (tmp_path / "b").stat().st_ino == inode


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("kind", ["file", "folder", "dangling link", "hard link"])
def test_what_has_the_name_is_not_touched(tmp_path: Path, kind: str) -> None:
    a, b = file(tmp_path / "a"), tmp_path / "b"
    match kind:
        case "file":
            file(b)
        case "folder":
            b.mkdir()
        case "dangling link":
            b.symlink_to(tmp_path / "nowhere")
        case "hard link":
            b.hardlink_to(a)
    before = Identity.of(b), b.lstat().st_ino
    with pytest.raises(NameTakenError, match="a: there is a b already"):
        rename_no_replace(a, b)
    assert a.read_text() == "a"
    assert (Identity.of(b), b.lstat().st_ino) == before


@pytest.mark.usefixtures("way")
def test_of_many_who_want_a_name_at_once_one_gets_it(tmp_path: Path) -> None:
    files = [file(tmp_path / str(i)) for i in range(16)]
    taken: list[NameTakenError] = []
    barrier = threading.Barrier(len(files))

    def race(path: Path) -> None:
        barrier.wait()
        try:
            rename_no_replace(path, tmp_path / "wanted")
        except NameTakenError as error:
            taken.append(error)

    threads = [threading.Thread(target=race, args=(path,)) for path in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(files) - 1
    assert len(list(tmp_path.iterdir())) == len(files)


def test_a_name_of_bytes_that_are_no_text(tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    odd.touch()
    rename_no_replace(odd, tmp_path / "plain")
    assert (tmp_path / "plain").exists()


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("gone", "b", "gone: the file or the new folder has vanished"),
        ("a", "nowhere/b", "a: the file or the new folder has vanished"),
        ("a", "a/b", "a: a file stands where the new folder should be"),
        ("a", "b" * 256, "a: the new name is too long"),
    ],
)
def test_an_error_names_the_file_and_the_way_out(
    tmp_path: Path, source: str, target: str, words: str
) -> None:
    file(tmp_path / "a")
    with pytest.raises(RenameError, match=words):
        rename_no_replace(tmp_path / source, tmp_path / target)
    assert (tmp_path / "a").read_text() == "a"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "not permitted"),
        (errno.EPERM, "not permitted"),
        (errno.EROFS, "read-only"),
        (errno.EXDEV, "another disk"),
        (errno.ENOSPC, "full"),
        (errno.ELOOP, os.strerror(errno.ELOOP)),
    ],
)
def test_what_the_system_refuses_leaves_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    a = file(tmp_path / "a")
    refuse_with(monkeypatch, number)
    with pytest.raises(RenameError, match=words):
        rename_no_replace(a, tmp_path / "b")
    assert a.exists()


def test_another_filesystem_is_refused_and_nothing_is_copied(tmp_path: Path) -> None:
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second filesystem here")
    target = other / f"renai-test-{os.getpid()}"
    with pytest.raises(RenameError, match="another disk"):
        rename_no_replace(file(tmp_path / "a"), target)
    assert not target.exists()


@pytest.mark.skipif(os.name == "nt", reason="folders are not read-only there")
def test_a_read_only_folder() -> None:
    with tempfile.TemporaryDirectory() as name:
        a = file(Path(name) / "a")
        a.parent.chmod(0o555)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)  # root may write everywhere
        try:
            with pytest.raises(RenameError, match="a: not permitted; make its folder writable"):
                rename_no_replace(a, Path(name) / "b")
        finally:
            os.seteuid(user)
            a.parent.chmod(0o755)


def test_a_disk_without_any_sure_way_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = file(tmp_path / "a")
    refuse_with(monkeypatch, errno.ENOSYS)

    def no_links(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(RenameError, match="no rename that is sure not to overwrite"):
        rename_no_replace(a, tmp_path / "b")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_link_that_cannot_be_finished_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = file(tmp_path / "a")
    refuse_with(monkeypatch, errno.EINVAL)
    real = Path.unlink

    def refuse_source(path: Path, missing_ok: bool = False) -> None:
        if path == a:
            raise PermissionError(errno.EACCES, "Permission denied")
        real(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse_source)
    with pytest.raises(RenameError, match="not permitted"):
        rename_no_replace(a, tmp_path / "b")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_two_hard_links_are_two_entries_and_two_spellings_are_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, upper = file(tmp_path / "a"), tmp_path / "A"
    upper.hardlink_to(a)
    assert not are_one_entry(a, upper)
    # As a disk shows it on which case does not count: both names are found, one is listed.
    monkeypatch.setattr(os, "listdir", lambda _: ["a"])
    assert are_one_entry(a, upper)
