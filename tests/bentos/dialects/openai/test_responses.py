from bentos.dialects.openai.responses import (
    AnswerMessage,
    ChatChoice,
    ChatCompletion,
    ChatCompletionChunk,
    Delta,
    DeltaChoice,
    Usage,
)


def test_an_answer_has_every_field_that_is_required_there() -> None:
    answer = ChatCompletion(
        id="chatcmpl-1",
        created=1,
        model="m",
        choices=[ChatChoice(message=AnswerMessage(content="x"), finish_reason="stop")],
        usage=Usage(prompt_tokens=1, completion_tokens=2, total_tokens=3),
    ).model_dump()
    assert answer["object"] == "chat.completion"
    assert answer["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "x", "refusal": None},
            "finish_reason": "stop",
            "logprobs": None,
        }
    ]


def test_a_delta_has_only_what_there_is_of_it() -> None:
    chunk = ChatCompletionChunk(
        id="c", created=1, model="m", choices=[DeltaChoice(delta=Delta(content="x"))]
    )
    [choice] = chunk.model_dump(mode="json")["choices"]
    assert choice["delta"] == {"content": "x"}
    assert choice["finish_reason"] is None
    assert Delta().model_dump() == {}
