"""Rows of totals: none is counted beside its lines, and no line is left out for its name, without a word."""

import numpy as np
import pytest

from crm_xl.engine.cells import Range
from crm_xl.engine.reading import read_table
from crm_xl.engine.total_rows import Verdict, total_rows

from ..functions.calling import call, cell


def told(name, rows):
    """The names that are read, and the keys of the problems."""
    table = read_table(Range(rows), name)
    main = next(iter(table.values))
    return [table.text(main, i) for i in range(len(table))], [problem.key for problem in table.problems]


KEPT, LEFT_OUT, UNCLEAR = "note_reads_as_total", "note_totals_row", "expected_line_or_total"


@pytest.mark.parametrize(
    ("name", "rows", "read", "problems"),
    [
        # Tables of costs: a total may name what it sums.
        ("costs", [["Component", "Amount"], ["Licence", 5], ["Licence total", 5]], ["Licence"], [LEFT_OUT]),
        ("costs", [["Component", "Amount"], ["Licence", 5], ["Total licence:", 5]], ["Licence"], [LEFT_OUT]),
        ("costs", [["费用类别", "金额"], ["软件购买", 5], ["软件购买小计", 5]], ["软件购买"], [LEFT_OUT]),
        ("actuals", [["Component", "Budget"], ["Licence", 5], ["Licence total", 5]], ["Licence"], [LEFT_OUT]),
        # The total of a department, in a currency, is one all the same.
        (
            "costs",
            [["Component", "Department", "Amount", "Currency"], ["Licence", "Sales", 5, None],
             ["Licence total", "Sales", 5, "CNY"]],
            ["Licence"], [LEFT_OUT],
        ),
        # What has an item or a frequency may be a line: nobody is to guess.
        (
            "costs",
            [["Component", "Item", "Amount"], ["Licence", None, 5], ["Total Rewards", "Platform", 5]],
            ["Licence", "Total Rewards"], [UNCLEAR],
        ),
        ("costs", [["Component", "Item", "Amount"], ["Licence", "a", 5], ["Total", "all", 5]], ["Licence"], [LEFT_OUT]),
        # Elsewhere a name that begins or ends so is a name.
        (
            "keys", [["Name", "Key"], ["Total Rewards", 50], ["Sales", 50]],
            ["Total Rewards", "Sales"], [KEPT],
        ),
        ("keys", [["Name", "Key"], ["Sales", 50], ["Total Rewards", 50]], ["Sales", "Total Rewards"], [KEPT]),
        ("keys", [["Name", "Key"], ["Sales", 50], ["Service", 30], ["Total", 80]], ["Sales", "Service"], [LEFT_OUT]),
        # ... unless it comes to the sum of what stands above it.
        (
            "keys", [["Name", "Key"], ["Sales", 50], ["Service", 30], ["Total seats", 80]],
            ["Sales", "Service", "Total seats"], [UNCLEAR],
        ),
        (
            "benefits",
            [["Benefit", "Amount"], ["Retention", 5], ["Total cost of support avoided", 7], ["Efficiency", 1]],
            ["Retention", "Total cost of support avoided", "Efficiency"], [KEPT],
        ),
        (
            "benefits", [["Benefit", "Amount"], ["Retention", 0.1], ["Efficiency", 0.2], ["Total benefits", 0.3]],
            ["Retention", "Efficiency", "Total benefits"], [UNCLEAR],
        ),
        # The second block sums to 5, the first one and its total are not in it.
        (
            "benefits",
            [["收益", "金额"], ["甲", 9], ["合计", 9], ["乙", 2], ["丙", 3], ["其余小计", 5]],
            ["甲", "乙", "丙", "其余小计"], [LEFT_OUT, UNCLEAR],
        ),
        (
            "drivers",
            [["Driver", "Field", "Low", "High"], ["Total licence price", "Cost", 0.9, 1.1], ["Total", "Cost", 1, 2]],
            ["Total licence price", "Total"], [KEPT],
        ),
        ("options", [["Option", "Users", "Price"], ["Total Cloud", 5, 9], ["Plain", 5, 8]],
         ["Total Cloud", "Plain"], [KEPT]),
        ("options", [["Option", "Vendor", "Price"], ["Total Cloud", "Salesforce", 9]], ["Total Cloud"], []),
        ("departments", [["Department", "Language"], ["Total Rewards", "English"], ["Total", None]],
         ["Total Rewards"], [LEFT_OUT]),
        ("departments", [["Department"], ["Total Rewards"], ["Sales"]], ["Total Rewards", "Sales"], [KEPT]),
    ],
)  # fmt: skip
def test_a_row_called_like_a_total(name, rows, read, problems):
    assert told(name, rows) == (read, problems)


def test_a_department_called_total_rewards_bears_its_half():
    shares = call("CRM_ALLOCATE", 100.0, Range([["Name", "Key"], ["Total Rewards", 50], ["Sales", 50]]))
    assert [line[2] for line in shares[1:]] == [50.0, 50.0, 100.0]


def test_a_driver_called_total_licence_price_stands_in_the_tornado():
    costs = Range([["Component", "Amount"], ["Licence", 100.0]])
    drivers = Range([["Driver", "Field", "Low", "High"], ["Total licence price", "Cost", 0.5, 2.0]])
    assert call("CRM_SENSITIVITY", costs, drivers)[1][0] == "Total licence price"


def test_a_total_that_could_be_a_line_stops_the_result_and_is_told():
    costs = Range([["Component", "Item", "Amount"], ["Licence", "a", 5.0], ["Total Rewards", "b", 7.0]])
    assert cell("CRM_TOTAL", costs) == "#VALUE!"
    assert call("CRM_CHECK", costs)[1][3:] == [
        3, "Component", '"Total Rewards"',
        "either a line under another name, with an item of its own, or no row here: this one may be a total of others",
    ]  # fmt: skip


def test_a_name_of_a_total_in_another_column_is_held_against_the_rows_right_above():
    """They need not begin at the top, nor below a total or a blank row."""
    names, items = ["Licence"] * 4, ["Seats", "Support", "Hosting", "Support and hosting total"]
    money = [np.array([100.0, 250.0, 70.0, 320.0])]
    assert total_rows("costs", names, words=[items], money=money) == {3: Verdict.UNCLEAR}
    assert total_rows("costs", names, words=[items], money=[np.array([100.0, 250.0, 70.0, 321.0])]) == {}
