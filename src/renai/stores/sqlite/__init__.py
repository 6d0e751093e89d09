"""A store in one SQLite file."""

from renai.stores.sqlite.store import SqliteStore as SqliteStore
