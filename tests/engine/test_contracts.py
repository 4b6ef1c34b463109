"""Contract lines against published figures, and what is said where a term may be meant otherwise."""

import datetime as dt

import pytest

from crm_xl.engine.cells import Range
from crm_xl.functions import REGISTRY

D = dt.date


def call(name, costs, assumptions=(), *more):
    """Call a function with a cost table and assumptions beside a start on 1 January 2027 and five years."""
    stated = {key: value for key, value in (("Start date", D(2027, 1, 1)), ("Years", 5), *assumptions) if value}
    return REGISTRY[name].call(Range(costs), Range([["Key", "Value"], *map(list, stated.items())]), *more)


def total(costs, assumptions=(), *more):
    return call("CRM_TOTAL", costs, assumptions, *more)


def years(costs, assumptions=(), view="cash"):
    """The totals of the model years."""
    table = call("CRM_SCHEDULE", costs, assumptions, view)
    return next(row for row in table if row[0] == "Total")[1:-1]


def told(costs, assumptions=()):
    """What CRM_CHECK says: severity, column and what was expected."""
    found = call("CRM_CHECK", costs, assumptions)
    return [] if len(found) == 1 else [(row[1], row[4], row[6]) for row in found[1:]]


def near(value):
    return pytest.approx(value, rel=1e-9)


class TestPublished:
    def test_ramped_contract_of_alguna(self):
        """A three-year ramp of 60,000, 120,000 and 180,000: 360,000."""
        ramp = [["Component", "2027", "2028", "2029"], ["Licence", 60_000, 120_000, 180_000]]
        assert total(ramp) == near(360_000)
        assert years(ramp)[:3] == near([60_000, 120_000, 180_000])
        steps = [["Component", "Amount", "Frequency", "Start", "End"]]
        steps += [["Licence", money, "annual", year, year] for year, money in ((1, 60_000), (2, 120_000), (3, 180_000))]
        assert total(steps) == near(360_000)

    def test_uplift_of_atonement_licensing(self):
        """A million at 7 %, the first rise in year 1: 1,403,000 in year 5; capped at 5 %: 1,276,282 (our reading)."""
        head = ["Component", "Amount", "Frequency", "Price growth", "Growth cap"]
        for cap, expected in ((None, 1_402_552), (0.05, 1_276_282)):
            line = ["Licence", 1_000_000, "annual", 0.07, cap]
            assert round(years([head, line], [("First rise", "year 1")])[4]) == expected

    def test_86saas_ten_percent_for_five_years(self):
        """86saas.com: 100,000 a year at 10 % are 610,510 in five years."""
        costs = [["Component", "Amount", "Frequency", "Price growth"], ["Licence", 100_000, "annual", 0.1]]
        assert total(costs) == near(610_510)

    def test_renewal_is_priced_at_its_own_start(self):
        costs = [["Component", "Amount", "Frequency", "Start", "Price growth"], ["Licence", 110_000, "annual", 4, 0.07]]
        assert years(costs) == near([0, 0, 0, 110_000, 117_700])
        assert years(costs, [("Growth from", "model")])[3] == near(110_000 * 1.07**3)

    @pytest.mark.parametrize(("often", "count"), [("monthly", 12), ("quarterly", 4), ("half-yearly", 2), ("annual", 1)])
    def test_contract_year(self, often, count):
        """15 September 2027 to 14 September 2028 is a year, however it is paid."""
        term = ["Licence", 100, often, D(2027, 9, 15), D(2028, 9, 14)]
        assert total([["Component", "Amount", "Frequency", "Start", "End"], term]) == 100 * count

    def test_proration_of_ordway(self):
        """21 of 30 days at 90 a month: 63.00, whether the line begins or ends within the month."""
        head = ["Component", "Amount", "Frequency", "Start", "End", "Proration"]
        for start, end in ((D(2027, 6, 10), D(2027, 6, 30)), (D(2027, 6, 1), D(2027, 6, 21))):
            assert total([head, ["Licence", 90, "monthly", start, end, "by day"]]) == near(63)
        later = ["Licence", 90, "monthly", D(2027, 6, 10), D(2027, 12, 31), "by day"]
        assert total([head, later]) == near(63 + 6 * 90)

    def test_go_live_of_pwc_software_costs(self):
        """60,000 a month January to June 2027, in use from January 2028, three years: 120,000 in each of them."""
        head = ["Component", "Amount", "Frequency", "Start", "End", "In use from", "Life"]
        line = ["Customisation", 60_000, "monthly", D(2027, 1, 1), D(2027, 6, 30), D(2028, 1, 1), 3]
        assert years([head, line], [("Accounting policy", "us_gaap")], "profit")[:4] == near(
            [0, 120_000, 120_000, 120_000]
        )


class TestTerms:
    HEAD = ("Component", "Amount", "Frequency", "Start", "End")

    def test_an_end_on_a_due_day_is_asked(self):
        table = [list(self.HEAD), ["Licence", 100, "annual", D(2027, 3, 1), D(2028, 3, 1)]]
        assert total(table) == 200
        ((severity, column, expected),) = told(table)
        assert (severity, column) == ("note", "End")
        assert "a day earlier?" in expected
        table[1][4] = D(2028, 2, 29)
        assert (total(table), told(table)) == (100, [])

    def test_a_contract_that_runs_already_is_paid_on_and_told(self):
        table = [list(self.HEAD), ["Licence", 100, "quarterly", D(2026, 11, 15), D(2027, 11, 14)]]
        assert total(table) == 300
        assert [(row[0], row[1]) for row in told(table)] == [("note", "Start")]

    def test_a_one_off_before_the_model_is_an_error(self):
        table = [list(self.HEAD), ["Licence", 100, None, D(2026, 11, 15), None]]
        assert [(row[0], row[1]) for row in told(table)] == [("error", "Start")]

    def test_discount_as_it_is_written(self):
        for discount, left in ((0.1, 0.9), ("10%", 0.9), ("9折", 0.9), ("85折", 0.85)):
            assert total([["Component", "Amount", "Discount"], ["Licence", 72_000, discount]]) == near(72_000 * left)
        until = [["Component", "Amount", "Discount", "Discount until", "Frequency"]]
        assert years([*until, ["Licence", 100, 0.1, 2, "annual"]]) == near([90, 90, 100, 100, 100])

    def test_price_lock_and_growth_cap(self):
        head = ["Component", "Amount", "Frequency", "Price growth", "Price lock", "Growth cap"]
        assert years([head, ["Licence", 100, "annual", 0.1, 3, None]]) == near([100, 100, 100, 110, 121])
        assert years([head, ["Licence", 100, "annual", 0.1, None, 0.05]])[1] == near(105)

    @pytest.mark.parametrize(
        ("often", "right"), [("every 2 years", 3), ("每3年", 2), ("half-yearly", 10), ("每半年", 10)]
    )
    def test_longer_and_half_years(self, often, right):
        assert total([["Component", "Amount", "Frequency"], ["Licence", 1, often]]) == right

    def test_a_credit_counts_and_is_told(self):
        table = [["Component", "Amount"], ["Licence", 100], ["Licence", -30]]
        assert total(table) == 70
        assert [(row[0], row[1]) for row in told(table)] == [("note", "Amount")]
        for key in ("Quantity", "Unit cost"):
            bad = [["Component", "Quantity", "Unit cost"], ["Licence", 1, 1]]
            bad[1][bad[0].index(key)] = -1
            assert [(row[0], row[1]) for row in told(bad)] == [("error", key)]

    def test_seats_by_plan(self):
        """A ramped contract of 50, 100 and 150 seats at 1,200 a year: 360,000 (alguna.com)."""
        seats = [["Component", "Unit cost", "Frequency", "Seats 2027", "Seats 2028", "Seats 2029"]]
        for often, price in (("monthly", 100), ("quarterly", 300), ("annual", 1200), (None, 1200)):
            assert total([*seats, ["Licence", price, often, 50, 100, 150]]) == near(360_000)
        assert [row[0] for row in told([*seats, ["Licence", 1200, "annual", 50, 100, 150]])] == ["note"]

    def test_a_year_beside_its_months_counts_once(self):
        head = ["Component", "Jan-27", "Feb-27", "2027"]
        assert total([head, ["Licence", 10, 20, 30]]) == 30
        assert told([head, ["Licence", 10, 20, 40]])[0][0] == "error"
