"""The three clients as they are: what each sends, and reads from the answer."""

import re
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from typing_extensions import override

from bentos.auth import Keyring
from bentos.contract import Answer, Call
from bentos.gateway.legacy.adaptive import adaptive_routes
from models.base.request_models import TranslationRequest
from tests.bentos.gateway.fakes import Echo
from tests.bentos.gateway.legacy.asking import KEY, KEYS, SPOKEN, client_of, legacy

TELEGRAM = "https://web.telegram.org"
PROFILES = ("main", "single", "aya")
"""`multimodel` answers a list at /languages, as its server did; the clients fall back."""
MENU = "ell_Grek ind_Latn zsm_Latn srp_Cyrl slk_Latn lit_Latn lav_Latn est_Latn"
BUBBLE = "Привет, как дела?en🌐"


async def send(profile: str, key: str | None = KEY, **body: Any) -> httpx2.Response:
    keys = KEYS if key else ""
    async with client_of(legacy(profile, keys=keys), key) as client:
        return await client.post("/translate", json=body)


@pytest.mark.parametrize("profile", PROFILES)
async def test_the_userscript_reads_the_languages(profile: str) -> None:
    async with client_of(legacy(profile), None) as client:
        asks = {
            "Origin": TELEGRAM,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "content-type,x-api-key",
        }
        preflight = await client.request("OPTIONS", "/languages", headers=asks)
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] in {"*", TELEGRAM}
        allowed = preflight.headers["access-control-allow-headers"]
        assert {"content-type", "x-api-key"} <= set(allowed.split(","))
        headers = {"Origin": TELEGRAM, "Content-Type": "application/json", "X-API-Key": KEY}
        response = await client.get("/languages", headers=headers)
    assert response.headers["access-control-allow-origin"] in {"*", TELEGRAM}
    data = response.json()
    for one in data["languages"]:
        assert all(type(one[name]) is str for name in ("code", "name", "native_name"))
        assert type(one["popular"]) is bool
    listed = {one["code"] for one in data["languages"]}
    assert set(data["popular"]) <= listed
    assert {code for pair in data["popular_pairs"] for code in pair} <= listed


@pytest.mark.parametrize("profile", [*PROFILES, "multimodel"])
@pytest.mark.parametrize("target", ["en", "eng_Latn"])
async def test_the_userscript_translates_with_its_default_and_after_a_choice(
    profile: str, target: str
) -> None:
    response = await send(profile, text=BUBBLE, source_lang="auto", target_lang=target)
    assert response.status_code == 200
    assert response.json()["translated_text"] == f"[eng_Latn] {BUBBLE}"


@pytest.mark.parametrize("profile", PROFILES)
async def test_what_the_userscript_offers_is_never_a_servers_error(profile: str) -> None:
    async with client_of(legacy(profile)) as client:
        listed = (await client.get("/languages")).json()["languages"]
        for one in listed:
            body = {"text": "Привет", "source_lang": "auto", "target_lang": one["code"]}
            response = await client.post("/translate", json=body)
            assert response.status_code in {200, 400}
            if response.status_code == 400:
                assert type(response.json()["detail"]) is str


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("target", ["eng_Latn", "rus_Cyrl"])
async def test_the_standalone_script_reads_three_members(profile: str, target: str) -> None:
    response = await send(profile, text=BUBBLE, source_lang="auto", target_lang=target)
    body = response.json()
    assert response.is_success
    assert body["translated_text"] == f"[{target}] {BUBBLE}"
    assert body["detected_source"] == "rus_Cyrl"
    assert type(body["time_ms"]) is int
    assert body["time_ms"] > 0


def ahk_reads(response: httpx2.Response) -> str:
    """The desktop client's regular expression over the text of the body."""
    assert response.status_code == 200
    found = re.search(r'"translated_text"\s*:\s*"(.+?)"', response.text)
    assert found
    return found[1]


@pytest.mark.parametrize("profile", [*PROFILES, "multimodel"])
async def test_the_desktop_clients_test_of_the_connection(profile: str) -> None:
    response = await send(profile, text="Hello", source_lang="auto", target_lang="eng_Latn")
    assert ahk_reads(response) == "[eng_Latn] Hello"


@pytest.mark.parametrize("profile", [*PROFILES, "multimodel"])
async def test_the_desktop_client_sends_no_key_while_none_is_set(profile: str) -> None:
    response = await send(profile, None, text="Hello", source_lang="auto", target_lang="eng_Latn")
    assert ahk_reads(response) == "[eng_Latn] Hello"


@pytest.mark.parametrize("profile", [*PROFILES, "multimodel"])
@pytest.mark.parametrize("target", MENU.split())
async def test_the_desktop_clients_whole_menu(profile: str, target: str) -> None:
    response = await send(profile, text="Hello", source_lang="eng_Latn", target_lang=target)
    code = "lvs_Latn" if target == "lav_Latn" else target
    assert ahk_reads(response) == f"[{code}] Hello"


@pytest.mark.parametrize("profile", [*PROFILES, "multimodel"])
async def test_the_desktop_client_decodes_no_escapes(profile: str) -> None:
    response = await send(profile, text="Žluťoučký 🐎", source_lang="en", target_lang="fr")
    assert ahk_reads(response) == "[fra_Latn] Žluťoučký 🐎"


@pytest.mark.parametrize("profile", [*PROFILES, "multimodel"])
async def test_unknown_members_are_tolerated(profile: str) -> None:
    extra: dict[str, Any] = {
        "user_preference": "fast",
        "enable_progress_updates": True,
        "max_optimization_time": 5,
    }
    response = await send(profile, text="Hello", source_lang="en", target_lang="fr", **extra)
    assert ahk_reads(response) == "[fra_Latn] Hello"


@pytest.mark.parametrize("profile", [*PROFILES, "multimodel"])
async def test_long_texts_of_the_scripts_and_the_desktop_client(profile: str) -> None:
    models, keyring = Echo(languages=SPOKEN), Keyring(KEYS)
    app = legacy(profile, models, extra_routes=adaptive_routes(models, keyring=keyring))
    body = {
        "text": "Hello there, how are you today? " * 20,
        "source_lang": "auto",
        "target_lang": "rus_Cyrl",
        "api_key": KEY,
        "user_preference": "balanced",
        "force_optimization": False,
        "max_optimization_time": 5.0,
    }
    async with client_of(app, None) as client:
        response = await client.post("/adaptive/translate", json=body, headers={"Origin": TELEGRAM})
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] in {"*", TELEGRAM}
    assert response.json().keys() >= {
        *("translation", "processing_time", "quality_score", "quality_grade"),
        *("optimization_applied", "cache_hit", "metadata"),
    }
    assert re.search(r'"translation"\s*:\s*"(.+?)"', response.text)
    assert re.search(r'"quality_grade"\s*:\s*"([A-F])"', response.text)


async def test_the_desktop_client_looks_at_the_status_only() -> None:
    for profile in ("main", "multimodel", "single", "aya"):
        async with client_of(legacy(profile)) as client:
            assert (await client.get("/languages")).status_code == 200


async def test_a_text_without_a_language_is_english_as_it_always_was() -> None:
    class Undetermined(Echo):
        @override
        async def translate(self, request: TranslationRequest, call: Call) -> Answer:
            answer = await super().translate(request.model_copy(update={"source_lang": "en"}), call)
            response = answer.response.model_copy(update={"detected_source_lang": "und"})
            return replace(answer, response=response)

    app = legacy("main", Undetermined(languages=SPOKEN))
    body = {"text": "👍 42", "source_lang": "auto", "target_lang": "ru"}
    async with client_of(app) as client:
        said = (await client.post("/translate", json=body)).json()
    assert (said["detected_source"], said["detected_source_lang"]) == ("eng_Latn", "en")
