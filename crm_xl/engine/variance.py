"""Budget against actual: variance = actual − budget, positive is overspend, with the word beside the number."""

from dataclasses import dataclass

import numpy as np

from crm_xl.engine.components import component_key
from crm_xl.engine.reading import Floats, Ints, Table
from crm_xl.engine.schema import normalise

CUTS = ("component", "item", "department", "vendor", "year")
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


def compare(budget: Table, actual: Table, by: str, *, columns: tuple[str, str]) -> Variance:
    """Return budget and actual by a column; a blank actual is not reported, and never 0.

    Parameters
    ----------
    budget, actual
        The lines of each side; the same lines where budget and actual stand beside each other.
    by
        One of `CUTS`. Keys match without letter case; the four components match in both languages.
    columns
        The columns of budget and of actual.
    """
    order: dict[str, str] = {}
    planned, spent = budget.numbers(columns[0]), actual.numbers(columns[1])
    beside = (
        len(budget) == len(actual) and bool((budget.rows == actual.rows).all()) and budget.columns == actual.columns
    )
    codes = [_codes(table, by, order) for table in (budget, actual)]
    size = len(order)
    stated, blank = (np.bincount(codes[1], which, size) for which in (~np.isnan(spent), np.isnan(spent)))
    # In a table of its own an actual that is not listed was not spent; one that is listed and blank is not known.
    unknown = (stated == 0) & (blank > 0)
    due = ~np.isnan(planned) & (np.isnan(spent) if beside else unknown[codes[0]])
    sums = [np.bincount(code, np.nan_to_num(money), size) for code, money in zip(codes, (planned, spent), strict=True)]
    left = np.bincount(codes[0], np.where(due, np.nan_to_num(planned), 0.0), size)
    moved = [
        np.bincount(code, np.abs(np.nan_to_num(money)), size)
        for code, money in zip(codes, (planned, spent), strict=True)
    ]
    return Variance(
        keys=tuple(order.values()),
        budget=np.asarray(sums[0], dtype=np.float64),
        actual=np.where(unknown, np.nan, sums[1]),
        compared=np.asarray(sums[0] - left, dtype=np.float64),
        missing=np.asarray(np.bincount(codes[0], due, size), dtype=np.float64),
        scale=np.asarray(moved[0] + moved[1], dtype=np.float64),
    )


def _codes(table: Table, by: str, order: dict[str, str]) -> Ints:
    """A code for the key of each line; new keys are added to their order."""
    keys = [(component_key(name) if by == "component" and name else None) or name for name in _names(table, by)]
    for key in keys:
        order.setdefault(normalise(key), key)
    places = {key: i for i, key in enumerate(order)}
    return np.array([places[normalise(key)] for key in keys], dtype=np.int64)


def _names(table: Table, by: str) -> list[str]:
    if by == "year":
        return ["" if np.isnan(year) else f"{year:g}" for year in table.numbers("year")]
    labels = table.labels(by)
    return [labels.name(code) for code in labels.codes.tolist()]


def is_zero(money: float, scale: float) -> bool:
    """Whether a sum is 0 but for what adding up in floating point leaves over."""
    return abs(money) <= 1e-12 * scale


def word(variance: float, scale: float = 0.0) -> str:
    """Return the key of the word for a variance of costs.

    >>> word(20_000.0), word(-10_000.0), word(0.1 + 0.2 - 0.3, 0.6)
    ('overspend', 'saving', 'on_budget')
    """
    return ON_BUDGET if is_zero(variance, scale) else OVERSPEND if variance > 0 else SAVING
