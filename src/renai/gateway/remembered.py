"""Answers that were given, for requests that come again.

What is remembered is the work, not the entries: whoever gives such an answer has the store asked
whether anybody has written since, and if so, whether it still holds the very same bytes. Else the
request is answered like any other one. Requests come from outside, so only so many bytes are kept,
and requests themselves, which contain texts, only as digests.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable

    from renai.embeddings.rows import Held
    from renai.gateway.replies import EmbeddingReply
    from renai.gateway.senders import Sender

_MOST_BYTES = 64 << 20
_AROUND = 4096  # bytes that objects take around one answer, if not less
_LARGEST_REQUEST = 1 << 16  # bytes; to digest more would hold up all other requests
_LARGEST = 1 << 18  # bytes of one answer, with its entries; for more, the rest takes longer


class RememberedAnswer(NamedTuple):
    """An answer that came from the cache alone.

    Attributes:
        cache_key: the key of the cache from which it came, among those that are open.
        held: the entries from which it was made.
        accepted_as: what the upstream has to accept before it is given.
        reply: what was sent.
    """

    cache_key: Hashable
    held: Held
    accepted_as: tuple[str, ...]
    reply: EmbeddingReply

    @property
    def size(self) -> int:
        """The bytes that it takes, roughly."""
        return len(self.reply.body) + sum(map(len, self.held.entries.values())) + _AROUND


class RememberedAnswers:
    """The answers that were given last, as far as there is room."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Hashable, RememberedAnswer] = OrderedDict()
        self._size = 0

    def find(self, sender: Sender, target: str, body: bytes) -> RememberedAnswer | None:
        """Return the answer to an equal request of an equal sender.

        Args:
            sender: who sent the request.
            target: the URL at the upstream.
            body: the body of the request.
        """
        key = _key_of(sender, target, body)
        answer = self._answers.get(key)
        if answer is not None:
            self._answers.move_to_end(key)
        return answer

    def add(self, sender: Sender, target: str, body: bytes, answer: RememberedAnswer) -> None:
        """Remember an answer, in the place of an earlier one to an equal request."""
        key = _key_of(sender, target, body)
        self._drop(key)
        if key is None or answer.size > _LARGEST:
            return
        self._answers[key] = answer
        self._size += answer.size
        while self._size > _MOST_BYTES:
            self._drop(next(iter(self._answers)))

    def forget(self, sender: Sender, target: str, body: bytes) -> None:
        """Forget the answer to an equal request of an equal sender, if there is one."""
        self._drop(_key_of(sender, target, body))

    def _drop(self, key: Hashable) -> None:
        if (answer := self._answers.pop(key, None)) is not None:
            self._size -= answer.size


def _key_of(sender: Sender, target: str, body: bytes) -> Hashable:
    """Return what equal requests have; None for one that is too large to digest it here."""
    if len(body) > _LARGEST_REQUEST:
        return None
    return sender, target, blake2b(body).digest()
