"""CRM_ALLOCATE by pools and service departments: published examples, and statements that sum to the pool."""

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_xl.engine.cells import Range
from crm_xl.errors import CrmError
from crm_xl.functions import REGISTRY, checks

ONE = [["Start date", dt.date(2027, 1, 1)], ["Years", 1]]
HEAD = ["Component", "Department", "Amount"]
KEYS = ["From department", "Name", "Key"]


def call(*arguments):
    return REGISTRY["CRM_ALLOCATE"].call(*arguments)


def ends(costs, keys, method):
    table = call(costs, keys, ONE, None, method)
    return {row[0]: row[2] for row in table[1:]}


OWN_COSTS = [HEAD] + [
    ["Maintenance", name, amount]
    for name, amount in (("S1", 92400), ("S2", 184800), ("S3", 138600), ("P1", 400000), ("P2", 500000))
]
USED = {
    "S1": {"S2": 1000, "S3": 2000, "P1": 4000, "P2": 3000},
    "S2": {"S1": 2000, "S3": 4000, "P1": 10000, "P2": 4000},
    "S3": {"S1": 4500, "P1": 1500, "P2": 9000},
}
USED_KEYS = [KEYS] + [[giver, name, units] for giver, to in USED.items() for name, units in to.items()]


class TestPublished:
    """expertsmind.com, "Example of methods of allocating service costs"; its units of service are the keys."""

    def test_direct(self):
        assert ends(OWN_COSTS, USED_KEYS, None) == {"P1": 604600.0, "P2": 711200.0, "Total": 1315800.0}

    def test_step_down(self):
        assert ends(OWN_COSTS, USED_KEYS, "step-down") == {"P1": 573360.0, "P2": 742440.0, "Total": 1315800.0}

    def test_reciprocal_solves_the_equations(self):
        """S1 = 92,400 + 0.1 S2 + 0.3 S3, S2 = 184,800 + 0.1 S1, S3 = 138,600 + 0.2 S1 + 0.2 S2, in fractions."""
        one, two, three = Fraction(92400), Fraction(184800), Fraction(138600)
        # S2 and S3 put into the first equation: S1 (1 − 0.01 − 0.06 − 0.006) = …
        first = (one + two / 10 + three * Fraction(3, 10) + two * Fraction(6, 100)) / (1 - Fraction(76, 1000))
        second = two + first / 10
        third = three + first / 5 + second / 5
        p1 = 400000 + first * Fraction(4, 10) + second / 2 + third / 10
        found = ends(OWN_COSTS, USED_KEYS, "reciprocal")
        assert found["P1"] == pytest.approx(float(p1), abs=0.01)
        assert found["P1"] + found["P2"] == found["Total"] == 1315800.0


@pytest.mark.parametrize(
    ("method", "clear", "cream"), [("顺序分配", 146666.67, 353333.33), ("交互分配", 144210.53, 355789.47)]
)
def test_balco(method, clear, cream):
    """tutorsglobe.com, Balco Inc., water first; the reciprocal equations are E = 200 + 0.5 W, W = 300 + 0.1 E."""
    costs = [["费用类别", "部门", "金额"], ["维护", "Water", 300000], ["维护", "Electricity", 200000]]
    keys = [["转出部门", "名称", "分摊依据"]]
    keys += [["Water", "Electricity", 5], ["Water", "Clear", 1], ["Water", "Cream", 4]]
    keys += [["Electricity", "Water", 1], ["Electricity", "Clear", 3], ["Electricity", "Cream", 6]]
    assert ends(costs, keys, method) == {"Clear": clear, "Cream": cream, "合计": 500000.0}


def test_pools_have_keys_of_their_own():
    costs = [["Component", "Amount", "Frequency"], ["Licence", 100.0, "monthly"], ["Training", 90.0, "one-off"]]
    keys = [["Component", "Name", "Key"], ["Training", "A", 2], ["Training", "B", 1], [None, "A", 1], [None, "B", 3]]
    assert [row[2] for row in call(costs, keys, ONE)[1:]] == [360.0, 930.0, 1290.0]
    table = call(costs, keys, ONE, "quarter", None, "a")
    assert table[0][0] == "A"
    assert [row[:2] + row[-1:] for row in table[1:]] == [
        ["Licence", 75.0, 300.0], ["Training", 60.0, 60.0], ["Total", 135.0, 360.0],
    ]  # fmt: skip


def test_keys_that_stand_twice_and_keys_of_nothing_are_named():
    keys = [["Component", "Name", "Key"], ["Licence", "A", 1], ["Licence", "A", 2], ["Hosting", "A", 1]]
    found = REGISTRY["CRM_CHECK"].call([HEAD, ["Licence", "IT", 1.0]], ONE, *[None] * 6, keys)
    assert [(row[1], row[3]) for row in found[1:]] == [("error", 3), ("note", 4)]
    with pytest.raises(CrmError):
        call([HEAD, ["Licence", "IT", 1.0]], [["Name", "Key"], ["A", 1], ["A", 1]], ONE, "month")


def test_keys_of_pools_are_known_wherever_they_stand_in_a_check():
    """They have a Component, as budgets have, but more columns of keys: what fits best is taken."""
    keys = [["Name", "Component", "Seats"], ["Sales", "Licence", 5], ["Ops", "Licens", 5]]
    found = REGISTRY["CRM_CHECK"].call([HEAD, ["Licence", "IT", 1.0]], keys, [["Assumption", "Value"], *ONE])
    assert [(row[1], row[2], row[3], row[5]) for row in found[1:]] == [("note", "Allocation keys", 3, '"Licens"')]


def test_a_key_that_no_line_takes_is_told_beside_the_result():
    """Else the shares of a misspelt component go to others, and nothing beside them says so."""
    keys = [["Name", "Component", "Seats"], ["Sales", "Licence", 5], ["Ops", "Licens", 5]]
    given = [Range([HEAD, ["Licence", "IT", 1.0]]), Range(keys), Range(ONE)]
    found = checks.problems("CRM_ALLOCATE", given)
    assert [(p.argument, p.row, p.of_money) for p in found] == [("keys", 2, True)]


def test_who_has_nobody_to_pass_on_to_is_named():
    costs = [HEAD, ["Licence", "IT", 100.0]]
    for method in ("direct", "step-down"):
        with pytest.raises(CrmError, match="HR passes its cost on sum to 0"):
            call(costs, [KEYS, ["IT", "Sales", 1], ["HR", "IT", 1]], ONE, None, method)


def test_bad_input_is_named():
    costs = [HEAD, ["Licence", "IT", 100.0], ["Training", "IT", 9.0]]
    with pytest.raises(CrmError, match="no keys are for Training"):
        call(costs, [["Component", "Name", "Key"], ["Licence", "A", 1]], ONE)
    with pytest.raises(CrmError, match="to each other only"):
        call(costs, [KEYS, ["IT", "HR", 1], ["HR", "IT", 1]], ONE, None, "reciprocal")
    with pytest.raises(CrmError, match="sum to 0"):
        call(costs, [KEYS, ["IT", "HR", 1], ["HR", "IT", 1]], ONE)
    with pytest.raises(CrmError, match="From department"):
        call(costs, [["Name", "Key"], ["A", 1]], ONE, None, "direct")
    with pytest.raises(CrmError, match="no key has the name X"):
        call(costs, [["Name", "Key"], ["A", 1]], ONE, None, None, "X")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.integers(-99999, 999999), st.integers(0, 11), st.sampled_from("IHAB"), st.sampled_from("LT")),
        min_size=1,
        max_size=6,
    ),
    st.lists(st.integers(1, 9), min_size=6, max_size=6),
    st.sampled_from(["direct", "step-down", "reciprocal"]),
    st.sampled_from(["CNY", "JPY"]),
)
def test_statements_sum_to_the_pool_in_every_month(lines, keys, method, currency):
    names = {"L": "Licence", "T": "Training"}
    costs = [["Component", "Department", "Amount", "Start"]]
    costs += [[names[c], d, cents / 100, dt.date(2027, m + 1, 5)] for cents, m, d, c in lines]
    pairs = [("I", "H"), ("I", "A"), ("I", "B"), ("H", "I"), ("H", "A"), ("H", "B")]
    table = [KEYS, *([giver, name, key] for (giver, name), key in zip(pairs, keys, strict=True))]
    terms = [*ONE, ["Currency", currency]]
    unit = 1 if currency == "JPY" else 100
    months = [round(float(v) * unit) for v in call(costs, table, terms, "month", method)[-1][1:]]
    stated = [
        [round(float(v) * unit) for v in call(costs, table, terms, "month", method, name)[-1][1:]] for name in "AB"
    ]
    assert [sum(pair) for pair in zip(*stated, strict=True)] == months
    paid = [0.0] * 12
    for cents, m, _, _ in lines:
        paid[m] += cents / 100
    assert months[-1] == pytest.approx(sum(paid) * unit, abs=0.51)
    running = 0.0
    for month, money in enumerate(paid):
        running += money
        assert sum(months[: month + 1]) == pytest.approx(running * unit, abs=0.51)
