"""Months and quarters of the engine against the plain loop of `oracle`."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from crm_xl.functions import REGISTRY

from . import oracle
from .contracts import models_made
from .test_against_oracle import component_name, is_zh, same, size, split_table

CHECKED = settings(max_examples=100, deadline=None, derandomize=True)


def label(first, month, zh):
    day = oracle.same_day(first, month - 1)
    return f"{day.year}年{day.month}月" if zh else f"{day:%b-%y}"


@CHECKED
@given(models_made(), st.sampled_from((("month", 1), ("quarter", 3))))
def test_breakdown_by_month_and_quarter(made, asked):
    word, length = asked
    table = REGISTRY["CRM_BREAKDOWN"].call(made.costs, made.assumptions, word)
    _, found, totals, _ = split_table(table, 1)
    months = {m: sum(rows.values()) for m, rows in oracle.cash(made.lines, made.settings).items()}
    want, scale = oracle.by_period(months, length), size(made)
    # Periods stand in their order; one without money may be left out.
    got = [row[-2] for row in found.values() if not same(row[-2], 0, scale)]
    expected = [money for money in want if not same(money, 0, scale)]
    assert len(got) == len(expected)
    assert all(same(a, b, scale) for a, b in zip(got, expected, strict=True)), (got, expected)
    assert same(totals[-2], math.fsum(want), scale)
    if word == "month" and made.settings.start:
        first = oracle.first_day(made.settings)
        for month, money in enumerate(want, 1):
            if not same(money, 0, scale):
                assert (label(first, month, is_zh(made.costs)),) in found


@CHECKED
@given(models_made(least=1), st.sampled_from((("month", 1), ("quarter", 3))))
def test_components_by_month_and_quarter(made, asked):
    word, length = asked
    table = REGISTRY["CRM_BREAKDOWN"].call(made.costs, made.assumptions, "component", word)
    _, found, _, _ = split_table(table, 1)
    scale = size(made)
    for component in {line.component for line in made.lines}:
        lines = [line for line in made.lines if line.component == component]
        months = {m: sum(rows.values()) for m, rows in oracle.cash(lines, made.settings).items()}
        expected = [money for money in oracle.by_period(months, length) if not same(money, 0, scale)]
        row = found.get((component_name(component, is_zh(made.costs)),), [])[:-2]
        got = [money for money in row if not same(money, 0, scale)]
        assert len(got) == len(expected)
        assert all(same(a, b, scale) for a, b in zip(got, expected, strict=True)), (component, got, expected)
