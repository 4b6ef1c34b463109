"""The example of every function, over the shipped workbook: the same in Excel's bridge and in the headless host."""

import datetime as dt
from itertools import chain
from pathlib import Path

import pytest

from crm_xl.engine.cells import EPOCH
from crm_xl.errors import ErrorValue
from crm_xl.functions import REGISTRY
from crm_xl.hosts.excel.errors import marked
from crm_xl.hosts.excel.macros import calls
from crm_xl.hosts.headless import open_workbook
from crm_xl.hosts.headless.formulas.spellings import Spellings

from .stubs import MISSING, cells

WORKBOOKS = Path(__file__).parents[2] / "workbooks"


@pytest.fixture(scope="module", params=["en", "zh"])
def book(request):
    return open_workbook(WORKBOOKS / f"crm_example_{request.param}.xlsx")


def handed_over(book, text):
    """An argument as Excel hands it over."""
    if not text:
        return MISSING
    if text.startswith('"'):
        return text.strip('"')
    value = book.evaluate(f"={text}")
    return cells(value) if "[" in text else value


def rows(result):
    """A result as rows of cells, whichever host it comes from: blanks empty, errors marked, numbers as floats."""
    if not isinstance(result, list | tuple):
        result = [[result]]
    elif not result or not isinstance(result[0], list | tuple):
        result = [result]
    return [[_cell(value) for value in row] for row in result]


def _cell(value):
    if isinstance(value, ErrorValue):
        return marked(value)
    if isinstance(value, dt.date):
        return float((dt.date(value.year, value.month, value.day) - EPOCH).days)
    return "" if value is None else float(value) if isinstance(value, int) else value


def test_every_function_answers_in_excel_as_it_does_headless(excel, book):
    for function in REGISTRY:
        [(found, texts)] = calls(function.example, Spellings(REGISTRY))
        assert found is function
        given = [handed_over(book, text) for text in texts] if function.parameters else []
        got, want = rows(excel.call(function.name, *given)), rows(book.evaluate(function.example))
        assert [len(row) for row in got] == [len(row) for row in want], function.name
        for ours, theirs in zip(chain(*got), chain(*want), strict=True):
            same = ours == (pytest.approx(theirs, rel=1e-12, abs=1e-9) if isinstance(theirs, float) else theirs)
            assert same, (function.name, ours, theirs)
