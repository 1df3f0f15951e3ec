"""The demo's training on 200 real sentence pairs: from corpus to what both engines load."""

import json
import random
from pathlib import Path

import pytest
import torch
from common.languages import LANGUAGES
from tokenizers import Tokenizer
from transformers import M2M100ForConditionalGeneration

from models.nllb.demo import evaluate, export, train
from models.nllb.demo.corpus import Batcher, load_examples, rename
from models.nllb.demo.network import Network

CORPUS = Path("tests/data/parallel")
SIZE = ["--pieces", "600", "--dim", "64", "--encoder-layers", "2", "--decoder-layers", "1"]
BATCH = ["--tokens", "500", "--micro-batches", "1"]


def run(out: Path, steps: int) -> None:
    train.main(["--corpus", str(CORPUS), "--out", str(out), "--steps", str(steps), *SIZE, *BATCH])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run")
    run(out, steps=20)
    return out


def mean_loss(out: Path) -> float:
    """Nats a token over two batches of the sample."""
    tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    network = Network(tokenizer.get_vocab_size(), 64, 1, 2, 1)
    network.load_state_dict(torch.load(out / "checkpoint.pt", weights_only=True)["network"])
    batches = iter(Batcher(load_examples(CORPUS / "train.tsv.gz", tokenizer, 1), tokenizer, 500, 1))
    plan = train.Plan(1, 2, 500, 64, 1, 2, 1)
    return train.train_step(network, batches, plan)[0]


def test_twenty_steps_lower_the_loss(trained: Path, tmp_path: Path) -> None:
    run(tmp_path, steps=1)
    assert mean_loss(trained) < mean_loss(tmp_path) - 0.5


def test_a_run_goes_on_from_its_checkpoint(trained: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        run(trained, steps=20)
    assert "going on from step 20" in caplog.text


def test_the_tokenizer_has_nllbs_layout(trained: Path) -> None:
    tokenizer = Tokenizer.from_file(str(trained / "tokenizer.json"))
    tokens = [tokenizer.id_to_token(index) for index in range(tokenizer.get_vocab_size())]
    assert tokens[:4] == ["<s>", "<pad>", "</s>", "<unk>"]
    assert tokens[-203:] == [*sorted(LANGUAGES), "<mask>"]


def test_the_network_computes_what_transformers_computes(trained: Path, tmp_path: Path) -> None:
    state = torch.load(trained / "checkpoint.pt", weights_only=True)["network"]
    export.to_transformers(state, trained / "tokenizer.json", tmp_path)
    theirs = M2M100ForConditionalGeneration.from_pretrained(tmp_path, dtype=torch.float32).eval()
    tokenizer = Tokenizer.from_file(str(trained / "tokenizer.json"))
    ours = Network(tokenizer.get_vocab_size(), 64, 1, 2, 1)
    # Shipped weights are float16: compare what both make of those.
    ours.load_state_dict({name: tensor.half().float() for name, tensor in state.items()})
    batches = iter(Batcher(load_examples(CORPUS / "train.tsv.gz", tokenizer, 1), tokenizer, 300, 1))
    batch = train.tensors(next(batches))
    with torch.no_grad():
        memory = ours.encode(batch["source"])
        states = ours.decode(
            memory, batch["source_of"], batch["inputs"], batch["row"], batch["column"]
        )
        for row in range(len(batch["source_of"])):
            mine = states[batch["row"] == row] @ ours.shared.weight.T
            source = batch["source"][batch["source_of"][row]].unsqueeze(0)
            inputs = batch["inputs"][batch["row"] == row].unsqueeze(0)
            logits = theirs(input_ids=source, decoder_input_ids=inputs).logits[0]
            torch.testing.assert_close(mine, logits, atol=1e-3, rtol=1e-3)


def test_exported_weights_translate_and_are_scored(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = tmp_path / "transformers", tmp_path / "ctranslate2"
    export.main([str(trained), "--transformers", str(folders[0]), "--ctranslate2", str(folders[1])])
    facts = json.loads((folders[1] / "lingua-nexus.json").read_text(encoding="utf-8"))
    assert facts["demo"]
    evaluate.main([str(folders[1]), "--corpus", str(CORPUS), "--beam", "1"])
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert len(rows) == 12
    assert all(float(every) >= float(first) for *_, first, every in rows)


def test_names_change_alike_on_both_sides_or_not_at_all() -> None:
    rng = random.Random(3)
    source, target = rename("Tom saw Mary.", "Tom a vu Mary.", rng)
    assert source != "Tom saw Mary."
    assert source.removesuffix(".").split(" saw ") == target.removesuffix(".").split(" a vu ")
    assert rename("Tom's cat", "Toms Katze", rng) == ("Tom's cat", "Toms Katze")
