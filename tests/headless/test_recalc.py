import datetime as dt
import io
import time

import openpyxl
import pytest
import xlsxwriter

from crm_xl.hosts.headless import WorkbookError, open_workbook, recalculate
from crm_xl.hosts.headless.calculation import loading
from crm_xl.xlsx.calculation_chain import kept_chain

from .books import CRM_TOTAL, FakeProblem, book, cell, cells_of, parts_of, sheet, text_in_numbers

SPILL = "_xldudf_CRM_BREAKDOWN(Costs[#All])"
CHANGED = "xl/worksheets/sheet2.xml"


def no_problems(function, arguments):
    return []


@pytest.fixture
def recalculated(registry):
    """Recalculate bytes to bytes."""

    def run(data):
        opened = open_workbook(data, registry=registry, find_problems=text_in_numbers)
        report = opened.recalculate()
        return opened.to_bytes(), report

    return run


def results(data):
    return cells_of(data, CHANGED)


def reasons(report):
    return {p.cell: p.reason() for p in report.formula_problems}


# -- spills and arrays ---------------------------------------------------------------------------------------------


def test_a_spill_grows(on_costs, recalculated):
    data, report = recalculated(
        on_costs(cell("B8", "old", SPILL, array="B8", dynamic=True, style=3), cell("C8", None, style=5), metadata=True)
    )
    assert results(data) == {
        "B8": '<c r="B8" s="3" t="str" cm="1"><f t="array" ref="B8:C10">' + SPILL + "</f><v>Component</v></c>",
        "C8": '<c r="C8" s="5" t="str"><v>Amount</v></c>',
        "B9": '<c r="B9" t="str"><v>Licence</v></c>',
        "C9": '<c r="C9"><v>205.5</v></c>',
        "B10": '<c r="B10" t="str"><v>Support</v></c>',
        "C10": '<c r="C10"><v>60</v></c>',
    }
    assert report.ok
    assert report.changed == 6


def test_a_spill_shrinks_and_leaves_the_styles(on_costs, recalculated):
    old = [cell(f"{c}{r}", "x", style=4) for r in range(8, 13) for c in "BC" if (r, c) != (8, "B")]
    data, _ = recalculated(on_costs(cell("B8", "x", SPILL, array="B8:C12", dynamic=True), *old, metadata=True))
    assert 'ref="B8:C10"' in results(data)["B8"]
    assert results(data)["C10"] == '<c r="C10" s="4"><v>60</v></c>'
    assert [results(data)[ref] for ref in ("B11", "C12")] == ['<c r="B11" s="4"/>', '<c r="C12" s="4"/>']


def test_a_spill_that_fits_stays_byte_for_byte(on_costs, recalculated):
    once, first = recalculated(on_costs(cell("B8", 0, SPILL, array="B8", dynamic=True), metadata=True))
    twice, second = recalculated(once)
    assert first.changed == 6
    assert second.changed == 0
    assert twice == once


def test_formulas_over_a_spill_see_it(on_costs, recalculated):
    data, _ = recalculated(
        on_costs(
            cell("B8", 0, SPILL, array="B8", dynamic=True),
            cell("E1", 0, "SUM(C9:C20)"),
            cell("E2", 0, "ROWS(_xlfn.ANCHORARRAY(B8))"),
            metadata=True,
        )
    )
    assert results(data)["E1"].endswith("<v>265.5</v></c>")
    assert results(data)["E2"].endswith("<v>3</v></c>")


def test_a_blocked_spill_is_reported_and_keeps_its_value(on_costs, recalculated):
    data, report = recalculated(
        on_costs(
            cell("B8", "old", SPILL, array="B8", dynamic=True),
            cell("B9", "in the way"),
            cell("E1", 17, 'IFERROR(B8,"none")'),
            cell("E2", 0, "1+1"),
            metadata=True,
        )
    )
    assert reasons(report) == {
        "B8": "its result needs cells that are not empty (#SPILL!)",
        "E1": "it depends on Results!B8, which was not calculated",
    }
    assert "<v>old</v>" in results(data)["B8"]
    assert "<v>17</v>" in results(data)["E1"]
    assert "<v>2</v>" in results(data)["E2"]
    assert "in the way" in results(data)["B9"]


def test_a_spill_into_merged_cells_or_a_table_is_blocked(costs, recalculated):
    merged = sheet(
        cell("B8", "old", SPILL, array="B8", dynamic=True),
        after='<mergeCells count="1"><mergeCell ref="C9:D9"/></mergeCells>',
    )
    table = ("T", "Results", "C10:D12", ("a", "b"))
    for data in (
        book({"Costs": costs[0], "Results": merged}, tables=[costs[1]], metadata=True),
        book(
            {"Costs": costs[0], "Results": sheet(cell("B8", "old", SPILL, array="B8", dynamic=True))},
            tables=[costs[1], table],
            metadata=True,
        ),
    ):
        new, report = recalculated(data)
        assert list(reasons(report)) == ["B8"]
        assert parts_of(new) == parts_of(data)


def test_an_array_of_fixed_size_keeps_its_size(on_costs, recalculated):
    data, report = recalculated(
        on_costs(
            cell("A1", 0, SPILL, array="A1:C4"),
            *(cell(f"{c}{r}", 0) for r in range(1, 5) for c in "ABC" if c + str(r) != "A1"),
            cell("E1", 0, "Costs!C5:C7*2", array="E1:F3"),
            cell("E5", 0, SPILL, array="E5:E6"),
            metadata=True,
        )
    )
    assert report.ok
    values = openpyxl.load_workbook(io.BytesIO(data), data_only=True)["Results"]
    assert [[c.value for c in row] for row in values["A1:C4"]] == [
        ["Component", "Amount", "#N/A"],
        ["Licence", 205.5, "#N/A"],
        ["Support", 60, "#N/A"],
        ["#N/A", "#N/A", "#N/A"],
    ]
    assert [[c.value for c in row] for row in values["E1:F3"]] == [[20, 20], [4, 4], [2, 2]]
    assert [values["E5"].value, values["E6"].value, values["F5"].value] == ["Component", "Licence", None]
    assert 'ref="A1:C4"' in results(data)["A1"]


def test_a_plain_formula_takes_the_first_value_or_that_of_its_row(on_costs, recalculated):
    data, report = recalculated(
        on_costs(
            cell("A1", 0, SPILL),
            cell("C6", 0, "Costs!C5:C7"),
            cell("D6", 0, "-Costs[Quantity]*10"),
            cell("E9", 0, "Costs!C5:C7"),
            cell("F1", 5, "IF(Costs!C5:C7>1,1,0)"),
            cell("F2", 6),
            cell("G1", 0, "F2"),
            cell("G2", 1, "F1"),
        )
    )
    found = results(data)
    assert found["A1"].endswith("<v>Component</v></c>")
    assert found["C6"].endswith("<v>2</v></c>")
    assert found["D6"].endswith("<v>-20</v></c>")
    assert found["E9"].endswith("<v>#VALUE!</v></c>")
    # No cell of the column stands in the row of the formula.
    assert found["F1"].endswith("<v>#VALUE!</v></c>")
    assert not reasons(report)
    assert found["F2"] == '<c r="F2"><v>6</v></c>'
    assert found["G1"].endswith("<v>6</v></c>")


def test_shared_formulas(on_costs, recalculated):
    data, report = recalculated(
        on_costs(
            *(cell(f"A{i}", i) for i in range(1, 5)),
            '<c r="B1"><f t="shared" ref="B1:B4" si="0">'
            '_xll.CRM_TOTAL(Costs[#All],,IF(A1&gt;2,"Support","Licence"))*A1+$A$1</f></c>',
            *(f'<c r="B{i}"><f t="shared" si="0"/><v>0</v></c>' for i in (2, 3, 4)),
        )
    )
    assert report.formulas == 4
    assert [results(data)[f"B{i}"].partition("<v>")[2] for i in range(1, 5)] == [
        "206.5</v></c>",
        "412</v></c>",
        "181</v></c>",
        "241</v></c>",
    ]
    assert results(data)["B3"] == '<c r="B3"><f t="shared" si="0"/><v>181</v></c>'


# -- formulas that cannot be computed --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("NOSUCH(1)", "the function NOSUCH is unknown"),
        ("_xlfn.NOSUCH(1)", "the function _xlfn.NOSUCH is unknown"),
        ("[1]!OTHER(1)", "the function OTHER is unknown"),
        ("nobody*2", "it uses a name or function that is unknown"),
        ("SUM(", "it cannot be read"),
        ("1+", "it cannot be read"),
        ("[1]Sheet1!A1", "it refers to another workbook"),
        ("C1+1", "it is in a circular reference or depends on one"),
        ('GETPIVOTDATA("x",A1)', "the function GETPIVOTDATA is not supported"),
        ('IFERROR(GETPIVOTDATA("x",A1),0)', "the function GETPIVOTDATA is not supported"),
        ('TEXT(A1,"[$-41E]mmmm")', "the number format asks for the names of a language that is not known here: 41e"),
        (
            'YEAR("01/02/2027")',
            'the text "01/02/2027" is another day in another country, or another year next year',
        ),
    ],
)
def test_an_uncomputable_formula_and_all_that_depends_on_it_keep_their_values(formula, reason, costs, recalculated):
    names = [("via", None, "Results!$C$1"), ("twice", None, "LAMBDA(x,x*2)")]
    cells = [
        cell("A1", 3),
        cell("C1", 11, formula),
        cell("C2", 12, "IFERROR(C1,0)"),
        cell("C3", 13, "SUM(C2:B1)"),
        cell("C4", 14, "via+1"),
        cell("C5", "shown", "_xldudf_CRM_SHOW(C1:C2)"),
        cell("C6", 0, "A1*2"),
        cell("C7", 17, "C3+1"),
    ]
    data = book({"Costs": costs[0], "Results": sheet(*cells)}, tables=[costs[1]], names=names)
    new, report = recalculated(data)
    found = reasons(report)
    assert found.pop("C1") == reason
    assert set(found) == {"C2", "C3", "C4", "C5", "C7"}
    if "circular" not in reason:  # the others are then in the same plight, and told so
        assert set(found.values()) == {"it depends on Results!C1, which was not calculated"}
    assert new != data
    assert results(new) == {**cells_of(data, CHANGED), "C6": '<c r="C6"><f>A1*2</f><v>6</v></c>'}


def test_a_what_if_table_is_left_alone(on_costs, recalculated):
    data, report = recalculated(
        on_costs(
            '<c r="B2"><f t="dataTable" ref="B2:B3" dt2D="0" dtr="0" r1="A1"/><v>7</v></c>',
            cell("B3", 8),
            cell("C1", 9, "B3+1"),
        )
    )
    assert reasons(report) == {
        "B2": "it belongs to a what-if data table",
        "C1": "it depends on Results!B2, which was not calculated",
    }
    assert "<v>8</v>" in results(data)["B3"]


def test_errors_that_are_honest_results_are_written(on_costs, recalculated):
    data, report = recalculated(
        on_costs(
            cell("A1", 5, "1/0"),
            cell("A2", 5, "NA()"),
            cell("A3", 5, "A1+1"),
            cell("A4", 5, 'IFERROR(A1,"none")'),
            cell("A5", 5, 'CRM_TOTAL(Costs[#All],,"Nobody")'),
            cell("A6", 5, "SQRT(-1)"),
            cell("A7", 5, "#REF!+1"),
            cell("A8", 5, "SUM(Costs[Nobody])"),
            cell("A9", 5, "_xlfn._xlws.FILTER(A1:A2,FALSE)"),
            cell("A10", 5, 'VALUE("x")'),
        )
    )
    assert not report.formula_problems
    values = [results(data)[f"A{i}"].partition("<v>")[2].partition("<")[0] for i in range(1, 11)]
    assert values == ["#DIV/0!", "#N/A", "#DIV/0!", "none", "#N/A", "#NUM!", "#REF!", "#REF!", "#VALUE!", "#VALUE!"]


def test_iteration_of_the_workbook_is_respected(on_costs, recalculated):
    cells = (cell("A1", 0, "B1/2+1"), cell("B1", 0, "A1"))
    _, without = recalculated(on_costs(*cells))
    data, report = recalculated(on_costs(*cells, calc='<calcPr iterate="1" iterateCount="200" iterateDelta="1E-9"/>'))
    assert len(without.formula_problems) == 2
    assert report.ok
    assert openpyxl.load_workbook(io.BytesIO(data), data_only=True)["Results"]["A1"].value == pytest.approx(2)


def test_a_branch_not_taken_is_no_circle(on_costs, recalculated):
    data, report = recalculated(on_costs(cell("A1", 0, "IF(TRUE,1,B1)"), cell("B1", 0, "A1+1")))
    assert report.ok
    assert results(data)["B1"].endswith("<v>2</v></c>")


# -- inputs that cannot be taken -------------------------------------------------------------------------------------


@pytest.fixture
def bad_book(costs):
    wrong = (
        costs[0]
        .replace('<c r="C6"><v>2</v></c>', cell("C6", "two"))
        .replace('<c r="D7"><v>5.5</v></c>', cell("D7", "many"))
    )
    cells = [cell(f"A{i}", i, "CRM_TOTAL(Costs[#All])") for i in range(1, 4)] + [
        cell("B1", 0, "CRM_BREAKDOWN(Costs!$B$4:$D$7)")
    ]
    return book({"Costs": wrong, "Results": sheet(*cells)}, tables=[costs[1]])


def test_problems_of_inputs_are_told_once_and_with_strict_nothing_is_written(bad_book, tmp_path, registry):
    path, out = tmp_path / "预算.xlsx", tmp_path / "out.xlsx"
    path.write_bytes(bad_book)
    report = recalculate(path, out, strict=True, registry=registry, find_problems=text_in_numbers)
    assert [p.text() for p in report.problems] == [
        "预算.xlsx, Costs!C6: found text; expected a number",
        "预算.xlsx, Costs!D7: found text; expected a number",
    ]
    assert report.problems[0].text("zh") == "预算.xlsx 的 Costs!C6：填的是文字"
    assert not report.ok
    assert not report.written
    assert [p.name for p in tmp_path.iterdir()] == ["预算.xlsx"]
    assert path.read_bytes() == bad_book


def test_wrong_inputs_show_as_errors_as_in_excel(bad_book, tmp_path, registry):
    path = tmp_path / "book.xlsx"
    path.write_bytes(bad_book)
    report = recalculate(path, registry=registry, find_problems=text_in_numbers)
    assert report.written
    assert len(report.input_problems) == 2
    assert results(path.read_bytes())["A2"] == '<c r="A2" t="e"><f>CRM_TOTAL(Costs[#All])</f><v>#VALUE!</v></c>'


def test_a_note_does_not_keep_from_writing(bad_book, tmp_path, registry):
    path = tmp_path / "book.xlsx"
    path.write_bytes(bad_book)
    report = recalculate(
        path, registry=registry, find_problems=lambda name, arguments: [FakeProblem("costs", 1, 1, "note")]
    )
    assert report.written
    assert [(p.cell, p.severity) for p in report.input_problems] == [("C5", "note")]
    # A note does not say why the calls failed, so that they speak for themselves.
    assert {p.cell for p in report.call_problems} == {"A1", "A2", "A3", "B1"}


@pytest.mark.parametrize(
    ("row", "column", "cells"), [(2, 1, "C6"), (None, 1, "C4"), (2, None, "B6:D6"), (None, None, "B4:D7")]
)
def test_problems_name_the_cell_row_or_range(row, column, cells, bad_book, registry):
    opened = open_workbook(bad_book, registry=registry, find_problems=lambda *_: [FakeProblem("costs", row, column)])
    (problem,) = opened.recalculate().input_problems
    assert (problem.sheet, problem.cell, problem.function) == ("Costs", cells, "CRM_TOTAL")


def test_an_error_in_an_input_cell_is_handed_on(costs, recalculated):
    wrong = costs[0].replace('<c r="C6"><v>2</v></c>', '<c r="C6" t="e"><v>#DIV/0!</v></c>')
    data, report = recalculated(
        book({"Costs": wrong, "Results": sheet(cell("A1", 1, "CRM_TOTAL(Costs[#All])"))}, tables=[costs[1]])
    )
    assert report.ok
    assert "#DIV/0!" in results(data)["A1"]


# -- the parts that must agree ---------------------------------------------------------------------------------------


def test_the_calculation_chain_names_only_formulas(on_costs, recalculated):
    good = '<c r="A2"/><c r="B8" a="1"/><c r="C9"/>'
    chain = f'<c r="A1" i="2" l="1"/><c r="Z9"/>{good}<c r="A1" i="1"/><c r="B7" i="9"/>'
    data, _ = recalculated(
        on_costs(
            cell("A1", 0, "1+1"),
            cell("A2", 0, "2+2"),
            cell("B8", 0, SPILL, array="B8", dynamic=True),
            metadata=True,
            chain=chain,
        )
    )
    assert parts_of(data)["xl/calcChain.xml"].decode().partition(">")[2].partition('main">')[2] == (
        f'<c r="A1" i="2" l="1"/>{good}</calcChain>'
    )


def test_an_entry_keeps_its_sheet_when_the_one_before_it_goes():
    chain = b'<calcChain><c r="A1" i="3"/><c r="A2" i="5"/><c r="A3"/></calcChain>'
    kept = kept_chain(chain, lambda number, name: name != "A2")
    assert kept == b'<calcChain><c r="A1" i="3"/><c r="A3" i="5"/></calcChain>'


def test_an_empty_chain_goes_with_its_type_and_relation(on_costs, recalculated):
    old = on_costs(cell("A1", 0, "1+1"), chain='<c r="Z9" i="2"/>')
    data, _ = recalculated(old)
    parts = parts_of(data)
    assert "xl/calcChain.xml" not in parts
    assert b"calcChain" not in parts["[Content_Types].xml"] + parts["xl/_rels/workbook.xml.rels"]
    types = [p["[Content_Types].xml"].count(b"<Override") for p in (parts, parts_of(old))]
    assert types[0] == types[1] - 1
    openpyxl.load_workbook(io.BytesIO(data))


@pytest.fixture
def rich_book(tmp_path):
    """A workbook as people send them: chart, validation, formats, names, a note, a chart sheet, a hidden sheet."""
    path = tmp_path / "rich.xlsx"
    workbook = xlsxwriter.Workbook(str(path))
    heads = [{"header": head} for head in ("Component", "Quantity", "Unit cost")]
    costs, totals = workbook.add_worksheet("费用 '27"), workbook.add_worksheet("Results")
    lines = [["Licence", 10, 20], ["Support", 2, 30], ["Licence", 1, 5.5]]
    costs.add_table("B4:D7", {"name": "费用表", "data": lines, "columns": heads})
    costs.data_validation("C5:C7", {"validate": "decimal", "criteria": ">=", "value": 0})
    costs.write_comment("B4", "why")
    money = workbook.add_format({"num_format": "#,##0.00", "bold": True})
    date = workbook.add_format({"num_format": "yyyy-mm-dd"})
    totals.write_formula("B2", "=_xldudf_CRM_TOTAL(费用表[#All])", money)
    totals.write_dynamic_array_formula("B8", "=_xldudf_CRM_BREAKDOWN(费用表[#All])")
    totals.write_formula("B3", "=合计*2", money)
    totals.write_formula("B4", "='费用 ''27'!C5+1", None, 11)
    totals.write_formula("B5", "=DATE(2027,1,1)", date)
    totals.write("B6", "<text> & more")
    totals.conditional_format("B2:B3", {"type": "cell", "criteria": ">", "value": 5, "format": money})
    workbook.define_name("合计", "=Results!$B$2")
    chart = workbook.add_chart({"type": "column"})
    chart.add_series({"values": "=Results!$C$9:$C$10"})
    totals.insert_chart("F2", chart)
    page = workbook.add_chartsheet("Chart")
    line = workbook.add_chart({"type": "line"})
    line.add_series({"values": "=Results!$C$9:$C$10"})
    page.set_chart(line)
    hidden = workbook.add_worksheet("隐藏")
    hidden.hide()
    hidden.write_formula("A1", "=Results!B2/2")
    workbook.set_custom_property("Template", "crm-xl")
    workbook.close()
    return path


def test_every_part_without_a_changed_value_stays_byte_for_byte(rich_book, registry):
    old = rich_book.read_bytes()
    report = recalculate(rich_book, registry=registry, find_problems=no_problems)
    new = rich_book.read_bytes()
    assert report.ok
    assert report.written
    before, after = parts_of(old), parts_of(new)
    assert list(after) == list(before)
    assert {name for name in before if before[name] != after[name]} == {
        "xl/worksheets/sheet2.xml",
        "xl/worksheets/sheet3.xml",
    }
    assert {"xl/charts/chart1.xml", "xl/tables/table1.xml", "xl/metadata.xml", "xl/styles.xml"} <= set(after)
    values = openpyxl.load_workbook(rich_book, data_only=True)
    assert values["Results"]["B2"].value == 265.5
    assert values["Results"]["B3"].value == 531
    assert values["Results"]["B4"].value == 11
    assert values["Results"]["B5"].value.isoformat() == "2027-01-01T00:00:00"
    assert values["Results"]["C9"].value == 205.5
    assert values["隐藏"]["A1"].value == 132.75
    formulas = openpyxl.load_workbook(rich_book)
    assert formulas["Results"]["B2"].value == "=_xldudf_CRM_TOTAL(费用表[#All])"
    assert formulas["Results"]["B8"].value.ref == "B8:C10"


def test_other_readers_see_the_values(rich_book, registry):
    calamine = pytest.importorskip("python_calamine")
    recalculate(rich_book, registry=registry, find_problems=no_problems)
    rows = calamine.CalamineWorkbook.from_path(str(rich_book)).get_sheet_by_name("Results").to_python()
    assert [[v for v in row if v != ""] for row in rows] == [
        [265.5],
        [531],
        [11],
        [dt.date(2027, 1, 1)],
        ["<text> & more"],
        [],
        ["Component", "Amount"],
        ["Licence", 205.5],
        ["Support", 60],
    ]


def test_two_runs_give_the_same_bytes(rich_book, tmp_path, registry):
    one, two = tmp_path / "one.xlsx", tmp_path / "two.xlsx"
    for out in (one, two):
        assert recalculate(rich_book, out, registry=registry, find_problems=no_problems).written
    assert one.read_bytes() == two.read_bytes()


def test_a_file_that_is_up_to_date_is_left_alone(rich_book, registry):
    recalculate(rich_book, registry=registry, find_problems=no_problems)
    stamp = rich_book.stat().st_mtime_ns
    report = recalculate(rich_book, registry=registry, find_problems=no_problems)
    assert (report.changed, report.written) == (0, False)
    assert rich_book.stat().st_mtime_ns == stamp


def test_macros_stay_and_are_not_looked_into(on_costs, recalculated):
    macros = bytes(range(256)) * 40 + b"<!DOCTYPE"
    custom = b'<?xml version="1.0"?><a xmlns="urn:x">  <b/>\r\n</a>'
    data, report = recalculated(
        on_costs(cell("A1", 0, "1+1"), parts={"xl/vbaProject.bin": macros, "customXml/item1.xml": custom})
    )
    assert report.changed == 1
    assert parts_of(data)["xl/vbaProject.bin"] == macros
    assert parts_of(data)["customXml/item1.xml"] == custom


def test_forced_calculation_and_its_properties_stay(on_costs, recalculated):
    calc = '<calcPr calcId="191029" fullCalcOnLoad="1"/>'
    data, _ = recalculated(on_costs(cell("A1", 0, "1+1"), calc=calc))
    assert calc.encode() in parts_of(data)["xl/workbook.xml"]


def test_a_workbook_without_formulas(on_costs, recalculated):
    old = on_costs(cell("A1", 1))
    data, report = recalculated(old)
    assert (report.formulas, report.changed, report.ok) == (0, 0, True)
    assert data == old


def test_ten_thousand_formulas_over_one_table_carry_it_into_python_once(tmp_path, registry):
    seen = []

    def spy(costs, assumptions=None, component=None):
        seen.append(id(costs))
        return CRM_TOTAL(costs, None, component)

    object.__setattr__(registry["CRM_TOTAL"], "implementation", spy)
    lines = [cell("A1", "Component"), cell("B1", "Quantity"), cell("C1", "Unit cost")]
    lines += [xml for r in range(2, 20) for xml in (cell(f"A{r}", "Licence"), cell(f"B{r}", r), cell(f"C{r}", 2))]
    cells = [cell(f"A{r}", 0, f"CRM_TOTAL(Costs!A1:C19)+{r}") for r in range(1, 10_001)]
    path = tmp_path / "big.xlsx"
    path.write_bytes(book({"Costs": sheet(*lines), "Results": sheet(*cells)}))
    report = recalculate(path, registry=registry, find_problems=no_problems)
    assert report.changed == 10_000
    assert len(seen) == 10_000
    assert len(set(seen)) == 1
    # About 0.5 s here; the bound only catches a return to milliseconds for each formula.
    assert report.seconds < 10


def test_a_formula_that_takes_too_long_is_stopped_and_nothing_is_written(on_costs, tmp_path, registry, monkeypatch):
    def slow(first=None, second=None, third=None):
        time.sleep(0.7)
        return "late"

    object.__setattr__(registry["CRM_SHOW"], "implementation", slow)
    monkeypatch.setenv("CRM_XL_MAX_SECONDS", "1")
    path = tmp_path / "slow.xlsx"
    path.write_bytes(data := on_costs(cell("A1", 0, "CRM_SHOW(1)"), cell("A2", 0, "CRM_SHOW(A1)")))
    with pytest.raises(WorkbookError) as caught:
        recalculate(path, registry=registry)
    assert caught.value.text() == "slow.xlsx cannot be calculated within 1 seconds"
    assert path.read_bytes() == data


def test_one_fault_under_ten_thousand_formulas_is_followed_up_in_time(registry, recalculated):
    cells = [cell("A1", 1, "NOSUCH(1)")] + [cell(f"A{i}", 1, f"A{i - 1}+1") for i in range(2, 5001)]
    cells += [cell(f"D{i}", 1, f"C{i}+SUM($A$1:$A$5000)") for i in range(1, 5001)] + [cell("E1", 0, "SUM(C1:C9)")]
    _, report = recalculated(book({"S": sheet(*cells)}))
    assert len(report.problems) == 10_000
    assert report.problems[-1].reason() == "it depends on S!A1, which was not calculated"
    assert report.seconds < 20


def test_what_depends_on_a_failed_spill_fails_with_it(on_costs, recalculated):
    _, report = recalculated(
        on_costs(
            cell("A1", 1, "NOSUCH(1)"),
            cell("B8", 1, "_xlfn.SEQUENCE(A1)", array="B8:B10", dynamic=True),
            cell("B10", 3),
            cell("D1", 7, 'IFERROR(B10,"x")'),
            metadata=True,
        )
    )
    assert reasons(report)["D1"] == "it depends on Results!A1, which was not calculated"


def test_a_formula_at_which_the_engine_gives_up_does_not_take_the_others_with_it(on_costs, recalculated, monkeypatch):
    def load_nothing_with(formula):
        real = loading.cells_only_package

        def package(sheets, calculation):
            if any(cell[2] and formula in cell[2] for _, cells in sheets for cell in cells):
                raise OSError("load failed")
            return real(sheets, calculation)

        return package

    monkeypatch.setattr(loading, "cells_only_package", load_nothing_with("A9"))
    data, report = recalculated(on_costs(cell("A1", 0, "1+1"), cell("A2", 0, "A9+2"), cell("A3", 0, "A1+A2")))
    assert report.ok
    assert results(data)["A3"].endswith("<v>4</v></c>")
