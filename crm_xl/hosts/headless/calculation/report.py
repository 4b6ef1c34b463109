"""What a recalculation reports: how much it computed, and every formula, input and call that needs a person."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from crm_xl.data import term
from crm_xl.errors import CrmError, ErrorValue


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


@dataclass(frozen=True, kw_only=True)
class FormulaProblem:
    """A formula that could not be computed: its cached value stays."""

    workbook: str
    sheet: str
    cell: str
    formula: str
    key: str
    details: Mapping[str, object] = field(default_factory=dict)

    @property
    def severity(self) -> str:
        """Always `error`."""
        return "error"

    def reason(self, language: str = "en") -> str:
        """Return why it could not be computed."""
        return term(self.key, language, **self.details)

    def text(self, language: str = "en") -> str:
        """Return file, sheet, cell, formula and reason on one line."""
        return term("formula_problem", language, **_where(self), formula=self.formula, reason=self.reason(language))


@dataclass(frozen=True, kw_only=True)
class InputProblem:
    """A cell of an input table that a function could not take."""

    workbook: str
    sheet: str
    cell: str
    function: str
    problem: Problem

    @property
    def severity(self) -> str:
        """`error`, or less."""
        return self.problem.severity

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
    """

    workbook: str
    formulas: int
    changed: int
    problems: tuple[AnyProblem, ...]
    seconds: float
    written: bool = False

    @property
    def formula_problems(self) -> tuple[FormulaProblem, ...]:
        """The formulas that could not be computed."""
        return tuple(p for p in self.problems if isinstance(p, FormulaProblem))

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
