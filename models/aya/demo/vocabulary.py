"""Trains the demo's tokenizer and tokenizes prompts: byte-level pieces, split as Command-R's."""

from collections.abc import Iterable, Sequence

from tokenizers import Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer

from models.aya import prompt

PAD, UNKNOWN = "<PAD>", "<UNK>"
SPECIALS = (PAD, UNKNOWN, *prompt.SPECIALS)


def train_tokenizer(texts: Iterable[str], pieces: int) -> Tokenizer:
    """Byte-level byte-pair tokenizer of `pieces` pieces, the specials first."""
    tokenizer = Tokenizer(BPE())
    # What llama.cpp does for the pre-tokenizer named `command-r`: digits one by one, then GPT-2's.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = BpeTrainer(
        vocab_size=pieces,
        special_tokens=list(SPECIALS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def encode(tokenizer: Tokenizer, part: Sequence[prompt.Piece]) -> list[int]:
    """A part's tokens, each piece by itself, as the server does it."""
    ids: list[int] = []
    for piece in part:
        tokenizer.encode_special_tokens = not piece.special
        ids += tokenizer.encode(piece.text, add_special_tokens=False).ids
    tokenizer.encode_special_tokens = False
    return ids


def id_of(tokenizer: Tokenizer, token: str) -> int:
    """A token that the tokenizer certainly has."""
    return tokenizer.get_vocab()[token]
