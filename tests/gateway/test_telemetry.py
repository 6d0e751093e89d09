"""OpenTelemetry: spans and metrics reach a collector, as the page on the gateway says."""

import gzip
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from gateway.running import Gateway

_WHY = (
    "pip install opentelemetry-distro opentelemetry-exporter-otlp-proto-http and instrumentations"
)
for _package in ("distro", "instrumentation.starlette", "instrumentation.aiohttp_client"):
    pytest.importorskip(f"opentelemetry.{_package}", reason=_WHY)
_traces = pytest.importorskip(
    "opentelemetry.proto.collector.trace.v1.trace_service_pb2", reason=_WHY
)
_metrics = pytest.importorskip(
    "opentelemetry.proto.collector.metrics.v1.metrics_service_pb2", reason=_WHY
)

TRACE, CALLERS_SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Collector(BaseHTTPRequestHandler):
    """Keeps what exporters send."""

    protocol_version = "HTTP/1.1"
    received: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        packed = self.headers.get("Content-Encoding") == "gzip"
        self.received.append((self.path, gzip.decompress(body) if packed else body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def collector():
    Collector.received.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Instrumented(Gateway):
    """A gateway that is started through `opentelemetry-instrument`."""

    collector = ""

    def command(self):
        script = Path(sys.executable).with_name("opentelemetry-instrument")
        options = ["--exporter_otlp_protocol", "http/protobuf"]
        options += ["--exporter_otlp_endpoint", self.collector, "--service_name", "gateway"]
        return [str(script), *options, *super().command()]


def parts(path, kind, scopes, items):
    """What was sent to a path, with the name of the library that made it."""
    for its, body in Collector.received:
        if its == path:
            for resource in getattr(kind.FromString(body), f"resource_{scopes}"):
                for scope in getattr(resource, f"scope_{scopes}"):
                    yield from ((scope.scope.name, it) for it in getattr(scope, items))


@pytest.mark.ours
def test_spans_and_metrics_reach_a_collector(collector, service, call_at, tmp_path):
    """Spans of requests and of those to the service reach a collector, and so do the counts"""
    gateway = Instrumented(tmp_path, service.url)
    gateway.collector = collector
    gateway.start()
    try:
        caller = call_at(gateway)
        body = b'{"model": "%b", "input": ["a", "b"]}' % caller.model.encode()
        for _ in range(2):
            sent = {"traceparent": f"00-{TRACE}-{CALLERS_SPAN}-01"}
            assert caller.send(body, sent).status_code == 200
        gateway.terminate()
        assert gateway.wait() == 0
    finally:
        gateway.stop()

    spans = parts("/v1/traces", _traces.ExportTraceServiceRequest, "spans", "spans")
    of_trace = [(library, it) for library, it in spans if it.trace_id.hex() == TRACE]
    requests = [it.span_id for _, it in of_trace if it.parent_span_id.hex() == CALLERS_SPAN]
    assert len(requests) == 2
    (asked,) = [it for library, it in of_trace if library.endswith("aiohttp_client")]
    assert asked.parent_span_id == requests[0], "the second request asked nothing"
    given = dict(service.embeddings[0].headers)["traceparent"]
    assert given == f"00-{TRACE}-{asked.span_id.hex()}-01"

    found = parts("/v1/metrics", _metrics.ExportMetricsServiceRequest, "metrics", "metrics")
    lookups = {
        attribute.value.string_value: point.as_int
        for library, metric in found
        if (library, metric.name) == ("renai", "renai.cache.lookups")
        for point in metric.sum.data_points
        for attribute in point.attributes
        if attribute.key == "renai.cache.outcome"
    }
    assert lookups == {"missing": 2, "hit": 2}
