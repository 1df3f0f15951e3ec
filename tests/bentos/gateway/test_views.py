from bentos.contract import ModelState, Status
from bentos.gateway.views import languages_of, status_of
from tests.bentos.gateway.services import Service
from tests.bentos.gateway.whole import before, whole


def state(name: str, *languages: str) -> ModelState:
    return ModelState(name=name, status=Status.READY, languages=languages)


def test_each_language_is_there_once_with_all_who_speak_it() -> None:
    states = [state("nllb", "fra_Latn", "eng_Latn"), state("aya", "eng_Latn", "arb_Arab")]
    spoken = languages_of(states).languages
    assert [(one.code, one.models) for one in spoken] == [
        ("arb_Arab", ["aya"]),
        ("eng_Latn", ["nllb", "aya"]),
        ("fra_Latn", ["nllb"]),
    ]
    assert (spoken[0].direction, spoken[1].iso639_1) == ("rtl", "en")


def test_a_code_that_we_do_not_know_is_left_out() -> None:
    spoken = languages_of([state("new", "eng_Latn", "tlh_Piqd")]).languages
    assert [one.code for one in spoken] == ["eng_Latn"]


def test_without_models_nothing_is_spoken() -> None:
    assert languages_of([]).languages == []


async def test_the_status_is_what_is_in_force_now() -> None:
    async with Service() as service:
        async with whole(before({"nllb": service.url}, cache="memory", profile="single")) as one:
            status = status_of(one.gateway)
        async with whole(before({"nllb": service.url})) as other:
            plain = status_of(other.gateway)
    assert status.profile == "single"
    assert status.cache is not None
    assert (status.cache["hits"], status.cache["entries"]) == (0, 0)
    assert plain.cache is None
    assert status.configuration.digest == plain.configuration.digest
    assert (status.splits, status.flags, status.deprecated_use) == ({}, {}, [])
