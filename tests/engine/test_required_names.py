"""What every row of a table needs: a row that leaves it blank is told, as with costs."""

import pytest

from crm_xl.engine.cells import Range
from crm_xl.engine.reading import read_table
from crm_xl.errors import ErrorValue

from ..functions.calling import call, cell

COSTS = Range([["Component", "Amount"], ["Licence", 100.0]])


def told(name, rows):
    return [(p.row, p.header, p.expected("en"), str(p.severity)) for p in read_table(Range(rows), name).problems]


@pytest.mark.parametrize(
    ("name", "rows", "header", "expected"),
    [
        ("actuals", [["Component", "Budget"], ["Licence", 1], [" ", 5]], "Component", "a component for the line"),
        ("costs", [["Component", "Amount"], ["Licence", 1], [None, 5]], "Component", "a component for the line"),
        ("benefits", [["Benefit", "Amount"], ["Retention", 1], [None, 5]], "Benefit", "a name for the row"),
        (
            "drivers", [["Driver", "Field", "Low", "High"], ["a", "Cost", 1, 2], [None, "Cost", 1, 2]],
            "Driver", "a name for the row",
        ),
        ("keys", [["Name", "Key"], ["Sales", 1], [None, 5]], "Name", "a name for the row"),
    ],
)  # fmt: skip
def test_a_row_without_what_it_needs_is_an_error(name, rows, header, expected):
    assert told(name, rows) == [(2, header, expected, "error")]


def test_a_name_that_cannot_be_read_is_told_once():
    [(row, _, expected, _)] = told("keys", [["Name", "Key"], [ErrorValue.REF, 1.0]])
    assert (row, expected.startswith("a value; an error in a cell")) == (1, True)


def test_shares_of_nobody_and_budgets_of_nothing_are_refused():
    nameless = Range([["Name", "Key"], [None, 1.0], ["b", 1.0]])
    assert cell("CRM_ALLOCATE", 100.0, nameless) == "#VALUE!"
    assert call("CRM_CHECK", COSTS, *(None,) * 7, nameless)[1][2:] == [
        "Allocation keys", 2, "Name", "nothing", "a name for the row",
    ]  # fmt: skip
    actuals = Range([["Component", "Budget", "Actual"], [None, 5.0, 5.0], ["Licence", 1.0, 2.0]])
    assert cell("CRM_VARIANCE", actuals) == "#VALUE!"
    assert cell("CRM_SENSITIVITY", COSTS, Range([["Driver", "Field", "Low", "High"], [None, "Cost", 1.0, 2.0]])) == (
        "#VALUE!"
    )
    assert cell("CRM_CASHFLOW", COSTS, Range([["Benefit", "Amount"], [None, 5.0]])) == "#VALUE!"


def test_a_name_that_stands_twice_among_the_keys_is_noted():
    keys = Range([["Name", "Key"], ["Sales", 1.0], ["Service", 1.0], [" sales ", 2.0]])
    assert [line[2] for line in call("CRM_ALLOCATE", 100.0, keys)[1:]] == [25.0, 25.0, 50.0, 100.0]
    assert told("keys", keys.rows) == [
        (3, "Name", "every name once; this one stands in a row above, and each of the rows gets its share", "note")
    ]


def test_a_key_of_zero_is_no_blank():
    assert told("keys", [["Name", "Key"], ["Sales", 1.0], ["Service", 0.0]]) == []


def test_a_name_without_a_key_bears_nothing_and_is_noted():
    assert told("keys", [["名称", "分摊依据"], ["销售", 1], ["服务", None]]) == [
        (2, "分摊依据", "a key; without one the row bears nothing", "note")
    ]
