import ollama

from bentos.dialects.ollama.responses import (
    AnswerMessage,
    ChatAnswer,
    Counts,
    Details,
    GenerateAnswer,
    Progress,
    TaggedModel,
)


def test_the_client_reads_what_is_written() -> None:
    counts = Counts(
        total_duration=4,
        prompt_eval_count=1,
        prompt_eval_duration=2,
        eval_count=3,
        eval_duration=2,
    )
    about = {"model": "m", "created_at": "2026-01-01T00:00:00Z", "done": True}
    chat = ChatAnswer(**about, message=AnswerMessage(content="x"), **counts.model_dump())
    read = ollama.ChatResponse.model_validate(chat.model_dump(exclude_none=True))
    assert (read.message.content, read.eval_count, read.load_duration) == ("x", 3, 0)
    text = GenerateAnswer(**about, response="y", done_reason="length")
    assert ollama.GenerateResponse.model_validate(text.model_dump()).response == "y"


def test_a_model_is_listed_with_all_that_is_required_there() -> None:
    details = Details(format="gguf", family="f", families=["f"], quantization_level="Q4_K_M")
    model = TaggedModel(
        name="m:latest",
        model="m:latest",
        modified_at="2026-01-01T00:00:00Z",
        size=1,
        digest="0" * 64,
        details=details,
    )
    [read] = ollama.ListResponse.model_validate({"models": [model.model_dump()]}).models
    assert read.details is not None
    assert read.details.quantization_level == "Q4_K_M"


def test_progress_says_only_what_there_is() -> None:
    assert Progress(status="success").model_dump(exclude_none=True) == {"status": "success"}
