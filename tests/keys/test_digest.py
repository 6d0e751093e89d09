"""A file is its bytes."""

import hashlib
import os
import tracemalloc

import pytest

from renai import get_file_hash


def test_it_is_the_sha_256_of_the_bytes(tmp_path):
    path = tmp_path / "a book.pdf"
    path.write_bytes(b"abc")
    # The first example of FIPS 180-2.
    assert get_file_hash(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert get_file_hash(str(path)) == get_file_hash(path)


def test_name_folder_and_date_do_not_matter(tmp_path):
    one = tmp_path / "one.pdf"
    one.write_bytes(b"content")
    before = get_file_hash(one)
    (tmp_path / "folder").mkdir()
    other = one.rename(tmp_path / "folder" / "Ñame.txt")
    os.utime(other, (0, 0))
    assert get_file_hash(other) == before


def test_a_large_file_takes_no_more_memory(tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as stream:
        stream.truncate(50_000_000)
    tracemalloc.start()
    digest = get_file_hash(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert digest == hashlib.sha256(bytes(50_000_000)).hexdigest()
    assert peak < 2_000_000


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        get_file_hash(tmp_path / "nothing")
