"""What tests of several folders ask for: servers, and a cache folder that is not the user's."""

import gc
import os

import pytest

import servers

# Haystack reads it when it is imported; its pipelines would tell their makers of every test.
os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"


@pytest.fixture(scope="session", autouse=True)
def _cache_home(tmp_path_factory):
    """Where a test names no cache folder, what it counts does not go into the user's ledger."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", os.fspath(tmp_path_factory.mktemp("cache-home")))
        yield


@pytest.fixture
def no_old_garbage():
    """What other tests have left is not looked through meanwhile: that takes half a second."""
    gc.freeze()
    yield
    gc.unfreeze()


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
