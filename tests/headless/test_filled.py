"""Formulas that were filled down or to the right, against the same formulas put into the engine's form one by one."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crm_xl.hosts.headless import open_workbook
from crm_xl.hosts.headless.formulas.filled import Fills
from crm_xl.hosts.headless.formulas.rewriter import Rewriter
from crm_xl.hosts.headless.formulas.scratch_sheet import Scratch
from crm_xl.hosts.headless.formulas.spellings import Spellings
from crm_xl.hosts.headless.formulas.tokens import Uncomputable
from crm_xl.xlsx.references import LAST_COLUMN, LAST_ROW, Area, Table, moved

from .books import book, cell, dummies, sheet

TABLE = Table("Costs", Area("Costs", 4, 2, 30, 6), ("Component", "Quantity", "Unit cost", "a@b", "Year"), 1, 1)
NAMES = {
    (None, "all_costs"): "Costs!$B$4:$D$9",
    (None, "left"): "Costs!XFD1",
    (None, "above"): "Costs!A1048576*2",
    (None, "beside"): "Costs!B$2:C$3",
    (None, "growing"): "Costs!$A$1:A1",
    (None, "rate"): "0.08",
    ("Other", "rate"): "{1,2;3,4}",
}

rows = st.integers(1, 40) | st.sampled_from([LAST_ROW - 1, LAST_ROW])
columns = st.sampled_from(["A", "B", "C", "F", "Z", "AA", "XFC", "XFD", "b"])
fixed = st.sampled_from(["", "$"])
cells = st.builds("{}{}{}{}".format, fixed, columns, fixed, rows)
references = st.one_of(
    cells,
    st.builds("{}:{}".format, cells, cells),
    st.builds("{0}{1}:{2}{3}".format, fixed, columns, fixed, columns),
    st.builds("{0}{1}:{2}{3}".format, fixed, rows, fixed, rows),
    st.sampled_from(["all_costs", "left", "above", "beside", "growing", "rate", "Costs", "A5#", "$A5#", "A$5:B$7#"]),
    st.sampled_from(
        ["Costs[Quantity]", "Costs[@Quantity]", "[@Year]", "[Year]", "Costs[[#This Row],[Year]]", "[#All]"]
    ),
    st.sampled_from(["Costs[a@b]", "Costs[@[a@b]]", "Costs[#Headers]", "Costs[@nothing]"]),
)
elsewhere = st.builds("{}{}".format, st.sampled_from(["", "", "Other!", "'it''s'!"]), cells)
atoms = references | elsewhere | st.sampled_from(["1", '"{A1}"', '"A1"', "{1,2}", "TRUE", ""])
formulas = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds("{}+{}".format, inner, inner),
        st.builds("@{}".format, inner),
        st.builds("({})".format, inner),
        st.builds("IF({},{})".format, inner, inner),
        st.builds("SUM({})".format, inner),
        st.builds("CRM_TOTAL({},{})".format, inner, inner),
        st.builds("CRM_BREAKDOWN({})".format, inner),
        st.builds("SUMIFS({},{},{})".format, references, references, inner),
        st.builds("SUMIF({},{},{})".format, references, inner, references),
    ),
    max_leaves=5,
)
places = st.tuples(
    st.sampled_from(["Costs", "Other"]),
    st.integers(1, 40) | st.sampled_from([LAST_ROW - 3, LAST_ROW]),
    st.integers(1, 9) | st.just(LAST_COLUMN),
)


def new_rewriter():
    return Rewriter(Spellings(dummies()), ["Costs", "Other", "it's"], NAMES, {"costs": TABLE}, Scratch("scratch"))


@example("SUMIF(all_costs,Costs[a@b],left)", ("Costs", 1, 1), 0, 1, False)
@example("SUMIFS(all_costs,Costs[Quantity],left)", ("Costs", 1, 1), 0, 1, False)
@given(formula=formulas, place=places, down=st.integers(-9, 9), right=st.integers(-4, 4), array=st.booleans())
def test_a_filled_formula_is_what_it_would_be_if_it_had_been_looked_at_itself(formula, place, down, right, array):
    rewriter = new_rewriter()
    sheet_name, row, column = place
    try:
        pattern = rewriter.pattern(formula, *place, array=array)
    except Uncomputable:
        return
    assert pattern.source(row, column).upper() == formula.upper()
    row, column = row + down, column + right
    if not pattern.within.contains(row, column):
        return
    there = (sheet_name, row, column)
    filled = pattern.source(row, column)
    alone = rewriter.rewrite(filled, *there, array=array, caller=there)
    # Every caller has its number: the one that was asked for last, in both.
    number = len(rewriter.scratch.callers) - 1
    caller = rewriter.caller(pattern, there).replace(str(number + 1), str(number))
    # What is computed here is kept for each formula that was looked at.
    assert _unnumbered(pattern.text(row, column, caller)) == _unnumbered(alone.text)
    assert pattern.areas(row, column) == alone.areas
    assert pattern.leaves_errors_out == alone.leaves_errors_out


def _unnumbered(text):
    return re.sub(r"(CRM__EVALUATE\()\d+", r"\1", text)


@pytest.mark.parametrize("formula", ["A1+$B1", "SUM(A1:B2)*C$1", "IF($A1>0,Costs!B2,'it''s'!D4)"])
def test_a_filled_formula_is_known_from_above_and_from_the_left(formula):
    rewriter, fills = new_rewriter(), Fills()
    pattern = rewriter.pattern(formula, "Other", 5, 5, array=False)
    fills.note(pattern, formula, 5)
    filled = ["".join(moved(part, *by) for part in _parts(formula)) for by in ((3, 0), (0, 2), (3, 2))]
    assert fills.find(filled[0], 8, 5) is pattern
    assert fills.find(filled[1], 5, 7) is pattern
    assert fills.find(filled[0], 8, 6) is None
    assert fills.find(filled[0], 9, 5) is None


def _parts(formula):
    return re.split(r"((?:'[^']+(?:''[^']*)*'!|\w+!)?\$?[A-Z]\$?\d+(?::\$?[A-Z]\$?\d+)?)", formula)


def test_a_formula_off_the_edge_of_the_sheet_is_looked_at_itself():
    rewriter = new_rewriter()
    pattern = rewriter.pattern("A3+B5", "Other", 5, 3, array=False)
    assert pattern.within == Area("Other", 3, 3, LAST_ROW, LAST_COLUMN)
    assert pattern.text(3, 3) == "Other!A1+Other!B3"


def test_a_formula_of_which_the_tokenizer_drops_a_part_is_not_taken_for_another():
    rewriter = new_rewriter()
    with pytest.raises(Uncomputable):
        rewriter.pattern("#REF!#REF!#REF!;A1", "Other", 3, 2, array=False)


def test_a_running_total_is_filled_across_its_rows_only():
    rewriter = new_rewriter()
    pattern = rewriter.pattern("SUM($A5:C5)", "Other", 5, 4, array=False)
    assert pattern.within == Area("Other", 1, 4, LAST_ROW, 4)
    assert pattern.text(9, 4) == "SUM(Other!$A$9:$C$9)"


def test_a_row_of_a_table_is_meant_only_beside_the_table():
    pattern = new_rewriter().pattern("SUM([@Quantity])", "Costs", 7, 3, array=False)
    assert pattern.within == Area("Costs", 5, 2, 29, 6)
    assert pattern.text(8, 5) == "SUM(Costs!$C$8)"


def test_a_column_of_formulas_is_looked_at_once(monkeypatch):
    seen = []
    original = Rewriter.pattern

    def counted(self, formula, *place, **how):
        seen.append(formula)
        return original(self, formula, *place, **how)

    monkeypatch.setattr(Rewriter, "pattern", counted)
    cells = [
        made
        for i in range(1, 50)
        for made in (cell(f"A{i}", i), cell(f"B{i}", 0, f"A{i}*$A$1+1"), cell(f"C{i}", 0, f"B{i}*$A$1+1"))
    ]
    result = open_workbook(book({"Costs": sheet(*cells)}))
    assert [row[:3] for row in result["Costs!A1:C49"]] == [[i, i + 1, i + 2] for i in range(1, 50)]
    assert seen == ["A1*$A$1+1"]
