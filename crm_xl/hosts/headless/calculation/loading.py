"""A workbook brought into the calculation engine, cell by cell.

The engine (formualizer) sees a package of ours that holds nothing but cells; it never meets the parts of
the user's file.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property

import formualizer as fz

from crm_xl.functions.registry import Function
from crm_xl.hosts.headless.calculation.dependents import Failure
from crm_xl.hosts.headless.calculation.engine_package import LoadedCell, LoadedSheet, cells_only_package
from crm_xl.hosts.headless.formulas.filled import Fills, Pattern
from crm_xl.hosts.headless.formulas.rewriter import Rewriter
from crm_xl.hosts.headless.formulas.scratch_sheet import PART, RANGE, Scratch
from crm_xl.hosts.headless.formulas.spellings import Spellings
from crm_xl.hosts.headless.formulas.tokens import Uncomputable
from crm_xl.xlsx.limits import limits
from crm_xl.xlsx.package import WorkbookError
from crm_xl.xlsx.references import Area, Position, cell_name, moved, parse_area
from crm_xl.xlsx.sheet import CellXml, Formula, SheetXml, Value
from crm_xl.xlsx.workbook import Structure

# Of all array formulas together.
MAX_ARRAY_CELLS = 1_000_000
# A function that nobody has: what depends on it fails too.
POISON = "CRM__CANNOT"


class Loaded:
    """The formulas of a workbook as they are typed, and the engine that holds them in its form.

    `static` has those that were kept from the engine, `arrays` the areas of array formulas as the file has them, and
    `spills` those that dynamic ones fill once they are evaluated.
    """

    def __init__(self, structure: Structure, sheets: Mapping[str, SheetXml], registry: Iterable[Function]) -> None:
        self.structure, self.sheets = structure, sheets
        self.formulas: dict[Position, str] = {}
        self.static: dict[Position, Failure] = {}
        self.arrays: dict[Position, Area] = {}
        self._array_cells = 0
        self.spills: dict[Position, Area] = {}
        self._patterns: dict[Position, Pattern] = {}
        taken = {sheet.name.casefold() for sheet in structure.sheets}
        # Cells with sums under conditions, by the formula of which each has a part; empty once they have their errors.
        self._leaving_errors_out: dict[Position, Position] = {}
        self.scratch = Scratch(_free_name("crm_xl ranges", taken))
        # The sheet on which formulas are tried that stand in no cell.
        self.trial = _free_name("crm_xl trial", taken)
        names = [sheet.name for sheet in structure.sheets]
        self.rewriter = Rewriter(Spellings(registry), names, structure.names, structure.tables, self.scratch)
        self._scratch_cells: set[tuple[int, int]] = set()
        self.engine = self._load()

    def _load(self) -> fz.Workbook:
        loaded: list[LoadedSheet] = [
            (part.name, list(self._cells(part.name, self.sheets[part.name]))) for part in self.structure.sheets
        ]
        loaded.append((self.scratch.sheet, self.new_scratch_cells()))
        loaded.append((self.trial, []))
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
            return f"{POISON}()"
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
            return f"{POISON}()"
        if leaves_errors_out:
            self._leaving_errors_out[sheet, row, column] = at
        return f"{PART}({text},{row - anchor.row},{column - anchor.column})"

    def new_scratch_cells(self) -> list[LoadedCell]:
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
