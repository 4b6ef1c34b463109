"""The loops with which the collection is compared do the same work: they find the same lines and amounts."""

import pytest

from benchmarks.collection import crm_xl_counts, openpyxl_loop, pandas_loop, require_same
from tests.collection.made import line, returned


def test_pandas_and_openpyxl_find_what_crm_xl_finds(tmp_path):
    sales = [line(amount=1200.5), line("Training", quantity=3.0, unit_cost=200.0)]
    files = [
        returned(tmp_path / "sales.xlsx", sales),
        returned(tmp_path / "hr.xlsx", [line(amount=99.5)], department="HR"),
    ]
    assert crm_xl_counts(files, 1) == pandas_loop(files) == openpyxl_loop(files) == (3, 1900.0)


@pytest.mark.parametrize("other", [(2, 1900.0), (3, 1900.01), (3, float("nan"))])
def test_no_time_is_printed_of_a_loop_that_finds_something_else(other):
    require_same("a loop", (3, 1900.0), (3, 1900.0))
    with pytest.raises(RuntimeError, match="a loop finds"):
        require_same("a loop", other, (3, 1900.0))
