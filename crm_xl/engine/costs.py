"""What every line costs in every year, in closed form over lines: no month is ever filled in.

A line falls in its first month and then every `step` months until its last one. How often it has fallen by
the end of year *y* is ``floor((min(last, 12·y + 11) − first) / step) + 1`` (or 0), so the count in a year is
a difference of two such numbers. The money of an occurrence is price × (1 + price growth)^y × (1 + quantity
growth)^y × the exchange rate of year *y*; year 0 is at the base price.
"""

import numpy as np

from crm_xl.engine.model import Model
from crm_xl.engine.reading import Floats

# Lines at a time: small enough that the columns of one block stay in the processor's cache.
BLOCK = 1 << 13
# Quantities are rounded up to whole units, but 110.00000000000001 seats are 110.
_SEAT_TOLERANCE = 1e-9


def occurrences(first: Floats, last: Floats, per_step: Floats, year: int) -> Floats:
    """Return how often each line has fallen by the end of a year (from 0); `per_step` is 1 ÷ step.

    >>> occurrences(np.array([2.0]), np.array([59.0]), np.array([1 / 12]), 1)  # annual, from month 3, by month 24
    array([2.])
    """
    gone = np.minimum(last, 12 * year + 11)
    gone -= first
    gone *= per_step
    gone += 1 + 1e-9
    np.floor(gone, out=gone)
    np.maximum(gone, 0, out=gone)
    return gone


def yearly_costs(model: Model) -> Floats:
    """Return the cash cost of every line in every year, in the reporting currency.

    Returns
    -------
    Array of years × lines. Lines without a price cost 0 here; `Model.unpriced` names them.
    """
    result = np.empty((model.timeline.years, len(model)))
    for block in _blocks(model):
        _fill(model, block, result[:, block])
    return result


def total_cost(model: Model) -> float:
    """Return the cost of all lines over all years without keeping the years of each line."""
    buffer = np.empty((model.timeline.years, BLOCK))
    total = 0.0
    for block in _blocks(model):
        part = buffer[:, : block.stop - block.start]
        _fill(model, block, part)
        total += float(part.sum())
    return total


def _blocks(model: Model) -> list[slice]:
    return [slice(i, min(i + BLOCK, len(model))) for i in range(0, len(model), BLOCK)]


def _fill(model: Model, block: slice, out: Floats) -> None:
    first, last = model.first[block].astype(np.float64), model.last[block].astype(np.float64)
    per_step = 1.0 / model.step[block]
    price, currency = model.price[block], model.labels["currency"].codes[block]
    same = bool((model.rates == model.rates[:1]).all())
    money = price * model.rates[0][currency] if same else price.copy()
    price_growth, quantity_growth = model.price_growth[block], model.quantity_growth[block]
    growth = _growth(price_growth, None if model.quantity is not None else quantity_growth)
    before: Floats | float = 0.0
    for year in range(model.timeline.years):
        count = occurrences(first, last, per_step, year)
        np.subtract(count, before, out=out[year])
        before = count
        if year and growth is not None:
            money = money * growth
        out[year] *= money
        if not same:
            out[year] *= model.rates[year][currency]
        if model.quantity is not None:
            out[year] *= _grown(model.quantity[block], (1 + quantity_growth) ** year)


def whole_seats(quantity: Floats) -> Floats:
    """Return quantities rounded up to whole units.

    >>> whole_seats(np.array([27.5, 100 * 1.1]))
    array([ 28., 110.])
    """
    return np.ceil(quantity - _SEAT_TOLERANCE * np.maximum(1.0, np.abs(quantity)))


def _grown(quantity: Floats, growth: Floats) -> Floats:
    """Whole seats for lines that have a quantity; a lump sum (NaN) just grows."""
    return np.where(np.isnan(quantity), growth, whole_seats(np.nan_to_num(quantity) * growth))


def _growth(*rates: Floats | None) -> Floats | None:
    """The factor by which the money of an occurrence grows a year, or None where nothing grows."""
    factors = [1 + rate for rate in rates if rate is not None and rate.any()]
    return np.prod(factors, axis=0) if factors else None
