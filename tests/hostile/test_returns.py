"""Hostile workbooks among those that come back: the others are summed to the cent, and nothing becomes a formula."""

import csv
import io
import os
import re
import subprocess
import sys

import openpyxl
import pyarrow.parquet
import pytest

from crm_xl.collection.collecting.collect import Order, collect
from crm_xl.collection.collecting.workers import read_here, read_safely
from tests.collection.forms import Form
from tests.headless.books import parts_of

from .corpus import CASES, INJECTIONS, flipped_inside, truncated
from .test_hostile import MEGABYTES, SECONDS, tree, written

# Kept as texts in every column that takes one.
TEXTS = [text for text in INJECTIONS if text.strip() == text]
LARGE = {name for name in CASES if "million" in name or "40 MB" in name or "bomb" in name}


def here(tasks):
    """Read files in this process."""
    for task in tasks:
        yield task, read_safely(task.path, task.name, task.digest)


def good():
    """A form with two lines that come to 1,234.56 in all."""
    form = Form()
    form.line(6, component="Licence", item="Seats", amount=1000.06)
    return form.line(7, component="Training", item="Course", quantity=3.0, unit_cost=78.166666666666666)


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_return_becomes_a_finding(name, tmp_path, sandbox):
    path = tmp_path / "bad.xlsx"
    path.write_bytes(CASES[name].make())
    before = tree(tmp_path)
    found = sandbox.run("return", path)
    assert found["outcome"] == "refused", found
    assert found["reached"] == []
    assert found["seconds"] < SECONDS
    assert found["megabytes"] < MEGABYTES
    assert found["lines"] == 0
    assert len(found["en"]) == len(found["zh"]) > 0
    assert all(re.search("[\u4e00-\u9fff]", text) for text in found["zh"])
    assert not re.search("Error|Traceback", " ".join(found["en"]))
    assert tree(tmp_path) == before
    if name.startswith(("entities", "external entity", "document type")):
        assert "declares a document type" in found["en"][0]


def test_broken_returns_become_findings(tmp_path, sandbox):
    data = good().bytes()
    many = [*list(truncated(data))[::4], *flipped_inside(data, 60)]
    found = sandbox.run("return all", written(tmp_path / "many", many))
    assert found["broke"] == {}
    assert found["refused"] > 30
    assert found["read"] > 5
    assert found["megabytes"] < MEGABYTES


def test_the_rest_of_a_collection_goes_on(tmp_path):
    folder = tmp_path / "returns"
    folder.mkdir()
    good().save(folder, "good.xlsx")
    names = sorted(CASES.keys() - LARGE)
    for number, name in enumerate(names):
        (folder / f"bad {number:02}.xlsx").write_bytes(CASES[name].make())
    before = tree(tmp_path)
    out = tmp_path / "all.xlsx"
    report = collect(Order(folders=[folder], out=out), here)
    assert report.result.states["rejected"] == len(names)
    sheets = openpyxl.load_workbook(out, data_only=True)
    lines = [row for row in sheets["Costs"].iter_rows(values_only=True) if row[0] == "good.xlsx"]
    assert len(lines) == 2
    assert sum(row[-1] for row in lines) == pytest.approx(1234.56, abs=1e-9)
    told = {c for row in sheets["Status"].iter_rows(values_only=True) for c in row if isinstance(c, str)}
    assert {path.name for path in folder.iterdir()} <= told
    after = tree(tmp_path)
    assert {k: v for k, v in after.items() if not k.startswith("all.xlsx")} == before


def test_a_part_that_cannot_be_unpacked_does_not_stop_a_collection(tmp_path):
    """The mark of a consolidation is looked for in every file, before any is read."""
    folder = tmp_path / "returns"
    folder.mkdir()
    data = bytearray(good().save(folder, "good.xlsx").read_bytes())
    at = data.index(b"docProps/custom.xml") + len("docProps/custom.xml")
    data[at : at + 8] = b"\xff" * 8
    (folder / "bad.xlsx").write_bytes(data)
    report = collect(Order(folders=[folder], out=tmp_path / "all.xlsx"), here)
    assert (report.result.states["counted"], report.result.states["rejected"]) == (1, 1)


def test_a_file_at_which_readers_die_or_hang_costs_only_itself(tmp_path):
    """Read as the command does it, in other processes."""
    folder = tmp_path / "returns"
    folder.mkdir()
    good().save(folder, "good.xlsx")
    far = good().change("Costs", b"</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')
    far.save(folder, "far.xlsx")
    os.truncate(folder / "good.xlsx", (folder / "good.xlsx").stat().st_size)

    def reader(tasks):
        return read_here(tasks, 2, 60)

    report = collect(Order(folders=[folder], out=tmp_path / "all.xlsx"), reader)
    rows = openpyxl.load_workbook(tmp_path / "all.xlsx", data_only=True)["Costs"].iter_rows(values_only=True)
    assert [row[-1] for row in rows if row[0] == "good.xlsx"] == [1000.06, pytest.approx(234.5)]
    assert report.result.states["rejected"] <= 1


@pytest.mark.skipif(sys.platform == "win32", reason="pipes in folders are those of POSIX")
def test_a_pipe_and_a_file_without_end_among_the_returns(tmp_path):
    folder = tmp_path / "returns"
    folder.mkdir()
    good().save(folder, "good.xlsx")
    os.mkfifo(folder / "pipe.xlsx")
    with (folder / "vast.xlsx").open("wb") as file:
        file.truncate(50 * 2**30)
    report = collect(Order(folders=[folder], out=tmp_path / "all.xlsx"), here)
    assert ("pipe.xlsx", "link") in report.skipped
    assert report.result.states["rejected"] == 1
    rows = openpyxl.load_workbook(tmp_path / "all.xlsx", data_only=True)["Costs"].iter_rows(values_only=True)
    assert [row[-1] for row in rows if row[0] == "good.xlsx"] == [1000.06, pytest.approx(234.5)]


@pytest.mark.parametrize(
    "values",
    [
        {"amount": 1e308},
        {"quantity": 1e200, "unit_cost": 1e200},
        {"amount": 1e15, "price_growth": 1e15, "frequency": "annual"},
        {"amount": -1e308},
    ],
)
def test_an_amount_beyond_any_does_not_stop_the_sum(values, tmp_path):
    folder = tmp_path / "returns"
    folder.mkdir()
    form = good()
    for row in range(8, 11):
        form.line(row, component="Licence", item="vast", **values)
    form.save(folder)
    report = collect(Order(folders=[folder], out=tmp_path / "all.xlsx"), here)
    rows = openpyxl.load_workbook(tmp_path / "all.xlsx", data_only=True)
    amounts = [row[-1] for row in rows["Costs"].iter_rows(values_only=True) if row[0] == "sales.xlsx"]
    assert amounts[:2] == [1000.06, pytest.approx(234.5)]
    shown = [c for s in rows for row in s.iter_rows(values_only=True) for c in row if isinstance(c, float)]
    assert all(abs(value) < 1e300 for value in shown)
    assert "fault" not in str(list(rows["Findings"].iter_rows(values_only=True)))
    assert not report.ok


def test_an_id_of_sixteen_digits_stays_what_it_was(tmp_path):
    folder = tmp_path / "returns"
    folder.mkdir()
    good().line(8, component="Licence", item="1234567890123456", vendor="0012", amount=1.0).save(folder)
    collect(Order(folders=[folder], out=tmp_path / "all.xlsx"), here)
    sheet = openpyxl.load_workbook(tmp_path / "all.xlsx")["Costs"]
    cells = [c for row in sheet.iter_rows() for c in row if c.value in ("1234567890123456", "0012")]
    assert [(c.value, c.data_type) for c in cells] == [("1234567890123456", "s"), ("0012", "s")]


class TestInjection:
    @pytest.fixture(scope="class")
    @staticmethod
    def folder(tmp_path_factory):
        """A collection of one form that holds an injection in every field that takes a text."""
        folder = tmp_path_factory.mktemp("injected") / "returns"
        folder.mkdir()
        form = Form()
        for row, text in enumerate(TEXTS, 6):
            form.line(row, component=text, item=text, vendor=text, amount=10.0)
        form.line(6, component="Licence", item=TEXTS[0], amount=TEXTS[0])
        form.save(folder, "=cmd.xlsx")
        out = folder.parent / "all.xlsx"
        collect(Order(folders=[folder], out=out, parquet=folder.parent / "all.parquet"), here)
        return folder.parent

    def test_in_the_consolidated_workbook(self, folder):
        book = openpyxl.load_workbook(folder / "all.xlsx")
        cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
        texts = {str(c.value) for c in cells if c.data_type == "s"}
        assert set(TEXTS[1:]) <= texts
        assert "=cmd.xlsx" in texts
        formulas = [getattr(c.value, "text", c.value) for c in cells if c.data_type == "f"]
        assert formulas
        ours = re.compile(r"=?(_xlfn\.)?(_xldudf_)?CRM_|=?[A-Z]+\(|=[A-Z]+[0-9]+(-[A-Z]+[0-9]+)+$")
        assert [text for text in formulas if not ours.match(text)] == []
        assert not [text for text in formulas if re.search("cmd|HYPERLINK|WEBSERVICE|DDE|1\\+1", text)]
        parts = parts_of((folder / "all.xlsx").read_bytes())
        assert not [name for name in parts if "externalLink" in name or "vba" in name]
        assert not [name for name, content in parts.items() if b'TargetMode="External"' in content]

    def test_in_the_parquet_file(self, folder):
        table = pyarrow.parquet.read_table(folder / "all.parquet").to_pydict()
        assert set(TEXTS[1:]) <= {value for column in table.values() for value in column if isinstance(value, str)}

    def test_in_the_copy_that_is_sent_back(self, folder):
        copy = folder / "checked.xlsx"
        source = next((folder / "returns").glob("*.xlsx"))
        command = [sys.executable, "-m", "crm_xl", "check", str(source), "--annotate", "-o", str(copy)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 1, done.stderr
        before, after = (self.formulas(path) for path in (source, copy))
        assert not [f for f in after - before if re.search("cmd|WEBSERVICE|DDE|1\\+1", f)]

    def formulas(self, path):
        cells = (c for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for c in row)
        return {str(getattr(c.value, "text", c.value)) for c in cells if c.data_type == "f"}

    def test_as_comma_separated_values(self, folder):
        command = [sys.executable, "-m", "crm_xl", "eval", str(next((folder / "returns").glob("*.xlsx")))]
        # The lines were entered into the file, and nothing calculated what follows from them.
        asked = [*command, "=Costs[#All]", "--csv", "--stale"]
        done = subprocess.run(asked, capture_output=True, check=False, timeout=120)
        cells = [c for row in csv.reader(io.StringIO(done.stdout.decode())) for c in row]
        assert f"'{TEXTS[0]}" in cells, done.stderr
        assert not [c for c in cells if c[:1] in tuple("=+-@\t\r") and not re.fullmatch(r"-?[\d.]+", c)]
