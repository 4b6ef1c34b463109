"""Shares of a sum that add up to the cent: largest remainder, ties in the order of the list.

Worked out in whole numbers: floating point cannot tell a third of 200 million from the next cent.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import floor

import numpy as np

from crm_xl.engine.reading import Floats, Ints
from crm_xl.errors import DivisionByZeroError


def allocate(amount: float, keys: Floats, digits: int = 2) -> Floats:
    """Return the amount shared in proportion to keys, each share in whole cents, their sum the amount in cents.

    `digits` are the decimals of the currency: 2 for cents, 0 where it has no smaller unit, 3 for a thousandth.

    A key counts as the decimal number that was typed: 0.1 is a tenth. The shares of a negative amount are those of
    the positive one, taken back.

    Raises
    ------
    DivisionByZeroError
        When the keys sum to 0.

    Examples
    --------
    >>> allocate(100.0, np.array([1.0, 1.0, 1.0])).tolist()
    [33.34, 33.33, 33.33]
    >>> allocate(100.0, np.array([1.0, 1.0, 1.0]), 0).tolist()
    [34.0, 33.0, 33.0]
    """
    weights = [Fraction(repr(key)) for key in keys.tolist()]
    total = sum(weights)
    if total == 0:
        raise DivisionByZeroError("keys_sum_zero")
    cents = floor(Fraction(repr(abs(float(amount)))) * 10**digits + Fraction(1, 2))
    exact = [cents * weight / total for weight in weights]
    sign = -1 if amount < 0 else 1
    return np.array([sign * share / 10**digits for share in largest_remainder(exact, cents)])


def largest_remainder(exact: Sequence[Fraction], whole: int) -> list[int]:
    """Return numbers as whole ones that sum to `whole`: the largest remainders go up, ties in the order of the list.

    Numbers that sum to more, or to less by more than one each, are all changed alike first; what is 0 stays 0.

    >>> largest_remainder([Fraction(10, 3), Fraction(10, 3), Fraction(10, 3)], 10)
    [4, 3, 3]
    >>> largest_remainder([Fraction(3, 2), Fraction(0), Fraction(-1, 2)], 0)
    [1, 0, -1]
    """
    found = [floor(value) for value in exact]
    left = whole - sum(found)
    step = 1 if left > 0 else -1
    order = sorted((i for i, value in enumerate(exact) if value), key=lambda i: step * (found[i] - exact[i]))
    each, more = divmod(abs(left), max(len(order), 1))
    for place, i in enumerate(order):
        found[i] += step * (each + (place < more))
    return found


def keys_by_month(names: Ints, since: Ints, keys: Floats, months: int) -> Floats:
    """Return the key of each name in each month, names × months: that stated last holds, 0 before the first one.

    >>> keys_by_month(np.array([0, 1, 0]), np.array([0, 0, 2]), np.array([5.0, 7.0, 6.0]), 3)
    array([[5., 5., 6.],
           [7., 7., 7.]])
    """
    found = np.zeros((int(names.max(initial=-1)) + 1, months))
    for i in np.argsort(since, kind="stable").tolist():
        found[names[i], max(int(since[i]), 0) :] = keys[i]
    return found


def allocate_by_month(money: Floats, keys: Floats, digits: int) -> Floats:
    """Return the money of each month shared by the keys of the month (names × months), to the minor unit.

    The money is cut as a running sum, so that the months sum to the whole; the shares of a month sum to the month.

    Raises
    ------
    DivisionByZeroError
        When the keys of a month in which money falls sum to 0.
    """
    units = np.diff(np.rint(np.cumsum(money) * 10.0**digits), prepend=0.0)
    shares = np.zeros_like(keys)
    for month in np.flatnonzero(units).tolist():
        shares[:, month] = allocate(units[month] / 10**digits, keys[:, month], digits)
    return shares
