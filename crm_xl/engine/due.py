"""Due days: a line falls due on its Start, and then every so many months on the same day, until its End.

Where a month has no such day, its last one counts. Days are ordinals (`datetime.date.toordinal`); the days of a
line are never listed: how many lie before a day or a month has a closed form.
"""

import numpy as np

from crm_xl.engine.reading import Ints
from crm_xl.engine.timeline import month_starts, months_of_days

# The months to the next due day of what falls due once.
NEVER = 1_000_000
# A day after every End.
NO_END = 3_000_000


def same_day(start: Ints, months: Ints) -> Ints:
    """Return the same day of the month, so many months on.

    >>> import datetime as dt
    >>> dt.date.fromordinal(same_day(np.array([dt.date(2027, 1, 31).toordinal()]), np.array([1]))[0])
    datetime.date(2027, 2, 28)
    """
    month = months_of_days(start)
    day = start - month_starts(month)
    found = month_starts(month + months)
    result: Ints = found + np.minimum(day, month_starts(month + months + 1) - found - 1)
    return result


def due_until(start: Ints, step: Ints, last: Ints) -> Ints:
    """Return how many due days are not after a day, with `step` months between them.

    Examples
    --------
    From 15 September 2027 to 14 September 2028 are 12 months, 4 quarters and 1 year:

    >>> import datetime as dt
    >>> start, last = (np.array([day.toordinal()] * 3) for day in (dt.date(2027, 9, 15), dt.date(2028, 9, 14)))
    >>> due_until(start, np.array([1, 3, 12]), last).tolist()
    [12, 4, 1]
    """
    first, month = months_of_days(start), months_of_days(last)
    begin = month_starts(month)
    on = np.minimum(start - month_starts(first), month_starts(month + 1) - begin - 1)
    reached = month - (last - begin < on)
    result: Ints = np.maximum((reached - first) // step + 1, 0)
    return result


def since_start(start: Ints, month: Ints) -> Ints:
    """Return the whole months from a Start to the first day of a later month (year × 12 + month − 1)."""
    begun = months_of_days(start)
    result: Ints = month - begun - (start > month_starts(begun))
    return result
