"""The title on the page: the print that looks most like one.

Size counts first. What also counts is where a block stands, what follows it (people, an address, a
date), and what its words are: those of an imprint, an institution or a part of every book are none.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from renai.providers.cleaning import clean_line
from renai.providers.offline import certainty
from renai.providers.offline.candidate import Candidate
from renai.providers.offline.names import group_in, is_surely_name, names_in
from renai.providers.offline.not_titles import (
    FRONT_MATTER,
    NOT_A_SUBTITLE,
    NUMBERED,
    is_no_title,
)
from renai.providers.offline.stand_ins import is_stand_in
from renai.providers.offline.typography import Block, blocks_of, body_size, joined
from renai.providers.offline.vague_titles import is_vague
from renai.text_cleaning import words_of, words_of_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from renai.extraction import Extraction, Line

_LONGEST = 250
_PAGE_WIDTH = 650.0
_CHARACTER_WIDTH = 0.4
"""Of its type size; narrower than any face, so that only impossible lines are left out."""
_FOOTNOTE_MARK = re.compile(r"(?:\s*[*\u2020\u2021\u00a7\u00b6\u2217\u22c6\u204e])+(?=$|\s|,)")
_VERSION_AT_END = re.compile(
    r"[\s,]+(?:\d+\.|(?i:version|release)\s*\d|v\.?\s?\d+\.)[\d./-]*(?: ?[a-z])?$"
)
_DIGIT_AT_END = re.compile(r"(?<=[^\W\d_]{3})[1-9]$")
_ABOUT_IT = re.compile(
    r"\w@\w|\bversion\b|\bv\.?\s?\d|\b(?:19|20)\d\d\b|^(?:by|von|par|di|por)\b", re.IGNORECASE
)
_LINES_AFTER = 5
_SHORT = 8
_SEVERAL_PAGES = 4
_MOST_WORDS = 14
_LOW = 0.5
_KIND_OF_WORK = re.compile(
    r"\b(?:package|manual|guide|handbook|documentation|reference|tutorial|introduction|report|class"
    r"|bundle|library|course|lectures?|notes|primer|faq|how-?to|overview|user'?s|language|system"
    r"|paket|handbuch|anleitung|einf\u00fchrung|dokumentation|manuel|guide|documentation|introduction"
    r"|manuale?|gu\u00eda|guida|gids|handleiding|podr\u0119cznik|p\u0159\u00edru\u010dka)\b"
    r"|\u624b\u518c|\u6559\u7a0b|\u30de\u30cb\u30e5\u30a2\u30eb|\u30ac\u30a4\u30c9|\u0440\u0443\u043a\u043e\u0432\u043e\u0434\u0441\u0442\u0432\u043e",
    re.IGNORECASE,
)
_FEW_WORDS = 7
_MOST_FROM_WHAT_FOLLOWS = 0.35
_MOST_SUBTITLE_LINES = 3
_MOST_LEAD = 0.6
INTERCEPT = -7.21
COEFFICIENTS = {
    "weight": 2.00,
    "lead": 1.43,
    "stands out": 0.81,
    "people follow": 2.14,
    "people near": 0.41,
    "kind of work": 0.55,
    "said again": 0.40,
    "several words": 1.22,
    "several pages": 0.16,
    "one page": -0.98,
    "a line ends early": -1.83,
    "more print below": 0.54,
    "low": -0.75,
    "a sentence": -0.48,
    "begins all": 1.67,
}
"""Of a logistic regression over PDFs of strangers that were labelled by hand, and over PDFs whose
embedded title was hidden: `benchmarks/print_weights.py` fits them.
"""
SUREST = 0.96
"""Print alone is less sure than print and a property that says the same."""
_SUREST_IF_TORN = 0.6
_SUREST_IF_VAGUE = 0.5
_ONE_CHAPTER = re.compile(
    r"^(?:chapter|kapitel|chapitre|cap[i\u00ed]tulo|capitolo|appendix|anhang)\s+(?:\d+|[ivxlc]+)\b",
    re.IGNORECASE,
)
"""A chapter that has a file of its own, or the first one of a work without a title page."""
_MASTHEAD = 0.1
_FAR_LARGER = 2.0
_NEARLY_AS_LARGE = 0.8
_LARGER_THAN_TEXT = 1.2
_EDGE = 0.08
_WORDS_OF_RUNNING_HEAD = 2
"""Places as fractions of a page's height, and ratios of type sizes."""
_SEVERAL_WORDS = re.compile(r"\b[^\W\d_]*[a-zà-ÿ]{3}[A-ZÀ-Þ][a-zà-ÿ]{2,}[^\W\d_]*\b")
_PARTS_OF_WORD = re.compile(r"[A-ZÀ-Þ]?[a-zà-ÿ]+")
_SHORTEST_PART = 4
_GAP_TO_SUBTITLE = 4.5
"""In type sizes."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A block of print that can be a title.

    Attributes:
        words: its words as a title has them.
        block: where it stands.
        weight: how much it looks like a title, in points.
        lead: by how many points more than the next one, or than any before it.
    """

    words: str
    block: Block
    weight: float
    lead: float


class Print:
    """The print of a document's first pages: what can be the title, and how likely it is.

    To look at a block closely takes long, and is done for the one that is asked about.

    Args:
        extraction: of the document.

    Attributes:
        candidates: the blocks that can be a title, the likeliest first.
    """

    def __init__(self, extraction: Extraction) -> None:
        self._extraction = extraction
        self._body = body_size(extraction.lines)
        self._blocks = blocks_of(extraction.lines)
        self.candidates = list(self._candidates())

    def _candidates(self) -> Iterator[Printed]:
        lines, body = self._extraction.lines, self._body
        blocks = [block for block in self._blocks if can_be_title(block)]
        repeated = Counter(line.text.casefold() for line in lines)
        largest = max((block.size for block in blocks), default=0.0)
        looks = [(_looks(one, largest, body, repeated[one.text.casefold()]), one) for one in blocks]
        near = max((weight for weight, _ in looks), default=0.0) - _MOST_FROM_WHAT_FOLLOWS
        weighed = [
            (weight + (_what_follows(block, lines) if weight >= near else 0.0), block)
            for weight, block in looks
        ]
        weighed.sort(key=lambda one: -one[0])
        for place, (weight, block) in enumerate(weighed):
            words = clean_line(_without_version(_without_marks(block, lines), lines))
            if words is not None:
                others = [other for other, _ in weighed[:place] + weighed[place + 1 : place + 2]]
                yield Printed(words, block, weight, max(0.0, weight - max(others, default=0.0)))

    def title(self) -> Candidate[str] | None:
        """Return the likeliest title, with how likely it is; None without any."""
        if not self.candidates:
            return None
        first = self.candidates[0]
        return Candidate(first.words, self._certainty(first), first.block.text)

    def subtitle(self, title: Printed) -> Candidate[str] | None:
        """Return the subtitle of a title, if what stands below it can be one."""
        return _subtitle(title.block, self._blocks, self._body)

    def signs(self, one: Printed) -> dict[str, float]:
        """Return the features by which a block is judged, those of `COEFFICIENTS`."""
        block = one.block
        larger = block.size / self._body - 1.0 if self._body else 0.0
        return {
            "weight": one.weight,
            "lead": min(one.lead, _MOST_LEAD),
            **_signs(one.words, block, self._extraction),
            "stands out": min(1.0, max(0.0, larger)),
            "more print below": self.subtitle(one) is not None,
            "begins all": block.first == 0,
        }

    def _has_rival(self, block: Block) -> bool:
        """Return whether another title of nearly the same size follows, or the title goes on there.

        One of two titles is a slogan.
        """
        following = next((other for other in self._blocks if other.first == block.after), None)
        return (
            following is not None
            and following.page == block.page
            and _NEARLY_AS_LARGE * block.size <= following.size <= block.size
            and (following.size < block.size or _goes_on(following.text))
            and " " in following.text
            and can_be_title(following)
            and not (names_in(following.text) or NUMBERED.match(following.text))
            and not (FRONT_MATTER.search(following.text) or NOT_A_SUBTITLE.search(following.text))
        )

    def is_doubted(self, one: Printed) -> bool:
        """Return whether a block is doubted for what it says or what stands by it."""
        return self._most(one) < 1.0

    def _most(self, one: Printed) -> float:
        """Return how certain a block can be at most."""
        block = one.block
        is_torn = _is_torn(one.words, self._extraction.text)
        if is_torn or _is_masthead(block, self._blocks, self._body) or self._has_rival(block):
            return _SUREST_IF_TORN
        return _SUREST_IF_VAGUE if is_vague(one.words) or _ONE_CHAPTER.match(one.words) else 1.0

    def _certainty(self, one: Printed) -> float:
        chance = certainty.of_print(_chance(self.signs(one)))
        return min(chance, self._most(one))


def _goes_on(text: str) -> bool:
    """Return whether a line goes on with what stands above it."""
    return text[0] == "(" or text[0].islower()


def _is_torn(title: str, text: str) -> bool:
    """Return whether a title has a word that seems to be several, and stands nowhere else.

    Where letters are set wide or close, the spaces between words are read wrongly. "PowerShell" is
    one word; but where its parts stand in the text by themselves, and it does not, it is a doubt.
    """
    for word in _SEVERAL_WORDS.findall(title):
        parts = [part for part in _PARTS_OF_WORD.findall(word) if len(part) >= _SHORTEST_PART]
        apart = any(re.search(rf"\b{re.escape(part)}\b", text, re.IGNORECASE) for part in parts)
        if text.count(word) <= 1 and apart:
            return True
    return False


def _is_masthead(block: Block, every: Sequence[Block], body: float) -> bool:
    """Return whether one word heads the first page, far larger than a line of words below it.

    So a series, a maker or a site puts its mark above the titles of all its works.
    """
    if " " in block.text or block.page or block.top > _MASTHEAD or block.first:
        return False
    return any(
        other.page == 0
        and body * _LARGER_THAN_TEXT <= other.size <= block.size / _FAR_LARGER
        and (" " in other.text and can_be_title(other) and not names_in(other.text))
        for other in every
    )


def can_be_title(block: Block) -> bool:
    """Return whether a block's words can be a title at all."""
    if not 3 <= block.characters <= _LONGEST:
        return False
    if not 0.0 < block.size < math.inf:  # nobody sees it, or the file is made to mislead
        return False
    text = block.text
    if is_no_title(text):
        return False
    if is_stand_in(text) or not _has_letters(text) or _is_running_head(block):
        return False
    # A line too long for the page at its size has one large initial, and is no large print.
    return all(len(x.text) * x.size * _CHARACTER_WIDTH <= _PAGE_WIDTH for x in block.lines)


def _is_running_head(block: Block) -> bool:
    """Return whether this is a word at the edge of a page, with the page's number behind it."""
    is_short = block.text.count(" ") < _WORDS_OF_RUNNING_HEAD
    return is_short and block.top < _EDGE and block.text.endswith(f" {block.page + 1}")


def _has_letters(text: str) -> bool:
    return sum(map(str.isalpha, text)) >= max(3, len(text) / 2)


def _looks(block: Block, largest: float, body: float, times: int) -> float:
    """Return how much a block by itself looks like a title, in points; a plain one has about 2."""
    text = block.text
    weight = block.size / largest
    weight += 0.5 * min(1.0, max(0.0, (block.size / body - 1.0) / 0.4)) if body else 0.0
    weight += 0.4 if block.page == 0 else 0.0
    weight += 0.1 if block.top < 0.6 else 0.0
    weight += 0.15 if " " in text else 0.0
    weight += 0.1 if block.lines[0].bold else 0.0
    weight -= 0.5 if NUMBERED.match(text) else 0.0
    weight -= 0.6 if text.count(" ") < _FEW_WORDS and FRONT_MATTER.search(text) else 0.0
    weight -= 0.4 if names_in(text) else 0.0
    weight -= 0.8 if times > 2 and " " not in text else 0.0  # a mark that stands everywhere
    return weight


def _what_follows(block: Block, lines: Sequence[Line]) -> float:
    """Return points for people, and for an address or a date, close below."""
    following = [line.text for line in lines[block.after : block.after + _LINES_AFTER]]
    people = 0.25 if any(map(names_in, following)) else 0.0
    return people + (0.1 if any(map(_ABOUT_IT.search, following)) else 0.0)


def _signs(title: str, block: Block, extraction: Extraction) -> dict[str, float]:
    """Return the features that tell whether a block is the whole title and nothing else."""
    lines = extraction.lines
    after = [line.text for line in lines[block.after : block.after + _LINES_AFTER]]
    text, words = f" {words_of_whole(extraction.text)} ", f" {words_of(title)} "
    pages = extraction.pages or 1
    return {
        "people follow": bool(after and _people_in(after[0])),
        "people near": any(map(_people_in, after[1:])),
        "kind of work": _KIND_OF_WORK.search(title) is not None,
        "said again": len(words) > _SHORT and text.count(words) > 1,
        "several words": " " in title,
        "several pages": pages >= _SEVERAL_PAGES,
        "one page": pages == 1,
        "a line ends early": _ends_early(block),  # what follows may be a subtitle
        "low": block.top > _LOW,
        "a sentence": title[-1] in ".,;:"
        or title[0] in "-\u2013\u2014"
        or title[0].islower()
        or title.count(" ") > _MOST_WORDS,
    }


def _people_in(line: str) -> bool:
    return bool(group_in(line)) or (
        bool(names := names_in(line)) and all(map(is_surely_name, names))
    )


def _chance(signs: Mapping[str, float]) -> float:
    logit = INTERCEPT + sum(COEFFICIENTS[name] * value for name, value in signs.items())
    return min(SUREST, 1 / (1 + math.exp(-logit)))


def _ends_early(block: Block) -> bool:
    """Return whether a line ends though the next one's first word had room on it."""
    texts = [line.text for line in block.lines]
    room = 0.9 * max(map(len, texts))
    return any(
        len(text) + 1 + len(following.split(" ", 1)[0]) < room
        for text, following in itertools.pairwise(texts)
    )


def _without_marks(block: Block, lines: Sequence[Line]) -> str:
    """Return a block's words without footnote marks; a digit is one if a footnote has it."""
    text = _FOOTNOTE_MARK.sub("", block.text)
    digit = _DIGIT_AT_END.search(text)
    if digit is None:
        return text
    footnotes = [x for x in lines if x.page == block.page and x.top > 0.5 and x.size < block.size]
    taken_up = any(
        x.text.startswith(digit[0]) and not x.text[1:2].isdigit() and x.text[1:2] != "."
        for x in footnotes
    )
    return text[: digit.start()] if taken_up else text


def _without_version(text: str, lines: Sequence[Line]) -> str:
    """Return a title without a version: a number at its end that another line leaves out."""
    found = _VERSION_AT_END.search(text)
    if found is None:
        return text
    rest = text[: found.start()]
    return rest if any(line.text.casefold() == rest.casefold() for line in lines) else text


def _subtitle(title: Block, blocks: Sequence[Block], body: float) -> Candidate[str] | None:
    """Return the block below a title if it is smaller, near, and no date, version or person."""
    following = next((block for block in blocks if block.first == title.after), None)
    if following is None or following.page != title.page or not can_be_title(following):
        return None
    last = title.lines[-1]
    gap = (following.top - last.top) * last.page_height / max(last.size, 1.0)
    if not 0 < gap <= _GAP_TO_SUBTITLE:
        return None
    if following.size > title.size * 1.01 or following.size < body * 0.99:
        return None
    before_people = itertools.takewhile(lambda line: not names_in(line.text), following.lines)
    lines = [line.text for line in before_people]
    text = joined(lines)
    if not 0 < len(lines) <= _MOST_SUBTITLE_LINES:
        return None
    if NOT_A_SUBTITLE.search(text) or text.endswith("."):
        return None
    words = clean_line(_FOOTNOTE_MARK.sub("", text))
    return Candidate(words, 0.6, text) if words else None
