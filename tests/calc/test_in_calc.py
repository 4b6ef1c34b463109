"""What a user of Calc meets: the extension installed in a fresh profile, formulas typed, workbooks opened."""

import io
import re
import shutil
import subprocess
import zipfile

import openpyxl
import pytest

from crm_xl.errors import ErrorValue
from crm_xl.functions import REGISTRY
from crm_xl.hosts.calc.extension.cells import CODES
from crm_xl.hosts.calc.names import takes_cells
from crm_xl.hosts.calc.verify import same
from crm_xl.hosts.headless import open_workbook
from crm_xl.hosts.headless.plain_names import repaired
from crm_xl.xlsx.package import Package

from .conftest import BOOKS, content

pytestmark = pytest.mark.libreoffice
# By hand: 500 of licence and 70 of training, the latter in 2028; 100 users at 175 a month; 100 in three equal shares.
TYPED = {
    "total": 570, "lower case": 570, "name of the table": 570, "assumptions": 570, "left out": 70, "empty cells": 570,
    "one cell": 500, "year by date": 70, "nested": 571, "is not there": 1, "if error": 7, "error type": 2,
    "error in an optional table": 1, "check of an error": "#DIV/0!", "whole columns": 5,
    "whole columns of assumptions": 570, "price": 210_000, "allocated": 33.34,
}  # fmt: skip
ERRORS = {
    "not there": "#N/A", "unreadable": "#VALUE!", "no answer": "#NUM!", "division": "#DIV/0!",
    "error handed on": "#DIV/0!",
}  # fmt: skip
MORE_BOOKS = (*BOOKS, "odd.xlsx")


def repaired_bytes(path):
    package = Package.open(path)
    return package.to_bytes(repaired(package)[0])


class TestTypedFormulas:
    @pytest.mark.parametrize("way", ["typed", "local"])
    def test_they_calculate(self, in_calc, way):
        assert {name: in_calc[way][name] for name in TYPED} == TYPED
        assert in_calc[way]["version"].startswith("crm_xl ")

    @pytest.mark.parametrize("way", ["typed", "local"])
    def test_errors_are_real_ones(self, in_calc, way):
        expected = {name: {"error": CODES[shown], "shown": shown} for name, shown in ERRORS.items()}
        assert {name: in_calc[way][name] for name in ERRORS} == expected

    def test_calc_itself_asks_for_what_is_missing(self, in_calc):
        assert "error" in in_calc["typed"]["too few"]

    def test_a_total_over_itself_is_an_error(self, in_calc):
        assert "error" in in_calc["typed"]["circle"]

    def test_arrays_fill_their_area(self, in_calc):
        table = [
            ["Component", "Amount (CNY)", "Share"],
            ["Licence", 500, pytest.approx(500 / 570)],
            ["Customisation", 0, 0],
            ["Maintenance", 0, 0],
            ["Training", 70, pytest.approx(70 / 570)],
            ["Total", 570, 1],
        ]
        nothing = {"error": CODES["#N/A"], "shown": "#N/A"}
        assert in_calc["arrays"]["breakdown"] == table
        wider = [[*row, nothing] for row in table]
        assert in_calc["arrays"]["larger than the result"] == [*wider, [nothing] * 4, [nothing] * 4]
        assert in_calc["arrays"]["check"] == [["OK"]]
        assert in_calc["arrays"]["error"] == [[{"error": 519, "shown": "#VALUE!"}] * 2] * 2

    def test_whole_columns_cost_no_time(self, in_calc):
        """Twenty formulas over two whole columns: handing over a million rows took seconds for each."""
        assert in_calc["twenty whole columns"] < 5

    def test_dates_that_count_from_elsewhere_are_refused_and_said(self, in_calc):
        assert in_calc["dates"]["total"] == {"error": 519, "shown": "#VALUE!"}
        assert "1904-01-01" in in_calc["dates"]["version"]


class TestFunctionWizard:
    @pytest.mark.parametrize("function", REGISTRY, ids=lambda f: f.name)
    def test_it_shows_the_texts_of_the_registry(self, in_calc, function):
        english, chinese = in_calc["wizard"]["en"][function.name], in_calc["wizard"]["zh"][function.name]
        assert english["text"] == function.summary.en
        # Calc lets every argument out that is of any type: the function itself says which is missing.
        arguments = [[p.name, p.text.en.strip(), not takes_cells(p)] for p in function.parameters]
        assert english["arguments"] == arguments
        assert chinese["text"] == f"{function.alias}：{function.summary.zh}"
        assert chinese["arguments"] == {p.name: p.text.zh.strip() for p in function.parameters}
        assert chinese["compatibility"] == function.name


class TestOpenedWorkbooks:
    @pytest.mark.parametrize("name", BOOKS)
    def test_their_results_live_and_are_the_same_as_headless(self, in_calc, books, name):
        book = open_workbook(books / name)
        compared = 0
        for sheet, cells in in_calc["books"][name]["cells"].items():
            for row, column, value in cells:
                if isinstance(value, dict):
                    value = {code: ErrorValue(shown) for shown, code in CODES.items()}[value["error"]]
                ours = book[f"'{sheet}'!{openpyxl.utils.get_column_letter(column)}{row}"]
                if not isinstance(ours, int | float | str | None):
                    continue  # a date or time
                near = isinstance(ours, float | int) and isinstance(value, float) and abs(ours - value) < 1e-6
                assert near or same(ours, value), (sheet, row, column, ours, value)
                compared += 1
        assert compared > (3000 if "small" in name else 5000)

    @pytest.mark.parametrize("name", MORE_BOOKS)
    def test_every_call_is_bound(self, in_calc, name):
        formulas = in_calc["books"][name]["formulas"]
        assert any("ORG.CRMXL.ADDIN." in formula for formula in formulas)
        for formula in formulas:
            outside_of_texts = "".join(formula.split('"')[::2])
            assert not re.search(r"\bcrm_[a-z_]+\(", outside_of_texts, re.IGNORECASE), formula

    def test_the_stored_values_of_the_odd_ones_are_replaced(self, in_calc):
        cells = {(s, r, c): v for s, found in in_calc["books"]["odd.xlsx"]["cells"].items() for r, c, v in found}
        found = [cells["Odd ones", row, 1] for row in range(1, 6)]
        assert found == [571, 570, "crm_total([#All]", "none", 570]
        assert cells["Locked", 1, 1] == cells["Hidden", 1, 1] == 570

    def test_texts_of_an_array_are_found(self, in_calc):
        """In 7.4 a text in an array of an extension is equal to no other: SUMIF gave 0."""
        cells = {(r, c): v for r, c, v in in_calc["books"]["odd.xlsx"]["cells"]["Odd ones"]}
        assert cells[5, 3] == "Training"
        assert cells[1, 7] == 70

    @pytest.mark.parametrize("name", MORE_BOOKS)
    def test_nothing_counts_as_changed_by_the_user(self, in_calc, name):
        found = in_calc["books"][name]
        assert not found["modified"]
        assert not found["undo"]

    @pytest.mark.parametrize("name", MORE_BOOKS)
    def test_sheets_stay_protected_as_they_were(self, in_calc, books, name):
        saved = zipfile.ZipFile(books / f"saved {name}")
        was = openpyxl.load_workbook(books / name)
        assert in_calc["books"][name]["protected"] == [s.title for s in was if s.protection.sheet]
        now = openpyxl.load_workbook(io.BytesIO((books / f"saved {name}").read_bytes()))
        for sheet in was:
            for allowed in ("autoFilter", "formatRows", "insertRows", "sort", "selectLockedCells"):
                before, after = getattr(sheet.protection, allowed), getattr(now[sheet.title].protection, allowed)
                if sheet.protection.sheet:
                    assert after == before, (sheet.title, allowed)
        assert saved.testzip() is None

    @pytest.mark.parametrize("name", ["crm_example_zh.xlsx", "odd.xlsx"])
    def test_what_calc_saves_calculates_headless(self, books, in_calc, name):
        """Calc saves internal names; `crm-xl repair` makes plain ones of them again."""
        saved = open_workbook(books / f"saved {name}")
        report = saved.recalculate()
        assert not report.formula_problems
        if name == "odd.xlsx":
            assert saved["'Odd ones'!A1"] == 571
            assert saved["Locked!A1"] == 570

    def test_repair_gives_back_the_formulas_as_they_were(self, books, in_calc):
        before, after = (
            {
                (sheet.title, cell.coordinate): getattr(cell.value, "text", cell.value)
                for sheet in openpyxl.load_workbook(io.BytesIO(data))
                for row in sheet.iter_rows()
                for cell in row
                if "CRM_" in str(getattr(cell.value, "text", cell.value))
            }
            for data in ((books / "odd.xlsx").read_bytes(), repaired_bytes(books / "saved odd.xlsx"))
        )
        before["Odd ones", "A5"] = before["Odd ones", "A5"].replace("_xldudf_", "")
        assert after == before
        assert len(after) == 6

    @pytest.mark.parametrize("name", BOOKS)
    def test_every_page_is_clean(self, books, in_calc, name, tmp_path):
        if shutil.which("pdftoppm") is None:
            pytest.skip("pdftoppm (poppler-utils) is not installed")
        pdf = (books / name).with_suffix(".pdf")
        text = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True).stdout
        assert not re.search(r"#{3,}|#NAME|#VALUE|#REF|#N/A|#DIV|#NUM|Err:\d", text)
        says = ("Checks: all passed", "检查：全部通过")
        if "template" in name:
            says = ("Checks: no cost line is entered yet", "检查：尚未填写费用")
        assert any(line in text for line in says)
        subprocess.run(["pdftoppm", "-r", "30", "-png", pdf, tmp_path / "page"], check=True)
        pages = sorted(tmp_path.glob("page-*.png"))
        assert len(pages) == text.count("\f") > 5
        assert all(page.stat().st_size > 1000 for page in pages), "a page is blank"
        assert content(name)


class TestNoPython:
    def test_the_reason_stands_where_a_user_looks(self, tmp_path):
        """Without a Python that has numpy, CRM_VERSION and CRM_CHECK say so, and all others are errors."""
        from .conftest import Session

        if subprocess.run(["/usr/bin/python3", "-c", "import numpy"], capture_output=True).returncode == 0:
            pytest.skip("the Python of LibreOffice has numpy")
        session = Session(tmp_path, str(tmp_path / "nothing"), {"PATH": "/usr/bin:/bin", "CRM_XL_PYTHON": ""})
        try:
            found = session.run("no_python.py")
        finally:
            session.end()
        assert found["total"] == "#VALUE!"
        for name in ("version", "check"):
            assert found[name].startswith("No Python 3.11 or later with numpy was found")
            assert "nothing" in found[name]
        assert found["seconds"] < 30
