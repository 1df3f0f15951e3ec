from common.markup.blocks import Block, Item, Kind, Part, Value
from common.markup.building import Builder
from common.markup.spelling import html_encoder


def text(raw: str) -> Item:
    return Item(Kind.TEXT, (raw,), raw)


def shown(parts: list[Part]) -> list[str]:
    return [f"[{part.text}]" if isinstance(part, Block) else str(part) for part in parts]


def test_a_block_is_what_has_letters_without_the_blanks_around_it() -> None:
    builder = Builder(html_encoder)
    builder.outside("<p>")
    builder.add(text("\n  Hello  "))
    builder.outside("</p>")
    builder.add(text(" 42 "))
    builder.end_block()
    assert shown(builder.parts) == ["<p>", "\n  ", "[Hello]", "  ", "</p>", " ", "42", " "]


def test_white_space_may_be_a_part_of_it() -> None:
    builder = Builder(html_encoder)
    builder.add(text(" a\nb "))
    builder.end_block(preserve=True)
    assert shown(builder.parts) == ["[ a\nb ]"]


def test_values_of_a_tag_between_blocks_are_parts() -> None:
    value = Value("x", "x", html_encoder("x"))
    builder = Builder(html_encoder)
    builder.outside(('<p title="', value, '">'))
    assert builder.parts == ['<p title="', value, '">']


def test_a_line_that_was_wrapped_in_its_markup_is_no_edge() -> None:
    builder = Builder(html_encoder)
    builder.add(text("a"))
    builder.add(Item(Kind.TEXT, ("\n> ",), " "))
    builder.add(text("b"))
    builder.end_block()
    [block] = builder.parts
    assert isinstance(block, Block)
    assert (block.text, block.markup) == ("a b", ("a", "\n> ", "b"))


def test_what_is_open_can_be_seen() -> None:
    builder = Builder(html_encoder)
    builder.add(text("a"))
    assert builder.open_items() == [text("a")]
