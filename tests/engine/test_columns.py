"""Whole columns at a time: what is found by shortcuts is what a plain loop over the rows finds."""

import numpy as np
import pytest

from crm_xl.engine.cells import Range
from crm_xl.engine.costs import distinct
from crm_xl.engine.reading import read_table


def coded(*columns):
    """Code combinations in ascending order, with a plain loop."""
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    order = sorted(set(rows))
    return [order.index(row) for row in rows], [rows.index(row) for row in order]


def mixed(many: int):
    """Columns of every kind: constant, few and many values, whole and broken, wide apart and negative."""
    random = np.random.default_rng(7)
    return {
        "constant": np.full(many, 3),
        "few": random.integers(-2, 3, many),
        "wide": random.choice(np.array([1, 3, 12, 1_000_000]), many),
        "growth": random.choice([0.0, 0.03, 0.1], many),
        "broken": random.uniform(0, 1, many).round(2),
        "late": np.where(np.arange(many) < many - 2, 0.5, -1.5),  # not among the first ones
    }


@pytest.mark.parametrize("many", [1, 7, 3_000])
@pytest.mark.parametrize(
    "names", [("few",), ("wide",), ("late",), ("few", "growth"), ("broken", "broken", "wide", "few"), tuple(mixed(1))]
)
def test_combinations_are_coded_as_by_a_plain_loop(many, names):
    columns = [mixed(many)[name] for name in names]
    codes, example = distinct(*columns)
    assert (codes.tolist(), example.tolist()) == coded(*columns)


def test_no_rows_have_no_combinations():
    codes, example = distinct(np.zeros(0, dtype=np.int64), np.zeros(0))
    assert not len(codes)
    assert not len(example)


class TestRange:
    def test_short_rows_are_filled_with_blanks(self):
        cells = Range([["a", "b"], [1.0], []])
        assert cells.rows == (("a", "b"), (1.0, None), (None, None))
        assert cells.column(1) == ("b", None, None)
        assert cells.column(0, 1) == (1.0, None)
        assert cells.row(1) == (1.0, None)
        assert cells.height == 3

    @pytest.mark.parametrize("rows", [[], [[]], [[], []], iter([])])
    def test_without_cells_there_are_no_rows(self, rows):
        assert Range(rows).rows == ()
        assert Range(rows).height == 0

    def test_the_same_cells_in_another_shape_are_another_range(self):
        flat, square = Range([[1.0, 2.0, 3.0, 4.0]]), Range([[1.0, 2.0], [3.0, 4.0]])
        assert flat != square
        assert square == Range(iter([(1.0, 2.0), (3.0, 4.0)]))

    def test_true_is_not_one(self):
        assert Range([[True, "a"]]) != Range([[1.0, "a"]])
        assert Range([[True, "a"]]) == Range([[True, "a"]])


def test_true_and_one_in_a_column_are_told_apart():
    table = read_table(Range([["Component", "Item"], ["x", True], ["x", 1.0], ["x", 1], ["x", "1"]]), "costs")
    items = table.labels("item")
    assert [items.text(i) for i in range(4)] == ["True", "1", "1", "1"]


def test_true_among_dates_is_reported_where_it_stands():
    rows = [["Component", "Amount", "Start"], ["x", 1.0, 1.0], ["x", 1.0, True], ["x", 1.0, 1], ["x", 1.0, True]]
    problems = read_table(Range(rows), "costs").problems
    assert [(p.row, p.column, p.found, p.key) for p in problems] == [
        (2, 2, True, "expected_date"),
        (4, 2, True, "expected_date"),
    ]


def test_the_header_row_may_stand_below_rows_with_as_many_texts():
    rows = [["Component", "a", "b", "c"], ["Our costs", "of", "the", "CRM"], ["Component", "Amount", "Item", "Start"]]
    table = read_table(Range([*rows, ["Licence", 5.0, "x", 1.0]]), "costs")
    assert table.rows.tolist() == [3]
    assert set(table.columns) == {"component", "amount", "item", "start"}
