import json
from pathlib import Path

from transformers import M2M100ForConditionalGeneration

from common.languages import LANGUAGES
from models.nllb.demo import evaluate, export
from models.nllb.weights import read
from tests.models.nllb.demo.runs import CORPUS, tokenizer_of


def test_the_tokenizer_has_nllbs_layout(trained: Path) -> None:
    tokenizer = tokenizer_of(trained)
    tokens = [tokenizer.id_to_token(index) for index in range(tokenizer.get_vocab_size())]
    assert tokens[:4] == ["<s>", "<pad>", "</s>", "<unk>"]
    assert tokens[-203:] == [*sorted(LANGUAGES), "<mask>"]


def test_exported_weights_load_in_both_engines(trained: Path, tmp_path: Path) -> None:
    folders = tmp_path / "transformers", tmp_path / "ctranslate2"
    export.main([str(trained), "--transformers", str(folders[0]), "--ctranslate2", str(folders[1])])
    weights = read(folders[1])
    assert weights.demo
    assert weights.languages == ("eng_Latn", "fra_Latn", "deu_Latn", "spa_Latn")
    assert set(weights.sizes) >= {"model.bin", "tokenizer.json"}
    # float16 is how it is stored; the engines compute, and make the table of positions, in float32.
    assert json.loads((folders[0] / "config.json").read_bytes())["dtype"] == "float32"
    assert M2M100ForConditionalGeneration.from_pretrained(folders[0]).config.d_model == 64
    rows = list(evaluate.scores(folders[1], CORPUS / "valid.multiref.jsonl", beam=1))
    assert len(rows) == 12
