"""What a recalculation found: formulas not computed, input cells that are wrong, and calls that failed otherwise."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from crm_xl.engine.cells import Range
from crm_xl.errors import InputCellError
from crm_xl.hosts.headless.calculation.ad_hoc import AdHoc
from crm_xl.hosts.headless.calculation.callbacks import Call, FailedCall
from crm_xl.hosts.headless.calculation.dependents import causes
from crm_xl.hosts.headless.calculation.model import Model
from crm_xl.hosts.headless.calculation.report import (
    AnyProblem,
    CallProblem,
    FindProblems,
    FormulaProblem,
    InputProblem,
    Problem,
)
from crm_xl.xlsx.references import Area, Position, cell_name


@dataclass(frozen=True)
class _Examined:
    """What the tables of a failed call have to say: the problems in cells of the workbook, and the first of others."""

    located: tuple[InputProblem, ...]
    elsewhere: Problem | None

    @property
    def explained(self) -> bool:
        """Whether cells that are told of are why the call failed."""
        return self.elsewhere is None and any(problem.severity == "error" for problem in self.located)


class Findings:
    """Looks into failed calls; calls of one function on the same tables are looked into once."""

    def __init__(self, workbook: str, find_problems: FindProblems) -> None:
        self._workbook, self._find_problems = workbook, find_problems
        self._examined: dict[Any, _Examined] = {}

    def problems(self, model: Model) -> tuple[AnyProblem, ...]:
        """Return everything that the last evaluation found, in the order of the workbook."""
        callers = model.calls.callers
        failed = {position: model.calls.failed(position) for position in model.formulas if position in callers}
        inputs: dict[tuple[str, str, str], InputProblem] = {}
        for position, calls in failed.items():
            shows = position not in model.failures and model.holds_error(position)
            for problem in (problem for call in calls for problem in self._examine(call).located):
                key = (problem.sheet, problem.cell, problem.reason())
                if key not in inputs or (shows and not inputs[key].shows):
                    inputs[key] = replace(problem, shows=shows)
        unexplained = {p: [c for c in calls if not self._examine(c).explained] for p, calls in failed.items()}
        sources = _sources(model) if any(_handed_on(c) for calls in unexplained.values() for c in calls) else {}
        of_calls = (
            self._call_problem(model, position, call)
            for position, calls in unexplained.items()
            if calls and position not in model.failures and model.holds_error(position)
            for call in calls
            if not (_handed_on(call) and position in sources)
        )
        for problem in self._of_money(model.calls.answered.values()):
            inputs.setdefault((problem.sheet, problem.cell, problem.reason()), problem)
        return *self._formula_problems(model), *inputs.values(), *of_calls

    def notes(self, trial: AdHoc, language: str) -> list[str]:
        """Return what the result of the formula last tried is to be read with: what its tables do not count."""
        return list(dict.fromkeys(problem.text(language) for problem in self._of_money(trial.answered)))

    def _of_money(self, calls: Iterable[Call]) -> Iterator[InputProblem]:
        """Yield the notes on tables that change money, each table looked into once for each place that it takes."""
        known: set[tuple[str, Area]] = set()
        for call in calls:
            places = {
                (parameter.name, area)
                for parameter, area in zip(call.function.parameters, call.areas, strict=False)
                if area is not None
            }
            if places <= known:
                continue
            known |= places
            yield from (problem for problem in self._located(call)[0] if of_money(problem.problem))

    def reasons(self, model: Model, trial: AdHoc, language: str) -> list[str]:
        """Return why the formula last tried gave an error, by its own failed calls or those of a cell that it reads."""
        found: dict[str, None] = {}
        for call in trial.calls or _behind(model, _TRIED, {_TRIED: trial.areas}):
            examined = self._examine(call)
            found |= dict.fromkeys(p.text(language) for p in examined.located if p.severity == "error")
            if not examined.explained:
                found[CallProblem.said(call.error, examined.elsewhere, language)] = None
        return list(found)

    def _formula_problems(self, model: Model) -> Iterator[FormulaProblem]:
        for position in model.formulas:
            failure = model.failures.get(position) or model.unvouched.get(position)
            if failure is not None:
                yield FormulaProblem(
                    workbook=self._workbook,
                    sheet=position[0],
                    cell=cell_name(*position[1:]),
                    formula="=" + model.formulas[position],
                    key=failure.key,
                    details=failure.details,
                    written=position not in model.failures,
                )

    def _call_problem(self, model: Model, position: tuple[str, int, int], call: FailedCall) -> CallProblem:
        return CallProblem(
            workbook=self._workbook,
            sheet=position[0],
            cell=cell_name(*position[1:]),
            formula="=" + model.formulas[position],
            function=call.function.name,
            error=call.error,
            problem=self._examine(call).elsewhere,
        )

    def _examine(self, call: FailedCall) -> _Examined:
        if call.key not in self._examined:
            self._examined[call.key] = _Examined(*self._located(call))
        return self._examined[call.key]

    def _located(self, call: Call) -> tuple[tuple[InputProblem, ...], Problem | None]:
        """Return the problems in the tables of a call that stand in the workbook, and the first error that does not."""
        areas = dict(zip((p.name for p in call.function.parameters), call.areas, strict=False))
        located, elsewhere = [], None
        for problem in self._find_problems(call.function.name, call.arguments):
            area = areas.get(problem.argument)
            if area is not None:
                place = _part(area, problem)
                located.append(
                    InputProblem(
                        workbook=self._workbook,
                        sheet=place.sheet,
                        cell=place.address,
                        function=call.function.name,
                        problem=problem,
                    )
                )
            elif problem.severity == "error" and problem.argument in areas:
                elsewhere = elsewhere or problem
        return tuple(located), elsewhere


def of_money(problem: Problem) -> bool:
    """Whether a note changes what a result means in money: a column that was not used, a header nearly known."""
    return problem.severity != "error" and (
        getattr(problem, "of_money", False) or getattr(problem, "key", "") == "note_header_like"
    )


# Stands for the formula that was last tried, which has no place.
_TRIED: Position = ("", 0, 0)


def _sources(model: Model, more: Mapping[Position, Set[Area]] | None = None) -> dict[Position, Position]:
    """Return the formulas that show an error because of a call that failed elsewhere, each with where it did."""
    wrong = {p for p in model.formulas if p not in model.failures and model.holds_error(p)}
    callers = model.calls.callers & wrong
    uses = {p: areas for p, areas in model.uses.items() if p in wrong} | dict(more or {})
    return causes([p for p in model.formulas if p in callers], {**model.arrays, **model.spills}, uses)


def _behind(model: Model, position: Position, uses: Mapping[Position, Set[Area]]) -> list[FailedCall]:
    source = _sources(model, uses).get(position)
    return [] if source is None else model.calls.failed(source)


def _handed_on(call: FailedCall) -> bool:
    """Whether a function only hands on an error that came to it."""
    return isinstance(call.error, InputCellError)


def _part(area: Area, problem: Problem) -> Area:
    """Return the cell, row, column heading or whole range that a problem means."""
    row, column = problem.row, problem.column
    top, bottom = (area.first_row, area.last_row) if row is None else (area.first_row + row, area.first_row + row)
    left, right = area.first_column, area.last_column
    if column is not None:
        left = right = area.first_column + column
        bottom = top
    return Area(area.sheet, top, left, bottom, right)


def shipped_problems(function: str, arguments: Sequence[Any]) -> list[Problem]:
    """Return the problems that the package's own functions know how to tell."""
    from crm_xl import functions

    return list(functions.problems(function, [a if isinstance(a, Range) else None for a in arguments]))
