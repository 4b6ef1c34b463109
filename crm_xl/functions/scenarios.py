"""What if: the total under named scenarios, and a tornado of its drivers."""

from dataclasses import replace

import numpy as np

from crm_xl.data import LANGUAGES, term
from crm_xl.engine.benefits import build_benefits
from crm_xl.engine.cells import Cell, Range
from crm_xl.engine.changes import Change, benefit_factor, changed_model, check_blanks, check_filters, read_changes
from crm_xl.engine.problems import Problem, require
from crm_xl.engine.reading import BLANK
from crm_xl.engine.returns import cash_flow, npv
from crm_xl.engine.schema import normalise
from crm_xl.errors import NotThereError
from crm_xl.functions import arguments, labels
from crm_xl.functions.parameters import ASSUMPTIONS, BENEFITS, COSTS, SCENARIOS, TABLE_ERRORS, UNPRICED
from crm_xl.functions.registry import Parameter, Table, Text, function

SCENARIO_TABLE = Parameter(
    name="scenarios",
    kind="table",
    optional=False,
    text=Text(
        "Changes by name with their header row: Scenario, Field, Operation (multiply, add, set), Value, and which "
        "lines (Component, Item, Department, Vendor). ",
        "带表头的改动表：情景、字段、运算（乘、加、设为）、值，以及适用的行（费用类别、项目、部门、供应商）。",
    ),
)
DRIVER_TABLE = Parameter(
    name="drivers",
    kind="table",
    optional=False,
    text=Text(
        "Drivers with their header row: Driver, Field, Operation (multiply, add, set), Low, High, and which lines. ",
        "带表头的驱动因素表：驱动因素、字段、运算（乘、加、设为）、低值、高值，以及适用的行。",
    ),
)

_BASE = frozenset(normalise(term("base_case", language)) for language in LANGUAGES)


@arguments.remembered
def _changes(
    costs: Range | None, cells: Range, name: str, assumptions: Range | None
) -> tuple[list[list[Change | None]], list[Problem]]:
    """The changes of a scenario or driver table, and all its problems but those of blanks among the assumptions."""
    table = arguments.table(cells, name, assumptions)
    rows, problems = read_changes(table, ("value",) if name == "scenarios" else ("low", "high"))
    if name == "scenarios":
        nameless = np.flatnonzero(table.labels("scenario").codes == BLANK).tolist()
        problems += [table.problem(i, "scenario", None, "expected_text") for i in nameless if any(rows[i])]
    notes = [] if costs is None else check_filters(arguments.table(costs, "costs", assumptions), table, rows)
    return rows, [*table.problems, *problems, *notes]


def check_changes(cells: Range, name: str, costs: Range | None, assumptions: Range | None) -> list[Problem]:
    """Return the problems of a scenario or driver table beside the cost lines and assumptions that it changes."""
    rows, problems = _changes(costs, cells, name, assumptions)
    table = arguments.table(cells, name, assumptions)
    return [*problems, *check_blanks(arguments.assumptions_of(assumptions), table, rows)]


@arguments.remembered
def _total(costs: Range, assumptions: Range | None, changes: tuple[Change, ...]) -> float:
    model = changed_model(arguments.table(costs, "costs", assumptions), arguments.assumptions_of(assumptions), changes)
    require(model.problems)
    return float(model.yearly_totals.sum())


@arguments.remembered
def _npv(costs: Range, benefits: Range, assumptions: Range | None, changes: tuple[Change, ...]) -> float:
    """The net present value after changes of costs, benefits and assumptions."""
    model = changed_model(arguments.table(costs, "costs", assumptions), arguments.assumptions_of(assumptions), changes)
    brought = build_benefits(arguments.table(benefits, "benefits", assumptions), model.assumptions)
    require((*model.problems, *brought.problems))
    factor = benefit_factor(changes)
    more = replace(brought, yearly=brought.yearly * factor, monthly=brought.monthly * factor, due=brought.due * factor)
    return npv(cash_flow(model, more))


@arguments.remembered
def _scenarios(costs: Range, cells: Range, assumptions: Range | None) -> dict[str, tuple[Change, ...]]:
    rows, problems = _changes(costs, cells, "scenarios", assumptions)
    require(problems)
    named = arguments.table(cells, "scenarios", assumptions).labels("scenario")
    found: dict[str, list[Change]] = {name: [] for name in named.names}
    for code, changes in zip(named.codes.tolist(), rows, strict=True):
        if code != BLANK:
            found[named.names[code]] += [c for c in changes if c is not None]
    return {name: tuple(changes) for name, changes in found.items()}


def _with_base(found: dict[str, tuple[Change, ...]], language: str) -> dict[str, tuple[Change, ...]]:
    """The scenarios, the base before the others: the one that a user named so, else the tables as they are."""
    name = next((name for name in found if normalise(name) in _BASE), term("base_case", language))
    return {name: found.get(name, ()), **found}


@function(
    alias="CRM情景",
    category=SCENARIOS,
    summary=Text(
        "Total cost under a named scenario; without a name, a table of all scenarios beside the base.",
        "指定情景下的总成本；不给名称则列出全部情景并与基准比较。",
    ),
    parameters=(
        COSTS,
        SCENARIO_TABLE,
        Parameter(
            name="name", text=Text("Name of the scenario. Left out: all of them. ", "情景名称。省略则列出全部。")
        ),
        ASSUMPTIONS,
        BENEFITS,
    ),
    result="table",
    returns=Text(
        "Money for one scenario; else spills scenario, total, difference from the base, difference in %, and, with "
        "benefits, the net present value.",
        "一个情景时为金额；否则溢出情景、合计、与基准的差额、差额率，给出收益时还有净现值。",
    ),
    errors=TABLE_ERRORS,
    notes=(
        Text(
            "The changes of one name are applied together, in the order of the rows. Field is a column of the cost "
            "table, Cost for the money of a line, Benefits for all benefits (multiply only), an assumption that is a "
            "number (Years, Discount rate, Users …), or a currency pair. Dates, choices and currencies cannot change.",
            "同名的改动按行的顺序一并应用。字段可为费用表的列、“费用”（整行金额）、“收益”（全部收益，仅限乘）、数字假设项"
            "（年数、折现率、用户数等）或货币对。日期、选项和币种不能改动。",
        ),
        Text(
            "Cost is the money of one period of a line, however it is stated. What would fall below 0 by an addition "
            "stays at 0.",
            "“费用”是一行一期的金额，无论以何种方式填写。增量使数值低于 0 时按 0 计。",
        ),
        Text(
            "Base stands first and is the tables as they are. A scenario of your own that is named Base (or 基准) "
            "takes its place, and differences are counted from it.",
            "“基准”列在首位，即未作改动的表。自行命名为“基准”（或 Base）的情景取代其位置，差额以其为准。",
        ),
        UNPRICED,
    ),
    example='=CRM_SCENARIO(Costs[#All],Scenarios[#All],"Growth",Assumptions[#All])',
)
def CRM_SCENARIO(
    costs: Range,
    scenarios: Range,
    name: Cell = None,
    assumptions: Range | None = None,
    benefits: Range | None = None,
) -> float | Table:
    """
    >>> costs = Range([["Component", "Amount"], ["Licence", 1000.0]])
    >>> changes = Range([["Scenario", "Field", "Operation", "Value"], ["Dear", "Cost", "multiply", 1.2]])
    >>> CRM_SCENARIO(costs, changes, "Dear")
    1200.0
    """
    model = arguments.model(costs, assumptions)
    found = _with_base(_scenarios(costs, scenarios, assumptions), model.language)
    if (wanted := arguments.text(name)) is not None:
        key = next((key for key in found if normalise(key) == normalise(wanted)), None)
        if key is None and normalise(wanted) in _BASE:
            key = next(iter(found))
        if key is None:
            raise NotThereError("scenario_not_there", name=wanted)
        return _total(costs, assumptions, found[key])
    language = model.language
    base = _total(costs, assumptions, next(iter(found.values())))
    header: list[Cell] = [term(key, language) for key in ("scenario", "total", "difference", "difference_share")]
    if benefits is not None:
        header.append(term("npv", language))
    body: list[list[Cell]] = []
    for key, changes in found.items():
        total = _total(costs, assumptions, changes)
        line: list[Cell] = [key, total, total - base, (total - base) / base if base else ""]
        body.append([*line, _npv(costs, benefits, assumptions, changes)] if benefits is not None else line)
    return [header, *body, *labels.unpriced_rows(model, len(header))]


@function(
    alias="CRM敏感性",
    category=SCENARIOS,
    summary=Text(
        "Tornado table: the total with each driver at its low and high value, the others at base, largest swing first.",
        "龙卷风表：各因素分别取低值和高值、其余取基准时的总成本，摆幅大者在前。",
    ),
    parameters=(COSTS, DRIVER_TABLE, ASSUMPTIONS, BENEFITS),
    result="table",
    returns=Text(
        "Spills driver, total at low, total at high, both less the base, the swing |high − low|, and, with benefits, "
        "the net present value at low and at high.",
        "溢出因素、低值合计、高值合计、二者与基准之差、摆幅 |高 − 低|，给出收益时还有低值和高值下的净现值。",
    ),
    errors=TABLE_ERRORS,
    notes=(
        Text(
            "With benefits the largest swing of the net present value comes first: a driver of the return, such as the "
            "discount rate, need not move the cost at all.",
            "给出收益时按净现值的摆幅排序：折现率等影响回报的因素可能完全不影响成本。",
        ),
        Text(
            "A range needs a basis: a flat ±10 % for every driver is not a valid sensitivity analysis.",
            "区间应有依据：对所有因素一律取 ±10% 不是有效的敏感性分析。",
        ),
        UNPRICED,
    ),
    source="GAO Cost Estimating Guide, step 8",
    example="=CRM_SENSITIVITY(Costs[#All],Drivers[#All],Assumptions[#All])",
)
def CRM_SENSITIVITY(
    costs: Range, drivers: Range, assumptions: Range | None = None, benefits: Range | None = None
) -> Table:
    """
    >>> costs = Range([["Component", "Amount"], ["Licence", 1000.0]])
    >>> drivers = Range([["Driver", "Field", "Low", "High"], ["Price", "Cost", 0.9, 1.2]])
    >>> CRM_SENSITIVITY(costs, drivers)[1][:3]
    ['Price', 900.0, 1200.0]
    """
    model = arguments.model(costs, assumptions)
    rows, problems = _changes(costs, drivers, "drivers", assumptions)
    require(problems)
    base = float(model.yearly_totals.sum())
    named = arguments.table(drivers, "drivers", assumptions).labels("driver")
    body: list[list[Cell]] = []
    swings: list[float] = []
    for code, sides in zip(named.codes.tolist(), rows, strict=True):
        changes: list[tuple[Change, ...]] = [(side,) if side else () for side in sides]
        low, high = (_total(costs, assumptions, change) for change in changes)
        values = [] if benefits is None else [_npv(costs, benefits, assumptions, change) for change in changes]
        body.append([named.name(code), low, high, low - base, high - base, abs(high - low), *values])
        swings.append(abs(values[1] - values[0]) if values else abs(high - low))
    body = [line for _, line in sorted(zip(swings, body, strict=True), key=lambda pair: -pair[0])]
    keys = ["driver", "low", "high", "low_change", "high_change", "swing"]
    keys += [] if benefits is None else ["npv_low", "npv_high"]
    return [[term(key, model.language) for key in keys], *body, *labels.unpriced_rows(model, len(keys))]
