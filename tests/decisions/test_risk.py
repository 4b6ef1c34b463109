"""CRM_RISK: against analytic means and variances, quantiles of scipy, and what was asked for."""

import math
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from crm_xl.engine.assumptions import Assumptions
from crm_xl.engine.cells import Range
from crm_xl.engine.model import build_model
from crm_xl.engine.reading import read_table
from crm_xl.engine.risk import Outcome, percentiles, simulate, spread_of

from .calling import call, cell, check, reason, rows_of
from .plain import MIXED, Line, Settings, by_year, cost_table, total, with_risk

CHECKED = settings(max_examples=25, deadline=None)
SHARES = [0.05, 0.1, 0.25, 0.5, 0.75, 0.8, 0.9, 0.95]
TRIALS = 100_000
# A line alone costs 100, so that the drawn total is 100 × the multiplier.
SPREADS = [(0.8, 1.0, 1.5), (0.9, 0.9, 1.4), (0.5, 1.2, 1.2), (0.7, 1.0, 1.3), (0, 1.1, 4)]


def pert(a, m, b):
    """Alpha and beta as the specification has them."""
    return stats.beta(1 + 4 * (m - a) / (b - a), 1 + 4 * (b - m) / (b - a), loc=a, scale=b - a)


def triangular(a, m, b):
    return stats.triang((m - a) / (b - a), loc=a, scale=b - a)


def sampling_error(law, share, trials=TRIALS):
    """The standard error of a percentile: √(p(1−p)/n) ÷ density there."""
    return math.sqrt(share * (1 - share) / trials) / law.pdf(law.ppf(share))


def stated(costs):
    """A cost table whose header says that its values are multipliers."""
    return [["Low (multiplier)" if name == "Low" else name for name in costs[0]], *costs[1:]]


def one_line(a, m, b, money=100.0):
    return [["Component", "Amount", "Low", "Likely", "High"], ["Licence", money, a, m, b]]


def risk(costs, shares=None, trials=None, seed=None, assumptions=None, distribution=None, correlation=None):
    return call("CRM_RISK", costs, shares, trials, seed, assumptions, distribution, correlation)


def drawn(costs, assumptions=None, **how):
    """The totals themselves, from the pure function."""
    table = read_table(Range(costs), "costs")
    model = build_model(table, assumptions or Assumptions())
    how = {"trials": 20_000, "seed": 1} | how
    return simulate(model, spread_of(model, table), **how).totals


class TestPublishedFigures:
    def test_contingency_at_p80_of_research_note_r1(self):
        """Base 100: the contingency at P80 is 16.26 with PERT, 23.54 with the triangular law, for 80, 100, 150."""
        right = {"PERT": (pert(80, 100, 150), 16.26), "triangular": (triangular(80, 100, 150), 23.54)}
        for name, (law, printed) in right.items():
            assert round(law.ppf(0.8) - 100, 2) == printed
            _, over = rows_of(risk(one_line(0.8, 1, 1.5), 0.8, distribution=name))["P80"]
            assert over == pytest.approx(printed, abs=4 * sampling_error(law, 0.8))

    def test_microsoft_percentile_page(self):
        """PERCENTILE.INC of 1, 2, 3, 4 at 0.3 is 1.9."""
        found = percentiles(Outcome(totals=np.array([4.0, 1.0, 3.0, 2.0]), point=0.0), np.array([0.3, 0.8, 0.0, 1.0]))
        assert found.tolist() == pytest.approx([1.9, 3.4, 1, 4])


class TestLaws:
    @pytest.mark.parametrize("spread", SPREADS)
    @pytest.mark.parametrize(("name", "law"), [(None, pert), ("triangular", triangular), ("三角", triangular)])
    def test_percentiles_are_those_of_scipy(self, spread, name, law):
        right = law(*(100 * v for v in spread))
        found = rows_of(risk(one_line(*spread), [[s] for s in SHARES], seed=7, distribution=name))
        for share in SHARES:
            amount, over = found[f"P{100 * share:g}"]
            assert amount == pytest.approx(right.ppf(share), abs=5 * sampling_error(right, share))
            assert over == pytest.approx(amount - 100)

    @pytest.mark.parametrize("spread", SPREADS)
    @pytest.mark.parametrize(("is_triangular", "law"), [(False, pert), (True, triangular)])
    def test_the_whole_distribution(self, spread, is_triangular, law):
        totals = drawn(one_line(*spread), trials=TRIALS, seed=3, triangular=is_triangular)
        right = law(*(100 * v for v in spread))
        assert stats.kstest(totals, right.cdf).pvalue > 1e-4
        a, m, b = spread
        mean = (a + 4 * m + b) / 6 if law is pert else (a + m + b) / 3
        variance = (mean - a) * (b - mean) / 7 if law is pert else (a * a + m * m + b * b - a * m - a * b - m * b) / 18
        assert totals.mean() == pytest.approx(100 * mean, abs=100 * 5 * math.sqrt(variance / TRIALS))
        assert totals.std() == pytest.approx(100 * math.sqrt(variance), rel=0.02)
        assert totals.min() >= 100 * a - 1e-9
        assert totals.max() <= 100 * b + 1e-9

    def test_percentile_rows_are_those_of_the_totals_drawn(self):
        totals = drawn(one_line(0.8, 1, 1.5), trials=5000, seed=9)
        found = rows_of(risk(one_line(0.8, 1, 1.5), [[0.3], [0.99]], 5000, 9))
        ordered = np.sort(totals)
        for share in (0.3, 0.99):
            at = (5000 - 1) * share
            low, part = int(at), at - int(at)
            right = ordered[low] + part * (ordered[min(low + 1, 4999)] - ordered[low])
            assert found[f"P{100 * share:g}"][0] == pytest.approx(right, rel=1e-12)
        assert found["Mean"][0] == pytest.approx(totals.mean(), rel=1e-12)


class TestSums:
    LINES = with_risk(
        MIXED, (0.8, 1, 1.5), (0.9, 1, 1.2), (1, 1.1, 2.5), (0.5, 1, 1.6), (0.95, 1, 1.3), (0.7, 0.9, 1.1)
    )

    def moments(self, law):
        """Mean and variance of the total over mixed currencies and frequencies, by the money of each line."""
        mean = variance = 0.0
        for line in self.LINES:
            money = sum(by_year(line, Settings()))
            if line.low is None:
                mean += money
                continue
            made = law(line.low, line.likely, line.high)
            mean += money * made.mean()
            variance += money**2 * made.var()
        return mean, variance

    @pytest.mark.parametrize(("name", "law"), [("PERT", pert), ("triangular", triangular)])
    def test_mean_and_spread_of_the_sum_are_the_analytic_ones(self, name, law):
        mean, variance = self.moments(law)
        found = rows_of(risk(cost_table(self.LINES), None, None, 5, Settings().table(), name))
        assert found["Point estimate"] == pytest.approx([total(MIXED, Settings()), 0])
        assert found["Mean"][0] == pytest.approx(mean, abs=5 * math.sqrt(variance / TRIALS))
        assert found["Mean"][1] == pytest.approx(found["Mean"][0] - total(MIXED, Settings()))

    def test_percentiles_of_lines_are_not_added(self):
        """P80 of the sum lies below the sum of P80s when lines are independent."""
        found = rows_of(risk(cost_table(self.LINES), 0.8, None, 5, Settings().table()))["P80"][0]
        added = sum(
            sum(by_year(li, Settings())) * (1 if li.low is None else pert(li.low, li.likely, li.high).ppf(0.8))
            for li in self.LINES
        )
        mean, variance = self.moments(pert)
        assert mean + 0.5 * math.sqrt(variance) < found < mean + 1.2 * math.sqrt(variance) < added

    def test_rows_and_headers(self):
        table = risk(cost_table(self.LINES), None, 1000, None, Settings().table())
        assert table[0] == ["Measure", "Amount (CNY)", "Over the point estimate"]
        assert [row[0] for row in table[1:]] == ["Point estimate", "Mean", "P10", "P50", "P80", "P90"]
        amounts = [row[1] for row in table[3:]]
        assert amounts == sorted(amounts)

    def test_chinese(self):
        costs = [["费用类别", "金额", "低值", "最可能值", "高值"], ["软件购买", 100, 0.8, 1, 1.5]]
        table = risk(costs, 0.8, 1000)
        assert table[0] == ["指标", "金额（CNY）", "高于点估计"]
        assert [row[0] for row in table[1:]] == ["点估计", "平均值", "P80"]
        assert risk(costs, 0.8, 1000, None, None, "三角分布")[3][1] > table[3][1]


class TestIdentities:
    def test_low_likely_and_high_of_1_give_the_total(self):
        lines = with_risk(MIXED, *[(1, 1, 1)] * 8)
        right = call("CRM_TOTAL", cost_table(MIXED), Settings().table())
        for correlation in (None, 0.5):
            for row in risk(cost_table(lines), None, 500, 3, Settings().table(), None, correlation)[1:]:
                assert row[1:] == pytest.approx([right, 0], rel=1e-9, abs=1e-6)

    def test_no_uncertain_line_gives_the_total(self):
        for row in risk(cost_table(MIXED), None, 500, 3, Settings().table())[1:]:
            assert row[1:] == pytest.approx([total(MIXED, Settings()), 0], rel=1e-9, abs=1e-6)

    @CHECKED
    @given(st.floats(0.01, 9), st.floats(0.01, 1000), st.booleans())
    def test_a_spread_of_one_point_moves_the_total_there(self, point, money, is_triangular):
        totals = drawn(stated(one_line(point, point, point, money)), trials=50, triangular=is_triangular)
        assert totals == pytest.approx(np.full(50, point * money))

    @CHECKED
    @given(st.lists(st.floats(0, 5), min_size=3, max_size=3).map(sorted), st.booleans(), st.integers(0, 2**40))
    def test_totals_stay_between_low_and_high(self, spread, is_triangular, seed):
        totals = drawn(stated(one_line(*spread)), trials=300, seed=seed, triangular=is_triangular)
        assert totals.min() >= 100 * spread[0] - 1e-9
        assert totals.max() <= 100 * spread[2] + 1e-9

    def test_money_scales(self):
        one, thousand = (drawn(one_line(0.8, 1, 1.5, m), trials=1000) for m in (1.0, 1000.0))
        assert thousand == pytest.approx(1000 * one)


class TestAmountsAndBlanks:
    def test_amounts_in_place_of_multipliers(self):
        as_amounts, as_multipliers = one_line(80, 100, 150), one_line(0.8, 1, 1.5)
        assert drawn(as_amounts) == pytest.approx(drawn(as_multipliers))

    def test_amounts_are_for_one_period_of_the_whole_line(self):
        head = ["Component", "Quantity", "Unit cost", "Frequency", "Low", "Likely", "High"]
        as_amounts = [head, ["Licence", 10, 50, "monthly", 400, 500, 900]]
        as_multipliers = [head, ["Licence", 10, 50, "monthly", 0.8, 1, 1.8]]
        assert drawn(as_amounts) == pytest.approx(drawn(as_multipliers))
        assert drawn(as_amounts).min() >= 400 * 60

    @pytest.mark.parametrize(
        ("given_", "means"),
        [
            ((None, None, 1.4), (1, 1, 1.4)), ((0.7, None, None), (0.7, 1, 1)), ((0.8, None, 1.4), (0.8, 1, 1.4)),
            ((None, 1.1, 1.4), (1.1, 1.1, 1.4)), ((0.8, 1.1, None), (0.8, 1.1, 1.1)), ((None, 1.2, None), (1.2,) * 3),
            ((None, None, 130), (1, 1, 1.3)),
        ],
    )  # fmt: skip
    def test_blanks(self, given_, means):
        assert drawn(one_line(*given_)) == pytest.approx(drawn(one_line(*means)))

    @pytest.mark.parametrize("spread", [(1.2, 1, 1.5), (0.8, 2, 1.5), (1.5, None, 0.8)])
    def test_values_out_of_order_are_a_problem(self, spread):
        costs = one_line(*spread)
        assert cell("CRM_RISK", costs) == "#VALUE!"
        found = check(costs=costs)
        assert {(line[1], line[2], line[3]) for line in found} == {("error", "Costs", 2)}
        assert "low ≤ likely ≤ high" in {line[-1] for line in found}

    def test_unpriced_lines_are_left_out(self):
        costs = [*one_line(0.8, 1, 1.5), ["Training", None, 0.5, 1, 2]]
        assert rows_of(risk(costs, None, 1000))["Point estimate"][0] == 100

    def test_a_line_of_0(self):
        for row in risk(one_line(0.8, 1, 1.5, money=0), None, 100)[1:]:
            assert row[1:] == [0, 0]
        assert cell("CRM_RISK", one_line(80, 100, 150, money=0)) == "#VALUE!"  # amounts beside nothing

    def test_an_empty_table(self):
        for row in risk([["Component", "Amount", "Low"]], None, 100)[1:]:
            assert row[1:] == [0, 0]

    def test_one_trial(self):
        table = risk(one_line(0.8, 1, 1.5), None, 1)
        assert len({row[1] for row in table[2:]}) == 1


class TestSeeds:
    COSTS = cost_table(TestSums.LINES)
    GIVEN = Settings().table()

    def test_the_same_seed_gives_the_same_numbers(self):
        assert drawn(self.made(), seed=42).tolist() == drawn(self.made(), seed=42).tolist()
        assert risk(self.COSTS, None, 1000, 42, self.GIVEN) == risk(self.COSTS, None, 1000, 42, self.GIVEN)

    def test_another_seed_gives_others(self):
        seen = {risk(self.COSTS, 0.5, 1000, seed, self.GIVEN)[3][1] for seed in (0, 1, 2, 2**32, 2**32 + 1, 2**49)}
        assert len(seen) == 6

    def test_the_seed_is_1_where_left_out(self):
        assert risk(self.COSTS, None, 1000, None, self.GIVEN) == risk(self.COSTS, None, 1000, 1, self.GIVEN)

    def test_the_trials_are_100_000_where_left_out(self):
        assert risk(one_line(0.8, 1, 1.5)) == risk(one_line(0.8, 1, 1.5), None, 100_000)

    def test_the_numbers_of_a_line_do_not_depend_on_the_other_lines(self):
        """Each line alone, uncertain at its own place, moves the total by what it moves it among the others."""
        first, second = (0.8, 1, 1.5), (0.9, 1, 2)
        both, only_first, only_second = (
            drawn(self.two(*spreads)) for spreads in ((first, second), (first, None), (None, second))
        )
        assert both - 300 == pytest.approx((only_first - 300) + (only_second - 300))
        assert np.corrcoef(only_first, only_second)[0, 1] == pytest.approx(0, abs=0.03)

    def test_lines_alike_are_drawn_apart(self):
        spread = (0.8, 1, 1.5)
        one, two = drawn(self.two(spread, None)) - 200, (drawn(self.two(None, spread)) - 100) / 2
        assert one != pytest.approx(two)

    @staticmethod
    def two(first, second):
        rows = [("Licence", 100, first), ("Training", 200, second)]
        return [["Component", "Amount", "Low", "Likely", "High"], *([n, m, *(s or [None] * 3)] for n, m, s in rows)]

    @staticmethod
    def made():
        return [
            ["Component", "Amount", "Low", "Likely", "High"],
            *(["Licence", 10.0 * i, 0.7, 1, 1.9] for i in range(9)),
        ]


class TestCorrelation:
    MANY = Range(
        [["Component", "Amount", "Low", "Likely", "High"], *(["Licence", 100.0 + i, 0.8, 1, 1.6] for i in range(12))]
    )

    def test_correlation_raises_the_spread_and_leaves_the_mean(self):
        spreads, means = [], []
        for correlation in (0, 0.3, 0.6, 0.9, 1):
            totals = drawn(self.MANY.rows, correlation=correlation)
            spreads.append(totals.std())
            means.append(totals.mean())
        assert spreads == sorted(spreads)
        assert spreads[-1] > 3 * spreads[0]
        assert means == pytest.approx([means[0]] * 5, rel=0.002)

    def test_with_a_correlation_of_1_the_spreads_of_lines_add_up(self):
        totals = drawn(self.MANY.rows, correlation=1)
        deviation = pert(0.8, 1, 1.6).std() * sum(100 + i for i in range(12))
        assert totals.std() == pytest.approx(deviation, rel=0.02)

    @pytest.mark.parametrize("asked", [0.2, 0.5, 0.8])
    @pytest.mark.parametrize("is_triangular", [False, True])
    def test_the_rank_correlation_is_what_was_asked_for(self, asked, is_triangular):
        """The lines are read off one by one: with the others at their likely value, from the same streams."""
        rows = [["Component", "Amount", "Low", "Likely", "High"]]
        shapes = [(0.8, 1, 1.5), (0.9, 1, 3), (0.1, 1, 1.05)]
        alone = []
        for at in range(3):
            body = [["Licence", 10.0, *(s if i == at else (1, 1, 1))] for i, s in enumerate(shapes)]
            alone.append(drawn(rows + body, correlation=asked, triangular=is_triangular, trials=50_000))
        for i in range(3):
            for j in range(i):
                found = stats.spearmanr(alone[i], alone[j]).statistic
                assert found == pytest.approx(asked, abs=0.015)

    def test_the_distribution_of_a_line_stays(self):
        free, tied = (drawn(one_line(0.8, 1, 1.5), correlation=c) for c in (0.0, 0.7))
        assert np.sort(tied) == pytest.approx(np.sort(free))

    def test_through_the_function(self):
        made = rows_of(risk(self.MANY, None, 5000)), rows_of(risk(self.MANY, None, 5000, None, None, None, 0.8))
        assert made[1]["P90"][0] > made[0]["P90"][0] > made[0]["P10"][0] > made[1]["P10"][0]
        assert risk(self.MANY, None, 5000) == risk(self.MANY, None, 5000, None, None, None, 0)


class TestMemory:
    @pytest.mark.parametrize("correlation", [0.0, 0.5])
    def test_memory_grows_with_trials_and_not_with_lines(self, correlation):
        """100,000 trials × 100 lines as one block would take 80 MB; a handful of columns of trials is 0.8 MB each."""
        rows = [
            ["Component", "Amount", "Low", "Likely", "High"],
            *(["Licence", 100.0, 0.8, 1, 1.6] for _ in range(100)),
        ]
        table = read_table(Range(rows), "costs")
        model = build_model(table, Assumptions())
        spread = spread_of(model, table)
        tracemalloc.start()
        try:
            simulate(model, spread, trials=100_000, seed=1, correlation=correlation)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 10 * 100_000 * 8


class TestArguments:
    @pytest.mark.parametrize(
        "given_",
        [
            {"trials": 0}, {"trials": 1.5}, {"trials": -5}, {"trials": "many"}, {"trials": 10**9}, {"seed": -1},
            {"seed": 0.5}, {"seed": "x"}, {"distribution": "normal"}, {"correlation": 1.2}, {"correlation": -0.1},
            {"shares": 1.2}, {"shares": -0.1}, {"shares": "P80"}, {"shares": [[0.5], ["x"]]}, {"shares": True},
        ],
    )  # fmt: skip
    def test_what_cannot_be_read(self, given_):
        order = ("shares", "trials", "seed", "assumptions", "distribution", "correlation")
        assert cell("CRM_RISK", one_line(0.8, 1, 1.5), *(given_.get(k) for k in order)) == "#VALUE!"

    @pytest.mark.parametrize(
        "shares", [["#REF!", 0.5], [[0.5], ["#REF!"]], [["#REF!"], [0.5]], "#REF!", [["P"], ["#REF!"]]]
    )
    def test_an_error_among_the_percentiles_is_handed_on(self, shares):
        assert cell("CRM_RISK", one_line(0.8, 1, 1.5), shares, 100) == "#REF!"

    @pytest.mark.parametrize(
        "shares", [[[0.1, 0.9]], [["Percentile"], [0.1], [None], [0.9]], [[0.1], [0.9]], [0.1, 0.9]]
    )
    def test_percentiles_as_row_column_or_with_a_header(self, shares):
        assert [row[0] for row in risk(one_line(0.8, 1, 1.5), shares, 100)[3:]] == ["P10", "P90"]

    def test_a_percentile_of_a_percentile(self):
        assert risk(one_line(0.8, 1, 1.5), 0.975, 100)[3][0] == "P97.5"

    def test_errors_in_the_tables_are_handed_on(self):
        assert cell("CRM_RISK", one_line(0.8, "#N/A", 1.5)) == "#N/A"
        assert cell("CRM_RISK", one_line(0.8, 1, 1.5), None, "#DIV/0!") == "#DIV/0!"

    def test_the_reason(self):
        assert "0 … 1" in reason("CRM_RISK", one_line(0.8, 1, 1.5), 80)

    def test_one_year_and_a_fiscal_year(self):
        lines = (Line(name="Licence", amount=10, frequency="monthly", low=1, likely=1, high=1, first=3),)
        made = replace(Settings(), years=1)
        assert risk(cost_table(lines), 0.5, 10, 1, made.table())[3][1] == pytest.approx(90)
