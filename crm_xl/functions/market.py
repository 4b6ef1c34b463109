"""Prices and products: the catalogue, vendors and editions side by side, and an estimate from the four factors."""

import datetime as dt
from math import isfinite

from crm_xl.data import LANGUAGES, term
from crm_xl.engine import estimate as estimation
from crm_xl.engine.catalogue import (
    STALE_DAYS,
    Price,
    check_prices,
    find_price,
    newest,
    own_prices,
    same_vendor,
    shipped,
)
from crm_xl.engine.cells import Cell, Range
from crm_xl.engine.comparison import Comparison, compare_options
from crm_xl.engine.components import COMPONENTS
from crm_xl.engine.problems import require, said
from crm_xl.engine.reading import Floats
from crm_xl.engine.schema import columns, currencies, normalise
from crm_xl.engine.timeline import as_date
from crm_xl.errors import ErrorValue, NotThereError, UnreadableError
from crm_xl.functions import arguments, labels
from crm_xl.functions.parameters import ASSUMPTIONS, MARKET, TABLE_ERRORS
from crm_xl.functions.registry import Parameter, Table, Text, function

CATALOGUE = Parameter(
    name="catalogue",
    kind="table",
    text=Text(
        "Your own prices with their header row (Vendor, Edition, Price, Currency, Unit, As of, Source …); they go "
        "before the shipped ones. ",
        "您自己的价目表，带表头（供应商、版本、单价、币种、单位、日期、来源等），优先于内置价目表。",
    ),
)
OPTIONS = Parameter(
    name="options",
    kind="table",
    optional=False,
    text=Text(
        "The options with their header row: Option, Vendor, Edition, Users, and as far as known Price, Discount, "
        "Implementation, Maintenance, Training. ",
        "带表头的方案：方案、供应商、版本、用户数，以及已知的单价、折扣、实施费、维护费、培训费等。",
    ),
)
TIERS = Parameter(
    name="tiers",
    kind="table",
    text=Text("Volume tiers with their header row: Option, From, Price. ", "带表头的数量档位：方案、起始数量、单价。"),
)
PRICE_ERRORS = {
    ErrorValue.VALUE: Text("An argument or your own table cannot be read.", "参数或自有价目表无法读取。"),
    ErrorValue.NA: Text(
        "The catalogue has no such vendor, edition or price, or the vendor publishes none.",
        "价目表中没有该供应商、版本或价格，或供应商未公布价格。",
    ),
}


@arguments.remembered
def _prices(cells: Range | None) -> tuple[Price, ...]:
    """The user's own prices, then the shipped ones."""
    if cells is None:
        return shipped()
    table = arguments.table(cells, "catalogue")
    require(check_prices(table))
    return (*own_prices(table), *shipped())


def _language(cells: Range | None, name: str, *texts: Cell) -> str:
    """The language to answer in: that of the headers, else of what was typed."""
    if cells is not None:
        return arguments.table(cells, name).language
    return "zh" if any(isinstance(t, str) and not t.isascii() for t in texts) else "en"


@function(
    alias="CRM价格",
    category=MARKET,
    summary=Text(
        "List price of an edition from the catalogue, with the day on which it was read and a remark when it is old.",
        "价目表中某版本的标价，附读取日期；价格过旧时有提示。",
    ),
    parameters=(
        Parameter(
            name="vendor",
            optional=False,
            text=Text(
                "Vendor or product, such as HubSpot, Dynamics 365 or 小满. ",
                "供应商或产品，如 HubSpot、Dynamics 365、小满。",
            ),
        ),
        Parameter(
            name="edition",
            optional=False,
            text=Text(
                "Edition, such as Sales Hub Professional; a part of the name is enough where it is the only one. ",
                "版本，如 Sales Hub Professional；名称的一部分唯一时即可。",
            ),
        ),
        Parameter(
            name="currency",
            text=Text(
                "Only a price listed in this currency. Left out: US dollars first. ",
                "只取以此币种公布的价格。省略时优先美元。",
            ),
        ),
        Parameter(
            name="date",
            text=Text(
                "Only a price read by this day; its age is counted from here. ",
                "只取此日期之前读取的价格，并以此计算价格的新旧。",
            ),
        ),
        CATALOGUE,
        Parameter(
            name="billing",
            text=Text(
                "monthly or annual. Left out: the price for an annual commitment first. ",
                "每月或每年计费。省略时优先按年承诺的价格。",
            ),
        ),
    ),
    result="table",
    returns=Text(
        "Spills one row: the price, the day on which it was read, and a remark (current, own price, older than 90 "
        "days, no date; the most users for whom the vendor offers it; that a later source has it replaced).",
        "溢出一行：价格、读取日期、备注（有效、自填价格、超过 90 天、无日期；供应商限定的用户数；已被取代的提示）。",
    ),
    errors=PRICE_ERRORS,
    notes=(
        Text(
            'To calculate with the price alone: =INDEX(CRM_PRICE("HubSpot","Sales Hub Starter"),1)*300*12.',
            '只用价格计算时：=INDEX(CRM_PRICE("HubSpot","Sales Hub Starter"),1)*300*12。',
        ),
        Text(
            "Prices are list prices in their own currency and unit; CRM_CATALOGUE shows unit, billing, source and "
            "note of each.",
            "价格为标价，按其原币种和单位；CRM_CATALOGUE 列出单位、计费方式、来源和备注。",
        ),
        Text(
            "Age is counted from the given date, else from the newest date in the shipped catalogue; after 90 days the "
            "remark says so.",
            "价龄按所给日期计算，未给则按随附价目表的最新日期；超过 90 天时在备注中说明。",
        ),
    ),
    example='=CRM_PRICE("Salesforce","Enterprise","USD")',
)
def CRM_PRICE(
    vendor: Cell,
    edition: Cell,
    currency: Cell = None,
    date: Cell = None,
    catalogue: Range | None = None,
    billing: Cell = None,
) -> Table:
    """
    >>> CRM_PRICE("Salesforce", "Enterprise", "USD")
    [[175.0, '2026-08-13', '102 days old; replaced on 2026-09-03 by a later source, see its note']]
    """
    code = None if currency is None else currencies().get(normalise(str(currency)))
    if currency is not None and code is None:
        raise _unreadable(currency, "expected_currency")
    day = None if date is None else as_date(date)
    if date is not None and day is None:
        raise _unreadable(date, "expected_day")
    often = None if billing is None else arguments.choice("billing", billing, "frequency", "annual")
    found = find_price(_prices(catalogue), str(vendor), str(edition), currency=code, at=day, billing=often)
    language = _language(catalogue, "catalogue", vendor, edition)
    remark = _remark(found, day, language)
    if isfinite(found.maximum):
        remark = term("price_for_at_most", language, remark=remark, most=f"{found.maximum:g}")
    return [[found.amount, found.as_of.isoformat() if found.as_of else "", remark]]


def _unreadable(value: Cell, expected: str) -> UnreadableError:
    words = {language: term(expected, language) for language in LANGUAGES}
    return UnreadableError("problem_text", found=said(value), expected=words)


def _remark(price: Price, at: dt.date | None, language: str) -> str:
    age = price.age(at)
    gone = price.replaced is not None and (at or newest()) >= price.replaced
    if age is None:
        remark = term("price_own" if price.own else "price_undated", language)
    elif age > STALE_DAYS:
        remark = term("price_stale", language, days=age)
    elif price.own:
        remark = term("price_own", language)
    else:
        remark = "" if gone else term("price_ok", language)
    if gone and price.replaced is not None:
        told = term("price_replaced", language, day=price.replaced.isoformat())
        remark = term("remarks", language, one=remark, other=told) if remark else told
    return remark


@function(
    alias="CRM价目表",
    category=MARKET,
    summary=Text(
        "The price catalogue as a table: vendor, edition, price, currency, unit, billing, date, source and note.",
        "价目表：供应商、版本、单价、币种、单位、计费、日期、来源和备注。",
    ),
    parameters=(
        Parameter(name="vendor", text=Text("Only this vendor. Left out: all. ", "只列此供应商。省略则全部列出。")),
        CATALOGUE,
    ),
    result="table",
    returns=Text(
        "Spills a header row and a row for each price, your own first.",
        "溢出一张表：表头，每个价格一行，自有价格在前。",
    ),
    errors=PRICE_ERRORS,
    notes=(
        Text(
            "List prices age and differ by region and contract: read the note before using one. A blank price is not "
            "published.",
            "标价会过时，且因地区和合同而异：使用前请看备注。空白表示未公布。",
        ),
    ),
    example='=CRM_CATALOGUE("Zoho")',
)
def CRM_CATALOGUE(vendor: Cell = None, catalogue: Range | None = None) -> Table:
    """
    >>> CRM_CATALOGUE("Odoo")[2][:3]
    ['Odoo', 'Standard', '']
    """
    found = [p for p in _prices(catalogue) if vendor is None or same_vendor(str(vendor), p.vendor)]
    if not found:
        raise NotThereError("vendor_not_there", vendor=str(vendor))
    language = _language(catalogue, "catalogue", vendor)
    header: list[Cell] = [field.label(language) for field in columns("catalogue").values()]
    body = [
        [
            p.vendor, p.edition, "" if p.amount is None else p.amount, p.currency, p.counted(language),
            p.billed(language), p.minimum or "", p.region, p.as_of.isoformat() if p.as_of else "", p.source,
            p.notes[language],
        ]
        for p in found
    ]  # fmt: skip
    return [header, *body]


@arguments.remembered
def compared(options: Range, assumptions: Range | None, catalogue: Range | None, tiers: Range | None) -> Comparison:
    """Return options side by side with all their problems."""
    table = arguments.table(options, "options", assumptions)
    steps = None if tiers is None else arguments.table(tiers, "tiers")
    return compare_options(table, arguments.assumptions_of(assumptions), _prices(catalogue), steps)


@function(
    alias="CRM方案比较",
    category=MARKET,
    summary=Text(
        "Vendors or editions side by side over all years: cost by component, total, and cost for each user.",
        "各供应商或版本在全部年度的成本并列比较：各类费用、合计和每用户成本。",
    ),
    parameters=(OPTIONS, ASSUMPTIONS, CATALOGUE, TIERS),
    result="table",
    returns=Text(
        "Spills a header row and a row for each option: the four components, total, cost for each user, date of the "
        "list price, remark.",
        "溢出一张表：表头，每个方案一行：四类费用、合计、每用户成本、标价日期、备注。",
    ),
    errors=TABLE_ERRORS,
    notes=(
        Text(
            "A blank Price comes from the catalogue; a price that is not published makes the comparison #N/A and "
            "CRM_CHECK names it; so does an edition that is not offered to so many users (Zoho CRM Free: at most 3). "
            "The age of a price is counted from the start of the model.",
            "单价为空时取自价目表；未公布价格，或用户数超过该版本的上限（如 Zoho CRM Free 最多 3 个）时，"
            "比较结果为 #N/A，CRM_CHECK 会指出。价格新旧按模型开始日计算。",
        ),
        Text(
            "With a price from the catalogue, Frequency chooses the billing (monthly: month to month; annual: annual "
            "commitment) and the unit says what it is for; a billing that is not listed is #N/A. A price in the row is "
            "for the period in Frequency.",
            "单价取自价目表时，频率用于选取计费方式（每月：逐月；每年：按年承诺），计价对象和周期以单位为准；未列出的计费方式"
            "返回 #N/A。行中自填的单价则为“频率”所填周期内的价格。",
        ),
        Text(
            "A catalogue price of the organisation includes the users in Minimum seats; those beyond are counted at "
            "the price of an additional user, listed beside it as edition additional user. Without one the remark and "
            "CRM_CHECK say that the licence is too low.",
            "价目表中按公司计价的价格包含“最低席位”所填的用户数；超出的用户按并列的“额外用户”版本单价计算。没有该单价时，备注"
            "和 CRM_CHECK 会说明许可费偏低。",
        ),
        Text(
            "Minimum seats, volume tiers, discount and price growth are applied to the licence; amounts are in the "
            "currency of the option.",
            "许可费按最低席位、数量档位、折扣和价格年增长率计算；金额按方案币种。",
        ),
    ),
    example="=CRM_COMPARE(Options[#All],Assumptions[#All])",
)
def CRM_COMPARE(
    options: Range, assumptions: Range | None = None, catalogue: Range | None = None, tiers: Range | None = None
) -> Table:
    """
    >>> options = Range([["Option", "Users", "Price", "Implementation"], ["A", 25.0, 49.0, 10000.0]])
    >>> CRM_COMPARE(options, Range([["Years", 3.0]]))[1][:6]
    ['A', 44100.0, 10000.0, 0.0, 0.0, 54100.0]
    """
    found = compared(options, assumptions, catalogue, tiers)
    require(found.problems)
    table = arguments.table(options, "options", assumptions)
    language = arguments.assumptions_of(assumptions).language or table.language
    heads = [labels.component(key, language) for key in COMPONENTS]
    names = [term(key, language) for key in ("option", "total", "per_user", "price_as_of", "remark")]
    body: list[list[Cell]] = []
    for i, name in enumerate(found.options):
        costs, users, beyond = found.costs[i], float(found.users[i]), found.beyond[i]
        total = float(costs.sum())
        # The oldest price says how old the whole is.
        oldest = min(found.prices[i], key=lambda price: price.as_of or dt.date.min, default=None)
        day = "" if oldest is None or oldest.as_of is None else oldest.as_of.isoformat()
        remark = term("price_own", language) if oldest is None else _remark(oldest, None, language)
        if beyond is not None:
            counts = {"beyond": f"{beyond.users:g}", "included": f"{beyond.included:g}"}
            remark = term("price_too_low", language, remark=remark, **counts)
        body.append([name, *map(float, costs), total, total / users if users else "", day, remark])
    return [[names[0], *heads, *names[1:]], *body]


def _factor(name: str, text: Text) -> Parameter:
    return Parameter(name=name, text=text)


@function(
    alias="CRM估算",
    category=MARKET,
    summary=Text(
        "First estimate by component, low, likely and high, when only users and the four factors are known.",
        "仅知用户数和四个影响因素时的初步估算：各类费用的低值、最可能值和高值。",
    ),
    parameters=(
        Parameter(name="users", optional=False, text=Text("People who will use the system. ", "将使用系统的人数。")),
        _factor(
            "size",
            Text(
                "Size and needs: small (local, basic), medium (default), large (multinational, many languages, "
                "analytics). ",
                "企业规模与需求：小型（本地、基础）、中型（默认）、大型（跨国、多语言、分析）。",
            ),
        ),
        _factor(
            "platform",
            Text(
                "Technology: light (cloud), standard (default), heavy. ", "技术选型：轻量（云）、标准（默认）、重型。"
            ),
        ),
        _factor(
            "market",
            Text(
                "Market: stable, moderate (default), fast-moving (real-time feedback, precise marketing). ",
                "市场：稳定、一般（默认）、快速变化（实时反馈、精准营销）。",
            ),
        ),
        _factor(
            "management",
            Text(
                "Management and execution: strong, average (default), weak (wrong use, more support, second-round "
                "development). ",
                "内部管理与执行力：强、一般（默认）、弱（误用、更多支持、二次开发）。",
            ),
        ),
        ASSUMPTIONS,
        Parameter(
            name="coefficients",
            kind="table",
            text=Text(
                "Your own coefficients with their header row (Key, Low, Likely, High); they overrule the shipped "
                "ones. ",
                "您自己的系数，带表头（系数、低值、最可能值、高值），优先于内置系数。",
            ),
        ),
    ),
    result="table",
    returns=Text(
        "Spills a header row, the four components, and a row of totals.", "溢出一张表：表头、四类费用、合计行。"
    ),
    errors=TABLE_ERRORS,
    notes=(
        Text(
            "Published ratios disagree (licence is 20–30 % or 45–60 % of five-year cost) and many coefficients are "
            "assumptions: trust it for the order of magnitude, not for a budget. The totals of low and of high are "
            "not percentiles.",
            "公开的比例互相矛盾（许可费占五年成本 20–30% 或 45–60%），且许多系数是假设：只可用于判断数量级，不可用作预"
            "算。低值合计与高值合计不是百分位数。",
        ),
        Text(
            "Prices of the coefficients are in US dollars: another reporting currency needs the rate, such as "
            "USD/CNY, among the assumptions.",
            "系数中的价格为美元：报告币种不同时，假设中需有汇率，如 USD/CNY。",
        ),
    ),
    source="crm_xl/data/coefficients.csv, each with its source or marked as assumption",
    example='=CRM_ESTIMATE(300,"large","heavy","fast-moving","average",Assumptions[#All])',
)
def CRM_ESTIMATE(
    users: Cell,
    size: Cell = None,
    platform: Cell = None,
    market: Cell = None,
    management: Cell = None,
    assumptions: Range | None = None,
    coefficients: Range | None = None,
) -> Table:
    """
    >>> usd = Range([["Currency", "USD"], ["Years", 1.0]])
    >>> CRM_ESTIMATE(10, "medium", "standard", "moderate", "average", usd)[1]
    ['Licence', 4680.0, 7800.0, 12000.0]
    """
    count = arguments.number("users", users)
    assert count is not None
    given = {"size": size, "platform": platform, "market": market, "management": management}
    usual = {"size": "medium", "platform": "standard", "market": "moderate", "management": "average"}
    factors = {name: arguments.choice(name, value, name, usual[name]) for name, value in given.items()}
    found = arguments.assumptions_of(assumptions)
    require(found.problems)
    own = None if coefficients is None else arguments.table(coefficients, "coefficients")
    if own is not None:
        require(estimation.check_coefficients(own))
    money = estimation.estimate(count, factors, found, estimation.coefficients(own))
    language = found.language or _language(coefficients, "coefficients", *given.values())
    heads = [labels.dimension_title("component", language), *(term(key, language) for key in ("low", "likely", "high"))]
    names = [*(labels.component(key, language) for key in COMPONENTS), term("total", language)]
    body = [_line(name, line) for name, line in zip(names, [*money, money.sum(axis=0)], strict=True)]
    return [heads, *body]


def _line(name: str, money: Floats) -> list[Cell]:
    return [name, *map(float, money)]
