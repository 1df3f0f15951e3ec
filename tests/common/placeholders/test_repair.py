import time

import pytest

from common.placeholders.comparison import difference, protected
from common.placeholders.repair import repaired


def mended(source: str, output: str) -> str:
    wanted = protected(source)
    return repaired(wanted, output, difference(wanted, output))


@pytest.mark.parametrize(
    ("source", "output", "expected"),
    [
        ("Hi {name}!", "Hallo { Name }!", "Hallo {name}!"),
        ("%s of %d", "% s von % d", "%s von %d"),
        ("Hi {name}", "你好\uff5bname\uff5d", "你好{name}"),
        (
            "See https://example.org/a",
            "Siehe https: //Example. org/a",
            "Siehe https://example.org/a",
        ),
        ("Hi {name}!", "Salut {nom} !", "Salut {name} !"),
        ("<b>x", "< B >x", "<b>x"),
        ('<a title="one">x', '<a title="eins">x', '<a title="one">x'),
        ("a@example.org", "a @ example.org", "a@example.org"),
        ("@Anna {x}", "@ anna {x}", "@Anna {x}"),
    ],
)
def test_what_is_almost_right_is_put_right(source: str, output: str, expected: str) -> None:
    assert mended(source, output) == expected


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("Hi {name}", "Hallo Name"),
        ("Hi {name}", "Hallo {name}"),
        ("{a} and {b}", "{c} und {d}"),
        ("Hi %s", "Hallo {x}"),
        ("No 12", "Nein 13"),
        ("<b>x", "</i>x"),
        ("{x}" + "".join(f"{{v{n}}}" for n in range(30)), "{ x }"),
        ("https://example.org/" + "a" * 400, "https: //example.org/" + "a" * 400),
    ],
)
def test_what_cannot_be_told_stays_as_it_is(source: str, output: str) -> None:
    assert mended(source, output) == output


def test_repair_never_costs_another_span() -> None:
    assert mended("{a} {A}", "{ a } {A}") == "{a} {A}"


def test_repair_takes_linear_time() -> None:
    source = " ".join(f"{{name{n}}}" for n in range(20))
    began = time.process_time()
    mended(source, "{ name" * 5000)
    assert time.process_time() - began < 2
