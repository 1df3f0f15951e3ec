"""The ZIP archive that an office file is, read within bounds and written again; not what it says.

Nothing in it is ever written to a disk, so a name can do no harm here; names that could do some
where the result is opened are refused all the same.
"""

import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from struct import error as StructError  # noqa: N812 - the name it should have had
from typing import Final

from common.files.document import FileDamagedError, FileRefusedError, FileTooLargeError, Limits

_ZIP: Final = b"PK\x03\x04"
_ENTRY: Final = b"PK\x01\x02"
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 0x1
_LARGE: Final = 16 * 1024 * 1024
"""From here on an entry's ratio counts: a smaller one may well be one row over and over."""
_RATIO: Final = 250
"""Office files reach 40; deflate ends at 1032."""
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    StructError,
    EOFError,
    NotImplementedError,
    UnicodeError,
    ValueError,
    OSError,
    RuntimeError,
    OverflowError,
)
"""What zipfile raises for bytes that are no archive."""


class Archive:
    """The entries of an archive, all of which are within the limits."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        """Check the whole directory, before anything is unpacked.

        Raises:
            FileRefusedError: It is no archive, or one that is meant to do harm.
        """
        self.data = data
        _check_beginning(data)
        if data.count(_ENTRY) > limits.max_parts:
            raise FileTooLargeError(f"The file holds more than {limits.max_parts} parts.")
        try:
            self._file = zipfile.ZipFile(BytesIO(data))
        except _BROKEN as error:
            raise _damaged() from error
        self._entries = {entry.filename: entry for entry in self._file.infolist()}
        for entry in self._file.infolist():
            _check(entry)
        if len({name.casefold() for name in self._entries}) < len(self._file.infolist()):
            raise FileRefusedError("The file holds two parts of one name.")
        if sum(entry.file_size for entry in self._entries.values()) > limits.max_unpacked_bytes:
            raise FileTooLargeError(
                f"The file unpacks to more than {limits.max_unpacked_bytes} bytes."
            )

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        """The names, in their order."""
        return iter(self._entries)

    def read(self, name: str, size: int | None = None) -> bytes:
        """An entry's content, or as much of its beginning.

        Raises:
            FileDamagedError: There is none of that name, or it cannot be unpacked.
        """
        try:
            with self._file.open(self._entries[name]) as entry:
                return entry.read(-1 if size is None else size)
        except (*_BROKEN, KeyError) as error:
            raise _damaged() from error

    def size(self, name: str) -> int:
        """How long an entry says that its content is."""
        return self._entries[name].file_size

    def written(self, changed: Mapping[str, bytes]) -> bytes:
        """The archive with the content of some entries exchanged; all else as it was."""
        if not changed:
            return self.data
        result = BytesIO()
        with zipfile.ZipFile(result, "w") as out:
            for name, entry in self._entries.items():
                content = changed.get(name)
                out.writestr(_copy(entry), self.read(name) if content is None else content)
        return result.getvalue()


def _check_beginning(data: bytes) -> None:
    if data.startswith(_COMPOUND):
        raise FileRefusedError(
            "The file is protected by a password, or in an old binary format: save it without, "
            "in the format that its name says."
        )
    if not data.startswith(_ZIP):
        raise FileDamagedError("The file is not what its name says.")


def _check(entry: zipfile.ZipInfo) -> None:
    if not _is_safe(entry.orig_filename) or stat.S_ISLNK(entry.external_attr >> 16):
        raise FileRefusedError("The file holds a part whose name leads out of it.")
    if entry.flag_bits & _ENCRYPTED:
        raise FileRefusedError("The file is protected by a password.")
    if entry.compress_type not in _METHODS:
        raise FileRefusedError("The file is packed in a way that office files are not.")
    if entry.file_size > _LARGE and entry.file_size > _RATIO * entry.compress_size:
        raise FileTooLargeError("The file unpacks to far more than its size.")


def _is_safe(name: str) -> bool:
    if not name or name.startswith("/") or any(char in name for char in "\\\0:"):
        return False
    return not {"..", "."} & set(name.split("/"))


def _copy(entry: zipfile.ZipInfo) -> zipfile.ZipInfo:
    copy = zipfile.ZipInfo(entry.filename, entry.date_time)
    copy.compress_type = entry.compress_type
    copy.external_attr = entry.external_attr
    copy.create_system = entry.create_system
    return copy


def _damaged() -> FileDamagedError:
    return FileDamagedError("The file is damaged: it cannot be unpacked.")
