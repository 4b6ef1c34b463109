"""What every line costs in every year, in closed form: no month is ever filled in.

A line falls in its first month and then every `step` months until its last one. How often it has fallen by
the end of year *y* is ``floor((min(last, 12·y + 11) − first) / step) + 1`` (or 0), so the count in a year is
a difference of two such numbers. The money of an occurrence is price × (1 + price growth)^y × (1 + quantity
growth)^y × the exchange rate of year *y*; year 0 is at the base price.

Many lines share the same months, growth and currency. Each such pattern is worked out once, as the weight by
which the price of a line counts in each year; a million lines are then one look-up and one product.
"""

from dataclasses import dataclass

import numpy as np

from crm_xl.engine.reading import Floats, Ints

# Quantities are rounded up to whole units, but 110.00000000000001 seats are 110.
_SEAT_TOLERANCE = 1e-9
# A column of few values, as of growth, most often has them all among its first ones.
_SAMPLE = 1000


@dataclass(frozen=True, kw_only=True, eq=False)
class Patterns:
    """The distinct patterns of payment: `of_line` says which one a line has, the arrays have one element a pattern.

    `quantity` is None where quantities may be broken, else the units, which are rounded up where they grow (NaN: a lump
    sum).
    """

    of_line: Ints
    first: Ints
    last: Ints
    step: Ints
    currency: Ints
    price_growth: Floats
    quantity_growth: Floats
    quantity: Floats | None


def find_patterns(
    *,
    first: Ints,
    last: Ints,
    step: Ints,
    currency: Ints,
    price_growth: Floats,
    quantity_growth: Floats,
    quantity: Floats | None,
) -> Patterns:
    """Return the distinct patterns of lines; every argument has one element a line."""
    columns = (first, last, step, currency, price_growth, quantity_growth) + (() if quantity is None else (quantity,))
    of_line, example = distinct(*columns)
    return Patterns(
        of_line=of_line,
        first=first[example],
        last=last[example],
        step=step[example],
        currency=currency[example],
        price_growth=price_growth[example],
        quantity_growth=quantity_growth[example],
        quantity=None if quantity is None else quantity[example],
    )


def distinct(*columns: Ints | Floats) -> tuple[Ints, Ints]:
    """Return for each row of columns the code of its combination, and for each code a row that has it.

    >>> distinct(np.array([1, 2, 1]), np.array([0.5, 0.5, 0.5]))
    (array([0, 1, 0]), array([0, 1]))
    """
    codes = np.zeros(len(columns[0]), dtype=np.int64)
    count = 1
    for column in columns:
        part, size = _code(column)
        if size > 1:
            if not _fits(count * size, codes):
                codes, count = _code(codes)
            codes, count = codes * size + part, count * size
    codes, count = _code(codes)
    example = np.empty(count if len(codes) else 0, dtype=np.int64)
    example[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return codes, example


def _code(column: Ints | Floats) -> tuple[Ints, int]:
    """Codes 0, 1, … for the values of a column in ascending order, and how many there are."""
    if not len(column) or (column == column[0]).all():
        return np.zeros(len(column), dtype=np.int64), 1
    if column.dtype.kind == "i":
        low, high = int(column.min()), int(column.max())
        if _fits(high - low + 1, column):
            shifted = column - low
            occurs = np.zeros(high - low + 1, dtype=np.bool_)
            occurs[shifted] = True
            ranks = np.cumsum(occurs) - 1
            return ranks[shifted], int(ranks[-1]) + 1
    few = np.unique(column[:_SAMPLE])
    found = np.searchsorted(few, column)
    if (few.take(found, mode="clip") == column).all():
        return found, len(few)
    values, codes = np.unique(column, return_inverse=True)
    return codes.astype(np.int64, copy=False), len(values)


def _fits(span: int, column: Ints | Floats) -> bool:
    """Whether a table of which of so many numbers occur in a column is faster than sorting it."""
    return span <= 4 * len(column) + 1000


def occurrences(first: Ints, last: Ints, step: Ints, year: int) -> Ints:
    """Return how often each line has fallen by the end of a year (from 0).

    >>> occurrences(np.array([2]), np.array([59]), np.array([12]), 1)  # annual, from month 3, by month 24
    array([2])
    """
    fallen: Ints = np.maximum((np.minimum(last, 12 * year + 11) - first) // step + 1, 0)
    return fallen


def yearly_weights(patterns: Patterns, rates: Floats) -> Floats:
    """Return by how much the price of a line of each pattern counts in each year, years × patterns.

    Parameters
    ----------
    patterns
        The patterns of payment.
    rates
        How much of the reporting currency one unit of a currency is, years × currencies.
    """
    years = len(rates)
    weights = np.empty((years, len(patterns.first)))
    price, units = 1 + patterns.price_growth, 1 + patterns.quantity_growth
    before: Ints | int = 0
    for year in range(years):
        count = occurrences(patterns.first, patterns.last, patterns.step, year)
        more = units**year
        if patterns.quantity is not None:
            grown = np.nan_to_num(patterns.quantity) * more
            seats = np.where(patterns.quantity_growth == 0, grown, whole_seats(grown))
            more = np.where(np.isnan(patterns.quantity), more, seats)
        weights[year] = (count - before) * price**year * more * rates[year][patterns.currency]
        before = count
    return weights


def whole_seats(quantity: Floats) -> Floats:
    """Return quantities rounded up to whole units.

    >>> whole_seats(np.array([27.5, 100 * 1.1]))
    array([ 28., 110.])
    """
    return np.ceil(quantity - _SEAT_TOLERANCE * np.maximum(1.0, np.abs(quantity)))
