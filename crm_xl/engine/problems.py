"""What is wrong with a table: all problems at once, each with its place, the value found and what was expected.

Bad user data never raises here; it becomes a record. A function that cannot answer because of such
records raises one `ProblemsError`, which carries them all.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from crm_xl.data import LANGUAGES, term
from crm_xl.engine.cells import EPOCH, Cell, as_error, is_blank
from crm_xl.errors import CrmError, ErrorValue, in_language


class Severity(StrEnum):
    """An error keeps functions from answering; a note is named beside the answer."""

    ERROR = "error"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One problem of an input table.

    `row` and `column` count from 0 within the range that was handed over (its first row is 0);
    None stands for the table as a whole. `key` and `details` name what was expected (`data/terms*.csv`);
    `code` is the error that a result shows because of it. `of_money` marks what a result is to be read with, though it
    is only a note: a column that is not used, a row of totals that was left out, a number that was typed as text.
    """

    argument: str
    key: str
    details: dict[str, Any] = field(default_factory=dict, hash=False)
    row: int | None = None
    column: int | None = None
    header: str = ""
    found: Cell = None
    severity: Severity = Severity.ERROR
    code: ErrorValue = ErrorValue.VALUE
    of_money: bool = False

    def expected(self, language: str = "en") -> str:
        """Return what was expected in the place."""
        return term(self.key, language, **in_language(self.details, language))

    def text(self, language: str = "en") -> str:
        """Return the whole problem as one sentence, without its place.

        >>> Problem(argument="costs", key="expected_number", found="abc").text()
        'found "abc"; expected a number'
        """
        return term("problem_text", language, found=show(self.found, language), expected=self.expected(language))


def show(value: Cell, language: str = "en") -> str:
    """Return a cell value as a person would write it; texts stand in quotation marks."""
    if (error := as_error(value)) is not None:
        return str(error)
    if is_blank(value):
        return term("blank_cell", language)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return f"{value:.15g}"
    if isinstance(value, dt.date):
        time_alone = isinstance(value, dt.datetime) and value.date() == EPOCH
        return value.strftime("%H:%M" if time_alone else "%Y-%m-%d")
    text = str(value)
    text = text if len(text) <= 60 else text[:57] + "..."
    return f"“{text}”" if language == "zh" else f'"{text}"'


def said(value: Cell) -> dict[str, str]:
    """Return a cell value as `show` writes it in each language: a detail of messages."""
    return {language: show(value, language) for language in LANGUAGES}


class ProblemsError(CrmError):
    """An input table cannot be read; `problems` says why, all of it. An error in a cell is handed on."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        first = min(self.problems, key=_weight)
        super().__init__("problems_found", count=len(self.problems))
        self.code = first.code

    def text(self, language: str = "en") -> str:
        """Return the first problem, and how many there are."""
        first = min(self.problems, key=_weight)
        return term(self.key, language, count=len(self.problems), first=first.text(language))


def _weight(problem: Problem) -> tuple[bool, bool]:
    """Errors handed on from cells come first, then what cannot be read, then what is not there."""
    return problem.key != "expected_no_error", problem.code != ErrorValue.VALUE


def require(problems: Iterable[Problem]) -> None:
    """Raise a `ProblemsError` when one of the problems is an error."""
    if errors := [p for p in problems if p.severity is Severity.ERROR]:
        raise ProblemsError(errors)


def rows_with_errors(problems: Iterable[Problem]) -> set[int | None]:
    """Return the rows that an error keeps from counting; a note breaks no row."""
    return {p.row for p in problems if p.severity is Severity.ERROR}
