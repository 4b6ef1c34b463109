"""What a recalculation reports: how much it computed, and every formula, input and call that needs a person."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from crm_xl.data import term
from crm_xl.errors import CrmError, ErrorValue
from crm_xl.xlsx.package import WorkbookError


class Problem(Protocol):
    """What is wrong in one argument of a function; row and column count from 0 within its range."""

    @property
    def argument(self) -> str:
        """The name of the parameter."""

    @property
    def row(self) -> int | None:
        """The row in the range, or None for the whole of it."""

    @property
    def column(self) -> int | None:
        """The column in the range, or None for the whole of it."""

    @property
    def severity(self) -> str:
        """`error`, or less."""

    def text(self, language: str = "en") -> str:
        """Return what was found and what was expected."""


FindProblems: TypeAlias = Callable[[str, Sequence[Any]], Sequence[Problem]]
# Errors with which a function answers a sound question: there is no such thing, no such number.
_ANSWERS = frozenset({ErrorValue.NA, ErrorValue.NUM, ErrorValue.DIV0})
# What files put before the names of functions that Excel does not have or did not have once.
_SAVED_PREFIX = re.compile(r"_xlfn\.|_xlws\.|_xludf\.|_xll\.|_xldudf_")

_NOTES = frozenset({
    "formula_error_unproved", "formula_depends_error", "formula_spill_shrunk", "formula_value_lost",
    "formula_external_values", "formula_iterated",
})  # fmt: skip
# Reasons why a formula keeps its value although the engine has one for it.
_COMPUTED = frozenset(
    {"formula_differs", "formula_other_extent", "formula_outdated", "formula_unmeasured", "engines_differ"}
)


@dataclass(frozen=True, kw_only=True)
class FormulaProblem:
    """A formula that could not be computed, or that nothing vouches for.

    Its stored value stays, unless `written` says that the new one was written all the same.
    """

    workbook: str
    sheet: str
    cell: str
    formula: str
    key: str
    details: Mapping[str, object] = field(default_factory=dict)
    written: bool = False

    @property
    def severity(self) -> str:
        """`error`; `note` for an error or a smaller spill that nothing proves, and for what reads such an error."""
        return "note" if self.key in _NOTES else "error"

    def reason(self, language: str = "en") -> str:
        """Return why it could not be computed, or why nothing vouches for it."""
        return WorkbookError(self.key, **self.details).text(language)

    def text(self, language: str = "en") -> str:
        """Return file, sheet, cell, formula and reason on one line."""
        key = "formula_written" if self.written else "formula_kept" if self.key in _COMPUTED else "formula_problem"
        return term(key, language, **_where(self), formula=self.formula, reason=self.reason(language))


@dataclass(frozen=True, kw_only=True)
class InputProblem:
    """A cell of an input table that a function could not take.

    `shows` tells whether a result shows an error for it; a formula may have caught it.
    """

    workbook: str
    sheet: str
    cell: str
    function: str
    problem: Problem
    shows: bool = True

    @property
    def severity(self) -> str:
        """`error`, or less; no more than `note` where no result shows it."""
        return self.problem.severity if self.shows or self.problem.severity != "error" else "note"

    def reason(self, language: str = "en") -> str:
        """Return what was found and what was expected."""
        return self.problem.text(language)

    def text(self, language: str = "en") -> str:
        """Return file, sheet, cell and reason on one line."""
        return term("input_problem", language, **_where(self), reason=self.reason(language))


@dataclass(frozen=True, kw_only=True)
class CallProblem:
    """A formula that shows an error because a function failed for another reason than cells of its tables.

    The error is the honest result and is written. `error` is what the function raised; `problem` the first
    problem of a table that came to the function without a place in the workbook, if there is one.
    """

    workbook: str
    sheet: str
    cell: str
    formula: str
    function: str
    error: CrmError
    problem: Problem | None = None

    @property
    def severity(self) -> str:
        """`note` where the error answers a sound question (#N/A, #NUM!, #DIV/0!), else `error`."""
        return "note" if self.error.code in _ANSWERS else "error"

    def reason(self, language: str = "en") -> str:
        """Return why the function failed."""
        return self.said(self.error, self.problem, language)

    def text(self, language: str = "en") -> str:
        """Return file, sheet, cell, formula as typed, function, its error and the reason on one line."""
        return term(
            "call_problem",
            language,
            **_where(self),
            formula=_SAVED_PREFIX.sub("", self.formula),
            function=self.function,
            error=self.error.code,
            reason=self.reason(language),
        )

    @staticmethod
    def said(error: CrmError, problem: Problem | None, language: str) -> str:
        """Return the reason for a failed call, with the place in its table where it has one."""
        if problem is None:
            return error.text(language)
        details = {"argument": problem.argument, "reason": problem.text(language)}
        if problem.row is None:
            return term("call_argument", language, **details)
        return term("call_argument_row", language, row=problem.row + 1, **details)


AnyProblem: TypeAlias = FormulaProblem | InputProblem | CallProblem


@dataclass(frozen=True, kw_only=True)
class Recalculation:
    """The outcome of a recalculation.

    `formulas` counts the formulas of the workbook, `changed` the cells whose cached value is another than in
    the file; `written` tells whether a file holds the new values.

    `proved` counts the formulas for which the engine gave what the file holds, from inputs as it holds them;
    `unproved` those that no stored value could prove, `kept` those whose cells keep their values. What calls functions
    of crm_xl alone is in none of these. `stored` is the term that says why stored values could prove nothing.
    """

    workbook: str
    formulas: int
    changed: int
    problems: tuple[AnyProblem, ...]
    seconds: float
    written: bool = False
    proved: int = 0
    unproved: int = 0
    kept: int = 0
    stored: str | None = None

    @property
    def formula_problems(self) -> tuple[FormulaProblem, ...]:
        """The formulas that could not be computed, or whose values stay because nothing vouches for the new ones."""
        return tuple(p for p in self.problems if isinstance(p, FormulaProblem) and not p.written)

    @property
    def unvouched(self) -> tuple[FormulaProblem, ...]:
        """The formulas whose new values are written although nothing vouches for them."""
        return tuple(p for p in self.problems if isinstance(p, FormulaProblem) and p.written)

    @property
    def wrong_inputs(self) -> tuple[InputProblem, ...]:
        """The cells of input tables that are wrong, whether or not a result shows it."""
        return tuple(p for p in self.input_problems if p.problem.severity == "error")

    @property
    def input_problems(self) -> tuple[InputProblem, ...]:
        """The cells of input tables that could not be taken."""
        return tuple(p for p in self.problems if isinstance(p, InputProblem))

    @property
    def call_problems(self) -> tuple[CallProblem, ...]:
        """The calls that gave an error for another reason than cells of their tables."""
        return tuple(p for p in self.problems if isinstance(p, CallProblem))

    @property
    def ok(self) -> bool:
        """Whether every formula was computed from sound input and arguments; notes do not count."""
        return not any(p.severity == "error" for p in self.problems)


def _where(problem: AnyProblem) -> dict[str, str]:
    return {"file": problem.workbook, "sheet": problem.sheet, "cell": problem.cell}
