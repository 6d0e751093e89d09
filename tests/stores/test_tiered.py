"""Two tiers: the fast one is filled on the way back, and may fail without harm."""

import pytest

from renai.errors import StoreError
from renai.stores.memory import MemoryStore
from renai.stores.tiered import TieredStore


class Dead(MemoryStore):
    """Was alive once."""

    def _refuse(self, *arguments, **options):
        raise StoreError("gone")

    get_many = put_many = delete_many = scan = _refuse


def test_what_only_the_slow_one_has_fills_the_fast_one():
    fast, slow = MemoryStore(), MemoryStore()
    slow.put_many({"a": b"1", "b": b"2"})
    store = TieredStore(fast, slow)
    assert store.get_many(["a", "c"]) == {"a": b"1"}
    assert fast.get_many(["a", "b"]) == {"a": b"1"}
    slow.delete_many(["a"])
    assert store.get_many(["a"]) == {"a": b"1"}


def test_a_fast_one_that_fails_is_passed_over(caplog):
    slow = MemoryStore()
    store = TieredStore(Dead(), slow)
    store.put_many({"a": b"1"})
    assert store.get_many(["a"]) == {"a": b"1"}
    assert store.delete_many(["a"]) == 1
    assert caplog.messages == ["Going on with one of two stores: gone"]


def test_a_slow_one_that_fails_leaves_what_the_fast_one_has(caplog):
    fast = MemoryStore()
    fast.put_many({"a": b"1"})
    store = TieredStore(fast, Dead())
    assert store.get_many(["a", "b"]) == {"a": b"1"}
    with pytest.raises(StoreError, match="gone"):
        store.get_many(["b"])
    with pytest.raises(StoreError, match="gone"):
        store.put_many({"c": b"3"})
    assert store.get_many(["c"]) == {"c": b"3"}, "it was worth keeping all the same"
