"""The oracle itself, against figures that others published and against sums that an accountant does by hand."""

import dataclasses
import datetime as dt
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from . import oracle
from .contracts import line_made, models_made, settings_made
from .records import Benefit, Line, Settings

CHECKED = settings(max_examples=100, deadline=None, derandomize=True)
NEW_YEAR = Settings(start=dt.date(2027, 1, 1), years=3)


def years(line, model=NEW_YEAR):
    return oracle.cash_by_year(line, model)


def days(line, model=NEW_YEAR):
    return [one.period.day for one in oracle.due(line, model)]


def near(expected):
    return pytest.approx(expected, rel=1e-12, abs=1e-9)


class TestDueDays:
    """The cases of shared/cases/tables 33: a contract year is 12 months, 4 quarters, 1 year."""

    @pytest.mark.parametrize(
        ("frequency", "count"), [("monthly", 12), ("quarterly", 4), ("half_yearly", 2), ("annual", 1)]
    )
    @pytest.mark.parametrize(
        ("start", "end", "more"),
        [
            pytest.param(dt.date(2027, 9, 15), dt.date(2028, 9, 14), 0, id="15 September to 14 September"),
            pytest.param(dt.date(2027, 9, 15), dt.date(2028, 9, 15), 1, id="to 15 September"),
            pytest.param(dt.date(2027, 9, 15), dt.date(2028, 9, 13), 0, id="to 13 September"),
            pytest.param(dt.date(2027, 1, 1), dt.date(2027, 12, 31), 0, id="a calendar year"),
            pytest.param(2027, 2027, 0, id="a year of the calendar"),
            pytest.param(1, 1, 0, id="a year of the model"),
            pytest.param(dt.date(2027, 3, 1), dt.date(2028, 3, 1), 1, id="1 March to 1 March"),
        ],
    )
    def test_a_contract_year(self, frequency, count, start, end, more):
        line = Line("licence", amount=100, frequency=frequency, start=start, end=end)
        assert oracle.total([line], NEW_YEAR) == 100 * (count + more)

    def test_the_31st_is_the_last_day_where_there_is_none(self):
        line = Line("licence", amount=1, frequency="monthly", start=dt.date(2027, 1, 31), end=dt.date(2027, 5, 30))
        assert days(line) == [dt.date(2027, m, d) for m, d in ((1, 31), (2, 28), (3, 31), (4, 30))]

    def test_29_february(self):
        model = Settings(start=dt.date(2028, 1, 1), years=5)
        line = Line("licence", amount=100, frequency="annual", start=dt.date(2028, 2, 29), price_growth=0.1)
        assert days(line, model) == [
            dt.date(2028, 2, 29),
            *(dt.date(y, 2, 28) for y in (2029, 2030, 2031)),
            dt.date(2032, 2, 29),
        ]
        assert years(line, model) == near([100, 110, 121, 133.1, 146.41])

    def test_every_two_years(self):
        line = Line("licence", amount=100, frequency=2, start=dt.date(2027, 6, 1), price_growth=0.1)
        assert years(line, Settings(start=dt.date(2027, 1, 1), years=5)) == near([100, 0, 121, 0, 146.41])

    def test_what_began_before_the_model_has_its_own_anniversaries(self):
        line = Line("licence", amount=100, frequency="quarterly", start=dt.date(2025, 11, 15), price_growth=0.1)
        assert days(line)[0] == dt.date(2027, 2, 15)
        assert years(line)[0] == near(3 * 110 + 121)

    def test_what_begins_after_the_model_or_fell_before_it_is_not_counted(self):
        for start in (dt.date(2030, 1, 1), dt.date(2026, 12, 31)):
            assert oracle.due(Line("licence", amount=1, start=start), NEW_YEAR) == []
        ended = Line("licence", amount=1, frequency="monthly", start=dt.date(2026, 1, 1), end=dt.date(2026, 12, 31))
        assert oracle.due(ended, NEW_YEAR) == []

    def test_a_fiscal_year(self):
        model = Settings(start=dt.date(2027, 4, 1), years=2)
        line = Line("licence", amount=10, frequency="quarterly", start=dt.date(2028, 1, 20))
        assert oracle.by_period(oracle.cash_of(line, model), 3, 8) == [0, 0, 0, 10, 10, 10, 10, 10]
        assert years(line, model) == [10, 40]

    def test_model_years_without_a_date(self):
        line = Line("licence", amount=10, frequency="monthly", start=2, end=2)
        assert years(line, Settings(years=3)) == [0, 120, 0]

    def test_keys_of_the_month(self):
        line = Line("training", "Sessions", "Sales", "Own staff", amount=-5, start=dt.date(2027, 2, 3))
        assert oracle.cash([line, line], NEW_YEAR) == {2: {("training", "Sales", "Own staff", "Sessions"): -10}}


class TestPrice:
    def test_86saas_ten_percent_for_five_years_610510(self):
        """86saas.com, SaaS price increases compound: 100,000 a year at 10 % are 610,510 in five years."""
        line = Line("licence", amount=100_000, frequency="annual", price_growth=0.1)
        assert years(line, Settings()) == near([100_000, 110_000, 121_000, 133_100, 146_410])
        assert oracle.total([line], Settings()) == near(610_510)

    def test_green_book_table_1(self):
        line = Line("licence", amount=1000, frequency="annual", price_growth=1 / 1.02 - 1)
        assert [round(v) for v in years(line, Settings(years=6))] == [1000, 980, 961, 942, 924, 906]

    def test_uplift_1403000_and_1276282(self):
        """atonementlicensing.com (shared/figures.md; a million at 7 % and at 5 % is our reading of its inputs)."""
        model = Settings(years=5, first_rise="year_1")
        line = Line("licence", amount=1_000_000, frequency="annual", price_growth=0.07)
        assert round(years(line, model)[4], -3) == 1_403_000
        assert round(years(dataclasses.replace(line, growth_cap=0.05), model)[4]) == 1_276_282

    def test_renewal_from_year_4(self):
        line = Line("licence", amount=110_000, frequency="annual", start=4, price_growth=0.07)
        assert years(line, Settings()) == near([0, 0, 0, 110_000, 117_700])

    def test_growth_from_model_is_for_prices_of_year_1(self):
        """What the renewal cost before: 110,000 at the prices of year 1 are 134,754.73 in year 4."""
        line = Line("licence", amount=110_000, frequency="annual", start=4, price_growth=0.07)
        assert round(years(line, Settings(growth_from="model"))[3], 2) == 134_754.73

    def test_a_rise_in_mid_year(self):
        """shared/cases/tables 39."""
        line = Line("licence", amount=100, frequency="monthly", start=dt.date(2027, 7, 1), price_growth=0.1)
        assert years(line) == near([600, 6 * 100 + 6 * 110, 6 * 110 + 6 * 121])

    def test_price_lock(self):
        line = Line("licence", amount=110_000, frequency="annual", price_growth=0.07, price_lock=3)
        for first_rise in ("year_1", "year_2"):
            model = Settings(first_rise=first_rise)
            assert years(line, model) == near([110_000, 110_000, 110_000, 117_700, 125_939])

    def test_growth_cap_is_of_a_year(self):
        line = Line("licence", amount=100, frequency="annual", price_growth=0.07, growth_cap=0.03)
        assert years(line) == near([100, 103, 106.09])
        assert years(dataclasses.replace(line, price_growth=-0.07)) == near([100, 93, 86.49])
        assert years(dataclasses.replace(line, price_growth=None)) == [100, 100, 100]

    def test_discount_until(self):
        line = Line("licence", quantity=10, unit_cost=600, frequency="monthly", discount=0.1)
        assert oracle.total([line], Settings(years=1)) == near(64_800)
        until = dataclasses.replace(line, start=dt.date(2027, 1, 15), discount_until=dt.date(2027, 3, 15))
        assert years(until)[0] == near(3 * 5_400 + 9 * 6_000)
        assert years(dataclasses.replace(line, discount_until=2)) == near([64_800, 64_800, 72_000])

    def test_whole_seats(self):
        line = Line("licence", quantity=25, unit_cost=1, frequency="annual", quantity_growth=0.1)
        assert years(line, Settings(years=3, whole_seats=True)) == [25, 28, 31]
        hundred = dataclasses.replace(line, quantity=100)
        assert years(hundred, Settings(years=3, whole_seats=True)) == [100, 110, 121]

    def test_by_day_ordway_63(self):
        """ordwaylabs.com: 21 of the 30 days of a month at 90 a month."""
        line = Line("licence", amount=90, frequency="monthly", proration="by_day")
        for start, end in (((4, 10), (4, 30)), ((4, 1), (4, 21)), ((4, 6), (4, 26))):
            term = dataclasses.replace(line, start=dt.date(2027, *start), end=dt.date(2027, *end))
            assert oracle.cash_of(term, NEW_YEAR) == {4: near(63)}

    def test_by_day_first_and_last(self):
        line = Line("licence", amount=365, frequency="annual", proration="by_day", start=dt.date(2027, 12, 1))
        assert years(line) == near([31, 365, 365])
        assert years(dataclasses.replace(line, end=dt.date(2029, 1, 31))) == near([31, 365, 31])


class TestPlans:
    """A ramped contract of 50, 100 and 150 seats at 1,200 a year: 360,000 (alguna.com, ramp contracts)."""

    RAMP = (60_000, 120_000, 180_000)

    @pytest.mark.parametrize(
        ("frequency", "price"), [("monthly", 100), ("quarterly", 300), ("annual", 1200), (None, 1200)]
    )
    def test_seats_by_year(self, frequency, price):
        seats = ((1, 50), (2, 100), (3, 150))
        line = Line("licence", unit_cost=price, frequency=frequency, quantities=seats)
        assert years(line) == near(self.RAMP)
        assert oracle.total([line], NEW_YEAR) == 360_000

    @pytest.mark.parametrize("frequency", [None, "monthly", "quarterly", "half_yearly", "annual"])
    def test_amounts_by_year(self, frequency):
        line = Line("licence", frequency=frequency, amounts=tuple(zip((2027, 2028, 2029), self.RAMP, strict=True)))
        assert years(line) == near(self.RAMP)
        count = {None: 1, "monthly": 12, "quarterly": 4, "half_yearly": 2, "annual": 1}[frequency]
        assert len(days(line)) == 3 * count

    def test_a_year_paid_ahead_is_charged_over_its_months(self):
        line = Line("licence", amounts=((1, 1200),))
        charged = oracle.charges_of(line, dataclasses.replace(NEW_YEAR, policy="ifrs_saas"))
        assert charged == {month: near(100) for month in range(1, 13)}

    def test_a_line_for_each_step(self):
        lines = [
            Line("licence", quantity=50 * n, unit_cost=100, frequency="monthly", start=n, end=n) for n in (1, 2, 3)
        ]
        assert [years(line)[n] for n, line in enumerate(lines)] == list(self.RAMP)

    def test_months(self):
        plan = tuple((dt.date(2027, m, 1), 10 * m) for m in (2, 5))
        assert oracle.cash_of(Line("licence", amounts=plan), NEW_YEAR) == {2: 20, 5: 50}
        seats = Line("licence", unit_cost=3, frequency="monthly", start=dt.date(2027, 1, 31), quantities=plan)
        assert {m: v for m, v in oracle.cash_of(seats, NEW_YEAR).items() if v} == {2: 60, 5: 150}

    def test_the_unit_cost_of_a_plan_rises(self):
        line = Line("licence", unit_cost=100, frequency="annual", price_growth=0.1, quantities=((1, 1), (2, 2)))
        assert years(line) == near([100, 220, 0])


class TestMoney:
    @pytest.mark.parametrize(("rate", "gross"), [(0.13, 113_000), (0.06, 106_000)])
    def test_value_added_tax(self, rate, gross):
        """finance_conventions § 9, V1."""
        included = Line("licence", amount=gross, tax_rate=rate, tax_included=True)
        added = Line("licence", amount=100_000, tax_rate=rate)
        for basis, expected in (("net", 100_000), ("gross", gross)):
            model = Settings(tax_basis=basis)
            assert [oracle.total([line], model) for line in (included, added)] == near([expected, expected])

    def test_rates_by_year_either_way_round(self):
        line = Line("licence", amount=100, currency="USD", frequency="annual")
        model = Settings(years=3, rates=((("USD", "CNY"), ((1, 7.1), (3, 6.9))),))
        assert years(line, model) == near([710, 710, 690])
        turned = Settings(years=3, currency="USD", rates=((("USD", "CNY"), ((1, 8), (2, 5))),))
        assert years(dataclasses.replace(line, currency="CNY"), turned) == near([12.5, 20, 20])


class TestProfitAndLoss:
    BUILD = Line(
        "customisation", amount=60_000, frequency="monthly", start=dt.date(2027, 1, 1), end=dt.date(2027, 6, 30), life=3
    )
    MODEL = Settings(start=dt.date(2027, 1, 1), years=5, policy="us_gaap")

    def test_go_live(self):
        """PwC, Software costs 4.3 (shared/figures.md): nothing before go-live, then 120,000 a year."""
        line = dataclasses.replace(self.BUILD, in_use_from=dt.date(2028, 1, 1))
        assert oracle.charges_by_year(line, self.MODEL) == near([0, 120_000, 120_000, 120_000, 0])
        assert oracle.amortisation([line], self.MODEL) == [
            near(row)
            for row in (
                (0, 360_000, 0, 360_000),
                (360_000, 0, 120_000, 240_000),
                (240_000, 0, 120_000, 120_000),
                (120_000, 0, 120_000, 0),
            )
        ]

    def test_without_go_live_each_payment_is_used_from_its_own_month(self):
        assert oracle.charges_by_year(self.BUILD, self.MODEL) == near([95_000, 120_000, 120_000, 25_000, 0])

    def test_asu_2018_15_spreads_over_the_hosting_term(self):
        line = Line("customisation", "Coding", amount=1200)
        assert oracle.charges_by_year(line, Settings(years=2, policy="us_gaap", hosting_term=4)) == near([300] * 4)
        assert oracle.charges_by_year(line, Settings(years=2, policy="us_gaap")) == near([600] * 2)

    @pytest.mark.parametrize("policy", ["expense_all", "ifrs_saas", "us_gaap"])
    @pytest.mark.parametrize("treatment", [None, "capitalise"])
    def test_training_data_conversion_and_maintenance_are_always_expensed(self, policy, treatment):
        for component, item in (("training", None), ("maintenance", None), ("customisation", "Data migration")):
            line = Line(component, item, amount=1200, treatment=treatment, life=3)
            assert oracle.charges_by_year(line, Settings(years=2, policy=policy)) == [1200, 0]

    @pytest.mark.parametrize(("policy", "capitalised"), [("expense_all", 0), ("ifrs_saas", 0), ("us_gaap", 1)])
    def test_customisation_by_policy(self, policy, capitalised):
        line = Line("customisation", amount=1200)
        assert len(oracle.amortisation([line], Settings(policy=policy))) == 5 * capitalised

    def test_a_fee_paid_ahead_is_charged_over_its_months(self):
        line = Line("licence", amount=1200, frequency="annual", start=dt.date(2027, 7, 1), end=dt.date(2028, 6, 30))
        for policy, expected in (("expense_all", [1200, 0, 0]), ("ifrs_saas", [600, 600, 0])):
            assert oracle.charges_by_year(line, dataclasses.replace(NEW_YEAR, policy=policy)) == near(expected)
        quarters = dataclasses.replace(line, frequency="quarterly", start=dt.date(2027, 3, 15), end=None)
        for_quarters = oracle.charges_by_year(quarters, dataclasses.replace(NEW_YEAR, policy="us_gaap"))
        assert for_quarters == near([10 * 400, 4_800, 4_800, 2 * 400])
        prepaid = dataclasses.replace(line, treatment="prepay")
        assert oracle.charges_by_year(prepaid, NEW_YEAR) == near([600, 600, 0])
        assert oracle.charges_by_year(dataclasses.replace(prepaid, life=3), NEW_YEAR) == near([200, 400, 400, 200])


class TestBenefits:
    def test_drivers_growth_ramp_up_and_probability(self):
        line = Benefit(
            "Retention", volume=1400, effect=0.03, unit_value=1000, start=2, growth=0.05, ramp_up=2, probability=0.5
        )
        expected = [0, 42_000 * 0.5 * 0.5, 42_000 * 1.05 * 0.5, 42_000 * 1.05**2 * 0.5]
        assert oracle.by_period(oracle.benefit_of(line, Settings(years=4)), 12, 4) == near(expected)

    def test_a_benefit_rises_at_its_anniversaries(self):
        line = Benefit("Efficiency", amount=100, frequency="monthly", start=dt.date(2027, 7, 15), growth=0.1)
        assert oracle.by_period(oracle.benefit_of(line, NEW_YEAR), 12, 3) == near([600, 1260, 1386])


class TestIdentities:
    @CHECKED
    @given(models_made())
    def test_cash_and_profit_and_loss_are_the_same_over_the_whole_life(self, made):
        for line in made.lines:
            paid, charged = oracle.cash_of(line, made.settings), oracle.charges_of(line, made.settings)
            scale = math.fsum(map(abs, paid.values()))
            assert math.isclose(sum(paid.values()), sum(charged.values()), rel_tol=1e-9, abs_tol=1e-12 * scale + 1e-9)

    @CHECKED
    @given(models_made())
    def test_months_quarters_and_years_sum_to_the_total(self, made):
        months = {m: sum(rows.values()) for m, rows in oracle.cash(made.lines, made.settings).items()}
        scale = sum(abs(v) for line in made.lines for v in oracle.cash_of(line, made.settings).values())
        assert all(1 <= month <= 12 * made.settings.years for month in months)
        for length in (1, 3, 12):
            by_period = oracle.by_period(months, length)
            assert sum(by_period) == pytest.approx(oracle.total(made.lines, made.settings), abs=1e-9 + 1e-12 * scale)

    @CHECKED
    @given(settings_made(("days",)).filter(lambda model: model.start), st.data())
    def test_by_day_a_term_may_be_cut_in_two(self, model, data):
        """Whatever day a contract is cut in two, the parts cost what the whole cost: no day is lost or paid twice."""
        line = data.draw(line_made(model, ("days", "half-yearly")).filter(lambda line: oracle.step_of(line.frequency)))
        line = dataclasses.replace(line, proration="by_day", price_growth=None, quantity_growth=None, currency=None)
        start = oracle.line_start(line, model)
        cut = start + dt.timedelta(days=data.draw(st.integers(0, 800)))
        last = cut + dt.timedelta(days=data.draw(st.integers(1, 800)))
        whole = dataclasses.replace(line, end=last)
        parts = [dataclasses.replace(line, end=cut), dataclasses.replace(whole, start=cut + dt.timedelta(days=1))]
        assert oracle.total(parts, model) == pytest.approx(oracle.total([whole], model), rel=1e-9, abs=1e-9)

    @CHECKED
    @given(settings_made(("days",)), st.data())
    def test_a_first_rise_in_year_1_is_one_rise_more(self, model, data):
        line = data.draw(line_made(model, ("days", "cap")).filter(lambda line: line.quantity_growth is None))
        one = oracle.total([line], dataclasses.replace(model, first_rise="year_1"))
        growth = min(line.price_growth or 0, math.inf if line.growth_cap is None else line.growth_cap)
        assert one == pytest.approx(oracle.total([line], model) * (1 + growth), rel=1e-9, abs=1e-9)

    @CHECKED
    @given(settings_made(("days",)).filter(lambda model: model.start), st.data())
    def test_a_term_to_the_day_before_its_anniversary_has_its_whole_periods(self, model, data):
        step = data.draw(st.sampled_from((1, 3, 6, 12)))
        count = data.draw(st.integers(1, 12 * model.years // step))
        start = model.start.replace(day=1) + dt.timedelta(days=data.draw(st.integers(0, 30)))
        line = Line("licence", amount=1, frequency={v: k for k, v in oracle.MONTHS_BETWEEN.items()}[step], start=start)
        following = oracle.same_day(start, step * count)
        inside = [one for one in days(line, model) if one < following]
        for about, more in ((-1, 0), (0, 1)):
            term = dataclasses.replace(line, end=following + dt.timedelta(days=about))
            reached = oracle.in_model(following, model)
            assert len(days(term, model)) == len(inside) + (more if reached else 0)

    @CHECKED
    @given(models_made(least=1), st.data())
    def test_a_fiscal_year_that_begins_a_month_later_moves_no_due_day(self, made, data):
        """The same contract costs the same between two days, whichever month the model's years are counted from."""
        if made.settings.start is None or made.settings.years < 2:
            return
        kept = [
            dataclasses.replace(line, proration=None, currency=None, amounts=(), quantities=())
            for line in made.lines
            if not isinstance(line.start, int) and not isinstance(line.end, int) and line.start is not None
            if not isinstance(line.discount_until, int)
        ]
        model = dataclasses.replace(made.settings, growth_from="line")
        shift = data.draw(st.integers(1, 11))
        later = dataclasses.replace(model, start=oracle.same_day(model.start, shift))
        last = 12 * model.years
        for line in kept:
            here, there = oracle.cash_of(line, model), oracle.cash_of(line, later)
            assert {m: v for m, v in here.items() if m > shift} == pytest.approx(
                {m + shift: v for m, v in there.items() if m + shift <= last}
            )
