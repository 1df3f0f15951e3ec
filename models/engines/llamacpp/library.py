"""Imports llama_cpp when it is first needed, and hands its log on; calls nothing else of it."""

import ctypes
import logging
from collections import deque
from functools import cache
from importlib import import_module
from types import ModuleType

logger = logging.getLogger(__name__)

_LINES_KEPT = 40
_DEBUG, _WARNING, _ERROR, _CONTINUED = 1, 3, 4, 5
_LOG_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)


class _Log:
    """What llama.cpp says: everything at level debug, the latest complaints kept for errors."""

    def __init__(self) -> None:
        self._complaints: deque[str] = deque(maxlen=_LINES_KEPT)
        self._continues = False
        # llama.cpp keeps the pointer: it has to live as long as the process.
        self.callback = _LOG_CALLBACK(self._hear)

    def _hear(self, level: int, text: bytes, _user_data: object) -> None:
        if level == _DEBUG and not logger.isEnabledFor(logging.DEBUG):
            return
        line = text.decode("utf-8", "replace").rstrip("\n")
        is_complaint = self._continues if level == _CONTINUED else level in (_WARNING, _ERROR)
        self._continues = is_complaint
        if line and is_complaint:
            self._complaints.append(line)
        logger.debug("%s", line)

    def take(self) -> str:
        """The latest complaints, which are forgotten with that."""
        lines = "; ".join(self._complaints)
        self._complaints.clear()
        return lines


_LOG = _Log()


@cache
def library() -> ModuleType:
    """llama.cpp's functions.

    Raises:
        ImportError: llama-cpp-python is not installed, or its library cannot be loaded.
    """
    module = import_module("llama_cpp.llama_cpp")
    module.llama_log_set(_LOG.callback, ctypes.c_void_p(0))
    module.llama_backend_init()
    return module


def complaints() -> str:
    """What llama.cpp has warned of since this was asked last."""
    return _LOG.take()
