"""Where in a text something stands that no translation may change; numbers are elsewhere.

Every pattern is bounded or stops where it cannot go back, so that any text takes linear time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import regex


class Kind(StrEnum):
    """What is to be kept."""

    ICU = "icu"
    """A message with branches: `{n, plural, one {…} other {…}}`."""
    VARIABLE = "variable"
    """`{name}`, `{{name}}`, `${name}`, `$t(key)`, `:name`, `%name%`, `[[name]]`, `*|NAME|*`."""
    PRINTF = "printf"
    """`%s`, `%(n)d`, `%1$s`, `%%`."""
    TAG = "tag"
    ENTITY = "entity"
    CODE = "code"
    """Between back quotes."""
    URL = "url"
    EMAIL = "email"
    HANDLE = "handle"
    """`@name`, `#tag`, `:smile:`."""
    PATH = "path"
    """Of a file, or its bare name where the ending is a usual one."""
    EMOJI = "emoji"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text."""

    start: int
    end: int
    kind: Kind
    text: str

    @property
    def key(self) -> str:
        """What two spans have in common that are the same, however they are spaced."""
        return self.text.replace("\ufe0f", "") if self.kind is Kind.EMOJI else _folded(self.text)


_OPENS = r"""(?<![^\s("'\[>/=])"""
_NO_URL = (
    r"""[^\s<>"`|\\^\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\u3000-\u303f\uff00-\uffef]"""
)
_TLD = "com|org|net|io|dev|app|edu|gov|info|eu|de|fr|ch|uk"
_FILES = (
    "pdf|docx?|xlsx?|pptx?|od[tsp]|txt|csv|tsv|json|ya?ml|toml|xml|html?|md|png|jpe?g|gif|svg|webp|"
    "mp[34]|zip|tar|gz|exe|dll|py|jsx?|tsx?|css|php|java|cpp|conf|cfg|ini|log|sql|sh|po|srt|vtt"
)
_PICTURE = (
    r"(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}(?=\ufe0f)"
    r"|[\u2600-\u27bf\U0001f000-\U0001faff])"
)
_CONVERSION = (
    r"[-+#0]{0,3}(?:\d{1,3}|\*)?(?:\.(?:\d{1,3}|\*))?(?:hh?|ll?|[Lzjtq])?[diouxXeEfFgGcsSp@]"
)
_LABELS = r"(?<![A-Za-z0-9_@.-])(?i:(?:[a-z0-9-]{1,63}+\.){1,5}"
_ONE_EMOJI = rf"{_PICTURE}[\ufe0f\p{{Emoji_Modifier}}]{{0,2}}[\U000e0020-\U000e007f]{{0,8}}"

_PATTERNS = {
    Kind.ICU: (r"\{\s{0,4}\w{1,64}+\s{0,4},\s{0,4}(?:plural|select|selectordinal)\s{0,4},",),
    # As in Markdown, or with a role before it, as in reStructuredText.
    Kind.CODE: tuple(
        rf"(?::[a-z][a-z0-9:+-]{{1,30}}:)?(?<!`){quote}(?!`)[^`\n]{{1,200}}+{quote}(?!`)"
        for quote in ("`", "``", "```")
    ),
    Kind.VARIABLE: (
        r"\{\{\{?[^{}\n]{1,100}+\}\}\}?",
        r"[$#%@]\{[^{}\n]{1,100}+\}",
        r"\$t\([^()\n]{1,200}+\)",
        r"\{\s?[\w.\-\[\]'\"$/]{0,64}+(?:![rsa])?(?::[^{}\s]{0,32}+)?\s?\}",
        r"\{\s?\w{1,64}+\s?,\s?(?:number|date|time|spellout|ordinal|duration|list)\b[^{}\n]{0,100}+\}",
        r"\[\[[^\[\]\n]{1,100}+\]\]",
        r"\*\|[^|\n]{1,64}+\|\*",
        r"<<[A-Za-z_](?:[\w .-]{0,62}\w)?>>",
        r"(?<!\d)%[A-Za-z_][\w.]{1,63}+%",
        r"(?<!\w)__[^\W_]\w{0,62}?__(?!\w)",
        r"(?<![\w$])\$[A-Za-z_]\w{0,63}+",
        rf"{_OPENS}:[a-z][a-z0-9_]{{1,63}}+(?![\w:])",
    ),
    Kind.PRINTF: (
        r"%%",
        rf"%(?:\d{{1,2}}\$|\(\w{{1,64}}+\)){_CONVERSION}",
        rf"(?<!\d)%(?!-[A-Za-z]{{2}}){_CONVERSION}",
    ),
    Kind.TAG: (
        r"</?[A-Za-z][\w:.-]{0,63}+(?:\s[^<>\n]{0,500}+|/)?>",
        r"</?\d{1,3}\s?/?>",
        r"<!--[^<>]{0,500}?-->",
        r"<%[^<>\n]{1,200}?%>",
    ),
    Kind.ENTITY: (r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31}+);",),
    Kind.URL: (
        rf"(?<![A-Za-z0-9_])(?i:[a-z][a-z0-9+.-]{{1,15}}+://|mailto:|www\.){_NO_URL}{{1,2000}}+",
        rf"{_LABELS}(?:{_TLD}))(?![A-Za-z0-9_@-]|\.\w)(?:[/?#]{_NO_URL}{{0,2000}}+)?",
    ),
    Kind.EMAIL: (
        r"(?<![A-Za-z0-9_.+-])[A-Za-z0-9_.+-]{1,64}+@(?:[\w-]{1,63}+\.){1,5}[A-Za-z]{2,24}(?![A-Za-z0-9_@])",
    ),
    Kind.PATH: (
        r"(?<!\w)[A-Za-z]:\\[^\s\"'<>|?*\u3000-\u303f\uff00-\uffef]{1,260}+",
        r"(?<![^\s(\"'\[=])(?:~|\.{1,2})?(?:/[\w.@+-]{1,100}+){2,20}+/?",
        rf"(?<![\w./\\-])[\w-]{{1,100}}+\.(?i:{_FILES})(?!\w|\.\w)",
    ),
    Kind.HANDLE: (
        r"(?<![A-Za-z0-9_@/.&])@[A-Za-z0-9_]{1,50}+(?:[@/][A-Za-z0-9._-]{0,100}[A-Za-z0-9])?",
        r"(?<![\w&#/])#(?=\d{0,99}+[^\W\d_])(?:(?![\p{Han}\p{Hiragana}\p{Katakana}])\w){1,100}+",
        rf"{_OPENS}:[a-z0-9_+-]{{2,32}}+:(?!\w)",
    ),
    Kind.EMOJI: (
        r"\p{RI}\p{RI}",
        r"[0-9#*]\ufe0f?\u20e3",
        rf"{_ONE_EMOJI}(?:\u200d{_ONE_EMOJI}){{0,8}}",
    ),
}
# E-mail and file names before what they begin like; the first that fits at a place is it.
_ANY = regex.compile(
    "|".join(
        f"(?P<{kind}>{'|'.join(f'(?:{one})' for one in found)})"
        for kind, found in _PATTERNS.items()
    ),
    flags=regex.VERSION1,
)
# Most segments hold none of these, and are done with after one cheap look.
_TRIGGER = regex.compile(
    r"[{|\[%$<&`@#/\\:_\ufe0f\u20e3\u2600-\u27bf\U0001f000-\U0001faff]|\w\.\w|\p{Emoji_Presentation}"
)
_AFTER_URL = ".,;:!?'*_~\u2026\u00bb\u201d\u2019"
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_TRIMMED = frozenset({Kind.URL, Kind.PATH})


def find(text: str) -> list[Span]:
    """The spans of a text in their order; none overlap."""
    return list(_found(text)) if _TRIGGER.search(text) else []


def _found(text: str) -> Iterator[Span]:
    closings: dict[int, int] | None = None
    place = 0
    while match := _ANY.search(text, place):
        kind, start, end = Kind(str(match.lastgroup)), match.start(), match.end()
        if kind is Kind.ICU:
            closings = brackets(text) if closings is None else closings
            end = closings.get(start, start)
        elif kind in _TRIMMED:
            end = _trimmed(text, start, end)
        if end > start:
            yield Span(start, end, kind, text[start:end])
        place = max(end, start + 1)


def brackets(text: str) -> dict[int, int]:
    """For each curly bracket that opens where its partner's ends; those without one are absent."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    for match in _CURLY.finditer(text):
        if match.group() == "{":
            opened.append(match.start())
        elif opened:
            ends[opened.pop()] = match.end()
    return ends


_CURLY = regex.compile(r"[{}]")


def _trimmed(text: str, start: int, end: int) -> int:
    """Without the marks at its end that belong to the sentence."""
    balance = {opener: text.count(opener, start, end) for opener in _CLOSERS.values()}
    closed = {closer: text.count(closer, start, end) for closer in _CLOSERS}
    while end > start + 1:
        last = text[end - 1]
        if last in _CLOSERS and closed[last] > balance[_CLOSERS[last]]:
            closed[last] -= 1
        elif last not in _AFTER_URL:
            break
        end -= 1
    return end


def _folded(text: str) -> str:
    return " ".join(text.split())
