"""Formatting that changes what a cell says: text that is struck out, raised or lowered, as a whole or in part; a unit.

A number is read from a text without its formatting: a footnote ² becomes a digit, and what was struck out is there
again. A number format may show a currency or a unit beside a number, which the number itself does not have.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from crm_xl.xlsx.number_formats import shown_with
from crm_xl.xlsx.package import Package
from crm_xl.xlsx.workbook import Structure, local_name, parse_xml

_FALSE = ("0", "false", "baseline")
_IN_CELL = re.compile(r"""<(?:strike|dstrike|vertAlign)(?![^<>]*\bval=["'](?:0|false|baseline)["'])[\s/>]""")


@dataclass(frozen=True, kw_only=True)
class Emphasis:
    """The cell styles that strike out what stands in their cells, and the shared texts of which a part is marked so.

    `shown_styles` are the cell styles that show something beside a number, with how they show the number 1.
    """

    struck_styles: frozenset[int] = frozenset()
    marked_texts: frozenset[int] = frozenset()
    shown_styles: Mapping[int, str] = field(default_factory=dict)


def emphasis_of(package: Package, structure: Structure) -> Emphasis:
    """Return what a workbook strikes out, raises or lowers.

    Raises
    ------
    WorkbookError
        Where the part of the styles or of the texts is broken.
    """
    return Emphasis(
        struck_styles=frozenset(_struck(package, structure.related.get("styles"))),
        marked_texts=frozenset(_marked(package, structure.related.get("sharedStrings"))),
        shown_styles=dict(_shown(package, structure.related.get("styles"))),
    )


def is_marked(inside: str) -> bool:
    """Whether a part of a text in a cell is struck out, raised or lowered.

    >>> is_marked('<r><t>5000</t></r><r><rPr><vertAlign val="superscript"/></rPr><t>1</t></r>'), is_marked("<t>5</t>")
    (True, False)
    """
    return _IN_CELL.search(inside) is not None


def _struck(package: Package, part: str | None) -> Iterator[int]:
    if part is None or b"trike" not in package.parts[part]:
        return
    groups = {local_name(group): list(group) for group in parse_xml(package, part)}
    fonts = {i for i, font in enumerate(groups.get("fonts", ())) if any(_says(child) for child in font)}
    for number, xf in enumerate(groups.get("cellXfs", ())):
        if xf.get("fontId", "0").isdecimal() and int(xf.get("fontId", "0")) in fonts:
            yield number


def _shown(package: Package, part: str | None) -> Iterator[tuple[int, str]]:
    """The styles that show something beside a number; formats that a workbook does not spell out add nothing known."""
    if part is None:
        return
    groups = {local_name(group): list(group) for group in parse_xml(package, part)}
    formats = {item.get("numFmtId"): shown_with(item.get("formatCode", "")) for item in groups.get("numFmts", ())}
    formats |= {number: "1%" for number in ("9", "10") if number not in formats}
    for number, xf in enumerate(groups.get("cellXfs", ())):
        if shown := formats.get(xf.get("numFmtId")):
            yield number, shown


def _marked(package: Package, part: str | None) -> Iterator[int]:
    if part is None or not (b"trike" in package.parts[part] or b"vertAlign" in package.parts[part]):
        return
    items = (item for item in parse_xml(package, part) if local_name(item) == "si")
    for number, item in enumerate(items):
        runs = (run for run in item if local_name(run) == "r")
        fonts = (font for run in runs for font in run if local_name(font) == "rPr")
        if any(_says(child, raised=True) for font in fonts for child in font):
            yield number


def _says(element: ET.Element, *, raised: bool = False) -> bool:
    """Whether an element of a font strikes out, or where that is asked raises or lowers."""
    names = ("strike", "dstrike", "vertAlign") if raised else ("strike", "dstrike")
    return local_name(element) in names and element.get("val", "1") not in _FALSE
