import pytest

from bentos.contract import ModelState, Status
from bentos.dialects.deepl.asking import Direction, register_of
from bentos.dialects.deepl.bodies import Directed
from bentos.errors import InvalidRequestError

STATES = [
    ModelState(
        name="m",
        status=Status.READY,
        languages=("deu_Latn", "eng_Latn"),
        details={"formality": True},
    )
]


@pytest.mark.parametrize(
    ("source", "target", "languages", "same"),
    [
        ("EN", "DE", ("eng_Latn", "deu_Latn"), False),
        (None, "DE", ("auto", "deu_Latn"), False),
        ("", "DE", ("auto", "deu_Latn"), False),
        ("EN", "EN-GB", ("eng_Latn", "eng_Latn"), True),
        ("ZH", "ZH-HANT", ("zho_Hans", "zho_Hant"), False),
    ],
)
def test_a_direction_is_in_our_codes(
    source: str | None, target: str, languages: tuple[str, str], *, same: bool
) -> None:
    direction = Direction(Directed(source_lang=source, target_lang=target))
    assert (direction.source, direction.target) == languages
    assert direction.is_none is same


def test_the_language_told_is_the_one_given_or_detected() -> None:
    given = Direction(Directed(source_lang="ZH", target_lang="DE"))
    assert given.detected("zho_Hans") == "ZH"
    assert Direction(Directed(target_lang="DE")).detected("por_Latn") == "PT"


def test_registers_are_ours() -> None:
    assert register_of("more", "deu_Latn", STATES) == "formal"
    assert register_of("prefer_less", "deu_Latn", STATES) == "informal"
    assert register_of("default", "deu_Latn", STATES) is None
    assert register_of("prefer_more", "eng_Latn", STATES) is None
    with pytest.raises(InvalidRequestError, match="formality"):
        register_of("less", "eng_Latn", STATES)
