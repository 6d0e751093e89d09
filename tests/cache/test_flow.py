"""The flow without any I/O: what it wants done, in which order, driven by hand."""

import gc

import pytest

from renai.cache.flow import (
    Await,
    Claim,
    Claimed,
    Compute,
    LookUp,
    Outcome,
    Pause,
    Record,
    Release,
    compute_missing,
    hit_or_compute,
)
from renai.cache.looked_up import MISSING, Found, Miss
from renai.cache.single_flight import FlightTable
from renai.codecs.entry import Entry
from renai.keys.recipe import Key, Recipe
from waiting import unless_it_hangs

RECIPE = Recipe("shout", 1, {})
A, B, C, D, E = (Key(f"text/{letter}", letter, RECIPE) for letter in "abcde")


def entry_of(key):
    return Entry.made_by(RECIPE, key.subject.upper())


def missing(*keys):
    return Found(misses=dict.fromkeys(keys, MISSING))


def claimed(*, held=None, hits=None, elsewhere=()):
    """What came of a claim; nothing has been stored meanwhile."""
    return Claimed(Found(hits or {}), frozenset(elsewhere), held)


def begin(*keys, flights=None, **options):
    options = {"batch_size": 2} | options
    return hit_or_compute(keys, flights or FlightTable(), **options)


def finish(flow, value):
    with pytest.raises(StopIteration) as end:
        flow.send(value)
    return end.value.value


def test_hits_want_nothing_but_the_look_up():
    flow = begin(A, B)
    assert next(flow) == LookUp([A, B])
    outcomes = finish(flow, Found(hits={B: entry_of(B), A: entry_of(A)}))
    assert outcomes == {A: Outcome(entry_of(A), "hit"), B: Outcome(entry_of(B), "hit")}
    assert list(outcomes) == [A, B]


def test_very_many_misses_are_reserved_by_parts_of_whole_batches(monkeypatch):
    monkeypatch.setattr("renai.cache.flow._AT_ONCE", 5)
    flights = FlightTable()
    flow = begin(A, B, C, D, E, flights=flights)
    next(flow)
    flow.send(missing(A, B, C, D, E))
    asked = flights.board([E])
    assert asked == ({E}, None), "nobody leads yet what the second part will need"
    for keys in ([A, B], [C, D]):
        assert flow.send(claimed()) == Compute(missing(*keys).misses)
        flow.send([entry_of(key) for key in keys])
        waiting = flow.send(None)
    assert isinstance(waiting, Await), "for what somebody else began meanwhile"
    flights.land({E: entry_of(E)})
    outcomes = finish(flow, waiting.following.wait())
    assert [outcomes[key].origin for key in (A, B, C, D, E)] == [*["computed"] * 4, "shared"]


def test_nothing_wanted_nothing_done():
    flow = begin()
    assert next(flow) == LookUp([])
    assert finish(flow, Found()) == {}


def test_misses_are_computed_and_recorded_batch_by_batch():
    flow = begin(A, B, C, D, A)
    assert next(flow) == LookUp([A, B, C, D]), "equal keys are worked on once"
    assert flow.send(Found({B: entry_of(B)}, missing(A, C, D).misses)) == Claim([A, C])
    assert flow.send(claimed()) == Compute(missing(A, C).misses)
    assert flow.send([entry_of(A), entry_of(C)]) == Record({A: entry_of(A), C: entry_of(C)})
    assert flow.send(None) == Claim([D]), "the next batch, once this one is kept"
    assert flow.send(claimed()) == Compute(missing(D).misses)
    assert flow.send([entry_of(D)]) == Record({D: entry_of(D)})
    outcomes = finish(flow, None)
    assert [(key, outcome.origin) for key, outcome in outcomes.items()] == [
        (A, "computed"),
        (B, "hit"),
        (C, "computed"),
        (D, "computed"),
    ]


def test_what_was_just_missed_is_not_looked_up_again():
    flow = compute_missing(missing(A, B).misses, FlightTable(), batch_size=2)
    assert next(flow) == Claim([A, B])
    assert flow.send(claimed(hits={B: entry_of(B)})) == Compute(missing(A).misses)
    flow.send([entry_of(A)])
    assert finish(flow, None) == {
        A: Outcome(entry_of(A), "computed"),
        B: Outcome(entry_of(B), "hit"),
    }


def test_what_landed_between_the_look_ups_is_not_computed():
    flow = begin(A, B)
    next(flow)
    flow.send(missing(A, B))
    assert flow.send(claimed(hits={A: entry_of(A)})) == Compute(missing(B).misses)


def test_the_first_reason_for_a_miss_is_the_one():
    # Damage is set aside when it is found, so that the second look-up finds nothing.
    flow = begin(A)
    next(flow)
    damaged = {A: Miss("damaged")}
    flow.send(Found(misses=damaged))
    assert flow.send(claimed()) == Compute(damaged)


def test_who_looked_nothing_up_learns_the_reason_after_the_claim():
    stale = Miss("stale", entry_of(A))
    flow = compute_missing(missing(A).misses, FlightTable(), batch_size=2)
    next(flow)
    assert flow.send(Claimed(Found(misses={A: stale}))) == Compute({A: stale})


def test_computed_entries_need_not_outlive_their_batch():
    flow = compute_missing(missing(A, B).misses, FlightTable(), batch_size=2, keep_computed=False)
    next(flow)
    flow.send(claimed(hits={B: entry_of(B)}))
    flow.send([entry_of(A)])
    outcomes = finish(flow, None)
    assert outcomes.entries == {B: entry_of(B)}
    assert outcomes.origins == {A: "computed", B: "hit"}


def test_refreshing_looks_nothing_up():
    flow = begin(A, refresh=True)
    assert next(flow) == Compute({A: Miss("refresh")})
    assert flow.send([entry_of(A)]) == Record({A: entry_of(A)})
    assert finish(flow, None) == {A: Outcome(entry_of(A), "computed")}


def lead(flow, *keys):
    """Drive a flow to where it computes."""
    next(flow)
    flow.send(missing(*keys))
    return flow.send(claimed())


def test_a_key_under_way_is_awaited_after_ones_own_are_done():
    flights = FlightTable()
    leader, follower = begin(A, flights=flights), begin(A, B, flights=flights)
    lead(leader, A)
    next(follower)
    assert follower.send(missing(A, B)) == Claim([B])
    assert follower.send(claimed()) == Compute(missing(B).misses)
    follower.send([entry_of(B)])
    waiting = follower.send(None)
    assert isinstance(waiting, Await)
    leader.send([entry_of(A)])
    finish(leader, None)
    outcomes = finish(follower, waiting.following.wait())
    assert [outcome.origin for outcome in outcomes.values()] == ["shared", "computed"]


def test_an_abandoned_key_is_taken_over():
    flights = FlightTable()
    leader, follower = begin(A, flights=flights), begin(A, flights=flights)
    lead(leader, A)
    next(follower)
    waiting = follower.send(missing(A))
    leader.close()
    assert waiting.following.wait() == {}
    assert follower.send({}) == Claim([A]), "it leads now"
    assert follower.send(claimed()) == Compute(missing(A).misses)


def followed(flights, key):
    """Follow a flight."""
    _, following = flights.board([key])
    return following


def test_only_the_batch_that_failed_fails_those_who_wait():
    flights = FlightTable()
    flow = begin(A, B, C, D, E, flights=flights)
    lead(flow, A, B, C, D, E)
    waiting = {key: followed(flights, key) for key in (A, C, E)}
    flow.send([entry_of(A), entry_of(B)])
    flow.send(None)
    flow.send(claimed())
    with pytest.raises(OSError, match="no network"):
        flow.throw(OSError("no network"))
    assert waiting[A].wait() == {A: entry_of(A)}
    with pytest.raises(OSError, match="no network"):
        waiting[C].wait()
    assert waiting[E].wait() == {}, "never tried: somebody else may"
    led, _ = flights.board([A, B, C, D, E])
    assert len(led) == 5, "no flight stays behind"


def test_what_could_not_be_recorded_still_reaches_those_who_wait():
    flights = FlightTable()
    flow = begin(A, flights=flights)
    lead(flow, A)
    waiting = followed(flights, A)
    flow.send([entry_of(A)])
    with pytest.raises(KeyboardInterrupt):
        flow.throw(KeyboardInterrupt())
    assert waiting.wait() == {A: entry_of(A)}


@pytest.mark.parametrize("answers", [0, 1, 3])
def test_too_few_or_too_many_answers_are_not_recorded(answers):
    flow = begin(A, B)
    lead(flow, A, B)
    with pytest.raises(ValueError, match="zip"):
        flow.send([entry_of(A)] * answers)


HELD = object()


def test_what_is_recorded_is_released_with_it():
    flow = begin(A)
    next(flow)
    flow.send(missing(A))
    assert flow.send(claimed(held=HELD)) == Compute(missing(A).misses)
    assert flow.send([entry_of(A)]) == Record({A: entry_of(A)}, HELD)
    finish(flow, None)


def test_what_is_claimed_elsewhere_is_asked_for_again_after_ones_own():
    flow = begin(A, B)
    next(flow)
    flow.send(missing(A, B))
    assert flow.send(claimed(held=HELD, elsewhere=[A])) == Compute(missing(B).misses)
    assert flow.send([entry_of(B)]) == Record({B: entry_of(B)}, HELD)
    assert isinstance(flow.send(None), Pause)
    assert flow.send(None) == LookUp([A])
    outcomes = finish(flow, Found({A: entry_of(A)}))
    assert outcomes == {A: Outcome(entry_of(A), "hit"), B: Outcome(entry_of(B), "computed")}


def test_what_another_process_gives_up_is_computed():
    flow = begin(A)
    next(flow)
    flow.send(missing(A))
    flow.send(claimed(elsewhere=[A]))
    assert flow.send(None) == LookUp([A])
    assert flow.send(missing(A)) == Claim([A])
    assert flow.send(claimed(held=HELD)) == Compute(missing(A).misses)


def test_pauses_grow_to_a_fifth_of_a_second():
    flow = begin(A)
    next(flow)
    flow.send(missing(A))
    pauses = []
    for _ in range(10):
        pauses.append(flow.send(claimed(elsewhere=[A])).seconds)
        flow.send(None)
        flow.send(missing(A))
    assert pauses[0] == 0.02
    assert pauses == sorted(pauses)
    assert pauses[-1] == 0.2


def test_a_claim_under_which_nothing_is_left_to_do_is_released():
    flow = begin(A)
    next(flow)
    flow.send(missing(A))
    assert flow.send(claimed(held=HELD, hits={A: entry_of(A)})) == Release(HELD)
    assert finish(flow, None)[A].origin == "hit"


def test_a_claim_under_which_the_work_failed_is_released():
    flow = begin(A)
    next(flow)
    flow.send(missing(A))
    flow.send(claimed(held=HELD))
    assert flow.throw(OSError("no network")) == Release(HELD)
    with pytest.raises(OSError, match="no network"):
        flow.send(None)


def test_whoever_waits_for_another_process_is_waited_for_in_this_one():
    flights = FlightTable()
    flow = begin(A, flights=flights)
    next(flow)
    flow.send(missing(A))
    waiting = followed(flights, A)
    flow.send(claimed(elsewhere=[A]))
    flow.send(None)
    finish(flow, Found({A: entry_of(A)}))
    assert waiting.wait() == {A: entry_of(A)}


class Laborious(str):
    """A key whose hash takes so many objects that Python looks for garbage."""

    def __hash__(self):
        self.made = [[] for _ in range(10 * gc.get_threshold()[0])]
        return super().__hash__()


@pytest.mark.usefixtures("no_old_garbage")
def test_a_flow_that_is_left_undone_is_collected_by_whoever_boards():
    flights = FlightTable()
    left = compute_missing({"a": MISSING}, flights, batch_size=2)
    next(left)
    circle = [left]
    circle.append(circle)
    del left, circle
    key = Laborious("b")

    def board():
        gc.enable()
        return flights.board([key])

    assert unless_it_hangs(board) == ({key}, None)
    gc.collect()
    assert flights.board(["a"]) == ({"a"}, None), "the other one has abandoned it"


def test_ctrl_c_before_the_first_batch_leaves_no_flight_under_way(monkeypatch):
    def press(*_):
        raise KeyboardInterrupt

    flights = FlightTable()
    with monkeypatch.context() as patch:
        patch.setattr("renai.cache.flow._Leader._still_led", press)
        with pytest.raises(KeyboardInterrupt):
            next(compute_missing({A: MISSING}, flights, batch_size=2))
    assert flights.board([A]) == ({A}, None)
