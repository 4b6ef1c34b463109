"""Bad input at the command line: the exact message with file, sheet and cell, and nothing changed on disk."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
import xlsxwriter
from click.testing import CliRunner

from crm_xl.commands import cli

HEADERS = ["Component", "Item", "Quantity", "Unit cost", "Currency", "Start", "End"]
GOOD = ["Licence", "Seats", 10, 175, "CNY", None, None]
ASSUMPTIONS = [["Years", 5], ["Start date", 46388], ["USD/CNY", 7.1]]


def write_book(path: Path, line: dict[str, object], assumptions: list[list[object]], headers: list[str]) -> Path:
    """A workbook with one good line, one that is wrong in places, and one formula over them; tables from B3."""
    book = xlsxwriter.Workbook(str(path))
    costs, more, results = (book.add_worksheet(name) for name in ("Costs", "Assumptions", "Results"))
    costs.write_row("B3", headers)
    costs.write_row("B4", GOOD)
    for j, (header, value) in enumerate(zip(HEADERS, GOOD, strict=True)):
        found = line.get(header, value)
        if isinstance(found, str) and found.startswith("="):
            costs.write_formula(4, 1 + j, found, None, "#DIV/0!")
        elif found is not None:
            costs.write(4, 1 + j, found)
    for i, (key, value) in enumerate(assumptions):
        more.write(i, 0, key)
        if value is not None:
            more.write(i, 1, value)
    results.write_formula("A1", "=CRM_TOTAL(Costs!B3:H5,Assumptions!A1:B4)", None, 99)
    if "merged" in headers:
        costs.merge_range("D3:E3", "Quantity")
    book.close()
    return path


def disk(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}


CASES = {
    "a table without Component": (
        {}, [], ["Kind", *HEADERS[1:]],
        "Costs!B3:H3: found nothing; expected the column Component among the headers; "
        "is a header cell merged or renamed?",
    ),
    "text in a number column": ({"Quantity": "a few"}, [], HEADERS, 'Costs!D5: found "a few"; expected a number'),
    "a number that can be read in two ways": (
        {"Quantity": "1,200"}, [], HEADERS,
        'Costs!D5: found "1,200"; expected one number that can be read one way only: 1.2 or 1200?',
    ),
    "a date before the start": (
        {"Start": 46000}, [], HEADERS,
        'Costs!G5: found 2025-12-09; expected a month not before the start of the model (2027-01)',
    ),
    "an end before the start": (
        {"Start": 3, "End": 2}, [], HEADERS, "Costs!H5: found 2; expected an end not before the start (3)"
    ),
    "a negative quantity": ({"Quantity": -5}, [], HEADERS, "Costs!D5: found -5; expected 0 or more"),
    "an unknown currency": (
        {"Currency": "QQQ"}, [], HEADERS, 'Costs!F5: found "QQQ"; expected a currency code such as CNY or USD'
    ),
    "a missing rate": (
        {"Currency": "EUR"}, [], HEADERS,
        'Costs!F5: found "EUR"; expected an exchange rate EUR/CNY among the assumptions',
    ),
    "an unknown assumption": (
        {}, [["Discont rate", 0.1]], HEADERS,
        'Assumptions!A4: found "Discont rate"; expected a known assumption; did you mean Discount rate?',
    ),
    "an error value in an input cell": (
        {"Unit cost": "=1/0"}, [], HEADERS,
        "Costs!E5: found #DIV/0!; expected a value; an error in a cell is handed on to every result",
    ),
    "a merged header": (
        {}, [], ["Component", "Item", "Quantity", None, "Currency", "Start", "End", "merged"][:7],
        "Costs!E3: found nothing; expected a header above the values of this column; is a header cell merged?",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_message_names_the_place_and_nothing_changes(case: str, tmp_path: Path) -> None:
    line, more, headers, message = CASES[case]
    book = write_book(tmp_path / "book.xlsx", line, [*ASSUMPTIONS, *more], headers)
    before = disk(tmp_path)
    done = CliRunner().invoke(cli, ["recalc", "--strict", str(book)], standalone_mode=False)
    assert done.return_value == 1
    assert f"book.xlsx, {message}" in done.stderr.splitlines()
    assert done.stderr.splitlines()[-1] == "Nothing was written."
    assert disk(tmp_path) == before


def test_all_problems_at_once(tmp_path: Path) -> None:
    line = {"Quantity": "many", "Currency": "QQQ", "Start": "soon", "Unit cost": -1}
    book = write_book(tmp_path / "book.xlsx", line, [["Years", 99]], HEADERS)
    done = CliRunner().invoke(cli, ["recalc", "--strict", str(book)], standalone_mode=False)
    places = {text.split(": ")[0] for text in done.stderr.splitlines()[:-1]}
    assert places == {
        f"book.xlsx, {place}" for place in ("Costs!D5", "Costs!E5", "Costs!F5", "Costs!G5", "Assumptions!B1")
    }


def test_a_workbook_without_the_tables(tmp_path: Path) -> None:
    book = write_book(tmp_path / "book.xlsx", {}, ASSUMPTIONS, HEADERS)
    environment = {**os.environ, "CRM_XL_LANG": "en"}
    for formula, reason in (
        ("=CRM_TOTAL(Costs[#All])", "there is no table Costs; the workbook has these tables: –"),
        ("=CRM_TOTAL(Kosten!A1:B2)", "there is no sheet Kosten"),
    ):
        command = [sys.executable, "-m", "crm_xl", "eval", str(book), formula]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert (done.returncode, done.stderr.strip()) == (1, f"Error: {formula} was not calculated: {reason}")
