from collections.abc import Callable
from pathlib import Path
from typing import Any

import ctranslate2
import pytest
from tokenizers import Tokenizer

from models.nllb import weights
from models.nllb.shortlist import by_script, by_text, coverage, vmap

PIECES = ["<unk>", "fra_Latn", "▁le", "é", "▁мир", "世界", "▁42", "!", "▁μ", "x", "▁नमस्ते"]
ALWAYS = {"<unk>", "fra_Latn"}
FRENCH = ("Où est la gare ?", "Je ne sais pas.", "Tom est mon ami.", "Il fait froid ce matin.")
ENGLISH = (
    "Where is the station?",
    "I do not know.",
    "Tom is my friend.",
    "It is cold this morning.",
)


@pytest.mark.parametrize(
    ("languages", "letters"),
    [
        (["fra_Latn"], {"▁le", "é"}),
        (["rus_Cyrl"], {"▁мир"}),
        (["fra_Latn", "jpn_Jpan"], {"▁le", "é", "世界"}),
        (["zho_Hans"], {"世界"}),
        (["hin_Deva"], {"▁नमस्ते"}),
        (["ell_Grek"], {"▁μ"}),
    ],
)
def test_script_decides_which_pieces_with_letters_are_kept(
    languages: list[str], letters: set[str]
) -> None:
    assert by_script(PIECES, languages, ALWAYS) == ALWAYS | {"▁42", "!", "x"} | letters


def test_every_script_of_the_vocabulary_has_a_rule() -> None:
    for code in weights.languages_of(weights.DEMO / "tokenizer.json"):
        by_script(PIECES, [code], ALWAYS)


def test_text_decides_which_pieces_are_kept() -> None:
    kept = by_text(PIECES, [["▁le", "▁μ"], ["▁le"]], ALWAYS)
    assert kept == ALWAYS | {"▁le", "▁μ", "▁42", "!", "x"}


def test_coverage_counts_every_occurrence() -> None:
    assert coverage({"a"}, [["a", "a", "b"], ["a"]]) == 0.75
    assert coverage({"a"}, []) == 0


def test_vmap_keeps_what_cannot_be_written_out_of_the_file() -> None:
    content = vmap(["a", "b", " ", "x\ty", ""], {"a", " ", "x\ty"})
    assert content == "\ta\nb\tb\n"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded demo, with a shortlist made of what it says itself to ENGLISH, and of FRENCH."""
    folder = tmp_path_factory.mktemp("demo")
    for path in weights.DEMO.iterdir():
        (folder / path.name).symlink_to(path)
    return folder


Translate = Callable[..., list[list[str]]]


@pytest.fixture(scope="module")
def translate(demo: Path) -> Translate:
    tokenizer = Tokenizer.from_file(str(demo / "tokenizer.json"))
    sources = [
        ["eng_Latn", *tokenizer.encode(text, add_special_tokens=False).tokens, "</s>"]
        for text in ENGLISH
    ]

    def run(**options: Any) -> list[list[str]]:
        engine = ctranslate2.Translator(
            str(demo), device="cpu", compute_type="int8_float32", intra_threads=1
        )
        prefix = [["fra_Latn"]] * len(sources)
        results = engine.translate_batch(sources, target_prefix=prefix, **options)
        return [result.hypotheses[0] for result in results]

    return run


@pytest.mark.parametrize("beam_size", [1, 4])
def test_covered_text_is_translated_the_same_with_a_shortlist(
    demo: Path, translate: Translate, beam_size: int
) -> None:
    pieces = weights.vocabulary(demo)
    always = {
        piece for piece in pieces if piece in weights.SPECIALS or weights.CODE.fullmatch(piece)
    }
    (demo / "vmap.txt").unlink(missing_ok=True)
    full = translate(beam_size=beam_size)
    tokenizer = Tokenizer.from_file(str(demo / "tokenizer.json"))
    texts = [tokenizer.encode(text, add_special_tokens=False).tokens for text in FRENCH]
    kept = by_text(pieces, [*texts, *full], always)
    assert len(kept) < len(pieces) / 5
    (demo / "vmap.txt").write_text(vmap(pieces, kept), encoding="utf-8")
    assert translate(beam_size=beam_size, use_vmap=True) == full


def test_engine_writes_nothing_outside_the_shortlist_but_copies_of_the_source(
    demo: Path, translate: Translate
) -> None:
    pieces = weights.vocabulary(demo)
    kept = {"</s>", "<unk>", "fra_Latn", "▁Tom"}
    (demo / "vmap.txt").write_text(vmap(pieces, kept), encoding="utf-8")
    tokenizer = Tokenizer.from_file(str(demo / "tokenizer.json"))
    copies = {piece for text in ENGLISH for piece in tokenizer.encode(text).tokens}
    written = {
        piece for hypothesis in translate(beam_size=1, use_vmap=True) for piece in hypothesis
    }
    assert written <= kept | copies
    assert written - kept
