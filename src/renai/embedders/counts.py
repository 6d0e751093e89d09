"""What an answer says of its cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renai.embeddings.result import Telling


def counts_of(texts: Sequence[str], embedded: Telling) -> dict[str, Any]:
    """Return what happened to the texts of a call.

    `hits`, `misses` and `deduplicated` add up to the number of texts. Beside them stand, only if
    they are not zero, `failed`, the texts that got no vector, and `unstored`, the vectors that are
    not in the store, with an `unstored_reason`.

    Args:
        texts: the texts of the call.
        embedded: the result of the cache, with the hit or miss of each text.
    """
    hits: Sequence[bool] = embedded.hits  # type: ignore[attr-defined]
    missed: list[str] = []
    if bytes(hits).count(True) < len(texts):  # to look at each takes longer
        missed = [text for text, hit in zip(texts, hits, strict=True) if not hit]
    computed = len(set(missed))
    counts: dict[str, Any] = {
        "hits": len(texts) - len(missed),
        "misses": computed,
        "deduplicated": len(missed) - computed,
    }
    if embedded.failed:
        counts["failed"] = sum(text in embedded.failed for text in texts)
    if embedded.unstored:
        counts["unstored"] = embedded.unstored
        counts["unstored_reason"] = embedded.unstored_reason
    return counts
