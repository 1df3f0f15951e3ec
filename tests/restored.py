"""Puts the process's loggers back as they were; for tests that configure logging for real."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def restored_logging() -> Iterator[None]:
    names = [None, *logging.root.manager.loggerDict]
    before = [_state(logging.getLogger(name)) for name in names]
    try:
        yield
    finally:
        for name, (level, handlers, propagate, disabled) in zip(names, before, strict=True):
            logger = logging.getLogger(name)
            logger.setLevel(level)
            logger.handlers[:] = handlers
            logger.propagate, logger.disabled = propagate, disabled


def _state(logger: logging.Logger) -> tuple[int, list[logging.Handler], bool, bool]:
    return logger.level, list(logger.handlers), logger.propagate, logger.disabled
