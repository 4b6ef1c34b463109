"""What was typed, as records: assumptions, cost lines and benefit lines, and what the oracle makes of them."""

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

When = dt.date | int  # a day, or a year of the model (1, 2, … or as the calendar counts)
Months = dict[int, float]  # month of the model (1, 2, …) → money
Plan = tuple[tuple[When, float], ...]  # a year, or the first day of a month → what its column holds


@dataclass(frozen=True)
class Settings:
    """The assumptions that a cost line needs."""

    start: dt.date | None = None
    years: int = 5
    currency: str = "CNY"
    tax_basis: str = "net"  # net, gross
    policy: str = "expense_all"  # expense_all, ifrs_saas, us_gaap
    hosting_term: float | None = None  # years
    whole_seats: bool = False
    growth_from: str = "line"  # line, model
    first_rise: str = "year_2"  # year_2, year_1
    rates: tuple[tuple[tuple[str, str], tuple[tuple[int, float], ...]], ...] = ()  # pair → (from model year, rate)


@dataclass(frozen=True)
class Line:
    """A cost line. A blank is None."""

    component: str
    item: str | None = None
    department: str | None = None
    vendor: str | None = None
    quantity: float | None = None
    unit_cost: float | None = None
    amount: float | None = None
    discount: float | None = None
    discount_until: When | None = None
    currency: str | None = None
    frequency: str | int | None = None  # one_off, monthly, quarterly, half_yearly, annual; a number: every N years
    start: When | None = None
    end: When | None = None
    price_growth: float | None = None
    price_lock: float | None = None  # years
    growth_cap: float | None = None
    quantity_growth: float | None = None
    proration: str | None = None  # whole, by_day
    treatment: str | None = None  # expense, capitalise, prepay, accrue
    in_use_from: When | None = None
    life: float | None = None  # years
    tax_rate: float | None = None
    tax_included: bool | None = None
    amounts: Plan = ()
    quantities: Plan = ()

    @property
    def unpriced(self) -> bool:
        return self.amount is None and self.unit_cost is None and not self.amounts


@dataclass(frozen=True)
class Benefit:
    """A benefit line. A blank is None."""

    benefit: str
    department: str | None = None
    volume: float | None = None
    effect: float | None = None
    unit_value: float | None = None
    amount: float | None = None
    currency: str | None = None
    frequency: str | int | None = None
    start: When | None = None
    end: When | None = None
    growth: float | None = None
    ramp_up: float | None = None  # years
    probability: float | None = None


class Key(NamedTuple):
    """Whose money it is."""

    component: str
    department: str | None = None
    vendor: str | None = None
    item: str | None = None


@dataclass(frozen=True)
class Period:
    """What one payment is for: the day it falls due, the part of a whole period that is billed, its months."""

    day: dt.date
    part: Fraction = Fraction(1)
    months: int = 0


@dataclass(frozen=True)
class Due:
    """What falls due for a period, in the reporting currency."""

    period: Period
    money: Fraction
