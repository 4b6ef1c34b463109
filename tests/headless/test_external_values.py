"""Formulas over other workbooks: nothing of them is opened, and the file keeps the values that were last read."""

import pytest

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless import open_workbook
from crm_xl.xlsx.external_values import external_values

from .books import CALCULATE_ANEW, MAIN, OFFICE, book, cell, parts_of, sheet, zipped
from .test_repair import with_links

# As Excel saves it (ECMA-376, 18.14): the second sheet could not be read when the link was last brought up to date.
KEPT = "".join([
    f'<externalLink xmlns="{MAIN}"><externalBook xmlns:r="{OFFICE}" r:id="rId1">',
    '<sheetNames><sheetName val="Price list"/><sheetName val="Gone"/></sheetNames>',
    '<sheetDataSet><sheetData sheetId="0">',
    '<row r="2"><cell r="A2" t="str"><v>CRM</v></cell><cell r="B2"><v>12.5</v></cell></row>',
    '<row r="3"><cell r="A3" t="str"><v>Mail</v></cell><cell r="B3"><v>4</v></cell>',
    '<cell r="C3" t="e"><v>#N/A</v></cell><cell r="D3" t="b"><v>1</v></cell></row>',
    '</sheetData><sheetData sheetId="1" refreshError="1"/></sheetDataSet></externalBook></externalLink>',
])  # fmt: skip


def linked(*cells, kept=KEPT, calc="", **options):
    data = with_links(book({"S": sheet(*cells)}, calc=calc, **options), "prices.xlsx")
    parts = {name: part.decode() for name, part in parts_of(data).items()}
    return open_workbook(zipped(parts | {"xl/externalLinks/externalLink1.xml": kept}))


def test_values_of_another_workbook_are_those_that_the_file_keeps():
    opened = linked(
        cell("A1", "Mail"),
        cell("B1", 8, "'[1]Price list'!B3*2"),
        cell("B2", 4, "VLOOKUP(A1,'[1]Price list'!$A$1:$B$9,2,FALSE)"),
        cell("B3", 16.5, "SUM('[1]PRICE LIST'!B2:B3)"),
        cell("B4", "#N/A", "'[1]Price list'!C3"),
    )
    report = opened.recalculate()
    assert (report.ok, report.proved, report.problems) == (True, 3, ())
    assert not opened.changed


def test_what_is_computed_from_them_is_named():
    opened = linked(cell("A1", "Mail"), cell("B2", 4, "VLOOKUP(A1,'[1]Price list'!$A$1:$B$9,2,FALSE)*1"))
    opened["S!A1"] = "CRM"
    report = opened.recalculate()
    assert opened["S!B2"] == 12.5
    assert [(p.cell, p.key, p.severity) for p in report.problems] == [("B2", "formula_external_values", "note")]
    assert "as they were last read" in report.problems[0].text()
    assert "上次读取的值" in report.problems[0].text("zh")
    opened = linked(cell("B2", None, "'[1]Price list'!B2"), calc=CALCULATE_ANEW)
    assert [(p.cell, p.key) for p in opened.recalculate().problems] == [("B2", "formula_external_values")]


@pytest.mark.parametrize("formula", ["[1]Gone!A1", "[2]Other!A1", "[1]!rate", "[1]Never!B2+1"])
def test_what_the_file_does_not_keep_is_not_computed(formula):
    opened = linked(cell("B2", 5, formula), cell("B3", 6, "B2+1"))
    report = opened.recalculate()
    assert [(p.cell, p.key) for p in report.problems] == [("B2", "formula_external_link")]
    assert (opened["S!B2"], opened["S!B3"]) == (5, 6)


def test_indirect_does_not_reach_into_a_workbook_that_is_not_open():
    """#REF!, as Microsoft's page of INDIRECT says."""
    opened = linked(cell("B2", None, "INDIRECT(\"'[1]Price list'!B2\")"), calc=CALCULATE_ANEW)
    assert opened["S!B2"] == ErrorValue.REF


@pytest.mark.parametrize("kept", ["<externalLink", KEPT.replace('sheetId="0"', 'sheetId="x"'), KEPT.replace("B2", "0")])
def test_a_broken_part_stops_nothing(kept):
    opened = linked(cell("B2", 5, "'[1]Price list'!B2"), cell("B3", 3, "1+2"), kept=kept)
    assert opened.recalculate().proved == 1
    assert opened["S!B2"] == 5


def test_the_values_that_are_kept():
    (cells,) = external_values(linked(cell("B2", 5)).model.structure).values()
    assert cells == {(2, 1): "CRM", (2, 2): 12.5, (3, 1): "Mail", (3, 2): 4.0, (3, 3): ErrorValue.NA, (3, 4): True}
