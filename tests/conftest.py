"""What tests of several folders ask for: servers, a clock, and folders that are not the user's."""

import gc
import os
import time

import pytest
from hypothesis import HealthCheck, settings

import servers
from tessdata import link_data

# The same examples every time, however long each of them takes.
settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
# For a search among others: `pytest --hypothesis-profile=search`.
settings.register_profile(
    "search", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")

# Haystack reads it when it is imported; its pipelines would tell their makers of every test.
os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"

# PyTorch reads it when it is imported. Threads that share a small model's work wait for each other
# by turning in circles, on processors that other tests would use.
os.environ["OMP_NUM_THREADS"] = "1"


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Let no search for garbage or for models in memory go through what was imported.

    A process that has collected the tests holds a million objects, which stay to its end.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


# Settings, keys and endpoints of whoever runs the tests, and what shapes a terminal's text.
_PRIVATE = ("RENAI_", "CUSTOM_", "OPENAI_", "LC_", "XDG_")
_PRIVATE_ENDS = ("_API_KEY", "_BASE_URL")
_OF_A_TERMINAL = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "LANGUAGE")


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory):
    """No home folder, setting, key, language or umask of who runs the tests reaches them.

    Nor does Tesseract's data, but for what it always has.
    """
    home = tmp_path_factory.mktemp("home")
    umask = os.umask(0o022)
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            private = name.startswith(_PRIVATE) or name.endswith(_PRIVATE_ENDS)
            if private or name in _OF_A_TERMINAL:
                patch.delenv(name)
        patch.setenv("HOME", os.fspath(home))
        patch.setenv("LANG", "C.UTF-8")
        for kind in ("CACHE", "CONFIG", "DATA", "STATE"):
            patch.setenv(f"XDG_{kind}_HOME", os.fspath(home / kind.lower()))
        if link_data(home / "tessdata", "eng", "osd"):
            patch.setenv("TESSDATA_PREFIX", os.fspath(home / "tessdata"))
        yield
    os.umask(umask)


class Clock:
    """The time of day, which passes only when it is told to."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    """Stop `time.time`, by which entries expire."""
    clock = Clock(time.time())
    monkeypatch.setattr(time, "time", clock)
    return clock


@pytest.fixture
def no_old_garbage():
    """What other tests have left is not looked through meanwhile: that can take long."""
    gc.disable()
    yield
    gc.enable()


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


@pytest.fixture(scope="session")
def pgbouncer_server(postgres_server):
    server = servers.have_pgbouncer(postgres_server)
    yield server
    servers.drop(server)


@pytest.fixture(scope="session")
def redis_cluster():
    server = servers.have_redis_cluster()
    yield server
    servers.drop(server)


@pytest.fixture(scope="session")
def redis_sentinel():
    server = servers.have_redis_sentinel()
    yield server
    servers.drop(server)


@pytest.fixture(scope="session")
def tls_redis():
    server = servers.have_tls_redis()
    yield server
    servers.drop(server)


@pytest.fixture(scope="session")
def unix_redis():
    server = servers.have_unix_redis()
    yield server
    servers.drop(server)
