"""Models are started, named and asked as the callers of several models did."""

from dataclasses import replace
from typing import Any

from typing_extensions import override

from bentos.contract import ModelState, Status
from tests.bentos.gateway.fakes import Echo
from tests.bentos.gateway.legacy.asking import SPOKEN, Row, check, legacy

BODY = {"text": "Hi", "source_lang": "en", "target_lang": "fr"}


class OnDemand(Echo):
    """Starts a model when it is asked for."""

    @override
    def states(self) -> list[ModelState]:
        return [replace(state, on_demand=True) for state in super().states()]


async def test_a_model_is_loaded_and_unloaded_by_any_of_its_names() -> None:
    models = Echo(languages=SPOKEN)
    app = legacy("multimodel", models)
    for sent, status in (
        ("DELETE /models/aya-expanse-8b", Status.COLD),
        ("POST /models/AYA/load", Status.READY),
    ):
        await check(app, Row(sent, 200))
        assert {state.name: state.status for state in models.states()}["aya"] is status


async def test_one_model_down_leaves_the_other() -> None:
    models = Echo(languages=SPOKEN)
    models.set("nllb", Status.DOWN)
    app = legacy("multimodel", models)
    registry = {"detail": "Model registry not initialized"}
    await check(app, Row("POST /translate", 503, registry, {**BODY, "model": "nllb"}))
    await check(app, Row("POST /translate", 200, {"model_used": "aya"}, {**BODY, "model": "aya"}))
    await check(app, Row("POST /translate", 200, {"model_used": "aya"}, {**BODY, "model": None}))
    await check(app, Row("GET /models", 200, [{"name": "aya"}]))


async def test_of_cold_models_the_configuration_takes_one() -> None:
    models = OnDemand("nllb", languages=SPOKEN)
    models.set("nllb", Status.COLD)
    app = legacy("multimodel", models)
    await check(app, Row("POST /translate", 503, ..., {**BODY, "model": None}))
    assert models.asked[0][1].model is None


async def test_a_batch_keeps_the_order_and_each_item_its_model() -> None:
    sent = [{**BODY, "text": str(i), "model": ("nllb", "aya")[i % 2]} for i in range(10)]
    response = await check(legacy("multimodel"), Row("POST /translate/batch", 200, ..., sent))
    results: list[Any] = response.json()["results"]
    assert [one["index"] for one in results] == list(range(10))
    assert [one["result"]["translated_text"][11:] for one in results] == list("0123456789")
    assert [one["result"]["model_used"] for one in results] == ["nllb", "aya"] * 5
