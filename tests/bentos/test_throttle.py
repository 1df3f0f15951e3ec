import pytest

from bentos import throttle
from bentos.errors import RateLimitedError
from bentos.throttle import Throttle, address_of


def test_no_rate_is_no_limit() -> None:
    unlimited = Throttle(None)
    for _ in range(1000):
        unlimited.count_key(b"k")
        unlimited.count_wrong_key("a")
    unlimited.refuse_guesser("a", b"k")


def test_each_key_and_each_address_has_its_own_count() -> None:
    limited = Throttle("2/hour")
    for count, caller in ((limited.count_key, b"k"), (limited.count_key, b"l")):
        count(caller)
        count(caller)
        with pytest.raises(RateLimitedError) as caught:
            count(caller)
        assert 1 <= caught.value.details["retry_after_s"] <= 3600  # type: ignore[operator]
    limited.count_address("k")


def test_a_guesser_is_not_told_any_more_but_who_was_right_before_goes_on() -> None:
    limited = Throttle("2/hour")
    limited.trust("proxy", b"right")
    for _ in range(2):
        limited.refuse_guesser("proxy", b"wrong")
        limited.count_wrong_key("proxy")
    with pytest.raises(RateLimitedError):
        limited.refuse_guesser("proxy", b"perhaps right")
    limited.refuse_guesser("proxy", b"right")
    limited.refuse_guesser("elsewhere", b"perhaps right")


def test_memory_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "_MAX_CALLERS", 50)
    monkeypatch.setattr(throttle, "_MAX_TRUSTED", 50)
    limited = Throttle("2/hour")
    for number in range(500):
        limited.count_address(str(number))
        limited.trust(str(number), b"k")
    assert len(limited._storage.storage) <= 51
    assert len(limited._trusted) == 50


@pytest.mark.parametrize(
    ("host", "caller"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1:2:3:4", "2001:db8::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
    ],
)
def test_an_address_stands_for_who_owns_it(host: str, caller: str) -> None:
    assert address_of((host, 1)) == caller
    assert address_of(None) == ""
