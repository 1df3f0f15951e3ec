"""Which models suit a machine and a purpose, the best first; measures nothing."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bentos.management.shapes import (
    Priority,
    Recommendation,
    Recommendations,
    RecommendRequest,
    UsageSummary,
)
from common import languages
from common.catalogue.entry import Entry, Purpose
from common.catalogue.estimate import active_bytes, estimate, recommended, required
from common.downloads import gigabytes
from common.machine import Machine
from models.base.exceptions import UnsupportedLanguageError

# What a score is made of. A model that was never used stands in the middle of those that were.
_OF_SIZE, _OF_PURPOSE, _OF_EXPERIENCE = 0.7, 0.1, 0.2
_NO_EXPERIENCE = 0.5
_PURPOSES = {
    Priority.SPEED: Purpose.SPEED,
    Priority.BALANCED: Purpose.BALANCED,
    Priority.QUALITY: Purpose.QUALITY,
}
_MADE_FOR = {
    Priority.SPEED: "is made for speed",
    Priority.BALANCED: "is made to be both fast and good",
    Priority.QUALITY: "is made for quality",
}


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A model that fits, in the quantization that it is recommended in."""

    entry: Entry
    quantization: str
    memory_bytes: int
    measured: bool
    required_bytes: int
    active_bytes: int
    usage: UsageSummary | None

    @property
    def parameters(self) -> int:
        return self.entry.architecture.parameters


def recommend(
    entries: Iterable[Entry],
    request: RecommendRequest,
    machine: Machine,
    usage: Mapping[str, UsageSummary],
    measured: Mapping[str, Mapping[str, int]],
) -> Recommendations:
    """The models of a family that fit the memory and speak the languages.

    `usage` and `measured`, the memory of each quantization, are by the entries' ids.

    Raises:
        UnsupportedLanguageError: A code that means no language.
    """
    available = request.memory_bytes or machine.memory_bytes
    wanted = [code_of(each) for each in request.languages]
    candidates = [
        _candidate(entry, available, usage.get(entry.id), measured.get(entry.id, {}))
        for entry in entries
        if entry.family is request.family
        and (entry.servable or not request.servable_only)
        and set(wanted) <= set(entry.languages)
    ]
    fitting = [each for each in candidates if each.required_bytes <= available]
    scores = {each.entry.id: _score(each, fitting, request.priority) for each in fitting}
    fitting.sort(key=lambda each: (-scores[each.entry.id], not each.entry.default, each.entry.id))
    return Recommendations(
        recommendations=[
            Recommendation(
                id=each.entry.id,
                quantization=each.quantization,
                score=scores[each.entry.id],
                memory_bytes=each.memory_bytes,
                reasons=_reasons(each, request, wanted, available),
            )
            for each in fitting
        ],
        memory_available_bytes=available,
        memory_of="given" if request.memory_bytes else machine.memory_of,
    )


def code_of(language: str) -> str:
    """FLORES-200, from any code; raises `UnsupportedLanguageError`."""
    found = languages.find(language)
    if found is None:
        raise UnsupportedLanguageError(language, "is not known")
    return found.code


def _candidate(
    entry: Entry, available: int, usage: UsageSummary | None, measured: Mapping[str, int]
) -> _Candidate:
    name = recommended(entry, available)
    known = {quantization.upper(): size for quantization, size in measured.items()}
    return _Candidate(
        entry=entry,
        quantization=name,
        memory_bytes=known.get(name.upper(), estimate(entry, name).total),
        measured=name.upper() in known,
        required_bytes=required(entry, name),
        active_bytes=active_bytes(entry, name),
        usage=usage if usage and usage.uses else None,
    )


def _score(one: _Candidate, among: Sequence[_Candidate], priority: Priority) -> float:
    """From 0 to 1, compared with the others: so that another order of them changes nothing."""
    fast = 1 - _place(one.active_bytes, [each.active_bytes for each in among])
    good = _place(one.parameters, [each.parameters for each in among])
    by_size = {
        Priority.SPEED: fast,
        Priority.QUALITY: good,
        # The best of these is neither the smallest nor the largest.
        Priority.BALANCED: min(1.0, 2 * min(fast, good)),
    }[priority]
    by_purpose = float(one.entry.purpose is _PURPOSES[priority])
    score = _OF_SIZE * by_size + _OF_PURPOSE * by_purpose + _OF_EXPERIENCE * _experience(one, among)
    return round(score, 4)


def _place(value: int, values: Sequence[int]) -> float:
    """0 for the smallest, 1 for the largest, by how many times as large; 0.5 where all agree."""
    least, most = min(values), max(values)
    return math.log(value / least) / math.log(most / least) if most > least else 0.5


def _experience(one: _Candidate, among: Sequence[_Candidate]) -> float:
    """The share of requests that succeeded, less where others answer faster."""
    if one.usage is None or one.usage.success_rate is None:
        return _NO_EXPERIENCE
    if not one.usage.mean_ms:
        return one.usage.success_rate
    means = [each.usage.mean_ms for each in among if each.usage and each.usage.mean_ms]
    return one.usage.success_rate * (1 + min(means) / one.usage.mean_ms) / 2


def _reasons(
    one: _Candidate, request: RecommendRequest, wanted: Sequence[str], available: int
) -> list[str]:
    memory = f"{one.quantization} needs {gigabytes(one.required_bytes)}"
    found = [f"{memory} of {gigabytes(available)} when it is busy"]
    if one.measured:
        found.append(f"loading it took {gigabytes(one.memory_bytes)} here")
    if request.priority is not Priority.QUALITY:
        found.append(f"reads {gigabytes(one.active_bytes)} for each token")
    if request.priority is not Priority.SPEED:
        found.append(f"has {one.parameters / 1e9:.2g} billion parameters")
    if one.entry.purpose is _PURPOSES[request.priority]:
        found.append(_MADE_FOR[request.priority])
    if wanted:
        names = [languages.LANGUAGES[code].name for code in wanted]
        found.append(f"speaks {', '.join(names)}")
    if one.usage and one.usage.success_rate is not None:
        found.append(_used(one.usage, one.usage.success_rate))
    if one.entry.default:
        found.append("is the default of its family")
    if not one.entry.servable:
        found.append("no Bento serves it yet")
    return found


def _used(usage: UsageSummary, success_rate: float) -> str:
    answered = f"{success_rate:.0%} of {usage.uses} requests were answered here"
    return f"{answered}, in {usage.mean_ms:.0f} ms on average" if usage.mean_ms else answered
