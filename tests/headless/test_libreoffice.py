"""LibreOffice as a second opinion: it opens what was written, and computes the native formulas to the same values."""

import datetime as dt
import shutil
import subprocess
import zipfile

import openpyxl
import pytest
import xlsxwriter
from openpyxl.utils.datetime import to_excel

from crm_xl.hosts.headless import recalculate

from .books import book, cell, sheet

pytestmark = [
    pytest.mark.libreoffice,
    pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed"),
]
# Whether .xlsx files are recalculated on loading: 0 is always, 1 is never.
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>{mode}</value></prop></item></oor:items>"""

LINES = [
    ("Licence", "Sales", 10, 20.5, 0.03, 46388),
    ("Support", "Service", 2, 30, 0, 46419),
    ("Licence", "Service", 1, 5.25, 0.05, 46447),
    ("Training", "Sales", 40, 0.1, None, 46784),
    ("", "Sales", -3, 7, 0.1, 47149),
]
NATIVE = [
    "SUM(D5:D9)",
    'SUMIFS(D5:D9,B5:B9,"Licence")',
    'SUMIF(C5:C9,"Sales",E5:E9)',
    "SUMPRODUCT(D5:D9,E5:E9)",
    'SUMPRODUCT((B5:B9="Licence")*D5:D9*E5:E9)',
    'COUNTIFS(C5:C9,"Sales",D5:D9,">0")',
    "COUNTA(B5:B9)",
    "COUNT(F5:F9)",
    "AVERAGE(E5:E9)",
    'AVERAGEIFS(E5:E9,C5:C9,"Sales")',
    'INDEX(E5:E9,MATCH("Support",B5:B9,0))',
    "INDEX(B5:F9,3,4)",
    'VLOOKUP("Training",B5:F9,3,FALSE)',
    'IFERROR(VLOOKUP("Nobody",B5:F9,3,FALSE),"none")',
    "MATCH(3,D5:D6,-1)",
    "MIN(D5:D9)",
    "MAX(D5:D9)",
    "ROUND(E7*1.05,1)",
    "ROUNDUP(2.001,0)",
    "ROUNDDOWN(-2.9,0)",
    "INT(-2.5)",
    "MOD(-7,3)",
    "ABS(-4)",
    "YEAR(G5)",
    "MONTH(G9)",
    "EDATE(G5,14)",
    "EOMONTH(G6,0)",
    "DATE(2027,14,1)",
    'DATEDIF(G5,G9,"m")',
    'TEXT(G5,"yyyy-mm-dd")',
    'TEXT(1234.5,"#,##0.00")',
    'LEFT(B5,3)&"-"&RIGHT(B5,2)',
    'LEN(TRIM("  a b  "))',
    "UPPER(B6)",
    'SUBSTITUTE(B5,"c","k")',
    'IF(D5>5,"big","small")',
    "AND(D5>5,E5>5)",
    "OR(D6>5,E6>50)",
    "NOT(TRUE)",
    "NPV(0.1,D5:D9)",
    "IRR(H5:H9)",
    "PMT(0.08/12,60,-10000)",
    "SLN(30000,7500,10)",
    "PERCENTILE(E5:E9,0.3)",
    "STDEV(E5:E9)",
    "RANK(20.5,E5:E9)",
    "LARGE(E5:E9,2)",
    "SMALL(E5:E9,2)",
    'CHOOSE(2,"a","b")',
    "1/0",
    "NA()",
    "ISERROR(1/0)",
    "ISNUMBER(B5)",
    "ISBLANK(B9)",
    "IFERROR(1/0,7)",
    "SUMPRODUCT(D5:D9*(1+F5:F9)^2)",
    "OFFSET(D5,1,1)",
    "SUBTOTAL(9,D5:D9)",
    'D5&""',
    'B9=""',
    "F8*2",
    "2^-1",
    "-2^2",
    "10%",
    '"a"<"B"',
    'VALUE("12.5")',
    'FIND("c",B5)',
    "CONCATENATE(B5,C5)",
    "SUM(D:D)",
    "HLOOKUP(20,D4:E6,2,TRUE)",
]


def in_libreoffice(path, folder, mode):
    """Return the workbook as LibreOffice saves it again."""
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(PROFILE.format(mode=mode), encoding="utf-8")
    out = folder / "out"
    subprocess.run(
        [
            "soffice",
            "--headless",
            f"-env:UserInstallation={profile.as_uri()}",
            "--convert-to",
            "xlsx",
            "--outdir",
            str(out),
            str(path),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return openpyxl.load_workbook(out / path.name, data_only=True)


def plain(value):
    """Return a date as its number: LibreOffice gives a cell a date format of its own accord."""
    return to_excel(value) if isinstance(value, dt.datetime) else value


def test_native_formulas_have_the_same_values(tmp_path, registry):
    cells = [cell(f"{c}4", 10 * (i + 1)) for i, c in enumerate("BCDE")]
    for r, line in enumerate(LINES, 5):
        cells += [cell(f"{c}{r}", v if v != "" else None) for c, v in zip("BCDEFG", line, strict=True)]
        cells.append(cell(f"H{r}", -100 if r == 5 else 40))
    cells += [cell(f"K{i}", 987654, formula) for i, formula in enumerate(NATIVE, 1)]
    path = tmp_path / "native.xlsx"
    path.write_bytes(book({"S": sheet(*cells)}))
    # What is stored is wrong by intent: without `stale` it would be kept where nothing vouches for the engine.
    report = recalculate(path, registry=registry, stale=True)
    assert {p.key for p in report.problems} <= {"formula_unmeasured", "formula_error_unproved", "formula_value_lost"}
    assert all(p.written for p in report.problems)
    ours = openpyxl.load_workbook(path, data_only=True)["S"]
    theirs = in_libreoffice(path, tmp_path, 0)["S"]
    differing = {}
    for i, formula in enumerate(NATIVE, 1):
        one, two = plain(ours[f"K{i}"].value), plain(theirs[f"K{i}"].value)
        number = isinstance(one, float | int) and isinstance(two, float | int)
        if (one != pytest.approx(two, rel=1e-9)) if number else (one != two):
            differing[formula] = (one, two)
    assert not differing


def test_it_opens_what_was_written(tmp_path, registry):
    path = tmp_path / "book.xlsx"
    workbook = xlsxwriter.Workbook(str(path))
    costs, results = workbook.add_worksheet("费用"), workbook.add_worksheet("Results")
    lines = [["Licence <&>", 10, 20], ["Support", 2, 30]]
    heads = [{"header": head} for head in ("Component", "Quantity", "Unit cost")]
    costs.add_table("B4:D6", {"name": "Costs", "data": lines, "columns": heads})
    results.write_dynamic_array_formula("B8", "=_xldudf_CRM_BREAKDOWN(Costs[#All])")
    results.write_formula("E1", "=SUM(Costs[Quantity])")
    results.write_formula("E2", "=_xldudf_CRM_TOTAL(Costs[#All])")
    results.write_formula("E3", "=B9")
    workbook.close()
    report = recalculate(path, registry=registry, find_problems=lambda *_: [])
    assert report.written
    assert zipfile.ZipFile(path).testzip() is None
    opened = in_libreoffice(path, tmp_path, 1)["Results"]
    # LibreOffice 7.4 reckons array formulas anew whatever it is told, and knows no CRM_BREAKDOWN.
    assert opened["B8"].value == "#NAME?"
    assert opened["E2"].value == 260
    assert opened["E3"].value == "Licence <&>"
    assert opened["E1"].value == 12
