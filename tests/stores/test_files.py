"""A folder of entries: what a person sees in it, and what may go wrong with it."""

import os
import stat
import time
from pathlib import Path

import pytest

from renai.errors import StoreError
from renai.stores.durable import TEMPORARY_PREFIX
from renai.stores.files import FileStore

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path / "made" / "cache")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def all_files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_an_entry_is_the_file_of_its_name(store):
    store.put_many({"text/abc_basic.txt": b"hello"})
    assert (store.root / "text/abc_basic.txt").read_bytes() == b"hello"
    assert all_files(store.root) == ["CACHEDIR.TAG", "text/abc_basic.txt"]


def test_opening_makes_nothing(store):
    assert store.get_many(["text/a"]) == {}
    assert list(store.scan()) == []
    assert not store.root.exists()


def test_only_the_owner_may_look(store):
    previous = os.umask(0)
    try:
        store.put_many({"text/a": b"private"})
    finally:
        os.umask(previous)
    assert mode(store.root.parent) == mode(store.root) == mode(store.root / "text") == 0o700
    assert mode(store.root / "text/a") == mode(store.root / "CACHEDIR.TAG") == 0o600


def test_back_ups_leave_it_out(store):
    store.put_many({"text/a": b""})
    # The whole signature, as https://bford.info/cachedir/ has it.
    tag = (store.root / "CACHEDIR.TAG").read_bytes()
    assert tag.startswith(b"Signature: 8a477f597d28d172789f06886806bc55\n")


def test_what_killed_writers_left_is_swept_after_an_hour(store):
    store.put_many({"text/a": b"1"})
    old, fresh = (store.root / f"text/{TEMPORARY_PREFIX}{which}" for which in ("old", "fresh"))
    for path in (old, fresh):
        path.write_bytes(b"half an ent")
    os.utime(old, (0, time.time() - 3700))
    assert [entry.name for entry in store.scan()] == ["text/a"]
    FileStore(store.root).put_many({"text/b": b"2"})
    assert not old.exists()
    assert fresh.exists()


def test_files_of_others_are_no_entries(store):
    store.put_many({"text/a": b"1"})
    (store.root / "text/my notes.txt").write_text("mine")
    (store.root / ".git").mkdir()
    (store.root / ".git/config").write_text("mine")
    (store.root / "text/gone").symlink_to(store.root / "nowhere")
    os.mkfifo(store.root / "text/pipe")
    assert [entry.name for entry in store.scan()] == ["text/a"]


def test_an_entry_that_cannot_be_read_costs_itself_alone(store, caplog):
    store.put_many({"text/a": b"1", "text/b": b"2"})
    (store.root / "text/a").unlink()
    (store.root / "text/a").mkdir()
    assert store.get_many(["text/a", "text/b", "text/c"]) == {"text/b": b"2"}
    assert "text/a" in caplog.text


def test_a_store_of_which_nothing_can_be_read_fails(store):
    (store.root / "text/a").mkdir(parents=True)
    with pytest.raises(StoreError, match="text/a"):
        store.get_many(["text/a", "text/b"])


def test_a_file_in_the_place_of_a_folder(store):
    store.root.parent.mkdir()
    store.root.write_text("not a folder")
    assert store.get_many(["text/a"]) == {}
    assert store.delete_many(["text/a"]) == 0
    assert list(store.scan("text/")) == []
    with pytest.raises(StoreError, match="cannot write"):
        store.put_many({"text/a": b"1"})


def test_a_folder_that_may_only_be_read(open_folder, as_reader):
    FileStore(open_folder).put_many({"text/a": b"1"})
    for path in (open_folder / "text", open_folder / "text/a"):
        path.chmod(0o755)
    store = FileStore(open_folder)
    with as_reader():
        assert store.get_many(["text/a"]) == {"text/a": b"1"}
        with pytest.raises(StoreError, match=r"cannot write .*: Permission denied"):
            store.put_many({"text/a": b"2"})
        with pytest.raises(StoreError, match=r"cannot drop .*: Permission denied"):
            store.delete_many(["text/a"])
    assert store.get_many(["text/a"]) == {"text/a": b"1"}


def test_a_folder_that_may_not_be_read(open_folder, as_reader):
    store = FileStore(open_folder / "private")
    store.put_many({"text/a": b"1"})
    with as_reader():
        with pytest.raises(StoreError, match="cannot read"):
            store.get_many(["text/a"])
        with pytest.raises(StoreError, match="cannot list"):
            list(store.scan("text/"))


def test_a_full_disk_leaves_the_old_entry(store, run):
    store.put_many({"text/a": b"old"})
    # A limit on the size of files fails a write as a full disk does: part of it is written.
    said = run(
        "import resource, signal, sys; from pathlib import Path\n"
        "from renai.errors import StoreError; from renai.stores.files import FileStore\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: FileStore(Path(sys.argv[1])).put_many({'text/a': b'new' * 100_000})\n"
        "except StoreError as error: print(error)",
        store.root,
    )
    assert said.startswith("cannot write")
    assert store.get_many(["text/a"]) == {"text/a": b"old"}
    assert all_files(store.root) == ["CACHEDIR.TAG", "text/a"]


def test_the_folder_may_vanish_while_it_is_used(store):
    store.put_many({"text/a": b"1"})
    (store.root / "text/a").unlink()
    (store.root / "text").rmdir()
    store.put_many({"text/b": b"2"})
    assert store.get_many(["text/a", "text/b"]) == {"text/b": b"2"}


def test_the_working_folder_may_change(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = FileStore(Path("cache"))
    store.put_many({"a": b"1"})
    monkeypatch.chdir("/")
    assert store.get_many(["a"]) == {"a": b"1"}


def test_a_limit_is_refused_where_other_things_lie(tmp_path):
    (tmp_path / "thesis.odt").write_bytes(b"years of work")
    with pytest.raises(StoreError, match="holds other things"):
        FileStore(tmp_path, max_bytes=1)


def test_a_cache_that_another_process_is_just_making_is_one(tmp_path):
    (tmp_path / f"{TEMPORARY_PREFIX}tag").write_bytes(b"Signature")
    with FileStore(tmp_path, max_bytes=1000) as store:
        store.put_many({"text/a": b"1"})
        assert all_files(tmp_path)[-1] == "text/a"
