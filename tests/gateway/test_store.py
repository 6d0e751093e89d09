"""The store"""

import pytest

from gateway.running import Gateway, is_ours


@pytest.fixture
def start(service, tmp_path):
    """Start a gateway that only one test uses."""
    if is_ours():
        pytest.importorskip("starlette", reason="pip install 'renai[gateway]'")
    started = []

    def start(*options, cache=None):
        folder = tmp_path / str(len(started))
        folder.mkdir()
        it = Gateway(folder, service.url, *options, cache=cache)
        started.append(it)
        it.start()
        return it

    yield start
    for each in started:
        each.stop()


def test_a_store_that_is_killed(start, call_at, service, redis_server):
    """A store that is killed and comes back: right answers all the time"""
    redis_server.empty()
    caller = call_at(start(cache=redis_server.url))
    caller.right(["a", "b"])
    redis_server.kill()
    for number in range(3):
        caller.right(["b", f"text {number}", "a"])
    redis_server.start()
    for number in range(3):
        caller.right([f"text {number}", "a", "b"])


@pytest.mark.ours
def test_a_new_gateway_over_the_same_store(start, call_at, service, tmp_path):
    """What was stored is there after the gateway was killed and started again"""
    url = f"sqlite:///{tmp_path}/kept.sqlite"
    gateway = start(cache=url)
    caller = call_at(gateway)
    caller.right(["a", "b"])
    gateway.kill()
    gateway.start()
    del service.requests[:]
    caller.right(["b", "a"])
    assert len(service.asked) <= 1  # whether the key still holds


@pytest.mark.ours
def test_damaged_entries(start, call_at, service, tmp_path):
    """Damaged entries are asked for again"""
    folder = tmp_path / "store"
    gateway = start(cache=f"file:///{folder}")
    caller = call_at(gateway)
    texts = ["a", "b", "c"]
    caller.right(texts)
    entries = [it for it in folder.rglob("*") if it.is_file() and it.stat().st_size > 40]
    assert entries
    for each in entries:
        content = bytearray(each.read_bytes())
        content[-3] ^= 1
        each.write_bytes(content)
    caller.right(texts)


@pytest.mark.ours
def test_health_without_the_store(start, call_at, redis_server):
    """Without its store a gateway lives, and says that it is not ready"""
    redis_server.empty()
    gateway = start(cache=redis_server.url)
    caller = call_at(gateway)
    http = caller._http
    assert http.get(f"{gateway.address}/health/ready").status_code == 200
    redis_server.kill()
    assert http.get(f"{gateway.address}/health/live").status_code == 200
    assert http.get(f"{gateway.address}/health/ready").status_code == 503
    redis_server.start()
