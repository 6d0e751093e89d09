"""Tell in which encoding a text without a mark is written, and decode it.

UTF-8 proves itself. What is no UTF-8 comes from the time before it, and is read in the encoding
that makes the likeliest words of it. Where none is clearly the likeliest nothing is decoded, for a
wrong guess is a text that looks like one.
"""

from __future__ import annotations

import codecs
import operator
import re
import unicodedata
from typing import TYPE_CHECKING

from renai.documents.readers.legacy_encodings import LATIN, NARROW, WIDE, readings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from renai.documents.readers.legacy_encodings import Encoding, Reading

# UTF-32's mark begins with UTF-16's, so the longer ones come first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")  # ESC colours terminal logs: still text
_MOST_CONTROLS = 0.02
_ONE_SIDED = 0.7  # of all zeros; the commonest Chinese character has one on the other side
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_UTF8_CHARACTER = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_FEWEST_WHOLE = 4  # bytes; fewer prove nothing
_SLIPS = 0.1  # of the bytes above ASCII, in a text that is UTF-8 otherwise

_ENOUGH = 4000  # bytes
# From the first word that is not ASCII to the end of its line: no character is cut in two there.
_ABOVE_ASCII = re.compile(rb"[^\s\x80-\xff]{0,40}[\x80-\xff][^\n]*\n?")
_HEAD = 1000  # bytes or characters, in which a name stands
_FEWEST_WIDE = 40  # bytes, below which binary data is not taken for UTF-16
_SURE = 6.0  # nats, by which the likeliest reading leads
_SURE_OF_LATIN = 2.5  # where it has no marks that are letters of other encodings
_LATIN_MARKS = "©®°§«»"
_FEW = 1 / 200  # of all characters; so few in doubt are not worth refusing the rest
_LOST = "\N{REPLACEMENT CHARACTER}"
_FEWEST_LISTED = 6  # bytes
# A list of such letters is no words, and is taken for Latin where nothing else is sure.
_ACCENTED = (
    "àâæçèéêëîïôùûüÿœ",  # French
    "äöüßé",  # German
    "áéíñóúü¿¡ºª",  # Spanish
    "áàâãçéêíóôõúüºª",  # Portuguese
    "àèéìíòóùî",  # Italian
    "åäöæøé",  # Scandinavian, Finnish
    "áéíóúýðþæö",  # Icelandic
    "áàçèéëïíòóúüöê",  # Catalan, Dutch
)

_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w.:-]{2,40})|<\?xml[^>]{0,200}encoding\s*=\s*"""
    rb"""["']([\w.:-]{2,40})""",
    re.IGNORECASE,
)
_DECLARED_WITHIN = 4096
# What browsers read under these labels (https://encoding.spec.whatwg.org/#names-and-labels).
_LABELS = {
    "iso-8859-1": LATIN,
    "iso8859-1": LATIN,
    "latin1": LATIN,
    "us-ascii": LATIN,
    "ascii": LATIN,
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "big5": "big5hkscs",
    "x-mac-roman": "mac_roman",
}
_SEVEN_BITS = {"iso-2022-jp"}  # is valid UTF-8, and is none


class UnknownEncodingError(ValueError):
    """It cannot be told in which encoding a text is written."""


def decode(data: bytes) -> str:
    """Decode the beginning of a text, whose last character may be cut in two.

    Raises:
        UnknownEncodingError: its encoding cannot be told.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decoded(data, encoding, "replace")
    wide = _wide_encoding(data)
    if wide is not None:
        return _decoded(data, wide, "replace")
    try:
        text = _decoded(data, "utf-8", "strict")
    except UnicodeDecodeError:
        pass
    else:
        if not text.isascii() or data.isascii():  # else a last byte alone is no proof
            return text
    if _is_mostly_utf8(data):
        return _decoded(data, "utf-8", "replace")
    return _decode_legacy(data)


def decode_html(data: bytes) -> str | None:
    """Decode a page by what it declares, or else as `decode` does; None where it is UTF-8.

    Raises:
        UnknownEncodingError: its encoding cannot be told.
    """
    if any(data.startswith(mark) for mark, _ in _MARKS[1:]) or _wide_encoding(data):
        return decode(data)
    found = _DECLARED.search(data, 0, _DECLARED_WITHIN)
    label = (found[1] or found[2]).decode("ascii").lower() if found else ""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return data.decode(label, "replace") if label in _SEVEN_BITS else None
    if _is_mostly_utf8(data):
        return data.decode("utf-8", "replace")
    declared = _LABELS.get(label) or _LABELS.get(_usual(label), label)
    if declared and not declared.startswith("utf"):
        try:
            return data.decode(declared)
        except (LookupError, UnicodeError):  # no such encoding, or it is declared wrongly
            pass
    return decode(data)


def _usual(label: str) -> str:
    """Return the usual spelling of an encoding's name, such as that of `latin-1`."""
    try:
        return codecs.lookup(label).name
    except (LookupError, UnicodeError):
        return ""


def is_binary(text: str) -> bool:
    """Return whether so much of a decoded text are controls that it is none."""
    return len(_CONTROL.findall(text)) > _MOST_CONTROLS * len(text)


def _decoded(data: bytes, encoding: str, errors: str) -> str:
    return codecs.getincrementaldecoder(encoding)(errors).decode(data)


def _wide_encoding(data: bytes) -> str | None:
    """Tell UTF-16 without a mark by its zeros, which stand in every second place only.

    Even a text without Latin letters has spaces and ends of lines.
    """
    zeros = data.count(0)
    if zeros <= _MOST_CONTROLS * len(data):
        return None
    at_odd = data[1::2].count(0)
    for encoding, at_its_place in (("utf_16_le", at_odd), ("utf_16_be", zeros - at_odd)):
        if at_its_place > _ONE_SIDED * zeros:
            try:
                text = _decoded(data, encoding, "strict")
            except UnicodeDecodeError:
                return None
            return encoding if _is_plausible(text) else None
    return None


def _is_mostly_utf8(data: bytes) -> bool:
    """Return whether a text is UTF-8 but for a few slips, as where two files were joined."""
    high = sum(map(len, _HIGH_RUN.findall(data)))
    whole = sum(map(len, _UTF8_CHARACTER.findall(data)))
    return whole > _FEWEST_WHOLE and high - whole <= _SLIPS * high


def is_western(text: str) -> bool:
    """Return whether the letters of a text besides ASCII are those of one Western language."""
    accents = {character for character in text.lower() if not character.isascii()}
    return any(accents.issubset(known) for known in _ACCENTED)


def _decode_legacy(data: bytes) -> str:
    """Decode a text of before Unicode.

    Raises:
        UnknownEncodingError: no encoding is clearly the likeliest.
    """
    latin = data.decode(LATIN, errors="replace")
    if is_binary(latin):
        found = readings(data[:_ENOUGH], WIDE) if len(data) >= _FEWEST_WIDE else []
        return _decoded(data, found[0].encoding, "replace") if _is_sure(found, WIDE) else latin
    encodings = NARROW | WIDE if _FEWEST_WIDE <= len(data) <= _ENOUGH else NARROW
    found = readings(_telling(data), encodings)
    high = sum(map(len, _HIGH_RUN.findall(data)))
    few = high < _FEW * len(data) and data[:_HEAD].isascii()  # in no name, then
    if found and (_is_sure(found, encodings) or few):
        text = _decoded(data, found[0].encoding, "replace")
        if text.count(_LOST) <= _FEW * len(text):
            return text
    if high >= _FEWEST_LISTED and is_western(latin):
        return latin
    raise UnknownEncodingError("is written in an encoding that cannot be told")


def _telling(data: bytes) -> bytes:
    """Return enough of a text to tell its encoding: of a long one, what is not all ASCII."""
    if len(data) <= _ENOUGH:
        return data
    return b"".join(_ABOVE_ASCII.findall(data))[:_ENOUGH]


def _is_sure(found: Sequence[Reading], encodings: Mapping[str, Encoding]) -> bool:
    """Return whether the first reading is likely in itself, and clearly likelier than the next."""
    if not found or found[0].fit < encodings[found[0].encoding].least_fit:
        return False
    if len(found) == 1:
        return True
    best, next_best = found[:2]
    plain = all(x.isascii() or x.isalpha() or x in _LATIN_MARKS for x in best.text)
    enough = _SURE_OF_LATIN if best.encoding == LATIN and plain else _SURE
    if best.likelihood - next_best.likelihood >= enough:
        return True
    differ = list(map(operator.ne, best.text, next_best.text))
    return (
        len(best.text) == len(next_best.text)
        and sum(differ) < _FEW * len(differ)
        and not any(differ[:_HEAD])
    )


def _is_plausible(text: str) -> bool:
    """Return whether nearly all characters are assigned ones that can be seen, or end lines."""
    odd = sum(unicodedata.category(character) in ("Cn", "Co", "Cc") for character in text)
    ends = sum(map(text.count, "\n\r\t\f\x1b"))
    return odd - ends <= _MOST_CONTROLS * len(text)
