"""A stand-in for a collector of traces: takes OTLP over HTTP and keeps the spans; sends none on."""

import gzip
import http.server
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from typing_extensions import override


@dataclass(frozen=True)
class Seen:
    """A span of a request; those of its messages are left out."""

    service: str
    name: str
    trace: str
    span: str
    parent: str


class Collector:
    """From `with` to the end of the block."""

    def __init__(self) -> None:
        self.spans: list[Seen] = []
        kept = self.spans

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers["Content-Encoding"] == "gzip":
                    body = gzip.decompress(body)
                kept.extend(_spans_of(ExportTraceServiceRequest.FromString(body)))
                self.send_response(200 if self.path == "/v1/traces" else 404)
                self.end_headers()

            @override
            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def of_trace(self, trace: str) -> dict[str, Seen]:
        """By service: one request each."""
        return {seen.service: seen for seen in self.spans if seen.trace == trace}

    def close(self) -> None:
        """Takes no more; may be called twice."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _spans_of(request: ExportTraceServiceRequest) -> list[Seen]:
    return [
        Seen(
            service=attribute.value.string_value,
            name=span.name,
            trace=span.trace_id.hex(),
            span=span.span_id.hex(),
            parent=span.parent_span_id.hex(),
        )
        for resource in request.resource_spans
        for attribute in resource.resource.attributes
        if attribute.key == "service.name"
        for scope in resource.scope_spans
        for span in scope.spans
        if span.kind == Span.SPAN_KIND_SERVER
    ]
