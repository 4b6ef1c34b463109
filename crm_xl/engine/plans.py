"""Amounts and quantities that a line states by period, in columns headed by a year or a month.

An amount is the whole money of its period, as typed: it does not grow. It is shared evenly by the due days of the line
within the period; where none is, it falls at the period's beginning. A quantity is what is billed on each due day of
its period; its price grows as any price does. A blank is 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from crm_xl.engine.contracts import Terms
from crm_xl.engine.costs import Bools, Patterns, due_before
from crm_xl.engine.due import NEVER, since_start
from crm_xl.engine.problems import Problem, Severity
from crm_xl.engine.reading import Floats, Ints, Period, Table
from crm_xl.engine.timeline import MONTHS, Timeline, month_starts

AMOUNT, QUANTITY = "amount", "quantity"
_CENT = 0.005


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """Which lines state amounts or quantities by period; `money` are their amounts in all, NaN for other lines."""

    periods: tuple[Period, ...]
    amounts: Bools
    quantities: Bools
    money: Floats

    @property
    def lines(self) -> Bools:
        """The lines that state anything by period."""
        return self.amounts | self.quantities

    @property
    def apart(self) -> Ints:
        """A number for each line: lines that state periods have patterns of their own."""
        result: Ints = np.where(self.lines, np.arange(1, len(self.lines) + 1), 0)
        return result


def window(period: Period, timeline: Timeline) -> tuple[int, int]:
    """Return the months of a period in the model: the first, and the one after the last."""
    if period.when >= MONTHS:
        month = period.when - MONTHS - timeline.origin
        return month, month + 1
    month = int(timeline.months_of(timeline.days(np.array([period.when]), last=False))[0])
    return month, month + 12


def read_plan(table: Table, timeline: Timeline, problems: list[Problem]) -> Plan | None:
    """Return what lines state by period, or None where no line does; problems are added."""
    if not table.periods:
        return None
    periods = tuple(_without_totals(table, timeline, problems))
    stated = {kind: np.zeros(len(table), dtype=bool) for kind in (AMOUNT, QUANTITY)}
    money = np.zeros(len(table))
    for period in periods:
        stated[period.kind] |= ~np.isnan(period.values)
        if period.kind == AMOUNT:
            money += np.nan_to_num(period.values)
    amounts, quantities = stated[AMOUNT], stated[QUANTITY]
    plan = Plan(periods=periods, amounts=amounts, quantities=quantities, money=np.where(amounts, money, np.nan))
    if not plan.lines.any():
        return None
    problems += _check_periods(table, plan, timeline)
    problems += _check_lines(table, plan)
    return plan


def _without_totals(table: Table, timeline: Timeline, problems: list[Problem]) -> Iterator[Period]:
    """The periods; a year that is the sum of its months is left out in its line, and told."""
    windows = [window(period, timeline) for period in table.periods]
    for period, (begin, end) in zip(table.periods, windows, strict=True):
        inside = [
            other
            for other, (b, e) in zip(table.periods, windows, strict=True)
            if other is not period and other.kind == period.kind and begin <= b and e <= end
        ]
        if not inside or (end - begin == 1 and inside[0].column > period.column):
            yield period  # of two columns for one month, the first one counts and the other is told
            continue
        stated = np.array([~np.isnan(other.values) for other in inside]).any(axis=0) & ~np.isnan(period.values)
        months = np.array([np.nan_to_num(other.values) for other in inside]).sum(axis=0)
        is_sum = stated & (period.kind == AMOUNT) & (np.abs(months - period.values) <= _CENT) & (end - begin == 12)
        names = [other.header for other in inside]
        for i in np.flatnonzero(stated & ~is_sum).tolist():
            problems.append(_told(table, period, i, "expected_period_once", details={"others": names}))
        if is_sum.any():
            problems.append(_told(table, period, None, "note_period_total", severity=Severity.NOTE))
        yield replace(period, values=np.where(stated, np.nan, period.values))


def _told(table: Table, period: Period, i: int | None, key: str, **more: Any) -> Problem:
    """A problem of a period, in a line or of the column as a whole."""
    row, found = (None, period.header) if i is None else (int(table.rows[i]), float(period.values[i]))
    return Problem(
        argument=table.name, row=row, column=period.column, header=period.header, found=found, key=key, **more
    )


def _check_periods(table: Table, plan: Plan, timeline: Timeline) -> Iterator[Problem]:
    """Tell of columns outside the model, of years that are other months than they may be taken for, and of gaps."""
    note: dict[str, Any] = {"severity": Severity.NOTE}
    last = 0
    for period in plan.periods:
        calendar = period.when >= 1900
        if calendar and timeline.start is None:
            yield _told(table, period, None, "expected_period_model_year")
            continue
        begin, end = window(period, timeline)
        last = max(last, end)
        if end <= 0 or begin >= timeline.months:
            if np.nan_to_num(period.values).any():
                yield _told(table, period, None, "note_period_outside", **note)
        elif timeline.start is not None and calendar and period.when < MONTHS and timeline.start.month != 1:
            months = {"first": _month(timeline, begin), "last": _month(timeline, end - 1)}
            yield _told(table, period, None, "note_period_months", details=months, **note)
    if 0 < last < timeline.months:
        latest = max(plan.periods, key=lambda period: window(period, timeline)[1])
        yield _told(table, latest, None, "note_periods_end", **note)


def _month(timeline: Timeline, month: int) -> str:
    return f"{(timeline.origin + month) // 12}-{(timeline.origin + month) % 12 + 1:02d}"


def _check_lines(table: Table, plan: Plan) -> Iterator[Problem]:
    """Tell of lines that state the same thing twice, and of growth that amounts by period do not have."""
    first = {kind: next((p for p in plan.periods if p.kind == kind), None) for kind in (AMOUNT, QUANTITY)}
    amount, quantity, unit_cost = (table.numbers(key) for key in ("amount", "quantity", "unit_cost"))
    product = quantity * unit_cost
    single = np.where(np.isnan(amount), product, amount)
    if (period := first[QUANTITY]) is not None:
        for i in np.flatnonzero(plan.amounts & plan.quantities & ~np.isnan(unit_cost)).tolist():
            yield _told(table, period, i, "expected_amounts_or_quantities")
        twice = plan.quantities & ~plan.amounts & ~(np.isnan(quantity) & np.isnan(amount))
        for i in np.flatnonzero(twice).tolist():
            key = "amount" if np.isnan(quantity[i]) else "quantity"
            yield table.problem(i, key, float(table.numbers(key)[i]), "expected_no_quantity_beside")
        for period in (p for p in plan.periods if p.kind == QUANTITY):
            for i in np.flatnonzero(period.values < 0).tolist():
                yield _told(table, period, i, "expected_not_below", details={"minimum": "0"})
    for i in np.flatnonzero(plan.amounts & (np.abs(single - plan.money) > _CENT)).tolist():
        key = "amount" if not np.isnan(amount[i]) else "unit_cost"
        shown = {"sum": f"{plan.money[i]:.15g}"}
        yield table.problem(i, key, float(table.numbers(key)[i]), "expected_periods_sum", details=shown)
    for key, lines in (("price_growth", plan.amounts), ("growth", plan.amounts), ("quantity_growth", plan.lines)):
        for i in np.flatnonzero(lines & (table.numbers(key, 0.0) != 0)).tolist():
            found = float(table.numbers(key)[i])
            yield table.problem(i, key, found, "note_no_growth_by_period", severity=Severity.NOTE)


def spread(plan: Plan, terms: Terms, patterns: Patterns, timeline: Timeline) -> list[tuple[Ints, Patterns]]:
    """Return a piece for each period that a line states, and to which pattern each belongs.

    Parameters
    ----------
    plan
        What lines state by period.
    terms, patterns
        The terms of all lines, and their patterns; the lines of the plan have patterns of their own.
    """
    pieces = []
    for period in plan.periods:
        chosen = plan.amounts if period.kind == AMOUNT else plan.quantities & ~plan.amounts
        lines = np.flatnonzero(chosen & (np.nan_to_num(period.values) != 0))
        of = patterns.of_line[lines]
        pieces.append((of, _pieces(period, period.values[lines], terms, patterns, of, timeline)))
    return pieces


def _pieces(period: Period, values: Floats, terms: Terms, patterns: Patterns, of: Ints, timeline: Timeline) -> Patterns:
    """The pieces of a period, one a line."""
    line, start, once = patterns.take(of), terms.start[of], terms.step[of] == NEVER
    begin, end = window(period, timeline)
    falls = due_before(line, end) - due_before(line, begin)
    amount = period.kind == AMOUNT
    # What falls due once, and an amount that no due day takes, falls at the beginning of the period.
    alone = (falls == 0) & (once | amount)
    month = timeline.origin + begin
    day = int(month_starts(np.array([month]))[0])
    since = since_start(start, np.full(len(of), month))
    none = np.zeros(len(of))
    return replace(
        line,
        first=np.where(alone, begin, line.first),
        step=np.where(alone, NEVER, line.step),
        count=np.where(alone, 1, line.count),
        begin=np.full(len(of), max(begin, 0)),
        end=np.full(len(of), min(end, timeline.months)),
        part=none + 1 if amount else line.part,
        discounted=np.where(alone, day <= terms.until[of], line.discounted),
        since=np.where(alone, since, line.since),
        factor=values / np.maximum(falls, 1) if amount else values,
        price_growth=none if amount else line.price_growth,
        quantity_growth=none,
        ramp_up=none if amount else line.ramp_up,
    )
