"""The list of departments that get a workbook, with what is special to each."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crm_xl.collection.sending.sources import Grid
from crm_xl.data import LANGUAGES
from crm_xl.engine.cells import Cell
from crm_xl.engine.problems import Problem, Severity
from crm_xl.engine.schema import columns, normalise
from crm_xl.errors import CrmError
from crm_xl.hosts.headless import InputProblem

# As the validation of the template allows.
LONGEST = 200
_NOT_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")

# A department that gets no workbook because of its name, or another deadline because of its header, would be missed by
# nobody: what elsewhere is a note is for the user to settle.
_FOR_THE_USER = {"note_totals_row": "expected_department_no_total", "note_header_like": "expected_header_known"}


class ListError(CrmError):
    """What is to be distributed has problems; `problems` are all of them with their places. Nothing was written."""

    def __init__(self, problems: Iterable[InputProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("distribute_problems", count=len(self.problems))


@dataclass(frozen=True, kw_only=True)
class GivenLine:
    """A cost line that stands in a workbook when it goes out: its values by column key, and where it comes from."""

    values: dict[str, Cell]
    grid: Grid
    row: int

    def problem(self, key: str, **more: Any) -> InputProblem:
        """Return what is wrong with the line as a whole."""
        return self.grid.told(Problem(argument="costs", row=self.row, key=key, **more))


@dataclass(frozen=True, kw_only=True)
class Department:
    """A department that gets a workbook, and the cost lines that are to stand in it."""

    name: str
    language: str
    currency: str
    contact: str
    deadline: dt.date | None
    lines: tuple[GivenLine, ...] = ()

    def with_lines(self, lines: Iterable[GivenLine]) -> "Department":
        """Return the department with more lines."""
        return replace(self, lines=(*self.lines, *lines))


def read_departments(
    grids: Sequence[Grid], file: Path, *, language: str, currency: str, contact: str, deadline: dt.date | None
) -> tuple[list[Department], list[InputProblem]]:
    """Return the departments of a list in its order, and everything that is wrong with it.

    Parameters
    ----------
    grids
        The tables of the file; the first that has departments and is not one of cost lines is the list.
    file
        The file, for messages.
    language, currency, contact, deadline
        What holds for a department whose row says nothing.
    """
    grid = next((g for g in grids if g.has("departments", "department") and not g.has("costs", "component")), None)
    if grid is None:
        return [], [_no_list(grids, file)]
    table = grid.read("departments")
    problems = [
        replace(p, key=_FOR_THE_USER.get(p.key, p.key), severity=Severity.ERROR)
        for p in table.problems
        if p.severity is Severity.ERROR or p.key in _FOR_THE_USER
    ]
    bad = {(p.row, p.column) for p in problems}
    found: list[Department] = []
    first_rows: dict[str, int] = {}
    deadlines = table.numbers("deadline", 0.0)
    for i, row in enumerate(table.rows.tolist()):
        name, asked = table.text("department", i), table.text("contact", i)
        if not name:
            if (row, table.columns["department"][0]) not in bad:
                problems.append(table.problem(i, "department", None, "expected_department"))
            continue
        for key, text in (("department", name), ("contact", asked)):
            if len(text) > LONGEST:
                details = {"most": LONGEST}
                problems.append(table.problem(i, key, text, "expected_short_text", details=details))
            elif _NOT_TEXT.search(text):
                problems.append(table.problem(i, key, text, "expected_one_line"))
        first = first_rows.setdefault(normalise(name), grid.numbers[row])
        if first != grid.numbers[row]:
            details = {"row": first}
            problems.append(table.problem(i, "department", name, "expected_department_once", details=details))
        found.append(
            Department(
                name=name,
                language=table.text("language", i) or language,
                currency=table.text("currency", i) or currency,
                contact=asked or contact,
                deadline=dt.date.fromordinal(int(deadlines[i])) if deadlines[i] else deadline,
            )
        )
    if not found and not problems:
        field = columns("departments")["department"]
        problems.append(Problem(argument="departments", row=0, found=None, key="expected_department", header=field.en))
    return found, [grid.told(problem) for problem in sorted(problems, key=lambda p: (p.row or 0, p.column or 0))]


def _no_list(grids: Sequence[Grid], file: Path) -> InputProblem:
    """Say which header stands where that of the list was looked for: the row with the most texts."""
    empty = Grid(file=file.name, sheet=file.stem, numbers=(), first_column=1, rows=())
    grid = next((g for g in grids if g.rows), empty)
    texts = [[cell.strip() for cell in row if isinstance(cell, str) and cell.strip()] for row in grid.heads.rows]
    row = max(range(len(texts)), key=lambda i: len(texts[i]), default=0)
    name, *others = columns("departments").values()
    labels = {language: [field.label(language) for field in others] for language in LANGUAGES}
    details = {"column": name.names_by_language, "others": labels}
    found = " | ".join(texts[row]) if texts else None
    return grid.told(Problem(argument="departments", row=row, found=found, key="expected_list_header", details=details))
