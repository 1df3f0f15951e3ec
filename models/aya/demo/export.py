"""Turns a training checkpoint into what is shipped: a GGUF file that llama.cpp serves."""

import argparse
import hashlib
import json
from pathlib import Path

import gguf
import torch
from tokenizers import Tokenizer
from torch import Tensor

from models.aya import prompt
from models.aya.demo.network import EPSILON, ROPE_BASE, Network
from models.aya.demo.vocabulary import PAD, SPECIALS, UNKNOWN
from models.base.demo.corpus import LANGUAGES
from models.base.manifest import Manifest, write_manifest

FILE = "aya-demo.gguf"

# As Command-R's. The service words its prompts itself; this is for whoever loads the file.
_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<|START_OF_TURN_TOKEN|>"
    "{% if message['role'] == 'system' %}<|SYSTEM_TOKEN|>"
    "{% elif message['role'] == 'user' %}<|USER_TOKEN|>"
    "{% else %}<|CHATBOT_TOKEN|>{% endif %}"
    "{{ message['content'] }}<|END_OF_TURN_TOKEN|>{% endfor %}"
    "{% if add_generation_prompt %}<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>{% endif %}"
)
_NAMES = {
    "norm": "attn_norm",
    "q": "attn_q",
    "k": "attn_k",
    "v": "attn_v",
    "out": "attn_output",
    "gate": "ffn_gate",
    "up": "ffn_up",
    "down": "ffn_down",
}


def gguf_name(name: str) -> str:
    """What llama.cpp calls a tensor of the network."""
    match name.split("."):
        case ["embedding", "weight"]:
            return "token_embd.weight"
        case ["layers", index, part, "weight"]:
            return f"blk.{index}.{_NAMES[part]}.weight"
        case _:
            return "output_norm.weight"


def to_gguf(network: Network, tokenizer: Tokenizer, path: Path, kind: str = "Q8_0") -> None:
    """Writes the file; `kind` is the matrices' type, `Q8_0` or `F32`. Norms stay F32."""
    writer = gguf.GGUFWriter(path, "command-r")
    _add_facts(writer, network, kind)
    _add_vocabulary(writer, tokenizer)
    for name, tensor in network.state_dict().items():
        _add_tensor(writer, gguf_name(name), _enlarged(network, name, tensor), kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_facts(writer: gguf.GGUFWriter, network: Network, kind: str) -> None:
    layer = network.blocks()[0]
    writer.add_name("Lingua Nexus Aya demo")
    writer.add_description("Small translation model of Aya Expanse's architecture.")
    writer.add_license("CC-BY-2.0-FR")
    writer.add_file_type(
        gguf.LlamaFileType.MOSTLY_Q8_0 if kind == "Q8_0" else gguf.LlamaFileType.ALL_F32
    )
    writer.add_context_length(network.context)
    writer.add_embedding_length(network.embedding.embedding_dim)
    writer.add_block_count(len(network.layers))
    writer.add_feed_forward_length(layer.up.out_features)
    writer.add_head_count(layer.heads)
    writer.add_head_count_kv(layer.kv_heads)
    writer.add_rope_freq_base(ROPE_BASE)
    writer.add_rope_scaling_type(gguf.RopeScalingType.NONE)
    writer.add_layer_norm_eps(EPSILON)
    writer.add_logit_scale(1 / network.scale)


def _add_vocabulary(writer: gguf.GGUFWriter, tokenizer: Tokenizer) -> None:
    tokens = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().__getitem__)
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("command-r")
    writer.add_token_list(tokens)
    writer.add_token_types(
        [gguf.TokenType.CONTROL if token in SPECIALS else gguf.TokenType.NORMAL for token in tokens]
    )
    writer.add_token_merges([" ".join(pair) for pair in merges])
    writer.add_bos_token_id(tokens.index(prompt.BEGIN))
    writer.add_eos_token_id(tokens.index(prompt.END_OF_TURN))
    writer.add_unk_token_id(tokens.index(UNKNOWN))
    writer.add_pad_token_id(tokens.index(PAD))
    writer.add_add_bos_token(value=False)
    writer.add_add_eos_token(value=False)
    writer.add_chat_template(_TEMPLATE)


def _enlarged(network: Network, name: str, tensor: Tensor) -> Tensor:
    """The embedding as it stands at the input; the output undoes it by the logits' scale."""
    return tensor * network.scale if name == "embedding.weight" else tensor


def _add_tensor(writer: gguf.GGUFWriter, name: str, tensor: Tensor, kind: str) -> None:
    values = tensor.float().numpy()
    if kind == "F32" or values.ndim == 1:
        writer.add_tensor(name, values)
        return
    quantized = gguf.GGMLQuantizationType.Q8_0
    packed = gguf.quants.quantize(values, quantized)
    writer.add_tensor(name, packed, raw_dtype=quantized)


def load(run: Path) -> tuple[Network, Tokenizer]:
    """The network of a run's last checkpoint, its sizes read off the weights; and its tokenizer."""
    state: dict[str, Tensor] = torch.load(run / "checkpoint.pt", weights_only=True)["network"]
    tokenizer = Tokenizer.from_file(str(run / "tokenizer.json"))
    layers = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("layers."))
    feed_forward, dim = state["layers.0.up.weight"].shape
    network = Network(tokenizer.get_vocab_size(), dim, layers, feed_forward)
    network.load_state_dict(state)
    return network, tokenizer


def export(run: Path, out: Path, version: str) -> None:
    """Writes the file and its manifest."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / FILE
    to_gguf(*load(run), path)
    manifest = Manifest(
        name="aya",
        version=version,
        source="trained on Tatoeba sentences: models/aya/demo/README.md",
        license="CC-BY-2.0-FR",
        quantization="Q8_0",
        languages=LANGUAGES,
        demo=True,
        description="Small Aya-like model: everyday sentences, four languages.",
        sizes={FILE: path.stat().st_size},
        checksums={FILE: hashlib.sha256(path.read_bytes()).hexdigest()},
    )
    write_manifest(out, manifest)


def main(arguments: list[str] | None = None) -> None:
    """Writes the folder from the run's last checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="what train.py wrote")
    parser.add_argument("--out", type=Path, required=True, help="the folder that is served")
    parser.add_argument("--version", default="demo-1")
    options = parser.parse_args(arguments)
    export(options.run, options.out, options.version)


if __name__ == "__main__":
    main()
