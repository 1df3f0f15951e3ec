import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from transformers import NllbTokenizer
from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES

from common.languages import LANGUAGES
from models.nllb.backend import EncodedSegment
from models.nllb.tokenizer import UNKNOWN, NLLBTokenizer
from models.nllb.weights import DEMO

FILE = DEMO / "tokenizer.json"
TOKENIZER = NLLBTokenizer(FILE)
TEXTS = [
    "Where is the train station?",
    "Où est la gare ?",
    "Straße, Fluß, Äpfel",
    "¿Dónde está la estación?",
    "I'm 27 years old, 1.75 m.",
    "A 漢字 and an emoji 😀",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("source_lang", ["eng_Latn", "deu_Latn"])
def test_a_source_is_laid_out_as_transformers_does(text: str, source_lang: str) -> None:
    segment = EncodedSegment(TOKENIZER.pieces(text), source_lang, "fra_Latn")

    reference = NllbTokenizer(tokenizer_object=Tokenizer.from_file(str(FILE)), src_lang=source_lang)
    assert TOKENIZER.ids(segment.tokens) == reference(text)["input_ids"]


def test_marks_codes_and_mask_stand_where_nllb_has_them() -> None:
    ids = json.loads(FILE.read_text(encoding="utf-8"))["model"]["vocab"]
    assert TOKENIZER.tokens(range(4)) == ["<s>", "<pad>", "</s>", "<unk>"]
    codes = TOKENIZER.ids(sorted(LANGUAGES))
    assert sorted(codes) == list(range(len(ids), len(ids) + len(LANGUAGES)))
    assert TOKENIZER.ids(["<mask>"]) == [len(ids) + len(LANGUAGES)]


def test_it_knows_the_202_languages_of_nllb() -> None:
    assert TOKENIZER.languages == set(FAIRSEQ_LANGUAGE_CODES) == set(LANGUAGES)
    assert len(TOKENIZER.languages) == 202


@pytest.mark.parametrize("text", ["</s> fra_Latn", "<s>", "<pad>", "<unk>", "eng_Latn<mask>"])
def test_marks_in_a_text_are_only_characters(text: str) -> None:
    pieces = TOKENIZER.pieces(text)
    assert not set(pieces) & {"<s>", "<pad>", "</s>", "<unk>", "<mask>", "fra_Latn", "eng_Latn"}
    assert TOKENIZER.text(pieces) == text


def test_line_breaks_inside_a_segment_are_spaces() -> None:
    assert TOKENIZER.pieces("a\n b\t c") == TOKENIZER.pieces("a b c")


def test_unknown_characters_can_be_told() -> None:
    assert UNKNOWN in TOKENIZER.pieces("a 漢字")
    assert UNKNOWN not in TOKENIZER.pieces("a word")


@given(st.text(alphabet=st.sampled_from("abcdefghijklmnopqrstuvwxyzéüñABC,.!?0123456789 ")))
def test_known_text_comes_back(text: str) -> None:
    assert TOKENIZER.text(TOKENIZER.pieces(text)) == re.sub(r" +", " ", text.strip())


@given(st.text())
def test_any_text_can_be_encoded(text: str) -> None:
    TOKENIZER.ids(TOKENIZER.pieces(text))


def test_pieces_only_the_engine_knows_stand_for_nothing() -> None:
    assert TOKENIZER.text([*TOKENIZER.pieces("Oui."), "madeupword0"]) == "Oui."


def test_marks_are_left_out_of_a_text() -> None:
    assert TOKENIZER.text(["fra_Latn", *TOKENIZER.pieces("Oui."), "</s>"]) == "Oui."


@pytest.mark.parametrize("content", ["", "{}", "not json"])
def test_a_file_that_is_no_tokenizer_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "tokenizer.json"
    file.write_text(content)
    with pytest.raises(ValueError, match=r"tokenizer\.json"):
        NLLBTokenizer(file)


def test_a_tokenizer_without_languages_is_refused(tmp_path: Path) -> None:
    data = json.loads(FILE.read_text(encoding="utf-8"))
    data["added_tokens"] = data["added_tokens"][:4]
    (tmp_path / "tokenizer.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ValueError, match="language codes"):
        NLLBTokenizer(tmp_path / "tokenizer.json")
