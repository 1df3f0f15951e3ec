import asyncio

import pytest
from prometheus_client import REGISTRY

from models.base.exceptions import OverloadedError, TranslationError
from models.base.guarded_model import GuardedModel
from models.base.translation_model import WarningCode
from tests.models.base.lossy import LossyModel, translated


def counted(outcome: str) -> float:
    labels = {"model": "lossy", "outcome": outcome}
    return REGISTRY.get_sample_value("translation_guard_total", labels) or 0.0


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        ("Hi {name}!", "Hi 8473!", "HI {name}!"),
        ("Pay %s now 👍", "Pay 8473 now 6925", "PAY %s NOW 👍"),
        ("A <b>fat</b> cat", "A 8473 fat 6925 cat", "A <b>FAT</b> CAT"),
        ("See https://example.org/a.", "See 8473.", "SEE https://example.org/a."),
    ],
)
async def test_what_was_lost_is_asked_for_behind_numbers(
    text: str, asked: str, expected: str
) -> None:
    model, before = LossyModel(), counted("protected")
    translation = await translated(model, text)
    assert (translation.text, model.asked) == (expected, [text, asked])
    assert translation.warnings == ()
    assert (translation.tokens_in, translation.tokens_out) == (2, 4)
    assert translation.segments[0].confidence == 0.5
    assert counted("protected") == before + 1


async def test_what_is_almost_right_is_repaired_without_asking() -> None:
    model, before = LossyModel({"Hi {name}!": "HI { NAME }!"}), counted("repaired")
    assert (await translated(model, "Hi {name}!")).text == "HI {name}!"
    assert model.asked == ["Hi {name}!"]
    assert counted("repaired") == before + 1


async def test_text_of_spans_alone_needs_no_model() -> None:
    model = LossyModel()
    assert (await translated(model, "{a} {b} 12")).text == "{a} {b} 12"
    assert model.asked == ["{a} {b} 12"]


async def test_where_the_numbers_are_lost_the_pieces_are_translated() -> None:
    model, before = LossyModel({"Hi 8473, open it.": "HELLO"}), counted("pieces")
    translation = await translated(model, "Hi {name}, open it.")
    assert translation.text == "HI {name}, OPEN IT."
    assert model.asked == ["Hi {name}, open it.", "Hi 8473, open it.", "Hi", "open it."]
    assert translation.warnings == ()
    assert counted("pieces") == before + 1


async def test_script_without_spaces_gets_spaces_around_what_stays() -> None:
    model = LossyModel({"你好8473欢迎": "HI", "你好": "hello", "欢迎": "welcome"})
    answer = await GuardedModel(model).translate("你好{name}欢迎", "zho_Hans", "eng_Latn")
    assert answer == "hello {name} welcome"


async def test_what_stays_lost_is_told_and_not_quoted() -> None:
    failure = TranslationError("It broke.")
    model = LossyModel({"Hi 8473, open.": failure, "open.": OverloadedError("Full.")})
    before = counted("lost")
    translation = await translated(model, "So.\nHi {name}, open.")
    assert translation.text == "SO.\nHI , OPEN."
    [warning] = translation.warnings
    assert (warning.code, warning.segment) == (WarningCode.PLACEHOLDER_LOST, 1)
    assert "variable (1)" in warning.message
    assert "name" not in warning.message
    assert counted("lost") == before + 1


async def test_more_spans_than_can_be_hidden_are_cut_at_once() -> None:
    model = LossyModel()
    text = " and ".join(f"{{n{n}}}" for n in range(10))
    assert (await translated(model, text)).text == text.replace("and", "AND")
    assert model.asked == [text, *["and"] * 9]


async def test_more_pieces_than_are_worth_it_are_not_asked_for() -> None:
    model = LossyModel()
    text = " and ".join(f"{{n{n}}}" for n in range(30))
    translation = await translated(model, text)
    assert model.asked == [text]
    assert [one.code for one in translation.warnings] == [WarningCode.PLACEHOLDER_LOST]


@pytest.mark.parametrize(
    ("second", "expected", "lost"), [("IN 8473!", "IN 2019!", False), ("IN!", "IN.", True)]
)
async def test_number_is_asked_for_again_but_no_sentence_is_cut_for_it(
    second: str, expected: str, lost: bool
) -> None:
    model = LossyModel({"In 2019.": "IN.", "In 8473.": second})
    translation = await translated(model, "In 2019.")
    assert (translation.text, model.asked) == (expected, ["In 2019.", "In 8473."])
    assert [one.message for one in translation.warnings if "number (1)" in one.message] == (
        [translation.warnings[0].message] if lost else []
    )


async def test_number_is_written_as_the_target_language_does() -> None:
    model = LossyModel({"Pay 12,345!": "PAY!"})
    assert (await translated(model, "Pay 12,345!")).text == "PAY 12.345!"


async def test_second_translation_that_is_worse_is_not_taken() -> None:
    model = LossyModel({"Hi": TranslationError("It broke.")})
    model.warnings["Hi 8473"] = WarningCode.REPETITION
    translation = await translated(model, "Hi {name}")
    assert translation.text == "HI "
    assert [one.code for one in translation.warnings] == [WarningCode.PLACEHOLDER_LOST]


async def test_mangled_number_is_not_taken_for_a_gain() -> None:
    model = LossyModel({"{a} to %s": "TO", "8473 to 6925": "8473 to 692", "to": "zu"})
    assert (await translated(model, "{a} to %s")).text == "{a} zu %s"


async def test_warnings_are_those_of_the_translation_that_was_taken() -> None:
    model = LossyModel()
    model.warnings = {
        "Hi {name}": WarningCode.UNKNOWN_CHARACTERS,
        "Hi 8473": WarningCode.EXTRA_TEXT,
        "Long {x}": WarningCode.SEGMENT_SPLIT,
    }
    translation = await translated(model, "So.\nHi {name}\nLong {x}")
    assert [(one.code, one.segment) for one in translation.warnings] == [
        (WarningCode.EXTRA_TEXT, 1),
        (WarningCode.SEGMENT_SPLIT, 2),
    ]


async def test_alternatives_that_lack_something_are_left_out() -> None:
    model = LossyModel({"Hi %s": "HI %s"})
    translation = await translated(model, "Hi %S %s".replace(" %S", ""), alternatives=2)
    assert translation.segments[0].alternatives == ()
    model = LossyModel({"Go 12": "GO 12"})
    [segment] = (await translated(model, "Go 12", alternatives=2)).segments
    assert segment.alternatives == ("GO 12!",)


async def test_term_that_begins_the_translation_begins_with_a_capital() -> None:
    model = LossyModel()
    assert (await translated(model, "Server down", {"server": "rechner"})).text == "Rechner DOWN"
    assert (await translated(model, "{x} down", {"x": "y"})).text == "{x} DOWN"
    assert (await translated(model, "2 down", {"2": "zwei"})).text == "zwei DOWN"


async def test_long_text_does_not_crowd_others_out() -> None:
    model = LossyModel()
    lines = [f"Line {{x}} {n} a" for n in range(40)]
    held = [line.replace("{x}", "8473") for line in lines]
    model.held = {line: asyncio.Event() for line in held}
    task = asyncio.create_task(translated(model, "\n".join(lines)))
    await model.until_asked(lines[-1])
    await model.until_asked(held[15])
    assert held[16] not in model.asked
    for event in model.held.values():
        event.set()
    assert (await task).text == "\n".join(f"LINE {{x}} {n} A" for n in range(40))
