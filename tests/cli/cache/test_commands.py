"""`renai cache` and its commands, as a person or a script sees them."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from books import pdf
from program import ended
from renai.keys.digest import get_file_hash

if TYPE_CHECKING:
    from pathlib import Path

    from endpoint import Endpoint
    from program import Program
    from servers import RedisServer

PAID = ("--provider", "custom", "--yes", "--dry-run")


@pytest.fixture
def book(renai: Program, books: Path) -> Path:
    """One of three that the first model was asked about."""
    assert renai(books, *PAID).code == 0
    return books / "scan1.pdf"


def test_list(renai: Program, book: Path) -> None:
    lines = renai("cache", "list").out.splitlines()
    assert lines[0].split() == ["Layer", "Content", "Provider", "Model", "Size", "Age", "Cost"]
    assert lines[-1].startswith("6 entries, ")
    assert sum(get_file_hash(book)[:12] in line for line in lines) == 2
    asked = renai("cache", "list", "--model", "first-model", "--json").json["entries"]
    assert [entry["cost"]["calls"] for entry in asked] == [1, 1, 1]
    assert renai("cache", "list", "--layer", "verse").code == 2


def test_explain_asks_nobody(renai: Program, book: Path, endpoint: Endpoint) -> None:
    shown = renai("cache", "explain", book, "--provider", "custom", "--model", "other")
    assert "text: hit" in shown.out
    assert "it cost nothing" in shown.out
    assert "metadata: another model of this provider was asked" in shown.out
    assert "custom:first-model answered (1 call, " in shown.out
    assert "custom:other would be asked; what that costs is unknown" in shown.out
    stale = renai("cache", "explain", book, "--provider", "custom", RENAI_TEXT_LIMIT="70")
    assert "text limit: 10000 → 70  (parameters.text_limit)" in stale.out
    assert "unless the text comes out as it was; last time that took 1 call, " in stale.out
    new = book.with_name("new.pdf")
    new.write_bytes(pdf("Harbour Tales 9"))
    unknown = renai("cache", "explain", new, "--provider", "custom").out
    assert "custom:first-model would be asked; its answers took 1 call, " in unknown
    assert unknown.rstrip().endswith("on average")
    hit = renai("cache", "explain", book, "--provider", "custom", "--json").json
    assert [layer["cause"] for layer in hit["layers"]][:2] == ["hit", "hit"]
    assert "it took 1 call, " in renai("cache", "explain", book, "--provider", "custom").out
    assert len(endpoint.calls) == 3


def test_verify_and_repair(renai: Program, book: Path) -> None:
    assert renai("cache", "verify").code == 0
    name = sorted(renai.entries("metadata"))[0]
    path = renai.cache / "metadata" / name
    path.write_bytes(path.read_bytes().replace(b"Harbour", b"Harbout"))
    found = renai("cache", "verify")
    assert found.code == 1
    assert f"metadata/{name}: left there, see --repair" in found.out
    repaired = renai("cache", "verify", "--repair", "--json")
    assert (repaired.code, repaired.json["bad"]) == (1, 1)
    assert list(renai.entries("quarantine")) == [f"metadata_{name}"]
    assert renai("cache", "verify").code == 0


def test_prune_shows_first_and_asks(renai: Program, book: Path) -> None:
    renai(book, "--dry-run")
    asked = renai("cache", "prune", "--provider", "custom")
    assert asked.code == 3
    assert "metadata of custom:first-model in " in asked.out
    assert "3 entries" in asked.err
    assert len(renai.entries("metadata")) == 4
    terminal = renai.on_terminal("cache", "prune", "--provider", "custom")
    terminal.expect(r"Drop 3 entries, .*\?")
    terminal.sendline("n")
    assert ended(terminal) == 4
    dropped = renai("cache", "prune", "--provider", "custom", "--yes", "--json").json
    assert dropped["dropped"] == 3
    assert len(renai.entries("metadata")) == 1
    assert renai("cache", "prune").code == 2
    assert "such as 90d" in renai("cache", "prune", "--older-than", "soon").err


def test_forget(renai: Program, book: Path) -> None:
    copy = book.with_name("copy.pdf")
    copy.write_bytes(book.read_bytes())
    assert renai("cache", "forget", book).code == 3
    forgotten = renai("cache", "forget", copy, "--yes")
    assert "Forgot 1 document: 2 entries, 0 vectors, " in forgotten.out
    assert "The record of renames stays" in forgotten.out
    held = [*renai.entries("text").values(), *renai.entries("metadata").values()]
    assert len(held) == 4
    assert not any(b"Tales 1" in data for data in held)
    assert "0 entries" in renai("cache", "forget", get_file_hash(book), "--yes").out
    assert renai("cache", "forget", "nothing.pdf", "--yes").code == 2


def test_bare_it_still_empties(renai: Program, book: Path) -> None:
    assert "Removed 6 entries" in renai("cache", "--yes").out
    refused = renai("cache", "--yes", "list")
    assert refused.code == 2
    assert "renai cache list" in refused.err


def test_out_of_files_into_redis_and_the_next_run_costs_nothing(
    renai: Program, books: Path, book: Path, endpoint: Endpoint, redis_server: RedisServer
) -> None:
    redis_server.empty()
    shared = {"RENAI_CACHE_URL": redis_server.url}
    exported = renai("cache", "export", "cache.tar.gz")
    assert exported.out.startswith("cache.tar.gz: 6 entries (3 text, 3 metadata), ")
    imported = renai("cache", "import", "cache.tar.gz", **shared)
    assert f"into redis://127.0.0.1:{redis_server.port}" in imported.out
    assert "6 added" in imported.out
    assert len(endpoint.calls) == 3
    run = renai(books, *PAID, "--json", **shared)
    assert (run.code, run.calls, run.json["summary"]["hits"]) == (0, 0, 3)
    assert len(endpoint.calls) == 3
    again = renai("cache", "import", "cache.tar.gz", "--json", **shared).json
    assert again["outcomes"]["same"] == again["entries"]["text"] + again["entries"]["metadata"] == 6


def test_export_and_import_say_what_is_wrong(renai: Program, book: Path) -> None:
    name = sorted(renai.entries("text"))[0]
    (renai.cache / "text" / name).write_bytes(b"damaged")
    exported = renai("cache", "export", "a.tar.gz", "--layer", "text")
    assert exported.code == 1
    assert f"text/{name}: damaged, left out" in exported.out
    assert renai("cache", "export", "a.tar.gz").code == 2
    archive = renai.home / "a.tar.gz"
    archive.write_bytes(archive.read_bytes()[:-40])
    cut = renai("cache", "import", "a.tar.gz", "--cache-dir", renai.home / "new")
    assert cut.code == 1
    assert "a.tar.gz: " in cut.err
    assert not (renai.home / "new").exists()
    assert renai("cache", "import", "none.tar.gz").code == 2


def test_vectors_come_into_the_file_that_components_use(renai: Program) -> None:
    from renai import EmbeddingCache, Recipe

    for folder in ("here", "there"):
        url = f"sqlite:///{renai.home}/{folder}/vectors.sqlite"
        with EmbeddingCache(url, Recipe(model="m")) as cache:
            if folder == "here":
                cache.put(["a"], [[1.0, 2.0]])
                (renai.home / "there").mkdir()
                renai("cache", "export", "a.tar.gz", RENAI_CACHE_DIR=str(renai.home / "here"))
                renai("cache", "import", "a.tar.gz", RENAI_CACHE_DIR=str(renai.home / "there"))
            else:
                assert cache.get(["a"]).vectors.tolist() == [[1.0, 2.0]]


def test_vectors_are_listed_explained_and_dropped_by_their_model(
    renai: Program, tmp_path: Path
) -> None:
    from renai import EmbeddingCache, Recipe
    from renai.codecs.vector import VectorCodec
    from renai.stores.registry import open_store

    url = f"sqlite:///{tmp_path}/v.sqlite"
    document = tmp_path / "notes.txt"
    document.write_text("salt and smoke")
    for model in ("old-model", "new-model"):
        with EmbeddingCache(url, Recipe(model, prefix=model), ledger=False) as cache:
            cache.trace(["a"], [get_file_hash(document)])
            cache.put(["a", "b"], [[1.0, 2.0]] * 2)
    with closing(open_store(url)) as store:
        name = f"embedding/{'0' * 64}"
        frames = VectorCodec().pack([name], np.ones((1, 2), np.float32)).frames
        store.put_many({name: frames[0]})

    shown = renai("cache", "list", "--layer", "embedding", "--vectors-url", url).out
    assert [shown.count(word) for word in ("old-model", "new-model", "unknown recipe")] == [2, 2, 1]
    of_one = ("--layer", "embedding", "--model", "old-model", "--vectors-url", url)
    entries = renai("cache", "list", *of_one, "--json").json["entries"]
    assert [(entry["model"], entry["numbers"]) for entry in entries] == [
        ("old-model", "float32")
    ] * 2
    explained = renai("cache", "explain", document, "--vectors-url", url).out
    assert "2 vectors came from it, 2 usable" in explained
    assert "1 by new-model, float32" in explained
    assert "1 by old-model, float32" in explained

    pruned = renai("cache", "prune", *of_one, "--yes")
    assert pruned.code == 0
    assert "embedding of old-model" in pruned.out
    assert "Dropped 2 entries" in pruned.out
    assert "1 vector stays, since nobody knows the model" in pruned.out
    again = renai("cache", "prune", *of_one, "--yes", "--json").json
    assert (again["dropped"], again["unknown"]) == (0, 1)
    by_age = renai("cache", "prune", "--older-than", "1y", "--vectors-url", url, "--json").json
    assert (by_age["dropped"], by_age["unknown"]) == (0, 0)
    shown = renai("cache", "list", "--layer", "embedding", "--vectors-url", url).out
    assert [shown.count(word) for word in ("old-model", "new-model", "unknown recipe")] == [0, 2, 1]


def test_trust(renai: Program, tmp_path: Path) -> None:
    from renai import EmbeddingCache, Recipe

    url = f"sqlite:///{tmp_path}/v.sqlite"

    def hits() -> int:
        with EmbeddingCache(url, Recipe(model="house-model"), ledger=False) as cache:
            return int(cache.get(["salt"]).hits.sum())

    with EmbeddingCache(url, Recipe(model="house-model"), ledger=False, canary=1.0) as cache:
        cache.embed(["salt"], lambda texts: np.eye(4)[: len(texts)])
        cache.embed(["salt"], lambda texts: np.eye(4)[1 : 1 + len(texts)])
    assert hits() == 0
    shown = renai("cache", "trust", "--vectors-url", url)
    assert "house-model" in shown.out
    digest = renai("cache", "trust", "--vectors-url", url, "--json").json["stopped"][0]["digest"]
    assert renai("cache", "trust", "f00", "--vectors-url", url).code == 2
    assert renai("cache", "trust", digest[:12], "--vectors-url", url).code == 3, "nobody was asked"
    assert hits() == 0
    assert renai("cache", "trust", digest[:12], "--vectors-url", url, "--yes").code == 0
    assert hits() == 1
    assert "No recipe is stopped." in renai("cache", "trust", "--vectors-url", url).out


def test_trust_says_what_was_stored_lately_and_drops_it(renai: Program, tmp_path: Path) -> None:
    from renai import EmbeddingCache, Recipe
    from renai.stores.registry import open_store

    url = f"sqlite:///{tmp_path}/v.sqlite"

    def opened(**options: float) -> EmbeddingCache:
        return EmbeddingCache(url, Recipe(model="house-model"), ledger=False, **options)

    with opened(canary=1.0) as cache, closing(open_store(url)) as store:
        cache.put(["old"], np.eye(4)[:1])
        names = [stat.name for stat in store.scan("embedding/")]
        store.backdate(dict.fromkeys(names, time.time() - 3 * 86_400))
        cache.put(["new", "newer"], np.eye(4)[1:3])
        cache.embed(["old"], lambda texts: np.eye(4)[3:])
    with EmbeddingCache(url, Recipe(model="another"), ledger=False) as other:
        other.put(["new"], np.eye(4)[:1])
    (stopped,) = renai("cache", "trust", "--vectors-url", url, "--json").json["stopped"]
    digest = stopped["digest"]
    assert renai("cache", "trust", "--drop", "1d", "--vectors-url", url).code == 2
    assert renai("cache", "trust", digest, "--drop", "soon", "--vectors-url", url).code == 2
    asked = renai("cache", "trust", digest, "--vectors-url", url)
    assert asked.code == 3
    assert "It has 3 vectors." in asked.out
    assert "2 in the hour, 2 in the day, 3 in the week before that" in asked.out
    shown = renai("cache", "trust", digest, "--drop", "1d", "--vectors-url", url, "--yes")
    assert "2 of them would be dropped." in shown.out
    with opened() as cache:
        assert cache.get(["old", "new", "newer"]).hits.tolist() == [True, False, False]
    with EmbeddingCache(url, Recipe(model="another"), ledger=False) as other:
        assert other.get(["new"]).hits.all()


def test_prune_lets_a_recipe_go_on_whose_vectors_it_drops(renai: Program, tmp_path: Path) -> None:
    from renai import EmbeddingCache, Recipe
    from renai.codecs.vector import VectorCodec
    from renai.stores.registry import open_store

    url = f"sqlite:///{tmp_path}/v.sqlite"
    of_one = ("--model", "house-model", "--layer", "embedding", "--vectors-url", url, "--yes")

    def stop() -> None:
        for model in ("house-model", "other-model"):
            with EmbeddingCache(url, Recipe(model), ledger=False, canary=1.0) as cache:
                cache.embed(["salt"], lambda texts: np.eye(4)[: len(texts)])
                cache.embed(["salt"], lambda texts: np.eye(4)[1 : 1 + len(texts)])

    def stopped() -> list[str]:
        found = renai("cache", "trust", "--vectors-url", url, "--json").json["stopped"]
        return sorted(each["model"] for each in found)

    stop()
    assert stopped() == ["house-model", "other-model"]
    by_age = renai("cache", "prune", *of_one, "--older-than", "1y", "--json").json
    assert (by_age["unmarked"], len(stopped())) == (0, 2)
    assert "1 recipe was stopped" in renai("cache", "prune", *of_one).out
    assert stopped() == ["other-model"]
    with EmbeddingCache(url, Recipe("house-model"), ledger=False) as cache:
        assert not cache.embed(["salt"], lambda texts: np.eye(4)[1:2]).hits.any()
        assert cache.get(["salt"]).hits.all()
    stop()
    with closing(open_store(url)) as store:
        name = f"embedding/{'0' * 64}"
        frames = VectorCodec().pack([name], np.ones((1, 2), np.float32)).frames
        store.put_many({name: frames[0]})
    assert "1 recipe stays stopped" in renai("cache", "prune", *of_one).err
    assert stopped() == ["house-model", "other-model"], "that vector may be of it"


def test_several_servers_are_one_store(renai: Program, redis_server: RedisServer) -> None:
    from renai import EmbeddingCache, Recipe

    redis_server.empty()
    one, two, three = (redis_server.url.removesuffix("0") + number for number in "012")
    texts = [f"text {number}" for number in range(60)]
    with EmbeddingCache([one, two], Recipe(model="house-model"), ledger=False) as cache:
        cache.put(texts, np.ones((60, 4)))
    urls = ("--vectors-url", f"{one},{two},{three}")

    verified = renai("cache", "verify", *urls, "--json")
    assert verified.code == 0
    with EmbeddingCache(three, Recipe(model="house-model"), ledger=False) as cache:
        assert 5 < cache.get(texts).hits.sum() < 35, "what is read moves to the new server"
    listed = renai("cache", "list", "--layer", "embedding", *urls)
    assert listed.out.splitlines()[-1].startswith("60 entries, ")
    pruned = renai("cache", "prune", "--layer", "embedding", "--max-size", "0", *urls, "--yes")
    assert "Dropped 60 entries" in pruned.out
    for url in (one, two, three):
        with EmbeddingCache(url, Recipe(model="house-model"), ledger=False) as cache:
            assert not cache.get(texts).hits.any()
