"""What LibreTranslate's pages ask of the server before they translate."""

import jsonschema_rs
import pytest

from tests.bentos.dialects.places import CLOSED, at, in_both_places
from tests.fakes import Served

BASE = "/libretranslate"


@in_both_places
async def test_languages_are_those_of_the_models(place: str) -> None:
    async with at(place) as here, here.client(BASE) as client:
        found = (await client.get("/languages")).json()
    assert [one["code"] for one in found] == ["ar", "en", "fr", "de"]
    assert found[1] == {"code": "en", "name": "English", "targets": ["ar", "de", "en", "fr"]}


@in_both_places
@pytest.mark.parametrize("needed", [False, True])
async def test_settings_say_what_is_so(place: str, needed: bool) -> None:
    settings = CLOSED if needed else {}
    async with at(place, max_text_chars=77, **settings) as here, here.client(BASE) as client:
        said = (await client.get("/frontend/settings", headers={"Accept-Language": "de"})).json()
    assert {".txt", ".docx", ".srt"} <= set(said.pop("supportedFilesFormat"))
    assert said == {
        "apiKeys": needed,
        "charLimit": 77,
        "filesTranslation": True,
        "frontendTimeout": 500,
        "keyRequired": needed,
        "language": {
            "source": {"code": "auto", "name": "Auto Detect"},
            "target": {"code": "de", "name": "German"},
        },
        "suggestions": False,
    }


async def test_suggestions_are_not_taken() -> None:
    async with at() as here, here.client(BASE) as client:
        answered = await client.post("/suggest", data={"q": "a", "s": "b"})
    assert answered.status_code == 403
    assert answered.json() == {"error": "Suggestions are disabled on this server."}


@in_both_places
async def test_a_model_that_can_be_asked_is_ok(place: str) -> None:
    async with at(place) as here, here.client(BASE) as client:
        answered = await client.get("/health")
    assert (answered.status_code, answered.json()) == (200, {"status": "ok"})


async def test_a_model_that_loads_is_not_ok_yet() -> None:
    served = Served()
    served.model.gate.clear()
    served.lifecycle.start()
    async with served.client() as client:
        answered = await client.get(f"{BASE}/health")
        assert (answered.status_code, answered.json()) == (503, {"status": "starting"})
    served.model.gate.set()
    await served.lifecycle.loaded()


async def test_it_describes_itself() -> None:
    async with at() as here, here.client(BASE) as client:
        spec, schema = (
            (await client.get("/spec")).json(),
            (await client.get("/openapi.json")).json(),
        )
    assert spec == schema
    assert spec["servers"] == [{"url": BASE}]
    jsonschema_rs.meta.validate(spec["components"]["schemas"]["Translated"])
    assert "422" not in str(spec)
