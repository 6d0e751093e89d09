"""Make text fit for where it goes: a stored text, a field of metadata, a file's name, a terminal.

Documents, models and file names contain what must not be passed on: control characters, halves of
surrogate pairs, marks that change the reading direction, a parser's own marks. This module first
has one function for each place a text goes to, then the steps that those functions are made of.

Stored answers depend on the exact output of this module. Where an output changes, the revisions of
the readers must change with it (`documents.formats`), and every stored text is extracted again.

Source: Unicode Standard Annex 44 for general categories and `Default_Ignorable_Code_Point`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LINE_ENDS = ("\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029")
# PDFium writes U+FFFE (older releases U+0002) for a hyphen that ends a line, and may or may not
# keep the line break after it; U+00AD is Unicode's own mark for the same. (The expression begins
# with the hyphen, since one that looks behind at each letter first would be slower.)
_BROKEN_WORD = re.compile(
    "[\ufffe\u0002\u00ad-](?<=\\w.)(?: *\n *(?=[^\\W\\d_])|(?<=[\ufffe\u0002]))"
)
# Control characters other than white space, surrogates, non-characters, byte order mark, soft
# hyphen.
_NOT_TEXT = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_ACCENTS = "\u00b4\u02c6\u00a8\u02c7\u02d8\u02d9\u02da\u02dd\u02dc\u00b8"
_COMBINING = dict(
    zip(_ACCENTS, "\u0301\u0302\u0308\u030c\u0306\u0307\u030a\u030b\u0303\u0327", strict=True)
)
_ACCENT_BEFORE_LETTER = re.compile(f"([{_ACCENTS}])([^\\W\\d_])")
_SPACES = re.compile(" {2,}")
_EMPTY_LINES = re.compile("\n{3,}")

_JOINERS = "\u200c\u200d"

_NOT_PLAIN = re.compile(r"[^\w ,.'&()!+#‘’“”„«»–—…-]")
_PLAIN_ASCII = bytes(code for code in range(128) if not _NOT_PLAIN.match(chr(code)))
_FILLERS = re.compile("[\u115f\u1160\u3164\uffa0]")  # letters by category, but invisible
# Invisible characters that are neither control nor format characters.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
_COLON = re.compile(r"\s*:\s+")
_RESERVED = str.maketrans(
    {"/": "-", "\\": "-", "|": "-", ":": "-", '"': "'", "<": None, ">": None, "?": None, "*": None}
)
_STACKED_MARKS = 8
"""The number of marks allowed over one letter; more than any script needs is a drawing, no name."""

_NOT_A_LETTER = re.compile(r"[\W_]+")


def document_text(text: str) -> str:
    """Return a document's text with whole words, single spaces and no two empty lines in a row."""
    text = _drop_not_text(_join_broken_words(_unify_line_ends(text)))
    if not text.isascii():
        text = _compose_accents(_expand_ligatures(text).replace("\u00a0", " "))
    return _fold_empty_lines(_strip_lines(_SPACES.sub(" ", text))).strip()


def document_line(text: str) -> str:
    """Return `document_text` on one line, for a property or a printed line."""
    if text.isascii() and text.isprintable():  # true for most lines; they need nothing else
        return single_spaced(text)
    return single_spaced(document_text(text))


def metadata_line(text: str) -> str:
    """Return a text as one line in NFC, without control, bidi and invisible characters.

    Joiners stay, because Persian and the Indic scripts are spelt with them.
    """
    if text.isascii() and text.isprintable():  # true for most lines; they need nothing else
        return single_spaced(text)
    return single_spaced(_nfc("".join(map(_visible, text))))


def name_part(text: str) -> str:
    """Return a text as it may stand in a file's name: one line of visible, portable characters.

    The strictest rules of all platforms apply on every platform.
    """
    if is_plain(text):
        return text
    text = _COLON.sub(" - ", _nfc(text)).translate(_RESERVED)
    if is_plain(text):
        return text
    return _nfc(single_spaced(_drop_unprinted(_INVISIBLE.sub("", text))))


def is_plain(text: str) -> bool:
    """Return whether a text can stand in a name unchanged, as most can; this is quick to check."""
    if "  " in text:
        return False
    if text.isascii():
        return not text.encode().translate(None, delete=_PLAIN_ASCII)
    return (
        not _NOT_PLAIN.search(text)
        and unicodedata.is_normalized("NFC", text)
        and not _FILLERS.search(text)
    )


def printable(text: str) -> str:
    """Return a text as it may be written to a terminal, with everything unprintable escaped.

    A hostile name must not control a terminal or fake a line: control characters, line ends, bidi
    overrides and bytes that are not UTF-8 are shown as Python escapes them.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )


def words_of(text: str) -> str:
    """Return a text's words in lower case, separated by one space, to compare two spellings."""
    return _NOT_A_LETTER.sub(" ", text.casefold()).strip()


@lru_cache(maxsize=16)
def words_of_whole(text: str) -> str:
    """Return `words_of` of a document's text, which several questions about it need in turn."""
    return words_of(text)


def single_spaced(text: str) -> str:
    """Return a text on one line, with single spaces between its words."""
    return " ".join(text.split())


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _unify_line_ends(text: str) -> str:
    for line_end in _LINE_ENDS:
        text = text.replace(line_end, "\n")
    return text


def _join_broken_words(text: str) -> str:
    """Join words broken at a line's end; before a capital letter the hyphen stays."""

    def joint(match: re.Match[str]) -> str:
        following = match.string[match.end() : match.end() + 1]
        return "" if following.islower() else "-"

    return _BROKEN_WORD.sub(joint, text)


def _drop_not_text(text: str) -> str:
    return _NOT_TEXT.sub("", text)


def _expand_ligatures(text: str) -> str:
    for ligature, letters in _LIGATURES.items():  # faster than to translate each character
        text = text.replace(ligature, letters)
    return text


def _compose_accents(text: str) -> str:
    """Combine an accent with the letter after it, where Unicode has such a character.

    TeX's older fonts have no accented letters: they print the accent first, then the letter.
    """

    def composed(match: re.Match[str]) -> str:
        letter = "i" if match[2] == "\u0131" else match[2]
        whole = _nfc(letter + _COMBINING[match[1]])
        return whole if len(whole) == 1 else match[0]

    return _ACCENT_BEFORE_LETTER.sub(composed, text)


def _strip_lines(text: str) -> str:
    return "\n".join([line.strip(" \t") for line in text.split("\n")])


def _fold_empty_lines(text: str) -> str:
    return _EMPTY_LINES.sub("\n\n", text)


def _visible(character: str) -> str:
    """Return a character; a space for one that ends a line; an empty text for an invisible one."""
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    if category == "Cs" or (category == "Cf" and character not in _JOINERS):
        return ""
    return character


def _drop_unprinted(text: str) -> str:
    """Drop controls, format characters, surrogates, and marks without a letter or too many on one.

    White space of any kind becomes a space.
    """
    kept: list[str] = []
    marks = _STACKED_MARKS  # a mark without a letter before it is dropped
    for character in text:
        kind = unicodedata.category(character)[0]
        if character.isspace():  # checked before the controls: a newline is both
            kept.append(" ")
            marks = _STACKED_MARKS
            continue
        marks = marks + 1 if kind == "M" else 0
        if kind != "C" and marks <= _STACKED_MARKS:
            kept.append(character)
    return "".join(kept)
