"""A request says the same in whichever of its forms; what cannot be read is refused."""

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message

from bentos.dialects.fields import Fields, fields_of
from bentos.errors import InvalidRequestError

FORM = "application/x-www-form-urlencoded"
JSON = "application/json; charset=utf-8"


def request_of(body: bytes = b"", kind: str = "", query: str = "") -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", kind.encode())] if kind else []
    scope = {"type": "http", "method": "POST", "headers": headers, "query_string": query.encode()}
    return Request(scope, receive)


@pytest.mark.parametrize(
    ("body", "kind", "query"),
    [
        (b'{"q": "\xc3\xa4", "to": "fr"}', JSON, ""),
        (b'{"q": "\\u00e4", "to": "fr", "x": null}', "application/vnd.some+json", ""),
        (b'{"q": "\xc3\xa4", "to": "fr"}', "", ""),
        ("q=ä&to=fr".encode(), FORM, ""),
        (b"q=%C3%A4&to=fr", FORM, ""),
        (b"q=%C3%A4", FORM, "to=fr"),
        (b"", "", "q=%C3%A4&to=fr"),
        (b"", JSON, "q=%C3%A4&to=fr"),
        (b"whatever", "text/plain", "q=%C3%A4&to=fr"),
    ],
)
async def test_it_says_the_same_however_it_is_written(body: bytes, kind: str, query: str) -> None:
    fields = await fields_of(request_of(body, kind, query))
    assert (fields.text("q"), fields.text("to"), fields.text("x")) == ("ä", "fr", None)


async def test_the_body_stands_before_the_query() -> None:
    fields = await fields_of(request_of(b"q=body", FORM, "q=query&q=again&to=fr"))
    assert (fields.every("q"), fields.every("to"), fields.every("x")) == (["body"], ["fr"], [])


async def test_it_is_read_once() -> None:
    request = request_of(b'{"q": ["a", "b"]}', JSON)
    fields = await fields_of(request)
    assert await fields_of(request) is fields
    assert (fields.every("q"), set(fields.lists), fields.is_json) == (["a", "b"], {"q"}, True)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"[1]", JSON),
        (b"null", JSON),
        (b'{"q": ', JSON),
        (b'{"q": "\\ud800"}', JSON),
        (b"[" * 100_000, JSON),
        (b"q=\xff", FORM),
        (b"q=%FF", FORM),
        (b"&".join([b"q=1"] * 1001), FORM),
    ],
)
async def test_what_cannot_be_read_is_refused(body: bytes, kind: str) -> None:
    with pytest.raises(InvalidRequestError):
        await fields_of(request_of(body, kind))


@pytest.mark.parametrize("value", [1, ["fr"], {"a": "b"}, True])
def test_a_text_is_nothing_else(value: Any) -> None:
    values = value if isinstance(value, list) else [value]
    lists = frozenset({"to"}) if isinstance(value, list) else frozenset()
    with pytest.raises(InvalidRequestError, match="to must be a string"):
        Fields({"to": values}, lists).text("to")


@given(
    st.lists(st.tuples(st.text(), st.text(st.characters(exclude_categories=["Cs"]))), max_size=9)
)
async def test_any_form_comes_as_it_was_sent(pairs: list[tuple[str, str]]) -> None:
    sent = [(name.encode("utf-8", "replace").decode(), value) for name, value in pairs]
    fields = await fields_of(request_of(urlencode(sent).encode(), FORM))
    for name, _ in sent:
        assert fields.every(name) == [value for other, value in sent if other == name]
