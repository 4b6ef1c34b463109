"""The tables in a workbook or CSV file that a controller hands over, each with the places of its cells.

A table begins at its header row. In a workbook every Excel table is one, and every sheet that has none; a CSV file is
one table.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from crm_xl.collection.csvfile import SUFFIXES, read_csv
from crm_xl.engine.cells import Cell, Range, is_blank
from crm_xl.engine.problems import Problem
from crm_xl.engine.reading import HEADER_SEARCH, Table, read_table
from crm_xl.engine.schema import columns
from crm_xl.engine.timeline import as_date
from crm_xl.engine.typed_values import TypedNumber, read_number
from crm_xl.hosts.headless import InputProblem
from crm_xl.xlsx.cells import read_cells
from crm_xl.xlsx.package import Package
from crm_xl.xlsx.references import Area, cell_name
from crm_xl.xlsx.workbook import Structure, read_structure

# Columns right of this one are no columns of ours.
_WIDEST = 256
_NUMBERS = ("number", "money", "rate", "discount")


@dataclass(frozen=True, kw_only=True, eq=False)
class Grid:
    """A table as it stands in a file: its rows that are not blank, and where each stands on the sheet (from 1)."""

    file: str
    sheet: str
    name: str = ""
    numbers: tuple[int, ...]
    first_column: int
    rows: tuple[tuple[Cell, ...], ...]

    @cached_property
    def heads(self) -> Range:
        """The rows among which a header is looked for."""
        return Range(self.rows[:HEADER_SEARCH])

    def has(self, table: str, *keys: str) -> bool:
        """Whether its header has some columns of a table of the schema."""
        return bool(self.rows) and set(keys) <= read_table(self.heads, table).columns.keys()

    def read(self, table: str) -> Table:
        """Read it as a table of the schema; rows count as in `rows`."""
        return read_table(Range(self.rows), table)

    def with_rows(self, rows: Sequence[tuple[Cell, ...]]) -> "Grid":
        """Return the grid with other contents in the same places."""
        return replace(self, rows=tuple(rows))

    def told(self, problem: Problem) -> InputProblem:
        """Return a problem of its reading with file, sheet and cell."""
        row = self.numbers[problem.row or 0] if self.numbers else 1
        cell = cell_name(row, self.first_column + (problem.column or 0))
        return InputProblem(workbook=self.file, sheet=self.sheet, cell=cell, function="", problem=problem)


def grids_of(path: Path) -> list[Grid]:
    """Return the tables of a workbook or CSV file.

    Raises
    ------
    WorkbookError
        Where the file cannot be read; the text says why.
    """
    if path.suffix.lower() in SUFFIXES:
        return [_csv_grid(path)]
    package = Package.open(path)
    structure = read_structure(package)
    return [grid for sheet in structure.sheets for grid in _sheet_grids(package, structure, sheet.name, sheet.part)]


def _sheet_grids(package: Package, structure: Structure, sheet: str, part: str) -> list[Grid]:
    xml, dates_from = package.parts[part], structure.dates_from
    cells = read_cells(xml, structure.texts, sheet=sheet, file=package.name, part=part, dates_from=dates_from)
    for row, column in cells.dated:
        # A date in a column of amounts is then told; a number that can be no date of a model stays what it is.
        cells.rows[row][column] = as_date(cells.rows[row][column]) or cells.rows[row][column]
    filled = [number for number in sorted(cells.rows) if any(not is_blank(v) for v in cells.rows[number].values())]
    tables = [(table.name, table.area) for table in structure.tables.values() if table.area.sheet == sheet]
    if not tables and filled:
        wide = max((column for number in filled[:HEADER_SEARCH] for column in cells.rows[number]), default=1)
        tables = [("", Area(sheet, filled[0], 1, filled[-1], min(wide, _WIDEST)))]
    found = []
    for name, area in tables:
        span = range(area.first_column, min(area.last_column, area.first_column + _WIDEST) + 1)
        numbers = tuple(number for number in filled if area.first_row <= number <= area.last_row)
        rows = tuple(tuple(map(cells.rows[number].get, span)) for number in numbers)
        found.append(
            Grid(
                file=package.name, sheet=sheet, name=name, numbers=numbers,
                first_column=area.first_column, rows=rows,
            )
        )  # fmt: skip
    return found


# -- CSV -------------------------------------------------------------------------------------------------------------


def _csv_grid(path: Path) -> Grid:
    rows = (row[:_WIDEST] for row in read_csv(path))
    kept = [(number, row) for number, row in enumerate(rows, 1) if any(row)]
    width = max((len(row) for _, row in kept), default=0)
    grid = Grid(
        file=path.name,
        sheet=path.stem,
        numbers=tuple(number for number, _ in kept),
        first_column=1,
        rows=tuple(tuple(cell or None for cell in row) + (None,) * (width - len(row)) for _, row in kept),
    )
    return _typed(grid, "costs") if grid.has("costs", "component") else grid


def _typed(grid: Grid, table: str) -> Grid:
    """The grid with numbers and years where its columns hold them: in a CSV file everything is text."""
    found = read_table(grid.heads, table).columns
    kinds = {at: columns(table)[key].type for key, (at, _) in found.items()}
    rows = [tuple(_value(cell, kinds.get(at, "text")) for at, cell in enumerate(row)) for row in grid.rows]
    return grid.with_rows(rows)


def _value(cell: Cell, kind: str) -> Cell:
    if not isinstance(cell, str):
        return cell
    if kind == "when":
        return float(cell) if re.fullmatch("[0-9]{1,4}", cell) else cell
    number = read_number(cell) if kind in _NUMBERS else None
    if isinstance(number, TypedNumber) and not number.currencies:
        return number.value
    return cell
