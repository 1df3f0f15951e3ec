import random
from pathlib import Path

from models.base.demo.corpus import LANGUAGES, read_pairs, read_valid, rename

CORPUS = Path(__file__).parents[3] / "data" / "parallel"


def test_names_change_alike_on_both_sides_or_not_at_all() -> None:
    rng = random.Random(3)
    source, target = rename("Tom saw Mary.", "Tom a vu Mary.", rng)
    assert source != "Tom saw Mary."
    assert source.removesuffix(".").split(" saw ") == target.removesuffix(".").split(" a vu ")
    assert rename("Tom's cat", "Toms Katze", rng) == ("Tom's cat", "Toms Katze")


def test_a_limit_takes_the_first_rows() -> None:
    rows = list(read_pairs(CORPUS / "train.tsv.gz"))
    assert len(rows) == 200
    assert list(read_pairs(CORPUS / "train.tsv.gz", limit=7)) == rows[:7]


def test_every_validation_sentence_is_known_in_all_languages() -> None:
    rows = read_valid(CORPUS / "valid.multiref.jsonl")
    assert len(rows) == 50
    assert all(row["refs"][lang][0] for row in rows for lang in LANGUAGES)
