"""A Word document of nothing but paragraphs and headings, written from scratch."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from common.files.office.trees import legal

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_FORMATS: Final = "http://schemas.openxmlformats.org"
_WORD: Final = f"{_FORMATS}/wordprocessingml/2006/main"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_TYPES: Final = (
    f'{_HEAD}<Types xmlns="{_FORMATS}/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_TYPE}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>'
)
_RELATIONSHIPS: Final = (
    f'{_HEAD}<Relationships xmlns="{_FORMATS}/package/2006/relationships">'
    '<Relationship Id="rId1" Type="{type}" Target="{target}"/></Relationships>'
)
_DOCUMENT: Final = f"{_FORMATS}/officeDocument/2006/relationships"
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
"""The same paragraphs make the same bytes."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One of a document."""

    text: str
    level: int = 0
    """Of a heading; 0 for none."""
    page: int = 0
    """Where it changes, another page begins."""


def word_document(paragraphs: Sequence[Paragraph], language: str | None = None) -> bytes:
    """The paragraphs as a .docx; `language` is what they are said to be in."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in _parts(paragraphs, language):
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), part, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def _parts(paragraphs: Sequence[Paragraph], language: str | None) -> list[tuple[str, str]]:
    to_document = {"type": f"{_DOCUMENT}/officeDocument", "target": "word/document.xml"}
    to_styles = {"type": f"{_DOCUMENT}/styles", "target": "styles.xml"}
    return [
        ("[Content_Types].xml", _TYPES),
        ("_rels/.rels", _RELATIONSHIPS.format(**to_document)),
        ("word/_rels/document.xml.rels", _RELATIONSHIPS.format(**to_styles)),
        ("word/document.xml", _body(paragraphs)),
        ("word/styles.xml", _styles(language)),
    ]


def _body(paragraphs: Sequence[Paragraph]) -> str:
    page = paragraphs[0].page if paragraphs else 0
    written: list[str] = []
    for one in paragraphs:
        written.append(_paragraph(one, is_new_page=one.page != page))
        page = one.page
    return f'{_HEAD}<w:document xmlns:w="{_WORD}"><w:body>{"".join(written)}</w:body></w:document>'


def _paragraph(one: Paragraph, *, is_new_page: bool) -> str:
    style = f'<w:pStyle w:val="Heading{one.level}"/>' if one.level else ""
    new_page = "<w:pageBreakBefore/>" if is_new_page else ""
    properties = f"<w:pPr>{style}{new_page}</w:pPr>" if style or new_page else ""
    text = escape(legal(" ".join(one.text.splitlines())))
    return f'<w:p>{properties}<w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def _styles(language: str | None) -> str:
    lang = f"<w:lang w:val={quoteattr(legal(language))}/>" if language else ""
    headings = "".join(_heading(level, size) for level, size in ((1, 32), (2, 26)))
    return (
        f'{_HEAD}<w:styles xmlns:w="{_WORD}"><w:docDefaults><w:rPrDefault><w:rPr>'
        f'<w:sz w:val="22"/>{lang}</w:rPr></w:rPrDefault><w:pPrDefault><w:pPr>'
        '<w:spacing w:after="120"/></w:pPr></w:pPrDefault></w:docDefaults>'
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
        f"</w:style>{headings}</w:styles>"
    )


def _heading(level: int, size: int) -> str:
    return (
        f'<w:style w:type="paragraph" w:styleId="Heading{level}"><w:name w:val="heading {level}"/>'
        '<w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:pPr><w:keepNext/>'
        f'<w:outlineLvl w:val="{level - 1}"/></w:pPr>'
        f'<w:rPr><w:b/><w:sz w:val="{size}"/></w:rPr></w:style>'
    )
