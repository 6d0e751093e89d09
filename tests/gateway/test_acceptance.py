"""Whose keys were accepted, and for how long that holds."""

import asyncio

import pytest

from renai.gateway import acceptance
from renai.gateway.acceptance import Acceptance

ME, OTHER = ("me", "url", "model"), ("me", "url", "another model")


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def accepted(clock):
    return Acceptance(60.0, clock)


def test_it_holds_for_a_while_and_for_nothing_else(accepted, clock):
    assert not accepted.holds(*ME)
    accepted.note(200, accepted.now(), *ME)
    assert accepted.holds(*ME)
    assert not accepted.holds(*OTHER)
    clock.now += 59.9
    assert accepted.holds(*ME)
    clock.now += 0.2
    assert not accepted.holds(*ME)


@pytest.mark.parametrize(
    ("status", "holds"), [(401, False), (403, False), (429, True), (500, True)]
)
def test_only_a_refusal_ends_it(accepted, status, holds):
    accepted.note(200, accepted.now(), *ME)
    accepted.note(status, accepted.now(), *ME)
    assert accepted.holds(*ME) is holds


def test_a_busy_upstream_has_accepted_nobody(accepted):
    accepted.note(429, accepted.now(), *ME)
    assert not accepted.holds(*ME)


def test_the_table_is_bounded(accepted, monkeypatch):
    monkeypatch.setattr(acceptance, "_MOST", 3)
    for number in range(10):
        accepted.note(200, accepted.now(), str(number))
    assert [number for number in range(10) if accepted.holds(str(number))] == [7, 8, 9]


async def test_many_at_once_ask_one_time(accepted):
    asked = []

    async def ask():
        asked.append(1)
        await asyncio.sleep(0)
        accepted.note(200, accepted.now(), *ME)

    await asyncio.gather(*(accepted.ensure(ask, *ME) for _ in range(20)))
    await accepted.ensure(ask, *ME)
    assert asked == [1]


async def test_a_refusal_is_told_to_all_and_asked_again_by_the_next(accepted):
    asked = []

    async def ask():
        asked.append(1)
        await asyncio.sleep(0)
        raise PermissionError

    told = await asyncio.gather(
        *(accepted.ensure(ask, *ME) for _ in range(5)), return_exceptions=True
    )
    assert list(map(type, told)) == [PermissionError] * 5
    with pytest.raises(PermissionError):
        await accepted.ensure(ask, *ME)
    assert asked == [1, 1]


async def test_who_leaves_does_not_end_the_question_of_others(accepted):
    go = asyncio.Event()

    async def ask():
        await go.wait()
        accepted.note(200, accepted.now(), *ME)

    leaves, stays = (asyncio.ensure_future(accepted.ensure(ask, *ME)) for _ in range(2))
    await asyncio.sleep(0)
    leaves.cancel()
    await asyncio.gather(leaves, return_exceptions=True)
    go.set()
    await stays
    assert accepted.holds(*ME)


@pytest.mark.parametrize(("status", "others_hold"), [(401, False), (403, True)])
def test_a_key_is_refused_for_all_models_and_a_model_for_itself(
    accepted, clock, status, others_hold
):
    accepted.note(200, clock.now, *ME)
    accepted.note(200, clock.now, *OTHER)
    accepted.note(status, clock.now, *ME)
    assert not accepted.holds(*ME)
    assert accepted.holds(*OTHER) is others_hold


@pytest.mark.parametrize("status", [401, 403])
def test_an_answer_that_was_asked_for_before_a_refusal_accepts_nobody(accepted, clock, status):
    asked = clock.now
    clock.now += 1
    accepted.note(status, clock.now, *ME)
    clock.now += 1
    accepted.note(200, asked, *ME)
    assert not accepted.holds(*ME)
    accepted.note(200, clock.now, *ME)
    assert accepted.holds(*ME)
