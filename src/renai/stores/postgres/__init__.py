"""A store in PostgreSQL."""

from renai.stores.postgres.store import PostgresStore as PostgresStore
