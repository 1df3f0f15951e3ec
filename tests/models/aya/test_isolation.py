"""The demo's outputs among others: those that it writes alone."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models.aya.prompt import build, tokens
from models.engines.llamacpp.context import Context
from models.engines.llamacpp.contract import CacheType, EngineSettings, GenerationRequest
from models.engines.llamacpp.engine import Engine
from models.engines.llamacpp.model import LoadedModel
from models.engines.llamacpp.scheduler import Step

DEMO = Path("models/aya/demo/weights/aya-demo.gguf")
ROWS = [
    json.loads(row)
    for row in Path("tests/data/parallel/valid.multiref.jsonl").read_text().splitlines()
]
PAIRS = [("eng_Latn", other) for other in ("fra_Latn", "deu_Latn", "spa_Latn")]
PAIRS += [(other, "eng_Latn") for _, other in PAIRS]
SENTENCES = [
    (row["text"][source], source, target)
    for row, (source, target) in zip(ROWS * 10, PAIRS * 100, strict=False)
][:200]
CACHES: list[CacheType] = ["q8_0", "f16"]
NEAR = 0.25
"""A difference of scores that the order of summing decides."""


@pytest.fixture(params=CACHES)
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[Engine]:
    settings = EngineSettings(
        slots=16, context_tokens=512, prefill_tokens=256, cache_type=request.param
    )
    engine = Engine(DEMO, settings)
    await engine.start()
    yield engine
    await engine.close()


def request(engine: Engine, text: str, source: str, target: str) -> GenerationRequest:
    prompt = build(text, source, target)
    parts = (prompt.pair, prompt.document, prompt.segment)
    return GenerationRequest(tuple(tokens(part, engine.tokenize) for part in parts), max_tokens=80)


async def written(
    engine: Engine, requests: list[GenerationRequest], callers: int
) -> list[tuple[int, ...]]:
    """The outputs, in order, with so many requests at a time."""
    places = asyncio.Semaphore(callers)

    async def one(request: GenerationRequest) -> tuple[int, ...]:
        async with places:
            return (await engine.complete(request)).tokens

    return await asyncio.gather(*(one(request) for request in requests))


def digits(text: str) -> list[str]:
    return re.findall(r"\d+", text)


def gap(request: GenerationRequest, one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """How far apart the scores are of the tokens where two outputs part."""
    model = LoadedModel(DEMO, 0)
    end = next(token for token in range(model.tokens) if model.piece(token)[1])
    pairs = zip((*one, end), (*other, end), strict=False)
    place = next(place for place, (a, b) in enumerate(pairs) if a != b)
    read = [token for part in request.prompt for token in part] + list(one[:place])
    settings = EngineSettings(slots=1, context_tokens=1024, prefill_tokens=len(read))
    context = Context(model, settings)
    rows = range(len(read))
    context.run(Step([], [], read, list(rows), [0] * len(read), [len(read) - 1]))
    best, second = sorted(context.scores(1)[0].tolist())[:-3:-1]
    context.close()
    model.close()
    return float(best - second)


@pytest.mark.parametrize("callers", [8, 16])
async def test_output_is_the_same_among_others(engine: Engine, callers: int) -> None:
    requests = [request(engine, *sentence) for sentence in SENTENCES]
    alone = await written(engine, requests, 1)
    among = await written(engine, requests, callers)
    differing = [
        triple for triple in zip(requests, alone, among, strict=True) if triple[1] != triple[2]
    ]
    # Which ties a run meets is chance, as who meets whom is.
    assert len(differing) <= len(requests) // 100
    assert all(gap(*triple) < NEAR for triple in differing)


async def test_nobody_gets_the_numbers_of_another(engine: Engine) -> None:
    numbers = range(10, 74)
    texts = [f"He is {number} years old." for number in numbers]
    requests = [request(engine, text, "eng_Latn", "deu_Latn") for text in texts]
    alone = [digits((await engine.complete(request)).text) for request in requests]
    outputs = await asyncio.gather(*(engine.complete(request) for request in requests))
    among = [digits(output.text) for output in outputs]
    assert sum(one != other for one, other in zip(alone, among, strict=True)) <= 1
    right = sum(found == [str(number)] for found, number in zip(among, numbers, strict=True))
    assert right >= 3 * len(numbers) // 4
