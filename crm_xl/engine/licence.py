"""Licence arithmetic: price by users or modules, minimum seats, volume tiers."""

from dataclasses import dataclass

import numpy as np

from crm_xl.engine.reading import Floats
from crm_xl.errors import UnreadableError


@dataclass(frozen=True, kw_only=True, eq=False)
class Tiers:
    """Volume tiers: from how many units a price holds, ascending, beginning with the list price from 0."""

    start: Floats
    price: Floats


def make_tiers(list_price: float, start: Floats, price: Floats) -> Tiers:
    """Return tiers in ascending order under the list price.

    Raises
    ------
    UnreadableError
        When two tiers begin at the same number.
    """
    order = np.argsort(start, kind="stable")
    start, price = start[order], price[order]
    if (np.diff(start) == 0).any():
        raise UnreadableError("tiers_overlap", start=f"{start[np.flatnonzero(np.diff(start) == 0)[0]]:g}")
    if not len(start) or start[0] > 1:
        start, price = np.concatenate([[0.0], start]), np.concatenate([[list_price], price])
    return Tiers(start=start, price=price)


def licence_cost(units: float, tiers: Tiers, *, minimum: float = 0.0, graduated: bool = False) -> float:
    """Return the licence cost for one billing period.

    Parameters
    ----------
    units
        Users or modules.
    tiers
        Prices for a unit and period, by number of units.
    minimum
        Units that are billed at least.
    graduated
        Whether each tier prices only the units inside it; otherwise the tier reached prices all units.

    Examples
    --------
    >>> tiers = make_tiers(100.0, np.array([51.0, 201.0]), np.array([90.0, 80.0]))
    >>> licence_cost(100, tiers), licence_cost(100, tiers, graduated=True)
    (9000.0, 9500.0)
    """
    billed = max(units, minimum)
    if not graduated:
        reached = int(np.searchsorted(tiers.start, billed, side="right")) - 1
        return float(billed * tiers.price[max(reached, 0)])
    # A tier "from 51" begins after the 50th unit.
    floor = np.maximum(tiers.start - 1, 0)
    upper = np.append(floor[1:], np.inf)
    inside = np.clip(np.minimum(billed, upper) - floor, 0, None)
    return float((inside * tiers.price).sum())
