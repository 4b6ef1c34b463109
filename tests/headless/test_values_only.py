"""The copy without CRM_* formulas: values stay, all else too."""

import io

import openpyxl
import xlsxwriter

from crm_xl.functions import REGISTRY
from crm_xl.hosts.headless.book import open_workbook
from crm_xl.hosts.headless.values_only import without_crm_formulas

from .books import book, cell, sheet


def formulas_and_values(frozen, tab="S"):
    """What stands in the cells of a frozen workbook, by an independent reader."""
    ws = openpyxl.load_workbook(io.BytesIO(frozen))[tab]
    return {c.coordinate: c.value for row in ws.iter_rows() for c in row if c.value is not None}


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


def test_formulas_that_were_filled_down_go_with_the_first_of_them():
    filled = (
        '<c r="B1"><f t="shared" ref="B1:B3" si="0">CRM_TOTAL(A1:A9)</f><v>11</v></c>',
        '<c r="B2"><f t="shared" si="0"/><v>22</v></c>',
        '<c r="B3"><f t="shared" si="0"></f><v>33</v></c>',
        '<c r="C1"><f t="shared" ref="C1:C2" si="1">A1*2</f><v>10</v></c>',
        '<c r="C2"><f t="shared" si="1"/><v>12</v></c>',
    )
    # The groups of another sheet have numbers of their own.
    other = sheet('<c r="A1"><f t="shared" ref="A1" si="0">1+1</f><v>2</v></c>')
    frozen = without_crm_formulas(book({"S": sheet(*filled), "T": other}))
    assert formulas_and_values(frozen) == {"B1": 11, "B2": 22, "B3": 33, "C1": "=A1*2", "C2": "=A2*2"}
    assert formulas_and_values(frozen, "T") == {"A1": "=1+1"}


def test_formulas_that_call_by_way_of_a_name_go_too():
    names = [
        ("V", None, "CRM_VERSION()"), ("W", None, 'V&"!"'), ("Rate", None, "0.08"), ("Rate", "T", "CRM_VERSION()"),
        ("Per", None, "LAMBDA(x,CRM_TOTAL(x))"), ("Note", None, '"V"'),
    ]  # fmt: skip
    cells = [
        cell("A1", "1.0", "V"), cell("A2", "1.0!", "UPPER(w)"), cell("A3", 8, "Rate*100"),
        cell("A4", "V1", 'Note&"V"&1'), cell("A5", 3, "Per(B1:C2)"), cell("A6", 2, "t!Rate"), cell("A7", 9, "V1+9"),
        '<c r="B1"><f t="shared" ref="B1:B2" si="0">V</f><v>1</v></c>', '<c r="B2"><f t="shared" si="0"/><v>2</v></c>',
    ]  # fmt: skip
    frozen = without_crm_formulas(book({"S": sheet(*cells), "T": sheet(cell("A1", 1, "Rate"))}, names=names))
    assert formulas_and_values(frozen) == {
        "A1": "1.0", "A2": "1.0!", "A3": "=Rate*100", "A4": '=Note&"V"&1', "A5": 3, "A6": 2, "A7": "=V1+9",
        "B1": 1, "B2": 2,
    }  # fmt: skip
    assert formulas_and_values(frozen, "T") == {"A1": 1}
