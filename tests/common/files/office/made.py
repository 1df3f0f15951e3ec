"""Office files made for a test: as few parts as will do, and any that an attack wants."""

import re
import zipfile
from collections.abc import Mapping
from io import BytesIO

from lxml import etree

from common.files.document import Document, FileText

FORMATS = "http://schemas.openxmlformats.org"
RELATIONSHIPS = f"{FORMATS}/officeDocument/2006/relationships"
W = f"{FORMATS}/wordprocessingml/2006/main"
A = f"{FORMATS}/drawingml/2006/main"
S = f"{FORMATS}/spreadsheetml/2006/main"
TYPES = "application/vnd.openxmlformats-officedocument"
DOCX = f"{TYPES}.wordprocessingml.document.main+xml"
XLSX = f"{TYPES}.spreadsheetml.sheet.main+xml"
PPTX = f"{TYPES}.presentationml.presentation.main+xml"
ODT = "application/vnd.oasis.opendocument.text"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_TAG = re.compile(r"(<[^>]*>|&[#\w]+;)|(\w)")

Parts = Mapping[str, str | bytes]
NONE: Mapping[str, str] = {}


def zipped(parts: Parts, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def package(types: Mapping[str, str], parts: Parts) -> bytes:
    """An Office Open XML file; `types` are those of its parts."""
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in types.items()
    )
    listed = (
        f'{HEAD}<Types xmlns="{FORMATS}/package/2006/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )
    return zipped({"[Content_Types].xml": listed, **parts})


def relationships(*kinds: str, target: str = "x.xml", external: bool = False) -> str:
    mode = ' TargetMode="External"' if external else ""
    each = "".join(
        f'<Relationship Id="r{at}" Type="{RELATIONSHIPS}/{kind}" Target="{target}"{mode}/>'
        for at, kind in enumerate(kinds)
    )
    return (
        f'{HEAD}<Relationships xmlns="{FORMATS}/package/2006/relationships">{each}</Relationships>'
    )


def word(body: str) -> str:
    return f'{HEAD}<w:document xmlns:w="{W}" xmlns:a="{A}"><w:body>{body}</w:body></w:document>'


def docx(body: str, parts: Parts = NONE, types: Mapping[str, str] = NONE) -> bytes:
    return package({"word/document.xml": DOCX, **types}, {"word/document.xml": word(body), **parts})


def run(text: str, style: str = "") -> str:
    properties = f"<w:rPr>{style}</w:rPr>" if style else ""
    return f'<w:r>{properties}<w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*content: str) -> str:
    return f"<w:p>{''.join(content)}</w:p>"


def odt(body: str, parts: Parts = NONE) -> bytes:
    oasis = "urn:oasis:names:tc:opendocument:xmlns"
    shorter = {"office": "office", "text": "text", "draw": "drawing", "script": "script"}
    names = "".join(f' xmlns:{short}="{oasis}:{name}:1.0"' for short, name in shorter.items())
    content = (
        f'{HEAD}<office:document-content{names} xmlns:xlink="http://www.w3.org/1999/xlink">'
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    return zipped({"mimetype": ODT, "content.xml": content, **parts})


def shouted(text: FileText) -> str:
    """In capitals, with its tags and entities as they are."""
    if text.format == "text":
        return text.text.upper()
    return _TAG.sub(lambda match: match[1] or match[2].upper(), text.text)


def render(document: Document, translate: Mapping[str, str] | None = None) -> bytes:
    """With the translations given for some texts, or with all of them in capitals."""
    if translate is None:
        return document.render([shouted(text) for text in document.texts])
    return document.render([translate.get(text.text, text.text) for text in document.texts])


def texts(document: Document) -> list[str]:
    return [text.text for text in document.texts]


def root(data: bytes, name: str) -> etree._Element:
    return etree.fromstring(unzipped(data)[name])


def said(data: bytes, name: str = "word/document.xml", local: str = "t") -> list[str]:
    """The text of each element of a name, which for runs is what a reader sees."""
    elements = root(data, name).iter(f"{{*}}{local}")
    return ["".join(element.itertext()) for element in elements]


def canonical(part: bytes | etree._Element) -> bytes:
    """The same for XML that says the same."""
    return etree.tostring(
        etree.fromstring(part) if isinstance(part, bytes) else part, method="c14n"
    )
