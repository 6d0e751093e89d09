"""What an endpoint takes of the Chat Completions protocol.

Endpoints that call themselves compatible differ in three ways: whether they take a JSON schema or
at least JSON mode, under which name they take a limit of tokens, and whether they let the
temperature be set. A call starts with everything and leaves out what is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

_NEXT_FORMAT = {"json_schema": "json_object", "json_object": None}
_NEXT_LIMIT = {"max_tokens": "max_completion_tokens", "max_completion_tokens": None}
_FORMAT_WORDS = ("response_format", "response format", "json_", "json mode", "schema", "structured")


@dataclass(frozen=True, slots=True)
class Dialect:
    """The optional parameters of a request that are sent.

    Attributes:
        form: the type of `response_format`, or None to send none.
        limit: the name of the parameter that limits the answer, or None.
        temperature: whether it is sent.
    """

    form: str | None = "json_schema"
    limit: str | None = "max_tokens"
    temperature: bool = True

    def parameters(
        self, schema: dict[str, Any], max_tokens: int, temperature: float
    ) -> dict[str, Any]:
        """Spell the optional parameters."""
        spelt: dict[str, Any] = {}
        if self.form == "json_schema":
            described = {"name": "metadata", "strict": True, "schema": schema}
            spelt["response_format"] = {"type": "json_schema", "json_schema": described}
        elif self.form is not None:
            spelt["response_format"] = {"type": self.form}
        if self.limit is not None:
            spelt[self.limit] = max_tokens
        if self.temperature:
            spelt["temperature"] = temperature
        return spelt

    def without(self, complaint: str, *, guess: bool) -> Dialect | None:
        """Leave out what a refusal complains of.

        Args:
            complaint: the endpoint's words.
            guess: whether a complaint that names nothing is taken to be about the form.

        Returns:
            None if there is nothing left to leave out.
        """
        words = complaint.casefold()
        if self.limit is not None and self.limit in words:
            return replace(self, limit=_NEXT_LIMIT[self.limit])
        if self.temperature and "temperature" in words:
            return replace(self, temperature=False)
        if self.form is not None and (guess or any(word in words for word in _FORMAT_WORDS)):
            return replace(self, form=_NEXT_FORMAT[self.form])
        return None
