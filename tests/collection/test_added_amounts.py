"""Amounts that stand anywhere but in a line: on sheets of whatever name, over formulas, beside what was sent."""

import pytest

from crm_xl.collection.collecting.readings import read_file, unpacked_head
from crm_xl.collection.collecting.second_count import second_count
from crm_xl.collection.form.master import master_of, settings_of
from crm_xl.collection.form.sent_cells import sent_cells
from crm_xl.collection.reading import returned as reading
from crm_xl.collection.reading.returned import Return, read_return
from crm_xl.xlsx.cells import filled_cells
from crm_xl.xlsx.package import Package
from crm_xl.xlsx.workbook import read_structure
from tests.cycle.rawbook import RawBook, formula, number, text

from .forms import blank, stamp_of

HEADS = ("Component", "Item", "Department", "Vendor", "Quantity", "Unit cost", "Amount")
NAMES = ("Savings", "Options", "Breakdown", "\u8d39\u7528", "\u660e\u7ec6", "Costs ", "\u8282\u7ea6", "Own sheet")


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "blank.xlsx"
    path.write_bytes(blank())
    return RawBook(path)


def read(book: RawBook, tmp_path) -> Return:
    path = tmp_path / "return.xlsx"
    book.save(path)
    return read_return(path)


def told(returned: Return) -> list[tuple[str, str, str, float | None]]:
    return [(f.key, f.sheet, f.cell, f.amount) for f in returned.strays]


class TestAnAddedSheet:
    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("state", ["", "hidden", "veryHidden"])
    def test_with_lines_keeps_the_return_from_being_complete_whatever_its_name(self, book, tmp_path, name, state):
        heads = {f"{chr(66 + i)}5": text(head) for i, head in enumerate(HEADS)}
        book.add_sheet(name, {**heads, "B6": text("Licence"), "H6": number(250_000.0)}, state)
        returned = read(book, tmp_path)
        assert told(returned) == [("other_table", name, "H6", 250_000.0)]
        assert returned.strays[0].blocks
        assert "250,000.00" in returned.strays[0].text("en")

    @pytest.mark.parametrize("name", NAMES)
    def test_with_numbers_is_told_with_their_sum(self, book, tmp_path, name):
        book.add_sheet(name, {f"C{row}": number(100.0 + row) for row in range(1, 8)})
        assert told(read(book, tmp_path)) == [("sheet_added", name, "C1:C7", 728.0)]

    def test_that_is_one_of_the_form_under_another_name_is_told_as_that(self, book, tmp_path):
        book.rename("Results", "Our results")
        returned = read(book, tmp_path)
        assert told(returned) == []
        assert [(f.key, f.sheet) for f in returned.findings] == [("sheet_renamed", "Our results")]


class TestOnSheetsOfTheForm:
    @pytest.mark.parametrize("sheet", ["Start", "Time and rates", "Workings", "Results", "Checks", "Lists"])
    def test_a_number_where_nothing_stood_is_told(self, book, tmp_path, sheet):
        book.sheet(sheet).set("EA7", *number(1234.5))
        returned = read(book, tmp_path)
        assert told(returned) == [("outside_form", sheet, "EA7", 1234.5)]
        assert returned.strays[0].blocks

    def test_a_number_over_a_formula_is_told(self, book, tmp_path):
        book.sheet("Results").set("C8", *number(99.0))
        assert told(read(book, tmp_path)) == [("typed_over", "Results", "C8", 99.0)]

    def test_a_number_over_a_text_is_told(self, book, tmp_path):
        book.sheet("Results").set("B1", *number(99.0))
        assert told(read(book, tmp_path)) == [("outside_form", "Results", "B1", 99.0)]

    def test_a_formula_of_ones_own_is_told(self, book, tmp_path):
        book.sheet("Results").set("M30", *formula("5*1000", "5000"))
        assert told(read(book, tmp_path)) == [("formula_outside", "Results", "M30", 5000.0)]

    def test_a_number_among_the_remarks_is_told(self, book, tmp_path):
        book.sheet("Costs").set("B6", *text("Licence"))
        book.sheet("Costs").set("H6", *number(10.0))
        book.sheet("Costs").set("AG6", *number(77.0))
        assert told(read(book, tmp_path)) == [("in_notes", "Costs", "AG6", 77.0)]

    def test_of_very_many_the_sum_of_the_others_is_told(self, book, tmp_path):
        for row in range(1, 131):
            book.sheet("Lists").set(f"AZ{row}", *number(1000.0))
        found = told(read(book, tmp_path))
        assert len(found) == 101
        assert found[-1] == ("outside_many", "Lists", "AZ101:AZ130", 30_000.0)


class TestTheSecondCount:
    def test_names_an_amount_that_the_first_reading_did_not_tell_of(self, book, tmp_path, monkeypatch):
        book.add_sheet("Savings", {"C3": number(5.0)})
        path = tmp_path / "return.xlsx"
        book.save(path)
        honest = read_return(path)
        assert second_count(path.read_bytes(), honest).unseen == ()

        def blind(source, name=None):
            found = read_return(source, name)
            object.__setattr__(found.found, "strays", {})
            return found

        monkeypatch.setattr("crm_xl.collection.collecting.readings.read_return", blind)
        assert unpacked_head(read_file(path, "return.xlsx").head).unseen == (("Savings", "C3"),)

    def test_counts_the_bytes_that_were_read(self, book, tmp_path, monkeypatch):
        """A file that is replaced between two openings would be counted against another one's lines."""
        path = tmp_path / "return.xlsx"
        book.sheet("Costs").set("B6", *text("Licence"))
        book.sheet("Costs").set("H6", *number(10.0))
        book.save(path)
        honest = reading.file_bytes

        def replaced(source, name):
            data = honest(source, name)
            source.write_bytes(blank())
            return data

        monkeypatch.setattr("crm_xl.collection.collecting.readings.file_bytes", replaced)
        count = unpacked_head(read_file(path, "return.xlsx").head).second_count["costs"]
        assert count is not None
        assert (count.booked.positive, count.differing) == (10.0, ())


class TestSentCells:
    @pytest.mark.parametrize("language", ["en", "zh"])
    @pytest.mark.parametrize("lines", [10, 40])
    def test_are_those_of_the_form_that_is_sent(self, language, lines):
        """But for computed cells of benefit lines, which their table tells of."""
        stamp = stamp_of(language, lines=lines)
        package = Package.open(master_of(settings_of(stamp)).content)
        sent = sent_cells(stamp)
        for sheet in read_structure(package).sheets:
            cells = filled_cells(package.parts[sheet.part], file="", part=sheet.part)
            if sheet.name not in ("Benefits", "\u6536\u76ca"):
                assert sent[sheet.name].cells.formulas == cells.formulas
                assert sent[sheet.name].cells.numbers == cells.numbers
