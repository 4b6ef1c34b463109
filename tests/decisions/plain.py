"""Money month by month in plain loops, written from the specification alone: nothing of `crm_xl` is imported.

A line falls in its first month and then every so many months until its last one; its price and quantity grow at each
anniversary of the first. `MIXED` is a cost table over several
departments, currencies and frequencies in a fiscal year that starts in April; `GAINS` are benefits beside it.
"""

import datetime as dt
from dataclasses import dataclass, replace

STEP = {"one-off": None, "monthly": 1, "quarterly": 3, "annual": 12}


@dataclass(frozen=True, kw_only=True)
class Settings:
    years: int = 4
    start: dt.date | None = dt.date(2027, 4, 1)
    rate: float = 0.1
    timing: str = "end"
    # How many CNY one unit is, by model year.
    money: tuple[tuple[str, tuple[float, ...]], ...] = (
        ("USD", (7.1, 7.1, 7.3, 7.3)),
        ("EUR", (7.8, 7.8, 7.8, 7.8)),
    )

    def in_cny(self, currency, year):
        if currency in (None, "CNY"):
            return 1.0
        return dict(self.money)[currency][year]

    def table(self, **more):
        """The assumptions as users type them."""
        rows = [["Key", "Value", "Year"], ["Years", self.years, None], ["Discount rate", self.rate, None]]
        rows.append(["Timing", self.timing, None])
        if self.start:
            rows.append(["Start date", self.start, None])
        for currency, rates in self.money:
            before = None
            for year, rate in enumerate(rates, 1):
                if rate != before:
                    rows.append([f"{currency}/CNY", rate, year])
                before = rate
        return rows + [[key, value, None] for key, value in more.items()]


@dataclass(frozen=True, kw_only=True)
class Line:
    name: str
    amount: float | None = None
    quantity: float | None = None
    price: float | None = None
    department: str | None = None
    item: str | None = None
    vendor: str | None = None
    currency: str | None = None
    frequency: str = "one-off"
    # Months of the model, from 0; None is the first and the last.
    first: int | None = None
    last: int | None = None
    growth: float = 0.0
    more: float = 0.0
    low: float | None = None
    likely: float | None = None
    high: float | None = None
    # Of benefits only.
    drivers: tuple[float, float, float] | None = None
    ramp: float = 0.0
    chance: float = 1.0


def date_of(month, settings):
    if month is None:
        return None
    since = settings.start.month - 1 + month
    return dt.date(settings.start.year + since // 12, since % 12 + 1, 1)


def falls_in(line, settings):
    first, last = line.first or 0, 12 * settings.years - 1 if line.last is None else line.last
    step = STEP[line.frequency]
    if step is None:
        return [first] if first < 12 * settings.years else []
    return [m for m in range(12 * settings.years) if first <= m <= last and (m - first) % step == 0]


def once(line):
    """The money of one payment at the prices and quantities of year 1, in the currency of the line."""
    if line.amount is not None:
        return line.amount
    if line.drivers is not None:
        volume, effect, value = line.drivers
        return volume * effect * value
    return line.quantity * line.price


def payments(line, settings):
    """What falls in which month, in CNY."""
    for month in falls_in(line, settings):
        year, passed = month // 12, (month - (line.first or 0)) // 12
        money = once(line) * (1 + line.growth) ** passed * (1 + line.more) ** passed
        money *= settings.in_cny(line.currency, year) * line.chance
        if line.ramp:
            money *= min(1.0, (passed + 1) / line.ramp)
        yield month, money


def by_year(line, settings):
    """Cash by model year, in CNY."""
    sums = [0.0] * settings.years
    for month, money in payments(line, settings):
        sums[month // 12] += money
    return sums


def by_month(costs, benefits, settings):
    """Net cash month by month, without the one-offs of month 1: a benefit comes in evenly up to the end of its year."""
    sums = [0.0] * 12 * settings.years
    for line in costs:
        for month, money in payments(line, settings):
            sums[month] -= money if line.frequency != "one-off" or line.first else 0.0
    for line in benefits:
        for month, money in payments(line, settings):
            if line.frequency == "one-off":
                sums[month] += money if line.first else 0.0
                continue
            until = min(month + STEP[line.frequency], month - month % 12 + 12)
            for now in range(month, until):
                sums[now] += money / (until - month)
    return sums


def total(lines, settings):
    return sum(sum(by_year(line, settings)) for line in lines)


def apart(lines, settings):
    """What falls at the start (one-offs of month 1), and the sums of the years without it."""
    start, sums = 0.0, [0.0] * settings.years
    for line in lines:
        for year, money in enumerate(by_year(line, settings)):
            if line.frequency == "one-off" and not line.first and year == 0:
                start += money
            else:
                sums[year] += money
    return start, sums


def flows(costs, benefits, settings):
    """Net cash: at the start, and the years."""
    out, outs = apart(costs, settings)
    come, comes = apart(benefits, settings)
    return come - out, [b - c for b, c in zip(comes, outs, strict=True)]


def present(start, sums, settings):
    """The value at the start, by adding one year after the other."""
    when = {"start": 0.0, "mid": 0.5, "end": 1.0}[settings.timing]
    worth = start
    for year, money in enumerate(sums):
        worth += money / (1 + settings.rate) ** (year + when)
    return worth


COST_HEADER = [
    "Department", "Component", "Item", "Vendor", "Currency", "Frequency", "Quantity", "Unit cost", "Amount", "Start",
    "End", "Price growth", "Quantity growth", "Low", "Likely", "High",
]  # fmt: skip


def cost_table(lines, settings=None):
    """The cost lines as a range, dates as dates."""
    settings = settings or Settings()
    rows = [COST_HEADER]
    for li in lines:
        rows.append([
            li.department, li.name, li.item, li.vendor, li.currency, li.frequency, li.quantity, li.price, li.amount,
            date_of(li.first, settings), date_of(li.last, settings), li.growth or None, li.more or None, li.low,
            li.likely, li.high,
        ])  # fmt: skip
    return rows


def benefit_table(lines, settings=None):
    settings = settings or Settings()
    rows = [[
        "Benefit", "Volume", "Effect", "Unit value", "Amount", "Currency", "Frequency", "Start", "End", "Growth",
        "Ramp-up", "Probability",
    ]]  # fmt: skip
    for li in lines:
        rows.append([
            li.name, *(li.drivers or (None, None, None)), li.amount, li.currency, li.frequency,
            date_of(li.first, settings), date_of(li.last, settings), li.growth or None, li.ramp or None, li.chance,
        ])  # fmt: skip
    return rows


MIXED = (
    Line(name="Licence", item="Seats", department="Sales", vendor="Vela", quantity=120, price=25, currency="USD",
         frequency="monthly", growth=0.05, more=0.1),
    Line(name="Licence", item="Desk", department="Service", vendor="Orion", amount=30_000, frequency="quarterly",
         first=2, last=31),
    Line(name="Customisation", item="Coding", department="IT", vendor="Vela", amount=80_000, currency="EUR"),
    Line(name="Customisation", item="Testing", department="Sales", quantity=40, price=1500, first=10),
    Line(name="Maintenance", item="Support", department="IT", vendor="Vela", amount=6000, currency="USD",
         frequency="annual", first=12, growth=0.03),
    Line(name="Training", item="Sessions", department="HR", quantity=25, price=800),
    Line(name="Training", item="Refresher", department="Sales", amount=12_000, frequency="annual", first=9),
    Line(name="Hardware", item="Tablets", department="Service", amount=3000, currency="EUR", frequency="annual",
         last=32),
)  # fmt: skip

GAINS = (
    Line(name="Retention", drivers=(2000, 0.02, 4500), frequency="annual", ramp=2, chance=0.8, growth=0.04),
    Line(name="Efficiency", drivers=(900, 0.3, 95), frequency="monthly", first=7),
    Line(name="Market share", amount=45_000, currency="USD", frequency="annual", first=12, chance=0.35),
    Line(name="Tool avoided", amount=25_000),
    Line(name="Old system sold", amount=8000, currency="EUR", first=3),
)


def with_risk(lines, *spreads):
    """Lines with low, likely and high, from the first on."""
    changed = [replace(li, low=a, likely=m, high=b) for li, (a, m, b) in zip(lines, spreads, strict=False)]
    return (*changed, *lines[len(changed) :])
