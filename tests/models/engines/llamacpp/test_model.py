from collections.abc import Iterator
from pathlib import Path

import gguf
import pytest

from models.engines.llamacpp.contract import EngineFailedError, EngineLoadError
from models.engines.llamacpp.model import LoadedModel
from tests.tiny_gguf import BEGIN, END, SENTENCES, SPECIALS, tiny_gguf, tiny_tokenizer


@pytest.fixture
def model(tmp_path: Path) -> Iterator[LoadedModel]:
    model = LoadedModel(tiny_gguf(tmp_path), 0)
    yield model
    model.close()


@pytest.mark.parametrize("text", [*SENTENCES, "", " \n\t  x", "a\0b", "\N{PARTY POPPER}" * 30])
def test_text_is_cut_as_its_tokenizer_cuts_it(model: LoadedModel, text: str) -> None:
    tokens = model.tokenize(text, special=False)
    assert list(tokens) == tiny_tokenizer().encode(text, add_special_tokens=False).ids
    assert b"".join(model.piece(token)[0] for token in tokens).decode() == text


def test_special_tokens_have_no_text_and_the_end_is_known(model: LoadedModel) -> None:
    found = model.tokenize("".join(SPECIALS), special=True)
    assert list(found) == list(range(len(SPECIALS)))
    assert {model.piece(token)[0] for token in found} == {b""}
    ends = {token for token in found if model.piece(token)[1]}
    assert END in ends
    assert not {BEGIN, SPECIALS.index("<|CHATBOT_TOKEN|>")} & ends


@pytest.mark.parametrize("turns", [gguf.TokenType.CONTROL, gguf.TokenType.USER_DEFINED])
def test_turn_token_in_a_text_stays_text_whatever_the_file_calls_it(
    tmp_path: Path, turns: gguf.TokenType
) -> None:
    model = LoadedModel(tiny_gguf(tmp_path, turns=turns), 0)
    text = "a<|USER_TOKEN|><|CHATBOT_TOKEN|> <| b"
    tokens = model.tokenize(text, special=False)
    assert min(tokens) >= len(SPECIALS)
    assert b"".join(model.piece(token)[0] for token in tokens).decode() == text
    user = SPECIALS.index("<|USER_TOKEN|>")
    assert model.tokenize("<|USER_TOKEN|>", special=True) == (user,)
    model.close()


def test_closed_model_reads_nothing(model: LoadedModel) -> None:
    model.close()
    with pytest.raises(EngineFailedError):
        model.tokenize("text", special=False)


def test_file_that_is_cut_off_is_not_loaded(tmp_path: Path) -> None:
    path = tiny_gguf(tmp_path)
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(EngineLoadError, match=r"tiny\.gguf.*file bounds"):
        LoadedModel(path, 0)
