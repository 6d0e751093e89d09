"""Several servers as one store: who owns a name, who joins, who leaves, who fails."""

import pickle
import threading
from collections import Counter

import numpy as np
import psycopg
import pytest
from redis import Redis

import servers
from flaky_store import Flaky
from forks import exit_code, fork
from renai import EmbeddingCache, Recipe
from renai.cache.quarantine import set_aside
from renai.errors import ConfigurationError, StoreError
from renai.stores.base import Lease, without_password
from renai.stores.memory import MemoryStore
from renai.stores.registry import open_store
from renai.stores.rendezvous import Ranking, identity_of
from renai.stores.sharded import ShardedStore
from renai.stores.shares import ShareError
from renai.stores.testing import LeasingStoreContract, StoreContract
from renai.stores.tiered import TieredStore
from waiting import LIMIT

NAMES = [f"e/{number}" for number in range(400)]


def owners(identities, names=NAMES):
    """Which server owns each name."""
    ranked = Ranking(identities).of(names, 2)
    return {
        name: [identities[number] for number in row]
        for name, row in zip(names, ranked, strict=True)
    }


def of_memory(*identities):
    return {identity: MemoryStore() for identity in identities}


# Who owns a name.


def test_owners_never_change():
    identities = ["redis a:6379/0", "redis b:6379/0", "redis c:6379/0"]
    ranked = Ranking(identities).of([f"embedding/{n}" for n in range(12)], 3).tolist()
    assert ranked == FROZEN


FROZEN = [
    *([1, 0, 2], [0, 2, 1], [0, 1, 2], [0, 1, 2], [1, 2, 0], [2, 0, 1]),
    *([0, 1, 2], [0, 2, 1], [2, 1, 0], [0, 1, 2], [1, 2, 0], [1, 0, 2]),
]


def test_each_server_owns_its_part():
    identities = [f"redis host{number}:6379/0" for number in range(5)]
    counted = Counter(
        ranks[0] for ranks in owners(identities, [f"n{n}" for n in range(20_000)]).values()
    )
    assert all(3_800 < counted[identity] < 4_200 for identity in identities), counted


def test_a_server_that_joins_takes_its_part_and_moves_nothing_else():
    names = [f"n{n}" for n in range(20_000)]
    before, after = owners(["a", "b", "c"], names), owners(["a", "b", "c", "d"], names)
    moved = [name for name in names if before[name][0] != after[name][0]]
    assert {after[name][0] for name in moved} == {"d"}
    assert 4_700 < len(moved) < 5_300, "a quarter"
    assert all(after[name][1] == before[name][0] for name in moved), "where one looks next"


def test_a_server_is_known_by_its_place_alone():
    same = [
        [
            "redis://a",
            "redis://u:old@a:6379/0",
            "rediss://u:new@A/0?ssl_cert_reqs=none",
            "valkey://a/0",
        ],
        ["redis://a/3", "redis://:secret@a?db=3"],
        ["unix:///run/redis.sock", "unix://u:secret@/run/redis.sock?db=0"],
        ["redis+sentinel://a,b:26379/books/0", "redis+sentinel://u:p@a:26379/books/0"],
        ["redis+cluster://a:7000,b:7000", "redis+cluster://x:y@a:7000"],
        ["postgresql://u:old@a/vectors", "postgres://v:new@a:5432/vectors?sslmode=require"],
        ["postgresql://u:old@/u?host=/run", "postgresql:///u?host=/run&user=v"],
    ]
    identities = [{identity_of(url) for url in urls} for urls in same]
    assert all(len(its) == 1 for its in identities), identities
    assert len(set.union(*identities)) == len(same)
    assert "secret" not in str(identities)
    with pytest.raises(ConfigurationError, match="port"):
        identity_of("redis://a:b/0")


# What is opened.


@pytest.mark.parametrize(
    "urls",
    [
        [],
        ["redis://a", "redis://u:secret@a:6379/0"],
        "redis://u:secret@a,redis://u:secret@a/0",
        "redis://a,postgresql://u:secret@a/b",
        "memory://,memory://",
        ["redis://u:se cret@a", "redis://b"],
        ["redis://a", "redis://b", "memory://"],
    ],
)
def test_what_makes_no_sense_is_refused_before_a_server_is_asked(urls):
    with pytest.raises(ConfigurationError) as refused:
        open_store(urls)
    assert "secret" not in str(refused.value)


def test_no_password_of_several_servers_is_shown():
    said = without_password("redis://u:one@a:1/0,redis+cluster://:two@b:1,c:2,redis://d")
    assert said == "redis://a:1/0,redis+cluster://b:1,c:2,redis://d"


def test_a_server_that_is_not_there_is_named_when_the_store_is_opened(redis_server):
    with pytest.raises(StoreError, match=r"redis://127\.0\.0\.1:1/0"):
        open_store([redis_server.url, "redis://u:secret@127.0.0.1:1/0"])


def test_two_servers_of_one_kind_can_still_be_tiers(redis_urls):
    near, far = redis_urls[:2]
    with open_store([near, [far]]) as store:
        assert isinstance(store, TieredStore)
        store.put_many({"e/a": b"1"})
    with open_store(far) as alone:
        assert alone.get_many(["e/a"]) == {"e/a": b"1"}
    with open_store(["memory://", f"{near},{far}"]) as store:
        assert isinstance(store, TieredStore)
        assert isinstance(store.slow, ShardedStore)


def test_a_limit_is_shared_out(databases):
    with open_store(databases[:2], max_bytes=40_000) as store:
        store.put_many({name: bytes(500) for name in NAMES})
        assert sum(stat.size for stat in store.scan()) <= 40_000


# Servers that are there.


@pytest.fixture
def four_redis_urls(redis_server):
    """Four databases of one server, which are four servers to a client."""
    redis_server.empty()
    return [redis_server.url.removesuffix("0") + str(number) for number in range(4)]


@pytest.fixture
def redis_urls(four_redis_urls):
    return four_redis_urls[:3]


@pytest.fixture(scope="module")
def made_databases(postgres_server):
    names = ["shard_a", "shard_b", "shard_c", "shard_d"]
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        for name in names:
            connection.execute(f"CREATE DATABASE {name}")
    return [postgres_server.url.rpartition("/")[0] + f"/{name}" for name in names]


@pytest.fixture
def databases(made_databases):
    yield made_databases
    for url in made_databases:
        with psycopg.connect(url) as connection:
            for table in ("entries", "leases"):
                if connection.execute(f"SELECT to_regclass('renai_{table}')").fetchone() != (None,):
                    connection.execute(f"DELETE FROM renai_{table}")


@pytest.fixture
def four(request, kind):
    return request.getfixturevalue({"redis": "four_redis_urls", "postgres": "databases"}[kind])


@pytest.fixture
def several(four):
    return four[:3]


def of_kinds(*kinds):
    return pytest.mark.parametrize("kind", kinds or ("redis", "postgres"))


@pytest.mark.parametrize(
    "kind", ["redis", "memory", pytest.param("postgres", marks=pytest.mark.long)]
)
class TestSeveralServers(StoreContract):
    @pytest.fixture
    def store(self, kind, request):
        if kind == "memory":
            with ShardedStore(of_memory("a", "b", "c")) as store:
                yield store
        else:
            with open_store(request.getfixturevalue("several")) as store:
                yield store


@of_kinds()
class TestTheirLeases(LeasingStoreContract):
    @pytest.fixture
    def store(self, several):
        with open_store(several[:2]) as store:
            yield store


@of_kinds()
def test_one_more_server_costs_nothing(kind, several):
    items = {name: name.encode() for name in NAMES}
    with open_store(several[:2]) as store:
        store.put_many(items)
        store.backdate(dict.fromkeys(NAMES, 1_000_000.0))
    with open_store(several) as store:
        assert {stat.name for stat in store.scan("e/")} == set(NAMES), "not moved, and listed"
        assert store.dates_of(NAMES) == dict.fromkeys(NAMES, 1_000_000.0)
        assert store.get_up_to(NAMES, 100) == items
        stats = list(store.scan("e/"))
        assert len(stats) == len(NAMES), "each once, though some are in two places now"
        assert {stat.stored_at for stat in stats} == {1_000_000.0}, "as old as they were"
    with open_store(several[2]) as joined:
        moved = {stat.name for stat in joined.scan("e/")}
        assert len(NAMES) / 4 < len(moved) < len(NAMES) / 2
        joined.put_many(dict.fromkeys(moved, b"the owner's"))
    with open_store(several) as store:
        now = store.get_many(NAMES)
        assert {name for name in NAMES if now[name] == b"the owner's"} == moved, "asked first"
    with open_store(several[:2]) as store:
        assert store.get_many(NAMES) == items, "who does not know the new one loses nothing"


@of_kinds()
def test_two_servers_that_join_at_once_cost_nothing(kind, four):
    """For some names both of them come before the old owner, who is third then."""
    items = {name: name.encode() for name in NAMES}
    with open_store(four[:2]) as store:
        store.put_many(items)
        store.backdate(dict.fromkeys(NAMES, 1_000_000.0))
    thirds = [
        name
        for name, row in zip(
            NAMES, Ranking([identity_of(url) for url in four]).of(NAMES, 2), strict=True
        )
        if set(row.tolist()) == {2, 3}
    ]
    assert 40 < len(thirds) < 100, "a sixth"
    with open_store(four) as store:
        assert store.dates_of(NAMES) == dict.fromkeys(NAMES, 1_000_000.0)
        assert store.get_many(NAMES) == items
        stats = list(store.scan("e/"))
        assert len(stats) == len(NAMES), "each once, though half of them are in two places now"
        assert {stat.stored_at for stat in stats} == {1_000_000.0}, "as old as they were"
        assert store.delete_many(thirds) == len(thirds)
    for url in four:
        with open_store(url) as alone:
            assert alone.get_many(thirds) == {}


def test_of_two_copies_the_one_nearer_to_the_owner_counts():
    identities = ["a", "b", "c"]
    stores = of_memory(*identities)
    _, second, third = (identities[number] for number in Ranking(identities).of(["e/a"], 3)[0])
    stores[second].put_many({"e/a": b"newer"})
    stores[third].put_many({"e/a": b"older"})
    with ShardedStore(stores) as store:
        assert store.get_many(["e/a"]) == {"e/a": b"newer"}
        assert store.get_many(["e/a"]) == {"e/a": b"newer"}, "which the owner has kept"


@of_kinds()
def test_what_is_deleted_is_gone_everywhere(kind, several):
    with open_store(several[:2]) as store:
        store.put_many(dict.fromkeys(NAMES, b"1"))
    with open_store(several) as store:
        store.get_many(NAMES[:200])
        assert store.delete_many([*NAMES, "e/never"]) == len(NAMES)
    for url in several:
        with open_store(url) as alone:
            assert list(alone.scan()) == []


@of_kinds()
def test_a_server_that_leaves_takes_its_part_along(kind, several):
    with open_store(several) as store:
        store.put_many(dict.fromkeys(NAMES, b"1"))
    with open_store(several[2]) as leaving:
        lost = {stat.name for stat in leaving.scan()}
    with open_store(several[:2]) as store:
        assert store.get_many(NAMES).keys() == set(NAMES) - lost


def test_who_asks_in_another_order_finds_the_same(redis_urls):
    with open_store(redis_urls) as store:
        store.put_many(dict.fromkeys(NAMES, b"1"))
    counts = []
    for url in redis_urls:
        with open_store(url) as alone:
            counts.append(len(list(alone.scan())))
    assert sum(counts) == len(NAMES)
    with open_store(",".join(reversed(redis_urls))) as store:
        assert len(store.get_many(NAMES)) == len(NAMES)
    for url, count in zip(redis_urls, counts, strict=True):
        with open_store(url) as alone:
            assert len(list(alone.scan())) == count, "nothing had to move"


def test_a_batch_is_one_round_trip_to_each_server(redis_urls):
    with open_store(redis_urls) as store:
        store.put_many(dict.fromkeys(NAMES, b"1"))
        client = Redis.from_url(redis_urls[0])
        client.config_resetstat()
        store.get_many(NAMES)
        stats = client.info("commandstats")
        assert {name: its["calls"] for name, its in stats.items()} == {
            "cmdstat_mget": 3,
            "cmdstat_config|resetstat": 1,
        }
        store.get_up_to(NAMES, 100)
        stats = client.info("commandstats")
        assert (stats["cmdstat_mget"]["calls"], stats["cmdstat_eval"]["calls"]) == (6, 3)
        store.get_up_to(NAMES, 100)
        stats = client.info("commandstats")
        assert (stats["cmdstat_mget"]["calls"], stats["cmdstat_eval"]["calls"]) == (9, 3)
        client.close()


def test_servers_are_asked_at_the_same_time():
    meeting = threading.Barrier(3)

    class Met(MemoryStore):
        def put_many(self, items, ttl=None):
            meeting.wait(LIMIT)
            super().put_many(items, ttl)

    with ShardedStore({name: Met() for name in "abc"}) as store:
        store.put_many(dict.fromkeys(NAMES, b"1"))


# While entries move.


class Watched(MemoryStore):
    """Does something else just after entries were read, once."""

    after_reading = None

    def get_many(self, names):
        found = super().get_many(names)
        act, self.after_reading = self.after_reading, None
        if act is not None:
            act()
        return found


def test_what_is_deleted_while_it_moves_stays_deleted():
    servers = {"a": Watched(), "b": Watched()}
    ShardedStore({"a": servers["a"]}).put_many(dict.fromkeys(NAMES, b"1"))
    with ShardedStore(servers) as store:
        moving = next(name for name, ranks in owners(["a", "b"]).items() if ranks[0] == "b")
        servers["a"].after_reading = lambda: store.delete_many([moving])
        store.get_many([moving])
        assert store.get_many([moving]) == {}
        assert all(moving not in its.get_many([moving]) for its in servers.values())


def test_what_the_owner_gets_meanwhile_stands(redis_urls):
    joined, old = redis_urls[0], redis_urls[1]
    with open_store(old) as alone:
        alone.put_many(dict.fromkeys(NAMES, b"old"))
    with open_store([joined, old]) as store, open_store(joined) as owner:
        get = store.parts()[0].store.get_many

        def written_meanwhile(names):
            found = get(names)
            owner.put_many(dict.fromkeys(names, b"new"))
            return found

        ranked = sorted([joined, old], key=identity_of)
        number = ranked.index(joined)
        get = store.parts()[number].store.get_many
        store.parts()[number].store.get_many = written_meanwhile
        store.get_many(NAMES)
        store.parts()[number].store.get_many = get
        assert set(store.get_many(NAMES).values()) == {b"old", b"new"}
        assert set(owner.get_many(NAMES).values()) == {b"new"}


def test_damage_in_one_place_leaves_an_intact_copy():
    servers = of_memory("a", "b")
    with ShardedStore(servers) as store:
        name, (owner, other) = next(iter(owners(["a", "b"]).items()))
        servers[owner].put_many({name: b"damaged"})
        servers[other].put_many({name: b"intact"})
        set_aside(store, name, b"damaged")
        assert store.get_many([name]) == {name: b"intact"}


# One that fails.


def refusing(*up, down):
    servers = {name: Flaky() for name in (*up, down)}
    servers[down].is_up = False
    return servers


def test_a_server_that_fails_costs_its_share():
    servers = refusing("a", "b", down="c")
    lost = {name for name, ranks in owners(list("abc")).items() if ranks[0] == "c"}
    with ShardedStore(servers) as store:
        with pytest.raises(ShareError, match=r"^1 of 3 servers: the cable is out$") as refused:
            store.put_many(dict.fromkeys(NAMES, b"1"))
        assert refused.value.refused == lost
        with pytest.raises(ShareError) as failed:
            store.get_many(NAMES)
        assert failed.value.found.keys() == set(NAMES) - lost
        with pytest.raises(StoreError):
            store.delete_many(NAMES)
        servers["c"].is_up = True
        assert store.get_many(NAMES) == {}, "the others have deleted theirs"


def test_what_others_list_is_listed_before_a_failure_is_told():
    class Unlisted(MemoryStore):
        def scan(self, prefix=""):
            raise StoreError("gone")

    servers = {"a": Unlisted(), "b": MemoryStore()}
    with ShardedStore(servers) as store:
        store.put_many(dict.fromkeys(NAMES, b"1"))
        listed = []
        with pytest.raises(StoreError, match="gone"):
            listed.extend(stat.name for stat in store.scan())
        assert 100 < len(listed) < len(NAMES)


def test_one_that_cannot_be_claimed_at_holds_up_nobody():
    class Leasing(MemoryStore):
        def __init__(self, *, is_up=True):
            super().__init__()
            self._is_up = is_up

        def claim(self, lease):
            if not self._is_up:
                raise StoreError("gone")
            return set(lease.names)

        renew = release = claim

    with ShardedStore({"a": Leasing(), "b": Leasing(is_up=False)}) as store:
        held = store.claim(Lease(tuple(NAMES), 30))
        assert held == {name for name, ranks in owners(["a", "b"]).items() if ranks[0] == "a"}
    with (
        ShardedStore({"a": Leasing(is_up=False)}) as store,
        pytest.raises(StoreError, match="gone"),
    ):
        store.claim(Lease(tuple(NAMES), 30))


def test_tiers_over_several_keep_what_one_refuses():
    servers = refusing("a", down="b")
    lost = {name for name, ranks in owners(["a", "b"]).items() if ranks[0] == "b"}
    with TieredStore(MemoryStore(), ShardedStore(servers)) as store:
        with pytest.raises(StoreError):
            store.put_many(dict.fromkeys(NAMES, b"1"))
        assert set(store.unwritten()) == lost
        store.fast.delete_many(NAMES[:200])
        assert store.get_many(NAMES).keys() == set(NAMES) - (set(NAMES[:200]) & lost)
        servers["b"].is_up = True
        store.write_back()
        assert len(store.slow.get_many(NAMES)) == len(NAMES) - len(set(NAMES[:200]) & lost)


# Vectors in it.


RECIPE = Recipe(model="m", revision="1")
TEXTS = [f"text {number}" for number in range(300)]


class Model:
    def __init__(self):
        self.texts = []

    def __call__(self, texts):
        self.texts += texts
        return np.array([[float(text.split()[1]), 1.0] for text in texts])


@pytest.fixture
def second_redis():
    server = servers.have_redis()
    yield server
    servers.drop(server)


def test_a_dead_server_costs_its_share_and_the_rest_goes_on(redis_server, second_redis, caplog):
    redis_server.empty()
    urls = [redis_server.url, second_redis.url]
    model = Model()
    with EmbeddingCache(urls, RECIPE, ledger=False, batch_size=50) as cache:
        cache.embed(TEXTS[:200], model)
        second_redis.kill()
        found = cache.embed(TEXTS, model)
        assert found.vectors[:, 0].tolist() == list(range(300)), "all are right"
        computed = len(model.texts) - 200
        assert 100 < computed < 300, "what the other one has is not computed again"
        assert 0 < found.unstored < computed
        assert str(second_redis.port) in found.unstored_reason
        assert (
            sum("Going on without the cache: 1 of 2 servers" in it for it in caplog.messages) == 1
        )
        second_redis.start()
        assert cache.embed(TEXTS, model).hits.all()
        assert len(model.texts) == 200 + computed
    with EmbeddingCache(urls, RECIPE, ledger=False) as cache:
        assert cache.get(TEXTS).hits.all(), "what waited is stored"
    with EmbeddingCache(urls, RECIPE, ledger=False, strict=True) as cache:
        second_redis.kill()
        with pytest.raises(StoreError, match="1 of 2 servers"):
            cache.embed(TEXTS, model)


@of_kinds()
def test_a_cache_moves_to_other_processes(kind, several):
    with EmbeddingCache(several, RECIPE, ledger="shared") as cache:
        cache.put(TEXTS, Model()(TEXTS))
        copy = pickle.loads(pickle.dumps(cache))
        with copy:
            assert copy.get(TEXTS).hits.all()
        assert exit_code(fork(lambda: cache.get(TEXTS).hits.all())) == 0
        assert cache.delete(TEXTS[:10]) == 10
