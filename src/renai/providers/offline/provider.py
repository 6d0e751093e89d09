"""The provider without a model, which answers by heuristics.

What they are stands in `renai.providers.offline.heuristics`. It is imported when the first document
is read, since it takes long to load, and a run that finds everything in the cache needs none of it.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from renai.keys.digest import digest_text
from renai.providers.base import Answer, Report, unreported
from renai.providers.prices import FREE, Tariff
from renai.turns import Turns
from renai.usage.cost import Cost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renai.extraction import Extraction
    from renai.providers.schema import Metadata

MODEL = "heuristics-1"


class OfflineProvider:
    """Answers by heuristics, behind the interface of a model.

    Args:
        categories: a document whose own subject is one of these gets it.
    """

    name = "offline"
    model = MODEL
    paid = False
    sees = False
    revision = 13
    calls = 0
    holds_nothing = True  # so that a run which asks nothing is closed without an event loop

    def __init__(self, *, categories: Sequence[str]) -> None:
        self._categories = tuple(categories)
        # Threads share one interpreter lock: many at once would keep it from the event loop.
        self._one_at_a_time = Turns(1)

    def parameters(self) -> dict[str, Any]:
        """Return the categories; all else that can change an answer changes the revision."""
        return {"categories": list(self._categories)}

    def source(self, extraction: Extraction) -> str:
        """Return the digest of text, properties and print."""
        facts = extraction.facts()
        del facts["extractor"]
        return digest_text(json.dumps([extraction.text, facts], sort_keys=True, ensure_ascii=True))

    def prompt_tokens(self, characters: int, pictures: int = 0) -> int:  # noqa: ARG002
        """Return 0: no model is asked."""
        return 0

    async def price(self) -> Tariff:
        """Return that it costs nothing."""
        return FREE

    async def ask(self, extraction: Extraction, report: Report = unreported) -> Answer:  # noqa: ARG002
        """Answer off the event loop; no model is asked, so nothing is reported."""
        import asyncio  # long to import, and a run that asks nothing does without

        started = time.perf_counter()
        async with self._one_at_a_time:
            metadata = await asyncio.to_thread(_read, extraction, self._categories)
        return Answer(metadata, Cost(seconds=time.perf_counter() - started))

    async def aclose(self) -> None:
        """Do nothing: there is nothing to close."""


def _read(extraction: Extraction, categories: Sequence[str]) -> Metadata:
    from renai.providers.offline.heuristics import read

    return read(extraction, categories)
