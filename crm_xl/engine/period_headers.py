"""Headers that name a year or a month: 2027, FY27, 2027年, Year 1, Jan-27, 2027-01, Seats 2027, 数量2027.

The column below holds the amounts of that period, or with a word for a quantity beside it the quantities. What stands
beside the period and is understood as no unit leaves the header unread.
"""

import datetime as dt
import re
from dataclasses import dataclass, replace
from functools import lru_cache

from crm_xl.engine.cells import Cell
from crm_xl.engine.headers import NOTHING, Said, plain, units
from crm_xl.engine.schema import MAX_YEARS, column_names
from crm_xl.engine.timeline import MONTHS, as_date
from crm_xl.engine.typed_values import MONTH_NAMES

# The tables whose lines may be entered by period.
BY_PERIOD = frozenset({"costs", "benefits"})
_AMOUNTS = frozenset({"amount", "budget"})
_QUANTITIES = frozenset({"quantity", "volume"})
_MONTH = "|".join(sorted(MONTH_NAMES, key=len, reverse=True))
# The first that fits counts; what stands before and behind it says what is in the column.
_FORMS = tuple(
    (kind, re.compile(rf"(?<![0-9a-z]){form}(?![0-9])"))
    for kind, form in (
        ("month", r"(?P<year>(?:19|20|21)\d\d)[-/.](?P<month>0?[1-9]|1[0-2])(?![-/.\d])"),
        ("month", r"(?P<year>(?:19|20|21)\d\d) ?年 ?(?P<month>0?[1-9]|1[0-2]) ?月"),
        ("month", rf"(?P<name>{_MONTH})\.?[ \-/']*(?P<year>(?:19|20|21)\d\d|\d\d)"),
        ("month", rf"(?P<year>(?:19|20|21)\d\d)[ \-/]*(?P<name>{_MONTH})(?![a-z])"),
        ("span", r"(?:fy ?)?(?P<year>(?:19|20|21)\d\d)[/-](?P<next>\d\d(?:\d\d)?)(?![-/\d])"),
        ("fiscal", r"fy[ '-]?(?P<year>(?:19|20|21)\d\d|\d\d)"),
        ("fiscal", r"(?P<year>(?:19|20|21)\d\d) ?财年"),
        ("year", r"(?P<year>(?:19|20|21)\d\d)(?: ?年度?)?"),
        ("model", r"(?:year|yr\.?|y)[ -]?(?P<model>\d{1,2})(?![a-z%])"),
        ("model", r"第 ?(?P<model>\d{1,2}|[一二三四五六七八九十]{1,2}) ?年"),
    )
)
_DIGITS = {digit: i for i, digit in enumerate("一二三四五六七八九十", 1)}
_DIGITS |= {f"十{digit}": 10 + i for digit, i in _DIGITS.items() if i < 10}


@dataclass(frozen=True, kw_only=True)
class PeriodHeading:
    """A header that names a period: `kind` is amount or quantity, `when` as `timeline.moment` has it.

    `fiscal` is set for a financial year, which begins in the year it is named by or in the one before. `unread` is what
    the header says beside it and cannot be used.
    """

    kind: str
    when: int
    said: Said = NOTHING
    fiscal: bool = False
    unread: str = ""


def read_period(value: Cell, table: str) -> PeriodHeading | None:
    """Return the period that a header cell of a table names, or None where it names none.

    >>> read_period("Seats 2027", "costs").kind, read_period("Year 3", "costs").when
    ('quantity', 3)
    >>> read_period("Jan-27", "costs").when == MONTHS + 2027 * 12, read_period("Actual 2027", "costs") is None
    (True, True)
    """
    if table not in BY_PERIOD or isinstance(value, bool) or value is None:
        return None
    if isinstance(value, dt.date):
        return PeriodHeading(kind="amount", when=_month(value.year, value.month)) if value.day == 1 else None
    if isinstance(value, int | float):
        if value % 1 == 0 and 1900 <= value <= 2200:
            return PeriodHeading(kind="amount", when=int(value))
        day = as_date(value)
        return None if day is None or day.day != 1 else read_period(day, table)
    return _read(str(value), table)


@lru_cache(maxsize=4096)
def _read(text: str, table: str) -> PeriodHeading | None:
    words = plain(text)
    for kind, form in _FORMS:
        if (found := form.search(words)) is None:
            continue
        heading = _beside(f"{words[: found.start()]} {words[found.end() :]}", table)
        when = _when(found)
        if heading is None or when is None:
            return None
        own = "monthly" if kind == "month" else "annual"
        unread = heading.unread
        if heading.said.frequency not in ("", own):  # a monthly amount in a column of a year
            unread = heading.said.frequency.replace("_", "-")
        return replace(heading, when=when, unread=unread, fiscal=kind == "fiscal")
    return None


def _beside(words: str, table: str) -> PeriodHeading | None:
    """What the words around a period say: amounts, in a unit, or quantities. `when` is not known here."""
    rest = words.replace("()", " ").strip(" -–:·/,()[]")
    said = units(rest, alone=True) if rest else Said()
    kind = "amount"
    if said is None:
        known = column_names(table)
        for name in sorted((n for n, key in known.items() if key in _AMOUNTS | _QUANTITIES), key=len, reverse=True):
            before, found, after = rest.partition(name)
            if found and (said := units(f"{before} {after}".strip(" ()"), alone=True)) is not None:
                kind = "quantity" if known[name] in _QUANTITIES else "amount"
                break
        else:
            return None
    elif said.per_unit:
        kind, said = "quantity", Said(scale=said.scale)  # Users 2027, 2027年席位
    unread = ""
    if said.percent or said.tax or (kind == "quantity" and said.currencies):
        unread = rest
    return PeriodHeading(kind=kind, when=0, said=said, unread=unread)


def _when(found: re.Match[str]) -> int | None:
    parts = found.groupdict()
    if model := parts.get("model"):
        number = int(model) if model.isdecimal() else _DIGITS.get(model, 0)
        return number if 1 <= number <= MAX_YEARS else None
    year = int(parts["year"])
    year += 2000 if year < 100 else 0
    if following := parts.get("next"):
        return year if int(following) % 100 == (year + 1) % 100 else None
    if name := parts.get("name"):
        return _month(year, MONTH_NAMES[name])
    return _month(year, int(parts["month"])) if parts.get("month") else year


def _month(year: int, month: int) -> int:
    return MONTHS + year * 12 + month - 1
