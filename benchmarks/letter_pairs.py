"""Make the table by which encodings of before Unicode are told: how letters follow one another.

It is counted in news and the web by others: pairs of letters by lingua 1.4.2 (Apache 2.0), from the
Wortschatz corpora of Leipzig University; Chinese words by jieba 0.42.1 (MIT), of which the
characters are taken. Both are only needed here:

    pip install brotli lingua-language-detector==1.4.2 jieba==0.42.1
    python benchmarks/letter_pairs.py
"""

from __future__ import annotations

import importlib.util
import json
import math
from collections import Counter
from pathlib import Path

import brotli

TABLE = Path(__file__).parents[1] / "src/renai/documents/readers/letter_pairs.json"
ALPHABETS = (
    *("ru", "uk", "bg", "be", "mk", "sr", "kk", "el", "he", "ar", "fa"),
    *("de", "fr", "es", "it", "pt", "sv", "da", "nb", "fi", "nl", "ca", "is"),
    *("ga", "sq", "eu", "af", "en"),
    *("pl", "cs", "hu", "sk", "hr", "sl", "ro", "tr", "lt", "lv", "et"),
)
RAREST = 1e-5  # of all letters of a language; what is rarer is of a foreign name
CHARACTERS = {"ja": 1500, "ko": 700, "zh-tw": 2000, "zh": 2000}
LEVELS = 31
LEVELS_A_NAT = 2.5


def main() -> None:
    """Write the table."""
    pairs = {language: letter_pairs(language) for language in ALPHABETS}
    common = {
        "ja": by_frequency(counted("ja", "unigrams")),
        "ko": by_frequency(counted("ko", "unigrams")),
        "zh": by_frequency(characters_of_words()),
        "zh-tw": by_frequency(counted("zh", "unigrams")),
    }
    table = {
        "letter pairs": pairs,
        "common characters": {x: common[x][:most] for x, most in CHARACTERS.items()},
    }
    TABLE.write_text(json.dumps(table, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def letter_pairs(language: str) -> dict[str, str]:
    """Return a row of levels for each letter, after that of the first letters of words."""
    alone, pairs = counted(language, "unigrams"), counted(language, "bigrams")
    letters = [letter for letter in by_frequency(alone) if alone[letter] >= RAREST]
    rows = {"": "".join(level(alone[letter]) for letter in letters)}
    for before in letters:
        rows[before] = "".join(level(pairs.get(before + letter, 0)) for letter in letters)
    return rows


def counted(language: str, kind: str) -> dict[str, float]:
    """Return how often each letter, or each pair after its first letter, stands."""
    folder = Path(importlib.util.find_spec("lingua").origin).parent / "language-models" / language
    model = json.loads(brotli.decompress((folder / f"{kind}.json.br").read_bytes()))
    shares = {}
    for fraction, found in model["ngrams"].items():
        times, of = map(int, fraction.split("/"))
        shares |= dict.fromkeys(found.split(), times / (of + 1))
    return shares


def characters_of_words() -> dict[str, float]:
    """Return how often each Chinese character stands, in simplified writing."""
    words = Path(importlib.util.find_spec("jieba").origin).with_name("dict.txt")
    times: Counter[str] = Counter()
    for line in words.read_text("utf-8").splitlines():
        word, count, _ = line.split()
        times.update({x: int(count) for x in word if "\u4e00" <= x <= "\u9fff"})
    return dict(times)


def by_frequency(shares: dict[str, float]) -> str:
    """Return the characters, the commonest first."""
    return "".join(sorted(shares, key=lambda letter: (-shares[letter], letter)))


def level(share: float) -> str:
    """Return a probability as one sign: `0` for 1, each next sign in ASCII for 0.4 nats less."""
    steps = round(-math.log(share) * LEVELS_A_NAT) if share else LEVELS
    return chr(ord("0") + min(LEVELS, steps))


if __name__ == "__main__":
    main()
