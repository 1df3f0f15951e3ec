"""Every row of server A's table, in the profile `main`."""

import pytest

from bentos.contract import Status
from bentos.gateway.legacy.app import LegacyApp
from models.base.exceptions import (
    DeadlineExceededError,
    OverloadedError,
    TextTooLongError,
    TranslationError,
)
from tests.bentos.gateway.fakes import Echo
from tests.bentos.gateway.legacy.asking import SPOKEN, Row, check, client_of, legacy

PATH = "POST /translate"
DENIED = {"detail": "Invalid API Key"}


def asked(**more: object) -> dict[str, object]:
    return {"text": "Hello", "source_lang": "eng_Latn", "target_lang": "fra_Latn", **more}


def refusing(detail: str, **more: object) -> Row:
    return Row(PATH, 400, {"detail": detail}, asked(**more))


def invalid(kind: str, *where: object, json: object) -> Row:
    body = {"detail": [{"type": kind, "loc": ["body", *where], "msg": ..., "input": ...}]}
    return Row(PATH, 422, {**body, "body": json}, json)


ROWS = [
    Row("GET /health", 200, {"status": "healthy", "model_loaded": True, "device": "cpu"}, key=None),
    Row("GET /health", 200, {"memory_usage": "N/A"}, key=None),
    Row("GET /languages", 200, {"languages": list, "families": dict, "popular": list}),
    Row("GET /languages", 403, DENIED, key=None),
    Row("GET /languages", 403, DENIED, key="wrong"),
    Row("GET /languages", 403, DENIED, key=""),
    Row("GET /languages/eng_Latn", 200, {"code": "eng_Latn", "name": "English", "rtl": False}),
    Row("GET /languages/auto", 200, {"code": "auto", "popular": True}),
    Row("GET /languages/en", 404, {"detail": "Language code 'en' not found"}),
    Row("GET /languages/ENG_LATN", 404, {"detail": "Language code 'ENG_LATN' not found"}),
    Row("GET /languages/eng_Latn", 403, DENIED, key=None),
    Row(
        PATH,
        200,
        {"translated_text": "[fra_Latn] Hello", "detected_source": "eng_Latn", "time_ms": int},
        asked(),
    ),
    Row(PATH, 200, {"detected_source": "rus_Cyrl"}, asked(text="Привет", source_lang="auto")),
    Row(PATH, 200, {"detected_source": "eng_Latn"}, {"text": "Hi", "target_lang": "fra_Latn"}),
    Row(PATH, 200, {"translated_text": "[fra_Latn] a  b"}, asked(text="  a  b \n")),
    Row(PATH, 403, DENIED, asked(), key=None),
    refusing("Empty text provided", text=" \n "),
    invalid("string_too_short", "text", json=asked(text="")),
    invalid("string_too_long", "text", json=asked(text="x" * 5001)),
    invalid("string_type", "text", json=asked(text=5)),
    invalid("string_type", "target_lang", json=asked(target_lang=None)),
    invalid("missing", "text", json={"target_lang": "fra_Latn"}),
    invalid("missing", "target_lang", json={"text": "a"}),
    invalid("model_attributes_type", json=["no", "object"]),
    Row(PATH, 200, ..., asked(text="x" * 5000)),
    refusing("Unsupported source language: None", source_lang=None),
    refusing("Unsupported source language: xx", source_lang="xx"),
    refusing("Unsupported source language:  eng_Latn ", source_lang=" eng_Latn "),
    refusing("Unsupported target language: xx", target_lang="xx"),
    refusing("Unsupported target language: jpn_Jpan", target_lang="jpn_Jpan"),
    refusing("Unsupported source language: jpn_Jpan", source_lang="jpn_Jpan"),
    refusing("Target language cannot be 'auto'", target_lang="auto"),
    refusing("Source and target languages cannot be the same", target_lang="eng_Latn"),
    refusing("Source and target languages cannot be the same", target_lang="English"),
    Row(
        PATH,
        200,
        {"translated_text": "[eng_Latn] Hello", "detected_source": "eng_Latn"},
        asked(source_lang="auto", target_lang="eng_Latn"),
    ),
    # FLORES, ISO and English names, echoed as sent
    Row(
        PATH,
        200,
        {"source_lang": "en", "target_lang": "FR"},
        asked(source_lang="en", target_lang="FR"),
    ),
    Row(PATH, 200, {"source_lang": "ENG_LATN"}, asked(source_lang="ENG_LATN")),
    Row(PATH, 200, {"translated_text": "[zho_Hans] Hello"}, asked(target_lang="zh-CN")),
    Row(PATH, 200, {"translated_text": "[nob_Latn] Hello"}, asked(target_lang="nor_Latn")),
    Row(PATH, 200, {"translated_text": "[lvs_Latn] Hello"}, asked(target_lang="lav_Latn")),
    Row(PATH, 200, {"translated_text": "[deu_Latn] Hello"}, asked(target_lang="german")),
    # of other servers
    Row("GET /", 200, {"message": "Aya Translation API"}, key=None),
    Row("GET /models", 200, [{"name": "nllb"}, {"name": "aya"}]),
    Row("GET /model/info", 200, {"name": "nllb"}),
    Row("POST /detect", 200, {"detected_language": "en"}, {"text": "Hello"}),
    Row("POST /translate/batch", 200, {"total_processed": 0, "total_errors": 0}, []),
    Row(
        "POST /translate/legacy",
        200,
        {"detected_source": "en"},
        {"text": "Hi", "target_lang": "fr"},
    ),
    Row("POST /models/aya/load", 200, {"message": "Model aya loaded successfully"}),
    Row("DELETE /models/aya", 200, {"message": "Model aya unloaded successfully"}),
    # of the framework
    Row("GET /nothing", 404, {"detail": "Not Found"}),
    Row("GET /translate", 405, {"detail": "Method Not Allowed"}),
    Row("HEAD /health", 405),
    Row("GET /health/", 307),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_row(row: Row) -> None:
    await check(legacy("main"), row)


@pytest.mark.parametrize(
    ("failure", "status", "body"),
    [
        (TranslationError("it broke"), 500, {"detail": "Translation error: it broke"}),
        (OverloadedError("Full.", 7), 503, {"detail": "Full."}),
        (DeadlineExceededError("Too slow."), 504, {"detail": "Too slow."}),
        (TextTooLongError("Too long."), 413, {"detail": "Too long."}),
    ],
)
async def test_failure_in_the_model(failure: Exception, status: int, body: object) -> None:
    models = Echo(languages=SPOKEN)
    models.failure = failure
    response = await check(legacy("main", models), Row(PATH, status, body, asked()))
    assert response.headers.get("retry-after") == ("7" if status == 503 else None)


def absent() -> LegacyApp:
    models = Echo("nllb", languages=SPOKEN)
    models.set("nllb", Status.DOWN)
    return legacy("main", models)


async def test_model_absent_comes_before_everything_in_the_handler() -> None:
    body = {"detail": "Model not loaded yet"}
    await check(absent(), Row(PATH, 503, body, asked(text=" ", target_lang="xx")))
    await check(absent(), Row("GET /health", 200, {"status": "healthy", "model_loaded": False}))


async def test_the_list_is_the_predecessors() -> None:
    body = (await check(legacy("main", Echo()), Row("GET /languages", 200))).json()
    assert list(body) == [
        *("languages", "families", "popular", "popular_pairs", "total_count", "cache_headers")
    ]
    assert len(body["languages"]) == body["total_count"] == 32
    assert (len(body["families"]), len(body["popular"])) == (13, 16)
    assert len(body["popular_pairs"]) == 10
    assert body["cache_headers"] == {
        "Cache-Control": "public, max-age=3600",
        "ETag": "lang-metadata-v1-32",
    }
    assert list(body["languages"][0]) == [
        *("code", "name", "native_name", "family", "script", "popular", "region", "rtl")
    ]


async def test_the_answer_has_the_members_of_all_servers_and_raw_utf_8() -> None:
    response = await check(legacy("main"), Row(PATH, 200, ..., asked(text="Ça «va»?")))
    assert response.headers["content-type"] == "application/json"
    assert "Ça «va»?".encode() in response.content
    assert set(response.json()) == {
        *("translated_text", "detected_source", "time_ms", "detected_source_lang"),
        *("processing_time_ms", "model_used", "source_lang", "target_lang", "model_name"),
        *("confidence", "confidence_score", "metadata"),
    }


async def test_redirect_names_the_path_without_the_slash() -> None:
    async with client_of(legacy("main")) as client:
        response = await client.get("/languages/")
    assert response.headers["location"].endswith("/languages")


async def test_allowed_method_is_told() -> None:
    response = await check(legacy("main"), Row("GET /translate", 405))
    assert response.headers["allow"] == "POST"
