"""A shared store that is killed in the middle of a run: answers that were paid for are not lost."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

import servers
from books import make_books
from endpoint import Endpoint, held_until
from program import Program
from waiting import LIMIT, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAID = ("--provider", "custom", "--yes", "--dry-run", "--concurrency", "1")


@pytest.fixture(params=[servers.have_redis, servers.have_postgres])
def server(request: pytest.FixtureRequest) -> Iterator[servers.Server]:
    server = request.param()
    yield server
    servers.drop(server)


@pytest.mark.parametrize("comes_back", [False, True])
def test_a_store_that_is_killed_in_the_middle(
    server: servers.Server, tmp_path: Path, comes_back: bool
) -> None:
    make_books(tmp_path / "books", 6)
    killed, back = threading.Event(), threading.Event()
    script = [held_until(lambda: True), held_until(killed.is_set), held_until(back.is_set)]
    with Endpoint(*script) as endpoint:
        renai = Program(tmp_path, endpoint.url)
        arguments = (tmp_path / "books", *PAID, "--cache-url", server.url)
        process = renai.start(*arguments)
        assert process.stderr is not None
        # The store may have an entry before the program knows it, which counts what it knows.
        told = ""
        while "Cached metadata for" not in told:
            line = process.stderr.readline()
            assert line, told
            told += line
        until(lambda: len(endpoint.calls) == 2)
        server.settle()
        server.kill()
        killed.set()
        until(lambda: len(endpoint.calls) == 3)
        if comes_back:
            server.start()
        back.set()
        out, rest = process.communicate(timeout=LIMIT)
        err = told + rest
        assert process.returncode == 0, err
        assert err.count("Going on without the cache") <= 2, "a line for texts, one for metadata"
        if comes_back:
            assert "Not kept in the cache" not in out
        else:
            assert "Not kept in the cache: 5 answers, which a next run would ask for again" in out
            assert err.count("Cached metadata for") == 1
            server.start()
        paid = len(endpoint.calls)
        again = renai(*arguments)
        assert again.code == 0
        assert len(endpoint.calls) - paid == (0 if comes_back else 5)
