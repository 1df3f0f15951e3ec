import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from bentos.gateway.parts import Backend, Languages, OnDemand, Pairs, Route, Split
from models.base.translation_model import WarningCode

LANGUAGES: TypeAdapter[tuple[str, ...]] = TypeAdapter(Languages)


def backend(**values: Any) -> Backend:
    return Backend.model_validate({"urls": ["http://127.0.0.1:3001"], **values})


def refused(kind: Any, **values: Any) -> str:
    with pytest.raises(ValidationError) as raised:
        kind.model_validate(values)
    found = raised.value.errors(include_input=False, include_url=False, include_context=False)
    assert "secret" not in str(raised.value)
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("http://127.0.0.1:3001", "http://127.0.0.1:3001"),
        ("https://nllb.example/base/", "https://nllb.example/base"),
        ("http://[::1]:3001/", "http://[::1]:3001"),
        ("http://nllb", "http://nllb"),
    ],
)
def test_a_url_of_a_backend(written: str, kept: str) -> None:
    assert backend(urls=[written]).urls == (kept,)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("127.0.0.1:3001", "must be http"),
        ("ftp://secret", "must be http"),
        ("http://", "must be http"),
        ("http://:3001", "must be http"),
        ("http://secret:0", "must be http"),
        ("http://secret host", "must be http"),
        ("http://sécret", "must be http"),
        ("http://secret\n", "must be http"),
        ("http://[secret", "is no URL"),
        ("http://secret:99999", "is no URL"),
        ("http://user:secret@host", "user or a password"),
        ("http://secret@host", "user or a password"),
        ("http://@host", "user or a password"),
        ("http://host?key=secret", "neither query nor fragment"),
        ("http://host/#secret", "neither query nor fragment"),
        ("http://host/?", "neither query nor fragment"),
    ],
)
def test_a_url_that_cannot_be_one_is_not_quoted(url: str, why: str) -> None:
    assert why in refused(Backend, urls=[url])


def test_a_backend_runs_somewhere_or_is_started() -> None:
    assert backend().timeout_s == 120
    assert Backend(on_demand=True).urls == ()
    neither: list[dict[str, Any]] = [
        {},
        {"urls": []},
        {"urls": ["http://a"], "on_demand": True},
    ]
    for values in neither:
        assert "either urls or on_demand" in refused(Backend, **values)


@pytest.mark.parametrize(
    "value", [{"model": "aya"}, {"pinned": True}, {"keep_alive_s": 1}, {"environment": {}}]
)
def test_what_is_for_started_ones_is_refused_for_others(value: dict[str, Any]) -> None:
    assert f"{next(iter(value))}: only with on_demand" in refused(
        Backend, urls=["http://a"], **value
    )
    assert Backend.model_validate({"on_demand": True, **value}).on_demand


@pytest.mark.parametrize(
    "value",
    [
        {"urls": ["http://a", "http://a/"]},
        {"aliases": ["a", "a"]},
        {"aliases": ["Upper"]},
        {"max_concurrent": 0},
        {"max_concurrent": True},
        {"queue": -1},
        {"timeout_s": 0},
        {"timeout_s": float("inf")},
        {"breaker_failures": 0},
        {"breaker_open_s": float("nan")},
        {"api_key": "secret"},
        {"on_demand": "yes"},
    ],
)
def test_a_value_out_of_bounds_is_refused(value: dict[str, Any]) -> None:
    assert refused(Backend, **{"urls": ["http://a"], **value}).startswith(next(iter(value)))


@pytest.mark.parametrize("environment", [{"A B": "x"}, {"1A": "x"}, {"A": "secret\0"}, {"A": 1}])
def test_only_what_can_be_an_environment_is_one(environment: dict[str, Any]) -> None:
    assert "environment" in refused(Backend, on_demand=True, environment=environment)


def test_a_models_environment_is_not_shown() -> None:
    assert "secret" not in repr(Backend(on_demand=True, environment={"TOKEN": "secret"}))


def test_a_budget_has_a_unit() -> None:
    assert OnDemand.model_validate({"memory_budget": "12GB"}).memory_budget == 12 * 10**9
    assert OnDemand.model_validate({"memory_budget": "2GiB"}).memory_budget == 2 * 2**30
    for budget in ("12", 12, "much", "-1GB"):
        assert "memory_budget" in refused(OnDemand, memory_budget=budget)


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("*", ()),
        (["*"], ()),
        ((), ()),
        ("en", ("eng_Latn",)),
        (["fr", "FRA", "fra_latn"], ("fra_Latn",)),
        (["zh-TW", "deu_Latn"], ("zho_Hant", "deu_Latn")),
    ],
)
def test_languages_are_kept_as_flores_codes(written: object, codes: tuple[str, ...]) -> None:
    assert LANGUAGES.validate_python(written) == codes


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ([], "must name languages"),
        (["*", "en"], "must name languages"),
        ("auto", "knows no language 'auto'"),
        (["en", "xx", "English"], "knows no language 'xx', 'English'"),
        ([7], "knows no language 7"),
        (7, "valid tuple"),
    ],
)
def test_a_language_nobody_knows_is_refused(written: object, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        LANGUAGES.validate_python(written)


def test_pairs_match_what_they_name() -> None:
    pairs = Pairs.model_validate({"source": "en", "target": ["fr", "de"]})
    assert pairs.matches("eng_Latn", "deu_Latn")
    assert not pairs.matches("eng_Latn", "rus_Cyrl")
    assert not pairs.matches("fra_Latn", "deu_Latn")
    assert not pairs.matches(None, "deu_Latn")
    assert Pairs().matches(None, None)


@pytest.mark.parametrize(
    ("wide", "narrow", "covers"),
    [
        ({}, {}, True),
        ({}, {"source": "en"}, True),
        ({"source": "en"}, {}, False),
        ({"source": ["en", "fr"]}, {"source": "fr", "target": "de"}, True),
        ({"source": "en", "target": "de"}, {"source": "en"}, False),
        ({"source": "en"}, {"source": ["en", "fr"]}, False),
    ],
)
def test_pairs_cover_others(wide: Any, narrow: Any, covers: bool) -> None:
    assert Pairs.model_validate(wide).covers(Pairs.model_validate(narrow)) is covers


def test_a_route_knows_the_warnings_there_are() -> None:
    route = Route.model_validate({"models": ["a"], "on_warnings": ["truncated"]})
    assert route.on_warnings == (WarningCode.TRUNCATED,)
    assert "on_warnings.0" in refused(Route, models=["a"], on_warnings=["tired"])
    assert "models" in refused(Route, models=[])
    assert "names something twice" in refused(Route, models=["a", "b", "a"])
    assert "min_confidence" in refused(Route, models=["a"], min_confidence=1.1)


@pytest.mark.parametrize(
    "arms",
    [
        {},
        {"a": 0},
        {"a": 0, "b": 0.0},
        {"a": -1, "b": 2},
        {"a": float("inf")},
        {"a": True},
        {"A": 1},
    ],
)
def test_a_split_has_something_to_draw(arms: dict[str, float]) -> None:
    assert "arms" in refused(Split, name="s", arms=arms)


def test_a_header_is_kept_as_requests_bring_it() -> None:
    assert Split(name="s", arms={"a": 1}, header="X-Arm").header == "x-arm"
    for header in ("", "x arm", "x:arm", "x\r\n"):
        assert "header" in refused(Split, name="s", arms={"a": 1}, header=header)


@pytest.mark.parametrize(
    "part",
    [
        backend(aliases=["b"]),
        Backend(on_demand=True),
        OnDemand(max_models=2),
        Route.model_validate({"source": "en", "models": ["a"], "on_warnings": ["truncated"]}),
        Split(name="s", arms={"a": 1}),
    ],
)
def test_what_is_dumped_can_be_read_again(part: Backend) -> None:
    dumped = json.loads(part.model_dump_json(exclude_defaults=True))
    assert type(part).model_validate(dumped) == part
