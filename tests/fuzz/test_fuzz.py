"""A short run of the fuzzing, the same at every time, and what the long runs found."""

import contextlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_xl.hosts.headless import open_workbook
from tests.headless.books import book, cell, sheet

from .forms import forms
from .targets import ALLOWED, WORDS, formula, targets

INPUTS = {"package": 300, "workbook": 60, "sheet": 300, "return": 40, "formula": 2000, "reference": 3000}


@pytest.mark.parametrize("name", INPUTS)
def test_random_input_is_read_or_refused(name, tmp_path):
    run, make = targets(tmp_path, forms())[name]
    chance = random.Random(f"crm_xl {name}")
    for number in range(INPUTS[name]):
        data = make(chance)
        try:
            run(data)
        except ALLOWED:
            continue
        except Exception as fault:
            raise AssertionError(f"input {number} of {name}: {data[:200]!r}") from fault


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), max_size=15).map("".join))
def test_any_text_may_stand_where_a_formula_does(text):
    with contextlib.suppress(ALLOWED):
        formula(text.encode("utf-8", "replace"))


class TestFound:
    """What fuzzing and trying found; each broke off with an exception of Python, or worse."""

    @pytest.mark.parametrize("text", ["CUMIPMT(0.1,1E6,1,1,1E6,0)", "1E308*10", "C1+C1"])
    def test_a_result_that_is_no_number(self, text):
        """The engine gave NaN or infinity, and writing it broke."""
        opened = open_workbook(book({"S": sheet(cell("A1", 0, text), cell("C1", 1e308))}))
        opened.recalculate()
        assert str(opened["S!A1"]) == "#NUM!"
        assert open_workbook(opened.to_bytes())["S!A1"] == opened["S!A1"]

    @pytest.mark.parametrize("cached", ["NaN", "1E999", "1_0", "12k"])
    def test_a_formula_whose_cached_value_is_no_number(self, cached):
        """It is computed anew, and what the file had for it does not matter."""
        opened = open_workbook(book({"S": sheet(cell("A1", 1), f'<c r="A2"><f>A1+1</f><v>{cached}</v></c>')}))
        assert opened.recalculate().changed == 1
        assert open_workbook(opened.to_bytes())["S!A2"] == 2

    @pytest.mark.parametrize("entry", ['r="A0" i="1"', 'r="ZZZZ1" i="1"', f'r="A2" i="{"9" * 5000}"', 'r="" i="1"'])
    def test_a_chain_of_calculation_that_names_no_cell(self, entry):
        chain = f'<c r="A2" i="1"/><c {entry}/>'
        opened = open_workbook(book({"S": sheet(cell("A1", 1), cell("A2", 0, "A1+1"))}, chain=chain))
        opened.recalculate()
        assert open_workbook(opened.to_bytes())["S!A2"] == 2
        assert b"A0" not in opened.to_bytes()
