"""The form of a request that an endpoint accepts, found by leaving out what it refuses.

Endpoints that call themselves compatible differ in whether they accept a JSON schema or at least
JSON mode, under which name they accept a limit of tokens and how high it may be, whether they let
the temperature be set, and whether their model's template knows a system message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from renai.providers.openai.prompt import Message

MAX_TOKENS = 4096
"""The default for the most tokens of an answer: ten times a genuine one, so that there is room to
think aloud."""

_MORE_ROOM = 4
"""By how much the limit is raised where thoughts use it up."""
_LEAST_ROOM = 256
"""A lower limit than this many tokens cuts answers off, so it is better to send none."""

_NEXT_FORMAT = {"json_schema": "json_object", "json_object": None}
_NEXT_LIMIT = {"max_tokens": "max_completion_tokens", "max_completion_tokens": None}
_FORMAT_WORDS = re.compile(
    r"response.?format|json_|json.?(?:mode|schema)|schema|structured|grammar|guided|format\b"
    r"|requested parameters",
    re.IGNORECASE,
)
_SYSTEM_WORDS = re.compile(
    r"\bsystem\W{1,2}(?:role|message|prompt)|\brole\b.{0,40}\bsystem\b|\broles\b.{0,40}\bsupported"
    r"|messages\W{0,2}\d+\W{1,2}role|developer instruction|roles must alternate",
    re.IGNORECASE,
)
_TOO_MANY = re.compile(
    r"(?:too (?:large|high|big|many)|less than or equal|at most|exceed|maximum|range|<=|\u2264)",
    re.IGNORECASE,
)
_HIGHEST = re.compile(
    r"(?:less than or equal to|at most|maximum(?: \w+){0,3}|no more than|up to|<=|\u2264|range"
    r"|exceeds? the limit of)[^\d.]{0,20}(?:\d+\s*,\s*)?(\d{2,7})\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """The optional parameters that are sent with a request, and how its messages are spelled.

    Attributes:
        form: the type of `response_format`; None to send none.
        limit: the name of the parameter that limits the answer's tokens; None to send none.
        temperature: whether the temperature is sent.
        system: whether the instructions are a message of their own.
        max_tokens: the most tokens of an answer.
    """

    form: str | None = "json_schema"
    limit: str | None = "max_tokens"
    temperature: bool = True
    system: bool = True
    max_tokens: int = MAX_TOKENS

    def parameters(self, schema: dict[str, Any], temperature: float) -> dict[str, Any]:
        """Return the optional parameters of a request in this dialect.

        Args:
            schema: the JSON Schema of the answers.
            temperature: the sampling temperature.
        """
        spelt: dict[str, Any] = {}
        if self.form == "json_schema":
            described = {"name": "metadata", "strict": True, "schema": schema}
            spelt["response_format"] = {"type": "json_schema", "json_schema": described}
        elif self.form is not None:
            spelt["response_format"] = {"type": self.form}
        if self.limit is not None:
            spelt[self.limit] = self.max_tokens
        if self.temperature:
            spelt["temperature"] = temperature
        return spelt

    def messages(self, messages: list[Message]) -> list[Message]:
        """Return the messages of a request, without a system message where there can be none."""
        if self.system or len(messages) < 2 or messages[0]["role"] != "system":
            return messages
        system, question, *rest = messages
        content = question["content"]
        if isinstance(content, str):
            content = f"{system['content']}\n\n{content}"
        else:
            content = [{"type": "text", "text": system["content"]}, *content]
        return [{"role": "user", "content": content}, *rest]

    def without(self, complaint: str, *, guess: bool) -> Dialect | None:
        """Return a dialect without the parameter that a refusal complains about.

        Args:
            complaint: the endpoint's words.
            guess: whether a complaint that names no parameter is taken to mean `response_format`.

        Returns:
            The simpler dialect; None if there is nothing left to leave out.
        """
        words = complaint.casefold()
        if self.limit is not None and self.limit in words:
            return self._with_another_limit(words)
        if self.temperature and "temperature" in words:
            return replace(self, temperature=False)
        if self.system and _SYSTEM_WORDS.search(words):
            return replace(self, system=False)
        if self.form is not None and (guess or _FORMAT_WORDS.search(words)):
            return self.simpler()
        return None

    def simpler(self) -> Dialect:
        """Return a dialect that asks for less of a form: JSON mode for a schema, then nothing."""
        return replace(self, form=_NEXT_FORMAT[self.form]) if self.form else self

    def roomier(self) -> Dialect:
        """Return a dialect that allows longer answers."""
        return replace(self, max_tokens=_MORE_ROOM * self.max_tokens)

    def _with_another_limit(self, words: str) -> Dialect:
        """Return a dialect with a lower limit, if this one is too high, else under another name."""
        if self.limit is None or not _TOO_MANY.search(words) or "unsupported param" in words:
            return replace(self, limit=_NEXT_LIMIT[self.limit or "max_completion_tokens"])
        allowed = [int(number) for number in _HIGHEST.findall(words)]
        lower = max((few for few in allowed if few < self.max_tokens), default=0)
        # The number may be that of the model's context, of which the prompt takes its part.
        if lower >= _LEAST_ROOM:
            return replace(self, max_tokens=lower)
        return replace(self, limit=None)
