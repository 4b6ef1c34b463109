"""Who bears the cost of each month: pools with keys of their own, and departments that pass their cost on.

A pool is a component with keys of its own; keys without a component are for all others. A service department passes on
what its lines cost by keys of its own: *direct* to those that pass on nothing, *step-down* one service department
after the other in the order of the list, each also to those that come later, *reciprocal* to all of them at once: the
costs passed on solve the linear equations S = own + Σ share × S.

Source: Horngren, Cost Accounting, chapter 15 (direct, step-down and reciprocal methods).
"""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from crm_xl.engine.allocation import keys_by_month, largest_remainder
from crm_xl.engine.reading import Floats, Ints
from crm_xl.errors import DivisionByZeroError

METHODS = ("direct", "step_down", "reciprocal")
DIRECT, STEP_DOWN, RECIPROCAL = METHODS


def keys_of(rows: Ints, names: Ints, since: Ints, keys: Floats, count: int, months: int) -> Floats:
    """Return the keys that some rows state, names × months, of all names."""
    found = np.zeros((count, months))
    stated = keys_by_month(names[rows], since[rows], keys[rows], months)
    found[: len(stated)] = stated
    return found


def shares_of(keys: Floats) -> Floats:
    """Return keys as shares of their sum by month; NaN where they sum to 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = keys / keys.sum(axis=0)
    return found


def passed_on(givers: Sequence[int], keys: Floats, method: str, names: Sequence[str]) -> Floats:
    """Return which part of the cost of each name ends with which one, names × names; each row sums to 1.

    Parameters
    ----------
    givers
        The service departments, in the order in which they pass on.
    keys
        Their keys, givers × names. What a department does for itself counts nothing.
    method
        One of `METHODS`.
    names
        Of all departments, for what is told of them.

    Raises
    ------
    DivisionByZeroError
        When a department has nobody to pass its cost on to, or they pass it to each other only.

    Examples
    --------
    >>> keys = np.array([[0, 5, 1, 4], [1, 0, 3, 6.0]])  # water, electricity, and two workshops
    >>> (np.array([300, 200, 0, 0]) @ passed_on([0, 1], keys, "step_down", "WEAB")).round(3).tolist()
    [0.0, 0.0, 146.667, 353.333]
    """
    count = keys.shape[1]
    if method == RECIPROCAL:
        flows = np.zeros((count, count))
        for giver, row in zip(givers, keys, strict=True):
            flows[giver] = _shared(np.where(np.arange(count) == giver, 0.0, row), names[giver])
        try:
            found: Floats = np.linalg.inv(np.eye(count) - flows).astype(np.float64)
        except np.linalg.LinAlgError:
            raise DivisionByZeroError("chargeback_circle") from None
        found[:, list(givers)] = 0.0
        if not np.allclose(found.sum(axis=1), 1.0, atol=1e-9):
            raise DivisionByZeroError("chargeback_circle")
        return found
    found = np.eye(count, dtype=np.float64)
    done = np.zeros(count, dtype=bool)
    if method == DIRECT:
        done[list(givers)] = True
    for giver, row in zip(givers, keys, strict=True):
        done[giver] = True
        share = _shared(np.where(done, 0.0, row), names[giver])
        moved = found[:, giver].copy()
        found[:, giver] = 0.0
        found += np.outer(moved, share)
    return found


def _shared(row: Floats, giver: str) -> Floats:
    if row.sum() == 0:
        raise DivisionByZeroError("chargeback_nobody", department=giver)
    found: Floats = row / row.sum()
    return found


def whole_units(values: Floats, units: int) -> Ints:
    """Return values in whole units that sum to a number of them; they are taken to the sixth digit behind the point.

    >>> whole_units(np.array([33.333, 33.333, 33.334]) * 100, 10000).tolist()
    [3333, 3333, 3334]
    """
    return np.array(largest_remainder([round(Fraction(value), 6) for value in values.tolist()], units), dtype=np.int64)


def units_by_month(exact: Floats, digits: int) -> Ints:
    """Return what each name bears in minor units, names × months; each month sums to its money, cut as a running sum.

    `exact` is names × pools × months.
    """
    scale = 10.0**digits
    units = np.diff(np.rint(np.cumsum(exact.sum(axis=(0, 1))) * scale), prepend=0.0)
    found = np.zeros((exact.shape[0], exact.shape[2]), dtype=np.int64)
    for month in np.flatnonzero(np.abs(exact).sum(axis=(0, 1))).tolist():
        found[:, month] = whole_units(exact[:, :, month].sum(axis=1) * scale, int(units[month]))
    return found


def statement(exact: Floats, units: Ints, digits: int) -> Ints:
    """Return what one name bears of each pool, pools × months, in minor units; `exact` is pools × months."""
    found = np.zeros(exact.shape, dtype=np.int64)
    for month in np.flatnonzero(np.abs(exact).sum(axis=0)).tolist():
        found[:, month] = whole_units(exact[:, month] * 10.0**digits, int(units[month]))
    return found
