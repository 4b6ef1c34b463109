"""Sheets of a workbook on paper, printed by LibreOffice with living formulas."""

import os

from crm_xl.data import LANGUAGES, term
from crm_xl.hosts.calc.office import Office
from crm_xl.hosts.calc.unprotected import unprotected
from crm_xl.xlsx.package import Package, WorkbookError
from crm_xl.xlsx.references import cell_name
from crm_xl.xlsx.workbook import read_structure

# The page for the board in our templates.
BOARD = "template_sheet_board"


def print_sheets(path: str | os.PathLike[str], sheets: tuple[str, ...], office: Office) -> tuple[bytes, list[str]]:
    """Return sheets of a workbook as PDF, by default the board page, and the cells on them that show errors.

    Raises
    ------
    WorkbookError
        Where the workbook cannot be read, or has no such sheet.
    """
    package = Package.open(path)
    structure = read_structure(package)
    there = [sheet.name for sheet in structure.sheets]
    wanted = sheets or tuple(name for name in there if name in {term(BOARD, language) for language in LANGUAGES})
    names = [structure.sheet_name(name) for name in wanted]
    for asked, name in zip(wanted, names, strict=True):
        if name is None:
            raise WorkbookError("pdf_no_sheet", file=package.name, sheet=asked, sheets=there)
    if not names:
        raise WorkbookError("pdf_no_board", file=package.name, sheets=there)
    found = [name for name in names if name is not None]
    data, errors = office.print(unprotected(structure), package.name, found)
    return data, [f"{sheet}!{cell_name(row, column)}" for sheet, row, column in errors]
