"""What every store must do, as test classes: subclass one and give it a store.

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self):
            with MyStore(...) as store:
                yield store

A store with leases is tested by `LeasingStoreContract` as well. This module needs pytest, and no
other module imports it.
"""
# ruff: noqa: D102 - the name of a test says what it is about

from __future__ import annotations

import threading
import time
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import pytest

from renai.stores.base import Lease, LeasingStore
from renai.stores.upkeep import DatedStore, backdate, dates_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from renai.stores.base import Store

__all__ = ["LeasingStoreContract", "StoreContract"]

_HANGS_AFTER = 300.0  # seconds, on the slowest machine

NOT_NAMES = (
    "",
    "/",
    "/etc/passwd",
    "..",
    "../outside",
    "text/../../outside",
    "text/..",
    "text//a",
    "text/",
    "./a",
    ".hidden",
    "text/.hidden",
    "text\\..\\outside",
    "C:/outside",
    "a\0b",
    "a\n",
    "a b",
    "é",
)
"""Names that no entry may have."""


class StoreContract:
    """The tests of any store; they need a fixture `store` with an empty store."""

    def test_a_miss_is_left_out(self, store: Store) -> None:
        store.put_many({"text/a": b"1"})
        assert store.get_many(["text/a", "text/b"]) == {"text/a": b"1"}

    def test_nothing_asked_nothing_done(self, store: Store) -> None:
        store.put_many({})
        assert store.get_many([]) == {}
        assert store.delete_many([]) == 0
        assert list(store.scan()) == []

    def test_any_bytes_come_back(self, store: Store) -> None:
        items = {
            "empty": b"",
            "all": bytes(range(256)),
            "large": b"\0\xff" * 600_000,
            "a/b-c_d/E.0.txt": b"\r\n",
        }
        store.put_many(items)
        assert store.get_many(list(items)) == items

    def test_entries_can_be_as_old_as_they_were_elsewhere(self, store: Store) -> None:
        store.put_many({"text/a": b"1", "text/b": b"2"})
        backdate(store, {"text/a": 1_000_000.5, "text/gone": 3.0})
        assert store.get_many(["text/a", "text/gone"]) == {"text/a": b"1"}
        if isinstance(store, DatedStore):
            dates = dates_of(store, ["text/a", "text/b", "text/gone"])
            assert dates == {stat.name: stat.stored_at for stat in store.scan("text/")}
            assert dates["text/a"] == 1_000_000.5
            store.put_many({"text/a": b"3"})
            assert dates_of(store, ["text/a"])["text/a"] >= dates["text/b"]

    @pytest.mark.parametrize("before", ["", "e", "e/", "e/a-", "e/ab"])
    def test_names_may_end_in_digests(self, store: Store, before: str) -> None:
        for digest in ("ab" * 32, "AB" * 32, "0" * 64, "0" * 63, "0" * 65):
            name, other = before + digest, before + digest[:-1] + "f"
            store.put_many({name: b"1", other: b"2"})
            assert store.get_many([name]) == {name: b"1"}
            for length in range(0, len(name) + 1, 7):
                assert name in [stat.name for stat in store.scan(name[:length])]
            assert store.delete_many([name, name + "0"]) == 1
            assert [stat.name for stat in store.scan(before)] == [other]
            assert store.delete_many([other]) == 1

    def test_the_last_write_stands(self, store: Store) -> None:
        store.put_many({"a": b"a longer first value", "b": b"1"})
        store.put_many({"a": b"2"})
        assert store.get_many(["a", "b"]) == {"a": b"2", "b": b"1"}

    def test_a_name_may_be_asked_for_twice(self, store: Store) -> None:
        store.put_many({"a": b"1"})
        assert store.get_many(["a", "a"]) == {"a": b"1"}
        assert store.delete_many(["a", "a"]) == 1

    def test_names_come_in_any_sequence(self, store: Store) -> None:
        store.put_many({"a": b"1", "b": b"2"})
        assert store.get_many(("a", "b")) == {"a": b"1", "b": b"2"}
        assert store.delete_many(("a",)) == 1

    def test_dropping_counts_what_was_there(self, store: Store) -> None:
        store.put_many({"a": b"1", "b": b"2", "c": b"3"})
        assert store.delete_many(["a", "b", "never"]) == 2
        assert store.get_many(["a", "b", "c"]) == {"c": b"3"}
        assert store.delete_many(["a"]) == 0

    def test_a_scan_lists_what_begins_with_the_prefix(self, store: Store) -> None:
        names = ["text/a", "text/ab", "text/b/c", "text2/a", "metadata/z", "texz"]
        store.put_many(dict.fromkeys(names, b"123"))
        for prefix in ("", "t", "text", "text/", "text/a", "text/b/", "texz", "text/abc", "zz"):
            found = sorted(stat.name for stat in store.scan(prefix))
            assert found == sorted(name for name in names if name.startswith(prefix)), prefix

    def test_a_scan_does_not_leave_the_store(self, store: Store) -> None:
        store.put_many({"text/a": b"1"})
        for prefix in ("/", "../", "text/../", "/etc/", "text//", ".", "%", "_"):
            assert list(store.scan(prefix)) == [], prefix

    def test_a_scan_tells_size_and_times(self, store: Store) -> None:
        before = time.time()
        store.put_many({"a": b"12345"})
        (stat,) = store.scan()
        assert (stat.name, stat.size) == ("a", 5)
        # The clock of a file system may lag behind by a tick.
        assert before - 2 <= stat.stored_at <= stat.used_at + 0.1 <= time.time() + 2.1

    def test_entries_may_be_dropped_during_a_scan(self, store: Store) -> None:
        store.put_many({f"a/{number}": b"" for number in range(50)})
        for stat in store.scan("a/"):
            store.delete_many([stat.name])
        assert list(store.scan()) == []

    def test_other_names_are_refused(self, store: Store) -> None:
        assert [name for name in NOT_NAMES if not _refuses(store, name)] == []
        assert list(store.scan()) == []

    def test_threads_may_share_it(self, store: Store) -> None:
        errors: list[BaseException] = []

        def work(number: int) -> None:
            try:
                for turn in range(10):
                    store.put_many({f"own/{number}": b"%d" % turn, "shared": b"%d" % number * 99})
                    held = store.get_many([f"own/{number}", "shared"])
                    assert held[f"own/{number}"] == b"%d" % turn
                    assert len(set(held.get("shared", b"0"))) == 1, "torn"
                    store.delete_many(["shared"])
                    list(store.scan("own/"))
            except BaseException as error:  # noqa: BLE001 - raised again in the test's thread
                errors.append(error)

        threads = [threading.Thread(target=work, args=[number]) for number in range(1, 7)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not errors, errors[0]
        assert len(list(store.scan("own/"))) == 6

    def test_it_may_be_closed_twice(self, store: Store) -> None:
        store.put_many({"a": b"1"})
        store.close()
        store.close()


class LeasingStoreContract:
    """The tests of a store with leases; they need a fixture `store` with an empty store."""

    def test_one_name_has_one_holder(self, store: LeasingStore) -> None:
        assert isinstance(store, LeasingStore)
        assert store.claim(_lease_on("e/a", "e/b")) == set()
        assert store.claim(_lease_on("e/b", "e/c")) == {"e/b"}
        assert store.claim(_lease_on("e/a", "e/b", "e/c", "e/d")) == {"e/a", "e/b", "e/c"}

    def test_what_is_stored_is_released_with_it(self, store: LeasingStore) -> None:
        lease = _lease_on("e/a", "e/b")
        store.claim(lease)
        store.put_many({"e/a": b"1", "e/b": b"2"}, release=lease)
        assert store.claim(_lease_on("e/a", "e/b")) == set()

    def test_what_was_given_up_can_be_claimed(self, store: LeasingStore) -> None:
        lease, other = _lease_on("e/a"), _lease_on("e/b")
        store.claim(lease)
        store.claim(other)
        store.release(lease)
        store.release(lease)
        assert store.claim(_lease_on("e/a", "e/b")) == {"e/b"}

    def test_nobody_releases_what_another_holds(self, store: LeasingStore) -> None:
        store.claim(_lease_on("e/a"))
        loser = _lease_on("e/a")
        assert store.claim(loser) == {"e/a"}
        store.release(loser)
        store.renew(loser)
        assert store.claim(_lease_on("e/a")) == {"e/a"}

    def test_a_lease_ends_by_itself(self, store: LeasingStore) -> None:
        store.claim(_lease_on("e/a", seconds=0.2))
        _wait_until(lambda: store.claim(_lease_on("e/a")) == set())

    def test_a_renewed_lease_lasts(self, store: LeasingStore) -> None:
        rounds = count()

        def outlasts_one_that_began_later() -> bool:
            renewed, later = f"e/{next(rounds)}", f"e/{next(rounds)}"
            lease = _lease_on(renewed, seconds=0.5)
            store.claim(lease)
            store.renew(replace(lease, seconds=3600))
            store.claim(_lease_on(later, seconds=0.5))
            _wait_until(lambda: store.claim(_lease_on(later)) == set())
            return store.claim(_lease_on(renewed)) == {renewed}

        # On a busy machine a lease may end before it is renewed; not every time.
        _wait_until(outlasts_one_that_began_later)

    def test_leases_are_no_entries(self, store: LeasingStore) -> None:
        store.claim(_lease_on("e/a"))
        assert store.get_many(["e/a"]) == {}
        assert list(store.scan()) == []


def _refuses(store: Store, name: str) -> bool:
    try:
        store.put_many({name: b"1"})
    except ValueError as error:
        return "not a name" in str(error)
    return False


def _lease_on(*names: str, seconds: float = 30) -> Lease:
    return Lease(names, seconds)


def _wait_until(condition: Callable[[], bool]) -> None:
    last = time.monotonic() + _HANGS_AFTER
    while not condition():
        assert time.monotonic() < last, "what was waited for did not come"
        time.sleep(0.01)
