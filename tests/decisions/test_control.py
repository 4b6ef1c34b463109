"""CRM_VARIANCE, CRM_ALLOCATE, CRM_PER_ACTIVE_USER."""

import math
import random
from collections import defaultdict
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .calling import call, cell, check, reason, rows_of
from .plain import MIXED, Settings, cost_table, total

CHECKED = settings(max_examples=100, deadline=None)
CUTS = ("component", "item", "department", "vendor", "year")


def near(value):
    return pytest.approx(value, rel=1e-9, abs=1e-6)


class TestVariance:
    HEAD = ("Component", "Item", "Department", "Vendor", "Year", "Budget", "Actual")
    ROWS = (
        ("Licence", "Seats", "Sales", "Vela", 2027, 100_000, 120_000),
        ("软件购买", "Seats", "Service", "Vela", 2028, 50_000, 46_000),
        ("Customisation", "Coding", "IT", "Orion", 2027, 80_000, 80_000),
        ("Customisation", "Testing", "it", None, 2028, None, 9_500),
        ("Training", "Sessions", "HR", "Orion", 2027, 5_000, 5_120),
        ("Hardware", "Tablets", "Sales", "Vela", None, 7_000, None),
        ("license", "Desk", None, "vela", 2028, 1_000, 250.5),
    )

    def table(self, rows=ROWS):
        return [list(self.HEAD), *map(list, rows)]

    @pytest.mark.parametrize(
        ("actual", "variance", "share", "word"),
        [(120_000, 20_000, 0.2, "超支"), (90_000, -10_000, -0.1, "节约"), (100_000, 0, 0, "持平")],
    )
    def test_chinese_accounting_exam_text(self, actual, variance, share, word):
        """Budget 100,000: 120,000 is +20,000 超支 +20 %, 90,000 is −10,000 节约."""
        found = call("CRM_VARIANCE", [["费用类别", "预算", "实际"], ["软件购买", 100_000, actual]])
        assert found[0] == ["费用类别", "预算", "实际", "差异", "差异率", "超支或节约"]
        assert found[1] == ["软件购买", 100_000, actual, variance, near(share), word]
        assert found[2] == ["合计", 100_000, actual, variance, near(share), word]

    @pytest.mark.parametrize(
        ("budget", "actual", "variance", "word"),
        [(50_000, 46_000, -4_000, "Saving"), (5_000, 5_120, 120, "Overspend")],
    )
    def test_courseeagle_budget_variance(self, budget, actual, variance, word):
        """50,000 against 46,000 is 4,000 favourable; 5,000 against 5,120 is 120 unfavourable."""
        found = call("CRM_VARIANCE", [["Component", "Budget", "Actual"], ["Licence", budget, actual]])[1]
        assert (found[3], found[5]) == (variance, word)

    def test_columns_listed_to_be_ignored_are(self):
        table = [["Component", "Budget", "Actual", "Discount"], ["Licence", 100, 120, 5]]
        assert cell("CRM_VARIANCE", table) == "#VALUE!"
        found = call("CRM_VARIANCE", table, None, None, [["Ignore columns", "Discount"]])
        assert found[1][:4] == ["Licence", 100, 120, 20]
        both = [["Component", "Amount", "Fee"], ["Licence", 100, 7]]
        assert call("CRM_VARIANCE", both, both, None, [["Ignore columns", "Fee"]])[1][:4] == ["Licence", 100, 100, 0]

    def test_amounts_of_both_sides_state_their_unit(self):
        budget, actual = [["费用类别", "金额（万元）"], ["许可", 10]], [["费用类别", "金额"], ["许可", 110_000]]
        assert call("CRM_VARIANCE", budget, actual)[1][1:4] == [100_000, 110_000, 10_000]

    def test_both_sides_are_in_one_currency(self):
        budget, actual = (
            [["Component", "Amount (USD)"], ["Licence", 10]],
            [["Component", "Amount (CNY)"], ["Licence", 7]],
        )
        assert cell("CRM_VARIANCE", budget, actual) == "#VALUE!"
        assert call("CRM_VARIANCE", budget, [["Component", "Amount (USD)"], ["Licence", 9]])[1][1:4] == [10, 9, -1]

    def test_a_budget_is_never_taken_for_an_actual(self):
        table = [["Component", "Budget"], ["Licence", 100]]
        assert cell("CRM_VARIANCE", table, table) == "#VALUE!"

    @pytest.mark.parametrize("by", [*CUTS, "部门", "年度", "费用类别", None])
    def test_every_cut_against_a_plain_loop(self, by):
        column = {"部门": "Department", "年度": "Year", "费用类别": "Component", None: "Component"}.get(
            by, str(by).title()
        )
        of = {"软件购买": "Licence", "license": "Licence", "it": "IT", "vela": "Vela", "Hardware": "Other: Hardware"}
        sums = defaultdict(lambda: [0.0, 0.0, 0.0])
        blank = set()
        for row in self.ROWS:
            key = row[self.HEAD.index(column)]
            key = "(not stated)" if key is None else str(key)
            key = of.get(key, key) if column != "Item" else key
            sums[key][0] += row[5] or 0
            sums[key][1] += row[6] or 0
            if row[6] is None:  # not reported: its budget is in no variance
                sums[key][2] += row[5]
                blank.add(key)
        table = call("CRM_VARIANCE", self.table(), None, by)
        found = rows_of(table)
        assert list(found) == [*sums, "Total", "Not reported (1): the budget is in no variance"]
        assert table[0][0] == column
        for key, (budget, actual, out) in sums.items():
            word = "Overspend" if actual > budget - out else "Saving" if actual < budget - out else "On budget"
            share = near(actual / (budget - out) - 1) if budget - out else ""
            right = [near(budget), near(actual), near(actual - budget + out), share, word]
            assert found[key] == (right if key not in blank or actual else [budget, "", "", "", "Not reported"])
        assert found["Total"][:3] == [243_000, near(260_870.5), near(24_870.5)]

    def test_the_percentage_is_blank_where_the_budget_is_0(self):
        found = rows_of(call("CRM_VARIANCE", self.table(), None, "item"))
        assert found["Testing"] == [0, 9_500, 9_500, "", "Overspend"]

    def test_two_tables(self):
        budget = [["Component", "Budget"], ["Licence", 100], ["Training", 40], ["Licence", 20]]
        actual = [["Actual", "Component"], [130, "licence"], [7, "Maintenance"]]
        found = rows_of(call("CRM_VARIANCE", budget, actual))
        assert found == {
            "Licence": [120, 130, 10, near(1 / 12), "Overspend"],
            "Training": [40, 0, -40, -1, "Saving"],
            "Maintenance": [0, 7, 7, "", "Overspend"],
            "Total": [160, 137, -23, near(-23 / 160), "Saving"],
        }

    def test_two_tables_with_a_column_amount_each(self):
        """The help says Budget (or Amount) and Actual (or Amount)."""
        budget, actual = [["Component", "Amount"], ["Licence", 100]], [["Component", "Amount"], ["Licence", 130]]
        assert rows_of(call("CRM_VARIANCE", budget, actual))["Licence"][:3] == [100, 130, 30]
        zh = [["费用类别", "金额"], ["软件购买", 100]], [["费用类别", "金额"], ["软件购买", 130]]
        assert rows_of(call("CRM_VARIANCE", *zh))["软件购买"][:3] == [100, 130, 30]

    def test_one_table_with_an_amount_alone_is_no_comparison(self):
        """Amount may be the budget, but not both sides: the variance would be 0 whatever was spent."""
        assert cell("CRM_VARIANCE", [["Component", "Amount"], ["Licence", 100]]) == "#VALUE!"
        assert "Actual" in reason("CRM_VARIANCE", [["Component", "Amount"], ["Licence", 100]])
        assert "实际" in reason("CRM_VARIANCE", [["Component", "Amount"], ["Licence", 100]], language="zh")
        found = call("CRM_VARIANCE", [["Component", "Amount", "Actual"], ["Licence", 100, 130]])
        assert found[1][:4] == ["Licence", 100, 130, 30]

    def test_the_actual_of_the_budget_table_does_not_count_beside_an_actual_table(self):
        found = rows_of(call("CRM_VARIANCE", self.table(), [["Component", "Actual"], ["Licence", 5]]))
        assert found["Total"][1] == 5

    def test_what_is_equal_but_for_rounding_is_on_budget(self):
        """0.1 + 0.2 against 0.3 is no overspend, whichever side is which."""
        for rows in (
            [("a", 0.1, 0.3), ("a", 0.2, 0)],
            [("a", 0.3, 0.1), ("a", 0, 0.2)],
            [("a", 0, 0.1), ("a", 0, -0.1)],
        ):
            found = call("CRM_VARIANCE", [["Component", "Budget", "Actual"], *rows])
            assert [row[-1] for row in found[1:]] == ["On budget", "On budget"]

    def test_a_cent_counts(self):
        found = call("CRM_VARIANCE", [["Component", "Budget", "Actual"], ["Licence", 10_000_000, 10_000_000.01]])
        assert found[1][-1] == "Overspend"

    @CHECKED
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["Licence", "软件购买", "Training", "Own"]), st.sampled_from(["a", "b", None]),
                st.sampled_from(["Sales", "IT", None]), st.sampled_from(["v", None]), st.sampled_from([1, 2027, None]),
                st.none() | st.integers(-10**9, 10**9).map(lambda n: n / 100),
                st.none() | st.integers(-10**9, 10**9).map(lambda n: n / 100),
            ),
            max_size=12,
        )
    )  # fmt: skip
    def test_every_cut_sums_to_the_same(self, rows):
        rows = [(*row[:6], row[6] or 0) for row in rows]  # a blank one is not reported and in no variance
        right = [math.fsum(row[at] or 0 for row in rows) for at in (5, 6)]
        for by in CUTS:
            table = call("CRM_VARIANCE", self.table(rows), None, by)
            for _, budget, actual, variance, share, word in table[1:]:
                assert variance == near(actual - budget)
                assert word == ("On budget" if abs(variance) < 1e-6 else "Overspend" if variance > 0 else "Saving")
                assert share == "" or share * budget == near(variance)
            assert [math.fsum(row[at] for row in table[1:-1]) for at in (1, 2)] == near(right)
            assert list(table[-1][1:3]) == near(right)

    def test_a_row_of_totals_does_not_count_twice(self):
        found = call("CRM_VARIANCE", self.table((*self.ROWS, ("合计", None, None, None, None, 1, 1))))
        assert found[-2][1] == 243_000

    def test_empty(self):
        assert call("CRM_VARIANCE", self.table(()))[1:] == [["Total", 0, 0, 0, "", "On budget"]]

    def test_what_cannot_be_read(self):
        assert cell("CRM_VARIANCE", self.table(), None, "colour") == "#VALUE!"
        assert cell("CRM_VARIANCE", [["Component", "Money"], ["Licence", 5]]) == "#VALUE!"
        assert cell("CRM_VARIANCE", [["Budget", "Actual"], [5, 6]]) == "#VALUE!"
        assert cell("CRM_VARIANCE", self.table([("a", "", "", "", "", "much", 5)])) == "#VALUE!"
        assert cell("CRM_VARIANCE", self.table([("a", "", "", "", "", "#REF!", 5)])) == "#REF!"
        assert (
            cell("CRM_VARIANCE", [["Component", "Budget"], ["a", 5]], [["Component", "Actual"], ["a", "#N/A"]])
            == "#N/A"
        )
        found = check(actuals=self.table([("a", "", "", "", "x", "much", 5)]))
        assert [line[1:5] for line in found] == [
            ["error", "Budget and actuals", 2, "Year"],
            ["error", "Budget and actuals", 2, "Budget"],
        ]


def largest_remainder(amount, keys):
    """By Hamilton's method in exact fractions: cents floored, the rest to the largest fractions, ties in order."""
    cents = round(Fraction(repr(amount)) * 100)
    whole = sum(Fraction(repr(k)) for k in keys)
    exact = [abs(cents) * Fraction(repr(k)) / whole for k in keys]
    shares = [math.floor(e) for e in exact]
    order = sorted(range(len(keys)), key=lambda i: (shares[i] - exact[i], i))
    for i in order[: abs(cents) - sum(shares)]:
        shares[i] += 1
    return [share if cents >= 0 else -share for share in shares]


def shared(pool, keys, *more):
    """The shares in cents, each checked to be a whole number of them, and the total."""
    table = call("CRM_ALLOCATE", pool, [["Name", "Key"], *([f"d{i}", k] for i, k in enumerate(keys))], *more)
    cents = [row[2] * 100 for row in table[1:]]
    assert cents == pytest.approx([round(c) for c in cents], rel=1e-12, abs=1e-6)
    cents = [round(c) for c in cents]
    assert sum(cents[:-1]) == cents[-1]
    return cents[:-1]


class TestAllocate:
    def test_100_by_1_1_1(self):
        found = call("CRM_ALLOCATE", 100, [["Name", "Seats"], ["A", 1], ["B", 1], ["C", 1]])
        assert [row[2] for row in found[1:]] == [33.34, 33.33, 33.33, 100]
        assert sum(row[2] for row in found[1:4]) == 100

    @pytest.mark.parametrize(
        ("currency", "shares"),
        [
            ("JPY", [34, 33, 33]),
            ("KRW", [34, 33, 33]),
            ("KWD", [33.334, 33.333, 33.333]),
            ("CNY", [33.34, 33.33, 33.33]),
        ],
    )  # fmt: skip
    def test_the_smallest_unit_of_the_currency(self, currency, shares):
        """ISO 4217: yen and won have no minor unit, the dinar of Kuwait has three decimals."""
        keys, assumptions = [["Name", "Seats"], ["A", 1], ["B", 1], ["C", 1]], [["Currency", currency]]
        found = call("CRM_ALLOCATE", 100, keys, assumptions)
        assert found[0][2] == f"Amount ({currency})"
        assert [row[2] for row in found[1:]] == [*shares, 100]

    def test_columns_listed_to_be_ignored_are(self):
        keys = [["Name", "Seats", "Fee"], ["A", 1, 9], ["B", 1, 8]]
        assert cell("CRM_ALLOCATE", 100, keys) == "#VALUE!"
        assert "Ignore columns" in reason("CRM_ALLOCATE", 100, keys)
        found = call("CRM_ALLOCATE", 100, keys, [["Ignore columns", "Fee"]])
        assert [row[2] for row in found[1:]] == [50, 50, 100]

    def test_dzone_largest_remainder(self):
        """1,027.59 by 20, 70, 5, 5 %: largest remainder gives 205.52, 719.31, 51.38, 51.38."""
        assert shared(1027.59, [0.2, 0.7, 0.05, 0.05]) == [20552, 71931, 5138, 5138]
        assert shared(1027.59, [20, 70, 5, 5]) == [20552, 71931, 5138, 5138]

    def test_large_pools_are_exact_too(self):
        assert shared(200_000_000, [1, 1, 1]) == [6_666_666_667, 6_666_666_667, 6_666_666_666]
        assert shared(10_000_000_000.01, [1] * 7) == largest_remainder(10_000_000_000.01, [1] * 7)
        assert shared(123_456_789.01, [3, 5, 11, 0.7]) == largest_remainder(123_456_789.01, [3, 5, 11, 0.7])

    @CHECKED
    @given(
        st.integers(0, 10**12).map(lambda n: n / 100),
        st.lists(
            st.integers(0, 1000) | st.integers(0, 10**9) | st.integers(0, 10**4).map(lambda n: n / 1000),
            min_size=1,
            max_size=12,
        ),
    )
    def test_the_shares_sum_to_the_pool_to_the_cent(self, amount, keys):
        if not sum(keys):
            assert cell("CRM_ALLOCATE", amount, [["Name", "Key"], *(["x", k] for k in keys)]) == "#DIV/0!"
            return
        found = shared(amount, keys)
        assert sum(found) == round(Fraction(repr(amount)) * 100)
        assert found == largest_remainder(amount, keys)
        whole = sum(map(Fraction, map(repr, keys)))
        assert all(
            abs(c - Fraction(repr(amount)) * 100 * Fraction(repr(k)) / whole) < 1
            for c, k in zip(found, keys, strict=True)
        )

    @CHECKED
    @given(st.integers(1, 10**10).map(lambda n: n / 100), st.lists(st.integers(1, 99), min_size=1, max_size=9))
    def test_a_credit_note_takes_back_what_was_allocated(self, amount, keys):
        assert shared(-amount, keys) == [-c for c in shared(amount, keys)]

    @CHECKED
    @given(
        st.integers(1, 10**8).map(lambda n: n / 100),
        st.lists(st.integers(1, 99), min_size=2, max_size=9),
        st.integers(2, 50),
    )
    def test_only_the_proportions_of_the_keys_count(self, amount, keys, factor):
        assert shared(amount, keys) == shared(amount, [k * factor for k in keys])

    def test_a_fixed_share_of_a_tenth_is_a_tenth(self):
        assert shared(12_345, [0.1, 0.2, 0.7]) == [123_450, 246_900, 864_150]
        assert shared(0.3, [0.1, 0.1, 0.1]) == [10, 10, 10]

    @pytest.mark.parametrize(
        "head",
        [
            ("Department", "Seats"),
            ("名称", "席位"),
            ("部门", "人数"),
            ("Name", "Revenue"),
            ("对象", "收入"),
            ("Name", "Share"),
        ],
    )
    def test_keys_of_all_kinds(self, head):
        found = call("CRM_ALLOCATE", 90, [list(head), ["Sales", 2], ["IT", 1]])
        assert [row[2] for row in found[1:]] == [60, 30, 90]
        assert [row[1] for row in found[1:]] == near([2 / 3, 1 / 3, 1])

    def test_headers(self):
        assert call("CRM_ALLOCATE", 90, [["Name", "Key"], ["a", 1]])[0] == ["Name", "Share", "Amount (CNY)"]
        found = call("CRM_ALLOCATE", 90, [["名称", "分摊依据"], ["a", 1]], [["Currency", "USD"]])
        assert found[0] == ["名称", "占比", "金额（USD）"]
        assert found[-1][0] == "合计"

    def test_a_total_of_costs(self):
        made = Settings()
        keys = [120, 45, 8, 33]
        right = round(total(MIXED, made), 2)
        found = shared(cost_table(MIXED), keys, made.table())
        assert sum(found) == round(right * 100)
        assert found == largest_remainder(right, keys)

    @pytest.mark.parametrize("amount", [100, 100.0, [[100]], [100]])
    def test_an_amount_as_number_or_cell(self, amount):
        assert shared(amount, [1, 3]) == [2500, 7500]

    def test_the_order_of_the_list_decides_ties_only(self):
        keys = [5, 1, 3, 3, 1, 7]
        rng = random.Random(5)
        plain = dict(zip("abcdef", shared(999.99, keys), strict=True))
        for _ in range(5):
            names = list("abcdef")
            rng.shuffle(names)
            found = shared(999.99, [keys["abcdef".index(n)] for n in names])
            assert all(abs(plain[n] - c) <= 1 for n, c in zip(names, found, strict=True))
            assert sum(found) == 99999

    def test_nothing_to_share(self):
        assert shared(0, [1, 2]) == [0, 0]
        assert shared([["Component", "Amount"]], [1, 2]) == [0, 0]

    def test_a_name_with_a_blank_or_0_key_bears_nothing(self):
        assert shared(10, [1, None, 0, 1]) == [500, 0, 0, 500]

    @pytest.mark.parametrize("keys", [[0, 0], [None], []])
    def test_keys_that_sum_to_0(self, keys):
        assert cell("CRM_ALLOCATE", 10, [["Name", "Key"], *(["a", k] for k in keys)]) == "#DIV/0!"

    def test_what_cannot_be_read(self):
        keys = [["Name", "Key"], ["a", 1]]
        assert cell("CRM_ALLOCATE", "much", keys) == "#VALUE!"
        assert cell("CRM_ALLOCATE", True, keys) == "#VALUE!"
        assert cell("CRM_ALLOCATE", None, keys) == "#VALUE!"
        assert cell("CRM_ALLOCATE", 10) == "#VALUE!"
        assert cell("CRM_ALLOCATE", 10, [["Name", "Key"], ["a", -1], ["b", 2]]) == "#VALUE!"
        assert cell("CRM_ALLOCATE", 10, [["Name", "Key"], ["a", "one"]]) == "#VALUE!"
        assert cell("CRM_ALLOCATE", 10, [["Who", "Key"], ["a", 1]]) == "#VALUE!"
        assert [line[1:5] for line in check(keys=[["Name", "Key"], ["a", -1]])] == [
            ["error", "Allocation keys", 2, "Key"]
        ]
        assert "-inf" not in reason("CRM_ALLOCATE", "much", keys)

    @pytest.mark.parametrize("pool", ["#REF!", [["#REF!"]], [["Component", "Amount"], ["Licence", "#REF!"]]])
    def test_an_error_in_the_pool_is_handed_on(self, pool):
        assert cell("CRM_ALLOCATE", pool, [["Name", "Key"], ["a", 1]]) == "#REF!"

    def test_an_error_among_the_keys_is_handed_on(self):
        assert cell("CRM_ALLOCATE", 10, [["Name", "Key"], ["a", "#DIV/0!"]]) == "#DIV/0!"

    def test_a_row_of_totals_bears_nothing(self):
        assert shared(10, [1, 1]) == [500, 500]
        table = call("CRM_ALLOCATE", 10, [["Name", "Key"], ["a", 1], ["b", 1], ["Total", 2]])
        assert [row[2] for row in table[1:]] == [5, 5, 10]


class TestPerActiveUser:
    def test_against_the_total(self):
        made, right = Settings(), total(MIXED, Settings())
        given_ = cost_table(MIXED), 85, made.table()
        assert call("CRM_PER_ACTIVE_USER", *given_) == near(right / 85)
        assert call("CRM_PER_ACTIVE_USER", *given_, "year") == near(right / 85 / 4)
        assert call("CRM_PER_ACTIVE_USER", *given_, "每月") == near(right / 85 / 48)

    def test_cube84_sales_cloud_enterprise_with_a_fifth_of_the_seats_idle(self):
        """100 seats × 175 × 12 are 210,000 a year: 2,100 a seat, and 2,625 for each of the 80 who use it."""
        costs = [["Component", "Quantity", "Unit cost", "Frequency"], ["Licence", 100, 175, "monthly"]]
        one = [["Years", 1], ["Users", 100], ["Active users", 80]]
        assert call("CRM_PER_USER", costs, None, one) == 2100
        assert call("CRM_PER_ACTIVE_USER", costs, None, one) == 2625

    def test_the_argument_goes_before_the_assumption(self):
        costs = [["Component", "Amount"], ["Licence", 100]]
        assert call("CRM_PER_ACTIVE_USER", costs, 4, [["活跃用户数", 5]]) == 25
        assert call("CRM_PER_ACTIVE_USER", costs, None, [["活跃用户数", 5]]) == 20

    def test_named_users_are_no_active_users(self):
        costs = [["Component", "Amount"], ["Licence", 100]]
        assert cell("CRM_PER_ACTIVE_USER", costs, None, [["Users", 5]]) == "#N/A"
        assert "Active users" in reason("CRM_PER_ACTIVE_USER", costs)

    def test_nobody_uses_it(self):
        costs = [["Component", "Amount"], ["Licence", 100]]
        assert cell("CRM_PER_ACTIVE_USER", costs, 0) == "#DIV/0!"
        assert cell("CRM_PER_ACTIVE_USER", costs, -1) == "#VALUE!"
        assert cell("CRM_PER_ACTIVE_USER", costs, "#REF!") == "#REF!"

    def test_no_costs(self):
        assert call("CRM_PER_ACTIVE_USER", [["Component", "Amount"]], 7) == 0
