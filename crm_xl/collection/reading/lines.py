"""The lines of an input table as a department filled it in: every line with its row, its values, and what is wrong.

A value that can mean one thing only is read, and what was done is told; one that may mean two things blocks its line.
What stands below or beside the table is never lost: it is handed back with its place.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from crm_xl.collection.reading.cells import SheetCells
from crm_xl.collection.reading.findings import Finding, Said, Severity, from_problem
from crm_xl.collection.reading.formulas import hazard
from crm_xl.collection.reading.texts import Ambiguous, TypedNumber, read_date, read_number
from crm_xl.data import LANGUAGES, term
from crm_xl.engine.assumptions import Assumptions
from crm_xl.engine.benefits import build_benefits
from crm_xl.engine.cells import Cell, Range, is_blank
from crm_xl.engine.errors import ErrorValue, UnreadableError
from crm_xl.engine.model import build_model
from crm_xl.engine.problems import Problem, show
from crm_xl.engine.reading import HEADER_SEARCH, LARGEST, Table, read_table
from crm_xl.engine.schema import Field, columns, currencies, normalise
from crm_xl.engine.timeline import as_date
from crm_xl.hosts.headless.references import Area, cell_name

# The largest form has 5,000 lines; and of numbers outside the table so many are told one by one.
MOST_LINES, MOST_STRAYS = 20_000, 100
# What the validation of the form allows.
LONGEST_TEXT = 200
# A number has 15 digits in a spreadsheet; what a person types beyond them is gone.
_DIGITS = 10**15
_WIDEST = 256
DAYS_TO_1904 = 1462
_NUMBERS = ("number", "money", "rate")
_DATES = ("when", "date")
# Columns of the template that are no input: computed ones, and remarks.
_BESIDE = frozenset(
    normalise(term(f"template_{key}", language))
    for key in ("cost_total", "benefit_money", "note")
    for language in LANGUAGES
)
# What add-ins and data services leave in a cell in place of a value.
_BROKEN_TEXTS = (
    "#n/a",
    "#busy",
    "#connect",
    "#field",
    "#blocked",
    "#name",
    "#value",
    "#ref",
    "#getting",
    "traceback (",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line of an input table: `values` by column key in the order of the schema; `row` is its row on the sheet."""

    row: int
    values: tuple[Cell, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def rejected(self) -> bool:
        """Whether the line is kept out of the sum."""
        return any(finding.severity == "blocks" for finding in self.findings)


@dataclass(frozen=True, kw_only=True, eq=False)
class Form:
    """What the controller set for a department: what its lines are read against."""

    assumptions: Assumptions
    department: str = ""
    since_1904: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Lines:
    """The lines of one table, what was found in it as a whole, and the amounts that stand outside of it."""

    lines: tuple[Line, ...] = ()
    findings: tuple[Finding, ...] = ()
    strays: tuple[Finding, ...] = ()
    language: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Head:
    """The header row of a table, and the column of each field that stands there."""

    row: int
    columns: dict[str, int]
    texts: dict[str, str]
    language: str
    problems: tuple[Problem, ...]
    first: int


def read_lines(sheet: SheetCells, table: str, area: Area | None, form: Form, *, filtered: bool = False) -> Lines | None:
    """Read the lines of an input table; None where its header is not on the sheet.

    Parameters
    ----------
    sheet
        The sheet on which it stands.
    table
        The table in the schema.
    area
        Where the workbook says that the table stands; None where it is no Excel table any more.
    form
        What the lines are read against.
    filtered
        Whether the table hides rows by a filter.
    """
    head = _head(sheet, table, area)
    return None if head is None else _Reader(sheet, table, area, form, head, filtered).read()


def count_lines(sheet: SheetCells, table: str) -> int:
    """Return how many lines of a table stand on a sheet; 0 where it has no header of that table."""
    head = _head(sheet, table, None)
    at = () if head is None else head.columns.values()
    return sum(
        any(_is_amount(cells.get(column)) for column in at)
        for row, cells in sheet.rows.items()
        if head is not None and row > head.row
    )


def _head(sheet: SheetCells, table: str, area: Area | None) -> _Head | None:
    if area is not None:
        found = _head_in(sheet, table, [area.first_row], area.first_column, area.last_column)
        if found is not None:
            return found
    numbers = sorted(row for row, cells in sheet.rows.items() if cells)[:HEADER_SEARCH]
    last = min(max((max(sheet.rows[row]) for row in numbers), default=1), _WIDEST)
    return _head_in(sheet, table, numbers, 1, last)


def _head_in(sheet: SheetCells, table: str, numbers: Sequence[int], first: int, last: int) -> _Head | None:
    if not numbers:
        return None
    grid = [[sheet.value(row, column) for column in range(first, last + 1)] for row in numbers]
    if len(grid) == 1 and all(value is None or type(value) is str for value in grid[0]):
        read = _header_alone(table, tuple(grid[0]))
    else:
        read = read_table(Range(grid), table)
    required = next(key for key, field in columns(table).items() if field.required)
    if required not in read.columns:
        return None
    at = next(
        i
        for i, row in enumerate(grid)
        if all(isinstance(row[j], str) and str(row[j]).strip() == text for j, text in read.columns.values())
    )
    return _Head(
        row=numbers[at],
        columns={key: first + read.columns[key][0] for key in columns(table) if key in read.columns},
        texts={key: text for key, (_, text) in read.columns.items()},
        language=read.language,
        problems=tuple(p for p in read.problems if p.row == at),
        first=first,
    )


@lru_cache(maxsize=64)
def _header_alone(table: str, texts: tuple[Cell, ...]) -> Table:
    """A header row without lines; it is the same in most returns of a distribution."""
    return read_table(Range([texts]), table)


class _Reader:
    """Reads one table; findings are gathered by the row of their line."""

    def __init__(
        self, sheet: SheetCells, table: str, area: Area | None, form: Form, head: _Head, filtered: bool
    ) -> None:
        self.sheet, self.table, self.area, self.form, self.head = sheet, table, area, form, head
        self.filtered = filtered or sheet.filtered
        self.fields = list(columns(table).values())
        self.required = next(field.key for field in self.fields if field.required)
        self.by_row: defaultdict[int, list[Finding]] = defaultdict(list)
        self.whole: list[Finding] = []
        self.strays: list[Finding] = []
        self.blocked: set[tuple[int, str]] = set()

    def read(self) -> Lines:
        inside, below = self._rows()
        if len(inside) + len(below) > MOST_LINES:
            raise UnreadableError("too_many_lines", sheet=self.sheet.name, limit=MOST_LINES)
        at = [self.head.columns.get(field.key, 0) for field in self.fields]
        values = {row: list(map(self.sheet.rows[row].get, at)) for row in (*inside, *below)}
        self._read_columns([*inside, *below], values)
        for row in below:
            self._tell(row, "", "below_table", "blocks")
        self._read_headers()
        self._read_formulas(values.keys())
        self._read_engine(inside, values)
        self._read_departments([*inside, *below], values)
        self._read_duplicates(inside, values)
        self._read_hidden([*inside, *below])
        self._read_strays(set(values))
        lines = [
            Line(row=row, values=tuple(values[row]), findings=tuple(self.by_row.get(row, ())))
            for row in (*inside, *below)
        ]
        return Lines(
            lines=tuple(lines),
            findings=tuple(self.whole),
            strays=tuple(self.strays),
            language=self.head.language,
        )

    # -- what is there ----------------------------------------------------------------------------------------------

    def _rows(self) -> tuple[list[int], list[int]]:
        """The rows of the table that are not blank, and those below it that hold amounts."""
        last = self._last_row()
        own = {column for key, column in self.head.columns.items() if key != "department"}
        numbers = [column for key, column in self.head.columns.items() if columns(self.table)[key].type in _NUMBERS]
        department, required = self.head.columns.get("department", 0), self.head.columns[self.required]
        inside, below = [], []
        for row in sorted(row for row in self.sheet.rows if row > self.head.row):
            cells = self.sheet.rows[row]
            if row > last:
                if any(_is_amount(cells.get(column)) for column in numbers):
                    below.append(row)
                continue
            if not is_blank(cells.get(required)):
                inside.append(row)
                continue
            typed = department in cells and (row, department) not in self.sheet.formulas
            filled = (column for column, value in cells.items() if value is not None and not is_blank(value))
            if not own.isdisjoint(filled) or (typed and not is_blank(cells[department])):
                inside.append(row)
        return inside, below

    def _last_row(self) -> int:
        """Where the table ends: with the Excel table, else with the sheet."""
        return max(self.sheet.rows, default=0) if self.area is None else max(self.area.last_row, self.head.row)

    def _tell(self, row: int, key: str, finding: str, severity: Severity, found: Cell = None, **more: object) -> None:
        """Add a finding to a line, at the cell of a column or at the whole line."""
        first, last = min(self.head.columns.values()), max(self.head.columns.values())
        place = cell_name(row, self.head.columns[key]) if key else f"{cell_name(row, first)}:{cell_name(row, last)}"
        expected = more.pop("expected", "")
        self.by_row[row].append(
            Finding(
                key=finding,
                severity=severity,
                sheet=self.sheet.name,
                cell=place,
                found=_said(found),
                expected=expected,  # type: ignore[arg-type]
                details=(("column", self.head.texts.get(key, "")), *more.items()),
            )
        )
        if severity == "blocks" and key:
            self.blocked.add((row, key))

    # -- values -----------------------------------------------------------------------------------------------------

    def _read_columns(self, rows: list[int], values: dict[int, list[Cell]]) -> None:
        for at, field in enumerate(self.fields):
            if field.key not in self.head.columns:
                continue
            read = self._number if field.type in _NUMBERS else self._date if field.type in _DATES else self._word
            for row in rows:
                value = values[row][at]
                if value is not None:
                    values[row][at] = read(row, field, value)

    def _number(self, row: int, field: Field, value: Cell) -> Cell:
        if type(value) is float:
            if (row, self.head.columns[field.key]) in self.sheet.dated:
                shown = shown_date(value, self.form.since_1904)
                expected = {language: term("expected_number", language) for language in LANGUAGES}
                self._tell(row, field.key, "date_number", "blocks", shown, expected=expected, number=show(value))
                return shown
            if abs(value) > LARGEST:
                self._tell(row, field.key, "too_large", "blocks", value)
            return value
        if type(value) is not str or is_blank(value):
            return value
        read = read_number(value)
        if isinstance(read, Ambiguous):
            self._tell(row, field.key, "ambiguous_number", "blocks", value, one=read.one, other=read.other)
            return value
        if read is None or (read.percent and field.type != "rate"):
            if is_broken_text(value):
                self._tell(row, field.key, "broken_text", "blocks", value)
            return value
        if read.currencies and not self._same_currency(row, field, value, read):
            return value
        if abs(read.value) > LARGEST:
            self._tell(row, field.key, "too_large", "blocks", value)
            return value
        shown = f"{read.value:.15g}"
        self._tell(row, field.key, "text_number", "note", value, expected=shown)
        return read.value

    def _same_currency(self, row: int, field: Field, value: str, read: TypedNumber) -> bool:
        """Whether the currency that stands in a number is that of its line; a number of units has none."""
        column = self.head.columns.get("currency")
        typed = self.sheet.value(row, column) if column else None
        own = self.form.assumptions.currency if is_blank(typed) else currencies().get(normalise(str(typed)), str(typed))
        if field.type == "money" and own in read.currencies:
            return True
        if field.type == "money":
            self._tell(row, field.key, "other_currency", "blocks", value, expected=own)
        return False

    def _date(self, row: int, field: Field, value: Cell) -> Cell:
        if type(value) is float:
            if value == 20_000_000 + value % 1_000_000 and (day := read_date(f"{value:.0f}")):
                self._tell(row, field.key, "compact_date", "note", value, expected=str(day))
                return day if isinstance(day, dt.date) else value
            if value < 20_000 or value >= 110_000:
                return value
            return as_date(value + DAYS_TO_1904 * self.form.since_1904)
        if isinstance(value, dt.datetime):
            return value.date()
        if type(value) is not str or is_blank(value):
            return value
        day = read_date(value)
        if isinstance(day, Ambiguous):
            self._tell(row, field.key, "ambiguous_date", "blocks", value, one=day.one, other=day.other)
            return value
        if day is not None:
            self._tell(row, field.key, "text_date", "note", value, expected=day.isoformat())
            return day
        number = read_number(value)
        if isinstance(number, TypedNumber) and number.value % 1 == 0 and 1 <= number.value <= 2200:
            self._tell(row, field.key, "text_number", "note", value, expected=f"{number.value:g}")
            return number.value
        if is_broken_text(value):
            self._tell(row, field.key, "broken_text", "blocks", value)
        return value

    def _word(self, row: int, field: Field, value: Cell) -> Cell:
        if type(value) is float and field.type == "text" and abs(value) >= _DIGITS:
            self._tell(row, field.key, "digits_lost", "note", f"{value:.0f}")
        elif type(value) is str and is_broken_text(value):
            self._tell(row, field.key, "broken_text", "blocks", value)
        elif type(value) is str and len(value) > LONGEST_TEXT:
            self._tell(row, field.key, "text_long", "note", value, expected=str(LONGEST_TEXT), count=len(value))
        return value

    # -- what is wrong ------------------------------------------------------------------------------------------------

    def _read_headers(self) -> None:
        """Headers that were moved, renamed or taken out; columns are found by header, so this is told and no more."""
        row, at = self.head.row, self.head.columns
        for problem in self.head.problems:
            column = self.head.first + (problem.column or 0)
            self.whole.append(from_problem(problem, self.sheet.name, cell_name(row, column)))
        for field in self.fields:
            text = normalise(self.head.texts.get(field.key, field.en)).rstrip("* ")
            if text not in (normalise(field.en), normalise(field.zh)):
                expected = {language: field.label(language) for language in LANGUAGES}
                self._headed("header_renamed", cell_name(row, at[field.key]), self.head.texts[field.key], expected)
        if list(at.values()) != sorted(at.values()):
            place = Area("", row, min(at.values()), row, max(at.values())).address
            self._headed(
                "columns_moved", place, ", ".join(self.head.texts[key] for key in sorted(at, key=at.__getitem__))
            )
        missing = [field for field in self.fields if field.key not in at]
        if missing:
            expected = {language: ", ".join(f.label(language) for f in missing) for language in LANGUAGES}
            self._headed("columns_missing", cell_name(row, min(at.values())), "", expected)

    def _headed(self, key: str, cell: str, found: str, expected: Said = "") -> None:
        self.whole.append(
            Finding(key=key, severity="note", sheet=self.sheet.name, cell=cell, found=found, expected=expected)
        )

    def _read_formulas(self, rows: Iterable[int]) -> None:
        """Formulas where values belong; the template has one for the department itself."""
        kept = set(rows)
        keys = {column: key for key, column in self.head.columns.items() if key != "department"}
        for (row, column), formula in self.sheet.formulas.items():
            if row not in kept or (key := keys.get(column)) is None:
                continue
            if danger := hazard(formula):
                self._tell(row, key, f"formula_{danger}", "blocks", f"={formula}")
            elif (value := self.sheet.value(row, column)) is None:
                self._tell(row, key, "formula_no_value", "blocks", f"={formula}")
            else:
                self._tell(row, key, "formula", "note", f"={formula}", value=_said(value))

    def _read_engine(self, rows: list[int], values: dict[int, list[Cell]]) -> None:
        """What the engine says of the table, and of its lines under the assumptions."""
        by_column = list(zip(*(values[row] for row in rows), strict=True)) or [()] * len(self.fields)
        # A blank column of words or dates says nothing to the engine but takes its time.
        at = [
            i
            for i, field in enumerate(self.fields)
            if field.key in self.head.columns
            and (field.required or field.type in _NUMBERS or any(value is not None for value in by_column[i]))
        ]
        keys = [self.fields[i].key for i in at]
        header: list[Cell] = [self.head.texts[key] for key in keys]
        grid = [header, *zip(*(by_column[i] for i in at), strict=True)]
        read = read_table(Range(grid), self.table)
        for problem in self._problems(read):
            if problem.row is None or problem.row == 0:
                if problem.argument == self.table and problem.column is None:
                    self.whole.append(from_problem(problem, self.sheet.name, cell_name(self.head.row, self.head.first)))
                continue
            row = rows[problem.row - 1]
            key = self.required if problem.column is None else keys[problem.column]
            if (row, key) in self.blocked:
                continue
            if problem.key == "note_unpriced" and any(finding.blocks for finding in self.by_row.get(row, ())):
                continue  # it has a price, which is told as unreadable
            if problem.key == "note_totals_row":
                self._tell(row, key, "totals_row", "blocks", problem.found)
                continue
            self.by_row[row].append(from_problem(problem, self.sheet.name, cell_name(row, self.head.columns[key])))

    def _problems(self, read: Table) -> tuple[Problem, ...]:
        if self.table == "costs":
            found = build_model(read, self.form.assumptions).problems
        else:
            found = build_benefits(read, self.form.assumptions).problems
        return tuple(problem for problem in found if problem.argument == self.table)

    def _read_departments(self, rows: list[int], values: dict[int, list[Cell]]) -> None:
        """A blank department is that of the stamp; another one is not this department's to enter."""
        at = next(i for i, field in enumerate(self.fields) if field.key == "department")
        if not self.form.department:
            return
        own = normalise(self.form.department)
        good = {self.form.department}
        for row in rows:
            value = values[row][at]
            if is_blank(value):
                values[row][at] = self.form.department
            elif value not in good:
                if normalise(str(value)) == own:
                    good.add(str(value))
                else:
                    self._tell(row, "department", "other_department", "blocks", value, expected=self.form.department)

    def _read_duplicates(self, rows: list[int], values: dict[int, list[Cell]]) -> None:
        # Most lines differ in their numbers already; only the others are looked at word by word.
        numbers = [i for i, field in enumerate(self.fields) if field.type in _NUMBERS]
        alike: defaultdict[tuple[Cell, ...], list[int]] = defaultdict(list)
        for row in rows:
            line = values[row]
            alike[tuple([line[i] for i in numbers])].append(row)
        for some in alike.values():
            seen: dict[tuple[object, ...], int] = {}
            for row in some if len(some) > 1 else ():
                if any(finding.blocks for finding in self.by_row.get(row, ())):
                    continue
                same = tuple(v.strip().casefold() if isinstance(v, str) else v for v in values[row])
                first = seen.setdefault(same, row)
                if first != row:
                    self._tell(row, "", "duplicate", "note", first=first)

    def _read_hidden(self, rows: list[int]) -> None:
        hidden = [row for row in rows if row in self.sheet.hidden_rows] if self.sheet.hidden_rows else []
        if hidden:
            filtered = "filtered_rows" if self.filtered else "hidden_rows"
            self.whole.append(self._of_sheet(filtered, _runs(hidden), count=len(hidden)))
        for first, last in self.sheet.hidden_columns:
            for key, column in self.head.columns.items():
                if first <= column <= last and any(not is_blank(self.sheet.value(row, column)) for row in rows):
                    place = cell_name(self.head.row, column)
                    self.whole.append(self._of_sheet("hidden_column", place, column=self.head.texts[key]))
        columns_here = self.head.columns.values()
        here = Area(self.sheet.name, self.head.row, min(columns_here), self._last_row(), max(columns_here))
        self.whole += [self._of_sheet("merged", area.address) for area in self.sheet.merged if area.meets(here)]

    def _of_sheet(
        self, key: str, cell: str, severity: Severity = "note", found: Cell = None, **more: object
    ) -> Finding:
        return Finding(
            key=key,
            severity=severity,
            sheet=self.sheet.name,
            cell=cell,
            found=_said(found),
            details=tuple(more.items()),
        )

    # -- what stands elsewhere -----------------------------------------------------------------------------------

    def _read_strays(self, lines: set[int]) -> None:
        """Amounts that no line holds: in columns that are none of the table, above it, or beside it."""
        known = set(self.head.columns.values())
        header = self.sheet.rows.get(self.head.row, {})
        beside = {c for c, v in header.items() if isinstance(v, str) and normalise(v) in _BESIDE}
        own = known | beside
        end = self._last_row()
        unknown: defaultdict[int, list[int]] = defaultdict(list)
        for row, cells in self.sheet.rows.items():
            if row in lines and cells.keys() <= own:
                continue
            below_head = self.head.row < row <= end
            for column, value in cells.items():
                if (column in known and row in lines) or (column in beside and below_head) or not _is_amount(value):
                    continue
                if below_head and self.head.first <= column <= max(own) and column not in known:
                    unknown[column].append(row)
                else:
                    self._stray(row, column, value)
        outside = len(self.strays)
        if outside > MOST_STRAYS:
            more = self._of_sheet("outside_many", "", "blocks", count=outside - MOST_STRAYS)
            self.strays[MOST_STRAYS:] = [more]
        for column, rows in unknown.items():
            title = header.get(column)
            name = Area("", rows[0], column, rows[-1], column).address
            shown = ", ".join(show(self.sheet.value(row, column)) for row in rows[:3]) + (" …" if len(rows) > 3 else "")
            formulas = all((row, column) in self.sheet.formulas for row in rows)
            self.strays.append(
                Finding(
                    key="unknown_column",
                    severity="note" if formulas else "blocks",
                    sheet=self.sheet.name,
                    cell=name,
                    found=shown,
                    details=(("column", _said(title)), ("count", len(rows))),
                )
            )

    def _stray(self, row: int, column: int, value: Cell) -> None:
        formula = (row, column) in self.sheet.formulas
        self.strays.append(
            self._of_sheet(
                "formula_outside" if formula else "outside_table",
                cell_name(row, column),
                "note" if formula else "blocks",
                value,
            )
        )


def _is_amount(value: Cell) -> bool:
    """Whether a cell holds a number, as such or as a text."""
    if type(value) is float:
        return True
    return type(value) is str and not is_blank(value) and read_number(value) is not None


def shown_date(serial: float, since_1904: bool) -> dt.date | str:
    """Return what a cell with a date format shows for a number: a day, or the time of day where it is less than one.

    >>> shown_date(46388.0, False), shown_date(44926.0, True), shown_date(0.5, False)
    (datetime.date(2027, 1, 1), datetime.date(2027, 1, 1), '12:00:00')
    """
    try:
        moment = from_excel(serial, CALENDAR_MAC_1904 if since_1904 else CALENDAR_WINDOWS_1900)
    except OverflowError:
        return f"{serial:.15g}"
    return moment.date() if isinstance(moment, dt.datetime) else str(moment)


@lru_cache(maxsize=4096)
def is_broken_text(value: str) -> bool:
    """Whether a text is what an add-in or a data service left behind in place of a value."""
    start = value.strip().casefold()
    return start.startswith(_BROKEN_TEXTS) or "traceback (most recent" in start


def _said(value: Cell) -> str | dict[str, str]:
    """A value as a person would write it; a blank is a word."""
    if value is None:
        return {language: show(None, language) for language in LANGUAGES}
    if isinstance(value, str) and not isinstance(value, ErrorValue):
        return value if len(value) <= 120 else value[:117] + "..."
    return show(value)


def _runs(rows: Sequence[int]) -> str:
    """Rows as a range of rows that a person can go to: 7:9, 12:12."""
    runs: list[list[int]] = []
    for row in rows:
        if runs and runs[-1][1] == row - 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    return ", ".join(f"{first}:{last}" for first, last in runs)
