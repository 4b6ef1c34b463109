"""CRM_FORECAST: actuals to date and the plan for the rest; what is missing is planned and named."""

import datetime as dt
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crm_xl
from crm_xl.errors import CrmError
from crm_xl.functions import REGISTRY

START = [["Start date", dt.date(2027, 1, 1)], ["Years", 1]]
COSTS = [
    ["Component", "Department", "Amount", "Frequency"],
    ["Licence", "Sales", 100.0, "monthly"],
    ["Licence", "HR", 50.0, "monthly"],
    ["Training", "Sales", 600.0, "one-off"],
]
HEADER = ["Component", "Department", "Month", "Actual"]
SPENT = [
    HEADER,
    ["Licence", "Sales", dt.date(2027, 1, 31), 120.0],
    ["Licence", "HR", dt.date(2027, 1, 31), 50.0],
    ["Training", "Sales", dt.date(2027, 1, 15), 500.0],
    ["Licence", "Sales", dt.date(2027, 3, 31), 130.0],
]


def call(*arguments):
    return REGISTRY["CRM_FORECAST"].call(*arguments)


class TestEstimate:
    def test_by_component(self):
        """Licence: 170 + 130 spent; February is planned for want of actuals, April to December 9 × 150."""
        table = call(COSTS, SPENT, START)
        assert table[1] == ["Licence", 300.0, 1500.0, 1800.0, 1800.0, 0.0, 0.0, "On budget"]
        total = next(row for row in table if row[0] == "Total")
        assert total[1:6] == [800.0, 1500.0, 2300.0, 2400.0, -100.0]
        assert table[-1][0] == "Planned for want of actuals (1): Licence Feb-27"

    def test_every_cut_has_one_total(self):
        totals = {
            tuple(next(row for row in call(COSTS, SPENT, START, None, by) if row[0] == "Total")[1:6])
            for by in ("component", "department", "vendor", "item", "month", "quarter", "year")
        }
        assert totals == {(800.0, 1500.0, 2300.0, 2400.0, -100.0)}

    def test_by_month(self):
        table = call(COSTS, SPENT, START, None, "month")
        assert table[1][:6] == ["Jan-27", 670.0, 0.0, 670.0, 750.0, -80.0]
        assert table[2][:4] == ["Feb-27", 0.0, 150.0, 150.0]
        assert table[3][:4] == ["Mar-27", 130.0, 0.0, 130.0]
        assert table[4][:4] == ["Apr-27", 0.0, 150.0, 150.0]

    def test_what_comes_after_the_day_is_not_counted_and_told(self):
        table = call(COSTS, SPENT, START, dt.date(2027, 2, 28))
        assert table[1][1:4] == [170.0, 1650.0, 1820.0]
        assert table[-1][:2] == ["After the day of the estimate (1): not counted", 130.0]

    def test_a_blank_actual_is_not_reported(self):
        spent = [
            HEADER,
            ["Licence", "Sales", dt.date(2027, 1, 31), None],
            ["Training", None, dt.date(2027, 1, 31), 0.0],
        ]
        table = call(COSTS, spent, START)
        assert table[1][1:4] == [0.0, 1800.0, 1800.0]
        training = next(row for row in table if row[0] == "Training")
        assert training[1:4] == [0.0, 0.0, 0.0]

    def test_a_component_without_a_plan_counts(self):
        table = call(COSTS, [*SPENT, ["Hosting", None, dt.date(2027, 1, 5), 70.0]], START)
        row = next(row for row in table if row[0] == "Other: Hosting")
        assert row[1:] == [70.0, 0.0, 70.0, 0.0, 70.0, "", "Overspend"]

    def test_chinese_actuals_of_an_english_plan(self):
        spent = [["费用类别", "月份", "实际"], ["软件购买", "2027年1月", 170.0]]
        assert call(COSTS, spent, START)[1][:2] == ["Licence", 170.0]

    def test_rows_outside_the_model_and_without_a_month(self):
        spent = [*SPENT, ["Licence", "HR", dt.date(2026, 12, 31), 9.0], ["Licence", "HR", None, 8.0]]
        table = call(COSTS, spent, START)
        assert [row[:2] for row in table[-2:]] == [
            ["Outside the model (1): not counted", 9.0], ["Without a month (1): not counted", 8.0],
        ]  # fmt: skip
        found = REGISTRY["CRM_CHECK"].call(COSTS, START, *[None] * 10, spent)
        assert sorted(row[3] for row in found[1:] if "in no estimate" in row[6]) == [6, 7]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.sampled_from(["Licence", "Training"]), st.sampled_from(["Sales", "HR"]), st.integers(1, 12),
                  st.none() | st.integers(-50, 500)),
        min_size=1, max_size=12,
    ),
    st.integers(1, 12),
    st.sampled_from(["component", "department"]),
)  # fmt: skip
def test_against_a_plain_loop(rows, until, by):
    plan = {("Licence", "Sales", m): 100.0 for m in range(1, 13)} | {("Licence", "HR", m): 50.0 for m in range(1, 13)}
    plan["Training", "Sales", 1] = 600.0
    spent = [HEADER, *([c, d, dt.date(2027, m, 3), a] for c, d, m, a in rows)]
    last = dt.date(2027, until, 28)
    while (last + dt.timedelta(days=1)).day != 1:
        last += dt.timedelta(days=1)
    table = call(COSTS, spent, START, last, by)
    reported = {(c, m) for c, _, m, a in rows if a is not None and m <= until}
    place = 0 if by == "component" else 1
    for row in table[1:]:
        key = row[0]
        if key not in ("Licence", "Training", "Sales", "HR"):
            continue
        actual = math.fsum(r[3] or 0 for r in rows if r[place] == key and r[2] <= until)
        rest = math.fsum(v for k, v in plan.items() if k[place] == key and (k[0], k[2]) not in reported)
        assert row[1:4] == pytest.approx([actual, rest, actual + rest])


class TestBadInput:
    @pytest.mark.parametrize("day", [dt.date(2027, 3, 30), dt.date(2029, 1, 31), "March", 3])
    def test_a_day_that_is_no_months_end_is_named(self, day):
        with pytest.raises(CrmError, match="last day of a month"):
            call(COSTS, SPENT, START, day)

    def test_actuals_without_months(self):
        with pytest.raises(CrmError, match="column Month"):
            call(COSTS, [["Component", "Actual"], ["Licence", 1.0]], START)

    def test_another_currency_is_named_with_its_row(self):
        spent = [[*HEADER, "Currency"], ["Licence", "Sales", dt.date(2027, 1, 31), 5.0, "USD"]]
        with pytest.raises(CrmError, match="amounts in CNY"):
            call(COSTS, spent, START)
        mixed = [*spent, ["Licence", "Sales", dt.date(2027, 1, 31), 5.0, "CNY"]]
        found = REGISTRY["CRM_CHECK"].call(None, None, *[None] * 10, mixed)
        assert [(row[3], row[4]) for row in found[1:] if row[1] == "error"] == [(3, "Currency")]

    def test_a_posting_twice_is_told(self):
        row = ["Licence", "Sales", dt.date(2027, 1, 31), 5.0, "R-1"]
        found = REGISTRY["CRM_CHECK"].call(COSTS, START, *[None] * 10, [[*HEADER, "Document no."], row, row])
        assert [(r[1], r[3]) for r in found[1:] if "same document" in r[6]] == [("note", 3)]


def test_a_frame_warns_of_what_stands_below_the_totals():
    with pytest.warns(crm_xl.CrmWarning, match="Planned for want of actuals"):
        found = crm_xl.forecast(COSTS, SPENT, START)
    assert found["component"].tolist()[0] == "Licence"
    assert "Total" not in found["component"].tolist()
