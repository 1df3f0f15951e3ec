"""What every format must do with a file, to be tried on any of them."""

from collections.abc import Callable

from common.files import registry
from common.files.document import Document, FileOptions, Limits

LIMITS = Limits()


def read(data: str | bytes, name: str, options: FileOptions | None = None) -> Document:
    """As a job reads it."""
    raw = data.encode() if isinstance(data, str) else data
    return registry.read(raw, registry.format_of(name), LIMITS, options or FileOptions())


def texts_of(data: str | bytes, name: str, options: FileOptions | None = None) -> list[str]:
    return [one.text for one in read(data, name, options).texts]


def translated(
    data: str | bytes,
    name: str,
    translate: Callable[[str], str] = str.upper,
    options: FileOptions | None = None,
) -> str:
    """The file with every text translated; first that untranslated ones change nothing."""
    raw = data.encode() if isinstance(data, str) else data
    document = read(raw, name, options)
    assert document.render([one.text for one in document.texts]) == raw
    return document.render([translate(one.text) for one in document.texts]).decode()
