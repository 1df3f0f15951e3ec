"""Requests are counted by path and address, as the predecessor counted them."""

import pytest

from bentos.gateway.legacy.limits import Limits
from tests.bentos.gateway.legacy.asking import KEY, Row, check, client_of, legacy

BODY = {"text": "Hi", "source_lang": "en", "target_lang": "fr"}
ROWS = [
    ("main", "GET /languages", None, 30),
    ("main", "GET /languages/eng_Latn", None, 60),
    ("main", "POST /translate", BODY, 10),
    ("multimodel", "GET /languages", None, 30),
    ("multimodel", "GET /languages/nllb", None, 60),
    ("multimodel", "POST /translate", BODY, 10),
    ("multimodel", "POST /translate/batch", [BODY], 5),
    ("multimodel", "POST /translate/legacy", BODY, 10),
    ("single", "GET /model/info", None, 30),
    ("single", "POST /translate", BODY, 10),
    ("single", "POST /detect", {"text": "Hi"}, 20),
]


@pytest.mark.parametrize(("profile", "send", "json", "most"), ROWS)
async def test_limit(profile: str, send: str, json: object, most: int) -> None:
    app = legacy(profile, limits_on=True)
    for _ in range(most):
        await check(app, Row(send, 200, ..., json))
    body = {"error": f"Rate limit exceeded: {most} per 1 minute"}
    response = await check(app, Row(send, 429, body, json))
    assert set(response.json()) == {"error"}
    assert "retry-after" not in response.headers


@pytest.mark.parametrize(
    ("profile", "send"),
    [
        ("main", "GET /health"),
        ("multimodel", "GET /models"),
        ("multimodel", "POST /models/nllb/load"),
        ("aya", "GET /languages"),
        ("aya", "GET /models"),
    ],
)
async def test_these_have_none(profile: str, send: str) -> None:
    app = legacy(profile, limits_on=True)
    for _ in range(70):
        await check(app, Row(send, 200))


async def test_each_path_has_its_own_bucket() -> None:
    app = legacy("main", limits_on=True)
    for _ in range(60):
        await check(app, Row("GET /languages/eng_Latn", 200))
    await check(app, Row("GET /languages/eng_Latn", 429))
    await check(app, Row("GET /languages/fra_Latn", 200))


async def test_each_address_has_its_own() -> None:
    app = legacy("main", limits_on=True)
    for address in ("10.0.0.1", "10.0.0.2"):
        async with client_of(app, KEY, address) as client:
            statuses = [(await client.get("/languages")).status_code for _ in range(31)]
        assert statuses == [200] * 30 + [429]


async def test_what_is_refused_before_does_not_count_and_400_does() -> None:
    app = legacy("main", limits_on=True)
    for _ in range(12):
        await check(app, Row("POST /translate", 403, ..., BODY, key=None))
        await check(app, Row("POST /translate", 422, ..., {"text": 1}))
    for _ in range(10):
        await check(app, Row("POST /translate", 400, ..., {**BODY, "target_lang": "xx"}))
    await check(app, Row("POST /translate", 429, ..., BODY))


async def test_batch_items_do_not_count_for_single_texts() -> None:
    app = legacy("multimodel", limits_on=True)
    await check(app, Row("POST /translate/batch", 200, {"total_processed": 10}, [BODY] * 10))
    await check(app, Row("POST /translate", 200, ..., BODY))


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bentos.gateway.legacy.limits._MAX_BUCKETS", 3)
    limits = Limits()
    for number in range(20):
        limits.count("1/minute", f"/{number}", "10.0.0.1")
    assert len(limits._storage.storage) <= 4


def test_switched_off_nothing_is_counted() -> None:
    limits = Limits(on=False)
    for _ in range(3):
        limits.count("1/minute", "/", "10.0.0.1")
    assert not limits._storage.storage
