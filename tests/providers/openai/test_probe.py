"""What `renai doctor --probe` finds out about an endpoint."""

from __future__ import annotations

import pytest

import endpoint as wire
from endpoint_profiles import PROFILES, double
from renai.providers.openai.backoff import Backoff
from renai.providers.openai.client import Endpoint
from renai.providers.openai.probe import Probed, probe
from renai.providers.openai.provider import OpenAIProvider


async def probed(server: wire.Endpoint) -> list[Probed]:
    backoff = Backoff(first=0.001, most=0.005)
    endpoint = Endpoint("custom", server.url, "sk-1", "KEY")
    return await probe(OpenAIProvider(endpoint, "m", categories=("Fiction",), backoff=backoff))


async def test_three_questions_are_asked() -> None:
    with wire.Endpoint() as server:
        found = await probed(server)
    assert [each.what for each in found] == ["JSON schema", "JSON mode", "picture"]
    assert all(each.state.startswith("works (") for each in found)
    assert [call.form for call in server.calls] == ["json_schema", "json_object", None]
    assert [len(call.pictures) for call in server.calls] == [0, 0, 1]
    assert server.calls[2].pictures[0].startswith(b"\xff\xd8")


@pytest.mark.parametrize("name", PROFILES)
async def test_what_a_profile_refuses_is_found(name: str) -> None:
    profile = PROFILES[name]
    with wire.Endpoint(always=double(profile)) as server:
        schema, mode, _ = await probed(server)
    assert (schema.state == "is refused; it takes JSON mode") == ("json_schema" in profile.forms)
    assert ("is refused; it takes no form" in mode.state) == ("json_object" in profile.forms)


async def test_a_model_that_sees_nothing_is_told() -> None:
    def blind(call: wire.Call) -> wire.Reply:
        refusal = wire.fails(400, "This model does not support image input")
        return refusal(call) if call.pictures else wire.answer(call)

    with wire.Endpoint(always=blind) as server:
        found = await probed(server)
    assert "does not support image input" in found[-1].state
    assert found[-1].is_set_up


async def test_a_refused_key_ends_it() -> None:
    with wire.Endpoint(always=wire.fails(401)) as server:
        (found,) = await probed(server)
    assert "refused the key" in found.state
    assert not found.is_set_up
    assert len(server.calls) == 1
