"""Every row of server D's table, in the profile `aya`."""

import pytest

from bentos.contract import Status
from models.base.exceptions import TranslationError
from tests.bentos.gateway.fakes import Echo
from tests.bentos.gateway.legacy.asking import KEY, KEYS, SPOKEN, Row, check, legacy

PATH = "POST /translate"


def asked(**more: object) -> dict[str, object]:
    return {"text": "Hello", "source_lang": "en", "target_lang": "fr", **more}


def invalid(kind: str, *where: object, json: object) -> Row:
    return Row(PATH, 422, {"detail": [{"type": kind, "loc": ["body", *where]}]}, json, key=None)


ROWS = [
    Row("GET /", 200, {"message": "Aya Translation API", "model": "aya-101"}, key=None),
    Row("GET /", 200, {"format": "GGUF-optimized", "endpoints": {"translate": "/translate"}}),
    Row("GET /health", 200, {"status": "healthy", "model": "aya", "available": True}, key=None),
    Row("GET /health", 200, {"format": "GGUF"}, key=None),
    Row("GET /models", 200, {"models": {"aya": {"name": "aya", "type": "aya"}}}, key=None),
    Row("GET /models", 200, {"models": {"aya": {"device": "cpu", "available": True}}}, key=None),
    Row("GET /languages", 200, {"supported_models": ["aya"], "primary_model": "aya"}, key=None),
    Row("GET /languages", 200, {"note": str, "total_count": int, "families": dict}, key=None),
    Row(PATH, 200, {"translated_text": "[fra_Latn] Hello"}, asked(), key=None),
    Row(PATH, 200, {"model_used": "aya", "confidence_score": None}, asked(), key="any key"),
    Row(PATH, 200, {"detected_source_lang": None, "processing_time_ms": 1.5}, asked(), key=None),
    Row(PATH, 200, {"detected_source_lang": "ru"}, {"text": "Привет"}, key=None),
    Row(PATH, 200, {"translated_text": "[eng_Latn] Привет"}, {"text": "Привет"}, key=None),
    Row(PATH, 200, {"metadata": dict}, asked(model_options={"temperature": 0}), key=None),
    Row(PATH, 200, ..., asked(source_lang="auto"), key=None),
    Row(PATH, 200, ..., asked(source_lang="eng_Latn", target_lang="rus_Cyrl"), key=None),
    Row(PATH, 200, ..., asked(source_lang="EN", target_lang="French"), key=None),
    Row(
        PATH, 200, {"translated_text": "[nob_Latn] Hello"}, asked(target_lang="nor_Latn"), key=None
    ),
    Row(PATH, 200, {"translated_text": "Hello"}, asked(target_lang="en"), key=None),
    Row(PATH, 200, ..., asked(text="x" * 16_200), key=None),
    invalid("value_error", json=asked(text="")),
    invalid("value_error", json=asked(text=" \n")),
    invalid("missing", "text", json={}),
    invalid("string_type", "text", json={"text": None}),
    invalid("dict_type", "model_options", json=asked(model_options=1)),
    Row(
        PATH, 400, {"detail": "Unsupported target language: xx"}, asked(target_lang="xx"), key=None
    ),
    Row(
        PATH,
        400,
        {"detail": "Unsupported target language: ukr_Cyrl"},
        asked(target_lang="ukr_Cyrl"),
    ),
    Row(
        PATH, 400, {"detail": "Unsupported source language: ja"}, asked(source_lang="ja"), key=None
    ),
    Row(PATH, 400, {"detail": "Unsupported target language: auto"}, asked(target_lang="auto")),
    # of other servers
    Row("GET /languages/fra_Latn", 200, {"name": "French"}, key=None),
    Row("POST /models/aya/load", 403, {"detail": "Invalid API Key"}, key=None),
    Row("GET /model/info", 200, {"name": "nllb"}, key=None),
    Row("POST /detect", 200, {"detected_language": "en"}, {"text": "Hello"}, key=None),
    Row("POST /translate/legacy", 200, {"detected_source": "en"}, asked(), key=None),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_row(row: Row) -> None:
    await check(legacy("aya", keys=""), row)


async def test_languages_say_nothing_of_caching() -> None:
    response = await check(legacy("aya", keys=""), Row("GET /languages", 200, key=None))
    assert "cache_headers" not in response.json()


async def test_a_model_has_the_members_it_had() -> None:
    response = await check(legacy("aya", keys=""), Row("GET /models", 200, key=None))
    assert set(response.json()["models"]["aya"]) == {
        *("name", "type", "model_path", "device", "max_length", "temperature", "top_p"),
        *("available", "model_size", "format", "gguf_filename", "n_ctx", "n_gpu_layers"),
    }


async def test_there_is_no_limit() -> None:
    app = legacy("aya", keys="", limits_on=True)
    for _ in range(40):
        await check(app, Row(PATH, 200, ..., asked(), key=None))


async def test_keys_are_needed_where_they_are_configured() -> None:
    app = legacy("aya", keys=KEYS)
    await check(app, Row(PATH, 403, {"detail": "Invalid API Key"}, asked(), key=None))
    await check(app, Row(PATH, 200, ..., asked(), key=KEY))


async def test_without_aya_the_configuration_decides() -> None:
    models = Echo("nllb", languages=SPOKEN)
    app = legacy("aya", models, keys="")
    await check(app, Row(PATH, 200, {"model_used": "nllb"}, asked(), key=None))
    assert models.asked[0][1].model is None


async def test_without_a_model_that_answers() -> None:
    models = Echo("aya", languages=SPOKEN)
    models.set("aya", Status.DOWN)
    app = legacy("aya", models, keys="")
    health = {"status": "unhealthy", "available": False, "error": "Model not loaded"}
    await check(app, Row("GET /health", 200, health))
    await check(app, Row(PATH, 503, {"detail": "Aya model is not available"}, asked()))


async def test_failure_in_the_model() -> None:
    models = Echo(languages=SPOKEN)
    models.failure = TranslationError("it broke")
    body = {"detail": "Translation failed: it broke"}
    await check(legacy("aya", models, keys=""), Row(PATH, 500, body, asked()))
