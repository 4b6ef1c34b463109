"""Reads a range with a header row into columns, and collects everything that is wrong with it.

Columns are found by header in English or Chinese, in any order. Unknown columns are left alone, wholly
blank rows are skipped, rows of totals are left out (and noted), since they would count money twice.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import partial
from itertools import count
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from crm_xl.engine.cells import Cell, Range, as_error, is_blank
from crm_xl.engine.problems import Problem, Severity
from crm_xl.engine.schema import Field, choice_words, choices, column_names, columns, currencies, normalise
from crm_xl.engine.timeline import as_date, moment
from crm_xl.engine.total_rows import Verdict, total_rows

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]

# The header row is looked for in this many rows: a whole column starts with a title or blank rows.
HEADER_SEARCH = 25
# A number has 15 digits in a spreadsheet. No cost is larger; products of larger ones grow past what a number can be.
LARGEST = 1e15
LARGEST_SHOWN = {"largest": f"{LARGEST:,.0f}"}
# What is smaller is left over from adding up and stands for 0; divisions by it would grow as far.
_SMALLEST = 1e-100
BLANK = -1
_PERCENTAGES = ("rate", "discount")
# A discount has the limits of a percentage.
_RANGES = {"discount": "rate"}
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


@dataclass(frozen=True, eq=False)
class Labels:
    """A column of texts: `codes` points into `names`, −1 where blank. Letter case does not tell texts apart."""

    codes: Ints
    names: tuple[str, ...]

    def text(self, row: int) -> str:
        """Return the text of a row; nothing where blank."""
        return self.name(int(self.codes[row]))

    def name(self, code: int) -> str:
        """Return the text that a code stands for; nothing for that of a blank."""
        return "" if code == BLANK else self.names[code]

    def index(self, name: str) -> int | None:
        """Return the code of a text as users type it, or None when no row has it."""
        wanted = normalise(name)
        return next((i for i, own in enumerate(self.names) if normalise(own) == wanted), None)


Values: TypeAlias = Floats | Labels


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

    `typed` has the cells of dates and years as they stand in the range, to show them in problems. `periods` are the
    columns headed by a year or a month, in the order of the range. A `discount` is the part that is taken off (0.1 for
    10 % and for 9折).
    """

    name: str
    language: str
    rows: Ints
    values: dict[str, Values]
    columns: dict[str, tuple[int, str]]
    problems: tuple[Problem, ...]
    typed: Mapping[str, Sequence[Cell]] = field(default_factory=dict)
    periods: tuple[Period, ...] = ()

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


def read_table(cells: Range, name: str) -> Table:
    """Read a range as one of the tables of `crm_xl/data/columns.csv`.

    Problems never raise; they stand in `Table.problems`. A range without the required header gives an
    empty table and the problem that says so.
    """
    header = _header_row(cells, name)
    if header is None:
        return _unreadable(name, cells)
    headers = cells.row(header)
    found, language, problems = _headers(headers, header, name)
    for key, spec in columns(name).items():
        if spec.required and key not in found:
            problems.append(Problem(argument=name, row=header, key="expected_column", details=_names(spec)))
    rows, by_column = _without_blanks(cells, header + 1)
    rows, by_column = _without_totals(rows, by_column, found, name, partial(_report, problems, name))
    for j, text in enumerate(headers):
        if is_blank(text) and any(not is_blank(v) for v in by_column[j]):
            problems.append(
                Problem(
                    argument=name,
                    row=header,
                    column=j,
                    found=None,
                    key="expected_header",
                )
            )
    values: dict[str, Values] = {}
    for key, (j, text) in found.items():
        spec = columns(name)[key]
        report = partial(_report, problems, name, rows, j, text)
        values[key] = _READERS[spec.type](by_column[j], spec, report)
    typed = {key: by_column[j] for key, (j, _) in found.items() if columns(name)[key].type == "when"}
    table = Table(name, language, rows, values, found, (), typed)
    problems += _check_filled(table, by_column) + _check_once(table)
    return replace(table, problems=tuple(problems))


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


Report: TypeAlias = Callable[..., None]


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


def _header_row(cells: Range, name: str) -> int | None:
    """The row with the required columns and the most known headers; a title may stand above it."""
    known, fields = column_names(name), columns(name)
    best: tuple[tuple[bool, int], int | None] = ((False, 0), None)
    for i in range(min(cells.height, HEADER_SEARCH)):
        texts = [v for v in cells.row(i) if isinstance(v, str)]
        if (True, len(texts)) > best[0]:  # else it cannot be better
            keys = {key for v in texts if (key := _key_of(v, known)) is not None}
            best = max(best, ((any(fields[key].required for key in keys), len(keys)), i), key=lambda found: found[0])
    return best[1]


def _key_of(header: str, known: dict[str, str]) -> str | None:
    """The column that a header names; a mark of required columns and a unit in brackets do not count."""
    text = normalise(header).rstrip("* ")
    return known.get(text) or known.get(text.split("(")[0].strip())


def _headers(row: Sequence[Cell], at: int, name: str) -> tuple[dict[str, tuple[int, str]], str, list[Problem]]:
    known, fields = column_names(name), columns(name)
    found: dict[str, tuple[int, str]] = {}
    problems = []
    unknown: list[tuple[int, str]] = []
    chinese = 0
    for j, value in enumerate(row):
        if (error := as_error(value)) is not None:
            problems.append(Problem(argument=name, row=at, column=j, found=value, key="expected_no_error", code=error))
        if not isinstance(value, str):
            continue
        if (key := _key_of(value, known)) is None:
            unknown.append((j, value))
            continue
        if key in found:
            details = {"column": fields[key].names_by_language}
            problems.append(
                Problem(
                    argument=name, row=at, column=j, header=value, found=value, key="expected_once", details=details
                )
            )
            continue
        found[key] = (j, value.strip())
        chinese += not value.isascii()
    free = [label for key, f in fields.items() if key not in found for label in (f.en, f.zh)]
    for j, value in unknown:
        if close := suggestion(value, free, cutoff=0.8):
            like: dict[str, Any] = {"suggestion": close}
            problems.append(
                Problem(
                    argument=name, row=at, column=j, header=value, found=value, key="note_header_like",
                    details=like, severity=Severity.NOTE,
                )
            )  # fmt: skip
    return found, "zh" if chinese > len(found) / 2 else "en", problems


def _without_totals(
    rows: Ints, by_column: list[Sequence[Cell]], found: Mapping[str, tuple[int, str]], name: str, report: Report
) -> tuple[Ints, list[Sequence[Cell]]]:
    """Leave out rows of totals, and tell of every row that is called like one."""
    fields = columns(name)
    main = next((key for key, field in fields.items() if field.required and key in found), None)
    if main is None:
        return rows, by_column
    others = [(fields[key], by_column[j]) for key, (j, _) in found.items() if key != main]
    inputs = [column for field, column in others if not field.is_number and field.key not in _BESIDE_TOTALS]
    numbers = [column for field, column in others if field.is_number]
    j, header = found[main]
    totals = total_rows(name, by_column[j], inputs, numbers)
    for i, verdict in totals.items():
        severity = Severity.ERROR if verdict is Verdict.UNCLEAR else Severity.NOTE
        report(rows, j, header, i, by_column[j][i], str(verdict), severity=severity)
    left_out = {i for i, verdict in totals.items() if verdict is Verdict.LEFT_OUT}
    return _kept(rows, by_column, left_out) if left_out else (rows, by_column)


def _read_numbers(values: Sequence[Cell], field: Field, report: Report) -> Floats:
    if set(map(type, values)) <= {float, int, type(None)}:
        read = np.array(values, dtype=np.float64)
    else:
        read = np.full(len(values), np.nan)
        for i, value in enumerate(values):
            if isinstance(value, int | float) and not isinstance(value, bool):
                read[i] = value
            elif not is_blank(value):
                report(i, value, f"expected_{'percentage' if field.type in _PERCENTAGES else 'number'}")
    low, high = field.minimum, field.maximum
    size = np.abs(read)
    vast = size > LARGEST
    for i in np.flatnonzero(vast).tolist():
        report(i, float(read[i]), "expected_below_largest", details=LARGEST_SHOWN)
    read[vast] = np.nan
    read[size < _SMALLEST] = 0.0
    outside = np.zeros(len(read), dtype=bool)
    if low is not None:
        outside |= read < low
    if high is not None:
        outside |= read > high
    if field.type == "rate" and (high is None or high > 1):
        for i in np.flatnonzero((read > 1) & ~outside).tolist():  # 5 typed for 5 %
            details = {"percent": f"{read[i]:.0%}"}
            report(i, float(read[i]), "note_large_rate", details=details, severity=Severity.NOTE)
    for i in np.flatnonzero(outside).tolist():
        report(
            i,
            float(read[i]),
            f"expected_{_RANGES.get(field.type, field.type)}_range" if high is not None else "expected_not_below",
            details=_limits(field),
        )
    read[outside] = np.nan  # what has its problem takes part in nothing
    return read


def _limits(field: Field) -> dict[str, Any]:
    percent = field.type in _PERCENTAGES
    return {
        "minimum": "" if field.minimum is None else f"{field.minimum:.0%}" if percent else f"{field.minimum:g}",
        "maximum": "" if field.maximum is None else f"{field.maximum:.0%}" if percent else f"{field.maximum:g}",
    }


def _each(
    values: Sequence[Cell], read: Callable[[Cell], int | None], missing: int, report: Callable[[int], None]
) -> Ints:
    """Read a column to whole numbers, each distinct value once; blanks and what cannot be read are `missing`.

    Every cell that cannot be read is reported by its place.
    """
    codes, distinct = _distinct(values)
    blank = [is_blank(value) for value in distinct]
    numbers = [None if skip else read(value) for value, skip in zip(distinct, blank, strict=True)]
    unread = [number is None and not skip for number, skip in zip(numbers, blank, strict=True)]
    if any(unread):
        for i in np.flatnonzero(np.array(unread)[codes]).tolist():
            report(i)
    return np.array([missing if number is None else number for number in numbers], dtype=np.int64)[codes]


def _distinct(values: Sequence[Any]) -> tuple[Ints, list[Any]]:
    """The distinct values of a column in the order in which they come, and for each row the place of its value."""
    seen: dict[Any, int] = defaultdict(count().__next__)
    codes = np.fromiter(map(seen.__getitem__, values), dtype=np.int64, count=len(values))
    # TRUE and 1 are the same key in Python, but not in a cell.
    if (0 in seen or 1 in seen) and bool in set(map(type, values)):
        codes, pairs = _distinct(list(zip(map(type, values), values, strict=True)))
        return codes, [value for _, value in pairs]
    return codes, list(seen)


def _coded(
    values: Sequence[Cell], read: Callable[[Cell], str | None], report: Callable[[int], None], *, by_case: bool = True
) -> Labels:
    """Code a column of texts; they are told apart by letter case or not."""
    codes: dict[str, int] = {}
    names: list[str] = []

    def code(value: Cell) -> int | None:
        if (text := read(value)) is None:
            return None
        found = codes.setdefault(text if by_case else normalise(text), len(names))
        if found == len(names):
            names.append(text)
        return found

    return Labels(_each(values, code, BLANK, report), tuple(names))


def _read_labels(values: Sequence[Cell], field: Field, report: Report) -> Labels:
    def read(value: Cell) -> str | None:
        if as_error(value) is not None:
            return None
        if isinstance(value, float) and value % 1 == 0:
            value = int(value)
        return str(value).strip()

    return _coded(values, read, lambda i: report(i, values[i], "expected_text"), by_case=False)


def _read_choice(values: Sequence[Cell], field: Field, report: Report) -> Labels:
    words = choices(field.choices)

    def read(value: Cell) -> str | None:
        return words.get(normalise(value)) if isinstance(value, str) else None

    def unread(i: int) -> None:
        report(i, values[i], "expected_choice", details={"choices": choice_words(field.choices)})

    return _coded(values, read, unread)


def _read_yesno(values: Sequence[Cell], field: Field, report: Report) -> Labels:
    words = choices("yesno")

    def read(value: Cell) -> str | None:
        if isinstance(value, bool | int | float) and value in (0, 1):
            return "yes" if value else "no"
        return words.get(normalise(value)) if isinstance(value, str) else None

    return _coded(values, read, lambda i: report(i, values[i], "expected_yesno"))


def _read_currency(values: Sequence[Cell], field: Field, report: Report) -> Labels:
    def read(value: Cell) -> str | None:
        return currencies().get(normalise(value)) if isinstance(value, str) else None

    return _coded(values, read, lambda i: report(i, values[i], "expected_currency"))


def _read_moments(values: Sequence[Cell], field: Field, report: Report) -> Floats:
    def read(value: Cell) -> int | None:
        return moment(value) if as_error(value) is None else None

    return _each(values, read, 0, lambda i: report(i, values[i], "expected_date")).astype(np.float64)


def _read_dates(values: Sequence[Cell], field: Field, report: Report) -> Floats:
    """Days as ordinals of `datetime.date`; 0 where blank."""

    def read(value: Cell) -> int | None:
        day = None if as_error(value) is not None else as_date(value)
        return None if day is None else day.toordinal()

    return _each(values, read, 0, lambda i: report(i, values[i], "expected_day")).astype(np.float64)


_READERS: dict[str, Callable[[Sequence[Cell], Field, Report], Values]] = {
    "number": _read_numbers,
    "money": _read_numbers,
    "rate": _read_numbers,
    "discount": _read_numbers,
    "text": _read_labels,
    "choice": _read_choice,
    "yesno": _read_yesno,
    "currency": _read_currency,
    "when": _read_moments,
    "date": _read_dates,
}


def suggestion(word: str, known: Sequence[str], cutoff: float = 0.6) -> str:
    """Return the known word that comes closest to a typed one, or nothing."""
    by_normal = {normalise(k): k for k in known}
    close = get_close_matches(normalise(word), by_normal, n=1, cutoff=cutoff)
    return by_normal[close[0]] if close else ""
