"""CRM_TOTAL, CRM_BREAKDOWN, CRM_SCHEDULE and CRM_PER_USER as users call them."""

import datetime as dt

import pytest

from crm_xl.engine.cells import Range

from .calling import call, cell, reason

# Licence 12,000 a year; customisation 9,000 once; travel 100 a month, carried by two departments.
COSTS = [
    ["Component", "Item", "Department", "Vendor", "Amount", "Frequency"],
    ["Licence", "Enterprise edition", "Sales", "Salesforce", 1000, "monthly"],
    ["Customisation", "Data migration", "IT", None, 9000, "one-off"],
    ["Travel", None, "Sales", None, 100, "monthly"],
]
ZH_COSTS = [
    ["费用类别", "项目", "部门", "供应商", "金额", "频率"],
    ["软件购买", "企业版", "销售部", "Salesforce", 1000, "每月"],
    ["定制开发", "数据迁移", "信息部", None, 9000, "一次性"],
    ["差旅", None, "销售部", None, 100, "每月"],
]
TWO_YEARS = [["Years", 2]]
ONE_LINE = [["Component", "Amount"], ["Licence", 1200]]
EMPTY = [["Component", "Amount"]]
FOUR = ["Licence", "Customisation", "Maintenance", "Training"]


def monthly(**columns):
    """A table of one line of 100 a month with more columns."""
    return [["Component", "Amount", "Frequency", *columns], ["Licence", 100, "monthly", *columns.values()]]


class TestTotal:
    def test_two_columns_and_a_header_are_enough(self):
        assert call("CRM_TOTAL", ONE_LINE) == 1200
        assert type(call("CRM_TOTAL", ONE_LINE)) is float

    def test_defaults_are_five_years_and_one_off(self):
        assert call("CRM_TOTAL", monthly()) == 5 * 12 * 100
        assert call("CRM_TOTAL", ONE_LINE, None, None, 1) == 1200
        assert call("CRM_TOTAL", ONE_LINE, None, None, 2) == 0

    @pytest.mark.parametrize("nothing", [None, "", "  ", [[None]], [[""]], Range([[None]])])
    def test_left_out_empty_and_reference_to_an_empty_cell_mean_the_default(self, nothing):
        assert call("CRM_TOTAL", COSTS, nothing, nothing, nothing, nothing) == 5 * 13_200 + 9000
        assert call("CRM_TOTAL", COSTS, TWO_YEARS, nothing, nothing, "Sales") == 2 * 13_200

    @pytest.mark.parametrize("wrapped", [lambda v: [[v]], lambda v: [v], lambda v: Range([[v]]), lambda v: ((v,),)])
    def test_scalars_may_be_one_cell_ranges(self, wrapped):
        assert call("CRM_TOTAL", COSTS, TWO_YEARS, wrapped("licence"), wrapped(2), wrapped("Sales")) == 12_000

    def test_a_range_in_place_of_a_scalar(self):
        assert cell("CRM_TOTAL", COSTS, None, [["Licence", "Training"]]) == "#VALUE!"
        expected = "argument component of CRM_TOTAL takes one value or one cell"
        assert reason("CRM_TOTAL", COSTS, None, [["Licence", "Training"]]) == expected

    @pytest.mark.parametrize(
        ("component", "expected"),
        [
            ("Licence", 24_000), ("LICENCE", 24_000), (" license ", 24_000), ("软件购买", 24_000), ("许可费", 24_000),
            ("Customisation", 9000), ("定制开发", 9000), ("Travel", 2400), ("travel", 2400), ("other", 2400),
            ("其他", 2400),
        ],
    )  # fmt: skip
    def test_component_in_both_languages(self, component, expected):
        assert call("CRM_TOTAL", COSTS, TWO_YEARS, component) == expected

    def test_the_four_components_are_always_there(self):
        assert call("CRM_TOTAL", COSTS, TWO_YEARS, "Training") == 0

    def test_a_component_that_is_not_there(self):
        assert cell("CRM_TOTAL", COSTS, None, "Licennce") == "#N/A"
        assert reason("CRM_TOTAL", COSTS, None, "Hotel") == "no line has the component Hotel"
        assert reason("CRM_TOTAL", COSTS, None, "Hotel", language="zh") == "没有费用类别为 Hotel 的行"

    def test_department_ignores_letter_case_and_blanks(self):
        assert call("CRM_TOTAL", COSTS, TWO_YEARS, None, None, " sales ") == 2 * 13_200

    def test_a_department_that_is_not_there(self):
        assert cell("CRM_TOTAL", COSTS, None, None, None, "Service") == "#N/A"
        assert reason("CRM_TOTAL", COSTS, None, None, None, "Service") == "no line has the department Service"
        assert cell("CRM_TOTAL", ONE_LINE, None, None, None, "Sales") == "#N/A"

    def test_a_department_with_a_number_for_a_name(self):
        costs = [["Component", "Amount", "Department"], ["Licence", 7, 4711.0], ["Licence", 1, "4712"]]
        assert call("CRM_TOTAL", costs, None, None, None, 4711) == 7
        assert call("CRM_TOTAL", costs, None, None, None, "4711") == 7
        assert call("CRM_TOTAL", costs, None, None, None, 4712.0) == 1

    def test_component_and_department_and_year_together(self):
        assert call("CRM_TOTAL", COSTS, TWO_YEARS, "Travel", 1, "Sales") == 1200
        assert call("CRM_TOTAL", COSTS, TWO_YEARS, "Customisation", 1, "Sales") == 0

    @pytest.mark.parametrize("year", [0, 6, -1, 1.5, 2027, "soon", True])
    def test_a_year_that_is_not_there(self, year):
        assert cell("CRM_TOTAL", ONE_LINE, None, None, year) == "#N/A"

    def test_calendar_year_of_a_fiscal_year(self):
        """The model year 2027/28 begins in 2027: 9 months of it are in 2027, and all twelve count."""
        assumptions = [["Start date", dt.date(2027, 4, 1)], ["Years", 2]]
        costs = monthly(Start=dt.date(2027, 12, 5))
        assert call("CRM_TOTAL", costs, assumptions, None, 2027) == 400
        assert call("CRM_TOTAL", costs, assumptions, None, 1) == 400
        assert call("CRM_TOTAL", costs, assumptions, None, 2028) == 1200
        assert cell("CRM_TOTAL", costs, assumptions, None, 2029) == "#N/A"

    def test_calendar_years_in_the_table(self):
        assumptions = [["Start date", dt.date(2027, 4, 1)], ["Years", 3]]
        costs = monthly(Start=2028, End=2028)
        assert [call("CRM_TOTAL", costs, assumptions, None, y) for y in (1, 2, 3)] == [0, 1200, 0]

    @pytest.mark.parametrize(
        ("start", "end", "months"),
        [
            (dt.date(2027, 3, 31), dt.date(2027, 4, 1), 1),  # the next due day, 30 April, is after the end
            (dt.date(2028, 2, 29), dt.date(2028, 2, 29), 1),  # leap day
            (dt.date(2027, 1, 1), dt.date(2028, 2, 29), 14),
            (dt.date(2028, 12, 31), None, 1),
            (dt.date(2029, 1, 1), None, 0),  # after the last month
            (None, dt.date(2027, 1, 31), 1),
            (dt.datetime(2027, 6, 15, 23, 59), 1, 7),
            (2, 2, 12),
            (1, dt.date(2040, 1, 1), 24),
        ],
    )
    def test_start_and_end_are_both_included(self, start, end, months):
        assumptions = [["Start date", dt.date(2027, 1, 15)], ["Years", 2]]
        assert call("CRM_TOTAL", monthly(Start=start, End=end), assumptions) == 100 * months

    def test_start_date_on_a_leap_day(self):
        assumptions = [["Start date", dt.date(2028, 2, 29)], ["Years", 1]]
        assert call("CRM_TOTAL", monthly(End=dt.date(2029, 1, 1)), assumptions) == 1200
        assert call("CRM_TOTAL", monthly(End=dt.date(2028, 3, 1)), assumptions) == 200

    def test_quarters_and_years_are_counted_from_the_start_of_the_line(self):
        assumptions = [["Start date", dt.date(2027, 1, 1)], ["Years", 2]]
        header = ["Component", "Amount", "Frequency", "Start"]
        for frequency, counts in (("quarterly", [3, 4]), ("annual", [1, 1])):
            costs = [header, ["Licence", 1, frequency, dt.date(2027, 5, 1)]]
            assert [call("CRM_TOTAL", costs, assumptions, None, y) for y in (1, 2)] == counts

    def test_an_end_does_not_cut_a_period_short(self):
        """An annual fee that falls due within the span is paid in full."""
        costs = [["Component", "Amount", "Frequency", "Start", "End"], ["Licence", 500, "annual", 1, 2]]
        assert call("CRM_TOTAL", costs) == 1000

    def test_a_price_is_that_of_the_start_of_the_line_and_grows_at_its_anniversaries(self):
        costs = [
            ["Component", "Amount", "Frequency", "Start", "Price growth", "Quantity growth"],
            ["Licence", 1000, "annual", 3, 0.1, -0.5],
        ]
        got = [call("CRM_TOTAL", costs, [["Years", 4]], None, year) for year in (1, 2, 3, 4)]
        assert got == pytest.approx([0, 0, 1000, 1000 * 1.1 * 0.5], rel=1e-9)

    def test_one_year(self):
        assert call("CRM_TOTAL", monthly(), [["Years", 1]]) == 1200

    def test_empty_table(self):
        assert call("CRM_TOTAL", EMPTY) == 0
        assert call("CRM_TOTAL", [*EMPTY, [None, None], ["", " "]]) == 0

    def test_whole_seats_round_up_but_not_a_seat_too_much(self):
        header = ["Component", "Quantity", "Unit cost", "Frequency", "Quantity growth"]
        costs = [header, ["Licence", 100, 1, "annual", 0.1]]
        assert 100 * 1.1 > 110  # in floating point
        got = [call("CRM_TOTAL", costs, [["Whole seats", "yes"]], None, year) for year in range(1, 6)]
        assert got == [100, 110, 121, 134, 147]

    def test_whole_seats_leave_lump_sums_alone(self):
        costs = [["Component", "Amount", "Frequency", "Quantity growth"], ["Licence", 100.5, "annual", 0.1]]
        assert call("CRM_TOTAL", costs, [["Whole seats", "yes"]], None, 2) == pytest.approx(110.55, rel=1e-9)

    def test_exchange_rate_by_year_and_backwards(self):
        header = ["Component", "Amount", "Frequency", "Currency"]
        costs = [header, ["Licence", 100, "annual", "USD"]]
        rates = [["Years", 4, None], ["USD/CNY", 7.1, None], ["USD/CNY", 7.5, 3]]
        assert [call("CRM_TOTAL", costs, rates, None, y) for y in (1, 2, 3, 4)] == [710, 710, 750, 750]
        backwards = [["Currency", "USD", None], ["USD/CNY", 8, None]]
        assert call("CRM_TOTAL", [header, ["Licence", 100, "one-off", "CNY"]], backwards) == 12.5

    def test_exchange_rate_from_a_calendar_year(self):
        costs = [["Component", "Amount", "Frequency", "Currency"], ["Licence", 100, "annual", "usd"]]
        rates = [["Start date", dt.date(2027, 7, 1), ""], ["Years", 2, ""], ["USD/CNY", 7, ""], ["USD/CNY", 8, 2028]]
        assert [call("CRM_TOTAL", costs, rates, None, y) for y in (2027, 2028)] == [700, 800]

    def test_no_cross_rate(self):
        costs = [["Component", "Amount", "Currency"], ["Licence", 100, "EUR"]]
        assert cell("CRM_TOTAL", costs, [["USD/CNY", 7], ["EUR/USD", 1.1]]) == "#N/A"

    def test_unpriced_lines_are_in_no_total(self):
        costs = [
            ["Component", "Quantity", "Unit cost", "Amount"],
            ["Licence", 10, None, None],
            ["Training", 2, 5, None],
        ]
        assert call("CRM_TOTAL", costs) == 10

    def test_total_rows_are_not_counted_twice(self):
        costs = [*ONE_LINE, ["Total", 1200], ["合计", 1200], ["小计", 1200]]
        assert call("CRM_TOTAL", costs) == 1200

    @pytest.mark.parametrize("error", ["#REF!", "#N/A", "#DIV/0!", "#NUM!", "#NAME?", "#NULL!", "#VALUE!"])
    def test_an_error_in_an_input_cell_is_handed_on(self, error):
        assert cell("CRM_TOTAL", [*ONE_LINE, ["Training", error]]) == error
        assert cell("CRM_TOTAL", ONE_LINE, [["Years", error]]) == error
        assert cell("CRM_TOTAL", ONE_LINE, None, error) == error
        assert cell("CRM_TOTAL", ONE_LINE, None, None, [[error]]) == error

    def test_an_error_is_handed_on_before_other_problems(self):
        costs = [["Component", "Amount"], ["Licence", "twelve"], ["Training", "#REF!"]]
        assert cell("CRM_TOTAL", costs) == "#REF!"

    def test_an_error_in_a_column_that_is_not_read_does_not_matter(self):
        assert call("CRM_TOTAL", [["Component", "Amount", "Remark"], ["Licence", 5, "#REF!"]]) == 5

    def test_costs_are_needed(self):
        for nothing in ((), (None,), ([[None]],)):
            assert cell("CRM_TOTAL", *nothing) == "#VALUE!"
        assert reason("CRM_TOTAL") == "CRM_TOTAL needs the argument costs"


class TestBreakdown:
    def test_default_is_by_component(self):
        assert call("CRM_BREAKDOWN", COSTS, TWO_YEARS) == [
            ["Component", "Amount (CNY)", "Share"],
            ["Licence", 24_000, pytest.approx(24_000 / 35_400)],
            ["Customisation", 9000, pytest.approx(9000 / 35_400)],
            ["Maintenance", 0, 0],
            ["Training", 0, 0],
            ["Other: Travel", 2400, pytest.approx(2400 / 35_400)],
            ["Total", 35_400, pytest.approx(1)],
        ]

    def test_chinese_table_gives_chinese_labels(self):
        table = call("CRM_BREAKDOWN", ZH_COSTS, [["年数", 2]], "费用类别", "年度")
        assert table[0] == ["费用类别", "第1年", "第2年", "合计", "占比"]
        assert [row[0] for row in table[1:]] == ["软件购买", "定制开发", "维护", "员工培训", "其他：差旅", "合计"]
        assert table[-1][1:4] == [22_200, 13_200, 35_400]

    def test_language_of_the_assumptions_comes_first(self):
        table = call("CRM_BREAKDOWN", COSTS, [["Language", "中文"]])
        assert table[0] == ["费用类别", "金额（CNY）", "占比"]
        table = call("CRM_BREAKDOWN", ZH_COSTS, [["语言", "英文"]])
        assert table[0] == ["Component", "Amount (CNY)", "Share"]

    @pytest.mark.parametrize(
        ("typed", "title", "keys"),
        [
            ("department", "Department", ["Sales", "IT"]),
            ("部门", "Department", ["Sales", "IT"]),
            ("DEPT", "Department", ["Sales", "IT"]),
            ("vendor", "Vendor", ["Salesforce", "(not stated)"]),
            ("item", "Item", ["Enterprise edition", "Data migration", "(not stated)"]),
            ("frequency", "Frequency", ["one-off", "monthly"]),
            ("one-off or recurring", "One-off or recurring", ["One-off", "Recurring"]),
            ("currency", "Currency", ["CNY"]),
            ("treatment", "Treatment", ["expense"]),
            ("year", "Year", ["Year 1", "Year 2"]),
        ],
    )
    def test_every_dimension(self, typed, title, keys):
        table = call("CRM_BREAKDOWN", COSTS, TWO_YEARS, typed)
        assert table[0] == [title, "Amount (CNY)", "Share"]
        assert [row[0] for row in table[1:-1]] == keys
        assert table[-1][:2] == ["Total", 35_400]

    def test_sub_items_stand_below_their_component(self):
        table = call("CRM_BREAKDOWN", COSTS, TWO_YEARS, "sub-item")
        assert table[0] == ["Component", "Sub-item", "Amount (CNY)", "Share"]
        assert [row[:3] for row in table[1:]] == [
            ["Licence", "Premium edition", 24_000],
            ["Customisation", "Data migration", 9000],
            ["Other: Travel", "(not stated)", 2400],
            ["Total", "", 35_400],
        ]

    def test_an_item_with_a_colon_is_no_key(self):
        costs = [["Component", "Item", "Amount"], ["Hotline", "Gold: day and night", 5], ["Licence", "x:y", 1]]
        keys = [tuple(row[:2]) for row in call("CRM_BREAKDOWN", costs, None, "sub-item")[1:-1]]
        assert sorted(keys) == [("Licence", "x:y"), ("Other: Hotline", "Gold: day and night")]

    def test_two_dimensions_down_and_one_across(self):
        table = call("CRM_BREAKDOWN", COSTS, TWO_YEARS, "department, component", "year")
        assert table == [
            ["Department", "Component", "Year 1", "Year 2", "Total", "Share"],
            ["Sales", "Licence", 12_000, 12_000, 24_000, pytest.approx(24_000 / 35_400)],
            ["Sales", "Other: Travel", 1200, 1200, 2400, pytest.approx(2400 / 35_400)],
            ["IT", "Customisation", 9000, 0, 9000, pytest.approx(9000 / 35_400)],
            ["Total", "", 22_200, 13_200, 35_400, pytest.approx(1)],
        ]

    def test_years_down_and_departments_across(self):
        assert call("CRM_BREAKDOWN", COSTS, TWO_YEARS, "year", "department") == [
            ["Year", "Sales", "IT", "Total", "Share"],
            ["Year 1", 13_200, 9000, 22_200, pytest.approx(22_200 / 35_400)],
            ["Year 2", 13_200, 0, 13_200, pytest.approx(13_200 / 35_400)],
            ["Total", 26_400, 9000, 35_400, pytest.approx(1)],
        ]

    @pytest.mark.parametrize(
        ("start", "names"),
        [
            (None, ["Year 1", "Year 2"]),
            (dt.date(2027, 1, 1), [2027, 2028]),
            (dt.date(2027, 4, 1), ["2027/28", "2028/29"]),
            (dt.date(2099, 12, 1), ["2099/00", "2100/01"]),
        ],
    )
    def test_names_of_years(self, start, names):
        table = call("CRM_BREAKDOWN", COSTS, [["Years", 2], ["Start date", start]], None, "year")
        assert table[0] == ["Component", *names, "Total", "Share"]

    def test_the_names_of_years_can_be_asked_for(self):
        assumptions = [["Years", 2], ["Start date", dt.date(2027, 4, 1)]]
        for i, name in enumerate(call("CRM_SCHEDULE", COSTS, assumptions)[0][1:-1], 1):
            assert call("CRM_TOTAL", COSTS, assumptions, None, name) == call("CRM_TOTAL", COSTS, assumptions, None, i)

    def test_share_is_blank_where_the_total_is_zero(self):
        table = call("CRM_BREAKDOWN", [["Component", "Amount"], ["Licence", 0]])
        assert {row[2] for row in table[1:]} == {""}

    def test_empty_table_has_the_four_components(self):
        table = call("CRM_BREAKDOWN", EMPTY)
        assert [row[0] for row in table] == ["Component", *FOUR, "Total"]
        assert {tuple(row[1:]) for row in table[1:]} == {(0, "")}

    @pytest.mark.parametrize(("rows", "columns"), [("department", None), ("department", "year"), ("year", "component")])
    def test_empty_table_by_others(self, rows, columns):
        table = call("CRM_BREAKDOWN", EMPTY, TWO_YEARS, rows, columns)
        assert len({len(row) for row in table}) == 1
        assert table[-1][0] == "Total"
        assert sum(v for v in table[-1] if isinstance(v, float)) == 0

    def test_unpriced_lines_are_named_and_counted_in_the_last_row(self):
        costs = [
            ["Component", "Item", "Amount"],
            ["Licence", "Seats", 7],
            ["Training", "Course", None],
            ["Travel", None, ""],
        ]
        table = call("CRM_BREAKDOWN", costs, TWO_YEARS, "item", "year")
        assert table[-1] == ["Not priced: 2 line(s) — Course, #4", "", "", "", ""]
        assert table[-2][0] == "Total"
        assert table[-2][-2] == 7

    @pytest.mark.parametrize("across", [None, "department", "vendor", "year"])
    def test_the_row_of_unpriced_lines_is_as_wide_as_the_table(self, across):
        costs = [["Component", "Amount"], ["Licence", None]]
        assert len({len(row) for row in call("CRM_BREAKDOWN", costs, [["Years", 1]], None, across)}) == 1

    def test_rows_are_grouped_by_the_first_dimension(self):
        header = ["Component", "Item", "Department", "Amount"]
        costs = [header, ["Training", "b", "IT", 1], ["Licence", "a", "Sales", 1], ["Licence", "b", "IT", 1]]
        keys = [tuple(row[:2]) for row in call("CRM_BREAKDOWN", costs, None, "department, component")[1:-1]]
        assert keys == [("IT", "Licence"), ("IT", "Training"), ("Sales", "Licence")]
        keys = [tuple(row[:2]) for row in call("CRM_BREAKDOWN", costs, None, "component, department")[1:-1]]
        assert keys == [("Licence", "IT"), ("Licence", "Sales"), ("Training", "IT")]
        keys = [tuple(row[:2]) for row in call("CRM_BREAKDOWN", costs, None, "item, department")[1:-1]]
        assert keys == [("b", "IT"), ("a", "Sales")]

    def test_the_reporting_currency_stands_above_the_amounts(self):
        costs = [["Component", "Amount", "Currency"], ["Licence", 10, None], ["Licence", 10, "EUR"]]
        table = call("CRM_BREAKDOWN", costs, [["Currency", "USD"], ["EUR/USD", 1.1]], "currency")
        assert table[0][1] == "Amount (USD)"
        assert [row[:2] for row in table[1:]] == [["USD", 10], ["EUR", pytest.approx(11)], ["Total", pytest.approx(21)]]

    @pytest.mark.parametrize(
        ("rows", "columns"),
        [
            ("colour", None), (None, "colour"), (None, "department, vendor"), ("year, component", None),
            ("item, item", None), (7, None), ("component,", None),
        ],
    )  # fmt: skip
    def test_dimensions_that_cannot_be_read(self, rows, columns):
        assert cell("CRM_BREAKDOWN", COSTS, None, rows, columns) == "#VALUE!"

    def test_the_reason_names_what_is_allowed(self):
        why = reason("CRM_BREAKDOWN", COSTS, None, "colour")
        assert why.startswith('argument rows: found "colour"; expected one of component, ')
        assert "部门" not in why

    def test_the_reason_is_written_as_chinese_is(self):
        why = reason("CRM_BREAKDOWN", COSTS, None, "颜色", language="zh")
        assert why.startswith("参数 rows：现为“颜色”；应为以下之一：费用类别、子项、项目、部门、")
        assert not {'"', ","} & set(why)

    def test_the_same_dimension_down_and_across(self):
        """A diagonal, or an error: never money counted twice."""
        table = cell("CRM_BREAKDOWN", COSTS, TWO_YEARS, "department", "department")
        assert table == "#VALUE!" or table[-1][-2] == 35_400


class TestSchedule:
    def test_cash(self):
        assert call("CRM_SCHEDULE", COSTS, TWO_YEARS) == [
            ["Component", "Year 1", "Year 2", "Total"],
            ["Licence", 12_000, 12_000, 24_000],
            ["Customisation", 9000, 0, 9000],
            ["Maintenance", 0, 0, 0],
            ["Training", 0, 0, 0],
            ["Other: Travel", 1200, 1200, 2400],
            ["Total", 22_200, 13_200, 35_400],
        ]

    CAPITALISED = (
        ("Component", "Item", "Amount", "Treatment", "Life", "Start"),
        ("Customisation", "Coding", 3600, "capitalise", 3, dt.date(2027, 7, 1)),
    )

    def test_profit_and_loss_has_later_years(self):
        """3,600 over 36 months from July: 600, 1,200 and 1,800 after the second year."""
        table = call("CRM_SCHEDULE", self.CAPITALISED, [["Years", 2], ["Start date", dt.date(2027, 1, 1)]], "P&L")
        assert table[0] == ["Component", 2027, 2028, "Later years", "Total"]
        assert table[2] == ["Customisation", *map(pytest.approx, (600, 1200, 1800, 3600))]
        assert table[-1] == ["Total", *map(pytest.approx, (600, 1200, 1800, 3600))]

    @pytest.mark.parametrize("view", ["cash", "现金", "Cash view", None, ""])
    def test_names_of_the_cash_view(self, view):
        assert call("CRM_SCHEDULE", COSTS, TWO_YEARS, view) == call("CRM_SCHEDULE", COSTS, TWO_YEARS, "cash")

    @pytest.mark.parametrize("view", ["profit and loss", "损益", "P&L", "Profit", [["损益"]]])
    def test_names_of_the_profit_and_loss_view(self, view):
        assert call("CRM_SCHEDULE", COSTS, TWO_YEARS, view)[0][-2:] == ["Later years", "Total"]

    def test_chinese_labels(self):
        table = call("CRM_SCHEDULE", ZH_COSTS, [["年数", 1]], "损益")
        assert table[0] == ["费用类别", "第1年", "以后年度", "合计"]

    def test_a_view_that_cannot_be_read(self):
        assert cell("CRM_SCHEDULE", COSTS, None, "accrual?") == "#VALUE!"

    def test_horizon_of_one_year_and_of_thirty(self):
        assert call("CRM_SCHEDULE", monthly(), [["Years", 1]])[-1] == ["Total", 1200, 1200]
        table = call("CRM_SCHEDULE", monthly(), [["Years", 30]])
        assert table[-1] == ["Total", *[1200] * 30, 36_000]

    def test_empty_table(self):
        table = call("CRM_SCHEDULE", EMPTY, TWO_YEARS, "profit and loss")
        assert [row[0] for row in table] == ["Component", *FOUR, "Total"]
        assert {v for row in table[1:] for v in row[1:]} == {0}

    def test_unpriced_lines_are_named(self):
        costs = [*ONE_LINE, ["Training", None]]
        for view in ("cash", "profit and loss"):
            table = call("CRM_SCHEDULE", costs, TWO_YEARS, view)
            assert table[-1][0] == "Not priced: 1 line(s) — #3"
            assert len({len(row) for row in table}) == 1

    def profit(self, policy, *line):
        header = ["Component", "Item", "Amount", "Frequency", "Start", "Treatment", "Life"]
        table = call("CRM_SCHEDULE", [header, list(line)], [["Years", 2], ["Accounting policy", policy]], "P&L")
        return pytest.approx(table[-1][1:-1])

    def test_an_annual_licence_is_prepaid_where_the_policy_says_so(self):
        line = ("Licence", None, 1200, "annual", None, None, None)
        assert self.profit("expense_all", *line) == [1200, 1200, 0]
        # Paid in month 1 of each model year, the period of service is the model year itself.
        assert self.profit("ifrs_saas", *line) == [1200, 1200, 0]
        assert self.profit("us_gaap", *line) == [1200, 1200, 0]

    @pytest.mark.parametrize("policy", ["ifrs_saas", "us_gaap"])
    def test_a_licence_paid_in_october_is_three_quarters_next_years(self, policy):
        header = ["Component", "Amount", "Frequency", "Start"]
        assumptions = [["Years", 2], ["Accounting policy", policy], ["Start date", dt.date(2027, 1, 1)]]
        costs = [header, ["Licence", 1200, "annual", dt.date(2027, 10, 1)]]
        assert call("CRM_SCHEDULE", costs, assumptions, "P&L")[-1][1:] == pytest.approx([300, 1200, 900, 2400])
        costs = [header, ["Licence", 300, "quarterly", dt.date(2027, 11, 1)]]
        assert call("CRM_SCHEDULE", costs, assumptions, "P&L")[-1][1:] == pytest.approx([200, 1200, 100, 1500])
        # Other components are not prepaid unless the line says so.
        costs = [header, ["Maintenance", 1200, "annual", dt.date(2027, 10, 1)]]
        assert call("CRM_SCHEDULE", costs, assumptions, "P&L")[-1][1:] == pytest.approx([1200, 1200, 0, 2400])

    def test_prepaid(self):
        assert self.profit("expense_all", "Maintenance", None, 300, "one-off", 2, "prepay", 3) == [0, 100, 200]
        assert self.profit("expense_all", "Maintenance", None, 300, "one-off", 2, "预付", None) == [0, 150, 150]
        assert self.profit("expense_all", "Maintenance", None, 10, "monthly", None, "prepaid", None) == [120, 120, 0]

    def test_an_expense_that_is_stated_overrules_the_policy(self):
        assert self.profit("us_gaap", "Customisation", "Coding", 600, "one-off", 2, None, 3) == [0, 200, 400]
        assert self.profit("us_gaap", "Customisation", "Coding", 600, "one-off", 2, "expense", 3) == [0, 600, 0]

    @pytest.mark.parametrize(
        ("component", "item"), [("Training", None), ("Maintenance", None), ("定制开发", "数据迁移")]
    )
    def test_never_capitalised(self, component, item):
        assert self.profit("us_gaap", component, item, 600, "one-off", None, "capitalise", 3) == [600, 0, 0]


class TestPerUser:
    def test_users_of_the_argument(self):
        assert call("CRM_PER_USER", ONE_LINE, 30) == 40

    @pytest.mark.parametrize(("name", "key"), [("CRM_PER_USER", "Users"), ("CRM_PER_ACTIVE_USER", "Active users")])
    def test_both_orders_of_arguments(self, name, key):
        """Costs, assumptions, then the rest, as everywhere; the order of before is known by its headers."""
        assumptions = [["Assumption", "Value"], [key, 12], ["Years", 2]]
        for given_ in ((assumptions, 30), (30, assumptions), ([[30.0]], assumptions), (assumptions, [[30.0]])):
            assert call(name, ONE_LINE, *given_) == 40
            assert call(name, ONE_LINE, *given_, "year") == 20
        assert call(name, ONE_LINE, assumptions) == 100
        assert call(name, ONE_LINE, None, assumptions) == 100
        assert call(name, ONE_LINE, assumptions, None, "year") == 50

    def test_users_of_the_assumptions(self):
        assert call("CRM_PER_USER", ONE_LINE, None, [["Users", 24]]) == 50
        assert call("CRM_PER_USER", ONE_LINE, "", [["用户数", 24]]) == 50

    def test_the_argument_comes_first(self):
        assert call("CRM_PER_USER", ONE_LINE, 12, [["Users", 24]]) == 100

    @pytest.mark.parametrize(
        ("per", "expected"),
        [
            (None, 60),
            ("total", 60),
            ("全期", 60),
            ("year", 30),
            ("每年", 30),
            ("month", 2.5),
            ("每月", 2.5),
            ([["月"]], 2.5),
        ],
    )
    def test_per(self, per, expected):
        assert call("CRM_PER_USER", ONE_LINE, 20, TWO_YEARS, per) == pytest.approx(expected, rel=1e-12)

    def test_a_per_that_cannot_be_read(self):
        assert cell("CRM_PER_USER", ONE_LINE, 20, None, "week") == "#VALUE!"

    def test_no_users(self):
        assert cell("CRM_PER_USER", ONE_LINE, 0) == "#DIV/0!"
        assert cell("CRM_PER_USER", ONE_LINE, None, [["Users", 0]]) == "#DIV/0!"
        assert reason("CRM_PER_USER", ONE_LINE, 0, language="zh") == "用户数为 0"

    def test_users_not_stated(self):
        assert cell("CRM_PER_USER", ONE_LINE) == "#N/A"

    @pytest.mark.parametrize("users", [-1, "many", True])
    def test_users_that_cannot_be_read(self, users):
        assert cell("CRM_PER_USER", ONE_LINE, users) == "#VALUE!"

    def test_an_error_is_handed_on(self):
        assert cell("CRM_PER_USER", ONE_LINE, "#REF!") == "#REF!"
        assert cell("CRM_PER_USER", [*ONE_LINE, ["Training", "#NUM!"]], 5) == "#NUM!"


class TestWholeSeats:
    def test_only_quantities_that_grow_are_rounded_up(self):
        costs = [
            ["Component", "Item", "Quantity", "Unit cost", "Frequency", "Quantity growth"],
            ["Customisation", "person-days", 2.5, 100.0, "annual", None],
            ["Licence", "seats", 25.0, 10.0, "annual", 0.1],
        ]
        table = [["Years", 2.0], ["Whole seats", "yes"]]
        assert call("CRM_TOTAL", costs, table, "Customisation") == 500
        assert call("CRM_TOTAL", costs, table, "Licence", 2.0) == 280
