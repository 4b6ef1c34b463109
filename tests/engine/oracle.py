"""The reference for the cost engine: one plain loop over months, written from the specification alone.

Nothing of `crm_xl` is imported and nothing is computed in closed form. A model has months 0, 1, 2, … counted from
its start; a line is paid in some of them; what is paid is charged to profit and loss in some of them.
"""

import datetime as dt
import math
from dataclasses import dataclass
from fractions import Fraction

# What is over a whole seat by less than this is not one more seat.
SEAT_TOLERANCE = Fraction(1, 10**9)
PERIOD = {"one_off": None, "monthly": 1, "quarterly": 3, "annual": 12}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The assumptions, as they are meant."""

    start: dt.date | None = None
    years: int = 5
    currency: str = "CNY"
    tax_basis: str = "net"
    policy: str = "expense_all"
    hosting_term: float | None = None
    whole_seats: bool = False
    # (one unit of this, is so much of that) -> [(year from which it holds, rate)]
    rates: tuple[tuple[tuple[str, str], tuple[tuple[int, float], ...]], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Line:
    """A cost line, as it is meant. `start` and `end` are dates, model years (1, 2, …) or calendar years (2027)."""

    component: str
    item: str | None = None
    department: str | None = None
    vendor: str | None = None
    quantity: float | None = None
    unit_cost: float | None = None
    amount: float | None = None
    currency: str | None = None
    frequency: str | None = None
    start: dt.date | int | None = None
    end: dt.date | int | None = None
    price_growth: float | None = None
    quantity_growth: float | None = None
    treatment: str | None = None
    life: float | None = None
    tax_rate: float | None = None
    tax_included: bool | None = None

    @property
    def unpriced(self) -> bool:
        return self.amount is None and self.unit_cost is None


# Time


def model_year(year: int, settings: Settings) -> int:
    """A calendar year names the model year that begins in it."""
    if year < 1000:
        return year
    assert settings.start is not None
    return year - settings.start.year + 1


def month_of(date: dt.date, settings: Settings) -> int:
    assert settings.start is not None
    return (date.year - settings.start.year) * 12 + date.month - settings.start.month


def first_month(line: Line, settings: Settings) -> int:
    if line.start is None:
        return 0
    if isinstance(line.start, dt.date):
        return month_of(line.start, settings)
    return 12 * (model_year(line.start, settings) - 1)


def last_month(line: Line, settings: Settings) -> int:
    """The last month in which a recurring line may fall; the model's last month where none is stated."""
    if line.end is None:
        return 12 * settings.years - 1
    if isinstance(line.end, dt.date):
        return month_of(line.end, settings)
    return 12 * model_year(line.end, settings) - 1


def months_of_payment(line: Line, settings: Settings) -> list[int]:
    months = []
    period = PERIOD[line.frequency or "one_off"]
    for month in range(12 * settings.years):
        since = month - first_month(line, settings)
        if period is None:
            if since == 0:
                months.append(month)
        elif since >= 0 and since % period == 0 and month <= last_month(line, settings):
            months.append(month)
    return months


# Money


def exchange_rate(line: Line, settings: Settings, year: int) -> float:
    """How many units of the reporting currency one unit of the line's currency is in a model year (1, 2, …)."""
    given = line.currency or settings.currency
    if given == settings.currency:
        return 1.0
    rates = dict(settings.rates)
    for pair, backwards in (((given, settings.currency), False), ((settings.currency, given), True)):
        if pair in rates:
            holds = None
            for since, rate in sorted(rates[pair]):
                if since <= year:
                    holds = rate
            if holds is not None:
                return 1 / holds if backwards else holds
    raise LookupError(f"no rate for {given} in year {year}")


def units(line: Line, settings: Settings, year: int) -> float:
    """The quantity in a model year (1, 2, …), grown once a year; whole seats are counted exactly, as people do."""
    grown = Fraction(repr(line.quantity)) * (1 + Fraction(repr(line.quantity_growth or 0))) ** (year - 1)
    if settings.whole_seats:
        return float(math.ceil(grown - SEAT_TOLERANCE * max(1, grown)))
    return float(grown)


def payment(line: Line, settings: Settings, month: int) -> float:
    """What the line costs when it falls in a month, in the reporting currency and on the tax basis of the model."""
    year = month // 12 + 1
    if line.amount is not None:
        money = line.amount * (1 + (line.quantity_growth or 0)) ** (year - 1)
    else:
        money = units(line, settings, year) * line.unit_cost
    money *= (1 + (line.price_growth or 0)) ** (year - 1)
    rate = line.tax_rate or 0
    if line.tax_included and settings.tax_basis == "net":
        money /= 1 + rate
    if not line.tax_included and settings.tax_basis == "gross":
        money *= 1 + rate
    return money * exchange_rate(line, settings, year)


def cash_by_month(line: Line, settings: Settings) -> dict[int, float]:
    if line.unpriced:
        return {}
    return {month: payment(line, settings, month) for month in months_of_payment(line, settings)}


def cash_by_year(line: Line, settings: Settings) -> list[float]:
    """Cash in model years 1 … N."""
    sums = [0.0] * settings.years
    for month, money in cash_by_month(line, settings).items():
        sums[month // 12] += money
    return sums


# Accounting


def names_expensed_work(line: Line) -> bool:
    """Training and data conversion are expensed wherever they are named: in the item, or in an own component."""
    text = line.item or ""
    if line.component not in ("licence", "customisation", "maintenance", "training"):
        text += " " + line.component
    return any(word in text.lower() for word in ("migration", "迁移", "training", "培训"))


def treatment(line: Line, settings: Settings) -> str:
    component = line.component
    never = component in ("maintenance", "training") or names_expensed_work(line)
    if line.treatment is not None:
        return "expense" if line.treatment == "capitalise" and never else line.treatment
    if settings.policy == "us_gaap" and component == "customisation" and not names_expensed_work(line):
        return "capitalise"
    by_period = line.frequency in ("quarterly", "annual")
    if settings.policy in ("ifrs_saas", "us_gaap") and component == "licence" and by_period:
        return "prepay"
    return "expense"


def months_of_charge(line: Line, settings: Settings) -> int:
    """Over how many months each payment is charged, its own month the first."""
    how = treatment(line, settings)
    if how == "expense":
        return 1
    if line.life is not None:
        years = line.life
    elif how == "prepay" and PERIOD[line.frequency or "one_off"] is not None:
        return PERIOD[line.frequency]
    else:
        years = settings.hosting_term if settings.hosting_term is not None else settings.years
    months = round(years * 12)
    assert months >= 1
    assert abs(months - years * 12) < 1e-9, "the oracle knows whole months only"
    return months


def charges_by_year(line: Line, settings: Settings) -> list[float]:
    """Charges in model years 1, 2, … as far as they go, at least N."""
    months = months_of_charge(line, settings)
    sums = [0.0] * (settings.years + math.ceil(months / 12))
    for paid, money in cash_by_month(line, settings).items():
        for month in range(paid, paid + months):
            sums[month // 12] += money / months
    return sums


def amortisation(lines: list[Line], settings: Settings) -> list[tuple[float, float, float, float]]:
    """Opening, capitalised, charge and closing by model year, until nothing is left."""
    capitalised = [line for line in lines if treatment(line, settings) == "capitalise"]
    additions = [cash_by_year(line, settings) for line in capitalised]
    charges = [charges_by_year(line, settings) for line in capitalised]
    rows = []
    opening = 0.0
    for year in range(max([settings.years, *map(len, charges)])):
        added = sum(a[year] for a in additions if year < len(a))
        charged = sum(c[year] for c in charges if year < len(c))
        rows.append((opening, added, charged, opening + added - charged))
        opening += added - charged
    return rows


# Sums


def total(lines: list[Line], settings: Settings) -> float:
    return sum(sum(cash_by_year(line, settings)) for line in lines)
