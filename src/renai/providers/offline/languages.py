"""The language of a text, told by its small words: which language's are most of them.

The words are those that make up every text whatever it is about. A text that mixes languages, or
has few of these words, has no language here.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from renai.providers.offline.candidate import Candidate

if TYPE_CHECKING:
    from collections.abc import Iterator

_SMALL_WORDS = {
    "cs": "a se na je že v s z do pro ve i to za by jsou ale jako které který není po jsem také",
    "da": "og i at det er en til af på for med som den de ikke der var et fra har kan eller vi om",
    "de": "der die und den von zu das mit sich auf für ist dem nicht ein eine als er es war aus",
    "en": "the of and to in a is that for it as was with be by on not this are or from at an which",
    "es": "de la que el en y a los se del las un por con no una su para es al lo como más o pero",
    "fi": "ja on ei se että oli hän en ovat mutta tai joka kun niin myös sen kuin voi jos ole tämä",
    "fr": "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se avec",
    "hu": "a az és hogy nem is egy van ez meg de csak volt mint vagy már még ha azt el kell lehet",
    "it": "di e il la che in un a per è una sono del si non con le da i dei come nel della alla",
    "nl": "de en van het een in is dat op te zijn voor met niet die aan er ook als bij door worden",
    "pl": "i w na z do się nie jest to że o jak ale po co tak za od jego przez czy są oraz dla lub",
    "pt": "de a o que e do da em um para com não uma os no se na por mais as dos como mas ao ele é",
    "sv": "och i att det som en på är av för med till den har de inte om ett men var sig kan eller",
    "ru": "и в не на что я с он как это по но к у из за от так же для то бы о его или при",
}
_LANGUAGES: dict[str, tuple[str, ...]] = {}
for _language, _words in _SMALL_WORDS.items():
    for _word in _words.split():
        _LANGUAGES[_word] = (*_LANGUAGES.get(_word, ()), _language)

TOLD_BY_WORDS = 0.8
_WORD = re.compile(r"[^\W\d_]+")
_FEWEST_KINDS = 6
"""Different small words of the language."""
_SMALLEST_SHARE = 0.15
"""Of all words; prose has about twice as many."""
_LEAD = 1.5
"""Times as many as of the next language."""
_QUOTED = 8
"""Words in the evidence."""


def in_text(text: str) -> Iterator[Candidate[str]]:
    """Propose the ISO 639-1 code of a text's language, if its small words are clearly of one."""
    words = Counter(_WORD.findall(text.casefold()))
    counts: Counter[str] = Counter()
    kinds: dict[str, list[str]] = {}
    for word, times in words.most_common():
        for language in _LANGUAGES.get(word, ()):
            counts[language] += times
            kinds.setdefault(language, []).append(word)
    (first, most), (_, next_most) = [*counts.most_common(2), ("", 0), ("", 0)][:2]
    if (
        most >= _SMALLEST_SHARE * words.total()
        and most >= _LEAD * next_most
        and len(kinds.get(first, ())) >= _FEWEST_KINDS
    ):
        yield Candidate(first, TOLD_BY_WORDS, " ".join(kinds[first][:_QUOTED]))
