"""Contracts made up by Hypothesis: lines that use every column, with the days on which terms turn.

`kinds` says which columns a model may use, so that a fault can be cornered: `models_made(kinds=("lock", "before"))`.
"""

import calendar
import datetime as dt
import random

from hypothesis import strategies as st

from .oracle import begins, ends, first_day, same_day, step_of
from .records import Benefit, Line, Plan, Settings, When
from .tables import COMPONENTS, CURRENCIES, DEPARTMENTS, Made, assumption_table, cost_table

# What a model may have beside amounts, quantities, growth, tax, currencies and accounting by month and year.
KINDS = (
    "days",  # due days, last days of terms and the days about them; else lines begin on a 1st and end on a last day
    "before",  # lines that began before the model and run into it
    "after",  # lines that begin after the model
    "discount",
    "lock",
    "cap",
    "growth from",
    "first rise",
    "half-yearly",
    "every N years",
    "by day",
    "in use from",
    "credits",
    "amounts",  # columns of amounts by year or month
    "quantities",  # columns of quantities by year or month
)
DAYS = (1, 2, 14, 15, 28, 29, 30, 31)

cents = st.integers(0, 50_000_000).map(lambda n: n / 100)
growths = st.one_of(
    st.none(), st.integers(-1000, 500).map(lambda n: n / 1000), st.sampled_from((0.0, -1.0, 0.1, -0.05))
)
seat_growths = growths.filter(lambda growth: growth in (None, -1.0) or growth > -0.5)
lives = st.one_of(st.none(), st.integers(1, 72).map(lambda months: months / 12), st.integers(1, 8).map(float))
percents = st.integers(0, 100).map(lambda n: n / 100)


def on_day(first: dt.date, months: int, day: int) -> dt.date:
    """A day of the month so many months on, or its last."""
    month = same_day(first.replace(day=1), months)
    return month.replace(day=min(day, calendar.monthrange(month.year, month.month)[1]))


@st.composite
def settings_made(draw: st.DrawFn, kinds: tuple[str, ...] = KINDS) -> Settings:
    years = draw(st.one_of(st.integers(1, 6), st.integers(1, 30)))
    start = draw(st.none() | st.dates(dt.date(2020, 1, 1), dt.date(2040, 12, 31)))
    if start and draw(st.booleans()):
        start = start.replace(month=1, day=1)
    currency = draw(st.sampled_from(CURRENCIES))
    rates = []
    for other in CURRENCIES:
        if other != currency:
            pair = draw(st.sampled_from(((other, currency), (currency, other))))
            later = draw(st.lists(st.integers(2, years + 1), unique=True, max_size=2)) if years > 1 else []
            values = [draw(st.integers(1, 20_000)) / 1000 for _ in range(len(later) + 1)]
            rates.append((pair, tuple(zip((1, *(y for y in later if y <= years)), values, strict=False))))
    return Settings(
        start=start,
        years=years,
        currency=currency,
        tax_basis=draw(st.sampled_from(("net", "gross"))),
        policy=draw(st.sampled_from(("expense_all", "ifrs_saas", "us_gaap"))),
        hosting_term=draw(st.none() | st.integers(1, 60).map(lambda months: months / 12)),
        whole_seats=draw(st.booleans()),
        growth_from=draw(st.sampled_from(("line", "model"))) if "growth from" in kinds else "line",
        first_rise=draw(st.sampled_from(("year_2", "year_1"))) if "first rise" in kinds else "year_2",
        rates=tuple(rates),
    )


def year_number(year: int, settings: Settings, as_calendar: bool) -> int:
    return year + first_day(settings).year - 1 if as_calendar and settings.start else year


@st.composite
def starts(draw: st.DrawFn, settings: Settings, kinds: tuple[str, ...], recurs: bool = True) -> When | None:
    horizon = 12 * settings.years
    form = draw(st.sampled_from(("none", "year", "date", "date") if settings.start else ("none", "year")))
    if form == "none":
        return None
    if form == "year":
        return year_number(draw(st.integers(1, settings.years)), settings, draw(st.booleans()))
    where = draw(st.sampled_from(["within", "within", *(k for k in ("before", "after") if k in kinds)]))
    if where == "before" and not recurs:  # what fell once, before the model, is none of its costs
        where = "within"
    ranges = {"within": (0, horizon - 1), "before": (-50, -1), "after": (horizon, horizon + 14)}
    month = draw(st.integers(*ranges[where]))
    return on_day(first_day(settings), month, draw(st.sampled_from(DAYS)) if "days" in kinds else 1)


@st.composite
def term_ends(
    draw: st.DrawFn, start: When | None, step: int, settings: Settings, kinds: tuple[str, ...]
) -> When | None:
    """The last day of a term that begins at the start: its last day by the calendar, a day to each side, or any."""
    begin = begins(start, settings) if start is not None else first_day(settings)
    form = draw(st.sampled_from(("none", "year", "term", "any") if settings.start else ("none", "year")))
    end: When | None = None
    if form == "year":
        end = year_number(draw(st.integers(1, settings.years)), settings, draw(st.booleans()))
    elif form == "term":
        following = same_day(begin, step * draw(st.integers(1, max(1, 12 * settings.years // step))))
        about = draw(st.sampled_from((-2, -1, 0))) if "days" in kinds else -1
        end = following + dt.timedelta(days=about)
    elif form == "any":
        months = draw(st.integers(0, 12 * settings.years))
        end = on_day(begin, months, draw(st.sampled_from(DAYS)) if "days" in kinds else 31)
    return None if end is not None and ends(end, settings) < max(begin, first_day(settings)) else end


@st.composite
def whens(draw: st.DrawFn, start: When | None, settings: Settings) -> When:
    """A day on which something turns: near an anniversary of the start, or a year of the model."""
    if settings.start is None or draw(st.booleans()):
        return year_number(draw(st.integers(1, settings.years)), settings, draw(st.booleans()))
    begin = begins(start, settings) if start is not None else first_day(settings)
    turn = same_day(begin, draw(st.integers(0, 12 * settings.years))) + dt.timedelta(days=draw(st.integers(-1, 1)))
    return max(turn, begin, first_day(settings))


@st.composite
def plans(draw: st.DrawFn, settings: Settings, monthly: bool, values: st.SearchStrategy[float]) -> Plan:
    """What stands in the columns of a plan: some or all years, or months of the first two years."""
    first = first_day(settings)
    count = min(24, 12 * settings.years) if monthly else settings.years
    chosen = draw(st.sets(st.integers(1, count), min_size=1)) if draw(st.booleans()) else range(1, count + 1)
    return tuple((same_day(first, n - 1) if monthly else n, draw(values)) for n in sorted(chosen))


@st.composite
def line_made(draw: st.DrawFn, settings: Settings, kinds: tuple[str, ...] = KINDS, monthly: bool = False) -> Line:
    forms = ["amount", "product", "amount and quantity", "unpriced"]
    price = draw(st.sampled_from([*forms, *(kind for kind in ("amounts", "quantities") if kind in kinds)]))
    planned = price in ("amounts", "quantities")
    frequencies: list[str | int | None] = [None, "one_off", "monthly", "quarterly", "annual"]
    if planned and monthly:
        frequencies = [None, "one_off", "monthly"]
    else:
        frequencies += ["half_yearly"] * ("half-yearly" in kinds)
        frequencies += [2, 3, 5] * ("every N years" in kinds and not planned)
    frequency = draw(st.sampled_from(frequencies))
    # A plan says when by itself, so its line has no term of its own.
    start = None if planned else draw(starts(settings, kinds, step_of(frequency) is not None))
    end = None if planned else draw(term_ends(start, step_of(frequency) or 12, settings, kinds))
    # Whole units that never shrink to the tolerance of rounding, where one seat or none is a matter of taste.
    quantities = (
        st.integers(0, 2000).map(float) if settings.whole_seats else st.integers(0, 200_000).map(lambda n: n / 100)
    )
    money = st.one_of(cents, cents.map(lambda n: -n)) if "credits" in kinds else cents
    quantity = None if planned or price == "amount" else draw(quantities)
    unit_cost = draw(cents) if price in ("product", "quantities") else None
    amount = draw(money) if price.startswith("amount") and not planned else None
    if price == "product" and not settings.whole_seats and draw(st.booleans()):
        amount = quantity * unit_cost  # both are given and agree
    discount = draw(st.none() | percents) if "discount" in kinds else None
    return Line(
        component=draw(st.sampled_from(COMPONENTS)),
        item=draw(st.sampled_from((None, "Data migration", "数据迁移", "Something agreed"))),
        department=draw(st.sampled_from((None, *DEPARTMENTS))),
        vendor=draw(st.sampled_from((None, "Salesforce", "小满"))),
        quantity=quantity,
        unit_cost=unit_cost,
        amount=amount,
        discount=discount,
        discount_until=draw(st.none() | whens(start, settings)) if discount is not None else None,
        currency=draw(st.sampled_from((None, *CURRENCIES))),
        frequency=frequency,
        start=start,
        end=end,
        proration=draw(st.sampled_from((None, "whole", "by_day"))) if "by day" in kinds and not planned else None,
        price_growth=draw(growths) if price != "amounts" else None,
        price_lock=draw(st.none() | st.integers(1, 4)) if "lock" in kinds else None,
        growth_cap=draw(st.none() | st.integers(0, 200).map(lambda n: n / 1000)) if "cap" in kinds else None,
        quantity_growth=None if planned else draw(seat_growths if settings.whole_seats else growths),
        treatment=draw(st.sampled_from((None, None, "expense", "capitalise", "prepay", "accrue"))),
        in_use_from=draw(st.none() | whens(start, settings)) if "in use from" in kinds else None,
        life=draw(lives),
        tax_rate=draw(st.sampled_from((None, 0.0, 0.06, 0.13))),
        tax_included=draw(st.sampled_from((None, True, False))),
        amounts=draw(plans(settings, monthly, money)) if price == "amounts" else (),
        quantities=draw(plans(settings, monthly, quantities)) if price == "quantities" else (),
    )


@st.composite
def models_made(draw: st.DrawFn, *, least: int = 0, most: int = 7, kinds: tuple[str, ...] = KINDS) -> Made:
    settings = draw(settings_made(kinds))
    monthly = settings.start is not None and draw(st.booleans())
    lines = draw(st.lists(line_made(settings, kinds, monthly), min_size=least, max_size=most))
    rng = random.Random(draw(st.integers(0, 2**32)))
    zh = draw(st.booleans())
    costs = cost_table(lines, rng, zh=zh, all_columns=draw(st.booleans()), settings=settings)
    return Made(tuple(lines), settings, costs, assumption_table(settings, rng, zh=zh))


@st.composite
def benefits_made(draw: st.DrawFn, settings: Settings, kinds: tuple[str, ...] = KINDS) -> Benefit:
    """A benefit line; `settings` are those of the costs beside it."""
    frequencies: list[str | int | None] = [None, "one_off", "monthly", "quarterly", "annual"]
    frequencies += ["half_yearly"] * ("half-yearly" in kinds) + [2, 3] * ("every N years" in kinds)
    frequency = draw(st.sampled_from(frequencies))
    start = draw(starts(settings, kinds, frequency != "one_off"))
    drivers = draw(st.booleans())
    return Benefit(
        benefit=draw(st.sampled_from(("Retention", "Efficiency", "市场份额"))),
        department=draw(st.sampled_from((None, *DEPARTMENTS))),
        volume=draw(st.integers(0, 5000)) if drivers else None,
        effect=draw(percents) if drivers else None,
        unit_value=draw(cents) if drivers else None,
        amount=None if drivers else draw(cents),
        currency=draw(st.sampled_from((None, *CURRENCIES))),
        frequency=frequency,
        start=start,
        end=draw(term_ends(start, step_of(frequency or "annual") or 12, settings, kinds)),
        growth=draw(growths),
        ramp_up=draw(st.none() | st.integers(1, 4)),
        probability=draw(st.none() | percents),
    )


@st.composite
def over_before_the_model(draw: st.DrawFn, settings: Settings) -> Line:
    """A line of which nothing falls in the model: a one-off before it, or a term that ended before it."""
    line = draw(line_made(settings, ("half-yearly", "every N years", "by day")))
    first = first_day(settings)
    start = first - dt.timedelta(days=draw(st.integers(1, 1000)))
    end = start + dt.timedelta(days=draw(st.integers(0, (first - start).days - 1)))
    return Line(**{**vars(line), "start": start, "end": end if step_of(line.frequency) else None})


@st.composite
def ends_before_its_start(draw: st.DrawFn, settings: Settings) -> Line:
    """A line that must never be paid in silence: its End lies before its Start."""
    line = draw(line_made(settings, ("days", "half-yearly", "every N years", "by day")))
    if settings.start is None:
        start: When = draw(st.integers(2, settings.years))
        end: When = start - 1
    else:
        start = on_day(settings.start, draw(st.integers(0, 12 * settings.years - 1)), draw(st.sampled_from(DAYS)))
        end = start - dt.timedelta(days=draw(st.integers(1, 40)))
    return Line(**{**vars(line), "start": start, "end": end})
