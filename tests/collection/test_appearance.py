"""What a cell says by its formatting, and signs and marks beside numbers: one reading, or none."""

import pytest

from crm_xl.collection.reading.returned import read_return
from tests.cycle.rawbook import RawBook, number, rich, text

from .forms import Form, blank

STRUCK, RAISED, LOWERED = "<strike/>", '<vertAlign val="superscript"/>', '<vertAlign val="subscript"/>'


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "blank.xlsx"
    path.write_bytes(blank())
    found = RawBook(path)
    found.sheet("Costs").set("B6", *text("Licence"))
    return found


def told(book, tmp_path):
    book.save(tmp_path / "return.xlsx")
    returned = read_return(tmp_path / "return.xlsx")
    return [(f.key, f.cell, f.severity) for f in returned.everything if f.key != "formula"]


class TestFormatting:
    @pytest.mark.parametrize(
        "runs",
        [
            (("45", STRUCK), (" 500", "")),
            (("5000", ""), ("1", RAISED)),
            (("5000", ""), ("2", LOWERED)),
            (("5000", '<strike val="true"/>'),),
        ],
    )
    def test_a_part_that_is_struck_or_raised_keeps_the_line_out(self, book, tmp_path, runs):
        book.sheet("Costs").set("H6", *rich(*runs))
        assert told(book, tmp_path) == [("marked", "H6", "blocks")]

    @pytest.mark.parametrize(
        "font", ["<b/>", '<color rgb="FFFF0000"/>', '<strike val="0"/>', '<vertAlign val="baseline"/>']
    )
    def test_other_formatting_changes_nothing(self, book, tmp_path, font):
        book.sheet("Costs").set("H6", *rich(("50", font), ("00", "")))
        assert told(book, tmp_path) == [("text_number", "H6", "note")]

    def test_shared_texts_are_looked_at_too(self, book, tmp_path):
        shared = book.text("xl/sharedStrings.xml")
        count = shared.count("<si>")
        item = f"<si><r><t>5000</t></r><r><rPr>{RAISED}</rPr><t>1</t></r></si></sst>"
        book.put("xl/sharedStrings.xml", shared.replace("</sst>", item))
        book.sheet("Costs").set("H6", f"<v>{count}</v>", 't="s"')
        assert told(book, tmp_path) == [("marked", "H6", "blocks")]

    def test_an_amount_that_is_struck_out_keeps_its_line_out(self, book, tmp_path):
        style = book.add_style(book.sheet("Costs").style("H6"), STRUCK)
        book.sheet("Costs").set("H6", *number(10.0), style=style)
        assert told(book, tmp_path) == [("struck", "H6", "blocks")]

    def test_a_line_that_is_struck_out_is_told_once(self, book, tmp_path):
        for cell, content in (("B6", text("Licence")), ("C6", text("Seats")), ("H6", number(10.0))):
            style = book.add_style(book.sheet("Costs").style(cell), STRUCK)
            book.sheet("Costs").set(cell, *content, style=style)
        assert told(book, tmp_path) == [("line_struck", "B6:AE6", "blocks")]

    def test_a_remark_may_be_struck_out(self, book, tmp_path):
        style = book.add_style(book.sheet("Costs").style("C6"), STRUCK)
        book.sheet("Costs").set("C6", *text("old name"), style=style)
        book.sheet("Costs").set("H6", *number(10.0))
        assert told(book, tmp_path) == []

    def test_an_amount_under_a_merged_cell_keeps_its_line_out(self, book, tmp_path):
        sheet = book.sheet("Costs")
        sheet.set("B7", *text("Licence"))
        sheet.set("H6", *number(10.0))
        sheet.set("H7", *number(20.0))
        merged = '<mergeCells count="1"><mergeCell ref="H6:H7"/></mergeCells><dataValidations'
        sheet.tail = sheet.tail.replace("<dataValidations", merged, 1)
        assert told(book, tmp_path) == [("merged", "H6:H7", "note"), ("covered", "H7", "blocks")]


class TestSignsOfCurrencies:
    @pytest.mark.parametrize(
        ("currency", "shown", "expected"),
        [
            ("CNY", "\u00a5500", "text_number"),
            ("USD", "$500", "text_number"),
            ("HKD", "$500", "ambiguous_sign"),
            ("SGD", "$500", "ambiguous_sign"),
            ("JPY", "\u00a5500", "ambiguous_sign"),
            ("JPY", "\uffe5500", "ambiguous_sign"),
            ("HKD", "500\u5143", "ambiguous_sign"),
            ("HKD", "HK$500", "text_number"),
            ("CNY", "$500", "other_currency"),
        ],
    )
    def test_a_sign_of_several_currencies_is_that_of_the_form_only_where_it_is_plain(
        self, tmp_path, currency, shown, expected
    ):
        form = Form().stamped(currency=currency).line(6, component="Licence", amount=shown)
        found = [f.key for line in read_return(form.save(tmp_path)).costs for f in line.findings]
        assert found[0] == expected

    def test_the_column_of_the_line_says_which_is_meant(self, tmp_path):
        form = Form().line(6, component="Licence", amount="$500", currency="HKD")
        found = [f.key for line in read_return(form.save(tmp_path)).costs for f in line.findings]
        assert "text_number" in found
        assert "ambiguous_sign" not in found


class TestNumberFormats:
    """A number that its cell shows with a currency or a unit is read where both say the same."""

    def shown_as(self, book, tmp_path, code, cell="H6", **more):
        sheet = book.sheet("Costs")
        for place, words in more.items():
            sheet.set(place, *text(words))
        sheet.set(cell, *number(12.0), style=book.add_format(sheet.style(cell), code))
        return told(book, tmp_path)

    @pytest.mark.parametrize("code", ['0"万元"', "0.0%", '#,##0" k"', '0.00" Mio"', '"ca. "0', "\\-0", "0千"])
    def test_a_unit_beside_an_amount_keeps_the_line_out(self, book, tmp_path, code):
        assert self.shown_as(book, tmp_path, code) == [("shown_otherwise", "H6", "blocks")]

    @pytest.mark.parametrize("code", ['"€"#,##0', "#,##0.00\\ [$€-407]", '"HK$"0', "[$USD] 0", '_("$"* #,##0.00_)'])
    def test_another_currency_keeps_the_line_out(self, book, tmp_path, code):
        assert self.shown_as(book, tmp_path, code) == [("other_currency", "H6", "blocks")]

    def test_the_currency_of_the_line_is_that_of_its_column(self, book, tmp_path):
        assert self.shown_as(book, tmp_path, '"$"#,##0', K6="USD") == []

    @pytest.mark.parametrize(
        "code", ["0.00元", '"￥"#,##0', '0!.0,"万"', '0.0,"k"', "#,##0,", "0.00_);(0.00)", "General", "@", '0.0" RMB"']
    )
    def test_the_own_currency_and_scaled_numbers_are_read(self, book, tmp_path, code):
        assert self.shown_as(book, tmp_path, code) == []

    @pytest.mark.parametrize(("code", "keys"), [("0%", []), ('0" users"', []), ("0万", ["shown_otherwise"])])
    def test_a_quantity_may_have_a_unit_that_multiplies_nothing(self, book, tmp_path, code, keys):
        found = self.shown_as(book, tmp_path, code, cell="F6")
        assert [key for key, _, severity in found if severity == "blocks"] == keys
