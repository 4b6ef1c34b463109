"""CRM_AMORTISATION: what was capitalised, and how it is charged to the years."""

from crm_xl.data import term
from crm_xl.engine.accounting import amortisation
from crm_xl.engine.cells import Cell, Range
from crm_xl.engine.timeline import PERIODS, YEAR
from crm_xl.functions import arguments, labels
from crm_xl.functions.parameters import ACCOUNTING, ASSUMPTIONS, COSTS, PERIOD, TABLE_ERRORS, UNPRICED
from crm_xl.functions.registry import Table, Text, function


@function(
    alias="CRM摊销表",
    category=ACCOUNTING,
    summary=Text(
        "Table of the capitalised cost by year, quarter or month: opening, capitalised, charge, closing, until all is "
        "written off.",
        "资本化成本按年度、季度或月份的滚动表：期初、本期资本化、本期摊销、期末，直至摊完。",
    ),
    parameters=(COSTS, ASSUMPTIONS, PERIOD),
    result="table",
    returns=Text(
        "Spills a header row, a row for each year, quarter or month with opening + capitalised − charge = "
        "closing, and a row of totals.",
        "溢出一张表：表头、每个年度、季度或月份一行（期初 + 本期资本化 − 本期摊销 = 期末）、合计行。",
    ),
    errors=TABLE_ERRORS,
    notes=(
        Text(
            "Straight line from the month of payment, residual value 0, until all is written off, also after the "
            "model ends. A line is capitalised by its Treatment or the accounting policy; its Life says how long, "
            "else the hosting term, else the years of the model.",
            "自付款月起直线摊销，残值为 0，直至摊完（包括模型期后）。是否资本化按行的会计处理或会计政策；年限按行的摊销"
            "年限，其次托管期限，再次模型年数。",
        ),
        Text("The charges sum to what was capitalised.", "摊销合计等于资本化金额。"),
        UNPRICED,
    ),
    source="straight line as SLN has it: (cost − salvage) ÷ life; ASU 2018-15 for the hosting term",
    example="=CRM_AMORTISATION(Costs[#All],Assumptions[#All])",
)
def CRM_AMORTISATION(costs: Range, assumptions: Range | None = None, by: Cell = None) -> Table:
    """
    >>> from crm_xl.engine.cells import Cell, Range
    >>> costs = Range([["Component", "Amount", "Treatment", "Life"], ["Customisation", 900.0, "capitalise", 3.0]])
    >>> CRM_AMORTISATION(costs)[1]
    ['Year 1', 0.0, 900.0, 300.0, 600.0]
    """
    model = arguments.model(costs, assumptions)
    language = model.language
    period = arguments.choice("by", by, "period", YEAR)
    found = amortisation(model, PERIODS[period])
    columns = (found.opening, found.additions, found.charge, found.closing)
    names = model.timeline.labels(language, len(found.charge), period)
    header = [term(key, language) for key in (period, "opening", "additions", "charge", "closing")]
    body = [[name, *map(float, line)] for name, *line in zip(names, *columns, strict=True)]
    totals: list[Cell] = [term("total", language), "", float(found.additions.sum()), float(found.charge.sum()), ""]
    return [header, *body, totals, *labels.unpriced_rows(model, len(header))]
