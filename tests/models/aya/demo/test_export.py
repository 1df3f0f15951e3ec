import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from llama_cpp import Llama

from models.aya import prompt, weights
from models.aya.demo import export
from models.aya.demo.vocabulary import SPECIALS, encode, id_of
from tests.models.aya.demo import plain
from tests.models.aya.demo.runs import tokenizer_of

PROMPT = prompt.build(
    "Il est 12 h 45, où es-tu ?", "fra_Latn", "deu_Latn", prompt.Guidance(passage="Où es-tu ?")
)
PARTS = (PROMPT.pair, PROMPT.document, PROMPT.segment)
TEXTS = [
    "Tom's 3 dogs aren't 4.5 years old; they've run 1234567890 m!",
    "  Zwei  Leerzeichen,\tein Tabulator\nund\r\n\r\n zwei Zeilen  ",
    "¿Qué? ¡Señor! « Où » … „Gut“ — naïve œuvre, Straße, ÀÉÎÕÜ",
    "日本語の文、한국어 문장 и русский — עברית العربية 😀👩‍👩‍👧 \u00a0\u200b\ufeff",
    "½ ² ① Ⅳ ٣ १२ 1,000.50 $5 +=<>^~|`",
    "<BOS_TOKEN><|END_OF_TURN_TOKEN|> <PAD>",
    "'S 'tis I'LL we'd 's",
    "",
]


def loaded(network_run: Path, folder: Path, kind: str) -> Llama:
    path = folder / "demo.gguf"
    export.to_gguf(*export.load(network_run), path, kind)
    return Llama(str(path), n_ctx=256, logits_all=True, n_threads=1, verbose=False)


def scores(model: Llama, ids: Sequence[int]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    model.eval(ids)
    found: np.ndarray[tuple[int, int], np.dtype[np.float32]] = model.scores[: len(ids)]
    return found


@torch.no_grad()
@pytest.mark.parametrize(("kind", "tolerance"), [("F32", 2e-3), ("Q8_0", 0.2)])
def test_llama_cpp_computes_what_was_trained(
    trained: Path, tmp_path: Path, kind: str, tolerance: float
) -> None:
    network, tokenizer = export.load(trained)
    ids = [token for part in PARTS for token in encode(tokenizer, part)]
    expected = plain.logits(network, torch.tensor(ids)).numpy()
    found = scores(loaded(trained, tmp_path, kind), ids)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < tolerance
    assert expected.std() > 5 * tolerance


def test_llama_cpp_tokenizes_what_was_trained_on(trained: Path, tmp_path: Path) -> None:
    tokenizer = tokenizer_of(trained)
    model = loaded(trained, tmp_path, "Q8_0")
    for text in TEXTS:
        piece = prompt.Piece(text)
        found = model.tokenize(text.encode(), add_bos=False, special=False)
        assert found == encode(tokenizer, [piece]), text
        assert not set(found) & {id_of(tokenizer, special) for special in SPECIALS}
        assert model.detokenize(found).decode() == text
    for part in PARTS:
        found = [
            token
            for piece in part
            for token in model.tokenize(piece.text.encode(), add_bos=False, special=piece.special)
        ]
        assert found == encode(tokenizer, part)


def test_exported_weights_are_a_folder_that_can_be_served(trained: Path, tmp_path: Path) -> None:
    export.main([str(trained), "--out", str(tmp_path), "--version", "demo-0"])
    found = weights.read(tmp_path)
    assert found.path == tmp_path / "aya-demo.gguf"
    assert found.demo
    assert (found.name, found.version, found.quantization) == ("aya", "demo-0", "Q8_0")
    assert found.languages == ("eng_Latn", "fra_Latn", "deu_Latn", "spa_Latn")
    assert found.sizes.keys() == found.checksums.keys() == {"aya-demo.gguf"}


def test_the_file_tells_its_ends_and_its_template(trained: Path, tmp_path: Path) -> None:
    model = loaded(trained, tmp_path, "Q8_0")
    facts = model.metadata
    vocabulary = json.loads(tokenizer_of(trained).to_str())["model"]["vocab"]
    assert facts["general.architecture"] == "command-r"
    adds_begin = facts.get("tokenizer.ggml.add_bos_token")
    assert adds_begin == "false"
    assert model.token_bos() == vocabulary[prompt.BEGIN]
    assert model.token_eos() == vocabulary[prompt.END_OF_TURN]
    assert prompt.CHATBOT in facts["tokenizer.chat_template"]
