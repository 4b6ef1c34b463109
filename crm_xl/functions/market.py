"""Products: vendors and editions side by side, and an estimate from the four factors."""

import datetime as dt

from crm_xl.data import term
from crm_xl.engine import estimate as estimation
from crm_xl.engine.cells import Cell, Range
from crm_xl.engine.comparison import Comparison, compare_options
from crm_xl.engine.components import COMPONENTS
from crm_xl.engine.problems import require
from crm_xl.engine.reading import Floats
from crm_xl.functions import arguments, labels
from crm_xl.functions.parameters import ASSUMPTIONS, MARKET, TABLE_ERRORS
from crm_xl.functions.prices import CATALOGUE, language_of, prices_of, remark_on
from crm_xl.functions.registry import Parameter, Table, Text, function

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


@arguments.remembered
def compared(options: Range, assumptions: Range | None, catalogue: Range | None, tiers: Range | None) -> Comparison:
    """Return options side by side with all their problems."""
    table = arguments.table(options, "options", assumptions)
    steps = None if tiers is None else arguments.table(tiers, "tiers", assumptions)
    return compare_options(table, arguments.assumptions_of(assumptions), prices_of(catalogue, assumptions), steps)


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
            "Minimum seats, volume tiers, discount, price growth, price lock and growth cap are applied to the licence "
            "as to any cost line; amounts are in the currency of the option.",
            "许可费按最低席位、数量档位、优惠率、价格年增长率、价格锁定年数和涨幅上限计算，规则与费用行相同；金额按方案币种。",
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
        remark = term("price_own", language) if oldest is None else remark_on(oldest, None, language)
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
    own = None if coefficients is None else arguments.table(coefficients, "coefficients", assumptions)
    if own is not None:
        require(estimation.check_coefficients(own))
    money = estimation.estimate(count, factors, found, estimation.coefficients(own))
    language = found.language or language_of(coefficients, "coefficients", *given.values())
    heads = [labels.dimension_title("component", language), *(term(key, language) for key in ("low", "likely", "high"))]
    names = [*(labels.component(key, language) for key in COMPONENTS), term("total", language)]
    body = [_line(name, line) for name, line in zip(names, [*money, money.sum(axis=0)], strict=True)]
    return [heads, *body]


def _line(name: str, money: Floats) -> list[Cell]:
    return [name, *map(float, money)]
