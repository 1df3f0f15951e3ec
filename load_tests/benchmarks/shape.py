"""Makes random weights of NLLB's architecture: they cost what real ones do and translate nothing.

`python -m load_tests.benchmarks.shape FOLDER` writes `transformers/` (float32) and `ctranslate2/`
(int8).
"""

import argparse
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

LANGUAGE = "eng_Latn"
_SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")
# Most frequent first, so that the pieces that a cut table keeps are those that texts are made of.
_LETTERS = "etaoinsrhldcumfpgwybvkxjqz"
_SPACE = "▁"
_MARKS = 205
"""Ids behind the pieces: 202 languages, `<mask>`, and the two that NLLB-200 leaves unused."""

_READ_SCALE, _WRITTEN_SCALE = 8, 0.1


@dataclass(frozen=True)
class Shape:
    """The sizes of a network."""

    vocabulary: int
    width: int
    layers: int
    feed_forward: int
    heads: int
    positions: int = 1024

    @property
    def pieces(self) -> int:
        return self.vocabulary - _MARKS


NLLB_600M = Shape(vocabulary=256_206, width=1024, layers=12, feed_forward=4096, heads=16)
"""facebook/nllb-200-distilled-600M."""


def make(shape: Shape, folder: Path, seed: int = 0) -> None:
    """Writes both engines' folders, or nothing."""
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    (unfinished / "transformers").mkdir(parents=True)
    _write_tokenizer(shape.pieces, unfinished / "transformers")
    _write_transformers(shape, unfinished / "transformers", seed)
    _write_ctranslate2(unfinished)
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


def vocabulary(pieces: int) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Byte pairs in NLLB's layout: specials, characters, merges in the order they are tried."""
    characters = [_SPACE, *map(chr, range(0x21, 0x7F)), *map(chr, range(0xC0, 0x100))]
    vocab = {piece: number for number, piece in enumerate([*_SPECIALS, *characters])}
    merges: list[tuple[str, str]] = []
    for pair in _pairs():
        if len(vocab) == pieces:
            break
        if pair[0] + pair[1] not in vocab:
            vocab[pair[0] + pair[1]] = len(vocab)
            merges.append(pair)
    return vocab, merges


def _pairs() -> Iterator[tuple[str, str]]:
    """Two characters, then two such pairs; the likelier the letters, the earlier."""
    inner = sorted(product(_LETTERS, _LETTERS), key=_rarity)
    first = [(_SPACE, letter) for letter in _LETTERS]
    yield from first
    yield from inner
    heads = [left + right for left, right in [*first, *inner]]
    tails = [left + right for left, right in inner]
    for reach in range(len(heads) + len(tails)):
        for place in range(max(0, reach - len(tails) + 1), min(reach + 1, len(heads))):
            yield heads[place], tails[reach - place]


def _rarity(pair: tuple[str, str]) -> int:
    return _LETTERS.index(pair[0]) + _LETTERS.index(pair[1])


def _write_tokenizer(pieces: int, folder: Path) -> None:
    from tokenizers import Tokenizer, decoders, pre_tokenizers  # noqa: PLC0415  # torch is slow
    from tokenizers.models import BPE  # noqa: PLC0415
    from transformers import NllbTokenizer  # noqa: PLC0415

    vocab, merges = vocabulary(pieces)
    tokenizer = Tokenizer(BPE(vocab, merges, unk_token="<unk>", fuse_unk=True))  # noqa: S106
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens([*_SPECIALS, *languages(), "<mask>"])
    NllbTokenizer(tokenizer_object=tokenizer, src_lang=LANGUAGE).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))


def languages() -> list[str]:
    """NLLB-200's codes in the order of its vocabulary."""
    from transformers.models.nllb import tokenization_nllb  # noqa: PLC0415

    return list(tokenization_nllb.FAIRSEQ_LANGUAGE_CODES)


def _write_transformers(shape: Shape, folder: Path, seed: int) -> None:
    import torch  # noqa: PLC0415
    from transformers import M2M100Config, M2M100ForConditionalGeneration  # noqa: PLC0415

    torch.manual_seed(seed)
    config = M2M100Config(
        vocab_size=shape.vocabulary,
        d_model=shape.width,
        encoder_layers=shape.layers,
        decoder_layers=shape.layers,
        encoder_attention_heads=shape.heads,
        decoder_attention_heads=shape.heads,
        encoder_ffn_dim=shape.feed_forward,
        decoder_ffn_dim=shape.feed_forward,
        max_position_embeddings=shape.positions,
        scale_embedding=True,
        decoder_start_token_id=_SPECIALS.index("</s>"),
    )
    model: Any = M2M100ForConditionalGeneration(config)
    _keep_talking(model, shape)
    model.save_pretrained(folder)


def _keep_talking(model: Any, shape: Shape) -> None:  # noqa: ANN401  # transformers' classes
    """Makes the weights write piece after piece, without an end mark and without a loop.

    Marks get the score 0, which the best of many random scores always beats. One half of a piece's
    numbers is read, the other written: with tied embeddings a network would repeat what it reads.
    Attention adds nothing and the feed-forward layers are linear, so that each piece leads to
    another one at random; what is computed stays the same.
    """
    import torch  # noqa: PLC0415

    read, hidden = shape.width // 2, shape.feed_forward // 2
    with torch.no_grad():
        embeddings = model.model.shared.weight
        embeddings[:, :read] *= _READ_SCALE
        embeddings[:, read:] *= _WRITTEN_SCALE
        embeddings[: len(_SPECIALS)] = 0
        embeddings[shape.pieces :] = 0
        model.model.decoder.layer_norm.weight[:read] = 0
        for layer in model.model.decoder.layers:
            layer.self_attn.out_proj.weight.zero_()
            layer.encoder_attn.out_proj.weight.zero_()
            layer.fc1.weight[hidden:] = -layer.fc1.weight[:hidden]
            layer.fc2.weight[:, hidden:] = -layer.fc2.weight[:, :hidden]


def _write_ctranslate2(folder: Path) -> None:
    from ctranslate2.converters import TransformersConverter  # noqa: PLC0415

    source, target = folder / "transformers", folder / "ctranslate2"
    converter = TransformersConverter(str(source), copy_files=["tokenizer.json"])
    converter.convert(str(target), quantization="int8")
    facts = {
        "name": "nllb-random",
        "version": "1",
        "source": "random numbers",
        "license": "none",
        "quantization": "int8",
        "languages": languages(),
        "description": "Random weights, to measure speed and memory with.",
    }
    (target / "lingua-nexus.json").write_text(json.dumps(facts, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    make(NLLB_600M, parser.parse_args().folder)


if __name__ == "__main__":
    main()
