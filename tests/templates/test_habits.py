"""The modelling habits, scanned for in the built files."""

import re

from openpyxl.utils import column_index_from_string
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.formula import ArrayFormula

from crm_xl.engine.schema import columns

from .conftest import content, formulas, values
from .inside import formula_cells, header_row, language_of, numbers_in, parts, relative, sheet_name, sheets

VOLATILE = re.compile(r"\b(NOW|TODAY|RAND|RANDBETWEEN|RANDARRAY|OFFSET|INDIRECT|CELL|INFO)\s*\(", re.IGNORECASE)


def runs_of_years(sheet, years):
    """The columns of each block of years: where the names of the years stand beside each other."""
    for row in sheet.iter_rows():
        texts = [cell.value for cell in row]
        for i in range(len(texts) - len(years) + 1):
            if texts[i : i + len(years)] == years:
                yield tuple(range(row[i].column, row[i].column + len(years)))


def test_one_formula_along_the_years(name):
    language = language_of(name)
    timeline = values(name)[sheet_name("timeline", language)]
    heads = next(row for row in timeline.iter_rows() if row[1].value in ("Model year", "模型年"))
    years = [
        timeline.cell(heads[0].row - 1, cell.column).value for cell in heads if isinstance(cell.value, int | float)
    ]
    assert len(years) == (3 if "small" in name else 5)
    checked = 0
    for key in ("timeline", "workings", "results"):
        sheet = formulas(name)[sheet_name(key, language)]
        for block in set(runs_of_years(values(name)[sheet.title], years)):
            for row in sheet.iter_rows(min_col=block[0], max_col=block[-1]):
                texts = [cell.value for cell in row]
                if not all(isinstance(text, str) and text.startswith("=") for text in texts):
                    continue
                assert len({relative(c.value, c.row, c.column) for c in row}) == 1, (sheet.title, row[0].coordinate)
                checked += 1
    assert checked > 60


def test_one_formula_down_the_lines(name):
    sheet = formulas(name)[sheet_name("workings", language_of(name))]
    first = next(row[0].row for row in sheet.iter_rows(min_col=2, max_col=2) if row[0].value == 1)
    for column in sheet.iter_cols(min_row=first, min_col=3):
        made = {relative(c.value, c.row, c.column) for c in column if isinstance(c.value, str)}
        assert len(made) <= 1, column[0].coordinate


def test_formulas_are_short(name):
    for sheet in formulas(name):
        for cell, formula in formula_cells(sheet):
            assert len(formula) <= 400, (sheet.title, cell.coordinate, formula)


def test_no_figure_stands_in_a_formula(name):
    for sheet in formulas(name):
        for cell, formula in formula_cells(sheet):
            assert set(numbers_in(formula)) <= {0, 1, 12, 100}, (sheet.title, cell.coordinate, formula)


def test_nothing_volatile_no_links_no_macros(name):
    for sheet in formulas(name):
        for cell, formula in formula_cells(sheet):
            assert not VOLATILE.search(formula), (sheet.title, cell.coordinate, formula)
            assert not re.search(r"\[\d+\]", formula), (sheet.title, cell.coordinate, formula)
    found = parts(content(name))
    assert not [part for part in found if "externalLink" in part or "vba" in part.lower() or "connections" in part]
    assert b"<Override" in found["[Content_Types].xml"]
    assert b"macroEnabled" not in found["[Content_Types].xml"]


def test_inputs_are_unlocked_and_formulas_locked(name):
    unlocked = 0
    for sheet in formulas(name):
        assert sheet.protection.sheet, sheet.title
        assert sheet.protection.password is None, sheet.title
        assert sheet.protection.selectLockedCells is False or not sheet.protection.selectLockedCells
        for cell, _ in formula_cells(sheet):
            assert cell.protection.locked, (sheet.title, cell.coordinate)
        allowed = {
            coordinate
            for validation in sheet.data_validations.dataValidation
            for area in validation.sqref.ranges
            for row in area.rows
            for coordinate in (f"{r},{c}" for r, c in row)
        }
        for row in sheet.iter_rows():
            for cell in row:
                if not cell.protection.locked:
                    unlocked += 1
                    assert f"{cell.row},{cell.column}" in allowed, (sheet.title, cell.coordinate, "is not validated")
    assert unlocked > 100


def test_every_column_is_validated_and_explained(name):
    language, book = language_of(name), formulas(name)
    tables = {"costs": "Costs", "benefits": "Benefits"} | ({} if "department" in name else {"actuals": "Actuals"})
    for key, table in tables.items():
        sheet = book[sheet_name(key, language)]
        reference = sheet.tables[table].ref
        first, last = (int(n) for n in re.findall(r"\d+", reference))
        by_column = {
            area.min_col: (validation, area)
            for validation in sheet.data_validations.dataValidation
            for area in validation.sqref.ranges
        }
        for cell in sheet[header_row(sheet, table)]:
            field = next((f for f in columns(key).values() if f.label(language) == cell.value), None)
            if field is None:
                continue
            validation, area = by_column[cell.column]
            assert (area.min_row, area.max_row) == (first + 1, last), cell.value
            assert validation.showInputMessage, cell.value
            assert validation.showErrorMessage, cell.value
            assert validation.promptTitle == cell.value
            assert field.description(language)[:40] in validation.prompt
            assert validation.errorTitle == cell.value
            assert validation.error
            assert validation.type != "list" or re.fullmatch(r"[A-Z]\w+_list", validation.formula1), cell.value
            if field.type in ("choice", "yesno", "currency") or field.choices == "component":
                assert validation.type == "list", cell.value


def test_lists_are_names_in_the_classic_form(name):
    book = formulas(name)
    for sheet in book:
        for validation in sheet.data_validations.dataValidation:
            if validation.type == "list":
                assert validation.formula1 in book.defined_names, validation.formula1
    for xml in sheets(content(name)):
        assert "x14:" not in xml
        assert "<extLst" not in xml


def test_nothing_forces_a_recalculation(name):
    workbook = parts(content(name))["xl/workbook.xml"].decode()
    assert "fullCalcOnLoad" not in workbook
    assert "forceFullCalc" not in workbook
    assert int(re.search(r'calcId="(\d+)"', workbook)[1]) >= 191029


# What would leave a few rows on a page of their own.
# Cost lines of which some columns are out of sight are one page wide.
NARROW = tuple(
    f"crm_{kind}_{language}.xlsx" for kind in ("template", "example", "example_small") for language in ("en", "zh")
)
ON_ONE_PAGE = ("about", "board", "scenarios", "options", "usage", "what_if", "risk", "savings")


def test_every_sheet_is_set_up_for_paper(name):
    language = language_of(name)
    for sheet in formulas(name):
        assert sheet.freeze_panes, sheet.title
        setup = sheet.page_setup
        assert setup.orientation == "landscape", sheet.title
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        wide = setup.fitToWidth or 1
        pages = {"workings": 3, "benefit_lines": 2, "lists": 2, "costs": 1 if name in NARROW else 2}
        several = {sheet_name(key, language): n for key, n in pages.items()}
        assert wide == several.get(sheet.title, 1), sheet.title
        high = 1 if setup.fitToHeight is None else setup.fitToHeight
        assert high == int(sheet.title in {sheet_name(key, language) for key in ON_ONE_PAGE})
        shown = [each for each in sheet.column_dimensions.values() if not each.hidden]
        widths = [each.width for each in shown for _ in range(each.min, each.max + 1)]
        # Paper of 297 or 420 mm less margins of 0.4 inch; a character of a column is 7 of 96 pixels to the inch.
        inches = {9: 297, 8: 420}[int(setup.paperSize)] / 25.4 - 0.8
        assert 11 * inches * wide / (sum(widths) * 7 / 96) > 7, f"{sheet.title} is printed in less than 7 points"
        assert sheet.oddHeader.right.text == "&A"
        assert sheet.oddFooter.right.text.replace("&[Page]", "&P").replace("&[Pages]", "&N").replace(" ", "") == "&P/&N"
        if sheet.tables or sheet.title == sheet_name("workings", language):
            assert sheet.print_title_rows, sheet.title
            # LibreOffice prints a sheet that has an area to print, even where it is out of sight.
            assert bool(sheet.print_area) == (sheet.sheet_state == "visible"), sheet.title


def test_what_spills_is_stored_as_a_dynamic_array(name):
    found = parts(content(name))
    functions = 0
    for xml in sheets(content(name)):
        for attributes, formula_attributes in re.findall(r"<c ([^>]*)><f([^>]*)>[^<]*CRM_[^<]*</f>", xml):
            functions += 1
            assert 'cm="1"' in attributes
            assert 't="array"' in formula_attributes
            assert "ref=" in formula_attributes
        assert len(re.findall(r"<f[^>]*>[^<]*CRM_", xml)) <= len(re.findall(r"<c [^>]*cm=[^>]*>", xml))
    if "department" in name:
        assert functions == 0
        return
    assert functions >= 14
    assert b'name="XLDAPR"' in found["xl/metadata.xml"]
    assert b'fDynamic="1"' in found["xl/metadata.xml"]


def test_spills_reach_as_far_as_their_tables(language):
    xml = "".join(sheets(content(f"crm_example_{language}.xlsx")))
    areas = re.findall(r'<f t="array" ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"', xml)
    sizes = {
        (int(d) - int(b) + 1, column_index_from_string(c) - column_index_from_string(a) + 1) for a, b, c, d in areas
    }
    # Cash schedule with a component of its own and the row of lines without a price; profit and loss; natures;
    # components; five years of amortisation, its totals and the lines without a price; cash flow.
    assert {(8, 7), (8, 8), (5, 8), (8, 3), (9, 5), (9, 8)} <= sizes


def test_openpyxl_sees_tables_validations_and_charts(name):
    book = formulas(name)
    assert {t for sheet in book for t in sheet.tables} >= {"Assumptions", "Costs", "Benefits"}
    assert sum(len(sheet.data_validations.dataValidation) for sheet in book) > 40
    results = book[sheet_name("results", language_of(name))]
    assert [type(chart).__name__ for chart in results._charts] == ["DoughnutChart", "BarChart"]
    assert results._charts[1].grouping == "stacked"
    assert len(results._charts[1].series) == 5


def test_charts_keep_a_copy_of_the_figures(language):
    found = parts(content(f"crm_example_{language}.xlsx"))
    sheet = values(f"crm_example_{language}.xlsx")[sheet_name("results", language)]
    charts = "".join(xml.decode() for part, xml in found.items() if part.startswith("xl/charts/chart"))
    copies = {float(v) for v in re.findall(r"<c:v>([\d.]+)</c:v>", charts)}
    shown = [cell.value for row in sheet["C18:G22"] for cell in row]
    assert len(shown) == 25
    assert all(any(abs(value - copy) < 0.01 for copy in copies) for value in shown)


def inside_of(reference):
    return {place for row in CellRange(reference).rows for place in row}


def test_no_constant_text_is_cut_off(name):
    """A text that does not wrap fits its column, or the cells right of it are empty; one that wraps fits its row."""
    from crm_xl.templates.page import lines_of, text_width

    for sheet in formulas(name):
        spilled = {
            c for a, _ in formula_cells(sheet) if isinstance(a.value, ArrayFormula) for c in inside_of(a.value.ref)
        }
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type != "s" or not cell.value or (cell.row, cell.column) in spilled:
                    continue
                dimension = next((d for d in sheet.column_dimensions.values() if d.min <= cell.column <= d.max), None)
                width = dimension.width if dimension else 8.43
                if cell.alignment.wrap_text:
                    height = sheet.row_dimensions[cell.row].height or 15
                    assert lines_of(cell.value, width) * 13 <= height + 3, (sheet.title, cell.coordinate, cell.value)
                elif text_width(cell.value) > width * 1.15:
                    right = sheet.cell(cell.row, cell.column + 1)
                    assert right.value is None, (sheet.title, cell.coordinate, cell.value)
