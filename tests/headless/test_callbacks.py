"""Calls of functions that fail for another reason than cells of their tables."""

import pytest

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless import CallProblem, open_workbook, recalculate
from crm_xl.hosts.headless.calculation.callbacks import Calls

from .books import book, cell, cells_of, sheet, text_in_numbers

NOBODY = 'CRM_TOTAL(Costs[#All],,"Nobody")'


@pytest.fixture
def opened(on_costs, registry):
    def make(*cells, **options):
        return open_workbook(on_costs(*cells, **options), registry=registry, find_problems=text_in_numbers)

    return make


@pytest.fixture
def bad_costs(costs, registry):
    """A workbook whose unit cost in Costs!D6 is a text."""

    def make(*cells):
        wrong = costs[0].replace('<c r="D6"><v>30</v></c>', cell("D6", "dear"))
        data = book({"Costs": wrong, "Results": sheet(*cells)}, tables=[costs[1]])
        return open_workbook(data, registry=registry, find_problems=text_in_numbers)

    return make


def said(report):
    return [(p.cell, p.severity, p.function, str(p.error.code), p.reason()) for p in report.call_problems]


def test_each_failed_call_is_told_with_its_cell(opened):
    report = opened(
        cell("A1", 0, "CRM_TOTAL()"),
        cell("A2", 0, f"_xldudf_{NOBODY}"),
        cell("A3", 0, "CRM_TOTAL(Costs[#All],1,2,3)*2"),
        cell("A4", 0, "CRM_TOTAL(Costs[#All])"),
    ).recalculate()
    assert said(report) == [
        ("A1", "error", "CRM_TOTAL", "#VALUE!", "CRM_TOTAL needs the argument costs"),
        ("A2", "note", "CRM_TOTAL", "#N/A", report.call_problems[1].error.text()),
        ("A3", "error", "CRM_TOTAL", "#VALUE!", "CRM_TOTAL takes at most 3 arguments"),
    ]
    assert not report.ok
    assert all(isinstance(p, CallProblem) for p in report.problems)
    first, second = report.call_problems[:2]
    assert first.text() == (
        "workbook, Results!A1: =CRM_TOTAL() shows an error, CRM_TOTAL gives #VALUE!: CRM_TOTAL needs the argument costs"
    )
    assert first.text("zh") == (
        "workbook 的 Results!A1：=CRM_TOTAL() 显示错误，CRM_TOTAL 返回 #VALUE!：CRM_TOTAL 缺少参数 costs"
    )
    assert f"={NOBODY} shows" in second.text()


def test_an_honest_answer_is_a_note_and_all_is_well(opened):
    book = opened(cell("A1", 0, NOBODY))
    report = book.recalculate()
    assert [p.severity for p in report.problems] == ["note"]
    assert report.ok
    assert book["Results!A1"] is ErrorValue.NA


def test_an_error_in_arguments_is_written_all_the_same(on_costs, registry, tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_bytes(on_costs(cell("A1", 0, "CRM_TOTAL()"), cell("A2", 0, "1+1")))
    report = recalculate(path, registry=registry, find_problems=text_in_numbers)
    assert (report.ok, report.written) == (False, True)
    written = cells_of(path.read_bytes(), "xl/worksheets/sheet2.xml")
    assert written["A1"] == '<c r="A1" t="e"><f>CRM_TOTAL()</f><v>#VALUE!</v></c>'
    assert written["A2"].endswith("<v>2</v></c>")


def test_a_formula_that_catches_the_error_is_not_told_of(opened):
    report = opened(
        cell("A1", 0, f"IFERROR({NOBODY},0)"), cell("A2", 0, "IF(ISERROR(CRM_TOTAL()),1,2)"), cell("A3", 0, NOBODY)
    ).recalculate()
    assert [p.cell for p in report.problems] == ["A3"]


def test_cells_of_tables_that_are_told_of_explain_the_call(bad_costs):
    report = bad_costs(cell("A1", 0, "CRM_TOTAL(Costs[#All])"), cell("A2", 0, "CRM_PER_USER(Costs[#All],5)"))
    problems = report.recalculate().problems
    assert [p.text() for p in problems] == ["workbook, Costs!D6: found text; expected a number"]


@pytest.mark.parametrize("table", ["(Costs[#All])", "((Costs!B4:D7))", "( Costs[#All] )", "(all_costs)", "all_costs"])
def test_parentheses_do_not_hide_where_a_table_stands(table, costs, registry):
    wrong = costs[0].replace('<c r="D6"><v>30</v></c>', cell("D6", "dear"))
    data = book(
        {"Costs": wrong, "Results": sheet(cell("A1", 0, f"CRM_TOTAL({table})"))},
        tables=[costs[1]],
        names=[("all_costs", None, "(Costs!$B$4:$D$7)")],
    )
    report = open_workbook(data, registry=registry, find_problems=text_in_numbers).recalculate()
    assert [(p.sheet, p.cell) for p in report.input_problems] == [("Costs", "D6")]
    assert not report.call_problems


def test_parentheses_around_more_than_a_reference_stay(opened):
    book = opened(cell("A1", 0, "CRM_SHOW((Costs!C5)+(Costs!C6),(1+2)*3)"))
    assert book["Results!A1"] == "12.0 9.0 None"


@pytest.mark.parametrize("table", ["IF(TRUE,Costs[#All])", 'INDIRECT("Costs!B4:D7")', "CHOOSE(1,Costs!B4:D7)"])
def test_a_table_without_a_place_is_told_with_its_row(table, bad_costs):
    report = bad_costs(cell("A1", 0, f"CRM_TOTAL({table})")).recalculate()
    assert said(report) == [
        ("A1", "error", "CRM_TOTAL", "#VALUE!", "argument costs, row 3: found text; expected a number")
    ]
    assert report.call_problems[0].reason("zh") == "参数 costs 第 3 行：填的是文字"
    assert not report.ok


def test_each_of_several_arguments_is_given_what_it_turns_out_to_read(opened):
    show = 'CRM_SHOW(INDIRECT("Costs!C5")+0,INDIRECT("Costs!C6")+1,INDIRECT("Costs!C5")+2)'
    book = opened(cell("A1", 0, show))
    assert book.recalculate().ok
    first, second = book["Costs!C5"], book["Costs!C6"]
    assert book["Results!A1"] == f"{first} {second + 1} {first + 2}"
    book["Costs!C6"] = 70
    assert book["Results!A1"] == f"{first} 71.0 {first + 2}"


def test_the_same_formula_fails_in_some_cells_only(opened):
    shared = (
        '<c r="B1"><f t="shared" ref="B1:B3" si="0">CRM_TOTAL(Costs[#All],,A1)</f></c>'
        '<c r="B2"><f t="shared" si="0"/></c>',
        '<c r="B3"><f t="shared" si="0"/></c>',
    )
    book = opened(cell("A1", "Licence"), cell("A2", "Nobody"), cell("A3", "Support"), *shared)
    assert [p.cell for p in book.recalculate().call_problems] == ["B2"]
    assert book.recalculate().call_problems[0].formula == "=CRM_TOTAL(Costs[#All],,A2)"
    book["Results!A2"], book["Results!A3"] = "Licence", "Anybody"
    assert [p.cell for p in book.recalculate().call_problems] == ["B3"]
    book["Results!A3"] = "Support"
    assert not book.recalculate().problems


def test_arrays_tell_the_cell_of_their_formula_once(opened):
    report = opened(
        cell("A1", 0, "CRM_BREAKDOWN(1,2)", array="A1", dynamic=True),
        cell("C1", 0, "CRM_BREAKDOWN()", array="C1:D2"),
        cell("D1", 0),
        cell("C2", 0),
        cell("D2", 0),
        metadata=True,
    ).recalculate()
    assert [p.cell for p in report.call_problems] == ["A1", "C1"]


def test_a_name_may_call_too(opened):
    names = [("total", None, "CRM_TOTAL()")]
    report = opened(cell("A1", 0, "total+1"), cell("A2", 0, "total"), names=names).recalculate()
    assert [p.cell for p in report.call_problems] == ["A1", "A2"]


def test_an_error_that_is_handed_on_is_told_where_it_arises(bad_costs):
    book = bad_costs(
        cell("A1", 0, "CRM_TOTAL(Costs[#All])"),
        cell("A2", 0, "A1+1"),
        cell("A3", 0, "CRM_PER_USER(Costs!B4:D5,A2)"),
        cell("B1", 0, "CRM_TOTAL()"),
        cell("B2", 0, "CRM_PER_USER(Costs!B4:D5,B1)"),
        cell("B3", 0, "CRM_PER_USER(Costs!B4:D5,B2)"),
        cell("C1", 0, "1/0"),
        cell("C2", 0, "CRM_PER_USER(Costs!B4:D5,C1)"),
    )
    report = book.recalculate()
    assert [(p.cell, p.severity) for p in report.problems] == [("D6", "error"), ("B1", "error"), ("C2", "note")]
    assert report.call_problems[1].reason() == "argument users holds #DIV/0!"


# -- formulas that stand in no cell ----------------------------------------------------------------------------------


def test_a_formula_that_is_only_tried_leaves_no_trace(opened, tmp_path):
    book = opened(cell("A1", 0, "CRM_TOTAL(Costs[#All])"))
    for formula in ("=CRM_TOTAL()", '=CRM_TOTAL(Costs[Component],1,"x")', "=CRM_TOTAL(IF(TRUE,Costs[Component]))"):
        assert isinstance(book.evaluate(formula), ErrorValue)
        assert book.reasons()
        assert book.recalculate().ok
        assert not book.recalculate().problems
    book["Costs!C5"] = 1
    assert book.recalculate().ok
    book.save(tmp_path / "out.xlsx")


def test_a_tried_formula_over_bad_cells_does_not_keep_from_saving(bad_costs, tmp_path):
    book = bad_costs(cell("A1", 0, "1+1"))
    assert book.evaluate("=CRM_TOTAL(Costs[#All])") is ErrorValue.VALUE
    assert book.reasons() == ["workbook, Costs!D6: found text; expected a number"]
    assert book.recalculate().ok
    book.save(tmp_path / "out.xlsx")


def test_reasons_are_those_of_the_formula_last_evaluated(bad_costs):
    book = bad_costs(cell("A1", 0, "CRM_TOTAL(Costs[#All])"))
    assert book.reasons() == []
    assert book.evaluate("=CRM_TOTAL()") is ErrorValue.VALUE
    assert book.reasons() == ["CRM_TOTAL needs the argument costs"]
    assert book.reasons("zh") == ["CRM_TOTAL 缺少参数 costs"]
    assert book.evaluate("=CRM_TOTAL(1,2,3,4)+CRM_TOTAL()") is ErrorValue.VALUE
    assert book.reasons()[0] == "CRM_TOTAL takes at most 3 arguments"
    assert book.evaluate("=CRM_TOTAL(Costs[#All])") is ErrorValue.VALUE
    assert book.reasons() == ["workbook, Costs!D6: found text; expected a number"]
    assert book.evaluate("=1+1") == 2
    assert book.reasons() == []
    assert book.evaluate("=1/0") is ErrorValue.DIV0
    assert book.reasons() == []
    assert [p.cell for p in book.recalculate().problems] == ["D6"]


def test_reasons_reach_back_to_the_cell_from_which_the_error_comes(bad_costs):
    book = bad_costs(
        cell("A1", 0, "CRM_TOTAL()"),
        cell("A2", 0, NOBODY.replace("Costs[#All]", "Costs!B4:D5")),
        cell("B1", 0, "A1*2"),
        cell("B2", 0, "IFERROR(A1,0)"),
    )
    assert book.evaluate("=Results!B1+1") is ErrorValue.VALUE
    assert book.reasons() == ["CRM_TOTAL needs the argument costs"]
    assert book.evaluate("=Results!B2+Results!A2") is ErrorValue.NA
    assert book.reasons() == [e.error.text() for e in book.recalculate().call_problems if e.cell == "A2"]


def test_contents_that_have_changed_are_not_kept(opened):
    book = opened(cell("A1", 0, "CRM_TOTAL(Costs[#All])"), cell("A2", 0, "CRM_PER_USER(Costs!B4:D6,2)"))
    calls = book._model.calls
    for i in range(1, 20):
        book["Costs!C5"] = i if i % 3 else "none"
        book["Costs!C7"] = 0
        assert book["Results!A1"] == (20 * i + 60 if i % 3 else ErrorValue.VALUE)
        assert book["Results!A2"] == (10 * i + 30 if i % 3 else ErrorValue.VALUE)
        assert len(calls._ranges) == 2
        assert book.recalculate().ok == bool(i % 3)


def test_a_table_goes_over_to_python_once_however_many_formulas_take_it(costs, registry, monkeypatch):
    ways = ("Costs[#All]", "Costs!$B$4:$D$7", "the_costs", "Costs!B4:D7")
    formulas = [cell(f"A{i}", 0, f"CRM_TOTAL({ways[i % 4]})*{i}") for i in range(1, 400)]
    data = book(
        {"Costs": costs[0], "Results": sheet(*formulas)},
        tables=[costs[1]],
        names=[("the_costs", None, "Costs!$B$4:$D$7")],
    )
    handed_over = []
    original = Calls._hand_over

    def counted(self, content, row):
        handed_over.append(len(content))
        return original(self, content, row)

    monkeypatch.setattr(Calls, "_hand_over", counted)
    found = open_workbook(data, registry=registry)
    assert [row[0] / i for i, row in enumerate(found["Results!A1:A399"], 1)] == [265.5] * 399
    assert handed_over == [4]
    found["Costs!D6"] = 31
    assert found["Results!A2"] != 2 * 265.5
    assert handed_over == [4, 4]
