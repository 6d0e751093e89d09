"""What is not renai's own is left alone, wherever a person points it."""

import os

import numpy as np
import pytest

from renai import EmbeddingCache, Recipe
from renai.documents.fingerprint import read_digest
from renai.errors import DocumentError, StoreError
from renai.stores.files import FileStore


def test_emptying_the_cache_leaves_files_of_others(renai, tmp_path):
    home = tmp_path / "project"
    (home / "text").mkdir(parents=True)
    (home / "text/my-notes.txt").write_text("precious")
    assert renai("cache", "--yes", "--cache-dir", str(home)).code == 0
    assert (home / "text/my-notes.txt").read_text() == "precious"


def test_what_only_looks_like_renais_is_left_by_every_command(renai, tmp_path):
    home = tmp_path / "project"
    digest = "0" * 64
    book = tmp_path / "book.txt"
    book.write_text("words")
    of_book = read_digest(book)[0]
    names = [
        f"text/{digest}.txt",
        f"text/{of_book}.txt",
        f"text/mine/{of_book}_basic.txt",
        f"text/{of_book}_basic.txt.bak",
        "text/my-notes.txt",
        f"metadata/sha256-{digest}.json",
        f"metadata/{of_book}.json",
        f"ocr_debug/{of_book}.jpg",
        "quarantine/x.txt",
        f"quarantine/{of_book}",
        f"embedding/{of_book}.npy",
        ".renai-writable",
        ".renai-notes",
        "eval-of-mine.jsonl",
    ]
    for name in names:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(of_book)
    ours = home / f"text/{of_book}_basic.txt"
    for command in (
        ("--yes",),
        ("forget", book, "--yes"),
        ("verify", "--repair"),
        ("prune", "--older-than", "0d", "--yes"),
    ):
        ours.write_text("renai-text/1 damaged")
        renai("cache", *command, "--cache-dir", home)
        assert not ours.exists(), command
        assert {name for name in names if (home / name).read_text() == of_book} == {*names}


def test_a_cache_folder_that_others_may_write_is_refused(renai, tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o777)
    (tmp_path / "books").mkdir()
    for command in (
        (tmp_path / "books", "--dry-run"),
        ("cache", "--yes"),
        ("cache", "verify"),
        ("cache", "list"),
    ):
        refused = renai(*command, "--cache-dir", folder)
        assert refused.code == 3, command
        assert "chmod go-w" in refused.err
        assert "Traceback" not in refused.err
    assert list(folder.iterdir()) == []


def test_a_limit_is_not_kept_with_files_of_others(tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(StoreError, match="a folder of its own"):
        EmbeddingCache(f"file://{tmp_path}", Recipe("m"), max_bytes=2000)
    own = tmp_path / "own"
    with EmbeddingCache(f"file://{own}", Recipe("m"), max_bytes=2000) as cache:
        cache.put(["first"], np.ones((1, 64)))
        (own / "notes.txt").write_text("precious")
        cache.put([f"t{number}" for number in range(50)], np.ones((50, 64)))
    assert (own / "notes.txt").read_text() == "precious"
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_an_empty_argument_is_not_the_current_folder(renai):
    assert renai("", "--yes").code == 2


def test_a_pipe_is_not_waited_for(tmp_path, caplog):
    os.mkfifo(tmp_path / "book.txt")
    with pytest.raises(DocumentError, match="no regular file"):
        read_digest(tmp_path / "book.txt")
    (tmp_path / "cache/text").mkdir(parents=True)
    os.mkfifo(tmp_path / "cache/text/a")
    (tmp_path / "cache/text/b").symlink_to(tmp_path / "book.txt")
    (tmp_path / "cache/text/c").mkdir()
    assert FileStore(tmp_path / "cache").get_many(["text/a", "text/b", "text/c"]) == {}
    assert "no regular file" in caplog.text
