"""Names from metadata: what hostile values become, and that every platform takes them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pathvalidate import ErrorReason, ValidationError, validate_filename

from renai.providers.schema import Metadata
from renai.renaming.naming import (
    NAME_BYTES,
    folder_name,
    name_key,
    numbered,
    split_name,
)
from renai.renaming.template import NO_TITLE, NOT_PORTABLE, Template, file_stem
from renai.settings import DEFAULT_TEMPLATE

PLAIN = Template.parse("{title}")
DEFAULT = Template.parse(DEFAULT_TEMPLATE)


def titled(title: str) -> Metadata:
    """Metadata as no provider should let it pass."""
    return Metadata().with_values(title=title)


def stem(title: str, extension: str = ".pdf") -> str | None:
    return file_stem(titled(title), PLAIN, extension)[0] or None


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Dune", "Dune"),
        ("Dune: Messiah", "Dune - Messiah"),
        ("AC/DC", "AC-DC"),
        ('Who? "Me" <b>*', "Who 'Me' b"),
        ("../../etc/passwd", "etc-passwd"),
        ("-rf", "rf"),
        (".hidden", "hidden"),
        ("The End.", "The End"),
        ("two\nlines\tand  more", "two lines and more"),
        ("be\0ll", "bell"),
        ("exe\u202efdp", "exefdp"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("Cafe\u0301", "Café"),
        ("\ud800lone", "lone"),
        ("a" + "\u0301" * 500, "á" + "\u0301" * 8),
        ("\u0301\u0301x", "x"),
        ("CON", "CON_"),
        ("aux.tar", "aux_.tar"),
        ("com¹", "com¹_"),
        ("Conan", "Conan"),
    ],
)
def test_what_a_title_becomes(title: str, expected: str) -> None:
    assert stem(title) == expected


@pytest.mark.parametrize(
    "title", ["", " ", "...", "-", "??", "\u202e", "\u3164", "\n", "Unknown", "untitled", "N/A"]
)
def test_without_a_usable_title_there_is_no_name(title: str) -> None:
    assert stem(title) is None
    assert file_stem(titled(title), PLAIN, ".pdf") == ("", NO_TITLE)
    untitled = Metadata(authors=("Jane Doe",), year=1999)
    assert file_stem(untitled, DEFAULT, ".pdf") == ("", NO_TITLE)


def test_a_name_that_some_platform_refuses_is_not_said_to_lack_a_title(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(name: str, **_: object) -> None:
        raise ValidationError(f"{name} is refused", reason=ErrorReason.RESERVED_NAME)

    monkeypatch.setattr("pathvalidate.validate_filename", refuse)
    assert file_stem(titled("100 % Dune"), PLAIN, ".pdf") == ("", NOT_PORTABLE)
    assert file_stem(titled("%"), PLAIN, ".pdf") == ("", NO_TITLE)


def test_a_long_title_is_cut_so_that_author_and_year_stay() -> None:
    metadata = Metadata().with_values(title="word " * 2_000, authors=("Jane Doe",), year=1999)
    name, _ = file_stem(metadata, DEFAULT, ".pdf")
    assert name.startswith("Jane Doe - word word")
    assert name.endswith("word (1999)")
    assert len(numbered(name, 99_999) + ".pdf.sidecar") <= NAME_BYTES


@pytest.mark.parametrize("symbol", ["😀", "👍🏽", "🇩🇪", "é\u0323"])
def test_a_cut_tears_no_emoji_flag_or_accent(symbol: str) -> None:
    symbol = unicodedata.normalize("NFC", symbol)
    for shift in range(len(symbol.encode()) + 1):
        name = stem("x" * shift + symbol * 400)
        assert name is not None
        assert name == "x" * shift + symbol * ((len(name) - shift) // len(symbol))


hostile = st.text(
    st.characters(codec=None) | st.sampled_from("./\\ -:()\u0301\u202e\u200d🇩🏽\ud800")
)


@given(hostile, st.sampled_from(["", ".pdf", ".PDF", ".fb2.zip"]))
def test_every_name_is_portable_whatever_the_title(title: str, extension: str) -> None:
    name = stem(title, extension)
    if name is None:
        return
    whole = name + extension
    validate_filename(whole, platform="universal", max_len=NAME_BYTES)
    assert unicodedata.is_normalized("NFC", name)
    assert name == name.strip(" .")
    assert name[0] not in ".-"
    assert "  " not in name
    assert not any(unicodedata.category(character)[0] == "C" for character in name)
    assert len(whole.encode()) <= NAME_BYTES
    assert len(whole.encode("utf-16-le")) <= 2 * NAME_BYTES
    assert stem(name, extension) in (name, None), "a name made of a name is that name"


@given(hostile)
def test_every_folder_is_portable_whatever_the_category(category: str) -> None:
    name = folder_name(category)
    validate_filename(name, platform="universal", max_len=NAME_BYTES)
    assert name[0] not in ".-"


def test_a_category_that_is_not_known_goes_to_other() -> None:
    assert folder_name(None) == folder_name("..") == "Other"
    assert folder_name("Science/Fiction") == "Science-Fiction"
    assert folder_name("aux") == "aux_"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("a.pdf", ("a", ".pdf")),
        ("a.b.PDF", ("a.b", ".PDF")),
        ("a.fb2.zip", ("a", ".fb2.zip")),
        ("A.FB2.ZIP", ("A", ".FB2.ZIP")),
        ("a.zip", ("a", ".zip")),
        ("README", ("README", "")),
        (".profile", (".profile", "")),
        ("Letter to Mr. Smith", ("Letter to Mr. Smith", "")),
        ("a.pdf\n", ("a.pdf\n", "")),
    ],
)
def test_stem_and_extension(name: str, parts: tuple[str, str]) -> None:
    assert split_name(name) == parts


def test_names_that_some_disk_takes_for_one_share_a_key() -> None:
    assert name_key("Dune.PDF") == name_key("dune.pdf")
    assert name_key("Caf\u00e9") == name_key("CAFE\u0301")
    assert name_key("Straße") == name_key("STRASSE")
    assert name_key("Dune") != name_key("Duna")
