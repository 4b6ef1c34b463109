"""CRM_SCENARIO and CRM_SENSITIVITY."""

from dataclasses import replace

import numpy_financial as npf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .calling import call, cell, check, reason, rows_of
from .plain import MIXED, Line, Settings, cost_table, total

CHECKED = settings(max_examples=60, deadline=None)
MADE = Settings()
HEAD = ["Scenario", "Field", "Operation", "Value", "Component", "Item", "Department", "Vendor"]


def near(value):
    return pytest.approx(value, rel=1e-9, abs=1e-9)


def scenario(*changes, lines=MIXED, made=MADE):
    """The total of one scenario made of changes (field, operation, value, filters by name)."""
    rows = [HEAD, *(["s", f, o, v, *(only.get(k) for k in HEAD[4:])] for f, o, v, only in _filled(changes))]
    return cell("CRM_SCENARIO", cost_table(lines), rows, "s", made.table())


def _filled(changes):
    return [(*change, {}) if len(change) == 3 else change for change in changes]


def changed(where, **how):
    """The mixed lines with changes to those that a filter picks; a callable gets the old value."""
    return tuple(
        replace(li, **{k: v(old) if callable(v) else v for k, v in how.items() if (old := getattr(li, k)) is not None})
        if where(li)
        else li
        for li in MIXED
    )


def everywhere(line):
    return True


def times(factor):
    return lambda value: value * factor


class TestOneChange:
    """Each kind of change against lines changed by hand and added up month by month."""

    def test_the_money_of_all_lines(self):
        for word in ("Cost", "费用", "all costs", " cost "):
            assert scenario((word, "multiply", 1.2)) == near(1.2 * total(MIXED, MADE))

    @pytest.mark.parametrize(
        ("only", "where"),
        [
            ({"Component": "Licence"}, lambda li: li.name == "Licence"),
            ({"Component": "软件购买"}, lambda li: li.name == "Licence"),
            ({"Component": "license"}, lambda li: li.name == "Licence"),
            ({"Component": "hardware"}, lambda li: li.name == "Hardware"),
            ({"Department": "SALES"}, lambda li: li.department == "Sales"),
            ({"Vendor": "vela"}, lambda li: li.vendor == "Vela"),
            ({"Item": "Seats"}, lambda li: li.item == "Seats"),
            ({"Component": "Training", "Department": "Sales"}, lambda li: li.item == "Refresher"),
            ({"Component": "Licence", "Department": "Sales", "Vendor": "Vela"}, lambda li: li.item == "Seats"),
        ],
    )  # fmt: skip
    def test_of_some_lines(self, only, where):
        lines = changed(where, amount=times(1.5), price=times(1.5))
        assert scenario(("Cost", "multiply", 1.5, only)) == near(total(lines, MADE))
        assert total(lines, MADE) != near(total(MIXED, MADE))

    def test_quantity(self):
        assert scenario(("Quantity", "multiply", 0.5)) == near(total(changed(everywhere, quantity=times(0.5)), MADE))
        assert scenario(("数量", "加", 10)) == near(total(changed(everywhere, quantity=lambda q: q + 10), MADE))
        assert scenario(("Seats", "set", 7)) == near(total(changed(everywhere, quantity=7), MADE))

    def test_unit_cost(self):
        only = {"Item": "Seats"}
        lines = changed(lambda li: li.item == "Seats", price=lambda p: p - 5)
        assert scenario(("Unit cost", "add", -5, only)) == near(total(lines, MADE))

    def test_amount(self):
        lines = changed(lambda li: li.item == "Desk", amount=12_345)
        assert scenario(("Amount", "set", 12_345, {"Item": "Desk"})) == near(total(lines, MADE))

    def test_growth(self):
        grown = changed(everywhere, growth=lambda g: g + 0.02)
        assert scenario(("Price growth", "add", 0.02)) == near(total(grown, MADE))
        assert scenario(("数量年增长率", "设为", 0)) == near(total(changed(everywhere, more=0.0), MADE))
        assert scenario(("Quantity growth", "multiply", 2)) == near(total(changed(everywhere, more=times(2)), MADE))

    def test_years(self):
        longer = replace(MADE, years=6, money=tuple((c, (*r, r[-1], r[-1])) for c, r in MADE.money))
        assert scenario(("Years", "set", 6)) == near(total(MIXED, longer))
        assert scenario(("年数", "add", 2)) == near(total(MIXED, longer))
        shorter = replace(MADE, years=2)
        assert scenario(("Horizon", "multiply", 0.5)) == near(total(MIXED, shorter))

    def test_exchange_rate(self):
        dear = replace(MADE, money=(("USD", (8.0,) * 4), MADE.money[1]))
        assert scenario(("USD/CNY", "set", 8)) == near(total(MIXED, dear))
        raised = replace(MADE, money=(("USD", tuple(1.1 * r for r in MADE.money[0][1])), MADE.money[1]))
        assert scenario(("usd / cny", "multiply", 1.1)) == near(total(MIXED, raised))
        added = replace(MADE, money=(("USD", tuple(r + 0.5 for r in MADE.money[0][1])), MADE.money[1]))
        assert scenario(("USD/CNY", "add", 0.5)) == near(total(MIXED, added))

    def test_exchange_rate_read_backwards(self):
        """The table has USD/CNY; a change of CNY/USD by 1 ÷ 1.1 says the same as one of USD/CNY by 1.1."""
        right = scenario(("USD/CNY", "multiply", 1.1))
        assert scenario(("CNY/USD", "multiply", 1 / 1.1)) == near(right)
        assert scenario(("CNY/USD", "set", 0.125)) == near(scenario(("USD/CNY", "set", 8)))

    def test_a_rate_that_was_missing_may_be_set(self):
        costs = [["Component", "Amount", "Currency"], ["Licence", 100, "GBP"]]
        changes = [HEAD, ["s", "GBP/CNY", "set", 9]]
        # The base has no answer, so the table beside it has none.
        assert cell("CRM_SCENARIO", costs, changes) == "#N/A"

    def test_discount_rate_does_not_move_a_total_that_is_not_discounted(self):
        assert scenario(("Discount rate", "set", 0.2)) == near(total(MIXED, MADE))

    def test_multiply_is_the_default(self):
        assert scenario(("Cost", None, 1.1)) == near(1.1 * total(MIXED, MADE))


class TestMoneyOfALine:
    """Cost is the money of a line for one period, however the line states it."""

    COSTS = (
        ["Component", "Item", "Quantity", "Unit cost", "Amount"],
        ["Licence", "by seats", 10, 100, None],
        ["Training", "lump", None, None, 500],
        ["Maintenance", "both", 4, 50, 200],
    )

    def change(self, field, operation, value, item=None):
        changes = [HEAD, ["s", field, operation, value, None, item]]
        return cell("CRM_SCENARIO", list(self.COSTS), changes, "s")

    @pytest.mark.parametrize("item", ["by seats", "lump", "both"])
    def test_add_and_set(self, item):
        own = {"by seats": 1000, "lump": 500, "both": 200}[item]
        assert self.change("Cost", "add", 30, item) == near(1700 + 30)
        assert self.change("Cost", "set", 30, item) == near(1700 - own + 30)
        assert self.change("Cost", "multiply", 3, item) == near(1700 + 2 * own)

    def test_an_amount_that_stands_beside_its_factors(self):
        assert self.change("Amount", "multiply", 1.5) == near(1000 + 750 + 300)
        assert self.change("Amount", "set", 90, "both") == near(1590)
        assert self.change("Quantity", "multiply", 2) == near(2000 + 500 + 400)
        assert self.change("Unit cost", "add", 10, "both") == near(1700 + 40)

    def test_set_prices_a_line_that_had_no_price(self):
        costs = [
            ["Component", "Item", "Quantity", "Unit cost", "Amount"],
            ["Licence", "a", 5, None, None],
            ["Training", "b", None, None, 7],
        ]
        for field, value in (("Unit cost", 50), ("Cost", 250), ("Amount", 250)):
            changes = [HEAD, ["s", field, "set", value, "Licence"]]
            assert call("CRM_SCENARIO", costs, changes, "s") == near(257)
            assert call("CRM_SCENARIO", costs, changes)[1][1] == near(7)


class TestSeveralChanges:
    def test_the_rows_of_a_name_apply_together_and_in_order(self):
        raise_then_double = scenario(
            ("Quantity", "add", 10, {"Item": "Seats"}), ("Quantity", "multiply", 2, {"Item": "Seats"})
        )
        double_then_raise = scenario(
            ("Quantity", "multiply", 2, {"Item": "Seats"}), ("Quantity", "add", 10, {"Item": "Seats"})
        )
        one = changed(lambda li: li.item == "Seats", quantity=260)
        other = changed(lambda li: li.item == "Seats", quantity=250)
        assert raise_then_double == near(total(one, MADE))
        assert double_then_raise == near(total(other, MADE))

    def test_the_table_of_all(self):
        rows = [
            HEAD,
            ["Base", None, None, None],
            ["Dear", "Cost", "multiply", 1.2],
            ["Growth", "Quantity", "multiply", 1.5, "Licence"],
            ["dear", "USD/CNY", "set", 8],
        ]
        found = call("CRM_SCENARIO", cost_table(MIXED), rows, None, MADE.table())
        base = total(MIXED, MADE)
        dear = 1.2 * total(MIXED, replace(MADE, money=(("USD", (8.0,) * 4), MADE.money[1])))
        growth = total(changed(lambda li: li.item == "Seats", quantity=times(1.5)), MADE)
        assert found[0] == ["Scenario", "Total", "Difference", "Difference %"]
        assert [row[0] for row in found[1:]] == ["Base", "Dear", "Growth"]
        for row, right in zip(found[1:], [base, dear, growth], strict=True):
            assert row[1:] == [near(right), near(right - base), near(right / base - 1)]

    def test_the_base_answers_to_the_name_that_the_table_prints(self):
        rows = [HEAD, ["Dear", "Cost", "multiply", 1.2]]
        for name in ("Base", "base", "基准"):
            assert call("CRM_SCENARIO", cost_table(MIXED), rows, name, MADE.table()) == near(total(MIXED, MADE))

    @pytest.mark.parametrize("name", ["Base", "BASE", "基准"])
    def test_a_base_of_ones_own_takes_the_place_of_the_built_in_one(self, name):
        costs = [["Component", "Amount"], ["Licence", 1000]]
        rows = [HEAD, ["Dear", "Cost", "multiply", 1.5], [name, "Cost", "multiply", 1.2]]
        assert call("CRM_SCENARIO", costs, rows)[1:] == [
            [name, near(1200), 0, 0],
            ["Dear", near(1500), near(300), near(0.25)],
        ]
        assert call("CRM_SCENARIO", costs, rows, "Base") == near(1200)
        assert call("CRM_SCENARIO", costs, rows, "基准") == near(1200)

    @pytest.mark.parametrize("name", ["dear", "DEAR", " Dear "])
    def test_a_name_in_any_case(self, name):
        rows = [HEAD, ["Dear", "Cost", "multiply", 2], ["Other", "Cost", "multiply", 3]]
        assert call("CRM_SCENARIO", cost_table(MIXED), rows, name, MADE.table()) == near(2 * total(MIXED, MADE))

    def test_a_name_that_is_a_number(self):
        assert call("CRM_SCENARIO", [["Component", "Amount"], ["Licence", 5]], [HEAD, [1, "Cost", None, 2]], 1) == 10


class TestIdentities:
    def test_a_scenario_without_changes_is_the_total(self):
        base = call("CRM_TOTAL", cost_table(MIXED), MADE.table())
        assert base == near(total(MIXED, MADE))
        for rows in (
            [["Scenario"], ["s"]],
            [HEAD, ["s"]],
            [HEAD, ["s", "Cost", "multiply", 1]],
            [HEAD, ["s", "Cost", "add", 0]],
        ):
            rows = [[*row, *[None] * (len(rows[0]) - len(row))] for row in rows]
            assert call("CRM_SCENARIO", cost_table(MIXED), rows, "s", MADE.table()) == near(base)

    @CHECKED
    @given(
        st.lists(
            st.tuples(st.integers(1, 10**6), st.integers(0, 50), st.sampled_from(["Sales", "IT"])),
            min_size=1,
            max_size=6,
        ),
        st.sampled_from(["Cost", "Amount", "Quantity", "Unit cost", "Price growth"]),
        st.sampled_from(["multiply", "add"]),
        st.sampled_from([None, "Sales", "IT", "Legal"]),
    )
    def test_a_neutral_change_changes_nothing(self, lines, field, operation, department):
        made = [
            Line(name="Licence", amount=m / 100, growth=g / 100, department=d, frequency="annual") for m, g, d in lines
        ]
        made += [Line(name="Training", quantity=g, price=m / 100, department=d) for m, g, d in lines]
        rows = [HEAD, ["s", field, operation, 1 if operation == "multiply" else 0, None, None, department]]
        right = call("CRM_TOTAL", cost_table(made))
        assert call("CRM_SCENARIO", cost_table(made), rows, "s") == near(right)

    @CHECKED
    @given(st.integers(1, 400), st.lists(st.sampled_from(["Sales", "IT", "HR", "Service"]), unique=True, min_size=1))
    def test_a_change_of_each_department_sums_to_a_change_of_all(self, percent, departments):
        base, by = total(MIXED, MADE), percent / 100
        sums = sum(scenario(("Cost", "multiply", by, {"Department": d})) - base for d in departments)
        together = scenario(*[("Cost", "multiply", by, {"Department": d}) for d in departments])
        assert together - base == pytest.approx(sums, rel=1e-9, abs=1e-6)


class TestTornado:
    HEAD = ("Driver", "Field", "Operation", "Low", "High", "Component", "Department")

    def tornado(self, *rows, lines=MIXED):
        width = len(self.HEAD)
        table = [list(self.HEAD), *([*row, *[None] * (width - len(row))] for row in rows)]
        return call("CRM_SENSITIVITY", cost_table(lines), table, MADE.table())

    def test_against_lines_changed_by_hand_largest_swing_first(self):
        found = self.tornado(
            ("Training", "Cost", "multiply", 0.8, 1.3, "Training"),
            ("Seats", "Quantity", "add", -20, 60, "Licence"),
            ("Dollar", "USD/CNY", "set", 6.5, 8),
            ("Price rises", "Price growth", "set", 0, 0.1),
        )
        base = total(MIXED, MADE)
        training = [
            total(changed(lambda li: li.name == "Training", amount=times(f), price=times(f)), MADE) for f in (0.8, 1.3)
        ]
        seats = [total(changed(lambda li: li.item == "Seats", quantity=lambda q, n=n: q + n), MADE) for n in (-20, 60)]
        dollar = [total(MIXED, replace(MADE, money=(("USD", (r,) * 4), MADE.money[1]))) for r in (6.5, 8)]
        rises = [total(changed(everywhere, growth=g), MADE) for g in (0.0, 0.1)]
        right = {"Training": training, "Seats": seats, "Dollar": dollar, "Price rises": rises}
        assert found[0] == ["Driver", "Low", "High", "Low − base", "High − base", "Swing"]
        assert {row[0] for row in found[1:]} == set(right)
        for name, low, high, less, more, swing in found[1:]:
            assert [low, high] == near(right[name])
            assert [less, more, swing] == [near(low - base), near(high - base), near(abs(high - low))]
        swings = [row[-1] for row in found[1:]]
        assert swings == sorted(swings, reverse=True)

    def test_the_sign_of_each_bar_is_kept(self):
        found = rows_of(self.tornado(("Turned", "Cost", "multiply", 1.2, 0.9)))
        base = total(MIXED, MADE)
        assert found["Turned"] == near([1.2 * base, 0.9 * base, 0.2 * base, -0.1 * base, 0.3 * base])

    @pytest.mark.parametrize(
        ("field", "operation", "value"),
        [("Cost", "multiply", 1), ("Quantity", "add", 0), ("Years", "set", 4), ("EUR/CNY", "set", 7.8)],
    )
    def test_low_and_high_at_the_base_give_no_swing(self, field, operation, value):
        ((_, low, high, less, more, swing),) = self.tornado(("x", field, operation, value, value))[1:]
        assert [low, high] == near([total(MIXED, MADE)] * 2)
        assert [less, more, swing] == pytest.approx([0, 0, 0], abs=1e-6)

    def test_equal_swings_keep_the_order_of_the_table(self):
        found = self.tornado(*((name, "Cost", "multiply", 0.9, 1.1) for name in "dbca"))
        assert [row[0] for row in found[1:]] == list("dbca")

    def test_one_driver_at_a_time(self):
        """The others stay at base: a driver's numbers are the same beside others and alone."""
        one = ("Seats", "Quantity", "multiply", 0.5, 2)
        alone = self.tornado(one)[1]
        beside = rows_of(self.tornado(("All", "Cost", "multiply", 0.1, 9), one))["Seats"]
        assert alone[1:] == beside

    def test_each_side_is_a_scenario(self):
        found = self.tornado(("x", "Unit cost", "add", -3, 4, "Licence", "Sales"))[1]
        only = {"Component": "Licence", "Department": "Sales"}
        assert found[1] == near(scenario(("Unit cost", "add", -3, only)))
        assert found[2] == near(scenario(("Unit cost", "add", 4, only)))

    def test_chinese(self):
        costs = [["费用类别", "金额"], ["软件购买", 1000]]
        drivers = [
            ["驱动因素", "字段", "运算", "低值", "高值", "费用类别"],
            ["价格", "费用", "乘", 0.9, 1.2, "软件购买"],
        ]
        found = call("CRM_SENSITIVITY", costs, drivers)
        assert found == [
            ["驱动因素", "低值", "高值", "低值 − 基准", "高值 − 基准", "摆幅"],
            ["价格", near(900), near(1200), near(-100), near(200), near(300)],
        ]

    def test_with_benefits_the_net_present_value_ranks(self):
        """Price moves the cost by 200 and the value by 200; Gain moves no cost, and the value by 1,000 / 1.1 × 0.5."""
        costs = [["Component", "Amount"], ["Licence", 1000]]
        benefits = [["Benefit", "Amount", "Frequency"], ["Efficiency", 1000, "annual"]]
        drivers = [
            ["Driver", "Field", "Low", "High"], ["Price", "Cost", 0.9, 1.1], ["Gain", "Benefits", 0.75, 1.25],
        ]  # fmt: skip
        one_year = [["Years", 1], ["Discount rate", 0.1]]
        assert call("CRM_SENSITIVITY", costs, drivers, one_year)[1][0] == "Price"
        gain, price = call("CRM_SENSITIVITY", costs, drivers, one_year, benefits)[1:]
        assert (gain[0], price[0]) == ("Gain", "Price")
        assert gain[-2:] == near([0.75 * 1000 / 1.1 - 1000, 1.25 * 1000 / 1.1 - 1000])
        assert price[-2:] == near([1000 / 1.1 - 900, 1000 / 1.1 - 1100])

    def test_columns_listed_to_be_ignored_are(self):
        costs, drivers = cost_table(MIXED), [["Driver", "Field", "Low", "High", "Fee"], ["x", "Cost", 0.9, 1.2, 8]]
        assert cell("CRM_SENSITIVITY", costs, drivers, MADE.table()) == "#VALUE!"
        assert call("CRM_SENSITIVITY", costs, drivers, [*MADE.table(), ["Ignore columns", "Fee"]])[1][0] == "x"

    def test_no_drivers(self):
        assert len(self.tornado()) == 1


class TestSpecialCases:
    COSTS = (["Component", "Amount"], ["Licence", 1000.0])

    def test_empty_costs(self):
        rows = [HEAD, ["s", "Cost", "multiply", 2]]
        assert call("CRM_SCENARIO", list(self.COSTS[:1]), rows, "s") == 0
        assert call("CRM_SCENARIO", list(self.COSTS[:1]), rows)[2] == ["s", 0, 0, ""]

    def test_no_scenarios(self):
        assert call("CRM_SCENARIO", list(self.COSTS), [HEAD])[1:] == [["Base", 1000.0, 0.0, 0.0]]

    def test_an_unknown_name_is_not_there(self):
        rows = [HEAD, ["s", "Cost", "multiply", 2]]
        assert cell("CRM_SCENARIO", list(self.COSTS), rows, "t") == "#N/A"
        assert reason("CRM_SCENARIO", list(self.COSTS), rows, "t") == "there is no scenario t"
        assert "t" in reason("CRM_SCENARIO", list(self.COSTS), rows, "t", language="zh")

    @pytest.mark.parametrize(
        ("row", "column"),
        [
            (["s", "Colour", "multiply", 2], "Field"),
            (["s", "Component", "set", 2], "Field"),
            (["s", "Timing", "set", 2], "Field"),
            (["s", "Cost", "divide", 2], "Operation"),
            (["s", "Cost", "multiply", "twice"], "Value"),
            (["s", "Cost", "multiply", None], "Value"),
            (["s", None, "multiply", 2], "Field"),
            ([None, "Cost", "multiply", 2], "Scenario"),
            (["s", "Quantity", "set", -1], "Value"),
            (["s", "Cost", "multiply", -1], "Value"),
            (["s", "Price growth", "set", -2], "Value"),
            (["s", "Years", "set", 50], "Value"),
            (["s", "USD/CNY", "set", 0], "Value"),
            (["s", "USD/CNY", "set", -7], "Value"),
        ],
    )  # fmt: skip
    def test_a_row_that_cannot_be_read(self, row, column):
        rows = [HEAD, row]
        assert cell("CRM_SCENARIO", list(self.COSTS), rows) == "#VALUE!"
        found = check(costs=list(self.COSTS), scenarios=rows)
        assert [line[1:5] for line in found] == [["error", "Scenarios", 2, column]]

    def test_a_misspelt_field_is_suggested(self):
        found = check(scenarios=[HEAD, ["s", "Quantty", "multiply", 2]])
        assert "Quantity" in found[0][-1]
        assert (
            "数量"
            in check(costs=[["费用类别", "金额"], ["软件购买", 1]], scenarios=[HEAD, ["s", "数两", "multiply", 2]])[0][
                -1
            ]
        )

    @pytest.mark.parametrize(
        "field", ["Timing", "Currency", "Whole seats", "Start date", "Start", "timing", "折现时点", "Vendor", "High"]
    )
    def test_a_field_that_is_no_number_says_what_can_change_instead(self, field):
        for table, head in (
            ("scenarios", ["Scenario", "Field", "Value"]),
            ("drivers", ["Driver", "Field", "Low", "High"]),
        ):
            found = check(**{table: [head, ["x", field, *[1] * (len(head) - 2)]]})
            assert [line[1:6] for line in found] == [["error", head[0] + "s", 2, "Field", f'"{field}"']]
            assert found[0][6] == (
                "a field that is a number: this one cannot change. These can: Cost, Benefits, Quantity, Unit cost, "
                "Amount, Price growth, Quantity growth, Discount, Price lock, Growth cap, Life, Tax rate, "
                "Years, Discount rate, Hosting term, Users, "
                "Active users, and currency pairs such as USD/CNY"
            )

    def test_every_field_that_is_said_to_change_does(self):
        costs = [["Component", "Item", "Quantity", "Unit cost"], ["Licence", "a", 2, 3]]
        fields = check(scenarios=[["Scenario", "Field", "Value"], ["x", "Timing", 1]])[0][6]
        named = fields.split("These can: ")[1].split(", and ")[0].split(", ")
        assert len(named) == 17
        for field in named:
            operation = "multiply" if field == "Benefits" else "set"
            rows = [HEAD, ["x", field, operation, 1]]
            assert check(costs=costs, scenarios=rows) == [], field
            assert isinstance(call("CRM_SCENARIO", costs, rows, "x"), float), field

    @pytest.mark.parametrize(
        ("typed", "meant"), [("Discount rte", "Discount rate"), ("Quantty", "Quantity"), ("价格年增长", "价格年增长率")]
    )
    def test_only_what_can_change_is_suggested(self, typed, meant):
        found = check(scenarios=[["Scenario", "Field", "Value"], ["x", typed, 1]])
        assert found[0][6] == f"a field that can change; did you mean {meant}?"

    @pytest.mark.parametrize("operation", ["multiply", "add"])
    @pytest.mark.parametrize("field", ["Hosting term", "Users", "Active users", "GBP/USD"])
    def test_a_blank_field_has_nothing_to_multiply_and_is_noted(self, field, operation):
        costs = [["Component", "Amount", "Treatment"], ["Customisation", 900, "capitalise"]]
        rows = [HEAD, ["x", field, operation, 1.1]]
        found = check(costs=costs, scenarios=rows)
        assert [line[1:6] for line in found] == [["note", "Scenarios", 2, "Field", f'"{field}"']]
        assert call("CRM_SCENARIO", costs, rows, "x") == 900
        driver = [["Driver", "Field", "Operation", "Low", "High"], ["x", field, operation, 0.9, 1.1]]
        assert [line[1:3] for line in check(costs=costs, drivers=driver)] == [["note", "Drivers"]]
        assert call("CRM_SENSITIVITY", costs, driver)[1][1:3] == [900, 900]

    def test_a_field_that_has_a_value_by_then_is_not_noted(self):
        made = [["Key", "Value"], ["Users", 5], ["USD/CNY", 7]]
        for field in ("Users", "USD/CNY", "CNY/USD"):
            assert check(assumptions=made, scenarios=[HEAD, ["x", field, "multiply", 1.1]]) == []
            after = [HEAD, ["x", field, "set", 2], ["X", field, "multiply", 1.1], ["y", field, "add", 1]]
            assert [line[3] for line in check(scenarios=after)] == [4]
        turned = [HEAD, ["x", "USD/CNY", "set", 7], ["x", "CNY/USD", "multiply", 1.1]]
        assert check(scenarios=turned) == []

    @pytest.mark.parametrize("given", [("USD/CNY", "CNY/USD"), ("USD/CNY",), ("CNY/USD",)])
    @pytest.mark.parametrize(
        ("pair", "operation", "value", "expected"),
        [
            ("CNY/USD", "multiply", 1.1, 700 / 1.1),  # a yuan buys a tenth more dollars
            ("USD/CNY", "multiply", 1.1, 770),
            ("CNY/USD", "set", 0.125, 800),
            ("USD/CNY", "set", 8, 800),
            ("USD/CNY", "add", 0.5, 750),
        ],
    )
    def test_a_rate_changes_in_whatever_directions_it_is_given(self, given, pair, operation, value, expected):
        made = [["Key", "Value"], *([one, {"USD/CNY": 7, "CNY/USD": 1 / 7}[one]] for one in given)]
        costs = [["Component", "Amount", "Currency"], ["Licence", 100, "USD"]]
        assert call("CRM_SCENARIO", costs, [HEAD, ["x", pair, operation, value]], "x", made) == near(expected)

    @pytest.mark.parametrize(
        ("only", "expected"),
        [
            ({"Component": "Other: Hardware"}, 1 + 10 + 100 + 2000),
            ({"Component": "其他：hardware"}, 1 + 10 + 100 + 2000),
            ({"Component": "Other"}, 1 + 10 + 200 + 2000),
            ({"Component": "其他"}, 1 + 10 + 200 + 2000),
            ({"Department": "(not stated)"}, 2 + 10 + 100 + 1000),
            ({"Department": "（未填）"}, 2 + 10 + 100 + 1000),
        ],
    )
    def test_lines_by_the_names_that_results_print(self, only, expected):
        costs = [
            ["Component", "Department", "Amount"],
            ["Licence", None, 1],
            ["Training", "Sales", 10],
            ["Travel", "Sales", 100],
            ["Hardware", "Sales", 1000],
        ]
        rows = [HEAD, ["x", "Cost", "multiply", 2, *(only.get(k) for k in HEAD[4:])]]
        assert call("CRM_SCENARIO", costs, rows, "x") == expected
        assert check(costs=costs, scenarios=rows)[2:] == []  # two notes on components of one's own

    def test_a_filter_that_no_line_answers_to_is_noted(self):
        rows = [HEAD, ["s", "Cost", "multiply", 2, None, None, "Slaes"]]
        assert call("CRM_SCENARIO", list(self.COSTS), rows, "s") == 1000
        assert [line[1:4] for line in check(costs=list(self.COSTS), scenarios=rows)] == [["note", "Scenarios", 2]]

    def test_an_error_in_a_cell_is_handed_on(self):
        assert cell("CRM_SCENARIO", list(self.COSTS), [HEAD, ["s", "Cost", None, "#DIV/0!"]], "s") == "#DIV/0!"
        assert cell("CRM_SCENARIO", list(self.COSTS), [HEAD, ["s", "Cost", None, 2]], "#REF!") == "#REF!"
        head = ["Driver", "Field", "Low", "High"]
        assert cell("CRM_SENSITIVITY", list(self.COSTS), [head, ["d", "Cost", "#N/A", 2]]) == "#N/A"
        assert (
            cell("CRM_SENSITIVITY", [["Component", "Amount"], ["a", "#REF!"]], [head, ["d", "Cost", 1, 2]]) == "#REF!"
        )

    def test_a_driver_that_cannot_be_read(self):
        head = ["Driver", "Field", "Low", "High"]
        drivers = [head, ["d", "Colour", 1, 2], ["e", "Cost", "low", 2], ["f", "Cost", 1, None], ["g", None, 1, 2]]
        assert cell("CRM_SENSITIVITY", list(self.COSTS), drivers) == "#VALUE!"
        found = check(costs=list(self.COSTS), drivers=drivers)
        assert sorted(line[3:5] for line in found) == [[2, "Field"], [3, "Low"], [4, "High"], [5, "Field"]]

    def test_an_addition_stops_at_nothing(self):
        """The limits of a column hold: 40 person-days less 60 are none, and not 20 that somebody pays back."""
        assert scenario(("Quantity", "add", -60, {"Item": "Testing"})) == near(
            total(changed(lambda li: li.item == "Testing", quantity=0), MADE)
        )
        assert scenario(("Cost", "add", -(10**9))) == 0

    def test_an_addition_that_leaves_no_rate(self):
        assert scenario(("USD/CNY", "add", -9)) == "#N/A"

    def test_whole_seats_are_rounded_up_after_the_change(self):
        head = ["Component", "Quantity", "Unit cost", "Frequency", "Quantity growth"]
        costs = [head, ["Licence", 20, 100, "annual", 0.1]]
        rows = [HEAD, ["s", "Quantity", "multiply", 1.25]]
        assert call("CRM_SCENARIO", costs, rows, "s", [["Whole seats", "yes"], ["Years", 2]]) == near(2500 + 2800)
        assert call("CRM_SCENARIO", costs, rows, "s", [["Years", 2]]) == near(2500 + 2750)

    def test_chinese(self):
        costs = [["费用类别", "金额", "部门"], ["软件购买", 1000, "销售部"], ["员工培训", 200, "人事部"]]
        rows = [["情景", "字段", "运算", "值", "部门"], ["涨价", "费用", "乘", 1.2, "销售部"]]
        found = call("CRM_SCENARIO", costs, rows)
        assert found[0] == ["情景", "合计", "差额", "差额率"]
        assert found[1:] == [["基准", 1200.0, 0.0, 0.0], ["涨价", near(1400), near(200), near(1 / 6)]]

    def test_one_year(self):
        one = [["Years", 1]]
        costs = [["Component", "Amount", "Frequency"], ["Licence", 10, "monthly"]]
        assert call("CRM_SCENARIO", costs, [HEAD, ["s", "Years", "add", 1]], "s", one) == 240


class TestReturnUnderScenarios:
    """The return with ranges: the net present value under each scenario and at each end of a driver."""

    COSTS = (
        ("Component", "Amount", "Frequency", "Start"),
        ("Licence", 1000, "one-off", None),
        ("Maintenance", 100, "annual", 1),
    )
    BENEFITS = (("Benefit", "Amount", "Growth"), ("Efficiency", 500, 0.1))
    RULES = (("Years", 3), ("Discount rate", 0.1))

    def expected(self, cost=1.0, benefit=1.0, rate=0.1):
        flows = [-1000 * cost, *(500 * benefit * 1.1**y - 100 * cost for y in range(3))]
        return npf.npv(rate, flows)

    def test_scenarios(self):
        scenarios = [
            ["Scenario", "Field", "Operation", "Value"],
            ["Dear", "Cost", "multiply", 1.2], ["Weak", "Benefits", "multiply", 0.6], ["Weak", "Cost", "multiply", 1.1],
            ["Patient", "Discount rate", "set", 0.05],
        ]  # fmt: skip
        table = call("CRM_SCENARIO", self.COSTS, scenarios, None, self.RULES, self.BENEFITS)
        assert table[0][-1] == "Net present value"
        got = {row[0]: row[-1] for row in table[1:]}
        assert got["Base"] == pytest.approx(self.expected())
        assert got["Dear"] == pytest.approx(self.expected(cost=1.2))
        assert got["Weak"] == pytest.approx(self.expected(cost=1.1, benefit=0.6))
        assert got["Patient"] == pytest.approx(self.expected(rate=0.05))
        base = call("CRM_NPV", self.COSTS, self.BENEFITS, self.RULES)
        assert got["Base"] == pytest.approx(base)

    def test_benefits_alone_do_not_move_the_total(self):
        scenarios = [["Scenario", "Field", "Operation", "Value"], ["Weak", "Benefits", "multiply", 0.5]]
        assert call("CRM_SCENARIO", self.COSTS, scenarios, "Weak", self.RULES) == 1300

    def test_tornado(self):
        drivers = [["Driver", "Field", "Low", "High"], ["Adoption", "Benefits", 0.5, 1.2], ["Price", "Cost", 0.9, 1.1]]
        table = call("CRM_SENSITIVITY", self.COSTS, drivers, self.RULES, self.BENEFITS)
        assert table[0][-2:] == ["NPV at low", "NPV at high"]
        got = {row[0]: row[-2:] for row in table[1:]}
        assert got["Adoption"] == pytest.approx([self.expected(benefit=0.5), self.expected(benefit=1.2)])
        assert got["Price"] == pytest.approx([self.expected(cost=0.9), self.expected(cost=1.1)])

    @pytest.mark.parametrize("operation", ["add", "set"])
    def test_benefits_can_only_be_multiplied(self, operation):
        scenarios = [["Scenario", "Field", "Operation", "Value"], ["Weak", "Benefits", operation, 5]]
        assert cell("CRM_SCENARIO", self.COSTS, scenarios, "Weak", self.RULES) == "#VALUE!"
