import json

import pytest
from prometheus_client import REGISTRY

from bentos.gateway.comparison import Counts, Result, Seen, Side, compare


def seen(body: object, status: int = 200) -> Seen:
    return Seen(status, json.dumps(body).encode())


BATCH = {"results": [{"index": 0, "result": {"translated_text": "a"}}], "errors": []}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (seen({"translated_text": "a"}), seen({"translated_text": "a", "time_ms": 9}), "equal"),
        (seen({"translated_text": "a"}), seen({"translated_text": "b"}), "text"),
        (seen({"translation": "a"}), seen({"translation": "a"}), "equal"),
        (seen(BATCH), seen(BATCH), "equal"),
        (seen(BATCH), seen({"results": [], "errors": []}), "text"),
        (seen({"device": "cpu"}), seen({"device": "cuda"}), "equal"),
        (seen({}, 400), seen({}), "status"),
        (Seen(200, None), seen({"translated_text": "a"}), "opaque"),
        (seen({"translated_text": "a"}), Seen(200, None), "opaque"),
        (Seen(200, b"\xff"), Seen(200, b"["), "equal"),
        (Seen(200, b"[" * 100_000), Seen(200, b""), "equal"),
        (seen({"translated_text": "a"}), Seen(200, b"no JSON"), "text"),
        (seen({"translated_text": None}), seen({"translated_text": 3}), "equal"),
    ],
)
def test_status_and_texts_are_what_is_compared(first: Seen, second: Seen, expected: str) -> None:
    assert compare(first, second)[0] == expected


def test_likeness_is_of_the_texts() -> None:
    def likeness(first: str, second: str) -> float | None:
        return compare(seen({"translation": first}), seen({"translation": second}))[1]

    assert likeness("Bonjour.", "Bonjour.") == 1
    assert likeness("abcd", "wxyz") == 0
    close = likeness("Bonjour, le monde.", "Bonjour le monde.")
    assert close is not None
    assert 0.9 < close < 1
    assert compare(seen({"status": "healthy"}), seen({"status": "healthy"}))[1] is None
    long = "x" * 20_000
    assert compare(seen({"translation": long}), seen({"translation": long + "y"})) == (
        Result.TEXT,
        1,
    )


def test_report_of_nothing_has_no_shares() -> None:
    report = Counts().report(weight_new=0, shadow=False)
    assert (report.served, report.fallbacks, report.shadowed) == ({}, {}, {})
    assert report.equal_status is report.equal_text is report.mean_similarity is None


def test_counts_are_of_the_report_and_of_the_metrics() -> None:
    def value(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(f"gateway_switch_{name}", labels) or 0

    before = value("shadow_total", side="old", result="text"), value("similarity_ratio_count")
    counts = Counts()
    counts.served(Side.OLD)
    counts.fell_back(Side.NEW, "not_ready")
    counts.shadowed(Side.OLD, Result.TEXT, 0.5)
    counts.shadowed(Side.OLD, Result.EQUAL, 1.0)
    counts.shadowed(Side.NEW, Result.STATUS)
    counts.shadowed(Side.NEW, Result.OPAQUE)
    report = counts.report(weight_new=25, shadow=True)
    assert report.served == {"old": 1}
    assert report.fallbacks == {"new not_ready": 1}
    assert (report.equal_status, report.equal_text) == (0.75, 0.5)
    assert (report.mean_similarity, report.lowest_similarity) == (0.75, 0.5)
    after = value("shadow_total", side="old", result="text"), value("similarity_ratio_count")
    assert (after[0] - before[0], after[1] - before[1]) == (1, 2)
    assert value("requests_total", side="old") >= 1
    assert value("fallbacks_total", side="new", reason="not_ready") >= 1
