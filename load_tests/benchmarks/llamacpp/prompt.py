"""The prompt that the Aya service makes, word for word, for those who are not the service."""

from dataclasses import dataclass

from load_tests.benchmarks.workload import Sentence

_NAMES = {
    "eng_Latn": "English",
    "deu_Latn": "German",
    "fra_Latn": "French",
    "spa_Latn": "Spanish",
}


@dataclass(frozen=True)
class Piece:
    """A stretch of a prompt; only a `special` one may become special tokens."""

    text: str
    special: bool = False


def pieces(one: Sentence) -> list[Piece]:
    """In their order. Each is tokenized by itself."""
    source, target = _NAMES[one.source], _NAMES[one.target]
    turn, end = "<|START_OF_TURN_TOKEN|>", "<|END_OF_TURN_TOKEN|>"
    return [
        Piece(f"<BOS_TOKEN>{turn}<|SYSTEM_TOKEN|>", special=True),
        Piece("You are a translator. Answer with the translation only, without notes."),
        Piece(f"{end}{turn}<|USER_TOKEN|>", special=True),
        Piece(f"Translate the text from {source} to {target}.\n"),
        Piece("Text:\n"),
        Piece(one.text),
        Piece(f"{end}{turn}<|CHATBOT_TOKEN|>", special=True),
    ]
