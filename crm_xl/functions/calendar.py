"""CRM_CALENDAR: what falls due when, what of it can no longer be cancelled, and by when notice must be given."""

import datetime as dt
from typing import NamedTuple

import numpy as np

from crm_xl.data import term
from crm_xl.engine.cells import Cell, Range
from crm_xl.engine.commitments import committed, due_between, notice_days
from crm_xl.engine.model import Model
from crm_xl.engine.problems import said
from crm_xl.engine.schema import choices, normalise
from crm_xl.engine.timeline import DAYS, MONTH, PERIODS, as_date, moment, month_starts
from crm_xl.engine.totals import cut
from crm_xl.errors import UnreadableError
from crm_xl.functions import arguments, labels
from crm_xl.functions.parameters import ACCOUNTING, ASSUMPTIONS, COSTS, TABLE_ERRORS, UNPRICED
from crm_xl.functions.registry import Parameter, Table, Text, function

COMMITTED, NOTICE = "committed", "notice"
_NOTICE_COLUMNS = ("component", "item", "department", "vendor")


class _Span(NamedTuple):
    """Periods of a model: their kind, the first one and the one after the last; `day` where a day was asked for."""

    period: str
    begin: int
    end: int
    day: int | None = None


@function(
    alias="CRM付款日历",
    category=ACCOUNTING,
    summary=Text(
        "Calendar of what falls due in each month, quarter or year; what can no longer be cancelled; and the next days "
        "of notice.",
        "付款日历：每月、每季或每年到期的金额；已不能取消的金额；以及最近的通知截止日。",
    ),
    parameters=(
        COSTS,
        ASSUMPTIONS,
        Parameter(
            name="period",
            text=Text(
                "month (default), quarter or year; a year of the model for its months; or a day: from its month on 12 "
                "months, committed on that day, notice from that day on. ",
                "月份（默认）、季度或年度；填某一年则为该年各月；填某一日则为自该月起 12 个月、该日已承诺的金额、"
                "自该日起的通知。",
            ),
        ),
        Parameter(
            name="by",
            text=Text(
                "component (default), item, department, vendor, currency, frequency; or committed: what can no longer "
                "be cancelled at each period's end; or notice: days of notice, soonest first. ",
                "费用类别（默认）、项目、部门、供应商、币种、频率；或“已承诺”：各期末已不能取消的金额；或“通知”：通知截止"
                "日，最近的在前。",
            ),
        ),
    ),
    result="table",
    returns=Text(
        "Spills a row for each component (or other key), a column for each period and a row of totals. Committed: a "
        "row for each period's end. Notice: a row for each line that states Committed until.",
        "溢出每个费用类别（或其他键）一行、每期一列，最后为合计行。“已承诺”：每个期末一行。"
        "“通知”：填有承诺截止的每行一行。",
    ),
    errors=TABLE_ERRORS,
    notes=(
        Text(
            "A line is bound to the later of Committed until and the day so many Notice months after notice; what "
            "falls due after a day up to then is committed on it. Lines that state neither stand under Terms not "
            "stated: due later = committed + can be cancelled + terms not stated.",
            "每行受约束至“承诺截止”与“通知期”届满日中较晚者；某日之后至该日到期的金额即为该日已承诺的金额。"
            "两者都未填的列入“未填条款”：此后到期 = 已承诺 + 可取消 + 未填条款。",
        ),
        Text(
            "Notice by is the last day on which notice ends a line with its commitment: three months to the end of 31 "
            "December is 30 September. A line with Notice months alone may be given notice on any day and has no row.",
            "最迟通知日是使该行在承诺截止时终止的最后通知日：截至 12 月 31 日、提前三个月即 9 月 30 日。"
            "只填通知期的行可随时通知，不列出。",
        ),
        Text(
            "Nothing depends on today, and only what falls due within the model counts.",
            "结果与当天日期无关，只计模型期间内到期的金额。",
        ),
        UNPRICED,
    ),
    example='=CRM_CALENDAR(Costs[#All],Assumptions[#All],2027,"vendor")',
)
def CRM_CALENDAR(costs: Range, assumptions: Range | None = None, period: Cell = None, by: Cell = None) -> Table:
    """
    >>> from crm_xl.engine.cells import Range
    >>> costs = Range([["Component", "Amount", "Frequency", "Notice months"], ["Licence", 100.0, "monthly", 3.0]])
    >>> CRM_CALENDAR(costs, Range([["Years", 1.0]]), "quarter")[1]
    ['Licence', 300.0, 300.0, 300.0, 300.0, 1200.0]
    >>> CRM_CALENDAR(costs, Range([["Years", 1.0]]), "quarter", "committed")[1]
    ['Year 1 Q1', 300.0, 900.0, 300.0, 600.0, 0.0]
    """
    model = arguments.model(costs, assumptions)
    view = arguments.choice("by", by, "calendar", "component")
    span = _span(model, period)
    match view:
        case "committed":
            table = _committed(model, span)
        case "notice":
            table = _notice(model, span)
        case _:
            table = _due(model, span, view)
    return [*table, *labels.unpriced_rows(model, len(table[0]))]


def _span(model: Model, asked: Cell) -> _Span:
    """The periods that a user asks for."""
    timeline = model.timeline
    known = choices("period")
    if asked is None or (isinstance(asked, str) and normalise(asked) in known):
        period = MONTH if asked is None else known[normalise(str(asked))]
        return _Span(period, 0, timeline.months // PERIODS[period])
    found = as_date(asked)
    if found is not None and timeline.start is not None:
        month = found.year * 12 + found.month - 1 - timeline.first
        if 0 <= month < timeline.months:
            day = found.toordinal() if (moment(asked) or 0) >= DAYS else int(_last_day(model, month))
            return _Span(MONTH, month, min(month + 12, timeline.months), day)
    elif found is None and (year := timeline.year_index(asked)) is not None:
        return _Span(MONTH, 12 * year, 12 * year + 12)
    raise UnreadableError("calendar_period", found=said(asked))


def _last_day(model: Model, month: int) -> int:
    """The last day of a month of the model, as an ordinal."""
    return int(month_starts(np.array([model.timeline.origin + month + 1]))[0]) - 1


def _due(model: Model, span: _Span, dimension: str) -> Table:
    found = cut(model, (dimension,), span.period)
    money = found.amounts[:, span.begin : span.end]
    total = term("total", model.language)
    names = [model.timeline.name(span.period, i, model.language) for i in range(span.begin, span.end)]
    body: list[list[Cell]] = [
        [labels.dimension(dimension, key[0], model.language), *map(float, line), float(line.sum())]
        for key, line in zip(found.rows, money, strict=True)
    ]
    sums = money.sum(axis=0)
    header: list[Cell] = [labels.dimension_title(dimension, model.language), *names, total]
    return [header, *body, [total, *map(float, sums), float(sums.sum())]]


def _committed(model: Model, span: _Span) -> Table:
    timeline, length = model.timeline, PERIODS[span.period]
    keys = ("due_later", "committed", "can_cancel", "terms_unstated")
    if span.day is not None:
        moments: list[tuple[Cell, int]] = [(dt.date.fromordinal(span.day), span.day)]
        title, due = [term("day", model.language)], list[float]()
    else:
        periods = range(span.begin, span.end)
        moments = [
            (timeline.name(span.period, i, model.language), _last_day(model, (i + 1) * length - 1)) for i in periods
        ]
        title = [labels.dimension_title(span.period, model.language), term("falls_due", model.language)]
        due = model.money_by(np.zeros(len(model), dtype=np.int64), 1, length)[0, span.begin : span.end].tolist()
    body: list[list[Cell]] = []
    for i, (name, day) in enumerate(moments):
        found = committed(model, day)
        sums = [float(x.sum()) for x in (found.later, found.committed, found.free, found.unstated)]
        body.append([name, *due[i : i + 1], *sums])
    return [[*title, *(term(key, model.language) for key in keys)], *body]


def _notice(model: Model, span: _Span) -> Table:
    """A row for each line that states a commitment, by the day of notice."""
    days, until = notice_days(model), model.commitments.until
    start = span.day
    if start is None:  # from the first day of the year that was asked for; of the whole model all
        start = _last_day(model, span.begin * PERIODS[span.period] - 1) + 1 if span.begin else 0
    lines = np.flatnonzero((until > 0) & (days >= start))
    lines = lines[np.argsort(days[lines], kind="stable")]
    before, after = due_between(model, days, until), due_between(model, np.maximum(until, 1), None)
    header: list[Cell] = [term("notice_by", model.language), term("committed_until", model.language)]
    header += [labels.dimension_title(key, model.language) for key in _NOTICE_COLUMNS]
    header += [term("due_to_then", model.language), term("due_after_it", model.language)]
    body: list[list[Cell]] = [
        [
            _day(model, int(days[i])),
            _day(model, int(until[i])),
            *(labels.dimension(key, model.labels[key].text(i), model.language) for key in _NOTICE_COLUMNS),
            float(before[i]),
            float(after[i]),
        ]
        for i in lines.tolist()
    ]
    return [header, *body]


def _day(model: Model, day: int) -> Cell:
    """A day of the model; in model years without a calendar the month that ends with it."""
    found = dt.date.fromordinal(day)
    if model.timeline.start is not None:
        return found
    return model.timeline.name(MONTH, found.year * 12 + found.month - 1 - model.timeline.origin, model.language)
