import datetime as dt
import decimal
import math

import numpy as np
import openpyxl
import pandas as pd
import pytest

import crm_xl
from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless import WorkbookError, open_workbook

from .books import book, cell, cells_of, parts_of, sheet, text_in_numbers

STYLES = (
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m"/></numFmts>'
    '<fonts><font/></fonts><fills><fill><patternFill patternType="none"/></fill></fills><borders><border/></borders>'
    '<cellStyleXfs><xf numFmtId="0"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>'
    '<xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="4"/><xf numFmtId="20"/></cellXfs>'
    '<cellStyles><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@pytest.fixture
def opened(on_costs, registry):
    names = [
        ("Total_cost", None, "Results!$C$5"),
        ("Discount_rate", None, "Results!$B$2"),
        ("Lines", None, "Costs!$B$5:$D$7"),
        ("现值", None, "Results!$C$6"),
    ]
    data = on_costs(
        cell("B2", 0.1, style=3),
        cell("C5", 1, "CRM_TOTAL(Costs[#All])"),
        cell("C6", 1, "Total_cost/(1+Discount_rate)"),
        cell("B8", "x", "CRM_BREAKDOWN(Costs[#All])", array="B8", dynamic=True),
        cell("F1", 46388, style=1),
        cell("F2", 0, "F1+31", style=2),
        cell("F3", 0, "F1+1"),
        cell("F4", 0.75, style=4),
        cell("G1", True),
        cell("G2", 0, "NOT(G1)"),
        cell("H1", 3, "NOSUCH()"),
        cell("H2", 0, "1/0"),
        cell("H3", "a"),
        cell("H4", 0, 'H3&"b"'),
        names=names,
        metadata=True,
        styles=STYLES,
    )
    return open_workbook(data, registry=registry, find_problems=text_in_numbers)


def test_the_package_exports_it():
    assert crm_xl.open_workbook is open_workbook


def test_reading(opened):
    assert opened.sheets == ("Costs", "Results")
    assert opened["Results!C5"] == 265.5
    assert opened["results!$C$5"] == 265.5
    assert opened["Total_cost"] == opened["total_COST"] == 265.5
    assert opened["现值"] == pytest.approx(265.5 / 1.1)
    assert opened["Results!B8#"] == [["Component", "Amount"], ["Licence", 205.5], ["Support", 60]]
    assert opened.table("Results!B8") == opened["Results!B8#"]
    assert opened["Costs[#Headers]"] == [["Component", "Quantity", "Unit cost"]]
    assert opened["Costs[Quantity]"] == [[10], [2], [1]]
    assert opened["Lines"] == opened.table("Lines") == [["Licence", 10, 20], ["Support", 2, 30], ["Licence", 1, 5.5]]
    assert opened["Results!H2"] is ErrorValue.DIV0
    assert (opened["Results!G1"], opened["Results!G2"]) == (True, False)
    assert opened["Results!H4"] == "ab"
    assert opened["Results!Z99"] is None


def test_dates_come_from_the_number_format(opened):
    assert opened["Results!F1"] == dt.datetime(2027, 1, 1)
    assert opened["Results!F2"] == dt.datetime(2027, 2, 1)
    assert opened["Results!F3"] == 46389
    assert opened["Results!F4"] == dt.time(18)


def test_a_formula_that_cannot_be_computed_keeps_the_value_of_the_file(opened):
    assert opened["Results!H1"] == 3
    (problem,) = opened.recalculate().problems
    assert problem.text() == "workbook, Results!H1: =NOSUCH() was not calculated: the function NOSUCH is unknown"
    assert problem.text("zh") == "workbook 的 Results!H1：未计算 =NOSUCH()：未知函数 NOSUCH"


def test_setting_inputs(opened):
    opened["Discount_rate"] = 0.5
    opened["Costs!C5"] = 0
    assert opened["Total_cost"] == 65.5
    assert opened["现值"] == pytest.approx(65.5 / 1.5)
    assert opened["Results!B8#"] == [["Component", "Amount"], ["Licence", 5.5], ["Support", 60]]
    opened["Costs!B6"] = "Training"
    assert opened["Results!B8#"][2] == ["Training", 60]
    opened["Costs!C6"] = None
    assert opened["Total_cost"] == 5.5
    assert opened["Costs!C6"] is None


@pytest.mark.parametrize(
    ("value", "read", "xml"),
    [
        (7, 7.0, '<c r="B2" s="3"><v>7</v></c>'),
        (np.float64(2.5), 2.5, '<c r="B2" s="3"><v>2.5</v></c>'),
        (decimal.Decimal("0.08"), 0.08, '<c r="B2" s="3"><v>0.08</v></c>'),
        ("中 <文>", "中 <文>", '<c r="B2" s="3" t="str"><v>中 &lt;文&gt;</v></c>'),
        ("=1+1", "=1+1", '<c r="B2" s="3" t="str"><v>=1+1</v></c>'),
        (True, True, '<c r="B2" s="3" t="b"><v>1</v></c>'),
        (dt.date(2027, 1, 1), 46388.0, '<c r="B2" s="3"><v>46388</v></c>'),
        (dt.time(18, 0), 0.75, '<c r="B2" s="3"><v>0.75</v></c>'),
        (np.datetime64("2027-01-01T06:00:00.000000000"), 46388.25, '<c r="B2" s="3"><v>46388.25</v></c>'),
        (ErrorValue.NA, ErrorValue.NA, '<c r="B2" s="3" t="e"><v>#N/A</v></c>'),
        (None, None, '<c r="B2" s="3"/>'),
    ],
)
def test_every_kind_of_value_is_set_and_saved(value, read, xml, opened):
    opened["Results!B2"] = value
    assert opened["Results!B2"] == read
    assert cells_of(opened.to_bytes(), "xl/worksheets/sheet2.xml")["B2"] == xml


def test_a_new_cell_can_be_set(opened):
    opened["Results!K20"] = 4
    assert opened.evaluate("=Results!K20*2") == 8
    assert cells_of(opened.to_bytes(), "xl/worksheets/sheet2.xml")["K20"] == '<c r="K20"><v>4</v></c>'


def test_a_time_that_was_read_can_be_written_back(opened):
    opened["Results!F4"] = 0.4375
    assert opened["Results!F4"] == dt.time(10, 30)
    opened["Results!F4"] = opened["Results!F4"]
    assert cells_of(opened.to_bytes(), "xl/worksheets/sheet2.xml")["F4"] == '<c r="F4" s="4"><v>0.4375</v></c>'


@pytest.mark.parametrize(
    "value", [dt.datetime(2027, 1, 1, tzinfo=dt.UTC), dt.time(9, tzinfo=dt.timezone(dt.timedelta(hours=8)))]
)
def test_a_time_with_a_zone_is_refused_in_both_languages(value, opened):
    with pytest.raises(WorkbookError) as told:
        opened["Results!B2"] = value
    assert told.value.text() == (
        f"Results!B2 cannot be set to {value}: cells have no time zones; give the date and time without one"
    )
    assert told.value.text("zh").startswith(f"Results!B2 无法设为 {value}：")


@pytest.mark.parametrize("value", [math.nan, math.inf, [1], object(), pd.NaT, dt.date(1850, 1, 1)])
def test_what_is_no_value_is_refused(value, opened):
    with pytest.raises(TypeError, match=r"Results!B2 cannot be set to"):
        opened["Results!B2"] = value


@pytest.mark.parametrize("key", ["Results!C5", "Total_cost", "Results!B8", "Results!C9"])
def test_formulas_and_their_results_are_not_inputs(key, opened):
    opened.recalculate()
    with pytest.raises(WorkbookError, match="holds a formula or part of its result: only input cells can be set"):
        opened[key] = 1


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("Nope!A1", "workbook has no sheet 'Nope': it has Costs, Results"),
        ("nobody", "workbook has no cell, name or table 'nobody': give a cell with its sheet, like 'Results!C5'"),
        ("A1", "no cell, name or table 'A1'"),
        ("Results!1A", "no cell, name or table"),
        ("Costs[Nobody]", "no cell, name or table"),
        ("", "no cell, name or table"),
        ("[1]Sheet1!A1", "no sheet"),
    ],
)
def test_keys_that_are_not_there(key, words, opened):
    with pytest.raises(KeyError, match=words):
        opened[key]
    with pytest.raises(KeyError, match=words):
        opened[key] = 1


def test_only_one_cell_can_be_set(opened):
    with pytest.raises(KeyError, match="only one cell at a time"):
        opened["Lines"] = 1


def test_evaluating_a_formula(opened):
    assert opened.evaluate("=CRM_TOTAL(Costs[#All])*2") == 531
    assert opened.evaluate("=_xldudf_CRM_BREAKDOWN(Costs[#All])")[1] == ["Licence", 205.5]
    assert opened.evaluate("=C5+1", sheet="results") == 266.5
    assert opened.evaluate("=C5+1") == 11
    assert opened.evaluate("=1/0") is ErrorValue.DIV0
    assert opened.evaluate('=CRM_TOTAL(Costs[#All],,"Nobody")') is ErrorValue.NA
    assert opened.evaluate("=CRM_SHOW(1,,Results!H3)") == "1.0 None 'a'"
    opened["Costs!C5"] = 0
    assert opened.evaluate("=CRM_TOTAL(Costs[#All])*2") == 131
    before = parts_of(opened.to_bytes())
    assert opened.evaluate("=1+1") == 2
    assert parts_of(opened.to_bytes()) == before


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("=NOSUCH(1)", "the function NOSUCH is unknown"),
        ("=[1]Sheet1!A1", "it refers to another workbook"),
        ("=SUM(", r"^=SUM\( was not calculated: it cannot be read$"),
        ("=1+", r"^=1\+ was not calculated: it cannot be read$"),
        ("1+", r"^=1\+ was not calculated: it cannot be read$"),
        ("=", "^= was not calculated: it cannot be read$"),
        ("", "^= was not calculated: it cannot be read$"),
        ("=)", "it cannot be read"),
        ("=1 2", "it cannot be read"),
        ("=CRM_TOTAL(Costs[#All]", "it cannot be read"),
        ("=CRM_TOTAL(Costs[#All],+)", "it cannot be read"),
        ("=nobody", "it uses a name or function that is unknown"),
    ],
)
def test_a_formula_that_cannot_be_evaluated(formula, words, opened):
    with pytest.raises(WorkbookError, match=words):
        opened.evaluate(formula)
    assert opened.evaluate("=1+1") == 2


@pytest.mark.parametrize(
    "reference",
    ["Results!F1:G2", "Costs[#All]", "Lines", "Results!F1", "Results!Z99", "Total_cost", "Results!B8#", "Results!F4"],
)
def test_a_plain_reference_gives_what_the_cells_hold(reference, opened):
    value = opened[reference]
    assert opened.evaluate(f"={reference}") == opened.evaluate(f" =({reference})") == value
    assert value == opened.evaluate(reference)
    assert repr(value) == repr(opened.evaluate(f"={reference}"))


def test_a_plain_reference_has_blanks_and_dates(opened):
    opened["Costs!C6"] = None
    assert opened.evaluate("=Costs[Quantity]") == [[10], [None], [1]]
    assert opened.evaluate("=F1:F2", sheet="Results") == [[dt.datetime(2027, 1, 1)], [dt.datetime(2027, 2, 1)]]
    assert opened.evaluate("=G1", sheet="Costs") is None
    assert opened.evaluate("=Results!C5#") is ErrorValue.REF


def test_a_plain_reference_to_an_error_has_its_reasons(opened):
    opened["Costs!C6"] = "two"
    assert opened.evaluate("=Total_cost") is ErrorValue.VALUE
    assert opened.reasons() == ["workbook, Costs!C6: found text; expected a number"]
    opened.evaluate("=Costs!C5")
    assert opened.reasons() == []


def test_why_a_formula_cannot_be_evaluated_is_said_in_both_languages(opened):
    with pytest.raises(WorkbookError) as caught:
        opened.evaluate("=Results!H1")
    assert str(caught.value) == "=Results!H1 was not calculated: it depends on Results!H1, which was not calculated"
    assert caught.value.text("zh") == "未计算 =Results!H1：依赖未计算的 Results!H1"


def test_evaluating_on_a_sheet_that_is_not_there(opened):
    with pytest.raises(KeyError, match="has no sheet 'Nope'"):
        opened.evaluate("=1", sheet="Nope")


def test_problems_come_and_go_with_the_inputs(opened):
    assert not opened.recalculate().input_problems
    opened["Costs!C6"] = "two"
    assert [p.cell for p in opened.recalculate().input_problems] == ["C6"]
    opened["Results!B2"] = 0.2
    assert [p.cell for p in opened.recalculate().input_problems] == ["C6"]
    assert opened["Total_cost"] is ErrorValue.VALUE
    opened["Costs!C6"] = 2
    assert not opened.recalculate().input_problems
    assert opened["Total_cost"] == 265.5


def test_saving(opened, tmp_path):
    path = tmp_path / "out.xlsx"
    opened["Discount_rate"] = 0.25
    opened.save(path)
    values = openpyxl.load_workbook(path, data_only=True)["Results"]
    assert values["B2"].value == 0.25
    assert values["B2"].number_format == "#,##0.00"
    assert values["C6"].value == pytest.approx(212.4)
    assert values["F1"].value == dt.datetime(2027, 1, 1)


def test_saving_with_bad_inputs(opened, tmp_path):
    path = tmp_path / "out.xlsx"
    opened["Costs!C6"] = "two"
    with pytest.raises(WorkbookError) as caught:
        opened.save(path, strict=True)
    assert caught.value.text() == (
        "workbook: nothing was written because of problems in input cells (1); "
        "the first: workbook, Costs!C6: found text; expected a number"
    )
    assert not path.exists()
    opened.save(path)
    assert openpyxl.load_workbook(path, data_only=True)["Results"]["C5"].value == "#VALUE!"


def test_a_book_from_bytes_needs_a_path(opened):
    with pytest.raises(ValueError, match="needs a path"):
        opened.save()


def test_saving_over_the_file(on_costs, registry, tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_bytes(on_costs(cell("A1", 0, "Costs!C5*2")))
    opened = open_workbook(path, registry=registry)
    opened["Costs!C5"] = 21
    opened.save()
    assert open_workbook(path, registry=registry)["Results!A1"] == 42


def test_sheets_with_hard_names(registry):
    tabs = ["it's 费用 (2027)", "2027", "R1C1", "A1", "a-b"]
    data = book({tab: sheet(cell("A1", i), cell("A2", 0, "A1*10")) for i, tab in enumerate(tabs, 1)})
    opened = open_workbook(data, registry=registry)
    assert [opened[f"{tab}!A2"] for tab in tabs] == [10, 20, 30, 40, 50]
    quoted = "'it''s 费用 (2027)'!A1"
    assert opened[quoted] == 1
    opened[quoted] = 9
    assert opened["it's 费用 (2027)!A2"] == 90


def test_the_example_of_the_documentation(on_costs, registry, tmp_path):
    path = tmp_path / "costs.xlsx"
    names = [("Total_cost", None, "Results!$C$5")]
    path.write_bytes(on_costs(cell("B2", 0.1), cell("C5", 0, "CRM_TOTAL(Costs[#All])*(1+B2)"), names=names))

    book = open_workbook(path, registry=registry)
    book["Results!B2"] = 0.08
    assert book.recalculate().ok
    assert book["Total_cost"] == pytest.approx(286.74)


def test_blanks_and_empty_texts_reach_functions_as_they_are(registry):
    data = book({"S": sheet(cell("A1", "x"), cell("B1", 0, '""'), cell("A3", 0, "CRM_SHOW(C1,B1,A1)"))})
    assert open_workbook(data, registry=registry)["S!A3"] == "None None 'x'"


def test_a_formula_over_a_failed_one_is_not_evaluated(opened):
    with pytest.raises(WorkbookError, match="it depends on Results!H1, which was not calculated"):
        opened.evaluate("=IFERROR(Results!H1,0)")
    with pytest.raises(WorkbookError, match="it depends on Results!H1"):
        opened.evaluate("=SUM(Results!G1:I3)")
