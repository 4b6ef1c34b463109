"""Functions of dates and times; a day is a serial number from 1900 (with its 29 February), or from 1904."""

import datetime as dt
import math
from calendar import monthrange
from typing import Any

import numpy as np

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.worksheet_functions.arrays import Ref
from crm_xl.hosts.headless.worksheet_functions.catalogue import excel
from crm_xl.hosts.headless.worksheet_functions.context import Context
from crm_xl.hosts.headless.worksheet_functions.gathering import values_in
from crm_xl.hosts.headless.worksheet_functions.reading import LAST_DAY, date_number, to_number
from crm_xl.hosts.headless.worksheet_functions.values import NUM, VALUE, Fault, Scalar, to_bool

_EPOCH = dt.date(1899, 12, 30).toordinal()
_FROM_1904 = 1462


def civil(serial: float, since_1904: bool) -> tuple[int, int, int]:
    """Return year, month and day of a serial number.

    >>> civil(46388.0, False), civil(60.0, False), civil(0.0, False)
    ((2027, 1, 1), (1900, 2, 29), (1900, 1, 0))

    Raises
    ------
    Fault
        #NUM! where it is no date.
    """
    number = math.floor(serial)
    if since_1904:
        if not 0 <= number <= LAST_DAY - _FROM_1904:
            raise Fault(NUM)
        date = dt.date.fromordinal(_EPOCH + number + _FROM_1904)
        return date.year, date.month, date.day
    if not 0 <= number <= LAST_DAY:
        raise Fault(NUM)
    if number == 60:
        return 1900, 2, 29
    if number == 0:
        return 1900, 1, 0
    date = dt.date.fromordinal(_EPOCH + number + (number < 60))
    return date.year, date.month, date.day


def serial_of(year: int, month: int, day: int, since_1904: bool) -> float:
    """Return the serial number of a day; months and days may lie outside their ranges and count on.

    Raises
    ------
    Fault
        #NUM! where it lies before the first day or after the last.
    """
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    if not 1900 <= year <= 9999:
        raise Fault(NUM)
    first = dt.date(year, month, 1).toordinal() - _EPOCH
    if since_1904:
        number = first - _FROM_1904 + day - 1
        if not 0 <= number <= LAST_DAY - _FROM_1904:
            raise Fault(NUM)
        return float(number)
    number = (first if first > 60 else first - 1) + day - 1
    if not 0 <= number <= LAST_DAY:
        raise Fault(NUM)
    return float(number)


def _last_of_month(year: int, month: int, since_1904: bool) -> int:
    return 29 if (year, month) == (1900, 2) and not since_1904 else monthrange(year, month)[1]


@excel("DATE", "nnn", context=True)
def date(context: Context, year: float, month: float, day: float) -> float:
    """The serial number of a day."""
    whole = math.floor(year)
    if whole < 0 or whole > 9999 or abs(month) > 1e6 or abs(day) > 1e7:
        raise Fault(NUM)
    first = 1904 if context.since_1904 else 1900
    return serial_of(whole + 1900 if whole < first else whole, math.floor(month), math.floor(day), context.since_1904)


@excel("YEAR", "n", context=True)
def year(context: Context, serial: float) -> float:
    """The year of a date."""
    return float(civil(serial, context.since_1904)[0])


@excel("MONTH", "n", context=True)
def month(context: Context, serial: float) -> float:
    """The month of a date."""
    return float(civil(serial, context.since_1904)[1])


@excel("DAY", "n", context=True)
def day(context: Context, serial: float) -> float:
    """The day of a date."""
    return float(civil(serial, context.since_1904)[2])


def clock(serial: float) -> tuple[int, int, int]:
    """Return hour, minute and second of a serial number, to the nearest second.

    Raises
    ------
    Fault
        #NUM! where it is negative.
    """
    if serial < 0:
        raise Fault(NUM)
    seconds = int((serial - math.floor(serial)) * 86400 + 0.5) % 86400
    return seconds // 3600, seconds // 60 % 60, seconds % 60


@excel("HOUR", "n")
def hour(serial: float) -> float:
    """The hour of a time."""
    return float(clock(serial)[0])


@excel("MINUTE", "n")
def minute(serial: float) -> float:
    """The minute of a time."""
    return float(clock(serial)[1])


@excel("SECOND", "n")
def second(serial: float) -> float:
    """The second of a time."""
    return float(clock(serial)[2])


@excel("TIME", "nnn")
def time(hours: float, minutes: float, seconds: float) -> float:
    """The part of a day that a time is."""
    if max(hours, minutes, seconds) >= 32768:
        raise Fault(NUM)
    total = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    if total < 0:
        raise Fault(NUM)
    return total / 86400 - total // 86400


@excel("DATEVALUE", "t", context=True)
def datevalue(context: Context, text: str) -> float:
    """The date that a text means."""
    return float(math.floor(date_number(text, context.since_1904)))


@excel("TIMEVALUE", "t", context=True)
def timevalue(context: Context, text: str) -> float:
    """The time that a text means."""
    found = date_number(text, context.since_1904)
    return found - math.floor(found)


@excel("WEEKDAY", "nn")
def weekday(serial: float, kind: float = 1.0) -> float:
    """The day of the week, from Sunday (1) or as the kind says."""
    if not 0 <= serial < LAST_DAY + 1:
        raise Fault(NUM)
    from_sunday = (math.floor(serial) - 1) % 7
    style = int(kind)
    if style == 1:
        return from_sunday + 1.0
    if style == 2:
        return (from_sunday - 1) % 7 + 1.0
    if style == 3:
        return float((from_sunday - 1) % 7)
    if 11 <= style <= 17:
        return (from_sunday - (style - 10)) % 7 + 1.0
    raise Fault(NUM)


@excel("WEEKNUM", "xx", context=True)
def weeknum(context: Context, serial: float, kind: float = 1.0) -> float:
    """The number of the week in the year."""
    style = int(kind)
    if style == 21:
        return isoweeknum(context, serial)
    first = {1: 0, 2: 1, **{10 + at: at % 7 for at in range(1, 8)}}.get(style)
    if first is None:
        raise Fault(NUM)
    year_ = civil(serial, context.since_1904)[0]
    start = serial_of(year_, 1, 1, context.since_1904)
    shift = _FROM_1904 if context.since_1904 else 0
    return float((math.floor(serial) - start + (start + shift - 1 - first) % 7) // 7 + 1)


@excel("ISOWEEKNUM", "n", context=True)
def isoweeknum(context: Context, serial: float) -> float:
    """The number of the week in the year by ISO 8601."""
    thursday = math.floor(serial) - weekday(serial + (_FROM_1904 if context.since_1904 else 0), 2.0) + 4
    if thursday < 1 and not context.since_1904:
        return 52.0
    first = serial_of(civil(max(thursday, 0.0), context.since_1904)[0], 1, 1, context.since_1904)
    return (thursday - first) // 7 + 1


def _months_on(serial: float, months: float, since_1904: bool) -> tuple[int, int, int]:
    year_, month_, day_ = civil(serial, since_1904)
    at = year_ * 12 + month_ - 1 + int(months)
    if not 1900 <= at // 12 <= 9999:
        raise Fault(NUM)
    return at // 12, at % 12 + 1, day_


@excel("EDATE", "xx", context=True)
def edate(context: Context, serial: float, months: float) -> float:
    """The same day so many months on."""
    year_, month_, day_ = _months_on(serial, months, context.since_1904)
    last = _last_of_month(year_, month_, context.since_1904)
    return serial_of(year_, month_, min(day_, last), context.since_1904)


@excel("EOMONTH", "xx", context=True)
def eomonth(context: Context, serial: float, months: float) -> float:
    """The last day of the month so many months on."""
    year_, month_, _ = _months_on(serial, months, context.since_1904)
    return serial_of(year_, month_, _last_of_month(year_, month_, context.since_1904), context.since_1904)


@excel("DAYS", "nn")
def days(end: float, start: float) -> float:
    """The days between two dates."""
    if not (0 <= end <= LAST_DAY + 1 and 0 <= start <= LAST_DAY + 1):
        raise Fault(NUM)
    return float(math.floor(end) - math.floor(start))


def days_360(start: tuple[int, int, int], end: tuple[int, int, int], european: bool, *, strict: bool = False) -> float:
    """Return the days between two dates in years of twelve months of 30 days.

    `strict` is the American rule that also moves the end of February to the 30th where both are.
    """
    y1, m1, d1 = start
    y2, m2, d2 = end
    if european:
        d1, d2 = min(d1, 30), min(d2, 30)
    else:
        last = d1 == monthrange(max(y1, 1), m1)[1] or (y1, m1, d1) == (1900, 2, 29)
        if strict and m1 == 2 and last:
            if m2 == 2 and d2 == monthrange(y2, m2)[1]:
                d2 = 30
            d1 = 30
        elif not strict and m1 == 2 and last:
            d1 = 30
        if d2 == 31:
            if d1 >= 30:
                d2 = 30
            elif not strict:
                d2, m2 = 1, m2 + 1
        d1 = min(d1, 30)
    return float((y2 - y1) * 360 + (m2 - m1) * 30 + d2 - d1)


@excel("DAYS360", "nne", context=True)
def days360(context: Context, start: float, end: float, european: Scalar = False) -> float:
    """The days between two dates in years of twelve months of 30 days."""
    one, two = (civil(serial + 0.5 / 86400, context.since_1904) for serial in (start, end))
    return days_360(one, two, european is not None and to_bool(european))


def year_fraction(start: float, end: float, basis: int, since_1904: bool) -> float:
    """Return the years between two dates by a basis: 0 30/360, 1 actual, 2 actual/360, 3 actual/365, 4 European 30/360.

    Raises
    ------
    Fault
        #NUM! where there is no such basis.
    """
    first, last = sorted((math.floor(start), math.floor(end)))
    if not 0 <= basis <= 4:
        raise Fault(NUM)
    one, two = civil(first, since_1904), civil(last, since_1904)
    if basis in (0, 4):
        return days_360(one, two, basis == 4, strict=True) / 360
    if basis in (2, 3):
        return (last - first) / (360 if basis == 2 else 365)
    if first == last:
        return 0.0
    later = one[0] + 1 == two[0] and (two[1], two[2]) <= (one[1], one[2])
    if one[0] == two[0] or later:
        return (last - first) / _days_of_year(one, two, same=one[0] == two[0])
    total = sum(366 if _leap(year_) else 365 for year_ in range(one[0], two[0] + 1))
    return (last - first) / (total / (two[0] - one[0] + 1))


def _leap(year_: int) -> bool:
    return monthrange(year_, 2)[1] == 29


def _days_of_year(one: tuple[int, int, int], two: tuple[int, int, int], *, same: bool) -> int:
    if same:
        return 366 if _leap(one[0]) else 365
    has_leap_day = (_leap(one[0]) and one[1:] <= (2, 29)) or (_leap(two[0]) and two[1:] >= (2, 29))
    return 366 if has_leap_day else 365


@excel("YEARFRAC", "zzz", context=True)
def yearfrac(context: Context, start: Scalar, end: Scalar, basis: Scalar = 0.0) -> float:
    """The years between two dates by a basis."""
    if type(basis) is bool or type(start) is bool or type(end) is bool:
        raise Fault(VALUE)
    base = math.floor(to_number(basis))
    if not 0 <= base <= 4:
        raise Fault(NUM)
    one, two = to_number(start, context.since_1904), to_number(end, context.since_1904)
    return year_fraction(one, two, base, context.since_1904)


@excel("DATEDIF", "nnt", context=True)
def datedif(context: Context, start: float, end: float, unit: str) -> float:
    """The whole years, months or days between two dates."""
    first, last = math.floor(start), math.floor(end)
    if first > last:
        raise Fault(NUM)
    one, two = civil(first, context.since_1904), civil(last, context.since_1904)
    months = (two[0] - one[0]) * 12 + two[1] - one[1] - (two[2] < one[2])
    match unit.upper():
        case "D":
            return float(last - first)
        case "M":
            return float(months)
        case "Y":
            return float(months // 12)
        case "YM":
            return float(months % 12)
        case "MD":
            if two[2] >= one[2]:
                return float(two[2] - one[2])
            before = serial_of(two[0], two[1] - 1, one[2], context.since_1904)
            return last - before
        case "YD":
            reached = (two[1], two[2]) >= (one[1], one[2])
            anniversary = serial_of(one[0] + (not reached), two[1], two[2], context.since_1904)
            return anniversary - first
        case _:
            raise Fault(NUM)


def _weekend(given: Scalar) -> frozenset[int]:
    """The days of the week (Monday 0) that are free."""
    if given is None:
        return frozenset({5, 6})
    if type(given) is str and len(given) == 7 and set(given) <= {"0", "1"}:
        free = frozenset(at for at, sign in enumerate(given) if sign == "1")
        if len(free) == 7:
            raise Fault(VALUE)
        return free
    number = int(to_number(given))
    if 1 <= number <= 7:
        return frozenset({(number + 4) % 7, (number + 5) % 7})
    if 11 <= number <= 17:
        return frozenset({(number - 11 + 6) % 7})
    raise Fault(NUM)


def _holidays(context: Context, given: Any) -> set[int]:
    if given is None:
        return set()
    many = isinstance(given, Ref | np.ndarray)
    found = set()
    for value in values_in(context, given):
        if isinstance(value, ErrorValue):
            raise Fault(value)
        if value is None or (many and value == ""):
            continue
        found.add(math.floor(to_number(value, context.since_1904)))
    return found


def _working(number: int, free: frozenset[int], holidays: set[int], since_1904: bool) -> bool:
    shifted = number + _FROM_1904 if since_1904 else number
    return (shifted - 2) % 7 not in free and number not in holidays


def _networkdays(context: Context, start: float, end: float, free: frozenset[int], holidays: Any) -> float:
    first, last = math.floor(start), math.floor(end)
    civil(first, context.since_1904), civil(last, context.since_1904)
    off = _holidays(context, holidays)
    sign = 1 if first <= last else -1
    low, high = min(first, last), max(first, last)
    weeks, rest = divmod(high - low + 1, 7)
    count = weeks * (7 - len(free))
    count += sum(_working(low + weeks * 7 + at, free, set(), context.since_1904) for at in range(rest))
    count -= sum(low <= number <= high and _working(number, free, set(), context.since_1904) for number in off)
    return float(sign * count)


@excel("NETWORKDAYS", "xxr", context=True)
def networkdays(context: Context, start: float, end: float, holidays: Any = None) -> float:
    """The working days between two dates, both included."""
    return _networkdays(context, start, end, _weekend(None), holidays)


@excel("NETWORKDAYS.INTL", "xxer", context=True)
def networkdays_intl(context: Context, start: float, end: float, weekend: Scalar = None, holidays: Any = None) -> float:
    """The working days between two dates, with free days as given."""
    return _networkdays(context, start, end, _weekend(weekend), holidays)


def _workday(context: Context, start: float, count: float, free: frozenset[int], holidays: Any) -> float:
    number, left = math.floor(start), int(count)
    off = _holidays(context, holidays)
    if abs(left) > LAST_DAY:
        raise Fault(NUM)
    step = 1 if left > 0 else -1
    while left:
        number += step
        if not 0 <= number <= LAST_DAY:
            raise Fault(NUM)
        if _working(number, free, off, context.since_1904):
            left -= step
    civil(number, context.since_1904)
    return float(number)


@excel("WORKDAY", "xxr", context=True)
def workday(context: Context, start: float, count: float, holidays: Any = None) -> float:
    """The day so many working days on."""
    return _workday(context, start, count, _weekend(None), holidays)


@excel("WORKDAY.INTL", "xxer", context=True)
def workday_intl(context: Context, start: float, count: float, weekend: Scalar = None, holidays: Any = None) -> float:
    """The day so many working days on, with free days as given."""
    return _workday(context, start, count, _weekend(weekend), holidays)


@excel("NOW", "", context=True)
def now(context: Context) -> float:
    """The date and time of the clock."""
    moment = dt.datetime.now()
    days_ = moment.toordinal() - _EPOCH - (_FROM_1904 if context.since_1904 else 0)
    return days_ + (moment.hour * 3600 + moment.minute * 60 + moment.second) / 86400


@excel("TODAY", "", context=True)
def today(context: Context) -> float:
    """The date of the clock."""
    return float(math.floor(now(context)))
