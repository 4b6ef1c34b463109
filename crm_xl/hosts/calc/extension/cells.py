"""Cells of Calc turned into values for the process that computes, and its results turned into cells.

A Calc error is a number that is not a number, with the code of the error in its lowest bits.
"""

from __future__ import annotations

import struct
from typing import Any

from .link import Error

CODES = {
    "#N/A": 32767, "#NUM!": 503, "#DIV/0!": 532, "#VALUE!": 519, "#REF!": 524, "#NAME?": 525, "#NULL!": 521,
}  # fmt: skip
_ERRORS = {code: Error(name) for name, code in CODES.items()}
_OTHER = Error("#VALUE!")
_QUIET_NAN = 0x7FF8000000000000
# What `queryFormulaCells` calls formulas whose result is an error (com.sun.star.sheet.FormulaResult.ERROR).
_WITH_ERROR = 4
# The day that a serial number of 0 means (com.sun.star.util.Date), as in Excel.
NULL_DATE = (1899, 12, 30)


def error(name: str) -> float:
    """Return the number that Calc shows as an error."""
    bits = _QUIET_NAN | CODES.get(name, CODES["#VALUE!"])
    return float(struct.unpack("<d", struct.pack("<Q", bits))[0])


def error_name(code: int) -> Error:
    """Return an error of Calc under the name that it has in files; those of Calc alone are #VALUE!."""
    return _ERRORS.get(code, _OTHER)


def result(value: Any, table: bool) -> Any:
    """Return what a method gives to Calc: one value, or rows where the function has a table."""
    if not table:
        return _cell(value)
    rows = value if isinstance(value, list) else [[value]]
    return tuple(tuple(_cell(cell) for cell in row) for row in rows)


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return error(value["error"])
    if value is None:
        return ""
    return float(value) if isinstance(value, (int, float)) else value


def argument(value: Any, zero_is_default: bool) -> Any:
    """Return an argument as it is sent: a scalar, None, or a tuple of rows; a range of cells is read."""
    if hasattr(value, "getDataArray"):
        return read(value)
    if isinstance(value, tuple):
        return _trimmed(value)
    if value == 0.0 and zero_is_default and not isinstance(value, str):
        return None  # Calc hands over a reference to an empty cell as 0
    return value


def read(area: Any) -> Any:
    """Return the values of a range of cells down to the last one in use, errors by their names."""
    used = area.Spreadsheet.createCursor()
    used.gotoEndOfUsedArea(False)
    address, end = area.RangeAddress, used.RangeAddress
    rows = max(0, min(address.EndRow, end.EndRow) - address.StartRow)
    columns = max(0, min(address.EndColumn, end.EndColumn) - address.StartColumn)
    part = area.getCellRangeByPosition(0, 0, columns, rows)
    values = part.getDataArray()
    if any(None in row for row in values):
        values = _with_errors(part, values)
    return _trimmed(values)


def _with_errors(part: Any, values: Any) -> Any:
    rows = [list(row) for row in values]
    origin = part.RangeAddress
    for address in part.queryFormulaCells(_WITH_ERROR).RangeAddresses:
        for row in range(address.StartRow - origin.StartRow, address.EndRow - origin.StartRow + 1):
            for column in range(address.StartColumn - origin.StartColumn, address.EndColumn - origin.StartColumn + 1):
                rows[row][column] = error_name(part.getCellByPosition(column, row).getError())
    return tuple(tuple(_OTHER if value is None else value for value in row) for row in rows)


def _trimmed(rows: Any) -> Any:
    """Drop the blank rows at the end: of a whole column, all but a few are."""
    last = len(rows)
    while last > 1 and not any(value != "" for value in rows[last - 1]):
        last -= 1
    return rows[:last]
