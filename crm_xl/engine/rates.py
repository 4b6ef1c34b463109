"""Exchange rates as they stand among the assumptions: pairs such as USD/CNY, by year where they change.

A pair states how much of the second currency one unit of the first is. The same fact read backwards
(1 ÷ rate) is used when only that direction is given. There is no silent 1 and no cross rate.
"""

import re
from collections.abc import Mapping

import numpy as np

from crm_xl.engine.reading import Floats
from crm_xl.engine.schema import currencies, normalise

_PAIR = re.compile(r"^(\S+?)\s?/\s?(\S+?)$")

# From the model year (0-based) at which a rate begins to hold.
Rates = Mapping[tuple[str, str], Mapping[int, float]]


def currency_pair(key: str) -> tuple[str, str] | None:
    """Return the two currency codes of a pair, or None when the text is none.

    >>> currency_pair("usd / CNY")
    ('USD', 'CNY')
    """
    if not (found := _PAIR.match(normalise(key))):
        return None
    pair = [currencies().get(word) for word in found.groups()]
    return (pair[0], pair[1]) if pair[0] and pair[1] else None


def yearly_rate(rates: Rates, currency: str, reporting: str, years: int) -> Floats:
    """Return for each year how much of the reporting currency one unit of a currency is.

    A rate holds from its year until the next one that is given. NaN where no rate holds.
    """
    if currency == reporting:
        return np.ones(years)
    direct, inverse = rates.get((currency, reporting)), rates.get((reporting, currency))
    steps = direct or inverse or {}
    result = np.full(years, np.nan)
    for year in sorted(steps):
        result[max(year, 0) :] = steps[year] if direct else 1 / steps[year]
    return result
