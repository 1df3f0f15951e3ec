from pathlib import Path

import torch
from transformers import M2M100ForConditionalGeneration

from models.nllb.demo.export import to_transformers
from models.nllb.demo.train import tensors
from tests.models.nllb.demo.runs import first_batch, network_of, state_of


@torch.no_grad()
def test_the_network_computes_what_transformers_computes(trained: Path, tmp_path: Path) -> None:
    to_transformers(state_of(trained), trained / "tokenizer.json", tmp_path)
    theirs = M2M100ForConditionalGeneration.from_pretrained(tmp_path, dtype=torch.float32)
    theirs.train(mode=False)
    ours = network_of(trained)
    # What is shipped is float16: compare what both make of that.
    ours.load_state_dict({name: value.half().float() for name, value in ours.state_dict().items()})
    batch = tensors(first_batch(trained, 300))
    memory = ours.encode(batch["source"])
    states = ours.decode(memory, batch["source_of"], batch["inputs"], batch["row"], batch["column"])
    for row, source in enumerate(batch["source_of"]):
        mine = states[batch["row"] == row] @ ours.shared.weight.T
        inputs = batch["inputs"][batch["row"] == row].unsqueeze(0)
        expected = theirs(input_ids=batch["source"][source].unsqueeze(0), decoder_input_ids=inputs)
        torch.testing.assert_close(mine, expected.logits[0], atol=1e-3, rtol=1e-3)
