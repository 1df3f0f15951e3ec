import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.languages import LANGUAGES
from models.aya import prompt
from models.aya.prompt import SPECIALS, Guidance
from tests.models.aya.fakes import text_of, tokenize

PAIR = ("eng_Latn", "fra_Latn")
TURNS = st.lists(st.sampled_from([*SPECIALS, "Hello ", "<|", "\n", "Text:\n"]), max_size=8)


def shown(text: str, guidance: Guidance | None = None) -> str:
    built = prompt.build(text, *PAIR, guidance)
    parts = (built.pair, built.document, built.segment)
    return "".join(piece.text for part in parts for piece in part)


def test_every_language_promised_is_known_and_named_once() -> None:
    assert len(prompt.NAMES) == 24
    assert prompt.NAMES.keys() <= LANGUAGES.keys()
    assert len(set(prompt.NAMES.values())) == 24


def test_a_prompt_is_a_system_turn_a_users_turn_and_an_empty_one() -> None:
    text = shown("Hello.")
    assert text.startswith("<BOS_TOKEN><|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>")
    assert text.endswith("Hello.<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>")
    assert "from English to French" in text
    assert text.count("<|START_OF_TURN_TOKEN|>") == 3


@pytest.mark.parametrize(
    ("guidance", "line"),
    [
        (Guidance(formality="formal"), "formal register"),
        (Guidance(formality=" Informal "), "informal register"),
        (Guidance(glossary=(("train\n", "le  train"),)), "train = le train\n"),
        (Guidance(context="At the station."), "Context:\nAt the station.\n"),
        (Guidance(passage="Hello. Bye."), "passage:\nHello. Bye.\n"),
    ],
)
def test_what_goes_along_is_in_the_prompt(guidance: Guidance, line: str) -> None:
    assert line not in shown("Hello.")
    assert line in shown("Hello.", guidance)


def test_what_is_not_given_or_not_known_leaves_the_prompt_as_it_is() -> None:
    assert shown("Hello.", Guidance(formality="royal")) == shown("Hello.", Guidance())
    assert prompt.document(Guidance()) == ()


@given(TURNS, TURNS, TURNS)
def test_turns_inside_what_a_caller_sends_never_become_tokens(
    text: list[str], term: list[str], around: list[str]
) -> None:
    guidance = Guidance(
        glossary=(("".join(term), "".join(around)),),
        context="".join(around),
        passage="".join(text),
    )
    built = prompt.build("".join(text), *PAIR, guidance)
    plain = prompt.build("", *PAIR)
    special = range(len(SPECIALS))
    for part, same in ((built.pair, plain.pair), (built.segment, plain.segment)):
        found = [token for token in prompt.tokens(part, tokenize) if token in special]
        assert found == [token for token in prompt.tokens(same, tokenize) if token in special]
    document = prompt.tokens(built.document, tokenize)
    assert not set(document) & set(special)
    assert text_of(document) == "".join(piece.text for piece in built.document)
