import pytest
from multidict import CIMultiDict

from bentos.gateway.headers import forwarded, returned

HOP_BY_HOP = [
    "Connection",
    "Keep-Alive",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "Proxy-Authenticate",
    "Proxy-Authorization",
]


@pytest.mark.parametrize("name", HOP_BY_HOP)
def test_what_is_of_one_connection_passes_neither_way(name: str) -> None:
    headers = {name: "x", "Accept": "application/json"}
    assert forwarded(headers) == {"accept": "application/json"}
    assert returned(headers) == {"accept": "application/json"}


def test_what_connection_names_is_of_that_connection_too() -> None:
    headers = {"X-Kept": "1", "X-Secret-Hop": "2", "Connection": "close, X-Secret-Hop"}
    assert forwarded(headers) == returned(headers) == {"x-kept": "1"}


@pytest.mark.parametrize("name", ["Host", "Content-Length", "Authorization", "X-API-Key", "Cookie"])
def test_the_callers_own_stay_with_the_gateway(name: str) -> None:
    assert forwarded({name: "x", "X-Request-Id": "abc"}) == {"x-request-id": "abc"}


def test_a_caller_does_not_say_to_a_backend_who_he_is() -> None:
    assert forwarded({"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1"}) == {}


def test_an_answer_has_no_length_of_a_body_that_was_packed() -> None:
    answered = {"Content-Length": "7", "Content-Encoding": "gzip", "Retry-After": "2"}
    assert returned(answered) == {"retry-after": "2"}


def test_values_of_one_name_are_joined() -> None:
    headers = CIMultiDict([("Link", "<a>"), ("link", "<b>"), ("Vary", "x")])
    assert returned(headers) == {"link": "<a>, <b>", "vary": "x"}
