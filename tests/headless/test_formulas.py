import pytest

from crm_xl.hosts.headless import open_workbook
from crm_xl.hosts.headless.formulas.rewriter import Rewriter
from crm_xl.hosts.headless.formulas.scratch_sheet import EMPTY, Scratch
from crm_xl.hosts.headless.formulas.spellings import Spellings
from crm_xl.hosts.headless.formulas.tokens import Uncomputable
from crm_xl.xlsx.references import Area, Table, moved, parse_area, resolve_structured

from .books import book, cell, dummies, sheet

TABLE = Table("Costs", Area("Costs", 4, 2, 10, 4), ("Component", "Quantity", "Unit cost"), 1, 1)
NAMES = {
    (None, "all_costs"): "Costs!$B$4:$D$9",
    (None, "rate"): "0.08",
    (None, "total"): "_xldudf_CRM_TOTAL(all_costs)*(1+rate)",
    (None, "left"): "Results!A1",
    ("Results", "local"): "Results!$A$1:$A$3",
    (None, "local"): "Costs!$A$9",
    (None, "loop"): "loop+1",
    (None, "费用"): "Costs!$C$5:$C$9",
}


@pytest.fixture
def rewriter():
    tables = {"costs": TABLE, "费用表": Table("费用表", Area("数 据", 1, 1, 3, 2), ("类别", "金额"), 1, 0)}
    return Rewriter(Spellings(dummies()), ["Costs", "Results", "it's 费用"], NAMES, tables, Scratch("scratch"))


def on_results(rewriter, formula, **options):
    return rewriter.rewrite(formula, "Results", 6, 5, **options).text


SPELLINGS = [
    "CRM_TOTAL",
    "crm_total",
    "_xldudf_CRM_TOTAL",
    "_xlfn._xldudf_CRM_TOTAL",
    "_xll.CRM_TOTAL",
    "[1]!CRM_TOTAL",
    "[12]!crm_total",
    r"'C:\Users\Li Na\AppData\crm_xl.xlam'!CRM_TOTAL",
    "'/Users/o''neil/crm_xl.xlam'!CRM_TOTAL",
    "crm_xl.xlam!CRM_TOTAL",
    "[1]Sheet1!CRM_TOTAL",
    "'[3]Sheet 1'!_xldudf_CRM_TOTAL",
    "[crm_xl.xlam]!CRM_TOTAL",
    "[crm_xl.xlam]Sheet1!CRM_TOTAL",
    r"'C:\Users\Li Na\[crm_xl.xlam]Sheet1'!CRM_TOTAL",
    r"'C:\Users\Li Na\[CRM_XL.XLA]表 1'!CRM.TOTAL",
    "'https://d.docs.live.net/x/[crm_xl.xlam]it''s'!CRM_TOTAL",
    "CRM.TOTAL",
    "_xll.CRM.TOTAL",
    "_xlfn.CRM_TOTAL",
    "@CRM_TOTAL",
    "ORG.CRMXL.ADDIN.CRMTOTAL",
    "org.crmxl.addin.crmtotal",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_calls_the_function(spelling, on_costs, registry):
    data = on_costs(cell("A1", 0, f"{spelling}(Costs[#All])+1"))
    assert open_workbook(data, registry=registry)["Results!A1"] == 266.5


def test_a_name_with_several_underscores_has_its_spellings_too(on_costs, registry):
    names = ["CRM_PER_USER", "CRM.PER.USER", "CRM.PER_USER", "_xldudf_CRM_PER_USER", "ORG.CRMXL.ADDIN.CRMPERUSER"]
    data = on_costs(*(cell(f"A{i}", 0, f"{name}(Costs[#All],5)") for i, name in enumerate(names, 1)))
    assert open_workbook(data, registry=registry)["Results!A1:A5"] == [[53.1]] * 5


def test_single_around_a_call(on_costs, registry):
    data = on_costs(cell("A1", 0, "_xlfn.SINGLE(_xldudf_CRM_BREAKDOWN(Costs[#All]))"))
    assert open_workbook(data, registry=registry)["Results!A1"] == "Component"


@pytest.mark.parametrize("formula", ['"CRM.TOTAL(x)"', "'it''s 费用'!A1&\"[1]!CRM_TOTAL(\""])
def test_what_only_looks_like_a_call_is_none(rewriter, formula):
    assert "CRM_TOTAL" not in on_results(rewriter, formula)
    assert not rewriter.scratch.rows


@pytest.mark.parametrize(
    "formula",
    [
        "MYCRM_TOTAL(1)",
        "CRM_TOTALS(1)",
        "other.xlsm!CRM_TOTAL(1)",
        "[other.xlsx]Sheet1!CRM_TOTAL(1)",
        "Sheet1!CRM_TOTAL(1)",
    ],
)
def test_a_function_of_a_name_alike_is_unknown(rewriter, formula):
    with pytest.raises(Uncomputable) as caught:
        on_results(rewriter, formula)
    assert caught.value.key == "formula_function_unknown"


def test_a_sheet_named_like_a_call(on_costs, registry):
    tab = "CRM.TOTAL(x)"
    data = book({tab: sheet(cell("A1", 7)), "Results": sheet(cell("A1", 0, f"'{tab}'!A1*2"))})
    assert open_workbook(data, registry=registry)["Results!A1"] == 14


def test_areas_go_through_one_scratch_cell_each(rewriter):
    assert on_results(rewriter, "CRM_TOTAL(Costs[#All])") == "CRM_TOTAL(scratch!$A$1)"
    both = "CRM_TOTAL(Costs!B4:D10)+SUM(Costs!B4:D10)"
    assert on_results(rewriter, both) == "CRM_TOTAL(scratch!$A$1)+SUM(Costs!$B$4:$D$10)"
    assert on_results(rewriter, "CRM_TOTAL(A1:B5)") == "CRM_TOTAL(scratch!$A$2)"
    assert on_results(rewriter, "CRM_TOTAL( all_costs )") == "CRM_TOTAL(scratch!$A$3)"
    assert list(rewriter.scratch.areas.values()) == [
        Area("Costs", 4, 2, 10, 4),
        Area("Results", 1, 1, 5, 2),
        Area("Costs", 4, 2, 9, 4),
    ]


def test_nested_expressions_and_single_cells_stay(rewriter):
    computed = "CRM__EVALUATE(0,,Results!A1,Results!$B$1:$B$5)"
    assert on_results(rewriter, "CRM_TOTAL(IF(A1,B1:B5),2)") == f"CRM_TOTAL({computed},2)"
    assert on_results(rewriter, "CRM_SHOW(A1,-B1)") == "CRM_SHOW(Results!A1,-Results!B1)"
    assert on_results(rewriter, "SUM(C9:B2,Results!A1)") == "SUM(Results!$B$2:$C$9,Results!A1)"
    assert not rewriter.scratch.rows


def test_empty_arguments_are_marked(rewriter):
    assert on_results(rewriter, "CRM_SHOW(1,,)") == f'CRM_SHOW(1,"{EMPTY}","{EMPTY}")'
    assert on_results(rewriter, "CRM_SHOW()") == "CRM_SHOW()"
    assert on_results(rewriter, "IF(A1,,2)") == "IF(Results!A1,,2)"


def test_names_become_what_they_stand_for(rewriter):
    assert on_results(rewriter, "TOTAL") == "CRM__EVALUATE(0,,CRM_TOTAL(scratch!$A$1))"
    assert on_results(rewriter, "SUM(local)") == "SUM(Results!$A$1:$A$3)"
    assert rewriter.rewrite("SUM(local)", "Costs", 1, 1).text == "SUM(Costs!$A$9)"
    assert on_results(rewriter, "SUM(Left)") == "SUM(Results!E6)"
    assert on_results(rewriter, "SUM(费用)") == "SUM(Costs!$C$5:$C$9)"
    with pytest.raises(Uncomputable) as caught:
        on_results(rewriter, "nobody+1")
    assert caught.value.key == "formula_name_unknown"


def test_structured_references(rewriter):
    def area(text, row=6):
        return rewriter.rewrite(f"SUM({text})", "Costs", row, 9).text.removeprefix("SUM(").removesuffix(")")

    assert area("Costs[#All]") == "Costs!$B$4:$D$10"
    assert area("Costs") == area("Costs[]") == area("Costs[#Data]") == "Costs!$B$5:$D$9"
    assert area("Costs[unit cost]") == "Costs!$D$5:$D$9"
    assert area("Costs[[#Headers],[Quantity]]") == "Costs!$C$4"
    assert area("Costs[[#Headers],[#Data],[Quantity]]") == "Costs!$C$4:$C$9"
    assert area("Costs[[#Totals],[Quantity]:[Unit cost]]") == "Costs!$C$10:$D$10"
    assert area("Costs[[Component]:[Quantity]]") == "Costs!$B$5:$C$9"
    assert area("Costs[[#This Row],[Quantity]]") == area("Costs[@Quantity]") == "Costs!$C$6"
    assert area("Costs[@]") == "Costs!$B$6:$D$6"
    assert area("Costs[@[Unit cost]]", row=10) == "#VALUE!"
    assert area("Costs[Nobody]") == "#REF!"
    assert area("费用表[金额]") == "'数 据'!$B$2:$B$3"
    assert area("费用表[#Totals]") == "#REF!"
    assert rewriter.rewrite("SUM([@Quantity])", "Costs", 7, 3).text == "SUM(Costs!$C$7)"


def test_escaped_column_names():
    table = Table("T", Area("S", 1, 1, 3, 2), ("a [b]", "it's #1"), 1, 0)
    assert resolve_structured(table, "a '[b']", 2) == Area("S", 2, 1, 3, 1)
    assert resolve_structured(table, "[#All],[it''s '#1]", 2) == Area("S", 1, 2, 3, 2)


def test_one_cell_takes_one_value(rewriter):
    assert on_results(rewriter, "SUM(A1:A9)") == "SUM(Results!$A$1:$A$9)"
    assert on_results(rewriter, "CRM_BREAKDOWN(A1:B9)") == "@CRM_BREAKDOWN(scratch!$A$1)"
    assert on_results(rewriter, "CRM_BREAKDOWN(A1:B9)", array=True) == "CRM_BREAKDOWN(scratch!$A$1)"


def test_what_a_formula_reads_is_told(rewriter):
    areas = rewriter.rewrite("left+SUM(Costs[Quantity])*CRM_TOTAL(all_costs)+rate", "Results", 6, 5).areas
    assert areas == {
        Area("Results", 6, 5, 6, 5),
        Area("Costs", 5, 3, 9, 3),
        Area("Costs", 4, 2, 9, 4),
    }


def test_spill_references(rewriter):
    assert on_results(rewriter, "SUM(_xlfn.ANCHORARRAY(B8))").endswith(",Results!B8#)")
    assert on_results(rewriter, "CRM_TOTAL(_xlfn.ANCHORARRAY(B8))") == "CRM_TOTAL(scratch!$A$1)"
    assert list(rewriter.scratch.rows) == ["Results!$B$8#"]


@pytest.mark.parametrize(
    ("formula", "key"),
    [
        ("[1]Sheet1!A1+1", "formula_external_link"),
        ("SUM('C:\\x\\[b.xlsx]S'!A1:B2)", "formula_external_link"),
        ("[2]!name", "formula_external_link"),
        ("loop", "formula_name_circular"),
        ("INFO(A1)", "formula_function_unsupported"),
        ("NOBODY(A1)", "formula_function_unknown"),
    ],
)
def test_what_the_engine_cannot_take_is_told_apart(rewriter, formula, key):
    with pytest.raises(Uncomputable) as caught:
        on_results(rewriter, formula)
    assert caught.value.key == key


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("A1", "C4"),
        ("$A1", "$A4"),
        ("A$1", "C$1"),
        ("$A$1:B2", "$A$1:D5"),
        ("A:B", "C:D"),
        ("$A:B", "$A:D"),
        ("3:5", "6:8"),
        ("'a b'!A1:B2", "'a b'!C4:D5"),
        ("XFD1048576", "B3"),
        ("rate", "rate"),
        ("Costs[Q1]", "Costs[Q1]"),
    ],
)
def test_references_move_with_their_formula(before, after):
    assert moved(before, 3, 2) == after


@pytest.mark.parametrize("text", ["rate", "A0", "XFE1", "A1048577", "A1:", "A:1", "LOG10x", "R1C1", "ABCD1"])
def test_what_is_no_reference(text):
    assert parse_area(text, "S") is None


def test_areas_are_put_in_order():
    assert parse_area("'it''s'!$D$9:B4", "S") == Area("it's", 4, 2, 9, 4)
    assert parse_area("B:A", "S").formula == "'S'!$A:$B"
