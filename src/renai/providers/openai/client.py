"""Send one request of the Chat Completions protocol to an endpoint, with the official SDK.

The result is a value, whether the request succeeded or failed. The SDK's own retries are off:
`retrying_client` says why.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from renai.errors import ConfigurationError
from renai.providers.local import is_loopback
from renai.providers.openai.completion import Completion, read_completion, read_error
from renai.providers.openai.failures import Failure, Remedy

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from renai.providers.openai.prompt import Message

_NEVER_SENT = {"ConnectError", "ConnectTimeout", "PoolTimeout"}
"""The exceptions of the SDK's HTTP library that are raised before a request is sent."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The address of an API that speaks Chat Completions, and the key for it.

    Attributes:
        name: the provider's name.
        base_url: the URL, such as `https://api.openai.com/v1`, in one standard spelling, so that it
            can stand in recipes, logs and errors: no credentials, no query, no closing slash.
        api_key: the API key; None where none is needed.
        key_variable: the environment variable in which a person sets the key.

    Raises:
        ConfigurationError: the URL is not valid, or contains what must not be shown; or the key
            contains characters that no key has.
    """

    name: str
    base_url: str
    api_key: str | None = field(default=None, repr=False)
    key_variable: str = "the API key"

    def __post_init__(self) -> None:
        try:
            url = urlsplit(self.base_url.strip())
        except ValueError:
            url = urlsplit("")
        if url.scheme not in {"http", "https"} or not url.hostname:
            raise ConfigurationError(
                f"The endpoint of {self.name} must be a URL that starts with http:// or https://."
            )
        if "@" in url.netloc or url.query or url.fragment:
            raise ConfigurationError(
                f"The endpoint of {self.name} must hold no user, password or query: "
                f"URLs are logged. Put the key into {self.key_variable}."
            )
        if self.api_key is not None and not (self.api_key.isascii() and self.api_key.isprintable()):
            raise ConfigurationError(
                f"{self.key_variable} holds characters that no key has; paste it again."
            )
        plain = urlunsplit((url.scheme, url.netloc.lower(), url.path.rstrip("/"), "", ""))
        object.__setattr__(self, "base_url", plain)


class Client:
    """Connections to one endpoint, opened when the first request is sent.

    Args:
        endpoint: the address and key of the endpoint.
        timeout: the seconds one request may take, from the first byte sent to the last received.
    """

    def __init__(self, endpoint: Endpoint, timeout: float) -> None:
        self._endpoint = endpoint
        self._timeout = timeout
        self._client: AsyncOpenAI | None = None
        self._opening = asyncio.Lock()

    async def send(
        self, model: str, messages: list[Message], optional: dict[str, Any]
    ) -> Completion | Failure:
        """Send one request.

        Args:
            model: the name of the model, as the endpoint spells it.
            messages: the messages of the prompt.
            optional: further parameters of the request, in the form this endpoint accepts.

        Returns:
            The completion or the failure, with the seconds it took.
        """
        client = await self._open()
        started = time.monotonic()
        try:
            outcome = await self._send(client, model, messages, optional)
        except RecursionError:  # what can be read may still be too deep to be gone through
            what = "an answer that is nested too deeply"
            outcome = Failure(what, Remedy.NONE, maybe_billed=True)
        return replace(outcome, seconds=time.monotonic() - started)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()

    async def _send(
        self,
        client: AsyncOpenAI,
        model: str,
        messages: list[Message],
        optional: dict[str, Any],
    ) -> Completion | Failure:
        from openai import APIConnectionError, APIStatusError, APITimeoutError, OpenAIError

        from renai.providers.openai.http import RefusedAnswerError

        try:
            # The SDK's timeout restarts with every byte; a slow trickle would hold a slot forever.
            async with asyncio.timeout(self._timeout):
                reply = await client.chat.completions.with_raw_response.create(
                    model=model,
                    messages=messages,  # type: ignore[arg-type]
                    extra_headers=self._authorization(),
                    # As named parameters the SDK would walk through the whole schema each time.
                    extra_body=optional,
                )
        except RefusedAnswerError as error:
            return _refused(error)
        except APIStatusError as error:
            if 300 <= error.status_code < 400:
                what = f"status {error.status_code}, a redirect, and none is followed"
                return Failure(f"{what}; set the final address", Remedy.NONE)
            response = error.response
            return read_error(error.status_code, response.headers, response.content)
        except APIConnectionError as error:
            if isinstance(error.__cause__, RefusedAnswerError):  # before version 3 of the SDK
                return _refused(error.__cause__)
            sent = type(error.__cause__).__name__ not in _NEVER_SENT
            if isinstance(error, APITimeoutError):
                return self._too_late(sent=sent)
            return Failure("the connection failed", Remedy.CALL_AGAIN, maybe_billed=sent)
        except TimeoutError:
            return self._too_late(sent=True)
        except OpenAIError as error:
            return Failure(type(error).__name__, Remedy.NONE, maybe_billed=True)
        return read_completion(reply.content, reply.headers)

    def _too_late(self, *, sent: bool) -> Failure:
        what = f"no answer within {self._timeout:g} seconds"
        return Failure(what, Remedy.CALL_AGAIN, maybe_billed=sent)

    async def _open(self) -> AsyncOpenAI:
        async with self._opening:
            if self._client is None:
                # In a thread, since already the import of the SDK is slow.
                self._client = await asyncio.to_thread(self._new_client)
            return self._client

    def _new_client(self) -> AsyncOpenAI:
        from openai import AsyncOpenAI

        from renai.providers.openai.http import HttpClient

        key = self._endpoint.api_key
        own = None if self._endpoint.name == "openai" else key_header(key)
        return AsyncOpenAI(
            api_key=key or "none",
            base_url=self._endpoint.base_url,
            max_retries=0,
            http_client=HttpClient(
                self._timeout, own, proxies=not is_loopback(self._endpoint.base_url)
            ),
        )

    def _authorization(self) -> dict[str, Any]:
        """Return the header with the key, or that there is none, so that the SDK looks for none."""
        from openai import Omit

        return dict(key_header(self._endpoint.api_key)) or {"Authorization": Omit()}


def key_header(key: str | None) -> dict[str, str]:
    """Return the header that carries a key; none without a key."""
    return {"Authorization": f"Bearer {key}"} if key else {}


def _refused(error: Exception) -> Failure:
    return Failure(str(error), Remedy.NONE, maybe_billed=True)
