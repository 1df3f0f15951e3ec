"""Reads entries from a TOML file and writes them to one; knows nothing of other files' entries."""

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import ValidationError

from common.catalogue.entry import Entry
from common.languages import LANGUAGES, find

MODELS = "models"
LANGUAGE_SETS: dict[str, tuple[str, ...]] = {"flores-200": tuple(LANGUAGES)}
"""Lists of languages that a file may name instead of repeating them."""

_GGUF = "gguf"
_BLANK = "{}"
_UNKNOWN = "there is no such member"


class CatalogueError(ValueError):
    """A catalogue that cannot be used; one line that names the file, the entry and the member."""


class _MemberError(Exception):
    def __init__(self, member: str, message: str) -> None:
        super().__init__(message)
        self.member = member


def read(file: Path) -> tuple[Entry, ...]:
    """The entries of a file, in its order.

    Raises:
        CatalogueError: where it cannot be read, is no TOML, or an entry is not valid.
    """
    content = _content(file)
    for key in content:
        if key != MODELS:
            raise CatalogueError(f"{file}: {key}: {_UNKNOWN}, only [[{MODELS}]].")
    tables = content.get(MODELS, [])
    if not isinstance(tables, list):
        raise CatalogueError(f"{file}: {MODELS}: write [[{MODELS}]] above each entry.")
    return tuple(_entry(file, place, table) for place, table in enumerate(tables, 1))


def write(file: Path, entries: Iterable[Entry]) -> None:
    """Replaces the file at once: nobody ever reads half of it.

    Raises:
        CatalogueError: where it cannot be written; what was there stays.
    """
    text = tomli_w.dumps({MODELS: [_table(entry) for entry in entries]})
    target = Path(os.path.realpath(file))
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(target)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise CatalogueError(f"{file}: cannot be written: {error.strerror}.") from error


def described(file: Path, entry: str, member: str, message: str) -> CatalogueError:
    """What is wrong with a member of an entry."""
    return CatalogueError(f"{file}: {entry}: {member}: {message}.")


def _content(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_bytes().decode())
    except OSError as error:
        raise CatalogueError(f"{file}: cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CatalogueError(f"{file}: is not UTF-8: byte {error.start + 1}.") from error
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{file}: is no TOML: {error}.") from error


def _entry(file: Path, place: int, table: object) -> Entry:
    if not isinstance(table, Mapping):
        raise CatalogueError(f"{file}: {MODELS} {place}: is no table.")
    named = table.get("id")
    name = f"model {named}" if isinstance(named, str) else f"model number {place}"
    try:
        return Entry.model_validate(_expanded(table))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        member = ".".join(str(part) for part in first["loc"]) or "all of it"
        unknown = first["type"] == "extra_forbidden"
        message = _UNKNOWN if unknown else first["msg"].removeprefix("Value error, ")
        raise described(file, name, member, " ".join(message.split())) from error
    except _MemberError as error:
        raise described(file, name, error.member, str(error)) from error


def _expanded(table: Mapping[str, Any]) -> dict[str, Any]:
    """With what a file may abbreviate written out; what is of a wrong type is left as it is."""
    entry = {key: value for key, value in table.items() if key != _GGUF}
    pattern = table.get(_GGUF)
    if pattern is not None and not (isinstance(pattern, str) and pattern.count(_BLANK) == 1):
        raise _MemberError(_GGUF, f"is no file name with one {_BLANK} for the quantization")
    if isinstance(entry.get("quantizations"), list):
        entry["quantizations"] = [_offer(each, pattern) for each in entry["quantizations"]]
    if "languages" in entry:
        entry["languages"] = _languages(entry["languages"])
    return entry


def _offer(offer: object, pattern: str | None) -> object:
    facts = {"name": offer} if isinstance(offer, str) else offer
    if pattern is None or not isinstance(facts, dict) or "file" in facts:
        return facts
    name = facts.get("name")
    if not isinstance(name, str):
        return facts
    file = {key: value for key, value in facts.items() if key != "name"}
    return {"name": name, "file": {"name": pattern.replace(_BLANK, name), **file}}


def _languages(written: object) -> object:
    if isinstance(written, str):
        if written not in LANGUAGE_SETS:
            known = ", ".join(LANGUAGE_SETS)
            raise _MemberError("languages", f"no set {written!r}, only {known}; or write a list")
        return LANGUAGE_SETS[written]
    return list(dict.fromkeys(_codes(written))) if isinstance(written, list) else written


def _codes(written: Sequence[object]) -> Iterator[object]:
    for code in written:
        language = find(code) if isinstance(code, str) else None
        if language is None:
            raise _MemberError("languages", f"no language {code!r}")
        yield language.code


def _table(entry: Entry) -> dict[str, Any]:
    table = entry.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    for name, codes in LANGUAGE_SETS.items():
        if entry.languages == codes:
            table["languages"] = name
    return table
