"""CRM_ESTIMATE: by hand from the shipped coefficients; the factors, what users overrule, what is missing."""

import csv
from itertools import product
from pathlib import Path

import pytest

import crm_xl
from crm_xl.functions.reference import tables_page

from .calling import call, cell, check, reason, rows_of

COMPONENTS = ("Licence", "Customisation", "Maintenance", "Training")
FACTORS = {
    "size": ("small", "medium", "large"),
    "platform": ("light", "standard", "heavy"),
    "market": ("stable", "moderate", "fast"),
    "management": ("strong", "average", "weak"),
}
USD = [["Currency", "USD"]]


def near(value):
    return pytest.approx(value, rel=1e-9, abs=1e-9)


def shipped():
    """The coefficients as they stand in the file: low, likely, high."""
    path = Path(crm_xl.__file__).parent / "data" / "coefficients.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["key"]: [float(row[s]) for s in ("low", "likely", "high")] for row in csv.DictReader(file)}


def by_hand(users, size, platform, market, management, *, years=5, rates=None, given=None):
    """Low, likely and high of each component: a plain loop over the years, from the words of the documentation."""
    rates = rates or [1.0] * years
    c = shipped() | (given or {})
    result = {name: [0.0] * 3 for name in COMPONENTS}
    for side in range(3):
        v = {key: values[side] for key, values in c.items()}
        for year in range(years):
            licence = users * v[f"licence_{platform}"] * 12 * v[f"market_{market}"]
            result["Licence"][side] += licence * rates[year]
            result["Maintenance"][side] += (
                licence * v[f"maintenance_{platform}"] * v[f"management_{management}"] * rates[year]
            )
            trained = users if year == 0 else users * v["turnover"]
            hour = v["training_hours"] * v["training_rate"] * v[f"management_{management}"]
            result["Training"][side] += trained * hour * rates[year]
            if year == 0:
                once = licence * v[f"implementation_{platform}"] * v[f"size_{size}"]
                result["Customisation"][side] = once * v[f"management_{management}"] * rates[0]
    return result


def estimate(users, *factors, assumptions=USD, coefficients=None):
    table = call("CRM_ESTIMATE", users, *(list(factors) + [None] * (4 - len(factors))), assumptions, coefficients)
    assert table[0] == ["Component", "Low", "Likely", "High"]
    found = rows_of(table)
    assert list(found) == [*COMPONENTS, "Total"]
    assert found["Total"] == near([sum(found[c][side] for c in COMPONENTS) for side in range(3)])
    return found


class TestByHand:
    @pytest.mark.parametrize("factors", list(product(*FACTORS.values())), ids="-".join)
    def test_every_combination_of_factors(self, factors):
        found = estimate(130, *factors)
        for name, right in by_hand(130, *factors).items():
            assert found[name] == near(right)
            assert found[name] == sorted(found[name])

    def test_one_case_with_numbers_written_out(self):
        """100 users, all factors left out, one year: 65 × 12 × 100 = 78,000 of licence, as much to implement."""
        found = estimate(100, assumptions=[["Currency", "USD"], ["Years", 1]])
        assert [found[name][1] for name in COMPONENTS] == near([78_000, 78_000, 12_480, 15_000])

    def test_weak_management_costs_second_round_development(self):
        """The same with weak management: customisation × 1.4 as well, that is 31,200 more for the second round."""
        found = estimate(100, None, None, None, "weak", assumptions=[["Currency", "USD"], ["Years", 1]])
        assert [found[name][1] for name in COMPONENTS] == near([78_000, 109_200, 17_472, 21_000])

    @pytest.mark.parametrize("years", [1, 2, 7, 30])
    def test_years(self, years):
        found = estimate(40, "large", "heavy", "fast", "weak", assumptions=[["Currency", "USD"], ["Years", years]])
        for name, right in by_hand(40, "large", "heavy", "fast", "weak", years=years).items():
            assert found[name] == near(right)

    def test_exchange_rates_by_year(self):
        given = [["Years", 3], ["USD/CNY", 7.0, 1], ["USD/CNY", 7.2, 2], ["USD/CNY", 7.5, 3]]
        found = estimate(40, "small", "light", "stable", "strong", assumptions=given)
        for name, right in by_hand(40, "small", "light", "stable", "strong", years=3, rates=[7.0, 7.2, 7.5]).items():
            assert found[name] == near(right)

    def test_the_rate_read_backwards(self):
        assert estimate(40, assumptions=[["CNY/USD", 0.125]])["Total"] == near([8 * v for v in estimate(40)["Total"]])

    def test_twice_the_users_cost_twice(self):
        assert estimate(200)["Total"] == near([2 * v for v in estimate(100)["Total"]])
        assert estimate(0)["Total"] == [0, 0, 0]


class TestFactors:
    @pytest.mark.parametrize("side", [0, 1, 2])
    @pytest.mark.parametrize("factor", list(FACTORS))
    def test_each_moves_the_total_the_right_way(self, factor, side):
        """Larger, heavier, faster and worse managed all cost more (the domain page, section 2)."""
        at = list(FACTORS).index(factor)
        usual = ["medium", "standard", "moderate", "average"]
        totals = [estimate(100, *[*usual[:at], step, *usual[at + 1 :]])["Total"][side] for step in FACTORS[factor]]
        assert totals == sorted(totals)
        # Where low and high of a step touch the next one they may be equal, the likely values may not.
        assert totals[0] < totals[2]
        if side == 1:
            assert totals[0] < totals[1] < totals[2]

    @pytest.mark.parametrize(
        ("factor", "moved"),
        [
            ("size", {"Customisation"}),
            ("management", {"Customisation", "Maintenance", "Training"}),
            ("market", {"Licence", "Customisation", "Maintenance"}),
        ],
    )
    def test_which_components_it_moves(self, factor, moved):
        at = list(FACTORS).index(factor)
        usual = ["medium", "standard", "moderate", "average"]
        one, other = (
            estimate(100, *[*usual[:at], step, *usual[at + 1 :]]) for step in (FACTORS[factor][0], FACTORS[factor][2])
        )
        assert {name for name in COMPONENTS if one[name] != other[name]} == moved

    def test_medium_standard_moderate_average_are_the_defaults(self):
        assert estimate(100) == estimate(100, "medium", "standard", "moderate", "average")

    @pytest.mark.parametrize(
        ("words", "keys"),
        [
            (("大型", "重型", "快速变化", "弱"), ("large", "heavy", "fast", "weak")),
            (("小型", "轻量", "稳定", "强"), ("small", "light", "stable", "strong")),
            (("Multinational", "ENTERPRISE", "fast-moving", "poor"), ("large", "heavy", "fast", "weak")),
        ],
    )
    def test_words_of_both_languages(self, words, keys):
        right = by_hand(10, *keys)
        table = call("CRM_ESTIMATE", 10, *words, USD)
        assert [row[1:] for row in table[1:5]] == [near(line) for line in right.values()]

    def test_chinese_words_are_answered_in_chinese(self):
        table = call("CRM_ESTIMATE", 10, "大型", None, None, None, USD)
        assert table[0] == ["费用类别", "低值", "最可能", "高值"]
        assert [row[0] for row in table[1:]] == ["软件购买", "定制开发", "维护", "员工培训", "合计"]


class TestCoefficients:
    HEAD = ("Key", "Low", "Likely", "High")

    @pytest.mark.parametrize("key", list(shipped()))
    def test_each_can_be_overruled(self, key):
        values = [v * f + 0.01 for v, f in zip(shipped()[key], (1, 1.5, 2), strict=True)]
        word = key.split("_", 1)
        usual = {"size": "medium", "platform": "standard", "market": "moderate", "management": "average"}
        of = "platform" if word[0] in ("licence", "implementation", "maintenance") else word[0]
        factors = tuple((usual | ({of: word[1]} if of in usual else {})).values())
        found = estimate(50, *factors, coefficients=[list(self.HEAD), [f" {key.upper()} ", *values]])
        for name, right in by_hand(50, *factors, given={key: values}).items():
            assert found[name] == near(right)
        assert found != estimate(50, *factors)

    def test_chinese_headers(self):
        given = [["系数", "低值", "最可能值", "高值"], ["turnover", 0.5, 0.6, 0.7]]
        table = call("CRM_ESTIMATE", 50, None, None, None, None, USD, given)
        right = by_hand(50, "medium", "standard", "moderate", "average", given={"turnover": [0.5, 0.6, 0.7]})
        assert [row[1:] for row in table[1:5]] == [near(line) for line in right.values()]
        assert table[1][0] == "软件购买"

    def test_an_unknown_key_is_not_there(self):
        given = [list(self.HEAD), ["licence_giant", 1, 2, 3]]
        assert cell("CRM_ESTIMATE", 5, None, None, None, None, USD, given) == "#N/A"
        assert "licence_giant" in reason("CRM_ESTIMATE", 5, None, None, None, None, USD, given)

    @pytest.mark.parametrize(
        "row",
        [
            ["turnover", None, 0.2, None], ["turnover", 0.1, None, 0.3], ["turnover", "a", 0.2, 0.3],
            ["turnover", 0.3, 0.2, 0.1], ["turnover", -0.1, 0.2, 0.3],
        ],
    )  # fmt: skip
    def test_a_row_that_cannot_be_read(self, row):
        assert cell("CRM_ESTIMATE", 5, None, None, None, None, USD, [list(self.HEAD), row]) == "#VALUE!"

    def test_a_key_only_once(self):
        given = [list(self.HEAD), ["turnover", 0.1, 0.2, 0.3], ["Turnover", 0.4, 0.5, 0.6]]
        assert cell("CRM_ESTIMATE", 5, None, None, None, None, USD, given) == "#VALUE!"

    def test_the_check_names_them_all(self):
        given = [
            list(self.HEAD),
            ["giant", 1, 2, 3],
            ["turnover", None, 0.2, 0.1],
            ["size_large", 3, 2, 1],
            [None, 1, 1, 1],
        ]
        found = check(coefficients=given)
        assert sorted(line[1:5] for line in found) == [
            ["error", "Coefficients", 2, "Key"],
            ["error", "Coefficients", 3, "Low"],
            ["error", "Coefficients", 4, "Likely"],
            ["error", "Coefficients", 5, "Key"],
        ]
        assert check(coefficients=[list(self.HEAD), ["turnover", 0.1, 0.2, 0.3]]) == []

    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_the_reference_page_lists_each_as_a_table_that_can_be_handed_over(self, language):
        _, _, rest = tables_page(language).partition(
            {"en": "## Coefficients of the estimate", "zh": "## 估算系数"}[language]
        )
        lines = [line for line in rest.partition("\n## ")[0].splitlines() if line.startswith("|")]
        head, _, *body = [[text.strip(" `") for text in line.strip("| ").split(" | ")] for line in lines]
        assert {row[0]: [float(v) for v in row[2:5]] for row in body} == shipped()
        assert all(all(row) and len(row) == 7 for row in body)
        given = [[head[0], *head[2:5]], *([row[0], *(float(v) + 1 for v in row[2:5])] for row in body)]
        right = by_hand(
            5, "medium", "standard", "moderate", "average", given={k: [v + 1 for v in c] for k, c in shipped().items()}
        )
        found = call("CRM_ESTIMATE", 5, "medium", None, None, None, USD, given)
        assert [row[1:] for row in found[1:5]] == [near(line) for line in right.values()]

    def test_no_rows(self):
        assert estimate(5, coefficients=[list(self.HEAD)]) == estimate(5)

    def test_every_shipped_one_has_a_source_or_is_marked_as_an_assumption_and_is_in_order(self):
        path = Path(crm_xl.__file__).parent / "data" / "coefficients.csv"
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for column in ("unit", "source"):
                    assert row[f"{column}_en"].isascii(), row["key"]
                    assert row[f"{column}_zh"].strip(), row["key"]
                    assert row[f"{column}_en"].strip(), row["key"]
                assert float(row["low"]) <= float(row["likely"]) <= float(row["high"]), row["key"]

    def test_licence_prices_are_those_of_the_catalogue(self):
        """Their source names list prices: each is really there."""
        named = {
            "licence_light": (("Freshsales", "Growth"), ("Salesforce", "Starter Suite"), ("Zoho", "Enterprise")),
            "licence_standard": (
                ("Freshsales", "Pro"),
                ("Dynamics 365", "Sales Professional"),
                ("Salesforce", "Pro Suite"),
            ),
            "licence_heavy": (
                ("Dynamics 365", "Sales Enterprise"),
                ("Salesforce", "Enterprise"),
                ("Salesforce", "Unlimited"),
            ),
        }
        for key, editions in named.items():
            assert [call("CRM_PRICE", *edition, "USD")[0][0] for edition in editions] == shipped()[key]


class TestSpecialCases:
    def test_a_missing_rate_of_us_dollars_is_not_there(self):
        for given in (None, [["Currency", "EUR"], ["USD/CNY", 7]], [["Years", 3], ["USD/CNY", 7, 2]]):
            assert cell("CRM_ESTIMATE", 5, None, None, None, None, given) == "#N/A"
        assert "USD/CNY" in reason("CRM_ESTIMATE", 5)
        assert "USD/CNY" in reason("CRM_ESTIMATE", 5, language="zh")

    @pytest.mark.parametrize(
        "given",
        [
            (),
            (None,),
            (-1,),
            ("many",),
            (True,),
            (5, "giant"),
            (5, None, "paper"),
            (5, None, None, "slow"),
            (5, None, None, None, "none"),
        ],
    )
    def test_arguments_that_cannot_be_read(self, given):
        given = (*given, *[None] * (5 - len(given)), USD)
        assert cell("CRM_ESTIMATE", *given) == "#VALUE!"

    def test_errors_are_handed_on(self):
        assert cell("CRM_ESTIMATE", "#REF!") == "#REF!"
        assert cell("CRM_ESTIMATE", 5, "#N/A") == "#N/A"
        assert cell("CRM_ESTIMATE", 5, None, None, None, None, [["Years", "#DIV/0!"]]) == "#DIV/0!"
        given = [["Key", "Low", "Likely", "High"], ["turnover", 0.1, "#NUM!", 0.3]]
        assert cell("CRM_ESTIMATE", 5, None, None, None, None, USD, given) == "#NUM!"
