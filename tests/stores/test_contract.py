"""The contract of stores, and a random walk that compares each with the one in memory."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from renai.stores.breaker import BreakerStore
from renai.stores.files import FileStore
from renai.stores.memory import MemoryStore
from renai.stores.postgres import PostgresStore
from renai.stores.redis import RedisStore
from renai.stores.sqlite import SqliteStore
from renai.stores.testing import StoreContract
from renai.stores.tiered import TieredStore

LIMIT = 10_000_000  # more than any test here writes

OPENERS = {
    "memory": lambda folder, url: MemoryStore(),
    "file": lambda folder, url: FileStore(folder / "cache"),
    "sqlite": lambda folder, url: SqliteStore(folder / "cache.sqlite"),
    "redis": lambda folder, url: RedisStore(url),
    "redis, cluster": lambda folder, url: RedisStore(url),
    "redis, sentinel": lambda folder, url: RedisStore(url),
    "redis, socket": lambda folder, url: RedisStore(url),
    "postgres": lambda folder, url: PostgresStore(url),
    "postgres, pooled": lambda folder, url: PostgresStore(url),
    "tiers": lambda folder, url: TieredStore(MemoryStore(), SqliteStore(folder / "cache.sqlite")),
    "breaker": lambda folder, url: BreakerStore(SqliteStore(folder / "cache.sqlite"), "vectors"),
    "breaker, no leases": lambda folder, url: BreakerStore(FileStore(folder / "cache"), "files"),
    "memory, limited": lambda folder, url: MemoryStore(max_bytes=LIMIT),
    "file, limited": lambda folder, url: FileStore(folder / "cache", max_bytes=LIMIT),
    "sqlite, limited": lambda folder, url: SqliteStore(folder / "cache.sqlite", max_bytes=LIMIT),
    "postgres, limited": lambda folder, url: PostgresStore(url, max_bytes=LIMIT),
}
LASTING = [kind for kind in OPENERS if "memory" not in kind]
SERVERS = {
    "redis": "redis_server",
    "redis, cluster": "redis_cluster",
    "redis, sentinel": "redis_sentinel",
    "redis, socket": "unix_redis",
    "postgres": "postgres_server",
    "postgres, pooled": "pgbouncer_server",
    "postgres, limited": "postgres_server",
}


@pytest.fixture
def url(kind, request):
    """Of an empty server, where the store needs one."""
    if kind not in SERVERS:
        return None
    server = request.getfixturevalue(SERVERS[kind])
    server.empty()
    return server.url


@pytest.mark.parametrize("kind", OPENERS)
class TestStores(StoreContract):
    @pytest.fixture
    def store(self, kind, tmp_path, url):
        with OPENERS[kind](tmp_path, url) as store:
            yield store


@pytest.mark.parametrize("kind", LASTING)
def test_what_was_kept_outlives_its_store(kind, tmp_path, url):
    with OPENERS[kind](tmp_path, url) as store:
        store.put_many({"text/a": b"1"})
    with OPENERS[kind](tmp_path, url) as store:
        assert store.get_many(["text/a"]) == {"text/a": b"1"}


NAMES = st.sampled_from(
    [
        "a",
        "b.txt",
        "text/a",
        "text/ab",
        "text/b",
        "metadata/a",
        "text2/a",
        "Z-_",
        "ab" * 32,
        "e/" + "ab" * 32,
    ]
)
PREFIXES = st.sampled_from(["", "text", "text/", "text/a", "m", "x", "../"])


@pytest.mark.parametrize("kind", LASTING)
def test_every_store_does_what_the_one_in_memory_does(kind, url):
    class Walk(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.folder = Path(tempfile.mkdtemp())
            self.store = OPENERS[kind](self.folder, url)
            self.model = MemoryStore()

        @rule(items=st.dictionaries(NAMES, st.binary(max_size=40), max_size=4))
        def put(self, items):
            self.store.put_many(items)
            self.model.put_many(items)

        @rule(names=st.lists(NAMES, max_size=4))
        def delete(self, names):
            assert self.store.delete_many(names) == self.model.delete_many(names)

        @rule(names=st.lists(NAMES, max_size=4))
        def get(self, names):
            assert self.store.get_many(names) == self.model.get_many(names)

        @rule(prefix=PREFIXES)
        def scan(self, prefix):
            listed = [{(s.name, s.size) for s in x.scan(prefix)} for x in (self.store, self.model)]
            assert listed[0] == listed[1]

        @rule()
        def reopen(self):
            self.store.close()
            self.store = OPENERS[kind](self.folder, url)

        @invariant()
        def holds_the_same(self):
            names = [stat.name for stat in self.model.scan()]
            assert self.store.get_many(names) == self.model.get_many(names)

        def teardown(self):
            self.store.delete_many([stat.name for stat in self.store.scan()])
            self.store.close()
            shutil.rmtree(self.folder)

    walks = settings(
        max_examples=15,
        stateful_step_count=15,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Walk, settings=walks)
