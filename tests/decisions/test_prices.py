"""CRM_PRICE and CRM_CATALOGUE, and the catalogue itself."""

import datetime as dt

import pytest

from crm_xl.data import rows
from crm_xl.engine.schema import currencies

from .calling import call, cell, check, reason

# Every product of the domain page, section 5, by the names that users type.
PRODUCTS = {
    "Salesforce Sales Cloud": ("Salesforce", "Sales Cloud", "Salesforce Sales Cloud", "赛富时"),
    "Microsoft Dynamics 365": ("Dynamics 365", "Microsoft Dynamics 365 Sales", "dynamics", "微软"),
    "HubSpot": ("HubSpot", "hubspot", "HubSpot CRM"),
    "Zoho CRM": ("Zoho", "ZOHO CRM", "卓豪"),
    "Pipedrive": ("Pipedrive",),
    "Freshsales": ("Freshsales", "Freshworks"),
    "Insightly": ("Insightly",),
    "Copper": ("Copper", "Copper CRM"),
    "Keap": ("Keap", "Infusionsoft"),
    "SugarCRM": ("SugarCRM", "Sugar"),
    "Odoo": ("Odoo", "Odoo CRM"),
    "小满 OKKI": ("小满", "OKKI", "Xiaoman", "Xiaoman OKKI", "小满科技", "小满 OKKI"),
}
HEAD = [
    "Vendor",
    "Edition",
    "Price",
    "Currency",
    "Unit",
    "Billing",
    "Minimum seats",
    "Region",
    "As of",
    "Source",
    "Note",
]


def own(*lines, head=("Vendor", "Edition", "Price", "Currency", "As of")):
    return [list(head), *map(list, lines)]


class TestTheCatalogue:
    @pytest.mark.parametrize(("vendor", "name"), [(v, n) for v, names in PRODUCTS.items() for n in names])
    def test_every_product_of_the_domain_page_has_rows(self, vendor, name):
        table = call("CRM_CATALOGUE", name)
        assert len(table) > 1
        assert {row[0] for row in table[1:]} == {vendor}

    def test_salesforce_essentials_and_starter(self):
        editions = {row[1] for row in call("CRM_CATALOGUE", "Salesforce")[1:]}
        assert any("Starter" in e for e in editions)
        assert any("Essentials" in e for e in editions)

    def test_every_row_has_currency_unit_date_and_source_or_says_why_not(self):
        for line in rows("catalogue"):
            place = (line["vendor"], line["edition"])
            assert line["vendor"], place
            assert line["edition"], place
            assert line["unit"], place
            if line["price"]:
                assert float(line["price"]) >= 0, place
                assert line["currency"] in currencies().values(), place
                assert line["source"].startswith("http"), place
            else:
                assert "no published price" in line["note"], place
            if line["as_of"]:
                assert dt.date(2019, 1, 1) < dt.date.fromisoformat(line["as_of"]) <= dt.date(2026, 11, 23), place
            else:
                assert "date" in line["note"] or "as of" in line["note"], place

    def test_no_row_stands_twice(self):
        keys = [
            tuple(line[k] for k in ("vendor", "edition", "currency", "unit", "billing", "region", "as_of"))
            for line in rows("catalogue")
        ]
        assert len(set(keys)) == len(keys)

    def test_every_vendor_of_the_aliases_is_in_the_catalogue_and_the_other_way_round(self):
        assert {line["vendor"] for line in rows("vendors")} == {line["vendor"] for line in rows("catalogue")}

    def test_an_alias_names_one_vendor(self):
        words = [w.casefold() for line in rows("vendors") for w in {line["vendor"], *line["aliases"].split("|")} if w]
        assert len(set(words)) == len(words)

    def test_the_table(self):
        table = call("CRM_CATALOGUE")
        assert table[0] == HEAD
        assert len(table) == 1 + len(rows("catalogue"))
        assert {len(row) for row in table} == {len(HEAD)}
        assert not any(v is None for row in table for v in row)

    def test_chinese(self):
        table = call("CRM_CATALOGUE", "小满")
        assert table[0][:4] == ["供应商", "版本", "单价", "币种"]

    def test_unit_and_billing_are_in_the_language_of_the_table(self):
        head = ["供应商", "版本", "单价", "单位", "计费"]
        mine = own(["Acme", "Pro", 9, "seat/month", "monthly or annual"], ["Acme", "Max", 9, "", ""], head=head)
        assert [row[4:6] for row in call("CRM_CATALOGUE", "Acme", mine)[1:]] == [
            ["用户/月", "每月或每年"],
            ["用户/月", ""],
        ]
        shown = {tuple(row[4:6]) for row in call("CRM_CATALOGUE", None, mine)[1:]}
        assert {("公司/月", "每年"), ("一次性", "一次性"), ("用户/月", "免费"), ("公司/年", "每年")} <= shown
        # What is no period of a user, module or company stays as the vendor has it.
        assert ("100 sessions", "按用量") in shown

    def test_an_unknown_vendor_is_not_there(self):
        assert cell("CRM_CATALOGUE", "Acme") == "#N/A"
        assert reason("CRM_CATALOGUE", "Acme") == "the catalogue has no vendor Acme"
        assert "Acme" in reason("CRM_CATALOGUE", "Acme", language="zh")

    def test_the_users_rows_stand_first(self):
        mine = own(["Acme", "Pro", 5, "CNY", None], ["Zoho", "Standard", 9, "USD", "2026-09-30"])
        table = call("CRM_CATALOGUE", None, mine)
        assert [row[:4] for row in table[1:3]] == [["Acme", "Pro", 5, "CNY"], ["Zoho", "Standard", 9, "USD"]]
        assert len(table) == 3 + len(rows("catalogue"))
        zoho = call("CRM_CATALOGUE", "zoho crm", mine)
        assert zoho[1][2] == 9
        assert len(call("CRM_CATALOGUE", "acme", mine)) == 2


class TestListPrices:
    """As the vendors' pages printed them (../shared/catalogue, each with its source)."""

    @pytest.mark.parametrize(
        ("vendor", "edition", "price"),
        [
            ("Salesforce", "Enterprise", 175), ("Salesforce", "unlimited", 350), ("Salesforce", "Pro Suite", 100),
            ("Salesforce", "Starter Suite", 25), ("Salesforce", "Starter", 25),
            ("Dynamics 365", "Sales Professional", 65), ("Microsoft", "Sales Enterprise", 105),
            ("HubSpot", "Sales Hub Starter", 20), ("HubSpot", "Sales Hub Professional", 90), ("Zoho", "Standard", 14),
            ("Zoho", "Enterprise", 40), ("Pipedrive", "Lite", 14), ("Freshsales", "Growth", 9),
            ("Insightly", "Plus", 29),
            ("Copper", "Basic", 23), ("Keap", "Max Grow", 329), ("SugarCRM", "Sugar Sell Standard", 59),
            ("SugarCRM", "Premier", 135), ("小满", "OKKI Go Free", 0),
        ],
    )  # fmt: skip
    def test_in_us_dollars_for_an_annual_commitment_first(self, vendor, edition, price):
        assert call("CRM_PRICE", vendor, edition)[0][0] == price

    @pytest.mark.parametrize(
        ("vendor", "edition", "billing", "price"),
        [
            ("Zoho", "Standard", "monthly", 20), ("Zoho", "Standard", "annual", 14), ("Zoho", "Standard", "每月", 20),
            ("HubSpot", "Sales Hub Professional", "按月", 100), ("Salesforce", "Starter Suite", "monthly", 25),
            ("Copper", "Business", "yearly", 99),
        ],
    )  # fmt: skip
    def test_by_billing(self, vendor, edition, billing, price):
        assert call("CRM_PRICE", vendor, edition, None, None, None, billing)[0][0] == price

    @pytest.mark.parametrize(
        ("currency", "price"), [("EUR", 175), ("英镑", 140), ("gbp", 140), ("JPY", 21_000), ("¥", 21_000), ("US$", 175)]
    )
    def test_by_currency(self, currency, price):
        assert call("CRM_PRICE", "Salesforce", "Enterprise", currency)[0][0] == price

    def test_a_sign_of_several_currencies_is_asked_where_several_are_listed(self):
        """Enterprise is listed in US and Australian dollars; of the currencies of ¥ in yen alone."""
        assert cell("CRM_PRICE", "Salesforce", "Enterprise", "$") == "#VALUE!"
        told = 'found "$"; expected a currency code: the sign may stand for AUD, USD'
        assert reason("CRM_PRICE", "Salesforce", "Enterprise", "$") == told
        assert cell("CRM_PRICE", "Salesforce", "Enterprise", "元") == "#N/A"

    def test_an_index_of_it_can_be_calculated_with(self):
        assert call("CRM_PRICE", "HubSpot", "Sales Hub Starter")[0][0] * 300 * 12 == 72_000

    def test_the_row(self):
        assert call("CRM_PRICE", "Salesforce", "Pro Suite", "USD") == [[100, "2026-08-13", "102 days old"]]
        assert call("CRM_PRICE", "赛富时", "Pro Suite", "USD") == [[100, "2026-08-13", "已有 102 天"]]

    def test_an_edition_that_a_later_source_has_replaced_says_so(self):
        """Read on 2026-08-13 and current; a source of 2026-09-03 has Core and Max in place of these two."""
        for edition, price in (("Enterprise", 175), ("Unlimited", 350)):
            assert call("CRM_PRICE", "Salesforce", edition, "USD") == [
                [price, "2026-08-13", "102 days old; replaced on 2026-09-03 by a later source, see its note"]
            ]
        assert call("CRM_PRICE", "赛富时", "Enterprise", "USD")[0][2] == (
            "已有 102 天；较新来源称已于 2026-09-03 被取代，请看其备注"
        )
        # Before that day nothing is known of it.
        assert call("CRM_PRICE", "Salesforce", "Enterprise", "USD", "2026-09-02")[0][2] == "current"
        notes = [row[-1] for row in call("CRM_CATALOGUE", "Salesforce") if row[1] == "Enterprise" and row[2] == 175]
        assert notes
        assert all(note.startswith("one later source says this edition was replaced") for note in notes)


class TestAge:
    def test_a_price_older_than_90_days_says_so(self):
        for day, old in (("2027-08-20", 372), (dt.date(2028, 1, 1), 506), (dt.date(2028, 2, 17), 553)):
            assert call("CRM_PRICE", "Salesforce", "Pro Suite", "USD", day)[0][1:] == ["2026-08-13", f"{old} days old"]
        assert call("CRM_PRICE", "小满", "OKKI Go Free", None, "2028-01-01")[0][2].startswith("已有")
        assert call("CRM_PRICE", "Salesforce", "Pro Suite", "USD", "2026-11-11")[0][2] == "current"  # the 90th day

    def test_old_rows_say_so_without_a_date_too(self):
        assert call("CRM_PRICE", "SugarCRM", "Sugar Enterprise (old)")[0][1:] == ["2020-01-01", "2518 days old"]

    def test_a_price_without_a_date_says_so(self):
        assert call("CRM_PRICE", "Pipedrive", "Essential (old)")[0][1:] == ["", "no date"]

    def test_only_prices_read_by_a_day(self):
        """Salesforce Enterprise was 165 before the rise of August 2025."""
        assert call("CRM_PRICE", "Salesforce", "Enterprise", None, "2025-08-01")[0] == [165, "2025-07-01", "current"]
        assert call("CRM_PRICE", "Dynamics 365", "Sales Enterprise", "USD", "2026-05-01")[0][0] == 95
        assert cell("CRM_PRICE", "Zoho", "Standard", None, "2020-01-01") == "#N/A"

    def test_nothing_depends_on_today(self):
        assert call("CRM_PRICE", "Zoho", "Standard") == call("CRM_PRICE", "Zoho", "Standard")
        assert call("CRM_PRICE", "Zoho", "Standard")[0][2] == "101 days old"


class TestOwnTable:
    def test_it_overrules_the_shipped_price(self):
        mine = own(["Salesforce", "enterprise", 120, "USD", "2026-10-05"])
        assert call("CRM_PRICE", "Salesforce Sales Cloud", "Enterprise", None, None, mine) == [
            [120, "2026-10-05", "own price"]
        ]

    def test_whatever_its_currency_where_none_is_asked_for(self):
        mine = own(["Salesforce", "Enterprise", 900, "CNY", None])
        assert call("CRM_PRICE", "Salesforce", "Enterprise", None, None, mine) == [[900, "", "own price"]]
        assert call("CRM_PRICE", "Salesforce", "Enterprise", "USD", None, mine)[0][0] == 175

    def test_a_product_that_the_catalogue_does_not_have(self):
        mine = own(["Acme", "Pro", 5, "CNY", "2026-11-01"], ["Acme", "Max", 9, "CNY", "2026-11-01"])
        assert call("CRM_PRICE", "ACME", "max", None, None, mine)[0][0] == 9

    def test_a_price_that_nobody_publishes(self):
        mine = own(["小满", "OKKI CRM Pro", 499, "CNY", "2026-11-20"])
        assert call("CRM_PRICE", "OKKI", "OKKI CRM Pro", None, None, mine)[0] == [499, "2026-11-20", "own price"]

    def test_the_day_stays_the_day(self):
        mine = own(["Acme", "Pro", 5, "CNY", dt.date(2026, 10, 31)])
        assert call("CRM_PRICE", "Acme", "Pro", None, None, mine)[0][1] == "2026-10-31"
        assert cell("CRM_PRICE", "Acme", "Pro", None, "2026-10-30", mine) == "#N/A"
        assert call("CRM_CATALOGUE", "Acme", mine)[1][8] == "2026-10-31"

    def test_an_old_own_price_says_so(self):
        mine = own(["Acme", "Pro", 5, "CNY", dt.date(2024, 10, 31)])
        assert call("CRM_PRICE", "Acme", "Pro", None, None, mine)[0][2].endswith("days old")

    def test_the_later_of_two(self):
        mine = own(["Acme", "Pro", 5, "CNY", "2026-10-01"], ["Acme", "Pro", 6, "CNY", "2026-11-01"])
        assert call("CRM_PRICE", "Acme", "Pro", None, None, mine)[0][0] == 6
        assert call("CRM_PRICE", "Acme", "Pro", None, "2026-10-15", mine)[0][0] == 5

    def test_chinese(self):
        head = ("供应商", "版本", "单价", "币种", "单位", "计费", "日期")
        mine = own(
            ["自研", "标准", 50, "人民币", "用户/月", "按年", "2026年11月5日"],
            ["自研", "标准", 60, "人民币", "用户/月", "每月", "2026-11-05"],
            head=head,
        )
        assert call("CRM_PRICE", "自研", "标准", None, None, mine, "每年")[0] == [50, "2026-11-05", "自填价格"]
        assert call("CRM_PRICE", "自研", "标准", None, None, mine, "monthly")[0][0] == 60
        assert call("CRM_PRICE", "自研", "标准", None, None, mine)[0][0] == 50

    def test_an_unreadable_own_table(self):
        mine = own(["Acme", "Pro", "five", "CNY", None])
        assert cell("CRM_PRICE", "Zoho", "Standard", None, None, mine) == "#VALUE!"
        assert [line[1:5] for line in check(catalogue=mine)] == [["error", "Catalogue", 2, "Price"]]
        assert cell("CRM_PRICE", "Zoho", "Standard", None, None, own(["a", "b", "#REF!", "CNY", None])) == "#REF!"
        assert cell("CRM_CATALOGUE", None, mine) == "#VALUE!"

    def test_a_row_without_a_name_never_leaves_the_shipped_price_in_its_place(self):
        for row, column in (([None, "Standard"], "Vendor"), (["Zoho", None], "Edition")):
            mine = own([*row, 9, "USD", None])
            assert cell("CRM_PRICE", "Zoho", "Standard", None, None, mine) == "#VALUE!"
            assert [line[1:5] for line in check(catalogue=mine)] == [["error", "Catalogue", 2, column]]

    def test_a_billing_that_is_not_known_is_noted(self):
        head = ("Vendor", "Edition", "Price", "Billing")
        words = (
            "monthly or annual",
            "每月或每年",
            "按用量",
            "free",
            "month-to-month",
            "billed annually",
            None,
            "haggled",
        )
        mine = own(*(["Acme", f"Pro {i}", 9, word] for i, word in enumerate(words)), head=head)
        assert [line[1:6] for line in check(catalogue=mine)] == [["note", "Catalogue", 9, "Billing", '"haggled"']]
        for i, monthly in enumerate((True, True, False, True, True, False, True, False)):
            found = cell("CRM_PRICE", "Acme", f"Pro {i}", None, None, mine, "monthly")
            assert (found != "#N/A") is monthly, words[i]


class TestNoPrice:
    @pytest.mark.parametrize(
        ("vendor", "edition"), [("Odoo", "Standard"), ("小满", "OKKI CRM Pro"), ("Xiaoman OKKI", "okki crm smart")]
    )
    def test_a_price_that_is_not_published_is_not_there_and_says_why(self, vendor, edition):
        assert cell("CRM_PRICE", vendor, edition) == "#N/A"
        assert "no published price" in reason("CRM_PRICE", vendor, edition)
        assert "没有公布价格" in reason("CRM_PRICE", vendor, edition, language="zh")

    def test_free_is_a_price(self):
        assert call("CRM_PRICE", "HubSpot", "Free tools")[0][0] == 0

    def test_an_unknown_edition(self):
        assert cell("CRM_PRICE", "Zoho", "Platinum") == "#N/A"
        assert reason("CRM_PRICE", "Zoho", "Platinum") == "Zoho CRM has no one edition Platinum in the catalogue"

    def test_a_part_of_several_names_is_no_edition(self):
        assert cell("CRM_PRICE", "HubSpot", "Professional") == "#N/A"
        assert cell("CRM_PRICE", "HubSpot", "Hub") == "#N/A"

    def test_a_currency_in_which_it_is_not_listed(self):
        assert cell("CRM_PRICE", "Insightly", "Plus", "CNY") == "#N/A"
        assert "USD" in reason("CRM_PRICE", "Insightly", "Plus", "CNY")

    @pytest.mark.parametrize(
        "given_",
        [
            (),
            ("Zoho",),
            ("Zoho", None),
            ("Zoho", "Standard", "XXX"),
            ("Zoho", "Standard", None, "soon"),
            ("Zoho", "Standard", None, None, None, "weekly"),
        ],
    )
    def test_arguments_that_cannot_be_read(self, given_):
        assert cell("CRM_PRICE", *given_) == "#VALUE!"

    @pytest.mark.parametrize(
        ("given_", "word"), [(("XXX",), "币种代码，如 CNY、USD"), ((None, "soon"), "日期（如 2027-01-31）")]
    )
    def test_the_reason_is_wholly_in_chinese(self, given_, word):
        told = reason("CRM_PRICE", "Zoho", "Standard", *given_, language="zh")
        assert told.endswith(f"应为{word}")

    def test_a_billing_that_is_not_listed(self):
        assert cell("CRM_PRICE", "Insightly", "Plus", None, None, None, "monthly") == "#N/A"
        told = reason("CRM_PRICE", "Insightly", "Plus", None, None, None, "monthly")
        assert told == "Insightly Plus is not listed with that billing, only as: USD annual 2026-08-14"

    def test_an_error_is_handed_on(self):
        assert cell("CRM_PRICE", "#REF!", "Standard") == "#REF!"
        assert cell("CRM_PRICE", "Zoho", "Standard", None, "#N/A") == "#N/A"
