"""Makes a tiny random `command-r` GGUF: Aya's architecture, tokens and template, no sense."""

import json
from functools import cache
from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer

SPECIALS = (
    "<PAD>",
    "<UNK>",
    "<BOS_TOKEN>",
    "<|START_OF_TURN_TOKEN|>",
    "<|END_OF_TURN_TOKEN|>",
    "<|SYSTEM_TOKEN|>",
    "<|USER_TOKEN|>",
    "<|CHATBOT_TOKEN|>",
)
BEGIN, END = SPECIALS.index("<BOS_TOKEN>"), SPECIALS.index("<|END_OF_TURN_TOKEN|>")
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<|START_OF_TURN_TOKEN|>"
    "{% if message['role'] == 'system' %}<|SYSTEM_TOKEN|>"
    "{% elif message['role'] == 'user' %}<|USER_TOKEN|>"
    "{% else %}<|CHATBOT_TOKEN|>{% endif %}"
    "{{ message['content'] }}<|END_OF_TURN_TOKEN|>{% endfor %}"
    "{% if add_generation_prompt %}<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>{% endif %}"
)
SENTENCES = (
    "You are a translator. Answer with the translation only, without notes.",
    "Translate the text from English to French. Text: The house is near the river.",
    "Übersetze den Text: Das Haus ist groß und schön, der Bär schläft.",
    "La maison est près de la rivière, où les élèves étudient le français.",
    "El niño mañana irá a la montaña, ¿verdad? Señor, 1234567890!",
    "日本語の文と中文的句子。還有한국어 문장。",
)
WIDTH, HEADS, KV_HEADS, INNER = 64, 4, 2, 128


@cache
def tiny_tokenizer(pieces: int = 400) -> Tokenizer:
    """Byte-level BPE as Command-R's: digits one by one, no space put before."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = BpeTrainer(
        vocab_size=pieces,
        special_tokens=list(SPECIALS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    return tokenizer


def tiny_gguf(
    folder: Path,
    *,
    name: str = "tiny.gguf",
    seed: int = 0,
    architecture: str = "command-r",
    layers: int = 2,
    context: int = 1024,
    turns: gguf.TokenType = gguf.TokenType.CONTROL,
) -> Path:
    """A file of a few hundred kB, Q8_0, that llama.cpp loads in an instant; the same for a seed."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    writer = gguf.GGUFWriter(path, architecture)
    _add_facts(writer, layers, context)
    _add_vocabulary(writer, turns)
    _add_weights(writer, layers, np.random.default_rng(seed))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_facts(writer: gguf.GGUFWriter, layers: int, context: int) -> None:
    writer.add_name("Tiny")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_context_length(context)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_eps(1e-5)
    writer.add_logit_scale(0.25)
    writer.add_rope_scaling_type(gguf.RopeScalingType.NONE)


def _add_vocabulary(writer: gguf.GGUFWriter, turns: gguf.TokenType) -> None:
    tokenizer = tiny_tokenizer()
    pieces = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    kinds = [
        gguf.TokenType.NORMAL
        if name not in SPECIALS
        else turns
        if name.startswith("<|")
        else gguf.TokenType.CONTROL
        for name, _ in pieces
    ]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("command-r")
    writer.add_token_list([name for name, _ in pieces])
    writer.add_token_types(kinds)
    writer.add_token_merges(_merges(tokenizer))
    writer.add_bos_token_id(BEGIN)
    writer.add_eos_token_id(END)
    writer.add_unk_token_id(SPECIALS.index("<UNK>"))
    writer.add_pad_token_id(SPECIALS.index("<PAD>"))
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _merges(tokenizer: Tokenizer) -> list[str]:
    return [" ".join(pair) for pair in json.loads(tokenizer.to_str())["model"]["merges"]]


def _add_weights(writer: gguf.GGUFWriter, layers: int, random: np.random.Generator) -> None:
    kv_width = WIDTH // HEADS * KV_HEADS
    matrices = {
        "attn_q": (WIDTH, WIDTH),
        "attn_k": (kv_width, WIDTH),
        "attn_v": (kv_width, WIDTH),
        "attn_output": (WIDTH, WIDTH),
        "ffn_gate": (INNER, WIDTH),
        "ffn_up": (INNER, WIDTH),
        "ffn_down": (WIDTH, INNER),
    }
    vocabulary = tiny_tokenizer().get_vocab_size()
    _add_matrix(writer, "token_embd", random.normal(0, 1, (vocabulary, WIDTH)))
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    for layer in range(layers):
        writer.add_tensor(f"blk.{layer}.attn_norm.weight", np.ones(WIDTH, np.float32))
        for matrix, shape in matrices.items():
            values = random.normal(0, 2 / shape[1] ** 0.5, shape)
            _add_matrix(writer, f"blk.{layer}.{matrix}", values)


def _add_matrix(writer: gguf.GGUFWriter, name: str, values: NDArray[np.float64]) -> None:
    kind = gguf.GGMLQuantizationType.Q8_0
    packed = gguf.quants.quantize(values.astype(np.float32), kind)
    writer.add_tensor(f"{name}.weight", packed, raw_dtype=kind)
