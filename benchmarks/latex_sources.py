r"""What a LaTeX document says of itself in its source: `\title` and `\author`, as they are printed.

Only what is plain counts: markup that is not understood leaves no label, and a name must look like
one. Whether it is so printed is for the caller to see.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from offline_truth import names
from renai.providers.schema import Metadata

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = (".tex", ".ltx", ".dtx", ".Rnw")
"""Of sources that stand beside what is made of them."""

_COMMENT = re.compile(r"(?<!\\)%.*")
_MACRO = re.compile(r"\\(?:re)?newcommand\*?\s*\{?(\\[A-Za-z]+)\}?\s*\{|\\def\s*(\\[A-Za-z]+)\s*\{")
_ASIDE = re.compile(
    r"\\(?:thanks|footnote|footnotemark|href|url|email|mail|nolinkurl|vspace|hspace|label|index"
    r"|includegraphics|orcid|orcidlink|inst|affil|institute|ref|cite|color)\*?"
    r"\s*(?:\[[^\]]*\])?\{[^{}]*\}"
)
_ACCENTS = {
    "`": "\u0300",
    "'": "\u0301",
    "^": "\u0302",
    "~": "\u0303",
    '"': "\u0308",
    "=": "\u0304",
    ".": "\u0307",
    "v": "\u030c",
    "c": "\u0327",
    "u": "\u0306",
    "H": "\u030b",
    "k": "\u0328",
    "r": "\u030a",
}
_ACCENT = re.compile(
    r"\\(?:([`'^~\"=.])\s*|([vcuHkr])(?:\s+|(?=\{)))(?:\{\\?([A-Za-z])\}|\\?([A-Za-z]))"
)
_LETTERS = {
    "ss": "\u00df",
    "o": "\u00f8",
    "O": "\u00d8",
    "l": "\u0142",
    "L": "\u0141",
    "ae": "\u00e6",
    "AE": "\u00c6",
    "aa": "\u00e5",
    "AA": "\u00c5",
    "i": "i",
    "j": "j",
    "oe": "\u0153",
    "LaTeX": "LaTeX",
    "LaTeXe": "LaTeX2\u03b5",
    "TeX": "TeX",
    "XeLaTeX": "XeLaTeX",
    "XeTeX": "XeTeX",
    "LuaTeX": "LuaTeX",
    "LuaLaTeX": "LuaLaTeX",
    "BibTeX": "BibTeX",
    "pdfTeX": "pdfTeX",
    "ConTeXt": "ConTeXt",
    "MF": "METAFONT",
    "MP": "METAPOST",
    "texttrademark": "",
    "textregistered": "",
    "textendash": "-",
    "textemdash": "-",
    "textbackslash": "\\ ",
    "ldots": "...",
    "dots": "...",
    "copyright": "",
    "slash": "/",
}
_LETTER = re.compile(r"\\([A-Za-z]+)(?![A-Za-z])\s*(?:\{\})?")
_INNER = re.compile(r"\\[A-Za-z@]+\*?\s*(?:\[[^\]]*\])?(?:\{([^{}]*)\})?")
_GROUP = re.compile(r"(\\[A-Za-z@]+\*?\s*(?:\[[^\]]*\])?\{[^{}]*\})|\{([^{}]*)\}")
_NOTE = re.compile(r"\\(?:thanks|footnote|tnote|tnoteref|footnotemark)\s*(?:\[[^\]]*\])?\{")
_DEPTH = 8
_SMALLER = re.compile(r"\\(?:Large|large|normalsize|small|footnotesize)(?![A-Za-z])")
_BREAK = re.compile(r"\\\\\*?\s*(?:\[[^\]]*\])?|\\newline\b|\\linebreak\b")
_ABOUT_IT = re.compile(
    r"^\W*(?:v\.?|version|release|rev(?:ision)?|draft|edition|\u00a9|copyright|for version)?\W*"
    r"(?:\d|$)|\b(?:19|20)\d\d\b|@|^\W*(?:by|version|v)\b",
    re.IGNORECASE,
)


def truth_of_source(path: Path) -> Metadata | None:
    """Return the title, what is set smaller below it as a subtitle, and the authors.

    Args:
        path: of the source.

    Returns:
        None where there is no title, or its markup is not understood.
    """
    raw = path.read_bytes()
    try:
        source = raw.decode()
    except UnicodeDecodeError:
        source = raw.decode("latin-1")
    source = "\n".join(_COMMENT.sub("", line) for line in source.splitlines())
    macros = _macros(source)
    title, authors = (_argument_of(source, name, macros) for name in ("title", "author"))
    if title is None or not (lines := _title_lines(_without_notes(title))):
        return None
    people = [] if authors is None else _people(_without_notes(authors))
    return Metadata(title=lines[0], subtitle=lines[1] or None, authors=tuple(people))


def _macros(source: str) -> dict[str, str]:
    found = {}
    for macro in _MACRO.finditer(source):
        name = macro[1] or macro[2]
        if name not in (r"\title", r"\author"):
            found[name] = _balanced(source, macro.end())
    return found


def _argument_of(source: str, command: str, macros: dict[str, str]) -> str | None:
    places = list(re.finditer(rf"\\{command}\s*(?:\[[^\]]*\])?\s*\{{", source))
    if not places:
        return None
    argument = _balanced(source, places[-1].end())
    for _ in range(3):
        for name, value in macros.items():
            argument = re.sub(
                rf"{re.escape(name)}(?![A-Za-z])\s*(?:\{{\}})?",
                lambda _, value=value: value,
                argument,
            )
    return argument


def _balanced(source: str, start: int) -> str:
    depth = 1
    for place in range(start, min(len(source), start + 2000)):
        depth += (source[place] == "{") - (source[place] == "}")
        if depth == 0:
            return source[start:place]
    return "\\unbalanced "


def _without_notes(markup: str) -> str:
    while note := _NOTE.search(markup):
        held = _balanced(markup, note.end())
        markup = markup[: note.start()] + markup[note.end() + len(held) + 1 :]
    return markup


def _title_lines(markup: str) -> tuple[str, str] | None:
    """Return the title and what is set smaller below it; None where markup is not understood."""
    title: list[str] = []
    below: list[str] = []
    for part in _BREAK.split(markup):
        line = _plain(_SMALLER.sub("", part))
        if line is None:
            return None
        if not line or (title and _ABOUT_IT.search(line)):
            continue
        if title and (below or _SMALLER.search(part)):
            below.append(line)
        else:
            title.append(line)
    said = " ".join(title)
    return (said, " ".join(below)) if said[:1].isalnum() else None


def _people(markup: str) -> list[str]:
    """Return the names; none at all where one part before the first address is no name."""
    people: list[str] = []
    for part in re.split(r"\\(?:and|And|AND)(?![A-Za-z])", markup):
        first = next(filter(None, map(_plain, _BREAK.split(part))), None)
        if first is None:
            return []
        found = list(names(first))
        if not found:
            return []
        people += found
    return list(dict.fromkeys(people))


def _plain(markup: str) -> str | None:
    """Return markup as it is printed; None where that cannot be told."""
    text = markup.replace("~", " ").replace("\\,", "").replace("\\ ", " ").replace("\\@", "")
    text = text.replace("$", "").replace("---", "-").replace("--", "-")
    text = re.sub(r"\\([&_%#])", r"\1", text)
    for _ in range(_DEPTH):
        before = text
        text = _ACCENT.sub(_accented, _ASIDE.sub("", text))
        text = _LETTER.sub(lambda one: _LETTERS.get(one[1], one[0]), text)
        text = _GROUP.sub(lambda group: group[1] or group[2], text)
        text = _INNER.sub(lambda command: command[1] or "", text)
        if text == before:
            break
    text = " ".join(text.replace("\\/", "").split())
    return None if re.search(r"[\\{}^]", text) else text


def _accented(found: re.Match[str]) -> str:
    letter = found[3] or found[4]
    return unicodedata.normalize("NFC", letter + _ACCENTS[found[1] or found[2]])
