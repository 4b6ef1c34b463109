"""Budget against actual: variance = actual − budget, positive is overspend, with the word beside the number."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crm_xl.engine.components import component_key
from crm_xl.engine.contracts import as_typed
from crm_xl.engine.costs import indices
from crm_xl.engine.problems import Problem
from crm_xl.engine.reading import Floats, Ints, Table
from crm_xl.engine.schema import normalise
from crm_xl.engine.timeline import DAYS, MONTH, MONTHS, PERIODS, QUARTER, YEAR, Timeline, months_of_days

CUTS = ("component", "item", "department", "vendor", *PERIODS)
# The month of a line that states none.
NOT_STATED = -1_000_000
OVERSPEND, SAVING, ON_BUDGET = "overspend", "saving", "on_budget"


@dataclass(frozen=True, eq=False)
class Variance:
    """Budget and actual by key, in the order in which the keys first stand in the tables.

    `actual` is NaN where nothing is reported for a key. `compared` is the budget of what is reported: the variance is
    actual − compared. `missing` counts lines that are not reported. `scale` is how much money moved either way: what is
    tiny beside it is left over from adding up, and no variance.
    """

    keys: tuple[str, ...]
    budget: Floats
    actual: Floats
    compared: Floats
    missing: Floats
    scale: Floats


def compare(budget: Table, actual: Table, by: str, *, columns: tuple[str, str], timeline: Timeline) -> Variance:
    """Return budget and actual by a column; a blank actual is not reported, and never 0.

    Parameters
    ----------
    budget, actual
        The lines of each side; the same lines where budget and actual stand beside each other.
    by
        One of `CUTS`. Keys match without letter case; the four components match in both languages.
    columns
        The columns of budget and of actual.
    timeline
        From where quarters and months are counted: keys of those are their numbers from its start, in their order.
    """
    order: dict[str, str] = {}
    if by in (QUARTER, MONTH):
        places = {i for table in (budget, actual) for i in _periods(table, by, timeline) if i}
        order = {place: place for place in sorted(places, key=int)}
    planned, spent = budget.numbers(columns[0]), actual.numbers(columns[1])
    beside = (
        len(budget) == len(actual) and bool((budget.rows == actual.rows).all()) and budget.columns == actual.columns
    )
    codes = [_codes(table, by, order, timeline) for table in (budget, actual)]
    size = len(order)
    stated, blank = (np.bincount(indices(codes[1]), which, size) for which in (~np.isnan(spent), np.isnan(spent)))
    # In a table of its own an actual that is not listed was not spent; one that is listed and blank is not known.
    unknown = (stated == 0) & (blank > 0)
    due = ~np.isnan(planned) & (np.isnan(spent) if beside else unknown[codes[0]])
    sums = [
        np.bincount(indices(code), np.nan_to_num(money), size)
        for code, money in zip(codes, (planned, spent), strict=True)
    ]
    left = np.bincount(indices(codes[0]), np.where(due, np.nan_to_num(planned), 0.0), size)
    moved = [
        np.bincount(indices(code), np.abs(np.nan_to_num(money)), size)
        for code, money in zip(codes, (planned, spent), strict=True)
    ]
    return Variance(
        keys=tuple(order.values()),
        budget=np.asarray(sums[0], dtype=np.float64),
        actual=np.where(unknown, np.nan, sums[1]),
        compared=np.asarray(sums[0] - left, dtype=np.float64),
        missing=np.asarray(np.bincount(indices(codes[0]), due, size), dtype=np.float64),
        scale=np.asarray(moved[0] + moved[1], dtype=np.float64),
    )


def _codes(table: Table, by: str, order: dict[str, str], timeline: Timeline) -> Ints:
    """A code for the key of each line; new keys are added to their order."""
    names = _periods(table, by, timeline) if by in PERIODS else _names(table, by)
    keys = [(component_key(name) if by == "component" and name else None) or name for name in names]
    for key in keys:
        order.setdefault(normalise(key), key)
    places = {key: i for i, key in enumerate(order)}
    return np.array([places[normalise(key)] for key in keys], dtype=np.int64)


def _names(table: Table, by: str) -> list[str]:
    labels = table.labels(by)
    return [labels.name(code) for code in labels.codes.tolist()]


def _periods(table: Table, by: str, timeline: Timeline) -> list[str]:
    """The year of each line as it is stated, or the number of its quarter or month from the start."""
    month, year = months_stated(table, timeline), table.numbers("year")
    if by == YEAR:
        first = timeline.start.year if timeline.start else 1
        found = np.where(np.isnan(year) & (month != NOT_STATED), month // 12 + first, year)
        return ["" if np.isnan(number) else f"{number:g}" for number in found]
    return ["" if number == NOT_STATED else str(number // PERIODS[by]) for number in month.tolist()]


def months_stated(table: Table, timeline: Timeline) -> Ints:
    """Return the month of each line, counted from the start of a model (0); NOT_STATED where the line has none.

    A number is a month of the year that the line states, else of the model.
    """
    calendar, number, year = _months(table)
    of_year = np.where(year > 0, 12 * (year - 1), 0) + number - 1
    found: Ints = np.where(calendar >= 0, calendar - timeline.first, np.where(number > 0, of_year, NOT_STATED))
    return found


def _months(table: Table) -> tuple[Ints, Ints, Ints]:
    """Of each line the calendar month (year × 12 + month − 1; −1: none), else its number, and its model year (or 0)."""
    when, year = table.moments("month"), np.nan_to_num(table.numbers("year")).astype(np.int64)
    number = np.where((when >= 1) & (when < 1900), when, 0)
    calendar = np.where(
        when >= DAYS, months_of_days(np.maximum(when - DAYS, 1)), np.where(when >= MONTHS, when - MONTHS, -1)
    )
    calendar = np.where((number >= 1) & (number <= 12) & (year >= 1900), 12 * year + number - 1, calendar)
    return calendar, number, np.where(year < 1900, year, 0)


def calendar_of(tables: Sequence[Table], timeline: Timeline) -> Timeline:
    """Return the timeline by which lines are counted: the model's, or of calendar years where only lines have dates."""
    months = [int(month) for table in tables for month in _months(table)[0] if month >= 0]
    if timeline.start is not None or not months:
        return timeline
    return Timeline(years=timeline.years, start=dt.date(min(months) // 12, 1, 1))


def check_months(table: Table, timeline: Timeline, stated: Timeline) -> list[Problem]:
    """Return the problems of months: what is none, what counts from no start, what is not in the year of its line.

    `timeline` is that by which lines are counted, `stated` that of the assumptions.
    """
    calendar, number, _ = _months(table)
    when, year = table.moments("month"), table.numbers("year")
    counted = months_stated(table, timeline)
    numbers_alone = (number > 0) & (calendar < 0) & (stated.start is None) & (timeline.start is not None)
    fiscal = counted // 12 + (timeline.start.year if timeline.start else 1)
    elsewhere = (counted != NOT_STATED) & ~np.isnan(year) & (year != fiscal) & (year != calendar // 12)
    wrong = (
        ((when >= 1900) & (when < MONTHS), "expected_month"),
        (numbers_alone, "expected_month_date"),
        (elsewhere & ~numbers_alone, "expected_month_of_year"),
    )
    return [
        table.problem(i, "month", as_typed(table, "month", i), key, details={"year": f"{year[i]:g}"})
        for lines, key in wrong
        for i in np.flatnonzero(lines).tolist()
    ]


def is_zero(money: float, scale: float) -> bool:
    """Whether a sum is 0 but for what adding up in floating point leaves over."""
    return abs(money) <= 1e-12 * scale


def word(variance: float, scale: float = 0.0) -> str:
    """Return the key of the word for a variance of costs.

    >>> word(20_000.0), word(-10_000.0), word(0.1 + 0.2 - 0.3, 0.6)
    ('overspend', 'saving', 'on_budget')
    """
    return ON_BUDGET if is_zero(variance, scale) else OVERSPEND if variance > 0 else SAVING
