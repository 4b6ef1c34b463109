"""Arguments as Excel hands them over, and results as it takes them.

xlwings' own conversion is left out: it asks a range for its sheet, workbook and program before its contents, takes an
error of a newer kind (`#SPILL!`) for a number, hands over money of a cell in a currency format with four decimals
only, calls a Python function for each cell, and makes a blank of a result that is no number.
"""

import datetime as dt
import marshal
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from crm_xl.engine.cells import Cell, Range
from crm_xl.errors import ErrorValue
from crm_xl.functions.arguments import remembered
from crm_xl.functions.registry import Result
from crm_xl.hosts.excel.errors import from_excel, marked

# From this many cells on a range is cut to the used part of its sheet: a whole column has a million rows.
LARGE = 100_000
# What Excel hands over for an argument that is left out (DISP_E_PARAMNOTFOUND).
MISSING = -2147352572


# -- from Excel ----------------------------------------------------------------------------------------------------


def contents(cells: Any) -> Range | Cell:
    """Return what stands in a range (a COM object); an error where it is made of several areas."""
    count = cells.CountLarge
    if count > LARGE:
        if cells.Areas.Count > 1:
            return ErrorValue.VALUE
        cells, count = used(cells), None
    values = cells.Value
    rows = _rows(values)
    if count is not None and len(rows) * len(rows[0]) != count:
        return ErrorValue.VALUE  # Excel gives the first of several areas alone, and a total would be low
    return from_cells(values, lambda: cells.Value2)


def used(cells: Any) -> Any:
    """Return a range up to the last used row and column of its sheet; its first cell stays where it is."""
    sheet = cells.Worksheet
    filled = sheet.UsedRange
    row, column = cells.Row, cells.Column
    last_row = min(row + cells.Rows.Count, filled.Row + filled.Rows.Count) - 1
    last_column = min(column + cells.Columns.Count, filled.Column + filled.Columns.Count) - 1
    return sheet.Range(sheet.Cells(row, column), sheet.Cells(max(row, last_row), max(column, last_column)))


def from_cells(values: Any, exact: Callable[[], Any] | None = None) -> Range | Cell:
    """Return values of cells as the functions take them: one value as it is, several as a range.

    Parameters
    ----------
    values
        One value, a row of values or rows of values, as COM hands them over.
    exact
        Gives the same values without their formats: money in a currency format comes with four decimals only. Left
        out for what is no range (an array that another function gave): money there has no more decimals.
    """
    if not isinstance(values, tuple | list):
        return _cell(exact() if exact is not None and isinstance(values, Decimal) else values)
    columns = list(zip(*_rows(values), strict=True))
    keys: list[Any] = []
    for j, column in enumerate(columns):
        try:
            keys.append(marshal.dumps(column, 2))  # the quickest digest that tells TRUE from 1
        except ValueError:  # holds dates or money
            if exact is not None and Decimal in set(map(type, column)):
                full = [row[j] for row in _rows(exact())]
                column = tuple(b if isinstance(a, Decimal) else a for a, b in zip(column, full, strict=True))
            columns[j] = column = tuple(map(_cell, column))
            keys.append((column, tuple(map(type, column))))
    return _range(_Columns(columns, tuple(keys)))


def _rows(values: Any) -> Any:
    """Two dimensions, whatever was handed over."""
    if not isinstance(values, tuple | list):
        return ((values,),)
    return values if values and isinstance(values[0], tuple | list) else (values,)


class _Columns:
    """The columns of a range, compared by content, types included: TRUE is not 1, a date is no number."""

    __slots__ = ("columns", "key")

    def __init__(self, columns: list[tuple[Any, ...]], key: tuple[Any, ...]) -> None:
        self.columns, self.key = columns, key

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Columns) and self.key == other.key


@remembered
def _range(found: _Columns) -> Range:
    """The one range of these contents: its hash is taken once, and what was read from it is found again."""
    columns, found.columns = found.columns, []  # what is kept is the range alone
    return Range(zip(*(tuple(map(_cell, column)) for column in columns), strict=True))


def _cell(value: Any) -> Cell:
    if type(value) is int:
        return from_excel(value)
    if isinstance(value, dt.datetime):  # of a class of pywin32, with a time zone that means nothing
        return value.date()
    return float(value) if isinstance(value, Decimal) else value


# -- to Excel ------------------------------------------------------------------------------------------------------


def for_excel(result: Result) -> Any:
    """Return a result as COM takes it: a table of one cell as its value, errors marked, a blank as an empty text.

    >>> for_excel([["Component", "Amount"], ["Licence", None]])
    [['Component', 'Amount'], ['Licence', '']]
    >>> for_excel([[12.5]])
    12.5
    """
    if not isinstance(result, list | tuple):
        return _handed_back(result)
    rows = [[_handed_back(value) for value in row] for row in result]
    return rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else rows


def _handed_back(value: Any) -> Any:
    if value is None:
        return ""  # a blank would be shown as 0
    if isinstance(value, ErrorValue):
        return marked(value)
    if isinstance(value, float):
        return float(value) if value == value else marked(ErrorValue.NUM)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)  # COM asks for a time zone
    return value
