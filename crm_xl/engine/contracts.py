"""The terms of lines: when each falls due, how its price and quantity grow, until when a discount holds.

Cost lines and benefit lines are read here to the same patterns. Every column is looked at once for each distinct
combination of terms, not once a line.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from crm_xl.engine.assumptions import Assumptions
from crm_xl.engine.cells import Cell
from crm_xl.engine.costs import Bools, Growth, Patterns, distinct
from crm_xl.engine.due import NEVER, NO_END, due_until, same_day
from crm_xl.engine.problems import Problem, Severity, said
from crm_xl.engine.reading import BLANK, Floats, Ints, Labels, Table
from crm_xl.engine.schema import MAX_YEARS
from crm_xl.engine.timeline import DAYS, Timeline, as_date, months_of_days

# Months between two due days; what falls due once has none.
PERIOD = {
    "one_off": 0, "monthly": 1, "quarterly": 3, "half_yearly": 6, "annual": 12,
    **{f"every_{n}_years": 12 * n for n in range(2, MAX_YEARS + 1)},
}  # fmt: skip
FREQUENCIES = tuple(PERIOD)
NATURES = ("one_off", "recurring")


@dataclass(frozen=True, kw_only=True, eq=False)
class Terms:
    """The terms of each pattern of lines: days as ordinals, months between due days, and how many there are.

    `until` is the last day on which a discount holds; `by_day` says which are charged by days; `example` is a line
    that has the pattern.
    """

    of_line: Ints
    example: Ints
    start: Ints
    end: Ints
    until: Ints
    step: Ints
    count: Ints
    by_day: Bools


def steps(frequency: Labels) -> Ints:
    """Return the months between two due days of each line; `frequency` is coded in the order of FREQUENCIES."""
    return np.array([PERIOD[f] or NEVER for f in FREQUENCIES], dtype=np.int64)[frequency.codes]


def read_terms(
    table: Table,
    assumptions: Assumptions,
    problems: list[Problem],
    *,
    step: Ints,
    currency: Ints,
    growth: str,
    quantity: Floats | None = None,
    apart: Ints | None = None,
    ramp_up: Floats | None = None,
) -> tuple[Terms, Patterns]:
    """Return the terms of the lines of a table, and the patterns that they make; problems of the dates are added.

    Parameters
    ----------
    table
        Cost lines or benefit lines.
    step, currency
        Of each line the months between two due days, and the code of its currency.
    growth
        The column of the growth of the price.
    quantity
        Units of each line that are rounded up where they grow (NaN: not), or None.
    apart
        A number for each line; lines with different ones are no pattern together.
    ramp_up
        Years until the money of each line comes in full, or None.
    """
    timeline = assumptions.timeline
    start, end, until = (table.moments(key) for key in ("start", "end", "discount_until"))
    price_growth = np.minimum(table.numbers(growth, 0.0), table.numbers("growth_cap", np.inf))
    quantity_growth = table.numbers("quantity_growth", 0.0)
    lock, discount = table.numbers("price_lock", 0.0), table.numbers("discount", 0.0)
    by_day = table.labels("proration").codes == _code(table.labels("proration"), "by_day")
    columns = (
        start,
        end,
        step,
        currency,
        price_growth,
        quantity_growth,
        lock,
        discount,
        until,
        by_day.astype(np.int64),
    )
    more = [column for column in (quantity, apart, ramp_up) if column is not None]
    of_line, one = distinct(*columns, *more)
    first_day = timeline.days(np.maximum(start[one], 1), last=False)
    last_day = np.where(end[one] == 0, NO_END, timeline.days(end[one], last=True))
    until_day = np.where(until[one] == 0, NO_END, timeline.days(until[one], last=True))
    first, step = timeline.months_of(first_day), step[one]
    once = step == NEVER
    count = np.where(once, 1, due_until(first_day, step, last_day))
    by_days = by_day[one] & ~once & (apart is None or apart[one] == 0)
    terms = Terms(
        of_line=of_line, example=one, start=first_day, end=last_day, until=until_day, step=step, count=count,
        by_day=by_days,
    )  # fmt: skip
    _check_dates(table, timeline, terms, first, problems)
    _check_terms(table, terms, problems)
    _check_growth(table, terms, np.zeros(len(table), dtype=bool) if apart is None else apart > 0, problems)
    if apart is not None:
        _check_by_day(table, by_day & (apart > 0), problems)
    patterns = Patterns(
        of_line=of_line,
        size=len(one),
        first=first,
        step=step,
        count=count,
        begin=np.zeros(len(one), dtype=np.int64),
        end=np.full(len(one), timeline.months),
        part=np.ones(len(one)),
        last_months=np.where(once, 0, step),
        discount=discount[one],
        discounted=np.where(until[one] == 0, NO_END, due_until(first_day, step, until_day)),
        since=np.zeros(len(one), dtype=np.int64),
        currency=currency[one],
        price_growth=price_growth[one],
        price_lock=np.ceil(lock[one]).astype(np.int64),
        quantity_growth=quantity_growth[one],
        quantity=None if quantity is None else quantity[one],
        factor=np.ones(len(one)),
        ramp_up=np.zeros(len(one)) if ramp_up is None else ramp_up[one],
        growth=Growth(from_model=assumptions.growth_from == "model", from_year_1=assumptions.first_rise == "year_1"),
    )
    return terms, patterns


def _code(labels: Labels, name: str) -> int:
    """The code of a choice, or one that no row has."""
    return labels.names.index(name) if name in labels.names else -2


def _check_dates(table: Table, timeline: Timeline, terms: Terms, first: Ints, problems: list[Problem]) -> None:
    """Tell of days outside the model, and of ends before starts."""
    of, one = terms.of_line, terms.example
    start, end = table.moments("start")[one], table.moments("end")[one]
    details: dict[str, Any] = {} if timeline.start is None else {"start": f"{timeline.start:%Y-%m}"}
    last = timeline.months_of(terms.end)
    # A contract that runs already when the model begins is paid on; what ended before it is taken for a slip.
    running = (terms.step != NEVER) & (last >= 0)
    for key, raw, months in (("start", start, first), ("end", end, last)):
        if timeline.start is None:
            wrong, expected = raw >= 1900, "expected_model_year_no_date"
        else:
            wrong, expected = (raw != 0) & (months < 0) & ((key == "end") | ~running), "expected_not_before_start"
        problems += [
            table.problem(i, key, as_typed(table, key, i), expected, details=details) for i in _lines(wrong, of)
        ]
    begun = (first < 0) & (start != 0) & running & (timeline.start is not None)
    for i in _lines(begun, of):
        found = as_typed(table, "start", i)
        problems.append(table.problem(i, "start", found, "note_before_model", details=details, severity=Severity.NOTE))
    if timeline.start is None:
        for key in ("discount_until", "in_use_from", "committed_until"):
            wrong = table.moments(key) >= 1900
            for i in np.flatnonzero(wrong).tolist():
                problems.append(table.problem(i, key, as_typed(table, key, i), "expected_model_year_no_date"))
    backwards = (start != 0) & (end != 0) & (terms.end < terms.start) & ((first >= 0) | running)
    for i in _lines(backwards, of):
        shown = {"start": said(as_typed(table, "start", i))}
        problems.append(table.problem(i, "end", as_typed(table, "end", i), "expected_end_after_start", details=shown))
    # Without a start date a date is no day of the model; it has its problem already.
    placed = (timeline.start is not None) | (start < 1900)
    late = {"details": {"years": timeline.years}, "severity": Severity.NOTE}
    for i in _lines((first >= timeline.months) & ~backwards & placed, of):
        problems.append(table.problem(i, "start", as_typed(table, "start", i), "note_after_horizon", **late))


def _check_terms(table: Table, terms: Terms, problems: list[Problem]) -> None:
    """Ask where a term may be meant otherwise than it is counted."""
    note: dict[str, Any] = {"severity": Severity.NOTE}
    of, one = terms.of_line, terms.example
    stated = table.moments("end")[one] >= DAYS
    recurring = (terms.step != NEVER) & (terms.count > 1) & ~terms.by_day
    months = months_of_days(terms.end) - months_of_days(terms.start)
    on_due = recurring & stated & (same_day(terms.start, months) == terms.end) & (months % 12 == 0)
    on_due &= months % np.where(recurring, terms.step, 1) == 0
    for i in _lines(on_due, of):
        shown = {"count": int(terms.count[of[i]])}
        problems.append(table.problem(i, "end", as_typed(table, "end", i), "note_end_is_due", details=shown, **note))
    lock = table.numbers("price_lock")
    for i in np.flatnonzero(lock == 0).tolist():
        problems.append(table.problem(i, "price_lock", 0.0, "note_no_lock", **note))


def _check_growth(table: Table, terms: Terms, planned: Bools, problems: list[Problem]) -> None:
    """Ask once for each column of growth where lines that state no frequency, and so are due once, are to grow."""
    for key in {"price_growth", "quantity_growth"} & table.columns.keys():
        once = (table.numbers(key, 0.0) != 0) & (table.labels("frequency").codes == BLANK) & ~planned
        grown = np.flatnonzero(once & (terms.step == NEVER)[terms.of_line])
        if len(grown):
            i, details = int(grown[0]), {"count": len(grown)}
            found = float(table.numbers(key)[i])
            problems.append(
                table.problem(i, key, found, "note_growth_of_one_off", details=details, severity=Severity.NOTE)
            )


def _check_by_day(table: Table, lines: Bools, problems: list[Problem]) -> None:
    """Tell of lines that are charged by days and state what they pay by period."""
    for i in np.flatnonzero(lines).tolist():
        found = table.text("proration", i)
        problems.append(table.problem(i, "proration", found, "note_no_days_by_period", severity=Severity.NOTE))


def _lines(of_pattern: Bools, of_line: Ints) -> list[int]:
    """The lines of the patterns that are marked."""
    return np.flatnonzero(of_pattern[of_line]).tolist() if of_pattern.any() else []


def as_typed(table: Table, key: str, row: int) -> Cell:
    """Return a date or year as it stands in its cell; a serial number as the date that the cell shows."""
    value = table.typed[key][row] if key in table.typed else None
    return value if isinstance(value, str) or (day := as_date(value)) is None else day
