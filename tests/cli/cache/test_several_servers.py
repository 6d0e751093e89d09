"""The commands that look after a cache whose entries are on several servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import servers
from books import pdf
from renai import EmbeddingCache, Recipe
from renai.keys.digest import get_file_hash
from renai.stores.registry import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from endpoint import Endpoint
    from program import Program
    from servers import RedisServer

BOOKS = 12
TEXTS = [f"text {number}" for number in range(60)]
PAID = ("--provider", "custom", "--yes", "--dry-run")


@pytest.fixture
def second_redis() -> Iterator[RedisServer]:
    """A server that a test may kill."""
    server = servers.have_redis()
    yield server
    servers.drop(server)


@pytest.fixture
def urls(redis_server: RedisServer, second_redis: RedisServer) -> list[str]:
    """Three places: two databases of one server, and one of another."""
    redis_server.empty()
    second_redis.empty()
    return [redis_server.url, redis_server.url.removesuffix("0") + "1", second_redis.url]


@pytest.fixture
def renai(renai: Program, urls: list[str]) -> Program:
    """The program, which keeps everything on the servers."""
    renai.environment["RENAI_CACHE_URL"] = ",".join(urls)
    return renai


@pytest.fixture
def books(renai: Program, tmp_path: Path) -> Path:
    """Books that the model was asked about, and vectors of two models."""
    folder = tmp_path / "books"
    folder.mkdir()
    for number in range(BOOKS):
        (folder / f"scan{number}.pdf").write_bytes(pdf(f"Harbour Tales {number}"))
    assert renai(folder, *PAID).code == 0
    for model in ("old-model", "new-model"):
        url = renai.environment["RENAI_CACHE_URL"]
        with EmbeddingCache(url, Recipe(model), ledger="shared") as cache:
            cache.trace(TEXTS[:1], [get_file_hash(folder / "scan1.pdf")])
            cache.embed(TEXTS, lambda texts: [[1.0, 2.0]] * len(texts))
    return folder


def listed(renai: Program) -> list[str]:
    """The names of all that `list` lists."""
    layers = (f"--layer={layer}" for layer in ("text", "metadata", "embedding"))
    return sorted(
        each["name"] for each in renai("cache", "list", *layers, "--json").json["entries"]
    )


def names_in(url: str, prefix: str = "") -> set[str]:
    """The names of what one server has."""
    with open_store(url) as store:
        return {stat.name for stat in store.scan(prefix)}


def test_a_second_run_hits_and_all_is_listed_and_counted(
    renai: Program, books: Path, urls: list[str], endpoint: Endpoint
) -> None:
    assert all(names_in(url, "embedding/") for url in urls), "each has its part"
    asked = len(endpoint.calls)
    run = renai(books, *PAID, "--json").json["summary"]
    assert (run["hits"], run["misses"], len(endpoint.calls)) == (BOOKS, 0, asked)
    assert len(listed(renai)) == 2 * BOOKS + 2 * len(TEXTS)
    of_model = ("--layer", "embedding", "--model", "old-model")
    assert len(renai("cache", "list", *of_model, "--json").json["entries"]) == len(TEXTS)
    stats = renai("cache", "stats", "--json").json
    (account,) = (each for each in stats["accounts"] if each["layer"] == "metadata")
    assert (account["hits"], account["misses"]) == (BOOKS, BOOKS)
    with EmbeddingCache(urls, Recipe("new-model"), ledger="shared") as cache:
        assert cache.get(TEXTS).hits.all()
    shared = renai("cache", "stats", "--vectors-url", ",".join(urls), "--json").json["accounts"]
    counted = {each["model"]: (each["hits"], each["misses"]) for each in shared}
    assert counted == {"old-model": (0, len(TEXTS)), "new-model": (len(TEXTS), len(TEXTS))}
    verified = renai("cache", "verify", "--json")
    assert (verified.code, verified.json["bad"]) == (0, 0)


def test_one_damaged_entry_is_found_and_repaired(
    renai: Program, books: Path, urls: list[str]
) -> None:
    url, name = next((url, name) for url in urls for name in names_in(url, "metadata/"))
    with open_store(url) as store:
        store.put_many({name: store.get_many([name])[name].replace(b"Harbour", b"Harbout")})
    found = renai("cache", "verify")
    assert (found.code, f"{name}: left there, see --repair" in found.out) == (1, True)
    repaired = renai("cache", "verify", "--repair", "--json")
    assert (repaired.code, repaired.json["bad"]) == (1, 1)
    assert renai("cache", "verify").code == 0
    assert not any(name in names_in(url) for url in urls)


def test_verify_moves_what_a_new_server_takes_over(
    renai: Program, books: Path, urls: list[str]
) -> None:
    renai.environment["RENAI_CACHE_URL"] += "," + urls[1].removesuffix("1") + "2"
    *_, joined = renai.environment["RENAI_CACHE_URL"].split(",")
    assert not names_in(joined, "embedding/")
    assert renai("cache", "verify").code == 0
    assert len(names_in(joined, "embedding/")) > len(TEXTS) / 4
    assert len(listed(renai)) == 2 * BOOKS + 2 * len(TEXTS), "some are in two places now"


def test_what_is_forgotten_is_on_no_server(renai: Program, books: Path, urls: list[str]) -> None:
    # Everything moves, so that there are copies at old places, too.
    renai.environment["RENAI_CACHE_URL"] += "," + urls[1].removesuffix("1") + "2"
    everywhere = renai.environment["RENAI_CACHE_URL"].split(",")
    assert renai("cache", "verify").code == 0
    digest = get_file_hash(books / "scan1.pdf")
    forgotten = renai("cache", "forget", books / "scan1.pdf", "--yes")
    assert "Forgot 1 document: 2 entries, 2 vectors, " in forgotten.out
    assert not any(digest in name for url in everywhere for name in names_in(url))
    assert len(listed(renai)) == 2 * (BOOKS - 1) + 2 * (len(TEXTS) - 1)
    assert "0 entries" in renai("cache", "forget", books / "scan1.pdf", "--yes").out


def test_prune_drops_one_model_from_all_servers(
    renai: Program, books: Path, urls: list[str]
) -> None:
    pruned = renai("cache", "prune", "--layer", "embedding", "--model", "old-model", "--yes")
    assert f"Dropped {len(TEXTS)} entries" in pruned.out
    assert sum(len(names_in(url, "embedding/")) for url in urls) == len(TEXTS)
    dropped = renai("cache", "prune", "--provider", "custom", "--yes", "--json").json
    assert dropped["dropped"] == BOOKS
    assert not any(names_in(url, "metadata/") for url in urls)


@pytest.mark.parametrize(
    "command",
    [
        ("list",),
        ("verify",),
        ("prune", "--provider", "custom", "--yes"),
        ("forget", "0" * 64, "--yes"),
    ],
)
def test_a_server_that_is_down_is_named_and_nothing_is_half_done(
    renai: Program, books: Path, urls: list[str], second_redis: RedisServer, command: tuple[str]
) -> None:
    before = {url: names_in(url) for url in urls[:2]}
    second_redis.kill()
    refused = renai("cache", *command)
    assert refused.code == 3
    assert f"redis://127.0.0.1:{second_redis.port}" in refused.err
    assert {url: names_in(url) for url in urls[:2]} == before
