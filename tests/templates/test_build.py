"""What is built: the sheets and their order, the same bytes every time, options, and the copies in workbooks/."""

import datetime as dt
import re
from pathlib import Path

import pytest

from crm_xl import open_workbook
from crm_xl.errors import UnreadableError
from crm_xl.templates import TemplateSpec, build, build_all, example_spec, shipped, write_template

from .conftest import content, formulas, values
from .inside import formula_cells, header_row, language_of, sheet_name, sheets

FINANCE = (
    "about", "costs", "board", "assumptions", "results", "breakdown", "benefits", "returns", "scenarios", "what_if",
    "risk", "options", "comparison", "actuals", "variance", "usage", "allocation", "savings", "estimate", "checks",
    "timeline", "workings", "benefit_lines", "lists",
)  # fmt: skip
DEPARTMENT = ("about", "costs", "assumptions", "results", "benefits", "checks", "timeline", "workings", "lists")
# What is in sight when a workbook is opened.
BLANK = ("about", "costs", "board", "assumptions", "checks")
SMALL = ("about", "costs", "board", "assumptions", "results", "breakdown", "checks")
WORKING = ("timeline", "workings", "benefit_lines", "lists")
SHIPPED = Path(__file__).parents[2] / "workbooks"


def test_the_sheets_stand_in_their_order(name):
    keys = DEPARTMENT if "department" in name else FINANCE
    assert formulas(name).sheetnames == [sheet_name(key, language_of(name)) for key in keys]


def test_what_is_not_asked_for_is_out_of_sight(name):
    """A blank workbook shows what a first total takes, and says on its first sheet how to show the rest."""
    language = language_of(name)
    sheets = {sheet.title: sheet.sheet_state for sheet in formulas(name)}
    shown = [title for title, state in sheets.items() if state == "visible"]
    keys = DEPARTMENT if "department" in name else FINANCE
    wanted = {"template": BLANK, "small": SMALL}.get(name.split("_")[-2], [key for key in keys if key not in WORKING])
    assert shown == [sheet_name(key, language) for key in wanted]
    assert set(sheets.values()) <= {"visible", "hidden"}
    start = formulas(name)[sheet_name("about", language)]
    linked = [cell.value for row in start.iter_rows() for cell in row if cell.hyperlink]
    assert linked == shown
    told = {cell.value for cell in start["B"]}
    assert set(sheets) <= told


def test_two_builds_are_identical(name):
    assert build(shipped()[name]) == content(name)


def test_the_copies_in_workbooks_are_fresh(name):
    assert (SHIPPED / name).read_bytes() == content(name), "stale: run crm-xl workbooks workbooks"


def test_workbooks_holds_nothing_else():
    assert {path.name for path in SHIPPED.glob("*.xlsx")} == set(shipped())


def test_every_formula_has_a_cached_value_and_no_error(name):
    for sheet in formulas(name):
        for cell, formula in formula_cells(sheet):
            value = values(name)[sheet.title][cell.coordinate].value
            assert not re.match("#[A-Z]", str(value)), (sheet.title, cell.coordinate, formula, value)
    for xml in sheets(content(name)):
        cells = xml.split("<c ")[1:]
        assert all("<v" in cell for cell in cells if "</f>" in cell)
        assert 't="e"' not in xml


def test_the_department_kind_has_no_crm_function_anywhere(language):
    name = f"crm_department_{language}.xlsx"
    book = formulas(name)
    for sheet in book:
        assert not [formula for _, formula in formula_cells(sheet) if "CRM_" in formula]
        assert not [v.formula1 for v in sheet.data_validations.dataValidation if "CRM_" in (v.formula1 or "")]
    assert not [n for n, defined in book.defined_names.items() if "CRM_" in defined.attr_text]


def test_the_department_is_filled_in_without_making_blank_rows_lines(language):
    spec = TemplateSpec(language=language, kind="department", department="Sales East", lines=10)
    book = open_workbook(build(spec))
    rows = book["Costs[#Data]"]
    assert all(value in (None, "") for row in rows for value in row)
    name = sheet_name("costs", language)
    book[f"'{name}'!B6"] = "Training" if language == "en" else "员工培训"
    assert "Sales East" in book["Costs[#Data]"][0]


def test_options_reach_the_workbook(tmp_path):
    spec = TemplateSpec(language="en", currency="EUR", years=7, start=dt.date(2028, 4, 1), lines=25)
    book = open_workbook(write_template(spec, tmp_path / "made.xlsx"))
    assert (book["Report_currency"], book["Model_years"], book["Model_start"]) == ("EUR", 7, dt.datetime(2028, 4, 1))
    assert len(book["Costs[#Data]"]) == 25
    years = book["Results!C17:I17"][0]
    assert years == ["2028/29", "2029/30", "2030/31", "2031/32", "2032/33", "2033/34", "2034/35"]


def test_as_many_lines_as_asked_for():
    content = build(TemplateSpec(language="zh", lines=230))
    book = open_workbook(content)
    assert len(book["Costs[#Data]"]) == 230
    assert len(book["Line_totals"]) == 230
    assert book["Master_check"] == 1


def test_build_all_makes_the_folder(tmp_path):
    made = build_all(tmp_path / "new")
    assert [path.name for path in made] == list(shipped())
    assert all(path.read_bytes() == content(path.name) for path in made)


@pytest.mark.parametrize(
    ("option", "found", "allowed"),
    [
        ("language", "de", "en, zh"),
        ("kind", "board", "finance, department"),
        ("currency", "RMB", "CNY, USD, EUR, …"),
        ("years", 31, "1 – 30"),
        ("years", 0, "1 – 30"),
        ("lines", 9, "10 – 5000"),
        ("rates", (("USD-CNY", 7.1, None),), "USD/CNY 7.10"),
        ("rates", (("USD/CNY", 0.0, None),), "USD/CNY 7.10"),
    ],
)
def test_a_specification_says_what_is_allowed(option, found, allowed):
    with pytest.raises(UnreadableError) as caught:
        TemplateSpec(**{option: found})
    assert caught.value.text() == f"{option}: found {found}; allowed are {allowed}"
    assert str(found) in caught.value.text("zh")


def test_the_sender_fills_in_the_rates(language):
    spec = TemplateSpec(language=language, kind="department", rates=(("USD/CNY", 7.1, None), ("USD/CNY", 7.0, 3)))
    book = open_workbook(build(spec))
    assert [row[:3] for row in book["Assumptions[#Data]"] if row[0] == "USD/CNY"] == [
        ["USD/CNY", 7.1, None],
        ["USD/CNY", 7.0, 3],
    ]
    assert book["Rates"][1] == [7.1, 7.1, 7.0, 7.0, 7.0]


def test_the_example_is_a_spec_of_its_own(language):
    assert shipped()[f"crm_example_{language}.xlsx"] == example_spec(language)
    assert shipped()[f"crm_example_small_{language}.xlsx"] == example_spec(language, "small")


def test_tables_have_the_same_names_in_both_languages(language):
    book = formulas(f"crm_example_{language}.xlsx")
    tables = {name: sheet.title for sheet in book for name in sheet.tables}
    alone = {"Assumptions", "Costs", "Benefits", "Actuals"}
    assert set(tables) == alone | {"Scenarios", "Drivers", "Options", "Tiers", "Prices", "Usage", "Keys"}
    for name in alone:
        assert header_row(book[tables[name]], name) == 5
