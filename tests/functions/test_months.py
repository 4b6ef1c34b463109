"""Results by quarter and month: how periods are named, what adds up, and months of actuals."""

import datetime as dt

import numpy as np
import pytest

from crm_xl.engine.cells import Range
from crm_xl.errors import CrmError
from crm_xl.functions import REGISTRY

JULY = [["Start date", dt.date(2027, 7, 1)], ["Years", 2]]
COSTS = [
    ["Component", "Amount", "Frequency", "Start"],
    ["Licence", 1200.0, "annual", dt.date(2027, 8, 15)],
    ["Training", 300.0, "monthly", dt.date(2028, 3, 1)],
]


def call(name, *arguments):
    return REGISTRY[name].call(*arguments)


class TestNames:
    def test_months_and_quarters_of_a_fiscal_year_that_begins_in_july(self):
        months = call("CRM_BREAKDOWN", COSTS, JULY, "month")
        assert [row[0] for row in months[1:-1]][:7] == [
            "Jul-27", "Aug-27", "Sep-27", "Oct-27", "Nov-27", "Dec-27", "Jan-28",
        ]  # fmt: skip
        quarters = call("CRM_BREAKDOWN", COSTS, JULY, "quarter")
        assert [row[:2] for row in quarters[1:6]] == [
            ["2027/28 Q1", 1200.0], ["2027/28 Q2", 0.0], ["2027/28 Q3", 300.0], ["2027/28 Q4", 900.0],
            ["2028/29 Q1", 2100.0],
        ]  # fmt: skip

    def test_names_in_chinese(self):
        costs = [["费用类别", "金额"], ["软件购买", 5.0]]
        header = call("CRM_SCHEDULE", costs, [["起始日期", dt.date(2027, 1, 1)], ["年数", 1]], "现金", "月份")[0]
        assert header[1:4] == ["2027年1月", "2027年2月", "2027年3月"]
        header = call("CRM_SCHEDULE", costs, [["起始日期", dt.date(2027, 1, 1)], ["年数", 1]], "现金", "季度")[0]
        assert header[1:-1] == [f"2027年第{i}季度" for i in (1, 2, 3, 4)]

    def test_model_years_without_a_date(self):
        costs = [["Component", "Amount"], ["Licence", 5.0]]
        assert call("CRM_BREAKDOWN", costs, [["Years", 2]], "month")[24][0] == "Month 24"
        quarters = call("CRM_BREAKDOWN", costs, [["Years", 2]], "component", "quarter")[0]
        assert quarters[1:-2] == [f"Year {year} Q{q}" for year in (1, 2) for q in (1, 2, 3, 4)]

    def test_the_word_is_taken_in_both_languages(self):
        for words in (("month", "months", "月份", "按月"), ("quarter", "季度", "按季")):
            assert len({str(call("CRM_BREAKDOWN", COSTS, JULY, word)) for word in words}) == 1


class TestSums:
    @pytest.mark.parametrize("period", ["month", "quarter"])
    def test_periods_of_every_table_sum_to_its_years(self, period):
        length = {"month": 1, "quarter": 3}[period]
        for name, arguments, at in (("CRM_SCHEDULE", ("profit and loss",), 1), ("CRM_SCHEDULE", ("cash",), 1)):
            years, periods = (call(name, COSTS, JULY, *arguments, by) for by in ("year", period))
            for of_years, row in zip(years[1:], periods[1:], strict=True):
                sums = np.array(row[at : at + 24 // length], dtype=float).reshape(2, -1).sum(axis=1)
                assert sums.tolist() == pytest.approx(of_years[at : at + 2])

    def test_a_period_stands_either_down_or_across(self):
        for rows, columns in (("month", "year"), ("year", "year"), ("component, month", None)):
            with pytest.raises(CrmError) as raised:
                call("CRM_BREAKDOWN", COSTS, JULY, rows, columns)
            assert "year, quarter" in raised.value.text("en")


class TestVariance:
    LINES = (
        ["Component", "Month", "Budget", "Actual"],
        ["Licence", dt.date(2027, 9, 30), 100.0, 120.0],
        ["Training", "2027-07", 50.0, 50.0],
        ["Licence", dt.date(2027, 10, 1), 100.0, None],
    )

    def test_by_month_in_their_order(self):
        table = call("CRM_VARIANCE", self.LINES, None, "month", JULY)
        assert [row[0] for row in table[1:4]] == ["Jul-27", "Sep-27", "Oct-27"]
        assert table[2][1:] == ["Sep-27", 100.0, 120.0, 20.0, 0.2, "Overspend"][1:]
        assert table[3][2] == ""
        assert table[3][5] == "Not reported"

    def test_by_quarter_of_the_fiscal_year_and_of_the_calendar(self):
        fiscal, calendar = (call("CRM_VARIANCE", self.LINES, None, "quarter", given) for given in (JULY, None))
        assert [row[0] for row in fiscal[1:3]] == ["2027/28 Q1", "2027/28 Q2"]
        assert [row[0] for row in calendar[1:3]] == ["2027 Q3", "2027 Q4"]
        assert fiscal[1][1] == 150.0

    def test_a_number_is_a_month_of_its_year_or_of_the_model(self):
        of_year = [["Component", "Year", "Month", "Budget", "Actual"], ["Licence", 2027, 3, 10.0, 10.0]]
        assert call("CRM_VARIANCE", of_year, None, "month")[1][0] == "Mar-27"
        of_model = [["Component", "Month", "Budget", "Actual"], ["Licence", 3, 10.0, 10.0]]
        assert call("CRM_VARIANCE", of_model, None, "month")[1][0] == "Month 3"
        assert call("CRM_VARIANCE", of_model, None, "month", JULY)[1][0] == "Sep-27"

    def test_a_line_without_a_month_is_shown(self):
        lines = [*self.LINES, ["Licence", None, 1.0, 2.0]]
        assert call("CRM_VARIANCE", lines, None, "month", JULY)[4][:2] == ["(not stated)", 1.0]

    def test_years_are_had_from_months(self):
        table = call("CRM_VARIANCE", self.LINES, None, "year", JULY)
        assert table[1][:3] == ["2027", 250.0, 170.0]

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            ([["Component", "Month", "Budget"], ["Licence", 2027, 1.0]], "a month"),
            ([["Component", "Year", "Month", "Budget"], ["Licence", 2026, dt.date(2027, 3, 1), 1.0]], "2026"),
            ([["Component", "Month", "Budget"], ["A", 3, 1.0], ["A", dt.date(2027, 3, 1), 1.0]], "Start date"),
        ],
    )
    def test_months_that_cannot_be_are_named(self, lines, expected):
        found = call("CRM_CHECK", None, None, None, lines)
        assert any(expected in row[6] and row[4] == "Month" for row in found[1:])
        with pytest.raises(CrmError):
            call("CRM_VARIANCE", [[*row, *(["Actual"] if i == 0 else [1.0])] for i, row in enumerate(lines)])


def test_frames_have_months_as_words():
    import crm_xl

    months = crm_xl.schedule(COSTS, JULY, by="month")
    assert months.columns.tolist() == ["component", "month", "amount"]
    assert crm_xl.breakdown(COSTS, JULY, rows="quarter")["quarter"].tolist()[0] == "2027/28 Q1"
    assert crm_xl.cashflow(COSTS, None, JULY, by="month").columns[0] == "month"
    assert crm_xl.amortisation(Range(COSTS), JULY, by="quarter").columns[0] == "quarter"
