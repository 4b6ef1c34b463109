"""CRM_SAVINGS: every lever by hand, no lever counted twice, in any order."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .calling import call, cell, check, rows_of
from .plain import MIXED, Line, Settings, by_year, cost_table, total

CHECKED = settings(max_examples=100, deadline=None)
MADE = Settings()
LEVERS = (
    "Seats paid for but unused", "Right edition for the real use", "Standard functions in place of custom ones",
    "Classroom to online training", "Maintenance adjusted to use",
)  # fmt: skip
HEAD = (
    "Item", "Department", "Vendor", "Active seats", "Needed price", "Standard share", "Online share", "Online cost",
    "Needed share",
)  # fmt: skip


def near(value):
    return pytest.approx(value, rel=1e-9, abs=1e-6)


def usage(*rows):
    """A usage table from dictionaries by header."""
    return [list(HEAD), *([row.get(h) for h in HEAD] for row in rows)]


def saved(costs, rows, assumptions=None):
    """The money of each lever."""
    table = call("CRM_SAVINGS", costs, usage(*rows), assumptions)
    assert table[0] == ["Lever", "Saves", "Share of total cost"]
    found = rows_of(table)
    assert list(found) == [*LEVERS, "Total"]
    assert found["Total"][0] == near(sum(found[name][0] for name in LEVERS))
    return [found[name][0] for name in LEVERS]


def money(item):
    return sum(sum(by_year(li, MADE)) for li in MIXED if li.item == item)


class TestPublishedFigures:
    def test_spendflo_sample(self):
        """120 licences, 97 active, 84,000 a year: 23 idle are 16,100."""
        costs = [["Component", "Item", "Quantity", "Unit cost", "Frequency"], ["Licence", "CRM", 120, 700, "annual"]]
        assert saved(costs, [{"Item": "CRM", "Active seats": 97}], [["Years", 1]]) == near([16_100, 0, 0, 0, 0])

    def test_microsoftnegotiations_edition(self):
        """100 users on Premium with Copilot (185) who need Professional (65): 144,000 a year."""
        costs = [["Component", "Item", "Quantity", "Unit cost", "Frequency"], ["Licence", "D365", 100, 185, "monthly"]]
        assert saved(costs, [{"Item": "D365", "Needed price": 65}], [["Years", 1]]) == near([0, 144_000, 0, 0, 0])


class TestLevers:
    """Over mixed currencies and frequencies, growth and a fiscal year, against the money of each line by hand."""

    @pytest.mark.parametrize(
        ("row", "lever", "item", "share"),
        [
            ({"Item": "Seats", "Active seats": 90}, 0, "Seats", 30 / 120),
            ({"Item": "seats", "Active seats": 120}, 0, "Seats", 0),
            ({"Item": "Seats", "Active seats": 0}, 0, "Seats", 1),
            ({"Item": "Seats", "Needed price": 10}, 1, "Seats", 15 / 25),
            ({"Item": "Seats", "Needed price": 30}, 1, "Seats", 0),
            ({"Item": "Coding", "Standard share": 0.35}, 2, "Coding", 0.35),
            ({"Item": "Testing", "Standard share": 1}, 2, "Testing", 1),
            ({"Item": "Sessions", "Online share": 0.6, "Online cost": 0.25}, 3, "Sessions", 0.6 * 0.75),
            ({"Item": "Refresher", "Online share": 0.6}, 3, "Refresher", 0.6),
            ({"Item": "Support", "Needed share": 0.7}, 4, "Support", 0.3),
        ],
    )
    def test_one_at_a_time(self, row, lever, item, share):
        right = [0.0] * 5
        right[lever] = share * money(item)
        assert saved(cost_table(MIXED), [row], MADE.table()) == near(right)

    ALL = (
        {"Item": "Seats", "Active seats": 90, "Needed price": 10},
        {"Item": "Coding", "Standard share": 0.35},
        {"Item": "Testing", "Standard share": 0.5},
        {"Item": "Sessions", "Online share": 0.6, "Online cost": 0.25},
        {"Item": "Refresher", "Online share": 0.2, "Online cost": 0.4},
        {"Item": "Support", "Needed share": 0.7},
    )

    def test_all_together(self):
        right = [
            money("Seats") * 0.25, money("Seats") * 0.75 * 0.6, money("Coding") * 0.35 + money("Testing") * 0.5,
            money("Sessions") * 0.45 + money("Refresher") * 0.12, money("Support") * 0.3,
        ]  # fmt: skip
        assert saved(cost_table(MIXED), self.ALL, MADE.table()) == near(right)
        table = rows_of(call("CRM_SAVINGS", cost_table(MIXED), usage(*self.ALL), MADE.table()))
        assert table["Total"] == near([sum(right), sum(right) / total(MIXED, MADE)])
        assert table[LEVERS[1]][1] == near(right[1] / total(MIXED, MADE))

    def test_the_order_of_the_rows_does_not_change_the_sum(self):
        rng, rows, lines = random.Random(3), list(self.ALL), list(MIXED)
        right = saved(cost_table(MIXED), self.ALL, MADE.table())
        for _ in range(10):
            rng.shuffle(rows)
            rng.shuffle(lines)
            assert saved(cost_table(lines), rows, MADE.table()) == near(right)

    def test_no_lever_counted_twice(self):
        """A seat that is given back does not change to a cheaper edition as well: the edition takes what is left."""
        both = saved(cost_table(MIXED), [{"Item": "Seats", "Active seats": 90, "Needed price": 10}], MADE.table())
        seats = saved(cost_table(MIXED), [{"Item": "Seats", "Active seats": 90}], MADE.table())
        edition = saved(cost_table(MIXED), [{"Item": "Seats", "Needed price": 10}], MADE.table())
        assert both[0] == near(seats[0])
        assert both[1] == near(edition[1] * 0.75)
        # What is really paid in the end: 90 of 120 seats at 10 in place of 25.
        assert money("Seats") - sum(both) == near(money("Seats") * 90 / 120 * 10 / 25)

    def test_nobody_active_leaves_nothing_for_the_edition(self):
        assert saved(
            cost_table(MIXED), [{"Item": "Seats", "Active seats": 0, "Needed price": 10}], MADE.table()
        ) == near([money("Seats"), 0, 0, 0, 0])

    def test_one_row_for_the_same_item_in_several_departments(self):
        """Idle seats are spread over the lines by their money; the edition goes by the price of each line."""
        costs = [
            ["Component", "Item", "Department", "Quantity", "Unit cost"],
            ["Licence", "CRM", "Sales", 60, 100], ["Licence", "CRM", "Service", 40, 50],
        ]  # fmt: skip
        assert saved(costs, [{"Item": "CRM", "Active seats": 80}]) == near([8000 * 0.2, 0, 0, 0, 0])
        found = saved(costs, [{"Item": "CRM", "Active seats": 80, "Needed price": 75}])
        assert found == near([1600, 6000 * 0.8 * 0.25, 0, 0, 0])

    def test_by_department_and_vendor(self):
        costs = [
            ["Component", "Item", "Department", "Vendor", "Quantity", "Unit cost"],
            ["Licence", "CRM", "Sales", "V", 60, 100], ["Licence", "CRM", "Service", "V", 40, 50],
            ["Licence", "CRM", "Sales", "W", 10, 70],
        ]  # fmt: skip
        rows = [
            {"Item": "CRM", "Department": "sales", "Vendor": "V", "Active seats": 45},
            {"Item": "CRM", "Department": "Service", "Active seats": 30},
        ]
        assert saved(costs, rows) == near([1500 + 500, 0, 0, 0, 0])

    def test_a_row_that_says_nothing_saves_nothing(self):
        assert saved(cost_table(MIXED), [{"Item": "Seats"}], MADE.table()) == [0] * 5

    def test_chinese(self):
        costs = [["费用类别", "项目", "数量", "单价"], ["软件购买", "许可", 120, 700], ["员工培训", "课堂", 1, 1000]]
        rows = [
            ["项目", "实际使用席位", "可转在线占比", "在线成本占比"],
            ["许可", 97, None, None],
            ["课堂", None, 0.5, 0.2],
        ]
        table = call("CRM_SAVINGS", costs, rows)
        assert table[0] == ["措施", "节约金额", "占总成本比"]
        assert [row[0] for row in table[1:]] == [
            "已付费但未使用的席位", "按实际使用选择版本", "以标准功能代替定制", "课堂培训改为在线", "按使用调整维护",
            "合计",
        ]  # fmt: skip
        assert [row[1] for row in table[1:]] == near([16_100, 0, 0, 400, 0, 16_500])


component = st.sampled_from(["Licence", "Customisation", "Maintenance", "Training", "Own"])
share = st.none() | st.integers(0, 100).map(lambda n: n / 100)


@st.composite
def tables(draw):
    """Cost lines with an item each, and usage rows for some of them, their values within what they allow."""
    lines, rows = [], []
    for i in range(draw(st.integers(1, 6))):
        line = Line(
            name=draw(component),
            item=f"i{i}",
            quantity=draw(st.integers(0, 50)),
            price=draw(st.integers(0, 9000)) / 100,
            currency=draw(st.sampled_from([None, "USD", "EUR"])),
            growth=draw(st.integers(-10, 20)) / 100,
            frequency=draw(st.sampled_from(["one-off", "monthly", "annual"])),
            first=draw(st.none() | st.integers(0, 40)),
        )
        lines.append(line)
        row = {"Item": line.item}
        if line.quantity:
            row["Active seats"] = draw(st.none() | st.integers(0, line.quantity))
        if line.price:
            row["Needed price"] = draw(st.none() | st.integers(0, 12_000).map(lambda n: n / 100))
        row |= {name: draw(share) for name in HEAD[5:]}
        if draw(st.booleans()):
            rows.append(row)
    return lines, rows


class TestProperties:
    @CHECKED
    @given(tables(), st.randoms(use_true_random=False))
    def test_the_sum_is_never_above_the_cost_of_the_lines_and_no_lever_costs_money(self, made, rng):
        lines, rows = made
        found = saved(cost_table(lines), rows, MADE.table())
        assert all(value >= 0 for value in found)
        items = {row["Item"] for row in rows}
        cost = sum(sum(by_year(li, MADE)) for li in lines if li.item in items)
        assert sum(found) <= cost * (1 + 1e-9) + 1e-6
        rng.shuffle(rows)
        rng.shuffle(lines)
        assert saved(cost_table(lines), rows, MADE.table()) == near(found)

    @CHECKED
    @given(tables())
    def test_savings_of_rows_add_up(self, made):
        lines, rows = made
        parts = [saved(cost_table(lines), [row], MADE.table()) for row in rows]
        right = [sum(column) for column in zip(*parts, strict=True)] if parts else [0] * 5
        assert saved(cost_table(lines), rows, MADE.table()) == near(right)


class TestWrongRows:
    COSTS = (
        ["Component", "Item", "Quantity", "Unit cost", "Amount"],
        ["Licence", "CRM", 120, 700, None],
        ["Licence", "Lump", None, None, 5000],
        ["Training", "Sessions", None, None, 900],
    )

    @pytest.mark.parametrize(
        ("rows", "severity", "row", "column"),
        [
            ([{"Item": "CRM", "Active seats": 121}], "error", 2, "Active seats"),
            ([{"Item": "CRM", "Active seats": -1}], "error", 2, "Active seats"),
            ([{"Item": "Lump", "Active seats": 5}], "error", 2, "Active seats"),
            ([{"Item": "Lump", "Needed price": 5}], "error", 2, "Needed price"),
            ([{"Item": "CRM", "Active seats": 9}, {"Item": "crm", "Needed price": 5}], "error", 3, "Item"),
            ([{"Item": "Sessions", "Online share": 1.5}], "error", 2, "Online share"),
            ([{"Item": "Sessions", "Online share": "half"}], "error", 2, "Online share"),
            ([{"Item": "CMR", "Active seats": 9}], "note", 2, "Item"),
            ([{"Item": "Sessions", "Active seats": 9}], "note", 2, "Active seats"),
            ([{"Item": "CRM", "Standard share": 0.5}], "note", 2, "Standard share"),
            ([{"Item": "CRM", "Needed share": 0.5}], "note", 2, "Needed share"),
        ],
    )  # fmt: skip
    def test_are_reported(self, rows, severity, row, column):
        costs = list(self.COSTS)
        expected = "#VALUE!" if severity == "error" else 0
        found = cell("CRM_SAVINGS", costs, usage(*rows))
        assert (found if severity == "error" else rows_of(found)["Total"][0]) == expected
        assert [line[1:5] for line in check(costs=costs, usage=usage(*rows))] == [[severity, "Usage", row, column]]

    def test_in_chinese(self):
        costs = [["费用类别", "项目", "数量", "单价"], ["软件购买", "许可", 120, 700]]
        found = check(costs=costs, usage=[["项目", "实际使用席位"], ["许可", 130]])
        assert found[0][1:] == ["错误", "使用情况", 2, "实际使用席位", "130", "不多于已付费的 120 个席位"]

    def test_an_error_is_handed_on(self):
        assert cell("CRM_SAVINGS", list(self.COSTS), usage({"Item": "CRM", "Active seats": "#N/A"})) == "#N/A"
        assert cell("CRM_SAVINGS", [["Component", "Amount"], ["x", "#REF!"]], usage()) == "#REF!"

    def test_empty_tables(self):
        assert saved(list(self.COSTS), []) == [0] * 5
        table = call("CRM_SAVINGS", [["Component", "Amount"]], usage())
        assert table[-1] == ["Total", 0, ""]

    def test_a_row_without_an_item_is_for_no_line(self):
        """A blank name must not pick every line of the table."""
        assert cell("CRM_SAVINGS", list(self.COSTS), usage({"Online share": 0.5})) == "#VALUE!"
        found = check(costs=list(self.COSTS), usage=usage({"Online share": 0.5}))
        assert [line[1:5] for line in found] == [["error", "Usage", 2, "Item"]]

    def test_unpriced_lines_save_nothing(self):
        costs = [["Component", "Item", "Quantity", "Unit cost"], ["Licence", "CRM", 120, None]]
        table = call("CRM_SAVINGS", costs, usage({"Item": "CRM", "Active seats": 97}))
        assert [row[1] for row in table[1:]] == [0, 0, 0, 0, 0, 0, ""]
        assert table[-1][0] == "Not priced: 1 line(s) — CRM"


def test_a_needed_price_is_in_the_currency_of_the_line():
    """10 dollars are no saving of a line in yuan; without a currency it is in that of the line."""
    costs = [["Component", "Item", "Quantity", "Unit cost"], ["Licence", "CRM", 10, 20]]
    stated = [["Item", "Needed price (USD)"], ["CRM", 10]]
    assert cell("CRM_SAVINGS", costs, stated) == "#VALUE!"
    assert call("CRM_SAVINGS", costs, [["Item", "Needed price (CNY)"], ["CRM", 10]])[2][1] == 100
