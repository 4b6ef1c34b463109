"""Control: budget against actual, who pays, and what can be saved."""

from dataclasses import replace

import numpy as np

from crm_xl.data import LANGUAGES, term
from crm_xl.engine import variance as variances
from crm_xl.engine.allocation import allocate, allocate_by_month, keys_by_month
from crm_xl.engine.cells import Cell, Range
from crm_xl.engine.forecast import check_postings
from crm_xl.engine.header_row import find_header_row
from crm_xl.engine.model import Model
from crm_xl.engine.problems import Problem, Severity, require, said
from crm_xl.engine.reading import LARGEST, Floats
from crm_xl.engine.reading import Table as ReadTable
from crm_xl.engine.savings import LEVERS, savings
from crm_xl.engine.schema import column_names, columns, minor_digits, normalise
from crm_xl.engine.timeline import YEAR
from crm_xl.errors import DivisionByZeroError, ErrorValue, UnreadableError
from crm_xl.functions import arguments, chargeback, labels
from crm_xl.functions.parameters import ASSUMPTIONS, CONTROL, COSTS, TABLE_ERRORS, UNPRICED
from crm_xl.functions.registry import Parameter, Table, Text, function


@function(
    alias="CRM差异",
    category=CONTROL,
    summary=Text(
        "Budget against actual by component or another column: variance, percentage and the word overspend or saving.",
        "预算与实际比较：按费用类别或其他列，列出差异、差异率及“超支”或“节约”。",
    ),
    parameters=(
        Parameter(
            name="budget",
            kind="table",
            optional=False,
            text=Text(
                "Budget lines with their header row: Component and Budget (or Amount). May hold Actual as well. ",
                "带表头的预算行：费用类别和预算（或金额），也可同时含有实际。",
            ),
        ),
        Parameter(
            name="actual",
            kind="table",
            text=Text(
                "Actual lines with their header row: Component and Actual (or Amount). Left out: the column Actual of "
                "the budget. ",
                "带表头的实际行：费用类别和实际（或金额）。省略时取预算表中的“实际”列。",
            ),
        ),
        Parameter(
            name="by",
            text=Text(
                "component (default), item, department, vendor, year, quarter or month. ",
                "费用类别（默认）、项目、部门、供应商、年度、季度或月份。",
            ),
        ),
        ASSUMPTIONS,
    ),
    result="table",
    returns=Text(
        "Spills key, budget, actual, variance, variance %, and the word; a row of totals at the end.",
        "溢出键、预算、实际、差异、差异率和文字，最后为合计行。",
    ),
    errors={ErrorValue.VALUE: TABLE_ERRORS[ErrorValue.VALUE]},
    notes=(
        Text(
            "Variance = actual − budget: positive is overspend (超支). The percentage is blank where the budget is 0 "
            "or below. A blank actual is not reported and never 0: its budget is in no variance, and a last row says "
            "so.",
            "差异 = 实际 − 预算：正数为超支。预算为 0 或负数时差异率为空。实际空白表示未上报，不按 0 计：其预算不计入"
            "差异，末行予以说明。",
        ),
        Text(
            "Quarters and months are those of the column Month, counted from the Start date among the assumptions; "
            "without one, quarters are those of the calendar. What states no month stands under (not stated).",
            "季度和月份取自“月份”列，从假设中的起始日期算起；没有起始日期时为日历季度。未填月份的行列在“（未填）”下。",
        ),
        Text("Both sides are taken to be in one currency and on one basis.", "双方应为同一币种和同一口径。"),
    ),
    example='=CRM_VARIANCE(Actuals[#All],,"component")',
)
def CRM_VARIANCE(
    budget: Range, actual: Range | None = None, by: Cell = None, assumptions: Range | None = None
) -> Table:
    """
    >>> table = CRM_VARIANCE(Range([["Component", "Budget", "Actual"], ["Licence", 100000.0, 120000.0]]))
    >>> table[1]
    ['Licence', 100000.0, 120000.0, 20000.0, 0.2, 'Overspend']
    """
    cut = arguments.choice("by", by, "cut", "component")
    require(check_variance(budget, actual, assumptions))
    planned = side(budget, "budget", assumptions)
    spent = side(actual or budget, "actual", assumptions, amount=actual is not None)
    timeline = variances.calendar_of((planned, spent), arguments.assumptions_of(assumptions).timeline)
    found = variances.compare(planned, spent, cut, columns=("budget", "actual"), timeline=timeline)
    language = planned.language
    names = [
        timeline.name(cut, int(key), language)
        if key and cut in ("quarter", "month")
        else labels.dimension(cut, key, language)
        for key in found.keys
    ]
    header: list[Cell] = [labels.dimension_title(cut, language)]
    header += [term(key, language) for key in ("budget", "actual", "variance", "variance_share", "variance_word")]
    sums = np.array([found.budget, found.actual, found.compared, found.scale])
    nothing = len(found.keys) > 0 and bool(np.isnan(found.actual).all())
    total = sums.sum(axis=1) if nothing else np.nansum(sums, axis=1)
    lines = zip([*names, term("total", language)], [*sums.T, total], strict=True)
    body = [_variance_line(name, money.tolist(), language) for name, money in lines]
    if missing := int(found.missing.sum()):
        left = float(found.budget.sum() - found.compared.sum())
        body.append([term("not_reported_lines", language, count=missing), left, "", "", "", ""])
    return [header, *body]


def _variance_line(name: Cell, money: list[float], language: str) -> list[Cell]:
    budget, actual, compared, scale = money
    if np.isnan(actual):
        return [name, budget, "", "", "", term("not_reported", language)]
    difference = actual - compared
    share: Cell = "" if variances.is_zero(compared, scale) or compared < 0 else difference / compared
    return [name, budget, actual, difference, share, term(variances.word(difference, scale), language)]


def check_variance(budget: Range | None, actual: Range | None, assumptions: Range | None) -> list[Problem]:
    """Return the problems of a budget, which holds the actuals too where they have no table, and of actuals."""
    sides = [] if budget is None else [side(budget, "budget", assumptions)]
    sides += [] if actual is None else [side(actual, "actual", assumptions)]
    stated = arguments.assumptions_of(assumptions).timeline
    timeline = variances.calendar_of(sides, stated)
    # Both sides are in the currency that the first of them states.
    currency = next((name for lines in sides for name in lines.labels("currency").names), None)
    of_side = [
        [*lines.problems, *variances.check_months(lines, timeline, stated), *check_postings(lines, currency)]
        for lines in sides
    ]
    planned = of_side[0] if budget is not None else []
    notes = [] if budget is None else _below_zero(sides[0])
    if actual is not None:
        return [*planned, *notes, *(replace(p, argument="actual") for p in of_side[-1])]
    if budget is None:
        return [*planned, *notes]
    spent = side(budget, "actual", assumptions, amount=False)
    blank = np.flatnonzero(np.isnan(spent.numbers("actual")) & ~np.isnan(sides[0].numbers("budget")))
    if "actual" in spent.columns and len(blank) < len(spent):  # else it is a budget, and no actual is due yet
        for i in blank.tolist():
            notes.append(spent.problem(i, "actual", None, "note_actual_blank", severity=Severity.NOTE))
    return [*planned, *(p for p in spent.problems if p not in planned), *notes]


def _below_zero(table: ReadTable) -> list[Problem]:
    """Notes on budgets below zero, beside which a percentage would mislead."""
    money = table.numbers("budget")
    below = np.flatnonzero(money < 0).tolist()
    return [table.problem(i, "budget", float(money[i]), "note_budget_negative", severity=Severity.NOTE) for i in below]


@arguments.remembered
def side(cells: Range, column: str, assumptions: Range | None, amount: bool = True) -> ReadTable:
    """Return the lines of one side, budget or actual; where its column is not there, Amount may be it."""
    table = arguments.table(cells, "actuals", assumptions)
    place = _amount_header(cells, assumptions)
    if place is not None and not amount:  # the other side has taken Amount
        table = replace(table, problems=tuple(p for p in table.problems if p.column != place[1] or p.row != place[0]))
    if column in table.columns or not len(table.columns):
        return table
    field = columns("actuals")[column]
    problems = [*table.problems]
    if amount and place is not None:
        row, j, text, rest = place
        renamed = [list(line) for line in cells.rows]
        renamed[row][j] = (label := field.label(table.language)) + rest
        table = arguments.table(Range(renamed), "actuals", assumptions)
        problems = [replace(p, header=text) if p.header == label + rest else p for p in table.problems]
    if column not in table.columns:
        problems.append(Problem(argument="actuals", key="expected_column", details={"column": field.names_by_language}))
    return replace(table, problems=tuple(problems))


def _amount_header(cells: Range, assumptions: Range | None) -> tuple[int, int, str, str] | None:
    """Row and column of the header that says Amount in a table of one side, its text, and what follows that word."""
    header = find_header_row(cells, "costs", arguments.ignored(assumptions))
    if header is None or "amount" not in header.columns:
        return None
    j, text = header.columns["amount"]
    words = set(columns("costs")["amount"].names) - column_names("actuals").keys()
    word = max((word for word in words if normalise(text).startswith(word)), key=len, default="")
    return (header.row, j, text, text[len(word) :]) if word else None


@function(
    alias="CRM分摊",
    category=CONTROL,
    summary=Text(
        "Shares of an amount, or of the total cost, by keys such as seats or head count; they sum to the cent.",
        "按席位、人数等依据分摊一笔金额或总成本，各份额之和分毫不差。",
    ),
    parameters=(
        Parameter(
            name="pool",
            or_value=True,
            kind="table",
            optional=False,
            text=Text(
                "The amount to share, or the cost lines with their header row: then their total is shared. ",
                "要分摊的金额；或带表头的费用行，则分摊其总成本。",
            ),
        ),
        Parameter(
            name="keys",
            kind="table",
            optional=False,
            text=Text(
                "Two columns with their header row: Name (or Department), and Key (or Seats, Head count, Revenue, "
                "Share). ",
                "带表头的两列：名称（或部门）和分摊依据（或席位、人数、收入、比例）。",
            ),
        ),
        ASSUMPTIONS,
        Parameter(
            name="by",
            text=Text(
                "year, quarter or month: the share of each in every period. Left out: over all years. ",
                "年度、季度或月份：各期间的份额。省略时为全期。",
            ),
        ),
        Parameter(
            name="method",
            text=Text(
                "How service departments pass on their cost: direct (default), step-down or reciprocal. ",
                "服务部门费用的分配方法：直接分配（默认）、顺序分配或交互分配。",
            ),
        ),
        Parameter(
            name="name",
            text=Text(
                "One name: its statement, what it bears of each component by period. Left out: all names. ",
                "某一名称：列出其承担的各费用类别及期间（对账单）。省略时为全部名称。",
            ),
        ),
    ),
    result="table",
    returns=Text(
        "Spills name, share in %, and amount; a row of totals at the end. By period a column for each, and the total.",
        "溢出名称、份额和金额，最后为合计行。分期间时每期一列，外加合计列。",
    ),
    errors={**TABLE_ERRORS, ErrorValue.DIV0: Text("The keys sum to 0.", "分摊依据合计为 0。")},
    notes=(
        Text(
            "Largest remainder: every share is a whole number of the smallest units of the reporting currency (cents; "
            "whole yen; three decimals in KWD), the units left over go to the largest fractions, ties in the order of "
            "the list. 100 by 1:1:1 is 33.34, 33.33, 33.33.",
            "最大余数法：每份为报告币种最小单位（分；日元为整数，科威特第纳尔为三位小数）的整数倍，余下的单位分给小数部分"
            "最大者，相同时按列表顺序。100 按 1:1:1 为 33.34、33.33、33.33。",
        ),
        Text(
            "Keys with a Year or a Month hold from then on until another one is stated for the name. Each month is "
            "then shared by its own keys, to the minor unit; months sum to quarters, years and the whole.",
            "填有年度或月份的依据自该时起适用，直至同一名称另填依据。此时每月按当月依据分摊至最小单位，"
            "各月之和即季度、年度和全期。",
        ),
        Text(
            "Keys with a Component are those of that component, keys without one of all others. Keys with a From "
            "department pass on what that department's own lines cost: direct to the departments that pass on nothing, "
            "step-down in the order of the list, reciprocal by simultaneous equations; all others keep their own. The "
            "statements of all names sum to the pool in every month, to the minor unit.",
            "填有费用类别的依据只用于该类别，未填的用于其余类别。填有转出部门的依据分配该部门自身的费用：直接分配只分给"
            "不再转出的部门，顺序分配按列表顺序，交互分配解联立方程；其他部门保留自身费用。各名称的对账单每月合计等于分摊总额，"
            "精确到最小单位。",
        ),
        UNPRICED,
    ),
    source="largest remainder (Hamilton); Horngren, Cost Accounting, chapter 15 (direct, step-down, reciprocal)",
    example="=CRM_ALLOCATE(Costs[#All],Keys[#All],Assumptions[#All])",
)
def CRM_ALLOCATE(
    pool: Range,
    keys: Range,
    assumptions: Range | None = None,
    by: Cell = None,
    method: Cell = None,
    name: Cell = None,
) -> Table:
    """
    >>> keys = Range([["Name", "Seats"], ["A", 1.0], ["B", 1.0], ["C", 1.0]])
    >>> [line[2] for line in CRM_ALLOCATE(Range([[100.0]]), keys)[1:]]
    [33.34, 33.33, 33.33, 100.0]
    """
    period = None if by is None else arguments.choice("by", by, "period", YEAR)
    amount, model = _pool(pool, assumptions)
    table = arguments.table(keys, "keys", assumptions)
    how = None if method is None else arguments.choice("method", method, "sharing", "direct")
    asked = arguments.text(name)
    pooled = bool(chargeback.POOLS & set(table.columns)) or how is not None or asked is not None
    require([*table.problems, *chargeback.check_keys(keys, assumptions, pooled or period is not None)])
    if model is None and (pooled or period is not None or {"year", "month"} & set(table.columns)):
        raise UnreadableError("allocate_needs_lines")
    if model is not None and pooled:
        found = chargeback.shared(model, table, chargeback.begins(table, model.timeline), how)
        if period is not None or asked is not None:
            return chargeback.table_of(model, found, period or YEAR, asked)
        return _whole(model, found.names, chargeback.sums(model, found))
    if model is not None and (period is not None or {"year", "month"} & set(table.columns)):
        return _by_period(model, table, period)
    labelled, weights = table.labels("name"), table.numbers("key", 0.0)
    currency = arguments.assumptions_of(assumptions).currency
    shares = allocate(amount, weights, minor_digits(currency))
    whole = float(weights.sum())
    names = [labelled.name(code) for code in labelled.codes.tolist()]
    unpriced = [] if model is None else labels.unpriced_rows(model, 3, table.language)
    return [*_shares(names, weights / whole, shares, currency, table.language), *unpriced]


def _shares(names: list[str], parts: Floats, shares: Floats, currency: str, language: str) -> Table:
    """Name, share and amount, and the row of totals."""
    header: list[Cell] = [term(key, language) for key in ("name", "share")]
    body: list[list[Cell]] = [
        [name, float(part), float(share)] for name, part, share in zip(names, parts, shares, strict=True)
    ]
    total: list[Cell] = [term("total", language), 1.0, round(float(shares.sum()), minor_digits(currency))]
    return [[*header, term("amount_in", language, currency=currency)], *body, total]


def _whole(model: Model, names: list[str], sums: Floats) -> Table:
    """The shares over all years."""
    whole = float(sums.sum())
    if whole == 0:
        raise DivisionByZeroError("keys_sum_zero")
    shown = _shares(names, sums / whole, sums, model.assumptions.currency, model.language)
    return [*shown, *labels.unpriced_rows(model, 3)]


def _by_period(model: Model, table: ReadTable, period: str | None) -> Table:
    """The shares of each month by its own keys, in periods or in all."""
    labelled, timeline, currency = table.labels("name"), model.timeline, model.assumptions.currency
    digits, language = minor_digits(currency), table.language
    weights = keys_by_month(
        labelled.codes, chargeback.begins(table, timeline), table.numbers("key", 0.0), timeline.months
    )
    money = model.money_by(np.zeros(len(model), dtype=np.int64), 1, 1)[0]
    shares = allocate_by_month(money, weights, digits)
    names = list(labelled.names)
    if period is None:
        return _whole(model, names, shares.sum(axis=1).round(digits))
    units = np.rint(shares * 10.0**digits).astype(np.int64)
    return chargeback.by_period(model, term("name", language), names, units, period, language)


def _pool(pool: Range, assumptions: Range | None) -> tuple[float, Model | None]:
    """The amount to share, and the model of the cost lines that make it."""
    if len(pool.rows) == 1 and len(pool.rows[0]) == 1:
        value = pool.rows[0][0]
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
            words = {language: term("expected_number", language) for language in LANGUAGES}
            raise UnreadableError("problem_text", found=said(value), expected=words)
        return float(value), None
    model = arguments.model(pool, assumptions)
    return float(model.yearly_totals.sum()), model


USAGE = Parameter(
    name="usage",
    kind="table",
    optional=False,
    text=Text(
        "Usage by cost line with its header row: Item, and Active seats, Needed price, Standard share, Online share, "
        "Needed share. ",
        "带表头的使用情况：项目，以及实际使用席位、所需版本单价、标准功能占比、可转在线占比、所需维护占比。",
    ),
)


@arguments.remembered
def saved(costs: Range, usage: Range, assumptions: Range | None) -> tuple[Floats, list[Problem]]:
    """Return the savings by lever, and all problems of the usage table."""
    table = arguments.table(usage, "usage", assumptions)
    money, problems = savings(arguments.draft(costs, assumptions), arguments.table(costs, "costs", assumptions), table)
    return money, [*table.problems, *problems]


@function(
    alias="CRM节约",
    category=CONTROL,
    summary=Text(
        "Savings levers with the money that each saves over all years: unused seats, right edition, standard "
        "functions, online training, maintenance.",
        "各项节约措施在全部年度可节约的金额：闲置席位、合适版本、标准功能、在线培训、维护。",
    ),
    parameters=(COSTS, USAGE, ASSUMPTIONS),
    result="table",
    returns=Text(
        "Spills lever, money saved, and share of the total cost; a row of totals at the end.",
        "溢出措施、节约金额和占总成本比，最后为合计行。",
    ),
    errors=TABLE_ERRORS,
    notes=(
        Text(
            "No lever counts a saving of another again: the right edition is reckoned on the seats that remain after "
            "the unused ones. The order of the rows does not change the sum.",
            "各措施不重复计算：版本节约按扣除闲置席位后的席位计算。行的顺序不影响合计。",
        ),
        Text(
            "Seats can often be cut only at renewal: what a contract still binds is not saved yet.",
            "席位往往只能在续约时减少：合同期内的部分尚不能节约。",
        ),
        UNPRICED,
    ),
    example="=CRM_SAVINGS(Costs[#All],Usage[#All],Assumptions[#All])",
)
def CRM_SAVINGS(costs: Range, usage: Range, assumptions: Range | None = None) -> Table:
    """
    >>> costs = Range([["Component", "Item", "Quantity", "Unit cost"], ["Licence", "CRM", 120.0, 700.0]])
    >>> CRM_SAVINGS(costs, Range([["Item", "Active seats"], ["CRM", 97.0]]))[1][:2]
    ['Seats paid for but unused', 16100.0]
    """
    model = arguments.model(costs, assumptions)
    money, problems = saved(costs, usage, assumptions)
    require(problems)
    whole = float(model.yearly_totals.sum())
    names = [*(term(f"lever_{lever}", model.language) for lever in LEVERS), term("total", model.language)]
    amounts = [*map(float, money), float(money.sum())]
    header: list[Cell] = [term(key, model.language) for key in ("lever", "saves", "share_of_cost")]
    body: list[list[Cell]] = [[n, a, a / whole if whole else ""] for n, a in zip(names, amounts, strict=True)]
    return [header, *body, *labels.unpriced_rows(model, len(header))]
