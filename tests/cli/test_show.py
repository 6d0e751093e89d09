"""What files are called on a screen."""

from pathlib import Path

import pytest

from renai.cli.show import labels


@pytest.mark.parametrize(
    ("paths", "shown"),
    [
        (["/b/one.pdf", "/b/old/two.pdf"], ["one.pdf", "two.pdf"]),
        (["/b/one.pdf", "/b/old/one.pdf"], ["one.pdf", "old/one.pdf"]),
        (["/a/x/one.pdf", "/a/y/z/one.pdf", "/a/x/t.pdf"], ["x/one.pdf", "y/z/one.pdf", "x/t.pdf"]),
        (["/a/o\x1b\u202e.pdf", "/b/o\x1b\u202e.pdf"], [f"{x}/o\\x1b\\u202e.pdf" for x in "ab"]),
        ([], []),
    ],
)
def test_folders_are_shown_where_names_do_not_tell_files_apart(
    paths: list[str], shown: list[str]
) -> None:
    assert list(labels(map(Path, paths)).values()) == shown
