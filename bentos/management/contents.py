"""What a bundle says of itself, in `bundle.json`; whoever reads one has not written it himself."""

from typing import Annotated, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
    model_validator,
)

from bentos import store
from bentos.management.archive import BundleError
from common.catalogue.entry import Entry
from common.paths import stays_below
from common.state.snapshot import State

Tag = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-._a-z0-9]{0,61}[a-z0-9])?$")]


class _Described(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BundledFile(_Described):
    """A file of weights; its content is in the tar under its SHA-256."""

    name: str
    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")

    @model_validator(mode="after")
    def _belongs_to_weights(self) -> Self:
        if not stays_below(self.name):
            raise ValueError("a file's name must stay below its folder")
        if self.name in {store.ENTRY, store.OBJECTS}:
            raise ValueError("a file has the name of one of BentoML's own")
        return self


class BundledWeights(_Described):
    """A version as the model store has it."""

    name: Tag
    version: Tag
    labels: dict[str, str] = {}
    metadata: dict[str, JsonValue] = {}
    files: tuple[BundledFile, ...] = Field(min_length=1)

    @property
    def tag(self) -> str:
        return f"{self.name}:{self.version}"

    @property
    def size_bytes(self) -> int:
        return sum(file.size for file in self.files)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len({file.name.casefold() for file in self.files}) != len(self.files):
            raise ValueError("two files have one name")
        if self.version == "latest":
            raise ValueError("BentoML keeps the version `latest` to itself")
        if not all(map(is_text, self.metadata.values())):
            raise ValueError("metadata is something else than texts")
        return self


class Bundle(_Described):
    """All that it moves, weights by their description only."""

    format: Literal[1] = 1
    created: AwareDatetime
    additions: tuple[Entry, ...] = ()
    state: State = State()
    weights: tuple[BundledWeights, ...] = ()

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if len({weights.tag for weights in self.weights}) != len(self.weights):
            raise ValueError("weights are listed twice")
        return self


def is_text(value: object) -> bool:
    """Whether it is what our own pulls write into metadata: a text, or some."""
    parts = value if isinstance(value, list) else [value]
    return all(isinstance(part, str) for part in parts)


class _Format(BaseModel):
    format: int


def parse(text: bytes) -> Bundle:
    """What the JSON says.

    Raises:
        BundleError: naming the member that is wrong, or the format that is not known.
    """
    try:
        found = _Format.model_validate_json(text).format
        if found != 1:
            raise BundleError(f"It is of format {found}; this version reads format 1.")
        return Bundle.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "content"
        raise BundleError(f"It is no bundle: {where}: {first['msg']}.") from error
