"""What a file holds of its formulas is a test of the engine: stored values as Excel or its documentation gives them."""

import zipfile

import pytest

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless import open_workbook, recalculate
from crm_xl.hosts.headless.calculation.stored_results import agrees
from crm_xl.hosts.headless.calculation.vouching import reproduced
from crm_xl.hosts.headless.formulas.uses import OURS, uses

from .books import CALCULATE_ANEW, book, cell, cells_of, dummies, sheet

RESULTS = "xl/worksheets/sheet2.xml"
STALE = {"calc": CALCULATE_ANEW}


@pytest.fixture
def saved(costs, registry):
    """Open a workbook as a spreadsheet program saved it: with what it computed beside each formula."""

    def make(*cells, calc="", **options):
        data = book({"Costs": costs[0], "Results": sheet(*cells)}, tables=[costs[1]], calc=calc, **options)
        return open_workbook(data, registry=registry)

    return make


def keys(report):
    return {p.cell: p.key for p in report.formula_problems}


def counts(report):
    return report.proved, report.unproved, report.kept


# -- proving ---------------------------------------------------------------------------------------------------------


def test_where_nothing_changed_the_file_stays_byte_for_byte(saved):
    opened = saved(cell("A1", 2), cell("B1", 6, "A1*3"), cell("B2", 1.7, "ROUND(5/3,1)"), cell("B3", "x6", '"x"&B1'))
    report = opened.recalculate()
    assert report.ok
    assert counts(report) == (3, 0, 0)
    assert not opened.changed


def test_a_value_with_another_last_digit_is_the_same_and_stays_as_it_is_written(saved):
    opened = saved(cell("A1", 0.1), cell("B1", "0.30000000000000004", "A1*3").replace(' t="str"', ""))
    assert counts(opened.recalculate()) == (1, 0, 0)
    assert not opened.changed


def test_a_difference_of_numbers_that_cancel_out_in_fifteen_digits_is_stored_as_0(saved):
    """LibreOffice 7.4 stored 0 for the board's total less that of a function, which had another last digit here."""
    third = "0.33333333333333481"  # what is stored of 1/3 differs from it in the sixteenth digit
    opened = saved(
        cell("A1", 3), cell("A2", third, "1/A1").replace(' t="str"', ""), cell("A3", float(third)),
        cell("B1", 0, "IF(ISNUMBER(A2)*ISNUMBER(A3),A2-A3,0)"), cell("B2", 0, "A2-A3"), cell("B3", 0, "A2-A3*0.99"),
    )  # fmt: skip
    report = opened.recalculate()
    assert keys(report) == {"B3": "formula_differs"}
    assert not opened.changed
    opened["Results!A1"] = 4
    opened.recalculate()
    assert opened["Results!B1"] == pytest.approx(0.25 - float(third))


def test_what_is_proved_is_written_when_its_inputs_change(saved):
    opened = saved(cell("A1", 2), cell("B1", 6, "A1*3"), cell("C1", 7, "B1+1"))
    opened["Results!A1"] = 5
    report = opened.recalculate()
    assert report.ok
    assert (opened["Results!B1"], opened["Results!C1"]) == (15, 16)
    assert report.changed == 3


def test_what_differs_keeps_its_value_and_is_named(saved):
    opened = saved(cell("A1", 2), cell("B1", 7, "A1*3"), cell("C1", 8, "B1+1"), cell("D1", 20, "A1*10"))
    report = opened.recalculate()
    assert keys(report) == {"B1": "formula_differs"}
    assert not report.ok
    # C1 is right over the value that stands in B1: nothing else in the book suffers.
    assert counts(report) == (2, 0, 1)
    assert (opened["Results!B1"], opened["Results!C1"]) == (7, 8)
    assert not opened.changed
    assert "from the values in the file it gives 6, and the file holds 7" in report.formula_problems[0].text()
    assert "保留原值" in report.formula_problems[0].text("zh")


def test_what_depends_on_an_old_value_keeps_its_own_and_is_named(saved):
    opened = saved(cell("A1", 2), cell("B1", 7, "A1*3"), cell("C1", 8, "B1+1"), cell("D1", 20, "A1*10"))
    opened["Results!A1"] = 3
    report = opened.recalculate()
    assert keys(report) == {"B1": "formula_outdated", "C1": "formula_depends"}
    assert (opened["Results!B1"], opened["Results!C1"], opened["Results!D1"]) == (7, 8, 30)


def test_stale_overwrites_what_differs(saved):
    opened = saved(cell("A1", 2), cell("B1", 7, "A1*3"), cell("C1", 8, "B1+1"))
    opened.recalculate()
    report = opened.recalculate(stale=True)
    assert report.ok
    assert (opened["Results!B1"], opened["Results!C1"]) == (6, 7)
    assert (counts(report), report.stored) == ((0, 2, 0), "stored_stale")


def test_what_cannot_be_computed_keeps_its_value_and_what_reads_it_is_right(saved):
    opened = saved(cell("A1", 5, "NOSUCH(1)"), cell("B1", 10, "A1*2"), cell("C1", 3))
    report = opened.recalculate()
    assert keys(report) == {"A1": "formula_function_unknown"}
    assert counts(report) == (1, 0, 1)
    assert opened["Results!B1"] == 10


def test_results_of_our_functions_are_fed_in_and_then_written(saved):
    """Costs come to 265.5; the file holds 100 for them, and what follows from 100."""
    opened = saved(
        cell("A1", 100, "CRM_TOTAL(Costs[#All])"),
        cell("B1", 200, "A1*2"),
        cell("C1", 150, "A1*3"),
        cell("D1", 151, "C1+1"),
    )
    report = opened.recalculate()
    assert (opened["Results!A1"], opened["Results!B1"]) == (265.5, 531)
    # C1 was wrong for 100, so that nobody knows what it is for 265.5.
    assert keys(report) == {"C1": "formula_outdated", "D1": "formula_depends"}
    assert counts(report) == (1, 0, 2)


def test_without_the_add_in_excel_stores_its_errors_and_the_results_are_written(saved):
    opened = saved(cell("A1", "#NAME?", "CRM_TOTAL(Costs[#All])"), cell("B1", "#NAME?", "A1*2"), cell("C1", 3, "1+2"))
    report = opened.recalculate()
    assert report.ok
    assert (opened["Results!A1"], opened["Results!B1"]) == (265.5, 531)
    # An error that was handed on says nothing of the formula.
    assert counts(report) == (1, 1, 0)


def test_the_clock_is_fed_in_too(saved):
    opened = saved(
        cell("A1", 46000, "TODAY()"), cell("B1", 46001, "A1+1"), cell("C1", 47000, "A1+1"), cell("D1", 7, "3+4")
    )
    report = opened.recalculate()
    assert opened["Results!B1"] == opened["Results!A1"] + 1 > 46001
    assert keys(report) == {"C1": "formula_outdated"}


def test_a_spill_is_held_against_the_file_cell_by_cell_and_in_its_extent(saved):
    stored = [cell("C1", 2), cell("C2", 3), cell("E1", 5, "2+3")]
    right = saved(
        cell("B1", 1, "_xlfn.SEQUENCE(2,2,0)+1", array="B1:C2", dynamic=True), cell("B2", 3), *stored, metadata=True
    )
    assert keys(right.recalculate()) == {"B1": "formula_differs"}  # C2 holds 3, and should 4
    short = saved(
        cell("B1", 1, "_xlfn.SEQUENCE(2)", array="B1:B3", dynamic=True), cell("B2", 2), cell("B3", 3), metadata=True
    )
    report = short.recalculate()
    assert keys(report) == {"B1": "formula_other_extent"}
    assert short["Results!B1#"] == [[1], [2], [3]]
    assert not short.changed


def test_a_table_of_ours_that_excel_saved_grows_and_what_reads_it_follows(saved):
    opened = saved(
        cell("B1", "#NAME?", "CRM_BREAKDOWN(Costs[#All])", array="B1", dynamic=True),
        cell("E1", "#NAME?", "SUM(C1:C9)+N(B1)"),
        cell("E2", 3, "1+2"),
        metadata=True,
    )
    report = opened.recalculate()
    assert opened["Results!B1#"] == [["Component", "Amount"], ["Licence", 205.5], ["Support", 60]]
    assert opened["Results!E1"] == 265.5
    assert cells_of(opened.to_bytes(), RESULTS)["C3"].endswith("<v>60</v></c>")
    assert counts(report) == (1, 1, 0)


@pytest.mark.parametrize(
    ("stored", "computed", "same"),
    [
        (1.23456789012345, 1.234567890123451, True),
        (1.23456789012345, 1.23456789012346, False),
        (1.0, True, False),
        ("#N/A", ErrorValue.NA, False),
        (ErrorValue.NA, ErrorValue.NA, True),
        (ErrorValue.VALUE, ErrorValue.SPILL, True),
        ("a", "A", False),
        ("", None, True),
        (0.0, None, False),
    ],
)
def test_fifteen_digits_texts_and_errors(stored, computed, same):
    assert agrees(stored, computed) is same


def test_what_is_searched_for_need_not_have_all_digits(saved):
    """Microsoft, IRR: −70000, 12000, 15000, 18000, 21000, 26000 give 8.7 %; Excel stops at seven digits."""
    flows = [cell(f"A{i}", v) for i, v in enumerate((-70000, 12000, 15000, 18000, 21000, 26000), 1)]
    opened = saved(*flows, cell("B1", 0.0866309480365316, "IRR(A1:A6)"), cell("B2", 0.08663094, "IRR(A1:A6)"))
    assert keys(opened.recalculate()) == {"B2": "formula_differs"}


# -- stored values that cannot serve ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("calc", "value", "reason"),
    [
        (CALCULATE_ANEW, 7, "stored_full_calculation"),
        ('<calcPr calcMode="manual"/>', 7, "stored_manual"),
        ("", 0, "stored_zeros"),
        ("", None, "stored_none"),
    ],
)
def test_what_tells_that_stored_values_prove_nothing(saved, calc, value, reason):
    opened = saved(cell("A1", 2), cell("B1", value, "A1*3"), calc=calc)
    report = opened.recalculate()
    assert opened["Results!B1"] == 6
    assert (report.stored, counts(report), report.ok) == (reason, (0, 1, 0), True)


def test_what_a_run_of_ours_wrote_proves_nothing_later(saved, registry):
    first = saved(cell("A1", 2), cell("B1", None, "A1*3"), cell("B2", 5, "2+3"))
    assert counts(first.recalculate()) == (1, 1, 0)
    again = open_workbook(first.to_bytes(), registry=registry)
    assert again["Results!B1"] == 6
    assert counts(again.recalculate()) == (1, 1, 0)
    assert again.to_bytes() == first.to_bytes()


def test_the_mark_of_our_values_is_no_part_of_the_workbook(saved, tmp_path):
    opened = saved(cell("A1", 2), cell("B1", None, "A1*3"), cell("B2", 5, "2+3"))
    opened.save(tmp_path / "out.xlsx")
    with zipfile.ZipFile(tmp_path / "out.xlsx") as archive:
        assert {i.filename: i.comment for i in archive.infolist() if i.comment} == {RESULTS: b"crm_xl unproved: B1"}


# -- who vouches for the rest ----------------------------------------------------------------------------------------


def test_what_was_not_measured_is_told_and_does_not_take_the_place_of_a_value(saved, monkeypatch):
    monkeypatch.setattr(
        "crm_xl.hosts.headless.calculation.vouching.reproduced", lambda: frozenset({"(arithmetic)", "(reference)"})
    )
    opened = saved(
        cell("A1", -2), cell("B1", 9, "ABS(A1)"), cell("B2", None, "ABS(A1)"), cell("C2", None, "B2+1"), **STALE
    )
    report = opened.recalculate()
    assert keys(report) == {"B1": "formula_unmeasured"}
    assert {p.cell: p.key for p in report.unvouched} == {"B2": "formula_unmeasured", "C2": "formula_depends_unproved"}
    assert (opened["Results!B1"], opened["Results!B2"], opened["Results!C2"]) == (9, 2, 3)
    assert not report.ok
    assert opened.recalculate(stale=True).unvouched
    assert opened["Results!B1"] == 2


def test_an_error_out_of_nowhere_is_told(saved):
    opened = saved(cell("A1", "x"), cell("B1", None, "SQRT(-1)"), cell("B2", None, "B1+1"), **STALE)
    report = opened.recalculate()
    assert [(p.cell, p.severity, p.key) for p in report.unvouched] == [
        ("B1", "note", "formula_error_unproved"),
        ("B2", "note", "formula_depends_error"),
    ]
    assert report.ok


def test_a_spill_that_shrinks_and_a_value_that_turns_into_an_error_are_told(saved):
    """Nothing proves these formulas; they are measured, and written all the same."""
    spilled = [cell("B2", 2), cell("B3", 3), cell("D1", "#N/A"), cell("E1", 4, "D1+1"), cell("F1", 5, "SUM(A1:A2)")]
    opened = saved(
        cell("A1", 2),
        cell("B1", 1, "_xlfn.SEQUENCE(A1)", array="B1:B3", dynamic=True),
        *spilled,
        metadata=True,
        **STALE,
    )
    report = opened.recalculate()
    assert {p.cell: (p.severity, p.key) for p in report.unvouched} == {
        "B1": ("note", "formula_spill_shrunk"),
        "E1": ("note", "formula_value_lost"),
    }
    assert "B1:B2 now, and in the file B1:B3" in report.unvouched[0].text()
    assert report.unvouched[1].text("zh").endswith("结果现在为 #N/A，而文件中存的是 4")
    assert report.ok
    assert opened["Results!B1:B3"] == [[1], [2], [None]]


def test_a_circle_is_held_against_the_file_to_the_step_at_which_iteration_ends(saved):
    """x = 6 + 0.1 (6 + x): Excel stored 1.33333326 and 7.33333326 (Apache POI, 57535.xlsx), and goes on."""
    circle = (cell("A1", 6), cell("B1", 1.33333326, "0.1*(A1+B2)"), cell("B2", 7.33333326, "A1+B1"))
    opened = saved(*circle, cell("C1", 2, "1+1"), calc='<calcPr iterate="1"/>')
    assert counts(opened.recalculate()) == (3, 0, 0)
    assert not opened.changed
    opened["Results!A1"] = 12
    report = opened.recalculate()
    assert opened["Results!B2"] == pytest.approx(13.2 / 0.9, abs=2e-3)
    assert {p.cell: (p.key, p.severity) for p in report.problems} == dict.fromkeys(
        ("B1", "B2"), ("formula_iterated", "note")
    )
    counting = saved(cell("A1", 5, "A1+1"), cell("B1", 6, "A1+1"), calc='<calcPr iterate="1" iterateDelta="x"/>')
    assert set(keys(counting.recalculate())) >= {"A1"}
    assert (counting["Results!A1"], counting["Results!B1"]) == (5, 6)


def test_what_is_read_by_offset_and_indirect_is_known(saved):
    """D1 reads B1, which keeps its value, through OFFSET, E1 through INDIRECT: both are old then."""
    opened = saved(
        cell("A1", 2), cell("B1", 7, "A1*3"), cell("D1", 7, "SUM(OFFSET(A1,0,1))"), cell("E1", 8, 'INDIRECT("B"&1)+1')
    )
    opened["Results!A1"] = 3
    assert keys(opened.recalculate()) == {"B1": "formula_outdated", "D1": "formula_depends", "E1": "formula_depends"}


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        ("ROUND(A1,2)", {"ROUND"}),
        ("SUMPRODUCT(ROUND(A1:A9,2))", {"SUMPRODUCT:range", "ROUND:range"}),
        ("VLOOKUP(A1,B1:C3,2,)", {"VLOOKUP:range", "VLOOKUP:omitted"}),
        ("A1:A3*2", {"(arithmetic)", "(reference)", "(range)"}),
        ("PI()&B1", {"PI", "(&)"}),
        ("rate*2", {"(arithmetic)", "(reference)"}),
        ("discounted+1", {"NPV:range", "(arithmetic)", "(array)", "(range)", "(reference)"}),
        ("IF(CRM_TOTAL(A1:B3)>1,2,3)", {"IF", "(compare)", OURS}),
    ],
)
def test_uses_of_a_formula(formula, found):
    names = {"rate": "Sheet1!$A$1", "discounted": "NPV(Sheet1!$A$1,Sheet1!$B$1:$B$5)"}
    assert uses(formula, names, lambda name: name.startswith("CRM_")) == found


def test_the_list_of_what_is_reproduced_has_what_most_workbooks_use():
    assert {"SUM:range", "IF", "SUMIFS:range", "INDEX:range", "MATCH:range", "VLOOKUP:range", "(&)"} <= reproduced()


# -- input problems --------------------------------------------------------------------------------------------------


@pytest.fixture
def caught(tmp_path):
    """A workbook with a text for a number, in a formula that catches the error and, if asked, in another."""

    def make(*more):
        from tests.cli.test_cli import write_book

        path = write_book(tmp_path / "bad.xlsx", price="twelve")
        import openpyxl

        opened = openpyxl.load_workbook(path)
        results = opened["Results"]
        formula = results["A1"].value
        results["A1"] = f"=IFERROR({formula.removeprefix('=')},-1)"
        for at, text in more:
            results[at] = text.replace("TOTAL", formula.removeprefix("="))
        opened.save(path)
        return path

    return make


def test_an_input_problem_that_a_formula_catches_is_a_note(caught):
    path = caught(("B1", "=1+1"))
    report = recalculate(path)
    assert report.ok
    assert report.written
    assert [(p.cell, p.severity) for p in report.input_problems] == [("D2", "note")]
    opened = open_workbook(path)
    assert (opened["Results!A1"], opened["Results!B1"]) == (-1, 2)


def test_an_input_problem_that_a_result_shows_is_an_error_and_all_else_is_written(caught):
    path = caught(("B1", "=1+1"), ("C1", "=TOTAL"))
    report = recalculate(path)
    assert not report.ok
    assert report.written
    assert [(p.cell, p.severity) for p in report.input_problems] == [("D2", "error")]
    assert open_workbook(path)["Results!B1"] == 2


def test_strict_writes_nothing_as_before(caught):
    path = caught()
    before = path.read_bytes()
    assert not recalculate(path, strict=True).written
    assert path.read_bytes() == before


# -- a second engine -------------------------------------------------------------------------------------------------


class Doubter:
    """A second engine that differs in one cell and says nothing of another."""

    def answers(self, model, formulas):
        from crm_xl.hosts.headless.calculation.second_engine import Answer

        said = {"B1": Answer(True), "B2": Answer(False, "4", "5")}
        names = {("Results", 1, 2): "B1", ("Results", 2, 2): "B2"}
        return {p: said[names[p]] for p in formulas if p in names}


def test_where_the_engines_differ_and_nothing_stands_what_was_measured_is_written_and_named(saved, monkeypatch):
    monkeypatch.setattr("crm_xl.hosts.headless.book.SecondEngine", Doubter)
    opened = saved(cell("A1", 2), cell("B2", None, "A1*2"), cell("C2", None, "B2+1"), **STALE)
    report = opened.recalculate(second_engine=True)
    assert {p.cell: p.key for p in report.unvouched} == {"B2": "engines_differ", "C2": "formula_depends_unproved"}
    assert (opened["Results!B2"], opened["Results!C2"], report.ok) == (4, 5, False)


def test_where_the_engines_differ_the_cell_keeps_its_value(saved, monkeypatch):
    monkeypatch.setattr("crm_xl.hosts.headless.book.SecondEngine", Doubter)
    opened = saved(cell("A1", 2), cell("B1", 9, "A1*3"), cell("B2", 9, "A1*2"), cell("C2", 9, "B2+1"), **STALE)
    report = opened.recalculate(second_engine=True)
    assert keys(report) == {"B2": "engines_differ", "C2": "formula_depends"}
    assert "the two engines differ: 4 and 5" in report.formula_problems[0].text()
    assert (opened["Results!B1"], opened["Results!B2"]) == (6, 9)


def test_formulon_is_asked_of_what_nothing_proves():
    pytest.importorskip("formulon")
    cells = [cell("A1", 2), cell("B1", None, "A1*3"), cell("B2", None, "CRM_TOTAL(A1)"), cell("B3", None, "B1+1")]
    cells += [cell("D1", None, "_xlfn.SEQUENCE(2)", array="D1", dynamic=True), cell("F1", None, "rate*2")]
    data = book({"S": sheet(*cells)}, names=[("rate", None, "S!$A$1")], metadata=True)
    opened = open_workbook(data, registry=dummies())
    opened["S!A1"] = 5
    report = opened.recalculate(second_engine=True)
    assert not report.formula_problems
    assert (opened["S!B1"], opened["S!B3"], opened["S!F1"]) == (15, 16, 10)
    assert cells_of(opened.to_bytes())["D2"].endswith("<v>2</v></c>")
