"""A Redis of its own, looked at from both sides."""

import pytest
import redis

from renai.stores.redis import RedisStore


@pytest.fixture
def client(redis_server):
    """Whoever else uses the server, which is empty and has counted nothing."""
    redis_server.empty()
    with redis.Redis.from_url(redis_server.url) as client:
        client.config_resetstat()
        yield client


@pytest.fixture
def store(redis_server, client):
    """The store on it."""
    with RedisStore(redis_server.url) as store:
        yield store
