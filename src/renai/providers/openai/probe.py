"""Ask an endpoint three cheap questions, and say which forms of a request it takes.

Each question goes the way that all questions go, so what works here works in a run. Of the
answers nothing is kept.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

from renai.errors import ConfigurationError, ProviderError, RefusedKeyError
from renai.providers.base import unreported
from renai.providers.openai.answers import find_metadata
from renai.providers.openai.prompt import messages_for, picture_messages

if TYPE_CHECKING:
    from renai.providers.openai.prompt import Message
    from renai.providers.openai.provider import OpenAIProvider

_DOCUMENT = "Moby-Dick; or, The Whale\nby Herman Melville\n1851"
_SIDE = 64
"""The width and height of the picture, in pixels."""


class Probed(NamedTuple):
    """What came of one question.

    Attributes:
        what: what was tried.
        state: what came of it, in words.
        is_set_up: whether the endpoint could be asked at all, with this key at this address.
    """

    what: str
    state: str
    is_set_up: bool = True


async def probe(provider: OpenAIProvider) -> list[Probed]:
    """Ask for a schema, for JSON mode and about a picture, and return what came of each.

    If the key or the address is refused, the other questions are not asked.
    """
    text = messages_for(_DOCUMENT, provider.categories)
    picture = picture_messages([_picture()], provider.categories, of_pages=False)
    questions = (
        ("JSON schema", "json_schema", text),
        ("JSON mode", "json_object", text),
        ("picture", None, picture),
    )
    found: list[Probed] = []
    for what, form, messages in questions:
        found.append(await _probed(provider, what, form, messages))
        if not found[-1].is_set_up:
            break
    return found


async def _probed(
    provider: OpenAIProvider, what: str, form: str | None, messages: list[Message]
) -> Probed:
    client = provider.new_client(form)
    try:
        asked = await client.complete(messages, _DOCUMENT, unreported)
    except (ConfigurationError, RefusedKeyError) as error:
        return Probed(what, str(error), is_set_up=False)
    except ProviderError as error:
        return Probed(what, str(error))
    finally:
        await client.aclose()
    if asked.dialect.form != form:
        return Probed(what, f"is refused; it takes {_name_of(asked.dialect.form)}")
    completion = asked.completion
    if completion.declined:
        return Probed(what, f"is taken, and the model declined to answer ({completion.declined})")
    try:
        find_metadata(completion)
    except ValueError as error:
        return Probed(what, f"is taken, and the answer cannot be used: {error}")
    tokens = completion.cost.prompt_tokens + completion.cost.completion_tokens
    return Probed(what, f"works ({completion.seconds:.1f} s, {tokens:,} tokens)")


def _name_of(form: str | None) -> str:
    return {"json_object": "JSON mode", None: "no form at all"}.get(form, str(form))


def _picture() -> bytes:
    """Return a small JPEG file: a dark square on a light one."""
    from PIL import Image

    image = Image.new("RGB", (_SIDE, _SIDE), "white")
    image.paste((40, 40, 120), (_SIDE // 4, _SIDE // 4, 3 * _SIDE // 4, 3 * _SIDE // 4))
    with io.BytesIO() as file:
        image.save(file, "JPEG")
        return file.getvalue()
