from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bentos.contract import Answer, Call, ModelState, Reason, Status
from bentos.errors import ForbiddenError, InvalidRequestError, RateLimitedError
from bentos.gateway.configuration import Configuration
from bentos.gateway.routes import Attempt, Plan, best, confidence_of, follow, next_after, plan
from bentos.management.errors import UnknownModelError
from models.base.exceptions import (
    DeadlineExceededError,
    EmptyTextError,
    InitializationError,
    LinguaNexusError,
    ModelNotReadyError,
    OverloadedError,
    SameLanguageError,
    TextTooLongError,
    TranslationError,
    UnsupportedLanguageError,
)
from models.base.request_models import TranslationResponse
from models.base.translation_model import TranslationWarning, WarningCode

NAMES = ("nllb", "aya", "third")
CASCADE = {"source": "en", "target": ["fr", "de"], "models": ["nllb", "aya"]}
TRIAL = {"name": "trial", "arms": {"nllb": 50, "aya": 50}, "header": "x-arm"}


def configured(**parts: Any) -> Configuration:
    backends = {name: {"on_demand": True} for name in NAMES}
    return Configuration.model_validate({"backends": backends, **parts})


def state(name: str, status: Status = Status.READY, **values: Any) -> ModelState:
    return ModelState(name=name, status=status, **values)


def states_of(*changed: ModelState) -> dict[str, ModelState]:
    """All ready but those."""
    return {name: state(name) for name in NAMES} | {each.name: each for each in changed}


def never() -> float:
    message = "drawn, although no split applies"
    raise AssertionError(message)


def planned(
    configuration: Configuration,
    *,
    pair: tuple[str | None, str] = ("en", "fr"),
    call: Call | None = None,
    states: Mapping[str, ModelState] | None = None,
    draw: Callable[[], float] = never,
) -> Plan:
    known = states_of() if states is None else states
    return plan(configuration, *pair, call or Call(), states=known, draw=draw)


def asked(plan: Plan) -> list[tuple[str, Reason]]:
    return [(attempt.model, attempt.reason) for attempt in plan.attempts]


def answer(
    model: str = "nllb",
    *codes: WarningCode,
    reason: Reason = Reason.FIRST,
    arm: str | None = None,
    **metadata: Any,
) -> Answer:
    response = TranslationResponse(
        translated_text="[fra_Latn] Hello.",
        source_lang="eng_Latn",
        target_lang="fra_Latn",
        detected_source_lang=None,
        confidence=0.1,
        model_name=model,
        processing_time_ms=1,
        warnings=[TranslationWarning(code=code, message="It was.") for code in codes],
        metadata=metadata,
    )
    return Answer(response=response, model=model, reason=reason, arm=arm)


def test_what_no_route_names_goes_to_the_default_alone() -> None:
    assert asked(planned(configured())) == [("nllb", Reason.FIRST)]
    assert asked(planned(configured(default="aya"))) == [("aya", Reason.FIRST)]


def test_the_first_route_that_matches_holds() -> None:
    configuration = configured(routes=[CASCADE, {"target": "fr", "models": ["third"]}])
    assert asked(planned(configuration)) == [("nllb", Reason.FIRST), ("aya", Reason.ERROR)]
    assert asked(planned(configuration, pair=("ru", "fr"))) == [("third", Reason.FIRST)]
    assert asked(planned(configuration, pair=("ru", "de"))) == [("nllb", Reason.FIRST)]


@pytest.mark.parametrize("source", ["auto", None, "xx", "x" * 100])
def test_a_source_that_is_not_known_matches_only_routes_of_any(source: str | None) -> None:
    configuration = configured(routes=[CASCADE, {"target": "fr", "models": ["third"]}])
    assert asked(planned(configuration, pair=(source, "fr"))) == [("third", Reason.FIRST)]


@pytest.mark.parametrize("name", ["aya", " AYA ", "other"])
def test_a_model_that_is_named_is_asked_alone(name: str) -> None:
    backends = {"nllb": {"on_demand": True}, "aya": {"on_demand": True, "aliases": ["other"]}}
    configuration = configured(backends=backends, routes=[CASCADE], splits=[TRIAL])
    assert asked(planned(configuration, call=Call(model=name))) == [("aya", Reason.ASKED)]


def test_a_model_that_is_named_has_no_stand_in() -> None:
    configuration = configured(routes=[CASCADE])
    with pytest.raises(UnknownModelError):
        planned(configuration, call=Call(model="nobody"))
    states = states_of(state("aya", Status.DOWN, message="connection refused."))
    with pytest.raises(ModelNotReadyError, match=r"aya is down \(connection refused\)\.") as raised:
        planned(configuration, call=Call(model="aya"), states=states)
    assert raised.value.details["models"] == {"aya": "is down (connection refused)"}
    states = states_of(state("aya", languages=("eng_Latn",)))
    with pytest.raises(UnsupportedLanguageError) as unsupported:
        planned(configuration, call=Call(model="aya"), states=states)
    assert unsupported.value.details["language"] == "fra_Latn"


@pytest.mark.parametrize(
    ("status", "on_demand", "usable"),
    [
        (Status.READY, False, True),
        (Status.READY, True, True),
        (Status.COLD, True, True),
        (Status.STARTING, True, True),
        (Status.COLD, False, False),
        (Status.STARTING, False, False),
        (Status.DOWN, False, False),
        (Status.DOWN, True, False),
    ],
)
def test_who_is_not_ready_is_passed_over(status: Status, on_demand: bool, usable: bool) -> None:
    states = states_of(state("nllb", status, on_demand=on_demand))
    first = ("nllb", Reason.FIRST) if usable else ("aya", Reason.HEALTH)
    assert asked(planned(configured(routes=[CASCADE]), states=states))[0] == first


def test_who_is_not_known_yet_is_passed_over() -> None:
    configuration = configured(routes=[CASCADE])
    assert asked(planned(configuration, states={"aya": state("aya")})) == [("aya", Reason.HEALTH)]
    with pytest.raises(ModelNotReadyError, match="nllb is not known yet; aya is not known yet"):
        planned(configuration, states={})


def test_who_does_not_speak_the_pair_is_passed_over_without_being_called_ill() -> None:
    states = states_of(state("nllb", languages=("eng_Latn", "deu_Latn")))
    configuration = configured(routes=[CASCADE])
    assert asked(planned(configuration, states=states)) == [("aya", Reason.FIRST)]
    speaking = planned(configuration, pair=("en", "de"), states=states)
    assert asked(speaking)[0] == ("nllb", Reason.FIRST)


def test_nobody_who_speaks_it_is_no_illness() -> None:
    states = {name: state(name, languages=("eng_Latn",)) for name in NAMES}
    with pytest.raises(UnsupportedLanguageError, match="not spoken by nllb, aya") as raised:
        planned(configured(routes=[CASCADE]), states=states)
    assert raised.value.details["language"] == "fra_Latn"


def test_nobody_ready_says_who_and_why() -> None:
    states = states_of(
        state("nllb", Status.DOWN), state("aya", Status.STARTING, message="Loading.")
    )
    with pytest.raises(ModelNotReadyError) as raised:
        planned(configured(routes=[CASCADE]), states=states)
    told = "No model can translate this now: nllb is down; aya is starting (Loading)."
    assert raised.value.message == told
    assert raised.value.details["retry_after_s"] == 2


def test_a_split_draws_the_first_and_keeps_the_others_behind_it() -> None:
    route = {"models": ["nllb", "third"]}
    drawn = planned(configured(routes=[route], splits=[TRIAL]), draw=lambda: 0.7)
    assert asked(drawn) == [
        *(("aya", Reason.SPLIT), ("nllb", Reason.ERROR), ("third", Reason.ERROR)),
    ]
    assert [attempt.arm for attempt in drawn.attempts] == ["aya", None, None]
    assert drawn.split == "trial"


@pytest.mark.parametrize(("on", "models"), [(True, ["aya", "nllb"]), (False, ["nllb"])])
def test_a_flag_switches_what_waits_for_it(on: bool, models: list[str]) -> None:
    flags = {"flags": {"trials": on}}
    routed = configured(**flags, routes=[{"models": ["aya", "nllb"], "flag": "trials"}])
    assert [model for model, _ in asked(planned(routed))] == models
    split = configured(**flags, splits=[{**TRIAL, "arms": {"aya": 1, "nllb": 1}, "flag": "trials"}])
    assert [model for model, _ in asked(planned(split, draw=lambda: 0.0))] == models


def test_an_arm_may_be_chosen_by_header() -> None:
    call = Call(headers={"x-arm": "aya"})
    assert asked(planned(configured(splits=[TRIAL]), call=call)) == [
        *(("aya", Reason.SPLIT), ("nllb", Reason.ERROR)),
    ]


def test_a_split_holds_for_its_pairs_while_it_is_enabled() -> None:
    narrow = planned(configured(splits=[{**TRIAL, "target": "de"}]))
    off = planned(configured(splits=[{**TRIAL, "enabled": False}]))
    assert asked(narrow) == asked(off) == [("nllb", Reason.FIRST)]
    assert (narrow.split, off.split) == (None, None)


@pytest.mark.parametrize(
    ("ill", "reason"),
    [
        (state("aya", Status.DOWN), Reason.HEALTH),
        (state("aya", languages=("rus_Cyrl",)), Reason.FIRST),
    ],
)
def test_an_arm_that_cannot_is_stood_in_for_and_not_counted(
    ill: ModelState, reason: Reason
) -> None:
    drawn = planned(configured(splits=[TRIAL]), states=states_of(ill), draw=lambda: 0.7)
    assert asked(drawn) == [("nllb", reason)]
    assert (drawn.split, drawn.attempts[0].arm) == (None, None)


def test_other_arms_stand_in_by_weight_but_none_without_any() -> None:
    trial = {"name": "trial", "arms": {"third": 1, "aya": 2, "nllb": 0}}
    configuration = configured(default="third", splits=[trial])
    assert [name for name, _ in asked(planned(configuration, draw=lambda: 0.9))] == ["aya", "third"]
    others = configured(default="nllb", splits=[{**trial, "arms": {"third": 1, "aya": 2}}])
    assert [name for name, _ in asked(planned(others, draw=lambda: 0))] == ["third", "nllb", "aya"]


LANGUAGES = ("eng_Latn", "fra_Latn", "deu_Latn")
STATES = st.dictionaries(
    st.sampled_from([*NAMES, "stranger"]),
    st.tuples(
        st.sampled_from(Status), st.booleans(), st.lists(st.sampled_from(LANGUAGES), max_size=3)
    ),
)
ROUTES = st.lists(st.sampled_from(NAMES), min_size=1, unique=True)
WEIGHTS = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 3), min_size=1).filter(
    lambda arms: any(arms.values())
)


@given(
    states=STATES,
    models=ROUTES | st.none(),
    arms=WEIGHTS | st.none(),
    named=st.sampled_from([None, *NAMES]),
    header=st.sampled_from(["", *NAMES]),
    drawn=st.floats(0, 1, exclude_max=True),
    source=st.sampled_from(["auto", "en", "fr"]),
)
def test_no_plan_holds_an_unknown_or_unhealthy_model(
    *,
    states: dict[str, tuple[Status, bool, list[str]]],
    models: list[str] | None,
    arms: dict[str, int] | None,
    named: str | None,
    header: str,
    drawn: float,
    source: str,
) -> None:
    configuration = configured(
        routes=[{"models": models}] if models else [],
        splits=[{"name": "s", "arms": arms, "header": "x-arm"}] if arms else [],
    )
    known = {
        name: state(name, status, on_demand=on_demand, languages=tuple(languages))
        for name, (status, on_demand, languages) in states.items()
    }
    call = Call(model=named, headers={"x-arm": header})
    try:
        made = planned(
            configuration, pair=(source, "de"), call=call, states=known, draw=lambda: drawn
        )
    except (ModelNotReadyError, UnsupportedLanguageError):
        return
    names = [attempt.model for attempt in made.attempts]
    assert names
    assert len(names) == len(set(names))
    for name in names:
        assert name in configuration.backends
        each = known[name]
        assert each.status is Status.READY or (each.on_demand and each.status is not Status.DOWN)
        assert not each.languages or "deu_Latn" in each.languages
    assert named is None or names == [named]


STRICT = {**CASCADE, "on_warnings": ["truncated", "repetition"], "min_confidence": 0.5}


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (answer(), None),
        (answer("nllb", WarningCode.SEGMENT_SPLIT), None),
        (answer("nllb", WarningCode.SEGMENT_SPLIT, WarningCode.TRUNCATED), Reason.WARNING),
        (answer("nllb", WarningCode.TRUNCATED, confidence=0.1), Reason.WARNING),
        (answer(confidence=0.49), Reason.CONFIDENCE),
        (answer(confidence=0), Reason.CONFIDENCE),
        (answer(confidence=0.5), None),
        (answer(confidence="low"), None),
        (answer(confidence=None), None),
        (answer(confidence=False), None),
        (ModelNotReadyError("Loading."), Reason.ERROR),
        (InitializationError("Broken."), Reason.ERROR),
        (OverloadedError("Full."), Reason.ERROR),
        (DeadlineExceededError("Late."), Reason.ERROR),
        (TranslationError("Failed."), Reason.ERROR),
        (LinguaNexusError("Anything."), Reason.ERROR),
        (UnsupportedLanguageError("rus_Cyrl"), Reason.ERROR),
        (RateLimitedError(1), Reason.ERROR),
        (ForbiddenError("translate"), Reason.ERROR),
        (EmptyTextError("Empty."), None),
        (TextTooLongError("Long."), None),
        (SameLanguageError("fra_Latn"), None),
        (InvalidRequestError("Wrong."), None),
    ],
)
def test_the_next_is_asked_after_what_is_not_the_callers_fault(
    outcome: Answer | LinguaNexusError, reason: Reason | None
) -> None:
    assert next_after(planned(configured(routes=[STRICT])), outcome) is reason


@pytest.mark.parametrize("routes", [[], [CASCADE]])
def test_what_no_route_asks_of_an_answer_is_not_missed(routes: list[Any]) -> None:
    bad = answer("nllb", WarningCode.TRUNCATED, confidence=0)
    assert next_after(planned(configured(routes=routes)), bad) is None


@pytest.mark.parametrize(
    ("given", "confidence"),
    [(0.25, 0.25), (1, 1.0), (True, None), ("0.5", None), (float("nan"), None), ([0.5], None)],
)
def test_confidence_is_the_models_and_a_number(given: Any, confidence: float | None) -> None:
    assert confidence_of(answer(confidence=given)) == confidence
    assert confidence_of(answer()) is None


def asking(
    outcomes: Iterable[Answer | LinguaNexusError], made: list[Attempt]
) -> Callable[[Attempt], Any]:
    waiting = iter(outcomes)

    async def ask(attempt: Attempt) -> Answer:
        made.append(attempt)
        outcome = next(waiting)
        if isinstance(outcome, LinguaNexusError):
            raise outcome
        return Answer(response=outcome.response, model=attempt.model, reason=attempt.reason)

    return ask


async def followed(*outcomes: Answer | LinguaNexusError) -> tuple[Answer, list[Attempt]]:
    made: list[Attempt] = []
    route = {**STRICT, "models": list(NAMES)}
    return await follow(planned(configured(routes=[route])), asking(outcomes, made)), made


async def test_an_answer_that_is_taken_ends_it() -> None:
    given, made = await followed(answer())
    assert (given.model, given.reason, len(made)) == ("nllb", Reason.FIRST, 1)


async def test_each_attempt_knows_why_it_is_made() -> None:
    given, made = await followed(
        OverloadedError("Full."), answer("aya", WarningCode.REPETITION), answer("third")
    )
    assert [attempt.reason for attempt in made] == [Reason.FIRST, Reason.ERROR, Reason.WARNING]
    assert (given.model, given.reason) == ("third", Reason.WARNING)


@pytest.mark.parametrize("later", [OverloadedError("Full."), EmptyTextError("Empty.")])
async def test_an_answer_that_was_had_is_not_lost_to_a_later_error(later: LinguaNexusError) -> None:
    given, _ = await followed(answer("nllb", WarningCode.TRUNCATED), later, later)
    assert (given.model, given.reason) == ("nllb", Reason.FIRST)


@pytest.mark.parametrize(
    ("outcomes", "model"),
    [
        ([answer(confidence=0.1), answer(confidence=0.3), answer(confidence=0.2)], "aya"),
        ([answer(confidence=0.1)] * 3, "nllb"),
        (
            [
                answer("nllb", WarningCode.TRUNCATED, WarningCode.REPETITION, confidence=0.9),
                answer("aya", WarningCode.TRUNCATED, WarningCode.TRUNCATED),
                answer("third", WarningCode.REPETITION, WarningCode.TRUNCATED),
            ],
            "aya",
        ),
        ([answer("nllb", WarningCode.TRUNCATED), answer(confidence=0.1), answer()], "third"),
    ],
)
async def test_of_answers_not_taken_the_best_is_given(outcomes: list[Answer], model: str) -> None:
    given, _ = await followed(*outcomes)
    assert given.model == model


@pytest.mark.parametrize(
    ("outcomes", "raised"),
    [
        ([OverloadedError("a"), TranslationError("b"), DeadlineExceededError("c")], 2),
        ([UnsupportedLanguageError("a"), OverloadedError("b"), UnsupportedLanguageError("c")], 1),
        ([UnsupportedLanguageError("a")] * 3, 0),
        ([OverloadedError("a"), TextTooLongError("b")], 1),
        ([EmptyTextError("a")], 0),
    ],
)
async def test_without_any_answer_the_error_that_says_most_is_raised(
    outcomes: list[LinguaNexusError], raised: int
) -> None:
    with pytest.raises(LinguaNexusError) as error:
        await followed(*outcomes)
    assert error.value is outcomes[raised]


async def test_an_arms_attempt_says_so_while_it_is_made() -> None:
    made: list[Attempt] = []
    drawn = planned(configured(splits=[TRIAL]), draw=lambda: 0.7)
    given = await follow(drawn, asking([OverloadedError("Full."), answer()], made))
    assert [(each.model, each.arm) for each in made] == [("aya", "aya"), ("nllb", None)]
    assert (given.model, given.reason) == ("nllb", Reason.ERROR)


def test_the_best_of_one_is_it() -> None:
    only = answer()
    assert best(planned(configured()), [only]) is only
