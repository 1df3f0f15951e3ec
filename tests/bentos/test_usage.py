from datetime import UTC, datetime

from bentos.usage import UNLIMITED, Usage, Used

JANUARY, FEBRUARY = datetime(2026, 1, 31, 23, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


def test_each_callers_characters_are_added_up() -> None:
    usage = Usage()
    usage.count("me", 5)
    usage.count("you", 1)
    usage.count("me", 7)
    assert usage.of("me") == Used(12, UNLIMITED)
    assert usage.of("you") == Used(1, UNLIMITED)
    assert usage.of("nobody") == Used(0, UNLIMITED)


def test_a_month_begins_anew() -> None:
    now = [JANUARY]
    usage = Usage(now=lambda: now[0])
    usage.count("me", 5)
    assert usage.of("me").characters == 5
    now[0] = FEBRUARY
    assert usage.of("me").characters == 0


def test_a_piece_of_work_is_counted_once() -> None:
    usage = Usage()
    for work in ("one", "two", "one"):
        usage.count_once(work, "me", 5)
    assert usage.of("me").characters == 10
    for number in range(10_000):
        usage.count_once(str(number), "you", 1)
    usage.count_once("one", "me", 5)
    assert usage.of("me").characters == 15


def test_a_quota_says_what_it_counted() -> None:
    usage = Usage(lambda caller: Used(len(caller), 20))
    usage.count("me", 5)
    assert usage.of("me") == Used(2, 20)


def test_callers_are_forgotten_before_memory_runs_out() -> None:
    usage = Usage()
    for number in range(10_001):
        usage.count(f"caller {number}", 1)
    assert usage.of("caller 0").characters == 0
    assert usage.of("caller 1").characters == 1
    assert usage.of("caller 10000").characters == 1
