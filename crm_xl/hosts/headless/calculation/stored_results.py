"""The results that a file holds of its formulas: what the program that saved it computed, if they can be trusted.

A spreadsheet program stores beside every formula what it gave. An engine that gives the same from the same inputs is
proved for that formula. Some files hold no such results, or none that say anything: those are told here.
"""

from collections.abc import Iterable, Iterator, Mapping

from crm_xl.errors import ErrorValue
from crm_xl.xlsx.references import Area, Position, cell_name, parse_area
from crm_xl.xlsx.sheet import CellXml, SheetXml, Value
from crm_xl.xlsx.sheet_writing import STORED_ERRORS
from crm_xl.xlsx.workbook import Structure

# In the directory of the file, beside a sheet that a run of ours wrote: cells whose values nothing but our own engine
# vouches for. Programs pass over it, and write a directory of their own when they save.
_MARK = "crm_xl unproved: "
_LONGEST_MARK = 60_000
# Reasons that stand in the file still when it was written.
_LASTING = ("stored_full_calculation", "stored_manual")
# Half a unit of the fifteenth digit at the most, where two numbers round to neighbours.
FIFTEEN_DIGITS = 5e-15


class StoredResults:
    """The stored results of one workbook.

    `reason` is the term that says why they say nothing of the engine; None where they do.
    """

    def __init__(self, structure: Structure, sheets: Mapping[str, SheetXml]) -> None:
        self._structure, self._sheets = structure, sheets
        self.reason = _why_not(structure, sheets)
        self._ours = {part.name: _marked(structure, part.name, part.part) for part in structure.sheets}

    def has(self, position: Position) -> bool:
        """Whether a cell holds a result that its formula may once have given: no blank, and no 0 of a library."""
        cell = self._cell(position)
        if cell is None or cell.raw is None:
            return False
        return self.reason is None or not (cell.type == "n" and _is_zero(cell.raw))

    def value(self, position: Position) -> Value:
        """Return what a cell holds; None where nothing, or what cannot be read."""
        cell = self._cell(position)
        if cell is None:
            return None
        try:
            return self._sheets[position[0]].value(cell, self._structure.texts)
        except (ValueError, IndexError, TypeError):
            return None

    def testify(self, position: Position) -> bool:
        """Whether the result in a cell tells that the engine is right where it gives the same.

        An error may only have been handed on, whatever the formula does with its inputs; and what our own engine gave
        does not speak for it.
        """
        if self.reason is not None or isinstance(self.value(position), ErrorValue):
            return False
        return not any(area.contains(*position[1:]) for area in self._ours[position[0]])

    def mark(self, sheet: str, unproved: Iterable[Position]) -> bytes:
        """Return what to note beside a sheet of the cells in it that nothing else vouches for."""
        cells = sorted(position[1:] for position in unproved if position[0] == sheet)
        if not cells or self.reason in _LASTING:
            return b""
        text = _MARK + " ".join(_areas(cells))
        return (text if len(text) <= _LONGEST_MARK else _MARK + "A1:XFD1048576").encode()

    def _cell(self, position: Position) -> CellXml | None:
        return self._sheets[position[0]].cells.get(position[1:])


def _why_not(structure: Structure, sheets: Mapping[str, SheetXml]) -> str | None:
    calculation = structure.calculation
    if calculation.get("fullCalcOnLoad") in ("1", "true"):
        return "stored_full_calculation"
    if calculation.get("calcMode") == "manual":
        return "stored_manual"
    formulas = [cell for sheet in sheets.values() for cell in sheet.cells.values() if cell.formula is not None]
    held = [cell for cell in formulas if cell.raw is not None]
    if formulas and not held:
        return "stored_none"
    if held and all(cell.type == "n" and _is_zero(cell.raw or "") for cell in held):
        return "stored_zeros"
    return None


def _is_zero(raw: str) -> bool:
    return raw.strip() in ("0", "0.0", "")


def _marked(structure: Structure, sheet: str, part: str) -> tuple[Area, ...]:
    comment = structure.package.infos[part].comment.decode("ascii", "replace")
    if not comment.startswith(_MARK):
        return ()
    return tuple(area for text in comment.removeprefix(_MARK).split() if (area := parse_area(text, sheet)))


def _areas(cells: list[tuple[int, int]]) -> Iterator[str]:
    """Yield the cells as areas: those below one another in a column together."""
    cells = sorted(cells, key=lambda cell: cell[::-1])
    first = last = cells[0]
    for row, column in [*cells[1:], (0, 0)]:
        if (row, column) != (last[0] + 1, last[1]):
            yield cell_name(*first) if first == last else f"{cell_name(*first)}:{cell_name(*last)}"
            first = (row, column)
        last = (row, column)


def agrees(stored: Value, computed: Value) -> bool:
    """Whether a computed value is the one that is stored: in Excel's fifteen digits, texts and errors exactly.

    >>> agrees(0.3, 0.1 + 0.2), agrees(1.0, 1.00000000001), agrees(1.0, True), agrees("", None)
    (True, False, False, True)
    """
    if isinstance(stored, bool) or isinstance(computed, bool):
        return stored is computed
    if isinstance(stored, float | int) and isinstance(computed, float | int):
        return abs(stored - computed) <= FIFTEEN_DIGITS * max(abs(stored), abs(computed))
    if isinstance(computed, ErrorValue) and computed not in STORED_ERRORS:
        computed = ErrorValue.VALUE
    if isinstance(stored, ErrorValue) or isinstance(computed, ErrorValue):
        return type(stored) is type(computed) and stored == computed
    if isinstance(stored, float | int) or isinstance(computed, float | int):
        return False
    return (stored or "") == (computed or "")
