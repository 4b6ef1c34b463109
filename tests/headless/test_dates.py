"""Cells that show dates: the engine has their numbers alone, which must not be taken for money."""

import datetime as dt
import io

import openpyxl
import pytest

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless import open_workbook

DAY = dt.datetime(2027, 1, 1)  # the number 46388


def opened(**sheets):
    """A workbook with rows on each sheet, as it is saved by a spreadsheet program."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return open_workbook(buffer.getvalue())


@pytest.mark.parametrize("column", ["Quantity", "Unit cost", "Amount", "Price growth", "Life", "Low", "Tax rate"])
def test_a_date_in_any_column_of_numbers_is_told_and_not_counted(column):
    line = {"Component": "Licence", "Quantity": 2, "Unit cost": 3, column: DAY}
    if column == "Amount":
        line = {"Component": "Licence", "Amount": DAY}
    book = opened(Costs=[list(line), list(line.values())])
    assert book.evaluate("=CRM_TOTAL(Costs!A1:E2)") is ErrorValue.VALUE
    told = book.evaluate("=CRM_CHECK(Costs!A1:E2)")[1]
    assert told[1:6] == ["error", "Costs", 2.0, column, "2027-01-01"]
    assert told[6].startswith(("a number", "a percentage as a number"))


def test_a_date_for_an_exchange_rate_or_a_rate_is_told():
    book = opened(
        Costs=[["Component", "Amount", "Currency"], ["Licence", 100, "USD"]],
        Assumptions=[["Key", "Value"], ["USD/CNY", DAY], ["Discount rate", DAY], ["Years", dt.datetime(1900, 1, 5)]],
    )
    assert book.evaluate("=CRM_TOTAL(Costs!A1:C2,Assumptions!A1:B4)") is ErrorValue.VALUE
    told = book.evaluate("=CRM_CHECK(Costs!A1:C2,Assumptions!A1:B4)")[1:]
    found = {(row[2], row[4], row[5]) for row in told}
    assert found >= {
        ("Assumptions", "USD/CNY", "2027-01-01"),
        ("Assumptions", "Discount rate", "2027-01-01"),
        ("Assumptions", "Years", "1900-01-05"),
    }


def test_a_time_of_day_is_no_number_of_hours():
    book = opened(Costs=[["Component", "Quantity", "Unit cost"], ["Training", dt.time(12, 0), 100]])
    assert book.evaluate("=CRM_TOTAL(Costs!A1:C2)") is ErrorValue.VALUE
    assert book.evaluate("=CRM_CHECK(Costs!A1:C2)")[1][4:6] == ["Quantity", "12:00"]


def test_a_date_on_rows_of_its_own_in_a_whole_column_is_told_by_its_row():
    book = opened(Costs=[["Component", "Amount"], ["Licence", 1], [None, None], ["Training", DAY]])
    assert book.evaluate("=CRM_CHECK(Costs!A:B)")[1][3:6] == [4.0, "Amount", "2027-01-01"]


@pytest.mark.parametrize("start", [DAY, 46388, "2027-01-01", 2027, 1])
def test_columns_of_dates_take_dates_serial_numbers_texts_and_years(start):
    book = opened(
        Costs=[["Component", "Amount", "Frequency", "Start"], ["Licence", 100, "annual", start]],
        Assumptions=[["Start date", DAY], ["Years", 3]],
    )
    assert book.evaluate("=CRM_TOTAL(Costs!A1:D2,Assumptions!A1:B2)") == 300.0
    assert book.evaluate("=CRM_CHECK(Costs!A1:D2,Assumptions!A1:B2)") == "OK"


def test_a_date_as_the_year_that_is_asked_for_is_its_year():
    book = opened(
        Costs=[["Component", "Amount", "Frequency"], ["Licence", 100, "annual"]],
        Assumptions=[["Start date", DAY], ["Years", 3]],
        Asked=[[dt.datetime(2028, 6, 1)]],
    )
    assert book.evaluate("=CRM_TOTAL(Costs!A1:C2,Assumptions!A1:B2,,Asked!A1)") == 100.0
    assert book.evaluate("=CRM_TOTAL(Costs!A1:C2,Assumptions!A1:B2,,Asked!A1:A1)") == 100.0
