"""Takes a message with branches (`{n, plural, one {…} other {…}}`) apart into whole sentences.

What stands around the branches is drawn into each, so that every sentence is translated as one;
keywords and syntax stay. What cannot be taken apart for certain is left whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from common.placeholders import spans
from common.placeholders.spans import Kind

MOST_SENTENCES = 24
LONGEST = 2000

_HEAD = regex.compile(
    r"\{\s{0,4}\w{1,64}+\s{0,4},\s{0,4}(?P<kind>\w++)\s{0,4},\s*+(?:offset:\d{1,9}\s++)?"
)
_SELECTOR = regex.compile(r"\s*+(?:=\d{1,9}|[\w-]{1,64}+)\s*+(?=\{)")
_QUOTED = regex.compile(r"'[{}#|]")
_APOSTROPHE = regex.compile(r"'(?=[{}#'])")


@dataclass(frozen=True, slots=True)
class Message:
    """Whole sentences to translate, and what makes one message of them again."""

    sentences: tuple[str, ...]
    syntax: tuple[str, ...]
    """One more: what stands around the sentences."""
    number: str
    """What stands for `#` in the sentences."""

    def join(self, translations: Sequence[str]) -> str:
        """The message with its sentences translated."""
        parts = [self.syntax[0]]
        for translation, syntax in zip(translations, self.syntax[1:], strict=True):
            # An apostrophe before a bracket would quote it.
            quoted = _APOSTROPHE.sub("''", _balanced(translation.strip()))
            parts += (quoted.replace(self.number, "#"), syntax)
        return "".join(parts)


def message(text: str) -> Message | None:
    """None: there are no branches in it, or it is not certain what they are."""
    heads = list(_HEAD.finditer(text)) if len(text) <= LONGEST else []
    if not heads or _QUOTED.search(text):
        return None
    # `#` is the number of the argument around it; which one, is clear of a single argument only.
    has_number = "#" in text
    if has_number and (len(heads) > 1 or heads[0]["kind"] == "select"):
        return None
    number = _free_name(text)
    bare = text.strip()
    try:
        parts = _Apart(number if has_number else None).parts(bare)
    except _UnclearError:
        return None
    if not any(map(str.isalpha, "".join(parts[1::2]))):
        return None
    before, _, after = text.partition(bare)
    return Message(
        tuple(parts[1::2]), (before + parts[0], *parts[2:-1:2], parts[-1] + after), number
    )


class _UnclearError(Exception):
    """It is no message, or one of too many sentences."""


class _Apart:
    """Takes one message apart; `number` stands for `#`, None: there is none."""

    def __init__(self, number: str | None) -> None:
        self._number = number
        self._left = MOST_SENTENCES

    def parts(self, text: str) -> list[str]:
        """Syntax and sentences by turns, beginning and ending with syntax."""
        argument = next((one for one in spans.find(text) if one.kind is Kind.ICU), None)
        if argument is None:
            return self._sentence(text)
        before, after = text[: argument.start], text[argument.end :]
        if self._number and "#" in before + after:
            raise _UnclearError
        parts = [""]
        for syntax, inner in _branches(argument.text):
            parts[-1] += syntax
            if inner is None:
                continue
            branch = inner.replace("#", self._number) if self._number else inner
            first, *others = self.parts(f"{before}{branch}{after}".strip())
            parts[-1] += first
            parts += others
        return parts

    def _sentence(self, text: str) -> list[str]:
        self._left -= 1
        if self._left < 0 or _HEAD.search(text):
            raise _UnclearError
        return ["", text.replace("''", "'"), ""]


def _branches(argument: str) -> Iterator[tuple[str, str | None]]:
    """Syntax and the branch that follows it; none after the last.

    Raises:
        _UnclearError: It is written otherwise than it should be.
    """
    head = _HEAD.match(argument)
    ends = spans.brackets(argument)
    syntax, place = (head.group(), head.end()) if head else ("", 0)
    while selector := _SELECTOR.match(argument, place):
        opening = selector.end()
        if opening not in ends:
            break
        yield f"{syntax}{selector.group()}{{", argument[opening + 1 : ends[opening] - 1]
        syntax, place = "}", ends[opening]
    rest = argument[place:]
    if syntax != "}" or rest.strip() != "}":
        raise _UnclearError
    yield f"}}{rest}", None


def _balanced(text: str) -> str:
    """Without brackets that have no partner: they would end the branch, or never."""
    ends = spans.brackets(text)
    kept = {*ends, *(end - 1 for end in ends.values())}
    return "".join(one for at, one in enumerate(text) if one not in "{}" or at in kept)


def _free_name(text: str) -> str:
    """A variable that the text does not have."""
    name = "n"
    while f"{{{name}}}" in text:
        name += "n"
    return f"{{{name}}}"
