"""What a gateway says of its models, as far as they have said it themselves."""

from collections.abc import Sequence

import pytest
from pydantic import JsonValue
from typing_extensions import override

from bentos.contract import ModelState, Status
from tests.bentos.gateway.fakes import Echo
from tests.bentos.gateway.legacy.asking import Row, check, legacy

DETAILS: dict[str, JsonValue] = {
    "name": "aya-expanse-8b",
    "version": "8B-GGUF",
    "max_tokens": 3072,
    "memory_requirements": "8GB RAM",
    "description": "Aya Expanse 8B",
    "engine": "llama.cpp",
    "device": "gpu",
    "memory_bytes": 5 * 1024**3,
    "weights": "aya:demo",
}


class Told(Echo):
    """One model, in a state that the test decides."""

    def __init__(self, state: ModelState) -> None:
        super().__init__(state.name)
        self._state_told = state

    @override
    def states(self) -> Sequence[ModelState]:
        return [self._state_told]


def aya(status: Status = Status.READY, *, on_demand: bool = False, **details: JsonValue) -> Told:
    return Told(
        ModelState(
            name="aya",
            status=status,
            message="The file is broken." if status is Status.DOWN else None,
            on_demand=on_demand,
            languages=("eng_Latn", "fra_Latn"),
            details={**DETAILS, **details},
        )
    )


@pytest.mark.parametrize(
    ("profile", "row"),
    [
        ("main", Row("GET /health", 200, {"device": "cuda", "memory_usage": "5.00GB"})),
        ("multimodel", Row("GET /health", 200, {"device": "cuda", "memory_usage": "5.00GB"})),
        ("multimodel", Row("GET /models", 200, [{"device": "gpu", "model_size": "5.00GB"}])),
        (
            "single",
            Row(
                "GET /model/info",
                200,
                {
                    "name": "aya-expanse-8b",
                    "version": "8B-GGUF",
                    "supported_languages": ["en", "fr"],
                    "max_tokens": 3072,
                    "memory_requirements": "8GB RAM",
                    "description": "Aya Expanse 8B",
                },
            ),
        ),
        ("single", Row("GET /health", 200, {"model_info": {"version": "8B-GGUF"}})),
        (
            "aya",
            Row(
                "GET /models",
                200,
                {
                    "models": {
                        "aya": {
                            "model_path": "aya:demo",
                            "device": "cuda",
                            "max_length": 3072,
                            "model_size": "5.00GB",
                            "format": "GGUF",
                        }
                    }
                },
            ),
        ),
    ],
)
async def test_what_the_model_said_is_passed_on(profile: str, row: Row) -> None:
    await check(legacy(profile, aya()), row)


async def test_another_engine_is_not_gguf() -> None:
    app = legacy("aya", aya(engine="ctranslate2"))
    await check(app, Row("GET /health", 200, {"format": "transformers"}))


async def test_a_model_started_on_demand_is_as_good_as_loaded() -> None:
    models = aya(Status.COLD, on_demand=True)
    for profile in ("single", "aya"):
        await check(legacy(profile, models), Row("GET /health", 200, {"status": "healthy"}))
    health = {"status": "healthy", "models_loaded": 0, "models_available": []}
    await check(legacy("multimodel", models), Row("GET /health", 200, health))
    await check(legacy("multimodel", models), Row("GET /models", 200, []))
    await check(legacy("main", models), Row("GET /health", 200, {"model_loaded": False}))


async def test_why_it_is_not_ready_is_told() -> None:
    health = {"status": "unhealthy", "error": "The file is broken."}
    await check(legacy("aya", aya(Status.DOWN)), Row("GET /health", 200, health))


class Nothing(Echo):
    """No model is configured."""

    @override
    def states(self) -> Sequence[ModelState]:
        return []


async def test_no_model_at_all() -> None:
    app = legacy("aya", Nothing())
    await check(app, Row("GET /models", 200, {"models": {}}))
    await check(app, Row("GET /health", 200, {"status": "unhealthy", "format": "GGUF"}))
    await check(app, Row("GET /model/info", 503, {"detail": "Model not ready"}))
    await check(legacy("main", Nothing()), Row("GET /health", 200, {"model_loaded": False}))
