"""CRM_NPV, CRM_IRR, CRM_ROI, CRM_PAYBACK, CRM_VALUE, CRM_CASHFLOW."""

import datetime as dt
import itertools
from dataclasses import replace

import numpy as np
import numpy_financial as npf
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from crm_xl.engine.returns import CashFlow, irr, npv, payback, present_value
from crm_xl.errors import NoAnswerError

from .calling import call, cell, check, reason, rows_of
from .plain import (
    GAINS,
    MIXED,
    Line,
    Settings,
    apart,
    benefit_table,
    by_month,
    cost_table,
    date_of,
    flows,
    present,
)

CHECKED = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
FUNCTIONS = ("CRM_NPV", "CRM_IRR", "CRM_ROI", "CRM_PAYBACK", "CRM_VALUE", "CRM_CASHFLOW")


def near(value, *, rel=1e-9, abs=1e-9):
    return pytest.approx(value, rel=rel, abs=abs)


def tables(money, rate=0.1, timing="end", start_flow=True):
    """Cost and benefit tables for flows: the first at the start, the others one a model year, at the year's end."""
    years = max(len(money) - 1, 1)
    costs, benefits = (
        [["Component", "Amount", "Frequency", "Start", "End"]],
        [["Benefit", "Amount", "Frequency", "Start", "End"]],
    )
    for i, value in enumerate(money):
        table, name = (costs, "Licence") if value < 0 else (benefits, "Gain")
        # One-offs of month 1 fall at the start; an annual line of one year belongs to the sum of that year.
        table.append([name, abs(value), "one-off", None, None] if i == 0 else [name, abs(value), "annual", i, i])
    return costs, benefits, [["Years", years], ["Discount rate", rate], ["Timing", timing]]


def flow(money, rate=0.1, times=None):
    money = np.array(money, dtype=float)
    times = np.arange(len(money), dtype=float) if times is None else np.array(times, dtype=float)
    costs, benefits = np.where(money < 0, -money, 0.0), np.where(money > 0, money, 0.0)
    return CashFlow(costs=costs, benefits=benefits, times=times, rate=rate, monthly=np.repeat(money[1:] / 12, 12))


class TestPublishedFigures:
    def test_microsoft_npv_page_all_at_period_ends(self):
        """10 %: −10000, 3000, 4200, 6800, the first at the end of year 1 and so not in month 1."""
        costs = [["Component", "Amount", "Start"], ["Licence", 10_000, dt.date(2027, 2, 1)]]
        gains = [["Benefit", "Amount", "Start", "End"], ["a", 3000, 2, 2], ["b", 4200, 3, 3], ["c", 6800, 4, 4]]
        found = call("CRM_NPV", costs, gains, [["Start date", dt.date(2027, 1, 1)], ["Years", 4]])
        assert round(found, 4) == 1188.4434
        assert found == near(1188.443412, rel=1e-9)

    def test_microsoft_npv_page_first_cost_at_the_start(self):
        """8 %: 40000 at the start, then 8000, 9200, 10000, 12000, 14500."""
        found = call("CRM_NPV", *tables([-40_000, 8000, 9200, 10_000, 12_000, 14_500], 0.08))
        assert round(found, 4) == 1922.0616
        assert found == near(1922.061555, rel=1e-9)

    def test_numpy_financial_npv_docstring(self):
        found = call("CRM_NPV", *tables([-40_000, 5000, 8000, 12_000, 30_000], 0.08))
        assert round(found, 5) == 3065.22267

    @pytest.mark.parametrize(
        ("money", "percent", "full"),
        [
            ([-70_000, 12_000, 15_000, 18_000, 21_000], -2.1, -0.0212448483),
            ([-70_000, 12_000, 15_000, 18_000, 21_000, 26_000], 8.7, 0.0866309480),
            ([-70_000, 12_000, 15_000], -44.4, -0.4435069413),
        ],
    )
    def test_microsoft_irr_page(self, money, percent, full):
        found = call("CRM_IRR", *tables(money))
        assert round(100 * found, 1) == percent
        assert found == near(full, abs=1e-10)

    def test_microsoft_irr_page_in_chinese_yuan(self):
        """The Chinese page has the same flows times ten: the rate stays."""
        found = call("CRM_IRR", *tables([-700_000, 120_000, 150_000, 180_000, 210_000]))
        assert found == near(-0.0212448483, abs=1e-10)

    def test_numpy_financial_irr_docstring_nearest_to_zero(self):
        assert round(call("CRM_IRR", *tables([-5, 10.5, 1, -8, 1])), 4) == 0.0886
        assert round(call("CRM_IRR", *tables([-100, 100, 0, -7])), 4) == -0.0833
        assert round(call("CRM_IRR", *tables([-100, 39, 59, 55, 20])), 5) == 0.28095

    def test_acca_payback_of_even_flows(self):
        found = call("CRM_PAYBACK", *tables([-3_600_000, *[700_000] * 7]))
        assert round(found, 4) == 5.1429

    def test_acca_payback_of_uneven_flows(self):
        found = call("CRM_PAYBACK", *tables([-800, 100, 240, 200, 250, 120]))
        assert round(found, 4) == 4.0833
        assert found == near(4 + 10 / 120)

    def test_softwareglimpse_roi_fixture_b_with_the_costs_counted_whole(self):
        """Costs 120,000 and benefits 148,815 over three years: 24.0 %, not the 32.9 % that leaves out 8,000."""
        costs = [
            ["Component", "Item", "Amount", "Frequency"],
            ["Licence", "Licences", 24_000, "annual"],
            ["Maintenance", "Admin", 6000, "annual"],
            ["Maintenance", "Premium support", 2000, "annual"],
            ["Customisation", "Implementation", 15_000, "one-off"],
            ["Customisation", "Data migration", 4000, "one-off"],
            ["Customisation", "Integrations", 3000, "one-off"],
            ["Training", "Training", 2000, "one-off"],
        ]
        benefits = [
            ["Benefit", "Volume", "Effect", "Unit value", "Amount", "Probability"],
            ["Reps", 20 * 46, 1, 42, None, 0.75],
            ["Managers", 2 * 46, 1, 55, None, 0.75],
            ["Ops", 2 * 46, 2, 35, None, 0.75],
            ["Tool avoided", None, None, None, 12_000, None],
        ]
        assumptions = [["Years", 3], ["Discount rate", 0]]
        cash = rows_of(call("CRM_CASHFLOW", costs, benefits, assumptions))
        assert cash["Costs"][-1] == near(-120_000)
        assert cash["Benefits"][-1] == near(148_815)
        found = call("CRM_ROI", costs, benefits, assumptions)
        assert found == near(28_815 / 120_000)
        assert round(100 * found, 1) == 24.0
        assert call("CRM_VALUE", costs, benefits, assumptions) == near(148_815 / 120_000)

    def test_softwareglimpse_ramp_of_50_100_100(self):
        benefits = [["Benefit", "Amount", "Ramp-up"], ["Hours", 49_605, 2]]
        table = rows_of(call("CRM_CASHFLOW", [["Component", "Amount"], ["Licence", 1]], benefits, [["Years", 3]]))
        assert table["Benefits"] == near([0, 49_605 / 2, 49_605, 49_605, 49_605 * 2.5])


class TestTraps:
    MONEY = (-1000.0, 300.0, 420.0, 680.0)

    def test_what_falls_at_the_start_is_not_discounted(self):
        """=B2+NPV(rate,C2:E2) and not NPV(rate,B2:E2)."""
        right = -1000 + 300 / 1.1 + 420 / 1.1**2 + 680 / 1.1**3
        assert call("CRM_NPV", *tables(self.MONEY)) == near(right)
        assert call("CRM_NPV", *tables(self.MONEY)) == near(npf.npv(0.1, self.MONEY))
        assert call("CRM_NPV", *tables(self.MONEY)) != pytest.approx(right / 1.1, rel=1e-3)

    @pytest.mark.parametrize(("timing", "when"), [("start", 0), ("mid", 0.5), ("end", 1), ("期初", 0), ("期中", 0.5)])
    def test_timing(self, timing, when):
        right = -1000 + sum(m / 1.1 ** (i + when) for i, m in enumerate(self.MONEY[1:]))
        assert call("CRM_NPV", *tables(self.MONEY, timing=timing)) == near(right)

    def test_a_one_off_after_month_1_is_discounted_with_its_year(self):
        start = [["Start date", "2027-01-01"], ["Years", 2], ["Discount rate", 0.1]]
        head = ["Component", "Amount", "Start"]
        assert call("CRM_NPV", [head, ["Licence", 110, "2027-01-31"]], None, start) == near(-110)
        assert call("CRM_NPV", [head, ["Licence", 110, "2027-02-01"]], None, start) == near(-100)
        assert call("CRM_NPV", [head, ["Licence", 121, "2028-01-01"]], None, start) == near(-100)

    def test_a_recurring_line_from_month_1_belongs_to_year_1(self):
        for often in ("monthly", "quarterly", "annual"):
            costs = [["Component", "Amount", "Frequency", "End"], ["Licence", 110, often, 1]]
            times = {"monthly": 12, "quarterly": 4, "annual": 1}[often]
            assert call("CRM_NPV", costs, None, [["Years", 3]]) == near(-100 * times)

    @pytest.mark.parametrize("blank", [None, "", "  ", 0])
    def test_a_blank_is_0_and_never_skipped(self, blank):
        """100, blank, 100 at 10 %: 166.0406; Excel's own NPV skips the blank and gives 173.5537."""
        benefits = [["Benefit", "Amount", "Start", "End"], ["a", 100, 1, 1], ["b", blank, 2, 2], ["c", 100, 3, 3]]
        found = call("CRM_NPV", [["Component", "Amount"]], benefits, [["Years", 3]])
        assert round(found, 4) == 166.0406
        assert round(100 / 1.1 + 100 / 1.1**2, 4) == 173.5537

    def test_a_blank_of_the_pure_function_is_0_too(self):
        money = flow([0, 100, 0, 100])
        assert round(present_value(money, np.array([0, 100, np.nan, 100])), 4) == 166.0406

    def test_a_year_without_any_line_is_0(self):
        benefits = [["Benefit", "Amount", "Start", "End"], ["a", 100, 1, 1], ["c", 100, 3, 3]]
        assert round(call("CRM_NPV", [["Component", "Amount"]], benefits, [["Years", 3]]), 4) == 166.0406


class TestBenefits:
    def test_drivers_are_multiplied(self):
        """2,000 customers × 2 % more retention × 450 of margin."""
        benefits = [["Benefit", "Volume", "Effect", "Unit value"], ["Retention", 2000, 0.02, 450]]
        assert call("CRM_NPV", [["Component", "Amount"]], benefits, [["Years", 1]]) == near(18_000 / 1.1)

    def test_drivers_and_amount_that_agree_count_once(self):
        head = ["Benefit", "Volume", "Effect", "Unit value", "Amount"]
        given = [head, ["Retention", 2000, 0.02, 450, 18_000]]
        assert call("CRM_NPV", [["Component", "Amount"]], given, [["Years", 1]]) == near(18_000 / 1.1)

    def test_drivers_and_amount_that_differ_are_an_error(self):
        head = ["Benefit", "Volume", "Effect", "Unit value", "Amount"]
        given = [head, ["Retention", 2000, 0.02, 450, 20_000]]
        assert cell("CRM_NPV", [["Component", "Amount"]], given) == "#VALUE!"
        ((_, severity, table, row, column, found, expected),) = check(benefits=given)
        assert (severity, table, row, column, found) == ("error", "Benefits", 2, "Amount", "20000")
        assert "18000" in expected

    @pytest.mark.parametrize(("growth", "expected"), [(0.1, [100, 110, 121]), (-0.5, [100, 50, 25]), (None, [100] * 3)])
    def test_growth_compounds_from_year_2(self, growth, expected):
        given = [["Benefit", "Amount", "Growth"], ["a", 100, growth]]
        assert self.years(given) == near([0, *expected])

    def test_growth_counts_years_since_the_start_of_the_line(self):
        given = [["Benefit", "Amount", "Growth", "Start"], ["a", 100, 0.1, 2]]
        assert self.years(given) == near([0, 0, 100, 110])

    @pytest.mark.parametrize(
        ("ramp", "start", "expected"),
        [
            (None, 1, [1, 1, 1, 1]), (1, 1, [1, 1, 1, 1]), (2, 1, [0.5, 1, 1, 1]), (4, 1, [0.25, 0.5, 0.75, 1]),
            (3, 2, [0, 1 / 3, 2 / 3, 1]), (0, 2, [0, 1, 1, 1]), (2.5, 1, [0.4, 0.8, 1, 1]),
        ],
    )  # fmt: skip
    def test_ramp_up(self, ramp, start, expected):
        given = [["Benefit", "Amount", "Ramp-up", "Start"], ["a", 100, ramp, start]]
        assert self.years(given, 4) == near([0, *(100 * share for share in expected)])

    @pytest.mark.parametrize(("chance", "share"), [(0.8, 0.8), (0, 0), (1, 1), (None, 1)])
    def test_probability(self, chance, share):
        given = [["Benefit", "Amount", "Probability"], ["a", 100, chance]]
        assert self.years(given) == near([0, *[100 * share] * 3])

    @pytest.mark.parametrize("chance", [1.2, -0.1, "likely"])
    def test_a_probability_that_is_none(self, chance):
        given = [["Benefit", "Amount", "Probability"], ["a", 100, chance]]
        assert cell("CRM_NPV", [["Component", "Amount"]], given) == "#VALUE!"
        assert [line[3:5] for line in check(benefits=given)] == [[2, "Probability"]]

    def test_frequency_is_annual_where_left_out(self):
        assert self.years([["Benefit", "Amount"], ["a", 100]]) == near([0, 100, 100, 100])

    def test_a_one_off_of_month_1_falls_at_the_start(self):
        given = [["Benefit", "Amount", "Frequency", "Start"], ["a", 100, "one-off", None], ["b", 7, "one-off", 2]]
        assert self.years(given) == near([100, 0, 7, 0])

    def test_a_loss_may_stand_among_the_benefits(self):
        given = [["Benefit", "Volume", "Effect", "Unit value"], ["Churn of old users", 10, -0.5, 30]]
        assert self.years(given) == near([0, -150, -150, -150])

    def test_a_line_without_money_is_noted_and_counts_nowhere(self):
        given = [["Benefit", "Amount", "Volume"], ["a", 100, None], ["b", None, 5]]
        assert self.years(given) == near([0, 100, 100, 100])
        ((_, severity, _, row, *_),) = check(benefits=given)
        assert (severity, row) == ("note", 3)

    def test_another_note_in_the_line_does_not_hide_that_it_counts_nowhere(self):
        given = [["Benefit", "Amount", "Growth"], ["a", None, "0.5"]]
        assert [line[1:5] for line in check(benefits=given)] == [
            ["note", "Benefits", 2, "Growth"], ["note", "Benefits", 2, "Amount"],
        ]  # fmt: skip

    def test_chinese_headers_and_choices(self):
        given = [
            ["收益", "基数", "效果", "单位价值", "频率", "爬坡年数", "概率", "年增长率"],
            ["客户留存", 1000, 0.02, 50, "每月", 2, 0.5, 0.1],
        ]
        year = 1000 * 0.02 * 50 * 12 * 0.5
        assert self.years(given) == near([0, year * 0.5, year * 1.1, year * 1.21])

    def test_a_currency_without_a_rate_is_not_there(self):
        given = [["Benefit", "Amount", "Currency"], ["a", 100, "USD"]]
        assert cell("CRM_NPV", [["Component", "Amount"]], given) == "#N/A"
        assert [line[2:5] for line in check(benefits=given)] == [["Benefits", 2, "Currency"]]

    def test_a_date_without_a_start_date_is_a_problem(self):
        given = [["Benefit", "Amount", "Start"], ["a", 100, dt.date(2027, 5, 1)]]
        assert cell("CRM_NPV", [["Component", "Amount"]], given) == "#VALUE!"
        assert [line[2:5] for line in check(benefits=given)] == [["Benefits", 2, "Start"]]

    def test_a_row_of_totals_does_not_count(self):
        given = [["Benefit", "Amount"], ["a", 100], ["Total", 100]]
        assert self.years(given) == near([0, 100, 100, 100])

    @staticmethod
    def years(benefits, count=3):
        table = call("CRM_CASHFLOW", [["Component", "Amount"]], benefits, [["Years", count]])
        return rows_of(table)["Benefits"][:-1]


class TestAgainstPlainLoop:
    """Mixed departments, currencies and frequencies in a fiscal year from April, rates that change in year 3."""

    @pytest.mark.parametrize("timing", ["end", "mid", "start"])
    @pytest.mark.parametrize("rate", [0.0, 0.1, 0.25, -0.2])
    def test_npv(self, timing, rate):
        made = Settings(timing=timing, rate=rate)
        right = present(*flows(MIXED, GAINS, made), made)
        assert call("CRM_NPV", cost_table(MIXED), benefit_table(GAINS), made.table()) == near(right)

    def test_npv_at_year_ends_is_that_of_numpy_financial(self):
        start, sums = flows(MIXED, GAINS, Settings())
        found = call("CRM_NPV", cost_table(MIXED), benefit_table(GAINS), Settings().table())
        assert found == near(npf.npv(0.1, [start, *sums]))

    @pytest.mark.parametrize("timing", ["end", "mid", "start"])
    def test_roi_and_value(self, timing):
        made = Settings(timing=timing)
        cost, gain = present(*apart(MIXED, made), made), present(*apart(GAINS, made), made)
        given = cost_table(MIXED), benefit_table(GAINS), made.table()
        assert call("CRM_ROI", *given) == near((gain - cost) / cost)
        assert call("CRM_VALUE", *given) == near(gain / cost)

    @pytest.mark.parametrize("timing", ["end", "mid"])
    def test_irr(self, timing):
        made = Settings(timing=timing)
        gains = [replace(g, chance=1.0, ramp=0.0, amount=g.amount and 3 * g.amount) for g in GAINS]
        start, sums = flows(MIXED, gains, made)
        right = brentq(lambda r: present(start, sums, replace(made, rate=r)), -0.9, 9, xtol=1e-14)
        found = call("CRM_IRR", cost_table(MIXED), benefit_table(gains), made.table())
        assert found == near(right)

    @pytest.mark.parametrize("method", [None, "simple", "discounted", "静态", "动态"])
    def test_payback(self, method):
        made = Settings(rate=0.12)
        gains = [replace(g, amount=g.amount and 5 * g.amount) for g in GAINS]
        start, _ = flows(MIXED, gains, made)
        money = [start, *by_month(MIXED, gains, made)]  # the money is back in a month, not only in a year
        if method in ("discounted", "动态"):
            money = [start, *(m / 1.12 ** (i // 12 + 1) for i, m in enumerate(money[1:]))]
        behind = list(itertools.accumulate(money))
        last = max(i for i, value in enumerate(behind) if value < 0)
        right = (last + -behind[last] / money[last + 1]) / 12
        assert 0 < right < 4
        assert call("CRM_PAYBACK", cost_table(MIXED), benefit_table(gains), made.table(), method) == near(right)

    def test_cash_flow_table(self):
        made = Settings()
        table = call("CRM_CASHFLOW", cost_table(MIXED), benefit_table(GAINS), made.table())
        assert table[0] == ["", "Start", "2027/28", "2028/29", "2029/30", "2030/31", "Total"]
        out, come, net = apart(MIXED, made), apart(GAINS, made), flows(MIXED, GAINS, made)
        found = rows_of(table)
        assert list(found) == [
            "Costs", "Benefits", "Net", "Cumulative", "Discount factor", "Present value", "Cumulative present value",
        ]  # fmt: skip
        assert found["Costs"] == near([-out[0], *(-m for m in out[1]), -out[0] - sum(out[1])])
        assert found["Benefits"] == near([come[0], *come[1], come[0] + sum(come[1])])
        money = [net[0], *net[1]]
        assert found["Net"] == near([*money, sum(money)])
        assert found["Cumulative"][:-1] == near(list(itertools.accumulate(money)))
        assert found["Discount factor"][:-1] == near([1.1**-i for i in range(5)])
        assert found["Present value"][:-1] == near([m / 1.1**i for i, m in enumerate(money)])
        assert found["Cumulative"][-1] == ""
        assert found["Discount factor"][-1] == ""
        assert {len(row) for row in table} == {7}

    def test_the_functions_agree_with_the_table_behind_them(self):
        given = cost_table(MIXED), benefit_table(GAINS), Settings().table()
        found = rows_of(call("CRM_CASHFLOW", *given))
        assert found["Present value"][-1] == near(call("CRM_NPV", *given))
        assert found["Cumulative present value"][-2] == near(call("CRM_NPV", *given))
        assert found["Costs"][-1] == near(-call("CRM_TOTAL", given[0], given[2]))

    def test_in_chinese(self):
        table = call(
            "CRM_CASHFLOW", [["费用类别", "金额"], ["软件购买", 100]], [["收益", "金额"], ["效率", 60]], [["年数", 2]]
        )
        assert table[0] == ["", "期初", "第1年", "第2年", "合计"]
        assert [row[0] for row in table[1:]] == ["成本", "收益", "净额", "累计", "折现系数", "现值", "累计现值"]


money = st.integers(1, 10_000_000).map(lambda cents: cents / 100)
made_settings = st.builds(
    lambda years, month, rate, timing, usd: Settings(
        years=years, start=dt.date(2027, month, 1), rate=rate / 100, timing=timing,
        money=(("USD", tuple(usd[: years])),),
    ),
    st.integers(1, 6), st.integers(1, 12), st.integers(-20, 60), st.sampled_from(["start", "mid", "end"]),
    st.lists(st.integers(500, 900).map(lambda n: n / 100), min_size=6, max_size=6),
)  # fmt: skip


@st.composite
def lines(draw, benefit):
    first = draw(st.none() | st.integers(0, 40))
    line = Line(
        name="Gain" if benefit else draw(st.sampled_from(["Licence", "Training", "Other"])),
        amount=draw(money),
        currency=draw(st.sampled_from([None, "CNY", "USD"])),
        frequency=draw(st.sampled_from(["one-off", "monthly", "quarterly", "annual"])),
        first=first,
        last=draw(st.none() | st.integers(first or 0, 60)),
        growth=draw(st.integers(-10, 20)) / 100,
    )
    if benefit:
        line = replace(line, ramp=draw(st.sampled_from([0, 1, 2, 3.5])), chance=draw(st.integers(0, 10)) / 10)
    return line


class TestIdentities:
    @CHECKED
    @given(made_settings, st.lists(lines(False), max_size=5), st.lists(lines(True), max_size=5))
    def test_npv_is_that_of_the_plain_loop(self, made, costs, gains):
        start, sums = flows(costs, gains, made)
        found = call("CRM_NPV", cost_table(costs, made), benefit_table(gains, made), made.table())
        scale = sum(abs(m) for li in (*costs, *gains) for m in [li.amount]) * 1e4
        assert found == near(present(start, sums, made), abs=1e-9 * scale + 1e-9)

    @CHECKED
    @given(made_settings, st.lists(lines(False), max_size=4), st.lists(lines(True), min_size=1, max_size=4), money)
    def test_npv_at_the_internal_rate_of_return_is_0(self, made, costs, gains, paid):
        costs.append(Line(name="Licence", amount=paid))
        given_ = cost_table(costs, made), benefit_table(gains, made)
        rate = cell("CRM_IRR", *given_, made.table())
        assume(isinstance(rate, float) and -0.9 < rate < 9)
        # A percentage above 100 % typed as a number may be 100 times what was meant, and is asked.
        assume(rate <= 1)
        start, sums = flows(costs, gains, made)
        weight = abs(start) + sum(abs(m) / (1 + rate) ** (i + 1) for i, m in enumerate(sums))
        found = call("CRM_NPV", *given_, replace(made, rate=rate).table())
        assert found == pytest.approx(0, abs=1e-6 * weight)

    @CHECKED
    @given(made_settings, st.lists(lines(False), min_size=1, max_size=4), st.lists(lines(True), max_size=4))
    def test_return_value_and_npv_say_the_same(self, made, costs, gains):
        given_ = cost_table(costs, made), benefit_table(gains, made), made.table()
        roi, value, worth = (cell(name, *given_) for name in ("CRM_ROI", "CRM_VALUE", "CRM_NPV"))
        if roi == "#DIV/0!":
            assert value == "#DIV/0!"
            return
        paid = -call("CRM_NPV", given_[0], None, given_[2])
        assert value == near(roi + 1)
        assert worth == near(roi * paid, rel=1e-7, abs=1e-7 * paid)

    @CHECKED
    @given(st.lists(st.integers(-10_000, 10_000), min_size=2, max_size=9), st.booleans())
    def test_irr_is_a_root_or_there_is_none(self, money, mid):
        times = [0, *(i + 0.5 for i in range(len(money) - 1))] if mid else None
        made = flow(money, times=times)

        def worth(rate):
            return npv(replace(made, rate=rate))

        grid = np.concatenate([np.linspace(-0.9, 1, 381), np.linspace(1, 9, 161)[1:]])
        values = [worth(r) for r in grid]
        crossings = [(a, b) for a, b, x, y in zip(grid, grid[1:], values, values[1:], strict=False) if x * y < 0]
        roots = [brentq(worth, a, b, xtol=1e-13) for a, b in crossings]
        try:
            found = irr(made)
        except NoAnswerError:
            assert not roots
            return
        weight = float((np.abs(made.net) * (1 + found) ** -made.times).sum())
        assert worth(found) == pytest.approx(0, abs=1e-6 * weight)
        assert not roots or min(abs(found - root) for root in roots) < 1e-6 or not -0.9 < found < 9

    @CHECKED
    @given(st.lists(st.integers(-10_000, 10_000), min_size=2, max_size=9))
    def test_payback_is_where_the_line_of_cumulative_money_comes_out_of_the_red(self, money):
        made = flow(money)
        total = list(itertools.accumulate(money))
        if total[-1] < 0:
            with pytest.raises(Exception, match="not back"):
                payback(made)
            return
        found = payback(made)
        years = np.arange(len(money))
        if found > 0:
            assert np.interp(found, years, total) == pytest.approx(0, abs=1e-6)
        assert all(value >= 0 for year, value in enumerate(total) if year >= found)


class TestSpecialCases:
    GAIN = (["Benefit", "Amount"], ["a", 500.0])
    COST = (["Component", "Amount"], ["Licence", 1000.0])

    @pytest.mark.parametrize("sides", [("COST", None), (None, "GAIN"), (None, None)])
    def test_irr_of_one_sign_has_no_answer(self, sides):
        cost = self.COST if sides[0] else self.COST[:1]
        gain = self.GAIN if sides[1] else self.GAIN[:1]
        assert cell("CRM_IRR", list(cost), list(gain)) == "#NUM!"
        assert "one sign" in reason("CRM_IRR", list(cost), list(gain))
        assert "一种符号" in reason("CRM_IRR", list(cost), list(gain), language="zh")

    def test_irr_without_a_root_has_no_answer(self):
        assert cell("CRM_IRR", *tables([-10, 10, -10])) == "#NUM!"

    def test_payback_never_reached_is_not_there(self):
        assert cell("CRM_PAYBACK", *tables([-1000, 300, 300])) == "#N/A"
        assert cell("CRM_PAYBACK", list(self.COST), None) == "#N/A"
        assert "回" in reason("CRM_PAYBACK", *tables([-1000, 300, 300]), language="zh")

    def test_simple_payback_reached_and_discounted_never(self):
        given_ = tables([-1000, 500, 510])
        assert call("CRM_PAYBACK", *given_) == near(1 + 500 / 510)
        assert cell("CRM_PAYBACK", *given_, "discounted") == "#N/A"

    def test_payback_at_the_very_end(self):
        assert call("CRM_PAYBACK", *tables([-1000, 400, 600])) == near(2)
        assert call("CRM_PAYBACK", *tables([-0.3, 0.1, 0.2])) == near(2)

    def test_payback_with_a_fall_back_into_the_red(self):
        """Out of the red in year 1, back by a second cost, and out for good: the last time counts."""
        assert call("CRM_PAYBACK", *tables([-100, 150, -200, 100, 100])) == near(3.5)

    def test_nothing_to_pay_back(self):
        assert call("CRM_PAYBACK", list(self.COST[:1]), list(self.GAIN)) == 0

    @pytest.mark.parametrize("name", ["CRM_ROI", "CRM_VALUE"])
    def test_no_costs_is_a_division_by_0(self, name):
        assert cell(name, list(self.COST[:1]), list(self.GAIN)) == "#DIV/0!"
        assert "no costs" in reason(name, list(self.COST[:1]), list(self.GAIN))
        assert "没有成本" in reason(name, list(self.COST[:1]), list(self.GAIN), language="zh")

    def test_no_benefit(self):
        for nothing in (None, [], list(self.GAIN[:1]), [[None]]):
            assert call("CRM_NPV", list(self.COST), nothing) == near(-1000)
            assert call("CRM_ROI", list(self.COST), nothing) == near(-1)
            assert call("CRM_VALUE", list(self.COST), nothing) == 0

    def test_arguments_left_out(self):
        assert call("CRM_NPV", list(self.COST)) == near(-1000)
        assert call("CRM_VALUE", list(self.COST)) == 0
        assert cell("CRM_IRR", list(self.COST)) == "#NUM!"
        assert cell("CRM_PAYBACK", list(self.COST)) == "#N/A"
        assert rows_of(call("CRM_CASHFLOW", list(self.COST)))["Net"][0] == near(-1000)

    def test_empty_tables(self):
        empty = list(self.COST[:1]), list(self.GAIN[:1])
        assert call("CRM_NPV", *empty) == 0
        assert rows_of(call("CRM_CASHFLOW", *empty, [["Years", 2]]))["Net"] == [0, 0, 0, 0]

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_no_table_at_all(self, name):
        assert cell(name) == "#VALUE!"
        assert cell(name, None, list(self.GAIN)) == "#VALUE!"
        assert cell(name, [["nothing", "here"], [1, 2]], list(self.GAIN)) == "#VALUE!"

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_an_error_in_either_table_is_handed_on(self, name):
        assert cell(name, [["Component", "Amount"], ["Licence", "#REF!"]], list(self.GAIN)) == "#REF!"
        assert cell(name, list(self.COST), [["Benefit", "Amount"], ["a", "#DIV/0!"]]) == "#DIV/0!"
        assert cell(name, list(self.COST), list(self.GAIN), [["Discount rate", "#N/A"]]) == "#N/A"

    def test_zero_rate_adds_up(self):
        assert call("CRM_NPV", *tables([-1000, 300, 300, 300], 0)) == near(-100)

    def test_a_horizon_of_one_year(self):
        one = [["Years", 1]]
        assert call("CRM_NPV", list(self.COST), list(self.GAIN), one) == near(-1000 + 500 / 1.1)
        assert call("CRM_IRR", list(self.COST), [["Benefit", "Amount"], ["a", 1200]], one) == near(0.2)
        assert call("CRM_PAYBACK", list(self.COST), [["Benefit", "Amount"], ["a", 1250]], one) == near(0.8)

    def test_irr_at_mid_year(self):
        """100 at the start, 110 half a year later: 10 % in half a year, 21 % a year."""
        assert call("CRM_IRR", *tables([-100, 110], timing="mid")) == near(0.21)

    def test_irr_where_the_year_falls_at_the_start_too(self):
        """Cost and the money of year 1 fall together: nothing is left for a rate to divide."""
        assert cell("CRM_IRR", *tables([-100, 110], timing="start")) == "#NUM!"
        assert call("CRM_IRR", *tables([-100, 60, 50], timing="start")) == near(0.25)

    def test_thirty_years(self):
        made = tables([-1000, *[100] * 30])
        assert call("CRM_IRR", *made) == near(npf.rate(30, 100, -1000, 0))
        assert call("CRM_IRR", *tables([-1000, *[100] * 30], timing="mid")) > call("CRM_IRR", *made)

    def test_leap_day(self):
        """29 February 2028 is a month like any other: February of model year 1 from April 2027."""
        made = Settings()
        costs = [["Component", "Amount", "Start"], ["Licence", 110, dt.date(2028, 2, 29)]]
        assert call("CRM_NPV", costs, None, made.table()) == near(-100)
        gains = [
            ["Benefit", "Amount", "Frequency", "Start", "End"],
            ["a", 11, "monthly", dt.date(2028, 2, 29), dt.date(2028, 3, 29)],
        ]
        assert call("CRM_NPV", costs[:1], gains, made.table()) == near(22 / 1.1)

    def test_a_calendar_year_names_the_fiscal_year_that_begins_in_it(self):
        gains = [["Benefit", "Amount", "Start", "End"], ["a", 121, 2028, 2028]]
        table = call("CRM_CASHFLOW", [["Component", "Amount"]], gains, Settings().table())
        assert rows_of(table)["Benefits"] == near([0, 0, 121, 0, 0, 121])
        assert date_of(12, Settings()) == dt.date(2028, 4, 1)

    def test_unpriced_costs_are_noted(self):
        costs = [["Component", "Amount"], ["Licence", 1000], ["Training", None]]
        assert call("CRM_NPV", costs, None) == near(-1000)
        assert [line[1] for line in check(costs=costs, benefits=list(self.GAIN))] == ["note"]

    def test_an_unknown_method(self):
        assert cell("CRM_PAYBACK", list(self.COST), list(self.GAIN), None, "static") == "#VALUE!"
        assert cell("CRM_PAYBACK", list(self.COST), list(self.GAIN), None, "#REF!") == "#REF!"

    def test_amounts_of_all_sizes(self):
        for scale in (1e-6, 1.0, 1e10):
            given_ = tables([scale * m for m in (-70_000, 12_000, 15_000, 18_000, 21_000)])
            assert call("CRM_IRR", *given_) == near(-0.0212448483, abs=1e-9)
            assert call("CRM_NPV", *given_) == near(scale * npf.npv(0.1, [-70_000, 12_000, 15_000, 18_000, 21_000]))

    def test_irr_where_the_value_only_touches_0(self):
        """−100, 220, −121 are worth 0 at 10 % and less everywhere else."""
        assert call("CRM_IRR", *tables([-100, 220, -121])) == near(0.1, abs=1e-6)

    def test_of_several_rates_the_one_that_excel_finds_from_10_percent(self):
        """−100, 230, −132 are worth 0 at 10 % and at 20 %: Excel starts at 10 %; the other is told."""
        given_ = tables([-100, 230, -132])
        assert call("CRM_IRR", *given_) == near(0.1, abs=1e-9)
        ((_, severity, table, _, _, found, expected),) = check(
            costs=given_[0], benefits=given_[1], assumptions=given_[2]
        )
        assert (severity, table, found) == ("note", "Benefits", '"IRR 10.00%"')
        assert "20.00%" in expected

    def test_a_small_exit_cost_in_the_last_year(self):
        """numpy-financial issue 44: Excel says 100.43 %; the other root is below −90 %."""
        money = [-1678.87, 771.96, 1814.05, 3520.30, 3552.95, 3584.99, 4789.91, -1]
        assert round(call("CRM_IRR", *tables(money)), 4) == 1.0043

    def test_of_several_rates_at_mid_year(self):
        """49.0 % is what Newton's method reaches from 10 %; −47.5 % fits as well."""
        assert call("CRM_IRR", *tables([0, -1, 0, 1, 1, 1, 1, -1], timing="mid")) == near(0.4902161, abs=1e-7)
