"""Turn what parsers return into the text an `Extraction` promises.

Parsers hand on what stands in the file: control characters, halves of surrogate pairs, their own
markers for a word broken at a line's end. None of that may reach a prompt, a terminal or a name.
"""

from __future__ import annotations

import re
import unicodedata

_LINE_BREAKS = ("\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029")
# PDFium writes U+FFFE (older releases U+0002) for a hyphen that ends a line, and leaves out or
# keeps the line break behind it; U+00AD is Unicode's own mark for the same. (An expression that
# begins with what it looks for finds it faster than one that looks behind itself at each letter.)
_BROKEN_WORD = re.compile(
    "[\ufffe\u0002\u00ad-](?<=\\w.)(?: *\n *(?=[^\\W\\d_])|(?<=[\ufffe\u0002]))"
)
# Control characters but tab and newline, surrogates, non-characters, byte order mark, soft hyphen.
_NOT_TEXT = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)
# TeX's older faces have no accented letters: the accent is set, and the letter after it.
_ACCENT_BEFORE_LETTER = re.compile(
    "([\u00b4\u02c6\u00a8\u02c7\u02d8\u02d9\u02da\u02dd\u02dc\u00b8])([^\\W\\d_])"
)
_COMBINING = dict(
    zip(
        "\u00b4\u02c6\u00a8\u02c7\u02d8\u02d9\u02da\u02dd\u02dc\u00b8",
        "\u0301\u0302\u0308\u030c\u0306\u0307\u030a\u030b\u0303\u0327",
        strict=True,
    )
)
_SPACES = re.compile(" {2,}")
_EMPTY_LINES = re.compile("\n{3,}")
_WHITE = re.compile(r"\s+")


def clean(text: str) -> str:
    """Make a text presentable: whole words, folded space, at most one empty line in a row."""
    for line_break in _LINE_BREAKS:
        text = text.replace(line_break, "\n")
    text = _BROKEN_WORD.sub(_join_word, text)
    text = _NOT_TEXT.sub("", text)
    if not text.isascii():
        text = text.translate(_LIGATURES).replace("\u00a0", " ")
        text = _ACCENT_BEFORE_LETTER.sub(_put_on, text)
    text = _SPACES.sub(" ", text)
    text = "\n".join([line.strip(" \t") for line in text.split("\n")])
    return _EMPTY_LINES.sub("\n\n", text).strip()


def clean_line(text: str) -> str:
    """The same on one line, for a title or a name."""
    if text.isascii() and text.isprintable():  # most lines are, and have nothing else to mend
        return " ".join(text.split())
    return _WHITE.sub(" ", clean(text)).strip()


def _join_word(match: re.Match[str]) -> str:
    """A word broken before a small letter is one word; before a capital its hyphen is its own."""
    following = match.string[match.end() : match.end() + 1]
    return "" if following.islower() else "-"


def _put_on(match: re.Match[str]) -> str:
    """An accent and its letter as one character, where there is one."""
    letter = "i" if match[2] == "\u0131" else match[2]
    whole = unicodedata.normalize("NFC", letter + _COMBINING[match[1]])
    return whole if len(whole) == 1 else match[0]
