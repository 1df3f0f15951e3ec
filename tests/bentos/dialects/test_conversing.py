import pytest
from starlette.requests import Request

from bentos.dialects import conversing
from bentos.dialects.wishes import TranslationWishes
from bentos.glossaries.errors import UnknownGlossaryError
from models.base.chat_model import ChatMessage, ChatRequest, Role
from models.base.exceptions import EmptyTextError
from models.base.request_models import TranslationRequest
from tests.bentos.dialects.chatting import Parrot
from tests.bentos.dialects.places import Place, at, in_both_places


def request_at(place: Place) -> Request:
    class App:
        class state:  # noqa: N801 - as Starlette names it
            backing = place.backing

    return Request({"type": "http", "app": App, "headers": [], "client": ("10.0.0.1", 1)})


def translation(text: str) -> TranslationRequest:
    return TranslationRequest(text=text, source_lang="en", target_lang="fr")


def said(text: str) -> ChatRequest:
    return ChatRequest((ChatMessage(Role.USER, text),))


async def test_auto_names_no_model_and_any_other_name_does() -> None:
    async with at() as place:
        request = request_at(place)
        assert conversing.call_of(request, "auto").model is None
        assert conversing.call_of(request, "echo").model == "echo"


async def test_languages_stand_behind_a_name_in_known_codes_alone() -> None:
    async with at() as place:
        both = {"source_lang": "en", "target_lang": "fr"}
        for written, read in {
            "echo:fr": ("echo", {"target_lang": "fr"}),
            "other:en:fr": ("other", both),
            "echo": ("echo", {}),
            "echo:8b": ("echo:8b", {}),
            "echo:": ("echo:", {}),
            "a:en:fr:de": ("a:en:fr:de", {}),
        }.items():
            assert conversing.spelled_out(place.backing, written) == read


@in_both_places
async def test_several_texts_are_one_batch(place: str) -> None:
    async with at(place, Parrot()) as served:
        call = conversing.call_of(request_at(served), "auto")
        works = [translation("one"), translation("two")]
        model, chunks = await conversing.all_written(served.backing, works, call)
        assert (model, [chunk.text for chunk in chunks]) == ("echo", ["ONE", "TWO"])
        with pytest.raises(EmptyTextError):
            await conversing.all_written(served.backing, [*works, translation(" ")], call)
        model, chunks = await conversing.all_written(served.backing, [said("a"), said("b")], call)
        assert (model, [chunk.text for chunk in chunks]) == ("echo", ["a", "b"])


async def test_a_stored_glossary_has_to_be_there() -> None:
    async with at() as place:
        request = request_at(place)
        wishes = TranslationWishes(target_lang="fr", source_lang="en", glossary_id="nobody-s")
        with pytest.raises(UnknownGlossaryError):
            await conversing.wished(request, wishes, "one")
        none = TranslationWishes(glossary_id="nobody-s")
        assert await conversing.wished(request, none, "one") is None
