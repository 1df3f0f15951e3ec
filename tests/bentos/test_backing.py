import pytest
from starlette.requests import Request

from bentos.auth import Keyring, label_of
from bentos.backing import KEY, call_of

SCOPE = {
    "type": "http",
    "client": ("10.0.0.1", 5),
    "headers": [(b"x-api-key", b"of-a-header"), (b"x-route", b"one")],
    "state": {"request_id": "r-1"},
}
OPEN, CLOSED = Keyring(""), Keyring("a-key-that-is-long")


@pytest.mark.parametrize(
    ("keyring", "state", "caller"),
    [
        (OPEN, {}, "10.0.0.1"),
        (OPEN, {KEY: b"of-a-body"}, "10.0.0.1"),
        (CLOSED, {}, label_of(b"of-a-header")),
        (CLOSED, {KEY: b"of-a-body"}, label_of(b"of-a-body")),
    ],
)
def test_a_caller_is_his_key_where_keys_are_in_force(
    keyring: Keyring, state: dict[str, bytes], caller: str
) -> None:
    request = Request({**SCOPE, "state": {"request_id": "r-1", **state}})
    call = call_of(request, keyring, "nllb")
    assert (call.caller, call.model, call.request_id) == (caller, "nllb", "r-1")


def test_a_call_carries_no_secret_on() -> None:
    assert call_of(Request(SCOPE), CLOSED).headers == {"x-route": "one"}
