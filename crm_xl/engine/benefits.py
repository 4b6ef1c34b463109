"""Benefit lines in money: amount, or volume × effect × unit value, with growth, ramp-up and probability.

No benefit is built in as a fact: each line states its own money and, beside it, the assumption it rests on.
"""

from dataclasses import dataclass

import numpy as np

from crm_xl.engine.assumptions import Assumptions
from crm_xl.engine.costs import find_patterns, yearly_weights
from crm_xl.engine.model import FREQUENCIES, Bools, contradicts, currency_rates, span, steps, with_default
from crm_xl.engine.problems import Problem, Severity, rows_with_errors
from crm_xl.engine.reading import Floats, Table

DRIVERS = ("volume", "effect", "unit_value")


@dataclass(frozen=True, kw_only=True, eq=False)
class Benefits:
    """Benefits in the reporting currency, years × lines; `at_start` marks one-offs that fall in the first month."""

    yearly: Floats
    at_start: Bools
    problems: tuple[Problem, ...]


def build_benefits(table: Table, assumptions: Assumptions) -> Benefits:
    """Return the benefits of a table under assumptions, multiplied by their probability.

    Special cases: a line without an amount and without all three drivers is noted and counts nowhere.
    """
    timeline = assumptions.timeline
    problems = [*table.problems, *table.under(assumptions)]
    amount = table.numbers("amount")
    drivers = np.array([table.numbers(key) for key in DRIVERS])
    product = drivers.prod(axis=0)
    broken = rows_with_errors(table.problems)
    for i in np.flatnonzero(np.isnan(amount) & np.isnan(product)).tolist():
        if int(table.rows[i]) not in broken:
            problems.append(table.problem(i, "amount", None, "note_no_benefit", severity=Severity.NOTE))
    for i in np.flatnonzero(contradicts(amount, product)).tolist():
        details = {"product": f"{product[i]:.15g}"}
        problems.append(table.problem(i, "amount", float(amount[i]), "expected_amount_or_drivers", details=details))
    money = np.nan_to_num(np.where(np.isnan(amount), product, amount)) * table.numbers("probability", 1.0)
    frequency = with_default(table.labels("frequency"), FREQUENCIES, "annual")
    currency = with_default(table.labels("currency"), (), assumptions.currency)
    first, last = span(table, timeline, problems)
    rates = currency_rates(table, assumptions, currency, problems)
    patterns = find_patterns(
        first=first,
        last=last,
        step=steps(frequency),
        currency=currency.codes,
        price_growth=table.numbers("growth", 0.0),
        quantity_growth=np.zeros(len(table)),
        quantity=None,
    )
    yearly = yearly_weights(patterns, rates)[:, patterns.of_line] * money
    ramp = table.numbers("ramp_up", 0.0)
    since = np.arange(timeline.years)[:, None] - first // 12 + 1
    yearly *= np.clip(since / np.maximum(ramp, 1e-9), 0.0, 1.0)
    at_start = (frequency.codes == FREQUENCIES.index("one_off")) & (first == 0)
    return Benefits(yearly=yearly, at_start=at_start, problems=tuple(problems))
