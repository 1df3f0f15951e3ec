"""What every model found under models/ keeps to, whatever it computes."""

import asyncio
import importlib
import inspect
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from common.languages import LANGUAGES
from models.base.exceptions import (
    LinguaNexusError,
    ModelNotReadyError,
    UnsupportedLanguageError,
)
from models.base.guarded_model import GuardedModel
from models.base.translation_model import TranslationModel, TranslationOptions, WarningCode

ROOT = Path(__file__).parent.parent.parent
MODELS = sorted(
    path.parent.name
    for path in ROOT.glob("models/*/model.py")
    if (ROOT / f"bentofile.{path.parent.name}.yaml").exists()
)
TEXT = "Good morning.\n\n  Where is the train station?\n"


def class_of(name: str) -> type[TranslationModel]:
    package = importlib.import_module(f"models.{name}")
    exported = [getattr(package, export) for export in package.__all__]
    [found] = [kind for kind in exported if issubclass(kind, TranslationModel)]
    model: type[TranslationModel] = found
    return model


@pytest.fixture(params=MODELS)
def fresh(request: pytest.FixtureRequest) -> TranslationModel:
    return class_of(request.param)()


@pytest.fixture
async def model(fresh: TranslationModel) -> AsyncIterator[TranslationModel]:
    await fresh.initialize()
    yield fresh
    await fresh.cleanup()


@pytest.fixture
def pair(model: TranslationModel) -> tuple[str, str]:
    languages = model.get_model_info().supported_languages
    source = "eng_Latn" if "eng_Latn" in languages else languages[0]
    return source, next(language for language in languages if language != source)


@pytest.mark.parametrize("name", MODELS)
def test_model_implements_the_whole_contract(name: str) -> None:
    assert not inspect.isabstract(class_of(name))


def test_model_says_whether_it_chats(fresh: TranslationModel) -> None:
    assert fresh.get_model_details().chat is (fresh.get_chat_model() is not None)
    assert GuardedModel(fresh).get_chat_model() is fresh.get_chat_model()


async def test_unloaded_model_describes_itself_and_translates_nothing(
    fresh: TranslationModel,
) -> None:
    assert fresh.get_model_info().name
    assert fresh.get_model_info().max_tokens > 0
    assert await fresh.health_check() is False
    with pytest.raises(ModelNotReadyError):
        await fresh.translate(TEXT, "eng_Latn", "fra_Latn")


async def test_loading_changes_nothing_that_a_model_says_of_itself_but_what_depends_on_weights(
    fresh: TranslationModel,
) -> None:
    of_the_weights = {"supported_languages", "max_tokens"}
    before = fresh.get_model_info().model_dump(exclude=of_the_weights)
    await fresh.initialize()
    assert await fresh.health_check() is True
    assert fresh.get_model_info().model_dump(exclude=of_the_weights) == before
    await fresh.cleanup()


async def test_loaded_weights_say_which_they_are_where_they_say_anything(
    model: TranslationModel,
) -> None:
    manifest = model.get_manifest()
    assert manifest is None or all((manifest.version, manifest.source, manifest.quantization))


async def test_languages_are_flores_codes_each_once(model: TranslationModel) -> None:
    languages = model.get_model_info().supported_languages
    assert len(languages) >= 2
    assert len(set(languages)) == len(languages)
    assert set(languages) <= set(LANGUAGES)


async def test_white_space_between_sentences_comes_back(
    model: TranslationModel, pair: tuple[str, str]
) -> None:
    translated = await model.translate(TEXT, *pair)
    first, second = translated.split("\n\n  ")
    assert first.strip()
    assert second.endswith("\n")


async def test_stream_and_detail_are_the_translation(
    model: TranslationModel, pair: tuple[str, str]
) -> None:
    translated = await model.translate(TEXT, *pair)
    segments = [segment async for segment in model.stream(TEXT, *pair)]
    assert "".join(part.before + part.text + part.after for part in segments) == translated
    assert [segment.index for segment in segments] == list(range(len(segments)))
    assert {segment.total for segment in segments} == {len(segments)}
    assert (await model.translate_in_detail(TEXT, *pair)).text == translated


async def test_callers_at_once_get_what_each_would_get_alone(
    model: TranslationModel, pair: tuple[str, str]
) -> None:
    texts = ["Good morning.", "Where is the train station?", "Thank you.", "I am hungry."]
    alone = [await model.translate(text, *pair) for text in texts]
    together = await asyncio.gather(*(model.translate(text, *pair) for text in texts))
    assert list(together) == alone


async def test_cancelled_caller_leaves_the_others_alone(
    model: TranslationModel, pair: tuple[str, str]
) -> None:
    expected = await model.translate(TEXT, *pair)
    leaving = asyncio.create_task(model.translate(TEXT * 20, *pair))
    staying = asyncio.create_task(model.translate(TEXT, *pair))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == expected
    assert await model.health_check() is True


async def test_language_that_is_not_spoken_is_refused_by_name(
    model: TranslationModel, pair: tuple[str, str]
) -> None:
    spoken = set(model.get_model_info().supported_languages)
    unspoken = next((code for code in LANGUAGES if code not in spoken), None)
    if unspoken is None:
        pytest.skip("It speaks every language.")
    with pytest.raises(UnsupportedLanguageError) as refused:
        await model.translate(TEXT, pair[0], unspoken)
    assert refused.value.details["language"] == unspoken
    with pytest.raises(UnsupportedLanguageError):
        await model.translate(TEXT, unspoken, pair[0])


async def test_option_is_honoured_or_named_in_a_warning(
    model: TranslationModel, pair: tuple[str, str]
) -> None:
    options = TranslationOptions(beam_size=1, formality="formal", context="At the station.")
    warnings = (await model.translate_in_detail(TEXT, *pair, options)).warnings
    ignored = [one for one in warnings if one.code is WarningCode.OPTION_IGNORED]
    named = {name for name in options.given() if any(name in one.message for one in ignored)}
    assert len(named) == len(ignored)


async def test_alternatives_are_other_translations_and_change_nothing_or_are_named_in_a_warning(
    model: TranslationModel, pair: tuple[str, str]
) -> None:
    plain = await model.translate_in_detail(TEXT, *pair)
    assert plain.alternatives == ()
    asked = await model.translate_in_detail(TEXT, *pair, TranslationOptions(alternatives=3))
    assert asked.text == plain.text
    ignored = any(one.code is WarningCode.OPTION_IGNORED for one in asked.warnings)
    assert ignored != bool(asked.alternatives)
    texts = [asked.text, *asked.alternatives]
    assert len(set(texts)) == len(texts) <= 4
    for segment in asked.segments:
        assert len(segment.alternatives) <= 3
        assert segment.text not in segment.alternatives


async def test_confidence_is_a_share_where_there_is_any(
    model: TranslationModel, pair: tuple[str, str]
) -> None:
    segments = [segment async for segment in model.stream(TEXT, *pair)]
    known = [segment.confidence for segment in segments if segment.confidence is not None]
    assert len(known) in {0, len(segments)}
    assert all(0 <= confidence <= 1 for confidence in known)


async def test_guard_keeps_what_the_model_would_lose(
    model: TranslationModel, pair: tuple[str, str]
) -> None:
    options = TranslationOptions(glossary={"station": "Xanadu"})
    text = "Good morning, {name}! Where is the station? See https://example.org/a. 👍"
    answer = await GuardedModel(model).translate_in_detail(text, *pair, options)
    for kept in ("{name}", "https://example.org/a", "👍"):
        assert kept in answer.text
    codes = {warning.code for warning in answer.warnings}
    assert not codes & {WarningCode.OPTION_IGNORED, WarningCode.PLACEHOLDER_LOST}
    assert answer.glossary is not None
    assert {*answer.glossary.applied, *answer.glossary.missed} == {"station"}


async def test_cleaned_up_model_refuses_and_may_be_cleaned_up_again(
    fresh: TranslationModel,
) -> None:
    await fresh.initialize()
    await fresh.cleanup()
    await fresh.cleanup()
    assert await fresh.health_check() is False
    with pytest.raises(LinguaNexusError):
        await fresh.translate(TEXT, "eng_Latn", "fra_Latn")
