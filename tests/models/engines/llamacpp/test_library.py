import ctypes
import logging

import pytest

from models.engines.llamacpp.library import complaints, library

_DEBUG, _INFO, _WARNING, _ERROR, _CONTINUED = range(1, 6)


def say(level: int, text: str) -> None:
    """Says something as llama.cpp does, through the callback that it was given."""
    llama = library()
    callback, data = llama.llama_log_callback(), ctypes.c_void_p()
    llama.llama_log_get(ctypes.byref(callback), ctypes.byref(data))
    callback(level, text.encode(), data)


def test_library_is_loaded_once() -> None:
    assert library() is library()


def test_complaints_are_kept_until_they_are_asked_for() -> None:
    complaints()
    say(_INFO, "loading\n")
    say(_ERROR, "no room")
    say(_CONTINUED, " for it\n")
    say(_WARNING, "slow\n")
    say(_INFO, "end")
    say(_CONTINUED, "\n")
    assert complaints() == "no room;  for it; slow"
    assert complaints() == ""


def test_everything_is_logged_at_debug(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "models.engines.llamacpp.library"):
        say(_DEBUG, "detail\n")
        say(_ERROR, "broken\n")
    assert [(record.levelno, record.message) for record in caplog.records] == [
        (logging.DEBUG, "detail"),
        (logging.DEBUG, "broken"),
    ]


def test_details_cost_nothing_when_nobody_listens(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "models.engines.llamacpp.library"):
        say(_DEBUG, "detail\n")
    assert caplog.records == []
