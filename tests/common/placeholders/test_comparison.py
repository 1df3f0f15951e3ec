import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.placeholders.comparison import Difference, difference, protected

SPANS = [
    "{name}",
    "%s",
    "{{x}}",
    "<b>",
    "</b>",
    "https://example.org/a",
    "a@example.org",
    "👍",
    "@anna",
]


def compared(source: str, output: str) -> Difference:
    return difference(protected(source), output)


def told(found: Difference) -> tuple[list[str], list[str], list[str]]:
    return (
        [span.text for span in found.lost],
        [span.text for span in found.added],
        [number.digits for number in found.numbers],
    )


@pytest.mark.parametrize(
    ("source", "output", "expected"),
    [
        ("Hi {name}", "Hallo {name}", ([], [], [])),
        ("Hi {name}", "Hallo", (["{name}"], [], [])),
        ("%s of %s", "%s", (["%s"], [], [])),
        ("%s", "%s %s", ([], ["%s"], [])),
        ("{a} {b}", "{b} {c} {a}", ([], ["{c}"], [])),
        ("Hi {name}", "{nom}", (["{name}"], ["{nom}"], [])),
        ("x {n} 12", "{n} y 13", ([], [], ["12"])),
        ("I ❤️ it", "Ich ❤ es", ([], [], [])),
        ("Note {x}", "Remarque :ceci {x} @vous", ([], [], [])),
        ("See :name", "voir:name", ([], [], [])),
        ("<b  id='1'>a</b>", "<b id='1'>a</b>", ([], [], [])),
        ("{n1} is 10", "{n1} ist zehn 1", ([], [], ["10"])),
        ("See https://example.org/2019.", "Siehe https://example.org/2019", ([], [], [])),
    ],
)
def test_what_is_lost_or_too_much_is_named(
    source: str, output: str, expected: tuple[list[str], list[str], list[str]]
) -> None:
    found = compared(source, output)
    assert told(found) == expected
    assert bool(found) == any(expected)


@settings(deadline=None)
@given(st.permutations(SPANS), st.integers(0, len(SPANS)))
def test_order_does_not_matter_and_every_loss_is_found(chosen: list[str], kept: int) -> None:
    found = compared(" x ".join(sorted(chosen)), " y ".join(chosen[:kept]))
    assert sorted(span.text for span in found.lost) == sorted(chosen[kept:])
    assert not found.added


@settings(deadline=None)
@given(st.text())
def test_text_has_all_that_it_has(text: str) -> None:
    assert not compared(text, text)


def test_text_without_anything_to_keep_is_falsy() -> None:
    assert not protected("Nothing at all.")
    assert protected("One 1.")
    assert protected("{x}")


def test_comparing_takes_linear_time() -> None:
    text = " ".join(f"{{n{n}}}" for n in range(5000))
    began = time.process_time()
    found = compared(text, "nothing")
    assert len(found.lost) == 5000
    assert time.process_time() - began < 2
