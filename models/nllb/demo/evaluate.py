"""Scores a CTranslate2 folder on the validation sentences: chrF per direction."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import ctranslate2
from tokenizers import Tokenizer

from models.base.demo import scoring


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


def scores(weights: Path, valid: Path, beam: int) -> Iterator[scoring.Row]:
    """A row a direction, as `scoring.scores` gives them."""

    def outputs(requests: list[scoring.Request]) -> list[str]:
        pairs = [(source, target) for source, target, _ in requests]
        return translate(weights, [text for *_, text in requests], pairs, beam)

    return scoring.scores(valid, outputs)


def main(arguments: list[str] | None = None) -> None:
    """Prints a row a direction: codes, chrF on the first reference, chrF on all references."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument(
        "--corpus", type=Path, required=True, help="folder with valid.multiref.jsonl"
    )
    parser.add_argument("--beam", type=int, default=4)
    options = parser.parse_args(arguments)
    scoring.show(scores(options.weights, options.corpus / "valid.multiref.jsonl", options.beam))


if __name__ == "__main__":
    main()
