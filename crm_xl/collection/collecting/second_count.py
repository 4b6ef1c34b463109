"""Amounts counted from the cells alone, so that the reconciliation does not rest on the reading that it checks.

`second_count` opens the bytes of a file with another library and takes every number of every sheet, visible or not.
On the rows below the header of a table these have to be the amounts of its lines (`compared`): a line that was left
out, read twice or read as another amount comes to light. What is left, minus what the form held when it was sent, has
to be what was told as standing outside of the tables: an amount that nobody looked at comes to light too.
"""

import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum

from crm_xl.collection.collecting.amounts import Booked, Tally
from crm_xl.collection.reading.lines import Line
from crm_xl.collection.reading.returned import Return
from crm_xl.collection.reading.table import InputTable
from crm_xl.engine.reading import LARGEST
from crm_xl.engine.schema import column_names, columns, normalise
from crm_xl.xlsx.references import cell_name

# The columns whose product is the money of a line where it states no amount.
FACTORS = {"costs": ("quantity", "unit_cost"), "benefits": ("volume", "effect", "unit_value")}

# Of a row that states none. It equals no amount, and itself.
_NOTHING = math.inf
# The amount on each row that states one; None where it is not a number, such as a text.
RawAmounts: TypeAlias = Mapping[int, float | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """What the cells state, line by line, and the rows that were read otherwise."""

    booked: Booked
    differing: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SecondCount:
    """What the cells of a file hold: the amounts of each table by row, and amounts that nobody told of."""

    amounts: Mapping[str, RawAmounts] = field(default_factory=dict)
    unseen: tuple[tuple[str, str], ...] = ()


def second_count(data: bytes, returned: Return) -> SecondCount:
    """Count the amounts in the bytes of a file that was read before.

    Whatever the other library raises is for the caller; a file that was refused is not to be given to it, since it
    knows no limits.
    """
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    tables = {table.sheet.name: table for table in returned.found.tables.values()}
    amounts: dict[str, RawAmounts] = {}
    unseen: list[tuple[str, str]] = []
    for name in (sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet):
        table = tables.get(name)
        if table is not None:
            amounts[table.key] = _amounts(book.get_sheet_by_name(name), table)
        if returned.found.sent:  # else no other sheet was looked at, and nothing of the file counts
            left = _left(book.get_sheet_by_name(name), name, returned, table)
            unseen += [(name, cell_name(row, column)) for row, column in left]
    return SecondCount(amounts=amounts, unseen=tuple(unseen))


def _rows(sheet: CalamineSheet) -> Iterator[tuple[int, Sequence[Any]]]:
    """The rows of a sheet with their numbers, each from its first column on."""
    before = [""] * (sheet.start[1] if sheet.start else 0)
    for number, row in enumerate(sheet.iter_rows(), 1):
        yield number, before + row if before else row


def _amounts(sheet: CalamineSheet, table: InputTable) -> RawAmounts:
    """The amounts on the rows below a header, to the end of the sheet; none where its words mean something else."""
    known = column_names(table.key)
    places = {key: column - 1 for key, column in table.header.columns.items()}
    found: dict[int, float | None] = {}
    for number, row in _rows(sheet):
        if number == table.header.row:
            for key, at in places.items():
                word = row[at] if at < len(row) else ""
                if not isinstance(word, str) or known.get(normalise(word).rstrip("* "), key) != key:
                    return {}
        elif number > table.header.row:
            has, amount = stated(row, places, table.key)
            if has:
                found[number] = amount
    return found


def _left(sheet: CalamineSheet, name: str, returned: Return, table: InputTable | None) -> Iterator[tuple[int, int]]:
    """The places of the numbers that no line holds, that nobody told of, and that did not stand in the form."""
    told = returned.found.strays.get(name, frozenset())
    sent = returned.found.sent.get(name)
    held = sent.figures if sent else {}
    of_lines: Iterable[int] = table.header.columns.values() if table else ()
    lines = frozenset(line.row for line in getattr(returned, table.key)) if table else frozenset()
    for number, row in _rows(sheet):
        known = {*held.get(number, ()), *(of_lines if number in lines else ())}
        if table and table.header.row < number <= table.last_row:
            known |= table.computed
        for column, value in enumerate(row, 1):
            if type(value) in (float, int) and column not in known and (number, column) not in told:
                yield number, column


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
        if row not in refused and not _same(raw.get(row, _NOTHING), read.get(row, _NOTHING))
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


def _same(raw: float | None, read: float | None) -> bool:
    """Whether a row was read as it stands in the cells.

    A text may have been read as a number, and is then named among the findings, or be no amount at all, as below a
    table; a number is what it is.
    """
    if raw is None:
        return True
    return read is not None and (raw == read or math.isclose(raw, read, rel_tol=1e-12, abs_tol=1e-9))


def _is_number(value: Any) -> bool:
    """Whether a cell holds an amount that can be summed; one that is too large for any cost is told with its line."""
    return type(value) in (float, int) and abs(value) <= LARGEST
