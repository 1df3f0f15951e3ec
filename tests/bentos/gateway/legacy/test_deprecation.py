"""Paths that span models say that they will go, and who asks for them is counted."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
from prometheus_client import REGISTRY

from bentos.auth import digest_of
from bentos.gateway.legacy.deprecation import Dates, Use
from tests.bentos.gateway.legacy.asking import KEY, Row, check, legacy

DATES = Dates(
    deprecated=datetime(2027, 1, 1, tzinfo=UTC),
    sunset=datetime(2027, 7, 1, tzinfo=UTC),
    guide="https://example.org/migration",
)
BODY = {"text": "Hi", "source_lang": "en", "target_lang": "fr"}
LABEL = f"key:{digest_of(KEY.encode()).hex()[:8]}"
MARKED = [
    Row("GET /models", 200),
    Row("GET /models", 403, key=None),
    Row("POST /models/nllb/load", 200),
    Row("DELETE /models/nllb", 200),
    Row("DELETE /models/x", 404),
    Row("GET /languages/nllb", 200),
    Row("GET /languages/x", 404),
    Row("POST /translate", 200, ..., {**BODY, "model": "nllb"}),
    Row("POST /translate", 404, ..., {**BODY, "model": "x"}),
    Row("POST /translate/batch", 200, ..., []),
    Row("POST /translate/batch", 422, ..., {}),
    Row("POST /translate/legacy", 200, ..., BODY),
]
UNMARKED = [
    Row("GET /health", 200),
    Row("GET /languages", 200),
    Row("GET /languages/eng_Latn", 200),
    Row("POST /translate", 200, ..., BODY),
]


@pytest.mark.parametrize("row", MARKED, ids=str)
async def test_what_will_go_says_so(row: Row) -> None:
    response = await check(legacy("multimodel", dates=DATES), row)
    assert response.headers["deprecation"] == "@1798761600"
    assert response.headers["sunset"] == "Thu, 01 Jul 2027 00:00:00 GMT"
    assert parsedate_to_datetime(response.headers["sunset"]) == DATES.sunset
    assert response.headers["link"] == (
        '<https://example.org/migration>; rel="deprecation", '
        '<https://example.org/migration>; rel="sunset"'
    )


@pytest.mark.parametrize("row", UNMARKED, ids=str)
async def test_what_stays_does_not(row: Row) -> None:
    app = legacy("multimodel", dates=DATES)
    response = await check(app, row)
    assert not {"deprecation", "sunset", "link"} & set(response.headers)
    assert app.deprecated_uses() == []


@pytest.mark.parametrize("profile", ["main", "single"])
async def test_borrowed_paths_are_marked_too(profile: str) -> None:
    response = await check(legacy(profile, dates=DATES), Row("GET /models", 200))
    assert "deprecation" in response.headers


async def test_their_use_is_counted_by_path_and_key() -> None:
    app = legacy("multimodel")

    def counted(caller: str) -> float:
        labels = {"path": "/models/{name}", "caller": caller}
        return REGISTRY.get_sample_value("gateway_deprecated_requests_total", labels) or 0

    before = counted(LABEL), counted("anonymous")
    for name in ("nllb", "aya", "x"):
        await check(app, Row(f"DELETE /models/{name}", 404 if name == "x" else 200))
    await check(app, Row("DELETE /models/nllb", 403, key="never seen"))
    assert (counted(LABEL) - before[0], counted("anonymous") - before[1]) == (3, 1)
    uses = app.deprecated_uses()
    assert [(use.path, use.caller, use.requests) for use in uses] == [
        ("/models/{name}", LABEL, 3),
        ("/models/{name}", "anonymous", 1),
    ]
    assert isinstance(uses[0], Use)
    assert uses[0].last > 1_700_000_000


async def test_without_dates_nothing_is_said() -> None:
    response = await check(legacy("multimodel"), Row("GET /models", 200))
    assert not {"deprecation", "sunset", "link"} & set(response.headers)


def test_nothing_goes_before_it_is_marked() -> None:
    with pytest.raises(ValueError, match="before"):
        Dates(deprecated=DATES.sunset, sunset=DATES.deprecated, guide="/")


def test_dates_need_a_time_zone() -> None:
    naive = DATES.sunset.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        Dates(deprecated=DATES.deprecated, sunset=naive, guide="/")
