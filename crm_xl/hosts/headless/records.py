"""What a recalculation reports: how much it computed, and every formula and input that needs a person."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from crm_xl.data import term


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


@dataclass(frozen=True, kw_only=True)
class FormulaProblem:
    """A formula that could not be computed: its cached value stays."""

    workbook: str
    sheet: str
    cell: str
    formula: str
    key: str
    details: Mapping[str, str] = field(default_factory=dict)

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
class Recalculation:
    """The outcome of a recalculation.

    `formulas` counts the formulas of the workbook, `changed` the cells whose cached value is another than in
    the file; `written` tells whether a file holds the new values.
    """

    workbook: str
    formulas: int
    changed: int
    problems: tuple[FormulaProblem | InputProblem, ...]
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
    def ok(self) -> bool:
        """Whether every formula was computed from sound input."""
        return not any(p.severity == "error" for p in self.problems)


def _where(problem: FormulaProblem | InputProblem) -> dict[str, str]:
    return {"file": problem.workbook, "sheet": problem.sheet, "cell": problem.cell}
