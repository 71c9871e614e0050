"""FastAPI's OpenTelemetry, turned on as the project's documentation says, with a collector."""

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import pytest
from baking import Project, bake
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from running import serving, stop_postgres, succeed

pytestmark = pytest.mark.installs
SECONDS = 30
TRACE = "0af7651916cd43dd8448eb211c80319c"
ROUTER = """
from fastapi import APIRouter

router = APIRouter(prefix="/things")


@router.get("/{thing_id}")
def get_thing(thing_id: int) -> int:
    if thing_id == 13:
        raise RuntimeError("a defect")
    return thing_id
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project with the extra that its documentation names."""
    project = bake(tmp_path_factory.mktemp("telemetry"), starter="blank")
    [extra] = re.findall(r'`"(fastapi\[\w+\])', project.text("docs/errors-and-logs.md"))
    packages = project.path / "pyproject.toml"
    packages.write_text(packages.read_text().replace('"fastapi>=', f'"{extra}>='))
    Path(project.path, "app/routers/things.py").write_text(ROUTER)
    succeed(project.path, "upgrade")
    yield project
    stop_postgres(project)


@pytest.fixture
def collector() -> Iterator[tuple[str, Queue[tuple[str, bytes]]]]:
    """The address of a collector of OTLP over HTTP, and what it has received."""
    received: Queue[tuple[str, bytes]] = Queue()

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.put((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", received
        server.shutdown()


class Telemetry:
    """The signals that a collector has received."""

    def __init__(self) -> None:
        self.service = ""
        self.spans: list[Span] = []
        self.metrics: set[str] = set()
        self.logs = b""

    def add(self, path: str, body: bytes) -> None:
        """Take a request of the exporter's."""
        if path == "/v1/traces":
            for part in ExportTraceServiceRequest.FromString(body).resource_spans:
                self.service = attributes(part.resource)["service.name"]
                spans = [span for scope in part.scope_spans for span in scope.spans]
                self.spans += [span for span in spans if span.kind == Span.SPAN_KIND_SERVER]
        elif path == "/v1/metrics":
            for sent in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                metrics = [each.name for scope in sent.scope_metrics for each in scope.metrics]
                self.metrics.update(metrics)
        else:
            self.logs += body

    def is_complete(self) -> bool:
        """Return whether all is there that the test's requests make."""
        return (
            len(self.of_things()) == 3
            and "http.server.request.duration" in self.metrics
            and b"RuntimeError" in self.logs
        )

    def of_things(self) -> list[Span]:
        """Return the spans of requests for things."""
        return [span for span in self.spans if "things" in span.name]


def attributes(thing: Any) -> dict[str, Any]:
    """Return the attributes of a span or a resource."""
    return {
        each.key: getattr(each.value, each.value.WhichOneof("value")) for each in thing.attributes
    }


def test_a_collector_gets_a_span_for_each_request_and_metrics(
    project: Project, collector: tuple[str, Queue[tuple[str, bytes]]]
) -> None:
    url, received = collector
    environment = {
        "FASTAPI_OTEL_AUTO_CONFIGURE": "true",
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OTEL_SERVICE_NAME": "things",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "OTEL_METRIC_EXPORT_INTERVAL": "200",
    }
    command = (".venv/bin/python", "-m", "app", "--port", "PORT")
    with serving(project.path, *command, **environment) as client:
        caller = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
        assert client.get("/things/7", headers=caller).status_code == 200
        assert client.get("/things/13").status_code == 500
        assert client.head("/things/8").status_code == 200

        telemetry = Telemetry()
        while not telemetry.is_complete():
            telemetry.add(*received.get(timeout=SECONDS))

    assert telemetry.service == "things"
    found = {
        (span.name, attributes(span)["http.response.status_code"], span.trace_id.hex() == TRACE)
        for span in telemetry.of_things()
    }
    assert found == {
        ("GET /things/{thing_id}", 200, True),
        ("GET /things/{thing_id}", 500, False),
        ("HEAD /things/{thing_id}", 200, False),
    }
