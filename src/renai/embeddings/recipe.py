"""What shapes a vector, and how the entry of a text is named from it.

In a key stand the namespace, the recipe, the number type and the text:

- the recipe, since another model, revision, prefix or role gives another vector;
- the number type, since a vector that went through int8 is another result than the float32 one,
  and two caches of different types in one store would otherwise take turns overwriting each other;
- the text, last: all before it tells its own length, so that nothing can be read in two ways;
- not the time to live, which says how long a vector is wanted and not which one it is.

They are digested by BLAKE2b (RFC 7693), which is as strong as SHA-256 and takes two thirds of its
time for a short text; that is a tenth of the whole of a warm look-up.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from renai.keys.canonical import encode, utf8
from renai.keys.recipe import Key, Recipe
from renai.usage.counters import Account

if TYPE_CHECKING:
    from collections.abc import Iterable

    from renai.keys.canonical import Value

_REVISION = 1
"""Of how vectors are framed and rounded here."""

_LAYER = "embedding"
_FOLDER = f"{_LAYER}/"
_DIGEST_BYTES = 32


class EmbeddingRecipe(Recipe):
    """Every value besides the text that shapes a vector.

    Args:
        model: its name, as the one who computes knows it.
        revision: identity of the weights, such as a commit or a digest of their files; a branch
            name is none. None where the model's name can only ever mean the same weights.
        role: what the texts are to the model: `document`, `query`, or any other it knows. Vectors
            of different roles never share an entry.
        symmetric: the model makes no difference between roles, so that all of them share entries.
        **parameters: whatever else shapes a vector: dimensions, prefix, normalisation, endpoint.

    Attributes:
        called: what a person knows the model by; it shapes nothing.

    Raises:
        TypeError: a value that cannot be encoded.
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


def account_of(recipe: Recipe) -> Account:
    """Say for which account of the ledger vectors count."""
    embedder = recipe.parameters.get("embedder", "")
    return Account(_LAYER, str(embedder), getattr(recipe, "called", ""))


class EmbeddingNames:
    """Digests texts into keys, and spells keys as names in a store.

    Args:
        namespace: keeps those apart who share a store and should not share vectors.
        recipe: what shapes the vectors.
        dtype: the type of number they are stored as.
    """

    def __init__(self, namespace: str, recipe: Recipe, dtype: str) -> None:
        self._recipe = recipe
        around = (_LAYER, namespace, recipe.digest, dtype)
        # The text comes last, so what stands before it is digested once for all.
        self._before = hashlib.blake2b(encode(around), digest_size=_DIGEST_BYTES)

    def digest(self, text: str) -> str:
        """Digest what is asked for a text: 64 hex digits."""
        digest = self._before.copy()
        digest.update(utf8(text))
        return digest.hexdigest()

    def spell(self, texts: Iterable[str]) -> list[str]:
        """Name the entries of texts."""
        copy, names = self._before.copy, []
        for text in texts:  # calling `digest` for each would take a quarter longer
            digest = copy()
            digest.update(utf8(text))
            names.append(_FOLDER + digest.hexdigest())
        return names

    def keys(self, names: Iterable[str]) -> list[Key]:
        """Make keys of names; the digest in a name is that of its subject and recipe in one."""
        return [Key(name, name.removeprefix(_FOLDER), self._recipe) for name in names]
