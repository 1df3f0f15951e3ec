"""Paths that span models say that they will go, and who asks for them is counted."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from prometheus_client import REGISTRY
from starlette.types import Receive, Scope, Send

from bentos.auth import label_of
from bentos.gateway.legacy.deprecation import Dates, Use
from bentos.gateway.switch import SHADOW
from tests.bentos.gateway.fakes import Echo
from tests.bentos.gateway.legacy.asking import KEY, SPOKEN, Row, check, client_of, legacy

LATER = datetime(2027, 7, 1, tzinfo=UTC)
DATES = Dates(
    deprecated=datetime(2027, 1, 1, tzinfo=UTC),
    sunset=LATER,
    guide="https://example.org/migration",
)
BODY = {"text": "Hi", "source_lang": "en", "target_lang": "fr"}
LABEL = label_of(KEY.encode())
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
    assert parsedate_to_datetime(response.headers["sunset"]) == LATER
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


async def test_what_is_asked_for_comparison_only_is_nobodys_use() -> None:
    models = Echo(languages=SPOKEN)
    app = legacy("multimodel", models, dates=DATES)

    async def compared(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, SHADOW: True}, receive, send)

    async with client_of(compared) as client:
        response = await client.post("/translate/batch", json=[BODY])
    assert response.status_code == 200
    assert not {"deprecation", "sunset", "link"} & set(response.headers)
    assert app.deprecated_uses() == []
    assert models.asked[0][1].caller == ""


async def test_without_dates_nothing_is_said() -> None:
    response = await check(legacy("multimodel"), Row("GET /models", 200))
    assert not {"deprecation", "sunset", "link"} & set(response.headers)


def test_nothing_goes_before_it_is_marked() -> None:
    with pytest.raises(ValueError, match="before"):
        Dates(deprecated=LATER, sunset=DATES.deprecated, guide="/")


@pytest.mark.parametrize("name", ["deprecated", "sunset"])
def test_dates_need_a_time_zone(name: str) -> None:
    dates: dict[str, Any] = {"deprecated": DATES.deprecated, "sunset": LATER}
    dates[name] = dates[name].replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        Dates(**dates)


@pytest.mark.parametrize(
    ("dates", "headers"),
    [
        (Dates(deprecated=LATER), {"Deprecation": "@1814400000"}),
        (
            Dates(deprecated=LATER, sunset=LATER),
            {"Deprecation": "@1814400000", "Sunset": "Thu, 01 Jul 2027 00:00:00 GMT"},
        ),
        (
            Dates(deprecated=LATER, guide="/docs"),
            {"Deprecation": "@1814400000", "Link": '</docs>; rel="deprecation"'},
        ),
    ],
)
def test_what_is_not_decided_is_not_said(dates: Dates, headers: dict[str, str]) -> None:
    assert dates.headers() == headers
