import pytest

from common.markup.alignment import align
from common.markup.blocks import Block, Node
from common.markup.html_blocks import parts_of
from common.markup.placing import Placed, place


def block_of(source: str) -> Block:
    [block] = [part for part in parts_of(source) if isinstance(part, Block)]
    return block


def put(source: str, pairs: str | list[tuple[str, str]], **translations: str) -> str:
    """The translation with its tags as `place` has them."""
    block = block_of(source)
    alignment = align([(block.text, pairs)] if isinstance(pairs, str) else pairs)
    assert alignment.source == block.text
    placed = place(block.nodes, alignment, translations)
    return written(placed, alignment.target, 0, len(alignment.target))


def written(placed: list[Placed], target: str, start: int, end: int) -> str:
    parts = []
    for one in placed:
        assert start <= one.start <= one.end <= end
        inner = written(one.children, target, one.start, one.end)
        inner = "" if one.node.placeholder else inner
        parts += [target[start : one.start], *map(str, one.node.opening), inner]
        parts += map(str, one.node.closing)
        start = one.end
    return "".join([*parts, target[start:end]])


@pytest.mark.parametrize(
    ("source", "translation", "known", "expected"),
    [
        ("a <b>red</b> house", "une maison rouge", {"red": "rouge"}, "une maison <b>rouge</b>"),
        ("see <b>Paris</b> now", "voir Paris", {}, "voir <b>Paris</b>"),
        (
            "<i>one</i> <b>two</b> x",
            "deux un x",
            {"one": "un", "two": "deux"},
            "<b>deux</b> <i>un</i> x",
        ),
        (
            "a <b>big <i>red</i></b> dog",
            "un gros chien rouge",
            {"big red": "gros", "red": "rouge"},
            "un <b><i>gros</i></b> chien rouge",
        ),
        ("do <b>it</b> so", "tue es jetzt", {"it": "das"}, "tue <b>es</b> jetzt"),
        ("x <img> y", "xx yy", {}, "xx <img>yy"),
        ("x, <img> y", "xx, yy", {}, "xx, <img>yy"),
        ("x,<img> y z", "xx zz, yy", {}, "xx zz,<img> yy"),
        ("a <b>x</b><img> c", "c x a", {"x": "x"}, "c <b>x</b><img> a"),
        ("a <img><b>x</b> c", "c x a", {"x": "x"}, "c <img><b>x</b> a"),
        ("a <code>q</code> b", "{0} ab", {}, "<code>q</code> ab"),
        ("a <code>q</code> b", "aa bb", {}, "aa <code>q</code>bb"),
        ("a <b>the <code>q</code> x</b> c", "c {0} a", {}, "c <b><code>q</code></b> a"),
        ("a <b>x</b> c", "", {}, "<b></b>"),
    ],
)
def test_tags_are_where_what_they_held_has_gone(
    source: str, translation: str, known: dict[str, str], expected: str
) -> None:
    assert put(source, translation, **known) == expected


def test_tags_of_whole_sentences_are_around_these() -> None:
    pairs = [("One two.", "Un."), (" ", " "), ("Three.", "Trois quatre.")]
    assert put("One two. <b>Three.</b>", pairs) == "Un. <b>Trois quatre.</b>"


def test_a_span_may_begin_in_one_sentence_and_end_in_the_next() -> None:
    pairs = [("One two.", "Un deux."), (" ", " "), ("Three four.", "Trois quatre.")]
    source = "One <b>two. Three</b> four."
    assert put(source, pairs) == "Un <b>deux. Trois</b> quatre."
    known = {"two.": "Un", "Three": "quatre"}
    assert put(source, pairs, **known) == "<b>Un deux. Trois quatre</b>."


def test_a_point_between_sentences_stays_there() -> None:
    pairs = [("One two.", "Un deux trois quatre."), (" ", " "), ("Three.", "Cinq.")]
    assert put("One two. <img>Three.", pairs) == "Un deux trois quatre. <img>Cinq."
    assert put("One two.<img> Three.", pairs) == "Un deux trois quatre.<img> Cinq."


def test_marks_of_a_word_outside_stay_outside() -> None:
    pairs = [("x Yes? no", "¿Sí no")]
    assert put("x <b>Yes?</b> no", pairs, **{"Yes?": "¿"}).count("<b>") == 1


def test_text_that_became_nothing_has_its_tags_at_the_start() -> None:
    assert put("One. <b>Two</b> x <img> y", [("One. Two x y", "  ")]).strip() == "<b></b><img>"


def test_what_is_lost_is_said() -> None:
    block = block_of("a <code>q</code> b <code>r</code> c")
    placed = place(block.nodes, align([(block.text, "{1} aa")]), {})
    assert [(one.node.placeholder, one.is_lost) for one in placed] == [
        ("{1}", False),
        ("{0}", True),
    ]


def test_many_points_keep_their_order() -> None:
    nodes = [Node(at, at, (str(at),)) for at in range(12)]
    placed = place(nodes, align([("a b c d e f", "f e d c b a")]), {})
    assert [one.node.start for one in placed] == list(range(12))
