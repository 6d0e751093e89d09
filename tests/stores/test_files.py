"""A folder of entries: what a person sees in it, and what may go wrong with it."""

import errno
import os
import stat
import time
from pathlib import Path

import pytest

from renai.errors import ConfigurationError, StoreError
from renai.stores.durable import check_cache_folder, is_temporary
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
    old, fresh = (store.root / f"text/.renai-tmp-{which}" for which in ("old_old_", "fresh___"))
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


def test_a_store_of_which_nothing_can_be_read_fails(store, monkeypatch):
    def failing(path, most_bytes):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    store.put_many({"text/a": b"1"})
    monkeypatch.setattr("renai.stores.files._read", failing)
    with pytest.raises(StoreError, match="text/a"):
        store.get_many(["text/a", "text/b"])


def test_a_folder_in_the_place_of_an_entry_is_no_entry_and_no_failure(store, caplog):
    (store.root / "text/a").mkdir(parents=True)
    assert store.get_many(["text/a", "text/b"]) == {}
    assert "text/a" in caplog.text


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
    (tmp_path / ".renai-tmp-the_tag_").write_bytes(b"Signature")
    with FileStore(tmp_path, max_bytes=1000) as store:
        store.put_many({"text/a": b"1"})
        assert all_files(tmp_path)[-1] == "text/a"


def test_only_what_renai_was_writing_is_cleaned_away(store):
    store.put_many({"text/a": b"1"})
    half = store.root / "text/.renai-tmp-0a_b1c2d"
    older = store.root / "text/.renai-0a_b1c2d"
    half.write_text("half")
    older.write_text("renai-text/1 half")
    others = [
        ".renai-notes",
        ".renai-settings",
        "text/.renai-settings",
        ".renai-0001-0-0.tmp",
        ".renaming-0001-0-0.tmp",
        "text/.renaming-0001-0-0.tmp",
        "text/deep/.renai-tmp-0a_b1c2d.pdf",
        "books/.renai-writable",
    ]
    for name in others:
        path = store.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("precious")
        os.utime(path, (0, 0))
    FileStore(store.root).put_many({"text/b": b"2"})
    store.scrub()
    assert not half.exists()
    assert not older.exists()
    assert {name for name in others if (store.root / name).read_text() == "precious"} == {*others}


def test_a_link_in_the_place_of_an_entry_is_not_followed(store, tmp_path):
    store.put_many({"text/a": b"1"})
    secret = tmp_path / "secret"
    secret.write_text("secret")
    os.utime(secret, (0, 0))
    (store.root / "text/b").symlink_to(secret)
    assert store.get_many(["text/a", "text/b"]) == {"text/a": b"1"}
    assert [entry.name for entry in store.scan()] == ["text/a"]
    store.backdate({"text/b": 1000.0})
    assert secret.stat().st_mtime == 0
    store.put_many({"text/b": b"2"})
    assert secret.read_text() == "secret"
    assert store.get_many(["text/b"]) == {"text/b": b"2"}


def test_parked_documents_are_never_taken_for_half_written_entries():
    from pathlib import PurePath

    from renai.renaming.order import parking_place

    parked = parking_place(PurePath("a.pdf"), "0001", 0, 0).name
    assert not is_temporary(parked)
    assert not parked.startswith(".renai-")  # which older versions sweep


@pytest.fixture
def cache(tmp_path):
    folder = tmp_path / "cache"
    (folder / "text").mkdir(mode=0o755, parents=True)
    return folder


def test_a_private_folder_and_a_missing_one_will_do(cache):
    check_cache_folder(cache)
    check_cache_folder(cache / "not there")
    cache.chmod(0o755)
    (cache / "books").mkdir()
    (cache / "books").chmod(0o777)  # not renai's
    check_cache_folder(cache)
    linked = cache.with_name("linked")
    linked.symlink_to(cache)
    check_cache_folder(linked)


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o1777])
@pytest.mark.parametrize("inner", ["", "text", "fingerprints.sqlite"])
def test_what_others_may_write_is_refused_with_the_command_that_mends_it(cache, inner, mode):
    (cache / "fingerprints.sqlite").touch()
    (cache / inner).chmod(mode)
    with pytest.raises(ConfigurationError, match="may be written by others") as refused:
        check_cache_folder(cache)
    command = str(refused.value).partition("mend that with: ")[2]
    assert os.system(command) == 0
    check_cache_folder(cache)


@pytest.mark.parametrize("name", ["metadata", "quarantine", "vectors.sqlite", "eval.jsonl"])
def test_a_link_inside_is_refused_wherever_it_leads(cache, name, tmp_path):
    (cache / name).symlink_to(tmp_path)
    with pytest.raises(ConfigurationError, match=f"{name} is a link"):
        check_cache_folder(cache)


def test_a_pipe_inside_is_refused(cache):
    os.mkfifo(cache / "fingerprints.sqlite")
    with pytest.raises(ConfigurationError, match="neither a file nor a folder"):
        check_cache_folder(cache)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid(), reason="only root can give away")
@pytest.mark.parametrize("inner", ["", "text"])
def test_a_folder_of_somebody_else_is_refused_but_for_root(cache, inner):
    os.chown(cache / inner, 12345, 12345)
    check_cache_folder(cache)
    for folder in (cache, *cache.parents[:-1]):
        folder.chmod(folder.stat().st_mode | 0o055)
    os.seteuid(23456)
    try:
        with pytest.raises(ConfigurationError, match="belongs to somebody else"):
            check_cache_folder(cache)
    finally:
        os.seteuid(0)
