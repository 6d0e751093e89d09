"""Stores by URL, as SQLAlchemy writes them."""

import re
import subprocess
import sys
import tomllib
from inspect import signature
from pathlib import Path

import pytest

from renai.errors import ConfigurationError, StoreError
from renai.stores.files import FileStore
from renai.stores.memory import MemoryStore
from renai.stores.postgres import PostgresStore
from renai.stores.redis import RedisStore
from renai.stores.registry import STORES, open_store, own_stores
from renai.stores.sqlite import SqliteStore

ROOT = Path(__file__).parents[2]


def test_memory():
    assert isinstance(open_store("memory://"), MemoryStore)


def test_an_absolute_folder(tmp_path):
    store = open_store(f"file://{tmp_path}/a%20folder")
    assert isinstance(store, FileStore)
    assert store.root == tmp_path / "a folder"


def test_three_slashes_are_relative_and_four_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for url in ("sqlite:///here.sqlite", f"sqlite:///{tmp_path}/here.sqlite"):
        with open_store(url) as store:
            assert isinstance(store, SqliteStore)
            assert store.path == Path(tmp_path / "here.sqlite")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/a/folder",
        "vectors.sqlite",
        "ftp://host/path",
        "file://",
        "file:///",
        "file://relative/folder",
        "file:relative",
        "sqlite://",
        "sqlite:///",
        "sqlite:here.sqlite",
        "sqlite:///here.sqlite?mode=ro",
        "sqlite:///here.sqlite#1",
        "memory://name",
        "file://[half/an/address",
    ],
)
def test_what_is_no_store_says_so(url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError):
        open_store(url)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["vectors.sqlite", "memory:/", ""])
def test_what_is_no_url_says_what_one_looks_like(url):
    with pytest.raises(ConfigurationError, match=r"given as a URL, such as sqlite:///"):
        open_store(url)


def test_a_password_is_not_repeated():
    with pytest.raises(ConfigurationError) as refused:
        open_store("mystery://user:secret@host/0")
    assert "secret" not in str(refused.value)


SERVERS = [scheme for scheme, kind in STORES.items() if kind.package and scheme != "unix"]


@pytest.mark.parametrize("scheme", ["redis", "valkeys", "redis+cluster", "postgresql"])
@pytest.mark.parametrize("sign", ["/", "?", "#", "@", " ", "%"])
def test_a_password_that_is_not_encoded_is_not_taken_for_something_else(scheme, sign):
    with pytest.raises(ConfigurationError, match="%25") as refused:
        open_store(f"{scheme}://user:sec{sign}ret@127.0.0.1:1/0")
    assert "sec" not in str(refused.value).replace("%", "")
    assert "ret" not in str(refused.value)
    with pytest.raises(StoreError, match="cannot open") as unreachable:
        open_store(f"{scheme}://user:sec%{ord(sign):02X}ret@127.0.0.1:1/0")
    assert "ret@" not in str(unreachable.value)


@pytest.mark.parametrize("scheme", SERVERS)
def test_a_server_that_is_not_there_is_named_without_the_password(scheme):
    name = re.escape(f"cannot open {scheme}://127.0.0.1:1/0")
    with pytest.raises(StoreError, match=name) as refused:
        open_store(f"{scheme}://user:secret@127.0.0.1:1/0")
    assert "secret" not in str(refused.value)


def test_what_is_kept_under_one_spelling_is_found_under_another(
    redis_server, unix_redis, postgres_server
):
    postgres_server.empty()
    for kept, asked in [
        (redis_server.url, redis_server.url.replace("redis", "valkey", 1)),
        (unix_redis.url, f"redis://127.0.0.1:{unix_redis.port}"),
        (postgres_server.url, postgres_server.url.replace("postgresql", "postgres", 1)),
    ]:
        with open_store(kept) as store:
            store.put_many({"e/spelling": b"1"})
        with open_store(asked) as store:
            assert store.get_many(["e/spelling"]) == {"e/spelling": b"1"}


def test_every_spelling_of_a_store_is_named_on_its_page():
    for scheme, others in own_stores().items():
        page = {"file": "files"}.get(scheme, scheme)
        text = (ROOT / f"docs/stores/{page}.md").read_text("utf-8")
        for spelling in [scheme, *others]:
            assert f"{spelling}://" in text, f"{spelling} on {page}.md"


@pytest.mark.parametrize(
    ("scheme", "driver", "extra"),
    [("redis", "redis", "redis"), ("postgresql", "psycopg", "postgres")],
)
def test_a_missing_driver_is_one_sentence(scheme, driver, extra):
    program = (
        "import sys\n"
        f"sys.modules[{driver!r}] = None\n"
        "from renai.errors import ConfigurationError\n"
        "from renai.stores.registry import open_store\n"
        f"try: open_store('{scheme}://127.0.0.1:1/0')\n"
        "except ConfigurationError as error: print(error)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert f"pip install 'renai[{extra}]'" in said


def test_two_urls_are_tiers(tmp_path):
    with open_store(["memory://", f"sqlite:///{tmp_path}/slow.sqlite"]) as store:
        store.put_many({"a": b"1"})
        assert isinstance(store.fast, MemoryStore)
    with open_store(f"sqlite:///{tmp_path}/slow.sqlite") as slow:
        assert slow.get_many(["a"]) == {"a": b"1"}
    with pytest.raises(ConfigurationError, match="two"):
        open_store(["memory://"])


CLASSES = {
    "memory": MemoryStore,
    "file": FileStore,
    "sqlite": SqliteStore,
    "redis": RedisStore,
    "postgresql": PostgresStore,
}


@pytest.mark.parametrize("scheme", STORES)
def test_a_row_says_what_its_class_can_do(scheme):
    kind = STORES[scheme]
    its_class = CLASSES[kind.alias_of or scheme]
    assert kind.leases == hasattr(its_class, "claim")
    assert kind.streams == hasattr(its_class, "stream")
    assert kind.evicts == ("max_bytes" in signature(its_class).parameters)
    assert bool(kind.no_limit) == (not kind.evicts)


def test_what_a_row_installs_can_be_installed():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][
        "optional-dependencies"
    ]
    for kind in STORES.values():
        assert not kind.package or kind.package in {f"renai[{extra}]" for extra in extras}
        assert bool(kind.drivers) == bool(kind.package)


def test_the_documentation_has_the_same_table():
    page = (ROOT / "docs/embeddings.md").read_text("utf-8")
    rows = re.findall(r"^\| \[`(\w+)://`\]\(.*?\) \|.*?\| (.*?) \| (.*?) \|$", page, re.MULTILINE)
    assert {scheme for scheme, _, _ in rows} == own_stores().keys()
    for scheme, leases, evicts in rows:
        assert (leases == "yes", evicts == "yes") == (STORES[scheme].leases, STORES[scheme].evicts)
