from typing import Any

import pytest
from pydantic import ValidationError

from bentos.dialects.ollama.requests import (
    ChatBody,
    EmbedBody,
    GenerateBody,
    NameBody,
    Options,
    refused,
)
from bentos.errors import InvalidRequestError


@pytest.mark.parametrize(("written", "most"), [(5, 5), (0, None), (-1, None), (-2, None)])
def test_no_limit_is_written_as_less_than_one(written: int, most: int | None) -> None:
    assert Options(num_predict=written).chat().max_tokens == most


def test_options_mean_what_they_do_there() -> None:
    given = {"stop": "x", "repeat_penalty": 0.9, "top_p": 0, "num_ctx": 4096, "mirostat": 1}
    chat = Options.model_validate(given).chat()
    assert (chat.stop, chat.repeat_penalty, chat.top_p) == (("x",), 1.0, None)
    assert Options(repeat_penalty=1.2, stop=["a", "b"]).chat().stop == ("a", "b")


def test_a_model_goes_by_either_name_of_its_field() -> None:
    assert NameBody(name="a").asked == "a"
    assert NameBody(name="a", model="b").asked == "b"
    with pytest.raises(InvalidRequestError, match="model is required"):
        _ = NameBody().asked


@pytest.mark.parametrize("fields", [{"format": ""}, {"think": False}, {"stream": None}, {"x": 1}])
def test_what_changes_nothing_passes(fields: dict[str, Any]) -> None:
    body = GenerateBody.model_validate({"model": "m"} | fields)
    body.check()
    assert body.wishes == Options()


@pytest.mark.parametrize("fields", [{"format": "json"}, {"format": {"a": 1}}, {"think": "high"}])
def test_what_there_is_not_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError, match=next(iter(fields))):
        ChatBody.model_validate({"model": "m"} | fields).check()


def test_the_first_that_asks_for_something_is_named() -> None:
    refused(tools=[], images=None)
    with pytest.raises(InvalidRequestError, match="does not support images"):
        refused(tools=[], images=["x"], suffix="x")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"model": ""},
        {"model": "m", "options": {"temperature": "hot"}},
        {"model": "m", "messages": [{"role": "tool", "content": "x"}]},
        {"model": "m", "messages": [{"role": "user", "content": 1}]},
        {"model": "m", "keep_alive": []},
        {"model": "m", "options": {"stop": ["x" * 257]}},
    ],
)
def test_what_is_of_another_shape_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ChatBody.model_validate(wrong)


def test_vectors_may_be_asked_for_in_both_ways() -> None:
    assert EmbedBody(model="m", input=["a"]).input == ["a"]
    assert EmbedBody(model="m", prompt="a").prompt == "a"
