"""Figures that others published, each test named by its source: shared/figures.md, research/cost_facts.md § 2."""

import datetime as dt

import pytest

from crm_xl.functions import REGISTRY


def call(name, *arguments):
    return REGISTRY[name].call(*arguments)


def years_of(costs, assumptions, years):
    return [call("CRM_TOTAL", costs, assumptions, None, year) for year in range(1, years + 1)]


def charges(costs, assumptions):
    """Opening, capitalised, charge, closing of each year."""
    return [row[1:] for row in call("CRM_AMORTISATION", costs, assumptions)[1:-1]]


class TestSoftwareGlimpse:
    """SoftwareGlimpse TCO calculator, its own test file tco.test.ts (cost_facts 2.2)."""

    LICENCE = ("Licence", "CRM seats", 25, 49, None, "monthly", "EUR")
    HEADER = ("Component", "Item", "Quantity", "Unit cost", "Amount", "Frequency", "Currency")
    EUR = (("Years", 3), ("Currency", "EUR"))

    def total(self, *lines, assumptions=EUR):
        return call("CRM_TOTAL", [list(self.HEADER), *map(list, lines)], [list(row) for row in assumptions])

    def test_seats_flat_25_25_25(self):
        costs = [["Component", "Quantity", "Unit cost", "Frequency"], ["Licence", 25, 1, "annual"]]
        assert years_of(costs, [["Years", 3], ["Whole seats", "yes"]], 3) == [25, 25, 25]

    def test_seats_growing_25_28_31(self):
        header = ["Component", "Quantity", "Unit cost", "Frequency", "Quantity growth"]
        costs = [header, ["Licence", 25, 1, "annual", 0.1]]
        assert years_of(costs, [["Years", 3], ["Whole seats", "yes"]], 3) == [25, 28, 31]
        # Without whole seats the same line grows in fractions.
        assert years_of(costs, [["Years", 3]], 3) == pytest.approx([25, 27.5, 30.25], rel=1e-9)

    def test_software_only_44100(self):
        assert self.total(self.LICENCE) == pytest.approx(44_100, rel=1e-9)

    def test_software_and_one_off_58600(self):
        implementation = ("Customisation", "Implementation", None, None, 10_000, "one-off", "EUR")
        migration = ("Customisation", "Data migration", None, None, 4_500, "one-off", "EUR")
        assert self.total(self.LICENCE, implementation, migration) == pytest.approx(58_600, rel=1e-9)

    def test_second_product_95500_and_the_difference_36900(self):
        one_off = (
            ("Customisation", "Implementation", None, None, 10_000, "one-off", "EUR"),
            ("Customisation", "Data migration", None, None, 4_500, "one-off", "EUR"),
        )
        first = self.total(self.LICENCE, *one_off)
        second = self.total(("Licence", "CRM seats", 25, 90, None, "monthly", "EUR"), *one_off)
        assert second == pytest.approx(95_500, rel=1e-9)
        assert second - first == pytest.approx(36_900, rel=1e-9)

    def test_unknown_cost_is_named_and_not_counted(self):
        unknown = ("Customisation", "Implementation", None, None, None, "one-off", "EUR")
        assert self.total(self.LICENCE, unknown) == pytest.approx(44_100, rel=1e-9)
        costs = [list(self.HEADER), list(self.LICENCE), list(unknown)]
        *_, last = call("CRM_BREAKDOWN", costs, [list(row) for row in self.EUR])
        assert last[0] == "Not priced: 1 line(s) — Implementation"
        assert set(last[1:]) == {""}
        (note,) = call("CRM_CHECK", costs, [list(row) for row in self.EUR])[1:]
        assert note[1] == "note"
        assert note[3] == 3

    def test_recurring_custom_cost_14160(self):
        licence = ("Licence", "CRM seats", 10, 49, None, "monthly", "EUR")
        custom = ("Hotline", "Call centre add-on", None, None, 100, "monthly", "EUR")
        assumptions = (("Years", 2), ("Currency", "EUR"))
        assert self.total(licence, custom, assumptions=assumptions) == pytest.approx(14_160, rel=1e-9)
        assert self.total(custom, assumptions=assumptions) == pytest.approx(2_400, rel=1e-9)

    def test_two_currencies_are_not_mixed_in_silence(self):
        dollars = ("Licence", "Other product", 25, 49, None, "monthly", "USD")
        with pytest.raises(Exception, match="USD/EUR") as raised:
            self.total(self.LICENCE, dollars)
        assert raised.value.code == "#N/A"
        # With a rate the dollars are worth half a euro each: half as much again.
        assert self.total(self.LICENCE, dollars, assumptions=(*self.EUR, ("USD/EUR", 0.5))) == pytest.approx(66_150)


class TestSoftwareGlimpseReturnOnInvestment:
    """The costs of SoftwareGlimpse ROI fixture B, recurring costs of year 1 counted (cost_facts 2.4)."""

    COSTS = (
        ("Component", "Item", "Amount", "Frequency"),
        ("Licence", "Licences", 24_000, "annual"),
        ("Maintenance", "Administration", 6_000, "annual"),
        ("Maintenance", "Premium support", 2_000, "annual"),
        ("Customisation", "Implementation", 15_000, "one-off"),
        ("Customisation", "Data migration", 4_000, "one-off"),
        ("Customisation", "Integrations", 3_000, "one-off"),
        ("Training", "Training", 2_000, "one-off"),
    )

    def test_three_years_cost_120000(self):
        costs = [list(row) for row in self.COSTS]
        assert call("CRM_TOTAL", costs, [["Years", 3]]) == pytest.approx(120_000, rel=1e-9)
        assert years_of(costs, [["Years", 3]], 3) == pytest.approx([56_000, 32_000, 32_000], rel=1e-9)

    def test_one_off_24000_and_recurring_32000_a_year(self):
        costs = [list(row) for row in self.COSTS]
        rows = {row[0]: row[1] for row in call("CRM_BREAKDOWN", costs, [["Years", 3]], "one-off or recurring")}
        assert rows["One-off"] == pytest.approx(24_000, rel=1e-9)
        assert rows["Recurring"] == pytest.approx(3 * 32_000, rel=1e-9)


class TestMaintenanceOfProtectedListPrice:
    """Dynamics enhancement plan as a percentage of GBP 28,705: tecman.co.uk (cost_facts 2.5)."""

    PLANS = ((2021, 0.16, 4_592.80), (2022, 0.17, 4_879.85), (2023, 0.18, 5_166.90), (2024, 0.19, 5_453.95))

    @pytest.mark.parametrize(("year", "percent", "expected"), PLANS)
    def test_one_year(self, year, percent, expected):
        costs = [["Component", "Quantity", "Unit cost", "Frequency"], ["Maintenance", percent, 28_705, "annual"]]
        assert call("CRM_TOTAL", costs, [["Years", 1], ["Currency", "GBP"]]) == pytest.approx(expected, rel=1e-9)

    def test_four_calendar_years_one_line_each(self):
        rows = [["Maintenance", percent, 28_705, "annual", year, year] for year, percent, _ in self.PLANS]
        costs = [["Component", "Quantity", "Unit cost", "Frequency", "Start", "End"], *rows]
        assumptions = [["Years", 4], ["Currency", "GBP"], ["Start date", dt.date(2021, 1, 1)]]
        got = [call("CRM_TOTAL", costs, assumptions, None, year) for year, *_ in self.PLANS]
        assert got == pytest.approx([expected for *_, expected in self.PLANS], rel=1e-9)
        assert got[3] / got[0] - 1 == pytest.approx(0.1875, rel=1e-9)


class TestTotalCostOfTwoCars:
    """Costs of the two cars of crmbuyer.com 71303, before their resale (cost_facts 2.6)."""

    @pytest.mark.parametrize(("price", "running", "expected"), [(10_000, 7_500, 17_500), (20_000, 2_000, 22_000)])
    def test_price_and_five_years(self, price, running, expected):
        costs = [
            ["Component", "Amount", "Frequency"],
            ["Car", price, "one-off"],
            ["Running costs", running / 60, "monthly"],
        ]
        assert call("CRM_TOTAL", costs) == pytest.approx(expected, rel=1e-9)


class TestLicenceArithmetic:
    """Licence arithmetic that vendors and advisers print (cost_facts 2.7), as a formula and as a cost line."""

    @pytest.mark.parametrize(
        ("users", "price", "a_year"),
        [
            pytest.param(100, 175, 210_000, id="cube84: 100 Sales Cloud Enterprise"),
            pytest.param(5, 12.50, 750, id="pipedrive: 12.50"),
            pytest.param(5, 15, 900, id="pipedrive: 15"),
            pytest.param(5, 24.90, 1_494, id="pipedrive: 24.90"),
            pytest.param(5, 29, 1_740, id="pipedrive: 29"),
            pytest.param(25, 49, 14_700, id="softwareglimpse: a third of 44,100"),
        ],
    )
    def test_a_year(self, users, price, a_year):
        assert call("CRM_LICENCE", users, price) == pytest.approx(a_year, rel=1e-9)
        costs = [["Component", "Quantity", "Unit cost", "Frequency"], ["Licence", users, price, "monthly"]]
        assert call("CRM_TOTAL", costs, [["Years", 1]]) == pytest.approx(a_year, rel=1e-9)

    @pytest.mark.parametrize(
        ("users", "price", "a_month"),
        [
            pytest.param(5, 64, 320, id="pipedrive help 12320475: 5 × 64"),
            pytest.param(10, 79, 790, id="pipedrive help 12320475: 10 × 79"),
            pytest.param(10, 12, 120, id="zoho billing FAQ: 10 × 12"),
        ],
    )
    def test_a_month(self, users, price, a_month):
        assert call("CRM_LICENCE", users, price, None, None, None, None, None, None, 1) == pytest.approx(a_month)

    @pytest.mark.parametrize(
        ("users", "before", "after", "more"),
        [
            pytest.param(1000, 165, 175, 120_000, id="redresscompliance: 165 to 175"),
            pytest.param(1000, 150, 165, 180_000, id="redresscompliance: 150 to 165"),
            pytest.param(100, 65, 135 + 50, 144_000, id="microsoftnegotiations: 100 users"),
            pytest.param(500, 65, 135 + 50, 720_000, id="microsoftnegotiations: 500 users"),
            pytest.param(1, 105 + 30, 2 * 105, 75 * 12, id="thenegotiationexperts: base and attach"),
        ],
    )
    def test_difference_of_two_prices(self, users, before, after, more):
        assert call("CRM_LICENCE", users, after) - call("CRM_LICENCE", users, before) == pytest.approx(more, rel=1e-9)

    def test_spendflo_unused_seats(self):
        """120 licences cost 84,000 a year: 700 each, and the 23 idle ones 16,100."""
        costs = [["Component", "Amount", "Frequency"], ["Licence", 84_000, "annual"]]
        each = call("CRM_PER_USER", costs, 120, [["Years", 1]])
        assert each == pytest.approx(700, rel=1e-9)
        assert each * (120 - 97) == pytest.approx(16_100, rel=1e-9)


class TestPriceIndex:
    """UK Green Book 5.11–5.13, table 1: 1,000 a year at a deflator of 2 %, years 0–5."""

    def test_green_book_table_1(self):
        costs = [["Component", "Amount", "Frequency", "Price growth"], ["Licence", 1000, "annual", 1 / 1.02 - 1]]
        got = years_of(costs, [["Years", 6]], 6)
        assert [round(value) for value in got] == [1000, 980, 961, 942, 924, 906]
        assert got[5] == pytest.approx(1000 / 1.02**5, rel=1e-9)


class TestStraightLine:
    """SLN of Microsoft's page: (30,000 − 7,500) ÷ 10 = 2,250. Residual values are 0 here, so 22,500 are spread."""

    def test_microsoft_sln_2250(self):
        costs = [["Component", "Amount", "Treatment", "Life"], ["Licence", 22_500, "capitalise", 10]]
        rows = charges(costs, [["Years", 5]])
        assert len(rows) == 10
        assert [row[2] for row in rows] == pytest.approx([2_250] * 10, rel=1e-9)
        assert rows[0] == pytest.approx([0, 22_500, 2_250, 20_250], rel=1e-9)
        assert rows[9] == pytest.approx([2_250, 0, 2_250, 0], rel=1e-9, abs=1e-6)

    def test_phpspreadsheet_sln_1800(self):
        """SLN(10000, 1000, 5) = 1800."""
        costs = [["Component", "Amount", "Treatment", "Life"], ["Licence", 9_000, "capitalise", 5]]
        assert [row[2] for row in charges(costs, None)] == pytest.approx([1_800] * 5, rel=1e-9)


class TestValueAddedTax:
    """net = gross ÷ (1 + rate): 113,000 at 13 % and 106,000 at 6 % are 100,000 (finance_conventions § 9, V1)."""

    @pytest.mark.parametrize(("rate", "gross"), [(0.13, 113_000), (0.06, 106_000)])
    def test_v1(self, rate, gross):
        header = ["Component", "Amount", "Tax rate", "Tax included"]
        included, added = [header, ["Licence", gross, rate, "yes"]], [header, ["Licence", 100_000, rate, "no"]]
        for basis, expected in (("net", 100_000), ("gross", gross)):
            for costs in (included, added):
                assert call("CRM_TOTAL", costs, [["Tax basis", basis]]) == pytest.approx(expected, rel=1e-9)


class TestAccountingGuidance:
    """What each policy does with the same lines (finance_conventions § 5)."""

    COSTS = (
        ("Component", "Item", "Amount", "Frequency"),
        ("Customisation", "Coding", 1200, "one-off"),
        ("Customisation", "Data migration", 120, "one-off"),
        ("Training", "Sessions", 60, "one-off"),
    )

    def capitalised(self, policy):
        costs = [list(row) for row in self.COSTS]
        return call("CRM_AMORTISATION", costs, [["Accounting policy", policy], ["Years", 4]])[-1][2]

    def test_ifric_april_2021_expenses_customisation(self):
        assert self.capitalised("ifrs_saas") == 0

    def test_asu_2018_15_capitalises_implementation_but_no_data_conversion_or_training(self):
        assert self.capitalised("us_gaap") == pytest.approx(1200, rel=1e-9)

    def test_asu_2018_15_spreads_over_the_hosting_term(self):
        costs = [list(row) for row in self.COSTS]
        assumptions = [["Accounting policy", "us_gaap"], ["Years", 2], ["Hosting term", 4]]
        assert [row[2] for row in charges(costs, assumptions)] == pytest.approx([300] * 4, rel=1e-9)
