"""PO, gettext's format: messages without a translation get one; all others stay as they are.

A translation that nobody has looked at since its message changed (`fuzzy`) counts as none:
programs do not use it either.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import regex

from common.files import plurals
from common.files.document import Document, FileOptions, FileText, Limits
from common.files.encoding import Decoded, decode
from common.files.po_entries import Entry, Field, entries, quoted
from common.files.prose import markup_of
from common.files.spans import Edit, edited, has_letter

_CHARSET: Final = regex.compile(rb"charset=([\w.:-]{1,40})")
_CHARSET_NAME: Final = regex.compile(r"charset=[\w.:-]*+")
_NO_CHARSET: Final = "charset=CHARSET"
_FUZZY: Final = "fuzzy"
_LANGUAGE: Final = "Language"
_PLURALS: Final = "Plural-Forms"


def read(data: bytes, limits: Limits, options: FileOptions) -> Document:
    """Read a catalogue, or a template for one."""
    del limits
    declared = _CHARSET.search(data)
    decoded = decode(data, None if declared is None else declared[1].decode("ascii", "replace"))
    return _Catalogue(decoded, options)


class _Catalogue:
    def __init__(self, decoded: Decoded, options: FileOptions) -> None:
        self._decoded = decoded
        self._options = options
        self._end = "\r\n" if "\r\n" in decoded.text else "\n"
        found = list(entries(decoded.text))
        self._header = next((one for one in found if _is_header(one)), None)
        self._fields = _fields_of(self._header)
        self._open = [one for one in found if _is_open(one, again=options.again)]
        texts = (text for entry in self._open for text in _texts_of(entry))
        self.texts: Sequence[FileText] = [FileText(text, markup_of(text)) for text in texts]

    def render(self, translations: Sequence[str]) -> bytes:
        if len(translations) != len(self.texts):
            message = "There must be a translation for each text."
            raise ValueError(message)
        given = iter(zip(self.texts, translations, strict=True))
        rule = self._rule()
        edits: list[Edit] = []
        for entry in self._open:
            pairs = [next(given) for _ in _texts_of(entry)]
            if any(text.text != translation for text, translation in pairs):
                forms = _forms([translation for _, translation in pairs], rule)
                edits += self._edits(entry, forms)
        if not edits:
            return self._decoded.encoding.encode(self._decoded.text)
        return self._encoded(edits, rule)

    def _rule(self) -> str:
        """The catalogue's own, unless it is in another language or a template."""
        rule, target = self._fields.get(_PLURALS, ""), self._options.target_lang
        mine = target is None or self._fields.get(_LANGUAGE, "").replace("_", "-") == target
        if mine and rule.partition("nplurals=")[2][:1].isdecimal():
            return rule
        return plurals.rule_of(target or "")

    def _header_edits(self, header: Entry, rule: str) -> Iterator[Edit]:
        if _FUZZY in header.flag_names:  # or gettext's tools would not read it
            yield self._flags(header, fuzzy=False)
        [said] = header.strings
        text = _header_text(said.text, self._fields, self._options.target_lang, rule)
        if text != said.text:
            yield said.start, said.end, self._closed(f"msgstr {quoted(text, self._end)}", said)

    def _edits(self, entry: Entry, forms: Sequence[str]) -> Iterator[Edit]:
        if _FUZZY in entry.flag_names or self._options.fuzzy:
            yield self._flags(entry, fuzzy=self._options.fuzzy)
            yield from ((start, end, "") for start, end in entry.previous)
        strings = entry.strings
        keywords = ["msgstr"] if entry.is_plain else [f"msgstr[{n}]" for n in range(len(forms))]
        texts = [_shaped(form, entry.id) for form in forms[: len(keywords)]]
        lines = (
            f"{key} {quoted(text, self._end)}" for key, text in zip(keywords, texts, strict=True)
        )
        yield strings[0].start, strings[-1].end, self._closed(self._end.join(lines), strings[-1])

    def _flags(self, entry: Entry, *, fuzzy: bool) -> Edit:
        names = [name for name in entry.flag_names if name != _FUZZY]
        if fuzzy:
            names.insert(0, _FUZZY)
        line = f"#, {', '.join(names)}{self._end}" if names else ""
        start, end = entry.flags or (entry.message_start, entry.message_start)
        return start, end, line

    def _closed(self, text: str, last: Field) -> str:
        """With a line end, where the lines it replaces had one."""
        return text + self._end if self._decoded.text.endswith("\n", last.start, last.end) else text

    def _encoded(self, edits: list[Edit], rule: str) -> bytes:
        content, encoding = self._decoded.text, self._decoded.encoding
        if self._header is not None:
            edits += self._header_edits(self._header, rule)
        written = edited(content, edits)
        try:
            return encoding.encode_strictly(written)
        except UnicodeEncodeError:
            return _CHARSET_NAME.sub("charset=UTF-8", written, 1).encode()


def _is_header(entry: Entry) -> bool:
    return not entry.id and "msgctxt" not in entry.fields and len(entry.strings) == 1


def _is_open(entry: Entry, *, again: bool) -> bool:
    missing = not any(one.text for one in entry.strings)
    return has_letter(entry.id) and (again or missing or _FUZZY in entry.flag_names)


def _texts_of(entry: Entry) -> list[str]:
    """The message, and what it is of several."""
    several = entry.fields.get("msgid_plural")
    return [entry.id] if several is None else [entry.id, several.text]


def _forms(translations: Sequence[str], rule: str) -> list[str]:
    """All forms that the language has: one of them is the singular, where there is one at all."""
    forms = plurals.forms_of(rule)
    made = [translations[-1]] * forms
    if forms > 1 or len(translations) == 1:
        made[plurals.form_of_one(rule)] = translations[0]
    return made


def _shaped(translation: str, message: str) -> str:
    """With line breaks at both ends where its message has them: gettext's tools insist on it."""
    start = "\n" if message.startswith("\n") else ""
    end = "\n" if message.endswith("\n") else ""
    return start + translation.strip("\n") + end


def _fields_of(header: Entry | None) -> dict[str, str]:
    text = "" if header is None else header.strings[0].text
    pairs = (line.partition(":") for line in text.split("\n"))
    return {name.strip(): value.strip() for name, colon, value in pairs if colon}


def _header_text(text: str, fields: dict[str, str], target: str | None, rule: str) -> str:
    """Says which language it is now; of what stood there before, all else stays."""
    if target is not None and fields.get(_LANGUAGE, "").replace("_", "-") != target:
        text = _with_field(text, _LANGUAGE, target.replace("-", "_"))
    if _PLURALS in fields:
        text = _with_field(text, _PLURALS, rule)
    return text.replace(_NO_CHARSET, "charset=UTF-8")


def _with_field(text: str, name: str, value: str) -> str:
    lines = text.split("\n")
    for place, line in enumerate(lines):
        if line.partition(":")[0].strip() == name:
            lines[place] = f"{name}: {value}"
            return "\n".join(lines)
    return f"{text.rstrip(chr(10))}\n{name}: {value}\n"
