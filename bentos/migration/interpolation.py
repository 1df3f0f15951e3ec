"""What stands for a variable in a compose file, as compose itself reads it; reads no file."""

import re
from collections.abc import Mapping
from typing import Final

_VARIABLE: Final = re.compile(
    r"\$(?:(?P<escaped>\$)|(?P<bare>[A-Za-z_]\w*)"
    r"|\{(?P<name>[A-Za-z_]\w*)(?:(?P<operator>:?[-?+])(?P<word>[^{}]*(?:\{[^{}]*\}[^{}]*)*))?\})"
)
_DEEPEST: Final = 8


class UnsetError(ValueError):
    """A variable that the file insists on is not set."""


def interpolate(text: str, known: Mapping[str, str], depth: int = 0) -> str:
    """With `$NAME`, `${NAME}`, `${NAME:-word}` and their like replaced; `$$` is a dollar sign.

    Raises:
        UnsetError: `${NAME:?}`, and it is not set.
    """
    if depth > _DEEPEST:
        return text

    def value(found: re.Match[str]) -> str:
        if found["escaped"]:
            return "$"
        name, operator, word = found["bare"] or found["name"], found["operator"], found["word"]
        is_set = bool(known.get(name)) if operator and ":" in operator else name in known
        match operator[-1] if operator else "":
            case "-" if not is_set:
                return interpolate(word, known, depth + 1)
            case "?" if not is_set:
                raise UnsetError(f"{name} is not set, and the file needs it")
            case "+":
                return interpolate(word, known, depth + 1) if is_set else ""
            case _:
                return known.get(name, "")

    return _VARIABLE.sub(value, text)
