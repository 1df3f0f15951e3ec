from typing import Any

import pytest
from pydantic import ValidationError

from bentos.dialects.openai.requests import (
    ChatCompletionRequest,
    EmbeddingRequest,
    TextCompletionRequest,
)
from bentos.errors import InvalidRequestError

SAID = {"model": "m", "messages": [{"role": "user", "content": "one"}]}


def chat(**fields: Any) -> ChatCompletionRequest:
    return ChatCompletionRequest.model_validate(SAID | fields)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"n": 1, "logprobs": False, "tools": [], "response_format": {"type": "text"}},
        {"modalities": ["text"], "stream_options": None, "stop": None, "user": "u"},
        {"metadata": {"a": "b"}, "store": False, "enable_thinking": False, "top_logprobs": 0},
    ],
)
def test_what_changes_nothing_passes(fields: dict[str, Any]) -> None:
    chat(**fields).check()


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"n": 0}, "n"),
        ({"n": 2}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"tools": [{}]}, "tools"),
        ({"functions": [{}]}, "functions"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"weather": 1}, "weather"),
        ({"target_language": "fr"}, "target_language"),
    ],
)
def test_what_there_is_not_is_refused_by_name(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequestError, match=param) as error:
        chat(**fields).check()
    assert error.value.details == {"field": param}


@pytest.mark.parametrize(
    ("fields", "param"),
    [({"echo": True}, "echo"), ({"suffix": "x"}, "suffix"), ({"logprobs": 1}, "logprobs")],
)
def test_so_is_it_of_completions(fields: dict[str, Any], param: str) -> None:
    body = TextCompletionRequest.model_validate({"model": "m", "prompt": "a"} | fields)
    with pytest.raises(InvalidRequestError, match=param):
        body.check()


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": ""},
        {"messages": "one"},
        {"messages": [{"role": "tool", "content": "x"}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
        {"temperature": -1},
        {"max_tokens": 0},
        {"stream": "yes"},
        {"stop": ["x"] * 17},
        {"stop": "x" * 257},
        {"seed": 2**63},
    ],
)
def test_what_is_of_another_shape_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        chat(**wrong)


def test_parts_of_a_message_are_one_text() -> None:
    parts = [{"type": "text", "text": "one "}, {"type": "text", "text": "two"}]
    body = chat(messages=[{"role": "user", "content": parts}, {"role": "assistant"}])
    assert body.last == "one two"
    assert body.messages[1].text == ""


def test_there_must_be_something_to_translate() -> None:
    with pytest.raises(InvalidRequestError, match="no user message"):
        _ = chat(messages=[{"role": "system", "content": "x"}]).last


def test_the_newer_name_of_a_limit_goes_first() -> None:
    assert chat(max_tokens=5, max_completion_tokens=3).options().max_tokens == 3
    assert chat(max_tokens=5).options().max_tokens == 5
    assert chat(top_p=0, stop="x").options().stop == ("x",)


def test_vectors_may_be_asked_for_in_every_way() -> None:
    for asked in ("a", ["a", "b"], [1, 2], [[1], [2]]):
        EmbeddingRequest.model_validate({"model": "m", "input": asked, "user": "u"})
