"""A store in Redis or Valkey: one server, a cluster, or the master that sentinels name."""

from renai.stores.redis.store import RedisStore as RedisStore
