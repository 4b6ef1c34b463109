"""The workbook inside the calculation engine: evaluated within limits, until what spills has come to rest."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

import formualizer as fz

from crm_xl.errors import ErrorValue
from crm_xl.functions.registry import Function
from crm_xl.hosts.headless.calculation.callbacks import Calls, for_engine, from_engine
from crm_xl.hosts.headless.calculation.criteria import Criteria
from crm_xl.hosts.headless.calculation.date_cells import DateCells
from crm_xl.hosts.headless.calculation.dependents import Failure
from crm_xl.hosts.headless.calculation.failures import judged, with_dependents
from crm_xl.hosts.headless.calculation.loading import POISON, Loaded
from crm_xl.hosts.headless.calculation.proving import Proof, outdated, prove
from crm_xl.hosts.headless.calculation.second_engine import SecondEngine
from crm_xl.hosts.headless.calculation.stored_results import agrees
from crm_xl.hosts.headless.calculation.surroundings import Surroundings
from crm_xl.hosts.headless.calculation.vouching import vouched
from crm_xl.hosts.headless.calculation.worksheet_calls import WorksheetCalls
from crm_xl.hosts.headless.formulas.filled import Pattern
from crm_xl.hosts.headless.formulas.scratch_sheet import PART, STORED
from crm_xl.hosts.headless.formulas.tokens import Uncomputable
from crm_xl.hosts.headless.formulas.uses import OURS
from crm_xl.xlsx.limits import limits
from crm_xl.xlsx.package import WorkbookError
from crm_xl.xlsx.references import Area, Position, cell_name, parse_area, quoted
from crm_xl.xlsx.sheet import SheetXml, Value
from crm_xl.xlsx.workbook import Structure

# How often formulas may turn out to read more; a difference so near zero may be nothing but rounding.
_MOST_ROUNDS = 24
_NEAR_ZERO = 0.01


class Model(Loaded):
    """The formulas and values of a workbook, ready to be evaluated again and again.

    Afterwards `failures` has the formulas whose cells keep what the file holds, each with its reason; `unproved` those
    that were computed, are not proved, and ask for more than functions of the registry; and `unvouched` those of them
    whose results are written although nothing vouches for them. `proof` is what the stored results proved: nothing
    where they were not to be trusted. `given` are the values of input cells that were set; `second_engine` is asked of
    what is unproved, where there is one.
    """

    def __init__(self, structure: Structure, sheets: Mapping[str, SheetXml], registry: Iterable[Function]) -> None:
        registry = tuple(registry)
        super().__init__(structure, sheets, registry)
        self.failures: dict[Position, Failure] = {}
        self.proof: Proof | None = None
        self.unproved: list[Position] = []
        self.unvouched: dict[Position, Failure] = {}
        self.second_engine: SecondEngine | None = None
        self._errors: dict[Position, ErrorValue] | None = None
        self.given: dict[Position, Value] = {}
        dates = DateCells(sheets, structure.date_styles, since_1904=structure.since_1904)
        self.calls = Calls(self.engine, registry, self.scratch, dates)
        surroundings = Surroundings(structure, sheets, self.formulas, self.arrays, self.rewriter.found)
        self.engine.register_function(STORED, self.stored_rows, min_args=1, max_args=1)
        self.worksheet = WorksheetCalls(self.engine, self.scratch, surroundings, self.arrays)
        # The patterns of formulas that are no longer left to the engine, by those that they have taken the place of.
        self._doubted: dict[Pattern, Pattern] = {}

    def evaluate(self, *, stale: bool = False) -> None:
        """Evaluate everything that changed; afterwards `failures` and `spills` tell how it went.

        Parameters
        ----------
        stale
            Whether what is stored is old, so that nothing is held against it.
        """
        if self.proof is None or stale:
            trusted = self.stored_results.reason is None and not stale
            self.proof = prove(self) if trusted else Proof()
            for position in [p for p in self.withheld if p not in self.proof.differing]:
                self.restore(position)
        for position, value in self.given.items():
            self._put(position, value)
        self.run()
        uncomputed = {**self.worksheet.failures, **self._not_converged()}
        self.failures = judged(self, uncomputed, outdated(self), self.proof.differing)
        self._errors = None
        left = (p for p in self.formulas if p not in self.proved and p not in self.failures)
        self.unproved = [p for p in left if self.uses_of(p) != {OURS}]
        verdict = vouched(self, stale=stale)
        if verdict.kept:
            self.failures = {**with_dependents(self, verdict.kept), **self.failures}
            self.unproved = [p for p in self.unproved if p not in self.failures]
        self.unvouched = {p: f for p, f in verdict.written.items() if p not in self.failures}
        self.calls.end()

    @property
    def proved(self) -> Set[Position]:
        """The formulas of which a stored result proved that the engine computes them."""
        return self.proof.proved if self.proof is not None else set()

    def results(self, position: Position) -> Iterator[Value]:
        """Yield the values of all cells that the result of a formula fills."""
        return (self.value(position[0], *at) for at in self.filled(position).cells())

    def largest_read(self, position: Position) -> float:
        """Return the largest number, without its sign, in the cells that a formula reads."""
        found = 0.0
        for area in self.uses.get(position, ()):
            xml = self.sheets.get(area.sheet)
            if xml is None:
                continue
            few = area.size <= len(xml.cells)
            cells = area.cells() if few else (at for at in xml.cells if area.contains(*at))
            numbers = (value for at in cells if type(value := self.value(area.sheet, *at)) is float)
            found = max(found, max(map(abs, numbers), default=0.0))
        return found

    def errors_in(self, area: Area) -> Set[ErrorValue]:
        """Return the kinds of errors in the cells of an area."""
        if self._errors is None:
            self._errors = {}
            for sheet, xml in self.sheets.items():
                for cell in xml.cells:
                    if isinstance(value := self.value(sheet, *cell), ErrorValue):
                        self._errors[sheet, *cell] = value
        if area.size <= len(self._errors):
            cells = ((area.sheet, *at) for at in area.cells())
            return {self._errors[cell] for cell in cells if cell in self._errors}
        return {
            error for (sheet, *at), error in self._errors.items() if sheet == area.sheet and area.contains(at[0], at[1])
        }

    def differs(self, position: Position) -> bool:
        """Whether a formula gives another result than the file holds for it, in any cell or in its extent."""
        area = self.arrays.get(position)
        if area is None:
            return not agrees(self.stored_results.value(position), self.value(*position))
        cells = ((position[0], *at) for at in area.cells())
        return area != self.filled(position) or any(
            not agrees(self.stored_results.value(cell), self.value(*cell)) for cell in cells
        )

    def run(self) -> None:
        """Let the engine evaluate what is not up to date, spills included."""
        self._evaluate()
        if self._errors_taken_in():
            self._evaluate()

    def _not_converged(self) -> dict[Position, Failure]:
        """The formulas of a circle that iteration ran into an error: Excel goes on from the values that it stored."""
        wrong = {p for p in self.iterated if isinstance(self.value(*p), ErrorValue)}
        reads = {
            p: {other for other in wrong if any(a.sheet == other[0] and a.contains(*other[1:]) for a in self.uses[p])}
            for p in wrong & self.uses.keys()
        }
        # What reads no other error begins it; what is left when those are taken away stands in a circle, or after one.
        while begins := {p for p, others in reads.items() if not others & reads.keys()}:
            for position in begins:
                del reads[position]
        return dict.fromkeys(reads, Failure("formula_iterative", {}))

    def _evaluate(self) -> None:
        self.calls.begin()
        self.evaluate_until_read()
        offending = dict(self._several_in_one())
        for position, failure in offending.items():
            self._take_out(position, failure)
        if offending:
            self.engine_evaluates()
        self.spills = dict(self._spilled())
        self._settle()

    def enter(self, position: Position, pattern: Pattern) -> bool:
        """Hand a formula to the engine that stands in no cell of the workbook; whether it takes it."""
        self._patterns[position] = pattern
        self._set(position)
        return position not in self.static

    def withdraw(self, position: Position) -> None:
        """Take back a formula that was entered."""
        for known in (self._patterns, self._texts, self.static, self.worksheet.needs, self.worksheet.more):
            known.pop(position, None)
        self.worksheet.failures.pop(position, None)
        self.engine.set_formula(*position, "=0")

    def evaluate_until_read(self) -> None:
        """Let the engine evaluate until every formula has all that it turns out to read."""
        self.engine_evaluates()
        for _ in range(_MOST_ROUNDS):
            if not self._computed_anew(self._patterns):
                return
            self.engine_evaluates()
        for position in self.worksheet.needs:
            self.worksheet.failures.setdefault(position, Failure("formula_not_supported", {}))

    def withhold(self, position: Position) -> None:
        """Let what is stored for a formula stand in the engine in its place."""
        if position in self.arrays and self._is_dynamic(position):
            self.withheld[position] = {position: self.engine.get_formula(*position) or ""}
            self.engine.set_formula(*position, f"={self.stored_array(position)}")
            return
        area = self.arrays.get(position, Area(*position, *position[1:]))
        cells = [(position[0], *at) for at in area.cells()]
        self.withheld[position] = {cell: self.engine.get_formula(*cell) or "" for cell in cells}
        for cell in cells:
            self._put(cell, self.stored_results.value(cell))

    def restore(self, position: Position) -> None:
        """Put a formula that was withheld back into the engine."""
        for cell, text in self.withheld.pop(position).items():
            try:
                self.engine.set_formula(*cell, "=" + text.removeprefix("="))
            except Exception:
                # Of what the engine took when it was loaded it refuses only a formula that reads itself.
                self._take_out(position, Failure("formula_circular", {}))

    def compute(self, position: Position) -> None:
        """Let the engine evaluate one formula and what it reads, as far as that is not up to date."""
        for _ in range(_MOST_ROUNDS):
            if position in self.arrays:
                self.engine_evaluates()
            else:
                with contextlib.suppress(Exception):  # what it cannot evaluate shows in the value
                    self.engine.evaluate_cells([position])
            if not self._computed_anew([position]):
                break
        if position not in self.arrays:
            return
        if self._is_dynamic(position):
            self.spills[position] = (self.spill(position) or Area(*position, *position[1:]))._replace(sheet=position[0])

    def held(self, position: Position) -> list[Any]:
        """Return what the engine has for a formula: the values of all cells that its result fills."""
        if position not in self.arrays:
            return [self.engine.get_value(*position)]
        area = self.filled(position)
        return [area, *(self.engine.get_value(position[0], *at) for at in area.cells())]

    def stays(self, position: Position) -> bool:
        """Whether a formula gives what it gave when it was held against its stored result, and was the same."""
        before = self.proof.same.get(position) if self.proof is not None else None
        if before is None:
            return False
        held = self.held(position)
        if position in self.iterated and type(before[0]) is type(held[0]) is float:
            return bool(abs(before[0] - held[0]) <= self.last_step)  # each evaluation goes some steps further
        return before == held

    def changed(self) -> Iterator[Position]:
        """Yield the cells that now have another value than in the file."""
        for position, value in self.given.items():
            held = self.sheets[position[0]].cells.get(position[1:])
            if not agrees(None if held is None else self.stored(position[0], held), value):
                yield position
        for position in self.formulas:
            if position in self.withheld or self.stays(position):
                continue
            for area in {self.filled(position), self.arrays.get(position, self.filled(position))}:
                for at in area.cells():
                    cell = (position[0], *at)
                    if not agrees(self.stored_results.value(cell), self.value(*cell)):
                        yield cell

    def _is_dynamic(self, position: Position) -> bool:
        return self.is_dynamic(self.sheets[position[0]].cells[position[1:]])

    def _put(self, position: Position, value: Value) -> None:
        self.engine.set_value(*position, fz.LiteralValue.empty() if value is None else for_engine(value))

    def _computed_anew(self, formulas: Iterable[Position]) -> bool:
        """Give formulas what they turned out to read, and doubt errors of the engine; whether there were any."""
        changed, criteria = False, Criteria(self)
        for position in list(formulas):
            pattern = self._patterns.get(position)
            if pattern is None or position in self.static or position in self.withheld:
                continue
            if (area := self.worksheet.needs.pop(position, None)) is not None:
                self.worksheet.more[position] = (*self.worksheet.more.get(position, ()), area)
                self.uses[position] = {*self.uses.get(position, ()), area}
                changed = self._set(position) or changed
            if pattern.doubtful and (_is_doubtful(self.engine.get_value(*position)) or criteria.odd(pattern, position)):
                changed = self._doubt(position, pattern) or changed
        return changed

    def _doubt(self, position: Position, pattern: Pattern) -> bool:
        """Have a formula computed here that the engine has computed."""
        formula = self.formulas[position]
        anew = self._doubted.get(pattern)
        if anew is None or not anew.within.contains(*position[1:]) or anew.source(*position[1:]) != formula:
            try:
                anew = self.rewriter.pattern(formula, *position, array=position in self.arrays, doubted=True)
            except Uncomputable as reason:
                self._take_out(position, Failure(reason.key, reason.details))
                return True
            self._doubted[pattern] = anew
        self._patterns[position] = anew
        self.worksheet.failures.pop(position, None)
        self._texts.pop(position, None)
        self._leaving_errors_out.pop(position, None)
        return self._set(position)

    def _set(self, position: Position) -> bool:
        """Hand a formula to the engine in the form that it has now."""
        cells = list(self.texts(position, self.worksheet.more.get(position, ())))
        for row, column, handed_over, _ in self.new_scratch_cells():
            self.engine.set_formula(self.scratch.sheet, row, column, f"={handed_over}")
        for at, text in cells:
            try:
                self.engine.set_formula(*at, f"={text}")
            except Exception:
                # Of what the engine took when it was loaded it refuses only a formula that reads itself.
                self._take_out(position, Failure("formula_circular", {}))
                break
        return True

    def _take_out(self, position: Position, failure: Failure) -> None:
        self.static[position] = failure
        self.engine.set_formula(*position, f"={POISON}()")

    def _errors_taken_in(self) -> bool:
        """Let sums under conditions have the errors in their ranges from now on; whether any is new."""
        if not self._leaving_errors_out or not any(
            self.engine.get_value(self.scratch.sheet, row, 2) for row in self.scratch.summed.values()
        ):
            return False
        for at, position in self._leaving_errors_out.items():
            if position in self.static:
                continue
            array = position in self.arrays
            try:
                text = self.rewriter.rewrite(
                    self.formulas[position], *position, array=array, caller=position, with_errors=True
                ).text
            except Uncomputable as reason:
                self._take_out(position, Failure(reason.key, reason.details))
                continue
            if array and not self._is_dynamic(position):
                text = f"{PART}({text},{at[1] - position[1]},{at[2] - position[2]})"
            if position in self.withheld:
                self.withheld[position][at] = text
                continue
            try:
                self.engine.set_formula(*at, f"={text}")
            except Exception:
                # Of what the engine took when it was loaded it refuses only a formula that sums itself.
                self._take_out(position, Failure("formula_circular", {}))
        self._leaving_errors_out.clear()
        return True

    def _settle(self) -> None:
        """Evaluate again what reads a spill, until nothing moves: the engine stops one step behind a spill."""
        for _ in self.spills:
            wide: dict[str, list[Area]] = {}
            for area in self.spills.values():
                if not area.is_cell:
                    wide.setdefault(area.sheet, []).append(area)
            readers = [
                p
                for p, used in self.uses.items()
                if p not in self.withheld and any(a.meets(b) for a in used for b in wide.get(a.sheet, ()))
            ]
            before = [self.engine.get_value(*p) for p in readers]
            for position in readers:
                self.engine.set_formula(*position, self.engine.get_formula(*position) or "")
            self.engine_evaluates()
            self.spills = dict(self._spilled())
            if before == [self.engine.get_value(*p) for p in readers]:
                return

    def engine_evaluates(self) -> None:
        """Let the engine evaluate, within the limit of time; formulas at which it gives up are taken out."""
        try:
            self.engine.evaluate_all()
        except Exception as fault:
            if "resource exhausted" in str(fault) or not self._isolated():
                raise WorkbookError(
                    "book_not_calculated", file=self.structure.file, seconds=limits().seconds
                ) from fault

    def _isolated(self) -> bool:
        """Take out the formulas at which the engine gives up, one by one; whether the rest then evaluates."""
        for position in self.formulas:
            try:
                self.engine.evaluate_cells([position])
            except Exception:
                self._take_out(position, Failure("formula_not_supported", {}))
        try:
            self.engine.evaluate_all()
        except Exception:
            return False
        return True

    def spill(self, position: Position) -> Area | None:
        """Return the area that the result of a formula fills, if it is more than one cell."""
        sheet, row, column = position
        if not self._may_spill(*position):
            return None
        role = self.engine.inspect_cell(f"{quoted(sheet)}!{cell_name(row, column)}", include_values=False).cell.spill
        return None if role is None or role.extent is None else parse_area(role.extent, sheet)

    def _may_spill(self, sheet: str, row: int, column: int) -> bool:
        """Whether a cell beside or below has a value that is not its own: a spill leaves none of its cells blank."""
        return any(
            (sheet, *at) not in self.formulas and self.engine.get_value(sheet, *at) is not None
            for at in ((row, column + 1), (row + 1, column))
        )

    def _several_in_one(self) -> Iterator[tuple[Position, Failure]]:
        """Yield the formulas of one cell whose results have many: Excel would not let them spill."""
        for position in self.formulas:
            if position not in self.arrays and position not in self.static and self.spill(position) is not None:
                yield position, Failure("formula_array_in_one_cell", {})

    def _spilled(self) -> Iterator[tuple[Position, Area]]:
        for position in self.arrays:
            if self._is_dynamic(position):
                area = self.spill(position) or Area(*position, *position[1:])
                yield position, area._replace(sheet=position[0])

    def value(self, sheet: str, row: int, column: int) -> Value:
        """Return the value that the engine has for a cell."""
        return from_engine(self.engine.get_value(sheet, row, column))

    def filled(self, position: Position) -> Area:
        """Return the cells that the result of a formula fills."""
        return self.spills.get(position, self.arrays.get(position, Area(*position, *position[1:])))

    def holds_error(self, position: Position) -> bool:
        """Whether a formula gives an error, in any cell of its result."""
        return any(isinstance(value, ErrorValue) for value in self.results(position))

    def set_value(self, sheet: str, row: int, column: int, value: Value) -> None:
        """Set the value of an input cell: at the next evaluation it stands there."""
        self.given[sheet, row, column] = value


def _is_doubtful(value: object) -> bool:
    """Whether a value that the engine gives for one of its formulas is to be computed anew."""
    if type(value) is float:
        return value != 0 and -_NEAR_ZERO < value < _NEAR_ZERO
    if type(value) is dict and value.get("kind") == "Name":
        return False  # of a formula that is left to the engine it can only have been handed on
    return type(value) is not str and type(value) is not bool
