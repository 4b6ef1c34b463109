"""Shares of a sum that add up to the cent: largest remainder, ties in the order of the list."""

import numpy as np

from crm_xl.engine.errors import DivisionByZeroError
from crm_xl.engine.reading import Floats


def allocate(amount: float, keys: Floats) -> Floats:
    """Return the amount shared in proportion to keys, each share in whole cents, their sum the amount in cents.

    Raises
    ------
    DivisionByZeroError
        When the keys sum to 0.

    Examples
    --------
    >>> allocate(100.0, np.array([1.0, 1.0, 1.0])).tolist()
    [33.34, 33.33, 33.33]
    """
    total = float(keys.sum())
    if total == 0:
        raise DivisionByZeroError("keys_sum_zero")
    cents = round(amount * 100)
    exact = cents * (keys / total)
    # What floating point blurs (a share of exactly 12345 cents) must not look like a remainder.
    near = np.rint(exact)
    exact = np.where(np.abs(exact - near) <= 1e-9 * np.maximum(1.0, np.abs(exact)), near, exact)
    shares = np.floor(exact)
    left = cents - int(shares.sum())
    order = np.argsort(-(exact - shares), kind="stable")
    shares[order[:left]] += 1
    result: Floats = shares / 100
    return result
