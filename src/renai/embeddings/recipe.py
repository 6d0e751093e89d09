"""What shapes a vector, and how the name of a text's entry is made from it.

A name contains the namespace, the recipe, the number type and the text:

- the recipe, since another model, revision, prefix or role gives another vector;
- the number type, since a vector that went through int8 is another result than the float32 one,
  and two caches of different types in one store would otherwise take turns overwriting each other;
- the text, last: all before it states its own length, so that nothing can be read in two ways;
- not the time to live, which says how long a vector is wanted and not which one it is.

Their digest is made by BLAKE2b (RFC 7693), which is as strong as SHA-256 and faster for a short
text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sized
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from renai.batching import batched
from renai.keys.canonical import encode
from renai.keys.digest import digest_bytes
from renai.keys.recipe import Key, Recipe
from renai.usage.counters import UsageKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from renai.keys.canonical import Value

_LAYER = "embedding"

EMBEDDING = f"{_LAYER}/"
"""The prefix of the names of vectors in a store."""

_AT_ONCE = 5000  # texts; more in one call would keep the interpreter from other threads for long

_REVISION = 1
"""The revision of how vectors are framed and rounded here."""

_DIGEST_BYTES = 32

_MAY_HOLD_SECRET = re.compile(
    r"://\S*[@?#]|\b\w*(password|passwd|secret|token|api[ _-]?key|authorization)\s*[=:]",
    re.IGNORECASE,
)
"""URLs with a name and password or a query, and texts in which something like a password is set."""


class EmbeddingRecipe(Recipe):
    """Every value besides the text that shapes a vector.

    This is the recipe of one step, and the only one that users make themselves; so to them it is
    `renai.Recipe`. The recipes of all steps, including this one, are a `renai.keys.recipe.Recipe`.

    Args:
        model: the name of the model, as the code that computes the vectors spells it.
        revision: the identity of the weights, such as a commit or a digest of their files; the name
            of a branch is not one. None where the model's name can only ever mean the same weights.
        role: the role of the texts for the model: `document`, `query`, or any other it knows.
            Vectors of different roles never share an entry.
        symmetric: whether the model makes no difference between roles, so that all of them share
            entries.
        **parameters: whatever else shapes a vector: dimensions, prefix, normalisation, endpoint.

    Attributes:
        called: the name by which a person knows the model; it does not shape the vector.

    Raises:
        TypeError: a value cannot be encoded.
    """

    def __init__(
        self,
        model: str,
        *,
        revision: str | None = None,
        role: str = "document",
        symmetric: bool = False,
        **parameters: Value,
    ) -> None:
        shapes: dict[str, Value] = {
            "model": model,
            "revision": revision,
            "role": "symmetric" if symmetric else role,
            **parameters,
        }
        super().__init__("embed", _REVISION, shapes)
        self.called = model

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        return f"{type(self).__name__}({shapes})"


def usage_key_of(recipe: Recipe) -> UsageKey:
    """Return the key under which the usage of a recipe's vectors is counted.

    It is written down where people read it, so there are no secrets in it.
    """
    embedder = recipe.parameters.get("embedder", "")
    return UsageKey(
        _LAYER,
        without_secrets(str(embedder)),
        without_secrets(getattr(recipe, "called", "")),
    )


def without_secrets(text: str) -> str:
    """Return a text such as a model's name as it is, or masked if it may have a secret in it."""
    return masked(text) if _MAY_HOLD_SECRET.search(text) else text


def masked(text: str) -> str:
    """Return what tells a text from others without showing it: a few digits of its digest.

    Of a URL its scheme and its host are shown as well.
    """
    digits = digest_bytes(text.encode("utf-8", "surrogatepass"))[:8]
    return f"{_host_in(text) or 'text'} ({digits})"


def _host_in(text: str) -> str:
    """Return the scheme and the host of a URL; "" for any other text."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}" if parts.scheme and host else ""


class EntryNames:
    """Makes the names of the entries of texts.

    Args:
        namespace: a name that keeps apart those who share a store and should not share vectors.
        recipe: everything besides the text that shapes the vectors.
        numbers: the type of number in which vectors are stored; `sparse` for sparse vectors.

    Attributes:
        namespace: as given.
        recipe: as given.
        numbers: as given.
        common: the digest of all that these names have in common, 64 hex digits.
    """

    def __init__(self, namespace: str, recipe: Recipe, numbers: str) -> None:
        self.namespace = namespace
        self.recipe = recipe
        self.numbers = numbers
        # The text comes last, so that what stands before it is digested only once.
        self._before = _digest_before_text(namespace, recipe.digest, numbers)
        self.common = self._before.hexdigest()

    def digest(self, text: str) -> str:
        """Return the digest in the name of a text's entry, 64 hex digits."""
        (name,) = self.of([text])
        return name.removeprefix(EMBEDDING)

    def of(self, texts: Iterable[str]) -> list[str]:
        """Return the names of the entries of texts, in the order of the texts."""
        copy, names = self._before.copy, []
        for text in texts:
            digest = copy()
            digest.update(text.encode("utf-8", "surrogatepass"))  # also lone surrogates
            names.append(EMBEDDING + digest.hexdigest())
        return names

    def keys(self, texts: Iterable[str]) -> list[Key]:
        """Return the keys of texts; the digest in a name covers both subject and recipe."""
        return [Key(name, name.removeprefix(EMBEDDING), self.recipe) for name in self.of(texts)]


def digest_in_common(namespace: str, recipe_digest: str, numbers: str) -> str:
    """Return the digest of what the names of all vectors of one recipe have in common.

    It is 64 hex digits; the arguments are those of `EntryNames`.
    """
    return _digest_before_text(namespace, recipe_digest, numbers).hexdigest()


def _digest_before_text(namespace: str, recipe_digest: str, numbers: str) -> hashlib.blake2b:
    before = encode((_LAYER, namespace, recipe_digest, numbers))
    return hashlib.blake2b(before, digest_size=_DIGEST_BYTES)


def check_texts(texts: Sequence[str]) -> Sequence[str]:
    """Return the texts if they are a collection of `str`.

    Raises:
        TypeError: a single text was given, whose letters would be embedded one by one; or
            something that is not a collection, or one with an item that is not a `str`.
    """
    if isinstance(texts, str):
        raise TypeError("texts is a list of str, and this is a single str")
    if not isinstance(texts, Sized):  # checking an iterator would use it up
        raise TypeError(f"texts is a list of str, and this is a {type(texts).__qualname__}")
    kinds: set[type] = set()
    for some in batched(texts, _AT_ONCE):
        kinds.update(map(type, some))
    for kind in kinds:
        if not issubclass(kind, str):
            raise TypeError(f"texts is a list of str, and one of them is a {kind.__qualname__}")
    return texts


def each_once(texts: Iterable[str]) -> list[str]:
    """Return the different texts, in the order in which they come first."""
    different: dict[str, None] = {}
    for some in batched(texts, _AT_ONCE):
        different.update(dict.fromkeys(some))
    return list(different)
