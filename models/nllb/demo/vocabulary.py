"""Trains the demo's tokenizer, laid out as NLLB-200's: specials, pieces, 202 codes, mask."""

from collections.abc import Iterable

from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer

SPECIALS = ["<s>", "<pad>", "</s>", "<unk>"]


def train_tokenizer(texts: Iterable[str], pieces: int, codes: list[str]) -> Tokenizer:
    """Byte-pair tokenizer: `pieces` pieces with the four specials, then `codes`, `<mask>`."""
    tokenizer = Tokenizer(BPE(unk_token="<unk>", fuse_unk=True))  # noqa: S106
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace("\u2019", "'")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(),
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.Punctuation("isolated"),
        ]
    )
    tokenizer.decoder = decoders.Metaspace()
    printable = [chr(code) for code in range(0x21, 0x7F)]
    trainer = BpeTrainer(
        vocab_size=pieces,
        special_tokens=SPECIALS,
        initial_alphabet=printable,
        limit_alphabet=400,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_special_tokens([*codes, "<mask>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="eng_Latn $A </s>",
        special_tokens=[
            ("eng_Latn", tokenizer.token_to_id("eng_Latn")),
            ("</s>", tokenizer.token_to_id("</s>")),
        ],
    )
    return tokenizer
