"""JSON: only the strings change, and those that are for people unless somebody says which."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.files import registry
from common.files.document import (
    FileDamagedError,
    FileOptions,
    FileRefusedError,
    FileTooLargeError,
    Limits,
)
from tests.common.files.rendering import read, texts_of, translated

VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text('ab é"\\\n'),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("k@ü"), inner),
)


def test_only_strings_for_people_change() -> None:
    data = """{ "title" : "Hello\\tyou", "id":"ab_1",
    "n": [1.50, 1e3, null, true, "One <b>two</b>", "http://a.b/c"],"title": "Twice",
    "@type": "Person of note", "nested": {"@context": {"a": "no text"}, "b": ["yes"]}}
"""
    assert texts_of(data, "a.json") == ["Hello\tyou", "One <b>two</b>", "Twice", "yes"]
    assert (
        translated(data, "a.json")
        == """{ "title" : "HELLO\\tYOU", "id":"ab_1",
    "n": [1.50, 1e3, null, true, "ONE <B>TWO</B>", "http://a.b/c"],"title": "TWICE",
    "@type": "Person of note", "nested": {"@context": {"a": "no text"}, "b": ["YES"]}}
"""
    )


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (["a"], ["one"]),
        (["b.*.c"], ["two", "three"]),
        (["b.1.c"], ["three"]),
        (["**.c"], ["two", "three", "four"]),
        (["**"], ["one", "two", "three", "x_y", "four"]),
        (["d.**.c"], ["four"]),
        (["b.**", "a"], ["one", "two", "three", "x_y"]),
        (["none", "a.b", "b"], []),
    ],
)
def test_paths_say_which(paths: list[str], found: list[str]) -> None:
    data = '{"a":"one","b":[{"c":"two"},{"c":"three","i":"x_y"}],"d":{"c":"four","n":"42"}}'
    assert texts_of(data, "a.json", FileOptions(paths=tuple(paths))) == found


def test_a_line_may_be_a_value() -> None:
    data = '{"text": "one"}\n\n{"text": "two"}\n'
    assert translated(data, "a.jsonl") == '{"text": "ONE"}\n\n{"text": "TWO"}\n'


def test_letters_are_written_as_the_file_writes_them() -> None:
    assert translated('["\\u00e9t\\u00e9 ok"]', "a.json") == '["\\u00c9T\\u00c9 OK"]'
    assert translated('["été"]', "a.json") == '["ÉTÉ"]'
    assert translated('["ete"]', "a.json", lambda _: "été") == '["été"]'


def test_half_a_character_stays() -> None:
    assert texts_of('["\\ud83d word", "word"]', "a.json") == ["word"]


@pytest.mark.parametrize(
    "data", ["{", '["a"', "hello", '{"a": }', '["a",]', "[1] x", '{"a" "b"}', '"']
)
def test_what_is_not_json_is_damaged(data: str) -> None:
    with pytest.raises(FileDamagedError):
        texts_of(data, "a.json")


def test_what_is_nested_too_deep_is_refused() -> None:
    with pytest.raises(FileRefusedError, match="deeper than 200"):
        texts_of("[" * 100_000, "a.json")
    assert texts_of("[" * 200 + '"deep down"' + "]" * 200, "a.json") == ["deep down"]


def test_values_have_an_end() -> None:
    kind = registry.format_of("a.json")
    with pytest.raises(FileTooLargeError, match="too many values"):
        registry.read(b"[" + b"1," * 40 + b"1]", kind, Limits(max_texts=1))


@settings(deadline=None)
@given(value=VALUES, indent=st.sampled_from([None, 2]), ascii_=st.booleans())
def test_values_are_translated_and_nothing_else(
    value: Any, indent: int | None, *, ascii_: bool
) -> None:
    data = json.dumps(value, indent=indent, ensure_ascii=ascii_)
    shouted = translated(data, "a.json", options=FileOptions(paths=("**",)))
    assert json.loads(shouted) == _shouted(value)


def _shouted(value: Any) -> Any:
    if isinstance(value, str):
        return value.upper()
    if isinstance(value, list):
        return [_shouted(one) for one in value]
    if isinstance(value, dict):
        return {key: _shouted(one) for key, one in value.items()}
    return value


def test_nothing_is_nothing() -> None:
    assert read("", "a.json").texts == ()
