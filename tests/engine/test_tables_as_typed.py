"""Tables as strangers type them: a total is the right one, or there is none and the column that stops it is named."""

import datetime as dt

import pytest

from crm_xl.engine.cells import Range
from crm_xl.engine.reading import read_table
from crm_xl.engine.total_rows import Verdict, total_rows

from ..functions.calling import call, cell, reason

D = dt.date
Y1, Y2, USD = [["Years", 1]], [["Years", 2]], [["Currency", "USD"]]
FROM_2027 = [["Start date", D(2027, 1, 1)], ["Years", 2]]


def checked(costs, assumptions=None):
    """Severity and column of each problem."""
    return [(row[1], row[4]) for row in call("CRM_CHECK", costs, assumptions)[1:]]


@pytest.mark.parametrize(
    ("costs", "assumptions", "total", "noted"),
    [
        # Units in headers: what each header says counts once.
        ([["Category", "Software", "Seats", "Monthly price", "Annual cost"], ["Licence", "x", 10, 20, 2400]],
         Y1, 2400, []),
        ([["Component", "Cost ($k)"], ["Licence", 1.5]], USD, 1500, []),
        ([["Component", "Monthly cost", "Frequency"], ["Licence", 3, None]], Y1, 36, []),
        ([["Component", "Amount (incl. VAT)", "VAT rate"], ["Licence", 106, 0.06]], None, 100, []),
        ([["费用类别", "含税金额"], ["软件购买", 106]], None, 106, ["是否含税"]),
        ([["Component", "Contract value"], ["Licence", 100]], None, 100, []),
        ([["Component", "Fee per user per year (USD)", "Users"], ["Licence", 10, 5]],
         [["USD/CNY", 7], ["Years", 2]], 700, []),
        # A column of units: how often is paid, and in which currency, cell by cell; a bare year is what is counted.
        ([["Component", "Quantity", "Unit cost", "Unit"], ["Licence", 10, 20, "user/month"], ["Training", 2, 5, "day"]],
         Y1, 2410, []),
        ([["Component", "Quantity", "Unit cost", "UoM"], ["Licence", 10, 20, "USD per user per month"]],
         [["USD/CNY", 7], ["Years", 1]], 16_800, []),
        ([["费用类别", "数量", "单价", "计价单位"], ["软件购买", 10, 20, "元/人/月"], ["维护", 3, 100, "年"]],
         Y1, 2700, []),
        ([["Component", "Quantity", "Unit cost", "Unit"], ["Licence", 10, 20, "box"]], Y1, 200, ["Unit"]),
        # Growth of what is due once is asked.
        ([["Component", "Amount", "Uplift"], ["Licence", 100, 0.05]], Y2, 100, ["Uplift"]),
        # The line above a table.
        ([["预算表", None], ["单位：万元", None], ["费用类别", "金额"], ["软件购买", 3]], None, 30000, []),
        ([["2027年CRM预算（单位：元）", None], ["费用类别", "金额"], ["软件购买", 3]], None, 3, []),
        ([["编制单位：财务部", None], ["费用类别", "金额"], ["软件购买", 3]], None, 3, []),
        ([["Currency", "USD"], ["Component", "Amount"], ["Licence", 3]], [["USD/CNY", 7]], 21, []),
        ([["All amounts in USD thousands", None], ["Component", "Amount"], ["Licence", 3]], USD, 3000, []),
        # The header is nearer than the line above.
        ([["单位：万元", None], ["费用类别", "金额（元）"], ["软件购买", 3]], None, 3, []),
        # Cells.
        ([["Component", "Amount"], ["Licence", "$3"]], USD, 3, ["Amount"]),
        ([["费用类别", "金额"], ["软件购买", "¥3万"]], None, 30000, ["金额"]),
        ([["Component", "Amount"], ["Licence", "3 EUR"]], [["EUR/CNY", 8]], 24, ["Amount"]),
        ([["Component", "Amount"], ["Licence", "(500)"], ["Training", "1,200.50"]], None, 700.5, ["Amount"] * 2),
        ([["Component", "Monthly cost", "Start", "End"], ["Licence", 100, "1 Jan 2027", "31 March 2027"]],
         FROM_2027, 300, []),
        ([["Component", "Annual cost", "Start"], ["Licence", 100, "Year 2"]], [["Years", 3]], 200, []),
        # Percentages and discounts.
        ([["Component", "Annual cost", "Uplift %"], ["Licence", 100, 5]], Y2, 205, ["Uplift %"]),
        ([["Component", "Annual cost", "Uplift %"], ["Licence", 100, 0.05]], Y2, 205, []),
        ([["Component", "Annual cost", "Uplift"], ["Licence", 100, "500%"]], Y2, 700, []),
        ([["费用类别", "金额", "折扣"], ["软件购买", 100, "85折"]], None, 85, []),
        ([["费用类别", "金额", "折扣"], ["软件购买", 100, "九折"]], None, 90, []),
        ([["费用类别", "金额", "优惠率"], ["软件购买", 100, 0.1]], None, 90, []),
        ([["费用类别", "金额", "折扣"], ["软件购买", 100, 0.1]], None, 90, ["折扣"]),
        # Words.
        ([["Component", "Amount", "Frequency"], ["License fee", 100, "per annum"]], Y2, 200, []),
        ([["Component", "Amount", "Frequency"], ["Licence", 100, "every half year"]], Y1, 200, []),
        ([["费用类别", "金额", "付费周期"], ["许可费", 100, "一次付清"]], Y2, 100, []),
        ([["Component", "Amount", "Billing"], ["Licence", 100, "every 2 years"]], [["Years", 4]], 200, []),
        # Columns that are not used: words, numbers of things, days that are only recorded.
        ([["Component", "Amount", "Contract no."], ["Licence", 100, 20270011]], None, 100, ["Contract no."]),
        ([["Component", "Amount", "Signed on"], ["Licence", 100, D(2027, 1, 1)]], None, 100, ["Signed on"]),
        ([["Component", "Amount", "Payment terms"], ["Licence", 100, "30% on signing"]], None, 100, ["Payment terms"]),
        # Totals inside.
        ([["Component", "Amount"], ["Licence", 10], ["Training", 20], [None, 30]], None, 30, ["Component"]),
        ([["Component", "Department", "Amount"], ["Licence", "Sales", 10], ["Licence", "IT", 20], [None, "Total", 30]],
         None, 30, ["Department"]),
        ([["Component", "Item", "Amount"], ["Licence", "a", 10], ["Licence", "b", 20], ["Licence", "小计", 30]],
         None, 30, ["Component"]),
        ([["Component", "Amount"], ["Licence", 100], ["Licence", 50], [None, 150], [None, None],
          ["Training", 10], ["Training", 20], [None, 30]], None, 180, ["Component"] * 2),
        ([["Component", "2027", "2028"], ["Licence", 10, 20], ["Training", 5, 5], ["合计", 15, 25]],
         FROM_2027, 40, ["Component"]),
        # By chance 150 is the sum of what stands above: it counts, and is named.
        ([["Component", "Amount"], ["Licence", 100], ["Training", 50], ["Maintenance", 150]], None, 300, ["Component"]),
    ],
)  # fmt: skip
def test_the_total_is_right_and_what_was_done_is_noted(costs, assumptions, total, noted):
    assert call("CRM_TOTAL", costs, assumptions) == pytest.approx(total, rel=1e-12)
    assert [column for severity, column in checked(costs, assumptions)] == noted


@pytest.mark.parametrize(
    ("costs", "assumptions", "column"),
    [
        # A header and the line, or two headers, contradict each other.
        ([["Category", "Seats", "Monthly price", "Annual cost"], ["Licence", 10, 20, 2000]], Y1, "Annual cost"),
        ([["Component", "Amount (CNY)", "Currency"], ["Licence", 3, "USD"]], [["USD/CNY", 7]], "Currency"),
        ([["Component", "Monthly cost", "Frequency"], ["Licence", 3, "annual"]], Y1, "Frequency"),
        ([["Component", "Contract value", "Frequency"], ["Licence", 100, "annual"]], None, "Frequency"),
        ([["Component", "Amount (incl. VAT)", "Tax included"], ["Licence", 106, "no"]], None, "Tax included"),
        ([["Component", "Amount (USD)"], ["Licence", "3 EUR"]], [["USD/CNY", 7], ["EUR/CNY", 8]], "Amount (USD)"),
        ([["Component", "Cost", "Fee"], ["Licence", 100, 5]], None, "Fee"),
        # What a header or a line above says and cannot be used.
        ([["Component", "Amount (net of rebate)"], ["Licence", 3]], None, "Amount (net of rebate)"),
        ([["Component", "Amount (3 years)"], ["Licence", 3]], None, "Amount (3 years)"),
        ([["Component", "Monthly 2027"], ["Licence", 3]], FROM_2027, "Monthly 2027"),
        ([["单位：万欧", None], ["费用类别", "金额"], ["软件购买", 3]], None, ""),
        # A sign of many currencies.
        ([["Component", "Amount"], ["Licence", "$3"]], None, "Amount"),
        ([["Component", "Amount (元)"], ["Licence", 3]], USD, "Amount (元)"),
        # More than one reading.
        ([["Component", "Amount"], ["Licence", "1.200"]], None, "Amount"),
        ([["Component", "Monthly cost", "Start"], ["Licence", 100, "03/04/2027"]], FROM_2027, "Start"),
        ([["Component", "Annual cost", "Uplift"], ["Licence", 100, 5]], Y2, "Uplift"),
        ([["Component", "Annual cost", "Uplift %"], ["Licence", 100, 5], ["Training", 100, 0.5]], Y2, "Uplift %"),
        ([["费用类别", "金额", "折扣"], ["软件购买", 100, 0.9]], None, "折扣"),
        ([["费用类别", "金额", "折扣"], ["软件购买", 100, 9]], None, "折扣"),
        ([["费用类别", "金额", "折扣（%）"], ["软件购买", 100, 90]], None, "折扣（%）"),
        ([["Component", "FY27"], ["Licence", 10]], [["Start date", D(2026, 7, 1)], ["Years", 2]], "FY27"),
        # Columns that mean something for the cost and are not used.
        ([["Component", "Amount", "Year"], ["Licence", 106, 2027]], None, "Year"),
        ([["Component", "Monthly cost", "Term (months)"], ["Licence", 106, 24]], None, "Term (months)"),
        ([["Component", "Amount", "Rebate"], ["Licence", 100, 5]], None, "Rebate"),
        ([["Component", "Amount", "Tax"], ["Licence", 100, 6]], None, "Tax"),
        ([["Component", "Amount", "Renewal date"], ["Licence", 100, D(2027, 1, 1)]], None, "Renewal date"),
        ([["Component", "Amount", "Q1 2027"], ["Licence", 100, 25]], None, "Q1 2027"),
        ([["Component", "Amount", "Setup fee"], ["Licence", 100, "1,000"]], None, "Setup fee"),
        ([["Component", "Amount", "Frequncy"], ["Licence", 100, "monthly"]], None, "Frequncy"),
        # What may be a total.
        ([["Component", "Amount"], ["Licence", 100], ["Training", 50], ["Maintenance", 70], ["CRM 2027", 220]],
         None, "Component"),
        ([["Component", "Item", "Amount"], ["Licence", "a", 10], ["Licence", "Total", 30]], None, "Component"),
        # A term typed with its unit, a probability, a scale of single lines, a billing that contradicts the unit.
        ([["Component", "Amount", "Term"], ["Licence", 100, "12 months"]], Y2, "Term"),
        ([["费用类别", "金额", "合同期限"], ["软件购买", 100, "3年"]], Y2, "合同期限"),
        ([["Component", "Amount", "Probability"], ["Licence", 100, 0.5]], Y2, "Probability"),
        ([["费用类别", "金额", "单位"], ["软件购买", 3, "万元"]], Y2, "单位"),
        ([["Component", "Quantity", "Unit cost", "Unit", "Frequency"], ["Licence", 10, 20, "user/month", "annual"]],
         Y2, "Frequency"),
    ],
)  # fmt: skip
def test_there_is_no_total_and_the_column_is_named(costs, assumptions, column):
    assert cell("CRM_TOTAL", costs, assumptions) == "#VALUE!"
    assert column in [name for severity, name in checked(costs, assumptions) if severity in ("error", "错误")]


def test_a_column_that_is_ignored_stops_nothing():
    costs = [["Component", "Amount", "Rebate", "Setup fee"], ["Licence", 100, 5, 7]]
    assert call("CRM_TOTAL", costs, [["Ignore columns", "setup fee; Rebate"]]) == 100
    assert checked(costs, [["Ignore columns", "setup fee; Rebate"]]) == [("note", "Rebate"), ("note", "Setup fee")]
    assert cell("CRM_TOTAL", costs, [["Ignore columns", "Rebate"]]) == "#VALUE!"


def test_a_note_that_changes_what_a_result_means_is_marked():
    rows = [["Component", "Amount", "Owner"], ["Licence", 10, "x"], ["Total", 10, None]]
    marked = {p.key: p.of_money for p in read_table(Range(rows), "costs").problems}
    assert marked == {"note_totals_row": True, "note_column_unused": True}


@pytest.mark.parametrize(("item", "verdict"), [(None, Verdict.LEFT_OUT), ("a line of its own?", Verdict.UNCLEAR)])
def test_a_formula_that_sums_is_a_total_where_a_host_sees_formulas(item, verdict):
    names, numbers = ["Licence", "Training", "Rest"], [[1.0, 2.0, 99.0]]
    assert total_rows("costs", names, numbers=numbers) == {}
    assert total_rows("costs", names, inputs=[[None, None, item]], numbers=numbers, sums={2}) == {2: verdict}


class TestArguments:
    COSTS = (["Component", "Annual cost", "Department"], ["Licence", 100, "Sales"])

    def test_tables_in_any_order(self):
        assert call("CRM_TOTAL", Y2, list(self.COSTS)) == 200
        assert call("CRM_TOTAL", list(self.COSTS), "licence", Y2) == 200
        benefits = [["Benefit", "Amount"], ["Retention", 500]]
        assert call("CRM_NPV", list(self.COSTS), Y2, benefits) == call("CRM_NPV", list(self.COSTS), benefits, Y2)

    def test_a_value_in_the_place_of_a_table_is_told(self):
        assert reason("CRM_TOTAL", list(self.COSTS), 5) == (
            "argument assumptions of CRM_TOTAL is a table with its header row, such as Assumptions[#All]; found 5"
        )

    def test_a_table_without_its_header_row_is_told_how_to_hand_it_over(self):
        assert "Costs[#All]" in reason("CRM_TOTAL", [list(self.COSTS[1])])


def test_columns_of_options_and_benefits_are_ignored_too():
    assumptions = [["Years", 1], ["Ignore columns", "Setup fee"]]
    options = [["Option", "Users", "Price", "Setup fee"], ["a", 5, 10, 400]]
    assert cell("CRM_COMPARE", options) == "#VALUE!"
    assert call("CRM_COMPARE", options, assumptions)[1][:2] == ["a", pytest.approx(5 * 10 * 12)]
    benefits = [["Benefit", "Amount", "Setup fee"], ["Retention", 500, 400]]
    costs = [["Component", "Amount"], ["Licence", 100]]
    assert cell("CRM_NPV", costs, benefits) == "#VALUE!"
    assert isinstance(call("CRM_NPV", costs, benefits, assumptions), float)
