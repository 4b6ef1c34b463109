"""Time in a model: months counted from the start, years as columns, dates and year numbers as months.

A moment in a table is read to one whole number before the start of the model is known: a model year
(1, 2, …), a calendar year (1900 to 2200), a month without a day (`MONTHS` + year × 12 + month − 1), or a day
(`DAYS` + its ordinal, as `datetime.date.toordinal` counts).
"""

import datetime as dt
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from crm_xl.data import term
from crm_xl.engine.cells import EPOCH, Cell
from crm_xl.engine.schema import MAX_YEARS

Ints: TypeAlias = npt.NDArray[np.int64]

# Years, months and days stand in this order, each kind above the one before.
MONTHS = 10_000
DAYS = 200_000
# Months in the periods of a model.
YEAR, QUARTER, MONTH = "year", "quarter", "month"
PERIODS = {YEAR: 12, QUARTER: 3, MONTH: 1}
_SHORT = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Model years need no calendar: any year will do to count months in.
_ANY_YEAR = 2001
_EPOCH_1970 = dt.date(1970, 1, 1).toordinal()
_DATE_TEXT = re.compile(r"^\s*(\d{4})\s*(?:-|/|\.|年)\s*(\d{1,2})(?:\s*(?:-|/|\.|月)\s*(\d{1,2})?\s*日?)?\s*$")


def as_date(value: Cell) -> dt.date | None:
    """Return the date in a cell: a date, a serial number of 1954 or later, or text in the order year-month-day.

    >>> as_date(46388.0), as_date("2027年7月")
    (datetime.date(2027, 1, 1), datetime.date(2027, 7, 1))
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and 20_000 <= value < 110_000:
        return EPOCH + dt.timedelta(days=int(value))
    if isinstance(value, str) and (found := _DATE_TEXT.match(value)):
        try:
            return dt.date(int(found[1]), int(found[2]), int(found[3] or 1))
        except ValueError:
            return None
    return None


def moment(value: Cell) -> int | None:
    """Return a date or year number as the one whole number that tables carry, or None if it is neither.

    >>> moment(2027.0), moment("2027年7月") == MONTHS + 2027 * 12 + 6, moment(46388.0) == DAYS + 739982
    (2027, True, True)
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0 and value < 20_000:
        return int(value) if 1 <= value <= 200 or 1900 <= value <= 2200 else None
    if isinstance(value, str) and value.strip().isdecimal():
        return None  # text that looks like a number is text: the sender meant a number
    day = as_date(value)
    if day is None:
        return None
    without_day = isinstance(value, str) and (found := _DATE_TEXT.match(value)) is not None and not found[3]
    return MONTHS + day.year * 12 + day.month - 1 if without_day else DAYS + day.toordinal()


def months_of_days(days: Ints) -> Ints:
    """Return the months of days (ordinals, as `datetime.date.toordinal` counts), as year × 12 + month − 1."""
    since_1970: Ints = (days - _EPOCH_1970).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return since_1970 + 12 * 1970


def month_starts(months: Ints) -> Ints:
    """Return the first days of months, as ordinals."""
    since_1970: Ints = (months - 12 * 1970).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return since_1970 + _EPOCH_1970


def month_number(when: int) -> int | None:
    """Return the month of a moment, as year × 12 + month − 1, or None for a year number."""
    if when >= DAYS:
        day = dt.date.fromordinal(when - DAYS)
        return day.year * 12 + day.month - 1
    return when - MONTHS if when >= MONTHS else None


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """The months of a model: `years` times twelve from the month of `start`, or unnamed model years."""

    years: int
    start: dt.date | None = None

    @property
    def months(self) -> int:
        """The number of months."""
        return self.years * 12

    @cached_property
    def first(self) -> int:
        """The first month, counted as year × 12 + month − 1; 0 for a model without a start date."""
        return self.start.year * 12 + self.start.month - 1 if self.start else 0

    @property
    def origin(self) -> int:
        """The first month as `first` counts; in some year or other for a model without a start date."""
        return self.first if self.start else 12 * _ANY_YEAR

    def days(self, moments: Ints, *, last: bool) -> Ints:
        """Return moments as days (ordinals); a year or a month stands for its first day, or for its last one.

        A year is a model year, or the calendar year in which a model year begins.
        """
        calendar = (moments >= 1900) & (moments < MONTHS)
        years = np.where(calendar, moments - (self.start.year if self.start else 0), moments - 1)
        stated = moments >= MONTHS
        months = np.where(stated, moments - MONTHS, self.origin + 12 * years)
        found = month_starts(months + np.where(stated, 1, 12)) - 1 if last else month_starts(months)
        return np.where(moments >= DAYS, moments - DAYS, found)

    def months_of(self, days: Ints) -> Ints:
        """Return days as months of the model, counted from 0; negative before it begins."""
        return months_of_days(days) - self.origin

    def year_index(self, value: Cell) -> int | None:
        """Return the model year (from 0) that a user names: 2, 2028, "Year 2", or None when it is not in the model."""
        if isinstance(value, str):
            labels = {str(label): i for language in ("en", "zh") for i, label in enumerate(self.labels(language))}
            if value.strip() in labels:
                return labels[value.strip()]
            if not value.strip().isdecimal():
                return None
            value = float(value)
        if (day := as_date(value)) is not None:
            index = (day.year * 12 + day.month - 1 - self.first) // 12 if self.start else -1
        elif isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0:
            index = int(value) - 1
            if value >= 1900:
                index = int(value) - self.start.year if self.start else -1
        else:
            return None
        return index if 0 <= index < self.years else None

    def could_be_year(self, value: Cell) -> bool:
        """Whether a value names a year after the model, as it would be were the model longer."""
        return Timeline(years=MAX_YEARS, start=self.start).year_index(value) is not None

    def labels(self, language: str, count: int | None = None, period: str = YEAR) -> list[Cell]:
        """Return the names of the periods of the model, or of so many of them from its start."""
        size = self.months // PERIODS[period] if count is None else count
        return [self.name(period, i, language) for i in range(size)]

    def name(self, period: str, index: int, language: str) -> Cell:
        """Return the name of a period, counted from the start of the model (0): quarters are those of its years.

        A year is 2027 when the model starts in January, 2027/28 otherwise, or Year 1.

        >>> july = Timeline(years=2, start=dt.date(2027, 7, 1))
        >>> july.name("month", 2, "en"), july.name("quarter", 2, "en"), july.name("year", 1, "en")
        ('Sep-27', '2027/28 Q3', '2028/29')
        >>> Timeline(years=2).name("quarter", 4, "zh")
        '第2年第1季度'
        """
        if period == MONTH:
            if self.start is None:
                return term("model_month", language, month=index + 1)
            year, month = divmod(self.first + index, 12)
            short = f"{_SHORT[month]}-{year % 100:02d}"
            return term("calendar_month", language, year=year, month=month + 1, short=short)
        if period == QUARTER:
            year, quarter = divmod(index, 4)
            named = self.name(YEAR, year, language)
            return term(
                "model_quarter" if self.start is None else "quarter_of", language, year=named, quarter=quarter + 1
            )
        if self.start is None:
            return term("model_year", language, year=index + 1)
        year = self.start.year + index
        return year if self.start.month == 1 else f"{year}/{(year + 1) % 100:02d}"
