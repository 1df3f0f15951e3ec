"""An office file as the texts of its parts; which parts hold text its format says."""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Final, Protocol

from lxml import etree

from common.files.document import FileText, FileTooLargeError, Limits
from common.files.office.archive import Archive
from common.files.office.tagged import TaggedText
from common.files.office.trees import parsed, serialized


class PartText(Protocol):
    """The texts of a part, as places in its tree."""

    texts: Sequence[TaggedText]

    def close(self) -> None:
        """Called once all translations are in their places."""
        ...


Open = Callable[[etree._Element], PartText]
_NONE: Final[Mapping[str, Open]] = {}


class OfficeDocument:
    """An archive and the texts of some of its parts.

    Trees take ten times the memory of the file, and a job may wait long for its translations: so
    none is kept, and what is read twice is read the same.
    """

    def __init__(
        self,
        archive: Archive,
        parts: Mapping[str, Open],
        limits: Limits,
        *,
        also: Mapping[str, Open] = _NONE,
    ) -> None:
        """`also`: parts that are written anew where any text is, be it theirs or not."""
        self._archive = archive
        self._parts = {**also, **parts}
        self._also = frozenset(also)
        self._limits = limits
        self._counts: dict[str, int] = {}
        texts: list[FileText] = []
        for name in parts:
            found = [place.text for place in self._open(name)[1].texts]
            self._counts[name] = len(found)
            texts += found
            if len(texts) > limits.max_texts:
                raise FileTooLargeError(f"The file holds more than {limits.max_texts} texts.")
        self.texts: Sequence[FileText] = tuple(texts)

    def render(self, translations: Sequence[str]) -> bytes:
        if len(translations) != len(self.texts):
            raise ValueError("There must be as many translations as texts.")
        left = iter(translations)
        new = {name: [*islice(left, count)] for name, count in self._counts.items()}
        if [*translations] == [text.text for text in self.texts]:
            return self._archive.data
        originals = iter(self.texts)
        changed = {
            name
            for name, count in self._counts.items()
            if new[name] != [text.text for text in islice(originals, count)]
        }
        written = [name for name in self._parts if name in changed or name in self._also]
        return self._archive.written(
            {name: self._written(name, new.get(name, ())) for name in written}
        )

    def _open(self, name: str) -> tuple[etree._Element, PartText]:
        root = parsed(self._archive.read(name), self._limits.max_depth)
        return root, self._parts[name](root)

    def _written(self, name: str, translations: Sequence[str]) -> bytes:
        root, part = self._open(name)
        for place, translation in zip(part.texts, translations, strict=True):
            place.replace(translation)
        part.close()
        return serialized(root)
