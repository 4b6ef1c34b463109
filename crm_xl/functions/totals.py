"""Total, breakdown, schedule and unit cost: what the CRM costs, and how that is made up."""

import re
from functools import partial
from typing import Any

import numpy as np

from crm_xl.data import LANGUAGES, term
from crm_xl.engine.accounting import profit_and_loss
from crm_xl.engine.cells import Cell, Range
from crm_xl.engine.model import Model
from crm_xl.engine.problems import said
from crm_xl.engine.reading import Floats
from crm_xl.engine.schema import assumption_fields, choice_words, choices, normalise
from crm_xl.engine.timeline import PERIODS, YEAR
from crm_xl.engine.totals import Cut, cut, select
from crm_xl.errors import DivisionByZeroError, ErrorValue, NotThereError, UnreadableError
from crm_xl.functions import arguments, labels
from crm_xl.functions.parameters import ASSUMPTIONS, COSTS, HANDED_ON, PERIOD, TABLE_ERRORS, TOTAL_COST, UNPRICED
from crm_xl.functions.registry import Parameter, Table, Text, function

PER = Parameter(
    name="per",
    text=Text(
        "total (default): over all years; year: an average year; month: an average month. ",
        "全期（默认）、每年（平均）或每月（平均）。",
    ),
)

_TOTAL_WORDS = frozenset(normalise(term("total", language)) for language in LANGUAGES)


@function(
    alias="CRM总额",
    category=TOTAL_COST,
    summary=Text(
        "Total cost of the CRM over all years of the model, or of one component, year or department.",
        "CRM 在模型全部年度的总成本，也可只取某类费用、某一年度或某一部门。",
    ),
    parameters=(
        COSTS,
        ASSUMPTIONS,
        Parameter(
            name="component",
            text=Text(
                "Only this component: licence, customisation, maintenance, training, other, or a name of your own. ",
                "只取此类费用：软件购买、定制开发、维护、员工培训、其他，或自行命名的类别。",
            ),
        ),
        Parameter(
            name="year",
            text=Text(
                "Only this year: a model year (1, 2, …) or the calendar year in which a model year begins. ",
                "只取此年度：模型年（1、2……）或模型年开始所在的日历年。",
            ),
        ),
        Parameter(name="department", text=Text("Only this department. ", "只取此部门。")),
    ),
    result="money",
    returns=Text("Money in the reporting currency, costs positive.", "报告币种金额，费用为正数。"),
    errors=TABLE_ERRORS,
    notes=(
        Text(
            "A component, year or department that is not there is #N/A and not 0: a slip of the pen cannot make a "
            "total low. Only the four components are 0 where no line has them.",
            "不存在的费用类别、年度或部门返回 #N/A 而不是 0：笔误不会使合计偏低。只有四类费用在没有费用行时为 0。",
        ),
        Text(
            "Names are taken as the tables of results print them, in either language: Other: NAME, (not stated), "
            "Year 1, 2027/28; Total filters nothing.",
            "名称可按结果表中的写法填写，中英文均可：其他：名称、（未填）、第1年、2027/28；“合计”表示不筛选。",
        ),
        Text(
            "Lines without a price are in no total; CRM_BREAKDOWN and CRM_CHECK name and count them.",
            "没有价格的行不计入合计；CRM_BREAKDOWN 和 CRM_CHECK 会列出其名称和行数。",
        ),
        HANDED_ON,
    ),
    example="=CRM_TOTAL(Costs[#All],Assumptions[#All])",
)
def CRM_TOTAL(
    costs: Range,
    assumptions: Range | None = None,
    component: Cell = None,
    year: Cell = None,
    department: Cell = None,
) -> float:
    """
    >>> from crm_xl.engine.cells import Range
    >>> CRM_TOTAL(Range([["Component", "Amount"], ["Licence", 1200.0], ["Training", 300.0]]))
    1500.0
    """
    model = arguments.model(costs, assumptions)
    years = select(model, _filter(component), _filter(department))
    index = arguments.year(model, None if _filter(year) is None else year)
    return float(years.sum() if index is None else years[index])


def _filter(value: Cell) -> str | None:
    """A filter as text; the word of a row or column of totals filters nothing, so that a formula fills over it too."""
    text = arguments.text(value)
    return None if text is None or normalise(text) in _TOTAL_WORDS else text


@function(
    alias="CRM明细",
    category=TOTAL_COST,
    summary=Text(
        "Table of the total cost by component, item, department, vendor, frequency, year, quarter or month, with "
        "shares and a total.",
        "按费用类别、项目、部门、供应商、频率、年度、季度或月份列出总成本，含占比和合计。",
    ),
    parameters=(
        COSTS,
        ASSUMPTIONS,
        Parameter(
            name="rows",
            text=Text(
                "What stands down: component (default), sub-item, item, department, vendor, frequency, one-off or "
                "recurring, currency, treatment, year, quarter, month; several with commas. ",
                "行：费用类别（默认）、子项、项目、部门、供应商、频率、一次性或经常性、币种、会计处理、年度、季度、"
                "月份；多个用逗号分隔。",
            ),
        ),
        Parameter(
            name="columns",
            text=Text(
                "What stands across: one of the same, such as year or month. Left out: one column. ",
                "列：同上之一，如年度、月份。省略则为一列。",
            ),
        ),
    ),
    result="table",
    returns=Text(
        "Spills a header row, a row for each key, and a row of totals; the last column is the share of the total.",
        "溢出一张表：表头、各项各占一行、合计行；最后一列为占比。",
    ),
    errors=TABLE_ERRORS,
    notes=(
        Text(
            "The four components always have a row; components of your own stand below them as Other: NAME.",
            "四类费用总有一行；自行命名的类别以“其他：名称”列在其后。",
        ),
        Text(
            "A sub-item is the usual item (System design, Data backup …) that the text of Item names; it stands by "
            "its component.",
            "子项是“项目”文字所属的常见分项（系统设计、数据备份等），列在其费用类别之下。",
        ),
        Text(
            "Years, quarters and months count from the Start date: a fiscal year may begin in any month, and its first "
            "quarter begins with it. They are named 2027/28, 2027/28 Q1 and Jul-27; Year 1, Year 1 Q1 and Month 1 "
            "without a Start date.",
            "年度、季度、月份均从起始日期算起：财年可从任意月份开始，其第1季度随之开始。名称为 2027/28、"
            "2027/28年第1季度、2027年7月；没有起始日期时为第1年、第1年第1季度、第1个月。",
        ),
        Text("The share is blank where the total is 0.", "合计为 0 时占比为空。"),
        UNPRICED,
    ),
    example='=CRM_BREAKDOWN(Costs[#All],Assumptions[#All],"department","year")',
)
def CRM_BREAKDOWN(costs: Range, assumptions: Range | None = None, rows: Cell = None, columns: Cell = None) -> Table:
    """
    >>> from crm_xl.engine.cells import Range
    >>> table = CRM_BREAKDOWN(Range([["Component", "Amount"], ["Licence", 750.0], ["Training", 250.0]]))
    >>> table[1], table[-1]
    (['Licence', 750.0, 0.75], ['Total', 1000.0, 1.0])
    """
    model = arguments.model(costs, assumptions)
    down = _dimensions("rows", rows) or ("component",)
    across = _dimensions("columns", columns)
    if len(across) > 1:
        raise _not_a_dimension("columns", columns)
    if across and across[0] in PERIODS and down[0] in PERIODS:
        raise UnreadableError("periods_both_ways")
    found = cut(model, down, across[0] if across else None)
    table = _cut_table(model, down, across[0] if across else None, found)
    return [*table, *labels.unpriced_rows(model, len(table[0]))]


@function(
    alias="CRM年度表",
    category=TOTAL_COST,
    summary=Text(
        "Table of the cost by component and year, quarter or month, as cash paid or as charged to profit and loss.",
        "按费用类别和年度、季度或月份列出成本：现金口径或损益口径。",
    ),
    parameters=(
        COSTS,
        ASSUMPTIONS,
        Parameter(
            name="view",
            text=Text(
                "cash (default): when it falls due; profit and loss: spread as the accounting treatment says. ",
                "现金（默认）：按付款时间；损益：按会计处理分摊。",
            ),
        ),
        PERIOD,
    ),
    result="table",
    returns=Text(
        "Spills a header row, a row for each component, and a row of totals; a column for each year, quarter "
        "or month, and the total.",
        "溢出一张表：表头、每类费用一行、合计行；每个年度、季度或月份一列，外加合计列。",
    ),
    errors=TABLE_ERRORS,
    notes=(
        Text(
            "Both views sum to the same: what is charged after the last year of the model stands under Later years.",
            "两种口径的合计相同：模型期后摊销的部分列在“以后年度”。",
        ),
        Text(
            "Treatment of a line decides, else the accounting policy: ifrs_saas expenses configuration and "
            "customisation; us_gaap spreads implementation work straight line over the hosting term; both spread "
            "licence fees paid quarterly or annually over the period they pay for. Training, data conversion and "
            "maintenance are never capitalised. It labels; it is no accounting advice.",
            "以行的会计处理为准，未填则按会计政策：ifrs_saas 将配置和定制费用化；us_gaap 将实施工作在托管期内直线摊销；"
            "两者都将按季或按年预付的许可费分摊到所付期间。培训、数据转换和维护不予资本化。仅作标示，不构成会计建议。",
        ),
        UNPRICED,
    ),
    source="IFRIC agenda decision April 2021 (IAS 38); ASU 2018-15 (Subtopic 350-40)",
    example='=CRM_SCHEDULE(Costs[#All],Assumptions[#All],"cash")',
)
def CRM_SCHEDULE(costs: Range, assumptions: Range | None = None, view: Cell = None, by: Cell = None) -> Table:
    """
    >>> from crm_xl.engine.cells import Range
    >>> table = CRM_SCHEDULE(Range([["Component", "Amount"], ["Licence", 750.0]]), Range([["Years", 2.0]]))
    >>> table[0], table[1]
    (['Component', 'Year 1', 'Year 2', 'Total'], ['Licence', 750.0, 0.0, 750.0])
    """
    model = arguments.model(costs, assumptions)
    title = labels.dimension_title("component", model.language)
    period = arguments.choice("by", by, "period", YEAR)
    names = model.timeline.labels(model.language, period=period)
    if arguments.choice("view", view, "view", "cash") == "cash":
        found = cut(model, ("component",), period)
        money = found.amounts
    else:
        found = cut(model, ("component",), period, partial(profit_and_loss, model))
        within = len(names)
        money = np.column_stack([found.amounts[:, :within], found.amounts[:, within:].sum(axis=1)])
        names = [*names, term("later_years", model.language)]
    total = term("total", model.language)
    components = [labels.component(key[0], model.language) for key in found.rows]
    body = [_with_sum(name, line) for name, line in zip(components, money, strict=True)]
    sums = _with_sum(total, money.sum(axis=0))
    return [[title, *names, total], *body, sums, *labels.unpriced_rows(model, len(sums))]


@function(
    alias="CRM每用户成本",
    category=TOTAL_COST,
    summary=Text(
        "Total cost for each user: over all years, a year, or a month.",
        "每个用户的总成本：全期、每年或每月。",
    ),
    parameters=(
        COSTS,
        ASSUMPTIONS,
        Parameter(
            name="users",
            text=Text(
                "Number of users. Left out: Users among the assumptions. ",
                "用户数。省略时取假设中的“用户数”。",
            ),
        ),
        PER,
    ),
    result="money",
    returns=Text("Money for one user in the reporting currency.", "每个用户的金额，报告币种。"),
    errors={
        **TABLE_ERRORS,
        ErrorValue.DIV0: Text("The number of users is 0.", "用户数为 0。"),
    },
    notes=(
        Text(
            "#N/A when no number of users is given, neither as an argument nor as Users among the assumptions.",
            "参数和假设中都没有用户数时返回 #N/A。",
        ),
    ),
    example="=CRM_PER_USER(Costs[#All],Assumptions[#All],300)",
)
def CRM_PER_USER(costs: Range, assumptions: Range | None = None, users: Cell = None, per: Cell = None) -> float:
    """
    >>> from crm_xl.engine.cells import Range
    >>> CRM_PER_USER(Range([["Component", "Amount"], ["Licence", 1500.0]]), None, 30, "month")
    0.8333333333333334
    """
    return _per_head(costs, "users", users, assumptions, per)


@function(
    alias="CRM每活跃用户成本",
    category=TOTAL_COST,
    summary=Text(
        "Total cost for each user who really uses the system: over all years, a year, or a month.",
        "每个实际使用系统的用户的总成本：全期、每年或每月。",
    ),
    parameters=(
        COSTS,
        ASSUMPTIONS,
        Parameter(
            name="active_users",
            text=Text(
                "Number of active users. Left out: Active users among the assumptions. ",
                "活跃用户数。省略时取假设中的“活跃用户数”。",
            ),
        ),
        PER,
    ),
    result="money",
    returns=Text("Money for one active user in the reporting currency.", "每个活跃用户的金额，报告币种。"),
    errors={
        **TABLE_ERRORS,
        ErrorValue.DIV0: Text("The number of active users is 0.", "活跃用户数为 0。"),
    },
    notes=(
        Text(
            "A higher total is not better management of customers: a seat that nobody uses makes this figure rise.",
            "总额更高不等于客户管理得更好：无人使用的席位会使本指标上升。",
        ),
    ),
    example="=CRM_PER_ACTIVE_USER(Costs[#All],Assumptions[#All],240)",
)
def CRM_PER_ACTIVE_USER(
    costs: Range, assumptions: Range | None = None, active_users: Cell = None, per: Cell = None
) -> float:
    """
    >>> from crm_xl.engine.cells import Range
    >>> CRM_PER_ACTIVE_USER(Range([["Component", "Amount"], ["Licence", 1500.0]]), None, 20)
    75.0
    """
    return _per_head(costs, "active_users", active_users, assumptions, per)


def _per_head(costs: Range, name: str, given: Cell, assumptions: Range | None, per: Cell) -> float:
    model = arguments.model(costs, assumptions)
    count = arguments.number(name, given, default=getattr(model.assumptions, name))
    if count is None:
        raise NotThereError("users_missing", name=assumption_fields()[name].names_by_language)
    if count == 0:
        raise DivisionByZeroError("users_zero")
    parts = {"total": 1, "year": model.timeline.years, "month": model.timeline.months}
    return float(model.yearly_totals.sum()) / count / parts[arguments.choice("per", per, "per", "total")]


def _with_sum(name: str, line: Floats) -> list[Cell]:
    return [name, *map(float, line), float(line.sum())]


def _dimensions(argument: str, value: Cell) -> tuple[str, ...]:
    """The dimensions that a user names; a sub-item stands below its component."""
    if value is None:
        return ()
    known = choices("dimension")
    # normalise() makes the full-width comma and semicolon plain ones
    words = [word.strip() for word in re.split("[,;\u3001]", normalise(str(value)))]
    if not all(word in known for word in words):
        raise _not_a_dimension(argument, value)
    found: list[str] = []
    for word in words:
        key = known[word]
        found += (
            ["component", "sub_item"]
            if key == "sub_item" and argument == "rows" and "component" not in found
            else [key]
        )
    if len(set(found)) < len(found):
        raise _not_a_dimension(argument, value)
    if len(found) > 1 and any(key in PERIODS for key in found):
        raise UnreadableError("period_stands_alone")
    return tuple(found)


def _not_a_dimension(argument: str, value: Cell) -> UnreadableError:
    return UnreadableError(
        "argument_not_choice", argument=argument, found=said(value), choices=choice_words("dimension")
    )


def _cut_table(model: Model, down: tuple[str, ...], across: str | None, found: Cut) -> Table:
    language = model.language
    title: list[Any] = [labels.dimension_title(d, language) for d in down]
    amount = term("amount_in", language, currency=model.assumptions.currency)
    sums: Floats = found.amounts.sum(axis=1)
    columns: list[Cell] = []
    if across:
        columns = [*labels.keys(across, found.columns, model, language), term("total", language)]
    whole = float(sums.sum())

    def line(names: list[Cell], money: Floats) -> list[Cell]:
        value = float(money.sum())
        share = value / whole if whole else ""
        return [*names, *(map(float, money) if across else ()), value, share]

    body = [
        line(
            [
                model.timeline.name(d, int(k), language) if d in PERIODS else labels.dimension(d, k, language)
                for d, k in zip(down, key, strict=True)
            ],
            money,
        )
        for key, money in zip(found.rows, found.amounts, strict=True)
    ]
    total: list[Cell] = [term("total", language), *[""] * (len(down) - 1)]
    header = [*title, *(columns or [amount]), term("share", language)]
    return [header, *body, line(total, found.amounts.sum(axis=0))]
