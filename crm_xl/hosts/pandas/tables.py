"""Tables as analysts have them: data frames, rows, or the name of a table or sheet in a workbook.

A workbook is read as it was stored: nothing in it is calculated. A formula that has no stored value is told, since a
blank in its place would make a total low.
"""

import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from crm_xl.engine.cells import Range, as_range
from crm_xl.errors import Cell
from crm_xl.xlsx.package import Package, WorkbookError
from crm_xl.xlsx.references import Area, cell_name
from crm_xl.xlsx.sheet import SheetXml
from crm_xl.xlsx.workbook import Structure, read_sheets, read_structure

if TYPE_CHECKING:
    import pandas as pd

# A data frame, rows whose first is the header, or a workbook with the name of a table or sheet in it.
TableLike: TypeAlias = Union["pd.DataFrame", Sequence[Sequence[Any]], Range, tuple[str | os.PathLike[str], str]]


def read_table(path: str | os.PathLike[str], name: str) -> "pd.DataFrame":
    """Return a table of a workbook as a data frame, with the values that are stored in the file.

    Parameters
    ----------
    path
        An .xlsx or .xlsm workbook.
    name
        The name of an Excel table in it, or else of a sheet, in any letter case. Of a sheet the filled cells are
        taken; its first filled row is the header.

    Returns
    -------
    A column for each header, as it stands there. Dates are `datetime.date` or `datetime.datetime`, errors of cells
    are `ErrorValue` (a function hands them on), blanks None. A header that is blank is named after its column (`C`).

    Raises
    ------
    WorkbookError
        Where the file cannot be read, has no such table, or holds a formula in it whose value is not stored.

    Examples
    --------
    >>> read_table("workbooks/crm_example_en.xlsx", "Scenarios").columns.tolist()[:2]
    ['Scenario', 'Field']
    """
    import pandas as pd

    cells, area = _cells(Path(path), name)
    head, *body = cells
    names = [
        str(title) if title is not None else cell_name(1, area.first_column + i)[:-1] for i, title in enumerate(head)
    ]
    return pd.DataFrame(body, columns=names, dtype=object)


def as_table(value: TableLike) -> Range:
    """Return a table argument as the functions take it.

    Raises
    ------
    WorkbookError
        Where a workbook is named and cannot be read.
    """
    match value:
        case (str() | os.PathLike() as path, str(name)):
            return Range(_cells(Path(path), name)[0])
        case _:
            return as_range(value)


def _cells(path: Path, name: str) -> tuple[list[list[Cell]], Area]:
    structure = read_structure(Package.open(path))
    sheets = read_sheets(structure)
    area = _area(structure, sheets, name)
    sheet = sheets[area.sheet]
    rows: list[list[Cell]] = []
    for row in range(area.first_row, area.last_row + 1):
        columns = range(area.first_column, area.last_column + 1)
        rows.append([_value(structure, sheet, area.sheet, row, column) for column in columns])
    return rows, area


def _area(structure: Structure, sheets: dict[str, SheetXml], name: str) -> Area:
    """The cells of a table, or the filled ones of a sheet."""
    for table in structure.tables.values():
        if table.name.casefold() == name.casefold():
            # A table may be drawn down to the last row of the sheet: what is filled is read.
            inside = (row for row, column in sheets[table.area.sheet].cells if table.area.contains(row, column))
            return table.area._replace(last_row=max(inside, default=table.area.first_row))
    sheet = structure.sheet_name(name)
    filled = [place for place, cell in sheets[sheet].cells.items() if cell.raw or cell.formula] if sheet else []
    if sheet is None or not filled:
        known = [*(table.name for table in structure.tables.values()), *sheets]
        raise WorkbookError("no_table_or_sheet", file=structure.file, name=name, known=known)
    rows, columns = zip(*filled, strict=True)
    return Area(sheet, min(rows), min(columns), max(rows), max(columns))


def _value(structure: Structure, sheet: SheetXml, name: str, row: int, column: int) -> Cell:
    if (cell := sheet.cells.get((row, column))) is None:
        return None
    # A file that asks for calculation on opening says that its stored values cannot serve; many hold zeros.
    asks = structure.calculation.get("fullCalcOnLoad") in ("1", "true")
    if cell.formula is not None and (cell.raw is None or asks):
        raise WorkbookError("formula_not_stored", file=structure.file, sheet=name, cell=cell_name(row, column))
    found = sheet.value(cell, structure.texts)
    if isinstance(found, float) and (cell.style in structure.date_styles or cell.type == "d"):
        return _day(found)
    return found if found != "" else None


def _day(serial: float) -> Cell:
    """What a cell in a format of dates shows; a number that is no date stays one."""
    from openpyxl.utils.datetime import from_excel

    try:
        found = from_excel(serial)
    except (ValueError, OverflowError):
        return serial
    if isinstance(found, dt.datetime):
        return found if found.time() != dt.time() else found.date()
    return serial
