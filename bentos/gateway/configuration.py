"""What a gateway's configuration says, read and checked as a whole; reaches no backend.

All faults that can be found at once are, and none quotes a value that might be secret.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

from pydantic import Field, StrictBool, ValidationError, model_validator

from bentos.gateway.parts import Backend, Name, OnDemand, Pairs, Part, Route, Split
from bentos.gateway.settings import GatewaySettings

_VARIABLE: Final = "LINGUA_NEXUS_GATEWAY_BACKENDS"
_BUILT_IN: Final = {
    "backends": {
        "nllb": {"on_demand": True, "pinned": True},
        "aya": {"on_demand": True, "aliases": ["aya-expanse-8b"]},
    }
}
"""Where nothing is configured: NLLB at once, Aya when it is first asked for."""
_IN_PLAIN_WORDS: Final = {
    "extra_forbidden": "there is no such key",
    "missing": "is missing",
    "path_type": "must be a path",
    "tuple_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
}


class InvalidConfigurationError(ValueError):
    """A configuration that cannot be used: a line for each fault, naming file, key and reason."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class Configuration(Part):
    """All of it; that its parts fit together is checked."""

    default: Name | None = None
    """Backend of what no route names; by default the first."""
    backends: dict[Name, Backend] = Field(min_length=1)
    """By name: what a caller gives as `model`."""
    on_demand: OnDemand = Field(default_factory=OnDemand)
    """For all backends that are on demand."""
    routes: tuple[Route, ...] = ()
    """The first that matches holds."""
    splits: tuple[Split, ...] = ()
    """The first that is enabled and matches holds."""
    flags: dict[Name, StrictBool] = Field(default_factory=dict)
    """Switches by name, for routes and splits that wait for one."""

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        faults = [*self._strangers(), *self._unflagged(), *self._namesakes()]
        faults += [*self._unreachable(), *self._crowd()]
        if faults:
            raise ValueError("\n".join(faults))
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Of the backends, the default first."""
        first = self.default or next(iter(self.backends))
        return tuple(dict.fromkeys((first, *self.backends)))

    @property
    def digest(self) -> str:
        """Of all it says: files that differ in comments alone have the same."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def find(self, name: str) -> str | None:
        """The backend of that name or alias, in any case."""
        wanted = name.strip().lower()
        if wanted in self.backends:
            return wanted
        return next((own for own, each in self.backends.items() if wanted in each.aliases), None)

    def flag(self, name: str) -> bool:
        """Whether it is on; one that is not there is off."""
        return self.flags.get(name, False)

    def holds(self, part: Pairs) -> bool:
        """Whether the flag that a route or split waits for, if any, is on."""
        return part.flag is None or self.flag(part.flag)

    def _strangers(self) -> Iterator[str]:
        named = [("default", name) for name in (self.default,) if name is not None]
        for place, route in enumerate(self.routes):
            named += [(f"routes[{place}].models", name) for name in route.models]
        for place, split in enumerate(self.splits):
            named += [(f"splits[{place}].arms", name) for name in split.arms]
        known = ", ".join(self.backends)
        for key, name in named:
            if name not in self.backends:
                yield f"{key}: there is no backend {name!r}, only {known}"

    def _unflagged(self) -> Iterator[str]:
        for kind, parts in (("routes", self.routes), ("splits", self.splits)):
            for place, part in enumerate(parts):
                if part.flag is not None and part.flag not in self.flags:
                    yield f"{kind}[{place}].flag: there is no flag {part.flag!r}"

    def _namesakes(self) -> Iterator[str]:
        taken = set(self.backends)
        for name, backend in self.backends.items():
            for alias in backend.aliases:
                if alias in taken:
                    yield f"backends.{name}.aliases: {alias!r} is another's name already"
                taken.add(alias)
        names: set[str] = set()
        for place, split in enumerate(self.splits):
            if split.name in names:
                yield f"splits[{place}].name: {split.name!r} is another's name already"
            names.add(split.name)

    def _unreachable(self) -> Iterator[str]:
        enabled = [(place, split) for place, split in enumerate(self.splits) if split.enabled]
        for kind, parts in (("routes", list(enumerate(self.routes))), ("splits", enabled)):
            yield from _never_reached(kind, parts)

    def _crowd(self) -> Iterator[str]:
        pinned = sum(backend.pinned for backend in self.backends.values())
        if self.on_demand.max_models is not None and pinned > self.on_demand.max_models:
            yield f"on_demand.max_models: {pinned} backends are pinned"


def _never_reached(kind: str, parts: Sequence[tuple[int, Pairs]]) -> Iterator[str]:
    for (place, part), number in zip(parts, range(len(parts)), strict=True):
        for before, other in parts[:number]:
            if other.covers(part):
                yield f"{kind}[{place}]: is never reached, {kind}[{before}] matches all of it"
                break


def load(settings: GatewaySettings) -> Configuration:
    """The configuration of the file, of the short form, or the one built in.

    Raises:
        InvalidConfigurationError: With every fault that was found.
    """
    if settings.file is not None and settings.backends is not None:
        raise InvalidConfigurationError([f"{_VARIABLE}: not beside a file, which names them"])
    if settings.file is not None:
        return read(settings.file)
    if settings.backends is not None:
        return _checked(_short_form(settings.backends), _VARIABLE)
    return Configuration.model_validate(_BUILT_IN)


def read(file: Path) -> Configuration:
    """What a TOML file says.

    Raises:
        InvalidConfigurationError: With every fault that was found.
    """
    try:
        content = tomllib.loads(file.read_bytes().decode())
    except OSError as error:
        fault = f"{file}: cannot be read: {error.strerror}"
        raise InvalidConfigurationError([fault]) from error
    except UnicodeDecodeError as error:
        # Not as its cause: that holds the whole file.
        fault = f"{file}: is not UTF-8: byte {error.start + 1}"
        raise InvalidConfigurationError([fault]) from None
    except tomllib.TOMLDecodeError as error:
        raise InvalidConfigurationError([f"{file}: is no TOML: {error}"]) from error
    return _checked(content, str(file))


def _short_form(written: str) -> dict[str, Any]:
    backends: dict[str, Any] = {}
    for number, entry in enumerate(written.split(","), start=1):
        name, equals, urls = (part.strip() for part in entry.partition("="))
        if not equals or not name or name in backends:
            fault = "is not NAME=URL" if not equals or not name else f"is {name} once more"
            raise InvalidConfigurationError([f"{_VARIABLE}: entry {number} {fault}"])
        backends[name] = {"urls": [url.strip() for url in urls.split(";")]}
    return {"backends": backends}


def _checked(content: Mapping[str, Any], origin: str) -> Configuration:
    try:
        return Configuration.model_validate(content)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
    faults = [fault for each in found for fault in _faults(each["type"], each["loc"], each["msg"])]
    raise InvalidConfigurationError(f"{origin}: {fault}" for fault in faults)


def _faults(kind: str, place: Sequence[int | str], message: str) -> Iterator[str]:
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    key = key.removeprefix(".").removesuffix(".[key]")
    message = _IN_PLAIN_WORDS.get(kind, message)
    for line in message.removeprefix("Value error, ").splitlines():
        yield f"{key}: {line}" if key else line
