import pytest

from bentos.migration.interpolation import UnsetError, interpolate

KNOWN = {"A": "a", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A ${A} $$A", "a a $A"),
        ("${EMPTY:-b} ${EMPTY-b} ${NONE-b} ${NONE}", "b  b "),
        ("${A:+b} ${EMPTY:+b} ${EMPTY+b} ${NONE+b}", "b  b "),
        ("${NONE:-${A}} ${NONE:-x${NONE:-y}z}", "a xyz"),
        ("${A:?must} ${A?must}", "a a"),
        ("100% $ ${} ${1}", "100% $ ${} ${1}"),
    ],
)
def test_variables_are_replaced_as_compose_does(text: str, expected: str) -> None:
    assert interpolate(text, KNOWN) == expected


@pytest.mark.parametrize("text", ["${NONE?}", "${EMPTY:?must be set}"])
def test_variable_that_must_be_set_is_named(text: str) -> None:
    with pytest.raises(UnsetError, match="is not set"):
        interpolate(text, KNOWN)


def test_depth_is_bounded() -> None:
    assert interpolate("${N:-x}", {}, 9) == "${N:-x}"
