"""Names of people: told from other words, parted where several stand in one line, turned round.

"Ann Ash and Bo Birch", "Ash, Ann; Birch, Bo" and "Ann Ash、林莲枝" are two people each. Names of
properties and of the print are all read by `split_names`.
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from renai.providers.cleaning import clean_line
from renai.providers.offline.given_names import is_chinese_surname, is_given_name
from renai.providers.offline.groups import WORDS_OF_GROUPS, is_group
from renai.providers.offline.left_by_software import NOT_AN_AUTHOR
from renai.providers.offline.no_authors import is_nobody, is_periodical, is_quoted
from renai.providers.offline.not_titles import MONTH
from renai.text_cleaning import single_spaced

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_LINE = 400
_MOST_WORDS = 5
_LONGEST_NAME = 50
_ADDRESS = re.compile(
    r"<[^>]*>|[({\[][^)}\]]*(?:@|\bat\b)[^)}\]]*[)}\]]|[^\s<]+\s?@\s?\S+|(?:https?:|ww+\.)\S+"
    r"|:\s+(?:[\w-]+\.)+(?:com|org|net|edu)\b\S*"
    r"|\((?:\d|,|\s)+\)"
    r"|\s[\u2212\u2013\u2014-]\s(?=.*(?:universi|institut|hochschul|laborato|college)).*$",
    re.IGNORECASE,
)
"""What stands behind a name: where its bearer is written to, and works."""
_COPYRIGHT = re.compile(
    r"^\W*(?:copyright|\u00a9|\(c\))[\s\u00a9,]*(?:\(c\)\s*)?(?:[\d\s,\u2013-]{4,60})?(?:by\s+)?",
    re.I,
)
_LEAD = re.compile(
    r"^(?:(?:(?:revision|version|release|edition)\s[\w.]{1,12},?\s)?by|von|par|di|por|and|und|et"
    r"|(?:written|geschrieben|verfasst|\u00e9crit|escrito|scritto) (?:by|von|par|por|da)"
    r"|authors?:|autor(?:en)?:|auteurs?:)\s+",
    re.IGNORECASE,
)
_MARKS = re.compile(
    r"[*\u2020\u2021\u00a7\u00b6\u2217\u22c6\u00b9\u00b2\u00b3\u2070-\u2079\u00a9]"
    r"|(?<=[^\W\d])\d+(?:,\d+)*"
    r"|(?<!\S)[\u00a8\u00b4\u02c6\u02c7\u02dc\u00af](?!\S)"  # an accent that lost its letter
    r"|(?<=[^\W\d_])\s+[a-z](?:,\s?[a-z])*(?=\s*(?:,|$))"  # footnotes "a,b" behind a name
)
_MARK_BETWEEN = re.compile(
    r"(?<=[^\W\d_])\s?[*\u2020\u2021\u00a7\u00b6\u2217\u22c6\u00b9\u00b2\u00b3\u2070-\u2079]+\s+(?=[^\W\d_a-z])"
)
"""A footnote's mark behind a name, before the next one."""
_NUMBER_BETWEEN = re.compile(r"(?<=[^\W\d_])\s?\d(?:,\d)*(?:\s+(?=[^\W\d_a-z])|$)")
_NUMBERED = re.compile(r"[^\W\d_]\s?\d(?:,\d)*(?=[\s,;]|$)")
"""A name with a footnote's number; one alone may be a product: "Lamp3 Team"."""
_FOOTNOTE = re.compile(r"\s\d$")
"""Its number, behind the name of a group."""
_ARTICLE = re.compile(r"^the ")
_CODE_NAME = re.compile(r"\b[^\W\d_]+\d+[^\W\d_]+[\w-]*")  # "L10N-russian"
_GLUED_INITIALS = re.compile(r"(?<=\b[^\W\d_]\.)(?=[^\W\d_]{3,}\b)")  # "H.G.Muller"
_GLUED = re.compile(r"[^\W\d_]{3}[a-z][A-Z][a-z]{2}")  # "Ann AshMore articles", not "McAsh"
_BRACKETED = re.compile(r"\s*[(\[\uff08\u3010][^)\]\uff09\u3011]*[)\]\uff09\u3011]")
_STRONG = re.compile(
    r"\s*[;\u2022|/\u3001\uff0c\uff1b\uff0f]\s*|\s*\u060c\s*|(?<![\u3400-\u9fff])\s*\u00b7\s*|\s+\u00b7\s*|\u00b7\s+"
    r"|\s*,?\s+(?:and|und|et|y|e|och|og|en|i|ve|ja|\u0438|&)\s+(?=\S+\s+\S|[^\x00-\u024f])"
    r"|\s*,?\s*(?:&|\band\b)\s+(?=\S{2})",  # "Lamp & i" is one magazine
    re.IGNORECASE,
)
_COMMA = re.compile(r"\s*,\s*")
_FULL_STOP = re.compile(r"(?<=[^\W\d_]{2})(?<!\b[JS][rR])\.$")  # those of "B." and "Jr." stay
_TITLES = re.compile(
    r"^(?:dr|prof|professor|mr|mrs|ms|sir|dame|rev|(?:dr|dipl)\.-\S+|[bm]sc|ing|mag)\.?\s+", re.I
)
_DEGREES = re.compile(
    r"(?:,?\s+(?:ph\.?\s?d|m\.?\s?d|m\.?sc|b\.?sc|b\.?a|m\.?a|b\.?eng|m\.?eng|esq|mba|llm|jd"
    r"|editors?|eds?|hrsg)\.?)+$",
    re.IGNORECASE,
)
_GENERATION = re.compile(
    r",?\s+(?P<which>(?:jr|sr)\b\.?|I{2,3}\b|IV\b)(?=\s*(?:[,;]|$|and\b|&))", re.I
)
"""What tells a son from his father; in English it may stand behind a comma."""
_DAY_BEHIND = re.compile(
    rf",?\s+(?:\d{{1,2}}\S{{0,2}}\s+)?{MONTH}\s+(?:\d{{1,2}}\S{{0,2}},?\s+)?(?:19|20)\d\d$", re.I
)
_OTHERS = re.compile(r"[\s,]*\b(?:et\.?\s*al\.?|and others|u\.\s?a\.|et coll?\.)$", re.IGNORECASE)
_WORD = re.compile(
    r"^(?:[^\W\d_]\.?-?){1,4}$|^(?:[dDlLO]['\u2019]|M[ac]c?)?[^\W\d_]+(?:['\u2019-][^\W\d_]+)*\.?$"
)
_MAY_BEGIN_A_NAME = re.compile(r"(?<![^\W\d_])[^\W\d_a-z]|[\u3040-\u9fff\uac00-\ud7af]")
_SMALL_WORD = re.compile(r"(?<!\S)[a-z]+(?![^\s,;])")
_CODE = re.compile(r"[{}=\\]|'\+|''")
"""Of markup, or of a page's program that hides an address from machines."""
_MOST_SMALL_WORDS = 2
"""For each capital, as in "Ana de la Cruz y Bo"; prose has more, and takes long to part."""
_INITIAL = re.compile(r"^(?:[^\W\d_]\.-?){1,4}$")
_FULL_NAME = re.compile(r"^[^\W\d_a-z]\w{2,}")
_SHOUTED = re.compile(r"^[A-Z]{2,}$")
PARTICLES = frozenset(
    """
    al bin da das de del della der di do dos du el ibn la le ten ter van vom von y zu zur
    """.split()  # noqa: SIM905 - words read better than a list of strings
)
_ARTICLES = frozenset(
    ("das", "dem", "der", "die", "el", "la", "le", "the", "a", "an", "my", "your")
)
_NOT_NAMES = frozenset(
    """
    abstract academic academy all an analysis and annex annual any appendix applications
    approach art article association at author authors back backup basic basics book bureau
    center centre chapter choose citations class click close college commands committee company
    conference congress contents copyright corporation council data date dear debian department
    description design development dienste division document documentation draft edition editor
    editors education email engineering example examples exercise exercises faculty fax federal
    figure file first for form foundation free freie from full functions general getting gmbh go
    government group guide handbook help history home how http image in inc index information
    input installing institute international introduction issue journal key laboratory language
    law lecture legal lenguaje letter libraries library licence license liebe limited linguagem
    linux list llc ltd management manual manuals media meeting menu ministry mode model modern
    name national new next not note notes notice number numbers of office on online open options
    other output overview package packages page paper phone place press previous proceedings
    program programming programs project publication publications publisher publishers
    publishing quick read reads records reference referencia report research resources review
    rights running sample school science sciences screen search second section see sehr series
    service services signature society software solution solutions some source staff start
    starting state states statistics stopping studies study subject summary support survey
    system systems table tech technical technology tel terms test the their theory thesis third
    this title to tools topic translated tutorial tutorials united universal university unix
    untitled update user users using utilities utility version view volume web website welcome
    what windows with working works workshop world your
    """.split()  # noqa: SIM905 - words read better than a list of strings
)
_INSTITUTION = re.compile(
    r"^(?:universi|foundation$|institut|fak[u\u00fc]lt|facult|hochschul|laborato|akadem|acad"
    r"|polite[ck]|zentrum|yliopisto|egyetem|uniwersytet|univerzit|clini|klini|hospital|h\u00f4pital"
    r"|initiative$)"
    r"|(?:universit\u00e4t|institut|hochschule|f\u0151iskola|fakultet|gymnasium|verlag|arbeit"
    r"|handbuch|(?<!techn)ology|ologie|informati[ck]s?|mathemati[ck]s?|physi[ck]s|chemistry)$"
)
"""Words of where somebody works or studies, and of what."""
_HAN_NAME = re.compile(r"^[\u3400-\u9fff]{2,4}$")
_KANA_NAME = re.compile(r"^[\u3040-\u30ff\u3400-\u9fff]{1,5} [\u3040-\u30ff\u3400-\u9fff]{1,5}$")
_HAN_NAMES = re.compile(r"^[\u3400-\u9fff]{4,5}(?: [\u3400-\u9fff]{4,5})+$")
"""Full names beside each other: a surname or a given name alone is shorter."""
_HAN_WORDS = re.compile(r"^[\u3400-\u9fff]{1,4}(?:[ \u3000\u30fb\u00b7][\u3400-\u9fff]{1,4})+$")
_FOREIGN_NAME = re.compile(
    r"^(?:[\u30a1-\u30fa\u30fc]{2,}(?:[\u30fb\uff1d=][\u30a1-\u30fa\u30fc]{2,})+"
    r"|[\u3400-\u9fff]{1,6}(?:[\u30fb\u00b7][\u3400-\u9fff]{1,6})+)$"
)
"""One foreigner, between whose names stands a dot."""
_SURNAMES_OF_TWO = frozenset(
    """
    欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 东方 東方 皇甫 尉迟 尉遲 公孙 公孫 慕容 令狐 长孙 長孫
    宇文 司徒 夏侯
    """.split()  # noqa: SIM905 - words read better than a list of strings
)
_KOREAN_NAME = re.compile(
    r"^[김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민류나진지엄채원천방공현함변염여추도소석선설]"
    r"[\uac00-\ud7af]{1,2}$"
)
"""A surname of one syllable, and a given name."""


def is_name(text: str) -> bool:
    """Return whether a text can be a name: two to five capitalised words, none of them common.

    A Chinese one is two to four characters, of which the first is a surname.
    """
    if _HAN_NAME.match(text):
        return _begins_with_surname(text)
    if _KANA_NAME.match(text) or _FOREIGN_NAME.match(text):
        return True
    words = _GENERATION.sub("", text).split()
    if not 2 <= len(words) <= _MOST_WORDS or len(text) > _LONGEST_NAME:
        return False
    bare = [word.rstrip(".,").casefold() for word in words]
    if any(word in _NOT_NAMES or _INSTITUTION.search(word) for word in bare):
        return False
    if bare[-1] in PARTICLES or max(map(len, bare)) < 3:
        return False
    if words[0].casefold() in _ARTICLES:  # the initial "A." is none
        return False
    capital = [word for word in words if word[0].isupper() and _WORD.match(word)]
    return len(capital) >= 2 and all(
        word in capital or word.casefold() in PARTICLES for word in words
    )


def is_korean_name(text: str) -> bool:
    """Return whether a text can be a Korean name; on a page many other words can."""
    return _KOREAN_NAME.match(text) is not None


def is_surely_name(text: str) -> bool:
    """Return whether a name has a given name that is known, or initials, besides the surname."""
    words = _GENERATION.sub("", text).split()
    if _HAN_NAME.match(text) or _KANA_NAME.match(text):
        return True
    if any(map(is_given_name, words[:-1])):
        return True
    initials = [word for word in words[:-1] if _INITIAL.match(word)]
    return bool(initials) and not any(map(_SHOUTED.match, words))


def begins_with_article(text: str) -> bool:
    """Return whether a text begins as no name of a person does."""
    return text.split(" ", 1)[0].casefold() in _ARTICLES and " " in text


def split_names(said: str) -> tuple[str, ...]:
    """Part a text into the names in it, each with the given name first.

    Addresses, brackets, degrees and marks of footnotes go; nothing is checked, so that whoever
    calls decides what can be a name.
    """
    if is_periodical(said):
        return ()
    text = _COPYRIGHT.sub("", _CODE_NAME.sub("", single_spaced(said[:_LONGEST_LINE])))
    text = _MARK_BETWEEN.sub("; ", _ADDRESS.sub(" ", _LEAD.sub("", text)))
    if _CODE.search(text):
        return ()
    if len(_NUMBERED.findall(text)) > 1:
        text = _NUMBER_BETWEEN.sub("; ", text)
    text = _MARKS.sub(" ", text)
    text = _GLUED_INITIALS.sub(" ", text)
    text = _OTHERS.sub("", _BRACKETED.sub("", text)).strip(" ,;:")
    text = _DAY_BEHIND.sub("", text) if text[-1:].isdigit() else text
    text = _GENERATION.sub(r" \g<which>", _FULL_STOP.sub("", text))
    names: list[str] = []
    for part in _STRONG.split(text):
        for name in _of_commas(_DEGREES.sub("", part.strip(" ,;"))):
            names += _of_columns(name)
    cleaned = (clean_line(_DEGREES.sub("", _TITLES.sub("", name)).strip(" ,;:-")) for name in names)
    refused = (NOT_AN_AUTHOR, _GLUED)
    kept = (
        name
        for name in cleaned
        if name and not (is_nobody(name) or any(one.search(name) for one in refused))
    )
    return tuple(dict.fromkeys(kept))


def people_first(names: Sequence[str]) -> list[str]:
    """Return names without the institutions that people among them belong to."""
    people = [name for name in names if is_name(name)]
    places = [name for name in names if any(map(_INSTITUTION.search, name.casefold().split()))]
    kept = [name for name in names if not people or name not in places]
    before_signs = [*itertools.takewhile(is_surely_name, kept)]  # "Ann Ash, NASA"
    are_signs = all(map(_SHOUTED.match, kept[len(before_signs) :]))
    return before_signs if before_signs and are_signs else kept


@lru_cache(maxsize=1024)
def names_in(line: str) -> tuple[str, ...]:
    """Return the names in a line of print, also of groups beside people.

    There are none if any part of it is neither a name nor the institution of one. Each line of a
    first page is asked about several times.
    """
    capitals = len(_MAY_BEGIN_A_NAME.findall(line))
    if capitals < 2:  # in Chinese it may be the characters of one name
        return ()
    if len(_SMALL_WORD.findall(line)) > _MOST_SMALL_WORDS * capitals:
        return ()
    names = [] if is_quoted(line) else people_first(split_names(line))
    whole = all(is_name(name) or is_group(name) for name in names)
    return tuple(names) if whole and any(map(is_name, names)) else ()


def group_in(line: str) -> tuple[str, ...]:
    """Return the group that signs as an author, if the line is one."""
    if not any(word in line for word in WORDS_OF_GROUPS):
        return ()
    group = " ".join(_ADDRESS.sub(" ", _MARKS.sub(" ", line)).split()).rstrip(",")
    group = _FOOTNOTE.sub("", _ARTICLE.sub("The ", group))
    return (group,) if is_group(group) else ()


def _of_commas(text: str) -> list[str]:
    """Part at commas, unless they stand between a surname and a given name."""
    parts = [part for part in _COMMA.split(text) if part and not _DEGREES.fullmatch(f", {part}")]
    if len(parts) == 2 and all(map(_HAN_NAME.match, parts)):
        are_people = all(map(_begins_with_surname, parts))
        return parts if are_people else [" ".join(parts)]
    if len(parts) == 2 and _is_turned(*parts):
        return [_turned(*parts)]
    if len(parts) >= 4 and len(parts) % 2 == 0:
        pairs = list(zip(parts[::2], parts[1::2], strict=True))
        if all(_is_turned(*pair) for pair in pairs):
            return [_turned(*pair) for pair in pairs]
    return parts


def _turned(surname: str, given: str) -> str:
    """Return a name with the given name first, and "Jr." last."""
    found = _GENERATION.search(surname) or _GENERATION.search(given)
    name = f"{_GENERATION.sub('', given)} {_GENERATION.sub('', surname)}"
    return f"{name} {found['which']}" if found else name


def _of_columns(name: str) -> list[str]:
    """Part people who stand in columns beside each other: "Ann Ash Bo Birch", "A. Ash B. Birch"."""
    words = name.split()
    if _HAN_NAMES.match(name):
        return words
    if _HAN_WORDS.match(name):
        return _of_han_words(name)
    if len(words) == _MOST_WORDS and _are_two(words[2:], words[:2]):
        return [" ".join(words[:2]), " ".join(words[2:])]
    given = [is_given_name(word) for word in words]
    firsts, lasts = given[::2], given[1::2]
    # Four words may be one person's; of six and more an unknown name is one of several.
    needed = len(firsts) if len(words) == 4 else (len(firsts) + 1) // 2
    are_pairs = len(words) >= 4 and len(firsts) == len(lasts) and sum(firsts) >= needed
    if are_pairs and firsts[0] and not any(lasts) and all(map(_FULL_NAME.match, words)):
        return [" ".join(pair) for pair in zip(words[::2], words[1::2], strict=True)]
    parts: list[list[str]] = [[]]
    begun = False  # the surname of the last person
    for word, is_given in zip(words, given, strict=True):
        is_first = is_given or bool(_INITIAL.match(word))
        if begun and is_first:
            parts.append([])
        begun = not is_first and word.casefold() not in PARTICLES
        parts[-1].append(word)
    whole = all(2 <= len(part) <= _MOST_WORDS and not _begins_late(part) for part in parts)
    if len(parts) == 1 or not whole:
        return [name]
    return [" ".join(half) for part in parts for half in _halves(part)]


def _halves(words: list[str]) -> list[list[str]]:
    """Part "Ann B. Ash Cho Yun", which in a row of people are two, into these."""
    is_two = len(words) == _MOST_WORDS and _are_two(words[:3], words[3:])
    return [words[:3], words[3:]] if is_two else [words]


def _are_two(one: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether three words are a person with an initial, and two full names another."""
    first, middle, last = one
    return bool(_INITIAL.match(middle)) and all(map(_FULL_NAME.match, (first, last, *other)))


def _of_han_words(said: str) -> list[str]:
    """Part Chinese people, or leave a Japanese one whole; nobody where it cannot be told.

    Two words are a surname and a given name, unless both begin with a Chinese surname. Then words
    of three characters are people, and so are shorter ones in characters that only China has.
    """
    words = re.split(r"[ \u3000\u30fb\u00b7]", said)
    may_be_people = all(len(word) > 1 and _begins_with_surname(word) for word in words)
    if may_be_people and (min(map(len, words)) > 2 or not _can_be("cp932", said)):
        return words
    is_dotted = " " not in said and "\u3000" not in said
    is_foreign = is_dotted and not may_be_people
    is_japanese = not (_can_be("gb2312", said) or _can_be("big5", said))
    return [said] if is_foreign or (len(words) == 2 and (is_japanese or not may_be_people)) else []


def _begins_with_surname(word: str) -> bool:
    return is_chinese_surname(word[0]) or word[:2] in _SURNAMES_OF_TWO


def _can_be(encoding: str, text: str) -> bool:
    """Return whether a country's old character set has all characters, less what parts them."""
    try:
        re.sub(r"[\s\u00b7\u30fb]", "", text).encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _begins_late(words: Sequence[str]) -> bool:
    """Return whether a name begins neither with a given name nor with an initial."""
    return not (is_given_name(words[0]) or _INITIAL.match(words[0]))


def _is_turned(surname: str, given: str) -> bool:
    """Return whether these are a surname and a given name rather than two people."""
    whole = _GENERATION.sub("", surname).split()
    of_surname = [word for word in whole if word.casefold() not in PARTICLES]
    words = _GENERATION.sub("", given).split()
    if not 1 <= len(words) <= 3 or _DEGREES.match(f", {given}"):
        return False
    if len(of_surname) == 1:
        return all(word[0].isupper() or not word[0].isascii() for word in words)
    if of_surname and is_given_name(
        of_surname[0]
    ):  # "Ann van Ash, Bo" is two people, one of them torn
        return False
    return all(map(_INITIAL.match, words)) or (len(words) == 1 and is_given_name(words[0]))
