"""Which elements and attributes of HTML mean what to a translation; reads none."""

from typing import Final


def _names(*lines: str) -> frozenset[str]:
    return frozenset(name for line in lines for name in line.split())


BLOCKS: Final = _names(
    "address article aside base blockquote body button caption center col colgroup datalist dd",
    "details dialog dir div dl dt fieldset figcaption figure footer form frame frameset h1 h2 h3",
    "h4 h5 h6 head header hgroup hr html legend li link main map menu meta nav noscript ol",
    "optgroup option p param plaintext pre search section select source summary table tbody td",
    "template tfoot th thead title tr track ul xmp",
)
"""They end a text; all others, unknown ones too, stand within one."""

VOID: Final = _names(
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source",
    "track wbr",
)
"""They have neither content nor an end tag."""

ENDS_WITH_NEXT: Final = _names("dd dt li option p tbody td tfoot th thead tr")
"""Elements whose end tag may be left out."""

HOLDING: Final = _names("dl menu ol select table ul")
"""Elements that such ones stand in."""

UNTOUCHED: Final = _names("code kbd listing math plaintext pre samp tt var xmp")
"""Read, and in no language."""

UNREAD: Final = _names(
    "audio canvas embed iframe noembed noframes object rp rt script style svg textarea video"
)
"""Beside the text rather than in it, whatever they hold."""

READ_ALOUD: Final = _names(
    "alt aria-description aria-label aria-placeholder aria-roledescription aria-valuetext",
    "placeholder title",
)
"""Attributes for people, of any element."""

DESCRIBING: Final = _names("name property itemprop")
DESCRIBED: Final = _names(
    "application-name description keywords og:description og:image:alt og:site_name og:title",
    "twitter:description twitter:image:alt twitter:title",
)
"""What a `meta` with a text for people says that it is, in one of the attributes `DESCRIBING`."""

BUTTONS: Final = _names("button reset submit")
"""Types of `input` whose value is what is written on them."""


def is_for_people(tag: str, name: str, said: dict[str, str]) -> bool:
    """Whether people read an attribute, given all that its tag says."""
    if tag == "meta" and name == "content":
        return any(said.get(key) in DESCRIBED for key in DESCRIBING)
    if tag == "input" and name == "value":
        return said.get("type") in BUTTONS
    if name == "label":
        return tag in {"optgroup", "option", "track"}
    return name in READ_ALOUD or (tag == "table" and name == "summary")
