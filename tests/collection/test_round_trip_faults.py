"""What one file, one name or one place may do to a collection of all: nothing but to itself."""

import datetime as dt
import os
import re
import sqlite3
import stat
import sys
import zipfile
from contextlib import closing

import pytest

from crm_xl.collection.collecting import consolidation
from crm_xl.collection.collecting.collect import CollectError, Order, collect
from crm_xl.collection.collecting.discovery import find, readable
from crm_xl.collection.collecting.store import StoreError
from crm_xl.collection.collecting.versions import Candidate, standings
from crm_xl.collection.collecting.workers import read_safely
from crm_xl.collection.form.stamp import Stamp, StampError
from crm_xl.collection.reading.lines import MOST_FINDINGS
from crm_xl.collection.reading.returned import read_return
from tests.cycle.rawbook import RawBook, number, text

from .forms import Form, blank, stamp_of
from .made import line, returned

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and names of POSIX")


def here(tasks):
    for task in tasks:
        yield task, read_safely(task.path, task.name, task.digest)


def run(folder, **changes):
    return collect(Order(**{"folders": [folder], "out": folder.parent / "total.xlsx"} | changes), here)


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "returned"
    returned(place / "sales.xlsx", [line(amount=100.0)])
    return place


class TestOutputsReplaceOnlyOutputs:
    def test_a_return_is_never_written_over(self, folder):
        before = (folder / "sales.xlsx").read_bytes()
        with pytest.raises(CollectError, match="was not written by crm-xl collect"):
            run(folder, out=folder / "sales.xlsx")
        assert (folder / "sales.xlsx").read_bytes() == before

    def test_nor_through_a_link(self, folder, tmp_path):
        try:
            (tmp_path / "total.xlsx").symlink_to(folder / "sales.xlsx")
        except OSError:
            pytest.skip("this system makes no links")
        with pytest.raises(CollectError, match="was not written"):
            run(folder)

    @pytest.mark.parametrize("name", ["sales.xlsx", "other.parquet"])
    def test_nor_by_parquet(self, folder, name):
        (folder / "other.parquet").write_bytes(b"PAR1 of another program PAR1")
        before = (folder / name).read_bytes()
        with pytest.raises(CollectError, match="was not written"):
            run(folder, parquet=folder / name)
        assert (folder / name).read_bytes() == before

    def test_parquet_of_an_earlier_collection_is(self, folder, tmp_path):
        pytest.importorskip("pyarrow")
        for _ in range(2):
            run(folder, parquet=tmp_path / "lines.parquet")

    def test_parquet_is_not_the_workbook(self, folder, tmp_path):
        with pytest.raises(CollectError):
            run(folder, parquet=tmp_path / "total.xlsx")

    def test_a_workbook_of_an_earlier_collection_is_replaced(self, folder):
        run(folder)
        returned(folder / "hr.xlsx", [line(amount=7.0)], department="HR")
        assert run(folder).result.total == 107.0


class TestTheStore:
    def test_of_another_program_is_not_touched(self, folder, tmp_path):
        path = tmp_path / "total.xlsx.readings"
        with closing(sqlite3.connect(path)) as base:
            base.executescript("CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)")
        before = path.read_bytes()
        with pytest.raises(StoreError, match="is no such file"):
            run(folder)
        assert path.read_bytes() == before

    def test_that_is_no_database_is_not_touched(self, folder, tmp_path):
        (tmp_path / "total.xlsx.readings").write_text("notes of mine")
        with pytest.raises(StoreError, match="is no such file"):
            run(folder)
        assert (tmp_path / "total.xlsx.readings").read_text() == "notes of mine"

    @posix
    def test_that_is_a_link_is_not_followed(self, folder, tmp_path):
        (tmp_path / "elsewhere").write_bytes(b"")
        (tmp_path / "total.xlsx.readings").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(StoreError, match="is no such file"):
            run(folder)
        assert (tmp_path / "elsewhere").read_bytes() == b""

    @posix
    def test_has_the_mode_of_its_workbook(self, folder, tmp_path):
        run(folder)
        (tmp_path / "total.xlsx").chmod(0o600)
        run(folder)
        modes = [stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "total.xlsx", tmp_path / "total.xlsx.readings")]
        assert modes == [0o600, 0o600]


class TestLinesOutsideTheYears:
    @pytest.mark.parametrize(
        "when",
        [
            {"start": dt.date(2037, 1, 1)},
            {"start": 2037.0},
            {"start": dt.date(2019, 1, 1), "end": dt.date(2020, 12, 31), "frequency": "annual"},
        ],
    )
    def test_are_a_fate_of_their_own_and_named(self, folder, when):
        returned(folder / "hr.xlsx", [line(amount=77.0, **when), line(amount=1.0)], department="HR")
        report = run(folder)
        (account,) = report.result.books.accounts
        # What ends before the years is an error to the engine as it stands; what begins after them is not.
        assert account.fates["outside_years"].positive + account.fates["line_rejected"].positive == 77.0
        assert account.balanced
        assert report.result.total == 101.0
        assert not report.ok

    def test_a_line_that_costs_nothing_is_none_of_them(self, folder):
        returned(folder / "hr.xlsx", [line(amount=0.0)], department="HR")
        assert run(folder).ok


class TestTheSameReturn:
    def test_is_told_by_what_was_entered(self, folder, tmp_path):
        for name, hour in (("a", 9), ("b", 11)):
            path = returned(
                folder / f"{name}.xlsx", [line(amount=5.0)], department="HR", saved=dt.datetime(2026, 11, 20, hour)
            )
            assert path.exists()
        report = run(folder)
        assert report.result.states == {"counted": 2, "same": 1}
        assert report.result.total == 105.0

    def test_a_corrected_copy_is_later_though_its_record_of_saving_stands_still(self):
        when = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
        original = Candidate(name="a", digest="1", department="S", sequence=1, modified=when, inputs="x")
        corrected = Candidate(name="b", digest="2", department="S", sequence=1, modified=when, inputs="y", corrects="x")
        other = Candidate(name="c", digest="3", department="S", sequence=1, modified=when, inputs="z")
        assert [(s.file.name, s.state) for s in standings([original, corrected])] == [
            ("a", "replaced"),
            ("b", "counted"),
        ]
        assert {s.state for s in standings([original, other])} == {"conflict"}


class TestOneBadFile:
    @pytest.mark.parametrize(
        "saved", ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-12:00", "1601-01-01T00:00:00Z"]
    )
    def test_an_impossible_saving_is_no_record(self, tmp_path, saved):
        form = Form().line(6, component="Licence", amount=5.0)
        form.change_part("docProps/core.xml", rb"(<dcterms:modified[^>]*>)[^<]*", rf"\g<1>{saved}")
        found = read_return(form.save(tmp_path))
        assert found.modified is None
        assert not found.rejected

    @pytest.mark.parametrize(
        "changes",
        [
            {"rates": "EUR/CNY:nan:"},
            {"rates": "EUR/CNY:-1:"},
            {"rates": "EUR/CNY:inf:"},
            {"years": "999999999"},
            {"years": "0"},
            {"currency": "??"},
        ],
    )
    def test_an_impossible_stamp_is_none(self, changes):
        with pytest.raises(StampError):
            Stamp.from_texts(stamp_of(layout="0").texts() | changes)

    @pytest.mark.parametrize(
        "words", ["x_xD83D_", "_xDE00__xD83D_", "\u202eabc", "a_x0000_b", "_x001B_]0;title_x0007_"]
    )
    def test_half_characters_and_marks_are_kept_as_far_as_they_are_text(self, tmp_path, words):
        (tmp_path / "blank.xlsx").write_bytes(blank())
        book = RawBook(tmp_path / "blank.xlsx")
        for cell, content in (
            ("B6", text("Licence")),
            ("C6", text(words)),
            ("H6", number(5.0)),
            ("Y5", text(words)),
            ("Y6", number(7.0)),
        ):
            book.sheet("Costs").set(cell, *content)
        place = tmp_path / "in"
        book.save(place / "a.xlsx")
        report = run(place)
        assert (report.result.total, report.result.balanced) == (5.0, True)

    def test_a_fault_while_a_file_is_put_together_rejects_that_file(self, folder, monkeypatch):
        returned(folder / "hr.xlsx", [line(amount=7.0)], department="HR")
        honest = consolidation.entry

        def faulty(line, table, origin, language):
            if origin.file == "hr.xlsx":
                raise ZeroDivisionError
            return honest(line, table, origin, language)

        monkeypatch.setattr(consolidation, "entry", faulty)
        report = run(folder)
        assert report.result.states == {"counted": 1, "rejected": 1}
        assert "ZeroDivisionError" in dict(report.result.troubles)["hr.xlsx"]
        assert report.result.total == 100.0

    def test_a_fault_of_the_engine_at_a_line_rejects_that_line(self, folder, monkeypatch):
        returned(folder / "hr.xlsx", [line(amount=7.0), line(amount=8.0)], department="HR")
        honest = consolidation.settle

        def faulty(entries, table, basis):
            if any(e.amount == 7.0 for e in entries):
                raise FloatingPointError
            return honest(entries, table, basis)

        monkeypatch.setattr(consolidation, "settle", faulty)
        report = run(folder)
        assert (report.result.total, report.result.rejections, report.result.balanced) == (108.0, 1, True)

    @posix
    def test_names_in_another_encoding_are_shown_as_they_were_written(self, folder):
        name = os.path.join(os.fsencode(folder), "客服部.xlsx".encode("gbk"))
        try:
            with open(name, "wb") as file:
                file.write(b"PK\x03\x04cut off")
        except OSError:
            pytest.skip("this file system takes no such names")
        report = run(folder)
        assert report.result.books.unknown == ["客服部.xlsx"]
        assert report.result.total == 100.0

    def test_no_name_is_too_strange(self):
        assert readable("a\udcff\udcfeb").isprintable()

    def test_findings_are_capped_and_the_rest_counted(self, tmp_path):
        rows = [line(amount="abc", quantity="x", price_growth="y", life="z") for _ in range(1500)]
        found = read_return(returned(tmp_path / "a.xlsx", rows))
        assert all(line.rejected for line in found.costs)
        assert sum(len(line.findings) for line in found.costs) <= MOST_FINDINGS + 4 + len(rows)
        assert [f.key for f in found.findings if f.key == "more_findings"] == ["more_findings"]


class TestWhatIsNotRead:
    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("all.zip", "archive"),
            ("a.7z", "archive"),
            ("mail.eml", "archive"),
            (".hr.xlsx.icloud", "placeholder"),
            ("hr.gsheet", "placeholder"),
            ("hr.url", "placeholder"),
        ],
    )
    def test_is_named_on_paper_and_the_command_ends_with_1(self, folder, name, why):
        (folder / name).write_bytes(b"x")
        report = run(folder)
        assert report.result.not_read == [(name, why)]
        assert not report.ok
        with zipfile.ZipFile(folder.parent / "total.xlsx") as book:
            status = book.read("xl/worksheets/sheet1.xml").decode()
        assert name in re.sub("<[^>]+>", " ", status)

    @posix
    def test_a_link_to_a_file_that_is_read_is_no_loss(self, folder):
        (folder / "again.xlsx").symlink_to(folder / "sales.xlsx")
        assert find([folder], []).skipped == ()

    def test_an_untouched_form_is_empty_and_its_department_has_not_answered(self, folder, tmp_path):
        (folder / "blank.xlsx").write_bytes(blank())
        report = run(folder, cycle="2027-1")
        assert report.result.states["rejected"] == 1  # of another cycle
        (folder / "sales.xlsx").unlink()
        (tmp_path / "total.xlsx").unlink()
        report = run(folder)
        assert report.result.states == {"empty": 1}
        assert report.result.unfilled == ["blank.xlsx"]
        assert not report.ok


class TestManyCurrencies:
    def test_that_nobody_knows_are_one_account(self, folder):
        rows = [line(amount=1.0, currency=f"?{i}") for i in range(30)]
        returned(folder / "hr.xlsx", rows, department="HR")
        report = run(folder)
        assert [a.currency for a in report.result.books.accounts] == ["", "CNY"]
        assert report.result.books.accounts[0].read.positive == 30.0
