"""The report of the doctor: what it says, and that nothing private is in it."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from crm_xl.commands import cli
from crm_xl.hosts.excel.doctor import Finding, examine
from crm_xl.hosts.excel.report import from_excel, report

from .computer import sound

EXAMPLE = Path(__file__).parents[2] / "workbooks" / "crm_example_en.xlsx"


@pytest.fixture
def computer(tmp_path):
    computer = sound(tmp_path / "Herr Meyer")
    computer.environ |= {"USERNAME": "meyer", "COMPUTERNAME": "FIN-PC-07", "USERPROFILE": r"C:\Users\meyer"}
    return computer


def test_it_has_versions_checks_and_self_tests_that_passed(computer):
    found = json.loads(report(computer, examine(computer)))
    assert set(found) == {"report", "versions", "checks", "self_tests", "start"}
    assert found["start"]["answered"] is False  # tests/excel/wine starts it
    assert {"crm_xl", "python", "bits", "system", "code page", "xlwings", "numpy"} == set(found["versions"])
    assert {check["severity"] for check in found["checks"]} <= {"ok", "note", "warning", "fault"}
    assert len(found["self_tests"]) == 6
    assert all(test["passed"] for test in found["self_tests"])


def test_a_self_test_that_fails_is_said(computer, monkeypatch):
    monkeypatch.setattr("crm_xl.hosts.excel.udfs.answer", lambda name, given: 0.0)
    assert not any(test["passed"] for test in json.loads(report(computer, []))["self_tests"])


def test_nothing_private_is_in_it(computer):
    findings = [
        Finding("fault", "doctor_server_fault", {"path": r"C:\Users\meyer\Budget 2027\python.exe",
                                                 "fault": "ImportError: C:\\Users\\meyer\\secret.dll"}),
        Finding("fault", "doctor_two_add_ins", {"paths": [Path("/home/meyer/a.xlam"), "\\\\FIN-PC-07\\share\\b.xlam"]}),
        Finding("ok", "doctor_excel", {"version": "16.0 of MEYER", "bits": 64}),
    ]  # fmt: skip
    text = report(computer, [*findings, *examine(computer)])
    for word in ("meyer", "budget", "secret", "fin-pc-07", "share", "herr"):
        assert word not in text.lower()
    details = [check["details"] for check in json.loads(text)["checks"]]
    assert details[:3] == [
        {"path": "…\\python.exe", "fault": "ImportError"},
        {"paths": ["…\\a.xlam", "…\\b.xlam"]},
        {"version": "16.0 of …", "bits": 64},
    ]


def changed(part, before, after):
    """The example with a part of it changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(EXAMPLE) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == part:
                assert before in data
                data = data.replace(before, after, 1)
            new.writestr(name, data)
    return buffer.getvalue()


class TestWorkbook:
    def test_every_crm_formula_of_the_example_agrees(self):
        found = from_excel(EXAMPLE)
        assert found["formulas"] == found["agree"] > 20
        assert found["others"] == []
        assert set(found["spellings"]) == {"plain"}

    def test_what_differs_is_named_by_its_cell_and_function_and_never_by_its_figure(self, tmp_path):
        from crm_xl.xlsx.package import Package
        from crm_xl.xlsx.workbook import read_sheets, read_structure

        structure = read_structure(Package.open(EXAMPLE))
        for number, (name, sheet) in enumerate(read_sheets(structure).items(), 1):
            for cell in sheet.cells.values():
                if cell.formula is not None and "CRM_" in cell.formula.text and cell.type == "n" and cell.raw:
                    part = next(s.part for s in structure.sheets if s.name == name)
                    before, place = structure.package.parts[part][cell.start : cell.end], number
                    after = before.replace(f"<v>{cell.raw}<".encode(), b"<v>12345.678<")
        data = changed(part, before, after)
        (tmp_path / "book.xlsx").write_bytes(data)
        found = from_excel(tmp_path / "book.xlsx")
        assert found["agree"] == found["formulas"] - 1
        [other] = found["others"]
        assert (other["sheet"], other["stored"]) == (place, "differs")
        assert all(function.startswith("CRM_") for function in other["functions"])
        assert "12345" not in json.dumps(found)


def test_the_command_writes_it(tmp_path):
    file = tmp_path / "report.json"
    done = CliRunner().invoke(cli, ["doctor", "--report", str(file), "--workbook", str(EXAMPLE)])
    assert done.exit_code == 0, done.output
    assert str(file) in done.output.replace("\n", "")
    found = json.loads(file.read_text(encoding="utf-8"))
    assert found["workbook"]["agree"] == found["workbook"]["formulas"]
    done = CliRunner().invoke(cli, ["doctor", "--workbook", str(EXAMPLE)])
    assert done.exit_code == 2
