"""The data validation of input cells: which rule holds where."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from typing import TypeVar

from crm_xl.collection.form.formulas import CommonFormulas
from crm_xl.xlsx.references import cell_name, parse_area
from crm_xl.xlsx.workbook import local_name

# A rule for more cells than this is in no template.
_MOST_CELLS = 100_000
T = TypeVar("T")


def validations(root: ET.Element, sheet: str, formulas: CommonFormulas) -> Iterator[tuple[str, str]]:
    """Yield the rules of input cells: the area down one column, and the rule as it would read in cell A1."""
    rules: dict[tuple[int, int], str] = {}
    for element in _elements(root):
        texts = {local_name(child): "".join(child.itertext()) for child in element}
        areas = [
            area
            for piece in (element.get("sqref") or texts.get("sqref", "")).split()
            if (area := parse_area(piece, sheet)) and area.size <= _MOST_CELLS
        ]
        kind = element.get("type", "none")
        if not areas or kind == "none":
            continue
        first = (min(a.first_row for a in areas), min(a.first_column for a in areas))
        comparison = "" if kind in ("list", "custom") else element.get("operator", "between")
        pieces = [kind, comparison] if comparison else [kind]
        for name in ("formula1", "formula2") if comparison.lower().endswith("between") else ("formula1",):
            pieces.append(formulas.common(texts.get(name, ""), sheet, first, (1 - first[0], 1 - first[1])))
        if element.get("errorStyle", "stop") != "stop" or element.get("showErrorMessage", "0") in ("0", "false"):
            pieces.append("(not enforced)")
        for area in areas:
            rules |= dict.fromkeys(area.cells(), " ".join(pieces))
    return column_areas(rules)


def _elements(root: ET.Element) -> Iterator[ET.Element]:
    for group in root:
        if local_name(group) == "dataValidations":
            yield from group
        elif local_name(group) == "extLst":
            # Excel keeps here what refers to another sheet.
            yield from (e for e in group.iter() if local_name(e) == "dataValidation")


def column_areas(cells: Mapping[tuple[int, int], T]) -> Iterator[tuple[str, T]]:
    """Yield the areas of cells below each other that hold the same, each with what they hold.

    >>> list(column_areas({(1, 1): "a", (2, 1): "a", (3, 1): "b"}))
    [('A1:A2', 'a'), ('A3', 'b')]
    """
    begun: tuple[int, int] | None = None
    for at in sorted(cells, key=lambda place: (place[1], place[0])):
        begun, below = begun or at, (at[0] + 1, at[1])
        if below not in cells or cells[below] != cells[at]:
            yield cell_name(*at) if begun == at else f"{cell_name(*begun)}:{cell_name(*at)}", cells[at]
            begun = None
