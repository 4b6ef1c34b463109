"""Formulas that stand in no cell, evaluated in a workbook as it is."""

from collections.abc import Iterable, Mapping, Set

from crm_xl.hosts.headless.calculation.callbacks import Call, FailedCall
from crm_xl.hosts.headless.calculation.failures import explained, failure_of
from crm_xl.hosts.headless.calculation.model import Model
from crm_xl.hosts.headless.formulas.tokens import Uncomputable
from crm_xl.xlsx.package import WorkbookError
from crm_xl.xlsx.references import Area, Position, cell_name
from crm_xl.xlsx.sheet import Value


class AdHoc:
    """Tries formulas in an evaluated model; of the last one it has the areas that it read and its failed calls."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.areas: Set[Area] = frozenset()
        self.calls: list[FailedCall] = []
        self.answered: list[Call] = []

    def reference(self, formula: str, sheet: str) -> tuple[Area, bool] | None:
        """Return the area that a formula names, with whether it means a whole spill, if it does nothing else.

        Raises
        ------
        WorkbookError
            Where a formula in it was not computed.
        """
        model = self._model
        text = formula.strip().removeprefix("=")
        try:
            found = model.rewriter.area(text, sheet)
        except Uncomputable:
            return None
        if found is None or found[0].sheet not in model.sheets:
            return None
        area, spilled = found
        anchor = (area.sheet, area.first_row, area.first_column)
        if spilled and anchor not in model.spills:
            return None
        self.areas, self.calls, self.answered = frozenset(), [], []
        self._take_up(text, {model.spills[anchor] if spilled else area})
        return found

    def formula(self, formula: str, sheet: str) -> Value | list[list[Value]]:
        """Evaluate a formula that stands in no cell; a table comes back as rows.

        Raises
        ------
        WorkbookError
            Where the engine cannot compute it.
        """
        model = self._model
        position = (model.trial, 1, 1)
        text = formula.strip().removeprefix("=")
        self.areas, self.calls, self.answered = frozenset(), [], []
        try:
            pattern = model.rewriter.pattern(text, sheet, 1, 1, array=True)
        except Uncomputable as reason:
            raise _not_calculated(text, reason.key, reason.details) from None
        self._take_up(text, pattern.areas(1, 1))
        model.formulas[position] = text
        model.calls.begin()
        answered, model.calls.answered = model.calls.answered, {}
        try:
            if not model.enter(position, pattern):
                raise _not_calculated(text, "formula_unreadable", {})
            model.evaluate_until_read()
            failure = model.static.get(position) or model.worksheet.failures.get(position)
            failure = failure or failure_of(model, position)
            if failure is not None:
                failure = explained(model, position, failure)
                raise _not_calculated(text, failure.key, failure.details)
            area = model.spill(position)
            if area is None:
                return model.value(*position)
            rows, columns = range(1, area.last_row + 1), range(1, area.last_column + 1)
            return [[model.value(model.trial, row, column) for column in columns] for row in rows]
        finally:
            self.calls = model.calls.failed(position)
            self.answered = list(model.calls.answered.values())
            model.calls.answered = {**model.calls.answered, **answered}
            model.calls.forget(position)
            del model.formulas[position]
            model.withdraw(position)

    def _take_up(self, formula: str, areas: Set[Area]) -> None:
        """Note what a tried formula reads, all of which must have been computed."""
        if (failed := self._failed_in(areas)) is not None:
            cell = f"{failed[0]}!{cell_name(*failed[1:])}"
            raise _not_calculated(formula, "formula_depends", {"cell": cell})
        self.areas = areas

    def _failed_in(self, areas: Iterable[Area]) -> Position | None:
        """Return a formula that was not computed and has a cell in one of these areas."""
        for position in self._model.failures:
            filled = self._model.arrays.get(position, Area(*position, *position[1:]))
            if any(area.meets(filled) for area in areas):
                return position
        return None


def _not_calculated(formula: str, key: str, details: Mapping[str, object]) -> WorkbookError:
    return WorkbookError("formula_failed_alone", formula=f"={formula}", reason=WorkbookError(key, **details))
