"""Every row of server B's table, in the profile `multimodel`."""

import pytest
from typing_extensions import override

from bentos.auth import label_of
from bentos.contract import ModelState, Status
from bentos.gateway.legacy.app import LegacyApp
from bentos.management.errors import NotInstalledError
from models.base.exceptions import TranslationError
from tests.bentos.gateway.fakes import Echo
from tests.bentos.gateway.legacy.asking import KEY, READER, SPOKEN, Row, check, legacy

PATH = "POST /translate"
LEGACY = "POST /translate/legacy"
BATCH = "POST /translate/batch"
DENIED = {"detail": "Invalid API Key"}
NOBODY = {"detail": "Model 'x' not found. Available: ['nllb', 'aya']"}


def asked(**more: object) -> dict[str, object]:
    return {"text": "Hello", "source_lang": "en", "target_lang": "fr", **more}


def invalid(path: str, kind: str, *where: object, json: object) -> Row:
    return Row(path, 422, {"detail": [{"type": kind, "loc": ["body", *where]}]}, json)


def pair(source: str, target: str, model: str = "nllb") -> dict[str, str]:
    message = f"Model '{model}' does not support translation from '{source}' to '{target}'"
    return {"detail": message}


ROWS = [
    Row("GET /health", 200, {"status": "healthy", "models_loaded": 2}, key=None),
    Row("GET /health", 200, {"models_available": ["nllb", "aya"], "device": "cpu"}, key=None),
    Row("GET /health", 200, {"memory_usage": "N/A"}, key=None),
    Row("GET /models", 200, [{"name": "nllb", "type": "nllb", "available": True}, ...]),
    Row("GET /models", 200, [{"supported_languages": list, "device": None}, {"metadata": dict}]),
    Row("GET /models", 200, [{"model_size": None}, ...]),
    Row("GET /models", 403, DENIED, key=None),
    Row("POST /models/nllb/load", 200, {"message": "Model nllb loaded successfully"}),
    Row("POST /models/nllb/load", 200, ..., {"config": "ignored"}),
    Row("POST /models/NLLB/load", 200, {"message": "Model NLLB loaded successfully"}),
    Row("POST /models/aya-expanse-8b/load", 200),
    Row("POST /models/x/load", 404, NOBODY),
    Row("POST /models/x/load", 403, DENIED, key=None),
    Row("POST /models/nllb/load", 403, ..., key=READER),
    Row("DELETE /models/nllb", 200, {"message": "Model nllb unloaded successfully"}),
    Row("DELETE /models/x", 404, NOBODY),
    Row("DELETE /models/nllb", 403, DENIED, key="wrong"),
    Row("DELETE /models/nllb", 403, ..., key=READER),
    Row("GET /languages", 403, DENIED, key=None),
    Row("GET /languages/nllb", 200, {"model": "nllb", "supported_languages": list}),
    Row("GET /languages/nllb", 200, {"language_names": {"en": "English", "no": "Norwegian"}}),
    Row("GET /languages/aya-expanse-8b", 200, {"model": "aya-expanse-8b"}),
    Row("GET /languages/x", 404, NOBODY),
    Row("GET /languages/eng_Latn", 200, {"code": "eng_Latn", "name": "English"}),
    Row(PATH, 200, {"translated_text": "[fra_Latn] Hello", "model_used": "nllb"}, asked()),
    Row(PATH, 200, {"processing_time_ms": 1.5, "metadata": dict}, asked()),
    Row(PATH, 200, {"detected_source_lang": None}, asked()),
    Row(PATH, 200, {"detected_source_lang": "ru"}, asked(text="Привет", source_lang="auto")),
    Row(PATH, 200, {"detected_source_lang": "en"}, {"text": "Hi", "target_lang": "fr"}),
    Row(PATH, 200, {"translated_text": "[fra_Latn] Hello"}, asked(text="  Hello ")),
    Row(PATH, 200, {"model_used": "aya"}, asked(model="aya", model_options={"top_k": 1})),
    Row(PATH, 200, {"model_used": "aya"}, asked(model="aya-expanse-8b")),
    Row(PATH, 200, {"model_used": "nllb"}, asked(model=None)),
    Row(PATH, 200, {"model_used": "nllb"}, asked(model="")),
    Row(PATH, 200, {"model_used": "nllb"}, asked(model="NLLB")),
    Row(PATH, 404, NOBODY, asked(model="x")),
    invalid(PATH, "value_error", "model", json=asked(model="no/model")),
    invalid(PATH, "value_error", "text", json=asked(text="  ")),
    invalid(PATH, "string_too_short", "text", json=asked(text="")),
    invalid(PATH, "string_too_long", "text", json=asked(text="x" * 5001)),
    invalid(PATH, "missing", "target_lang", json={"text": "a"}),
    invalid(PATH, "dict_type", "model_options", json=asked(model_options=3)),
    Row(PATH, 400, pair("None", "fr"), asked(source_lang=None)),
    Row(PATH, 400, pair("xx", "fr"), asked(source_lang="xx")),
    Row(PATH, 400, pair("en", "ja"), asked(target_lang="ja")),
    Row(PATH, 400, pair("en", "auto"), asked(target_lang="auto")),
    Row(
        PATH,
        400,
        {"detail": "Model 'nllb' does not support target language 'xx'"},
        asked(source_lang="auto", target_lang="xx"),
    ),
    Row(PATH, 200, {"translated_text": "Hello"}, asked(target_lang="en")),
    Row(PATH, 200, {"source_lang": "eng_Latn"}, asked(source_lang="eng_Latn")),
    Row(PATH, 200, ..., asked(source_lang="English", target_lang="Chinese")),
    Row(PATH, 403, DENIED, asked(), key=None),
    Row(BATCH, 200, {"results": [], "errors": []}, []),
    Row(
        BATCH, 200, {"total_processed": 2, "total_errors": 1}, [asked(), asked(model="x"), asked()]
    ),
    Row(
        BATCH,
        200,
        {
            "results": [{"index": 1, "success": True, "result": {"model_used": "nllb"}}],
            "errors": [{"index": 0, "success": False, "status_code": 400, "error": str}],
        },
        [asked(target_lang="xx"), asked()],
    ),
    Row(BATCH, 400, {"detail": "Batch size cannot exceed 10 translations"}, [asked()] * 11),
    Row(BATCH, 200, {"total_processed": 10}, [asked()] * 10),
    invalid(BATCH, "list_type", json=asked()),
    invalid(BATCH, "missing", 1, "target_lang", json=[asked(), {"text": "a"}]),
    Row(LEGACY, 200, {"translated_text": "[fra_Latn] Hello", "time_ms": int}, asked()),
    Row(LEGACY, 200, {"detected_source": "en"}, asked()),
    Row(LEGACY, 200, {"detected_source": "eng_Latn"}, asked(source_lang="eng_Latn")),
    Row(LEGACY, 200, {"detected_source": "ru"}, asked(text="Привет", source_lang="auto")),
    Row(LEGACY, 400, pair("en", "xx"), asked(target_lang="xx")),
    invalid(LEGACY, "dict_type", json=[1]),
    invalid(LEGACY, "missing", "target_lang", json={"text": "a"}),
    # of other servers
    Row("GET /", 200, {"message": "Aya Translation API"}, key=None),
    Row("GET /model/info", 200, {"name": "nllb"}),
    Row("POST /detect", 200, {"detected_language": "en"}, {"text": "Hello"}),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_row(row: Row) -> None:
    await check(legacy("multimodel"), row)


async def test_languages_are_a_list_sorted_by_code() -> None:
    response = await check(legacy("multimodel"), Row("GET /languages", 200, list))
    codes = [one["iso_code"] for one in response.json()]
    assert codes == sorted(codes)
    assert len(set(codes)) == len(codes) == len(SPOKEN)
    norwegian = {"iso_code": "no", "name": "Norwegian", "models_supporting": ["nllb", "aya"]}
    assert norwegian in response.json()


async def test_an_invalid_body_is_not_echoed_as_a_whole() -> None:
    response = await check(legacy("multimodel"), Row(PATH, 422, ..., {"text": "a"}))
    assert set(response.json()) == {"detail"}


async def test_legacy_has_three_members_only() -> None:
    response = await check(legacy("multimodel"), Row(LEGACY, 200, ..., asked()))
    assert set(response.json()) == {"translated_text", "detected_source", "time_ms"}


def down() -> LegacyApp:
    models = Echo("nllb", languages=SPOKEN)
    models.set("nllb", Status.DOWN)
    return legacy("multimodel", models)


@pytest.mark.parametrize(
    "row",
    [
        Row("GET /health", 200, {"status": "starting", "models_loaded": 0, "models_available": []}),
        *(
            Row(send, 503, {"detail": "Model registry not initialized"}, json)
            for send, json in (
                ("GET /models", None),
                ("GET /languages", None),
                ("GET /languages/nllb", None),
                (PATH, asked()),
                (LEGACY, asked()),
                (BATCH, [asked()]),
            )
        ),
        Row("POST /models/nllb/load", 200),
    ],
    ids=str,
)
async def test_without_any_model(row: Row) -> None:
    await check(down(), row)


async def test_failure_in_the_model() -> None:
    models = Echo(languages=SPOKEN)
    models.failure = TranslationError("it broke")
    app = legacy("multimodel", models)
    await check(app, Row(PATH, 500, {"detail": "Translation error: it broke"}, asked()))
    message = "Legacy translation error: 500: Translation error: it broke"
    await check(app, Row(LEGACY, 500, {"detail": message}, asked()))


class Refusing(Echo):
    """Neither starts nor stops a model."""

    @override
    async def load(self, name: str) -> ModelState:
        raise NotInstalledError(f"{name} is not installed.")

    unload = load


@pytest.mark.parametrize(
    ("send", "verb"), [("POST /models/nllb/load", "load"), ("DELETE /models/nllb", "unload")]
)
async def test_a_model_that_cannot_be_started_or_stopped(send: str, verb: str) -> None:
    message = f"Failed to {verb} model nllb: nllb is not installed."
    await check(legacy("multimodel", Refusing()), Row(send, 409, {"detail": message}))


async def test_a_model_named_by_nobody_is_left_to_the_configuration() -> None:
    models = Echo("other", languages=SPOKEN)
    await check(legacy("multimodel", models), Row(PATH, 200, {"model_used": "other"}, asked()))
    assert models.asked[0][1].model is None


@pytest.mark.parametrize("send", ["POST /models/nllb/load", "DELETE /models/nllb"])
@pytest.mark.parametrize("key", [None, "any"])
async def test_without_keys_translating_is_open_and_managing_closed(
    send: str, key: str | None
) -> None:
    app = legacy("multimodel", keys="")
    await check(app, Row(send, 403, {"detail": "Invalid API Key"}, key=key))
    await check(app, Row(PATH, 200, ..., asked(), key=key))


async def test_the_key_of_a_caller_reaches_the_models_as_a_label() -> None:
    models = Echo(languages=SPOKEN)
    app = legacy("multimodel", models)
    await check(app, Row(PATH, 200, ..., asked(), key=KEY))
    caller = models.asked[0][1].caller
    assert caller == label_of(KEY.encode())
    assert KEY not in caller
