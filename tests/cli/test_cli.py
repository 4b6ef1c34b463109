"""The command line as a user meets it: exit codes, words, both languages, files left alone."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from crm_xl import cli

COSTS = [
    ["Component", "Item", "Quantity", "Unit cost", "Currency"],
    ["Licence", "Enterprise", 10, 175, "USD"],
    ["Training", "=Classroom", 2, 500, None],
]


def write_book(path: Path, *, price: object = 175, rate: object = 7.0) -> Path:
    book = xlsxwriter.Workbook(str(path))
    costs, assumptions, results = (book.add_worksheet(name) for name in ("Costs", "Assumptions", "Results"))
    for i, row in enumerate(COSTS):
        for j, value in enumerate(row):
            if value is not None:
                costs.write_string(i, j, value) if isinstance(value, str) else costs.write(i, j, value)
    costs.write(1, 3, price)
    assumptions.write_row(0, 0, ["Years", 1])
    assumptions.write_row(1, 0, ["USD/CNY", rate])
    results.write_formula("A1", "=CRM_TOTAL(Costs!A1:E3,Assumptions!A1:B2)", None, 1)
    book.close()
    return path


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_book(tmp_path / "book.xlsx")


def run(*arguments: object, language: str = "en") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CRM_XL_LANG": language, "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "crm_xl", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False, timeout=120)


class TestRecalc:
    def test_writes_the_result_into_the_book(self, book: Path) -> None:
        done = run("recalc", book)
        assert done.returncode == 0, done.stderr
        assert openpyxl.load_workbook(book, data_only=True)["Results"]["A1"].value == 10 * 175 * 7 + 1000

    def test_out_leaves_the_book_alone(self, book: Path, tmp_path: Path) -> None:
        before = book.read_bytes()
        assert run("recalc", book, "-o", tmp_path / "out.xlsx").returncode == 0
        assert book.read_bytes() == before
        assert openpyxl.load_workbook(tmp_path / "out.xlsx", data_only=True)["Results"]["A1"].value == 13250

    def test_strict_names_the_cell_of_a_bad_input_and_changes_nothing(self, tmp_path: Path) -> None:
        book = write_book(tmp_path / "bad.xlsx", price="twelve")
        before = book.read_bytes()
        done = run("recalc", book, "--strict")
        assert done.returncode == 1
        assert 'bad.xlsx, Costs!D2: found "twelve"; expected a number' in done.stderr
        assert book.read_bytes() == before
        assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.xlsx"]

    def test_a_bad_input_shows_as_an_error_in_its_results(self, tmp_path: Path) -> None:
        book = write_book(tmp_path / "bad.xlsx", price="twelve")
        assert run("recalc", book).returncode == 1
        assert openpyxl.load_workbook(book, data_only=True)["Results"]["A1"].value == "#VALUE!"

    def test_values_copy_has_no_crm_formula(self, book: Path, tmp_path: Path) -> None:
        assert run("recalc", book, "--values").returncode == 2
        assert run("recalc", book, "--values", "-o", tmp_path / "v.xlsx").returncode == 0
        assert openpyxl.load_workbook(tmp_path / "v.xlsx")["Results"]["A1"].value == 13250
        assert openpyxl.load_workbook(book)["Results"]["A1"].value.startswith("=CRM_TOTAL")

    def test_json(self, book: Path) -> None:
        record = json.loads(run("recalc", book, "--json").stdout)
        assert (record["formulas"], record["changed"], record["ok"], record["problems"]) == (1, 1, True, [])

    def test_missing_file_in_chinese(self, tmp_path: Path) -> None:
        done = run("recalc", tmp_path / "nope.xlsx", language="zh")
        assert done.returncode == 1
        assert done.stderr.startswith("错误")
        assert done.stderr.count("\n") == 1


class TestEval:
    FORMULA = '=CRM_BREAKDOWN(Costs!A1:E3,Assumptions!A1:B2,"item")'

    def test_scalar(self, book: Path) -> None:
        assert run("eval", book, "=CRM_TOTAL(Costs!A1:E3,Assumptions!A1:B2)").stdout.strip() == "13,250.00"

    def test_json(self, book: Path) -> None:
        result = json.loads(run("eval", book, self.FORMULA, "--json").stdout)["result"]
        assert result[1] == ["Enterprise", 12250, 12250 / 13250]
        assert result[-1][:2] == ["Total", 13250]

    def test_csv_writes_no_formula(self, book: Path) -> None:
        table = list(csv.reader(io.StringIO(run("eval", book, self.FORMULA, "--csv").stdout)))
        assert table[2][0] == "'=Classroom"
        assert float(table[-1][1]) == 13250

    def test_table_shows_shares_as_percentages(self, book: Path) -> None:
        assert "92.5%" in run("eval", book, self.FORMULA).stdout

    def test_error_gives_its_reason(self, tmp_path: Path) -> None:
        book = write_book(tmp_path / "b.xlsx", rate=None)
        done = run("eval", book, "=CRM_TOTAL(Costs!A1:E3,Assumptions!A1:B1)")
        assert done.returncode == 1
        assert done.stdout.strip() == "#N/A"
        assert "USD/CNY" in done.stderr

    def test_unknown_function(self, book: Path) -> None:
        done = run("eval", book, "=NOSUCH(1)")
        assert done.returncode == 1
        assert "NOSUCH" in done.stderr


class TestUsage:
    @pytest.mark.parametrize(
        ("arguments", "word"),
        [
            (["recalc"], "BOOK is missing"),
            (["collect", "."], "-o PATH is missing"),
            (["nosuch"], "no command nosuch;"),
            (["recalk"], "no command recalk, perhaps recalc;"),
            (["recalc", "--nosuch", "x"], "no option --nosuch"),
            (["recalc", "a.xlsx", "b.xlsx"], "b.xlsx is too much"),
            (["template", "-o", "x.xlsx", "--start", "soon"], 'found "soon"'),
            (["template", "-o", "x.xlsx", "--currency", "XXX"], "a currency code"),
            (["template", "-o", "x.xlsx", "--rate", "USD=7"], 'found "USD=7"'),
            (["template", "-o", "x.xlsx", "--rate", "USD/CNY=" + "9" * 400], 'found "USD/CNY=999'),
            (["template", "-o", "x.xlsx", "--rate", "USD/CNY=0." + "0" * 400 + "1"], 'found "USD/CNY=0.000'),
            (["template", "-o", "x.xlsx", "--rate", "USD/CNY=7", "--rate", "CNY/USD=0.2"], "in one direction"),
            (["template", "-o", "x.xlsx", "--years", "40"], "from 1 to 30"),
            (["template", "-o", "x.xlsx", "--lang", "fr"], "one of: en, zh"),
            (["template", "-o"], "-o needs a value"),
        ],
    )
    def test_one_line_and_code_2(self, arguments: list[str], word: str) -> None:
        done = run(*arguments)
        assert done.returncode == 2
        assert word in done.stderr
        assert done.stderr.count("\n") == 1

    @pytest.mark.parametrize("language", ["en", "zh"])
    @pytest.mark.parametrize("command", sorted(cli.cli.commands))
    def test_help_has_an_example(self, command: str, language: str) -> None:
        done = run(command, "-h", language=language)
        assert done.returncode == 0
        assert f"crm-xl {command}" in done.stdout.partition("示例" if language == "zh" else "Example")[2].replace(
            "\n", " "
        )

    def test_help_is_chinese_throughout(self) -> None:
        text = run("--help", language="zh").stdout
        assert "命令" in text
        assert not any(word in text for word in ("Show", "Options:", "Commands:", "Usage:", "COMMAND", "ARGS"))

    def test_what_is_said_of_an_option_is_chinese_too(self) -> None:
        text = run("distribute", "-h", language="zh").stdout
        assert "[必填]" in text
        assert "[默认：5；1<=x<=30]" in text
        assert not any(word in text for word in ("required", "default", "OPTIONS"))

    def test_help_imports_nothing_heavy(self) -> None:
        heavy = ("numpy", "pandas", "rich", "formualizer", "xlsxwriter")
        code = f"import sys, crm_xl.cli; print([m for m in {heavy} if m in sys.modules])"
        assert (
            subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
            == "[]"
        )

    def test_version(self) -> None:
        from crm_xl import __version__

        assert run("--version").stdout.strip() == f"crm_xl {__version__}"


class TestTemplate:
    def test_options_reach_the_workbook(self, tmp_path: Path) -> None:
        out = tmp_path / "t.xlsx"
        who = ("--lang", "zh", "--department", "销售部")
        done = run(
            "template",
            "-o",
            out,
            *who,
            "--currency",
            "USD",
            "--years",
            3,
            "--start",
            "2027-07-01",
            "--lines",
            20,
            "--rate",
            "USD/CNY=7.125",
        )
        assert done.returncode == 0, done.stderr
        book = openpyxl.load_workbook(out, data_only=True)
        text = {str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None}
        assert "销售部" in " ".join(text)
        assert {"2027/28", "USD/CNY", "7.125"} <= text
        assert "费用" in book.sheetnames

    def test_department_kind_has_no_crm_formula(self, tmp_path: Path) -> None:
        assert run("template", "-o", tmp_path / "d.xlsx", "--kind", "department").returncode == 0
        book = openpyxl.load_workbook(tmp_path / "d.xlsx")
        formulas = [str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]
        assert formulas
        assert not [f for f in formulas if "CRM_" in f]

    @pytest.mark.parametrize("name", ["t.xls", "t.xlsm", "t.txt"])
    def test_other_endings_are_refused(self, tmp_path: Path, name: str) -> None:
        done = run("template", "-o", tmp_path / name)
        assert done.returncode == 1
        assert "must end in .xlsx" in done.stderr
        assert list(tmp_path.iterdir()) == []

    def test_a_filled_workbook_is_not_replaced_unasked(self, tmp_path: Path) -> None:
        mine = tmp_path / "mine.xlsx"
        mine.write_bytes(b"mine")
        done = run("template", "-o", mine, "--lines", 10)
        assert done.returncode == 1
        assert "--force" in done.stderr
        assert mine.read_bytes() == b"mine"
        assert run("template", "-o", mine, "--lines", 10, "--force").returncode == 0
        assert mine.read_bytes()[:2] == b"PK"

    def test_a_folder_is_no_file_to_write(self, tmp_path: Path) -> None:
        done = run("template", "-o", tmp_path)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1


class TestDemo:
    def test_prints_total_and_breakdown_and_the_file(self, tmp_path: Path) -> None:
        out = tmp_path / "demo.xlsx"
        done = run("demo", "-o", out)
        assert done.returncode == 0, done.stderr
        assert "CRM_TOTAL = " in done.stdout
        assert all(
            word in done.stdout for word in ("Licence", "Customisation", "Maintenance", "Training", "Total", "Share")
        )
        assert str(out) in done.stdout
        total = float(done.stdout.partition("CRM_TOTAL = ")[2].split()[0].replace(",", ""))
        assert total > 1e6

    def test_does_not_overwrite_what_is_not_its_own(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        mine = tmp_path / "crm_example_en.xlsx"
        mine.write_text("mine")
        for arguments in ((), ("-o", mine)):
            assert run("demo", *arguments).returncode == 1
            assert mine.read_text() == "mine"


class TestFunctions:
    def test_lists_all(self) -> None:
        from crm_xl.functions import REGISTRY

        text = run("functions").stdout
        assert [f.name for f in REGISTRY if f.name not in text] == []

    def test_by_chinese_name(self) -> None:
        assert "CRM_TOTAL(costs" in run("functions", "CRM总额", language="zh").stdout

    def test_unknown(self) -> None:
        assert run("functions", "CRM_NOSUCH").returncode == 1
