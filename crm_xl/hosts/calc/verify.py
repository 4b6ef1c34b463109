"""A second opinion on every number: a workbook calculated by the headless engine and by Calc, cell by cell."""

import math
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from crm_xl.data import term
from crm_xl.engine.cells import is_blank
from crm_xl.errors import ErrorValue
from crm_xl.hosts.calc.model import CalcModel
from crm_xl.hosts.calc.office import Office
from crm_xl.hosts.headless import Failure, Model, open_workbook
from crm_xl.xlsx.references import Position, cell_name
from crm_xl.xlsx.sheet import Value

# Of the result; and, for what is left over when large numbers cancel out, of those.
TOLERANCE = 1e-9
OPERAND_TOLERANCE = 8 * sys.float_info.epsilon


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A cell whose values differ."""

    workbook: str
    sheet: str
    cell: str
    formula: str
    headless: Value
    calc: Value

    def text(self, language: str = "en") -> str:
        """Return file, sheet, cell, formula and both values on one line."""
        values = {"headless": _shown(self.headless), "calc": _shown(self.calc)}
        where = {"file": self.workbook, "sheet": self.sheet, "cell": self.cell, "formula": self.formula}
        return term("verify_difference", language, **where, **values)


@dataclass(frozen=True, kw_only=True)
class Uncompared:
    """A formula that one of the engines could not compute."""

    workbook: str
    sheet: str
    cell: str
    formula: str
    key: str
    details: dict[str, object]
    calls: bool

    def text(self, language: str = "en") -> str:
        """Return file, sheet, cell, formula and reason on one line."""
        where = {"file": self.workbook, "sheet": self.sheet, "cell": self.cell, "formula": self.formula}
        return term("verify_uncompared", language, **where, reason=term(self.key, language, **self.details))


@dataclass(frozen=True, kw_only=True)
class Verification:
    """The outcome: `cells` were compared, those of array formulas each; `calls` of them are results of CRM_*."""

    workbook: str
    cells: int
    calls: int
    differences: tuple[Difference, ...]
    uncompared: tuple[Uncompared, ...]

    @property
    def ok(self) -> bool:
        """Whether all is equal and no result of CRM_* is missing in the comparison."""
        return not self.differences and not any(u.calls for u in self.uncompared)


def verify(path: str | os.PathLike[str], office: Office) -> Verification:
    """Calculate a workbook in both engines and compare every result; the file is not changed.

    Raises
    ------
    WorkbookError
        Where the file cannot be read, or one of the engines gives up.
    """
    made: list[CalcModel] = []

    def make(*arguments: object) -> CalcModel:
        made.append(partial(CalcModel, office=office)(*arguments))  # type: ignore[arg-type]
        return made[0]

    book = open_workbook(path, make_model=make)
    book.recalculate()
    return compare(book.name, made[0])


def compare(workbook: str, model: CalcModel) -> Verification:
    """Compare the values of both engines in a model that has been evaluated."""
    lost = {p: Failure("formula_lost_in_calc", {}) for p in model.formulas if p not in model.theirs}
    failures = {**lost, **model.headless_failures}
    failures |= {p: failure for p, failure in model.failures.items() if p not in model.kept}
    scale = _Scale(model)
    differences, uncompared = [], []
    cells = calls = 0
    for position, formula in _owners(model).items():
        if formula in failures:
            continue
        # Where one engine fills more cells than the other, the other has nothing there.
        own, theirs = Model.value(model, *position), model.theirs.get(position)
        cells += 1
        calls += model.rewriter.spellings.mentioned(model.formulas[formula])
        if same(own, theirs, calc_only=position in model.calc_errors):
            continue
        if not _within(own, theirs, OPERAND_TOLERANCE * scale.of(formula)):
            differences.append(_difference(workbook, model, position, formula, own, theirs))
    for formula, failure in failures.items():
        sheet, row, column = formula
        uncompared.append(
            Uncompared(
                workbook=workbook,
                sheet=sheet,
                cell=cell_name(row, column),
                formula=f"={model.formulas[formula]}",
                key=failure.key,
                details=dict(failure.details),
                calls=model.rewriter.spellings.mentioned(model.formulas[formula]),
            )
        )
    return Verification(
        workbook=workbook,
        cells=cells,
        calls=calls,
        differences=tuple(differences),
        uncompared=tuple(uncompared),
    )


def same(one: Value, other: Value, *, calc_only: bool = False) -> bool:
    """Whether two values are the same to a user.

    Parameters
    ----------
    calc_only
        The other is an error of Calc's own, such as Err:504, for which files have no name: any error is the same then.

    >>> same(1.0, 1.0 + 1e-12), same(1.0, 1.001), same(None, ""), same(0.0, "")
    (True, False, True, False)
    """
    if isinstance(one, ErrorValue) or isinstance(other, ErrorValue):
        return one == other or (calc_only and isinstance(one, ErrorValue))
    if isinstance(one, float | int) and isinstance(other, float | int):
        return math.isclose(one, other, rel_tol=TOLERANCE)
    if is_blank(one) and is_blank(other):
        return True
    return one == other


def _within(one: Value, other: Value, distance: float) -> bool:
    """Whether two values are numbers no farther from each other."""
    return isinstance(one, float | int) and isinstance(other, float | int) and abs(one - other) <= distance


class _Scale:
    """The largest numbers from which results come: a difference of large numbers is only as exact as they are."""

    def __init__(self, model: CalcModel) -> None:
        self._model = model
        self._known: dict[Position, float] = {}

    def of(self, formula: Position) -> float:
        """Return the largest number that a formula reads, or what it reads reads."""
        # Not by recursion: formulas lead on for thousands of cells.
        waiting: list[tuple[Position, list[Position] | None]] = [(formula, None)]
        while waiting:
            at, read = waiting.pop()
            if read is not None:
                self._known[at] = max(map(self._behind, read), default=0.0)
            elif at not in self._known:
                self._known[at] = 0.0  # a circle ends here
                read = list(self._read(at))
                waiting.append((at, read))
                waiting += [(c, None) for c in read if c in self._model.formulas and c not in self._known]
        return self._known[formula]

    def _behind(self, cell: Position) -> float:
        value = self._model.value(*cell)
        own = abs(value) if isinstance(value, float | int) else 0.0
        return max(own, self._known.get(cell, 0.0))

    def _read(self, formula: Position) -> Iterator[Position]:
        for area in self._model.uses.get(formula, ()):
            if area.is_cell:
                yield area.sheet, area.first_row, area.first_column
                continue
            sheet = self._model.sheets.get(area.sheet)
            filled = {
                *(() if sheet is None else sheet.cells),
                *(p[1:] for p in self._model.theirs if p[0] == area.sheet),
            }
            yield from ((area.sheet, *cell) for cell in filled if area.contains(*cell))


def _owners(model: CalcModel) -> dict[Position, Position]:
    """Return the formula to which each cell of a result belongs, whichever engine fills it."""
    owners = {position: position for position in model.formulas}
    for position in model.arrays:
        both = (model.headless_spills, model.spills)
        areas = [spills[position] for spills in both if position in spills] or [model.arrays[position]]
        for area in areas:
            owners |= {(area.sheet, *cell): position for cell in area.cells()}
    return owners


def _difference(
    workbook: str, model: CalcModel, position: Position, formula: Position, own: Value, theirs: Value
) -> Difference:
    sheet, row, column = position
    return Difference(
        workbook=workbook,
        sheet=sheet,
        cell=cell_name(row, column),
        formula=f"={model.formulas[formula]}",
        headless=own,
        calc=theirs,
    )


def _shown(value: Value) -> str:
    return repr(value) if isinstance(value, float) else "" if value is None else str(value)
