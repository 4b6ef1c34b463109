"""Benefit lines in money: amount, or volume × effect × unit value, with growth, ramp-up and probability.

No benefit is built in as a fact: each line states its own money and, beside it, the assumption it rests on.
"""

from dataclasses import dataclass

import numpy as np

from crm_xl.engine.assumptions import Assumptions
from crm_xl.engine.contracts import FREQUENCIES, read_terms, steps
from crm_xl.engine.costs import Bools, weights
from crm_xl.engine.model import contradicts, currency_rates, pieced, with_default
from crm_xl.engine.plans import read_plan
from crm_xl.engine.problems import Problem, Severity, rows_with_errors
from crm_xl.engine.reading import Floats, Ints, Table

DRIVERS = ("volume", "effect", "unit_value")


@dataclass(frozen=True, kw_only=True, eq=False)
class Benefits:
    """Benefits in the reporting currency, years × lines; `at_start` marks one-offs that fall in the first month.

    `monthly` are months × lines: what a line brings comes in evenly over the months that it is for, from the one in
    which it falls due to the end of the year at most, so that the months of a year sum to the year.
    `due` has all of it in the month of the due day.
    """

    yearly: Floats
    monthly: Floats
    due: Floats
    at_start: Bools
    problems: tuple[Problem, ...]


def build_benefits(table: Table, assumptions: Assumptions) -> Benefits:
    """Return the benefits of a table under assumptions, multiplied by their probability.

    Special cases: a line without an amount and without all three drivers is noted and counts nowhere.
    """
    timeline = assumptions.timeline
    problems = [*table.problems, *table.under(assumptions)]
    plan = read_plan(table, timeline, problems)
    planned = np.zeros(len(table), dtype=bool) if plan is None else plan.amounts
    amount = table.numbers("amount")
    drivers = np.array([table.numbers(key) for key in DRIVERS])
    product = drivers.prod(axis=0)
    broken = rows_with_errors(table.problems)
    for i in np.flatnonzero(np.isnan(amount) & np.isnan(product) & ~planned).tolist():
        if int(table.rows[i]) not in broken:
            problems.append(table.problem(i, "amount", None, "note_no_benefit", severity=Severity.NOTE))
    for i in np.flatnonzero(contradicts(amount, product)).tolist():
        details = {"product": f"{product[i]:.15g}"}
        problems.append(table.problem(i, "amount", float(amount[i]), "expected_amount_or_drivers", details=details))
    money = np.where(planned, 1.0, np.nan_to_num(np.where(np.isnan(amount), product, amount)))
    money *= table.numbers("probability", 1.0)
    frequency = with_default(table.labels("frequency"), FREQUENCIES, "annual")
    currency = with_default(table.labels("currency"), (), assumptions.currency)
    rates = currency_rates(table, assumptions, currency, problems)
    ramp = table.numbers("ramp_up", 0.0)
    terms, patterns = read_terms(
        table,
        assumptions,
        problems,
        step=steps(frequency),
        currency=currency.codes,
        growth="growth",
        apart=plan.apart if plan is not None else None,
        ramp_up=ramp,
    )
    first = patterns.first[patterns.of_line]
    patterns = pieced(plan, terms, patterns, timeline)
    yearly = weights(patterns, rates)[:, patterns.of_line] * money
    at_start = (frequency.codes == FREQUENCIES.index("one_off")) & (first == 0) & ~planned
    due = weights(patterns, rates, 1)[:, patterns.of_line] * money
    over = np.where(planned, 1, np.minimum(steps(frequency), 12 * timeline.years))
    over = np.where(frequency.codes == FREQUENCIES.index("one_off"), 1, over)
    return Benefits(yearly=yearly, monthly=_evenly(due, over), due=due, at_start=at_start, problems=tuple(problems))


def _evenly(due: Floats, over: Ints) -> Floats:
    """Money by month and line, spread evenly over the months that follow, as far as its year of the model goes."""
    found = np.zeros_like(due)
    for months in np.unique(over).tolist():
        lines = np.flatnonzero(over == months)
        for month in np.flatnonzero(due[:, lines].any(axis=1)).tolist():
            until = min(month + months, month // 12 * 12 + 12)
            found[month:until, lines] += due[month, lines] / (until - month)
    return found
