"""A workbook calculated by LibreOffice Calc, in the form in which the headless host has it.

The headless engine calculates first: it knows which formulas are which, and tells what is wrong in input cells. Then
Calc's results take the place of its own, so that a report and a file come about as always.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crm_xl.errors import ErrorValue
from crm_xl.functions.registry import Function
from crm_xl.hosts.calc.extension.cells import CODES
from crm_xl.hosts.calc.office import Office
from crm_xl.hosts.calc.unprotected import unprotected
from crm_xl.hosts.headless import OURS, Failure, Model, agrees, causes, moves, shown, with_dependents
from crm_xl.xlsx.references import Area, Position, cell_name
from crm_xl.xlsx.sheet import SheetXml, Value
from crm_xl.xlsx.workbook import Structure

_ERRORS = {code: ErrorValue(name) for name, code in CODES.items()}
# Calc's own errors that say that a formula could not be understood, or runs in a circle.
_NOT_UNDERSTOOD = frozenset({501, 508, 509, 510, 511, 512, 516, 517, 518, 520, 522, 523, 525})
_LAST_DIGITS = 1e-12
# What stays uncomputed whoever calculates: its meaning is not settled, or it needs another workbook.
_UNSETTLED = frozenset(
    {"formula_array_in_one_cell", "formula_external_link", "formula_spill_blocked", "formula_data_table"}
)


class CalcModel(Model):
    """A workbook in which Calc's results stand.

    Afterwards `headless` holds the values of the headless engine and `theirs` those of Calc, by cell; `calc_errors`
    has the errors of Calc that no file has a name for; `kept` the formulas that keep what the file holds, because Calc
    gives another result for the same inputs.
    """

    def __init__(
        self, structure: Structure, sheets: Mapping[str, SheetXml], registry: Iterable[Function], *, office: Office
    ) -> None:
        super().__init__(structure, sheets, registry)
        self._office = office
        self.headless: dict[Position, Value] = {}
        self.headless_failures: dict[Position, Failure] = {}
        self.headless_spills: dict[Position, Area] = {}
        self.theirs: dict[Position, Value] = {}
        self.calc_errors: dict[Position, int] = {}
        self.kept: dict[Position, Failure] = {}

    def value(self, sheet: str, row: int, column: int) -> Value:
        """Return Calc's value of a cell; of a cell without a formula, its own."""
        position = (sheet, row, column)
        return self.theirs[position] if position in self.theirs else super().value(sheet, row, column)

    def evaluate(self, *, stale: bool = False) -> None:
        """Evaluate everything in both engines."""
        self.theirs = {}
        super().evaluate(stale=stale)
        self.headless_failures, self.headless_spills = dict(self.failures), dict(self.spills)
        dynamic = [p for p in self.arrays if self.is_dynamic(self.sheets[p[0]].cells[p[1:]])]
        inputs = [(*position, value) for position, value in self.given.items()]
        answer = self._office.calculate(
            unprotected(self.structure), self.structure.file, inputs=inputs, dynamic=dynamic
        )
        results = _positions(answer["cells"])
        self.headless = {p: super(CalcModel, self).value(*p) for p in results}
        self.calc_errors = {}
        self.theirs = {p: self._value(p, value) for p, value in results.items()}
        self._judge_again(answer)
        self.kept = {} if stale or self.stored_results.reason is not None else dict(self._against_file())
        self.failures |= self.kept

    def _value(self, position: Position, value: Any) -> Value:
        if isinstance(value, dict):
            code = value["error"]
            if code not in _ERRORS or code in _NOT_UNDERSTOOD:
                self.calc_errors[position] = code
            return _ERRORS.get(code, ErrorValue.VALUE)
        # Calc has no truth values, only numbers that look like them.
        own = self.headless.get(position)
        return bool(value) if isinstance(own, bool) and value in (0.0, 1.0) else value

    def _judge_again(self, answer: Mapping[str, Any]) -> None:
        """Say what was not computed, now that Calc has calculated."""
        failures = {p: f for p, f in self.failures.items() if f.key in _UNSETTLED}
        failures |= {(s, r, c): Failure("formula_spill_blocked", {}) for s, r, c in answer["blocked"]}
        for position in self.formulas:
            code = self.calc_errors.get(position)
            if code in _NOT_UNDERSTOOD:
                failures[position] = Failure("formula_not_in_calc", {"error": _shown(code)})
        self.spills = {
            (sheet, row, column): Area(sheet, row, column, row + rows - 1, column + columns - 1)
            for sheet, row, column, rows, columns in answer["arrays"]
        }
        self.failures = with_dependents(self, failures)

    def _against_file(self) -> Iterator[tuple[Position, Failure]]:
        """Yield the formulas for which Calc gives another result than the file holds, though nothing they read changed.

        What reads such a cell, and has changed, was computed from Calc's value of it: it is yielded, too.
        """
        filled = self.arrays | self.spills
        moved = [p for p in self.formulas if OURS in (asked := self.uses_of(p)) or moves(asked)]
        changed = {*moved, *causes([*self.given, *moved], filled, self.uses)}
        wrong: dict[Position, Failure] = {}
        for position in self.formulas:
            if position in changed or position in self.failures or not self.stored_results.has(position):
                continue
            for at in self.arrays.get(position, Area(*position, *position[1:])).cells():
                cell = (position[0], *at)
                stored, theirs = self.stored_results.value(cell), self.value(*cell)
                if not self._same(position, stored, theirs):
                    details = {"stored": shown(stored), "computed": shown(theirs)}
                    wrong[position] = Failure("formula_differs", details)
                    break
        yield from wrong.items()
        for position, (sheet, row, column) in causes(wrong, filled, self.uses).items():
            if position in changed and position not in self.failures:
                yield position, Failure("formula_depends", {"cell": f"{sheet}!{cell_name(row, column)}"})

    def _same(self, position: Position, stored: Value, theirs: Value) -> bool:
        if agrees(stored, theirs):
            return True
        if not isinstance(stored, float) or not isinstance(theirs, float):
            return False
        # Programs add up in different orders, and large numbers that cancel out leave something over.
        return abs(stored - theirs) <= _LAST_DIGITS * max(abs(stored), self.largest_read(position))


def _shown(code: int) -> str:
    """An error as Calc shows it."""
    return str(_ERRORS[code]) if code in _ERRORS else f"Err:{code}"


def _positions(cells: Mapping[str, list[list[Any]]]) -> dict[Position, Any]:
    return {(sheet, row, column): value for sheet, found in cells.items() for row, column, value in found}
