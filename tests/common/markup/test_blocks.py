from common.markup.blocks import LINE_BREAK, Item, Kind, Node, edges_of, node_tree, pairs_of


def text(raw: str) -> Item:
    return Item(Kind.TEXT, (raw,), raw)


def opening(name: str) -> Item:
    return Item(Kind.OPEN, (f"<{name}>",), name=name)


def closing(name: str) -> Item:
    return Item(Kind.CLOSE, (f"</{name}>",), name=name)


BREAK = Item(Kind.POINT, ("<br>",), name=LINE_BREAK)
POINT = Item(Kind.POINT, ("<img>",))
KEPT = Item(Kind.KEPT, ("<code>x</code>",))


def test_tags_are_paired_by_name_and_crossing_ones_are_not() -> None:
    items = [opening("b"), opening("i"), closing("b"), closing("i"), opening("u"), closing("x")]
    assert pairs_of(items) == {0: 2, 2: 0}


def test_tags_around_everything_are_outside_of_the_block() -> None:
    items = [POINT, opening("a"), opening("b"), text("x"), closing("b"), text("y"), closing("a")]
    assert edges_of(items, pairs_of(items)) == (2, 6)


def test_a_block_without_content_is_all_outside() -> None:
    items = [opening("a"), closing("a"), text(" ")]
    assert edges_of(items, pairs_of(items)) == (3, 3)


def test_an_empty_element_at_the_edge_is_outside() -> None:
    items = [opening("a"), closing("a"), text("x"), POINT]
    assert edges_of(items, pairs_of(items)) == (2, 3)


def test_what_is_kept_is_content() -> None:
    items = [KEPT, text(" is")]
    assert edges_of(items, pairs_of(items)) == (0, 2)


def test_white_space_is_one_space_across_tags() -> None:
    written, [span] = node_tree(
        [text("a \n"), opening("b"), text(" b "), closing("b"), text("\tc")]
    )
    assert written == "a b c"
    assert (span.start, span.end, span.is_span) == (2, 4, True)


def test_white_space_may_be_kept() -> None:
    written, _ = node_tree([text("a \n"), POINT, text(" b")], preserve=True)
    assert written == "a \n b"


def test_a_point_between_spaces_has_one_after_it_as_well() -> None:
    written, [point] = node_tree([text("a "), POINT, text(" b")])
    assert (written, point.start, point.is_spaced) == ("a b", 2, True)


def test_a_line_break_is_a_space() -> None:
    written, [point] = node_tree([text("a"), BREAK, text(" b")])
    assert (written, point.start, point.end, point.is_break) == ("a b", 1, 1, True)


def test_a_placeholder_is_unlike_anything_in_the_text() -> None:
    written, nodes = node_tree([text("{0} "), KEPT, text(" {2} "), KEPT])
    assert written == "{0} {1} {2} {3}"
    assert [node.placeholder for node in nodes] == ["{1}", "{3}"]
    assert not any(node.is_span for node in nodes)


def test_an_element_without_text_is_a_point() -> None:
    items = [text("a"), opening("i"), POINT, opening("u"), closing("u"), closing("i"), text("b")]
    written, [point] = node_tree(items)
    assert written == "ab"
    assert point == Node(1, 1, ("<i>", "<img>", "<u>", "</u>", "</i>"))


def test_pairs_that_are_too_deep_are_single_tags_in_their_order() -> None:
    depth = 1000
    inner = [item for _ in range(depth) for item in (opening("b"), text("x"))]
    written, nodes = node_tree([*inner, *[closing("b")] * depth])
    assert written == "x" * depth
    flat = [part for node in nodes for part in node.flat()]
    assert flat == ["<b>"] * depth + ["</b>"] * depth


def test_what_is_written_elsewhere_may_be_another() -> None:
    items = [
        Item(Kind.OPEN, ("[",), name="link"),
        text("x"),
        Item(Kind.CLOSE, ("]",), name="link", moved=("][x]",)),
    ]
    _, [span] = node_tree(items)
    assert (span.opening, span.closing) == (("[",), ("][x]",))
