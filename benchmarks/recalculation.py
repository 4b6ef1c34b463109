"""Recalculating a workbook file: read, every formula calculated, written; against `formulas` and LibreOffice.

LibreOffice is running already; it loads the file, calculates all formulas anew and stores it. It is compared on native
formulas, the department's template and a workbook of SUMIFS over the same lines, and on CRM_ functions with the add-in
of crm_xl for Calc, where it stores nothing but hands the results back. `formulas` knows no structured references, so
that the made-up workbooks name their ranges as cells.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import formulas
import numpy as np
import openpyxl
import xlsxwriter
from formulas.functions import wrap_func
from xlsxwriter.utility import xl_rowcol_to_cell

from benchmarks.agreement import agree
from benchmarks.libreoffice import Office, office
from benchmarks.tables import COMPONENTS
from benchmarks.timing import Series, Ways, generator, measure
from crm_xl.functions import REGISTRY, arguments
from crm_xl.hosts.calc.office import Office as CalcOffice
from crm_xl.hosts.headless import open_workbook
from crm_xl.hosts.headless.recalc import recalculate
from crm_xl.templates.spec import TemplateSpec

LINES = 500
YEARS = 5
SIZES = (100, 1_000, 10_000)
HEADERS = ("Component", "Item", "Department", "Quantity", "Unit cost", "Frequency", "Year 1")


def formula(i: int, native: bool) -> str:
    """Return the formula of a result: the total of a component in a year, or the SUMIFS of a department's share."""
    component = COMPONENTS[i % len(COMPONENTS)]
    if native:
        below = f"$2:$%s${LINES + 1}"
        return f'=SUMIFS(Costs!$G{below % "G"},Costs!$A{below % "A"},"{component}",Costs!$D{below % "D"},">={i % 300}")'
    return f'=CRM_TOTAL(Costs!$A$1:$F${LINES + 1},,"{component}",{i % YEARS + 1})'


def write(path: Path, count: int, *, native: bool) -> None:
    """Write a workbook of cost lines and as many formulas over them."""
    random = generator()
    book = xlsxwriter.Workbook(str(path))
    costs, results = book.add_worksheet("Costs"), book.add_worksheet("Results")
    costs.write_row(0, 0, HEADERS)
    for i in range(LINES):
        often = ("monthly", "annual", "one-off", "quarterly")[i % 4]
        quantity, price = int(random.integers(1, 300)), float(random.uniform(1, 200))
        costs.write_row(
            i + 1, 0, [COMPONENTS[i % 4], f"item {i}", f"D{i % 7}", quantity, price, often, quantity * price]
        )
    for i in range(count):
        results.write_formula(i, 0, formula(i, native))
    book.close()


def ours(path: Path) -> Path:
    """Recalculate and write with crm_xl, nothing known from before; return the file written."""
    arguments.forget()
    out = path.with_suffix(".ours.xlsx")
    recalculate(path, out)
    return out


def theirs(path: Path) -> Path:
    """The same with `formulas`; its function gets the same rows, blanks as blanks."""

    def total(costs: object, assumptions: object = None, component: object = None, year: object = None) -> object:
        rows = [
            [None if v in ("", 0) and not isinstance(v, str) else v for v in row] for row in np.asarray(costs).tolist()
        ]
        return REGISTRY["CRM_TOTAL"].call(rows, None, str(component), float(np.asarray(year).ravel()[0]))

    formulas.get_functions()["CRM_TOTAL"] = wrap_func(total)
    arguments.forget()
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):  # its progress bars
        model = formulas.ExcelModel().loads(str(path)).finish()
        model.calculate()
        model.write(dirpath=str(path.parent / "theirs"))
    return path.parent / "theirs" / path.name.upper()


def results(path: Path, of: Path) -> dict[str, object]:
    """Return what a recalculated file holds where the workbook that it was made of has formulas; "" where nothing."""
    asked, found = openpyxl.load_workbook(of), openpyxl.load_workbook(path, data_only=True)
    sheets = {sheet.title.casefold(): sheet for sheet in found.worksheets}  # `formulas` writes names in capitals
    return {
        f"{sheet.title}!{cell.coordinate}": ""
        if (value := sheets[sheet.title.casefold()][cell.coordinate].value) is None
        else value
        for sheet in asked.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def by_office(program: Office, path: Path) -> Path:
    """Recalculate and write with LibreOffice; return the file written."""
    out = path.with_suffix(".office.xlsx")
    program.recalculate(path, out)
    return out


def by_calc(program: CalcOffice, path: Path) -> dict[str, object]:
    """Return the results of Calc with the add-in, by place."""
    cells = program.calculate(path.read_bytes(), path.name)["cells"]
    return {
        f"{sheet}!{xl_rowcol_to_cell(row - 1, column - 1)}": value
        for sheet, found in cells.items()
        for row, column, value in found
    }


def series(quick: bool) -> Iterator[Series]:
    """Yield the tables of this benchmark."""
    with tempfile.TemporaryDirectory() as name, office() as program:
        folder = Path(name)
        with contextlib.ExitStack() as ends:
            calc = None if program is None else ends.enter_context(CalcOffice())
            yield _made_up(folder, calc, quick, native=False)
        yield _made_up(folder, program, quick, native=True)
        yield _template(folder, program, quick)


def _made_up(folder: Path, program: Office | CalcOffice | None, quick: bool, *, native: bool) -> Series:
    def ways(count: int) -> Ways:
        path = folder / f"{'native' if native else 'crm'}{count}.xlsx"
        write(path, count, native=native)
        own = results(ours(path), path)
        agree(f"crm_xl and formulas, {path.name},", own, results(theirs(path), path))
        found: dict = {"crm_xl": lambda: ours(path), "formulas": lambda: theirs(path)}
        if isinstance(program, Office):
            agree(f"crm_xl and LibreOffice, {path.name},", own, results(by_office(program, path), path))
            found["LibreOffice"] = lambda: by_office(program, path)
        elif program is not None and count < SIZES[-1]:  # 10,000 take it a minute and a half
            agree(f"crm_xl and Calc, {path.name},", own, by_calc(program, path))
            found["Calc with the add-in"] = lambda: by_calc(program, path)
        return found

    kind, note = (
        ("SUMIFS", f"Native formulas with two conditions over {LINES} lines each.")
        if native
        else ("CRM_TOTAL", f"Each formula takes the same table of {LINES} lines and asks for a component and a year.")
    )
    note += " Aim: 50 times as fast as `formulas`, 5 times as fast as LibreOffice."
    sizes = SIZES[:2] if quick else SIZES
    return measure(f"{kind} formulas, from file to file", "formulas", note, sizes, ways)


def _template(folder: Path, program: Office | None, quick: bool) -> Series:
    from crm_xl.templates.build import write_template

    counts = {}
    for lines in (50,) if quick else (50, 200, 800):
        path = write_template(TemplateSpec(kind="department", lines=lines), folder / f"department{lines}.xlsx")
        counts[open_workbook(path).recalculate().formulas] = path

    def ways(count: int) -> Ways:
        path = counts[count]
        found: dict = {"crm_xl": lambda: ours(path)}
        if program is not None:
            agree(
                f"crm_xl and LibreOffice, {path.name},",
                results(ours(path), path),
                results(by_office(program, path), path),
            )
            found["LibreOffice"] = lambda: by_office(program, path)
        return found

    return measure(
        "The department's template, from file to file",
        "formulas",
        "Native formulas only, with names, tables and structured references, which `formulas` cannot read. LibreOffice "
        "stores all parts anew, crm_xl only the values that changed.",
        counts,
        ways,
    )
