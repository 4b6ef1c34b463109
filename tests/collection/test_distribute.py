"""From a list of departments to their workbooks: what is in them, what is recorded, and what is refused."""

import datetime as dt
import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.datetime import to_excel

from benchmarks.returns import lines_of, make_returns
from crm_xl.collection.form.layout import digest, layout_of
from crm_xl.collection.form.stamp import read_stamp
from crm_xl.collection.reading.returned import read_return
from crm_xl.collection.sending.departments import Department, ListError
from crm_xl.collection.sending.distribute import Cycle, DistributeError, Distribution, distribute
from crm_xl.collection.sending.filenames import file_names
from crm_xl.collection.sending.manifest import Issued, ManifestError, add_issue, read_manifest
from crm_xl.collection.sending.prefill import LinesError
from crm_xl.collection.sending.run_lock import FolderInUseError
from crm_xl.collection.sending.sources import grids_of
from crm_xl.engine.schema import columns
from crm_xl.errors import CrmError
from crm_xl.hosts.headless import open_workbook
from crm_xl.xlsx.package import Package, WorkbookError

CYCLE = Cycle(cycle="2027 budget", start=dt.date(2027, 1, 1), years=3, lines=10, rates=(("USD/CNY", 7.0, None),))
HEAD = ("Department", "Component", "Item", "Quantity", "Unit cost", "Amount", "Currency", "Frequency", "Start", "End")


def sheets(path: Path, **tables: Sequence[Sequence[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in tables.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def csv_file(path: Path, *lines: str, code: str = "utf-8") -> Path:
    path.write_bytes("\r\n".join(lines).encode(code))
    return path


def made(source: Path, out: Path, cycle: Cycle = CYCLE, **more: object) -> Distribution:
    return distribute(source, out, cycle, jobs=1, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Distribution:
    """Two departments, one of them Chinese, with lines in a second table of the list."""
    folder = tmp_path_factory.mktemp("sent")
    lines = [
        HEAD,
        (
            "Sales",
            "Licence",
            "Seats for the whole team, with premier support and an analytics pack",
            10,
            100,
            None,
            "USD",
            "每月",
            None,
            None,
        ),
        ("客服部", "Licence", "Seats", 5, 80, None, None, "annual", dt.date(2028, 1, 1), None),
        ("客服部", "Hardware", "Headsets", None, None, 4000, None, None, None, None),
    ]
    listed = [
        ("Budget 2027",),
        (),
        ("部门", "语言", "联系人", "交回期限", "Remarks"),
        ("Sales", "en", "Li Wei, ext. 2231", dt.date(2026, 12, 4), "left alone"),
        ("客服部", "中文", "王芳", dt.date(2026, 12, 11), None),
    ]
    return made(sheets(folder / "list.xlsx", List=listed, Lines=lines), folder / "out")


def opened(result: Distribution, number: int) -> openpyxl.Workbook:
    return openpyxl.load_workbook(result.folder / result.issued[number].file, data_only=True)


# -- the workbooks ---------------------------------------------------------------------------------------------------


def test_each_department_gets_a_workbook_in_its_language(sent: Distribution) -> None:
    assert [one.file for one in sent.issued] == ["Sales.xlsx", "客服部.xlsx"]
    assert opened(sent, 0).sheetnames[:3] == ["Start", "Costs", "Assumptions"]
    assert opened(sent, 1).sheetnames[:3] == ["开始", "费用", "假设"]


def test_the_first_sheet_says_for_whom_until_when_and_whom_to_ask(sent: Distribution) -> None:
    said = {row[1].value: row[2].value for row in opened(sent, 0)["Start"].iter_rows(max_row=30)}
    assert said["Department"] == "Sales"
    assert said["Questions to"] == "Li Wei, ext. 2231"
    assert said["Return by"] == dt.datetime(2026, 12, 4)
    assert said["Cycle"] == "2027 budget"
    assert said["Period"] == "2027"


def test_lines_stand_in_the_language_of_the_workbook_with_their_department(sent: Distribution) -> None:
    rows = [[cell.value for cell in row[1:13]] for row in opened(sent, 1)["费用"].iter_rows(min_row=6, max_row=8)]
    assert rows[0] == [
        *("软件购买", "Seats", "客服部", None, 5, 80),
        *(None, None, None, None),  # amount, discount, its end, currency
        *("每年", to_excel(dt.date(2028, 1, 1))),
    ]
    assert rows[1][:3] == ["Hardware", "Headsets", "客服部"]
    assert rows[1][6] == 4000
    assert rows[2][:2] == [None, None]


def test_totals_are_calculated_before_the_workbook_goes_out(sent: Distribution) -> None:
    # 10 seats × 100 USD × 12 months × 3 years at 7 CNY; 5 × 80 in 2028 and 2029, and 4000 once
    for number, total in ((0, 10 * 100 * 12 * 3 * 7.0), (1, 5 * 80 * 2 + 4000.0)):
        path = sent.folder / sent.issued[number].file
        names = openpyxl.load_workbook(path).defined_names
        sheet, cell = names["Total_cost"].attr_text.replace("$", "").replace("'", "").split("!")
        assert opened(sent, number)[sheet][cell].value == total
        book = open_workbook(path)
        assert book.recalculate().changed == 0
        assert book.evaluate("=CRM_TOTAL(Costs[#All],Assumptions[#All])") == pytest.approx(total, rel=1e-12)


def test_a_component_of_ones_own_is_offered_by_the_drop_down(sent: Distribution) -> None:
    offered = [row[1].value for row in opened(sent, 1)["列表"].iter_rows(min_row=7, max_row=12)]
    assert offered == ["软件购买", "定制开发", "维护", "员工培训", "Hardware", None]


def test_a_long_text_shows_whole(sent: Distribution) -> None:
    heights = opened(sent, 0)["Costs"].row_dimensions
    assert heights[6].height > 1.5 * heights[7].height


def test_no_crm_formula_and_every_sheet_protected_without_a_password(sent: Distribution) -> None:
    for one in sent.issued:
        package = Package.open(sent.folder / one.file)
        assert not any(
            b"CRM_" in xml.split(b"<sheetData", 1)[-1]
            for name, xml in package.parts.items()
            if "sheet" in name and b"<f" in xml
        )
        assert b'<workbookProtection lockStructure="1"/>' in package.parts["xl/workbook.xml"]
        book = openpyxl.load_workbook(sent.folder / one.file)
        assert all(sheet.protection.sheet and not sheet.protection.password for sheet in book)


def test_the_manifest_says_what_went_out(sent: Distribution) -> None:
    records = [json.loads(line) for line in sent.manifest.read_text("utf-8").splitlines()]
    assert [(r["department"], r["sequence"], r["language"]) for r in records] == [
        ("Sales", 1, "en"),
        ("客服部", 1, "zh"),
    ]
    for record in records:
        content = (sent.folder / record["file"]).read_bytes()
        assert record["sha256"] == hashlib.sha256(content).hexdigest()
        stamp = read_stamp(Package.open(content))
        assert stamp is not None
        assert (stamp.department, stamp.cycle, stamp.layout) == (
            record["department"],
            record["cycle"],
            record["layout"],
        )
        assert stamp.layout == digest(layout_of(Package.open(content)))
    assert {r["date"] for r in records} == {None}


def test_the_same_list_gives_the_same_bytes_on_one_core_and_on_two(tmp_path: Path) -> None:
    source = csv_file(tmp_path / "list.csv", "Department,Language", *(f"Team {i},en" for i in range(8)))
    prefill = csv_file(
        tmp_path / "lines.csv", "Department,Component,Amount", *(f"Team {i},Licence,{i}.5" for i in range(0, 8, 2))
    )
    for name, jobs in (("one", 1), ("two", 2)):
        distribute(source, tmp_path / name, CYCLE, prefill=prefill, jobs=jobs)
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert len(one) == 9
    assert one == two


def test_made_up_returns_hold_the_lines_that_they_say(tmp_path: Path) -> None:
    """The benchmarks of the collection stand on these: each has its department, its stamp, and its lines."""
    lines = (2, 10)
    paths = make_returns(tmp_path, 3, seed=5, lines=lines, distinct=2, jobs=1)
    for number, path in enumerate(paths):
        found = read_return(path)
        assert found.stamp is not None
        assert found.stamp.department == f"Department {number + 1:05}" == path.stem
        assert found.stamp.layout == digest(layout_of(Package.open(path)))
        wanted = lines_of(number % 2, 5, lines)
        at = list(columns("costs")).index("amount")
        assert [line.values[at] for line in found.costs] == [line.get("amount") for line in wanted]
    before = [path.read_bytes() for path in paths]
    assert [path.read_bytes() for path in make_returns(tmp_path, 2, seed=5, lines=lines, distinct=2, jobs=1)] == before[
        :2
    ]


# -- running again ---------------------------------------------------------------------------------------------------


def test_a_workbook_that_changed_is_issued_anew_and_the_first_issue_is_left_alone(tmp_path: Path) -> None:
    source, out = csv_file(tmp_path / "list.csv", "部门", "Sales"), tmp_path / "out"
    made(source, out)
    first = (out / "Sales.xlsx").read_bytes()
    csv_file(tmp_path / "list.csv", "部门,联系人", "Sales,Li")
    again = made(source, out, date=dt.date(2026, 11, 30))
    assert [(one.file, one.stamp.sequence) for one in again.issued] == [("Sales (2).xlsx", 2)]
    assert again.unchanged == ()
    assert (out / "Sales.xlsx").read_bytes() == first
    records = [json.loads(line) for line in (out / "manifest.jsonl").read_text("utf-8").splitlines()]
    assert [(r["file"], r["sequence"], r["date"]) for r in records] == [
        ("Sales.xlsx", 1, None),
        ("Sales (2).xlsx", 2, "2026-11-30"),
    ]
    # Another cycle counts from 1 again, and would take the place of the first file.
    with pytest.raises(CrmError) as caught:
        made(source, out, Cycle(cycle="2028 budget", start=CYCLE.start, years=3, lines=10, rates=CYCLE.rates))
    assert caught.value.key == "distribute_exists"
    assert (out / "Sales.xlsx").read_bytes() == first
    forced = made(
        source, out, Cycle(cycle="2028 budget", start=CYCLE.start, years=3, lines=10, rates=CYCLE.rates), force=True
    )
    assert forced.issued[0].stamp.sequence == 1
    assert (out / "Sales.xlsx").read_bytes() != first


def test_what_was_written_before_an_interruption_stands_in_the_manifest(tmp_path: Path) -> None:
    source, out = csv_file(tmp_path / "list.csv", "Department", "Sales", "Law", "Service"), tmp_path / "out"

    def progress(done: int, total: int) -> None:
        assert total == 3
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made(source, out, progress=progress)
    assert sorted(path.name for path in out.glob("*.xlsx")) == ["Law.xlsx", "Sales.xlsx"]
    records = [json.loads(line) for line in (out / "manifest.jsonl").read_text("utf-8").splitlines()]
    assert [record["department"] for record in records] == ["Sales", "Law"]
    # Run again, it makes what is missing; a third time, nothing.
    assert [(one.file, one.stamp.sequence) for one in made(source, out).issued] == [("Service.xlsx", 1)]
    third = made(source, out)
    assert (third.issued, third.unchanged, third.lines) == ((), ("Sales.xlsx", "Law.xlsx", "Service.xlsx"), 0)
    assert sorted(path.name for path in out.glob("*.xlsx")) == ["Law.xlsx", "Sales.xlsx", "Service.xlsx"]
    assert len((out / "manifest.jsonl").read_text("utf-8").splitlines()) == 3


def records_of(folder: Path) -> list[tuple[str, str]]:
    lines = (folder / "manifest.jsonl").read_bytes().decode().split("\n")
    return [(record["file"], record["sha256"]) for record in map(json.loads, filter(None, lines))]


def files_of(folder: Path) -> list[tuple[str, str]]:
    return [(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in sorted(folder.glob("*.xlsx"))]


@pytest.mark.skipif(sys.platform == "win32", reason="the run is a fork")
def test_after_a_kill_the_same_command_makes_what_is_missing(tmp_path: Path) -> None:
    source, out = csv_file(tmp_path / "list.csv", "Department", "Law", "Sales", "Service"), tmp_path / "out"
    child = os.fork()
    if child == 0:
        made(source, out, progress=lambda done, total: os.kill(os.getpid(), signal.SIGKILL))
        os._exit(1)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert records_of(out) == files_of(out)
    assert [name for name, _ in files_of(out)] == ["Law.xlsx"]
    again = made(source, out)
    assert ([one.file for one in again.issued], again.unchanged) == (["Sales.xlsx", "Service.xlsx"], ("Law.xlsx",))
    assert records_of(out) == files_of(out)
    assert sorted(path.name for path in out.iterdir()) == ["Law.xlsx", "Sales.xlsx", "Service.xlsx", "manifest.jsonl"]


@pytest.mark.parametrize("left", [0, 1, 12, 200])
def test_a_workbook_whose_record_was_cut_off_is_recorded_by_the_next_run(tmp_path: Path, left: int) -> None:
    source, out = csv_file(tmp_path / "list.csv", "Department", "Law", "Sales"), tmp_path / "out"
    made(source, out)
    before = files_of(out)
    first, second, _ = (out / "manifest.jsonl").read_bytes().split(b"\n")
    (out / "manifest.jsonl").write_bytes(first + b"\n" + second[:left])
    assert [one.file for one in made(source, out).issued] == ["Sales.xlsx"]
    assert records_of(out) == files_of(out) == before


def test_a_file_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    source, out = csv_file(tmp_path / "list.csv", "Department", "Law", "Sales"), tmp_path / "out"
    out.mkdir()
    (out / "Sales.xlsx").write_bytes(b"of somebody else")
    with pytest.raises(DistributeError) as caught:
        made(source, out)
    assert caught.value.key == "distribute_exists"
    assert [path.name for path in out.iterdir()] == ["Sales.xlsx"]
    assert (out / "Sales.xlsx").read_bytes() == b"of somebody else"


def test_a_text_file_that_is_no_manifest_is_left_as_it_is(tmp_path: Path) -> None:
    source = csv_file(tmp_path / "list.csv", "Department", "Law")
    notes = csv_file(tmp_path / "notes.txt", "first line", "last line")
    with pytest.raises(ManifestError):
        made(source, tmp_path / "out", manifest=notes)
    assert notes.read_text("utf-8") == "first line\nlast line"


def test_a_second_run_into_the_folder_is_told_to_wait_and_no_record_is_lost(tmp_path: Path) -> None:
    one = csv_file(tmp_path / "one.csv", "Department", "Law", "Sales")
    two = csv_file(tmp_path / "two.csv", "Department", "Service")
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    told = []

    def progress(done: int, total: int) -> None:
        for folder, manifest in ((out, None), (elsewhere, out / "manifest.jsonl"), (out, tmp_path / "m.jsonl")):
            with pytest.raises(FolderInUseError) as caught:
                made(two, folder, manifest=manifest)
            told.append(caught.value.text("en"))

    made(one, out, progress=progress)
    assert len(told) == 6
    assert all(text.startswith(f"{out} is in use") for text in told)
    made(two, out)
    assert [name for name, _ in records_of(out)] == ["Law.xlsx", "Sales.xlsx", "Service.xlsx"]
    assert not list(out.glob(".*"))


def test_a_manifest_with_marks_that_only_python_takes_for_ends_of_lines_is_read(tmp_path: Path) -> None:
    source, out = csv_file(tmp_path / "list.csv", "Department", "Law"), tmp_path / "out"
    cycle = Cycle(cycle="2027\u2028budget\u0085", start=CYCLE.start, years=3, lines=10)
    made(source, out, cycle)
    content = (out / "manifest.jsonl").read_bytes()
    (out / "manifest.jsonl").write_bytes(b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n"))  # saved by a text editor
    assert [record["cycle"] for record in read_manifest(out / "manifest.jsonl")] == [cycle.cycle]
    assert made(source, out, cycle).unchanged == ("Law.xlsx",)


def test_a_record_that_finds_no_room_is_taken_back_and_told(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    law = Department(name="Law", language="en", currency="CNY", contact="", deadline=None)
    stamp = CYCLE.stamp(law, 1)
    manifest = tmp_path / "manifest.jsonl"
    add_issue(manifest, Issued(file="Law.xlsx", sha256="0" * 64, date=None, stamp=stamp))
    before, limits = manifest.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, limits[1]))
    try:
        with pytest.raises(WorkbookError) as caught:
            add_issue(manifest, Issued(file="Law (2).xlsx", sha256="0" * 64, date=None, stamp=stamp))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "manifest.jsonl" in caught.value.text("en")
    assert manifest.read_bytes() == before


def test_a_workbook_that_was_changed_or_taken_away_is_issued_anew(tmp_path: Path) -> None:
    source, out = csv_file(tmp_path / "list.csv", "Department", "Sales", "Law"), tmp_path / "out"
    made(source, out)
    (out / "Sales.xlsx").write_bytes(b"filled in")
    (out / "Law.xlsx").unlink()
    assert [one.file for one in made(source, out).issued] == ["Sales (2).xlsx", "Law (2).xlsx"]
    assert (out / "Sales.xlsx").read_bytes() == b"filled in"


def test_a_manifest_that_is_none_is_told_with_its_line(tmp_path: Path) -> None:
    source = csv_file(tmp_path / "list.csv", "部门", "Sales")
    manifest = csv_file(
        tmp_path / "m.jsonl", '{"department": "Sales", "cycle": "x", "sequence": 1}', '{"department": 3}'
    )
    with pytest.raises(CrmError) as caught:
        made(source, tmp_path / "out", manifest=manifest)
    assert "2" in caught.value.text("en")
    assert not (tmp_path / "out").exists()


# -- what is refused -------------------------------------------------------------------------------------------------


def test_every_problem_is_told_at_once_with_its_cell_and_nothing_is_written(tmp_path: Path) -> None:
    listed = [
        ("Department", "Language", "Currency", "Return by"),
        ("Sales", "fr", "XYZ", None),
        ("sales", None, None, "soon"),
        (None, "en", None, None),
        ("x" * 201, None, None, None),
        ("two\nlines", None, None, None),
        ("three\u2028lines", None, None, None),
    ]
    lines = [
        HEAD,
        ("Sales", "Licence", None, None, None, "12x", None, None, None, None),
        ("Law", "Licence", None, None, None, 5, None, None, None, None),
        (None, "Licence", None, None, None, 5, None, None, None, None),
        ("Sales", "Licence", None, None, None, 5, "JPY", None, None, None),
        ("Sales", "Licence", None, None, None, 5, None, None, dt.date(2026, 1, 1), None),
        ("Sales", "Licence", None, 2, 3, 5, None, None, None, None),
        ("Sales", "Licence", None, None, None, dt.date(2027, 1, 1), None, None, None, None),
    ]
    source = sheets(tmp_path / "list.xlsx", List=listed, Lines=lines)
    with pytest.raises(ListError) as caught:
        made(source, tmp_path / "out")
    assert [(p.workbook, p.sheet, p.cell) for p in caught.value.problems] == [
        ("list.xlsx", "List", "B2"),
        ("list.xlsx", "List", "C2"),
        ("list.xlsx", "List", "A3"),
        ("list.xlsx", "List", "D3"),
        ("list.xlsx", "List", "A4"),
        ("list.xlsx", "List", "A5"),
        ("list.xlsx", "List", "A6"),
        ("list.xlsx", "List", "A7"),
        ("list.xlsx", "Lines", "F2"),
        ("list.xlsx", "Lines", "A3"),
        ("list.xlsx", "Lines", "A4"),
        ("list.xlsx", "Lines", "G5"),
        ("list.xlsx", "Lines", "I6"),
        ("list.xlsx", "Lines", "F7"),
        ("list.xlsx", "Lines", "F8"),
    ]
    assert "2027-01-01" in caught.value.problems[-1].text("en")
    for language, found, expected in (("en", '"Law"', "list"), ("zh", "“Law”", "清单")):
        text = caught.value.problems[9].text(language)
        assert found in text
        assert expected in text
    assert not (tmp_path / "out").exists()


def test_a_department_that_is_called_like_a_total_gets_its_workbook_or_is_told(tmp_path: Path) -> None:
    named = csv_file(tmp_path / "named.csv", "Department", "Sales", "Total Rewards", "\u5408\u8ba1\u4e2d\u5fc3")
    departments = [one.stamp.department for one in made(named, tmp_path / "named").issued]
    assert departments == ["Sales", "Total Rewards", "\u5408\u8ba1\u4e2d\u5fc3"]
    for word in ("Total", "\u5408\u8ba1"):
        with pytest.raises(ListError) as caught:
            made(csv_file(tmp_path / "list.csv", "Department", "Sales", word), tmp_path / "out")
        (problem,) = caught.value.problems
        assert problem.cell == "A3"
        assert f'"{word}"' in problem.text("en")
        assert "delete the row" in problem.text("en")
        assert "\u5220\u9664" in problem.text("zh")
        assert not (tmp_path / "out").exists()


def test_a_row_of_totals_below_the_lines_to_fill_in_is_told(tmp_path: Path) -> None:
    source = csv_file(tmp_path / "list.csv", "Department", "Sales")
    lines = csv_file(
        tmp_path / "lines.csv", "Department,Component,Amount", "Sales,Licence,5", "Sales,Training,7", "Sales,Total,12"
    )
    result = made(source, tmp_path / "out", prefill=lines)
    assert (result.lines, [told.cell for told in result.left_behind]) == (2, ["B4"])


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "book_empty"),
        (b"a\xff\xff\xff\x00b", "csv_encoding"),
        (b"PK\x03\x04 not a list", "expected_list_header"),
        (b"Name\nSales\n", "expected_list_header"),
        (b"Department\n", "expected_department"),
    ],
)
def test_a_file_that_is_no_list_is_told(tmp_path: Path, content: bytes, key: str) -> None:
    source = tmp_path / "list.csv"
    source.write_bytes(content)
    with pytest.raises(CrmError) as caught:
        made(source, tmp_path / "out")
    keys = [p.problem.key for p in caught.value.problems] if isinstance(caught.value, ListError) else [caught.value.key]  # type: ignore[attr-defined]
    assert keys == [key]
    assert not (tmp_path / "out").exists()


def test_a_misspelt_header_of_a_list_is_told_and_not_left_alone(tmp_path: Path) -> None:
    source = csv_file(tmp_path / "list.csv", "Department,Contct", "Sales,Li Wei")
    with pytest.raises(ListError) as caught:
        made(source, tmp_path / "out")
    (told,) = caught.value.problems
    assert (told.cell, told.problem.key) == ("B1", "expected_header_known")
    assert "did you mean Contact?" in told.text("en")


def test_a_list_with_a_wrong_header_is_told_what_stands_there_and_what_was_looked_for(tmp_path: Path) -> None:
    source = csv_file(tmp_path / "list.csv", "Budget 2027,,", "Unit,Money,Ask", "Sales,CNY,Li Wei")
    with pytest.raises(ListError) as caught:
        made(source, tmp_path / "out")
    (told,) = caught.value.problems
    assert told.text("en") == (
        'list.csv, list!A2: found "Unit | Money | Ask"; expected a header row with the column Department, '
        "and where wanted Language, Currency, Contact, Return by"
    )
    assert told.reason("zh") == (
        "现为“Unit | Money | Ask”；应为带有“部门”列的表头行；可另有：语言、币种、联系人、交回期限"
    )


def test_a_last_day_is_a_date_and_no_year_of_a_model(tmp_path: Path) -> None:
    source = csv_file(tmp_path / "list.csv", "Department,Return by", "Sales,2027")
    with pytest.raises(ListError) as caught:
        made(source, tmp_path / "out")
    (told,) = caught.value.problems
    assert told.text("en") == 'list.csv, list!B2: found "2027"; expected a date such as 2027-01-31'


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ([f"Sales,Licence,{i}," for i in range(11)], "expected_fewer_lines"),
        ([f"Sales,Own {i},5," for i in range(7)], "expected_fewer_component"),
    ],
)
def test_what_does_not_fit_into_the_workbook_is_told(tmp_path: Path, lines: list[str], key: str) -> None:
    source = csv_file(tmp_path / "list.csv", "Department", "Sales")
    prefill = csv_file(tmp_path / "lines.csv", "Department,Component,Amount,Currency", *lines)
    with pytest.raises(ListError) as caught:
        made(source, tmp_path / "out", prefill=prefill)
    (problem,) = caught.value.problems
    assert problem.problem.key == key  # type: ignore[attr-defined]
    assert problem.cell == f"A{len(lines) + 1}"


def test_lines_without_departments_are_no_lines_to_fill_in(tmp_path: Path) -> None:
    source = csv_file(tmp_path / "list.csv", "Department", "Sales")
    with pytest.raises(LinesError):
        made(source, tmp_path / "out", prefill=csv_file(tmp_path / "lines.csv", "Component,Amount", "Licence,5"))


# -- CSV -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_a_chinese_csv_is_read_in_the_encodings_that_excel_writes(tmp_path: Path, code: str) -> None:
    source = csv_file(
        tmp_path / "p.csv",
        "部门;费用类别;项目;数量;单价;价格年增长率;开始",
        "0012;软件购买;席位;10;1,200.50;5%;2027",
        code=code,
    )
    (grid,) = grids_of(source)
    assert grid.rows[1] == ("0012", "软件购买", "席位", 10.0, 1200.5, 0.05, 2027.0)


def test_texts_that_look_like_formulas_stay_texts(tmp_path: Path) -> None:
    source = csv_file(tmp_path / "list.csv", "Department,Contact", "=1+1,@SUM(A1)")
    prefill = csv_file(tmp_path / "p.csv", "Department,Component,Item,Amount", "=1+1,=2*3,+HYPERLINK(1),5")
    result = made(source, tmp_path / "out", prefill=prefill)
    book = open_workbook(result.folder / result.issued[0].file)
    assert book.recalculate().changed == 0
    assert (book["Department"], book["About_contact"]) == ("=1+1", "@SUM(A1)")
    assert book["Costs!B6:D6"] == [["=2*3", "+HYPERLINK(1)", "=1+1"]]
    xml = Package.open(result.folder / result.issued[0].file).parts.values()
    assert not any(b"<f>1+1" in part or b"<f>2*3" in part or b"<f>HYPERLINK" in part for part in xml)


# -- carrying over ---------------------------------------------------------------------------------------------------

OLD_ASSUMPTIONS = [("Assumption", "Value", "Year"), ("Start date", dt.date(2025, 1, 1), None), ("Years", 5, None)]


def old_book(path: Path, rows: Sequence[Sequence[object]], *, assumptions: bool = True) -> Path:
    """A workbook of the last cycle with its Excel tables."""
    book = openpyxl.Workbook()
    for number, (name, table) in enumerate((("Costs", [HEAD, *rows]), ("Assumptions", OLD_ASSUMPTIONS))):
        if name == "Assumptions" and not assumptions:
            continue
        sheet = book.create_sheet(name, number)
        for row in table:
            sheet.append(list(row))
        reference = f"A1:{openpyxl.utils.get_column_letter(len(table[0]))}{len(table)}"
        sheet.add_table(openpyxl.worksheet.table.Table(displayName=name, ref=reference))
    book.save(path)
    return path


OLD_LINES = [
    ("Sales", "Licence", "runs on", 10, 100, None, None, "annual", dt.date(2025, 4, 1), None),
    ("Sales", "Licence", "begins later", 10, 100, None, None, "annual", dt.date(2028, 4, 1), None),
    ("Sales", "Licence", "model year 4 is 2028", 1, 100, None, None, "annual", 4, None),
    ("Sales", "Licence", "until model year 3, which is 2027", 1, 100, None, None, "annual", None, 3),
    ("Sales", "Licence", "ended", 1, 100, None, None, "monthly", None, dt.date(2026, 12, 31)),
    ("Sales", "Customisation", "past", None, None, 900, None, "one-off", dt.date(2026, 5, 1), None),
    ("Sales", "Customisation", "past without a start", None, None, 900, None, None, None, None),
    ("Sales", "Customisation", "still to come", None, None, 900, None, None, dt.date(2027, 5, 1), None),
    ("Gone", "Licence", "nobody's", 1, 100, None, None, "annual", None, None),
    ("Sales", "Licence", "no number", "ten", 100, None, None, "annual", None, None),
]


def test_last_cycles_lines_run_on_and_what_is_over_is_told(tmp_path: Path) -> None:
    source = csv_file(tmp_path / "list.csv", "Department", "Sales")
    result = made(source, tmp_path / "out", carried_from=old_book(tmp_path / "old.xlsx", OLD_LINES))
    rows = [
        [row[2].value, row[12].value, row[13].value]
        for row in opened(result, 0)["Costs"].iter_rows(min_row=6, max_row=11)
    ]
    assert rows == [
        ["runs on", None, None],
        ["begins later", to_excel(dt.date(2028, 4, 1)), None],
        ["model year 4 is 2028", to_excel(dt.date(2028, 1, 1)), None],
        ["until model year 3, which is 2027", None, to_excel(dt.date(2027, 12, 1))],
        ["still to come", to_excel(dt.date(2027, 5, 1)), None],
        [None, None, None],
    ]
    assert result.lines == 5
    assert [(p.sheet, p.cell) for p in result.left_behind] == [
        ("Costs", "J6"), ("Costs", "I7"), ("Costs", "I8"), ("Costs", "A10"), ("Costs", "D11")
    ]  # fmt: skip
    assert result.lines + len(result.left_behind) == len(OLD_LINES)
    assert "2027-01" in result.left_behind[0].text("zh")


def test_the_filled_example_of_finance_carries_over_to_both_departments(tmp_path: Path) -> None:
    finance = Path(__file__).parents[2] / "workbooks" / "crm_example_en.xlsx"
    book = openpyxl.load_workbook(finance, data_only=True)["Costs"]
    given = [row[3].value for row in book.iter_rows(min_row=6, max_row=55) if row[1].value]
    source = csv_file(tmp_path / "list.csv", "Department", *dict.fromkeys(filter(None, given)))
    cycle = Cycle(cycle="again", start=dt.date(2027, 1, 1), lines=50, rates=(("USD/CNY", 7.1, None),))
    result = made(source, tmp_path / "out", cycle, carried_from=finance)
    assert result.lines + len(result.left_behind) == len(given)
    assert result.lines == sum(1 for name in given if name)


def test_a_workbook_with_two_tables_of_lines_is_not_guessed_about(tmp_path: Path) -> None:
    source = csv_file(tmp_path / "list.csv", "Department", "Sales")
    old = sheets(tmp_path / "old.xlsx", A=[HEAD, OLD_LINES[0]], B=[HEAD, OLD_LINES[1]])
    with pytest.raises(LinesError) as caught:
        made(source, tmp_path / "out", carried_from=old)
    assert "A, B" in caught.value.text("en")


def test_a_collection_whose_lines_need_several_sheets_is_carried_over_whole(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for number, name in enumerate(("Costs", "Costs_2", "Rejected")):
        sheet = book.create_sheet(name, number)
        for row in (HEAD, ("Sales", "Licence", name, None, None, 5, None, "annual", None, None)):
            sheet.append(row)
        sheet.add_table(openpyxl.worksheet.table.Table(displayName=name, ref="A1:J2"))
    book.save(tmp_path / "collected.xlsx")
    source = csv_file(tmp_path / "list.csv", "Department", "Sales")
    result = made(source, tmp_path / "out", carried_from=tmp_path / "collected.xlsx")
    items = [row[2].value for row in opened(result, 0)["Costs"].iter_rows(min_row=6, max_row=8)]
    assert items == ["Costs", "Costs_2", None]


# -- file names ------------------------------------------------------------------------------------------------------


@given(st.lists(st.text(max_size=300), max_size=6))
def test_file_names_are_valid_everywhere_and_distinct(names: list[str]) -> None:
    found = file_names(names, [1] * len(names))
    assert len({name.casefold() for name in found}) == len(names)
    for name in found:
        stem = name.removesuffix(".xlsx")
        assert not set(name) & set('<>:"/\\|?*\0\n\r\t')
        assert len(name.encode()) <= 255
        assert stem.strip(" ") == stem
        assert stem[0] not in ".~"
        assert not stem.endswith(".")


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Sales & Marketing", "Sales & Marketing.xlsx"),
        ("../../etc/passwd", "__.._etc_passwd.xlsx"),
        ("con", "_con.xlsx"),
        ("COM1.north", "_COM1.north.xlsx"),
        ("console", "console.xlsx"),
        ("a\u202efdp.exe", "a_fdp.exe.xlsx"),
        ("部" * 200, "部" * 60 + ".xlsx"),
        ("~$Sales", "_~$Sales.xlsx"),
    ],
)
def test_a_department_called_so_gets_the_file(name: str, file: str) -> None:
    assert file_names([name], [1]) == [file]


# -- the command -----------------------------------------------------------------------------------------------------


def command(*arguments: object, language: str = "en") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "crm_xl", "distribute", *map(str, arguments)],
        capture_output=True, encoding="utf-8", timeout=120,
        env={**os.environ, "CRM_XL_LANG": language},
    )  # fmt: skip


def test_the_command_says_what_it_did_and_where(tmp_path: Path) -> None:
    source = csv_file(tmp_path / "list.csv", "部门,联系人", "销售部,王芳", code="gbk")
    old = old_book(tmp_path / "old.xlsx", [("销售部", *line[1:]) for line in OLD_LINES[4:6]])
    options = ("-o", tmp_path / "out", "--start", "2027-01-01", "--lines", 10, "--from", old, "--cycle", "2027 年预算")
    ran = command(source, *options, language="zh")
    assert ran.returncode == 0, ran.stderr
    assert "1 份工作簿" in ran.stdout
    assert "old.xlsx" in ran.stderr
    assert (tmp_path / "out" / "销售部.xlsx").is_file()
    stamp = read_stamp(Package.open(tmp_path / "out" / "销售部.xlsx"))
    assert stamp is not None
    assert (stamp.language, stamp.period, stamp.cycle, stamp.contact) == ("zh", "2027", "2027 年预算", "王芳")


def test_the_command_lists_problems_as_lines_and_as_json(tmp_path: Path) -> None:
    source = csv_file(tmp_path / "list.csv", "Department,Currency", "Sales,XYZ", "Sales,CNY")
    ran = command(source, "-o", tmp_path / "out")
    assert ran.returncode == 1
    lines = ran.stderr.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["list.csv, list!B2", "list.csv, list!A3", "Error"]
    ran = command(source, "-o", tmp_path / "out", "--json")
    assert ran.returncode == 1
    assert [problem["cell"] for problem in json.loads(ran.stdout)["problems"]] == ["B2", "A3"]
