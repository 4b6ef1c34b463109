"""Amounts counted from the cells alone, so that the reconciliation does not rest on the reading that it checks.

`raw_count` opens the file a second time, with another library, finds the tables by their headers on whatever sheet
they stand, and takes every amount on the rows below, to the end of the sheet. `compared` holds it against the lines
that were read, row by row: a line that was left out, read twice or read as another amount comes to light.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from python_calamine import CalamineWorkbook

from crm_xl.collection.collecting.amounts import Booked, Tally
from crm_xl.collection.reading.lines import Line
from crm_xl.engine.reading import LARGEST
from crm_xl.engine.schema import column_names, columns, normalise

# The columns whose product is the money of a line where it states no amount.
FACTORS = {"costs": ("quantity", "unit_cost"), "benefits": ("volume", "effect", "unit_value")}
_HEADER_ROWS = 25

# The amount on each row that states one; None where it is not a number, such as a text.
RawAmounts: TypeAlias = Mapping[int, float | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """What the cells state, line by line, and the rows that were read otherwise."""

    booked: Booked
    differing: tuple[int, ...] = ()


def raw_count(path: Path) -> dict[str, RawAmounts]:
    """Return the amounts of each table of a file by row, from its cells."""
    book = CalamineWorkbook.from_path(str(path))
    found: dict[str, RawAmounts] = {}
    for name in _likely_first(book.sheet_names):
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for table in [table for table in FACTORS if table not in found]:
            places, at = _header(rows, table)
            if at is not None:
                below = ((i, stated(row, places, table)) for i, row in enumerate(rows[at + 1 :], at + 2))
                found[table] = {row: amount for row, (has, amount) in below if has}
        if found.keys() == FACTORS.keys():
            break
    return found


def compared(raw: RawAmounts, table: str, lines: Iterable[Line]) -> Comparison:
    """Return what the cells say of a table, and on which rows the lines that were read say otherwise."""
    places = {key: i for i, key in enumerate(columns(table))}
    read: dict[int, float | None] = {}
    refused = set()
    for line in lines:
        has, amount = stated(line.values, places, table)
        if has:
            read[line.row] = amount
            if amount is None and line.rejected:
                refused.add(line.row)
    differing = [
        row
        for row in sorted(raw.keys() | read.keys())
        if row not in raw or row not in read or not (row in refused or _agree(raw[row], read[row]))
    ]
    tally = Tally()
    for amount in raw.values():
        tally.line(True, amount)
    return Comparison(booked=tally.booked, differing=tuple(differing))


def stated(values: Sequence[Any], places: Mapping[str, int], table: str) -> tuple[bool, float | None]:
    """Return whether a line states an amount of any kind, and the amount, None where that is not a number.

    >>> stated([None, 3.0, 200.0], {"amount": 0, "quantity": 1, "unit_cost": 2}, "costs")
    (True, 600.0)
    >>> stated(["12k", 3.0, 200.0], {"amount": 0, "quantity": 1, "unit_cost": 2}, "costs")
    (True, None)
    """
    amount = _filled(values, places.get("amount"))
    if amount is not None:
        return True, amount if _is_number(amount) else None
    money = 1.0
    for key in reversed(FACTORS[table]):  # the price, without which there is no amount, is the last
        factor = _filled(values, places.get(key))
        if factor is None and key == FACTORS[table][-1]:
            return False, None
        if not _is_number(factor):
            return True, None
        money *= factor
    return True, money if _is_number(money) else None


def _filled(values: Sequence[Any], at: int | None) -> Any:
    """A cell, None where it is blank or not there."""
    if at is None or at >= len(values):
        return None
    value = values[at]
    return None if type(value) is str and not value.strip() else value


def _agree(raw: float | None, read: float | None) -> bool:
    """A text may have been read as a number, and is then named among the findings; a number is what it is."""
    return raw is None or (read is not None and math.isclose(raw, read, rel_tol=1e-12, abs_tol=1e-9))


def _is_number(value: Any) -> bool:
    """Whether a cell holds an amount that can be summed; one that is too large for any cost is told with its line."""
    return type(value) in (float, int) and abs(value) <= LARGEST


def _likely_first(names: Sequence[str]) -> list[str]:
    """The sheets with the usual names of the tables first: the others are then not read at all."""
    usual = ("Costs", "\u8d39\u7528", "Benefits", "\u6536\u76ca")
    return sorted(names, key=lambda name: usual.index(name) if name in usual else len(usual))


def _header(rows: Sequence[Sequence[Any]], table: str) -> tuple[dict[str, int], int | None]:
    """The columns of a table by key and the row of its header: the first with its main column and one of money."""
    known, main, money = column_names(table), next(iter(columns(table))), {"amount", FACTORS[table][-1]}
    for i, row in enumerate(rows[:_HEADER_ROWS]):
        words = ((j, normalise(v).rstrip("* ")) for j, v in enumerate(row) if isinstance(v, str) and v)
        places = {known[word]: j for j, word in words if word in known}
        if main in places and money & places.keys():
            return places, i
    return {}, None
