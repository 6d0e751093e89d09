"""One spelling for values that mean the same, so that they share an entry."""

from __future__ import annotations

import re
from typing import Any

from renai.embedders.parameters import CREDENTIALS
from renai.embedders.routes import canonical_url, routing_headers

DEFAULT_DIMENSIONS = {
    "text-embedding-ada-002": 1536,
    "text-embedding-3-small": 1536,
    "text-embedding-3-large": 3072,
    "jina-embeddings-v3": 1024,
    "voyage-3-large": 1024,
    "voyage-code-3": 1024,
    "voyage-4": 1024,
    "voyage-4-large": 1024,
    "voyage-4-lite": 1024,
    "embed-v4.0": 1536,
}
"""The dimension of the vectors of models that take one, if none is given."""

_URL = re.compile("url|endpoint|host", re.IGNORECASE)


def spelled(name: str, value: Any) -> Any:
    """Return a URL without what makes no difference, and headers as digests, at any depth."""
    if isinstance(value, str) and _URL.search(name) and "://" in value:
        return canonical_url(value)
    if name.endswith(("headers", "_query")) and (isinstance(value, dict) or _are_pairs(value)):
        return routing_headers(value)
    if isinstance(value, dict):
        return {
            key: spelled(str(key), item) for key, item in value.items() if key not in CREDENTIALS
        }
    return value


def _are_pairs(value: Any) -> bool:
    if not isinstance(value, list | tuple) or not value:
        return False
    return all(isinstance(it, list | tuple) and len(it) == 2 for it in value)
