"""What the predecessor did to its callers' harm and is not repeated; data, and its table."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Mended:
    """One thing that is answered in another way than by the predecessor."""

    where: str
    """The profiles it concerns, and the path."""
    was: str
    now: str


MENDED: Final = (
    Mended("all, JSON body", "another `Content-Type`: plain text 500", "422 with `detail`"),
    Mended("all", "an unforeseen error: plain text 500, no CORS", "500 with `detail`, and CORS"),
    Mended("all, languages", "codes passed on unmapped: any language came out", "400"),
    Mended("all, languages", "of FLORES, ISO and names some only", "all three, echoed as sent"),
    Mended("`main`, `/translate`", "8 targets of its desktop client: 400", "translated"),
    Mended("`multimodel`, `/translate`", "an unknown model: 500", "404"),
    Mended("`multimodel`, `/translate`", "`aya-expanse-8b` as model: 422", "means `aya`"),
    Mended("`multimodel`, `/languages/{model}`", "an unknown model: 500", "404"),
    Mended("`multimodel`, `/languages/{code}`", "no language was found here", "as in `main`"),
    Mended("`multimodel`, load", "an unknown model: 500", "404"),
    Mended("`multimodel`, load", "`NLLB` loaded a second copy", "means `nllb`"),
    Mended("`multimodel`, load", "impossible once no model was loaded", "loads it"),
    Mended("`multimodel`, unload", "an unknown model: 200", "404"),
    Mended("`multimodel`, `/translate/legacy`", "every error: 500", "the error's own status"),
    Mended("`multimodel`, `/translate/legacy`", "over the limit: 500", "429"),
    Mended("`multimodel`, `/translate/legacy`", "FLORES codes: 500", "translated"),
    Mended("`single`, `/translate`", "a blank text: plain text 500", "422"),
    Mended("`single`, `/translate`", "a code of one letter: plain text 500", "422"),
    Mended("`single`, `/translate`", "a pair that is not spoken: 500", "400"),
    Mended("`single`, `/model/info`", "languages twice in the list", "each once"),
    Mended("`single`, `/health`", "translated a text at each call", "asks nobody"),
    Mended("`single`, `/detect`", "0.8 as confidence, always", "the detector's own"),
    Mended("`aya`, `/translate`", "a language that is not spoken: 500", "400"),
    Mended("`aya`, `/translate`", "a target `auto`: 500", "400"),
    Mended("`aya`", "keys were not looked at", "needed where keys are configured"),
    Mended("all, `/adaptive/*`", "a wrong `api_key` in the body: 500", "403"),
    Mended("all, `/adaptive/*`", "a language nobody knows: 500", "400"),
    Mended("all, `/adaptive/*`", "every failure of a model: 500", "the error's own status"),
    Mended("all, detection", "Cyrillic or English, nothing else", "a real detector"),
    Mended("all, short texts", "output cut at twice the characters", "translated whole"),
    Mended("all, Aya", "the source's letters deleted from the output", "nothing is deleted"),
)


def table(rows: Iterable[Mended] = MENDED) -> str:
    """The same as Markdown."""
    lines = ["| profile, path | was | is |", "| --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {row.where} | {row.was} | {row.now} |" for row in rows)])
