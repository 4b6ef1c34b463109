"""Made-up models as people type them: Hypothesis strategies, and the tables in which a model is handed over.

The words are typed here anew and not read from `crm_xl.data`, so that a slip there is seen.
"""

import datetime as dt
import random
from dataclasses import dataclass

from hypothesis import strategies as st

from .oracle import Line, Settings

# Column → its headers, English and Chinese, the usual one first.
HEADERS = {
    "component": (("Component", "Category"), ("费用类别", "成本类别")),
    "item": (("Item", "Description"), ("项目", "明细")),
    "department": (("Department", "Dept"), ("部门", "使用部门")),
    "vendor": (("Vendor", "Supplier"), ("供应商", "厂商")),
    "quantity": (("Quantity", "Qty", "Seats"), ("数量", "席位数")),
    "unit_cost": (("Unit cost", "Unit price"), ("单价", "单位成本")),
    "amount": (("Amount", "Lump sum"), ("金额", "费用金额")),
    "currency": (("Currency",), ("币种", "货币")),
    "frequency": (("Frequency", "Billing"), ("频率", "付款频率")),
    "start": (("Start", "Start date", "From"), ("开始", "开始日期")),
    "end": (("End", "End date", "Until"), ("结束", "结束日期")),
    "price_growth": (("Price growth", "Uplift"), ("价格年增长率", "涨价率")),
    "quantity_growth": (("Quantity growth", "Volume growth"), ("数量年增长率", "席位增长率")),
    "treatment": (("Treatment", "Accounting treatment"), ("会计处理", "处理方式")),
    "life": (("Life", "Useful life"), ("摊销年限", "使用年限")),
    "tax_rate": (("Tax rate", "VAT"), ("税率", "增值税率")),
    "tax_included": (("Tax included", "VAT included"), ("是否含税", "价格含税")),
    # Not read for a total, but a table may carry them.
    "low": (("Low",), ("低值",)),
    "likely": (("Likely",), ("最可能值",)),
    "high": (("High",), ("高值",)),
    "remark": (("Remark",), ("备注",)),
}
KEYS = {
    "start": ("Start date", "起始日期"),
    "years": ("Years", "年数"),
    "currency": ("Currency", "报告币种"),
    "tax_basis": ("Tax basis", "含税口径"),
    "policy": ("Accounting policy", "会计政策"),
    "hosting_term": ("Hosting term", "托管期限"),
    "whole_seats": ("Whole seats", "席位取整"),
}
WORDS = {
    "licence": (("Licence", "License", "software"), ("软件购买", "许可费")),
    "customisation": (("Customisation", "customization"), ("定制开发", "实施费")),
    "maintenance": (("Maintenance", "support"), ("维护", "运维")),
    "training": (("Training", "staff training"), ("员工培训", "培训")),
    "one_off": (("one-off", "once"), ("一次性", "单次")),
    "monthly": (("monthly", "month"), ("每月", "按月")),
    "quarterly": (("quarterly", "quarter"), ("每季", "季度")),
    "annual": (("annual", "yearly"), ("每年", "按年")),
    "expense": (("expense",), ("费用化",)),
    "capitalise": (("capitalise", "capitalize"), ("资本化",)),
    "prepay": (("prepay", "prepaid"), ("预付",)),
    "net": (("net",), ("不含税",)),
    "gross": (("gross",), ("含税",)),
    "expense_all": (("expense_all",), ("全部费用化",)),
    "ifrs_saas": (("ifrs_saas",), ("ifrs_saas",)),
    "us_gaap": (("us_gaap",), ("us_gaap",)),
    True: (("yes", "Y"), ("是",)),
    False: (("no", "N"), ("否",)),
}
BLANKS = (None, "", "  ")
CURRENCIES = ("CNY", "USD", "EUR")
OWN = ("Travel", "Hardware refresh", "咨询")
COMPONENTS = ("licence", "customisation", "maintenance", "training", *OWN)
DEPARTMENTS = ("Sales", "Service", "市场部")


@dataclass(frozen=True)
class Made:
    """A model as it is meant, and the two tables that say so."""

    lines: tuple[Line, ...]
    settings: Settings
    costs: list[list[object]]
    assumptions: list[list[object]]


def word(meant: object, rng: random.Random, zh: bool) -> str:
    """Return a choice in one of its spellings; surrounding blanks and letter case do not matter."""
    text = rng.choice(WORDS[meant][zh])
    return rng.choice((str, str.upper, str.title, "  {} ".format))(text)


def cells(line: Line, rng: random.Random, zh: bool) -> dict[str, object]:
    """Return a line as the cells of its row."""
    row: dict[str, object] = {}
    for column in HEADERS:
        value = getattr(line, column, None)
        if column == "component":
            row[column] = word(value, rng, zh) if value in WORDS else value
        elif value is None:
            row[column] = rng.choice(BLANKS)
        elif column in ("frequency", "treatment", "tax_included"):
            row[column] = word(value, rng, zh)
        elif column == "currency":
            row[column] = rng.choice((str, str.lower, " {}".format))(value)
        elif isinstance(value, dt.date):
            row[column] = rng.choice((value, dt.datetime(value.year, value.month, value.day)))
        elif isinstance(value, int | float) and value == int(value):
            row[column] = rng.choice((int, float))(value)
        else:
            row[column] = value
    return row


def cost_table(lines: list[Line], rng: random.Random, *, zh: bool = False, all_columns: bool = False) -> list[list]:
    """Return a cost table with its header row: columns in any order, blank rows among the lines."""
    rows = [cells(line, rng, zh) for line in lines]
    needed = {c for line in lines for c in HEADERS if getattr(line, c, None) is not None} | {"component", "amount"}
    columns = [c for c in HEADERS if all_columns or c in needed or rng.random() < 0.3]
    rng.shuffle(columns)
    for row in rows:
        row["remark"] = rng.choice((None, "see contract", 7.0))
    header = [rng.choice((str, str.upper, " {}  ".format))(rng.choice(HEADERS[c][zh])) for c in columns]
    table: list[list] = [header]
    for row in rows:
        while rng.random() < 0.15:
            table.append([rng.choice(BLANKS) for _ in columns])
        table.append([row[c] for c in columns])
    return table


def assumption_table(settings: Settings, rng: random.Random, *, zh: bool = False) -> list[list]:
    """Return the assumptions as key, value and year, in any order."""
    rows: list[list] = []
    for key, names in KEYS.items():
        value = getattr(settings, key)
        if value is None or (value == getattr(Settings(), key) and rng.random() < 0.5):
            continue
        if (value in WORDS and not isinstance(value, int | float)) or isinstance(value, bool):
            value = word(value, rng, zh)
        rows.append([names[zh], value, None])
    for (one, other), steps in settings.rates:
        for since, rate in steps:
            year: object = since
            if since == 1 and rng.random() < 0.5:
                year = rng.choice(BLANKS)
            elif settings.start and rng.random() < 0.5:
                year = settings.start.year + since - 1
            rows.append([f"{one}/{other}", rate, year])
    rng.shuffle(rows)
    return rows


# Strategies

cents = st.integers(0, 50_000_000).map(lambda n: n / 100)
growths = st.one_of(
    st.none(), st.integers(-1000, 500).map(lambda n: n / 1000), st.sampled_from((0.0, -1.0, 0.1, -0.05))
)
lives = st.one_of(st.none(), st.integers(1, 72).map(lambda months: months / 12), st.integers(1, 8).map(float))


def month_after(date: dt.date, months: int, day: int) -> dt.date:
    month = date.year * 12 + date.month - 1 + months
    return dt.date(month // 12, month % 12 + 1, day)


@st.composite
def settings_made(draw: st.DrawFn) -> Settings:
    years = draw(st.one_of(st.integers(1, 6), st.integers(1, 30)))
    start = draw(st.none() | st.dates(dt.date(2020, 1, 1), dt.date(2040, 12, 31)))
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
        rates=tuple(rates),
    )


@st.composite
def line_made(draw: st.DrawFn, settings: Settings) -> Line:
    horizon = 12 * settings.years
    first = draw(st.integers(0, horizon - 1))
    last = first + draw(st.integers(0, horizon))
    form = draw(st.sampled_from(("none", "year", "date") if settings.start else ("none", "year")))
    start: dt.date | int | None = None
    end: dt.date | int | None = None
    calendar = settings.start.year - 1 if settings.start and draw(st.booleans()) else 0
    if form == "date":
        start, end = (month_after(settings.start, m, draw(st.integers(1, 28))) for m in (first, last))
    elif form == "year":
        start, end = first // 12 + 1 + calendar, min(last // 12 + 1, settings.years) + calendar
    if form != "none":
        start, end = draw(st.sampled_from(((start, end), (start, None), (None, end))))
    # Whole units that never shrink to the tolerance of rounding, where one seat or none is a matter of taste.
    quantities = (
        st.integers(0, 2000).map(float) if settings.whole_seats else st.integers(0, 200_000).map(lambda n: n / 100)
    )
    price = draw(st.sampled_from(("amount", "product", "amount and quantity", "unpriced")))
    quantity = None if price == "amount" else draw(quantities)
    unit_cost = draw(cents) if price == "product" else None
    amount = draw(cents) if price.startswith("amount") else None
    if quantity is not None and unit_cost is not None and not settings.whole_seats and draw(st.booleans()):
        amount = quantity * unit_cost  # both are given and agree
    return Line(
        component=draw(st.sampled_from(COMPONENTS)),
        item=draw(st.sampled_from((None, "Data migration", "数据迁移", "Something agreed"))),
        department=draw(st.sampled_from((None, *DEPARTMENTS))),
        vendor=draw(st.sampled_from((None, "Salesforce", "小满"))),
        quantity=quantity,
        unit_cost=unit_cost,
        amount=amount,
        currency=draw(st.sampled_from((None, *CURRENCIES))),
        frequency=draw(st.sampled_from((None, "one_off", "monthly", "quarterly", "annual"))),
        start=start,
        end=end,
        price_growth=draw(growths),
        quantity_growth=draw(
            growths.filter(lambda g: g in (None, -1.0) or g > -0.5) if settings.whole_seats else growths
        ),
        treatment=draw(st.sampled_from((None, None, "expense", "capitalise", "prepay"))),
        life=draw(lives),
        tax_rate=draw(st.sampled_from((None, 0.0, 0.06, 0.13))),
        tax_included=draw(st.sampled_from((None, True, False))),
    )


@st.composite
def models_made(draw: st.DrawFn, *, least: int = 0, most: int = 7) -> Made:
    settings = draw(settings_made())
    lines = draw(st.lists(line_made(settings), min_size=least, max_size=most))
    rng = random.Random(draw(st.integers(0, 2**32)))
    zh = draw(st.booleans())
    costs = cost_table(lines, rng, zh=zh, all_columns=draw(st.booleans()))
    return Made(tuple(lines), settings, costs, assumption_table(settings, rng, zh=zh))
