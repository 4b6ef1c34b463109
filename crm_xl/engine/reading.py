"""Reads a range with a header row into columns, and collects everything that is wrong with it.

Columns are found by header in English or Chinese, in any order. Every column counts or is named, wholly blank rows are
skipped, rows of totals are left out (and noted), since they would count money twice.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from crm_xl.engine.cells import Cell, Range, as_error, is_blank
from crm_xl.engine.columns import (
    BLANK,
    LARGEST,
    LARGEST_SHOWN,
    Column,
    Floats,
    Ints,
    Labels,
    Numbers,
    Report,
    Values,
    as_numbers,
    read_column,
    suggestion,
)
from crm_xl.engine.header_row import HEADER_SEARCH, HeaderRow, check_unused, find_header_row
from crm_xl.engine.headers import Heading, Said, is_unit_column, stated_unit
from crm_xl.engine.problems import Problem, Severity
from crm_xl.engine.schema import Field, columns, currencies, normalise
from crm_xl.engine.stated_units import Money, StatedUnits, Unsettled, reporting_problems
from crm_xl.engine.total_rows import Verdict, total_rows
from crm_xl.engine.typed_values import SHARED_SIGNS

if TYPE_CHECKING:
    from crm_xl.engine.assumptions import Assumptions

__all__ = [
    "BLANK", "HEADER_SEARCH", "LARGEST", "LARGEST_SHOWN", "Floats", "Ints", "Labels", "Period", "Table", "Values",
    "read_table", "suggestion",
]  # fmt: skip

# What no row may leave blank, and how that is told; other tables have words of their own, where they are used.
_IN_EVERY_ROW = {
    "costs": {"component": "expected_component"},
    "actuals": {"component": "expected_component"},
    "benefits": {"benefit": "expected_name"},
    "drivers": {"driver": "expected_name"},
    "keys": {"name": "expected_name", "key": "note_no_key"},
}
# Names that stand in one row each.
_ONCE = {"keys": "name"}
# What a row of totals may state beside its sums: a total may be that of a department.
_BESIDE_TOTALS = frozenset({"currency", "department"})


@dataclass(frozen=True, kw_only=True, eq=False)
class Period:
    """A column headed by a year or a month: what each row states for that period.

    `kind` is amount (the whole money of the period) or quantity (the units in each billing period that falls due in
    it); `when` is the year or the month as `timeline.moment` has it (a year number, or `MONTHS` + month); `values` are
    NaN where blank. `column` and `header` are its place, as in `Table.columns`.
    """

    kind: str
    when: int
    values: Floats
    column: int
    header: str


@dataclass(frozen=True, eq=False)
class Table:
    """A table that was read: `values` by column key, for the rows (0-based in the range) in `rows`.

    `typed` has the cells of dates, years and currencies as they stand in the range, to show them in problems. `periods`
    are the columns headed by a year or a month, in the order of the range. A `discount` is the part that is taken off
    (0.1 for 10 % and for 9折). `unsettled` are rows whose sign of a currency has several meanings, and `fiscal` the
    header of a period that is a financial year: only the assumptions can tell. `currencies` are those that headers and
    cells state for the money of a table without a column Currency.
    """

    name: str
    language: str
    rows: Ints
    values: dict[str, Values]
    columns: dict[str, tuple[int, str]]
    problems: tuple[Problem, ...]
    typed: Mapping[str, Sequence[Cell]] = field(default_factory=dict)
    periods: tuple[Period, ...] = ()
    unsettled: tuple[Unsettled, ...] = ()
    fiscal: tuple[int, str] | None = None
    currencies: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.rows)

    def numbers(self, key: str, default: float = np.nan) -> Floats:
        """Return a column of numbers; blanks, and a column that is not there, are the default."""
        found = self.values.get(key)
        if not isinstance(found, np.ndarray):
            return np.full(len(self), default)
        return found if np.isnan(default) else np.where(np.isnan(found), default, found)

    def moments(self, key: str) -> Ints:
        """Return a column of dates and years as `timeline.moment` has them; 0 where blank."""
        found = self.values.get(key)
        return found.astype(np.int64) if isinstance(found, np.ndarray) else np.zeros(len(self), dtype=np.int64)

    def labels(self, key: str) -> Labels:
        """Return a column of texts or choices."""
        found = self.values.get(key)
        return found if isinstance(found, Labels) else Labels(np.full(len(self), BLANK, dtype=np.int64), ())

    def is_yes(self, key: str) -> npt.NDArray[np.bool_]:
        """Return which rows say yes in a column of yes and no; a blank is no."""
        labels = self.labels(key)
        yes = np.array([name == "yes" for name in labels.names] + [False])  # the last one is for blanks, code −1
        return yes[labels.codes]

    def text(self, key: str, row: int) -> str:
        """Return the text or choice in a row (0-based in this table); nothing where blank."""
        return self.labels(key).text(row)

    def problem(self, row: int, key: str, found: Cell, expected: str, **more: Any) -> Problem:
        """Return a problem in the column `key` of a row (0-based in this table)."""
        column, header = self.columns.get(key, (None, columns(self.name)[key].label(self.language)))
        return Problem(
            argument=self.name, row=int(self.rows[row]), column=column, header=header, found=found, key=expected, **more
        )

    def under(self, assumptions: "Assumptions") -> list[Problem]:
        """Return what is wrong with the table under assumptions only.

        A sign that cannot be that of the reporting currency, or that may be that of several with a rate; a financial
        year in a model that begins within a calendar year.
        """
        problems = [
            *reporting_problems(self.name, self.unsettled, assumptions.currency),
            *self.shared_signs(assumptions),
        ]
        start = assumptions.start_date
        if self.fiscal is not None and start is not None and start.month != 1:
            column, header = self.fiscal
            problems.append(
                Problem(argument=self.name, column=column, header=header, found=header, key="expected_calendar_year")
            )
        return problems

    def shared_signs(self, assumptions: "Assumptions") -> Iterator[Problem]:
        """Yield cells of the column Currency whose sign stands for several currencies that the assumptions know."""
        known = {assumptions.currency, *(code for pair in assumptions.rates for code in pair)}
        cells = self.typed.get("currency", ())
        for typed in {cell for cell in set(cells) if isinstance(cell, str) and normalise(cell) in SHARED_SIGNS}:
            usual = currencies()[normalise(typed)]
            others = (SHARED_SIGNS[normalise(typed)] & known) - {usual}
            for i in (i for i, cell in enumerate(cells) if others and usual != assumptions.currency and cell == typed):
                details = {"currencies": sorted({usual, *others})}
                yield self.problem(i, "currency", typed, "expected_currency_code", details=details)


def read_table(cells: Range, name: str, ignored: Set[str] = frozenset()) -> Table:
    """Read a range as one of the tables of `crm_xl/data/columns.csv`.

    Problems never raise; they stand in `Table.problems`. A range without the required header gives an
    empty table and the problem that says so. `ignored` are the headers, normalised, of columns that are not to count.
    """
    header = find_header_row(cells, name, ignored)
    if header is None:
        return _unreadable(name, cells)
    problems, fields = header.problems, columns(name)
    for key, spec in fields.items():
        if spec.required and key not in header.columns:
            problems.append(Problem(argument=name, row=header.row, key="expected_column", details=_names(spec)))
    rows, by_column = _without_blanks(cells, header.row + 1)
    numbers = Numbers()
    rows, by_column = _without_totals(rows, by_column, header, name, partial(_report, problems, name), numbers)
    problems += _check_headless(cells.row(header.row), header, name, by_column)
    problems += check_unused(header, name, by_column)

    def read(j: int, text: str, spec: Field, heading: Heading) -> Column:
        return read_column(by_column[j], spec, heading, partial(_report, problems, name, rows, j, text), numbers)

    values: dict[str, Values] = {}
    money: list[Money] = []
    for key, (j, text) in header.columns.items():
        spec, heading = fields[key], header.headings[key]
        if spec.type == "money":
            heading = replace(heading, said=_of_money(heading.said, header.of_money))
        column = read(j, text, spec, heading)
        values[key] = column.values
        if spec.type == "money" and isinstance(column.values, np.ndarray):
            money.append(
                Money(
                    key=key, column=j, header=text, values=column.values, said=heading.said, in_cells=column.currencies
                )
            )  # fmt: skip
    periods = []
    for j, text, period in header.periods:
        key = "amount" if period.kind == "amount" else "quantity" if "quantity" in fields else "volume"
        said = _of_money(period.said, header.of_money) if key == "amount" else period.said
        column = read(j, text, fields[key], Heading(key=key, said=said))
        if isinstance(column.values, np.ndarray):
            periods.append(Period(kind=period.kind, when=period.when, values=column.values, column=j, header=text))
            if key == "amount":
                said = replace(said, frequency="")
                money.append(
                    Money(key="", column=j, header=text, values=column.values, said=said, in_cells=column.currencies)
                )
    _range_as(values, header, problems, name, len(rows))
    units = StatedUnits(name, rows, values, header.columns)
    unit = next((place for place in header.unused if name == "costs" and is_unit_column(place[1])), None)
    units.settle(money, None if unit is None else (unit, by_column[unit[0]]))
    if unit is not None and any(isinstance(cell, str) and stated_unit(cell).counts for cell in set(by_column[unit[0]])):
        problems = [p for p in problems if (p.key, p.column) != ("note_column_unused", unit[0])]
    problems += units.problems
    typed = {key: by_column[j] for key, (j, _) in header.columns.items() if fields[key].type in ("when", "currency")}
    fiscal = next(((j, text) for j, text, period in header.periods if period.fiscal), None)
    table = Table(
        name, header.language, rows, values, header.columns, (), typed,
        periods=tuple(periods), unsettled=tuple(units.unsettled), fiscal=fiscal,
        currencies=units.of_table,
    )  # fmt: skip
    problems += _check_filled(table, by_column) + _check_once(table)
    return replace(table, problems=tuple(problems))


def _of_money(said: Said, above: Said) -> Said:
    """What a header says of its money; where it states no unit, what stands above the table."""
    if said.currencies or said.scale != 1.0:
        return said
    return said.joined(above) or said


def _range_as(values: dict[str, Values], header: HeaderRow, problems: list[Problem], name: str, count: int) -> None:
    """Put what the headers of low, likely and high say of them, multipliers or amounts, in the column that says it."""
    stated = {key: header.headings[key].said.basis for key in ("low", "likely", "high") if key in header.headings}
    said = {basis for basis in stated.values() if basis}
    if "range_as" not in columns(name) or not said:
        return
    if len(said) > 1:
        key = next(key for key, basis in stated.items() if basis)
        j, text = header.columns[key]
        problems.append(
            Problem(argument=name, row=header.row, column=j, header=text, found=text, key="expected_one_basis")
        )
        return
    labels = values.get("range_as")
    labels = labels if isinstance(labels, Labels) else Labels(np.full(count, BLANK, dtype=np.int64), ())
    values["range_as"] = labels.filled(labels.codes == BLANK, said.pop())


def _check_headless(
    row: Sequence[Cell], header: HeaderRow, name: str, by_column: Sequence[Sequence[Cell]]
) -> Iterator[Problem]:
    """Tell of columns without a header: of words it is a note, of numbers nobody knows what they are."""
    for j, text in enumerate(row):
        if not is_blank(text) or all(map(is_blank, by_column[j])):
            continue
        words = all(is_blank(v) or (isinstance(v, str) and not as_error(v)) for v in by_column[j])
        yield Problem(
            argument=name, row=header.row, column=j, found=None, key="note_no_header" if words else "expected_header",
            severity=Severity.NOTE if words else Severity.ERROR, of_money=True,
        )  # fmt: skip


def _check_filled(table: Table, by_column: Sequence[Sequence[Cell]]) -> list[Problem]:
    """Tell of rows that leave blank what every row needs; what is filled and cannot be read is told already."""
    problems = []
    for key, expected in _IN_EVERY_ROW.get(table.name, {}).items():
        if key in table.columns:
            read, cells = table.values[key], by_column[table.columns[key][0]]
            unread = read.codes == BLANK if isinstance(read, Labels) else np.isnan(read)
            blank = [i for i in np.flatnonzero(unread).tolist() if is_blank(cells[i])]
            severity = Severity.NOTE if expected.startswith("note_") else Severity.ERROR
            problems += [table.problem(i, key, None, expected, severity=severity) for i in blank]
    return problems


def _check_once(table: Table) -> list[Problem]:
    """Note names that stand in a row above already."""
    if (key := _ONCE.get(table.name)) is None:
        return []
    if {"year", "month"} & set(table.columns) or (table.name == "keys" and {"component", "from"} & set(table.columns)):
        return []  # keys change in time and by pool; whether one stands twice is told where months are known
    labels = table.labels(key)
    _, first = np.unique(labels.codes, return_index=True)
    again = sorted({*np.flatnonzero(labels.codes != BLANK).tolist()} - {*first.tolist()})
    return [table.problem(i, key, labels.text(i), "note_name_again", severity=Severity.NOTE) for i in again]


def _without_blanks(cells: Range, first: int) -> tuple[Ints, list[Sequence[Cell]]]:
    """The rows from the first one on that are not wholly blank, and their cells by column."""
    rows = np.arange(first, cells.height, dtype=np.int64)
    by_column: list[Sequence[Cell]] = [cells.column(j, first) for j in range(cells.width)]
    blank: Sequence[int] = range(len(rows))
    for column in by_column:
        blanks = set(filter(is_blank, set(column)))
        blank = [i for i in blank if column[i] in blanks] if blanks else ()
        if not blank:
            return rows, by_column
    return _kept(rows, by_column, set(blank))


def _kept(rows: Ints, by_column: list[Sequence[Cell]], without: Set[int]) -> tuple[Ints, list[Sequence[Cell]]]:
    keep = [i for i in range(len(rows)) if i not in without]
    return rows[keep], [[column[i] for i in keep] for column in by_column]


def _report(
    problems: list[Problem],
    name: str,
    rows: Ints,
    column: int,
    header: str,
    i: int,
    value: Cell,
    key: str,
    **more: Any,
) -> None:
    error = as_error(value)
    if error is not None:
        more, key = {"code": error}, "expected_no_error"
    problems.append(
        Problem(argument=name, row=int(rows[i]), column=column, header=header, found=value, key=key, **more)
    )


def _names(field: Field) -> dict[str, Any]:
    return {"column": field.names_by_language}


def _unreadable(name: str, cells: Range) -> Table:
    required = next(field for field in columns(name).values() if field.required)
    first = next((cell for cell in cells.cells[: HEADER_SEARCH * cells.width] if not is_blank(cell)), None)
    problem = Problem(argument=name, found=first, key="expected_header_row", details=_names(required))
    return Table(name, "en", np.zeros(0, dtype=np.int64), {}, {}, (problem,))


def _without_totals(
    rows: Ints, by_column: list[Sequence[Cell]], header: HeaderRow, name: str, report: Report, numbers: Numbers
) -> tuple[Ints, list[Sequence[Cell]]]:
    """Leave out rows of totals, and tell of every row that may be one."""
    fields = columns(name)
    main = next((key for key, field in fields.items() if field.required and key in header.columns), None)
    if main is None:
        return rows, by_column
    at = {key: by_column[j] for key, (j, _) in header.columns.items() if key != main}
    totals = total_rows(
        name,
        by_column[header.columns[main][0]],
        inputs=[c for key, c in at.items() if not fields[key].is_number and key not in _BESIDE_TOTALS],
        numbers=[c for key, c in at.items() if fields[key].is_number],
        words=[c for key, c in at.items() if fields[key].type == "text"] + [by_column[j] for j, _ in header.unused],
        money=_line_money(at, header, by_column, numbers),
        blocks=np.diff(rows, prepend=rows[:1]) > 1,
    )
    j, text = header.columns[main]
    spoken = [
        (j, text),
        *(place for key, place in header.columns.items() if fields[key].type == "text"),
        *header.unused,
    ]
    for i, verdict in totals.items():
        severity = Severity.ERROR if verdict is Verdict.UNCLEAR else Severity.NOTE
        # Of a row without a name the word that calls it a total is shown, in its own column.
        at_j, at_text = next((place for place in spoken if not is_blank(by_column[place[0]][i])), (j, text))
        report(rows, at_j, at_text, i, by_column[at_j][i], str(verdict), severity=severity, of_money=True)
    left_out = {i for i, verdict in totals.items() if verdict is Verdict.LEFT_OUT}
    return _kept(rows, by_column, left_out) if left_out else (rows, by_column)


def _line_money(
    at: Mapping[str, Sequence[Cell]], header: HeaderRow, by_column: Sequence[Sequence[Cell]], numbers: Numbers
) -> list[Floats]:
    """The columns that a row of totals sums: the money of a line, and the amounts of each period."""
    found = [as_numbers(by_column[j], numbers) for j, _, period in header.periods if period.kind == "amount"]
    found += [as_numbers(at[key], numbers) for key in ("budget", "actual", "key") if key in at]
    amount = as_numbers(at["amount"], numbers) if "amount" in at else None
    if "quantity" in at and "unit_cost" in at:
        product = as_numbers(at["quantity"], numbers) * as_numbers(at["unit_cost"], numbers)
        amount = product if amount is None else np.where(np.isnan(amount), product, amount)
    return [*found, *([] if amount is None else [amount])]
