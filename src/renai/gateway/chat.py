"""Chat completions from a cache, for requests that ask for the same answer each time.

Only an equal request gets an answer again, and only where a second answer would say nothing new: no
tools, no search, nothing that lies elsewhere and may change, and `temperature` 0 or a seed.
"""

from __future__ import annotations

import re
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from starlette.responses import Response

from renai.cache.cache import Cache
from renai.codecs.entry import Entry
from renai.codecs.json import JsonCodec
from renai.embedders.routes import canonical_url
from renai.gateway.call import Call
from renai.gateway.counted_models import CountedModels, is_model
from renai.gateway.messages import UPSTREAM_MAKES, fields_of, is_exact, sent_upstream
from renai.gateway.upstream import RefusedError
from renai.keys.canonical import encode
from renai.keys.digest import digest_bytes
from renai.keys.recipe import Key, Recipe
from renai.locations import cache_folder
from renai.metadata.entry_names import CHAT
from renai.usage.cost import Cost
from renai.usage.counters import UsageKey
from renai.usage.database import open_counters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from renai.gateway.acceptance import Acceptance
    from renai.gateway.metrics import GatewayMetrics
    from renai.gateway.model_prices import ModelPrices
    from renai.gateway.upstream import Answer, Upstream
    from renai.stores.base import Store

_REVISION = 1
_NO_DIFFERENCE = ("user", "safety_identifier")
_REACHES_OUT = frozenset(
    {
        *("tools", "functions", "tool_choice", "function_call", "parallel_tool_calls"),
        *("web_search_options", "search_parameters", "plugins", "data_sources", "mcp_servers"),
        *("modalities", "audio", "store", "background", "stream"),
    }
)
"""Fields by which an answer may depend on more than the request, or leave something behind."""

_OUTSIDE = re.compile(
    r"search|tool|plugin|web|retriev|knowledge|grounding|connector"
    r"|conversation|session|thread|memory|previous|(^|_)ids?$"
)
"""What is in the names of such fields of other services."""

_LOOKS_UP = re.compile(r"search|sonar|online|compound", re.IGNORECASE)
"""What is in the names of models that search by themselves."""

_ENDS_WHOLE = ("stop", "length")


class ChatRequest(NamedTuple):
    """A request for a chat completion that can be answered from a cache.

    Attributes:
        model: the model.
        body: the body.
        digest: what only an equal request has: the digest of all that shapes the answer.
    """

    model: str
    body: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class ChatCall(Call):
    """A request for a chat completion on its way.

    Attributes:
        request: what is asked.
    """

    request: ChatRequest

    @property
    def key(self) -> Key:
        """The key of the answer."""
        sender = self.sender
        recipe = Recipe(
            "chat",
            _REVISION,
            {
                "provider": "gateway",
                "model": self.model,
                "endpoint": canonical_url(self.endpoint),
                "routing": dict(sender.routing),
            },
        )
        subject = digest_bytes(encode([sender.namespace, recipe.digest, self.request.digest]))
        return Key(f"{CHAT}{subject}.json", subject, recipe)

    def digests(self) -> list[str]:
        """Return the digest of the request as a cache would know it, 64 hex digits."""
        return [self.key.subject]


def read_chat_request(body: bytes) -> ChatRequest | None:
    """Return what a body asks for; None for a request that is passed on."""
    fields = fields_of(body)
    if fields is None or not is_exact(fields):
        return None
    model, messages = fields.get("model"), fields.get("messages")
    if not is_model(model) or _LOOKS_UP.search(model) or not isinstance(messages, list):
        return None
    if any(_reaches_out(*field) for field in fields.items()) or not all(map(_is_whole, messages)):
        return None
    if type(fields.get("seed")) is not int and not _is_zero(fields.get("temperature")):
        return None
    shaping = {name: it for name, it in fields.items() if name not in _NO_DIFFERENCE}
    digest = digest_bytes(orjson.dumps(shaping, option=orjson.OPT_SORT_KEYS))
    # As it was read: of a field that is there twice another server may take the first.
    return ChatRequest(model, orjson.dumps(fields), digest)


def _reaches_out(name: str, value: Any) -> bool:
    return bool(value) and (name in _REACHES_OUT or _OUTSIDE.search(name.lower()) is not None)


def _is_zero(value: Any) -> bool:
    return type(value) in (int, float) and value == 0


def _is_whole(message: Any) -> bool:
    """Return whether all of a message is in the request, and nothing behind a link or a number."""
    if not isinstance(message, dict):
        return False
    content = message.get("content")
    return isinstance(content, str) or (
        isinstance(content, list) and all(map(_is_part_whole, content))
    )


def _is_part_whole(part: Any) -> bool:
    if not isinstance(part, dict):
        return False
    if part.get("type") == "text":
        return True
    image = part.get("image_url")
    url = image.get("url") if isinstance(image, dict) else image
    return part.get("type") == "image_url" and isinstance(url, str) and url.startswith("data:")


class _Completions(Cache[dict[str, Any]]):
    """Completions in a store, counted by model."""

    def __init__(self, store: Store, counted: CountedModels) -> None:
        super().__init__(store, JsonCodec(), counters=open_counters(cache_folder()))
        self.counted = counted

    def usage_key_of(self, key: Key) -> UsageKey:
        """Return the usage key under which a completion is counted."""
        model = str(key.recipe.parameters["model"])
        return UsageKey("chat", "gateway", self.counted.name_of(model))


class CachedChat:
    """Answers requests for chat completions.

    Args:
        upstream: the endpoint that is asked.
        store: the store for the answers.
        acceptance: whose keys the upstream has accepted.
        counted: the models that are counted by name.
        prices: what the upstream's models cost.
        metrics: count what happens.
    """

    def __init__(
        self,
        upstream: Upstream,
        store: Store,
        acceptance: Acceptance,
        counted: CountedModels,
        prices: ModelPrices,
        metrics: GatewayMetrics,
    ) -> None:
        self._upstream = upstream
        self._cache = _Completions(store, counted)
        self._acceptance = acceptance
        self._prices = prices
        self._metrics = metrics

    async def answer(self, call: ChatCall) -> Response:
        """Return the answer to a request.

        Raises:
            GatewayError: the upstream does not answer.
        """
        key = call.key
        while True:
            known = self._acceptance.holds(*call.accepted_as)
            try:
                async with self._cache.reserve(key, refresh=not known) as slot:
                    if slot.missing:
                        answer, entry = await self._ask(call, key)
                        await slot.record(entry)
                        self._metrics.embedded({"hits": 0, "misses": 1, "deduplicated": 0})
                        return _told(answer.reply(), hits=0)
            except RefusedError as refused:
                if refused.request == call.accepted_as:
                    return refused.answer.reply()
                continue  # that was said to another caller
            if known or self._acceptance.holds(*call.accepted_as):
                self._metrics.embedded({"hits": 1, "misses": 0, "deduplicated": 0})
                body = _unbilled(slot.entry.value["answer"])
                return _told(Response(body, media_type="application/json"), hits=1)

    async def _ask(self, call: ChatCall, key: Key) -> tuple[Answer, Entry[dict[str, Any]]]:
        """Ask the upstream; return its answer, and the entry of it.

        Raises:
            RefusedError: it does not answer with a whole completion, which is passed on.
            GatewayError: it does not answer.
        """
        started = time.perf_counter()
        headers = sent_upstream(call.headers, without=UPSTREAM_MAKES)
        asked = self._acceptance.now()
        answer = await self._upstream.ask("POST", call.target, headers, call.request.body)
        self._metrics.asked(answer.status)
        self._acceptance.note(answer.status, asked, *call.accepted_as)
        usage = _usage_in(answer.body) if answer.is_good else None
        if usage is None:
            raise RefusedError(call.accepted_as, answer)
        self._cache.counted.accept(call.model)
        tokens = usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0)
        cost = Cost(
            seconds=time.perf_counter() - started,
            calls=1,
            prompt_tokens=tokens[0],
            completion_tokens=tokens[1],
            money=self._prices.money_for(call.model, *tokens),
        )
        self._metrics.billed(sum(tokens))
        value = {"answer": answer.body.decode()}
        return answer, Entry.made_by(key.recipe, value, cost=asdict(cost))

    async def aclose(self) -> None:
        """Store what waits."""
        self._cache.give_up_waiting()
        self._cache.counters.flush()


def _usage_in(body: bytes) -> dict[str, int] | None:
    """Return what a whole completion was billed; None for any other answer."""
    try:
        answer = orjson.loads(body)
        choices, usage = answer["choices"], answer.get("usage")
        if not choices or any(each["finish_reason"] not in _ENDS_WHOLE for each in choices):
            return None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    given: Mapping[str, Any] = usage if isinstance(usage, dict) else {}
    return {name: it for name, it in given.items() if type(it) is int and it >= 0}


def _unbilled(body: str) -> bytes:
    """Return an answer that says it was billed nothing."""
    answer = orjson.loads(body)
    if isinstance(answer.get("usage"), dict):
        answer["usage"] = _zeroed(answer["usage"])
    return orjson.dumps(answer)


def _zeroed(usage: Any) -> Any:
    if isinstance(usage, dict):
        return {name: _zeroed(it) for name, it in usage.items()}
    return 0 if type(usage) in (int, float) else usage


def _told(reply: Response, *, hits: int) -> Response:
    reply.headers["x-renai-hits"] = str(hits)
    reply.headers["x-renai-misses"] = str(1 - hits)
    return reply
