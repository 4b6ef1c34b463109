"""LibreOffice as a second opinion: the same native values after a hard recalculation, and nothing cut off on paper."""

import re
import shutil
import subprocess

import openpyxl
import pytest

from crm_xl.data import term
from crm_xl.hosts.headless.values_only import without_crm_formulas

from .conftest import NAMES, content, formulas, values
from .inside import formula_cells, language_of, sheet_name

pytestmark = [
    pytest.mark.libreoffice,
    pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed"),
]
# Recalculate .xlsx files on loading, always.
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>"""
# Where every formula is native, and the native parts of the other sheets: the columns, and the rows below a header.
NATIVE = ("assumptions", "costs", "benefits", "actuals", "timeline", "workings", "benefit_lines")


def convert(tmp_path, data, target):
    """Let LibreOffice write a workbook in another form, with a profile of its own."""
    (tmp_path / "profile" / "user").mkdir(parents=True)
    (tmp_path / "profile" / "user" / "registrymodifications.xcu").write_text(PROFILE)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "book.xlsx").write_bytes(data)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    out = tmp_path / "out"
    command = ["soffice", profile, "--headless", "--convert-to", target, "--outdir", out, tmp_path / "in" / "book.xlsx"]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return out / f"book.{target}"


def native_cells(name):
    """The native formula cells that do not rest on CRM_* results."""
    language, book = language_of(name), formulas(name)
    for key in NATIVE:
        if (title := sheet_name(key, language)) in book.sheetnames:
            yield from ((title, cell.coordinate) for cell, _ in formula_cells(book[title]) if cell.coordinate != "B3")
    results = book[sheet_name("results", language)]
    for cell, formula in formula_cells(results):
        native_figure = cell.column_letter == "C" and 7 <= cell.row <= 14
        if native_figure or 17 <= cell.row <= 23:
            assert "CRM_" not in formula
            yield results.title, cell.coordinate


def same(one, other):
    if isinstance(one, int | float) and isinstance(other, int | float) and not isinstance(one, bool):
        return one == pytest.approx(other, rel=1e-9, abs=1e-9)
    return (one or "") == (other or "")


@pytest.mark.parametrize("name", NAMES)
def test_libreoffice_computes_the_same(name, tmp_path):
    language = language_of(name)
    theirs = openpyxl.load_workbook(convert(tmp_path, content(name), "xlsx"), data_only=True)
    compared = 0
    for title, address in native_cells(name):
        ours, other = values(name)[title][address].value, theirs[title][address].value
        assert same(ours, other), (title, address, formulas(name)[title][address].value, ours, other)
        compared += 1
    assert compared > 2000
    word = theirs[sheet_name("about", language)]["B3"].value
    # LibreOffice has no CRM_* functions: the checks that need them say so, all others pass.
    expected = "status_open" if "example" in name else "status_empty"
    assert word == term(f"template_{expected}", language)
    if "department" not in name:
        board = [cell.value for row in theirs[sheet_name("board", language)].iter_rows() for cell in row]
        assert not [value for value in board if isinstance(value, str) and re.match("#[A-Z]", value)]
        # Only the large example asks for figures that need the add-in.
        assert (term("template_board_no_addin", language) in board) == (name == f"crm_example_{language}.xlsx")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_cut_off_on_paper(name, tmp_path):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    # LibreOffice computes array formulas anew whatever it is told: their values stand alone here.
    pdf = convert(tmp_path, without_crm_formulas(content(name)), "pdf")
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True).stdout
    assert not re.search(r"#{3,}|#NAME|#VALUE|#REF|#N/A|#DIV|Err:\d", text)
    pages = text.count("\f")
    most = {"template": 6, "department": 10, "small": 10, "example": 24}
    assert pages <= next(number for kind, number in most.items() if kind in name), pages
