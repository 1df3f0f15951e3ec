"""The order of the checks, and who the caller is."""

import pytest
from typing_extensions import override

from bentos.contract import ModelState
from bentos.gateway.legacy.app import LegacyApp
from models.base.exceptions import ModelNotReadyError
from tests.bentos.gateway.fakes import Echo
from tests.bentos.gateway.legacy.asking import KEY, READER, SPOKEN, Row, check, client_of, legacy

BODY = {"text": "Hi", "source_lang": "en", "target_lang": "fr"}


async def post(app: LegacyApp, content: bytes, key: str | None, kind: str | None = None) -> int:
    headers = {"Content-Type": kind} if kind else {}
    async with client_of(app, key) as client:
        return (await client.post("/translate", content=content, headers=headers)).status_code


@pytest.mark.parametrize("profile", ["main", "multimodel", "single", "aya"])
async def test_syntax_then_key_then_shape_then_limit_then_handler(profile: str) -> None:
    app = legacy(profile)
    assert await post(app, b"{", None) == 422
    assert await post(app, b'{"text": 1}', None) == 403
    assert await post(app, b'{"text": 1}', KEY) == 422
    assert await post(app, b"", None) == 403
    assert await post(app, b"", KEY) == 422


async def test_the_limit_comes_before_the_handler() -> None:
    app = legacy("main", limits_on=True)
    for _ in range(10):
        await check(app, Row("POST /translate", 200, ..., BODY))
    await check(app, Row("POST /translate", 422, ..., {}))
    await check(app, Row("POST /translate", 429, ..., {**BODY, "target_lang": "xx"}))


@pytest.mark.parametrize("name", ["X-API-Key", "x-api-key", "X-Api-KEY"])
async def test_the_headers_name_is_in_any_case(name: str) -> None:
    async with client_of(legacy("main"), None) as client:
        assert (await client.get("/languages", headers={name: KEY})).status_code == 200


async def test_a_key_is_compared_exactly() -> None:
    for key in (KEY.upper(), KEY[:-1], f"{KEY}x"):
        await check(legacy("main"), Row("GET /languages", 403, key=key))


async def test_a_key_without_the_scope_is_told_so() -> None:
    body = {"detail": "This API key does not have the scope 'manage'"}
    await check(legacy("multimodel"), Row("DELETE /models/nllb", 403, body, key=READER))
    await check(legacy("multimodel"), Row("POST /translate", 200, ..., BODY, key=READER))


async def test_callers_without_a_known_key_are_known_by_address() -> None:
    models = Echo(languages=SPOKEN)
    await check(legacy("main", models, keys=""), Row("POST /translate", 200, ..., BODY, key="any"))
    call = models.asked[0][1]
    assert call.caller == "10.0.0.1"
    assert call.headers["x-api-key"] == "any"
    assert call.request_id is None


class NotReady(Echo):
    """Forgets its models between two looks."""

    @override
    async def unload(self, name: str) -> ModelState:
        raise ModelNotReadyError(f"{name} is not ready.")


async def test_an_error_of_ours_leaves_in_the_predecessors_shape() -> None:
    body = {"detail": "Failed to unload model nllb: nllb is not ready."}
    await check(legacy("main", NotReady()), Row("DELETE /models/nllb", 503, body))
