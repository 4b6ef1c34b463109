"""Charges by days: a line is billed for the months, quarters or years of the model, the first and last of them in part.

Each is due on its first day; the one in which the line begins is due on its Start, for the days that are left of it,
and the one in which it ends is charged for the days up to its End. Model years that stand in no calendar have months,
but no days.
"""

from dataclasses import replace

import numpy as np

from crm_xl.engine.contracts import Terms
from crm_xl.engine.costs import Patterns
from crm_xl.engine.due import NEVER, NO_END, since_start
from crm_xl.engine.reading import Floats, Ints
from crm_xl.engine.timeline import Timeline, month_starts, months_of_days


def by_days(terms: Terms, patterns: Patterns, timeline: Timeline) -> list[tuple[Ints, Patterns]]:
    """Return the pieces of the patterns that are charged by days: the first period, and those after it."""
    of = np.flatnonzero(terms.by_day)
    line, step, start, end = patterns.take(of), terms.step[of], terms.start[of], terms.end[of]
    origin = timeline.origin
    month, last = months_of_days(start) - origin, months_of_days(end) - origin
    begin = month // step * step + origin  # of the period of the model in which the line begins
    stop = np.minimum(end + 1, month_starts(begin + step))
    first = replace(
        line,
        step=np.full(len(of), NEVER),
        count=np.where(end >= start, 1, 0),
        part=_part(start, stop, begin, step, timeline),
        last_months=np.maximum(months_of_days(stop - 1) - months_of_days(start) + 1, 1),
        discounted=np.where(start <= terms.until[of], 1, 0),
    )
    following = begin + step
    count = np.maximum((last + origin - following) // step + 1, 0)
    final = following + step * np.maximum(count - 1, 0)
    until = months_of_days(terms.until[of])
    after = replace(
        line,
        first=following - origin,
        count=count,
        part=np.where(end == NO_END, 1.0, _part(month_starts(final), end + 1, final, step, timeline)),
        last_months=np.maximum(last + origin - final + 1, 1),
        since=since_start(start, following),
        discounted=np.maximum((until - following) // step + 1, 0),
    )
    return [(of, first), (of, after)]


def _part(day: Ints, stop: Ints, begin: Ints, step: Ints, timeline: Timeline) -> Floats:
    """Which part of the period that begins with a month lies between two days, the second one not among them."""
    if timeline.start is None:
        used, whole = months_of_days(stop) - months_of_days(day), step
    else:
        used, whole = stop - day, month_starts(begin + step) - month_starts(begin)
    result: Floats = np.minimum(used / whole, 1.0)
    return result
