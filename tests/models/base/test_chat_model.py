from models.base.chat_model import (
    ChatMessage,
    ChatRequest,
    ChatUnsupportedError,
    ContextLengthExceededError,
    Role,
)


def test_everything_said_counts() -> None:
    messages = (ChatMessage(Role.SYSTEM, "ab"), ChatMessage(Role.USER, "c"))
    assert ChatRequest(messages).characters == 3
    assert ChatRequest(prompt="abcd").characters == 4


def test_errors_say_what_a_caller_can_do() -> None:
    assert "target_lang" in ChatUnsupportedError("nllb").message
    error = ContextLengthExceededError(2048, 3000)
    assert error.code == "context_length_exceeded"
    assert error.details == {"limit": 2048, "tokens": 3000}
