"""CRM_COMPARE: against CRM_LICENCE, the plain loop, and arithmetic by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .calling import call, cell, check, rows_of
from .plain import Line, Settings, by_year

CHECKED = settings(max_examples=60, deadline=None)
COLUMNS = (
    "Option", "Vendor", "Edition", "Users", "Price", "Currency", "Frequency", "Metric", "Modules", "Minimum seats",
    "Discount", "Price growth", "Implementation", "Maintenance", "Training",
)  # fmt: skip
HEADER = ["Option", "Licence", "Customisation", "Maintenance", "Training", "Total", "Per user", "Price as of", "Remark"]


def near(value):
    return pytest.approx(value, rel=1e-9, abs=1e-9)


def options(*rows):
    return [list(COLUMNS), *([row.get(c) for c in COLUMNS] for row in rows)]


def compared(*rows, assumptions=None, catalogue=None, tiers=None):
    table = call("CRM_COMPARE", options(*rows), assumptions, catalogue, tiers)
    assert table[0] == HEADER
    return table[1:]


def licence(row, **how):
    """The licence of one option."""
    return compared({"Option": "x", **row}, **how)[0][1]


class TestPublishedFigures:
    def test_softwareglimpse_software_only(self):
        """EUR 49 a user and month, 25 users, 3 years: 44,100."""
        given_ = {"Option": "A", "Users": 25, "Price": 49, "Currency": "EUR"}
        assert compared(given_, assumptions=[["Years", 3], ["Currency", "EUR"]])[0][1] == near(44_100)

    def test_softwareglimpse_two_products(self):
        """58,600 and 95,500 with implementation 10,000 and migration 4,500 each; the difference is 36,900."""
        one = {"Users": 25, "Currency": "EUR", "Implementation": 14_500}
        found = compared(
            {"Option": "A", "Price": 49, **one}, {"Option": "B", "Price": 90, **one},
            assumptions=[["Years", 3], ["Currency", "EUR"]],
        )  # fmt: skip
        assert [row[5] for row in found] == near([58_600, 95_500])
        assert found[1][5] - found[0][5] == near(36_900)

    def test_cube84_sales_cloud_enterprise(self):
        """100 × 175 × 12 are 210,000 a year."""
        found = compared(
            {"Option": "SF", "Vendor": "Salesforce", "Edition": "Enterprise", "Users": 100},
            assumptions=[["Years", 1], ["Currency", "USD"]],
        )
        remark = "102 days old; replaced on 2026-09-03 by a later source, see its note"
        assert found == [["SF", near(210_000), 0, 0, 0, near(210_000), near(2100), "2026-08-13", remark]]

    def test_microsoftnegotiations_professional_against_premium_with_copilot(self):
        """65 against 185: 144,000 and 720,000 a year for 100 and 500 users."""
        for users, right in ((100, 144_000), (500, 720_000)):
            found = compared(
                {"Option": "Pro", "Vendor": "Dynamics 365", "Edition": "Sales Professional", "Users": users},
                {"Option": "Premium and Copilot", "Users": users, "Price": 185},
                assumptions=[["Years", 1], ["Currency", "USD"]],
            )
            assert found[1][5] - found[0][5] == near(right)

    @pytest.mark.parametrize(("price", "year"), [(12.5, 750), (15, 900), (24.9, 1494), (29, 1740)])
    def test_pipedrive_help_page(self, price, year):
        assert licence({"Users": 5, "Price": price}, assumptions=[["Years", 1]]) == near(year)


class TestAgainstLicence:
    """Over a year without growth the licence is CRM_LICENCE of the same numbers."""

    TIERS = (["Option", "From", "Price"], ["x", 51, 90], ["X", 201, 80], ["y", 1, 1])

    @CHECKED
    @given(
        st.integers(0, 400), st.integers(1, 20_000).map(lambda n: n / 100), st.integers(0, 60),
        st.sampled_from(["user", "module", "用户", "模块", None]), st.integers(1, 9), st.booleans(),
        st.sampled_from(["monthly", "quarterly", "annual", "每年", None]),
    )  # fmt: skip
    def test_any_numbers(self, users, price, minimum, metric, modules, tiered, frequency):
        row = {
            "Users": users, "Price": price, "Minimum seats": minimum, "Metric": metric, "Modules": modules,
            "Frequency": frequency,
        }  # fmt: skip
        tiers = [list(line) for line in self.TIERS] if tiered else None
        by_hand = [line[1:] for line in self.TIERS[1:3]] if tiered else None
        right = call("CRM_LICENCE", users, price, metric, modules, minimum, by_hand, None, frequency, 12)
        assert licence(row, assumptions=[["Years", 1]], tiers=tiers) == near(right)

    def test_tiers_of_another_option_do_not_count(self):
        assert licence(
            {"Users": 60, "Price": 100}, assumptions=[["Years", 1]], tiers=[["Option", "From", "Price"], ["y", 1, 1]]
        ) == near(72_000)


class TestByHand:
    def test_discount(self):
        assert licence({"Users": 10, "Price": 100, "Discount": 0.15}, assumptions=[["Years", 2]]) == near(20_400)

    def test_the_discount_is_on_the_licence_only(self):
        found = compared({"Option": "a", "Users": 10, "Price": 100, "Discount": 1, "Training": 500, "Maintenance": 70})
        assert found[0][1:6] == near([0, 0, 350, 500, 850])

    def test_price_growth_compounds_on_the_licence_only(self):
        found = compared(
            {"Option": "a", "Users": 1, "Price": 100, "Price growth": 0.1, "Maintenance": 50, "Implementation": 7},
            assumptions=[["Years", 3]],
        )
        assert found[0][1:6] == near([1200 * (1 + 1.1 + 1.21), 7, 150, 0, 1200 * 3.31 + 157])

    def test_frequencies(self):
        for frequency, times in (("monthly", 36), ("quarterly", 12), ("annual", 3), ("one-off", 1), (None, 36)):
            found = licence({"Users": 2, "Price": 5, "Frequency": frequency}, assumptions=[["Years", 3]])
            assert found == near(10 * times)

    def test_rates_that_change_with_the_year_and_a_fiscal_year(self):
        made = Settings()
        found = compared(
            {
                "Option": "a",
                "Users": 7,
                "Price": 11,
                "Currency": "USD",
                "Price growth": 0.04,
                "Maintenance": 900,
                "Training": 40,
            },
            {"Option": "b", "Users": 7, "Price": 80},
            assumptions=made.table(),
        )
        lines = [
            Line(name="Licence", amount=77, currency="USD", frequency="monthly", growth=0.04),
            Line(name="Maintenance", amount=900, currency="USD", frequency="annual"),
            Line(name="Training", amount=40, currency="USD"),
        ]
        right = [sum(by_year(line, made)) for line in lines]
        assert found[0][1:7] == near([right[0], 0, right[1], right[2], sum(right), sum(right) / 7])
        assert found[1][1] == near(7 * 80 * 48)

    def test_the_tiers_reached_by_the_minimum(self):
        tiers = [["方案", "起始数量", "单价"], ["x", 50, 8]]
        assert licence(
            {"Users": 10, "Price": 10, "Minimum seats": 50}, tiers=tiers, assumptions=[["Years", 1]]
        ) == near(4800)

    def test_modules(self):
        row = {"Users": 500, "Price": 300, "Metric": "按模块", "Modules": 4}
        assert licence(row, assumptions=[["Years", 1]]) == near(14_400)
        assert compared({"Option": "m", **row}, assumptions=[["Years", 1]])[0][6] == near(28.8)

    def test_without_users_there_is_no_cost_for_each(self):
        row = {"Option": "m", "Price": 300, "Metric": "module", "Modules": 4}
        assert compared(row, assumptions=[["Years", 1]])[0][5:7] == [near(14_400), ""]

    def test_several_options_keep_their_order_and_do_not_mix(self):
        rows = [{"Option": n, "Users": i + 1, "Price": 10 * (i + 2), "Training": i} for i, n in enumerate("dacb")]
        found = compared(*rows, assumptions=[["Years", 1]])
        assert [row[0] for row in found] == list("dacb")
        for i, row in enumerate(found):
            assert row[1] == near((i + 1) * 10 * (i + 2) * 12)
            assert row[4] == i
            assert row == compared(rows[i], assumptions=[["Years", 1]])[0]

    def test_two_options_of_one_name_stay_apart(self):
        found = compared({"Option": "a", "Users": 1, "Price": 1}, {"Option": "a", "Users": 1, "Price": 2})
        assert [row[1] for row in found] == near([60, 120])


USD = [["Years", 1], ["Currency", "USD"]]


class TestFromTheCatalogue:
    @pytest.mark.parametrize(
        ("vendor", "edition", "users", "right"),
        [
            ("SugarCRM", "Sugar Sell Standard", 4, 15 * 59 * 12),  # 15 seats at least
            ("SugarCRM", "Sugar Sell Standard", 20, 20 * 59 * 12),
            ("Salesflare", "Enterprise", 3, 5 * 99 * 12),
            ("Pipedrive", "LeadBooster add-on", 30, 32.5 * 12),  # for the organisation, however many they are
            ("HubSpot", "Sales Hub Professional onboarding", 30, 1500),  # once, for the organisation
            ("HubSpot", "Free tools", 2, 0),
        ],
    )
    def test_units_and_minimum_of_the_row(self, vendor, edition, users, right):
        assert licence({"Vendor": vendor, "Edition": edition, "Users": users}, assumptions=USD) == near(right)

    def test_the_currency_of_the_price_is_exchanged(self):
        row = {"Vendor": "Zoho", "Edition": "Standard", "Users": 10}
        found = licence(row, assumptions=[["Years", 2], ["USD/CNY", 7, 1], ["USD/CNY", 7.5, 2]])
        assert found == near(10 * 14 * 12 * (7 + 7.5))

    def test_other_amounts_are_in_the_currency_of_the_price(self):
        row = {
            "Option": "z",
            "Vendor": "Zoho",
            "Edition": "Standard",
            "Users": 10,
            "Training": 100,
            "Implementation": 50,
        }
        found = compared(row, assumptions=[["Years", 1], ["USD/CNY", 7]])[0]
        assert found[1:6] == near([11_760, 350, 0, 700, 12_810])

    def test_the_minimum_of_the_row_overrules(self):
        row = {"Vendor": "SugarCRM", "Edition": "Sugar Sell Standard", "Users": 4, "Minimum seats": 2}
        assert licence(row, assumptions=USD) == near(4 * 59 * 12)

    def test_a_negotiated_price_takes_the_other_terms_of_the_catalogue(self):
        """Price overrules the catalogue; currency, billing period and minimum left blank follow it."""
        row = {"Vendor": "SugarCRM", "Edition": "Sugar Sell Standard", "Users": 4, "Price": 50}
        assert licence(row, assumptions=USD) == near(15 * 50 * 12)
        assert licence(row, assumptions=[["Years", 1], ["USD/CNY", 7]]) == near(15 * 50 * 12 * 7)
        row = {"Vendor": "Keap", "Edition": "Keap Platform", "Users": 30, "Price": 2000}
        assert licence(row, assumptions=USD) == near(2000)
        found = compared({"Option": "k", **row}, assumptions=USD)[0]
        assert found[7:] == ["", "own price"]

    def test_a_stated_price_needs_no_catalogue(self):
        for more in (
            {"Vendor": "Odoo", "Edition": "Standard"},
            {"Vendor": "Acme", "Edition": "Pro"},
            {"Vendor": "Zoho"},
        ):
            assert licence({"Users": 2, "Price": 10, **more}, assumptions=[["Years", 1]]) == near(240)

    def test_a_negotiated_price_of_the_organisation_is_for_the_period_of_its_frequency(self):
        row = {"Vendor": "Keap", "Edition": "Keap Platform", "Users": 30, "Price": 250}
        for frequency, right in (("monthly", 3000), ("annual", 250), ("quarterly", 1000), ("one-off", 250)):
            assert licence({**row, "Frequency": frequency}, assumptions=USD) == near(right)

    def test_a_price_in_the_currency_of_the_option(self):
        row = {"Vendor": "Salesforce", "Edition": "Enterprise", "Users": 1, "Currency": "GBP"}
        assert licence(row, assumptions=[["Years", 1], ["GBP/CNY", 9]]) == near(140 * 12 * 9)

    def test_the_users_own_catalogue_overrules(self):
        mine = [
            ["Vendor", "Edition", "Price", "Currency", "Unit", "As of"],
            ["Zoho", "Standard", 700, "CNY", "公司/年", "2026-11-05"],
        ]
        found = compared(
            {"Option": "z", "Vendor": "卓豪", "Edition": "standard", "Users": 10},
            assumptions=[["Years", 3]],
            catalogue=mine,
        )
        assert found[0][5:] == [near(2100), near(210), "2026-11-05", "own price"]

    def test_age_does_not_hang_on_the_start_of_the_model(self):
        row = {"Option": "z", "Vendor": "Zoho", "Edition": "Standard", "Users": 10}
        for start in ("2027-01-01", "2029-01-01", "2025-01-01"):
            found = compared(row, assumptions=[*USD, ["Start date", start]])
            assert found[0][7:] == ["2026-08-14", "101 days old"]
        assert compared({**row, "Vendor": "Pipedrive", "Edition": "Essential (old)"}, assumptions=USD)[0][7:] == [
            "",
            "no date",
        ]


class TestBilling:
    """With a list price, Frequency chooses among the billings of the catalogue; the unit keeps its period."""

    @pytest.mark.parametrize(
        ("vendor", "edition", "frequency", "right"),
        [
            ("Zoho", "Enterprise", None, 40 * 12),
            ("Zoho", "Enterprise", "annual", 40 * 12),
            ("Zoho", "Enterprise", "每年", 40 * 12),
            ("Zoho", "Enterprise", "monthly", 50 * 12),
            ("HubSpot", "Sales Hub Professional", "按月", 100 * 12),
            ("HubSpot", "Sales Hub Professional", "annual", 90 * 12),
            ("Salesforce", "Starter Suite", "monthly", 25 * 12),  # one price for both billings
            ("Salesforce", "Starter Suite", "annual", 25 * 12),
            ("纷享销客", "旗舰版 Flagship", "annual", 220 * 12 * 7),  # a term of twelve months; in yuan
            ("Salesforce", "Free Suite", "monthly", 0),
        ],
    )
    def test_of_a_price_for_a_user(self, vendor, edition, frequency, right):
        row = {"Vendor": vendor, "Edition": edition, "Users": 10, "Frequency": frequency}
        assert licence(row, assumptions=[*USD, ["CNY/USD", 7]]) == near(10 * right)

    @pytest.mark.parametrize(("frequency", "right"), [(None, 2988), ("annual", 2988), ("monthly", 299 * 12)])
    def test_of_a_price_for_the_organisation(self, frequency, right):
        row = {"Vendor": "Keap", "Edition": "Keap Platform", "Users": 2, "Frequency": frequency}
        assert licence(row, assumptions=USD) == near(right)

    def test_what_is_paid_once(self):
        row = {"Vendor": "HubSpot", "Edition": "Sales Hub Professional onboarding", "Users": 9, "Frequency": "one-off"}
        assert licence(row, assumptions=[["Years", 3], *USD[1:]]) == near(1500)

    @pytest.mark.parametrize(
        ("vendor", "edition", "frequency", "listed"),
        [
            ("Zoho", "Enterprise", "quarterly", "USD annual 2026-08-14, USD monthly 2026-08-14"),
            ("Zoho", "Enterprise", "one-off", "INR monthly 2026-08-13"),
            ("SugarCRM", "Sugar Sell Standard", "monthly", "only as: USD annual 2026-08-13"),
            ("Salesforce", "Core", "monthly", "only as: USD billing not stated 2026-09-03"),
            ("HubSpot", "Sales Hub Professional onboarding", "annual", "only as: USD one-off 2026-08-18"),
        ],
    )
    def test_one_that_is_not_listed_is_not_there_and_the_check_names_those_that_are(
        self, vendor, edition, frequency, listed
    ):
        table = options({"Option": "z", "Vendor": vendor, "Edition": edition, "Users": 10, "Frequency": frequency})
        assert cell("CRM_COMPARE", table, USD) == "#N/A"
        ((_, severity, _, row, column, found, expected),) = check(options=table, assumptions=USD)
        assert (severity, row, column, found) == ("error", 2, "Frequency", f'"{frequency}"')
        assert "is not listed with that billing" in expected
        assert listed in expected

    def test_it_is_told_in_chinese(self):
        table = [["方案", "供应商", "版本", "用户数", "频率"], ["甲", "Salesforce", "Core", 10, "每月"]]
        costs = [["费用类别", "金额"], ["软件购买", 1]]
        ((*_, column, found, expected),) = check(costs=costs, options=table, assumptions=USD)
        assert (column, found) == ("频率", "“每月”")
        assert "USD 未注明计费 2026-09-03" in expected
        table = [["方案", "供应商", "版本", "用户数", "频率"], ["甲", "Zoho", "Enterprise", 10, "每季"]]
        ((*_, expected),) = check(costs=costs, options=table, assumptions=USD)
        assert "USD 每年 2026-08-14、USD 每月 2026-08-14" in expected
        assert not {"annual", "monthly"} & set(expected.split())

    @pytest.mark.parametrize(
        ("vendor", "edition", "most"),
        [("Zoho", "Free", 3), ("Vtiger", "One Pilot", 10), ("Vtiger", "One Growth, standard user", 15)],
    )
    def test_more_users_than_an_edition_is_offered_to(self, vendor, edition, most):
        row = {"Option": "z", "Vendor": vendor, "Edition": edition}
        assert isinstance(cell("CRM_COMPARE", options({**row, "Users": most}), USD), list)
        table = options({**row, "Users": most + 1})
        assert cell("CRM_COMPARE", table, USD) == "#N/A"
        ((_, severity, _, line, column, found, expected),) = check(options=table, assumptions=USD)
        assert (severity, line, column, found) == ("error", 2, "Users", str(most + 1))
        assert expected.startswith(f"at most the {most} users for whom ")
        remark = call("CRM_PRICE", vendor, edition)[0][2]
        assert remark.endswith(f"; for at most {most} users")

    def test_a_price_in_the_row_is_for_as_many_users_as_it_says(self):
        row = {"Vendor": "Zoho", "Edition": "Free", "Price": 5, "Currency": "USD", "Users": 10}
        assert licence(row, assumptions=USD) == near(10 * 5 * 12)

    def test_the_same_price_as_crm_price(self):
        for billing, often in (("monthly", "每月"), ("annual", "每年")):
            for vendor, edition in (("Copper", "Business"), ("Pipedrive", "Lite"), ("monday CRM", "Pro")):
                row = {"Vendor": vendor, "Edition": edition, "Users": 7, "Frequency": often}
                price = call("CRM_PRICE", vendor, edition, None, None, None, billing)[0][0]
                assert licence(row, assumptions=USD) == near(7 * price * 12)

    def test_of_the_users_own_prices(self):
        head = ["Vendor", "Edition", "Price", "Currency", "Unit", "Billing"]
        mine = [head, ["Acme", "Pro", 90, "USD", "user/year", None], ["Acme", "Pro", 30, "USD", "用户/季", "按季"]]
        for frequency, right in ((None, 90), ("annual", 90), ("quarterly", 30 * 4)):
            row = {"Vendor": "Acme", "Edition": "Pro", "Users": 3, "Frequency": frequency}
            assert licence(row, assumptions=USD, catalogue=mine) == near(3 * right)
        mine = [head[:5], ["Acme", "Pro", 9, "USD", None]]  # a blank unit is user/month, which is paid monthly
        row = {"Option": "x", "Vendor": "Acme", "Edition": "Pro", "Users": 3, "Frequency": "monthly"}
        assert licence(row, assumptions=USD, catalogue=mine) == near(3 * 9 * 12)
        assert cell("CRM_COMPARE", options({**row, "Frequency": "annual"}), USD, mine) == "#N/A"


class TestUnits:
    """What a price of the catalogue covers."""

    @pytest.mark.parametrize(
        ("vendor", "edition", "frequency", "users", "right"),
        [
            ("Keap", "Keap Platform", None, 1, 2988),
            ("Keap", "Keap Platform", None, 2, 2988),
            ("Keap", "Keap Platform", None, 5, 2988 + 3 * 39 * 12),
            ("Keap", "Keap Platform", "monthly", 5, (299 + 3 * 39) * 12),
            ("Keap", "Max Grow", None, 30, (329 + 28 * 39) * 12),
            ("HubSpot", "Marketing Hub Professional", None, 3, 890 * 12),
            ("HubSpot", "Marketing Hub Professional", None, 30, (890 + 27 * 45) * 12),
            ("HubSpot", "Marketing Hub Enterprise", None, 30, (3600 + 25 * 75) * 12),
        ],
    )
    def test_users_beyond_those_included(self, vendor, edition, frequency, users, right):
        row = {"Vendor": vendor, "Edition": edition, "Users": users, "Frequency": frequency}
        assert licence(row, assumptions=USD) == near(right)

    def test_discount_growth_and_minimum_hold_for_them_too(self):
        row = {"Vendor": "Keap", "Edition": "Keap Platform", "Users": 5, "Discount": 0.1, "Price growth": 0.5}
        assert licence(row, assumptions=[["Years", 2], *USD[1:]]) == near((2988 + 3 * 39 * 12) * 0.9 * 2.5)
        row = {"Vendor": "Keap", "Edition": "Keap Platform", "Users": 3, "Minimum seats": 5}
        assert licence(row, assumptions=USD) == near(2988 + 3 * 39 * 12)

    HEAD = ("Vendor", "Edition", "Price", "Currency", "Unit", "Billing", "Minimum seats", "As of")

    def test_without_a_price_for_them_remark_and_check_say_so(self):
        mine = [list(self.HEAD), ["Acme", "Team", 100, "USD", "公司/年", "annual", 4, "2026-11-01"]]
        for users, remark in (
            (4, "own price"),
            (9, "own price; too low: no price for 5 users beyond the 4 included"),
        ):
            row = {"Option": "t", "Vendor": "Acme", "Edition": "Team", "Users": users}
            found = compared(row, assumptions=USD, catalogue=mine)[0]
            assert (found[1], found[-1]) == (near(100), remark)
            told = check(options=options(row), assumptions=USD, catalogue=mine)
            assert [line[1:6] for line in told] == [["note", "Options", 2, "Users", "9"]] * (users > 4)
            assert all("the licence is too low by 5 users" in line[-1] for line in told)

    def test_in_the_users_own_catalogue(self):
        """A price of the edition goes before that of the vendor; the oldest day counts."""
        mine = [
            list(self.HEAD),
            ["Acme", "Team", 100, "USD", "org/year", "annual", 4, "2026-11-01"],
            ["Acme", "额外用户", 7, "USD", "用户/月", "monthly", None, "2026-11-02"],
            ["Acme", "Team: additional user", 6, "USD", "seat/month", "monthly", None, "2026-10-01"],
            ["Acme", "Other", 200, "USD", "org/year", "annual", 1, "2026-11-03"],
            ["Other", "additional user", 1, "USD", "user/month", "annual", None, "2026-11-03"],
            ["Acme", "extra user", 1, "EUR", "user/month", "annual", None, "2026-11-03"],
        ]
        for edition, right, day in (
            ("Team", 100 + 6 * 6 * 12, "2026-10-01"),
            ("Other", 200 + 9 * 7 * 12, "2026-11-02"),
        ):
            row = {"Option": "t", "Vendor": "Acme", "Edition": edition, "Users": 10}
            found = compared(row, assumptions=USD, catalogue=mine)[0]
            assert (found[1], found[7]) == (near(right), day)

    @pytest.mark.parametrize(
        ("unit", "right"),
        [
            ("user/month", 10 * 12), ("Seat / Year", 10), ("每用户每月", 10 * 12), ("元/用户/年", 10), ("席位/季", 40),
            ("USD per user per month", 10 * 12), ("company/month", 12), ("企业/年", 1), ("一次性", 1), ("one off", 1),
            ("user/one-off", 10), ("seat/mo", 120), ("模块/月", 3 * 12), ("module/year", 3), (None, 10 * 12),
        ],
    )  # fmt: skip
    def test_that_can_be_read(self, unit, right):
        mine = [list(self.HEAD), ["Acme", "Pro", 1, "USD", unit, None, None, None]]
        row = {"Vendor": "Acme", "Edition": "Pro", "Users": 10, "Modules": 3}
        assert licence(row, assumptions=USD, catalogue=mine) == near(right)

    @pytest.mark.parametrize(
        ("unit", "billing"),
        [
            ("bananas", None), ("user", None), ("month", None), ("100 sessions", "usage"), ("user/week", "monthly"),
            ("user/3 months", None), ("user/month/year", None), ("user/month", "按用量"),
        ],
    )  # fmt: skip
    def test_that_cannot_be_compared(self, unit, billing):
        mine = [list(self.HEAD), ["Acme", "Pro", 1, "USD", unit, billing, None, None]]
        row = {"Option": "x", "Vendor": "Acme", "Edition": "Pro", "Users": 10}
        assert cell("CRM_COMPARE", options(row), USD, mine) == "#N/A"
        found = check(options=options(row), assumptions=USD, catalogue=mine)
        assert found[0][1:5] == ["error", "Options", 2, "Edition"]
        assert f"is listed for {unit}" in found[0][-1]
        usage = unit == "user/month"  # which is read, and is no fault of the catalogue
        assert [line[1:5] for line in found[1:]] == [["note", "Catalogue", 2, "Unit"]] * (not usage)
        # A price of the row is for its Frequency, and the other prices are not touched.
        assert licence({**row, "Price": 2, "Frequency": "annual"}, assumptions=USD, catalogue=mine) == near(20)
        assert call("CRM_PRICE", "Acme", "Pro", None, None, mine)[0][0] == 1

    def test_what_is_used_up(self):
        row = {"Option": "f", "Vendor": "Freshsales", "Edition": "add-on: Freddy AI Agent", "Users": 10}
        assert cell("CRM_COMPARE", options(row), USD) == "#N/A"
        ((*_, expected),) = check(options=options(row), assumptions=USD)
        assert "is listed for 100 sessions usage" in expected

    def test_every_shipped_price_is_read_or_told(self):
        """Whatever stands in the catalogue costs 12 months, a year or once, or is refused by name."""
        for vendor, edition, price, _, unit, billing, minimum in (r[:7] for r in call("CRM_CATALOGUE")[1:]):
            often = {"month": 12, "year": 1, "one-off": 1}.get(unit.split("/")[-1])
            assert (often is None) == (billing == "usage"), (vendor, edition)
            if often is None or price == "":
                continue
            by_user = unit.startswith(("user", "seat"))
            right = price * often * (max(100, minimum or 0) if by_user else 1)
            mine = [list(self.HEAD), ["Acme", "Pro", price, "USD", unit, billing, minimum if by_user else None, None]]
            row = {"Vendor": "Acme", "Edition": "Pro", "Users": 100}
            assert licence(row, assumptions=USD, catalogue=mine) == near(right), (vendor, edition)

    def test_volume_tiers_are_of_no_use_with_a_price_of_the_organisation(self):
        table = options({"Option": "k", "Vendor": "Keap", "Edition": "Keap Platform", "Users": 60})
        tiers = [["Option", "From", "Price"], ["k", 50, 9]]
        assert cell("CRM_COMPARE", table, USD, None, tiers) == "#N/A"
        found = check(options=table, assumptions=USD, tiers=tiers)
        assert [line[1:5] for line in found] == [["error", "Options", 2, "Option"]]
        assert "org/year annual, the whole organisation" in found[0][-1]


class TestProblems:
    def test_an_unpublished_price_is_not_there_and_the_check_says_why(self):
        table = options(
            {"Option": "a", "Users": 5, "Price": 5},
            {"Option": "b", "Vendor": "小满", "Edition": "OKKI CRM Pro", "Users": 5},
            {"Option": "c", "Vendor": "Acme", "Edition": "Pro", "Users": 5},
            {"Option": "d", "Users": 5},
        )
        assert cell("CRM_COMPARE", table) == "#N/A"
        found = check(options=table)
        assert [line[1:5] for line in found] == [
            ["error", "Options", 3, "Edition"], ["error", "Options", 4, "Vendor"], ["error", "Options", 5, "Vendor"],
        ]  # fmt: skip
        assert "no published price" in found[0][-1]
        assert "no vendor Acme" in found[1][-1]
        zh = check(costs=[["费用类别", "金额"], ["软件购买", 1]], options=table)
        assert "没有公布价格" in zh[0][-1]
        assert "没有供应商 Acme" in zh[1][-1]

    def test_a_missing_rate_is_not_there(self):
        table = options({"Option": "z", "Vendor": "Zoho", "Edition": "Standard", "Users": 5})
        assert cell("CRM_COMPARE", table) == "#N/A"
        ((_, severity, _, row, column, found, expected),) = check(options=table)
        assert (severity, row, column) == ("error", 2, "Currency")
        assert "USD/CNY" in expected
        assert "USD" in found

    def test_users_left_out_are_no_0_users(self):
        """A blank must not make the dearest product the cheapest."""
        for more in ({"Price": 49}, {"Vendor": "Salesforce", "Edition": "Enterprise", "Currency": "USD"}):
            table = options({"Option": "a", **more})
            assert cell("CRM_COMPARE", table, USD) == "#VALUE!"
            assert [line[1:5] for line in check(options=table, assumptions=USD)] == [["error", "Options", 2, "Users"]]
        assert licence({"Users": 0, "Price": 49}) == 0

    def test_users_are_not_needed_for_a_price_of_the_organisation_however_many_they_are(self):
        assert licence({"Vendor": "Pipedrive", "Edition": "LeadBooster add-on"}, assumptions=USD) == near(390)
        table = options({"Option": "k", "Vendor": "Keap", "Edition": "Keap Platform"})
        assert cell("CRM_COMPARE", table, USD) == "#VALUE!"  # 2 users are included: how many more are there?
        assert [line[1:5] for line in check(options=table, assumptions=USD)] == [["error", "Options", 2, "Users"]]

    @pytest.mark.parametrize(
        "line", [["x", 51, None], ["x", None, 90], ["x", 51, -1], ["x", "many", 90], [None, 51, 90]]
    )
    def test_a_tier_that_cannot_be_read(self, line):
        table = options({"Option": "x", "Users": 60, "Price": 100})
        tiers = [["Option", "From", "Price"], ["x", 201, 80], line]
        assert cell("CRM_COMPARE", table, None, None, tiers) == "#VALUE!"
        found = check(options=table, tiers=tiers)
        assert [line[1:4] for line in found] == [["error", "Tiers", 3]]

    def test_a_row_of_totals_among_the_tiers_does_not_count(self):
        tiers = [["Option", "From", "Price"], ["x", 51, 90], ["Total", 51, 90]]
        assert licence({"Users": 60, "Price": 100}, assumptions=[["Years", 1]], tiers=tiers) == near(60 * 90 * 12)

    def test_a_list_price_of_a_user_is_no_price_of_a_module(self):
        row = {"Option": "s", "Vendor": "SugarCRM", "Edition": "Sugar Sell Standard", "Metric": "模块", "Modules": 2}
        table = options(row)
        assert cell("CRM_COMPARE", table, USD) == "#N/A"
        ((*_, column, found, expected),) = check(options=table, assumptions=USD)
        assert (column, found) == ("Metric", '"module"')
        assert "SugarCRM Sugar Sell Standard is listed for user/month" in expected
        # With a price of its own the metric of the row holds; the minimum of the catalogue is for users.
        assert licence({**row, "Price": 59}, assumptions=USD) == near(2 * 59 * 12)

    def test_two_tiers_from_the_same_number(self):
        table = options({"Option": "x", "Users": 60, "Price": 100})
        tiers = [["Option", "From", "Price"], ["x", 51, 90], ["x", 51, 80]]
        assert cell("CRM_COMPARE", table, None, None, tiers) == "#VALUE!"
        found = check(options=table, tiers=tiers)
        assert [line[1] for line in found] == ["error"]
        assert "51" in found[0][-1]

    def test_an_error_is_handed_on(self):
        assert cell("CRM_COMPARE", options({"Option": "x", "Users": "#REF!", "Price": 1})) == "#REF!"
        table = options({"Option": "x", "Users": 1, "Price": 1})
        assert cell("CRM_COMPARE", table, [["Years", "#N/A"]]) == "#N/A"
        assert cell("CRM_COMPARE", table, None, None, [["Option", "From", "Price"], ["x", 1, "#NUM!"]]) == "#NUM!"

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("Users", -1),
            ("Price", "dear"),
            ("Discount", 1.5),
            ("Frequency", "weekly"),
            ("Metric", "desk"),
            ("Currency", "XX"),
        ],
    )
    def test_a_cell_that_cannot_be_read(self, column, value):
        table = options({"Option": "x", "Users": 1, "Price": 1, column: value})
        assert cell("CRM_COMPARE", table) == "#VALUE!"
        assert [line[1:5] for line in check(options=table)] == [["error", "Options", 2, column]]

    def test_neither_price_nor_vendor(self):
        """The row d of old: the catalogue has no vendor with a blank behind it."""
        table = options({"Option": "a", "Users": 5}, {"Option": "b", "Vendor": "Zoho", "Users": 5})
        right = "a price, or a vendor and edition from the catalogue"
        assert [line[3:] for line in check(options=table)] == [
            [2, "Vendor", "nothing", right], [3, "Edition", "nothing", right],
        ]  # fmt: skip
        assert cell("CRM_COMPARE", table) == "#N/A"

    def test_an_option_without_a_name(self):
        table = options({"Users": 5, "Price": 5}, {"Option": "b", "Users": 5, "Price": 5})
        assert cell("CRM_COMPARE", table) == "#VALUE!"
        assert [line[1:] for line in check(options=table)] == [
            ["error", "Options", 2, "Option", "nothing", "a name for the row"]
        ]
        # What cannot be read is told once.
        table = options({"Option": "#REF!", "Users": 5, "Price": 5})
        assert [line[3:5] for line in check(options=table)] == [[2, "Option"]]

    def test_two_options_of_one_name_are_noted(self):
        table = options(*({"Option": n, "Users": 5, "Price": 5} for n in ("a", "b", " A ")))
        assert [line[1:6] for line in check(options=table)] == [["note", "Options", 4, "Option", '"a"']]
        assert len(call("CRM_COMPARE", table)) == 4

    def test_a_note_does_not_take_an_option_out(self):
        """A price typed as text is noted; at 150 % more each year it costs 1,200 + 3,000."""
        row = {"Option": "a", "Users": 1, "Price": "100", "Price growth": "150%"}
        assert [line[1:5] for line in check(options=options(row))] == [["note", "Options", 2, "Price"]]
        assert licence(row, assumptions=[["Years", 2]]) == near(4200)

    def test_a_licence_too_large_to_be_one_is_no_0(self):
        table = options({"Option": "a", "Users": 1e12, "Price": 1e12})
        assert cell("CRM_COMPARE", table) == "#VALUE!"
        assert [line[1:5] for line in check(options=table)] == [["error", "Options", 2, "Price"]]

    def test_empty(self):
        assert compared() == []
        assert cell("CRM_COMPARE") == "#VALUE!"

    def test_chinese(self):
        table = call(
            "CRM_COMPARE",
            [["方案", "用户数", "单价", "计价方式", "实施费"], ["甲", 5, 10, "按用户", 100]],
            [["年数", 1]],
        )
        assert table[0] == ["方案", "软件购买", "定制开发", "维护", "员工培训", "合计", "每用户", "价格日期", "备注"]
        assert table[1] == ["甲", near(600), 100, 0, 0, near(700), near(140), "", "自填价格"]
        assert list(rows_of(table)) == ["甲"]


class TestTermsOfPrices:
    """The terms of an option's price are those of a cost line: one implementation."""

    HEAD = ("Option", "Users", "Price", "Price growth", "Price lock", "Growth cap", "Discount", "Discount until")

    @pytest.mark.parametrize(
        ("terms", "right"),
        [
            ((0.05, 2, 0.03, None, None), 1000 * (1 + 1 + 1.03 + 1.03**2)),
            ((0.05, None, 0.03, None, None), 1000 * (1 + 1.03 + 1.03**2 + 1.03**3)),
            ((0.05, 2, None, None, None), 1000 * (1 + 1 + 1.05 + 1.05**2)),
            ((0.1, None, None, "9折", 2), 1000 * (0.9 + 0.9 * 1.1 + 1.21 + 1.331)),
            ((0.1, None, None, 0.2, None), 800 * (1 + 1.1 + 1.21 + 1.331)),
        ],
    )
    def test_by_hand_and_as_a_cost_line(self, terms, right):
        years = [["Years", 4]]
        found = call("CRM_COMPARE", [[*self.HEAD, "Frequency"], ["x", 10, 100, *terms, "annual"]], years)[1]
        assert found[1] == near(right)
        line = [["Component", "Quantity", "Unit cost", *self.HEAD[3:], "Frequency"]]
        line += [["Licence", 10, 100, *terms, "annual"]]
        assert call("CRM_TOTAL", line, years) == near(found[1])

    def test_what_is_beside_the_licence_has_no_such_terms(self):
        table = [["Option", "Users", "Price", "Price growth", "Discount", "Maintenance"], ["x", 1, 0, 0.5, 0.5, 10]]
        assert call("CRM_COMPARE", table, [["Years", 3]])[1][3] == 30

    def test_a_problem_of_a_term_is_told_in_its_own_column(self):
        table = [["Option", "Users", "Price", "Discount", "Discount until"], ["x", 1, 10, 0.1, "2027-06-30"]]
        assert [line[1:5] for line in check(options=table)] == [["error", "Options", 2, "Discount until"]]


class TestSignsOfCurrencies:
    """$, ¥ and 元 stand for several currencies: what is not clear is asked, and never the reporting currency."""

    @pytest.mark.parametrize(("head", "price"), [("Price", "$49"), ("Price ($)", 49), ("Price", "49 $")])
    def test_a_price_in_dollars_is_no_price_in_yuan(self, head, price):
        table = [["Option", "Users", head], ["x", 10, price]]
        assert cell("CRM_COMPARE", table, [["Years", 1]]) == "#VALUE!"
        problem = check(options=table)[0]
        assert (problem[1], problem[3], problem[4]) == ("error", 2, head)
        assert "HKD" in problem[6]
        assert "USD" in problem[6]
        assert call("CRM_COMPARE", table, [["Years", 1], ["Currency", "USD"]])[1][1] == 49 * 10 * 12

    def test_the_currency_that_the_catalogue_lists_says_which(self):
        table = [["Option", "Vendor", "Edition", "Users", "Price"], ["x", "HubSpot", "Sales Hub Starter", 10, "$20"]]
        assert call("CRM_COMPARE", table, [["Years", 1], ["USD/CNY", 7]])[1][1] == 20 * 10 * 12 * 7

    def test_a_sign_in_the_column_currency(self):
        table = [["Option", "Users", "Price", "Currency"], ["x", 10, 49, "$"]]
        rates = [["USD/CNY", 7.0]]
        assert call("CRM_COMPARE", table, [["Years", 1], *rates])[1][1] == 49 * 10 * 12 * 7
        assert cell("CRM_COMPARE", table, [["Years", 1], *rates, ["HKD/CNY", 0.9]]) == "#VALUE!"
        assert cell("CRM_COMPARE", table, [["Years", 1], ["Currency", "HKD"], ["USD/HKD", 7.8]]) == "#VALUE!"

    def test_a_sign_that_the_catalogue_does_not_list_is_asked(self):
        table = [["Option", "Vendor", "Edition", "Users", "Currency"], ["x", "Salesforce", "Enterprise", 10, "¥"]]
        ((_, severity, _, _, column, found, expected),) = check(options=table)
        assert (severity, column, found) == ("error", "Currency", '"¥"')
        assert "CNY, JPY" in expected

    def test_tiers_state_the_currency_of_their_option(self):
        table, tiers = [["Option", "Users", "Price (USD)"], ["x", 10, 20]], [["Option", "From", "Price (EUR)"]]
        tiers.append(["x", 5, 19])
        assert cell("CRM_COMPARE", table, [["USD/CNY", 7]], None, tiers) == "#VALUE!"
        told = check(options=table, tiers=tiers, assumptions=[["USD/CNY", 7]])
        assert [line[1:5] for line in told] == [["error", "Options", 2, "Currency"]]
        tiers[0][2] = "Price (USD)"
        assert call("CRM_COMPARE", table, [["USD/CNY", 7], ["Years", 1]], None, tiers)[1][1] == 19 * 10 * 12 * 7

    def test_own_prices_by_sign(self):
        table, own = [["Option", "Vendor", "Edition", "Users"], ["x", "V", "E", 10]], [["Vendor", "Edition", "Price"]]
        own.append(["V", "E", "$19"])
        assert cell("CRM_COMPARE", table, [["Years", 1]], own) == "#VALUE!"
        assert call("CRM_COMPARE", table, [["Years", 1], ["Currency", "USD"]], own)[1][1] == 19 * 10 * 12
