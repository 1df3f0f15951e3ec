"""Requests made up from the service's own document: no 5xx, and every answer as documented."""

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import jsonschema_rs

from load_tests.server import Server
from tests.e2e.found import ONE, Demo

CONFIG = Path(__file__).with_name("schemathesis.toml")
# One model gets it all: about five hundred requests, most of them derived from the document, which
# is the same for every model. The others get texts and options, which meet their own engine.
THOROUGH = ["--phases", "examples,coverage,fuzzing", "--max-examples", "30"]
SHORT = ["--phases", "examples,fuzzing", "--max-examples", "10"]


def document_of(server: Server) -> Any:
    with urllib.request.urlopen(f"{server.url}/openapi.json", timeout=10) as answer:  # noqa: S310
        return json.load(answer)


def examined(server: Server, folder: Path, *options: str) -> int:
    """How many operations were tested, all of them well."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"]
    fixed = ["--generation-deterministic", "--no-color", "--request-timeout", "30"]
    ran = subprocess.run(  # noqa: S603  # our own command
        [*command, f"{server.url}/openapi.json", *options, *fixed],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    count = re.search(r"Tested: (\d+)", ran.stdout)
    assert count is not None
    return int(count[1])


def test_answers_are_as_documented(demo: Demo, tmp_path: Path) -> None:
    count = examined(demo, tmp_path, *(THOROUGH if demo.model == ONE else SHORT))
    assert count == sum(map(len, document_of(demo)["paths"].values()))


def test_every_event_of_a_stream_is_as_documented(demo: Demo) -> None:
    document = document_of(demo)
    body = {"text": "Good morning.\n\nHow are you?", "source_lang": "en", "target_lang": "fr"}
    request = urllib.request.Request(  # noqa: S310
        f"{demo.url}/translate/stream",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        events = re.findall(r"event: (\w+)\r?\ndata: (.*)", answer.read().decode())
    assert [name for name, _ in events] == ["segment", "segment", "done"]
    for name, data in events:
        schema = "TranslationResponse" if name == "done" else "SegmentEvent"
        reference = {"$ref": f"#/components/schemas/{schema}"}
        described = {**reference, "components": document["components"]}
        jsonschema_rs.validate(described, json.loads(data))
