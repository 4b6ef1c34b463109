"""The workbook inside the calculation engine: loaded cell by cell, evaluated within limits, and judged.

The engine (formualizer) sees a package of ours that holds nothing but cells; it never meets the parts of
the user's file. What it cannot compute, and everything that depends on that, is told apart from formulas
whose honest result is an error.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

import formualizer as fz

from crm_xl.engine.errors import ErrorValue
from crm_xl.functions.registry import Function
from crm_xl.hosts.headless.bare import LoadedCell, LoadedSheet, bare_package
from crm_xl.hosts.headless.calls import Calls, FailedCall, for_engine, from_engine
from crm_xl.hosts.headless.dates import DateCells
from crm_xl.hosts.headless.fallout import Position, causes
from crm_xl.hosts.headless.formulas import Rewriter
from crm_xl.hosts.headless.limits import limits
from crm_xl.hosts.headless.package import WorkbookError
from crm_xl.hosts.headless.patterns import Fills, Pattern
from crm_xl.hosts.headless.pieces import Uncomputable
from crm_xl.hosts.headless.references import Area, cell_name, moved, parse_area, quoted
from crm_xl.hosts.headless.scratch import PART, RANGE, Scratch
from crm_xl.hosts.headless.sheet import CellXml, Formula, SheetXml, Value
from crm_xl.hosts.headless.spellings import Spellings
from crm_xl.hosts.headless.workbook import Structure

# Of all array formulas together.
MAX_ARRAY_CELLS = 1_000_000
_POISON = "CRM__CANNOT"
# Errors that mean that the engine could not compute, not that the formula has no value.
_REASONS = {
    "Name": "formula_name_unknown",
    "Circ": "formula_circular",
    "NImpl": "formula_not_supported",
    "Error": "formula_unreadable",
    "Cancelled": "formula_not_supported",
    "Spill": "formula_spill_blocked",
}


@dataclass(frozen=True)
class Failure:
    """Why a formula could not be computed: the term that says it, and its details."""

    key: str
    details: Mapping[str, str]


class Model:
    """The formulas and values of a workbook, ready to be evaluated again and again."""

    def __init__(self, structure: Structure, sheets: Mapping[str, SheetXml], registry: Iterable[Function]) -> None:
        self.structure, self.sheets = structure, sheets
        self.formulas: dict[Position, str] = {}
        self.static: dict[Position, Failure] = {}
        self.failures: dict[Position, Failure] = {}
        self.arrays: dict[Position, Area] = {}
        self._array_cells = 0
        self.spills: dict[Position, Area] = {}
        self._patterns: dict[Position, Pattern] = {}
        self.tried: Set[Area] = frozenset()
        self.tried_calls: list[FailedCall] = []
        taken = {sheet.name.casefold() for sheet in structure.sheets}
        # Cells with sums under conditions, by the formula of which each has a part; empty once they have their errors.
        self._leaving_errors_out: dict[Position, Position] = {}
        self.scratch = Scratch(_free_name("crm_xl ranges", taken))
        self.trial = _free_name("crm_xl trial", taken)
        registry = tuple(registry)
        names = [sheet.name for sheet in structure.sheets]
        self.rewriter = Rewriter(Spellings(registry), names, structure.names, structure.tables, self.scratch)
        self._scratch_cells: set[tuple[int, int]] = set()
        self._engine = self._load()
        self.calls = Calls(self._engine, registry, self.scratch, DateCells(sheets, structure.date_styles))

    # -- loading ---------------------------------------------------------------------------------------------------

    def _load(self) -> fz.Workbook:
        loaded: list[LoadedSheet] = [
            (part.name, list(self._cells(part.name, self.sheets[part.name]))) for part in self.structure.sheets
        ]
        loaded.append((self.scratch.sheet, self._new_scratch_cells()))
        loaded.append((self.trial, []))
        config = fz.EvaluationConfig()
        # One thread: the functions are Python, which runs one at a time, and results do not depend on the order.
        config.enable_parallel = False
        config.max_eval_time_ms = limits().seconds * 1000
        config.cycle_detection = "runtime"
        options = fz.WorkbookConfig(mode=fz.WorkbookMode.Ephemeral, eval_config=config, enable_changelog=False)
        iterate = {k: v for k, v in self.structure.calculation.items() if k.startswith("iterate")}
        try:
            engine = fz.Workbook.from_bytes(bare_package(loaded, iterate), config=options)
        except Exception:
            engine = self._load_one_by_one(loaded, iterate, options)
        engine.set_temporal_egress("serial")
        return engine

    def _load_one_by_one(
        self, loaded: Sequence[LoadedSheet], iterate: Mapping[str, str], options: fz.WorkbookConfig
    ) -> fz.Workbook:
        """Load the formulas singly, because one of them is such that the engine refuses them all."""
        values = [(name, [cell for cell in cells if cell[2] is None]) for name, cells in loaded]
        try:
            engine = fz.Workbook.from_bytes(bare_package(values, iterate), config=options)
        except Exception as fault:
            raise WorkbookError("book_not_loaded", file=self.structure.file) from fault
        for name, cells in loaded:
            for row, column, formula, _ in cells:
                if formula is None:
                    continue
                try:
                    engine.set_formula(name, row, column, f"={formula}")
                except Exception:
                    self.static.setdefault((name, row, column), Failure("formula_unreadable", {}))
                    engine.set_formula(name, row, column, f"={_POISON}()")
        return engine

    def _area_of_array(self, sheet: str, cell: CellXml, formula: Formula) -> Area:
        own = Area(sheet, cell.row, cell.column, cell.row, cell.column)
        area = (parse_area(formula.ref, sheet) or own)._replace(sheet=sheet)
        self._array_cells += area.size
        if area[1:3] != own[1:3] or self._array_cells > MAX_ARRAY_CELLS:
            raise WorkbookError("book_broken_cell", file=self.structure.file, sheet=sheet, cell=own.address)
        return area

    def _cells(self, name: str, sheet: SheetXml) -> Iterator[LoadedCell]:
        """Yield row, column, formula and value of every cell that the engine is to see, row by row."""
        inside: dict[tuple[int, int], CellXml] = {}
        masters: dict[str, CellXml] = {}
        # Arrays apart: their formulas are put into another form.
        fills = Fills(), Fills()
        for cell in sheet.cells.values():
            formula = cell.formula
            if formula is None:
                continue
            if formula.kind == "shared" and formula.text:
                masters[formula.group] = cell
            if formula.kind in ("array", "dataTable"):
                area = self.arrays[name, cell.row, cell.column] = self._area_of_array(name, cell, formula)
                inside |= dict.fromkeys(area.cells(), cell)
        for row, column in sorted({*sheet.cells, *inside}):
            cell_here, anchor = sheet.cells.get((row, column)), inside.get((row, column))
            if cell_here is not None and cell_here.formula is not None:
                yield row, column, self._formula(name, cell_here, masters, fills), None
            elif anchor is not None:
                if anchor.formula is not None and anchor.formula.kind == "array" and not self.is_dynamic(anchor):
                    yield row, column, self._part(name, anchor, row, column), None
            elif cell_here is not None and cell_here.raw is not None:
                yield row, column, None, self.stored(name, cell_here)

    def stored(self, sheet: str, cell: CellXml) -> Value:
        """Return the value that the file holds for a cell."""
        try:
            return self.sheets[sheet].value(cell, self.structure.texts)
        except (ValueError, IndexError, TypeError):
            where = cell_name(cell.row, cell.column)
            raise WorkbookError("book_broken_cell", file=self.structure.file, sheet=sheet, cell=where) from None

    def is_dynamic(self, cell: CellXml) -> bool:
        """Whether a cell holds a dynamic array, which may grow and shrink, and not an array of fixed size."""
        return (
            cell.formula is not None and cell.formula.kind == "array" and cell.metadata in self.structure.dynamic_cells
        )

    def _formula(self, sheet: str, cell: CellXml, masters: Mapping[str, CellXml], fills: tuple[Fills, Fills]) -> str:
        formula = cell.formula
        assert formula is not None
        position = (sheet, cell.row, cell.column)
        array = formula.kind == "array"
        self.formulas[position] = self._as_typed(sheet, cell, masters)
        try:
            if formula.kind == "dataTable":
                raise Uncomputable("formula_data_table")
            pattern = self._pattern(position, fills[array], array=array)
        except Uncomputable as reason:
            self.static[position] = Failure(reason.key, reason.details)
            return f"{_POISON}()"
        text = pattern.text(cell.row, cell.column, self.rewriter.caller(pattern, position))
        if pattern.leaves_errors_out:
            self._leaving_errors_out[position] = position
        return f"{PART}({text},0,0)" if array and not self.is_dynamic(cell) else text

    def _as_typed(self, sheet: str, cell: CellXml, masters: Mapping[str, CellXml]) -> str:
        """Return the formula of a cell; one that shares that of another cell as it reads when filled from there."""
        formula = cell.formula
        assert formula is not None
        master = masters.get(formula.group) if formula.kind == "shared" else None
        if master is None or master.formula is None or master is cell:
            return formula.text
        pattern = self._patterns.get((sheet, master.row, master.column))
        if pattern is not None and pattern.within.contains(cell.row, cell.column):
            return pattern.source(cell.row, cell.column)
        return _moved_text(master.formula.text, (cell.row - master.row, cell.column - master.column))

    def _pattern(self, position: Position, fills: Fills, *, array: bool) -> Pattern:
        formula = self.formulas[position]
        pattern = fills.find(formula, *position[1:]) or self.rewriter.pattern(formula, *position, array=array)
        fills.note(pattern, formula, position[2])
        self._patterns[position] = pattern
        return pattern

    def _part(self, sheet: str, anchor: CellXml, row: int, column: int) -> str:
        """The formula that stands for one cell of an array formula of fixed size."""
        assert anchor.formula is not None
        at = (sheet, anchor.row, anchor.column)
        try:
            text, _, leaves_errors_out = self.rewriter.rewrite(anchor.formula.text, *at, array=True, caller=at)
        except Uncomputable:
            return f"{_POISON}()"
        if leaves_errors_out:
            self._leaving_errors_out[sheet, row, column] = at
        return f"{PART}({text},{row - anchor.row},{column - anchor.column})"

    def _new_scratch_cells(self) -> list[LoadedCell]:
        """Return the cells of the scratch sheet that the engine has not been given, row by row."""
        wanted: dict[tuple[int, int], str] = {
            **{(row, 1): f"{RANGE}({area},{row})" for area, row in self.scratch.rows.items()},
            **{
                (row, 2): f"ISERROR(SUM({area.formula}{'#' * spilled}))"
                for (area, spilled), row in self.scratch.summed.items()
            },
        }
        new = sorted(wanted.keys() - self._scratch_cells)
        self._scratch_cells.update(new)
        return [(*at, wanted[at], None) for at in new]

    @cached_property
    def uses(self) -> Mapping[Position, Set[Area]]:
        """The areas that each formula reads."""
        return {position: pattern.areas(*position[1:]) for position, pattern in self._patterns.items()}

    # -- evaluating ------------------------------------------------------------------------------------------------

    def evaluate(self) -> None:
        """Evaluate everything that changed; afterwards `failures` and `spills` tell how it went."""
        self._evaluate()
        if self._errors_taken_in():
            self._evaluate()
        self.failures = self._judge()
        self.calls.end()

    def _evaluate(self) -> None:
        self.calls.begin()
        self._engine_evaluates()
        offending = dict(self._several_in_one())
        for position, failure in offending.items():
            self._take_out(position, failure)
        if offending:
            self._engine_evaluates()
        self.spills = dict(self._spilled())
        self._settle()

    def _take_out(self, position: Position, failure: Failure) -> None:
        self.static[position] = failure
        self._engine.set_formula(*position, f"={_POISON}()")

    def _errors_taken_in(self) -> bool:
        """Let sums under conditions have the errors in their ranges from now on; whether any is new."""
        if not self._leaving_errors_out or not any(
            self._engine.get_value(self.scratch.sheet, row, 2) for row in self.scratch.summed.values()
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
            if array and not self.is_dynamic(self.sheets[at[0]].cells[position[1:]]):
                text = f"{PART}({text},{at[1] - position[1]},{at[2] - position[2]})"
            try:
                self._engine.set_formula(*at, f"={text}")
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
                p for p, used in self.uses.items() if any(a.meets(b) for a in used for b in wide.get(a.sheet, ()))
            ]
            before = [self._engine.get_value(*p) for p in readers]
            for position in readers:
                self._engine.set_formula(*position, self._engine.get_formula(*position) or "")
            self._engine_evaluates()
            self.spills = dict(self._spilled())
            if before == [self._engine.get_value(*p) for p in readers]:
                return

    def _engine_evaluates(self) -> None:
        try:
            self._engine.evaluate_all()
        except Exception as fault:
            if "resource exhausted" in str(fault) or not self._isolated():
                raise WorkbookError(
                    "book_not_calculated", file=self.structure.file, seconds=limits().seconds
                ) from fault

    def _isolated(self) -> bool:
        """Take out the formulas at which the engine gives up, one by one; whether the rest then evaluates."""
        for position in self.formulas:
            try:
                self._engine.evaluate_cells([position])
            except Exception:
                self._take_out(position, Failure("formula_not_supported", {}))
        try:
            self._engine.evaluate_all()
        except Exception:
            return False
        return True

    def _spill(self, position: Position) -> Area | None:
        sheet, row, column = position
        if not self._may_spill(*position):
            return None
        role = self._engine.inspect_cell(f"{quoted(sheet)}!{cell_name(row, column)}", include_values=False).cell.spill
        return None if role is None or role.extent is None else parse_area(role.extent, sheet)

    def _may_spill(self, sheet: str, row: int, column: int) -> bool:
        """Whether a cell beside or below has a value that is not its own: a spill leaves none of its cells blank."""
        return any(
            (sheet, *at) not in self.formulas and self._engine.get_value(sheet, *at) is not None
            for at in ((row, column + 1), (row + 1, column))
        )

    def _several_in_one(self) -> Iterator[tuple[Position, Failure]]:
        """Yield the formulas of one cell whose results have many: Excel would not let them spill."""
        for position in self.formulas:
            if position not in self.arrays and position not in self.static and self._spill(position) is not None:
                yield position, Failure("formula_array_in_one_cell", {})

    def _spilled(self) -> Iterator[tuple[Position, Area]]:
        for position in self.arrays:
            sheet, row, column = position
            if self.is_dynamic(self.sheets[sheet].cells[row, column]):
                area = self._spill(position) or Area(sheet, row, column, row, column)
                yield position, area._replace(sheet=sheet)

    def _judge(self) -> dict[Position, Failure]:
        """Return the formulas that were not computed: those at fault, and all that depend on them."""
        failures = dict(self.static)
        for position in self.formulas:
            if position not in failures and (failure := self._failure(position)) is not None:
                failures[position] = failure
        for position, area in self.spills.items():
            if position not in failures and self._in_the_way(position, area):
                failures[position] = Failure("formula_spill_blocked", {})
        if not failures:
            return failures
        return {p: self._explained(p, f) for p, f in self._with_dependents(failures).items()}

    def _failure(self, position: Position) -> Failure | None:
        """Return why the engine could not compute a formula, or None if its value is its honest result."""
        value = self._engine.get_value(*position)
        if type(value) is not dict or (key := _REASONS.get(value["kind"])) is None:
            return None
        if value["kind"] == "Spill" and position not in self.arrays and position[0] != self.trial:
            return Failure("formula_array_in_one_cell", {})
        return Failure(key, {})

    def _in_the_way(self, position: Position, area: Area) -> bool:
        """Whether a spill runs into merged cells or a table, which the engine does not know of."""
        if area.is_cell:
            return False
        others = [merged._replace(sheet=area.sheet) for merged in self.sheets[area.sheet].merged]
        others += [table.area for table in self.structure.tables.values() if table.area.sheet == area.sheet]
        return any(area.meets(other) for other in others)

    def _with_dependents(self, failures: Mapping[Position, Failure]) -> dict[Position, Failure]:
        """Return the failures with those that follow from them, each of which names the one it comes from."""
        found = dict(failures)
        # A failed array keeps the cells that it has in the file; the engine may have filled others.
        filled = dict(self.arrays)
        for position, area in self.spills.items():
            old = filled[position]
            rows, columns = max(old.last_row, area.last_row), max(old.last_column, area.last_column)
            filled[position] = old._replace(last_row=rows, last_column=columns)
        for position, (sheet, row, column) in causes(failures, filled, self.uses).items():
            own = failures.get(position)
            if own is None or own.key in _INHERITED:
                found[position] = Failure("formula_depends", {"cell": f"{sheet}!{cell_name(row, column)}"})
        return found

    def _explained(self, position: Position, failure: Failure) -> Failure:
        """Say which function or name a formula asks for, where the engine knows it not."""
        if failure.key != "formula_name_unknown":
            return failure
        for word in re.findall(r"([^\W\d][\w.]*)\(", re.sub(r'"[^"]*"', "", self.formulas[position])):
            if not self._known(word):
                return Failure("formula_function_unknown", {"function": word})
        return failure

    def _known(self, function: str) -> bool:
        if self.rewriter.spellings.find(function):
            return True
        engine = fz.Workbook()
        engine.add_sheet("S")
        try:
            engine.set_formula("S", 1, 1, f"={function}()")
        except Exception:
            return False
        value = engine.evaluate_cell("S", 1, 1)
        return not (isinstance(value, dict) and value.get("kind") == "Name")

    # -- values ----------------------------------------------------------------------------------------------------

    def value(self, sheet: str, row: int, column: int) -> Value:
        """Return the value that the engine has for a cell."""
        return from_engine(self._engine.get_value(sheet, row, column))

    def filled(self, position: Position) -> Area:
        """Return the cells that the result of a formula fills."""
        return self.spills.get(position, self.arrays.get(position, Area(*position, *position[1:])))

    def holds_error(self, position: Position) -> bool:
        """Whether a formula gives an error, in any cell of its result."""
        sheet = position[0]
        return any(isinstance(self.value(sheet, *at), ErrorValue) for at in self.filled(position).cells())

    def set_value(self, sheet: str, row: int, column: int, value: Value) -> None:
        """Set the value of an input cell."""
        given = fz.LiteralValue.empty() if value is None else for_engine(value)
        self._engine.set_value(sheet, row, column, given)

    def try_reference(self, formula: str, sheet: str) -> tuple[Area, bool] | None:
        """Return the area that a formula names, with whether it means a whole spill, if it does nothing else.

        Raises
        ------
        WorkbookError
            Where a formula in it was not computed.
        """
        text = formula.strip().removeprefix("=")
        try:
            found = self.rewriter.area(text, sheet)
        except Uncomputable:
            return None
        if found is None or found[0].sheet not in self.sheets:
            return None
        area, spilled = found
        anchor = (area.sheet, area.first_row, area.first_column)
        if spilled and anchor not in self.spills:
            return None
        self.tried, self.tried_calls = frozenset(), []
        self._take_up(text, {self.spills[anchor] if spilled else area})
        return found

    def try_formula(self, formula: str, sheet: str) -> Value | list[list[Value]]:
        """Evaluate a formula that stands in no cell; a table comes back as rows.

        Raises
        ------
        WorkbookError
            Where the engine cannot compute it.
        """
        position = (self.trial, 1, 1)
        text = formula.strip().removeprefix("=")
        self.tried, self.tried_calls = frozenset(), []
        try:
            rewritten, areas, _ = self.rewriter.rewrite(
                text, sheet, 1, 1, array=True, caller=position, with_errors=True
            )
        except Uncomputable as reason:
            raise _not_calculated(text, reason.key, reason.details) from None
        self._take_up(text, areas)
        for row, column, handed_over, _ in self._new_scratch_cells():
            self._engine.set_formula(self.scratch.sheet, row, column, f"={handed_over}")
        self.formulas[position] = text
        self.calls.begin()
        try:
            try:
                self._engine.set_formula(*position, f"={rewritten}")
            except Exception:
                raise _not_calculated(text, "formula_unreadable", {}) from None
            self._engine_evaluates()
            failure = self.static.get(position) or self._failure(position)
            if failure is not None:
                failure = self._explained(position, failure)
                raise _not_calculated(text, failure.key, failure.details)
            area = self._spill(position)
            if area is None:
                return self.value(*position)
            columns = range(1, area.last_column + 1)
            return [[self.value(self.trial, row, column) for column in columns] for row in range(1, area.last_row + 1)]
        finally:
            self.tried_calls = self.calls.failed(position)
            self.calls.forget(position)
            del self.formulas[position]
            self.static.pop(position, None)
            self._engine.set_formula(*position, "=0")

    def _take_up(self, formula: str, areas: Set[Area]) -> None:
        """Note what a tried formula reads, all of which must have been computed."""
        if (failed := self._failed_in(areas)) is not None:
            cell = f"{failed[0]}!{cell_name(*failed[1:])}"
            raise _not_calculated(formula, "formula_depends", {"cell": cell})
        self.tried = areas

    def _failed_in(self, areas: Iterable[Area]) -> Position | None:
        """Return a formula that was not computed and has a cell in one of these areas."""
        for position in self.failures:
            filled = self.arrays.get(position, Area(*position, *position[1:]))
            if any(area.meets(filled) for area in areas):
                return position
        return None


# Reasons that may only have been handed down by another cell.
_INHERITED = frozenset({*_REASONS.values(), "formula_array_in_one_cell"}) - {"formula_circular"}


def _not_calculated(formula: str, key: str, details: Mapping[str, str]) -> WorkbookError:
    return WorkbookError("formula_failed_alone", formula=f"={formula}", reason=WorkbookError(key, **details))


def _free_name(wish: str, taken: set[str]) -> str:
    name, number = wish, 1
    while name.casefold() in taken:
        name, number = f"{wish} {number}", number + 1
    return name


def _moved_text(formula: str, by: tuple[int, int]) -> str:
    """Return a shared formula as it reads in another cell of its group; one that cannot be read as it is."""
    try:
        tokens = fz.tokenize("=" + formula).tokens()
    except (fz.TokenizerError, ValueError):
        return formula
    reference = (fz.TokenType.Operand, fz.TokenSubType.Range)
    return "".join(moved(t.value, *by) if (t.token_type, t.subtype) == reference else t.value for t in tokens)
