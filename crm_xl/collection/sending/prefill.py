"""The cost lines that stand in a department's workbook when it goes out: given with the list, or carried over.

Lines are given to departments by their Department column. Last cycle's lines are carried over as they are, money
included; a recurring line that runs on begins blank, which means with the new period. What is over is left behind, and
told: lines that ended, and one-offs of the past.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crm_xl.collection.sending.departments import Department, GivenLine
from crm_xl.collection.sending.sources import Grid
from crm_xl.data import LANGUAGES, term
from crm_xl.engine.assumptions import Assumptions, read_assumptions
from crm_xl.engine.cells import Cell, Range, is_blank
from crm_xl.engine.components import component_key
from crm_xl.engine.model import build_model
from crm_xl.engine.problems import Severity
from crm_xl.engine.reading import Labels, Table
from crm_xl.engine.schema import columns, normalise
from crm_xl.engine.timeline import MONTHS, Timeline, as_date, moment, month_number
from crm_xl.errors import CrmError
from crm_xl.hosts.headless import InputProblem

# Excel tables of cost lines: those of a template, and that of a collection.
_NAMES = re.compile(r"(?:costs|lines)(?:_\d+)?", re.IGNORECASE)
_NOTES = frozenset(normalise(term("template_note", language)) for language in LANGUAGES)
_FIRST_CALENDAR_YEAR = 1900


class LinesError(CrmError):
    """A file has no table of cost lines, or several of which none is named."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """What the workbooks assume; the lines are checked against it."""

    start: dt.date | None
    years: int
    rates: tuple[tuple[str, float, int | None], ...]

    def assumptions(self, currency: str) -> Assumptions:
        """Return the assumptions of the workbooks in a reporting currency."""
        timeline = Timeline(years=self.years, start=self.start)
        rates: dict[tuple[str, str], dict[int, float]] = {}
        for pair, rate, year in self.rates:
            one, _, other = pair.partition("/")
            rates.setdefault((one, other), {})[timeline.year_index(year) or 0 if year else 0] = rate
        return Assumptions(start_date=self.start, years=self.years, currency=currency, rates=rates)


def line_grids(grids: Iterable[Grid]) -> list[Grid]:
    """Return the tables of cost lines that say which department they belong to."""
    return [g for g in grids if g.has("costs", "component", "department") and _priced(g)]


def _priced(grid: Grid) -> bool:
    return grid.has("costs", "amount") or grid.has("costs", "unit_cost")


def the_lines(grids: Iterable[Grid], file: Path) -> list[Grid]:
    """Return the tables of cost lines of a file: those named Costs or Lines, else the only one.

    A collection whose lines need several sheets has Costs, Costs_2 and so on.

    Raises
    ------
    LinesError
        Where there is none, or it is not clear which.
    """
    found = line_grids(grids)
    named = [grid for grid in found if _NAMES.fullmatch(grid.name)]
    if not named and len(found) != 1:
        names = [f"{g.sheet}!{g.name}" if g.name else g.sheet for g in found]
        raise LinesError("lines_many" if found else "lines_none", file=file.name, tables=names)
    return named or found


# -- carrying over ---------------------------------------------------------------------------------------------------


def old_start(grids: Iterable[Grid]) -> dt.date | None:
    """Return the start of last cycle's model, if its assumptions stand beside its lines."""
    found = (grid for grid in grids if grid.name.casefold() == "assumptions")
    return next((read_assumptions(Range(grid.rows)).start_date for grid in found), None)


def carried(grid: Grid, before: dt.date | None, start: dt.date | None) -> tuple[Grid, list[InputProblem]]:
    """Return last cycle's lines as they stand in the new period, and why others are left behind.

    Parameters
    ----------
    grid
        The lines of last cycle.
    before, start
        First month of last cycle's model and of the new one. Where one is not known, model years stay as they are.
    """
    if start is None:
        return grid, []
    table = grid.read("costs")
    new, told = list(grid.rows), []
    for i, row in enumerate(table.rows.tolist()):
        dates = [key for key in ("start", "end") if key in table.columns]
        cells: dict[str, Cell] = {key: grid.rows[row][table.columns[key][0]] for key in dates}
        begin, end = (_month(cells.get(key), before, start, last=key == "end") for key in ("start", "end"))
        once = table.text("frequency", i) in ("", "one_off")
        if once and before is not None and is_blank(cells.get("start")):
            begin = _number(before)  # a one-off without a start falls in the first month
        over = "end" if end is not None and end < _number(start) else "start" if once and _past(begin, start) else ""
        if over:
            key = "note_line_ended" if over == "end" else "note_line_past"
            details = {"start": start.strftime("%Y-%m")}
            problem = table.problem(i, over, cells.get(over), key, details=details, severity=Severity.NOTE)
            told.append(grid.told(problem))
            new[row] = (None,) * len(grid.rows[row])
            continue
        moved = list(grid.rows[row])
        for key, month in (("start", begin), ("end", end)):
            if key in cells and month is not None:
                at = table.columns[key][0]
                model_year = before is not None and (moment(cells[key]) or MONTHS) < _FIRST_CALENDAR_YEAR
                moved[at] = None if key == "start" and _past(month, start) else _day(month) if model_year else moved[at]
        new[row] = tuple(moved)
    return grid.with_rows(new), told


def _number(day: dt.date) -> int:
    """The number of a month."""
    return day.year * 12 + day.month - 1


def _day(month: int) -> dt.date:
    return dt.date(month // 12, month % 12 + 1, 1)


def _past(month: int | None, start: dt.date) -> bool:
    return month is not None and month < _number(start)


def _month(cell: Cell, before: dt.date | None, start: dt.date, *, last: bool) -> int | None:
    """The month that a date or year of last cycle means: of a year the first, or the last one."""
    found = None if is_blank(cell) else moment(cell)
    if found is None or found >= MONTHS:
        return None if found is None else month_number(found)
    if found >= _FIRST_CALENDAR_YEAR:
        return found * 12 + (before or start).month - 1 + 11 * last
    return None if before is None else _number(before) + (found - 1) * 12 + 11 * last


# -- giving lines to departments -------------------------------------------------------------------------------------


def assigned(
    grid: Grid, departments: Sequence[Department], model: Model
) -> tuple[dict[str, list[GivenLine]], list[InputProblem]]:
    """Return the lines of each department by its name, and what is wrong with the others.

    A line with a problem is given to nobody, nor is one whose department is not in the list; where the header itself
    has a problem, none is. Rows of totals are left out and told as notes.
    """
    table = grid.read("costs")
    wanted = {normalise(department.name): department for department in departments}
    of_row = {row: normalise(table.text("department", i)) for i, row in enumerate(table.rows.tolist())}
    problems = [p for p in table.problems if p.severity is Severity.ERROR and p.row not in of_row]
    for i, row in enumerate(table.rows.tolist()):
        if of_row[row] not in wanted:
            problems.append(table.problem(i, "department", table.text("department", i), "expected_listed_department"))
    for currency in sorted({department.currency for department in departments}):
        of_it = {name for name, department in wanted.items() if department.currency == currency}
        blank = (None,) * (len(grid.rows[0]) if grid.rows else 0)
        rows = [
            cells if of_row.get(row) in of_it or row not in of_row else blank for row, cells in enumerate(grid.rows)
        ]
        checked = build_model(grid.with_rows(rows).read("costs"), model.assumptions(currency))
        problems += [p for p in checked.problems if p.severity is Severity.ERROR and p.row in of_row]
    bad = {problem.row for problem in problems}
    readable = bad <= of_row.keys()
    notes = _notes_column(grid)
    found: dict[str, list[GivenLine]] = defaultdict(list)
    for i, row in enumerate(table.rows.tolist()):
        if readable and row not in bad:
            values = _values(table, i)
            if notes is not None and not is_blank(grid.rows[row][notes]):
                values["note"] = str(grid.rows[row][notes]).strip()
            found[wanted[of_row[row]].name].append(GivenLine(values=values, grid=grid, row=row))
    problems += [p for p in table.problems if p.key == "note_totals_row"]
    return found, [grid.told(p) for p in sorted(problems, key=lambda p: (p.row or 0, p.column or 0))]


def _notes_column(grid: Grid) -> int | None:
    cells = ((at, cell) for row in grid.heads.rows for at, cell in enumerate(row) if isinstance(cell, str))
    return next((at for at, cell in cells if normalise(cell) in _NOTES), None)


def _values(table: Table, i: int) -> dict[str, Cell]:
    """The values of a line by column key: choices by their key, a year as a number, a date as a date."""
    found: dict[str, Cell] = {}
    for key, field in columns("costs").items():
        values = table.values.get(key)
        if key == "department" or values is None:
            continue
        if field.type == "when":
            typed = table.typed[key][i]
            found[key] = None if is_blank(typed) else _when(typed)
        elif isinstance(values, Labels):
            found[key] = values.text(i) or None
        else:
            found[key] = None if values[i] != values[i] else float(values[i])
    return {key: value for key, value in found.items() if value is not None}


def _when(cell: Cell) -> Cell:
    found = moment(cell)
    return float(found) if found is not None and found < MONTHS else as_date(cell)


def own_components(lines: Iterable[Mapping[str, Cell]]) -> list[str]:
    """Return the components of lines beside the four, in their order."""
    names = (str(line["component"]) for line in lines if component_key(str(line["component"])) is None)
    return list({normalise(name): name for name in names}.values())
