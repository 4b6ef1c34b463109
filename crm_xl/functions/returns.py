"""Return on the CRM: cash flow, NPV, IRR, ROI, payback and value per unit of cost."""

from typing import Any

import numpy as np

from crm_xl.data import term
from crm_xl.engine import returns
from crm_xl.engine.benefits import Benefits, build_benefits
from crm_xl.engine.cells import Cell, Range
from crm_xl.engine.problems import Problem, Severity, require
from crm_xl.engine.reading import Floats
from crm_xl.engine.timeline import PERIODS, YEAR
from crm_xl.errors import ErrorValue, NoAnswerError
from crm_xl.functions import arguments, labels
from crm_xl.functions.parameters import ASSUMPTIONS, BENEFITS, COSTS, PERIOD, RETURN, TABLE_ERRORS, UNPRICED
from crm_xl.functions.registry import Parameter, Table, Text, function

TIMING = Text(
    "One-offs of the first month fall at the start and are not discounted; the sum of each year is discounted at its "
    "end: =B2+NPV(rate,C2:G2). Timing among the assumptions offers mid and start as well.",
    "第一个月的一次性金额发生在期初，不折现；每年合计在年末折现：=B2+NPV（利率，C2:G2）。假设中的“折现时点”可选期中和"
    "期初。",
)
BLANKS = Text(
    "A blank is 0 and is never skipped. (Excel's own NPV skips blank cells, which shifts later years: 100, blank, 100 "
    "at 10 % is 166.04 here and 173.55 there.)",
    "空白按 0 计，不会跳过。（Excel 自带的 NPV 会跳过空单元格，使后续年度前移：10% 下 100、空白、100 在此为 166.04，在 "
    "Excel 为 173.55。）",
)
# A rate above this, 10000 % a year, is no return that anybody reads.
_LARGEST_RATE = 100.0
EXAMPLE_TABLES = (
    Range([["Component", "Amount"], ["Licence", 1000.0]]),
    Range([["Benefit", "Amount"], ["Efficiency", 500.0]]),
)


@arguments.remembered
def _benefits(cells: Range, assumptions: Range | None) -> Benefits:
    return build_benefits(arguments.table(cells, "benefits", assumptions), arguments.assumptions_of(assumptions))


@arguments.remembered
def flow_of(costs: Range, benefits: Range | None, assumptions: Range | None, months: int = 12) -> returns.CashFlow:
    """Return the cash flow of costs and benefits by periods of so many months, once."""
    model = arguments.model(costs, assumptions)
    brought = None
    if benefits is not None:
        brought = _benefits(benefits, assumptions)
        require(brought.problems)
    return returns.cash_flow(model, brought, months)


@function(
    alias="CRM净现值",
    category=RETURN,
    summary=Text(
        "Net present value: benefits less costs, discounted to the start of the model.",
        "净现值：收益减成本，折现到模型期初。",
    ),
    parameters=(COSTS, BENEFITS, ASSUMPTIONS),
    result="money",
    returns=Text(
        "Money in the reporting currency; below 0 the costs outweigh.", "报告币种金额；小于 0 表示成本大于收益。"
    ),
    errors=TABLE_ERRORS,
    notes=(TIMING, BLANKS),
    source="Microsoft, NPV function page; Forrester TEI",
    example="=CRM_NPV(Costs[#All],Benefits[#All],Assumptions[#All])",
)
def CRM_NPV(costs: Range, benefits: Range | None = None, assumptions: Range | None = None) -> float:
    """
    >>> round(CRM_NPV(*EXAMPLE_TABLES), 2)  # 1000 at the start, 500 at the end of each of 5 years, 10 %
    895.39
    """
    return returns.npv(flow_of(costs, benefits, assumptions))


@function(
    alias="CRM内部收益率",
    category=RETURN,
    summary=Text(
        "Internal rate of return: the discount rate at which benefits and costs are worth the same.",
        "内部收益率：使收益与成本现值相等的折现率。",
    ),
    parameters=(COSTS, BENEFITS, ASSUMPTIONS),
    result="number",
    returns=Text("A rate a year; 0.12 is 12 %.", "年利率；0.12 即 12%。"),
    errors={
        **TABLE_ERRORS,
        ErrorValue.NUM: Text(
            "The flows have one sign only, or no rate fits.", "现金流只有一种符号，或没有合适的利率。"
        ),
    },
    notes=(
        Text(
            "Where several rates fit, the one that Excel's IRR finds from its guess of 10 % is returned; CRM_CHECK "
            "over costs, assumptions and benefits names the others.",
            "有多个解时返回 Excel 的 IRR 从 10% 出发所得的一个；对费用、假设和收益使用 CRM_CHECK 会列出其余的解。",
        ),
        TIMING,
    ),
    source="Microsoft, IRR function page",
    example="=CRM_IRR(Costs[#All],Benefits[#All],Assumptions[#All])",
)
def CRM_IRR(costs: Range, benefits: Range | None = None, assumptions: Range | None = None) -> float:
    """
    >>> round(CRM_IRR(*EXAMPLE_TABLES), 4)
    0.4104
    """
    return returns.irr(flow_of(costs, benefits, assumptions))


@function(
    alias="CRM修正内部收益率",
    category=RETURN,
    summary=Text(
        "Modified internal rate of return: what is paid is financed at one rate, what comes in reinvested at another.",
        "修正内部收益率：支出按融资利率折现，收入按再投资收益率计至期末。",
    ),
    parameters=(
        COSTS,
        BENEFITS,
        ASSUMPTIONS,
        Parameter(
            name="finance_rate",
            text=Text(
                "Rate a year at which what is paid is financed. Left out: the Discount rate. ",
                "支出的年融资利率。省略时为折现率。",
            ),
        ),
        Parameter(
            name="reinvest_rate",
            text=Text(
                "Rate a year at which what comes in is reinvested. Left out: the Discount rate. ",
                "收入的年再投资收益率。省略时为折现率。",
            ),
        ),
    ),
    result="number",
    returns=Text("A rate a year; 0.12 is 12 %.", "年利率；0.12 即 12%。"),
    errors={
        **TABLE_ERRORS,
        ErrorValue.DIV0: Text("The flows have one sign only.", "现金流只有一种符号。"),
    },
    notes=(TIMING,),
    source="Microsoft, MIRR function page",
    example="=CRM_MIRR(Costs[#All],Benefits[#All],Assumptions[#All],10%,12%)",
)
def CRM_MIRR(
    costs: Range,
    benefits: Range | None = None,
    assumptions: Range | None = None,
    finance_rate: Cell = None,
    reinvest_rate: Cell = None,
) -> float:
    """
    >>> round(CRM_MIRR(*EXAMPLE_TABLES, None, 0.1, 0.12), 4)  # (500 × 6.352847 ÷ 1000) ^ (1 ÷ 5) − 1
    0.26
    """
    flow = flow_of(costs, benefits, assumptions)
    return returns.mirr(
        flow,
        arguments.rate("finance_rate", finance_rate, flow.rate),
        arguments.rate("reinvest_rate", reinvest_rate, flow.rate),
    )


@function(
    alias="CRM投资回报率",
    category=RETURN,
    summary=Text(
        "Return on investment: (benefits − costs) ÷ costs, both at present value.",
        "投资回报率：（收益 − 成本）÷ 成本，均为现值。",
    ),
    parameters=(COSTS, BENEFITS, ASSUMPTIONS),
    result="number",
    returns=Text("A ratio; 0.24 is 24 %.", "比率；0.24 即 24%。"),
    errors={**TABLE_ERRORS, ErrorValue.DIV0: Text("There are no costs.", "没有成本。")},
    notes=(
        Text("For undiscounted figures set Discount rate to 0.", "如需不折现的数值，将折现率设为 0。"),
        TIMING,
    ),
    source="Forrester TEI",
    example="=CRM_ROI(Costs[#All],Benefits[#All],Assumptions[#All])",
)
def CRM_ROI(costs: Range, benefits: Range | None = None, assumptions: Range | None = None) -> float:
    """
    >>> round(CRM_ROI(*EXAMPLE_TABLES), 4)
    0.8954
    """
    return returns.roi(flow_of(costs, benefits, assumptions))


@function(
    alias="CRM回收期",
    category=RETURN,
    summary=Text(
        "Years until the money is back, simple or discounted.",
        "投资回收期（年）：静态或动态。",
    ),
    parameters=(
        COSTS,
        BENEFITS,
        ASSUMPTIONS,
        Parameter(
            name="method",
            text=Text(
                "simple (default): as the money comes in; discounted: at present value. ",
                "静态（默认）：按实际金额；动态：按现值。",
            ),
        ),
    ),
    result="number",
    returns=Text("Years from the start; 4.5 is four years and a half.", "自期初起的年数；4.5 即四年半。"),
    errors={
        **TABLE_ERRORS,
        ErrorValue.NA: Text(
            "The money is not back within the years of the model; or an exchange rate is missing.",
            "在模型年数内未能收回；或缺少汇率。",
        ),
    },
    notes=(
        Text(
            "A + |B| ÷ C, counted in months: costs are paid in the month in which they fall due, a benefit comes in "
            "evenly over the months that it is for, within its year of the model.",
            "A + |B| ÷ C，按月计算：成本在到期月支付，收益在其所属的各月内均匀流入，不跨模型年度。",
        ),
    ),
    source="ACCA MA D4 notes",
    example='=CRM_PAYBACK(Costs[#All],Benefits[#All],Assumptions[#All],"discounted")',
)
def CRM_PAYBACK(
    costs: Range, benefits: Range | None = None, assumptions: Range | None = None, method: Cell = None
) -> float:
    """
    >>> round(CRM_PAYBACK(*EXAMPLE_TABLES), 12)
    2.0
    """
    discounted = arguments.choice("method", method, "method", "simple") == "discounted"
    return returns.payback(flow_of(costs, benefits, assumptions), discounted=discounted)


@function(
    alias="CRM价值比",
    category=RETURN,
    summary=Text(
        "Value for each unit of cost: benefits ÷ costs, both at present value. Above 1 the CRM brings more than it "
        "costs.",
        "单位成本价值：收益 ÷ 成本，均为现值。大于 1 表示收益大于成本。",
    ),
    parameters=(COSTS, BENEFITS, ASSUMPTIONS),
    result="number",
    returns=Text("A ratio.", "比率。"),
    errors={**TABLE_ERRORS, ErrorValue.DIV0: Text("There are no costs.", "没有成本。")},
    notes=(
        Text(
            "A higher total is not better management of customers: compare this and the cost per active user.",
            "总额更高不等于客户管理得更好：请比较本指标与每活跃用户成本。",
        ),
    ),
    example="=CRM_VALUE(Costs[#All],Benefits[#All],Assumptions[#All])",
)
def CRM_VALUE(costs: Range, benefits: Range | None = None, assumptions: Range | None = None) -> float:
    """
    >>> round(CRM_VALUE(*EXAMPLE_TABLES), 4)
    1.8954
    """
    return returns.value(flow_of(costs, benefits, assumptions))


@function(
    alias="CRM现金流",
    category=RETURN,
    summary=Text(
        "Table of the cash flow behind the return: costs negative, benefits positive, net, cumulative, present value.",
        "回报背后的现金流表：成本为负、收益为正、净额、累计、现值。",
    ),
    parameters=(COSTS, BENEFITS, ASSUMPTIONS, PERIOD),
    result="table",
    returns=Text(
        "Spills a header row and a row each for costs, benefits, net, cumulative, discount factor, present value and "
        "its cumulative; a column for the start, one for each year, quarter or month, and the total.",
        "溢出一张表：表头，以及成本、收益、净额、累计、折现系数、现值、累计现值各一行；列为期初、各年度（季度、月份）和合计。",
    ),
    errors=TABLE_ERRORS,
    notes=(
        TIMING,
        Text(
            "By quarter and month money stands where it falls due, and is discounted as its year is: all of them "
            "sum to CRM_NPV. CRM_PAYBACK takes benefits to come in evenly.",
            "按季度、月份时，金额列在到期的期间，折现系数与所在年度相同，各期现值之和等于 CRM_NPV。"
            "CRM_PAYBACK 则假定收益均匀流入。",
        ),
        UNPRICED,
    ),
    example="=CRM_CASHFLOW(Costs[#All],Benefits[#All],Assumptions[#All])",
)
def CRM_CASHFLOW(
    costs: Range, benefits: Range | None = None, assumptions: Range | None = None, by: Cell = None
) -> Table:
    """
    >>> table = CRM_CASHFLOW(*EXAMPLE_TABLES)
    >>> table[0][:3], table[3][:3]
    (['', 'Start', 'Year 1'], ['Net', -1000.0, 500.0])
    """
    period = arguments.choice("by", by, "period", YEAR)
    flow = flow_of(costs, benefits, assumptions, PERIODS[period])
    model = arguments.model(costs, assumptions)
    language = model.language
    present = flow.net * flow.factors

    def line(key: str, money: Floats, total: bool = True) -> list[Cell]:
        return [term(f"flow_{key}", language), *map(float, money), float(money.sum()) if total else ""]

    header = [
        "",
        term("start_column", language),
        *model.timeline.labels(language, period=period),
        term("total", language),
    ]
    return [
        header,
        line("costs", 0.0 - flow.costs),
        line("benefits", flow.benefits),
        line("net", flow.net),
        line("cumulative", np.cumsum(flow.net), total=False),
        line("factor", flow.factors, total=False),
        line("present", present),
        line("cumulative_present", np.cumsum(present), total=False),
        *labels.unpriced_rows(model, len(header)),
    ]


def check_benefits(benefits: Range, assumptions: Range | None) -> Benefits:
    """Return the benefits with all their problems."""
    return _benefits(benefits, assumptions)


def check_rates(costs: Range, benefits: Range, assumptions: Range | None) -> list[Problem]:
    """Return a note where more than one rate of return fits the flows of costs and benefits."""
    model, brought = arguments.draft(costs, assumptions), _benefits(benefits, assumptions)
    if any(p.severity is Severity.ERROR for p in (*model.problems, *brought.problems)):
        return []
    flow = returns.cash_flow(model, brought)
    try:
        found, rates = returns.irr(flow), returns.all_rates(flow)
    except NoAnswerError:
        return []
    others = [f"{rate:.2%}" for rate in rates if rate != found and rate <= _LARGEST_RATE]
    if not others:
        return []
    shown: dict[str, Any] = {"details": {"others": others}, "severity": Severity.NOTE}
    return [Problem(argument="benefits", found=f"IRR {found:.2%}", key="note_other_rates", **shown)]
