"""The clients of LibreTranslate and of Google's v2 with demos that really translate."""

import json
import urllib.request
from collections.abc import Iterator

import httpx
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud.translate_v2 import Client
from libretranslatepy import LibreTranslateAPI

from tests.e2e.found import Demo

SENTENCE = "Where is the train station?"
FRENCH = "gare"
HTML = f"<p>Good morning. <b>{SENTENCE}</b></p>"


@pytest.fixture
def google(demo: Demo) -> Iterator[Client]:
    endpoint = {"api_endpoint": f"{demo.url}/google"}
    client = Client(credentials=AnonymousCredentials(), client_options=endpoint)
    yield client
    client._http.close()


@pytest.fixture
def libretranslate(demo: Demo) -> LibreTranslateAPI:
    return LibreTranslateAPI(f"{demo.url}/libretranslate")


def test_libretranslates_client_gets_a_translation(libretranslate: LibreTranslateAPI) -> None:
    assert FRENCH in libretranslate.translate(SENTENCE, "en", "fr").lower()
    assert libretranslate.detect(SENTENCE)[0]["language"] == "en"
    assert {"en", "fr"} <= {one["code"] for one in libretranslate.languages()}


def test_googles_client_gets_a_translation(google: Client) -> None:
    [answer] = google.translate([SENTENCE], "fr")
    assert FRENCH in answer["translatedText"].lower()
    assert answer["detectedSourceLanguage"] == "en"
    assert google.detect_language(SENTENCE)["language"] == "en"
    assert {"language": "fr", "name": "French"} in google.get_languages()


def test_tags_stay_where_they_belong(google: Client) -> None:
    translated = google.translate(HTML, "fr", source_language="en")["translatedText"]
    assert translated.startswith("<p>")
    assert translated.endswith("</b></p>")
    assert FRENCH in translated.lower()


def test_a_file_is_translated_and_fetched(demo: Demo) -> None:
    answered = httpx.post(
        f"{demo.url}/libretranslate/translate_file",
        data={"source": "en", "target": "fr"},
        files={"file": ("page.html", HTML.encode(), "text/html")},
        timeout=60,
    )
    assert answered.status_code == 200, answered.text
    with urllib.request.urlopen(answered.json()["translatedFileUrl"], timeout=10) as fetched:  # noqa: S310
        translated = fetched.read().decode()
        assert 'filename="page.fr.html"' in fetched.headers["Content-Disposition"]
    assert translated.startswith("<p>")
    assert FRENCH in translated.lower()


def test_errors_come_through_as_they_are_known(demo: Demo) -> None:
    for path, key in (
        ("/libretranslate/nothing", "error"),
        ("/google/language/translate/v2", "error"),
    ):
        answered = httpx.get(f"{demo.url}{path}")
        assert answered.status_code in {400, 404}
        assert set(json.loads(answered.text)) == {key}
