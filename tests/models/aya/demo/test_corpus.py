import random
from pathlib import Path

from models.aya import prompt
from models.aya.demo.corpus import Pair, load_pairs, register_of, with_term
from models.aya.demo.vocabulary import PAD, encode, id_of
from models.base.demo.corpus import LANGUAGES
from tests.models.aya.demo.runs import CORPUS, batches, tokenizer_of

TRAIN = CORPUS / "train.tsv.gz"


def test_every_pair_is_used_in_both_directions() -> None:
    pairs = load_pairs(TRAIN, seed=1)
    assert len(pairs) == 400
    # Names are exchanged for each direction by itself.
    unnamed = {(p.source_lang, p.target_lang, p.source, p.target) for p in pairs}
    assert len({each for each in unnamed if (each[1], each[0], each[3], each[2]) in unnamed}) > 200
    assert len(load_pairs(TRAIN, seed=1, limit=1)) == 2


def test_a_row_is_the_servers_prompt_and_the_answer(trained: Path) -> None:
    tokenizer = tokenizer_of(trained)
    sources = {(p.source_lang, p.target_lang, p.source): p.target for p in load_pairs(TRAIN, 1)}
    found = 0
    for batch in batches(trained, tokens=200, count=60):
        for row in range(len(batch.rows)):
            text = tokenizer.decode([*batch.prefix, *batch.rows[row]], skip_special_tokens=False)
            text = text.replace(PAD, "")
            for (source_lang, target_lang, source), target in sources.items():
                parts = prompt.build(source, source_lang, target_lang)
                asked = "".join(piece.text for piece in (*parts.pair, *parts.segment))
                if text == asked + target:
                    ids = [*encode(tokenizer, parts.pair), *encode(tokenizer, parts.segment)]
                    whole = [*batch.prefix, *batch.rows[row]]
                    assert whole[: len(ids)] == ids
                    found += 1
    assert found > 100


def test_labels_are_the_answer_one_ahead_and_its_end(trained: Path) -> None:
    tokenizer = tokenizer_of(trained)
    end, chatbot, pad = (
        id_of(tokenizer, token) for token in (prompt.END_OF_TURN, prompt.CHATBOT, PAD)
    )
    for batch in batches(trained, tokens=200, count=30):
        flat = batch.rows.flatten()
        assert list(batch.labels).count(end) == len(batch.rows)
        length = batch.rows.shape[1]
        for place, label in zip(batch.wanted, batch.labels, strict=True):
            after = flat[place + 1] if (place + 1) % length else pad
            assert after == (pad if label == end else label)
        first = [place for place in batch.wanted if flat[place] == chatbot]
        assert len(first) == len(batch.rows)


def test_some_sentences_are_joined_and_some_stand_in_a_passage(trained: Path) -> None:
    tokenizer = tokenizer_of(trained)
    found = batches(trained, tokens=200, count=200)
    texts = [tokenizer.decode(row, skip_special_tokens=False) for b in found for row in b.rows]
    passage = [text for text in texts if text.startswith("The text stands in this passage:\n")]
    assert passage
    for text in passage:
        around, _, rest = text.partition("\nText:\n")
        assert rest.partition(prompt.END_OF_TURN)[0] in around
    sources = [p.source for p in load_pairs(TRAIN, seed=1)]
    joined = [text.partition(prompt.END_OF_TURN)[0] for text in texts]
    assert any(text.count(". ") and text not in sources for text in joined)


def test_a_batch_has_one_language_pair(trained: Path) -> None:
    tokenizer = tokenizer_of(trained)
    prefixes = {
        tuple(encode(tokenizer, prompt.pair(source, target)))
        for source in LANGUAGES
        for target in LANGUAGES
        if source != target
    }
    for batch in batches(trained, tokens=200, count=30):
        prefix = tuple(batch.prefix)
        before = tuple(encode(tokenizer, [prompt.Piece("Text:\n")]))
        assert prefix in prefixes or prefix[: -len(before)] in prefixes


def test_the_register_is_named_only_where_it_is_certain() -> None:
    assert register_of("Wo sind Sie?", "deu_Latn") == "formal"
    assert register_of("Sie ist hier. Sie schläft.", "deu_Latn") is None
    assert register_of("Hast du Zeit?", "deu_Latn") == "informal"
    assert register_of("Où es-tu ?", "fra_Latn") == "informal"
    assert register_of("¿Dónde está usted?", "spa_Latn") == "formal"
    assert register_of("Where are you?", "eng_Latn") is None


def test_a_term_is_in_the_text_and_its_translation_in_the_answer() -> None:
    pair = Pair("eng_Latn", "fra_Latn", "Tom sleeps.", "Tom dort.")
    changed = with_term(pair, random.Random(1))
    assert changed
    ((term, translation),) = changed[1].glossary
    assert changed[0] == Pair("eng_Latn", "fra_Latn", f"{term} sleeps.", f"{translation} dort.")
    assert (
        with_term(Pair("eng_Latn", "fra_Latn", "He sleeps.", "Il dort."), random.Random()) is None
    )
