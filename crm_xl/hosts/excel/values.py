"""Arguments as Excel hands them over, and results as it takes them.

xlwings' own conversion is left out for arguments: it takes an error of a newer kind (`#SPILL!`) for a number, hands
over money of a cell in a currency format with four decimals only, and calls a Python function for each cell.
"""

import datetime as dt
import marshal
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from xlwings.conversion import Accessor, Pipeline

from crm_xl.engine.cells import Cell, Range
from crm_xl.errors import ErrorValue
from crm_xl.functions.arguments import remembered
from crm_xl.functions.registry import Result
from crm_xl.hosts.excel.errors import from_excel, marked

# From this many cells on a range is cut to the used part of its sheet: a whole column has a million rows.
LARGE = 100_000


class Argument(Accessor):
    """Reads an argument of a function: a range as the engine's `Range`, one cell as its value."""

    @classmethod
    def reader(cls, options: Any) -> Any:
        """Return the one stage of reading."""
        pipeline: Any = Pipeline()
        return pipeline.append_stage(_read)


def _read(context: Any) -> None:
    """Replace what was handed over: a range of a sheet, or a value (a constant, what another function gave)."""
    context.value = from_cells(context.value) if context.range is None else contents(context.range.api)


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


def from_cells(values: Any, exact: Callable[[], Any] = lambda: None) -> Range | Cell:
    """Return values of cells as the functions take them: one value as it is, several as a range.

    Parameters
    ----------
    values
        One value, a row of values or rows of values, as COM hands them over.
    exact
        Gives the same values without their formats: money in a currency format comes with four decimals only.
    """
    if not isinstance(values, tuple | list):
        return _cell(exact() if isinstance(values, Decimal) else values)
    columns = list(zip(*_rows(values), strict=True))
    keys: list[Any] = []
    for j, column in enumerate(columns):
        try:
            keys.append(marshal.dumps(column, 2))  # the quickest digest that tells TRUE from 1
        except ValueError:  # holds dates or money
            if Decimal in set(map(type, column)):
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
    """Return a result as xlwings takes it: errors marked, blanks as they are."""
    if isinstance(result, list | tuple):
        return [[marked(value) if isinstance(value, ErrorValue) else value for value in row] for row in result]
    return marked(result) if isinstance(result, ErrorValue) else result
