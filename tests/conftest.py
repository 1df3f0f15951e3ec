"""Guards around every test: loopback only, no hub, no settings of the machine it runs on."""

import os
import socket
import tempfile
from typing import Any

import pytest

# prometheus_client and BentoML read these when they are first imported, before any fixture runs.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="lingua-nexus-test-")  # noqa: TID251
os.environ["BENTOML_HOME"] = tempfile.mkdtemp(prefix="lingua-nexus-test-")  # noqa: TID251
os.environ["BENTOML_DO_NOT_TRACK"] = "True"  # noqa: TID251
# Where the state file is by default, also of the services that tests start.
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="lingua-nexus-test-")  # noqa: TID251
os.environ["HF_HUB_OFFLINE"] = "1"  # noqa: TID251

_OURS = ("LINGUA_NEXUS_", "NLLB_", "AYA_", "OTEL_")
_CONNECT = socket.socket.connect


def _loopback_only(self: socket.socket, address: Any) -> None:
    host = address[0] if isinstance(address, tuple) else "localhost"
    if self.family != socket.AF_UNIX and host not in {"127.0.0.1", "::1", "localhost"}:
        message = f"A test tried to reach {host}: only loopback is allowed."
        raise RuntimeError(message)
    _CONNECT(self, address)


@pytest.fixture(autouse=True)
def guards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", _loopback_only)
    for name in [name for name in os.environ if name.startswith(_OURS)]:  # noqa: TID251
        monkeypatch.delenv(name)
