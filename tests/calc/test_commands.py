"""The commands that need or serve LibreOffice."""

import json
import shutil
import subprocess
import zipfile

import pytest

from crm_xl.cli import main

from .books import one_sheet
from .conftest import content


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


class TestCalcAddin:
    def test_it_writes_the_extension_and_says_what_to_do(self, capsys, tmp_path):
        code, out, err = run(capsys, "calc-addin", "-o", tmp_path / "crm_xl.oxt", "--python", "/some/python")
        assert (code, err) == (0, "")
        assert "Install it by double-click" in out
        assert "/some/python" in out
        with zipfile.ZipFile(tmp_path / "crm_xl.oxt") as archive:
            assert archive.testzip() is None
            assert json.loads(archive.read("settings.json")) == {"python": "/some/python"}

    def test_another_ending_is_refused(self, capsys, tmp_path):
        code, _, err = run(capsys, "calc-addin", "-o", tmp_path / "crm_xl.zip")
        assert code == 1
        assert "ends in .oxt" in err
        assert not list(tmp_path.iterdir())


@pytest.mark.libreoffice
class TestWithLibreOffice:
    def test_verify_says_that_all_is_equal(self, capsys, tmp_path):
        (tmp_path / "book.xlsx").write_bytes(one_sheet("=CRM_TOTAL(Costs[#All])"))
        code, out, err = run(capsys, "verify", tmp_path / "book.xlsx")
        assert (code, err) == (0, "")
        assert out.startswith("book.xlsx: 1 results compared, 1 of them of CRM_ functions: equal in both engines")

    def test_recalc_with_calc(self, capsys, tmp_path):
        (tmp_path / "book.xlsx").write_bytes(one_sheet("=CRM_TOTAL(Costs[#All])"))
        code, out, _ = run(capsys, "recalc", tmp_path / "book.xlsx", "--engine", "calc")
        assert code == 0
        assert "1 formulas calculated, 1 cells changed" in out

    @pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is not installed")
    def test_pdf_of_the_board_page(self, capsys, tmp_path):
        (tmp_path / "book.xlsx").write_bytes(content("crm_example_zh.xlsx"))
        code, out, _ = run(capsys, "pdf", tmp_path / "book.xlsx")
        assert code == 0
        assert "book.pdf" in out
        text = subprocess.run(
            ["pdftotext", "-layout", tmp_path / "book.pdf", "-"], capture_output=True, text=True
        ).stdout
        assert text.count("\f") == 1
        assert "检查：全部通过" in text
        assert "3,168.7" in text

    def test_an_error_on_paper_is_told(self, capsys, tmp_path):
        (tmp_path / "book.xlsx").write_bytes(one_sheet("=1+1", '=CRM_TOTAL(Costs[#All],,"Hotel")'))
        code, _, err = run(capsys, "pdf", tmp_path / "book.xlsx", "--sheet", "costs")
        assert code == 1
        assert (tmp_path / "book.pdf").is_file()
        assert err == "book.xlsx: 1 cells on these pages show an error: Costs!E2\n"

    def test_pdf_of_a_sheet_that_is_not_there(self, capsys, tmp_path):
        (tmp_path / "book.xlsx").write_bytes(one_sheet("=1"))
        code, _, err = run(capsys, "pdf", tmp_path / "book.xlsx")
        assert code == 1
        assert "has no board page" in err
        code, _, err = run(capsys, "pdf", tmp_path / "book.xlsx", "--sheet", "Board")
        assert code == 1
        assert "has no sheet Board: it has Costs" in err
        assert not (tmp_path / "book.pdf").exists()


class TestWithout:
    @pytest.mark.parametrize("command", ["verify", "pdf"])
    def test_it_is_said_that_libreoffice_is_missing(self, capsys, tmp_path, monkeypatch, command):
        monkeypatch.setenv("CRM_XL_SOFFICE", str(tmp_path / "nothing"))
        (tmp_path / "book.xlsx").write_bytes(one_sheet("=1"))
        code, _, err = run(capsys, command, tmp_path / "book.xlsx")
        assert code == 1
        assert "LibreOffice is not installed" in err
