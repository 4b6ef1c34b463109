"""Every hostile workbook is refused or read within limits of time and memory, and nothing else happens."""

import hashlib
import io
import re
import unicodedata
from pathlib import Path

import openpyxl
import pytest

from crm_xl.hosts.headless import open_workbook, recalculate
from crm_xl.hosts.headless.values_only import without_crm_formulas
from tests.headless.books import cells_of, parts_of

from .corpus import CASES, INJECTIONS, flipped, flipped_inside, injections, rich, truncated

# What each case may take of processor time and memory; most take a tenth of a second and 60 MB.
SECONDS = 30
MEGABYTES = 1024
SHIPPED = Path(__file__).parents[2] / "workbooks"


def tree(folder: Path) -> dict[str, str]:
    files = (p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_workbook_does_no_harm(name, tmp_path, sandbox):
    case = CASES[name]
    folder = tmp_path / "folder"
    folder.mkdir()
    path, out = folder / "bad.xlsx", folder / "out.xlsx"
    path.write_bytes(case.make())
    before = tree(tmp_path)
    found = sandbox.run("recalculate", path, out)
    assert found["outcome"] == ("refused" if case.says else "read"), found
    assert found["reached"] == []
    assert found["seconds"] < SECONDS
    assert found["megabytes"] < MEGABYTES
    after = tree(tmp_path)
    if case.says:
        assert case.says in found["en"]
        assert "bad.xlsx" in found["en"]
        assert "bad.xlsx" in found["zh"]
        assert re.search("[\u4e00-\u9fff]", found["zh"])
        assert after == before
    else:
        assert set(found["told"]) >= set(case.told), found["en"]
        assert {at: found["cells"][at] for at in case.cells} == case.cells
        assert all(text.startswith("bad.xlsx") for language in ("en", "zh") for text in found[language])
        assert {k: v for k, v in after.items() if k != "folder/out.xlsx"} == before


def written(folder: Path, named: object) -> Path:
    folder.mkdir()
    for name, data in named:
        (folder / f"{name.replace('/', '_')}.xlsx").write_bytes(data)
    return folder


@pytest.mark.parametrize(
    ("what", "seconds"),
    [
        (lambda: truncated((SHIPPED / "crm_example_en.xlsx").read_bytes()), 30),
        (lambda: truncated((SHIPPED / "crm_department_zh.xlsx").read_bytes()), 30),
        (lambda: flipped(rich(), 200), 30),
        (lambda: flipped_inside(rich(), 300), 60),
    ],
    ids=["cut off at every kilobyte", "a form cut off at every kilobyte", "bits turned over", "contents changed"],
)
def test_a_broken_workbook_is_refused_or_read(what, seconds, tmp_path, sandbox):
    folder = written(tmp_path / "many", what())
    before = tree(folder)
    found = sandbox.run("open all", folder)
    assert found["outcome"] == "read", found
    assert found["broke"] == {}
    assert found["refused"] > len(before) // 4
    assert found["reached"] == []
    assert found["seconds"] < seconds
    assert found["megabytes"] < MEGABYTES
    assert tree(folder) == before


def test_a_cut_off_workbook_is_never_read(tmp_path, sandbox):
    folder = written(tmp_path / "many", truncated((SHIPPED / "crm_department_en.xlsx").read_bytes()))
    found = sandbox.run("open all", folder)
    assert (found["read"], found["refused"]) == (0, len(list(folder.iterdir())))


def test_what_a_large_workbook_takes_is_within_the_limits_told(tmp_path, sandbox):
    """A file just below the limit of cells is read, in the time and memory that SECURITY.md tells."""
    rows = "".join(
        f'<row r="{r}">' + "".join(f'<c r="{c}{r}"><v>1</v></c>' for c in "ABCDEFGHIJ") + "</row>"
        for r in range(1, 20_001)
    )
    from .corpus import sheet_part

    path = tmp_path / "large.xlsx"
    path.write_bytes(sheet_part(rows))
    found = sandbox.run("recalculate", path, tmp_path / "out.xlsx")
    assert found["outcome"] == "read"
    # 200,000 cells: a tenth of the limit, in a tenth of the memory.
    assert found["megabytes"] < 400


def test_the_sandbox_would_tell_of_what_reaches_out(tmp_path, sandbox):
    """The tests above can fail: a process that a reader started, or a connection, is seen."""
    assert sandbox.run("connect")["reached"] == ["socket.__new__"]
    assert sandbox.run("start a process")["reached"] == ["subprocess.Popen"]


class TestInjection:
    """What comes from a workbook is never written as a formula."""

    def test_texts_stay_texts_when_a_workbook_is_recalculated(self, tmp_path):
        path, out = tmp_path / "in.xlsx", tmp_path / "out.xlsx"
        path.write_bytes(injections())
        report = recalculate(path, out)
        assert report.written
        assert report.formula_problems == ()
        book = openpyxl.load_workbook(out)
        values = openpyxl.load_workbook(out, data_only=True)["S"]
        formulas = {c.coordinate for row in book["S"].iter_rows() for c in row if c.data_type == "f"}
        assert formulas == {f"B{i}" for i in range(1, len(INJECTIONS) + 1)} | {"H1"}
        for i, text in enumerate(INJECTIONS, 1):
            assert values[f"B{i}"].value.replace("_x000D_", "\r") == text  # as files write a carriage return
            assert values[f"B{i}"].data_type == "s"
        spilled = [values.cell(row, 8).value for row in range(1, len(INJECTIONS) + 3)]
        # Components that differ in blanks or width are one.
        assert {unicodedata.normalize("NFKC", text.strip()) for text in INJECTIONS} <= set(spilled)
        spill = [xml for at, xml in cells_of(out.read_bytes()).items() if at[0] in "HIJK" and at != "H1"]
        assert len(spill) > len(INJECTIONS)
        assert not [xml for xml in spill if "<f" in xml]

    def test_texts_stay_texts_where_values_take_the_place_of_formulas(self, tmp_path):
        path = tmp_path / "in.xlsx"
        path.write_bytes(injections())
        frozen = without_crm_formulas(open_workbook(path).to_bytes())
        sheet = openpyxl.load_workbook(io.BytesIO(frozen))["S"]
        assert sheet["H1"].data_type == "s"
        assert not [c for row in sheet.iter_rows(min_col=4) for c in row if c.data_type == "f"]
        assert "CRM_BREAKDOWN" not in "".join(parts_of(frozen)["xl/worksheets/sheet1.xml"].decode())

    def test_a_text_that_is_set_as_an_input_is_no_formula(self, tmp_path):
        path, out = tmp_path / "in.xlsx", tmp_path / "out.xlsx"
        path.write_bytes(injections())
        book = open_workbook(path)
        book["S!D2"] = "=cmd|' /C calc'!A0"
        book.save(out)
        assert openpyxl.load_workbook(out)["S"]["D2"].data_type == "s"
        assert open_workbook(out)["S!D2"] == "=cmd|' /C calc'!A0"
