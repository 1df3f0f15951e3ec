"""Each demo behind a real `bentoml serve`: probes, clients, streams, callers who leave."""

import contextlib
import http.client
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import bentoml

from load_tests.server import Server
from tests.e2e.calls import ASKED, SECONDS, ask, long, sample, until
from tests.e2e.found import Demo

LONG = long(40)
KEY = "a-key-of-some-length"
ECHO = "tests.e2e.held:EchoingService"


@contextlib.contextmanager
def native_client(url: str, token: str | None = None) -> Iterator[Any]:
    with bentoml.SyncHTTPClient(url, token=token) as client:
        yield client
        cast("Any", client)._temp_dir.cleanup()  # or the collector warns, in some later test


def test_probes_and_metrics_are_served(demo: Demo) -> None:
    for path in ("/livez", "/readyz", "/healthz", "/health"):
        assert ask(demo, path)[0] == 200
    ask(demo, "/translate", ASKED)
    assert sample(demo, "translation_model_loaded", model=demo.model) == 1
    assert sample(demo, "translation_requests_total", model=demo.model, outcome="ok") >= 1
    assert sample(demo, "translation_tokens_total", model=demo.model, direction="out") >= 1
    assert sample(demo, "translation_memory_bytes", model=demo.model) > 50e6
    assert sample(demo, "bentoml_service_request_total") >= 1


def test_a_sentence_is_translated(demo: Demo) -> None:
    status, body, headers = ask(demo, "/translate", ASKED)
    answer = json.loads(body)
    assert status == 200
    assert headers["X-Request-Id"]
    assert answer["translated_text"] != ASKED["text"]
    assert "gare" in answer["translated_text"] or "train" in answer["translated_text"]
    assert answer["metadata"]["demo"] is True


def test_the_page_shows_the_model_and_its_languages(demo: Demo) -> None:
    status, page, headers = ask(demo, "/")
    assert (status, headers.get_content_type()) == (200, "text/html")
    for path in re.findall(r'(?:src|href)="(page/[^"]+)"', page.decode()):
        assert ask(demo, f"/{path}")[0] == 200
    model = json.loads(ask(demo, "/model")[1])
    assert model["demo"] is True
    assert model["name"] == json.loads(ask(demo, "/translate", ASKED)[1])["model_name"]
    languages = json.loads(ask(demo, "/languages")[1])["languages"]
    names = {language["name"] for language in languages}
    assert names == {"English", "French", "German", "Spanish"}


def test_a_stream_arrives_segment_by_segment(demo: Demo) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", demo.port, timeout=SECONDS)
    connection.request("POST", "/translate/stream", json.dumps(LONG))
    answer = connection.getresponse()
    first = answer.read1()
    assert first.startswith(b"event: segment\ndata: ")
    assert b"event: done" not in first
    assert b"event: done" in answer.read()
    connection.close()


def test_a_stream_is_the_translation_to_the_last_character(demo: Demo) -> None:
    text = (
        "Where is the café?\n\n  I would like a crêpe 🥐 and 3 croissants, please.\tGood night!  "
    )
    asked = {**ASKED, "text": text}
    streamed = ask(demo, "/translate/stream", asked)[1].decode()
    events = [
        (name, json.loads(data))
        for name, data in re.findall(r"event: (\w+)\r?\ndata: (.*)", streamed)
    ]
    *segments, (done, answer) = events
    assert done == "done"
    assert {name for name, _ in segments} == {"segment"}
    assert len(segments) >= 3
    joined = "".join(one["before"] + one["text"] + one["after"] for _, one in segments)
    # Not what another request gets: where two words are as likely, its batch may prefer the other.
    assert joined == answer["translated_text"]
    assert re.fullmatch(r"\S.*\n\n  \S.*\t\S.*\S  ", joined)
    assert "\ufffd" not in joined


def test_bentomls_own_client_works(demo: Demo) -> None:
    with native_client(demo.url) as client:
        answer = client.translate(ASKED)
        batch = client.translate_batch(requests=[ASKED, {"text": ""}])
    assert (
        answer["translated_text"]
        == json.loads(ask(demo, "/translate", ASKED)[1])["translated_text"]
    )
    assert batch["results"][0]["result"]["target_lang"] == "fra_Latn"
    assert batch["results"][1]["error"]["code"] == "invalid_request"


def test_a_language_of_the_full_model_only_is_refused_by_the_demo(demo: Demo) -> None:
    status, body, _ = ask(demo, "/translate", {**ASKED, "target_lang": "ja"})
    error = json.loads(body)["error"]
    assert (status, error["code"]) == (400, "unsupported_language")
    assert f"make pull:{demo.model}" in error["message"]


def test_a_caller_who_leaves_frees_the_model(demo: Demo) -> None:
    written = sample(demo, "translation_tokens_total", direction="out")
    cancelled = sample(demo, "translation_requests_total", outcome="cancelled")
    body = json.dumps(long(3000)).encode()
    with socket.create_connection(("127.0.0.1", demo.port)) as connection:
        head = f"POST /translate HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)
        until(lambda: sample(demo, "translation_tokens_total", direction="out") > written)
    until(lambda: sample(demo, "translation_requests_total", outcome="cancelled") > cancelled)
    until(lambda: sample(demo, "translation_queue_segments") == 0)


def test_keys_guard_the_native_endpoints_too(tmp_path: Path) -> None:
    env = {"LINGUA_NEXUS_API_KEYS": KEY, "LINGUA_NEXUS_MAX_BODY_BYTES": "2000"}
    with Server(ECHO, log=tmp_path / "log", env=env, home=tmp_path / "home") as server:
        for path in ("/translate", "/bento/translate", "/bento/translate_batch", "/languages"):
            status, body, headers = ask(server, path, None if path == "/languages" else ASKED)
            assert (status, json.loads(body)["error"]["code"]) == (401, "unauthorized")
            assert headers["WWW-Authenticate"].startswith("Bearer")
        for key in ({"X-API-Key": KEY}, {"Authorization": f"Bearer {KEY}"}):
            assert ask(server, "/translate", ASKED, **key)[0] == 200
            assert ask(server, "/bento/translate", ASKED, **key)[0] == 200
            assert ask(server, "/bento/translate", long(150), **key)[0] == 413
        with native_client(server.url, token=KEY) as client:
            assert client.translate(ASKED)["target_lang"] == "fra_Latn"
