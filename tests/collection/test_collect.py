"""Collecting as a controller meets it: what is in the sum, what is not and why, and the workbook that says so."""

import datetime as dt
import functools
import json
import re
import shutil
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from crm_xl import open_workbook
from crm_xl.collection.collecting import collect as collecting
from crm_xl.collection.collecting import readings, sheets
from crm_xl.collection.collecting.agreement import AgreementError, Expected, expected_of
from crm_xl.collection.collecting.amounts import Booked, Tally
from crm_xl.collection.collecting.collect import CollectError, Order, collect
from crm_xl.collection.collecting.common_assumptions import BasisError
from crm_xl.collection.collecting.discovery import FolderError, find
from crm_xl.collection.collecting.entries import Sums
from crm_xl.collection.collecting.reconciliation import Account
from crm_xl.collection.collecting.store import _OURS, Store, StoreError
from crm_xl.collection.collecting.versions import Candidate, standings
from crm_xl.collection.collecting.workers import read_safely
from crm_xl.errors import CrmError
from crm_xl.xlsx.package import WorkbookError

from .made import SAVED, line, returned, stamp

ASKED = Expected(cycle="2027-1", period="2027", departments=("Sales", "信息部", "HR"))


def read_plainly(tasks):
    """Reads in this process: what processes and clusters do is tested on its own."""
    for task in tasks:
        yield task, read_safely(task.path, task.name, task.digest)


def run(folder: Path, out: Path | None = None, reader=read_plainly, **more):
    order = Order(folders=[folder], out=out or folder.parent / "total.xlsx", **more)
    return collect(order, reader)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three departments, one of them Chinese, one with lines that cannot be counted."""
    place = tmp_path / "returned"
    returned(
        place / "sales.xlsx",
        [
            line(amount=1000.0, frequency="annual"),
            line("Training", 500.0, currency="USD", start=dt.date(2027, 6, 1)),
            line("Hardware", quantity=3, unit_cost=20.0),
        ],
        [{"benefit": "Retention", "amount": 900.0}],
    )
    returned(
        place / "it" / "信息部.xlsx",
        [line("软件购买", 200.0, frequency="每月"), line("维护", 77.0, currency="EUR"), line("员工培训", "12x")],
        department="信息部",
        language="zh",
    )
    returned(place / "hr.xlsx", [line("Training", 40.5), line("Licence", item="not known yet")], department="HR")
    return place


def totals(report) -> dict[tuple[str, str], list[float]]:
    return {key: money.tolist() for sums in report.result.sums for key, money in sums.money.items()}


def account(report, table: str, currency: str):
    return next(a for a in report.result.books.accounts if (a.table, a.currency) == (table, currency))


def values_of(path: Path, sheet: str) -> list[tuple]:
    return list(openpyxl.load_workbook(path, data_only=True)[sheet].iter_rows(values_only=True))


class TestTheSum:
    def test_has_every_sound_line_by_department_component_and_year(self, folder):
        report = run(folder)
        # 1,000 a year; USD 500 at 7; 3 × 20; 200 a month; 40.50
        assert totals(report) == {
            ("Sales", "licence"): [1000, 1000, 1000],
            ("Sales", "training"): [3500, 0, 0],
            ("Sales", "Hardware"): [60, 0, 0],
            ("信息部", "licence"): [2400, 2400, 2400],
            ("HR", "training"): [40.5, 0, 0],
            ("HR", "licence"): [0, 0, 0],
        }
        assert sheets.total_of(report.result) == 3000 + 3500 + 60 + 7200 + 40.5
        assert not report.ok, "two lines are rejected"

    def test_has_no_date_that_stands_where_an_amount_belongs(self, tmp_path):
        day = dt.date(2027, 1, 1)
        returned(tmp_path / "in" / "sales.xlsx", [line(amount=100.0), line("Training", day), line("Training", 30.0)])
        report = run(tmp_path / "in")
        assert sheets.total_of(report.result) == 130.0
        assert (report.result.rejections, report.ok, report.result.books.balanced) == (1, False, True)
        listed = values_of(tmp_path / "total.xlsx", "Findings")
        assert [row[:4] for row in listed if "2027-01-01" in row] == [("Sales", "sales.xlsx", "Costs", "H7")], listed

    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_its_formulas_give_the_values_that_stand_in_the_file(self, folder, language):
        run(folder, language=language)
        path = folder.parent / "total.xlsx"
        book = open_workbook(path)
        report = book.recalculate()
        assert report.ok, [problem.text(language) for problem in report.problems]
        book.save(again := folder.parent / "again.xlsx")
        before, after = (openpyxl.load_workbook(p, data_only=True) for p in (path, again))
        compared = 0
        for sheet in before:
            for row in sheet.iter_rows():
                for cell in row:
                    value = after[sheet.title][cell.coordinate].value
                    if isinstance(cell.value, float | int) and not isinstance(cell.value, bool):
                        assert value == pytest.approx(cell.value, rel=1e-12, abs=1e-12), cell.coordinate
                    else:
                        assert value == cell.value, (sheet.title, cell.coordinate)
                    compared += 1
        assert compared > 300
        name = "Totals" if language == "en" else "合计"
        cell = after[name]["A5"].value
        assert cell == ("Component" if language == "en" else "费用类别")

    def test_its_formulas_spill_and_are_no_formula_of_one_cell(self, folder):
        run(folder)
        with zipfile.ZipFile(folder.parent / "total.xlsx") as archive:
            xml = archive.read("xl/worksheets/sheet7.xml").decode()
            assert "xl/metadata.xml" in archive.namelist()
        # Component × year: title, four components, Hardware, total, and the line without a price.
        assert 'cm="1"' in xml
        assert '<f t="array" ref="A7:F14">CRM_BREAKDOWN(Costs[#All],Assumptions[#All],"component","year")</f>' in xml

    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_the_totals_and_the_status_need_no_add_in(self, folder, language):
        run(folder, language=language)
        path = folder.parent / "total.xlsx"
        with zipfile.ZipFile(path) as archive:
            for part in (1, 2):
                assert "CRM_TOTAL(" not in (xml := archive.read(f"xl/worksheets/sheet{part}.xml").decode())
                assert "CRM_BREAKDOWN(" not in xml
        values = open_workbook(path)
        names = ("Status", "Totals", "CRM totals") if language == "en" else ("状态", "合计", "CRM 合计")
        status, totals, crm = names
        values.recalculate()
        whole = 3000 + 3500 + 60 + 7200 + 40.5
        assert (values[f"{status}!B15"], values[f"'{crm}'!B4"]) == pytest.approx((whole, whole))
        # Sales, then the Chinese department, then HR; the finest table has the figures and the others add them up.
        rows = values_of(path, totals)
        top = next(i for i, row in enumerate(rows, 1) if row[0] == "Sales")
        found = {rows[i - 1][0]: [values[f"{totals}!{c}{i}"] for c in "BCDE"] for i in range(top - 2, top + 1)}
        assert found == {
            "HR": pytest.approx([40.5, 0, 0, 40.5]),
            "信息部": pytest.approx([2400, 2400, 2400, 7200]),
            "Sales": pytest.approx([4560, 1000, 1000, 6560]),
        }
        assert values[f"{totals}!B6"] == pytest.approx(1000 + 2400)  # licences in the first year

    def test_the_status_says_what_crm_total_says_of_the_total(self, folder):
        run(folder)
        path = folder.parent / "total.xlsx"
        book = open_workbook(path)
        book.recalculate()
        assert book["Status!B16"] == "The sheet Totals and CRM_TOTAL give the same total."
        row = next(i for i, row in enumerate(values_of(path, "Costs"), 1) if row[6] is None and row[0] == "sales.xlsx")
        column = next(c for c in "GHIJKL" if book[f"Costs!{c}4"] == "Amount")
        book[f"Costs!{column}{row}"] = 1001.0
        book.recalculate()
        assert book["Status!B15"] == pytest.approx(3000 + 3500 + 60 + 7200 + 40.5)
        assert book["Status!B16"].startswith("The sheet Totals or CRM_TOTAL gives another total")
        book[f"Costs!{column}{row}"] = "a lot"
        book.recalculate()
        silent = (
            "The sheet Totals gives the same total. CRM_TOTAL gives no number: there is no add-in, or a line cannot"
        )
        assert book["Status!B16"] == f"{silent} be read."

    def test_totals_that_are_not_those_of_the_lines_are_not_called_so(self, folder, monkeypatch):
        add = Sums.add
        monkeypatch.setattr(Sums, "add", lambda *given: [add(*given), add(*given)])
        report = run(folder)
        assert not report.ok
        book = open_workbook(folder.parent / "total.xlsx")
        whole = 3000 + 3500 + 60 + 7200 + 40.5
        rows = values_of(folder.parent / "total.xlsx", "Totals")
        row = next(i for i, row in enumerate(rows, 1) if row[0] == "Total")
        last = f"{'ABCDEFGHIJ'[rows[row - 1].index(1.0) - 1]}{row}"
        for _ in ("as written", "recalculated"):
            assert book["Status!B15"] == pytest.approx(whole)
            assert book[f"Totals!{last}"] == pytest.approx(2 * whole)
            assert book["Status!B16"].startswith("The sheet Totals or CRM_TOTAL gives another total")
            assert book["Status!B17"].startswith("The amounts do not reconcile")
            book.recalculate()

    def test_names_that_look_like_criteria_are_added_up_as_names(self, tmp_path):
        place = tmp_path / "returned"
        for i, department in enumerate(("*", "=1", "01", "1", ">0")):
            returned(place / f"{i}.xlsx", [line("S*", 10.0**i), line("Sx", 5.0)], department=department)
        run(place)
        book = open_workbook(tmp_path / "total.xlsx")
        book.recalculate()
        rows = values_of(tmp_path / "total.xlsx", "Totals")
        named = {row[0]: i for i, row in reversed(list(enumerate(rows, 1)))}
        found = {name: book[f"Totals!B{row}"] for name, row in named.items()}
        assert [found[name] for name in ("*", "=1", "01", "1", ">0")] == [6, 15, 105, 1005, 10005]
        assert (found["Other: S*"], found["Other: Sx"]) == (11111, 25)

    def test_each_line_says_what_it_comes_to_in_the_reporting_currency(self, folder):
        run(folder)
        rows = values_of(folder.parent / "total.xlsx", "Costs")
        assert rows[3][-1] == "Total in reporting currency"
        assert sorted((row[-1] for row in rows[4:]), key=lambda v: v or 0) == [None, 40.5, 60, 3000, 3500, 7200]

    def test_a_line_without_a_price_is_named_beside_the_total(self, folder):
        run(folder)
        texts = [row[0] for row in values_of(folder.parent / "total.xlsx", "Totals")]
        assert texts.count("Not priced: 1 line(s) — not known yet") == 3

    def test_a_department_in_another_currency_is_converted_line_by_line(self, tmp_path):
        place = tmp_path / "returned"
        for i in range(2):
            returned(place / f"{i}.xlsx", [line(amount=100.0)], department=f"D{i}")
        returned(
            place / "us.xlsx", [line(amount=100.0), line(amount=7.0, currency="CNY")], department="US", currency="USD"
        )
        report = run(place)
        assert report.result.basis.currency == "CNY"
        assert totals(report)["US", "licence"][0] == 707
        rows = values_of(tmp_path / "total.xlsx", "Costs")
        assert [row[rows[3].index("Currency")] for row in rows[4:]] == ["CNY", "CNY", "USD", "CNY"]
        findings = [row[7] for row in values_of(tmp_path / "total.xlsx", "Findings")[4:]]
        assert findings == ["Currency was USD for the department; the collection takes CNY."]

    def test_more_lines_than_a_sheet_holds_stand_on_several_and_the_totals_are_those_of_all(self, folder, monkeypatch):
        whole = run(folder)
        expected = values_of(folder.parent / "total.xlsx", "Totals")
        monkeypatch.setattr(collecting.sheets, "long_rows", functools.partial(sheets.long_rows, most_rows=7))
        monkeypatch.setattr("crm_xl.collection.collecting.consolidation._BATCH", 1)
        parts = run(folder)
        assert len(parts.result.sums) == 2
        assert sheets.total_of(parts.result) == sheets.total_of(whole.result)
        path = folder.parent / "total.xlsx"
        assert values_of(path, "Totals") == [
            tuple(pytest.approx(v, rel=1e-12) if isinstance(v, float) else v for v in row) for row in expected
        ]
        book = open_workbook(path)
        assert book.recalculate().ok
        # The native sums over the sheets, calculated anew: the totals row of component × year.
        assert [book[f"Totals!{column}11"] for column in "BCDE"] == pytest.approx([7000.5, 3400, 3400, 13800.5])
        assert book["Status!B15"] == pytest.approx(3000 + 3500 + 60 + 7200 + 40.5)
        assert {"Costs", "Costs 2", "Totals", "CRM totals", "CRM totals 2"} <= set(book.sheets)


class TestReconciliation:
    def test_every_amount_is_in_the_sum_or_listed(self, folder):
        returned(folder / "old.xlsx", [line(amount=9.0)], saved=dt.datetime(2026, 11, 1))
        report = run(folder)
        books = report.result.books
        assert books.balanced
        cny = account(report, "costs", "CNY")
        assert (cny.read.lines, cny.read.amount) == (7, 1000 + 60 + 200 + 40.5 + 9)
        assert (cny.fates["counted"].lines, cny.fates["counted"].amount) == (5, 1000 + 60 + 200 + 40.5)
        assert (cny.fates["replaced"].lines, cny.fates["replaced"].amount) == (1, 9.0)
        assert cny.fates["line_rejected"].lines == 1, "12x"
        eur = account(report, "costs", "EUR")
        assert (eur.fates["counted"].lines, eur.fates["line_rejected"].amount) == (0, 77.0)
        assert account(report, "benefits", "CNY").fates["counted"].amount == 900.0
        assert books.cells == 9, "lines with an amount: seven of costs, one of benefits, the old one"

    def test_a_rejected_line_is_listed_with_its_place_amount_and_reason(self, folder):
        run(folder)
        rows = [row for row in values_of(folder.parent / "total.xlsx", "Findings")[4:] if row[4] == "rejected"]
        place = ("信息部", "it/信息部.xlsx", "费用")
        assert rows[0][:7] == (*place, "K7", "rejected", "EUR", 77)
        assert rows[0][9] == "an exchange rate EUR/CNY among the assumptions"
        assert rows[1][:7] == (*place, "H8", "rejected", "CNY", None)
        assert rows[1][8:10] == ('"12x"', "a number")

    def test_a_line_that_was_read_otherwise_than_it_stands_in_the_cells_fails_the_collection(self, folder, monkeypatch):
        honest = readings.second_count

        def another_amount(data, returned):
            found = honest(data, returned)
            if returned.file != "hr.xlsx":
                return found
            return replace(found, amounts={**found.amounts, "costs": {**found.amounts["costs"], 6: 999.0}})

        monkeypatch.setattr(readings, "second_count", another_amount)
        report = run(folder)
        assert report.result.books.differing == [("hr.xlsx", "costs", (6,))]
        assert not report.result.books.balanced
        assert not report.ok
        assert "do not reconcile" in str(values_of(folder.parent / "total.xlsx", "Status"))

    def test_lines_that_cannot_be_counted_a_second_time_fail_the_collection(self, folder, monkeypatch):
        monkeypatch.setattr(readings, "second_count", lambda data, returned: readings.SecondCount())
        report = run(folder)
        assert ("hr.xlsx", "costs") in report.result.books.uncounted
        assert not report.ok

    def test_a_file_that_cannot_be_read_is_rejected_with_its_amounts_unknown(self, folder):
        (folder / "cut.xlsx").write_bytes((folder / "hr.xlsx").read_bytes()[:3000])
        report = run(folder)
        assert report.result.books.unknown == ["cut.xlsx"]
        assert "cut off" in dict(report.result.troubles)["cut.xlsx"]
        assert sheets.total_of(report.result) == 3000 + 3500 + 60 + 7200 + 40.5
        row = next(row for row in values_of(folder.parent / "total.xlsx", "Status") if row[9] == "cut.xlsx")
        assert row[1] == "rejected"
        assert "cut off" in row[10]

    def test_the_status_sheet_counts_by_formulas_what_stands_on_the_sheets_of_lines(self, folder):
        run(folder)
        book = open_workbook(folder.parent / "total.xlsx")
        rows = values_of(folder.parent / "total.xlsx", "Status")
        first = next(i for i, row in enumerate(rows, 1) if row[0] == "Costs: amounts of 0 or more")
        assert [row[:9] for row in rows[first - 1 : first + 2]] == [
            ("Costs: amounts of 0 or more", "CNY", 4, 1300.5, 4, 1300.5, 0, 0, 0),
            ("Costs: amounts that cannot be read", "CNY", 1, 0, 0, 0, 1, 0, 0),
            ("Costs: lines without an amount", "CNY", 1, 0, 1, 0, 0, 0, 0),
        ]
        formulas = openpyxl.load_workbook(folder.parent / "total.xlsx")["Status"]
        assert "SUMIFS" in formulas.cell(first, 6).value
        book.recalculate()
        assert [book[f"Status!{cell}"] for cell in (f"E{first}", f"F{first}", f"E{first + 2}")] == [4, 1300.5, 1]

    def test_a_rejected_correction_does_not_hide_a_rejected_cost(self, tmp_path):
        weekly = {"frequency": "weekly"}  # a credit counts; what cannot be read of it does not
        lines = [line(amount=-500.0, **weekly), line(amount=500.0, **weekly), line(amount="12x"), line(amount=7.0)]
        returned(tmp_path / "returned" / "a.xlsx", [*lines, line(item="not priced")])
        report = run(tmp_path / "returned")
        out = account(report, "costs", "CNY").fates["line_rejected"]
        assert (out.positive_lines, out.positive, out.negative_lines, out.negative) == (1, 500, 1, -500)
        assert (out.unread_lines, out.blank_lines, out.lines) == (1, 0, 3)
        rows = values_of(tmp_path / "total.xlsx", "Status")
        assert [row[:5] for row in rows if row[4] == "the line is rejected"] == [
            ("Costs: amounts of 0 or more", "CNY", 1, 500, "the line is rejected"),
            ("Costs: amounts below 0", "CNY", 1, -500, "the line is rejected"),
            ("Costs: amounts that cannot be read", "CNY", 1, 0, "the line is rejected"),
        ]
        counted = {row[0]: row[1] for row in rows}
        # Five lines, of which one states no amount.
        assert counted["Amounts read (lines that state none left out)"] == 4
        assert counted["Amounts counted again from the cells"] == 4

    def test_amounts_that_are_missing_on_either_side_of_zero_do_not_make_up_for_each_other(self):
        read, ended = Tally(), Tally()
        for amount in (500.0, -500.0):
            read.line(True, amount)
        ended.all(Booked(positive_lines=1, negative_lines=1))
        lost = Account(table="costs", currency="CNY", read=read.booked, fates={"counted": ended.booked})
        assert lost.difference.amount == 0
        assert not lost.balanced

    @pytest.mark.parametrize(("language", "words"), [("en", ("Currency: ", "Amount: ")), ("zh", ("币种：", "金额："))])
    def test_findings_name_columns_in_the_language_of_the_reader(self, folder, language, words):
        returned(folder / "law.xlsx", [line(amount=5.0, currency="EUR"), line(amount="12x")], department="Law")
        run(folder, language=language)
        told = [
            str(row[7])
            for row in values_of(folder.parent / "total.xlsx", {"en": "Findings", "zh": "检查结果"}[language])
        ]
        assert [sum(text.startswith(word) for text in told) for word in words] == [2, 2], "one of each department"


class TestThePrint:
    def test_long_sheets_are_one_page_wide_with_their_header_on_each(self, folder):
        run(folder)
        book = openpyxl.load_workbook(folder.parent / "total.xlsx")
        for name in ("Costs", "Benefits", "Findings"):
            sheet = book[name]
            assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
            assert sheet.page_setup.orientation == "landscape"
            assert sheet.print_title_rows == "$4:$4"

    def test_columns_that_no_line_fills_are_folded_away_and_the_others_shown(self, folder):
        run(folder)
        sheet = openpyxl.load_workbook(folder.parent / "total.xlsx")["Costs"]
        filled = {cell.column_letter for row in sheet.iter_rows(min_row=5) for cell in row if cell.value is not None}
        hidden = set()
        for column in sheet.column_dimensions.values():
            if column.hidden:
                hidden |= {openpyxl.utils.get_column_letter(i) for i in range(column.min, column.max + 1)}
        everything = {cell.column_letter for cell in sheet[4]}
        assert hidden == everything - filled != set()

    def test_a_long_item_is_seen_whole(self, tmp_path):
        item = "Enterprise edition for the whole of the field sales force, with the two partner channels"
        returned(tmp_path / "returned" / "a.xlsx", [line(amount=1.0, item=item), line(amount=1.0, item="Seats")])
        run(tmp_path / "returned")
        sheet = openpyxl.load_workbook(tmp_path / "total.xlsx")["Costs"]
        # 88 letters in a column of 36
        assert sheet.row_dimensions[5].height >= 3 * 15
        assert sheet.row_dimensions[6].height is None
        assert sheet["E5"].alignment.wrap_text

    def test_assumptions_read_as_people_write_them(self, tmp_path):
        returned(
            tmp_path / "returned" / "a.xlsx", [line(amount=1.0)], rates=(("USD/CNY", 7.0, None), ("USD/CNY", 8.0, 2))
        )
        report = run(tmp_path / "returned")
        sheet = openpyxl.load_workbook(tmp_path / "total.xlsx")["Assumptions"]
        rate = next(row for row in sheet.iter_rows(min_row=5) if row[0].value == "Discount rate")[1]
        assert rate.number_format.endswith("%")
        pairs = [tuple(c.value for c in row) for row in sheet.iter_rows(min_row=5) if row[0].value == "USD/CNY"]
        assert pairs == [("USD/CNY", 7, 2027), ("USD/CNY", 8, 2028)]
        again = run(tmp_path / "returned", out=tmp_path / "2.xlsx", assumptions=tmp_path / "total.xlsx")
        assert again.result.basis.rates == report.result.basis.rates == {("USD", "CNY"): {0: 7.0, 1: 8.0}}


class TestTheSameDepartmentTwice:
    def one(self, name, sequence=1, saved=SAVED, digest=None, rejected=False):
        return Candidate(
            name=name, digest=digest or name, department="Sales", sequence=sequence, modified=saved, rejected=rejected
        )

    def states(self, *files):
        return {s.file.name: (s.state, s.because) for s in standings(files)}

    def test_the_higher_sequence_counts_whenever_it_was_saved(self):
        files = self.one("a", 2, dt.datetime(2026, 1, 1)), self.one("b", 1)
        assert self.states(*files) == {"a": ("counted", ""), "b": ("replaced", "a")}

    def test_of_the_same_sequence_the_one_saved_last_counts(self):
        files = self.one("a"), self.one("b", saved=SAVED + dt.timedelta(minutes=1))
        assert self.states(*files) == {"a": ("replaced", "b"), "b": ("counted", "")}

    def test_of_the_same_content_one_counts(self):
        files = self.one("a", digest="x"), self.one("b", digest="x")
        assert self.states(*files) == {"a": ("counted", ""), "b": ("same", "a")}

    def test_which_is_the_later_is_never_guessed(self):
        assert self.states(self.one("a"), self.one("b")) == {"a": ("conflict", "b"), "b": ("conflict", "a")}
        unknown = self.one("a", saved=None), self.one("b"), self.one("c", sequence=0)
        assert {k: v[0] for k, v in self.states(*unknown).items()} == {
            "a": "conflict", "b": "conflict", "c": "replaced"
        }  # fmt: skip

    def test_an_older_return_never_takes_the_place_of_a_later_one_that_is_rejected(self):
        files = self.one("a", 2, rejected=True), self.one("b", 1)
        assert self.states(*files) == {"a": ("rejected", ""), "b": ("replaced", "a")}

    def test_a_conflict_counts_nothing_and_lists_every_line_of_both(self, folder):
        returned(folder / "sales2.xlsx", [line(amount=1.0)])
        report = run(folder)
        assert report.result.states["conflict"] == 2
        assert not any(department == "Sales" for department, _ in totals(report))
        cny = account(report, "costs", "CNY")
        assert (cny.fates["conflict"].lines, cny.fates["conflict"].amount) == (3, 1061.0)
        rows = values_of(folder.parent / "total.xlsx", "Findings")
        listed = [row[6] for row in rows if row[1] in ("sales.xlsx", "sales2.xlsx") and row[4] == "rejected"]
        assert sorted(listed) == [1, 60, 500, 900, 1000]
        assert not report.ok

    def test_an_empty_form_is_no_return_and_is_named(self, folder):
        returned(folder / "empty.xlsx", [], sequence=2)
        report = run(folder)
        assert report.result.states == {"counted": 3, "empty": 1}
        assert not report.ok
        assert report.result.unfilled == ["empty.xlsx"]
        rows = values_of(folder.parent / "total.xlsx", "Findings")
        told = [row[1] for row in rows if row[7] and "came back empty" in str(row[7])]
        assert told == ["empty.xlsx"]

    def test_a_form_that_was_emptied_after_it_was_filled_in_conflicts_with_the_filled_one(self, folder):
        later = dt.datetime(2026, 11, 25)
        returned(folder / "emptied.xlsx", [], department="HR", saved=later)
        report = run(folder)
        assert report.result.states == {"counted": 2, "conflict": 2}

    def test_the_time_of_the_file_system_does_not_matter(self, folder):
        import os

        old = returned(folder / "a_new_name.xlsx", [line(amount=1.0)], saved=dt.datetime(2026, 11, 1))
        os.utime(old, (4e9, 4e9))
        report = run(folder)
        assert report.result.states == {"counted": 3, "replaced": 1}


class TestWhatBelongsToTheCycle:
    def test_departments_without_a_return_are_missing(self, folder):
        report = run(folder, expected=Expected(cycle="2027-1", period="2027", departments=("Sales", "Legal", "ＨＲ")))
        assert report.result.missing == ["Legal"]
        assert report.result.states == {"counted": 2, "rejected": 1}, "信息部 was not asked"
        rows = values_of(folder.parent / "total.xlsx", "Status")
        assert ("Legal", "missing") in [row[:2] for row in rows]
        assert any(row[10] == "Nothing was sent to the department 信息部 in this cycle." for row in rows)

    def test_a_return_of_another_cycle_is_rejected_and_replaces_none(self, folder):
        returned(folder / "late.xlsx", [line(amount=1.0)], cycle="2026-2", period="2026", sequence=9)
        report = run(folder, expected=ASKED)
        assert report.result.states == {"counted": 3, "rejected": 1}
        assert "2026-2 / 2026" in dict(report.result.troubles)["late.xlsx"]

    def test_returns_of_several_cycles_are_not_added_up(self, folder):
        returned(folder / "late.xlsx", [line(amount=1.0)], cycle="2026-2", period="2026")
        with pytest.raises(AgreementError, match=r"2026-2 / 2026 \(1\), 2027-1 / 2027 \(3\)"):
            run(folder)
        assert not (folder.parent / "total.xlsx").exists()
        assert run(folder, cycle="2027-1").result.states["counted"] == 3

    def test_a_manifest_says_who_was_asked_and_for_which_cycle(self, tmp_path):
        path = tmp_path / "manifest.jsonl"
        records = [
            {"department": "Old", "cycle": "2026-2", "sequence": 1, "period": "2026"},
            {"department": "Sales", "cycle": "2027-1", "sequence": 1, "period": "2027"},
            {"department": "sales ", "cycle": "2027-1", "sequence": 2, "period": "2027"},
        ]
        path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
        assert expected_of(path, None) == Expected(cycle="2027-1", period="2027", departments=("sales ",))
        assert expected_of(path, "2026-2").departments == ("Old",)


class TestAssumptions:
    def test_a_return_that_starts_in_another_month_is_kept_out(self, folder):
        returned(folder / "law.xlsx", [line(amount=5.0)], department="Law", start=dt.date(2028, 1, 1))
        report = run(folder)
        assert report.result.states == {"counted": 3, "rejected": 1}
        assert "2028-01-01" in dict(report.result.troubles)["law.xlsx"]

    def test_other_differences_are_told_and_all_are_summed_alike(self, folder):
        returned(folder / "law.xlsx", [line(amount=5.0, frequency="annual")], department="Law", years=5)
        report = run(folder)
        assert totals(report)["Law", "licence"] == [5, 5, 5]
        told = [row[7] for row in values_of(folder.parent / "total.xlsx", "Findings") if row[0] == "Law"]
        assert told == ["Years was 5 for the department; the collection takes 3."]

    def test_a_tie_is_for_a_person_to_decide(self, tmp_path):
        place = tmp_path / "returned"
        returned(place / "a.xlsx", [line(amount=1.0)], department="A")
        returned(place / "b.xlsx", [line(amount=1.0)], department="B", currency="USD")
        with pytest.raises(BasisError, match="equally often for Currency: CNY, USD"):
            run(place)
        assert sheets.total_of(run(place, currency="CNY").result) == 8

    def test_those_handed_over_hold_for_all(self, folder, tmp_path):
        path = tmp_path / "assumptions.csv"
        path.write_text("Start date,2027-01-01\nYears,1\nUSD/CNY,8\nEUR/CNY,9\n", encoding="utf-8")
        report = run(folder, assumptions=path)
        assert sheets.total_of(report.result) == 1000 + 500 * 8 + 60 + 2400 + 77 * 9 + 40.5

    @pytest.mark.parametrize(("code", "mark"), [("utf-8-sig", ";"), ("utf-16", "\t"), ("gb18030", ",")])
    def test_those_that_excel_saves_as_csv_are_understood(self, folder, tmp_path, code, mark):
        path = tmp_path / "assumptions.csv"
        rows = ("\u8d77\u59cb\u65e5\u671f,2027-01-01", "\u5e74\u6570,1", "USD/CNY,7.125", "EUR/CNY,9")
        path.write_bytes("\r\n".join(rows).replace(",", mark).encode(code))
        report = run(folder, assumptions=path)
        # USD 500 and EUR 77 beside the yuan
        assert sheets.total_of(report.result) == 1000 + 500 * 7.125 + 60 + 2400 + 77 * 9 + 40.5

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b'Years,3\nUSD/CNY,"7\n' + b"x" * 140_000, "line 3 cannot be read as CSV"),
            (b"Years\xff\xff\x00,3", "neither UTF-8 nor GBK"),
            (b"USD/CNY;7,10\n", '"7,10"'),
        ],
    )
    def test_a_csv_that_cannot_be_understood_is_told(self, folder, tmp_path, content, words):
        (tmp_path / "assumptions.csv").write_bytes(content)
        with pytest.raises(CrmError) as caught:
            run(folder, assumptions=tmp_path / "assumptions.csv")
        assert words in caught.value.text("en")

    def test_those_of_a_workbook_of_this_product_are_understood(self, folder):
        first = run(folder)
        shutil.copy(folder.parent / "total.xlsx", given := folder.parent / "given.xlsx")
        again = run(folder, assumptions=given, out=folder.parent / "other.xlsx")
        assert again.result.basis == first.result.basis or totals(again) == totals(first)
        assert again.result.basis.rates == {("USD", "CNY"): {0: 7.0}}

    def test_a_mistake_in_them_is_told_before_anything_is_written(self, folder, tmp_path):
        path = tmp_path / "assumptions.csv"
        path.write_text("Yeers,3\n", encoding="utf-8")
        with pytest.raises(BasisError, match=r"assumptions\.csv cannot be used"):
            run(folder, assumptions=path)
        assert not (folder.parent / "total.xlsx").exists()


class TestUntrustedText:
    EVIL = (
        "=1+1",
        "+1",
        "-2",
        "@SUM(A1)",
        "http://example.org/",
        "mailto:a@b.c",
        "{=1}",
        "a\x01b",
        "</t><f>1</f>",
        "\t=1",
    )
    OURS = (
        r"CRM_(TOTAL|BREAKDOWN)\(Costs\[#All\],", r"(COUNTIFS|SUMIFS)\(Costs\[", r"ROUND\(D\d+-", r"C\d+-E\d+-G\d+$",
        r"SUM\(([A-Z]+\d+(:[A-Z]+\d+)?|Costs\[Total in reporting currency\])\)$", r"SUMPRODUCT\(\(\$B\$\d+:",
        r"IF\(NOT\(ABS\('Totals'!\$[A-Z]+\$\d+-\$B\$\d+\)", r"IF\(\$[A-Z]+\$\d+=0,",
    )  # fmt: skip

    def test_is_never_a_formula_or_a_link(self, tmp_path):
        place = tmp_path / "returned"
        returned(place / "a.xlsx", [line(amount=1.0, item=text, vendor=text) for text in self.EVIL])
        returned(place / "b.xlsx", [line(amount=1.0)], department='=HYPERLINK("http://x")')
        run(place)
        with zipfile.ZipFile(tmp_path / "total.xlsx") as archive:
            parts = {name: archive.read(name).decode() for name in archive.namelist()}
        assert not any("hyperlink" in text.lower() for name, text in parts.items() if name.endswith(".rels"))
        names = [name for name in parts if name.startswith("xl/worksheets/sheet")]
        assert "<f>" not in parts["xl/worksheets/sheet3.xml"]
        for name in names:
            for formula in re.findall(r"<f(?: [^>]*)?>([^<]*)</f>", parts[name]):
                assert any(re.match(ours, formula) for ours in self.OURS), formula
        rows = values_of(tmp_path / "total.xlsx", "Costs")
        assert [row[4] for row in rows[4:12]] == [text.strip() for text in self.EVIL[:7]] + ["a_x0001_b"]

    def test_a_path_of_a_file_is_text_too(self, tmp_path):
        place = tmp_path / "returned"
        returned(place / "=cmd.xlsx", [line(amount=1.0)])
        run(place)
        assert values_of(tmp_path / "total.xlsx", "Costs")[4][0] == "=cmd.xlsx"


class TestWhichFiles:
    def test_what_is_no_return_is_left_out_and_named(self, folder):
        for name in ("~$sales.xlsx", "copy.tmp", ".hidden.xlsx", ".DS_Store", "Thumbs.db"):
            (folder / name).write_bytes(b"x")
        (folder / "notes.txt").write_text("x")
        run(folder)
        shutil.copy(folder.parent / "total.xlsx", folder / "earlier total.xlsx")
        out = folder / "total.xlsx"
        run(folder, out=out)
        report = run(folder, out=out)
        assert dict(report.skipped) == {
            "~$sales.xlsx": "lock", "copy.tmp": "temporary", ".hidden.xlsx": "temporary",
            "notes.txt": "other", "total.xlsx": "output", "earlier total.xlsx": "collected",
        }  # fmt: skip
        assert report.result.states == {"counted": 3}

    def test_a_return_that_was_saved_as_something_else_is_rejected_and_not_passed_over(self, folder):
        (folder / "sales.ods").write_bytes(b"PK\x03\x04")
        (folder / "hr.CSV").write_text("Component,Amount\nLicence,1200\n")
        report = run(folder)
        assert report.result.states == {"counted": 3, "rejected": 2}
        assert [file for file, _ in report.result.troubles] == ["hr.CSV", "sales.ods"]
        assert not report.ok

    def test_the_folder_of_the_output_is_made(self, folder, tmp_path):
        run(folder, out=tmp_path / "new" / "2027" / "total.xlsx")
        assert (tmp_path / "new" / "2027" / "total.xlsx").exists()

    def test_links_are_not_followed(self, folder, tmp_path):
        elsewhere = returned(tmp_path / "elsewhere" / "x.xlsx", [line(amount=1.0)], department="X")
        try:
            (folder / "link.xlsx").symlink_to(elsewhere)
            (folder / "sub").symlink_to(elsewhere.parent, target_is_directory=True)
        except OSError:
            pytest.skip("this system makes no links")
        found = find([folder], [])
        assert [source.name for source in found.files] == ["hr.xlsx", "it/信息部.xlsx", "sales.xlsx"]
        assert found.skipped == (("link.xlsx", "link"), ("sub", "link"))

    def test_a_file_in_two_of_the_folders_is_one(self, folder):
        found = find([folder, folder / "it"], [])
        assert [source.name for source in found.files] == [
            "returned/hr.xlsx", "returned/it/信息部.xlsx", "returned/sales.xlsx"
        ]  # fmt: skip

    def test_a_folder_that_is_not_there_is_named(self, tmp_path):
        with pytest.raises(FolderError, match="nowhere: there is no such folder"):
            run(tmp_path / "nowhere")

    def test_an_empty_folder_writes_nothing(self, tmp_path):
        (tmp_path / "returned").mkdir()
        with pytest.raises(CollectError, match="there is no workbook to collect"):
            run(tmp_path / "returned")
        assert not (tmp_path / "total.xlsx").exists()


class TestAgain:
    def test_unchanged_files_are_not_read_again_and_the_bytes_are_the_same(self, folder):
        first = run(folder)
        path = folder.parent / "total.xlsx"
        before = path.read_bytes()
        again = run(folder)
        assert (first.read, first.known, again.read, again.known) == (3, 0, 0, 3)
        assert path.read_bytes() == before
        other = run(folder, out=folder.parent / "fresh.xlsx", reader=lambda tasks: reversed(list(read_plainly(tasks))))
        assert other.read == 3
        assert (folder.parent / "fresh.xlsx").read_bytes() == before

    def test_how_far_it_is_is_told(self, folder):
        told = []

        class Watching:
            def begin(self, total, known):
                told.append(("begin", total, known))

            def read(self):
                told.append("read")

            def writing(self, total):
                told.append(("writing", total))

            def written(self):
                told.append("written")

        run(folder)
        returned(folder / "law.xlsx", [line(amount=5.0)], department="Law")
        collect(Order(folders=[folder], out=folder.parent / "total.xlsx"), read_plainly, Watching())
        assert told == [("begin", 4, 3), "read", ("writing", 4), *["written"] * 4]

    @pytest.mark.parametrize("left", [b"", bytes(512)])
    def test_what_a_killed_run_left_beside_the_store_goes_with_the_next_run(self, tmp_path, left):
        out = tmp_path / "all.xlsx"
        with Store(out):
            pass
        (tmp_path / "all.xlsx.readings-journal").write_bytes(left)
        with Store(out):
            pass
        assert [path.name for path in tmp_path.iterdir()] == ["all.xlsx.readings"]

    @pytest.mark.parametrize(
        "tables",
        [
            "CREATE TABLE readings (digest TEXT PRIMARY KEY, head TEXT)",
            "CREATE TABLE made_by (code TEXT, tables TEXT)",
            'CREATE VIEW readings AS SELECT 1 AS digest; CREATE TABLE "a""b" (c)',
        ],
    )
    def test_a_store_with_other_tables_is_begun_anew(self, folder, tables):
        with closing(sqlite3.connect(folder.parent / "total.xlsx.readings")) as base:
            base.executescript(f"PRAGMA application_id = {_OURS}; {tables}")
        assert (run(folder).read, run(folder).known) == (3, 3)

    def test_a_changed_file_is_read_again(self, folder):
        run(folder)
        returned(folder / "hr.xlsx", [line("Training", 41.5)], department="HR")
        again = run(folder)
        assert (again.read, again.known) == (1, 2)
        assert totals(again)["HR", "training"][0] == 41.5

    def test_all_are_read_again_when_the_code_or_its_tables_change(self, folder, monkeypatch):
        run(folder)
        monkeypatch.setattr("crm_xl.collection.collecting.store.made_by", lambda: "another version")
        assert run(folder).read == 3

    def test_an_interrupted_run_goes_on_where_it_stood(self, folder):
        def interrupted(tasks):
            for number, answer in enumerate(read_plainly(tasks)):
                if number == 2:
                    raise KeyboardInterrupt
                yield answer

        with pytest.raises(KeyboardInterrupt):
            run(folder, reader=interrupted)
        assert not (folder.parent / "total.xlsx").exists()
        again = run(folder)
        assert (again.read, again.known) == (1, 2)

    def test_what_was_read_is_dropped_with_its_file(self, folder):
        run(folder)
        moved = (folder / "hr.xlsx").rename(folder.parent / "hr.xlsx")
        run(folder)
        moved.rename(folder / "hr.xlsx")
        assert run(folder).read == 1

    def test_a_broken_store_is_made_anew(self, folder):
        run(folder)
        before = (folder.parent / "total.xlsx").read_bytes()
        store = folder.parent / "total.xlsx.readings"
        whole = store.read_bytes()
        store.write_bytes(whole[:100] + b"no database any more, but long enough to look at" * 400)
        assert run(folder).read == 3
        assert (folder.parent / "total.xlsx").read_bytes() == before

    def test_two_collections_into_one_workbook_do_not_meet(self, folder):
        with Store(folder.parent / "total.xlsx"), pytest.raises(StoreError, match="at this moment"):
            run(folder)
        assert run(folder).read == 3

    def test_the_old_workbook_stays_whole_when_the_new_one_cannot_be_written(self, folder, monkeypatch):
        run(folder)
        before = (folder.parent / "total.xlsx").read_bytes()
        returned(folder / "law.xlsx", [line(amount=5.0)], department="Law")

        def full_disk(frame, target, long, changed):
            target.write(b"half of it")
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(sheets, "assembled", full_disk)
        with pytest.raises(WorkbookError, match="disk is full"):
            run(folder)
        assert (folder.parent / "total.xlsx").read_bytes() == before
        assert sorted(p.name for p in folder.parent.iterdir()) == ["returned", "total.xlsx", "total.xlsx.readings"]


class TestParquet:
    def test_has_the_lines_of_the_workbook(self, folder):
        pq = pytest.importorskip("pyarrow.parquet")
        run(folder, parquet=folder.parent / "lines.parquet")
        table = pq.read_table(folder.parent / "lines.parquet").to_pylist()
        rows = values_of(folder.parent / "total.xlsx", "Costs")[4:]
        assert [(r["file"], r["row"], r["department"], r["stated_amount"]) for r in table] == [
            (row[0], row[2], row[5], row[-2]) for row in rows
        ]
        assert sum(r["stated_amount"] or 0 for r in table) == 1000 + 500 + 60 + 200 + 40.5
        assert table[-2]["start"] == "2027-06-01"
        benefits = pq.read_table(folder.parent / "lines.benefits.parquet").to_pylist()
        assert [r["amount"] for r in benefits] == [900.0]

    def test_holds_no_benefits_of_an_earlier_collection(self, folder):
        pq = pytest.importorskip("pyarrow.parquet")
        run(folder, parquet=folder / "lines.parquet")
        returned(folder / "sales.xlsx", [line(amount=1.0)])
        report = run(folder, parquet=folder / "lines.parquet")
        benefits = pq.read_table(folder / "lines.benefits.parquet")
        assert (benefits.num_rows, benefits.column_names[:4]) == (0, ["file", "sheet", "row", "benefit"])
        assert report.skipped == (), "what it wrote itself is no file that it leaves out"

    def test_says_what_to_install_where_it_is_missing(self, folder, monkeypatch):
        monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
        with pytest.raises(Exception, match=r"crm-xl\[parquet\]"):
            run(folder, parquet=folder.parent / "lines.parquet")
        assert not (folder.parent / "total.xlsx").exists()


def test_the_stamp_of_the_helper_is_that_of_the_product(tmp_path):
    from crm_xl.collection.form.stamp import read_stamp
    from crm_xl.xlsx.package import Package

    assert read_stamp(Package.open(returned(tmp_path / "x.xlsx", []))) == stamp()
