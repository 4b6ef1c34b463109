"""A workbook brought into the calculation engine, cell by cell.

The engine (formualizer) sees a package of ours that holds nothing but cells; it never meets the parts of
the user's file.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from typing import Any

import formualizer as fz

from crm_xl.functions.registry import Function
from crm_xl.hosts.headless.calculation.callbacks import for_engine
from crm_xl.hosts.headless.calculation.dependents import Failure, circular_formulas
from crm_xl.hosts.headless.calculation.engine_package import LoadedCell, LoadedSheet, cells_only_package
from crm_xl.hosts.headless.calculation.stored_results import StoredResults
from crm_xl.hosts.headless.formulas.filled import Fills, Pattern
from crm_xl.hosts.headless.formulas.rewriter import Rewriter
from crm_xl.hosts.headless.formulas.scratch_sheet import CALLER, CONTENT, EVALUATE, PART, RANGE, STORED, Scratch
from crm_xl.hosts.headless.formulas.spellings import Spellings
from crm_xl.hosts.headless.formulas.tokens import Uncomputable
from crm_xl.hosts.headless.formulas.uses import OURS, moves, uses
from crm_xl.xlsx.external_values import external_values
from crm_xl.xlsx.limits import limits
from crm_xl.xlsx.package import WorkbookError
from crm_xl.xlsx.references import Area, Position, cell_name, moved, parse_area
from crm_xl.xlsx.sheet import CellXml, Formula, SheetXml, Value
from crm_xl.xlsx.workbook import DAYS_TO_1904, Structure

# Of all array formulas together.
MAX_ARRAY_CELLS = 1_000_000
# A function that nobody has: what depends on it fails too.
POISON = "CRM__CANNOT"


class Loaded:
    """The formulas of a workbook as they are typed, and the engine that holds them in its form.

    `static` has those that were kept from the engine, `arrays` the areas of array formulas as the file has them, and
    `spills` those that dynamic ones fill once they are evaluated. `withheld` has the formulas for which their
    stored results stand in the engine: what belongs into each of their cells.
    """

    def __init__(self, structure: Structure, sheets: Mapping[str, SheetXml], registry: Iterable[Function]) -> None:
        self.structure, self.sheets = structure, sheets
        self.formulas: dict[Position, str] = {}
        self.static: dict[Position, Failure] = {}
        self.arrays: dict[Position, Area] = {}
        self._array_cells = 0
        self.stored_results = StoredResults(structure, sheets)
        self.withheld: dict[Position, dict[Position, str]] = {}
        self._stored_arrays: list[Position] = []
        self.spills: dict[Position, Area] = {}
        self._patterns: dict[Position, Pattern] = {}
        self._texts: dict[Position, str] = {}
        self._uses_of: dict[Pattern | None, frozenset[str]] = {}
        taken = {sheet.name.casefold() for sheet in structure.sheets}
        # Cells with sums under conditions, by the formula of which each has a part; empty once they have their errors.
        self._leaving_errors_out: dict[Position, Position] = {}
        self.scratch = Scratch(_free_name("crm_xl ranges", taken))
        # The sheet on which formulas are tried that stand in no cell.
        self.trial = _free_name("crm_xl trial", taken)
        names = [sheet.name for sheet in structure.sheets]
        self.rewriter = Rewriter(Spellings(registry), names, structure.names, structure.tables, self.scratch)
        self._scratch_cells: set[tuple[int, int]] = set()
        self._external = external_values(structure)
        for number, sheet in self._external:
            taken |= {self.scratch.sheet, self.trial, *map(str.casefold, self.external_sheets)}
            self.rewriter.resolver.external[number, sheet] = _free_name(f"crm_xl {number} {sheet[:16]}", taken)
        self.engine = self._load()

    @property
    def external_sheets(self) -> Set[str]:
        """The sheets of the engine that hold what the file keeps of other workbooks."""
        return frozenset(self.rewriter.resolver.external.values())

    def _load(self) -> fz.Workbook:
        loaded: list[LoadedSheet] = [
            (part.name, list(self._cells(part.name, self.sheets[part.name]))) for part in self.structure.sheets
        ]
        # First: with a first sheet named `sheet1` the engine adds a `Sheet1` of its own and computes blanks.
        loaded.insert(0, (self.scratch.sheet, self.new_scratch_cells()))
        loaded.append((self.trial, []))
        for sheet, name in self.rewriter.resolver.external.items():
            loaded.append((name, [(*at, None, value) for at, value in sorted(self._external[sheet].items())]))
        config = fz.EvaluationConfig()
        # One thread: the functions are Python, which runs one at a time, and results do not depend on the order.
        config.enable_parallel = False
        config.max_eval_time_ms = limits().seconds * 1000
        config.cycle_detection = "runtime"
        options = fz.WorkbookConfig(mode=fz.WorkbookMode.Ephemeral, eval_config=config, enable_changelog=False)
        iterate = {k: v for k, v in self.structure.calculation.items() if k.startswith("iterate")}
        try:
            engine = fz.Workbook.from_bytes(cells_only_package(loaded, iterate), config=options)
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
            engine = fz.Workbook.from_bytes(cells_only_package(values, iterate), config=options)
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
                    engine.set_formula(name, row, column, f"={POISON}()")
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
            if formula is None or (cell.row, cell.column) in inside:
                continue
            if formula.kind == "shared" and formula.text:
                masters[formula.group] = cell
            if formula.kind in ("array", "dataTable"):
                area = self.arrays[name, cell.row, cell.column] = self._area_of_array(name, cell, formula)
                inside |= dict.fromkeys(area.cells(), cell)
        for row, column in sorted({*sheet.cells, *inside}):
            cell_here, anchor = sheet.cells.get((row, column)), inside.get((row, column))
            if cell_here is not None and cell_here.formula is not None and anchor in (None, cell_here):
                text = self._formula(name, cell_here, masters, fills)
                if self._is_fed((name, row, column)):
                    self.withheld[name, row, column] = {(name, row, column): text}
                    if self.is_dynamic(cell_here):
                        yield row, column, self.stored_array((name, row, column)), None
                    else:
                        yield row, column, None, self.stored_results.value((name, row, column))
                else:
                    yield row, column, text, None
            elif anchor is not None:
                if anchor.formula is None or anchor.formula.kind != "array" or self.is_dynamic(anchor):
                    continue
                part = self._part(name, anchor, row, column)
                if (at := (name, anchor.row, anchor.column)) in self.withheld:
                    self.withheld[at][name, row, column] = part
                    yield row, column, None, self.stored_results.value((name, row, column))
                else:
                    yield row, column, part, None
            elif cell_here is not None and cell_here.raw is not None:
                yield row, column, None, self.stored(name, cell_here)

    def _is_fed(self, position: Position) -> bool:
        """Whether what is stored for a formula stands in the engine at first, so that others are tried over it.

        So it is with results that are not to be the same again: those of our functions, of the clock and of chance.
        """
        if self.stored_results.reason is not None or not self.stored_results.has(position):
            return False
        found = self.uses_of(position)
        return position not in self.static and (OURS in found or moves(found))

    def uses_of(self, position: Position) -> frozenset[str]:
        """Return what a formula asks of the engine: functions and operators of its own, and how it uses them."""
        pattern = self._patterns.get(position)
        found = self._uses_of.get(pattern)
        if found is None:
            names = {name: text for (_, name), text in self.structure.names.items()}
            array = position in self.arrays
            found = uses(self.formulas[position], names, self.rewriter.spellings.find, array=array)
            if pattern is not None:
                self._uses_of[pattern] = found
        return found

    def stored_array(self, position: Position) -> str:
        """Return the formula that spills what the file holds for a dynamic array: the engine lets no value stand there.

        Where a value stood once, even a blank one, a later result of the array does not show.
        """
        self._stored_arrays.append(position)
        return f"{STORED}({len(self._stored_arrays) - 1})"

    def stored_rows(self, number: float) -> list[list[Any]]:
        """Return what the file holds for a dynamic array, by the number that its formula was given."""
        position = self._stored_arrays[int(number)]
        sheet, top, left, bottom, right = self.arrays[position]
        value = self.stored_results.value
        return [
            [for_engine(value((sheet, row, column))) for column in range(left, right + 1)]
            for row in range(top, bottom + 1)
        ]

    def stored(self, sheet: str, cell: CellXml) -> Value:
        """Return the value that the file holds for a cell."""
        try:
            value = self.sheets[sheet].value(cell, self.structure.texts)
            if cell.type == "d" and self.structure.since_1904 and isinstance(value, float):
                value -= DAYS_TO_1904
            return value
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
            return f"{POISON}()"
        text = self.text(position)
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
        at = (sheet, anchor.row, anchor.column)
        if at in self.static or at not in self._patterns:
            return f"{POISON}()"
        if self._patterns[at].leaves_errors_out:
            self._leaving_errors_out[sheet, row, column] = at
        return f"{PART}({self.text(at)},{row - anchor.row},{column - anchor.column})"

    def computed_here(self, position: Position) -> bool:
        """Whether a formula is computed by the functions here and not by the engine."""
        return position in self._patterns and self._patterns[position].computed_here

    def text(self, position: Position) -> str:
        """Return a formula in the engine's form, of an array the whole."""
        if position not in self._texts:
            pattern = self._patterns[position]
            self._texts[position] = pattern.text(*position[1:], self.rewriter.caller(pattern, position))
        return self._texts[position]

    def texts(self, position: Position, more: Sequence[Area] = ()) -> Iterator[tuple[Position, str]]:
        """Yield the cells that hold a formula, or a part of it, each with what it holds in the engine's form."""
        text = self.text(position)
        if more:
            given = "," + ",".join([area.formula for area in more])
            text = _COMPUTED_HERE.sub(lambda call: call[0] + given, text)
        sheet, top, left = position
        area = self.arrays.get(position)
        if area is None or self.is_dynamic(self.sheets[sheet].cells[top, left]):
            yield position, text
            return
        for row, column in area.cells():
            yield (sheet, row, column), f"{PART}({text},{row - top},{column - left})"

    def new_scratch_cells(self) -> list[LoadedCell]:
        """Return the cells of the scratch sheet that the engine has not been given, row by row."""
        wanted: dict[tuple[int, int], str] = {
            **{(row, 1): f"{RANGE}({area},{row})" for area, row in self.scratch.rows.items()},
            **{
                (row, 2): f"ISERROR(SUM({area.formula}{'#' * spilled}))"
                for (area, spilled), row in self.scratch.summed.items()
            },
            **{(row, 3): f"{CONTENT}({area.formula},{row})" for area, row in self.scratch.contents.items()},
        }
        new = sorted(wanted.keys() - self._scratch_cells)
        self._scratch_cells.update(new)
        return [(*at, wanted[at], None) for at in new]

    @cached_property
    def uses(self) -> dict[Position, Set[Area]]:
        """The areas that each formula reads: those that it names, and those that it turned out to read."""
        return {position: pattern.areas(*position[1:]) for position, pattern in self._patterns.items()}

    @cached_property
    def iterated(self) -> Set[Position]:
        """The formulas in circles that the workbook has calculated step by step, and those that depend on them."""
        if self.structure.calculation.get("iterate") not in ("1", "true"):
            return frozenset()
        return circular_formulas(self.formulas, self.uses)

    @property
    def last_step(self) -> float:
        """The change of a value at which iteration ends (ECMA-376, 18.2.2: 0.001 where the file says nothing)."""
        try:
            return float(self.structure.calculation.get("iterateDelta", "0.001"))
        except ValueError:
            return 0.0


# The call by which a formula, or an argument in it, is computed here, up to the text that tells where it stands.
_COMPUTED_HERE = re.compile(rf'{EVALUATE}\([0-9]+,"{CALLER}[0-9]+"')


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
