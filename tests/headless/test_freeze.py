"""The copy without CRM_* formulas: values stay, all else too."""

import io

import openpyxl
import xlsxwriter

from crm_xl.functions import REGISTRY
from crm_xl.hosts.headless.book import open_workbook
from crm_xl.hosts.headless.freeze import without_crm_formulas


def test_values_take_the_place_of_crm_formulas_only():
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet("S")
    sheet.write_row("A1", ["Component", "Amount"])
    sheet.write_row("A2", ["Licence", 12])
    sheet.write_formula("D1", "=_xll.CRM_TOTAL(A1:B2)*2")
    sheet.write_dynamic_array_formula("D3:D3", "=CRM_BREAKDOWN(A1:B2)")
    sheet.write_formula("D20", "=SUM(B2:B2)+D1")
    book.close()
    done = open_workbook(buffer.getvalue(), registry=REGISTRY).to_bytes()

    frozen = without_crm_formulas(done)

    formulas, values = (openpyxl.load_workbook(io.BytesIO(frozen), data_only=flag)["S"] for flag in (False, True))
    before = openpyxl.load_workbook(io.BytesIO(done), data_only=True)["S"]
    assert {c.coordinate: c.value for row in formulas.iter_rows() for c in row if c.data_type == "f"} == {
        "D20": "=SUM(B2:B2)+D1"
    }
    assert [[c.value for c in row] for row in values.iter_rows()] == [
        [c.value for c in row] for row in before.iter_rows()
    ]
    assert values["D1"].value == 24
    assert values["D4"].value == "Licence"
    assert open_workbook(frozen)["S!D20"] == 36
