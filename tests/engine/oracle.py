"""What a set of contracts costs, month by month: a plain loop over due days that shares nothing with the engine.

It was written from the specification alone and is what the engine is held against. Numbers are exact (fractions of
what was typed) until a due day's money is known. Each rule cites its sentence.

Calendar
    "Periods are months from Start date": month 1 is the calendar month of the assumption Start date, month 12 × Years
    the last. Without a Start date years are model years, and a calendar is only a way to count months. "Years of the
    model as Start or End mean their first and last day"; "a year is a model year (1, 2, …) or a calendar year".
Due days
    "A one-off falls in the month of its Start (month 1 when blank). A recurring line falls due on its Start and then
    every month, quarter, … on the same day (the last of the month where there is none) as long as that day is not
    after its End. Each due day counts in its month." Days before or after the model are not counted, but a line keeps
    its own Start: anniversaries are counted from there.
Price
    "A price is the price at the line's Start. It rises at each anniversary of that Start (Growth from: line; model, at
    each model year), first after Price lock years, else after one (First rise: year 2; year 1), and by no more than
    Growth cap. Quantity growth and the growth of benefits count the same way." A cap bounds each single rise. "Whole
    seats rounds grown quantities up each year." Discount is a part off the price, as long as the due day is not after
    Discount until.
Part periods
    "Proration by day charges a part of the first or last period by days": the line is billed for the months, quarters
    or years of the model, each on its first day; the one that the Start falls in on the Start, for the days that are
    left of it, and the one that the End falls in for the days up to the End.
Plans
    "Columns headed by a year or a month hold the amounts of those periods; with a word for quantity they hold
    quantities." An amount is the whole of its period, shared evenly by the due days in it, and as typed: it does not
    grow. A quantity is the one billed at each due day of its period; the unit cost still grows. A line that
    states no Frequency is billed for each period of its columns, annual or monthly, when the period begins.
Money
    "A key that is a currency pair: USD/CNY 7.10 (one USD is 7.10 CNY), with the Year where it changes": the rate of
    the model year of the due day, either way round. Net = gross ÷ (1 + rate): Tax included says what the price is,
    Tax basis what is wanted. "A negative Amount is a credit: it counts." "A line whose price is not known yet is
    never counted as 0 in silence": it is `unpriced`, to be counted beside the total.
Profit and loss
    Expense: charged when due. Capitalise and prepay: spread over Life, in equal months ("straight-line"), from the
    month of the due day; what is capitalised not before the month of In use from. Accrue (billed in arrears): the
    months up to and with that of the due day; those before the model fall in its first month. What is charged after the
    model is kept, so that "cash view and profit-and-loss view sum to the same over the whole life". A line that states
    no Treatment follows the policy: "ifrs_saas expenses configuration and customisation; us_gaap capitalises the
    implementation work and spreads it over the hosting term; training, data conversion and maintenance are always
    expensed", also where a line says capitalise. Under both the access fee is a "service over the term"
    (finance_conventions § 5): a licence paid for more than a month is charged over the months that it is paid for.
Benefits
    Driver columns or an amount, annual unless said, times Probability, with the same due days and the same growth.
"""

import calendar
import datetime as dt
import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from fractions import Fraction

from .records import Benefit, Due, Key, Line, Months, Period, Settings, When

MONTHS_BETWEEN = {"monthly": 1, "quarterly": 3, "half_yearly": 6, "annual": 12}
DATA_CONVERSION = ("data migration", "data conversion", "数据迁移", "数据转换")


# The calendar


def first_day(settings: Settings) -> dt.date:
    """The first day of month 1. Model years need no calendar: any year will do to count months in."""
    return settings.start.replace(day=1) if settings.start else dt.date(2001, 1, 1)


def same_day(day: dt.date, months: int) -> dt.date:
    """The same day of the month so many months on; the last of the month where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def month_of(day: dt.date, settings: Settings) -> int:
    """Month of the model, 1 for the first; 0 and below before the model."""
    first = first_day(settings)
    return (day.year - first.year) * 12 + day.month - first.month + 1


def year_of(day: dt.date, settings: Settings) -> int:
    return (month_of(day, settings) - 1) // 12 + 1


def begins(when: When, settings: Settings) -> dt.date:
    """A day itself; of a year of the model its first day."""
    if isinstance(when, dt.date):
        return when
    year = when if when <= 100 else when - first_day(settings).year + 1
    return same_day(first_day(settings), 12 * (year - 1))


def ends(when: When, settings: Settings) -> dt.date:
    """A day itself; of a year of the model its last day."""
    if isinstance(when, dt.date):
        return when
    return same_day(begins(when, settings), 12) - dt.timedelta(days=1)


def in_model(day: dt.date, settings: Settings) -> bool:
    return 1 <= month_of(day, settings) <= 12 * settings.years


def step_of(frequency: str | int | None) -> int | None:
    """Months from one due day to the next; None for a one-off."""
    if isinstance(frequency, int):
        return 12 * frequency
    return None if frequency in (None, "one_off") else MONTHS_BETWEEN[frequency]


def frequency(line: Line) -> str | int:
    """What the line says, else one-off; of a line with a plan the length of its columns."""
    if line.frequency or not (line.amounts or line.quantities):
        return line.frequency or "one_off"
    return "monthly" if any(isinstance(when, dt.date) for when, _ in line.amounts or line.quantities) else "annual"


def periods(start: dt.date, step: int | None, end: dt.date | None, settings: Settings) -> Iterator[Period]:
    """Whole periods: every due day in the model."""
    if step is None:
        if in_model(start, settings):
            yield Period(start)
        return
    for n in itertools.count():
        day = same_day(start, n * step)
        if (end is not None and day > end) or month_of(day, settings) > 12 * settings.years:
            return
        if in_model(day, settings):
            yield Period(day, months=step)


def periods_by_day(start: dt.date, step: int, end: dt.date | None, settings: Settings) -> Iterator[Period]:
    """The periods of the model that the line touches, the first and the last of them in part."""
    first = first_day(settings)
    for n in range(12 * settings.years // step + 1):
        begin, following = same_day(first, n * step), same_day(first, (n + 1) * step)
        day = max(begin, start)
        stop = following if end is None else min(following, end + dt.timedelta(days=1))
        if day < stop and in_model(day, settings):
            part = Fraction(months_or_days(day, stop, settings), months_or_days(begin, following, settings))
            yield Period(day, part, month_of(stop - dt.timedelta(days=1), settings) - month_of(day, settings) + 1)


def months_or_days(day: dt.date, stop: dt.date, settings: Settings) -> int:
    """Days from one day to another; model years have months, but no days."""
    return (stop - day).days if settings.start else month_of(stop, settings) - month_of(day, settings)


# Growth


def exact(value: float) -> Fraction:
    """The number as it was typed: 0.1 is a tenth."""
    return Fraction(str(value))


def anniversaries(start: dt.date, day: dt.date) -> int:
    """Anniversaries of the Start up to the day, itself among them."""
    return next(n for n in itertools.count() if same_day(start, 12 * (n + 1)) > day)


def years_passed(start: dt.date, day: dt.date, settings: Settings) -> int:
    """By the line its anniversaries; with Growth from model the beginnings of model years after the first."""
    return year_of(day, settings) - 1 if settings.growth_from == "model" else anniversaries(start, day)


def rises(start: dt.date, day: dt.date, settings: Settings, lock: float | None = None) -> int:
    """How often what is priced at the Start has risen by a day."""
    passed = years_passed(start, day, settings)
    if lock:
        return max(0, passed - math.ceil(lock) + 1)
    return passed + (settings.first_rise == "year_1")


def grown(growth: float | None, times: int, cap: float | None = None) -> Fraction:
    rate = exact(growth or 0)
    if cap is not None:
        rate = min(rate, exact(cap))
    return (1 + rate) ** times


# What falls due


def in_currency(money: Fraction, currency: str | None, day: dt.date, settings: Settings) -> Fraction:
    if currency in (None, settings.currency):
        return money
    rates = dict(settings.rates)
    year = year_of(day, settings)
    pair, turned = (currency, settings.currency), (settings.currency, currency)
    steps = dict(rates[pair] if pair in rates else rates[turned])
    rate = exact(steps[max(since for since in steps if since <= year)])
    return money * rate if pair in rates else money / rate


def on_tax_basis(money: Fraction, line: Line, settings: Settings) -> Fraction:
    included, wanted = bool(line.tax_included), settings.tax_basis == "gross"
    rate = 1 + exact(line.tax_rate or 0)
    if included == wanted:
        return money
    return money / rate if included else money * rate


def asked(money: Fraction, line: Line, day: dt.date, settings: Settings) -> Fraction:
    """A price as it is asked on a day: discount taken off, on the basis of tax and in the currency that are wanted."""
    if line.discount and (line.discount_until is None or day <= ends(line.discount_until, settings)):
        money *= 1 - exact(line.discount)
    return in_currency(on_tax_basis(money, line, settings), line.currency, day, settings)


def priced(line: Line, day: dt.date, quantity: float | None, settings: Settings) -> Fraction:
    """One whole period's price on a day; `quantity` is that of a plan."""
    start = line_start(line, settings)
    price = grown(line.price_growth, rises(start, day, settings, line.price_lock), line.growth_cap)
    if quantity is not None:
        return exact(quantity) * exact(line.unit_cost) * price
    more = grown(line.quantity_growth, rises(start, day, settings))
    if line.quantity is None or line.unit_cost is None:
        return exact(line.amount) * price * more
    units = exact(line.quantity) * more
    if settings.whole_seats and line.quantity_growth:
        units = Fraction(math.ceil(units))
    return units * exact(line.unit_cost) * price


def line_start(line: Line | Benefit, settings: Settings) -> dt.date:
    return first_day(settings) if line.start is None else begins(line.start, settings)


def holds(period: When, day: dt.date, settings: Settings) -> bool:
    """Whether a day lies in the period of a column: a month, or a year of the model."""
    if isinstance(period, dt.date):
        return (period.year, period.month) == (day.year, day.month)
    return begins(period, settings) <= day <= ends(period, settings)


def planned_quantity(line: Line, day: dt.date, settings: Settings) -> float:
    for period, value in line.quantities:
        if holds(period, day, settings):
            return value
    return 0


def due(line: Line, settings: Settings) -> list[Due]:
    """Everything that a line pays in the model, in order of the due days."""
    if line.unpriced:
        return []
    start, step = line_start(line, settings), step_of(frequency(line))
    end = None if line.end is None else ends(line.end, settings)
    by_day = step is not None and line.proration == "by_day"
    billed = list((periods_by_day if by_day else periods)(start, step, end, settings))
    if line.amounts:
        return [one for period, value in line.amounts for one in planned_amount(line, period, value, billed, settings)]
    if line.quantities and step is None:  # what each period needs is bought once, when it begins
        billed = [Period(begins(when, settings)) for when, _ in line.quantities]
        billed = [period for period in billed if in_model(period.day, settings)]
    found = []
    for period in billed:
        quantity = planned_quantity(line, period.day, settings) if line.quantities else None
        money = period.part * priced(line, period.day, quantity, settings)
        found.append(Due(period, asked(money, line, period.day, settings)))
    return found


def planned_amount(line: Line, when: When, value: float, billed: list[Period], settings: Settings) -> list[Due]:
    """The amount of a column: shared by the due days in its period, else due when its period begins."""
    within = [period for period in billed if period.months and holds(when, period.day, settings)]
    first = begins(when, settings)
    if not within and in_model(first, settings):
        within = [Period(first)]
    return [Due(one, asked(exact(value) / len(within), line, one.day, settings)) for one in within]


# The two views of a line


def cash_of(line: Line, settings: Settings) -> Months:
    """Cash by month."""
    return added((month_of(one.period.day, settings), one.money) for one in due(line, settings))


def treatment(line: Line, settings: Settings) -> str:
    """What the line says, else what the policy does with its component."""
    item = (line.item or "").casefold()
    never = line.component in ("training", "maintenance") or any(word in item for word in DATA_CONVERSION)
    said = line.treatment or "expense"
    if line.treatment is None and settings.policy != "expense_all":
        if line.component == "licence" and (step_of(frequency(line)) or 0) > 1:
            said = "prepay"
        if line.component == "customisation" and settings.policy == "us_gaap":
            said = "capitalise"
    return "expense" if said == "capitalise" and never else said


def months_spread(line: Line, period: Period, settings: Settings) -> int:
    """Over how many months a payment is charged: Life; a prepaid period its own months; else the hosting term."""
    if line.life is not None:
        return round(12 * line.life)
    if treatment(line, settings) == "prepay" and period.months:
        return period.months
    if treatment(line, settings) == "accrue":
        return step_of(frequency(line)) or 1
    return round(12 * (settings.hosting_term or settings.years))


def charges_of(line: Line, settings: Settings) -> Months:
    """Charges to profit and loss by month, also those after the model."""
    treated = treatment(line, settings)
    if treated == "expense":
        return cash_of(line, settings)
    rows = []
    for one in due(line, settings):
        day = one.period.day
        if treated == "capitalise" and line.in_use_from is not None:
            day = max(day, begins(line.in_use_from, settings))
        first, months = month_of(day, settings), months_spread(line, one.period, settings)
        if treated == "accrue":
            first -= months - 1  # what is for months before the model is charged in its first one
        rows += [(max(first + n, 1), one.money / months) for n in range(months)]
    return added(rows)


def added(rows: Iterable[tuple[int, Fraction]]) -> Months:
    """Money by month. Each row is rounded once to a float; the floats are added without loss."""
    by_month: defaultdict[int, list[float]] = defaultdict(list)
    for month, money in rows:
        by_month[month].append(float(money))
    return {month: math.fsum(money) for month, money in sorted(by_month.items())}


# Tables


def key_of(line: Line) -> Key:
    return Key(line.component, line.department, line.vendor, line.item)


def cash(lines: Iterable[Line], settings: Settings) -> dict[int, dict[Key, float]]:
    """Cash: month of the model → money by component, department, vendor and item."""
    return gathered((key_of(line), cash_of(line, settings)) for line in lines)


def charges(lines: Iterable[Line], settings: Settings) -> dict[int, dict[Key, float]]:
    """Charges to profit and loss in the same form; months after the model are among them."""
    return gathered((key_of(line), charges_of(line, settings)) for line in lines)


def gathered(rows: Iterable[tuple[Key, Months]]) -> dict[int, dict[Key, float]]:
    table: defaultdict[int, defaultdict[Key, float]] = defaultdict(lambda: defaultdict(float))
    for key, months in rows:
        for month, money in months.items():
            table[month][key] += money
    return {month: dict(table[month]) for month in sorted(table)}


def by_period(months: Months, length: int, least: int = 0) -> list[float]:
    """Money by periods of so many months from month 1: 1, 3 for quarters, 12 for years; at least `least` of them."""
    count = max(least, -(-max(months, default=0) // length))
    return [math.fsum(money for m, money in months.items() if (m - 1) // length == n) for n in range(count)]


def cash_by_year(line: Line, settings: Settings) -> list[float]:
    return by_period(cash_of(line, settings), 12, settings.years)


def charges_by_year(line: Line, settings: Settings) -> list[float]:
    return by_period(charges_of(line, settings), 12, settings.years)


def total(lines: Iterable[Line], settings: Settings) -> float:
    return math.fsum(money for line in lines for money in cash_of(line, settings).values())


def amortisation(
    lines: Iterable[Line], settings: Settings, length: int = 12, treatments: tuple[str, ...] = ("capitalise",)
) -> list[tuple[float, ...]]:
    """Opening, added, charged, closing of what is capitalised, by years (or other periods), until all is charged."""
    spread = [line for line in lines if treatment(line, settings) in treatments]
    paid = [by_period(cash_of(line, settings), length) for line in spread]
    charged = [by_period(charges_of(line, settings), length) for line in spread]
    rows, opening = [], 0.0
    for n in range(max((len(row) for row in (*paid, *charged)), default=0)):
        more, less = (math.fsum(row[n] for row in table if n < len(row)) for table in (paid, charged))
        rows.append((opening, more, less, opening + more - less))
        opening += more - less
    return rows


# Benefits


def benefit_of(line: Benefit, settings: Settings) -> Months:
    """A benefit by month, with its probability."""
    start = line_start(line, settings)
    step = step_of(line.frequency or "annual")
    end = None if line.end is None else ends(line.end, settings)
    money = line.amount
    whole = exact(money) if money is not None else exact(line.volume) * exact(line.effect) * exact(line.unit_value)
    rows = []
    for period in periods(start, step, end, settings):
        day = period.day
        value = whole * grown(line.growth, rises(start, day, settings))
        if line.ramp_up:
            value *= min(Fraction(1), (anniversaries(start, day) + 1) / exact(line.ramp_up))
        value *= exact(1 if line.probability is None else line.probability)
        rows.append((month_of(day, settings), in_currency(value, line.currency, day, settings)))
    return added(rows)
