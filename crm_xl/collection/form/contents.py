"""What stands in the cells of a form: numbers, texts, formulas in their common form, never a cached value."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from crm_xl.collection.form.formulas import CommonFormulas
from crm_xl.xlsx.references import cell_position, parse_area, unescaped
from crm_xl.xlsx.workbook import rich_text

# An array formula that fills more cells than this is in no template.
_MOST_FILLED = 100_000
_LOOKS_TYPED = re.compile(r"[='#0-9.+-]|TRUE$|FALSE$")


def contents(
    root: ET.Element, sheet: str, texts: tuple[str, ...], formulas: CommonFormulas
) -> Iterator[tuple[int, int, int, str]]:
    """Yield row, column, style and content of every cell that is not blank.

    What an array formula fills counts as blank.

    Raises
    ------
    ValueError, IndexError, KeyError
        Where a cell holds what no program writes.
    """
    space = root.tag.rpartition("}")[0] + "}" if "}" in root.tag else ""
    c_tag, f_tag, v_tag, is_tag = (space + tag for tag in ("c", "f", "v", "is"))
    own = _SheetFormulas(sheet, formulas)
    number = 0
    for row in (row for data in root.iterfind(f"{space}sheetData") for row in data):
        number = int(row.get("r", number + 1))
        column = 0
        for cell in row:
            reference = cell.get("r")
            column = cell_position(reference)[1] if reference else column + 1
            if not len(cell) or cell.tag != c_tag:
                continue
            formula = cell.find(f_tag)
            if formula is not None:
                text = own.read(formula, (number, column))
            elif (number, column) in own.filled:
                continue
            else:
                text = _constant(cell, texts, v_tag, is_tag)
            if text:
                yield number, column, int(cell.get("s", 0)), text


class _SheetFormulas:
    """The formulas of a sheet: shared ones, and the cells that those of arrays fill."""

    def __init__(self, sheet: str, formulas: CommonFormulas) -> None:
        self.filled: set[tuple[int, int]] = set()
        self._sheet, self._formulas = sheet, formulas
        self._shared: dict[str, tuple[str, tuple[int, int]]] = {}

    def read(self, element: ET.Element, at: tuple[int, int]) -> str:
        """Return the formula of a cell in the common form."""
        text, kind, group = element.text or "", element.get("t", "normal"), element.get("si", "")
        if kind == "shared" and text:
            self._shared[group] = (text, at)
        elif kind == "shared":
            text, first = self._shared[group]
            return "=" + self._formulas.common(text, self._sheet, at, (at[0] - first[0], at[1] - first[1]))
        formula = "=" + self._formulas.common(text, self._sheet, at)
        area = parse_area(element.get("ref", ""), self._sheet) if kind in ("array", "dataTable") else None
        if area is None or area.is_cell:
            return formula
        if area.size > _MOST_FILLED:
            raise ValueError(area.address)
        self.filled.update(area.cells())
        return f"{formula} ({area.address})"


def _constant(cell: ET.Element, texts: tuple[str, ...], v_tag: str, is_tag: str) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        inline = cell.find(is_tag)
        return as_layout("" if inline is None else rich_text(inline))
    raw = cell.findtext(v_tag) or ""
    match kind:
        case "s":
            return as_layout(texts[int(raw)]) if raw else ""
        case "n":
            return f"{float(raw):.15g}" if raw.strip() else ""
        case "b":
            return truth(raw.strip() in ("1", "true"))
        case "str":
            return as_layout(unescaped(raw))
        case _:
            return raw


def truth(value: bool) -> str:
    """Return how a layout says that something is so, or is not: as a cell shows it."""
    return "TRUE" if value else "FALSE"


def as_layout(text: str) -> str:
    """Return how a layout says a text: with an apostrophe where it reads like a number or a formula."""
    return f"'{text}" if _LOOKS_TYPED.match(text) else text
