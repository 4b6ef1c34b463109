"""Tables that functions spill, as tidy data frames: a row for each figure, columns with names and types.

What is printed for readers is taken off on the way: the row of totals, which would be counted twice in any sum, the
row that names lines without a price (a warning says it), and years that stand across, which become a column.
`data/results.csv` says for every function which columns its table has.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_xl.data import LANGUAGES, rows, term
from crm_xl.engine.schema import choices, normalise
from crm_xl.errors import Cell
from crm_xl.functions.registry import Table

if TYPE_CHECKING:
    import pandas as pd


class _Column(NamedTuple):
    name: str
    type: str
    optional: bool


class Layout(NamedTuple):
    """The columns of a function's table: those that stand first, the dimension across, whether totals end it."""

    columns: tuple[_Column, ...]
    across: tuple[str, ...]
    total: bool


def layouts() -> dict[str, Layout]:
    """Return how the tables of all functions are laid out."""
    return {name: layout for name, layout in _views().items() if " " not in name}


@cache
def _views() -> dict[str, Layout]:
    """The layouts of functions, and of views that have columns of their own, under both names."""
    found = {}
    for row in rows("results"):
        parts = (part.partition(":") for part in row["columns"].split())
        columns = tuple(_Column(name.rstrip("?"), kind, name.endswith("?")) for name, _, kind in parts)
        found[row["function"]] = Layout(columns, tuple(row["across"].split()), row["total"] == "yes")
    return found


def tidy(name: str, table: Table, arguments: dict[str, Any], notes: int) -> "pd.DataFrame":
    """Return what a function spilt as a data frame.

    Parameters
    ----------
    name
        The function.
    table
        What it returned.
    arguments
        What it was called with, by name.
    notes
        The number of rows at the end that are words to readers.
    """
    layout = _layout(name, arguments)
    body = [list(row) for row in table[: len(table) - notes]]
    if name == "CRM_PRICE":  # one price, without a header
        header: list[Cell] = [""] * len(layout.columns)
    else:
        header, *body = body
    if layout.total and body:
        body = body[: _totals(body)]
    if name == "CRM_CASHFLOW":
        return _figures(_period(arguments), header[1:-1], body)
    across = _across(layout, arguments)
    if across:
        return _long(_named(layout, arguments, header), across, header, body)
    columns = _named(layout, arguments, header)
    if len(columns) != len(header):
        columns = [column for column in columns if not column.optional]
    return _frame(columns, body)


def _totals(body: Sequence[Sequence[Cell]]) -> int:
    """Where the row of totals stands: the last one that is named so; below it stand words to readers."""
    names = {term("total", language) for language in LANGUAGES}
    return max((i for i, row in enumerate(body) if row[0] in names), default=len(body))


def words_below(name: str, table: Table, notes: int) -> list[str]:
    """Return what a table says below its totals, without the last `notes` rows."""
    body = table[1 : len(table) - notes]
    return [str(row[0]) for row in body[_totals(body) + 1 :]] if layouts()[name].total else []


def _layout(name: str, arguments: dict[str, Any]) -> Layout:
    """The layout of a function, or of the view of it that was asked for."""
    word = normalise(str(arguments.get("by")))
    view = choices("calendar").get(word) or ("period" if word in choices("period") else "")
    return _views().get(f"{name} {view}", _views()[name])


def _across(layout: Layout, arguments: dict[str, Any]) -> tuple[str, str] | None:
    """The names of the dimension that stands across and of its figures; None where nothing does."""
    if not layout.across:
        return None
    dimension, figure = layout.across
    if dimension in ("period", "calendar"):
        return _period(arguments) if dimension == "period" else _calendar(arguments), figure
    given = arguments.get("columns")
    return (_dimension(str(given)), figure) if given else None


def _period(arguments: dict[str, Any]) -> str:
    """Whether a table has years, quarters or months."""
    return choices("period").get(normalise(str(arguments.get("by") or "year")), "year")


def _calendar(arguments: dict[str, Any]) -> str:
    """The periods of a calendar: months where a year or a day was asked for."""
    return choices("period").get(normalise(str(arguments.get("period"))), "month")


def _dimension(word: str) -> str:
    return choices("dimension").get(normalise(word), word)


def _named(layout: Layout, arguments: dict[str, Any], header: list[Cell]) -> list[_Column]:
    """The columns of a table, its dimensions as they were asked for."""
    found: list[_Column] = []
    for column in layout.columns:
        if column.name == "rows":
            words = re.split("[,;、]", normalise(str(arguments.get("rows") or "component")))
            keys = [_dimension(word.strip()) for word in words]
            if "sub_item" in keys and "component" not in keys:
                keys.insert(keys.index("sub_item"), "component")
            found += [_Column(key, "year" if key == "year" else "text", False) for key in keys]
        elif column.name == "by":
            word = normalise(str(arguments.get("by") or "component"))
            key = choices("cut").get(word) or choices("calendar").get(word, "by")
            found.append(_Column(key, "year" if key == "year" else "text", False))
        elif column.name == "calendar":
            by_day = header[0] in {term("day", language) for language in LANGUAGES}
            found.append(_Column("day", "date", False) if by_day else _Column(_calendar(arguments), "text", False))
        elif column.name == "period":
            key = _period(arguments)
            found.append(_Column(key, "year" if key == "year" else "text", False))
        else:
            found.append(column)
    return found


def _long(
    columns: list[_Column], across: tuple[str, str], header: list[Cell], body: list[list[Cell]]
) -> "pd.DataFrame":
    """Figures that stand across, below each other; sums and shares of a row are left out."""
    dimension, figure = across
    fixed = [column for column in columns if column.type in ("text", "year")]
    last = len(header) - (len(columns) - len(fixed)) if len(columns) > len(fixed) else len(header) - 1
    kind = "year" if dimension == "year" else "text"
    out = [
        [*row[: len(fixed)], title, amount]
        for row in body
        for title, amount in zip(header[len(fixed) : last], row[len(fixed) : last], strict=True)
    ]
    return _frame([*fixed, _Column(dimension, kind, False), _Column(figure, "money", False)], out)


_FIGURES = ("costs", "benefits", "net", "cumulative", "discount_factor", "present_value", "cumulative_present_value")


def _figures(period: str, names: list[Cell], body: list[list[Cell]]) -> "pd.DataFrame":
    """A cash flow: a row for the start and for each period, a column for each of its figures."""
    columns = [
        _Column(period, "year" if period == "year" else "text", False),
        *(_Column(name, "money", False) for name in _FIGURES),
    ]
    turned = zip(*(row[1:-1] for row in body), strict=True)
    return _frame(columns, [[name, *figures] for name, figures in zip(names, turned, strict=True)])


def _frame(columns: list[_Column], body: list[list[Cell]]) -> "pd.DataFrame":
    import pandas as pd

    values = zip(*body, strict=True) if body else [()] * len(columns)
    return pd.DataFrame({c.name: _typed(c.type, list(v)) for c, v in zip(columns, values, strict=True)})


def _typed(kind: str, values: list[Cell]) -> Any:
    import pandas as pd

    blank = [None if value == "" else value for value in values]
    match kind:
        case "money" | "rate":
            return pd.Series(blank, dtype="float64")
        case "count":
            return pd.Series(blank, dtype="Float64").astype("Int64")
        case "date" if not any(isinstance(value, str) for value in blank):  # model years have months for days
            return pd.to_datetime(pd.Series(blank, dtype="object"))
        case "year":
            years = [_year(value) for value in values]
            if all(isinstance(year, int) for year in years):
                return pd.Series(years, dtype="int64")
            return pd.Categorical(years, categories=list(dict.fromkeys(years)), ordered=True)
        case _:
            return pd.Series(blank, dtype="str")


def _year(label: Cell) -> int | str:
    """The year that a label names: the calendar year in which it begins, or the number of a model year."""
    if isinstance(label, int | float):
        return int(label)
    number = re.search("[0-9]+", str(label))
    if number:
        return int(number[0])
    later = {term("later_years", language) for language in LANGUAGES}
    return "later" if label in later else "start"
