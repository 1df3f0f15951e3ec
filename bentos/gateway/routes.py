"""Who is asked for a translation, in which order, and when the next one is; asks nobody itself."""

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bentos.contract import Answer, Call, ModelState, Reason, Status
from bentos.errors import (
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    UnauthorizedError,
    status_of,
)
from bentos.gateway.configuration import Configuration
from bentos.gateway.parts import Route, Split
from bentos.gateway.split import choose
from bentos.management.errors import UnknownModelError
from common.languages import find
from models.base.exceptions import (
    LinguaNexusError,
    ModelNotReadyError,
    UnsupportedLanguageError,
)

_Pair = tuple[str | None, str | None]
"""FLORES-200 codes; None: not known."""
_SERVER_ERROR: Final = 500
_RETRY_AFTER_S: Final = 2
"""Until the next look at backends that are down, and some."""

# What a backend has against the gateway, the caller cannot mend.
_AGAINST_US: Final = (ForbiddenError, NotFoundError, RateLimitedError, UnauthorizedError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One model to ask."""

    model: str
    reason: Reason
    """Why; of those after the first it is known only when it is their turn."""
    arm: str | None = None
    """Set where a split drew this model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Whom to ask, in order, of whom each was usable when it was made; never empty."""

    attempts: tuple[Attempt, ...]
    route: Route | None = None
    """What it asks of an answer; None: nothing."""
    split: str | None = None
    """The split that drew the first attempt's arm."""


def plan(
    configuration: Configuration,
    source: str | None,
    target: str,
    call: Call,
    *,
    states: Mapping[str, ModelState],
    draw: Callable[[], float],
) -> Plan:
    """Whom to ask for this pair; `draw` gives 0 <= x < 1 and is called only where a split asks.

    `source` and `target` may be written as callers write them; None, `auto` and codes that nobody
    knows match only what is for any language. A model that the call names is asked alone. The
    models before the first attempt that are not usable are passed over, those that do not speak
    the pair too.

    Raises:
        UnknownModelError: The call names one that is not configured.
        UnsupportedLanguageError: No candidate speaks the pair.
        ModelNotReadyError: Of those that might, none is usable; says who, and why not.
    """
    pair = _code(source), _code(target)
    if call.model is not None:
        return _named(configuration, call.model, pair, states)
    routes = filter(configuration.holds, configuration.routes)
    splits = (each for each in filter(configuration.holds, configuration.splits) if each.enabled)
    route = next((each for each in routes if each.matches(*pair)), None)
    split = next((each for each in splits if each.matches(*pair)), None)
    wanted = list(route.models) if route else [configuration.names[0]]
    arm = choose(split, call, draw) if split else None
    if split is not None and arm is not None:
        wanted = _around(arm, wanted, split)
    speaking = _speaking(wanted, pair, states)
    usable = _ready(speaking, states)
    attempts = _attempts(usable, arm, healthy=usable[0] == speaking[0])
    drawn = split.name if split and usable[0] == arm else None
    return Plan(attempts=attempts, route=route, split=drawn)


def next_after(plan: Plan, outcome: Answer | LinguaNexusError) -> Reason | None:
    """Why the next attempt is to be made after this outcome; None: it is not.

    An error of the model's side, or a language it does not speak, is a reason; a mistake of the
    caller's is none, nor is an answer that the route takes.
    """
    if isinstance(outcome, LinguaNexusError):
        theirs = isinstance(outcome, (UnsupportedLanguageError, *_AGAINST_US))
        return Reason.ERROR if theirs or status_of(outcome) >= _SERVER_ERROR else None
    if plan.route is None:
        return None
    if _warnings(plan.route, outcome):
        return Reason.WARNING
    asked, given = plan.route.min_confidence, confidence_of(outcome)
    if asked is not None and given is not None and given < asked:
        return Reason.CONFIDENCE
    return None


def best(plan: Plan, outcomes: Sequence[Answer | LinguaNexusError]) -> Answer:
    """What the caller gets of the outcomes had, in order: an answer if there was any.

    Of several the one its route takes, else the one with the fewest of the warnings it does not,
    then the surest, then the first.

    Raises:
        LinguaNexusError: There was none. The last error that is not just a language some model
            does not speak; else the first.
    """
    answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
    if answers:
        return min(answers, key=lambda answer: _shortcomings(plan, answer))
    errors = [outcome for outcome in outcomes if isinstance(outcome, LinguaNexusError)]
    ours = [error for error in errors if not isinstance(error, UnsupportedLanguageError)]
    raise (ours or errors[:1])[-1]


async def follow(plan: Plan, ask: Callable[[Attempt], Awaitable[Answer]]) -> Answer:
    """Makes the attempts, with the reason of each, until an answer is taken or none is left.

    Raises:
        LinguaNexusError: As `best`.
    """
    outcomes: list[Answer | LinguaNexusError] = []
    reason: Reason | None = plan.attempts[0].reason
    for attempt in plan.attempts:
        if reason is None:
            break
        outcome = await _outcome(ask, replace(attempt, reason=reason))
        outcomes.append(outcome)
        reason = next_after(plan, outcome)
    return best(plan, outcomes)


def confidence_of(answer: Answer) -> float | None:
    """How sure the model is of its translation: `metadata.confidence`, where it gives a number.

    Not the response's own `confidence`, which is that of the detected language.
    """
    given = answer.response.metadata.get("confidence")
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        return None
    return float(given)


async def _outcome(
    ask: Callable[[Attempt], Awaitable[Answer]], attempt: Attempt
) -> Answer | LinguaNexusError:
    try:
        return await ask(attempt)
    except LinguaNexusError as error:
        return error


def _code(language: str | None) -> str | None:
    known = None if language is None else find(language)
    return None if known is None else known.code


def _named(
    configuration: Configuration, name: str, pair: _Pair, states: Mapping[str, ModelState]
) -> Plan:
    model = configuration.find(name)
    if model is None:
        raise UnknownModelError(name)
    [model] = _ready(_speaking([model], pair, states), states)
    return Plan(attempts=(Attempt(model=model, reason=Reason.ASKED),))


def _attempts(models: Sequence[str], arm: str | None, *, healthy: bool) -> tuple[Attempt, ...]:
    """`healthy`: nobody before them was passed over for not being ready."""
    first = Reason.SPLIT if models[0] == arm else Reason.FIRST
    reasons = [first if healthy else Reason.HEALTH, *[Reason.ERROR] * len(models[1:])]
    return tuple(
        Attempt(model=model, reason=why, arm=arm if model == arm else None)
        for model, why in zip(models, reasons, strict=True)
    )


def _around(arm: str, models: Sequence[str], split: Split) -> list[str]:
    """The arm, then the route's models, and last the other arms, the heavier before the lighter."""
    others = sorted(split.arms, key=split.arms.__getitem__, reverse=True)
    drawable = [other for other in others if split.arms[other] > 0]
    return list(dict.fromkeys((arm, *models, *drawable)))


def _speaking(names: Sequence[str], pair: _Pair, states: Mapping[str, ModelState]) -> list[str]:
    """Those of whom it is not known that they do not speak the pair.

    Raises:
        UnsupportedLanguageError: There is none.
    """
    unspoken = {name: _unspoken(states.get(name), pair) for name in names}
    speaking = [name for name, code in unspoken.items() if code is None]
    if speaking:
        return speaking
    missing = next(code for code in unspoken.values() if code is not None)
    raise UnsupportedLanguageError(missing, f"is not spoken by {', '.join(names)}")


def _ready(names: Sequence[str], states: Mapping[str, ModelState]) -> list[str]:
    """Those who may be asked now.

    Raises:
        ModelNotReadyError: There is none.
    """
    absences = {name: _absence(states.get(name)) for name in names}
    ready = [name for name, why in absences.items() if why is None]
    if ready:
        return ready
    told = "; ".join(f"{name} {why}" for name, why in absences.items())
    message = f"No model can translate this now: {told}."
    raise ModelNotReadyError(message, models=dict(absences), retry_after_s=_RETRY_AFTER_S)


def _unspoken(state: ModelState | None, pair: _Pair) -> str | None:
    """The language of the pair that the model is known not to speak."""
    if state is None or not state.languages:
        return None
    return next((code for code in pair if code is not None and code not in state.languages), None)


def _absence(state: ModelState | None) -> str | None:
    """Why nobody is to ask this model; None: he may, if it must be started first, too."""
    if state is None:
        return "is not known yet"
    waits = state.on_demand and state.status in {Status.COLD, Status.STARTING}
    if waits or state.status is Status.READY:
        return None
    why = f"is {state.status}"
    return f"{why} ({state.message.rstrip('.')})" if state.message else why


def _warnings(route: Route, answer: Answer) -> int:
    """How many of its warnings the route does not take."""
    return len({warning.code for warning in answer.response.warnings} & set(route.on_warnings))


def _shortcomings(plan: Plan, answer: Answer) -> tuple[bool, int, float]:
    refused = next_after(plan, answer) is not None
    warnings = _warnings(plan.route, answer) if plan.route else 0
    return refused, warnings, -(confidence_of(answer) or 0.0)
