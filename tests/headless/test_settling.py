"""What is read after an input changed is what a fresh recalculation gives, also beyond a spill."""

import io
import itertools

import pytest
import xlsxwriter

from crm_xl.functions import REGISTRY
from crm_xl.hosts.headless.book import open_workbook

CELLS = {"plain": "=R!$C$9", "N": "=N(R!$C$9)", "IF": "=IF(ISNUMBER(R!C9),R!C9,0)", "INDEX": "=INDEX(R!B8:D20,2,2)"}
THEN = {"minus": "=A1-R!$A$1", "times": "=A1*2"}


@pytest.mark.parametrize(("cell", "then", "order"), list(itertools.product(CELLS, THEN, ("SRK", "KRS", "KSR"))))
def test_a_reader_of_a_spill_and_of_the_input_behind_it(cell, then, order):
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheets = {name: book.add_worksheet(name) for name in order}
    sheets["S"].write_row("A1", ["Component", "Amount"])
    sheets["S"].write_row("A2", ["Licence", 10])
    sheets["S"].write_row("A3", ["Training", 5])
    sheets["R"].write_dynamic_array_formula("B8:B8", "=CRM_BREAKDOWN(S!A1:B3)")
    sheets["R"].write_formula("A1", "=CRM_TOTAL(S!A1:B3)")
    sheets["K"].write_formula("A1", CELLS[cell])
    sheets["K"].write_formula("A2", THEN[then])
    sheets["K"].write_formula("A3", "=A2+1")
    # A spill that is made from the spill, and what follows from that one.
    sheets["K"].write_dynamic_array_formula("C1:C1", "=R!C9:C10*1")
    sheets["K"].write_formula("E1", "=C1+A2")
    book.close()
    opened = open_workbook(buffer.getvalue(), registry=REGISTRY)
    opened.recalculate()
    opened["S!B2"] = 100
    expected = 100 - 105 if then == "minus" else 200
    assert [opened[f"K!{name}"] for name in ("A1", "A2", "A3", "C1", "E1")] == [
        100, expected, expected + 1, 100, 100 + expected,
    ]  # fmt: skip
