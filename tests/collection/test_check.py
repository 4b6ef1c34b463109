import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from crm_xl.collection.checking.check import Checked, check
from crm_xl.commands import cli
from crm_xl.console import LANGUAGE
from crm_xl.data import rows
from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless import open_workbook
from tests.collection.forms import Form


def run(*arguments: object):
    return CliRunner().invoke(cli, ["check", *map(str, arguments)], standalone_mode=False)


def told(checked: Checked) -> list[tuple[str, str, str]]:
    return [(finding.key, finding.sheet, finding.cell) for finding in checked.findings]


def calculated(cells: dict[str, object]) -> bytes:
    """A form in which lines were entered and the formulas calculated, as a spreadsheet program leaves it."""
    book = open_workbook(Form().bytes())
    for cell, value in cells.items():
        book[cell] = value
    return book.to_bytes()


COLLECTION = Path(__file__).parents[2] / "crm_xl" / "collection"
LINE = {"Costs!B6": "Licence", "Costs!H6": 1200.0, "Costs!L6": "annual"}


class TestAgainstTheFormThatWasSent:
    def test_a_form_as_it_was_sent_has_no_finding(self, tmp_path):
        assert check(Form().save(tmp_path)).findings == ()

    def test_filling_in_changes_nothing_that_is_locked(self, tmp_path):
        assert told(check(Form(content=calculated(LINE)).save(tmp_path))) == []

    def test_an_overwritten_formula_is_told_with_the_formula(self, tmp_path):
        checked = check(Form().overwrite("Results", "C8", 5.0).save(tmp_path))
        (finding,) = checked.findings
        assert (finding.key, finding.sheet, finding.cell) == ("formula_overwritten", "Results", "C8")
        assert "found 5; the form has =" in finding.text("en")
        assert not checked.blocks

    def test_a_changed_label_is_told_with_both_texts(self, tmp_path):
        (finding,) = check(Form().enter("Results", {"B1": "Mine"}).save(tmp_path)).findings
        assert finding.text("en") == "A locked cell was changed: found Mine; the form has What the CRM costs in total"

    def test_many_changes_are_counted(self, tmp_path):
        cells = {f"B{row}": float(row) for row in range(6, 22)}
        found = check(Form().enter("Lists", cells).save(tmp_path)).findings
        assert [f.key for f in found].count("locked_changed") == 5
        assert [f.key for f in found].count("locked_many") == 1
        # A number is told whatever it was typed over.
        assert {f.cell for f in found if f.cell} == cells.keys()

    def test_a_header_that_was_renamed_is_told_once(self, tmp_path):
        checked = check(
            Form().line(6, component="Licence", vendor="A").enter("Costs", {"E5": "Supplier"}).save(tmp_path)
        )
        assert [key for key, _, cell in told(checked) if cell == "E5"] == ["header_renamed"]

    def test_deleted_validation_is_told_with_its_cells(self, tmp_path):
        form = Form().change("Costs", rb'<dataValidation type="list"[^>]*sqref="L6:L25">.*?</dataValidation>', "")
        form.change("Costs", rb'<dataValidations count="\d+"', '<dataValidations count="20"')
        assert told(check(form.save(tmp_path))) == [("validation_gone", "Costs", "L6:L25")]

    def test_a_sheet_without_its_protection_is_told(self, tmp_path):
        form = Form().change("Costs", b"<sheetProtection[^>]*/>", "")
        assert told(check(form.save(tmp_path))) == [("unprotected", "Costs", "")]

    def test_a_sheet_that_was_deleted_is_told(self, tmp_path):
        form = Form().change_part("xl/workbook.xml", b'<sheet name="Checks"[^>]*/>', "")
        found = {finding.key: finding for finding in check(form.save(tmp_path)).findings}
        assert found["sheet_missing"].expected == "Checks"

    def test_a_sheet_that_was_hidden_is_told(self, tmp_path):
        form = Form().change_part("xl/workbook.xml", b'<sheet name="Costs"', '<sheet state="hidden" name="Costs"')
        assert "sheet_order" in [finding.key for finding in check(form.save(tmp_path)).findings]

    def test_a_name_that_points_elsewhere_is_told(self, tmp_path):
        form = Form().change_part("xl/workbook.xml", rb"(<definedName name=\"Department\">)[^<]*", "\\1Costs!$B$6")
        (finding,) = check(form.save(tmp_path)).findings
        assert (finding.key, dict(finding.details)["name"]) == ("name_changed", "department")

    def test_a_form_of_another_version_of_the_program_is_not_guessed_at(self, tmp_path):
        form = Form().stamped(version="0.9").enter("Results", {"B1": "Mine"})
        assert [key for key, *_ in told(check(form.save(tmp_path)))] == ["layout_unknown"]

    def test_a_stamp_that_claims_thousands_of_lines_builds_no_form_of_thousands(self, tmp_path, monkeypatch):
        monkeypatch.setattr("crm_xl.collection.form.master.sent_layout", lambda stamp: pytest.fail("a form is built"))
        form = Form().stamped(lines=5000).enter("Results", {"B1": "Mine"})
        (finding,) = check(form.save(tmp_path)).findings
        assert finding.key == "layout_unknown"
        assert "a form of 5000 lines; the workbook has far fewer" in finding.text("en")


class TestTheTotal:
    def test_a_total_that_was_calculated_agrees(self, tmp_path):
        path = Form(content=calculated(LINE)).save(tmp_path)
        assert check(path).findings == ()
        assert open_workbook(path)["Total_cost"] == pytest.approx(3600)  # 1200 in each of 3 years, by hand

    def test_another_total_is_told_with_both_figures(self, tmp_path):
        form = Form(content=calculated(LINE)).change("Results", rb'(<c r="C7"[^>]*>.*?<v>)3600', "\\g<1>3600.02")
        (finding,) = check(form.save(tmp_path)).findings
        assert (finding.key, finding.found, finding.expected) == ("total_differs", "3,600.02", "3,600.00")

    def test_lines_that_do_not_count_are_not_in_the_total(self, tmp_path):
        cells = LINE | {"Costs!B7": "Training", "Costs!H7": 1500.0}
        form = Form(content=calculated(cells)).overwrite("Costs", "D7", "HR")
        found = {f.key: f for f in check(form.save(tmp_path)).findings}
        assert (found["total_differs"].found, found["total_differs"].expected) == ("5,100.00", "3,600.00")

    def test_a_workbook_that_shows_no_total_is_told(self, tmp_path):
        form = Form(content=calculated(LINE)).change("Results", rb'(<c r="C7"[^>]*>.*?)<v>3600</v>', "\\1")
        assert told(check(form.save(tmp_path))) == [("total_missing", "Results", "C7")]


class TestErrorsInAnyCell:
    def test_an_error_is_told_where_it_stands(self, tmp_path):
        form = Form().enter("Results", {"H40": ErrorValue.DIV0, "H41": ErrorValue.NAME})
        keys = [(f.key, f.cell) for f in check(form.save(tmp_path)).findings]
        assert ("error_cell", "H40") in keys
        assert ("error_many", "") in keys

    def test_a_traceback_is_told_where_it_stands(self, tmp_path):
        form = Form().enter("Start", {"B60": "Traceback (most recent call last): ..."})
        assert ("broken_cell", "Start", "B60") in told(check(form.save(tmp_path)))

    def test_a_value_that_is_only_repeated_is_told_once(self, tmp_path):
        path = Form(content=calculated(LINE | {"Costs!C6": "#N/A waiting for data"})).save(tmp_path)
        assert [key for key, *_ in told(check(path))] == ["broken_text", "total_differs"]


class TestTheCommand:
    def test_a_good_file_says_so_and_ends_with_0(self, tmp_path):
        result = run(Form().save(tmp_path))
        assert (result.return_value, result.output.strip()) == (0, "sales.xlsx: OK")

    def test_notes_alone_end_with_0(self, tmp_path):
        result = run(Form(content=calculated(LINE | {"Costs!C6": "x" * 201})).save(tmp_path))
        assert result.return_value == 0
        assert "findings that block: 0; notes: 1; lines: 1, not counted: 0" in result.output

    def test_a_finding_that_blocks_ends_with_1_and_names_cell_and_advice(self, tmp_path):
        result = run(Form().line(6, component="Licence", amount="1.200").save(tmp_path))
        assert result.return_value == 1
        line = next(line for line in result.output.splitlines() if "H6" in line)
        assert re.match(
            r"blocks +Costs +H6 +Amount: 1\.200 may mean 1\.2 or 1200; the line is not counted +Type the number", line
        )

    def test_all_that_is_printed_is_in_the_language_of_who_runs_it(self, tmp_path):
        form = Form("zh").line(6, sheet="\u8d39\u7528", component="\u8f6f\u4ef6\u8d2d\u4e70", amount="1.200")
        result = run(form.save(tmp_path))
        assert LANGUAGE == "en"
        assert "1.200 may mean 1.2 or 1200" in result.output
        assert "findings that block: 1" in result.output
        ours = re.sub("\u8d39\u7528|\u91d1\u989d", "", result.output)  # its sheet and its column
        assert not re.search("[\u4e00-\u9fff]", ours)

    def test_json_has_every_finding(self, tmp_path):
        form = Form().line(6, component="Licence", amount="1.200").line(7, component="Licence", amount="1,200.00")
        result = run(form.save(tmp_path), "--json")
        (record,) = json.loads(result.stdout)
        assert (record["file"], record["ok"], record["blocks"], record["department"]) == (
            "sales.xlsx",
            False,
            True,
            "Sales",
        )
        assert record["lines"] == {"costs": 2, "benefits": 0, "rejected": 1}
        assert [(f["severity"], f["cell"]) for f in record["findings"][:2]] == [("blocks", "H6"), ("note", "H7")]
        assert result.return_value == 1

    def test_a_folder_is_checked_with_all_that_is_in_it(self, tmp_path):
        (tmp_path / "sub").mkdir()
        Form().save(tmp_path, "a.xlsx")
        Form().line(6, component="Licence", amount="1.200").save(tmp_path / "sub", "b.xlsx")
        (tmp_path / "old.xls").write_bytes(b"x")
        (tmp_path / "~$a.xlsx").write_bytes(b"lock")
        (tmp_path / "note.txt").write_text("x")
        (tmp_path / "sales.ods").write_bytes(b"x")
        (tmp_path / "hr.csv").write_text("Component,Amount")
        result = run(tmp_path)
        assert result.output.splitlines()[-1] == "workbooks: 5; OK: 1; notes only: 0; with findings that block: 4"
        assert str(Path("sub") / "b.xlsx") in result.output
        assert result.return_value == 1

    def test_a_folder_without_workbooks_is_an_error(self, tmp_path):
        assert "There is no workbook" in str(run(tmp_path).exception.format_message())

    def test_a_file_that_is_not_there_is_told_and_the_others_are_checked(self, tmp_path):
        result = run(tmp_path / "missing.xlsx", Form().save(tmp_path, "a.xlsx"))
        assert (result.stdout, result.return_value) == ("a.xlsx: OK\n\n", 1)
        assert result.stderr == f"Error: {tmp_path / 'missing.xlsx'}: there is no such file\n"

    def test_copies_of_several_workbooks_cannot_go_to_a_file(self, tmp_path):
        (tmp_path / "in").mkdir()
        for name in ("a.xlsx", "b.xlsx"):
            Form().save(tmp_path / "in", name)
        (tmp_path / "taken").write_text("x")
        for out in (tmp_path / "taken", tmp_path / "new.xlsx"):
            fault = run(tmp_path / "in", "--annotate", "-o", out).exception
            assert fault.exit_code == 2
            assert fault.message == f"-o {out} is a file; the copies of 2 workbooks need a folder"
        fault = run(tmp_path / "in" / "a.xlsx", "--annotate", "-o", tmp_path / "taken").exception
        assert "does not end in .xlsx" in fault.message

    def test_out_without_annotate_is_typed_wrongly(self, tmp_path):
        assert run(Form().save(tmp_path), "-o", tmp_path / "x.xlsx").exception.exit_code == 2

    def test_it_runs_as_it_is_typed(self, tmp_path):
        path = Form().line(6, component="Licence", amount="1.200").save(tmp_path)
        environment = {"CRM_XL_LANG": "zh", "PATH": "", "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUTF8": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "crm_xl", "check", str(path)], env=environment, capture_output=True, check=False
        )
        assert done.returncode == 1
        assert "\u4e0d\u8ba1\u5165\u7684\u95ee\u9898\uff1a1" in done.stdout.decode()


class TestTheWords:
    def test_every_finding_says_what_to_do_in_both_languages(self):
        keys = {row["key"] for row in rows("terms_findings") if row["key"].startswith("finding_")}
        said = {key for key in keys if not key.endswith("_do")}
        assert {f"{key}_do" for key in said} == keys - said

    def test_the_code_and_the_words_know_the_same_findings(self):
        words = {
            row["key"].removeprefix("finding_") for row in rows("terms_findings") if row["key"].startswith("finding_")
        }
        said = {key for key in words if not key.endswith("_do")}
        code = "".join(path.read_text(encoding="utf-8") for path in COLLECTION.rglob("*.py"))
        # Some keys are put together from two words.
        made = {f"formula_{end}" for end in ("dde", "external", "reaching")}
        made |= {f"{age}_schema" for age in ("older", "newer", "unknown")} | {"no_costs", "no_benefits"}
        assert {key for key in said - made if f'"{key}"' not in code} == set()
        told = re.findall(
            r'(?:\btell\(\s*row, (?:"\w*"|[\w.]+),|finding_at\(\s*[\w.]+, (?:""|[\w.]+),|Finding\(\s*key=)\s*"(\w+)"',
            code,
        )
        assert {"ambiguous_number", "hidden_column", "columns_moved"} <= set(told)
        of_folders = {row["key"].removeprefix("finding_") for row in rows("terms_collect")}
        assert set(told) <= said | of_folders

    def test_chinese_texts_have_chinese_punctuation(self):
        for row in rows("terms_findings"):
            assert not re.search("[\u4e00-\u9fff][,:;()?]|[,:;()?][\u4e00-\u9fff]", row["zh"]), row
