"""Budget against actual: variance = actual − budget, positive is overspend, with the word beside the number."""

from dataclasses import dataclass

import numpy as np

from crm_xl.engine.components import component_key
from crm_xl.engine.reading import Floats, Table
from crm_xl.engine.schema import normalise

CUTS = ("component", "item", "department", "vendor", "year")
OVERSPEND, SAVING, ON_BUDGET = "overspend", "saving", "on_budget"


@dataclass(frozen=True, eq=False)
class Variance:
    """Budget and actual by key, in the order in which the keys first stand in the tables.

    `scale` is how much money moved either way: what is tiny beside it is left over from adding up, and no variance.
    """

    keys: tuple[str, ...]
    budget: Floats
    actual: Floats
    scale: Floats


def compare(tables: list[tuple[Table, str, str]], by: str) -> Variance:
    """Return budget and actual by a column.

    Parameters
    ----------
    tables
        What to add up: a table, the column of its money, and the side it counts on (budget or actual).
    by
        One of `CUTS`. Keys match without letter case; the four components match in both languages.
    """
    order: dict[str, str] = {}
    sums: dict[str, dict[str, float]] = {"budget": {}, "actual": {}, "scale": {}}
    for table, column, side in tables:
        money = np.nan_to_num(table.numbers(column))
        for name, value in zip(_names(table, by), money.tolist(), strict=True):
            key = (component_key(name) if by == "component" and name else None) or name
            order.setdefault(normalise(key), key)
            for kind, part in ((side, value), ("scale", abs(value))):
                sums[kind][normalise(key)] = sums[kind].get(normalise(key), 0.0) + part
    budget, actual, scale = (np.array([found.get(key, 0.0) for key in order]) for found in sums.values())
    return Variance(tuple(order.values()), budget, actual, scale)


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
