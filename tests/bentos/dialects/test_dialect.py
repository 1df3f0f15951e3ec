import json

import pytest

from bentos.errors import RateLimitedError
from tests.bentos.dialects.shouting import Shouting


@pytest.mark.parametrize(
    ("path", "base"),
    [
        ("/v9", ""),
        ("/v9/shout", ""),
        ("/shouting/v9/shout", "/shouting"),
        ("/shouting", None),
        ("/v99", None),
        ("/", None),
    ],
)
def test_a_path_is_its_own_below_its_bases(path: str, base: str | None) -> None:
    assert Shouting().base_of(path) == base


def test_an_error_says_when_to_come_back() -> None:
    answer = Shouting().response_of(RateLimitedError(7), "r-1")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert json.loads(bytes(answer.body)) == {"oops": "rate_limited", "id": "r-1"}


def test_what_is_not_ours_says_nothing_of_itself() -> None:
    answer = Shouting().response_of(RuntimeError("a secret"))
    assert (answer.status_code, json.loads(bytes(answer.body))["oops"]) == (500, "internal")
