"""The tables in which a model is handed over, as people type them: headers, words, dates and numbers in any spelling.

The words are typed here anew and not read from `crm_xl.data`, so that a slip there is seen.
"""

import datetime as dt
import random
from dataclasses import dataclass

from .oracle import first_day
from .records import Benefit, Line, Settings, When

# Column → its headers, English and Chinese, the usual one first.
HEADERS = {
    "component": (("Component", "Category"), ("费用类别", "成本类别")),
    "item": (("Item", "Description"), ("项目", "明细")),
    "department": (("Department", "Dept"), ("部门", "使用部门")),
    "vendor": (("Vendor", "Supplier"), ("供应商", "厂商")),
    "quantity": (("Quantity", "Qty", "Seats"), ("数量", "席位数")),
    "unit_cost": (("Unit cost", "Unit price"), ("单价", "单位成本")),
    "amount": (("Amount", "Lump sum"), ("金额", "费用金额")),
    "discount": (("Discount",), ("优惠率",)),  # a bare number under 折扣 is asked, not guessed
    "discount_until": (("Discount until",), ("折扣截止", "优惠至")),
    "currency": (("Currency",), ("币种", "货币")),
    "frequency": (("Frequency", "Billing"), ("频率", "付款频率")),
    "start": (("Start", "Start date", "From"), ("开始", "开始日期")),
    "end": (("End", "End date", "Until"), ("结束", "结束日期")),
    "proration": (("Proration",), ("按比例计费",)),
    "price_growth": (("Price growth", "Uplift"), ("价格年增长率", "涨价率")),
    "price_lock": (("Price lock",), ("价格锁定年数", "锁价年数")),
    "growth_cap": (("Growth cap",), ("涨幅上限", "涨价上限")),
    "quantity_growth": (("Quantity growth", "Volume growth"), ("数量年增长率", "席位增长率")),
    "treatment": (("Treatment", "Accounting treatment"), ("会计处理", "处理方式")),
    "in_use_from": (("In use from", "Go-live"), ("启用日期", "投入使用日期")),
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
    "growth_from": ("Growth from", "增长起点"),
    "first_rise": ("First rise", "首次上涨"),
}
BENEFIT_HEADERS = {
    "benefit": ("Benefit", "收益"),
    "department": ("Department", "部门"),
    "volume": ("Volume", "基数"),
    "effect": ("Effect", "效果"),
    "unit_value": ("Unit value", "单位价值"),
    "amount": ("Amount", "金额"),
    "currency": ("Currency", "币种"),
    "frequency": ("Frequency", "频率"),
    "start": ("Start", "开始"),
    "end": ("End", "结束"),
    "growth": ("Growth", "年增长率"),
    "ramp_up": ("Ramp-up", "爬坡年数"),
    "probability": ("Probability", "概率"),
}
WORDS = {
    "licence": (("Licence", "License", "software"), ("软件购买", "许可费")),
    "customisation": (("Customisation", "customization"), ("定制开发", "实施费")),
    "maintenance": (("Maintenance", "support"), ("维护", "运维")),
    "training": (("Training", "staff training"), ("员工培训", "培训")),
    "one_off": (("one-off", "once"), ("一次性", "单次")),
    "monthly": (("monthly", "month"), ("每月", "按月")),
    "quarterly": (("quarterly", "quarter"), ("每季", "季度")),
    "half_yearly": (("half-yearly", "semi-annual"), ("每半年", "半年")),
    "annual": (("annual", "yearly"), ("每年", "按年")),
    "whole": (("whole periods",), ("整期",)),
    "by_day": (("by day",), ("按天",)),
    "expense": (("expense",), ("费用化",)),
    "capitalise": (("capitalise", "capitalize"), ("资本化",)),
    "prepay": (("prepay", "prepaid"), ("预付",)),
    "accrue": (("accrue", "billed in arrears"), ("预提",)),
    "net": (("net",), ("不含税",)),
    "gross": (("gross",), ("含税",)),
    "expense_all": (("expense_all",), ("全部费用化",)),
    "ifrs_saas": (("ifrs_saas",), ("ifrs_saas",)),
    "us_gaap": (("us_gaap",), ("us_gaap",)),
    "line": (("line",), ("费用行",)),
    "model": (("model",), ("模型",)),
    "year_1": (("year 1",), ("第1年",)),
    "year_2": (("year 2",), ("第2年",)),
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
    every = (f"every {meant} years",), (f"每{meant}年",)
    text = rng.choice(WORDS.get(meant, every)[zh])
    return rng.choice((str, str.upper, str.title, "  {} ".format))(text)


def part_off(discount: float, rng: random.Random, zh: bool) -> object:
    """Return a discount as it is written: 0.15, and in Chinese 85折 or 9折, too."""
    paid = 100 - round(100 * discount)
    if zh and 10 < paid < 100 and rng.random() < 0.5:
        return f"{paid // 10}折" if paid % 10 == 0 else f"{paid}折"
    return discount


def cell(column: str, value: object, rng: random.Random, zh: bool) -> object:
    """Return one value as it stands in a cell."""
    if column == "component":
        return word(value, rng, zh) if value in WORDS else value
    if value is None:
        return rng.choice(BLANKS)
    if column == "discount":
        return part_off(value, rng, zh)
    if column in ("frequency", "treatment", "tax_included", "proration"):
        return word(value, rng, zh)
    if column == "currency":
        return rng.choice((str, str.lower, " {}".format))(value)
    if isinstance(value, dt.date):
        return rng.choice((value, dt.datetime(value.year, value.month, value.day)))
    if isinstance(value, int | float) and value == int(value):
        return rng.choice((int, float))(value)
    return value


def period_header(when: When, settings: Settings, rng: random.Random, zh: bool, word: str = "") -> object:
    """Return the header of a period's column: a year of the model or a month, with a word for quantity if any."""
    first = first_day(settings)
    if isinstance(when, dt.date):
        month = (f"{when.year}年{when.month}月",) if zh else (when.strftime("%b-%y"),)
        month += (f"{when:%Y-%m}",)
        name: object = rng.choice(month if word else (*month, dt.datetime(when.year, when.month, 1)))
    elif settings.start and first.month == 1 and rng.random() < 0.7:
        year = first.year + when - 1
        local = (f"{year}年",) if zh else ()  # the language of a table is that of its headers
        name = rng.choice((str(year), f"FY{year % 100:02}", *local) if word else (year, str(year), *local))
    else:
        name = f"第{when}年" if zh else f"Year {when}"
    if not word:
        return name
    return rng.choice((f"{word} {name}", f"{name} {word}"))


def cost_table(
    lines: list[Line],
    rng: random.Random,
    *,
    zh: bool = False,
    all_columns: bool = False,
    settings: Settings | None = None,
) -> list[list]:
    """Return a cost table with its header row: columns in any order, blank rows among the lines.

    `settings` name the years of lines that have a plan.
    """
    needed = {c for line in lines for c in HEADERS if getattr(line, c, None) is not None} | {"component", "amount"}
    columns: list = [c for c in HEADERS if all_columns or c in needed or rng.random() < 0.3]
    names = {c: rng.choice((str, str.upper, " {}  ".format))(rng.choice(HEADERS[c][zh])) for c in columns}
    for plan in ("amounts", "quantities"):
        units = "" if plan == "amounts" else rng.choice(("数量",) if zh else ("Seats", "Quantity", "Qty"))
        for when in {when: None for line in lines for when, _ in getattr(line, plan)}:
            columns.append((plan, when))
            names[plan, when] = period_header(when, settings or Settings(), rng, zh, units)
    rng.shuffle(columns)
    table: list[list] = [[names[c] for c in columns]]
    for line in lines:
        while rng.random() < 0.15:
            table.append([rng.choice(BLANKS) for _ in columns])
        row = {c: cell(c, getattr(line, c, None), rng, zh) for c in HEADERS}
        row["remark"] = rng.choice((None, "see contract", 7.0))
        plans = {(plan, when): value for plan in ("amounts", "quantities") for when, value in getattr(line, plan)}
        table.append([plans.get(c) if isinstance(c, tuple) else row[c] for c in columns])
    return table


def benefit_table(lines: list[Benefit], rng: random.Random, *, zh: bool = False) -> list[list]:
    """Return a benefit table with its header row, columns in any order."""
    columns = list(BENEFIT_HEADERS)
    rng.shuffle(columns)
    rows = [[cell(c, getattr(line, c), rng, zh) for c in columns] for line in lines]
    return [[BENEFIT_HEADERS[c][zh] for c in columns], *rows]


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
