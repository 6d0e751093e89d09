"""Tell in which encoding a text without a mark is written, and decode it.

UTF-8 proves itself. What is no UTF-8 comes from the time before it: Latin letters with a few
accents, of which the letters themselves tell the encoding, or another script, which
charset-normalizer knows. Where neither is sure nothing is decoded, for a wrong guess is a text that
looks like one.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

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
_SLIPS = 0.1  # of the bytes above ASCII, in a text that is UTF-8 otherwise

_LATIN = "cp1252"
_WIDE = ("utf_16_le", "utf_16_be")
_NOT_LATIN = (
    *_WIDE,
    *("cp1251", "koi8_r", "koi8_u", "cp866", "gb18030", "big5hkscs"),
    *("cp932", "euc_jp", "cp949", "cp1253", "cp1255", "cp1256"),
)
_HALF_WIDTH = re.compile("[\uff61-\uff9f]")  # what nearly any bytes make in Shift-JIS
_MOST_HALF_WIDTH = 0.1
_LOST = "\N{REPLACEMENT CHARACTER}"
_FEWEST_WIDE = 40  # bytes, below which binary data is not taken for UTF-16
_FEWEST_HIGH = 4  # bytes; fewer tell no encoding
_LONG_RUN = 3  # bytes above ASCII: no Latin word has so many accents in a row
_MOST_IN_LONG_RUNS = 0.3

# Letters with accents by language, and the encodings that have them, the likelier ones first.
_WESTERN = (
    "àâæçèéêëîïôùûüÿœ",  # French
    "äöüßé",  # German
    "áéíñóúüºª",  # Spanish
    "áàâãçéêíóôõúü",  # Portuguese
    "àèéìíòóùî",  # Italian
    "åäöæøé",  # Scandinavian, Finnish
    "áéíóúýðþæö",  # Icelandic
    "áàçèéëïíòóúüöê",  # Catalan, Dutch
)
_CENTRAL = (
    "áčďéěíňóřšťúůýž",  # Czech
    "áäčďéíĺľňóôŕšťúýž",  # Slovak
    "ąćęłńóśźż",  # Polish
    "áéíóöőúüű",  # Hungarian
    "čćđšž",  # Croatian, Slovene
    "ăâîşţ",  # Romanian
)
_LANGUAGES: dict[str, tuple[str, ...]] = {
    _LATIN: _WESTERN,
    "cp1250": _CENTRAL,
    "iso8859_2": _CENTRAL,
    "cp1254": ("çğıöşüâî",),  # Turkish
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž"),  # Lithuanian, Latvian, Estonian
    "cp850": _WESTERN,
    "mac_roman": _WESTERN,
    "cp852": _CENTRAL,
}
_FITS = 0.9
_FITS_BETTER = 0.95
_BETWEEN_LETTERS = "’‘'–—…·\u00ad\u00a0"

_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w.:-]{2,40})|<\?xml[^>]{0,200}encoding\s*=\s*"""
    rb"""["']([\w.:-]{2,40})""",
    re.IGNORECASE,
)
_DECLARED_WITHIN = 4096
# What browsers read under these labels (https://encoding.spec.whatwg.org/#names-and-labels).
_LABELS = {
    "iso-8859-1": _LATIN,
    "latin1": _LATIN,
    "us-ascii": _LATIN,
    "ascii": _LATIN,
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
        return _decoded(data, "utf-8", "strict")
    except UnicodeDecodeError:
        pass
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
    declared = _LABELS.get(label, label)
    if declared and not declared.startswith("utf"):
        try:
            return data.decode(declared)
        except (LookupError, UnicodeDecodeError):  # no such encoding, or it is declared wrongly
            pass
    return decode(data)


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
    return whole > _FEWEST_HIGH and high - whole <= _SLIPS * high


def _decode_legacy(data: bytes) -> str:
    runs = [len(run) for run in _HIGH_RUN.findall(data)]
    in_long_runs = sum(run for run in runs if run >= _LONG_RUN)
    latin = data.decode(_LATIN, errors="replace")
    if is_binary(latin):
        return (len(data) >= _FEWEST_WIDE and _guess(data, _WIDE)) or latin
    if sum(runs) < _FEWEST_HIGH:
        return latin
    fit = _fit(latin, _WESTERN)
    if fit >= _FITS:
        return latin
    if in_long_runs > _MOST_IN_LONG_RUNS * sum(runs):
        return _decode_script(data)
    others = ((name, _try_decoding(data, name)) for name in _LANGUAGES if name != _LATIN)
    fits = [(_fit(text, _LANGUAGES[name]), text) for name, text in others if text is not None]
    best, text = max(fits, key=lambda pair: pair[0])  # the first of equal ones
    return text if best >= _FITS_BETTER else latin


def _decode_script(data: bytes) -> str:
    """Decode a text of another script than Latin.

    Raises:
        UnknownEncodingError: it cannot be told.
    """
    text = _guess(data, _NOT_LATIN)
    if text is None or len(_HALF_WIDTH.findall(text)) > _MOST_HALF_WIDTH * len(text):
        text = _guess(data, tuple(name for name in _NOT_LATIN if name != "cp932"))
    if text is None:
        raise UnknownEncodingError("is written in an encoding that cannot be told")
    return text


def _guess(data: bytes, encodings: tuple[str, ...]) -> str | None:
    """Decode by the likeliest of some encodings; None where none is likely."""
    from charset_normalizer import from_bytes

    end = data.rfind(b"\n") + 1  # no character is cut in two there, but in UTF-16
    whole = data if encodings is _WIDE or end <= len(data) // 2 else data[:end]
    whole = whole[: len(whole) // 2 * 2] if encodings is _WIDE else whole
    best = from_bytes(whole, cp_isolation=list(encodings)).best()
    text = "" if best is None else _decoded(data, best.encoding, "replace")
    return text if text and _LOST not in text and _is_plausible(text) else None


def _is_plausible(text: str) -> bool:
    """Return whether nearly all characters are assigned ones that can be seen, or end lines."""
    odd = sum(unicodedata.category(character) in ("Cn", "Co", "Cc") for character in text)
    ends = sum(map(text.count, "\n\r\t\f\x1b"))
    return odd - ends <= _MOST_CONTROLS * len(text)


def _try_decoding(data: bytes, encoding: str) -> str | None:
    try:
        return _decoded(data, encoding, "strict")
    except UnicodeDecodeError:
        return None


def _fit(text: str, languages: tuple[str, ...]) -> float:
    """Return how much of what is not ASCII in a text are letters of one language, 0 to 1.

    Punctuation does not count, but where it stands within a word it is a letter read wrongly.
    """
    letters = list(_accented(text))
    if not letters:
        return 1.0
    counted = {letter: letters.count(letter) for letter in set(letters)}
    return max(sum(counted.get(letter, 0) for letter in known) for known in languages) / len(
        letters
    )


def _accented(text: str) -> Iterator[str]:
    for place, character in enumerate(text):
        if character.isascii() or character in _BETWEEN_LETTERS:
            continue
        before, after = text[max(0, place - 1) : place], text[place + 1 : place + 2]
        if character == _LOST or (character.isupper() and before.islower()):
            yield _LOST
        elif character.isalpha() or (before.isalpha() and after.isalpha()):
            yield character.lower()
