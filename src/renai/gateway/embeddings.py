"""Requests for embeddings, answered from a cache as far as it goes.

What is missing is asked of the upstream with the caller's own headers, in one request; what came in
is stored before anything else happens, so that a client which leaves loses nothing for others.
"""

from __future__ import annotations

import logging
from collections import Counter, OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import numpy as np

from renai.cache.base import Unstored
from renai.cache.reservation import hop
from renai.embedders.counts import counts_of
from renai.embeddings.computed import as_vectors
from renai.embeddings.recipe import EMBEDDING, EntryNames, without_secrets
from renai.embeddings.rows import Embedded
from renai.errors import StoreError, VectorError
from renai.gateway.call import Call
from renai.gateway.embedding_request import read_answer, recipe_of
from renai.gateway.messages import UPSTREAM_MAKES, sent_upstream
from renai.gateway.remembered import RememberedAnswer, RememberedAnswers
from renai.gateway.replies import OWN_HEADERS, EmbeddingReply, GatewayError, embedding_list
from renai.gateway.upstream import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from renai.embeddings.cache import EmbeddingCache
    from renai.embeddings.recipe import EmbeddingRecipe
    from renai.gateway.acceptance import Acceptance
    from renai.gateway.embedding_request import EmbeddingRequest
    from renai.gateway.metrics import GatewayMetrics
    from renai.gateway.model_prices import ModelPrices
    from renai.gateway.senders import Sender
    from renai.gateway.upstream import Answer, Upstream
    from renai.gateway.vector_caches import VectorCaches

_log = logging.getLogger("renai")

_REFUSED_REQUEST = (400, 415, 422)
_MOST_MODELS = 1000
_PASSED_ON = (b"x-", b"openai-", b"retry-after")
_MANY_NUMBERS = 1 << 17  # of an answer that is written by another thread
_SMALL = 1 << 15  # bytes of an answer that is read at once, without another thread


class MistakenError(Exception):
    """The upstream's answer is not what was asked for.

    Args:
        request: what identifies the request to which it was given.
        reason: what is wrong with it.
    """

    def __init__(self, request: object, reason: str) -> None:
        super().__init__(reason)
        self.request = request


class OtherModelError(MistakenError):
    """The upstream's vectors have another dimension than those of this model had.

    Args:
        request: what identifies the request to which they were given.
        vectors: the vectors, by their texts.
    """

    def __init__(self, request: object, vectors: Mapping[str, Any]) -> None:
        super().__init__(request, "the vectors have another dimension than those before")
        self.vectors = dict(vectors)


@dataclass(frozen=True, slots=True)
class EmbeddingCall(Call):
    """A request for embeddings on its way.

    Attributes:
        request: what is asked.
    """

    request: EmbeddingRequest

    @property
    def recipe(self) -> EmbeddingRecipe:
        """Everything besides the inputs that shapes the vectors."""
        return recipe_of(self.request, self.sender, self.endpoint)

    def digests(self) -> list[str]:
        """Return the digest of each input as a cache would know it, 64 hex digits."""
        names = EntryNames(self.sender.namespace, self.recipe, "float32")
        return [name.removeprefix(EMBEDDING) for name in names.of(self.request.inputs.texts)]

    @property
    def identity(self) -> object:
        """What only an equal request of an equal caller has."""
        request = self.request
        return (
            self.accepted_as,
            request.inputs.kind,
            tuple(request.inputs.texts),
            request.shape.as_json,
        )


class CachedEmbeddings:
    """Answers requests for embeddings.

    Args:
        upstream: the endpoint that is asked for what is missing.
        caches: the caches of vectors.
        acceptance: whose keys the upstream has accepted.
        prices: what the upstream's models cost.
        metrics: count what happens.
    """

    def __init__(
        self,
        upstream: Upstream,
        caches: VectorCaches,
        acceptance: Acceptance,
        prices: ModelPrices,
        metrics: GatewayMetrics,
    ) -> None:
        self._upstream = upstream
        self._caches = caches
        self._acceptance = acceptance
        self._prices = prices
        self._metrics = metrics
        self._remembered = RememberedAnswers()
        self._warned: WeakSet[EmbeddingCache] = WeakSet()
        self._without_base64: OrderedDict[tuple[str, str], None] = OrderedDict()

    def remembered(self, sender: Sender, target: str, body: bytes) -> Response | None:
        """Return the answer to a request that was answered before, if it still holds."""
        answer = self._remembered.find(sender, target, body)
        if answer is None:
            return None
        cache = self._caches.opened(answer.cache_key)
        is_accepted = self._acceptance.holds(*answer.accepted_as)
        if is_accepted and cache is not None and cache.still_holds(answer.held):
            self._metrics.embedded(answer.reply.counts)
            return answer.reply
        self._remembered.forget(sender, target, body)
        return None

    async def answer(self, call: EmbeddingCall, body: bytes) -> Response:
        """Return the answer to a request.

        Args:
            call: the request.
            body: its body.

        Raises:
            GatewayError: there is no right answer.
        """
        request, sender = call.request, call.sender
        key = (
            *(sender.namespace, sender.routing, call.endpoint),
            *(request.inputs.kind, request.shape.key),
        )
        cache = self._caches.lend(key, sender.namespace, lambda: call.recipe)
        asked = _Asked()
        try:
            embedded = await self._embedded(cache, call, asked)
            if not asked.is_accepted and not self._acceptance.holds(*call.accepted_as):
                check = partial(self._check, cache, call, asked)
                await self._acceptance.ensure(check, *call.accepted_as)
        except RefusedError as refused:
            return refused.answer.reply()
        except OtherModelError as other:
            return await self._unkept(cache, call, asked, other.vectors)
        except (MistakenError, VectorError) as error:
            raise GatewayError(502, "upstream_error", str(error)) from error
        except StoreError as error:
            raise GatewayError(503, "store_error", str(error)) from error
        finally:
            await self._caches.give_back(key)
        if embedded.vectors.size > _MANY_NUMBERS:
            return await hop(self._reply, call, embedded, asked)
        reply = self._reply(call, embedded, asked)
        if embedded.held is not None and not asked.is_accepted:
            answer = RememberedAnswer(key, embedded.held, call.accepted_as, reply)
            self._remembered.add(sender, call.target, body, answer)
        return reply

    async def _unkept(
        self, cache: EmbeddingCache, call: EmbeddingCall, asked: _Asked, known: dict[str, Any]
    ) -> Response:
        """Pass on vectors of another model that has taken over the name; none of them is kept.

        They are not mixed with those of before, so what was known is asked for as well.
        """
        texts = call.request.inputs.texts
        if cache not in self._warned:
            self._warned.add(cache)
            _log.warning(
                "The upstream gives vectors of another dimension than before under the name %s; "
                "they are passed on and not stored. Drop the old ones by `renai cache prune "
                "--model`, and start the gateway anew",
                without_secrets(call.model),
            )
        rest = [text for text in dict.fromkeys(texts) if text not in known]
        try:
            if rest:
                try:
                    known |= zip(rest, await self._ask(cache, call, rest, asked), strict=True)
                except OtherModelError as other:
                    known |= other.vectors
            vectors = await hop(as_vectors, [known[text] for text in texts], len(texts), None)
        except RefusedError as refused:
            return refused.answer.reply()
        except (MistakenError, VectorError) as error:
            raise GatewayError(502, "upstream_error", str(error)) from error
        hits = np.zeros(len(texts), bool)
        reason = "another model has this name"
        embedded = Embedded(vectors, hits).telling(Unstored(len(known), reason), {})
        return await hop(self._reply, call, embedded, asked)

    async def _embedded(
        self, cache: EmbeddingCache, call: EmbeddingCall, asked: _Asked
    ) -> Embedded:
        """Return the vectors of a request, from the cache or from the upstream."""
        texts = call.request.inputs.texts

        async def compute(missing: list[str]) -> list[Any]:
            return await self._ask(cache, call, missing, asked)

        while True:
            try:
                return await cache.aembed(texts, compute)
            except (RefusedError, MistakenError) as error:
                # A text of this request was under way in another one. What was said to an equal
                # one holds here, too; else the fault may lie in what only that one had.
                if error.request == call.identity:
                    raise

    async def _check(self, cache: EmbeddingCache, call: EmbeddingCall, asked: _Asked) -> None:
        """Ask the upstream for the shortest text, to see whether it still accepts the key."""
        await self._ask(cache, call, [min(call.request.inputs.texts, key=len)], asked)

    async def _ask(
        self, cache: EmbeddingCache, call: EmbeddingCall, texts: list[str], asked: _Asked
    ) -> list[Any]:
        """Ask the upstream for some of the texts; return their vectors, (n, dim).

        Raises:
            RefusedError: it does not answer with embeddings.
            MistakenError: its answer is not right.
            GatewayError: it does not answer.
        """
        began = self._acceptance.now()
        answer = await self._answered(call, texts)
        self._metrics.asked(answer.status)
        self._acceptance.note(answer.status, began, *call.accepted_as)
        if not answer.is_good:
            raise RefusedError(call.identity, answer)
        asked.is_accepted = True
        self._caches.accept(cache, call.model)
        try:
            if len(answer.body) > _SMALL:
                its = await hop(read_answer, answer.body, len(texts))
            else:
                its = read_answer(answer.body, len(texts))
        except VectorError as error:
            raise MistakenError(call.identity, str(error)) from error
        asked.usage.update(its.usage)
        asked.model = its.model or asked.model
        asked.headers = [pair for pair in answer.headers if _is_passed_on(pair[0].lower())]
        tokens = its.usage.get("prompt_tokens", its.usage.get("total_tokens", 0))
        if tokens:
            cache.count_cost(tokens, self._prices.money_for(call.model, tokens), vectors=len(texts))
            self._metrics.billed(tokens)
        # Of what is wrong in another way the cache keeps what is right.
        sizes = {_size_of(vector) for vector in its.vectors}
        due = cache.dimension_due
        if due is not None and len(sizes) == 1 and sizes != {due}:
            raise OtherModelError(call.identity, dict(zip(texts, its.vectors, strict=True)))
        return its.vectors

    async def _answered(self, call: EmbeddingCall, texts: list[str]) -> Answer:
        """Ask in base64, which is shorter and exact; as numbers, where that is refused."""
        request = call.request
        what = (call.target, call.model)
        headers = sent_upstream(call.headers, without=UPSTREAM_MAKES)
        in_base64 = request.shape.numbers_are_known and what not in self._without_base64
        body = request.asking_for(texts, in_base64=in_base64)
        answer = await self._upstream.ask("POST", call.target, headers, body)
        if in_base64 and answer.status in _REFUSED_REQUEST and not request.as_base64:
            body = request.asking_for(texts, in_base64=False)
            again = await self._upstream.ask("POST", call.target, headers, body)
            if again.is_good:
                self._without_base64[what] = None
                if len(self._without_base64) > _MOST_MODELS:
                    self._without_base64.popitem(last=False)
            return again
        return answer

    def _reply(self, call: EmbeddingCall, embedded: Embedded, asked: _Asked) -> EmbeddingReply:
        request = call.request
        counts = counts_of(request.inputs.texts, embedded)
        self._metrics.embedded(counts)
        usage = {"prompt_tokens": 0, "total_tokens": 0, **asked.usage}
        body = embedding_list(
            embedded.vectors, asked.model or call.model, usage, as_base64=request.as_base64
        )
        return EmbeddingReply(body, counts, asked.headers)


def _size_of(vector: Any) -> int:
    return len(vector) if isinstance(vector, list | np.ndarray) else -1


def _is_passed_on(name: bytes) -> bool:
    # An upstream that is a gateway, too, counts its own hits.
    return name.startswith(_PASSED_ON) and not name.startswith(OWN_HEADERS)


class _Asked:
    """What the upstream said while one request was answered.

    Attributes:
        is_accepted: whether it has answered this very request with embeddings.
        usage: what was billed, summed up.
        model: the model, as the upstream calls it; None if it was not asked.
        headers: its headers that concern the caller, such as limits and the request's number.
    """

    def __init__(self) -> None:
        self.is_accepted = False
        self.usage: Counter[str] = Counter()
        self.model: str | None = None
        self.headers: list[tuple[bytes, bytes]] = []
