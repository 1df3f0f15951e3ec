from pathlib import Path

import torch
from torch.nn import functional
from transformers import M2M100ForConditionalGeneration

from models.nllb.demo.export import to_transformers
from models.nllb.demo.network import output_gradients
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


def test_the_output_gradients_are_those_of_autograd() -> None:
    generator = torch.Generator().manual_seed(1)
    states = torch.randn(7, 16, generator=generator, requires_grad=True)
    weight = torch.randn(30, 16, generator=generator, requires_grad=True)
    labels = torch.tensor([3, -1, 0, 29, 7, -1, 3])
    expected = functional.cross_entropy(
        states @ weight.T, labels, ignore_index=-1, label_smoothing=0.1, reduction="sum"
    )
    torch.autograd.backward(expected)
    loss, grad_states, grad_weight = output_gradients(states.detach(), weight.detach(), labels, 0.1)
    # Ours multiplies in bfloat16, which keeps 8 bits.
    assert abs(loss - expected.item()) < 0.02 * expected.item()
    torch.testing.assert_close(grad_states, states.grad, atol=0.05, rtol=0.05)
    torch.testing.assert_close(grad_weight, weight.grad, atol=0.05, rtol=0.05)
