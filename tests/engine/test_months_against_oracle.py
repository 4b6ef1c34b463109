"""Months and quarters of the engine against the plain loop of `oracle`."""

import math
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from crm_xl.functions import REGISTRY

from . import oracle
from .contracts import benefits_made, models_made
from .tables import benefit_table
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


def by_period_from_the_start(months, length, count):
    """Money of so many periods from month 1, and what comes after them."""
    want = oracle.by_period(months, length, count)
    return [*want[:count], math.fsum(want[count:])]


@CHECKED
@given(models_made(), st.sampled_from((("month", 1), ("quarter", 3))))
def test_profit_and_loss_by_month_and_quarter(made, asked):
    word, length = asked
    table = REGISTRY["CRM_SCHEDULE"].call(made.costs, made.assumptions, "profit and loss", word)
    scale, count = size(made), 12 * made.settings.years // length
    _, found, _, _ = split_table(table, 1)
    for component in {line.component for line in made.lines}:
        lines = [line for line in made.lines if line.component == component]
        months = {m: sum(rows.values()) for m, rows in oracle.charges(lines, made.settings).items()}
        want = by_period_from_the_start(months, length, count)
        got = found.get((component_name(component, is_zh(made.costs)),), [0.0] * (count + 2))[:-1]
        assert len(got) == len(want)
        assert all(same(a, b, scale) for a, b in zip(got, want, strict=True)), (component, got, want)


@CHECKED
@given(models_made(), st.sampled_from((("month", 1), ("quarter", 3))))
def test_roll_forward_by_month_and_quarter(made, asked):
    word, length = asked
    _, *rows = REGISTRY["CRM_AMORTISATION"].call(made.costs, made.assumptions, word)
    rows = rows[: -2 if any(line.unpriced for line in made.lines) else -1]
    want, scale = oracle.amortisation(made.lines, made.settings, length), size(made)
    for i in range(max(len(rows), len(want))):
        a = rows[i][1:] if i < len(rows) else [0.0] * 4
        b = want[i] if i < len(want) else [0.0] * 4
        assert all(same(x, y, scale) for x, y in zip(a, b, strict=True)), (i, a, b)


@CHECKED
@given(models_made(), st.sampled_from((("month", 1), ("quarter", 3))), st.data())
def test_cash_flow_by_month_and_quarter(made, asked, data):
    word, length = asked
    benefits = data.draw(st.lists(benefits_made(made.settings), min_size=1, max_size=4))
    table = benefit_table(benefits, random.Random(4), zh=is_zh(made.costs))
    found = REGISTRY["CRM_CASHFLOW"].call(made.costs, table, made.assumptions, word)
    years = REGISTRY["CRM_CASHFLOW"].call(made.costs, table, made.assumptions)
    scale, count = size(made), 12 * made.settings.years // length
    months = {m: sum(rows.values()) for m, rows in oracle.cash(made.lines, made.settings).items()}
    want = oracle.by_period(months, length, count)
    start, *got = found[1][1:-1]
    got[0] += start
    assert all(same(-a, b, scale) for a, b in zip(got, want, strict=True))
    for row, of_years in zip((found[i] for i in (1, 2, 3, 6)), (years[i] for i in (1, 2, 3, 6)), strict=True):
        reach = max(scale, *(abs(v) for v in of_years[1:]))
        assert same(row[-1], of_years[-1], reach)
        assert same(row[1], of_years[1], reach)
        sums = [math.fsum(row[2 + n * 12 // length :][: 12 // length]) for n in range(made.settings.years)]
        assert all(same(a, b, reach) for a, b in zip(sums, of_years[2:-1], strict=True))
