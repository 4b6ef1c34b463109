"""The functions as cells of Excel call them, through xlwings' own code: arguments, results, errors, cost of a call."""

import datetime as dt
import time
from decimal import Decimal

import pytest

from crm_xl.engine.cells import Range
from crm_xl.errors import ErrorValue
from crm_xl.functions import REGISTRY, arguments
from crm_xl.functions.registry import WIZARD_TEXT
from crm_xl.hosts.excel import errors, settings, udfs, values

from . import stubs
from .stubs import DIV0, FIELD, MISSING, NA, REF, SPILL, Cells, Money, Sheet, cells

COSTS = [["Component", "Amount"], ["Licence", 1200.0], ["Training", 300.0]]
WIDE = ["Component", "Item", "Quantity", "Unit cost", "Frequency", "Start", "End", "Price growth"]


def error(code):
    return errors.MARK + str({"#NULL!": 2000, "#DIV/0!": 2007, "#VALUE!": 2015, "#REF!": 2023, "#NUM!": 2036,
                              "#N/A": 2042, "#SPILL!": 2045}[code])  # fmt: skip


class TestWhatTheWizardShows:
    def test_no_text_is_longer_than_the_wizard_takes(self):
        for function in REGISTRY:
            texts = [function.summary, *(p.text for p in function.parameters)]
            assert max(len(text.in_(language)) for text in texts for language in ("en", "zh")) <= WIZARD_TEXT

    def test_arguments_keep_their_names_but_for_words_of_vba(self):
        names = [udfs.argument_name(p.name) for p in REGISTRY["CRM_PRICE"].parameters]
        assert names == ["vendor", "edition", "currency_", "date_", "catalogue", "billing"]


class TestArguments:
    def test_a_total_of_a_range(self, excel):
        assert excel.call("CRM_TOTAL", cells(COSTS)) == 1500.0

    def test_missing_empty_and_a_reference_to_an_empty_cell_are_the_default(self, excel):
        for nothing in (MISSING, None, "", cells([[None]])):
            assert excel.call("CRM_TOTAL", cells(COSTS), nothing, nothing, nothing, nothing) == 1500.0

    def test_a_one_row_range_and_a_one_column_range_stay_tables(self, excel):
        one_line = Cells(Sheet([["Component", "Amount"]]), 1, 1, 1, 2)
        assert excel.call("CRM_BREAKDOWN", one_line)[-1][1] == 0.0
        assert excel.call("CRM_TOTAL", cells([["Component"], ["Licence"]])) == error("#VALUE!")

    def test_an_array_constant_and_the_result_of_another_function_are_tables(self, excel):
        assert excel.call("CRM_TOTAL", (("Component", "Amount"), ("Licence", 5.0))) == 5.0
        assert excel.call("CRM_TOTAL", cells(COSTS), ("Years", 3.0)) == 1500.0  # {"Years",3}

    def test_a_scalar_may_be_a_one_cell_range(self, excel):
        assert excel.call("CRM_TOTAL", cells(COSTS), MISSING, cells([["Training"]])) == 300.0

    def test_a_table_where_one_value_belongs_is_an_error(self, excel):
        assert excel.call("CRM_TOTAL", cells(COSTS), MISSING, cells(COSTS)) == error("#VALUE!")

    def test_dates_of_cells_are_dates_and_serials_and_years_count_too(self, excel):
        table = [WIDE, ["Licence", "", 1.0, 10.0, "annual", dt.date(2028, 1, 1), dt.date(2029, 12, 31), None]]
        start = cells([["Start date", dt.date(2027, 1, 1)], ["Years", 5.0]])
        assert excel.call("CRM_TOTAL", cells(table), start) == 20.0
        table[1][5:7] = [46753.0, 47483.0]  # the serials of the same days
        assert excel.call("CRM_TOTAL", cells(table), start) == 20.0
        table[1][5:7] = [2028.0, 2029.0]
        assert excel.call("CRM_TOTAL", cells(table), start) == 20.0

    def test_a_date_in_the_column_of_amounts_is_told_and_not_taken_for_46023(self, excel):
        wrong = cells([COSTS[0], ["Licence", dt.date(2026, 1, 1)]])
        assert excel.call("CRM_TOTAL", wrong) == error("#VALUE!")
        assert excel.call("CRM_CHECK", wrong)[1][5] == "2026-01-01"

    def test_money_in_a_currency_format_keeps_all_its_decimals(self, excel):
        """COM hands such a cell over with four decimals; a million calls at 0.00012 are 120, not 100."""
        table = [["Component", "Quantity", "Unit cost"], ["Licence", 1e6, Money(0.00012)], ["Licence", 1.0, 5.0]]
        assert excel.call("CRM_TOTAL", cells(table)) == pytest.approx(125, rel=1e-12)
        assert excel.call("CRM_TOTAL", cells(COSTS), MISSING, MISSING, cells([[Money(1)]])) == 1500.0

    def test_money_in_an_array_of_another_function_is_money(self, excel):
        """There is no range behind it that could be asked once more."""
        paid = (("Component", "Amount"), ("Licence", Decimal("1200.2500")), ("Training", 300.0))
        assert excel.call("CRM_TOTAL", paid) == 1500.25
        assert excel.call("CRM_TOTAL", cells(COSTS), ("Years", Decimal("3.0000"))) == 1500.0
        assert excel.call("CRM_PER_USER", cells(COSTS), Decimal("3.0000")) == 500.0

    def test_true_is_not_one(self, excel):
        for first, second in ((True, 1.0), (1.0, True)):
            got = [excel.call("CRM_TOTAL", cells([COSTS[0], ["Licence", v]])) for v in (first, second)]
            assert sorted(map(str, got)) == ["1.0", error("#VALUE!")]

    def test_a_range_of_several_areas_is_an_error_and_not_its_first_area(self, excel):
        sheet = Sheet(COSTS)
        assert excel.call("CRM_TOTAL", Cells(sheet, 1, 1, 3, 2, areas=2)) == error("#VALUE!")
        assert excel.call("CRM_TOTAL", Cells(sheet, 1, 1, 1_048_576, 2, areas=2)) == error("#VALUE!")


class TestErrorsOfCells:
    @pytest.mark.parametrize(
        ("code", "shown"), [(NA, "#N/A"), (DIV0, "#DIV/0!"), (REF, "#REF!"), (SPILL, "#SPILL!"), (FIELD, "#VALUE!")]
    )
    def test_an_error_in_the_costs_is_handed_on(self, excel, code, shown):
        """xlwings would make a blank of the first three, and a cost of -2146826243 of the others."""
        assert excel.call("CRM_TOTAL", cells([*COSTS, ["Maintenance", code]])) == error(shown)

    def test_xlwings_alone_would_lose_it(self, excel):
        """The trap itself."""
        from xlwings import conversion

        assert conversion.read(None, ((1.0, NA),), {"ndim": 2}) == [[1.0, None]]
        assert conversion.read(None, ((1.0, SPILL),), {"ndim": 2, "err_to_str": True}) == [[1.0, SPILL]]

    def test_an_error_in_one_value_is_handed_on(self, excel):
        assert excel.call("CRM_TOTAL", cells(COSTS), MISSING, DIV0) == error("#DIV/0!")
        assert excel.call("CRM_TOTAL", REF) == error("#REF!")
        assert excel.call("CRM_TOTAL", cells([[NA]])) == error("#N/A")

    def test_check_lists_the_cell_with_its_error(self, excel):
        line = excel.call("CRM_CHECK", cells([*COSTS, ["Maintenance", NA]]))[1]
        assert line[3:6] == [4, "Amount", "#N/A"]


class TestResults:
    def test_every_kind_of_error_is_marked_for_the_wrapper(self, excel):
        assert excel.call("CRM_TOTAL", cells(COSTS), MISSING, "Hotel") == error("#N/A")
        assert excel.call("CRM_PER_USER", cells(COSTS), 0.0) == error("#DIV/0!")
        assert excel.call("CRM_IRR", cells(COSTS)) == error("#NUM!")
        assert excel.call("CRM_TOTAL", "nonsense") == error("#VALUE!")

    def test_errors_inside_a_table_are_marked_too(self):
        table = [["a", ErrorValue.NA], [None, 1.0]]
        assert values.for_excel(table) == [["a", error("#N/A")], ["", 1.0]]

    def test_a_result_that_is_no_number_is_an_error_and_never_a_blank(self):
        """xlwings makes an empty text of it, which a sum passes over."""
        assert values.for_excel(float("nan")) == error("#NUM!")
        assert values.for_excel([["a", float("nan")]]) == [["a", error("#NUM!")]]

    def test_a_date_is_handed_back_as_com_takes_it(self):
        assert values.for_excel(dt.date(2027, 2, 28)) == dt.datetime(2027, 2, 28, tzinfo=dt.UTC)

    def test_scalars_stay_scalars_and_a_spill_has_one_header_row(self, excel):
        assert isinstance(excel.call("CRM_TOTAL", cells(COSTS)), float)
        assert excel.call("CRM_CHECK", cells(COSTS)) == "OK"
        assert excel.call("CRM_VERSION").startswith("crm_xl ")
        table = excel.call("CRM_BREAKDOWN", cells(COSTS))
        assert isinstance(table[0][1], str)
        assert all(isinstance(row[1], float) for row in table[1:])

    def test_blanks_of_a_result_are_empty_text(self, excel):
        """Nothing emptier is possible: what a function returns as blank, a cell shows as 0."""
        own = [["Vendor", "Edition", "Price", "Currency", "Date"], ["Ours", "Base", 5.0, "CNY", dt.date(2026, 3, 1)]]
        table = excel.call("CRM_CATALOGUE", "Ours", cells(own))
        assert table[1][:4] == ["Ours", "Base", 5.0, "CNY"]
        assert "" in table[1]
        assert None not in table[1]

    def test_a_defect_of_ours_shows_value_and_no_text(self, excel, monkeypatch):
        def broken(*_):
            raise RuntimeError("C:\\secret\\path")

        monkeypatch.setattr("crm_xl.functions.registry.Function.call", broken)
        assert excel.call("CRM_TOTAL", cells(COSTS)) == error("#VALUE!")


class TestLanguage:
    BAD = (("Component", "Amount"), ("Licence", "twelve"))

    def test_check_speaks_the_language_that_the_user_chose_and_else_that_of_the_table(self, excel, monkeypatch):
        assert excel.call("CRM_CHECK", self.BAD)[1][6] == "a number"
        monkeypatch.setattr(udfs, "_language", "zh")
        line = excel.call("CRM_CHECK", self.BAD)[1]
        assert (line[1], line[6]) == ("错误", "数字")
        assert excel.call("CRM_CHECK", COSTS[:2]) == "正常"

    def test_the_other_functions_keep_the_language_of_the_table(self, excel, monkeypatch):
        """A workbook that two people open must not change its figures' names with the person."""
        before = excel.call("CRM_BREAKDOWN", cells(COSTS))
        monkeypatch.setattr(udfs, "_language", "zh")
        assert excel.call("CRM_BREAKDOWN", cells(COSTS)) == before

    def test_the_choice_is_read_from_the_settings_of_the_add_in(self, tmp_path):
        path = tmp_path / "crm_xl.conf"
        assert settings.language(path) is None
        path.write_text('"INTERPRETER_WIN","C:\\Python\\python.exe"\n"LANGUAGE","zh"\n', encoding="utf-8")
        assert settings.language(path) == "zh"
        path.write_text('"LANGUAGE","fr"\n"odd line\n', encoding="utf-8")
        assert settings.language(path) is None


class TestLargeRanges:
    def test_a_whole_column_is_read_to_the_last_used_row_only(self, excel):
        sheet = Sheet([["Note", None], [None, None], *COSTS], first=(3, 1))
        whole = Cells(sheet, 1, 1, 1_048_576, 16_384)
        assert excel.call("CRM_TOTAL", whole) == 1500.0
        assert sheet.asked == [(7, 2)]

    def test_rows_still_count_within_the_range_that_was_handed_over(self, excel):
        sheet = Sheet([["Component", "Amount"], ["Licence", "twelve"]], first=(4, 1))
        assert excel.call("CRM_CHECK", Cells(sheet, 1, 1, 1_048_576, 2))[1][3] == 5

    def test_a_whole_column_of_an_empty_sheet_is_no_table(self, excel):
        assert excel.call("CRM_TOTAL", Cells(Sheet(), 1, 1, 1_048_576, 6)) == error("#VALUE!")

    def test_a_range_that_fits_is_read_once(self, excel):
        sheet = Sheet(COSTS)
        excel.call("CRM_TOTAL", sheet.UsedRange)
        assert sheet.asked == [(3, 2)]


class TestCost:
    def made(self, count=500):
        line = ["Licence", "Seats", 10.0, 99.5, "annual", dt.date(2027, 1, 1), None, 0.03]
        return cells([WIDE, *([*line[:2], float(i), *line[3:]] for i in range(count))])

    def test_the_same_contents_are_one_range_however_often_they_are_read(self):
        first, second = values.contents(self.made()), values.contents(self.made())
        assert first is second
        assert values.contents(self.made(499)) is not first

    def test_a_changed_cell_changes_the_answer(self, excel):
        assert excel.call("CRM_TOTAL", cells(COSTS)) == 1500.0
        assert excel.call("CRM_TOTAL", cells([*COSTS[:2], ["Training", 301.0]])) == 1501.0

    def test_a_call_over_a_table_seen_before_takes_little_time(self):
        """The part of a call that is ours: contents to cells, function, result. A loose bound; benchmarks measure."""
        handed = [self.made().Value for _ in range(20)]
        udfs.answer("CRM_TOTAL", [values.from_cells(handed[0])])

        def once(contents):
            started = time.perf_counter()
            udfs.answer("CRM_TOTAL", [values.from_cells(contents), None, None, None, None])
            return time.perf_counter() - started

        assert min(map(once, handed)) < 0.002

    def test_recalculate_forgets_what_was_read(self):
        first = values.contents(self.made())
        arguments.forget()
        assert values.contents(self.made()) is not first
        assert isinstance(first, Range)


def test_the_stubs_leave_nothing_behind():
    import sys

    import xlwings

    before = sys.modules.get("pythoncom"), vars(xlwings).get("_xlwindows"), dict(xlwings.engines.engines_by_name)
    with stubs.windows():
        assert sys.modules["pythoncom"] is not before[0]
    assert before == (
        sys.modules.get("pythoncom"), vars(xlwings).get("_xlwindows"), dict(xlwings.engines.engines_by_name)
    )  # fmt: skip
