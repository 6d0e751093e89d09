"""Servers that tests of several folders ask for."""

import pytest

import servers


@pytest.fixture(scope="session")
def redis_server():
    server = servers.have_redis()
    yield server
    servers.drop(server)


@pytest.fixture(scope="session")
def postgres_server():
    server = servers.have_postgres()
    yield server
    servers.drop(server)
