"""The exact spelling of the names that renai gives to entries.

A cache folder may also hold what is not renai's: somebody's notes, or a whole library. What
listing, pruning, forgetting, repairing and emptying touch is recognised here; all else is left.
"""

from __future__ import annotations

import re
from functools import cache

from renai.cache.quarantine import QUARANTINE
from renai.documents.fingerprint import MEMO_FILE
from renai.metadata.unreadable import UNREADABLE_FILES

OCR_DEBUG = "ocr_debug/"
"""The prefix of the names of pages' pictures and of what OCR recognised on them."""

CHAT = "chat/"
"""The prefix of the names of chat completions that the gateway keeps."""

_DIGEST = "[0-9a-f]{64}"


def is_ours(name: str) -> bool:
    """Return whether renai gives entries such a name."""
    return _ours().fullmatch(name) is not None


@cache
def _ours() -> re.Pattern[str]:
    """Return the pattern of all names, which takes longer to compile than a small run may."""
    # So does what is imported here; a run over documents does without the layer of vectors.
    from renai.embeddings.known_recipes import RECIPES
    from renai.embeddings.lineage import LINEAGE
    from renai.embeddings.recipe import EMBEDDING

    behind_prefixes = {
        "text/": rf"{_DIGEST}_(basic|enhanced)(_mutool)?\.txt",
        "metadata/": rf"(doc|img)_{_DIGEST}_{_DIGEST}(_vision)?\.json",
        UNREADABLE_FILES: rf"{_DIGEST}_{_DIGEST}\.json",
        CHAT: rf"{_DIGEST}\.json",
        EMBEDDING: _DIGEST,
        LINEAGE: f"{_DIGEST}_{_DIGEST}",
        RECIPES: _DIGEST,
    }
    names = behind_prefixes.items()
    of_layers = "|".join(re.escape(prefix) + name for prefix, name in names)
    set_aside = "|".join(re.escape(prefix[:-1]) + "_" + name for prefix, name in names)
    return re.compile(
        rf"{of_layers}"
        rf"|{re.escape(OCR_DEBUG)}{_DIGEST}_page[0-9]+\.(jpg|json)"
        rf"|{re.escape(QUARANTINE)}({set_aside}|{re.escape(MEMO_FILE)})"
    )
