"""One call of a function: straight, and as a formula of a workbook, read for the first time and known.

Cold means that the table was never seen before: it is read and checked, and the total computed. Cached means
that the same table was handed over before, as it is for all but the first of the formulas over it.
"""

from collections.abc import Iterator

import numpy as np
import xlsxwriter

from benchmarks.tables import ASSUMPTIONS, Analyst, rows
from benchmarks.timing import Series, measure
from crm_xl.engine.cells import Range
from crm_xl.functions import REGISTRY, arguments
from crm_xl.hosts.headless import Book, open_workbook

SIZES = (100, 1_000, 10_000)
TOTAL = REGISTRY["CRM_TOTAL"]


def workbook(table: list[list]) -> Book:
    """Return a workbook with the table, a year, and one formula that takes both, calculated."""
    import io

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    costs, results = book.add_worksheet("Costs"), book.add_worksheet("Results")
    for i, row in enumerate(table):
        costs.write_row(i, 0, row)
    for i, row in enumerate(ASSUMPTIONS.rows):
        results.write_row(i, 3, row)
    results.write_number("A1", 1)
    results.write_formula("B1", f"=CRM_TOTAL(Costs!A1:L{len(table)},$D$1:$E${len(ASSUMPTIONS.rows)},,A1)")
    book.close()
    opened = open_workbook(buffer.getvalue())
    assert opened.recalculate().ok
    return opened


class Calls:
    """One table, and the ways in which its total is asked for."""

    def __init__(self, lines: int) -> None:
        self.rows = rows(lines)
        self.range = Range(self.rows)
        self.book = workbook(self.rows)
        self.turn = 0
        self._check()

    def _check(self) -> None:
        """Assert that every way gives what the analyst finds; in a workbook, one year after the other."""
        analyst = Analyst(self.rows)
        assert np.allclose([self.cold(), self.cached()], analyst.total(), rtol=1e-9, atol=0)
        by_year = analyst.by_component().sum()
        assert np.allclose([self.year_changed() for _ in by_year], np.roll(by_year, -1), rtol=1e-9, atol=0)
        changed = self.table_changed()
        header, first, *others = self.rows
        analyst = Analyst([header, [*first[:3], float(self.turn), *first[4:]], *others])
        assert np.isclose(changed, analyst.by_component().sum()[0], rtol=1e-9, atol=0)

    def cold(self) -> object:
        """Rows never seen before."""
        arguments.forget()
        return TOTAL.call(self.rows, ASSUMPTIONS)

    def cached(self) -> object:
        """A range that was handed over before."""
        return TOTAL.call(self.range, ASSUMPTIONS)

    def table_changed(self) -> object:
        """A number in the table of a workbook changes: the whole table is handed over and read anew."""
        self.turn += 1
        self.book["Costs!D2"] = float(self.turn)
        self.book.recalculate()
        return self.book["Results!B1"]

    def year_changed(self) -> object:
        """Another argument changes: the table is known."""
        self.turn += 1
        self.book["Results!A1"] = float(self.turn % 5 + 1)
        self.book.recalculate()
        return self.book["Results!B1"]


def series(quick: bool) -> Iterator[Series]:
    """Yield the tables of this benchmark."""
    made = {size: Calls(size) for size in (SIZES[:2] if quick else SIZES)}
    for title, note, name in (
        ("CRM_TOTAL, cold", "Rows of cells in, one number out.", "cold"),
        ("CRM_TOTAL, cached", "The same range again.", "cached"),
        (
            "Headless, cold",
            "A number of the table in an open workbook changes; all its formulas (one) are recalculated, the new file "
            "is made and the result read.",
            "table_changed",
        ),
        ("Headless, cached", "The same, but only the year that is asked for changes.", "year_changed"),
    ):
        yield measure(
            title,
            "lines",
            f"{note} The alternative makes a pandas frame of the same rows and groups it by component.",
            made,
            lambda size, name=name: {
                "crm_xl": getattr(made[size], name),
                "pandas groupby": lambda: Analyst(made[size].rows).total(),
            },
        )
