import pytest
from openapi_spec_validator import validate
from starlette.types import Scope

from bentos.dialects.deepl.dialect import DeepL
from bentos.dialects.mount import dialect_app
from bentos.errors import UnauthorizedError
from tests.bentos.dialects.places import KEY, PLACES, at

DEEPL = DeepL()


def scope(*headers: tuple[bytes, bytes]) -> Scope:
    return {"type": "http", "headers": list(headers)}


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ([(b"authorization", b"DeepL-Auth-Key abc")], b"abc"),
        ([(b"authorization", b"deepl-auth-key  abc:fx ")], b"abc:fx"),
        ([(b"authorization", b"DeepL-Auth-Key ")], None),
        ([(b"authorization", b"Bearer abc")], b"abc"),
        ([(b"x-api-key", b"abc")], b"abc"),
        ([], None),
    ],
)
def test_a_key_is_where_deepls_clients_put_it(
    headers: list[tuple[bytes, bytes]], key: bytes | None
) -> None:
    assert DEEPL.key_of(scope(*headers)) == key


@pytest.mark.parametrize(
    ("path", "base"),
    [
        ("/deepl/v2/translate", "/deepl"),
        ("/v2/translate", ""),
        ("/v3/glossaries", ""),
        ("/deepl", None),
        ("/v1/models", None),
        ("/v22/translate", None),
    ],
)
def test_it_is_below_its_base_and_at_the_root(path: str, base: str | None) -> None:
    assert DEEPL.base_of(path) == base


def test_its_schema_is_valid() -> None:
    validate(dialect_app(DEEPL).openapi())


def test_an_error_has_its_shape() -> None:
    assert DEEPL.status_of(UnauthorizedError()) == 403
    assert set(DEEPL.body_of(UnauthorizedError(), "r-1")) == {"message", "detail"}


@pytest.mark.parametrize("place", PLACES)
async def test_errors_before_it_are_in_its_shape(place: str) -> None:
    async with at(place, api_keys=KEY, max_body_bytes=1024) as served:
        bare = served.client("/deepl/v2")
        keyed = served.client("/deepl/v2", Authorization=f"DeepL-Auth-Key {KEY}")
        answers = [
            (403, await bare.get("/usage")),
            (413, await keyed.post("/translate", content=b"x" * 2000)),
            (404, await keyed.get("/nothing")),
            (404, await keyed.get("/glossaries/a%0Ab")),
            (405, await keyed.get("/translate")),
            (400, await keyed.post("/translate", content=b"{")),
        ]
        for client in (bare, keyed):
            await client.aclose()
    assert [answer.status_code for _, answer in answers] == [status for status, _ in answers]
    for _, answer in answers:
        assert isinstance(answer.json()["message"], str)
