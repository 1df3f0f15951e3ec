"""Whether two runs look the same: what is said of their style, in one spelling."""

from collections.abc import Collection, Iterator

from lxml import etree

from common.files.office.trees import local_name


def canonical(
    style: etree._Element | None, *, without: Collection[str] = (), attributes: Collection[str] = ()
) -> str:
    """Equal for equal styles; elements and attributes of those names do not count."""
    return "" if style is None else "".join(_said(style, without, attributes, is_outermost=True))


def _said(
    element: etree._Element,
    without: Collection[str],
    attributes: Collection[str],
    *,
    is_outermost: bool = False,
) -> Iterator[str]:
    said = sorted(
        f" {name}={value!r}"
        for name, value in element.attrib.items()
        if str(name) not in attributes
    )
    inner = sorted(
        "".join(_said(child, without, attributes))
        for child in element
        if local_name(child) not in without
    )
    if said or inner or not is_outermost:
        yield f"<{element.tag!r}{''.join(said)}>{''.join(inner)}</>"
