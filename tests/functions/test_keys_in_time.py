"""CRM_ALLOCATE by period: every month by its own keys, each to the minor unit."""

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crm_xl
from crm_xl.errors import CrmError
from crm_xl.functions import REGISTRY

START = [["Start date", dt.date(2027, 1, 1)], ["Years", 2]]
COSTS = [["Component", "Amount", "Frequency"], ["Licence", 100.0, "monthly"]]
KEYS = [["Name", "Seats"], ["A", 1.0], ["B", 1.0], ["C", 1.0]]


def call(*arguments):
    return REGISTRY["CRM_ALLOCATE"].call(*arguments)


def test_each_month_is_shared_to_the_cent():
    table = call(COSTS, KEYS, START, "month")
    assert table[1][:3] == ["A", 33.34, 33.34]
    assert table[1][-1] == 800.16
    assert table[4] == ["Total", *[100.0] * 24, 2400.0]
    assert call(COSTS, KEYS, START, "年度")[1] == ["A", 400.08, 400.08, 800.16]


def test_keys_change_from_a_year_and_from_a_month():
    keys = [["Name", "Key", "Year", "Month"], ["A", 1, None, None], ["B", 1, None, None], ["A", 3, 2028, None]]
    keys.append(["B", 0, None, dt.date(2028, 7, 1)])
    table = call(COSTS, keys, START, "quarter")
    assert table[1][1:] == [150.0] * 4 + [225.0] * 2 + [300.0] * 2 + [1650.0]
    assert call(COSTS, keys, START)[1] == ["A", 1650 / 2400, 1650.0]


def test_bad_keys_are_named():
    for row, expected in ((["A", 1, 2031], "year or month of the model"), (["A", 2, 2027], "one key of a name")):
        keys = [["Name", "Key", "Year"], ["A", 1, None], row]
        found = REGISTRY["CRM_CHECK"].call(None, START, *[None] * 6, keys)
        assert [r[3] for r in found[1:] if expected in r[6]] == [3]
        with pytest.raises(CrmError):
            call(COSTS, keys, START)
    with pytest.raises(CrmError, match="need the cost lines"):
        call(100.0, KEYS, START, "month")
    with pytest.raises(CrmError, match="sum to 0"):
        call(COSTS, [["Name", "Key", "Year"], ["A", 1, 2028]], START, "month")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(-99999, 999999), st.integers(0, 23)), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 50), st.none() | st.integers(1, 23)), min_size=1, max_size=6),
    st.sampled_from(["CNY", "JPY"]),
)
def test_shares_sum_to_the_pool_in_every_month(lines, keys, currency):
    costs = [["Component", "Amount", "Start"]]
    costs += [["Licence", cents / 100, dt.date(2027 + m // 12, m % 12 + 1, 5)] for cents, m in lines]
    table = [["Name", "Key", "Month"], ["Rest", 1, None]]
    table += [
        [f"N{i}", key, None if m is None else dt.date(2027 + m // 12, m % 12 + 1, 1)] for i, (key, m) in enumerate(keys)
    ]
    found = call(costs, table, [*START, ["Currency", currency]], "month")
    unit = 1 if currency == "JPY" else 100
    *rows, total = found[1:]
    run = Fraction(0)
    for month in range(24):
        units = [round(Fraction(str(row[month + 1])) * unit, 9) for row in rows]
        assert all(u.denominator == 1 for u in units)
        run += Fraction(sum(units), unit)
        assert sum(units) == round(Fraction(str(total[month + 1])) * unit, 9)
        due = sum(Fraction(cents, 100) for cents, m in lines if m <= month)
        assert abs(run - due) <= Fraction(1, 2 * unit) + Fraction(1, 10**6)


def test_a_frame_by_month():
    assert crm_xl.allocate(COSTS, KEYS, START, "month").columns.tolist() == ["name", "month", "amount"]
