"""How sure the total is: mean, percentiles and contingency from low, likely and high of the lines."""

from dataclasses import replace

import numpy as np

from crm_xl.data import term
from crm_xl.engine.cells import Cell, Range, as_error, is_blank
from crm_xl.engine.problems import Problem, require, said
from crm_xl.engine.reading import Floats
from crm_xl.engine.returns import npv
from crm_xl.engine.risk import Outcome, check_spread, simulate, spread_of
from crm_xl.engine.risk import percentiles as percentiles_of
from crm_xl.errors import InputCellError, UnreadableError
from crm_xl.functions import arguments, labels, returns
from crm_xl.functions.parameters import ASSUMPTIONS, BENEFITS, COSTS, SCENARIOS, TABLE_ERRORS, UNPRICED
from crm_xl.functions.registry import Parameter, Table, Text, function

DEFAULT_PERCENTILES = (0.1, 0.5, 0.8, 0.9)
DEFAULT_TRIALS = 100_000
LARGEST_TRIALS = 10_000_000


def _drawn(
    costs: Range,
    assumptions: Range | None,
    trials: int,
    seed: int,
    triangular: bool,
    correlation: float,
    benefits: Range | None = None,
) -> Outcome:
    model, table = arguments.model(costs, assumptions), arguments.table(costs, "costs", assumptions)
    require(check_spread(model, table))
    spread, point = spread_of(model, table), None
    if benefits is not None:  # what a line costs at present value lowers the net present value
        flow = returns.flow_of(costs, benefits, assumptions)
        lines = spread.lines
        present = np.where(model.at_start[lines], 1.0, flow.factors[1:, np.newaxis]) * model.yearly[:, lines]
        spread, point = replace(spread, totals=-present.sum(axis=0)), npv(flow)
    return simulate(
        model, spread, trials=trials, seed=seed, triangular=triangular, correlation=correlation, point=point
    )


# Few are kept: ten million draws are 80 MB.
_outcome = arguments.remembered(_drawn, size=4)


def check_risk(costs: Range, assumptions: Range | None) -> list[Problem]:
    """Return what keeps the lines from being drawn."""
    return check_spread(arguments.draft(costs, assumptions), arguments.table(costs, "costs", assumptions))


@function(
    alias="CRM风险",
    category=SCENARIOS,
    summary=Text(
        "Risk of the total: mean, percentiles, and the contingency over the point estimate, from Low, Likely and High.",
        "总成本的风险：平均值、百分位数，以及高于点估计的不可预见费，取自低值、最可能值和高值。",
    ),
    parameters=(
        COSTS,
        Parameter(
            name="percentiles",
            kind="table",
            text=Text(
                "Percentiles between 0 and 1, as a range or one value. Left out: 10 %, 50 %, 80 %, 90 %. ",
                "0 到 1 之间的百分位，可为区域或单个值。省略时为 10%、50%、80%、90%。",
            ),
        ),
        Parameter(
            name="trials", text=Text("How many totals to draw. Left out: 100,000. ", "模拟次数。省略时为 100,000。")
        ),
        Parameter(
            name="seed",
            text=Text("The same seed gives the same numbers. Left out: 1. ", "同一种子得到同样的数字。省略时为 1。"),
        ),
        ASSUMPTIONS,
        Parameter(name="distribution", text=Text("PERT (default) or triangular. ", "PERT（默认）或三角分布。")),
        Parameter(
            name="correlation",
            text=Text(
                "Rank correlation between any two lines, 0 (independent, default) to 1. Independence understates the "
                "spread. ",
                "任意两行之间的秩相关系数，0（独立，默认）到 1。假设独立会低估离散程度。",
            ),
        ),
        BENEFITS,
    ),
    result="table",
    returns=Text(
        "Spills measure, amount, and amount over the point estimate: point estimate, mean, and a row for each "
        "percentile.",
        "溢出指标、金额、高于点估计的金额：点估计、平均值，以及每个百分位一行。",
    ),
    errors=TABLE_ERRORS,
    notes=(
        Text(
            "Low, Likely and High are multipliers of the cost of the line; where the largest is above 10 they are "
            "amounts for one period.",
            "低值、最可能值和高值为该行费用的倍数；最大者超过 10 时视为一期的金额。",
        ),
        Text(
            "With benefit lines it is the net present value that is drawn, and a last row says how often it is below "
            "0. Costs vary, each at present value; the benefits are taken as stated.",
            "给出收益行时模拟净现值，末行为净现值小于 0 的概率。成本按现值变动，收益按所填数值。",
        ),
        Text(
            "Percentiles of lines are never added: P80 of the sum is not the sum of P80s. No level of contingency is "
            "best practice.",
            "各行的百分位数不相加：合计的 P80 不等于各行 P80 之和。不可预见费没有公认的最佳水平。",
        ),
        Text(
            "The numbers are values: nothing is drawn anew when the workbook recalculates with the same inputs.",
            "结果是确定的：输入不变时重算不会变化。",
        ),
        UNPRICED,
    ),
    source="PERT: alpha = 1+4(m−a)/(b−a), beta = 1+4(b−m)/(b−a) (riskamp.com/beta-pert); "
    "contingency: GAO Cost Estimating Guide; percentiles: PERCENTILE.INC",
    example="=CRM_RISK(Costs[#All],,,,Assumptions[#All])",
)
def CRM_RISK(
    costs: Range,
    percentiles: Range | None = None,
    trials: Cell = None,
    seed: Cell = None,
    assumptions: Range | None = None,
    distribution: Cell = None,
    correlation: Cell = None,
    benefits: Range | None = None,
) -> Table:
    """
    >>> costs = Range([["Component", "Amount", "Low", "Likely", "High"], ["Licence", 1000.0, 1.0, 1.0, 1.0]])
    >>> CRM_RISK(costs)[1]
    ['Point estimate', 1000.0, 0.0]
    """
    model = arguments.model(costs, assumptions)
    wanted = _percentiles(percentiles)
    count = arguments.number("trials", trials, minimum=1, default=DEFAULT_TRIALS)
    start = arguments.number("seed", seed, default=1.0)
    together = arguments.number("correlation", correlation, default=0.0)
    assert count is not None and start is not None and together is not None  # noqa: PT018 - they have defaults
    if count > LARGEST_TRIALS or count != int(count):
        raise _not_a("trials", count, f"1 … {LARGEST_TRIALS:,}")
    if start != int(start):
        raise _not_a("seed", start, "0, 1, 2 …")
    if together > 1:
        raise _not_a("correlation", together, "0 … 1")
    triangular = arguments.choice("distribution", distribution, "distribution", "pert") == "triangular"
    outcome = _outcome(costs, assumptions, int(count), int(start), triangular, together, benefits)
    language, point = model.language, outcome.point
    mean = float(outcome.totals.mean())
    body: list[list[Cell]] = [
        [term("point_estimate", language), point, 0.0],
        [term("mean", language), mean, mean - point],
    ]
    for share, amount in zip(wanted.tolist(), _at(outcome, wanted), strict=True):
        body.append([term("percentile", language, percent=f"{share * 100:g}"), amount, amount - point])
    if benefits is not None:
        body.append([term("chance_below_zero", language), float((outcome.totals < 0).mean()), ""])
    return [
        [term("measure", language), _amount(model.assumptions.currency, language), term("over_point", language)],
        *body,
        *labels.unpriced_rows(model, 3),
    ]


def _at(outcome: Outcome, wanted: Floats) -> list[float]:
    return [float(v) for v in percentiles_of(outcome, wanted)]


def _amount(currency: str, language: str) -> str:
    return term("amount_in", language, currency=currency)


def _percentiles(cells: Range | None) -> Floats:
    given = [] if cells is None else [v for row in cells.rows for v in row if not is_blank(v)]
    if error := next((error for value in given if (error := as_error(value)) is not None), None):
        raise InputCellError(error, "argument_holds_error", argument="percentiles", found=error)
    if given and len(given) > 1 and isinstance(given[0], str):
        given = given[1:]  # a header above them
    for value in given:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise _not_a("percentiles", value, "0 … 1")
    return np.array(given or DEFAULT_PERCENTILES, dtype=np.float64)


def _not_a(argument: str, value: Cell, allowed: str) -> UnreadableError:
    return UnreadableError("argument_not_choice", argument=argument, found=said(value), choices=allowed)
