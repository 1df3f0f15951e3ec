import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import pytest

from models.engines.llamacpp.contract import (
    Chunk,
    EngineBusyError,
    EngineFailedError,
    EngineLoadError,
    EngineSettings,
    FinishReason,
    GenerationRequest,
    PromptTooLongError,
    Sampling,
)
from models.engines.llamacpp.engine import Engine
from tests.tiny_gguf import BEGIN, END, SENTENCES, tiny_gguf

SETTINGS = EngineSettings(
    slots=4, context_tokens=256, prefix_tokens=64, cached_prefixes=4, prefill_tokens=32, threads=1
)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_gguf(tmp_path_factory.mktemp("weights"))


@pytest.fixture
async def engine(weights: Path) -> AsyncIterator[Engine]:
    engine = Engine(weights, SETTINGS)
    await engine.start()
    yield engine
    await engine.close()


def ask(engine: Engine, text: str, max_tokens: int = 24, **options: object) -> GenerationRequest:
    head = (BEGIN, *engine.tokenize("Translate the text.\n"))
    own = engine.tokenize(text)
    return GenerationRequest((head, own), max_tokens, **options)  # type: ignore[arg-type]


async def written(engine: Engine, request: GenerationRequest) -> list[Chunk]:
    return await rest_of(engine.generate(request))


async def rest_of(stream: AsyncGenerator[Chunk, None]) -> list[Chunk]:
    return [chunk async for chunk in stream]


async def everything_is_free(engine: Engine) -> None:
    """Asked of the scheduler through what it lets in: a request for all the cells there are."""
    most = engine.request_tokens
    requests = [GenerationRequest(((number + 30,),), most - 1) for number in range(SETTINGS.slots)]
    await asyncio.gather(*(engine.complete(request) for request in requests))
    assert engine.waiting == 0


async def test_loaded_file_says_what_it_is(engine: Engine) -> None:
    assert engine.ready
    assert engine.facts.architecture == "command-r"
    assert engine.facts.name == "Tiny"
    assert engine.facts.context_length == 1024
    assert "<|START_OF_TURN_TOKEN|>" in (engine.facts.chat_template or "")
    assert engine.facts.vocabulary == 400
    assert engine.request_tokens == 256


async def test_data_never_becomes_a_special_token(engine: Engine) -> None:
    text = "<BOS_TOKEN>Hello<|END_OF_TURN_TOKEN|>"
    assert engine.tokenize(text, special=True)[0] == BEGIN
    assert not {BEGIN, END} & set(engine.tokenize(text))


@pytest.mark.parametrize("sentence", SENTENCES)
async def test_chunks_join_to_the_completion(engine: Engine, sentence: str) -> None:
    request = ask(engine, sentence)
    chunks = await written(engine, request)
    completion = await engine.complete(request)
    assert "".join(chunk.text for chunk in chunks) == completion.text
    assert tuple(token for chunk in chunks for token in chunk.tokens) == completion.tokens
    assert [chunk.finish for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].finish is completion.finish
    assert chunks[-1].tokens_out == len(completion.tokens)
    assert completion.tokens_in == len(request.prompt[0]) + len(request.prompt[1])


async def test_shared_part_is_computed_once(engine: Engine) -> None:
    first = await engine.complete(ask(engine, "The house"))
    second = await engine.complete(ask(engine, "The river"))
    assert (first.tokens_cached, second.tokens_cached) == (0, len(ask(engine, "x").prompt[0]))


async def test_kept_prefix_changes_nothing_of_the_output(engine: Engine) -> None:
    request = ask(engine, "The house is near")
    assert (await engine.complete(request)).tokens == (await engine.complete(request)).tokens


async def test_output_has_the_budget_it_was_given(engine: Engine) -> None:
    completion = await engine.complete(ask(engine, "The house", 5, ignore_end=True))
    assert (len(completion.tokens), completion.finish) == (5, FinishReason.LENGTH)


async def test_stop_text_ends_the_output(engine: Engine) -> None:
    whole = (await engine.complete(ask(engine, SENTENCES[0]))).text
    stop = whole[4:6]
    request = ask(engine, SENTENCES[0], stop=(stop,))
    completion = await engine.complete(request)
    assert completion.finish is FinishReason.STOP
    assert completion.text == whole[: whole.index(stop)]
    assert "".join(chunk.text for chunk in await written(engine, request)) == completion.text


async def test_same_seed_gives_the_same_output_and_another_another(engine: Engine) -> None:
    def sampled(seed: int) -> GenerationRequest:
        sampling = Sampling(temperature=1.0, top_k=50, top_p=0.9, min_p=0.01, seed=seed)
        return ask(engine, "The house", sampling=sampling)

    outputs = [(await engine.complete(sampled(seed))).tokens for seed in (1, 1, 2)]
    assert outputs[0] == outputs[1] != outputs[2]


async def test_repeat_penalty_counts_at_temperature_zero(engine: Engine) -> None:
    plain = await engine.complete(ask(engine, SENTENCES[1], 60, ignore_end=True))
    request = ask(engine, SENTENCES[1], 60, ignore_end=True, sampling=Sampling(repeat_penalty=5.0))
    penalised = await engine.complete(request)
    assert len(set(penalised.tokens)) > len(set(plain.tokens))


@pytest.mark.parametrize("temperature", [0.0, 5.0])
async def test_score_is_the_mean_of_what_each_token_has_after_those_before_it(
    engine: Engine, temperature: float
) -> None:
    sampling = Sampling(temperature=temperature, seed=3)
    request = ask(engine, SENTENCES[0], 8, sampling=sampling)
    whole = await engine.complete(request)
    streamed = await written(engine, request)
    assert whole.score is not None
    assert streamed[-1].score == pytest.approx(whole.score, abs=1e-3)
    assert [chunk.score for chunk in streamed[:-1]] == [None] * (len(streamed) - 1)
    if temperature:
        likeliest = await engine.complete(ask(engine, SENTENCES[0], 8))
        assert likeliest.score is not None
        assert whole.score < likeliest.score  # by the model's own probabilities
        return
    steps = []
    for length in range(len(whole.tokens)):
        *head, own = request.prompt
        prompt = (*head, own + whole.tokens[:length])
        steps.append((await engine.complete(GenerationRequest(prompt, 1))).score or 0)
    assert whole.finish is FinishReason.LENGTH
    assert whole.score == pytest.approx(sum(steps) / len(steps), abs=1e-2)


async def test_prompt_that_cannot_fit_is_refused(engine: Engine) -> None:
    with pytest.raises(PromptTooLongError):
        await engine.complete(GenerationRequest(((1,) * 200,), 57))
    with pytest.raises(PromptTooLongError):
        await written(engine, GenerationRequest(((1,) * 200,), 57))


async def test_who_comes_when_too_many_wait_is_told_so(weights: Path) -> None:
    engine = Engine(weights, EngineSettings(slots=1, queue_size=1, context_tokens=256, threads=1))
    await engine.start()
    request = ask(engine, "The house", 200, ignore_end=True)
    calls = [asyncio.ensure_future(engine.complete(request)) for _ in range(3)]
    done, _ = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
    assert [type(call.exception()) for call in done] == [EngineBusyError]
    for call in calls[:2]:
        assert len((await call).tokens) == 200
    await engine.close()


async def test_full_cache_makes_callers_wait_and_none_fail(weights: Path) -> None:
    settings = EngineSettings(slots=4, context_tokens=64, prefix_tokens=0, threads=1)
    engine = Engine(weights, settings)
    await engine.start()
    requests = [GenerationRequest(((n + 20,) * 40,), 24, ignore_end=True) for n in range(12)]
    together = await asyncio.gather(*(engine.complete(request) for request in requests))
    assert [len(completion.tokens) for completion in together] == [24] * 12
    await engine.close()


async def test_caller_who_goes_frees_his_place(engine: Engine) -> None:
    streams = [engine.generate(ask(engine, f"House {n}", 200, ignore_end=True)) for n in range(4)]
    for stream in streams:
        assert (await anext(stream)).finish is None
    late = asyncio.ensure_future(engine.complete(ask(engine, "Late", 3, ignore_end=True)))
    await streams[0].aclose()
    assert len((await late).tokens) == 3
    for stream in streams[1:]:
        await stream.aclose()
    await everything_is_free(engine)


async def test_cancelled_caller_frees_his_place_while_he_waits(engine: Engine) -> None:
    calls = [
        asyncio.ensure_future(engine.complete(ask(engine, f"House {n}", 200, ignore_end=True)))
        for n in range(9)
    ]
    await asyncio.sleep(0)
    assert engine.waiting > 0
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    assert all(call.cancelled() for call in calls)
    await everything_is_free(engine)


@pytest.mark.parametrize("callers", [2, 8, 16])
async def test_output_is_the_same_among_others(engine: Engine, callers: int) -> None:
    requests = [ask(engine, f"{SENTENCES[n % 6][:20]} {n}", 16) for n in range(callers)]
    alone = [await engine.complete(request) for request in requests]
    among = await asyncio.gather(*(engine.complete(request) for request in requests))
    same = sum(one.tokens == other.tokens for one, other in zip(alone, among, strict=True))
    # A batch is summed up in another order, which decides between tokens that score the same.
    assert same >= callers - callers // 8
    firsts = [(one.tokens[:1], other.tokens[:1]) for one, other in zip(alone, among, strict=True)]
    assert sum(one == other for one, other in firsts) >= callers - callers // 8


async def test_closed_engine_refuses_and_fails_who_runs(weights: Path) -> None:
    engine = Engine(weights, SETTINGS)
    await engine.start()
    stream = engine.generate(ask(engine, "The house", 200, ignore_end=True))
    await anext(stream)
    waiting = asyncio.ensure_future(engine.complete(ask(engine, "x", 200, ignore_end=True)))
    await asyncio.sleep(0)
    await asyncio.gather(engine.close(), engine.close())
    assert not engine.ready
    with pytest.raises(EngineFailedError, match="closed"):
        await waiting
    with pytest.raises(EngineFailedError, match="closed"):
        await rest_of(stream)
    with pytest.raises(EngineFailedError, match="not running"):
        await engine.complete(GenerationRequest(((1,),), 1))
    with pytest.raises(EngineFailedError, match="closed"):
        engine.tokenize("text")
    await engine.close()


class Broken:
    """An observer that fails once, where no step is being computed."""

    failed = False

    def waited(self, seconds: float) -> None: ...

    def batch(self, size: int, seconds: float) -> None: ...

    def depth(self, n: int) -> None:
        if not self.failed:
            self.failed = True
            raise RuntimeError(n)


async def test_engine_whose_thread_ended_keeps_nobody_waiting(weights: Path) -> None:
    engine = Engine(weights, SETTINGS, observer=Broken())
    await engine.start()
    request = ask(engine, SENTENCES[0])
    for _ in range(2):
        with pytest.raises(EngineFailedError):
            await asyncio.wait_for(engine.complete(request), timeout=30)
    assert not engine.ready
    await engine.close()


async def test_engine_that_was_not_started_is_of_no_use(weights: Path) -> None:
    engine = Engine(weights)
    assert not engine.ready
    assert engine.waiting == 0
    with pytest.raises(EngineFailedError, match="not started"):
        engine.tokenize("text")
    with pytest.raises(EngineFailedError, match="not running"):
        await engine.complete(GenerationRequest(((1,),), 1))
    await engine.close()


async def test_file_that_cannot_be_loaded_is_named_and_the_reason_given(tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF nothing")
    engine = Engine(path)
    with pytest.raises(EngineLoadError, match=r"broken\.gguf.*magic|broken\.gguf.*failed"):
        await engine.start()
    assert not engine.ready
    await engine.close()


async def test_start_that_is_given_up_leaves_nothing_behind(weights: Path) -> None:
    engine = Engine(weights, SETTINGS)
    starting = asyncio.ensure_future(engine.start())
    await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not engine.ready
    await engine.close()
