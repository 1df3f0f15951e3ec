"""Every row of server C's table, in the profile `single`."""

import pytest
from typing_extensions import override

from bentos.contract import ModelState, Status
from models.base.exceptions import TranslationError
from tests.bentos.gateway.fakes import Echo
from tests.bentos.gateway.legacy.asking import SPOKEN, Row, check, legacy

PATH = "POST /translate"
DENIED = {"detail": "Invalid API Key"}


def asked(**more: object) -> dict[str, object]:
    return {"text": "Hello", "source_lang": "en", "target_lang": "fr", **more}


def invalid(kind: str, *where: object, json: object, path: str = PATH) -> Row:
    body = {"detail": [{"type": kind, "loc": ["body", *where]}], "body": json}
    return Row(path, 422, body, json)


ROWS = [
    Row("GET /health", 200, {"status": "healthy", "model_name": "nllb"}, key=None),
    Row("GET /health", 200, {"model_info": {"name": "nllb"}, "timestamp": float}, key=None),
    Row("GET /health", 200, {"details": "Model ready"}, key=None),
    Row("GET /model/info", 200, {"name": "nllb", "version": "demo-1", "max_tokens": int}),
    Row("GET /model/info", 200, {"memory_requirements": str, "description": str}),
    Row("GET /model/info", 403, DENIED, key=None),
    Row(PATH, 200, {"translated_text": "[fra_Latn] Hello", "model_name": "nllb"}, asked()),
    Row(PATH, 200, {"source_lang": "en", "target_lang": "fr"}, asked()),
    Row(
        PATH,
        200,
        {"source_lang": "en", "target_lang": "fr"},
        asked(source_lang="EN", target_lang="Fr"),
    ),
    Row(PATH, 200, {"processing_time_ms": 1.5, "confidence": None, "metadata": dict}, asked()),
    Row(PATH, 200, {"source_lang": "auto"}, asked(source_lang="auto")),
    Row(PATH, 200, {"translated_text": "[fra_Latn] Hello"}, asked(text=" Hello ")),
    Row(PATH, 200, ..., asked(options={"any": 1}, unknown=True)),
    Row(PATH, 200, ..., asked(text="x" * 10_000)),
    Row(PATH, 200, {"translated_text": "Hello"}, asked(target_lang="en")),
    Row(PATH, 200, {"source_lang": "eng_latn"}, asked(source_lang="eng_Latn")),
    Row(PATH, 200, {"translated_text": "[zho_Hans] Hello"}, asked(target_lang="zh-CN")),
    Row(PATH, 200, ..., asked(source_lang="English")),
    Row(PATH, 403, DENIED, asked(), key=None),
    invalid("missing", "source_lang", json={"text": "a", "target_lang": "fr"}),
    invalid("missing", "target_lang", json={"text": "a", "source_lang": "fr"}),
    invalid("string_too_long", "text", json=asked(text="x" * 10_001)),
    invalid("string_too_short", "text", json=asked(text="")),
    invalid("value_error", "text", json=asked(text="  ")),
    invalid("value_error", "source_lang", json=asked(source_lang="e")),
    invalid("value_error", "target_lang", json=asked(target_lang="f")),
    invalid("dict_type", "options", json=asked(options=[])),
    Row(PATH, 400, {"detail": "Unsupported target language: xx"}, asked(target_lang="xx")),
    Row(PATH, 400, {"detail": "Unsupported source language: xx"}, asked(source_lang="xx")),
    Row(PATH, 400, {"detail": "Unsupported target language: ja"}, asked(target_lang="ja")),
    Row(PATH, 400, {"detail": "Unsupported target language: auto"}, asked(target_lang="auto")),
    Row("POST /detect", 200, {"text": "Hello", "detected_language": "en"}, {"text": "Hello"}),
    Row("POST /detect", 200, {"confidence": 0.9, "model": "nllb"}, {"text": "Hello"}),
    Row("POST /detect", 200, {"detected_language": "ru"}, {"text": "Привет"}),
    Row("POST /detect", 200, {"text": "x" * 100 + "..."}, {"text": "x" * 101}),
    Row("POST /detect", 200, {"text": "x" * 100}, {"text": "x" * 100}),
    Row("POST /detect", 403, DENIED, {"text": "Hello"}, key=None),
    invalid("string_too_long", "text", json={"text": "x" * 1001}, path="POST /detect"),
    invalid("string_too_short", "text", json={"text": ""}, path="POST /detect"),
    # of other servers
    Row("GET /languages", 200, {"total_count": int, "cache_headers": dict}),
    Row("GET /languages/eng_Latn", 200, {"name": "English"}),
    Row("GET /models", 200, [{"name": "nllb"}, {"name": "aya"}]),
    Row("POST /translate/batch", 200, {"results": []}, []),
    Row("GET /", 200, {"message": "Aya Translation API"}, key=None),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_row(row: Row) -> None:
    await check(legacy("single"), row)


@pytest.mark.parametrize(
    "row",
    [
        Row("GET /health", 200, {"status": "unhealthy", "details": "Model not responding"}),
        Row("GET /model/info", 503, {"detail": "Model not ready"}),
        Row(PATH, 503, {"detail": "Model not ready"}, asked()),
        Row("POST /detect", 503, {"detail": "Model not ready"}, {"text": "a"}),
    ],
    ids=str,
)
async def test_without_any_model(row: Row) -> None:
    models = Echo("nllb", languages=SPOKEN)
    models.set("nllb", Status.DOWN)
    await check(legacy("single", models), row)


async def test_before_a_model_is_configured() -> None:
    class Nothing(Echo):
        @override
        def states(self) -> list[ModelState]:
            return []

    app = legacy("single", Nothing())
    await check(app, Row("GET /health", 200, {"model_name": "unknown", "model_info": None}))
    await check(app, Row("GET /health", 200, {"details": "Server not initialized"}))
    await check(app, Row(PATH, 503, {"detail": "Model not ready"}, asked()))


async def test_failure_in_the_model() -> None:
    models = Echo(languages=SPOKEN)
    models.failure = TranslationError("it broke")
    body = {"detail": "[nllb] Translation failed: it broke"}
    await check(legacy("single", models), Row(PATH, 500, body, asked()))


async def test_each_language_is_listed_once_by_its_short_code() -> None:
    response = await check(legacy("single"), Row("GET /model/info", 200))
    codes = response.json()["supported_languages"]
    assert len(codes) == len(set(codes)) == len(SPOKEN)
    assert {"en", "zh", "no"} <= set(codes)


async def test_health_translates_nothing() -> None:
    models = Echo()
    await check(legacy("single", models), Row("GET /health", 200))
    assert models.asked == []
