"""CRM_CALENDAR: what falls due, what is committed on a day, and the days of notice."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crm_xl
from crm_xl.errors import CrmError
from crm_xl.functions import REGISTRY

START = [["Start date", dt.date(2027, 1, 1)], ["Years", 2]]
HEADER = ["Component", "Item", "Amount", "Frequency", "Start", "End", "Notice months", "Committed until"]


def call(*arguments):
    return REGISTRY["CRM_CALENDAR"].call(*arguments)


def line(amount=100.0, frequency="monthly", start=None, end=None, notice=None, until=None, item="CRM"):
    return [HEADER, ["Licence", item, amount, frequency, start, end, notice, until]]


def on(day, *lines):
    """Later, committed, can be cancelled, not stated."""
    table = [HEADER, *(row for one in lines for row in one[1:])]
    return call(table, START, day, "committed")[1][1:]


class TestDue:
    def test_months_quarters_and_years(self):
        costs = line(start=dt.date(2027, 11, 15))
        assert call(costs, START)[1][10:14] == [0.0, 100.0, 100.0, 100.0]
        assert call(costs, START, "quarter")[1][1:6] == [0.0, 0.0, 0.0, 200.0, 300.0]
        assert call(costs, START, "年度")[1] == ["Licence", 200.0, 1200.0, 1400.0]

    def test_a_year_has_its_months_and_a_day_those_from_its_month_on(self):
        costs = line()
        assert call(costs, START, 2028)[0][1:3] == ["Jan-28", "Feb-28"]
        assert len(call(costs, START, 2)[0]) == 14
        assert call(costs, START, dt.date(2027, 10, 20))[0][1] == "Oct-27"
        assert call(costs, START, dt.date(2028, 12, 1))[0][1:] == ["Dec-28", "Total"]

    def test_the_sum_is_the_total(self):
        costs = [*line(), ["Training", "Course", 50.0, "one-off", dt.date(2027, 5, 5), None, None, None]]
        assert call(costs, START, "month", "item")[-1][-1] == REGISTRY["CRM_TOTAL"].call(costs, START)

    @pytest.mark.parametrize("period", [2030, "week", dt.date(2029, 1, 1), dt.date(2026, 12, 31)])
    def test_what_is_no_period_of_the_model_is_named(self, period):
        with pytest.raises(CrmError, match="expected year, quarter or month"):
            call(line(), START, period)


class TestCommitted:
    def test_a_notice_of_three_months(self):
        """On 15 March the payments of 1 April, May and June are bound; that of 15 June would be, too."""
        assert on(dt.date(2027, 3, 15), line(notice=3)) == [2100.0, 300.0, 1800.0, 0.0]
        fifteenth = line(notice=3, start=dt.date(2027, 1, 15))
        assert on(dt.date(2027, 3, 15), fifteenth) == [2100.0, 300.0, 1800.0, 0.0]
        assert on(dt.date(2027, 3, 14), fifteenth) == [2200.0, 300.0, 1900.0, 0.0]

    def test_until_a_day(self):
        assert on(dt.date(2027, 3, 31), line(until=dt.date(2027, 12, 31))) == [2100.0, 900.0, 1200.0, 0.0]
        assert on(dt.date(2028, 1, 31), line(until=dt.date(2027, 12, 31))) == [1100.0, 0.0, 1100.0, 0.0]

    def test_the_later_of_both(self):
        both = line(notice=6, until=dt.date(2027, 12, 31))
        assert on(dt.date(2027, 3, 31), both)[1] == 900.0
        assert on(dt.date(2027, 10, 31), both)[1] == 600.0

    def test_no_more_than_falls_due(self):
        ends = line(end=dt.date(2027, 6, 30), until=dt.date(2027, 12, 31))
        assert on(dt.date(2027, 3, 31), ends) == [300.0, 300.0, 0.0, 0.0]

    def test_lines_that_do_not_say_stand_apart(self):
        assert on(dt.date(2027, 12, 31), line(), line(notice=1)) == [2400.0, 100.0, 1100.0, 1200.0]

    def test_what_is_charged_by_day_falls_due_on_the_first(self):
        head = [*HEADER, "Proration"]
        costs = [head, ["Licence", "A", 100.0, "monthly", dt.date(2027, 1, 20), None, 1, None, "by day"]]
        assert call(costs, START, dt.date(2027, 3, 1), "committed")[1][2] == 100.0  # 1 April; 1 March is past
        assert call(costs, START, dt.date(2027, 1, 19), "committed")[1][2] == pytest.approx(100 * 12 / 31 + 100)

    def test_price_growth_counts(self):
        head = [*HEADER, "Price growth"]
        costs = [head, ["Licence", "A", 100.0, "monthly", None, None, 2, None, 0.1]]
        assert call(costs, START, dt.date(2027, 12, 1), "committed")[1][2] == pytest.approx(220.0)

    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(
        st.lists(
            st.tuples(
                st.integers(-200, 900), st.sampled_from(["one-off", "monthly", "quarterly", "annual"]),
                st.none() | st.integers(0, 14), st.none() | st.integers(0, 900), st.none() | st.integers(0, 400),
            ),
            min_size=1, max_size=4,
        ),
        st.integers(0, 720),
    )  # fmt: skip
    def test_against_a_plain_loop(self, lines, day):
        first = dt.date(2027, 1, 1)
        when = first + dt.timedelta(days=day)
        rows, want = [HEADER], np.zeros(4)
        for shift, frequency, notice, last, length in lines:
            start = first + dt.timedelta(days=shift if frequency != "one-off" else abs(shift) % 700)
            end = None if length is None else max(start, first) + dt.timedelta(days=length)
            until = None if last is None else first + dt.timedelta(days=last)
            rows.append(["Licence", "A", 100.0, frequency, start, end, notice, until])
            bound = max(until or when, plus(when, notice or 0))
            for due in days_due(start, frequency, end):
                if due > when:
                    stated = until is not None or notice is not None
                    want += (100, 100 * (stated and due <= bound), 100 * (stated and due > bound), 100 * (not stated))
        assert call(rows, START, when, "committed")[1][1:] == pytest.approx(want.tolist())


def plus(day, months):
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (dt.date(year + month // 11, (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month + 1, min(day.day, last))


def days_due(start, frequency, end):
    step = {"one-off": 10_000, "monthly": 1, "quarterly": 3, "annual": 12}[frequency]
    days = (plus(start, step * n) for n in range(1 if step > 100 else 60))
    return [d for d in days if dt.date(2027, 1, 1) <= d <= (end or d) and d < dt.date(2029, 1, 1)]


class TestNotice:
    def test_soonest_first_with_what_depends_on_it(self):
        costs = [
            *line(until=dt.date(2027, 12, 31), notice=3, item="Late"),
            *line(until=dt.date(2027, 9, 30), notice=1, item="Early")[1:],
            *line(item="Free", notice=1)[1:],
        ]
        table = call(costs, START, None, "notice")
        assert [[*row[:2], row[3]] for row in table[1:]] == [
            [dt.date(2027, 8, 31), dt.date(2027, 9, 30), "Early"],
            [dt.date(2027, 9, 30), dt.date(2027, 12, 31), "Late"],
        ]
        assert [row[-2:] for row in table[1:]] == [[100.0, 1500.0], [300.0, 1200.0]]
        assert [row[3] for row in call(costs, START, dt.date(2027, 9, 1), "notice")[1:]] == ["Late"]

    def test_a_day_before_the_model_is_listed_where_all_are_asked_for(self):
        bound = line(until=dt.date(2027, 1, 31), notice=3)
        assert call(bound, START, None, "notice")[1][0] == dt.date(2026, 10, 31)
        assert len(call(bound, START, 2028, "notice")) == 1

    def test_model_years(self):
        table = call([HEADER, ["Licence", "A", 1.0, "annual", None, None, 3, 1]], [["Years", 2]], None, "notice")
        assert table[1][:2] == ["Month 9", "Month 12"]


@pytest.mark.parametrize(
    ("changed", "column", "expected"),
    [
        ({"notice": 1.5}, "Notice months", "whole number"),
        ({"notice": -1}, "Notice months", "from 0 to 120"),
        ({"until": dt.date(2027, 6, 1), "end": dt.date(2027, 5, 1)}, "Committed until", "nothing falls due after it"),
        ({"until": dt.date(2027, 1, 1), "start": dt.date(2027, 5, 1)}, "Committed until", "binds nothing"),
        ({"until": "soon"}, "Committed until", "a date"),
    ],
)
def test_terms_that_cannot_be_are_named(changed, column, expected):
    found = REGISTRY["CRM_CHECK"].call(line(**changed), START)
    assert any(row[4] == column and expected in row[6] for row in found[1:]), found


def test_frames():
    costs = line(notice=1, until=dt.date(2027, 12, 31))
    assert crm_xl.calendar(costs, START).columns.tolist() == ["component", "month", "amount"]
    assert crm_xl.calendar(costs, START, "quarter", by="vendor").columns.tolist() == ["vendor", "quarter", "amount"]
    found = crm_xl.calendar(costs, START, by="committed")
    assert found.columns.tolist()[:3] == ["month", "falls_due", "due_later"]
    assert crm_xl.calendar(costs, START, dt.date(2027, 2, 28), "committed").columns[0] == "day"
    assert crm_xl.calendar(costs, START, by="notice")["notice_by"].dtype.kind == "M"
