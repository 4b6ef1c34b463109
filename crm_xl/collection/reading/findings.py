"""What is wrong with a returned workbook: where, what was found, what was expected, what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from crm_xl.data import LANGUAGES, term
from crm_xl.engine.cells import Cell
from crm_xl.engine.problems import Problem, said, show
from crm_xl.engine.problems import Severity as ProblemSeverity
from crm_xl.errors import CrmError, ErrorValue, in_language

# `blocks` keeps an amount, or the whole workbook, out of the sum; `note` is told and does not.
Severity: TypeAlias = Literal["blocks", "note"]
# A text of the workbook is the same in every language; words of ours stand there in each.
Said: TypeAlias = str | Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing found in a returned workbook.

    `key` names the texts in the terms: `finding_<key>` says what is wrong, `finding_<key>_do` what to do. `sheet` and
    `cell` are empty where it concerns the whole workbook; a cell may be a range. `details` fill in the texts.
    `amount` is what counts nowhere because of it, where no line holds that.
    """

    key: str
    severity: Severity
    sheet: str = ""
    cell: str = ""
    found: Said = ""
    expected: Said = ""
    details: tuple[tuple[str, Any], ...] = ()
    amount: float | None = None

    @property
    def blocks(self) -> bool:
        """Whether it keeps something out of the sum."""
        return self.severity == "blocks"

    def _said(self, key: str, language: str) -> str:
        told = in_language({"found": self.found, "expected": self.expected, **dict(self.details)}, language)
        return term(key, language, **told)

    def text(self, language: str) -> str:
        """Return what is wrong, in a language."""
        return self._said(f"finding_{self.key}", language)

    def advice(self, language: str) -> str:
        """Return what to do about it, in a language."""
        return self._said(f"finding_{self.key}_do", language)


def finding_at(
    sheet: str, cell: str, key: str, severity: Severity = "note", found: Cell = None, **details: object
) -> Finding:
    """Return what was found at a place of a sheet."""
    return Finding(
        key=key, severity=severity, sheet=sheet, cell=cell, found=shown(found), details=tuple(details.items())
    )


def shown(value: Cell) -> Said:
    """Return a value as a person would write it; a blank is a word."""
    if value is None:
        return said(None)
    if isinstance(value, str) and not isinstance(value, ErrorValue):
        return value if len(value) <= 120 else value[:117] + "..."
    return show(value)


def from_problem(problem: Problem, sheet: str, cell: str) -> Finding:
    """Return what the engine found in a table, as a finding at its place in the workbook."""
    return Finding(
        key="problem" if problem.severity is ProblemSeverity.ERROR else "problem_note",
        severity="blocks" if problem.severity is ProblemSeverity.ERROR else "note",
        sheet=sheet,
        cell=cell,
        found=said(problem.found),
        expected={language: problem.expected(language) for language in LANGUAGES},
        details=(("column", problem.header),),
    )


def from_error(key: str, error: CrmError) -> Finding:
    """Return the reason for which a whole workbook cannot be read."""
    return Finding(
        key=key, severity="blocks", details=(("reason", {language: error.text(language) for language in LANGUAGES}),)
    )
