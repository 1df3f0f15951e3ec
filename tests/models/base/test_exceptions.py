import inspect

import pytest

from models.base import exceptions
from models.base.exceptions import (
    LinguaNexusError,
    ModelError,
    OverloadedError,
    UnsupportedLanguageError,
)

ERRORS = [
    kind
    for _, kind in inspect.getmembers(exceptions, inspect.isclass)
    if issubclass(kind, LinguaNexusError)
]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("EmptyTextError", "empty_text"),
        ("TextTooLongError", "text_too_long"),
        ("UnsupportedLanguageError", "unsupported_language"),
        ("SameLanguageError", "same_language"),
        ("InitializationError", "initialization"),
        ("ModelNotReadyError", "model_not_ready"),
        ("OverloadedError", "overloaded"),
        ("DeadlineExceededError", "deadline_exceeded"),
        ("TranslationError", "translation"),
    ],
)
def test_codes_are_stable(name: str, code: str) -> None:
    assert getattr(exceptions, name).code == code


def test_every_code_is_one_errors_own() -> None:
    codes = [kind.code for kind in ERRORS]
    assert len(codes) == len(set(codes)) > 9


@pytest.mark.parametrize("kind", ERRORS)
def test_the_tree_in_the_docstring_names_every_error(kind: type[LinguaNexusError]) -> None:
    assert kind.__name__ in (exceptions.__doc__ or "")


def test_an_error_of_a_model_gets_its_code_from_its_name() -> None:
    class GlossaryTooLargeError(ModelError):
        pass

    assert GlossaryTooLargeError.code == "glossary_too_large"


def test_details_are_kept_apart_from_the_message() -> None:
    error = LinguaNexusError("Something is wrong.", limit=5)
    assert (error.message, str(error), error.details) == (
        "Something is wrong.",
        "Something is wrong.",
        {"limit": 5},
    )


def test_the_language_is_named_in_message_and_details() -> None:
    error = UnsupportedLanguageError("tlh", supported=["eng_Latn"])
    assert "tlh" in error.message
    assert error.details == {"language": "tlh", "supported": ["eng_Latn"]}


def test_an_overload_says_when_to_come_back() -> None:
    error = OverloadedError("Full.", 7)
    assert (error.retry_after_s, error.details) == (7, {"retry_after_s": 7})
