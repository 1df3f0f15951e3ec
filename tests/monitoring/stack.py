"""Prometheus, Alertmanager and a receiver of alerts on loopback, as is shipped, only faster."""

import http.server
import json
import queue
import re
import threading
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml
from typing_extensions import override

from load_tests.server import ServerProcess
from tests.monitoring.shipped import ALERTMANAGER, MONITORING, RULES, read

_WAITS = re.compile(r"^( *for:) .*$", re.MULTILINE)
_TICK = "1s"


class Receiver:
    """What Alertmanager's webhook delivers, as it comes."""

    def __init__(self) -> None:
        self.alerts: queue.Queue[dict[str, Any]] = queue.Queue()
        received = self.alerts

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                for alert in body["alerts"]:
                    received.put({**alert, "receiver": body["receiver"]})
                self.send_response(200)
                self.end_headers()

            @override
            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def wait_for(self, names: set[str], timeout_s: float = 20) -> dict[str, dict[str, Any]]:
        """The first of each name that fires.

        Raises:
            queue.Empty: None came for so long.
        """
        fired: dict[str, dict[str, Any]] = {}
        while names - fired.keys():
            alert = self.alerts.get(timeout=timeout_s)
            if alert["status"] == "firing":
                fired.setdefault(alert["labels"]["alertname"], alert)
        return fired

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Alertmanager(ServerProcess):
    """Sends to a receiver by the routes that are shipped."""

    def __init__(self, folder: Path, receiver: Receiver) -> None:
        super().__init__(log=folder / "alertmanager.log", start_timeout_s=20)
        content = read(MONITORING / "alertmanager.yml")
        content["route"] |= {"group_wait": "0s", "group_interval": _TICK}
        for one in content["receivers"]:
            for webhook in one["webhook_configs"]:
                path = urllib.parse.urlsplit(webhook["url"]).path
                webhook["url"] = receiver.url + path
        self._folder = folder
        (folder / "alertmanager.yml").write_text(yaml.safe_dump(content))

    @property
    @override
    def command(self) -> list[str]:
        return [
            ALERTMANAGER,
            f"--config.file={self._folder / 'alertmanager.yml'}",
            f"--storage.path={self._folder / 'alertmanager'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--cluster.listen-address=",
        ]

    @property
    @override
    def probe(self) -> str:
        return "/-/ready"


class Prometheus(ServerProcess):
    """Scrapes each second as the shipped configuration says, with its rules, which never wait."""

    def __init__(self, folder: Path, targets: Sequence[str], alertmanager: Alertmanager) -> None:
        super().__init__(log=folder / "prometheus.log", start_timeout_s=20)
        content = read(MONITORING / "prometheus.yml")
        content["global"] = {"scrape_interval": _TICK, "evaluation_interval": _TICK}
        [job] = content["scrape_configs"]
        job["scrape_timeout"] = _TICK
        job["static_configs"] = [{"targets": list(targets)}]
        manager = {"targets": [f"127.0.0.1:{alertmanager.port}"]}
        content["alerting"]["alertmanagers"] = [{"static_configs": [manager]}]
        self._folder = folder
        (folder / "rules").mkdir()
        for rule in RULES:
            (folder / "rules" / rule.name).write_text(_WAITS.sub(r"\1 0s", rule.read_text()))
        (folder / "prometheus.yml").write_text(yaml.safe_dump(content))

    @property
    @override
    def command(self) -> list[str]:
        return [
            "prometheus",
            f"--config.file={self._folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={self._folder / 'prometheus'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
        ]

    @property
    @override
    def probe(self) -> str:
        return "/-/ready"

    def query(self, query: str) -> list[float]:
        """The value of each series it returns now."""
        asked = urllib.parse.urlencode({"query": query}).encode()
        with urllib.request.urlopen(f"{self.url}/api/v1/query", asked, timeout=10) as answer:  # noqa: S310 - http, ours
            results = json.load(answer)["data"]["result"]
        return [float(result["value"][1]) for result in results]
