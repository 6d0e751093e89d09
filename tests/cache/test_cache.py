"""A cache over real stores: what is computed, what is kept, and what a failure costs."""

import asyncio
import logging
import threading
import time

import pytest

from renai.cache.cache import Cache, peek
from renai.cache.quarantine import QUARANTINE
from renai.cache.reservation import all_recorded, hop
from renai.codecs.entry import Entry
from renai.codecs.text import TextCodec
from renai.errors import StoreError, WaitError
from renai.keys.recipe import Key, Recipe
from renai.stores.files import FileStore
from renai.stores.memory import MemoryStore
from waiting import LIMIT, until_async

RECIPE = Recipe("shout", 1, {})


def key_of(word, recipe=RECIPE):
    return Key(f"text/{word}", word, recipe)


KEYS = [key_of(f"w{number}") for number in range(40)]


class Shouting:
    """A computation that counts how often each key was computed."""

    def __init__(self, seconds=0.0):
        self.seconds = seconds
        self.calls = []
        self.reasons = []

    def _entries(self, misses):
        self.calls += [key.subject for key in misses]
        self.reasons += [miss.reason for miss in misses.values()]
        return [Entry.made_by(key.recipe, key.subject.upper()) for key in misses]

    def __call__(self, misses):
        time.sleep(self.seconds)
        return self._entries(misses)

    async def later(self, misses):
        await asyncio.sleep(self.seconds)
        return self._entries(misses)


def values(outcomes):
    return [outcome.entry.value for outcome in outcomes.values()]


def open_cache(store=None, **options):
    return Cache(store or MemoryStore(), TextCodec(), **options)


def get_or_compute(cache, keys, compute, **options):
    with cache.reserve_all(keys, **options) as reserved:
        while reserved.missing:
            reserved.record(compute(reserved.missing))
    return reserved.outcomes


async def aget_or_compute(cache, keys, compute, **options):
    async with cache.reserve_all(keys, **options) as reserved:
        while reserved.missing:
            await reserved.arecord(await compute(reserved.missing))
    return reserved.outcomes


@pytest.fixture(params=["sync", "async"])
def ask(request):
    """Ask a cache by blocking, or by awaiting."""

    def ask_one(cache, keys, shout, **options):
        if request.param == "sync":
            return get_or_compute(cache, keys, shout, **options)
        return asyncio.run(aget_or_compute(cache, keys, shout.later, **options))

    return ask_one


def test_the_second_time_nothing_is_computed(ask):
    cache, shout = open_cache(), Shouting()
    assert values(ask(cache, KEYS, shout)) == [key.subject.upper() for key in KEYS]
    again = ask(cache, [*KEYS, KEYS[0]], shout)
    assert {outcome.origin for outcome in again.values()} == {"hit"}
    assert sorted(shout.calls) == sorted(key.subject for key in KEYS)
    assert (cache.counters.hits, cache.counters.misses) == (40, 40)


def test_equal_keys_are_computed_once(ask):
    cache, shout = open_cache(), Shouting()
    assert values(ask(cache, [key_of("a"), key_of("b"), key_of("a")], shout)) == ["A", "B"]
    assert shout.calls == ["a", "b"]


def test_a_crash_in_the_third_batch_keeps_the_first_two(ask):
    cache = open_cache(batch_size=10)

    class Failing(Shouting):
        def _entries(self, misses):
            if len(self.calls) == 20:
                raise OSError("no network")
            return super()._entries(misses)

    with pytest.raises(OSError, match="no network"):
        ask(cache, KEYS, Failing())
    shout = Shouting()
    ask(cache, KEYS, shout)
    assert shout.calls == [key.subject for key in KEYS[20:]]


def test_another_recipe_makes_an_entry_stale_and_replaces_it(ask):
    cache, shout = open_cache(), Shouting()
    ask(cache, [key_of("a")], shout)
    changed = key_of("a", Recipe("shout", 2, {}))
    assert ask(cache, [changed], shout)[changed].origin == "computed"
    assert ask(cache, [changed], shout)[changed].origin == "hit"
    assert shout.reasons == ["missing", "stale"]
    assert cache.counters["stale"] == 1
    (stat,) = cache.store.scan()
    assert stat.name == "text/a"


def test_a_computation_sees_the_stale_entry():
    cache = open_cache()
    get_or_compute(cache, [key_of("a")], Shouting())
    seen = []
    get_or_compute(
        cache,
        [key_of("a", Recipe("shout", 2, {}))],
        lambda misses: seen.extend(misses.values()) or Shouting()(misses),
    )
    assert seen[0].stale.value == "A"


def test_refreshing_computes_and_stores_anew(ask):
    cache, shout = open_cache(), Shouting()
    ask(cache, [key_of("a")], shout)
    assert ask(cache, [key_of("a")], shout, refresh=True)[key_of("a")].origin == "computed"
    assert ask(cache, [key_of("a")], shout)[key_of("a")].origin == "hit"
    assert shout.reasons == ["missing", "refresh"]


def test_damage_is_set_aside_named_and_redone(ask, tmp_path, caplog):
    cache, shout = open_cache(FileStore(tmp_path)), Shouting()
    ask(cache, [key_of("a"), key_of("b")], shout)
    path = tmp_path / "text/a"
    damaged = path.read_bytes()[:-1]
    path.write_bytes(damaged)
    outcomes = ask(cache, [key_of("a"), key_of("b")], shout)
    assert [outcome.origin for outcome in outcomes.values()] == ["computed", "hit"]
    assert values(outcomes) == ["A", "B"]
    assert shout.reasons == ["missing", "missing", "damaged"]
    assert cache.counters["damaged"] == 1
    assert (tmp_path / QUARANTINE / "text_a").read_bytes() == damaged
    assert [r.message for r in caplog.records if "text/a" in r.message and r.levelname == "WARNING"]
    assert ask(cache, [key_of("a")], shout)[key_of("a")].origin == "hit"


class DeadStore(MemoryStore):
    """A server that went away."""

    def get_many(self, names):
        raise StoreError("the server went away")

    def put_many(self, items, ttl=None):
        raise StoreError("the server went away")


def test_a_store_that_fails_costs_one_warning_and_no_work(ask, caplog):
    cache, shout = open_cache(DeadStore(), batch_size=3), Shouting()
    for _ in range(2):
        assert values(ask(cache, KEYS[:10], shout)) == [key.subject.upper() for key in KEYS[:10]]
    assert len(shout.calls) == 10, "what waits for the store is not computed twice"
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert [record.getMessage() for record in warnings] == [
        "Going on without the cache: the server went away"
    ]
    assert cache.give_up_waiting() == (10, "the server went away")


class ReadOnlyStore(MemoryStore):
    def delete_many(self, names):
        raise StoreError("read only")


def test_damage_that_cannot_be_set_aside_is_redone_all_the_same(ask):
    store = ReadOnlyStore()
    store.put_many({"text/a": b"damage"})
    assert values(ask(open_cache(store), [key_of("a")], Shouting())) == ["A"]


def test_who_peeks_gets_what_is_whole_and_changes_nothing():
    store = MemoryStore()
    cache = open_cache(store)
    get_or_compute(cache, KEYS[:3], Shouting())
    counted = cache.counters.hits, cache.counters.misses
    store.put_many({KEYS[1].name: b"damaged"})
    names = [key.name for key in (KEYS[2], KEYS[1], KEYS[30], KEYS[0])]
    peeked = [(name, entry.value) for name, entry in peek(store, TextCodec(), names)]
    assert peeked == [(KEYS[2].name, "W2"), (KEYS[0].name, "W0")]
    assert (cache.counters.hits, cache.counters.misses) == counted
    assert len(list(store.scan())) == 3


def test_fifty_threads_compute_each_key_once():
    cache, shout = open_cache(batch_size=4), Shouting(0.005)
    results = [None] * 50
    start = threading.Barrier(50)

    def work(number):
        keys = [KEYS[(number + step) % 40] for step in range(12)]
        start.wait()
        results[number] = values(get_or_compute(cache, keys, shout)) == [
            key.subject.upper() for key in keys
        ]

    threads = [threading.Thread(target=work, args=[number]) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert results == [True] * 50
    assert sorted(shout.calls) == sorted(key.subject for key in KEYS)
    assert cache.counters.hits + cache.counters.misses == 50 * 12


async def test_two_hundred_tasks_compute_each_key_once():
    cache, shout = open_cache(batch_size=4), Shouting(0.002)

    async def work(number):
        keys = [KEYS[(number + step) % 40] for step in range(12)]
        outcomes = await aget_or_compute(cache, keys, shout.later)
        assert values(outcomes) == [key.subject.upper() for key in keys]

    async with asyncio.timeout(LIMIT):
        await asyncio.gather(*map(work, range(200)))
    assert sorted(shout.calls) == sorted(key.subject for key in KEYS)
    assert cache.counters.hits + cache.counters.misses == 200 * 12


async def test_threads_and_tasks_share_their_flights():
    cache, shout = open_cache(), Shouting(0.1)
    outcomes = await asyncio.gather(
        aget_or_compute(cache, KEYS, shout.later),
        *(asyncio.to_thread(get_or_compute, cache, KEYS, shout) for _ in range(3)),
    )
    assert sorted(shout.calls) == sorted(key.subject for key in KEYS)
    assert len({tuple(values(outcome)) for outcome in outcomes}) == 1


class Waiting(Shouting):
    """An asynchronous computation that says when it began, and goes on when it is told to."""

    def __init__(self):
        super().__init__()
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()

    async def later(self, misses):
        self.begun.set()
        await self.go_on.wait()
        return self._entries(misses)


async def followed_by(cache, count):
    """Wait until so many wait for the one key that is being computed."""
    await until_async(lambda: sum(map(len, cache._flights._followers.values())) == count)


async def leader_and_followers(cache, leading, shout, followers=3):
    leader = asyncio.create_task(aget_or_compute(cache, [key_of("a")], leading.later))
    await leading.begun.wait()
    tasks = [
        asyncio.create_task(aget_or_compute(cache, [key_of("a")], shout.later))
        for _ in range(followers)
    ]
    await followed_by(cache, followers)
    return leader, tasks


async def test_one_follower_takes_over_from_a_cancelled_leader():
    cache, leading, shout = open_cache(), Waiting(), Shouting(0.02)
    leader, followers = await leader_and_followers(cache, leading, shout)
    leader.cancel()
    async with asyncio.timeout(LIMIT):
        outcomes = await asyncio.gather(*followers)
    assert [values(outcome) for outcome in outcomes] == [["A"]] * 3
    assert shout.calls == ["a"]
    with pytest.raises(asyncio.CancelledError):
        await leader


async def test_a_cancelled_follower_harms_nobody():
    cache, leading, shout = open_cache(), Waiting(), Shouting()
    leader, (cancelled, *others) = await leader_and_followers(cache, leading, shout)
    cancelled.cancel()
    await asyncio.wait([cancelled])
    leading.go_on.set()
    async with asyncio.timeout(LIMIT):
        outcomes = await asyncio.gather(leader, *others)
    assert [values(outcome) for outcome in outcomes] == [["A"]] * 3
    assert (leading.calls, shout.calls) == (["a"], [])
    assert cancelled.cancelled()


async def test_a_leaders_error_reaches_its_followers_and_nothing_is_kept():
    cache, shout = open_cache(), Shouting()

    class Failing(Waiting):
        def _entries(self, misses):
            raise OSError("no network")

    leading = Failing()
    leader, followers = await leader_and_followers(cache, leading, shout)
    leading.go_on.set()
    errors = await asyncio.gather(leader, *followers, return_exceptions=True)
    assert [str(error) for error in errors] == ["no network"] * 4
    assert shout.calls == []
    assert values(await aget_or_compute(cache, [key_of("a")], shout.later)) == ["A"]


async def test_waiting_in_the_leaders_own_loop_raises_instead_of_hanging():
    cache, leading = open_cache(), Waiting()
    leader = asyncio.create_task(aget_or_compute(cache, [key_of("a")], leading.later))
    await leading.begun.wait()
    with pytest.raises(WaitError, match="await"):
        get_or_compute(cache, [key_of("a")], Shouting())
    leading.go_on.set()
    assert values(await leader) == ["A"]


def test_a_computation_that_asks_for_itself_raises_instead_of_hanging():
    cache = open_cache()

    def ask_again(misses):
        get_or_compute(cache, [key_of("a")], Shouting())

    with pytest.raises(WaitError):
        get_or_compute(cache, [key_of("a")], ask_again)


class SlowStore(MemoryStore):
    """Takes until it is let go on, for each call."""

    def __init__(self):
        super().__init__()
        self.arrived = threading.Event()
        self.go_on = threading.Semaphore(0)

    def _wait(self):
        self.arrived.set()
        assert self.go_on.acquire(timeout=LIMIT)

    def get_many(self, names):
        self._wait()
        return super().get_many(names)

    def put_many(self, items, ttl=None):
        self._wait()
        super().put_many(items, ttl)


async def test_a_slow_store_does_not_block_the_event_loop():
    store, shout = SlowStore(), Shouting()
    turns = 0

    async def let_go_on():
        # Were the loop blocked by the store, nobody would let that go on.
        nonlocal turns
        while True:
            await until_async(store.arrived.is_set)
            store.arrived.clear()
            store.go_on.release()
            turns += 1

    letting = asyncio.create_task(let_go_on())
    await aget_or_compute(open_cache(store), [key_of("a")], shout.later)
    letting.cancel()
    assert turns == 3, "two look-ups and a record"


async def test_being_cancelled_while_recording_pays_nothing_twice():
    store, leading, shout = SlowStore(), Waiting(), Shouting()
    cache = open_cache(store)
    for _ in range(3):  # two look-ups of the leader and one of its follower
        store.go_on.release()
    leader = asyncio.create_task(aget_or_compute(cache, [key_of("a")], leading.later))
    await leading.begun.wait()
    follower = asyncio.create_task(aget_or_compute(cache, [key_of("a")], shout.later))
    await followed_by(cache, 1)
    store.arrived.clear()
    leading.go_on.set()
    await until_async(store.arrived.is_set)  # now it records
    leader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leader
    store.go_on.release()
    assert values(await follower) == ["A"]
    assert (leading.calls, shout.calls) == (["a"], [])


async def test_what_waits_to_be_recorded_is_recorded_though_its_task_is_cancelled():
    store, key = MemoryStore(), key_of("a")
    cache = open_cache(store)
    may_go_on = threading.Event()
    async with cache.reserve(key) as slot:
        # Every thread in which a store is called is busy, so that the recording has to wait.
        busy = [asyncio.create_task(hop(may_go_on.wait, LIMIT)) for _ in range(9)]
        await asyncio.sleep(0)
        entry = Entry.made_by(key.recipe, "A")
        recording = asyncio.create_task(slot.record(entry))
        await asyncio.sleep(0)
        recording.cancel()
        with pytest.raises(asyncio.CancelledError):
            await recording
    may_go_on.set()
    await asyncio.wait(busy)
    await all_recorded()
    assert key.name in store.get_many([key.name])


async def recorded(cache, word, entry=None, **options):
    """Reserve an entry, and record it where it is missing; returns the slot."""
    key = key_of(word)
    async with cache.reserve(key, **options) as slot:
        if slot.missing:
            await slot.record(entry or Entry.made_by(key.recipe, word.upper()))
    return slot


async def test_a_reserved_entry_is_recorded_and_found():
    cache = open_cache()
    first = await recorded(cache, "a")
    assert (first.origin, first.miss.reason, first.entry.value) == ("computed", "missing", "A")
    second = await recorded(cache, "a")
    assert (second.origin, second.miss, second.entry.value) == ("hit", None, "A")
    third = await recorded(cache, "a", refresh=True)
    assert (third.origin, third.miss.reason) == ("computed", "refresh")
    assert (cache.counters.hits, cache.counters.misses) == (1, 2)


async def test_who_reserves_one_entry_reads_the_store_once(monkeypatch):
    cache, read = open_cache(), []
    held = cache.store.get_many
    monkeypatch.setattr(cache.store, "get_many", lambda names: read.append(names) or held(names))
    for origin in ("computed", "hit"):
        assert (await recorded(cache, "a")).origin == origin
    assert read == [[key_of("a").name]] * 2


async def test_a_stale_entry_is_lent_to_who_must_replace_it():
    cache = open_cache()
    await recorded(cache, "a", Entry.made_by(Recipe("extract", 1, {"old": True}), "old"))
    slot = await recorded(cache, "a")
    assert (slot.miss.reason, slot.miss.stale.value) == ("stale", "old")
    assert slot.entry.value == "A"


async def test_who_reserves_what_is_reserved_waits_and_shares_it():
    cache, order = open_cache(), []
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def first():
        async with cache.reserve(key_of("a")) as slot:
            begun.set()
            await go_on.wait()
            order.append("computed")
            await slot.record(Entry.made_by(RECIPE, "A"))

    async def second():
        async with cache.reserve(key_of("a")) as slot:
            order.append(slot.origin)
            return slot.entry.value

    leader = asyncio.create_task(first())
    await begun.wait()
    follower = asyncio.create_task(second())
    await asyncio.sleep(0)
    go_on.set()
    await leader
    assert await follower == "A"
    assert order in (["computed", "shared"], ["computed", "hit"])


async def test_a_block_that_raises_records_nothing_and_lets_the_next_one_in():
    cache = open_cache()

    async def fail():
        async with cache.reserve(key_of("a")):
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await fail()
    assert (await recorded(cache, "a")).origin == "computed"


async def test_a_block_that_records_nothing_is_a_mistake():
    cache = open_cache()
    with pytest.raises(RuntimeError, match="nothing was recorded"):
        async with cache.reserve(key_of("a")):
            pass
    assert (await recorded(cache, "a")).origin == "computed"


async def test_what_a_cancelled_block_reserved_is_taken_over():
    cache, begun = open_cache(), asyncio.Event()

    async def for_ever():
        async with cache.reserve(key_of("a")):
            begun.set()
            await asyncio.Event().wait()

    cancelled = asyncio.create_task(for_ever())
    await begun.wait()
    waiting = asyncio.create_task(recorded(cache, "a"))
    await asyncio.sleep(0)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert (await waiting).origin == "computed"
