"""Excel workbooks: the texts in cells, shapes and charts; never a formula, number, date or name.

What something in the workbook knows a cell by stays as it is: the heading of a table's or a
pivot's column, and a text that a formula compares with.
"""

from functools import partial
from typing import Final

from lxml import etree

from common.files.document import Document, FileOptions, FileRefusedError, Limits
from common.files.office.archive import Archive
from common.files.office.cells import CellText, Recalculated, literals_of
from common.files.office.document import OfficeDocument, Open
from common.files.office.drawing import GRAPHICS, DrawingText
from common.files.office.package import Package
from common.files.office.trees import local_name, parsed

_SHEETS: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_MAIN: Final = f"{_SHEETS}.sheet.main+xml"
_WORKSHEET: Final = f"{_SHEETS}.worksheet+xml"
_DRAWING: Final = "application/vnd.openxmlformats-officedocument.drawing+xml"
_LINKED: Final = frozenset({"ddeLink", "oleLink"})


def read(data: bytes, limits: Limits, options: FileOptions) -> Document:
    """A workbook's texts: one that several cells share is one text."""
    package = Package(Archive(data, limits), limits, _MAIN, "Excel workbook (.xlsx)")
    _refuse_live_data(package)
    cells = partial(CellText, kept=_headings(package) | _literals(package))
    names = package.of_type(f"{_SHEETS}.sharedStrings+xml")
    names += [one for one in package.of_type(_WORKSHEET) if b"inlineStr" in package.read(one)]
    parts: dict[str, Open] = dict.fromkeys(names, cells)
    graphics = package.of_type(_DRAWING, *GRAPHICS)
    parts |= dict.fromkeys(graphics, partial(DrawingText, language=options.target_lang))
    return OfficeDocument(
        package.archive, parts, limits, also=dict.fromkeys(package.of_type(_MAIN), Recalculated)
    )


def _headings(package: Package) -> frozenset[str]:
    """Names of columns, which have to be what stands in the cells above them."""
    parts = package.of_type(f"{_SHEETS}.table+xml", f"{_SHEETS}.pivotCacheDefinition+xml")
    return frozenset(
        element.get("name", "").casefold()
        for part in parts
        for element in _tree(package, part).iter()
        if local_name(element) in {"tableColumn", "cacheField"}
    )


def _literals(package: Package) -> frozenset[str]:
    return frozenset(
        literal
        for part in package.of_type(_WORKSHEET, _MAIN)
        for literal in literals_of(package.read(part))
    )


def _refuse_live_data(package: Package) -> None:
    for part in package.of_type(f"{_SHEETS}.externalLink+xml"):
        if any(local_name(element) in _LINKED for element in _tree(package, part).iter()):
            raise FileRefusedError("The file is linked to another program (DDE or OLE).")
    for part in package.of_type(f"{_SHEETS}.connections+xml"):
        for element in _tree(package, part).iter():
            if element.get("refreshOnLoad", "0") not in {"0", "false"}:
                raise FileRefusedError("The file loads data from elsewhere when it is opened.")


def _tree(package: Package, part: str) -> etree._Element:
    return parsed(package.read(part), package.limits.max_depth)
