from datetime import UTC, datetime

import pytest

from bentos.management.ranking import recommend
from bentos.management.shapes import Priority, RecommendRequest, UsageSummary
from common.catalogue.entry import Entry, Family, Purpose
from common.catalogue.estimate import estimate, required
from common.machine import Machine
from models.base.exceptions import UnsupportedLanguageError
from tests.bentos.management.shelf import machine
from tests.common.catalogue.shapes import LLAMA_8B, LLAMA_70B, PHI_3, entry

GB = 10**9
SMALL = entry(PHI_3, "Q4_K_M", id="small", purpose=Purpose.SPEED, default=True)
MIDDLE = entry(LLAMA_8B, "Q4_K_M", "Q2_K", id="middle")
LARGE = entry(
    LLAMA_70B, "Q4_K_M", id="large", purpose=Purpose.QUALITY, languages=("eng_Latn", "swh_Latn")
)
ALL = (SMALL, MIDDLE, LARGE)


def used(success_rate: float | None, mean_ms: float | None, uses: int = 100) -> UsageSummary:
    return UsageSummary(
        uses=uses,
        success_rate=success_rate,
        mean_ms=mean_ms,
        p95_ms=mean_ms,
        tokens_in=1,
        tokens_out=1,
        last_used=datetime.now(UTC),
    )


def ids(
    entries: tuple[Entry, ...] = ALL,
    usage: dict[str, UsageSummary] | None = None,
    on: Machine | None = None,
    **request: object,
) -> list[str]:
    asked = RecommendRequest.model_validate(request)
    found = recommend(entries, asked, on or machine(256), usage or {}, {})
    return [each.id for each in found.recommendations]


@pytest.mark.parametrize(
    ("priority", "order"),
    [
        (Priority.SPEED, ["small", "middle", "large"]),
        (Priority.QUALITY, ["large", "middle", "small"]),
        (Priority.BALANCED, ["middle", "small", "large"]),
    ],
)
def test_priority_decides_the_order(priority: Priority, order: list[str]) -> None:
    assert ids(priority=priority) == order
    assert ids(tuple(reversed(ALL)), priority=priority) == order


def test_only_what_fits_is_recommended() -> None:
    assert ids(on=machine(16), priority="quality") == ["middle", "small"]
    assert ids(memory_bytes=required(MIDDLE, "Q2_K"), priority="quality")[0] == "middle"
    assert ids(memory_bytes=GB) == []


def test_the_quantization_is_the_largest_that_fits() -> None:
    for name in ("Q4_K_M", "Q2_K"):
        request = RecommendRequest(memory_bytes=required(MIDDLE, name))
        [found] = recommend([MIDDLE], request, machine(1), {}, {}).recommendations
        assert found.quantization == name
        assert found.memory_bytes == estimate(MIDDLE, name).total


@pytest.mark.parametrize("code", ["sw", "swh", "SWH_Latn", "sw-KE"])
def test_any_code_of_a_language_is_understood(code: str) -> None:
    assert ids(languages=[code, "en"]) == ["large"]
    assert ids(languages=[code, "fr"]) == []


def test_a_language_that_nobody_knows_is_the_callers_fault() -> None:
    with pytest.raises(UnsupportedLanguageError, match="tlh"):
        ids(languages=["tlh"])


def test_other_families_and_models_without_a_bento_stay_out() -> None:
    chat = MIDDLE.model_copy(update={"id": "chat", "family": Family.CHAT})
    planned = MIDDLE.model_copy(update={"id": "planned", "bento": None})
    assert ids((SMALL, chat, planned)) == ["small"]
    assert ids((SMALL, chat, planned), family="chat") == ["chat"]
    assert set(ids((SMALL, planned), servable_only=False)) == {"small", "planned"}


def test_what_failed_here_stands_behind_what_was_not_used() -> None:
    twin = MIDDLE.model_copy(update={"id": "twin"})
    assert ids((MIDDLE, twin)) == ["middle", "twin"]
    assert ids((MIDDLE, twin), {"middle": used(0.2, 900)}) == ["twin", "middle"]
    assert ids((MIDDLE, twin), {"twin": used(1.0, 900)}) == ["twin", "middle"]


def test_of_two_that_answer_the_faster_one_stands_first() -> None:
    twin = MIDDLE.model_copy(update={"id": "twin"})
    usage = {"middle": used(1.0, 900), "twin": used(1.0, 300)}
    assert ids((MIDDLE, twin), usage) == ["twin", "middle"]


def test_use_without_an_answer_counts_as_failure_and_no_use_as_nothing() -> None:
    twin = MIDDLE.model_copy(update={"id": "twin"})
    assert ids((MIDDLE, twin), {"middle": used(0.0, None)}) == ["twin", "middle"]
    unused = used(None, None, uses=0)
    assert ids((MIDDLE, twin), {"middle": unused}) == ids((MIDDLE, twin))
    assert ids((MIDDLE, twin), {"middle": used(None, None)}) == ids((MIDDLE, twin))


def test_equals_stand_in_one_order_with_the_default_first() -> None:
    twins = tuple(MIDDLE.model_copy(update={"id": name}) for name in ("c", "a", "b"))
    assert ids(twins) == ["a", "b", "c"]
    favourite = MIDDLE.model_copy(update={"id": "z", "default": True})
    assert ids((*twins, favourite)) == ["z", "a", "b", "c"]


def test_every_recommendation_says_why() -> None:
    request = RecommendRequest(priority=Priority.SPEED, languages=["en"])
    usage = {"small": used(0.97, 850, uses=120)}
    measured = {"small": {"q4_k_m": 3 * GB}}
    found = recommend([SMALL, MIDDLE], request, machine(64), usage, measured).recommendations
    first, second = found
    assert first.memory_bytes == 3 * GB
    assert first.reasons == [
        f"Q4_K_M needs {required(SMALL, 'Q4_K_M') / GB:.2f} GB of 64.00 GB when it is busy",
        "loading it took 3.00 GB here",
        "reads 2.34 GB for each token",
        "is made for speed",
        "speaks English",
        "97% of 120 requests were answered here, in 850 ms on average",
        "is the default of its family",
    ]
    assert len(second.reasons) == 3
    assert 0 <= second.score <= first.score <= 1


def test_reasons_suit_the_priority() -> None:
    planned = MIDDLE.model_copy(update={"bento": None})
    request = RecommendRequest(priority=Priority.QUALITY, servable_only=False)
    usage = {"middle": used(0.0, None, uses=3)}
    [found] = recommend([planned], request, machine(64), usage, {}).recommendations
    assert found.reasons[1:] == [
        "has 8 billion parameters",
        "0% of 3 requests were answered here",
        "no Bento serves it yet",
    ]


def test_given_memory_is_said_to_be_given() -> None:
    given = recommend(ALL, RecommendRequest(memory_bytes=GB), machine(64), {}, {})
    assert (given.memory_available_bytes, given.memory_of) == (GB, "given")
    found = recommend(ALL, RecommendRequest(), machine(64), {}, {})
    assert (found.memory_available_bytes, found.memory_of) == (64 * GB, "ram")
