"""Models managed over HTTP, as an operator does it: served, pulled, chosen, counted."""

import http.client
import json
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import calls
from tests.e2e.calls import ask, until
from tests.e2e.found import Demo
from tests.hub import Hub
from tests.tiny import tiny_nllb

SMALL = "facebook/nllb-200-distilled-600M"
WEIGHTS = "pytorch_model.bin"
MODELS = "/api/v1/models"
TRANSLATOR, OPERATOR = "translator-of-twenty-chars", "operator-of-twenty-chars"
# The tiny weights have few positions, and never end by themselves.
ASKED = {**calls.ASKED, "options": {"max_output_tokens": 8}}
KEYS = f"{TRANSLATOR},{OPERATOR}:translate+manage"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with Hub().running() as server:
        server.publish_folder(SMALL, tiny_nllb(tmp_path / "original"))
        yield server


def nllb(folder: Path, hub: Hub) -> Demo:
    env = {
        "HF_ENDPOINT": hub.endpoint,
        "HF_HUB_OFFLINE": "0",
        "HF_HOME": str(folder / "hf"),
        "LINGUA_NEXUS_API_KEYS": KEYS,
        "LINGUA_NEXUS_STATE_FILE": str(folder / "state.sqlite3"),
    }
    return Demo("nllb", folder, env=env)


def asked(server: Demo, path: str, body: Any = None, key: str = OPERATOR) -> tuple[int, Any]:
    status, content, headers = ask(server, path, body, **{"X-API-Key": key})
    if headers["content-type"] == "application/x-ndjson":
        return status, [json.loads(line) for line in content.splitlines()]
    return status, json.loads(content)


def test_model_pulled_over_http_is_served_after_a_restart_and_its_use_is_kept(
    tmp_path: Path, hub: Hub
) -> None:
    with nllb(tmp_path, hub) as server:
        status, refused = asked(server, f"{MODELS}/pull", {"model": "nllb"}, key=TRANSLATOR)
        assert (status, refused["error"]["code"]) == (HTTPStatus.FORBIDDEN, "forbidden")
        status, events = asked(server, f"{MODELS}/pull", {"model": "nllb"})
        assert status == HTTPStatus.OK
        assert events[0]["status"] == "started"
        assert events[-1]["status"] == "installed", events[-1]
        [*_, last] = [each for each in events if each.get("file") == WEIGHTS]
        assert last["completed"] == last["total"]
        assert asked(server, "/translate", ASKED)[0] == HTTPStatus.OK

    with nllb(tmp_path, hub) as server:
        tag = events[-1]["tag"]
        model = asked(server, "/model")[1]
        assert (model["demo"], model["weights"]) != (True, "embedded demo")
        [installed] = asked(server, f"{MODELS}/nllb", key=TRANSLATOR)[1]["installed"]
        assert installed["tag"] == tag
        assert installed["chosen"]
        until(lambda: asked(server, f"{MODELS}/nllb")[1]["installed"][0]["running"])
        assert asked(server, "/translate", ASKED)[0] == HTTPStatus.OK

        def uses() -> dict[str, int]:
            found = asked(server, f"{MODELS}/statistics")[1]["statistics"]
            return {each["weights"]: each["uses"] for each in found}

        until(lambda: uses().get(tag, 0) >= 1)
        assert [count for weights, count in uses().items() if weights != tag] == [1]


def test_leaving_cancels_a_pull_and_the_next_goes_on_from_there(tmp_path: Path, hub: Hub) -> None:
    sent = 50_000
    hub.faults.stall_after[WEIGHTS] = sent
    with nllb(tmp_path, hub) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request(
            "POST",
            f"{MODELS}/pull",
            json.dumps({"model": "nllb"}),
            {"Content-Type": "application/json", "X-API-Key": OPERATOR},
        )
        answer = connection.getresponse()
        assert json.loads(answer.readline())["status"] == "started"
        assert hub.faults.stalled.wait(60)
        connection.close()
        answer.close()
        hub.faults.stall_after.clear()
        hub.faults.release.set()

        def pulled() -> list[dict[str, Any]]:
            events: list[dict[str, Any]] = asked(server, f"{MODELS}/pull", {"model": "nllb"})[1]
            return events

        until(lambda: pulled()[-1]["status"] == "installed")
        first, *later = hub.ranges(WEIGHTS)
        assert first is None
        assert later
        assert None not in later
