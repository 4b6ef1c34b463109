"""CRM_FORECAST: actuals to date and the plan for the rest make the latest estimate, against the budget."""

import datetime as dt
from collections.abc import Iterator

import numpy as np

from crm_xl.data import term
from crm_xl.engine import variance as variances
from crm_xl.engine.cells import Cell, Range
from crm_xl.engine.forecast import Forecast, check_actuals, check_postings, forecast, last_reported
from crm_xl.engine.model import Model
from crm_xl.engine.problems import Problem, require, said
from crm_xl.engine.reading import Table as ReadTable
from crm_xl.engine.timeline import MONTH, PERIODS, as_date
from crm_xl.errors import NotThereError, UnreadableError
from crm_xl.functions import arguments, control, labels
from crm_xl.functions.parameters import ASSUMPTIONS, CONTROL, COSTS, TABLE_ERRORS, UNPRICED
from crm_xl.functions.registry import Parameter, Table, Text, function

_SHOWN = 5


@function(
    alias="CRM预测",
    category=CONTROL,
    summary=Text(
        "Latest estimate: actuals to date plus the plan for what is not reported, against the budget, by component, "
        "another column or period.",
        "最新预测：至今实际加未上报部分的计划，并与预算比较，按费用类别、其他列或期间列出。",
    ),
    parameters=(
        COSTS,
        Parameter(
            name="actual",
            kind="table",
            optional=False,
            text=Text(
                "Actual lines with their header row: Component, Month (a date) and Actual (or Amount), in the "
                "reporting currency. ",
                "带表头的实际行：费用类别、月份（日期）和实际（或金额），报告币种。",
            ),
        ),
        ASSUMPTIONS,
        Parameter(
            name="as_of",
            text=Text(
                "The last day that is reported, a month's end. Left out: the last month with an actual. ",
                "已上报的截止日，须为月末。省略时为有实际的最后一个月。",
            ),
        ),
        Parameter(
            name="by",
            text=Text(
                "component (default), item, department, vendor, year, quarter or month. ",
                "费用类别（默认）、项目、部门、供应商、年度、季度或月份。",
            ),
        ),
    ),
    result="table",
    returns=Text(
        "Spills key, actual to date, plan for the rest, estimate, budget, variance, variance % and the word; a row of "
        "totals; rows that name what is missing or not counted.",
        "溢出键、至今实际、剩余计划、最新预测、预算、差异、差异率和文字；合计行；以及列明缺失或未计入部分的行。",
    ),
    errors={**TABLE_ERRORS},
    notes=(
        Text(
            "The budget is the plan of the cost lines. A month of a component without actuals is planned and never 0; "
            "a row below the totals names such months. Whether a month is reported is told by component, so that "
            "every cut has the same total.",
            "预算即费用行的计划。某类费用某月没有实际时按计划计，不按 0 计，并在合计行下列明。是否上报按费用类别判断，"
            "因此各口径合计相同。",
        ),
        Text(
            "Actuals after the day, outside the model or without a month are not counted; rows below the totals say "
            "how many and how much.",
            "截止日之后、模型期间之外或未填月份的实际不计入，合计行下列明其行数和金额。",
        ),
        Text(
            "Earned-value figures are left out: a cost line states no progress apart from its money.",
            "不提供挣值指标：费用行除金额外不含进度。",
        ),
        UNPRICED,
    ),
    example="=CRM_FORECAST(Costs[#All],Actuals[#All],Assumptions[#All],DATE(2027,3,31))",
)
def CRM_FORECAST(
    costs: Range, actual: Range, assumptions: Range | None = None, as_of: Cell = None, by: Cell = None
) -> Table:
    """
    >>> import datetime as dt
    >>> costs = Range([["Component", "Amount", "Frequency"], ["Licence", 100.0, "monthly"]])
    >>> spent = Range([["Component", "Month", "Actual"], ["Licence", dt.date(2027, 1, 31), 130.0]])
    >>> CRM_FORECAST(costs, spent, Range([["Start date", dt.date(2027, 1, 1)], ["Years", 1.0]]))[1][:6]
    ['Licence', 130.0, 1100.0, 1230.0, 1200.0, 30.0]
    """
    model = arguments.model(costs, assumptions)
    cut = arguments.choice("by", by, "cut", "component")
    require(control.check_variance(None, actual, assumptions))
    spent = control.side(actual, "actual", assumptions)
    require(check_postings(spent, model.assumptions.currency))
    if "month" not in spent.columns:
        raise UnreadableError("forecast_needs_month")
    until = _until(model, spent, as_of)
    found = forecast(model, spent, until, cut)
    return [*_table(model, found, cut), *_told(model, spent, found), *labels.unpriced_rows(model, 8)]


def _until(model: Model, spent: ReadTable, as_of: Cell) -> int:
    """The last month that is reported."""
    timeline = model.timeline
    if as_of is None:
        last = last_reported(model, spent)
        if last is None:
            raise NotThereError("forecast_no_actuals")
        return last
    names = [timeline.labels(language, period=MONTH) for language in ("en", "zh")]
    for of_language in names:
        if isinstance(as_of, str) and as_of.strip() in of_language:
            return of_language.index(as_of.strip())
    day = as_date(as_of)
    if day is not None and timeline.start is not None and (day + dt.timedelta(days=1)).day == 1:
        month = day.year * 12 + day.month - 1 - timeline.first
        if 0 <= month < timeline.months:
            return month
    raise UnreadableError("forecast_as_of", found=said(as_of))


def _table(model: Model, found: Forecast, cut: str) -> Table:
    language = model.language
    names = [
        model.timeline.name(cut, int(key), language) if cut in PERIODS else labels.dimension(cut, key, language)
        for key in found.keys
    ]
    scale = np.abs(found.actual) + np.abs(found.rest) + np.abs(found.budget)
    money = np.array([found.actual, found.rest, found.budget, scale])
    keys = ("actual_to_date", "plan_to_go", "estimate", "budget", "variance", "variance_share", "variance_word")
    header: list[Cell] = [labels.dimension_title(cut, language), *(term(key, language) for key in keys)]
    lines = zip([*names, term("total", language)], [*money.T.tolist(), money.sum(axis=1).tolist()], strict=True)
    return [header, *(_line(name, sums, language) for name, sums in lines)]


def _line(name: Cell, sums: list[float], language: str) -> list[Cell]:
    actual, rest, budget, scale = sums
    difference = actual + rest - budget
    share: Cell = "" if variances.is_zero(budget, scale) or budget < 0 else difference / budget
    word = term(variances.word(difference, scale), language)
    return [name, actual, rest, actual + rest, budget, difference, share, word]


def _told(model: Model, spent: ReadTable, found: Forecast) -> Iterator[list[Cell]]:
    """Rows that name what is missing, and what is not counted."""
    language, blanks = model.language, [""] * 6
    if found.unreported:
        names = [
            f"{labels.dimension('component', component, language)} {model.timeline.name(MONTH, month, language)}"
            for component, month in found.unreported
        ]
        shown = [*names[:_SHOWN], "…"] if len(names) > _SHOWN else names
        yield [term("forecast_unreported", language, count=len(names), names=shown), "", *blanks]
    money = np.nan_to_num(spent.numbers("actual"))
    for key in ("after", "outside", "undated"):
        rows = getattr(found, key)
        if rows.any():
            yield [term(f"forecast_{key}", language, count=int(rows.sum())), float(money[rows].sum()), *blanks]


def check_forecast(costs: Range, actual: Range, assumptions: Range | None) -> Iterator[Problem]:
    """Yield notes on actuals beside the cost lines that are their plan."""
    spent = control.side(actual, "actual", assumptions)
    if "month" in spent.columns:
        yield from check_actuals(arguments.draft(costs, assumptions), spent)
