"""A store whose outages a test decides."""

from __future__ import annotations

from renai.errors import StoreError
from renai.stores.memory import MemoryStore


class Flaky(MemoryStore):
    """A store that can be switched off, and counts how often it is asked."""

    is_up = True
    asked = 0

    def get_many(self, names):
        self._ask()
        return super().get_many(names)

    def put_many(self, items, ttl=None):
        self._ask()
        super().put_many(items, ttl)

    def delete_many(self, names):
        self._ask()
        return super().delete_many(names)

    def _ask(self):
        self.asked += 1
        if not self.is_up:
            raise StoreError("the cable is out")
