"""A cascade before a real model: who speaks depends on how sure it is of its translation."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from bentos.app import bind, create_app
from bentos.front import Front
from bentos.gateway.settings import GatewaySettings
from bentos.lifecycle import Lifecycle
from bentos.translator import Translator
from common.settings import ServiceSettings
from models.nllb import NLLBModel
from tests.bentos.gateway.whole import Whole, model, whole, written
from tests.bentos.page_app import served

ROUTE = """
[[routes]]
models = ["nllb", "aya"]
min_confidence = 0.5
"""
EASY = "Where is the train station?"
# Nothing that the demo has ever read.
HARD = "Quantum chromodynamics forbids any isolated colour charges."


@asynccontextmanager
async def demo() -> AsyncIterator[str]:
    """The URL of NLLB's demo with the real API of its Bento."""
    settings, loaded = ServiceSettings(), NLLBModel()
    lifecycle = Lifecycle(loaded)
    app = create_app("nllb")
    bind(app, Translator(loaded, settings, lifecycle))
    lifecycle.start()
    await lifecycle.loaded()

    async def ready(request: Request) -> Response:
        del request
        return Response()

    front = Front(app, model_name="nllb", settings=settings)
    async with served(Starlette(routes=[Route("/readyz", ready), Mount("/", front)])) as url:
        yield url
    await loaded.cleanup()


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Whole]:
    async with demo() as sure_or_not, model() as next_one:
        file = written(tmp_path / "gateway.toml", [sure_or_not, next_one], ROUTE)
        async with whole(GatewaySettings(file=file)) as started:
            yield started


async def said(gateway: Whole, text: str, **more: Any) -> tuple[str, str, Any]:
    """Who spoke, why, and what."""
    asked = {"text": text, "source_lang": "en", "target_lang": "fr", **more}
    answer = await gateway.post("/api/v1/translate", asked)
    assert answer.status_code == 200
    body = answer.json()
    return body["routing"]["model"], body["routing"]["reason"], body


async def test_the_next_speaks_where_the_model_itself_is_not_sure(gateway: Whole) -> None:
    name, reason, answer = await said(gateway, EASY)
    assert (name, reason) == ("nllb", "first")
    assert answer["metadata"]["confidence"] > 0.5
    assert answer["metadata"]["confidence_calibrated"] is True
    name, reason, answer = await said(gateway, HARD)
    assert (name, reason, answer["translated_text"]) == ("aya", "confidence", HARD.upper())


async def test_alternatives_come_through_the_gateway(gateway: Whole) -> None:
    _, _, plain = await said(gateway, EASY)
    _, _, answer = await said(gateway, EASY, options={"alternatives": 2})
    assert answer["translated_text"] == plain["translated_text"]
    assert plain["alternatives"] == []
    texts = [answer["translated_text"], *answer["alternatives"]]
    assert len(set(texts)) == len(texts) == 3
