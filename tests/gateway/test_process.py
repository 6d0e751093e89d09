"""The process of the gateway"""

import json
import threading

import pytest

from gateway.calling import answer_on
from gateway.running import Gateway
from gateway.service import expected, numbers_in
from waiting import until

pytestmark = pytest.mark.ours


def test_health(gateway, caller, service):
    """`/health`, `/health/live` and `/health/ready` answer 200 and ask nobody"""
    for path in ("/health", "/health/live", "/health/ready"):
        assert caller._http.get(f"{gateway.address}{path}").status_code == 200
    assert service.requests == []


def test_metrics(gateway, caller):
    """`/metrics` counts hits and misses in Prometheus's format, and names no caller"""
    caller.right(["a", "b"])
    caller.right(["a", "b"])
    answered = caller._http.get(f"{gateway.address}/metrics")
    assert answered.headers["content-type"].startswith(("text/plain", "application/openmetrics"))
    assert 'renai_gateway_inputs_total{outcome="hits"}' in answered.text
    assert caller.key not in answered.text
    assert caller.model not in answered.text


def test_its_address(gateway):
    """It prints the address that clients are to use"""
    assert gateway.url in gateway.log


def test_a_graceful_end(service, call_at, tmp_path):
    """Told to end, it answers what is under way, and ends with 0"""
    pytest.importorskip("starlette", reason="pip install 'renai[gateway]'")
    gateway = Gateway(tmp_path, service.url)
    gateway.start()
    caller = call_at(gateway)
    with service.held(), caller.connect() as connection:
        connection.sendall(caller.message(["a", "b"]))
        until(lambda: service.embeddings)
        gateway.terminate()
        until(lambda: not gateway.is_healthy())
        service.on.set()
        status, _, body = answer_on(connection)
    assert status == 200
    found = [numbers_in(row["embedding"]) for row in json.loads(body)["data"]]
    assert found == [expected(text, caller.model) for text in ("a", "b")]
    assert gateway.wait() == 0
    assert "Traceback" not in gateway.log


def test_the_port_is_taken(gateway, service, tmp_path):
    """A port that is taken is said in a sentence"""
    second = Gateway(tmp_path, service.url)
    second.port = gateway.port
    process = threading.Thread(target=second.start)
    process.start()
    until(lambda: second._process is not None)
    assert second.wait() == 3
    process.join()
    assert "cannot listen" in second.log
    assert "Traceback" not in second.log
