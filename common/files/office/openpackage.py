"""What an OpenDocument file may not hold: what runs, and what loads from elsewhere on opening."""

from typing import Final

from lxml import etree

from common.files.document import FileDamagedError, FileRefusedError, Limits
from common.files.office.archive import Archive
from common.files.office.package import is_elsewhere
from common.files.office.trees import local_name, parsed, refuse_dtd

_MANIFEST: Final = "META-INF/manifest.xml"
_HREF: Final = "{http://www.w3.org/1999/xlink}href"
_MACROS: Final = ("Basic/", "Scripts/", "Dialogs/")
_RUNNING: Final = {
    "event-listener": "macros",
    "script": "macros",
    "object-ole": "embedded objects (OLE)",
    "applet": "programs",
    "plugin": "programs",
    "dde-source": "links to another program (DDE)",
    "dde-connection-decl": "links to another program (DDE)",
    "dde-link": "links to another program (DDE)",
}
_FOLLOWED: Final = frozenset({"a", "form", "button", "image-frame"})
"""Elements whose address is gone to only by a reader."""
_READ: Final = ("content.xml", "styles.xml", "meta.xml", "settings.xml")


def check(archive: Archive, limits: Limits, media_type: str, name: str) -> None:
    """Check all that there is to refuse.

    Raises:
        FileRefusedError: It is another kind of file, or holds what could do harm.
    """
    said = archive.read("mimetype", 200) if "mimetype" in archive else b""
    if said.decode(errors="replace").strip() != media_type or "content.xml" not in archive:
        raise FileDamagedError(f"The file is no {name}.")
    for part in archive:
        if part.startswith(_MACROS):
            raise FileRefusedError("The file holds macros: save it without.")
        if part.lower().endswith((".xml", ".rdf")) and archive.size(part):
            refuse_dtd(archive.read(part, 64 * 1024))
    if _MANIFEST in archive:
        _check_manifest(parsed(archive.read(_MANIFEST), limits.max_depth))
    for part in archive:
        if part.rpartition("/")[2] in _READ and archive.size(part):
            _check_content(parsed(archive.read(part), limits.max_depth))


def _check_manifest(root: etree._Element) -> None:
    if any(local_name(element) == "encryption-data" for element in root.iter()):
        raise FileRefusedError("The file is protected by a password.")


def _check_content(root: etree._Element) -> None:
    for element in root.iter(etree.Element):
        name = local_name(element)
        if name in _RUNNING:
            raise FileRefusedError(f"The file holds {_RUNNING[name]}: save it without.")
        target = element.get(_HREF, "")
        if target and name not in _FOLLOWED and is_elsewhere(target):
            raise FileRefusedError(
                "The file loads something from elsewhere when it is opened (a template, a "
                "picture or the like): save it with that inside."
            )
