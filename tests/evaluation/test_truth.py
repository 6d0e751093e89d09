"""What a person's CSV says, and what is said of one that cannot be read."""

from pathlib import Path

import pytest

from renai.errors import UsageError
from renai.evaluation.truth import read_truth

CONTENTS = {Path("/books/a.pdf"): "a" * 64, Path("/books/old/b.pdf"): "b" * 64}


def truth_of(tmp_path: Path, text: str | bytes):  # type: ignore[no-untyped-def]
    path = tmp_path / "truth.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_truth(path, Path("/books"), CONTENTS)


def test_rows_are_found_by_path_and_by_hash(tmp_path: Path) -> None:
    truth = truth_of(
        tmp_path,
        "\ufefffile_hash,path,title,authors,year,category\r\n"
        ',a.pdf,"Salt, Smoke",Ada Quill; Bo Öl,1999,Cooking\r\n'
        f"{'B' * 64},,Tides,,,\r\n"
        ",gone.pdf,Gone,,,\r\n"
        f"{'c' * 64},a.pdf,The hash goes before the path,,,\r\n",
    )
    assert truth.unmatched == 2
    assert truth.known.keys() == {"a" * 64, "b" * 64}
    salt = truth.known["a" * 64]
    assert (salt.title, salt.authors, salt.year, salt.category) == (
        "Salt, Smoke",
        ("Ada Quill", "Bo Öl"),
        1999,
        "Cooking",
    )
    assert truth.known["b" * 64].authors == ()


def test_paths_may_be_absolute_and_columns_few(tmp_path: Path) -> None:
    truth = truth_of(tmp_path, "year,path\n2001,/books/old/b.pdf\n1999,old/b.pdf\n")
    assert truth.known["b" * 64].year == 1999


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title,year\nA,1999\n", "must name the columns: file_hash or path"),
        ("path\na.pdf\n", "and some of title, authors"),
        ("", "must name the columns"),
        ("path,year\na.pdf,soon\n", "line 2: 'soon' cannot be used as year"),
        ('path,title\na.pdf,"A\n', "cannot be read as CSV"),
        (b"path,title\na.pdf,\xff\n", "cannot be read as CSV in UTF-8"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        truth_of(tmp_path, text)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"truth\.csv: cannot be read: No such file"):
        read_truth(tmp_path / "truth.csv", tmp_path, {})
