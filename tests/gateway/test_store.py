"""The store"""

import httpx
import pytest

from gateway.running import Gateway


def test_a_store_that_is_killed(redis_gateway, call_at, service, redis_server):
    """A store that is killed and comes back: right answers all the time"""
    caller = call_at(redis_gateway)
    caller.right(["a", "b"])
    redis_server.kill()
    for number in range(3):
        caller.right(["b", f"text {number}", "a"])
    redis_server.start()
    for number in range(3):
        caller.right([f"text {number}", "a", "b"])


@pytest.mark.ours
def test_a_new_gateway_over_the_same_store(service, call_at, tmp_path):
    """After it was killed and started again, what was stored is there, and damage is seen"""
    pytest.importorskip("starlette", reason="pip install 'renai[gateway]'")
    gateway = Gateway(tmp_path, service.url, cache=f"file:///{tmp_path}/store")
    gateway.start()
    caller = call_at(gateway)
    texts = ["a", "b", "c"]
    caller.right(texts)
    gateway.kill()
    entries = [it for it in tmp_path.glob("store/**/*") if it.is_file() and it.stat().st_size > 40]
    damaged = entries[0]
    content = bytearray(damaged.read_bytes())
    content[-3] ^= 1
    damaged.write_bytes(content)
    gateway.start()
    try:
        del service.requests[:]
        caller.right(texts)
        caller.right(texts[::-1])
        assert len(service.asked) == 1
    finally:
        gateway.stop()


@pytest.mark.ours
def test_health_without_the_store(redis_gateway, redis_server):
    """Without its store a gateway lives, and says that it is not ready"""
    gateway = redis_gateway
    assert httpx.get(f"{gateway.address}/health/ready").status_code == 200
    redis_server.kill()
    assert httpx.get(f"{gateway.address}/health/live").status_code == 200
    assert httpx.get(f"{gateway.address}/health/ready").status_code == 503
    redis_server.start()


class OnASmallDisk(Gateway):
    """A gateway whose files cannot grow beyond some hundred kilobytes."""

    def command(self) -> list[str]:
        return ["sh", "-c", 'ulimit -f 512; exec "$@"', "sh", *super().command()]


@pytest.mark.ours
def test_a_disk_that_is_full(service, call_at, tmp_path):
    """Where the store can take no more, answers are right, and say that they are not stored"""
    pytest.importorskip("starlette", reason="pip install 'renai[gateway]'")
    gateway = OnASmallDisk(tmp_path, service.url)
    gateway.start()
    try:
        caller = call_at(gateway)
        said = []
        for part in range(4):
            texts = [f"text {number} of part {part}" for number in range(50)]
            answered = caller.right(texts, dimensions=2048)
            said.append(int(answered.response.headers.get("x-renai-unstored", 0)))
        assert said[-1] > 0
        caller.right(["text 0 of part 0", "another"], dimensions=2048)
    finally:
        gateway.stop()
