"""Where cells are: ROW, OFFSET, INDIRECT, ADDRESS, and SUBTOTAL and AGGREGATE, which look at hidden rows."""

import re
from typing import Any

import numpy as np
from openpyxl.utils.cell import get_column_letter

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.worksheet_functions.arrays import Ref
from crm_xl.hosts.headless.worksheet_functions.catalogue import FUNCTIONS, applied, excel
from crm_xl.hosts.headless.worksheet_functions.context import Context
from crm_xl.hosts.headless.worksheet_functions.reading import to_number
from crm_xl.hosts.headless.worksheet_functions.values import (
    NA,
    NUM,
    REF,
    VALUE,
    Array,
    Fault,
    Scalar,
    Unsupported,
    array,
)
from crm_xl.xlsx.references import LAST_COLUMN, LAST_ROW, Area, quoted

_R1C1 = re.compile(r"R(\[-?\d+\]|\d*)C(\[-?\d+\]|\d*)(?::R(\[-?\d+\]|\d*)C(\[-?\d+\]|\d*))?", re.IGNORECASE)


@excel("ROW", "r", context=True)
def row(context: Context, cells: Any = None) -> Any:
    """The number of a row; of a range those of all its rows."""
    if cells is None:
        return float(context.row)
    area = _area(cells)
    if area.first_row == area.last_row:
        return float(area.first_row)
    area = context.clipped(area)
    return np.arange(area.first_row, area.last_row + 1, dtype=np.float64).reshape(-1, 1)


@excel("COLUMN", "r", context=True)
def column(context: Context, cells: Any = None) -> Any:
    """The number of a column; of a range those of all its columns."""
    if cells is None:
        return float(context.column)
    area = _area(cells)
    if area.first_column == area.last_column:
        return float(area.first_column)
    area = context.clipped(area)
    return np.arange(area.first_column, area.last_column + 1, dtype=np.float64).reshape(1, -1)


def _area(cells: Any) -> Area:
    if isinstance(cells, ErrorValue):
        raise Fault(cells)
    if not isinstance(cells, Ref):
        raise Fault(VALUE)
    return cells.area


@excel("ROWS", "r", context=True)
def rows(context: Context, cells: Any) -> float:
    """How many rows a range or an array has."""
    if isinstance(cells, Ref):
        return float(cells.area.last_row - cells.area.first_row + 1)
    return float(_shape(context, cells)[0])


@excel("COLUMNS", "r", context=True)
def columns(context: Context, cells: Any) -> float:
    """How many columns a range or an array has."""
    if isinstance(cells, Ref):
        return float(cells.area.last_column - cells.area.first_column + 1)
    return float(_shape(context, cells)[1])


def _shape(context: Context, cells: Any) -> tuple[int, ...]:
    if isinstance(cells, ErrorValue):
        raise Fault(cells)
    return context.array_of(cells).shape


@excel("AREAS", "r")
def areas(cells: Any) -> float:
    """How many areas a reference has."""
    if not isinstance(cells, Ref):
        raise Fault(VALUE)
    return float(len(cells.areas))


@excel("SHEET", "r", context=True)
def sheet(context: Context, given: Any = None) -> float:
    """The number of a sheet."""
    name = context.sheet if given is None else given.area.sheet if isinstance(given, Ref) else given
    if isinstance(name, ErrorValue):
        raise Fault(name)
    folded = [found.casefold() for found in context.book.sheets]
    if not isinstance(name, str) or name.casefold() not in folded:
        raise Fault(NA)
    return folded.index(name.casefold()) + 1.0


@excel("SHEETS", "r", context=True)
def sheets(context: Context, given: Any = None) -> float:
    """How many sheets there are, in the workbook or in a reference."""
    if given is None:
        return float(len(context.book.sheets))
    if isinstance(given, ErrorValue):
        raise Fault(given)
    return float(len({area.sheet for area in given.areas})) if isinstance(given, Ref) else float("nan")


@excel("FORMULATEXT", "r", context=True)
def formulatext(context: Context, cells: Any) -> str:
    """The formula of a cell as it is typed."""
    area = _area(cells)
    formula = context.book.formula(area.sheet, area.first_row, area.first_column)
    if formula is None:
        raise Fault(NA)
    return formula


@excel("ISFORMULA", "r", context=True)
def isformula(context: Context, cells: Any) -> Any:
    """Whether a cell holds a formula."""
    area = _area(cells)
    if not area.is_cell and context.array:
        return array(
            [
                [context.book.formula(area.sheet, down, right) is not None for right in _columns_of(area)]
                for down in range(area.first_row, area.last_row + 1)
            ]
        )
    if not area.is_cell:
        area = context.own_cell(cells).area
    return context.book.formula(area.sheet, area.first_row, area.first_column) is not None


def _columns_of(area: Area) -> range:
    return range(area.first_column, area.last_column + 1)


@excel("OFFSET", "rnnee", context=True)
def offset(context: Context, cells: Any, down: float, right: float, height: Scalar = None, width: Scalar = None) -> Ref:
    """A range so many rows down and columns to the right of another."""
    area = _area(cells)
    size = [
        _size(given, have)
        for given, have in (
            (height, area.last_row - area.first_row + 1),
            (width, area.last_column - area.first_column + 1),
        )
    ]
    top, left = area.first_row + int(down), area.first_column + int(right)
    if size[0] < 0:
        top, size[0] = top + size[0] + 1, -size[0]
    if size[1] < 0:
        left, size[1] = left + size[1] + 1, -size[1]
    bottom, last = top + size[0] - 1, left + size[1] - 1
    if top < 1 or left < 1 or bottom > LAST_ROW or last > LAST_COLUMN:
        raise Fault(REF)
    return Ref((Area(area.sheet, top, left, bottom, last),))


def _size(given: Scalar, have: int) -> int:
    if given is None:
        return have
    number = to_number(given)
    if number == 0:
        raise Fault(REF)
    return int(number) or 1


@excel("INDIRECT", "tb", context=True)
def indirect(context: Context, text: str, a1: bool = True) -> Ref:
    """The range that a text names: a reference, a defined name, or a part of a table."""
    text = text.strip()
    area = None
    if a1:
        area = context.book.resolved(text, context.sheet, context.row, context.column)
    else:
        scope, mark, rest = text.rpartition("!")
        match = _R1C1.fullmatch(rest)
        if match is not None:
            row_, column_ = _counted(match[1], context.row), _counted(match[2], context.column)
            last_row = row_ if match[3] is None else _counted(match[3], context.row)
            last_column = column_ if match[4] is None else _counted(match[4], context.column)
            if 1 <= row_ <= LAST_ROW and 1 <= column_ <= LAST_COLUMN:
                a1_text = (
                    f"{get_column_letter(column_)}{row_}:{get_column_letter(last_column)}{last_row}"
                    if (row_, column_) != (last_row, last_column)
                    else f"{get_column_letter(column_)}{row_}"
                )
                area = context.book.resolved(scope + mark + a1_text, context.sheet, context.row, context.column)
    if area is None:
        raise Fault(REF)
    return Ref((area,))


def _counted(text: str, own: int) -> int:
    return own if not text else own + int(text[1:-1]) if text[0] == "[" else int(text)


@excel("ADDRESS", "nneet")
def address(row_: float, column_: float, kind: Scalar = 1.0, a1: Scalar = True, scope: str | None = None) -> str:
    """The address of a cell as text."""
    style = 1 if kind is None else int(to_number(kind))
    if not (1 <= row_ <= LAST_ROW and 1 <= column_ <= LAST_COLUMN and 1 <= style <= 4):
        raise Fault(VALUE)
    down, right = int(row_), int(column_)
    fixed_row, fixed_column = style in (1, 2), style in (1, 3)
    if a1 is None or to_number(a1):
        text = f"{'$' * fixed_column}{get_column_letter(right)}{'$' * fixed_row}{down}"
    else:
        text = f"R{down if fixed_row else f'[{down}]'}C{right if fixed_column else f'[{right}]'}"
    if scope is None:
        return text
    plain = re.fullmatch(r"[^\W\d][\w.]*", scope) is not None or scope == ""
    return f"{scope if plain else quoted(scope)}!{text}"


@excel("CELL", "tr", context=True)
def cell(context: Context, kind: str, cells: Any = None) -> Any:
    """What is told of a cell: its address, row, column, contents or type."""
    if cells is None or not isinstance(cells, Ref):
        raise Unsupported
    area = cells.area
    first = context.part(cells, 0, 0, 1, 1)
    match kind.casefold():
        case "row":
            return float(area.first_row)
        case "col":
            return float(area.first_column)
        case "address":
            text = f"${get_column_letter(area.first_column)}${area.first_row}"
            if area.sheet != context.sheet:
                raise Unsupported
            return text
        case "contents":
            value = context.values(first)
            return 0.0 if value is None else value
        case "type":
            value = context.values(first)
            return "b" if value is None else "l" if type(value) is str else "v"
        case _:
            raise Unsupported


_TOTALS = (
    "", "AVERAGE", "COUNT", "COUNTA", "MAX", "MIN", "PRODUCT", "STDEV", "STDEVP", "SUM", "VAR", "VARP", "MEDIAN",
    "MODE.SNGL", "LARGE", "SMALL", "PERCENTILE.INC", "QUARTILE.INC", "PERCENTILE.EXC", "QUARTILE.EXC",
)  # fmt: skip
_TOTAL = re.compile(r"(?<![A-Z.])(?:SUBTOTAL|AGGREGATE)\(", re.IGNORECASE)


def _kept(
    context: Context, cells: Any, *, hidden: bool, filtered: bool, totals: bool, errors: bool
) -> list[list[Scalar]]:
    """The values of the cells of a range that a subtotal counts."""
    found: list[Scalar] = []
    if not isinstance(cells, Ref):
        raise Fault(VALUE)
    book = context.book
    for part in cells.areas:
        content = context.array_of(Ref((part,), cells.slot if len(cells.areas) == 1 else None))
        for at, line in enumerate(content.tolist()):
            number = part.first_row + at
            if (hidden and book.hidden(part.sheet, number)) or (filtered and book.filtered(part.sheet, number)):
                continue
            for beside, value in enumerate(line):
                if errors and isinstance(value, ErrorValue):
                    continue
                if totals and value is not None:
                    formula = book.formula(part.sheet, number, part.first_column + beside)
                    if formula is not None and _TOTAL.search(formula):
                        continue
                found.append(value)
    return [[value] for value in found]


def _total(context: Context, name: str, kept: list[list[list[Scalar]]], more: tuple[Any, ...] = ()) -> Any:
    given = [array(cells) if cells else np.empty((0, 1), dtype=object) for cells in kept]
    spec = FUNCTIONS[name]
    letters = spec.letters(len(given) + len(more))
    if letters is None:
        raise Fault(VALUE)
    return applied(spec, context, letters, [*given, *more])


@excel("SUBTOTAL", "nr(r)", context=True)
def subtotal(context: Context, number: float, cells: Any, *more: Any) -> Any:
    """A total that leaves out other subtotals, filtered rows, and from 101 on hidden rows."""
    which = int(number)
    base = which - 100 if which > 100 else which
    if not 1 <= base <= 11:
        raise Fault(VALUE)
    kept = [
        _kept(context, part, hidden=which > 100, filtered=True, totals=True, errors=False) for part in (cells, *more)
    ]
    return _total(context, _TOTALS[base], kept)


@excel("AGGREGATE", "nnr(r)", context=True)
def aggregate(context: Context, number: float, option: float, cells: Any, *more: Any) -> Any:
    """A total that leaves out hidden rows, errors and other totals as its option says."""
    which, leave = int(number), int(option)
    if not 1 <= which <= 19 or not 0 <= leave <= 7:
        raise Fault(VALUE)
    hidden, errors, totals = leave in (1, 3, 5, 7), leave in (2, 3, 6, 7), leave <= 3

    def kept(part: Any) -> list[list[Scalar]]:
        return _kept(context, part, hidden=hidden, filtered=hidden, totals=totals, errors=errors)

    if which < 14:
        return _total(context, _TOTALS[which], [kept(part) for part in (cells, *more)])
    if len(more) != 1:
        raise Fault(VALUE)
    given = (
        kept(cells)
        if isinstance(cells, Ref)
        else [[v] for v in context.array_of(cells).ravel().tolist() if not (errors and isinstance(v, ErrorValue))]
    )
    return _total(context, _TOTALS[which], [given], (context.single(more[0], False),))


@excel("HYPERLINK", "ee")
def hyperlink(link: Scalar, text: Scalar = None) -> Scalar:
    """The text of a link."""
    return link if text is None else text


__all__ = ["NUM", "Array"]
