"""The library by which people test and recalculate their workbooks from Python.

A test of a workbook reads like this:

    book = crm_xl.open_workbook("costs.xlsx")
    book["Assumptions!C7"] = 0.08
    assert book.recalculate().ok
    assert book["Total_cost"] == pytest.approx(1_284_300)
"""

import contextlib
import datetime as dt
import gc
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel, to_excel

from crm_xl.errors import ErrorValue
from crm_xl.functions.registry import REGISTRY, Function
from crm_xl.hosts.headless.calculation.ad_hoc import AdHoc
from crm_xl.hosts.headless.calculation.findings import Findings, shipped_problems
from crm_xl.hosts.headless.calculation.model import Model
from crm_xl.hosts.headless.calculation.report import FindProblems, Recalculation
from crm_xl.hosts.headless.calculation.second_engine import SecondEngine
from crm_xl.hosts.headless.changed_parts import ChangedParts, changed_parts
from crm_xl.hosts.headless.formulas.tokens import Uncomputable
from crm_xl.hosts.headless.values_only import without_crm_formulas
from crm_xl.xlsx.package import Package, WorkbookError, digest_of, save_over
from crm_xl.xlsx.references import Area, Position, cell_position, quoted, split_sheet
from crm_xl.xlsx.sheet import SheetXml, Value
from crm_xl.xlsx.workbook import Structure, read_sheets, read_structure

PythonValue: TypeAlias = float | str | bool | ErrorValue | dt.datetime | dt.time | None
Rows: TypeAlias = list[list[PythonValue]]
MakeModel: TypeAlias = Callable[[Structure, Mapping[str, SheetXml], Iterable[Function]], Model]


def open_workbook(
    source: str | os.PathLike[str] | bytes,
    *,
    registry: Iterable[Function] | None = None,
    find_problems: FindProblems | None = None,
    make_model: MakeModel = Model,
) -> "Book":
    """Open an .xlsx or .xlsm workbook for recalculation, from a path or from its bytes.

    Parameters
    ----------
    source
        The file, or what stands in it.
    registry
        The functions that formulas may call; those of crm_xl when left out.
    find_problems
        Lists the problems in the arguments of a function that gave an error.
    make_model
        Makes what calculates: the headless engine when left out.

    Raises
    ------
    WorkbookError
        Where the file cannot be read.
    """
    return Book(Package.open(source), source, registry, find_problems, make_model)


@contextlib.contextmanager
def nothing_collected() -> Iterator[None]:
    """Hold garbage collection back: it would look at cells that all stay, for a quarter of the time of opening."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class Book:
    """A workbook whose inputs can be set and whose results can be read.

    `book[key]` reads and `book[key] = value` sets. A key is a cell (`Results!C5`), an area (`Results!A1:C5`), the
    spill of a formula (`Results!B8#`), a defined name (`Total_cost`) or a part of a table (`Costs[#All]`). One
    cell comes as a value, everything else as rows. What is read is always calculated from the inputs as they
    now are; a formula that cannot be computed keeps the value that the file has.
    """

    @nothing_collected()
    def __init__(
        self,
        package: Package,
        source: str | os.PathLike[str] | bytes,
        registry: Iterable[Function] | None = None,
        find_problems: FindProblems | None = None,
        make_model: MakeModel = Model,
    ) -> None:
        self._path = None if isinstance(source, bytes) else Path(source)
        self._package = package
        self._digest = package.digest
        self._structure = read_structure(package)
        self._epoch = MAC_EPOCH if self._structure.since_1904 else WINDOWS_EPOCH
        self._xml = read_sheets(self._structure)
        if registry is None:
            import crm_xl.functions  # noqa: F401  (its modules register themselves)

            registry = REGISTRY
        self._model = make_model(self._structure, self._xml, registry)
        self._trial = AdHoc(self._model)
        self._find_problems = find_problems or shipped_problems
        self._inputs: dict[Position, Value] = {}
        self._report: Recalculation | None = None
        self._new = ChangedParts({}, {}, 0)

    @property
    def name(self) -> str:
        """The name of the file."""
        return self._package.name

    @property
    def sheets(self) -> tuple[str, ...]:
        """The names of the worksheets, hidden ones included."""
        return tuple(sheet.name for sheet in self._structure.sheets)

    @property
    def model(self) -> Model:
        """The workbook inside the calculation engine, for what compares engines."""
        return self._model

    @property
    def changed(self) -> bool:
        """Whether the file would differ from the one that was opened."""
        self._calculated()
        return bool(self._new.parts)

    # -- reading and setting ---------------------------------------------------------------------------------------

    def __getitem__(self, key: str) -> PythonValue | Rows:
        """Return the value of one cell, or the rows of an area.

        Raises
        ------
        KeyError
            Where the workbook has no such sheet, cell, name or table.
        """
        area, spilled = self._find(key)
        self._calculated()
        return self._read(area, spilled)

    def __setitem__(self, key: str, value: object) -> None:
        """Set the value of an input cell; None empties it. Its style stays.

        Raises
        ------
        KeyError
            Where the workbook has no such cell or name.
        WorkbookError
            Where the cell holds a formula or belongs to the result of one, or the value has a time zone.
        TypeError
            Where the value is none that a cell can hold.
        """
        area, spilled = self._find(key)
        if spilled or not area.is_cell:
            raise KeyError(f"{key!r} is not one cell: only one cell at a time can be set")
        position = (area.sheet, area.first_row, area.first_column)
        if self._is_result(position):
            raise WorkbookError("cell_holds_formula", file=self.name, sheet=area.sheet, cell=area.address)
        given = _cell_value(key, value, self._epoch)
        self._inputs[position] = given
        self._model.set_value(*position, given)
        self._report = None

    def table(self, key: str) -> Rows:
        """Return the whole result of the formula in a cell as rows, or the rows of an area."""
        area, _ = self._find(key)
        self._calculated()
        return self._rows(self._spill(area) if area.is_cell else area)

    def evaluate(self, formula: str, sheet: str | None = None) -> PythonValue | Rows:
        """Return what a formula gives in this workbook, without writing it anywhere.

        A formula that is nothing but a reference gives what `book[reference]` gives, blanks and dates included.

        Parameters
        ----------
        formula
            As it is typed: `=CRM_BREAKDOWN(Costs[#All])`.
        sheet
            The sheet on which references without a sheet stand; the first when left out.

        Raises
        ------
        WorkbookError
            Where the formula cannot be computed, with the reason.
        """
        if sheet is not None and self._structure.sheet_name(sheet) is None:
            raise KeyError(f"{self.name} has no sheet {sheet!r}: it has {', '.join(self.sheets)}")
        self._calculated()
        base = self._structure.sheet_name(sheet or self.sheets[0]) or ""
        if (found := self._trial.reference(formula, base)) is not None:
            return self._read(*found)
        return self._trial.formula(formula, base)  # type: ignore[return-value]

    def reasons(self, language: str = "en") -> list[str]:
        """Return why functions gave errors in the formula last evaluated, or else in a cell that it reads.

        These are the problems in the cells of their tables, each with its place, else what the functions say.
        """
        return Findings(self.name, self._find_problems).reasons(self._model, self._trial, language)

    def notes(self, language: str = "en") -> list[str]:
        """Return what the result of the formula last evaluated is to be read with: columns that it does not count."""
        return Findings(self.name, self._find_problems).notes(self._trial, language)

    # -- recalculating and saving ----------------------------------------------------------------------------------

    def recalculate(self, *, stale: bool = False, second_engine: bool = False) -> Recalculation:
        """Evaluate every formula and report what changed and what needs a person.

        Each formula is first computed from its inputs as they are stored and held against its own stored result. Where
        they differ, the stored result stays, and the report names it.

        Parameters
        ----------
        stale
            Whether the stored results are old: nothing is held against them, and all of them may be overwritten.
        second_engine
            Whether formulon computes, too, what no stored result proves: where the two differ, the cell keeps its
            value. It takes seconds to start.

        Raises
        ------
        WorkbookError
            Where the second engine is not installed, or the workbook cannot be calculated.
        """
        started = time.perf_counter()
        model = self._model
        model.second_engine = SecondEngine() if second_engine else None
        model.evaluate(stale=stale)
        self._new = changed_parts(self._structure, self._xml, model, self._inputs)
        self._report = Recalculation(
            workbook=self.name,
            formulas=len(model.formulas),
            changed=self._new.cells,
            problems=Findings(self.name, self._find_problems).problems(model),
            seconds=time.perf_counter() - started,
            proved=len(model.proved - model.failures.keys()),
            unproved=len(model.unproved),
            kept=len(model.failures),
            stored="stored_stale" if stale else model.stored_results.reason,
        )
        return self._report

    def save(self, path: str | os.PathLike[str] | None = None, *, strict: bool = False, values: bool = False) -> None:
        """Write the workbook with its inputs and calculated values; every other part stays byte for byte.

        Parameters
        ----------
        path
            Where to; the file that was opened when left out.
        strict
            Write nothing where input cells are wrong. Else the formulas over them show errors, as in Excel.
        values
            Write values in place of CRM_* formulas, for readers that have no crm_xl.

        Raises
        ------
        WorkbookError
            Where the file was changed by another program since it was read, or cannot be written; with `strict` also
            where input cells are wrong. Nothing on disk has changed then.
        """
        report = self._calculated()
        wrong = report.wrong_inputs if strict else ()
        if wrong:
            raise WorkbookError("input_problems", file=self.name, count=len(wrong), first=wrong[0].text())
        target = Path(path) if path is not None else self._path
        if target is None:
            raise ValueError("a workbook that was opened from bytes needs a path to be saved to")
        self._check_suffix(target)
        data = self.to_bytes()
        if save_over(self._path, self._digest, target, without_crm_formulas(data) if values else data):
            self._digest = digest_of(target)

    def to_bytes(self) -> bytes:
        """Return the file that `save` would write."""
        return self._package.to_bytes(self.changed_parts(), self._new.marks)

    def changed_parts(self) -> Mapping[str, bytes | None]:
        """Return the parts of the file that `save` would change, None for one that it would take out."""
        self._calculated()
        return self._new.parts

    # -- finding cells ---------------------------------------------------------------------------------------------

    def _find(self, key: str) -> tuple[Area, bool]:
        sheet, rest = split_sheet(key)
        base = self.sheets[0] if self.sheets else ""
        if sheet is not None:
            known = self._structure.sheet_name(sheet)
            if known is None:
                raise KeyError(f"{self.name} has no sheet {sheet!r}: it has {', '.join(self.sheets)}")
            base, key = known, f"{quoted(known)}!{rest}"
        try:
            found = self._model.rewriter.area(key, base)
        except Uncomputable:
            found = None
        if found is None or found[0].sheet not in self._xml or (sheet is None and _is_cell(key.rstrip("#"))):
            raise KeyError(
                f"{self.name} has no cell, name or table {key!r}: give a cell with its sheet, like 'Results!C5'"
            )
        return found

    def _spill(self, area: Area) -> Area:
        position = (area.sheet, area.first_row, area.first_column)
        if position in self._model.failures:
            return self._model.arrays.get(position, area)
        return self._model.spills.get(position, self._model.arrays.get(position, area))

    def _is_result(self, position: Position) -> bool:
        sheet, row, column = position
        if position in self._model.formulas:
            return True
        areas = [*self._model.arrays.values(), *self._model.spills.values()]
        return any(area.sheet == sheet and area.contains(row, column) for area in areas)

    # -- values ----------------------------------------------------------------------------------------------------

    def _calculated(self) -> Recalculation:
        return self._report or self.recalculate()

    def _read(self, area: Area, spilled: bool) -> PythonValue | Rows:
        if spilled:
            return self._rows(self._spill(area))
        return self._value(area.sheet, area.first_row, area.first_column) if area.is_cell else self._rows(area)

    def _rows(self, area: Area) -> Rows:
        sheet = self._xml[area.sheet]
        used = max((row for row, _ in sheet.cells), default=1), max((column for _, column in sheet.cells), default=1)
        spilled = [a for a in self._model.spills.values() if a.sheet == area.sheet]
        last_row = min(area.last_row, max([used[0], area.first_row, *(a.last_row for a in spilled)]))
        last_column = min(area.last_column, max([used[1], area.first_column, *(a.last_column for a in spilled)]))
        columns = range(area.first_column, last_column + 1)
        return [[self._value(area.sheet, r, c) for c in columns] for r in range(area.first_row, last_row + 1)]

    def _value(self, sheet: str, row: int, column: int) -> PythonValue:
        xml = self._xml[sheet]
        cell = xml.cells.get((row, column))
        if self._kept((sheet, row, column)):
            value = None if cell is None else self._model.stored(sheet, cell)
        else:
            value = self._model.value(sheet, row, column)
        style = cell.style if cell is not None else xml.style(row, column, None)
        if isinstance(value, float) and style in self._structure.date_styles:
            return _date(value, self._epoch)
        return value

    def _kept(self, position: Position) -> bool:
        """Whether a cell keeps the value of the file: its formula, or that of its array, was not computed."""
        sheet, row, column = position
        if position in self._model.failures:
            return True
        failed = (self._model.arrays[p] for p in self._model.failures if p in self._model.arrays)
        return any(area.sheet == sheet and area.contains(row, column) for area in failed)

    def _check_suffix(self, target: Path) -> None:
        has = Path(self.name).suffix.lower()
        if self._path is not None and target.suffix.lower() != has:
            raise WorkbookError("book_other_suffix", file=target.name, suffix=has)


def _is_cell(key: str) -> bool:
    try:
        return bool(cell_position(key))
    except ValueError:
        return False


def _cell_value(key: str, value: Any, epoch: dt.datetime) -> Value:
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]")  # finer ones come out as whole numbers
    if hasattr(value, "item"):
        value = value.item()
    if value is None or isinstance(value, bool | str | ErrorValue):
        return value
    if isinstance(value, dt.date | dt.time):
        if getattr(value, "tzinfo", None) is not None:
            raise WorkbookError("cell_time_zone", cell=key, value=value)
        number = to_excel(value, epoch)
        if number is not None and number >= 0:
            return float(number)
    elif isinstance(value, int | float) or hasattr(value, "__float__"):
        number = float(value)
        if number - number == 0:
            return number
    taken = "a finite number, a text, a date from 1900 on, a time, True, False or None"
    raise TypeError(f"{key} cannot be set to {value!r}: give {taken}")


def _date(value: float, epoch: dt.datetime) -> dt.datetime | dt.time | float:
    try:
        date = from_excel(value, epoch)
    except (ValueError, OverflowError):
        return value
    return date if isinstance(date, dt.datetime | dt.time) else value
