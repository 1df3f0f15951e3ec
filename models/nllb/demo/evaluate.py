"""Scores a CTranslate2 folder on the validation sentences: chrF per direction."""

import argparse
import itertools
import sys
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import ctranslate2
from sacrebleu.metrics.chrf import CHRF
from tokenizers import Tokenizer

from models.base.demo.corpus import LANGUAGES, read_valid


def translate(
    weights: Path, sources: list[str], pairs: list[tuple[str, str]], beam: int
) -> list[str]:
    """Translations of `sources`, each in its own `(source code, target code)`."""
    tokenizer = Tokenizer.from_file(str(weights / "tokenizer.json"))
    tokenizer.no_truncation()
    translator = ctranslate2.Translator(str(weights), compute_type="int8")
    encoded = tokenizer.encode_batch(sources, add_special_tokens=False)
    results = translator.translate_batch(
        [[pair[0], *one.tokens, "</s>"] for pair, one in zip(pairs, encoded, strict=True)],
        target_prefix=[[pair[1]] for pair in pairs],
        beam_size=beam,
        max_batch_size=64,
    )
    vocabulary = tokenizer.get_vocab()
    ids = [[vocabulary[token] for token in result.hypotheses[0][1:]] for result in results]
    return tokenizer.decode_batch(ids)


def scores(weights: Path, valid: Path, beam: int) -> Iterator[tuple[str, str, float, float]]:
    """Rows `(source code, target code, chrF on the first reference, chrF on all references)`."""
    rows = read_valid(valid)
    pairs = list(itertools.permutations(LANGUAGES, 2))
    sources = [row["refs"][pair[0]][0] for pair in pairs for row in rows]
    outputs = translate(weights, sources, [pair for pair in pairs for _ in rows], beam)
    for index, (source, target) in enumerate(pairs):
        hypotheses = outputs[index * len(rows) : (index + 1) * len(rows)]
        references = [row["refs"][target] for row in rows]
        first = [[each[0] for each in references]]
        every = [list(each) for each in zip_longest(*references)]
        metric = CHRF()
        yield (
            source,
            target,
            metric.corpus_score(hypotheses, first).score,
            metric.corpus_score(hypotheses, every).score,
        )


def main(arguments: list[str] | None = None) -> None:
    """Prints a row a direction: codes, chrF on the first reference, chrF on all references."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument(
        "--corpus", type=Path, required=True, help="folder with valid.multiref.jsonl"
    )
    parser.add_argument("--beam", type=int, default=4)
    options = parser.parse_args(arguments)
    for row in scores(options.weights, options.corpus / "valid.multiref.jsonl", options.beam):
        sys.stdout.write("{} {} {:.1f} {:.1f}\n".format(*row))


if __name__ == "__main__":
    main()
