"""Read what the page sends: small JSON objects with values of the expected kinds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from renai.errors import UsageError

if TYPE_CHECKING:
    from starlette.requests import Request

_MOST_BYTES = 1 << 20  # 10,000 numbers of files take less than a tenth


class Body:
    """The JSON object in a request.

    Args:
        values: the object.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def text(self, name: str) -> str:
        """Return a text.

        Raises:
            UsageError: there is none of this name.
        """
        value = self._values.get(name)
        if not isinstance(value, str):
            raise UsageError(f"{name} is not a text")
        return value

    def number(self, name: str) -> int:
        """Return a whole number of at least 0.

        Raises:
            UsageError: there is none of this name.
        """
        value = self._values.get(name)
        if type(value) is not int or value < 0:
            raise UsageError(f"{name} is not a number")
        return value

    def numbers(self, name: str) -> list[int]:
        """Return a list of whole numbers of at least 0.

        Raises:
            UsageError: there is none of this name.
        """
        values = self._values.get(name)
        if not isinstance(values, list) or any(type(x) is not int or x < 0 for x in values):
            raise UsageError(f"{name} is not a list of numbers")
        return values

    def has(self, name: str) -> bool:
        """Return whether there is a value of this name."""
        return name in self._values

    def flag(self, name: str) -> bool:
        """Return whether a value is true; false where it is missing."""
        return self._values.get(name) is True


async def body_of(request: Request) -> Body:
    """Read a request's body.

    Raises:
        UsageError: it is too long, or no JSON object.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise UsageError("the request is too long")
    try:
        values = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise UsageError("the request is no JSON") from error
    if not isinstance(values, dict):
        raise UsageError("the request is no JSON object")
    return Body(values)
