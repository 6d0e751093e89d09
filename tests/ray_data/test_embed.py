"""`renai.ray.embed` on a cluster of one node: every row right, every text computed once."""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pytest
import ray
import ray.data
from redis import Redis

import renai.ray
import servers
from renai import EmbeddingCache, Recipe

ROWS = 512
TEXTS = [f"text {number % 256}" for number in range(ROWS)]
"""Each twice, so that threads need the same at once."""

DIMENSION = 4


class Model:
    """Writes down each batch; gives a text the number that it ends with."""

    def __init__(self, folder, fails_at=None, kills=None):
        self.folder = folder
        self.fails_at = fails_at
        self.kills = kills

    def __call__(self, texts):
        with Path(self.folder, str(os.getpid())).open("a") as file:
            file.write("\t".join(texts) + "\n")
        if self.fails_at in texts:
            raise ZeroDivisionError("the model is broken")
        if self.kills is not None:
            with suppress(ProcessLookupError):
                os.kill(self.kills, signal.SIGKILL)
        return [[float(text.split()[1])] * DIMENSION for text in texts]


@pytest.fixture(scope="module", autouse=True)
def cluster():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        ray.init(
            num_cpus=4,  # whatever the machine has: reading and embedding go on at once
            include_dashboard=False,
            log_to_driver=False,
            object_store_memory=100 << 20,
            _node_ip_address="127.0.0.2",
        )
        ray.data.DataContext.get_current().enable_progress_bars = False
        ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # the actors lack it
        yield
        ray.shutdown()


@pytest.fixture(scope="module")
def server():
    server = servers.have_redis()
    yield server
    servers.drop(server)


@pytest.fixture
def embed(server, tmp_path):
    server.empty()

    def call(ds, **options):
        asked = {
            "column": "text",
            "embedder": Model,
            "embedder_args": {"folder": str(tmp_path)},
            "store": server.url,
            "recipe": Recipe("m"),
            "dimension": DIMENSION,
            "max_batch": 64,
            "rows_per_call": 128,
            "calls_at_once": 4,
            "linger": 60.0,
        }
        return renai.ray.embed(ds, **(asked | options))

    return call


@pytest.fixture
def batches(tmp_path):
    return lambda: [
        line.split("\t") for file in tmp_path.iterdir() for line in file.read_text().splitlines()
    ]


def dataset():
    table = pa.table({"id": range(ROWS), "text": TEXTS})
    return ray.data.from_arrow([table.slice(start, 128) for start in range(0, ROWS, 128)])


def rows_of(ds):
    return sorted((row["id"], row["text"], list(row["embedding"])) for row in ds.iter_rows())


RIGHT = [(n, text, [float(n % 256)] * DIMENSION) for n, text in enumerate(TEXTS)]


def test_rows_are_right_texts_computed_once_and_a_second_run_pays_nothing(
    embed, server, batches, monkeypatch
):
    """And its rows are in their order, since Ray was asked for that."""
    lazy = embed(dataset())
    assert batches() == []
    assert rows_of(lazy) == RIGHT
    assert sorted(text for batch in batches() for text in batch) == sorted(set(TEXTS))
    # As Recipe and text name them for everybody else.
    with EmbeddingCache(server.url, Recipe("m"), ledger=False) as cache:
        assert cache.get(TEXTS).hits.all()
    paid = batches()
    context = ray.data.DataContext.get_current()
    monkeypatch.setattr(context.execution_options, "preserve_order", True)
    again = embed(dataset(), into="vector")
    assert [(row["id"], list(row["vector"])) for row in again.iter_rows()] == [
        (number, vector) for number, _, vector in RIGHT
    ]
    assert batches() == paid


@pytest.fixture
def second_server():
    server = servers.have_redis()
    yield server
    servers.drop(server)


def test_several_servers_share_the_vectors_and_a_second_run_pays_nothing(
    embed, server, second_server, batches
):
    urls = [server.url, second_server.url]
    assert rows_of(embed(dataset(), store=urls)) == RIGHT
    assert sorted(text for batch in batches() for text in batch) == sorted(set(TEXTS))
    for url in urls:
        with EmbeddingCache(url, Recipe("m"), ledger=False) as cache:
            assert 50 < cache.get(sorted(set(TEXTS))).hits.sum() < 206, "each has its part"
    paid = batches()
    assert rows_of(embed(dataset(), store=urls[::-1], actors=2)) == RIGHT
    assert batches() == paid


def test_one_of_several_servers_that_is_down_at_the_start_is_named(embed, server, second_server):
    second_server.kill()
    with pytest.raises(Exception, match=rf"redis://127\.0\.0\.1:{second_server.port}/0"):
        rows_of(embed(dataset(), store=[server.url, second_server.url]))


@pytest.mark.long
def test_one_of_several_servers_that_dies_meanwhile_costs_its_share(
    embed, server, second_server, tmp_path
):
    urls = [server.url, second_server.url]
    with Redis.from_url(second_server.url) as client:
        args = {"folder": str(tmp_path), "kills": client.info("server")["process_id"]}
    assert rows_of(embed(dataset(), store=urls, embedder_args=args, linger=1.0)) == RIGHT
    with EmbeddingCache(server.url, Recipe("m"), ledger=False) as cache:
        assert 50 < cache.get(sorted(set(TEXTS))).hits.sum() < 206, "the other one's part is stored"


def test_calls_of_one_actor_fill_batches_together(embed, batches):
    """Each table has 32 texts, of which no whole batch can be made without the others'."""
    table = pa.table({"id": range(256), "text": TEXTS[:256]})
    ds = ray.data.from_arrow([table.slice(start, 32) for start in range(0, 256, 32)])
    assert rows_of(embed(ds, rows_per_call=32)) == RIGHT[:256]
    assert list(map(len, batches())) == [64, 64, 64, 64]


@pytest.mark.long
def test_what_the_embedder_raises_ends_the_run_and_what_was_paid_for_stays(
    embed, tmp_path, batches
):
    args = {"folder": str(tmp_path), "fails_at": "text 255"}
    with pytest.raises(Exception, match="the model is broken"):
        rows_of(embed(dataset(), embedder_args=args, calls_at_once=1, linger=0.0))
    paid = {text for batch in batches() if "text 255" not in batch for text in batch}
    for file in tmp_path.iterdir():
        file.unlink()
    assert rows_of(embed(dataset())) == RIGHT
    assert {text for batch in batches() for text in batch} == set(TEXTS) - paid
