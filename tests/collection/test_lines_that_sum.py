"""A line that adds up other lines is never counted beside them, whatever it is called."""

import pytest

from crm_xl.collection.reading.returned import read_return
from tests.cycle.rawbook import RawBook, formula, number, text

from .forms import blank


def keys(tmp_path, amount, **words):
    (tmp_path / "blank.xlsx").write_bytes(blank())
    book = RawBook(tmp_path / "blank.xlsx")
    sheet = book.sheet("Costs")
    for row, value in ((6, 100.0), (7, 250.0), (8, 70.0)):
        sheet.set(f"B{row}", *text("Licence"))
        sheet.set(f"C{row}", *text(f"Item {row}"))
        sheet.set(f"H{row}", *number(value))
    sheet.set("B9", *text(words.get("component", "Licence")))
    sheet.set("C9", *text(words.get("item", "Item 9")))
    sheet.set("H9", *amount)
    book.save(tmp_path / "return.xlsx")
    line = next(line for line in read_return(tmp_path / "return.xlsx").costs if line.row == 9)
    return line.rejected


@pytest.mark.parametrize(
    "text_of",
    [
        "SUM(H6:H8)", "SUM($H$6:$H$8)", "sum( H6 : H8 )", "SUBTOTAL(9,H6:H8)", "SUBTOTAL(109,H6:H8)",
        "AGGREGATE(9,5,H6:H8)",
        "H6+H7+H8", "+H6+H7", "SUM(H6,H7,H8)", "SUM(Costs!H6:H8)", "SUM(Costs[Amount])", "SUM(H6:H8)+H8",
    ],
)  # fmt: skip
def test_a_formula_over_other_lines_keeps_its_line_out(tmp_path, text_of):
    assert keys(tmp_path, formula(text_of, "420"))


@pytest.mark.parametrize(
    "text_of",
    ["H6*1.1", "H6", "12*35", "SUM(AJ6:AJ8)", "F9*G9", "ROUND(H6*0.2,2)", "SUM(Lists!A1:A3)", "H6-H7", "SUM(E9:G9)"],
)
def test_a_formula_that_calculates_a_line_of_its_own_is_counted(tmp_path, text_of):
    assert not keys(tmp_path, formula(text_of, "421"))


@pytest.mark.parametrize(
    "words", [{"item": "Total"}, {"item": "小计"}, {"component": "合计"}, {"component": "Subtotal"}]
)
def test_a_line_that_is_called_a_total_is_not_counted(tmp_path, words):
    assert keys(tmp_path, number(420.0), **words)
